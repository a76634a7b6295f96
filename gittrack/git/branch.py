"""The user's own branch, index and configuration: touched only when the user asked for it.

GitPython is the front end here. `import git` costs some 90 ms, so this module is imported on use,
and what every command needs (reading, recording) goes through `process.py`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from git import GitCommandError, Repo

from gittrack.errors import ConflictError, RepositoryError
from gittrack.git.environment import FIXED_OPTIONS, child_environment
from gittrack.git.importer import Importer, NewCommit, Put
from gittrack.git.objects import ObjectReader, blob_id
from gittrack.git.process import Runner, failure
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId

_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
}


def check_can_commit(repository: Repository) -> None:
    """Refuse early what would fail halfway.

    Raises:
        RepositoryError: no work tree, an unfinished merge or rebase, a locked index.
    """
    if repository.work_tree is None:
        raise RepositoryError("there is no work tree here to commit from")
    for name, what in _UNDER_WAY.items():
        if (repository.git_dir / name).exists():
            raise RepositoryError(
                f"{what} is under way: a commit now would become part of it",
                hint="finish it first; or register without --commit",
            )
    if (repository.git_dir / "index.lock").exists():
        raise RepositoryError(
            f"git's index is locked: {repository.git_dir / 'index.lock'}",
            hint="another git command is running, or one crashed and left that file behind",
        )


def commit_files(
    repository: Repository,
    reader: ObjectReader,
    files: Mapping[str, bytes],
    message: str,
    time: int,
) -> ObjectId | None:
    """Commit just these files on the current branch, whatever else is staged.

    Returns the commit, or `None` when HEAD has them all already. The index learns of these files
    and of nothing else. Hooks do not run; the commit is signed where `commit.gpgSign` says so.

    Raises:
        ConflictError: the branch moved meanwhile; nothing was committed.
    """
    check_can_commit(repository)
    head = reader.find("HEAD")
    blobs = {path: blob_id(data, repository.hash_name) for path, data in files.items()}
    new = {path for path, blob in blobs.items() if not _in_head(reader, path, blob)}
    if not new:
        return None
    importer = Importer(repository)
    edits = [Put(path, files[path]) for path in sorted(new)]
    commit = NewCommit(None if head is None else head.id, edits, message)
    [commit_id] = importer.write([commit], repository.settings.author, time)
    if repository.settings.flag("commit.gpgsign"):
        commit_id = _signed(repository, commit_id, head.id if head else None, message)
    reason = f"commit{'' if head else ' (initial)'}: {message.partition(chr(10))[0]}"
    old = head.id if head else repository.null_id
    try:
        # Not by GitPython: in a hook its children would know of a quarantine, and refuse.
        repository.named_runner.output("update-ref", "-m", reason, "HEAD", commit_id, old)
    except RepositoryError as error:
        raise ConflictError(
            f"the branch moved while committing: {error.message}", hint="run the command again"
        ) from error
    finally:
        importer.release(at_once=True)
    # One --cacheinfo a file would outgrow the command line: thousands go through standard input.
    lines = "".join(f"100644 {blobs[path]}\t{path}\n" for path in sorted(new))
    repository.runner.output("update-index", "--add", "--index-info", stdin=lines.encode())
    return commit_id


def set_config(repository: Repository, settings: Mapping[str, str]) -> None:
    """Set keys in the repository's own configuration file."""
    git = _front_end(repository)
    for key, value in settings.items():
        _call(git.config, "--local", "--replace-all", key, value)


def create_repository(folder: Path) -> None:
    """Make a new repository with a work tree (`git init`)."""
    folder.mkdir(parents=True, exist_ok=True)
    Runner(folder, child_environment(os.environ)).output("init", "--quiet")


def _in_head(reader: ObjectReader, path: str, blob: ObjectId) -> bool:
    found = reader.find(f"HEAD:{path}")
    return found is not None and found.id == blob


def _front_end(repository: Repository) -> Any:
    git = Repo(repository.git_dir).git
    # GitPython hands its children all of this process's variables: what a hook set must not reach
    # them, and it cannot be unset here, only given its right value.
    author = repository.settings.author
    pinned = {
        "GIT_INDEX_FILE": str(repository.git_dir / "index"),
        "GIT_OBJECT_DIRECTORY": str(repository.common_dir / "objects"),
        "GIT_COMMON_DIR": str(repository.common_dir),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        "GIT_NAMESPACE": "",
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
    }
    git.update_environment(**{**repository.named_runner.environment, **pinned})
    git.set_persistent_git_options(c=list(FIXED_OPTIONS[1::2]))
    return git


def _signed(
    repository: Repository, commit: ObjectId, parent: ObjectId | None, message: str
) -> ObjectId:
    git = _front_end(repository)
    parents = ("-p", parent) if parent else ()
    output = _call(git.commit_tree, "-S", *parents, "-m", message, f"{commit}^{{tree}}")
    return ObjectId(str(output).strip())


def _call(verb: Any, *arguments: str) -> Any:
    try:
        return verb(*arguments)
    except GitCommandError as error:
        command = [str(part) for part in error.command]
        status = error.status if isinstance(error.status, int) else 1
        raise failure(command[1:] or command, status, str(error.stderr)) from error
