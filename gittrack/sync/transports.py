"""How contents in Git LFS get to a remote and back: as copies on this machine, else by Git LFS."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import BinaryIO, Protocol

from gittrack.artifacts.lfs import LfsStore, lfs_folder
from gittrack.artifacts.pointers import pointer_text
from gittrack.git.lfs import GitLfs, is_missing, local_folder
from gittrack.git.process import Result
from gittrack.git.remotes import Gateway
from gittrack.git.repository import Repository, discover
from gittrack.git.transfer import Listener
from gittrack.sync.contents import Content
from gittrack.sync.hosts import Fault, TransferError, fault_of, said_last

_AT_ONCE = 4
"""Contents that are copied at the same time."""

_GROUP = ("group", "true", "1", "0660", "0770")
_ALL = ("all", "world", "everybody", "2")


class Transport(Protocol):
    """Carries contents between this repository's store and a remote's."""

    def send(self, contents: Sequence[Content]) -> None:
        """Give the remote those that it lacks; all of them are here.

        Raises:
            GittrackError: it does not take them.
        """
        ...

    def bring(self, contents: Sequence[Content]) -> None:
        """Fetch those that the remote has; none of them is here.

        Raises:
            GittrackError: it cannot be asked.
        """
        ...


def transport(store: LfsStore, gateway: Gateway, label: str, *, push: bool) -> Transport:
    """The way to a remote, which is called `label` in messages."""
    folder = local_folder(gateway, push=push)
    if folder is None:
        return _Host(store, gateway, label)
    return _Neighbour(store, discover(folder), gateway.listener)


class _Neighbour:
    """A repository on this machine: contents lie where Git LFS itself keeps them there."""

    def __init__(self, store: LfsStore, there: Repository, listener: Listener | None) -> None:
        self._ours = store
        self._there = there
        self._theirs = lfs_folder(there.common_dir, there.settings.config.get("lfs.storage"))
        self._listener = listener

    def send(self, contents: Sequence[Content]) -> None:
        lacking = [one for one in contents if not self._theirs.has(*one)]
        self._copy(lacking, self._ours.open, self._theirs.put)
        self._share(lacking)

    def bring(self, contents: Sequence[Content]) -> None:
        there = [one for one in contents if self._theirs.has(*one)]
        self._copy(there, self._theirs.open, self._ours.receive)

    def _copy(
        self,
        contents: Sequence[Content],
        source: Callable[[str, int], BinaryIO],
        target: Callable[[BinaryIO], object],
    ) -> None:
        progress = _Progress(contents, self._listener)

        def copy(content: Content) -> None:
            with source(*content) as stream:
                target(stream)
            progress.add(content)

        # When a program ends without closing its tracker, no thread can be started any more.
        if len(contents) < 2 or not threading.main_thread().is_alive():
            for one in contents:
                copy(one)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(copy, contents):
                pass  # the first that fails is raised

    def _share(self, contents: Sequence[Content]) -> None:
        """Let others write beside what is new, where their repository is one for several users."""
        mode = _shared_mode(self._there.settings.config.get("core.sharedrepository", ""))
        root = self._theirs.path
        folders = {root.parent, root, root.parent / "tmp"}
        for digest, _ in contents:
            folders |= {root / digest[:2], root / digest[:2] / digest[2:4]}
        for folder in folders if mode else ():
            with suppress(OSError):  # somebody else's, who did the same
                folder.chmod(folder.stat().st_mode | mode)


class _Host:
    """A host: Git LFS knows its address, and how to get in."""

    def __init__(self, store: LfsStore, gateway: Gateway, label: str) -> None:
        self._ours = store
        self._lfs = GitLfs(gateway)
        self._label = label

    def send(self, contents: Sequence[Content]) -> None:
        for one in contents:
            self._ours.expose(*one)
        result = self._lfs.push([one.sha256 for one in contents])
        if result.status:
            raise self._failure(result, "send artifacts to", _NO_LFS)

    def bring(self, contents: Sequence[Content]) -> None:
        result = self._lfs.fetch({one.sha256: pointer_text(*one) for one in contents})
        # Where only some are not there, the others have come.
        if result.status and not any(self._ours.has(*one) for one in contents):
            raise self._failure(result, "fetch artifacts from", None)

    def _failure(self, result: Result, doing: str, hint: str | None) -> TransferError:
        if is_missing(result):
            way_out = "" if hint is None else ", or leave large artifacts here: --artifacts none"
            return TransferError(
                f"cannot {doing} {self._label}: git-lfs is not installed",
                Fault.OTHER,
                hint=f"install git-lfs{way_out}",
            )
        fault = fault_of(result.stderr)
        return TransferError(
            f"cannot {doing} {self._label}: {said_last(result.stderr)}", fault, hint=hint
        )


_NO_LFS = (
    "if it has no Git LFS, keep large files elsewhere (exptrack.artifactStore), "
    "or leave them here: --artifacts none"
)


class _Progress:
    """Tells a listener how far many copies have come."""

    def __init__(self, contents: Sequence[Content], listener: Listener | None) -> None:
        self._number = len(contents)
        self._size = sum(one.size for one in contents)
        self._listener = listener
        self._done = 0
        self._bytes = 0
        self._lock = threading.Lock()

    def add(self, content: Content) -> None:
        with self._lock:
            self._done += 1
            self._bytes += content.size
            if self._listener is not None:
                percent = 100 * self._bytes // self._size
                self._listener(
                    f"Artifacts: {percent}% ({self._done}/{self._number}), {self._bytes:,} bytes"
                )


def _shared_mode(setting: str) -> int:
    """The bits that `core.sharedRepository` adds to a folder."""
    if setting.lower() in _GROUP:
        return 0o2770
    if setting.lower() in _ALL:
        return 0o2775
    if setting.startswith("0") and setting.isdigit() and not setting.strip("01234567"):
        read = int(setting, 8) & 0o777
        return read | (read & 0o444) >> 2 | 0o2000
    return 0
