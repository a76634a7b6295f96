"""What git makes of a work-tree file when it takes it in: filters, line ends, encodings.

`git hash-object --path` would seem to be made for this, but it does not read the index, and git
leaves line ends alone in a file that is in the index with CRLF already. So git adds the files to a
copy of the index, with an object folder of its own: nothing of the user's is written, and no
loose object lies in the repository.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gittrack.errors import GitError
from gittrack.git.process import Runner
from gittrack.git.repository import Repository

_LINE_ENDS = ("text", "eol", "crlf")
_ALWAYS = ("ident", "working-tree-encoding")
_NO = ("unspecified", "unset")
_TRUE = ("true", "yes", "on", "1", "input")

# A split index would leave a part of the private one in the repository; `safecrlf` may refuse.
_PRIVATE = ("-c", "core.splitIndex=false", "-c", "core.safecrlf=false")


@dataclass(frozen=True, slots=True)
class Conversion:
    """What may happen to a file on its way into git; where nothing may, it goes in as it is."""

    always: bool
    line_ends: bool

    def concerns(self, data: bytes) -> bool:
        """Whether git might store other bytes than these. CRLF to LF is all that line ends do."""
        return self.always or (self.line_ends and b"\r\n" in data)


def conversions(repository: Repository, paths: Sequence[str]) -> dict[str, Conversion]:
    """What may happen to each of some files of the work tree."""
    if not paths:
        return {}
    question = ("check-attr", "-z", "--stdin", "filter", *_ALWAYS, *_LINE_ENDS)
    fields = repository.runner.output(*question, stdin=_lines(paths)).split(b"\0")[:-1]
    found: dict[str, dict[str, str]] = {}
    for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        found.setdefault(_text(path), {})[name.decode()] = _text(value)
    config = repository.settings.config
    by_default = config.get("core.autocrlf", "").lower() in _TRUE
    return {path: _conversion(values, config, by_default) for path, values in found.items()}


def _conversion(
    values: Mapping[str, str], config: Mapping[str, str], by_default: bool
) -> Conversion:
    driver = values["filter"]
    filtered = driver not in _NO and any(key.startswith(f"filter.{driver}.") for key in config)
    always = filtered or any(values[name] not in _NO for name in _ALWAYS)
    asked = any(values[name] not in _NO for name in _LINE_ENDS)
    return Conversion(always, asked or by_default)


def converted(repository: Repository, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
    """What git would store for each of some regular files of the work tree.

    `None` where it cannot: the file's filter failed, or the file is gone.
    """
    if not paths:
        return
    try:
        yield from _add(repository, paths).items()
    except GitError:
        if len(paths) == 1:
            yield paths[0], None
            return
        for path in paths:  # one file's filter fails: the others are none the worse for it
            yield from converted(repository, (path,))


def _add(repository: Repository, paths: Sequence[str]) -> dict[str, bytes | None]:
    from tempfile import TemporaryDirectory  # few work trees need it

    with TemporaryDirectory(prefix="gittrack-") as folder:
        runner = _private_runner(repository, Path(folder))
        add = ("update-index", "--add", "--remove", "--replace", "-z", "--stdin")
        runner.run(*_PRIVATE, *add, stdin=_lines(paths))
        wanted = set(paths)
        listing = runner.output(*_PRIVATE, "ls-files", "--stage", "-z", "--full-name")
        ids = {}
        for record in listing.split(b"\0")[:-1]:
            facts, _, raw = record.partition(b"\t")
            path = _text(raw)
            if path in wanted:
                ids[path] = facts.split(b" ")[1]
        blobs = _read(runner, list(ids.values()))
        return {path: blobs[ids[path]] if path in ids else None for path in paths}


def _private_runner(repository: Repository, folder: Path) -> Runner:
    objects = folder / "objects"
    objects.mkdir()
    with suppress(FileNotFoundError):
        (folder / "index").write_bytes((repository.git_dir / "index").read_bytes())
    variables = {
        "GIT_INDEX_FILE": str(folder / "index"),
        "GIT_OBJECT_DIRECTORY": str(objects),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(repository.common_dir / "objects"),
    }
    runner = repository.runner
    return Runner(runner.cwd, {**runner.environment, **variables})


def _read(runner: Runner, ids: Sequence[bytes]) -> dict[bytes, bytes]:
    answer = memoryview(runner.output("cat-file", "--batch", stdin=b"\n".join([*ids, b""])))
    blobs, position = {}, 0
    for one in ids:
        end = position + bytes(answer[position : position + 200]).index(b"\n")
        size = int(bytes(answer[position:end]).split(b" ")[2])
        blobs[one] = bytes(answer[end + 1 : end + 1 + size])
        position = end + size + 2
    return blobs


def _quoted(path: Path) -> str:
    """A folder as git takes it in a list that is separated by colons."""
    text = os.fspath(path)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _lines(paths: Sequence[str]) -> bytes:
    return b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
