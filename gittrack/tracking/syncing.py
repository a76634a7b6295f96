"""Records exchanged with a remote; and a tracker without a repository, which sends what it has."""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gittrack.errors import GittrackError
from gittrack.ids import ObjectId
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.base import TrackerBase
from gittrack.tracking.joining import is_scratch

if TYPE_CHECKING:  # loaded on use: a script that only records does without
    from gittrack.sync.summary import Summary


_FEW = 2
"""How often to try while a push of the user's waits."""

_TURN = 0.01  # seconds; sealing takes some more
_TURNS = 1000
"""How often to look whether somebody else still seals; what is not sealed then goes next time."""


class RunSyncing(TrackerBase):
    """Exchanges records with other repositories."""

    def sync(
        self,
        remote: str | None = None,
        *,
        experiments: Sequence[str] = (),
        tags: bool = False,
        code: bool = False,
        artifacts: str | None = None,
        dry_run: bool = False,
        listener: Callable[[str], None] | None = None,
    ) -> Summary:
        """Take what a remote has that is not here, and give it what it lacks; see `docs/sync.md`.

        Args:
            remote: a remote's name, URL or path; without one the upstream's, `origin` or the
                only one.
            experiments: only these, by name or id.
            tags: only tags with their configs, or those, too.
            code: the code of runs, too.
            artifacts: which large artifacts and files of models travel, too: `new` sends those of
                what goes (others are fetched when they are opened), `all` sends and fetches all
                there are, `none` none. Without it `exptrack.artifacts` decides, else `new`.
            dry_run: count only; no ref moves here but those fetched, and none there.
            listener: takes git's messages as they come, unfiltered.

        Raises:
            NotFoundError: there is no such remote, or no such experiment here or there.
            TransferError: the remote cannot be reached or refuses; what came is here all the same.
        """
        return self._exchange(
            remote,
            experiments,
            tags=tags,
            code=code,
            artifacts=artifacts,
            dry_run=dry_run,
            listener=listener,
        )

    def pull(
        self,
        remote: str | None = None,
        *,
        experiments: Sequence[str] = (),
        tags: bool = False,
        code: bool = False,
        artifacts: str | None = None,
        dry_run: bool = False,
        listener: Callable[[str], None] | None = None,
    ) -> Summary:
        """Take what a remote has, and give nothing; arguments and errors are those of `sync`."""
        return self._exchange(
            remote,
            experiments,
            tags=tags,
            code=code,
            artifacts=artifacts,
            dry_run=dry_run,
            listener=listener,
            give=False,
        )

    def push(
        self,
        remote: str | None = None,
        *,
        experiments: Sequence[str] = (),
        tags: bool = False,
        code: bool = False,
        artifacts: str | None = None,
        dry_run: bool = False,
        inbox: bool | None = None,
        listener: Callable[[str], None] | None = None,
    ) -> Summary:
        """Give a remote what it lacks; arguments and errors are those of `sync`.

        Where both sides recorded in the same experiment, theirs is merged with ours first. With
        `inbox` nothing is fetched: all goes to a place of this clone's own on the remote, where any
        number of clones can write at once; whoever syncs next takes it in. Without it,
        `exptrack.inbox` decides.
        """
        if inbox is None:
            inbox = self._session.repository.settings.flag("exptrack.inbox")
        return self._exchange(
            remote,
            experiments,
            tags=tags,
            code=code,
            artifacts=artifacts,
            dry_run=dry_run,
            listener=listener,
            take=False,
            inbox=inbox,
        )

    def push_needed(self, remote: str, tips: Sequence[ObjectId]) -> Summary | None:
        """Give a remote the records that commits need which are about to be pushed there: the
        experiments of runs made with them, and what they pin, with its tags.

        Nothing is asked of the remote where it is known to have them: then it is `None`.

        Raises:
            NotFoundError: there is no such remote.
            TransferError: the remote cannot be reached or refuses.
        """
        from gittrack.sync.hook import needed, unsent
        from gittrack.sync.remote import Selection
        from gittrack.sync.sync import Plan, sync

        self._settle()
        names = needed(self._session, tips, self._index.heads())
        missing = unsent(self._session, remote, names)
        if not missing:
            return None
        return sync(self._session, remote, Plan(Selection(names=missing), take=False), tries=_FEW)

    def bundle(
        self,
        file: Path | str,
        *,
        experiments: Sequence[str] = (),
        tags: bool = False,
        code: bool = False,
        artifacts: bool = False,
    ) -> Summary:
        """Write records with their history into one file, which `unbundle` takes in elsewhere.

        With `artifacts`, large ones and files of models are in it, too, as far as they are here.

        Raises:
            NotFoundError: there is nothing to write, or no such experiment.
            UsageError: the file is there, and is no bundle.
        """
        from gittrack.sync.bundles import bundle
        from gittrack.sync.remote import Selection

        self._settle()
        selection = Selection(tuple(experiments), tags, code)
        return bundle(self._session, file, selection, artifacts=artifacts)

    def unbundle(
        self,
        file: Path | str,
        *,
        experiments: Sequence[str] = (),
        tags: bool = False,
        code: bool = False,
        dry_run: bool = False,
    ) -> Summary:
        """Take in what a bundle holds, merged with what is here.

        Raises:
            SourceError: it is no bundle, or damaged; nothing here changed.
            NotFoundError: there is no such file, or no such experiment.
        """
        from gittrack.sync.bundles import unbundle
        from gittrack.sync.remote import Selection

        selection = Selection(tuple(experiments), tags, code)
        return unbundle(self._session, file, selection, dry_run=dry_run)

    def seal(self) -> int:
        """Seal all runs that have ended, also those of processes that died; returns how many."""
        sealed = super().seal()
        if sealed:
            self._send_at_exit()
        return sealed

    def _ended(self, run: ActiveRun) -> None:
        self._send_at_exit()
        super()._ended(run)

    def _send_at_exit(self) -> None:
        if is_scratch(self._session.repository):
            _UNSENT[id(self)] = (os.getpid(), self)

    def close(self) -> None:
        """Seal what has ended, send it if this tracker has no repository but a remote, and end the
        git processes; the tracker may be used again.

        A program that ends without closing it sends, too."""
        super().close()
        _UNSENT.pop(id(self), None)
        if is_scratch(self._session.repository):
            self._send()
            self._session.close()

    def _send(self) -> None:
        try:
            self._exchange(None, (), take=False, inbox=True, asks=False)
        except GittrackError as error:
            folder = self._session.repository.git_dir
            self._failures.warn(
                f"{error.message}; the runs are kept, send them with: git exp -C {folder} push"
            )

    def _settle(self) -> None:
        """Seal all that has ended, also where another thread or process seals at this moment."""
        for _ in range(_TURNS):
            self._pace.do()
            if self._sealer.is_settled():
                return
            time.sleep(_TURN)

    def _exchange(
        self,
        remote: str | None,
        experiments: Sequence[str],
        *,
        tags: bool = False,
        code: bool = False,
        artifacts: str | None = None,
        dry_run: bool = False,
        listener: Callable[[str], None] | None = None,
        take: bool = True,
        give: bool = True,
        inbox: bool = False,
        asks: bool = True,
    ) -> Summary:
        from gittrack.sync.artifacts import Artifacts
        from gittrack.sync.remote import Selection
        from gittrack.sync.sync import Plan, sync

        setting = self._session.repository.settings.config.get("exptrack.artifacts")
        which = Artifacts.chosen(artifacts, setting)
        if give:
            self._settle()
        selection = Selection(tuple(experiments), tags, code)
        plan = Plan(selection, take, give, inbox, dry_run, which)
        return sync(self._session, remote, plan, listener=listener, asks=asks)


_UNSENT: dict[int, tuple[int, RunSyncing]] = {}
"""Trackers without a repository that recorded something since they were closed, and in which
process: nobody else may have the machine's files when this program has ended."""


@atexit.register
def _send_all() -> None:
    for process, tracker in list(_UNSENT.values()):
        if process == os.getpid():  # a forked child leaves it to its parent
            tracker.close()
