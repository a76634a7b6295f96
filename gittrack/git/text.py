"""Text merged line by line, as git does it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from gittrack.git.environment import child_environment
from gittrack.git.process import Runner, failure

Labels = tuple[str, str, str]
"""What conflict markers call ours, the base and theirs."""

_MOST_CONFLICTS = 127


@dataclass(frozen=True, slots=True)
class MergedText:
    """Three texts merged, with conflict markers where they could not be."""

    data: bytes
    is_clean: bool


def merge_text(
    base: bytes,
    ours: bytes,
    theirs: bytes,
    *,
    labels: Labels = ("ours", "base", "theirs"),
    marker_size: int = 7,
    with_base: bool = False,
    inherited: Mapping[str, str] | None = None,
) -> MergedText:
    """What `git merge-file` makes of three texts; `with_base` shows the base in conflicts, too.

    Raises:
        GitError: the texts cannot be merged line by line (binary files).
    """
    environment = child_environment(os.environ if inherited is None else inherited)
    with TemporaryDirectory(prefix="gittrack-merge-") as folder:
        for name, data in (("ours", ours), ("base", base), ("theirs", theirs)):
            (Path(folder) / name).write_bytes(data)
        # Not in a repository: its configuration must not change what is asked here.
        runner = Runner(Path(folder), {**environment, "GIT_CEILING_DIRECTORIES": folder})
        arguments = ["merge-file", "-p", f"--marker-size={marker_size}"]
        arguments += [f"-L{label}" for label in labels]
        arguments += ["--diff3"] if with_base else []
        arguments += ["ours", "base", "theirs"]
        result = runner.run(*arguments, accept=range(256))
    if result.status > _MOST_CONFLICTS:
        raise failure(arguments, result.status, result.stderr)
    return MergedText(result.stdout, result.status == 0)


_DIFF = ("diff", "--patch", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames")


def diff_blobs(runner: Runner, old: str, new: str) -> bytes:
    """git's patch between two blobs of the repository; its header names their ids."""
    return runner.output(*_DIFF, old, new, "--")


def diff_with_file(runner: Runner, blob: str, path: str, *, reverse: bool = False) -> bytes:
    """git's patch from a blob to a file of the work tree as it would be stored, or back."""
    way = ("-R",) if reverse else ()
    return runner.run("--literal-pathspecs", *_DIFF, *way, blob, "--", path).stdout


def diff_files(runner: Runner, old: str, new: str) -> bytes:
    """git's patch between two files, wherever they are; `/dev/null` is no file."""
    return runner.run(*_DIFF, "--no-index", "--", old, new, accept=(0, 1)).stdout
