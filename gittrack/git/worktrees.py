"""Linked work trees for our own use: made from a recorded tree, owned by a process, removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gittrack.errors import GitError, RepositoryError, UsageError
from gittrack.git.process import Runner
from gittrack.git.repository import Repository, discover
from gittrack.ids import ObjectId
from gittrack.locking import try_lock

MARK = "exptrack-owner"
"""The file in a work tree's git folder that is locked for as long as its maker, or a program that
was started in there, lives."""

# What a sparse checkout leaves away is part of a recorded tree, too.
_WHOLE = ("-c", "core.sparseCheckout=false", "-c", "advice.detachedHead=false")


@dataclass(frozen=True, slots=True)
class LinkedWorkTree:
    """A linked work tree: its folder, and the folder that git keeps of it."""

    folder: Path
    git_dir: Path


@contextmanager
def linked_work_tree(
    repository: Repository, folder: Path, head: ObjectId, tree: ObjectId, *, keep: bool = False
) -> Iterator[LinkedWorkTree]:
    """A work tree with the files of `tree` whose detached HEAD is the commit `head`.

    Its index is `tree`, too. The user's hooks do not run; no other work tree is looked at. It is
    removed at the end of the block, whatever happens, unless `keep` says that it stays then.

    Raises:
        UsageError: there is something in the folder already.
        GitError: git cannot make it; nothing is left then.
    """
    _check_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made: LinkedWorkTree | None = None
    lock = -1
    done = False
    try:
        try:
            _add(repository, folder, head)
            made = LinkedWorkTree(folder, discover(folder).git_dir)
            lock = _own(made.git_dir)
            _runner(repository, made).output(*_WHOLE, "read-tree", "--reset", "-u", tree)
        except GitError as error:
            raise _explained(error, folder) from error
        yield made
        done = True
    finally:
        if keep and done and made is not None:
            (made.git_dir / MARK).unlink(missing_ok=True)
        else:
            _clear(repository, folder, made)
        if lock >= 0:
            os.close(lock)


def left_behind(repository: Repository) -> list[LinkedWorkTree]:
    """The work trees of ours whose makers were killed before they could remove them."""
    found = []
    for mark in sorted((repository.common_dir / "worktrees").glob(f"*/{MARK}")):
        if _is_free(mark):
            with suppress(OSError, UnicodeDecodeError):
                gitlink = Path((mark.parent / "gitdir").read_text(encoding="utf-8").rstrip("\n"))
                found.append(LinkedWorkTree(gitlink.parent, mark.parent))
    return found


def remove_left_behind(repository: Repository, work_tree: LinkedWorkTree) -> None:
    """Remove a work tree of `left_behind`, if it is that still.

    Raises:
        RepositoryError: something of it cannot be removed.
    """
    if work_tree in left_behind(repository):
        remove(repository, work_tree)


def remove(repository: Repository, work_tree: LinkedWorkTree) -> None:
    """Remove a work tree of ours, its files and what git keeps of it.

    Raises:
        RepositoryError: something of it cannot be removed.
    """
    arguments = ("worktree", "remove", "--force", "--force", "--", str(work_tree.folder))
    with suppress(GitError):  # git refuses one with submodules, or whose `.git` has gone
        repository.runner.output(*arguments)
    for folder in (work_tree.folder, work_tree.git_dir):
        try:
            if folder.exists():
                shutil.rmtree(folder)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise RepositoryError(
                f"cannot remove {folder}: {reason}", hint="remove it, then run: git worktree prune"
            ) from error


def _check_free(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} is there already", hint="name a folder that is new or empty")
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", hint="name a folder that is new or empty")


def _add(repository: Repository, folder: Path, head: ObjectId) -> None:
    arguments = ("worktree", "add", "--detach", "--no-checkout", "--quiet", "--", str(folder), head)
    repository.named_runner.output(*arguments)


def _runner(repository: Repository, made: LinkedWorkTree) -> Runner:
    place = {"GIT_DIR": str(made.git_dir), "GIT_WORK_TREE": str(made.folder)}
    return Runner(made.folder, {**repository.runner.environment, **place})


def _own(git_dir: Path) -> int:
    """The descriptor whose lock says that this process uses the work tree, or a program in it."""
    descriptor = os.open(git_dir / MARK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try_lock(descriptor)
    os.set_inheritable(descriptor, True)  # a program may outlive us
    return descriptor


def _is_free(mark: Path) -> bool:
    try:
        descriptor = os.open(mark, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return try_lock(descriptor) is True
    finally:
        os.close(descriptor)


def _clear(repository: Repository, folder: Path, made: LinkedWorkTree | None) -> None:
    if made is not None:
        remove(repository, made)
        return
    with suppress(GitError):  # interrupted before we knew what git had made
        arguments = ("worktree", "remove", "--force", "--force", "--", str(folder))
        repository.runner.output(*arguments)
    shutil.rmtree(folder, ignore_errors=True)


def _explained(error: GitError, folder: Path) -> GitError:
    reason = error.message.partition(" failed: ")[2] or error.message
    return GitError(
        f"cannot make the work tree {folder}: {reason}",
        argv=error.argv,
        status=error.status,
        stderr=error.stderr,
        hint=error.hint,
    )
