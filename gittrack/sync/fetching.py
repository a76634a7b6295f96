"""What a remote has comes into a namespace of its own, and from there into our refs, merged."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from gittrack.errors import ConflictError, GitError, RepositoryError
from gittrack.git.importer import Importer
from gittrack.git.packs import fold_small_packs
from gittrack.git.process import RaceError
from gittrack.git.refs import RefUpdate, RefWriter, read_refs
from gittrack.git.remotes import Gateway
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId
from gittrack.store.layout import CATALOGUE
from gittrack.store.lock import writers_turn
from gittrack.store.session import Session
from gittrack.sync.hosts import failure_of
from gittrack.sync.mending import restore_tagged
from gittrack.sync.merging import Refusal, merge_tips
from gittrack.sync.remote import LOCAL, Remote, Selection, inbox_of, is_record

_T = TypeVar("_T")

_ATTEMPTS = 40
_AT_ONCE = 32
"""Histories that are merged by one commit: with more, some git commands grow slow."""


@dataclass(frozen=True, slots=True)
class State:
    """Where records are, by name: here, on the remote as last fetched, and in its inboxes.

    `inboxes` maps a record's name to the inboxes that hold more of it, by their own names.
    `strange` are the remote's refs that are none of ours.
    """

    local: Mapping[str, ObjectId]
    remote: Mapping[str, ObjectId]
    inboxes: Mapping[str, Mapping[str, ObjectId]]
    strange: tuple[str, ...] = ()


@dataclass(slots=True)
class Taken:
    """What taking in came to: each record's commit now, and before; what was not taken, and why.

    Records in `blocked` could not be merged: they stay as they are, here and there.
    """

    tips: dict[str, ObjectId] = field(default_factory=dict)
    before: dict[str, ObjectId | None] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)


def fetch(gateway: Gateway, remote: Remote, selection: Selection) -> frozenset[str]:
    """Bring what a remote has into its namespace here; returns the records that were rewound there.

    Raises:
        TransferError: it cannot be reached, or what it has is not whole.
    """
    try:
        forced = gateway.fetch(selection.refspecs(remote), prune=True)
    except GitError as error:
        raise failure_of(remote.label, "fetch", error.stderr) from error
    names = (ref.removeprefix(remote.fetched) for ref in forced)
    return frozenset(name for name in names if is_record(name))


def read_state(session: Session, remote: Remote, selection: Selection) -> State:
    """Where the selected records are now."""
    refs = read_refs(session.repository, LOCAL.rstrip("/"), remote.fetched.rstrip("/"))
    local: dict[str, ObjectId] = {}
    fetched: dict[str, ObjectId] = {}
    strange: list[str] = []
    inboxes: dict[str, dict[str, ObjectId]] = {}
    for ref, tip in refs.items():
        here = ref.startswith(LOCAL)
        name = ref.removeprefix(LOCAL if here else remote.fetched)
        inbox = None if here else inbox_of(name)
        if inbox is not None and selection.has(inbox[1]):
            inboxes.setdefault(inbox[1], {})[name] = tip
        elif is_record(name) and selection.has(name):
            (local if here else fetched)[name] = tip
        elif not here and inbox is None and not is_record(name):
            strange.append(name)
    return State(local, fetched, inboxes, tuple(strange))


def remember(repository: Repository, remote: Remote, sent: Mapping[str, ObjectId]) -> None:
    """What was pushed counts as fetched: it is known to be there."""
    refs = {remote.fetched + name: tip for name, tip in sent.items()}
    known = read_refs(repository, *refs) if refs else {}
    updates = [RefUpdate(r, known.get(r), tip) for r, tip in refs.items() if known.get(r) != tip]
    if updates:
        writer = RefWriter(repository)
        with suppress(RaceError):  # the next fetch will tell
            writer.update(updates)
        writer.close()


def tips_to_take(state: State, name: str) -> tuple[ObjectId, ...]:
    """The histories of a record that may hold what is not here."""
    found = [state.remote.get(name), *sorted(state.inboxes.get(name, {}).values())]
    here = state.local.get(name)
    return tuple(dict.fromkeys(tip for tip in found if tip is not None and tip != here))


class Taker:
    """Merges other histories into our refs, each ref by compare-and-swap."""

    def __init__(self, session: Session, *, dry_run: bool = False) -> None:
        self._session = session
        self._dry_run = dry_run
        self._importer = Importer(session.repository)
        self._refs = RefWriter(session.repository)

    def take(self, histories: Mapping[str, Sequence[ObjectId]]) -> Taken:
        """Merge histories into the records of their names, the catalogue first.

        What cannot be merged is told and left out; the rest is taken.

        Raises:
            ConflictError: other writers were faster every time.
            GitError: git cannot write here.
        """
        taken = Taken()
        for name in sorted(histories, key=lambda name: (name != "catalogue", name)):
            try:
                self._take(name, histories[name], taken)
            except GitError:
                raise
            except RepositoryError as error:
                taken.blocked.add(name)
                taken.refused.append(Refusal(LOCAL + name, error.message))
        return taken

    def close(self) -> None:
        """End the git processes; small packs are folded if there are many."""
        self._importer.release(at_once=True)
        self._refs.close()
        if not self._dry_run:
            fold_small_packs(self._session.repository)

    def mend(self, taken: Taken) -> None:
        """Register again what bears a tag here and was deleted elsewhere.

        Raises:
            ConflictError: other writers were faster every time.
            GitError: git cannot write here.
        """
        old, new = self._persist(self._restore)
        if new is not None:
            taken.tips["catalogue"] = new
            taken.before.setdefault("catalogue", old)

    def _restore(self) -> tuple[ObjectId | None, ObjectId | None]:
        found = self._session.reader.find(CATALOGUE)
        old = None if found is None else found.id
        new = restore_tagged(self._session, self._importer)
        if new is not None:
            self._refs.update([RefUpdate(CATALOGUE, old, new)])
        return old, new

    def _take(self, name: str, tips: Sequence[ObjectId], taken: Taken) -> None:
        old, new, refused = self._persist(lambda: self._attempt(LOCAL + name, tips))
        taken.refused += refused
        if new is not None:
            taken.tips[name], taken.before[name] = new, old
        else:
            taken.blocked.add(name)

    def _persist(self, attempt: Callable[[], _T]) -> _T:
        """Do it again, a bounded number of times, while other writers are faster."""
        for number in range(_ATTEMPTS):
            try:
                with writers_turn(self._session.repository.private_dir):
                    return attempt()
            except RaceError as error:
                last = error
            time.sleep(random.uniform(0, 0.002 * 1.2**number))  # noqa: S311 - jitter
        raise ConflictError(
            f"other writers were faster {_ATTEMPTS} times in a row: {last.message}",
            hint=last.hint or "run the command again",
        )

    def _attempt(
        self, ref: str, tips: Sequence[ObjectId]
    ) -> tuple[ObjectId | None, ObjectId | None, list[Refusal]]:
        found = self._session.reader.find(ref)
        old = None if found is None else found.id
        new = old
        refused: list[Refusal] = []
        for some in _portions(tips):
            all_tips = some if new is None else (new, *some)
            # What an earlier portion let in is not looked at again.
            merged = merge_tips(self._session, ref, all_tips, self._importer, trusted=new)
            new = merged.commit or new
            refused += merged.refused
        if new is not None and new != old and not self._dry_run:
            self._refs.update([RefUpdate(ref, old, new)])
        return old, new, refused


def _portions(tips: Iterable[ObjectId]) -> Iterable[tuple[ObjectId, ...]]:
    left = tuple(tips)
    while left:
        some, left = left[:_AT_ONCE], left[_AT_ONCE:]
        yield some
