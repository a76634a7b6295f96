"""What `git status` says: where HEAD is, and every path of the work tree that differs from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gittrack.errors import RepositoryError
from gittrack.git.process import Runner
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId


@dataclass(frozen=True, slots=True)
class ChangedPath:
    """A path whose state differs from HEAD's.

    `staged` says that the work tree is as the index there: `mode` and `id` tell what that is.
    Otherwise `mode` is what git sees in the work tree. `000000` is a path that is not there, empty
    one that git does not track. `submodule` is git's four letters about one, else empty.
    """

    path: str
    mode: str
    id: ObjectId | None = None
    staged: bool = False
    submodule: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """HEAD's commit (`None` before the first one), its branch (`None` if detached), and changes.

    A folder's path ends with a slash: in `changes` it is a repository of its own. `answer` is what
    git printed: the same bytes mean the same paths in the same kind of change, not the same bytes
    in the files.
    """

    head: ObjectId | None
    branch: str | None
    changes: tuple[ChangedPath, ...]
    ignored: tuple[str, ...]
    answer: bytes


ABSENT = "000000"

_UNBORN = "(initial)"
_DETACHED = "(detached)"
_QUESTION = (
    "status",
    "--porcelain=v2",
    "-z",
    "--branch",
    "--no-ahead-behind",
    "--no-renames",
    "--untracked-files=all",
    "--ignored=matching",
    "--ignore-submodules=none",
)


def read_status(repository: Repository) -> Status:
    """The state of the work tree; the user's index is not written (`GIT_OPTIONAL_LOCKS=0`)."""
    answer = repository.runner.output(*_QUESTION)
    records = [_text(record) for record in answer.split(b"\0")[:-1]]
    header = dict(r[2:].split(" ", 1) for r in records if r.startswith("# branch."))
    head, branch = header.get("branch.oid", _UNBORN), header.get("branch.head")
    return Status(
        None if head == _UNBORN else ObjectId(head),
        None if branch == _DETACHED else branch,
        tuple(_changes(records)),
        tuple(r[2:] for r in records if r.startswith("! ")),
        answer,
    )


def path_on_disk(repository: Repository, path: str) -> Path:
    """Where a path of the repository lies in the work tree."""
    top = repository.work_tree or repository.git_dir
    return top / os.fsdecode(path.encode("utf-8", "surrogateescape"))


def submodule_head(repository: Repository, path: str) -> ObjectId | None:
    """The commit that a submodule is at; `None` where that cannot be told."""
    folder = path_on_disk(repository, path)
    # Its `.git` by name: git must not find the repository around it instead.
    variables = {"GIT_DIR": str(folder / ".git"), "GIT_WORK_TREE": str(folder)}
    runner = Runner(folder, {**repository.runner.environment, **variables})
    try:
        result = runner.run("rev-parse", "--verify", "--quiet", "HEAD", accept=range(256))
    except RepositoryError:
        return None
    return ObjectId(result.stdout.decode().strip()) if result.status == 0 else None


def _changes(records: list[str]) -> Iterator[ChangedPath]:
    for record in records:
        kind, _, rest = record.partition(" ")
        if kind == "?":
            yield ChangedPath(rest, "")
        elif kind == "1":
            yield _ordinary(rest)
        elif kind == "u":
            _, submodule, _, _, _, mode, _, _, _, path = rest.split(" ", 9)
            yield ChangedPath(path, mode, submodule=_submodule(submodule))


def _ordinary(rest: str) -> ChangedPath:
    kinds, submodule, _, staged_mode, mode, _, staged_id, path = rest.split(" ", 7)
    if kinds[1] == ".":
        return ChangedPath(path, staged_mode, ObjectId(staged_id), staged=True)
    return ChangedPath(path, mode, ObjectId(staged_id), submodule=_submodule(submodule))


def _submodule(letters: str) -> str:
    return letters if letters.startswith("S") else ""


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
