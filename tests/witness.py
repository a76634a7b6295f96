"""Plain git, `sha256sum` and PyYAML as the witnesses of what the project did."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOOKS = (
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "reference-transaction",
    "post-checkout",
    "post-index-change",
    "pre-auto-gc",
    "post-rewrite",
    "fsmonitor-watchman",
)


def run_git(
    folder: Path,
    *arguments: str,
    stdin: str | bytes | None = None,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder and give its result, whatever it is."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    return subprocess.run(
        ("git", *arguments),
        cwd=folder,
        input=given,
        capture_output=True,
        check=False,
        env={**os.environ, **(variables or {})},
    )


def git(
    folder: Path,
    *arguments: str,
    stdin: str | bytes | None = None,
    variables: Mapping[str, str] | None = None,
) -> str:
    """What a git command that must succeed prints, without the last line's end."""
    result = run_git(folder, *arguments, stdin=stdin, variables=variables)
    assert result.returncode == 0, f"git {arguments}: {result.stderr.decode()}"
    return result.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


def new_repository(
    folder: Path, *, commit: bool = False, bare: bool = False, options: tuple[str, ...] = ()
) -> Path:
    """Make a repository whose branch is `main`, with a name configured."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main", *(("--bare",) if bare else ()), *options)
    name_somebody(folder)
    if commit:
        commit_file(folder, "train.py", "print('training')\n")
    return folder


def name_somebody(folder: Path) -> None:
    git(folder, "config", "user.name", "Ada Lovelace")
    git(folder, "config", "user.email", "ada@example.org")


def commit_file(folder: Path, name: str, content: str, message: str | None = None) -> str:
    """Commit one file on the current branch; returns the commit."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content)
    git(folder, "add", "--", name)
    git(folder, "commit", "-q", "-m", message or f"Write {name}")
    return git(folder, "rev-parse", "HEAD")


def commit_all(folder: Path, message: str = "Commit all") -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def refs(folder: Path, *prefixes: str) -> dict[str, str]:
    """Refs and what they point to."""
    lines = git(folder, "for-each-ref", "--format=%(refname) %(objectname)", *prefixes)
    return dict(line.split(" ", 1) for line in lines.splitlines())


def files_in(folder: Path, tree: str) -> dict[str, str]:
    """The paths in a commit's tree, with their blobs."""
    found = {}
    for line in git(folder, "ls-tree", "-r", "--full-tree", tree).splitlines():
        facts, _, path = line.partition("\t")
        found[path] = facts.split(" ")[2]
    return found


def read_blob(folder: Path, name: str) -> bytes:
    result = run_git(folder, "cat-file", "blob", name)
    assert result.returncode == 0, result.stderr
    return result.stdout


def sha256sum(path: Path) -> str:
    """What the command line says that a file hashes to."""
    return subprocess.run(
        ("sha256sum", "--", path.name), cwd=path.parent, capture_output=True, check=True, text=True
    ).stdout.split()[0]


def fsck(folder: Path) -> str:
    """What `git fsck` complains about: nothing, in a sound repository."""
    result = run_git(folder, "fsck", "--strict", "--no-dangling", "--no-progress", "--full")
    complaint = (result.stdout + result.stderr).decode().strip()
    lines = [
        line
        for line in complaint.splitlines()
        if not line.startswith("notice:")  # an unborn branch is no fault
    ]
    return "\n".join(lines) + (f" (status {result.returncode})" if result.returncode else "")


def put_tree(folder: Path, ref: str, changes: Mapping[str, bytes | None]) -> str:
    """Move a ref, by plumbing alone, to a commit with files put in or taken out."""
    index = {"GIT_INDEX_FILE": str(folder.resolve() / f"plumbing.{os.getpid()}")}
    known = run_git(folder, "rev-parse", "--verify", "-q", ref).stdout.decode().strip()
    git(folder, "read-tree", *((known,) if known else ("--empty",)), variables=index)
    null = "0" * (64 if git(folder, "rev-parse", "--show-object-format") == "sha256" else 40)
    for path, data in changes.items():
        if data is None:
            line = f"0 {null}\t{path}\n"
        else:
            blob = git(folder, "hash-object", "-w", "--stdin", stdin=data)
            line = f"100644 {blob}\t{path}\n"
        git(folder, "update-index", "--index-info", stdin=line, variables=index)
    tree = git(folder, "write-tree", variables=index)
    Path(index["GIT_INDEX_FILE"]).unlink()
    parents = ("-p", known) if known else ()
    commit = git(folder, "commit-tree", tree, *parents, "-m", "by plumbing")
    git(folder, "update-ref", ref, commit)
    return commit


@functools.cache
def git_path(folder: Path, name: str) -> Path:
    """Where git keeps something for this work tree."""
    return Path(git(folder, "rev-parse", "--path-format=absolute", "--git-path", name))


@dataclass(frozen=True)
class Footprint:
    """All that recording must leave alone."""

    head: str
    head_log: bytes | None
    index: bytes | None
    status: str
    files: Mapping[str, bytes]
    other_refs: Mapping[str, str]
    config: bytes
    under_way: Mapping[str, bytes | None]


def footprint(folder: Path) -> Footprint:
    """The state of a repository outside of `.exptrack/` and `refs/exptrack/`."""
    bare = git(folder, "rev-parse", "--is-bare-repository") == "true"
    status = ""
    if not bare:
        status = git(
            folder, "--no-optional-locks", "status", "--porcelain", "-uall", "--", ":!.exptrack"
        )
    return Footprint(
        head=git_path(folder, "HEAD").read_text(),
        head_log=_bytes(git_path(folder, "logs/HEAD")),
        index=_bytes(git_path(folder, "index")),
        status=status,
        files={} if bare else _files(folder),
        other_refs={r: i for r, i in refs(folder).items() if not r.startswith("refs/exptrack/")},
        config=git_path(folder, "config").read_bytes(),
        under_way={
            name: _bytes(git_path(folder, name))
            for name in ("MERGE_HEAD", "MERGE_MSG", "REBASE_HEAD", "ORIG_HEAD", "index.lock")
        },
    )


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in (".git", ".exptrack")
    }


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def install_failing_hooks(folder: Path, marker: Path) -> None:
    """Hooks that refuse everything, and leave a mark where they ran."""
    hooks = git_path(folder, "hooks")
    hooks.mkdir(exist_ok=True)
    for name in HOOKS:
        hook = hooks / name
        hook.write_text(f'#!/bin/sh\necho "{name} $*" >> "{marker}"\nexit 1\n')
        hook.chmod(0o755)
