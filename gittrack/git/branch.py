"""The user's own branch and index: touched only when the user asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gittrack.errors import ConflictError, RepositoryError
from gittrack.git.environment import FIXED_OPTIONS
from gittrack.git.importer import Importer, NewCommit, Put
from gittrack.git.objects import ObjectReader, blob_id
from gittrack.git.process import failure
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


def _in_head(reader: ObjectReader, path: str, blob: ObjectId) -> bool:
    found = reader.find(f"HEAD:{path}")
    return found is not None and found.id == blob


def _signed(
    repository: Repository, commit: ObjectId, parent: ObjectId | None, message: str
) -> ObjectId:
    """The same commit with a signature, which fast-import cannot make."""
    from git import GitCommandError, Repo  # costs 90 ms, and few sign

    git: Any = Repo(repository.git_dir).git
    git.update_environment(**_pinned(repository))
    git.set_persistent_git_options(c=list(FIXED_OPTIONS[1::2]))
    parents = ("-p", parent) if parent else ()
    try:
        output = git.commit_tree("-S", *parents, "-m", message, f"{commit}^{{tree}}")
    except GitCommandError as error:
        status = error.status if isinstance(error.status, int) else 1
        raise failure(("commit-tree", "-S"), status, str(error.stderr)) from error
    return ObjectId(str(output).strip())


def _pinned(repository: Repository) -> dict[str, str]:
    """GitPython hands its children all of this process's variables: what a hook set must not
    reach them, and it cannot be unset there, only given its right value."""
    return {
        **repository.named_runner.environment,
        "GIT_INDEX_FILE": str(repository.git_dir / "index"),
        "GIT_OBJECT_DIRECTORY": str(repository.common_dir / "objects"),
        "GIT_COMMON_DIR": str(repository.common_dir),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        "GIT_NAMESPACE": "",
        "GIT_AUTHOR_NAME": repository.settings.author.name,
        "GIT_AUTHOR_EMAIL": repository.settings.author.email,
    }
