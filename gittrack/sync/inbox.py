"""A writer's own place on the remote: what it cannot publish at once waits there to be taken in.

No two writers move the same ref, so that any number of them push at the same time. Whoever pulls
merges the inboxes; whoever publishes the merge deletes them, each from its exact value, so that
one that its writer moved on meanwhile stays.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gittrack.git.refs import read_refs
from gittrack.git.remotes import Gateway, Pushed, Sent, is_reached
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId
from gittrack.store.experiments import clone_id
from gittrack.sync.fetching import remember
from gittrack.sync.hosts import Fault, failure_of, fault_of_ref, refusal_of
from gittrack.sync.remote import INBOX, LOCAL, Remote

_ATTEMPTS = 4


def _freely(_: str, __: ObjectId) -> bool:
    return True


class Inbox:
    """This clone's inboxes on a remote."""

    def __init__(self, repository: Repository, gateway: Gateway, remote: Remote) -> None:
        self._repository = repository
        self._gateway = gateway
        self._remote = remote

    def of(self, name: str) -> str:
        """The name of this clone's inbox of a record."""
        return f"{INBOX}{clone_id(self._repository.private_dir)}/{name}"

    def unsent(self, records: Mapping[str, ObjectId]) -> dict[str, ObjectId]:
        """The records that have moved since they were last sent to an inbox."""
        sent = self._sent()
        return {
            n: t for n, t in records.items() if sent.get(self._remote.fetched + self.of(n)) != t
        }

    def send(
        self, records: Iterable[str], may_go: Callable[[str, ObjectId], bool] = _freely
    ) -> None:
        """Put records, as they are now, into this clone's inboxes; what is there is continued.

        `may_go` is asked of each record and the commit that is about to go, which may have moved
        since the caller looked.

        Raises:
            TransferError: the remote cannot be reached, or does not take them.
        """
        names = set(records)
        for attempt in range(_ATTEMPTS):
            if not names:
                return
            last = attempt == _ATTEMPTS - 1
            tips = read_refs(self._repository, *(LOCAL + name for name in names))
            here = {ref.removeprefix(LOCAL): tip for ref, tip in tips.items()}
            left = {self.of(name): tip for name, tip in here.items() if may_go(name, tip)}
            if last:  # a copy of this clone, or this one before it was set back, has that inbox
                left = {self._another(inbox, tip): tip for inbox, tip in left.items()}
            unsent = self._attempt(left, last=last)
            names = {inbox.split("/", 2)[2] for inbox in unsent}
            time.sleep(random.uniform(0, 0.05) if names else 0)  # noqa: S311 - jitter

    def _attempt(self, left: dict[str, ObjectId], *, last: bool) -> dict[str, ObjectId]:
        updates = [Sent(self._remote.there(n), tip, ahead_only=True) for n, tip in left.items()]
        # What was sent before may have been taken in: its refs no longer tell that it is there.
        pushed = self._gateway.push(updates, negotiate=bool(self._sent()))
        if not pushed.answers and pushed.status:
            raise failure_of(self._remote.label, "push", pushed.stderr)
        moved = {answer.ref for answer in pushed.answers if answer.moved}
        sent = {n: tip for n, tip in left.items() if self._remote.there(n) in moved}
        remember(self._repository, self._remote, sent)
        for answer in pushed.answers:
            if not answer.moved and (
                last or fault_of_ref(answer.reason, pushed.stderr) is not Fault.RACE
            ):
                raise refusal_of(
                    self._remote.label,
                    [answer.ref],
                    answer.reason,
                    pushed.stderr,
                    own_place=self._remote.prefix == LOCAL,
                )
        return {n: tip for n, tip in left.items() if self._remote.there(n) not in moved}

    def _sent(self) -> dict[str, ObjectId]:
        """What is known to be in this clone's inboxes, or was."""
        return read_refs(self._repository, f"{self._remote.fetched}{self.of('')}".rstrip("/"))

    @staticmethod
    def _another(name: str, tip: ObjectId) -> str:
        _, writer, record = name.split("/", 2)
        return f"{INBOX}{writer}-{tip[:12]}/{record}"


def delete_folded(
    repository: Repository,
    gateway: Gateway,
    remote: Remote,
    folded: Iterable[tuple[Mapping[str, ObjectId], ObjectId]],
) -> int:
    """Delete inboxes whose histories are in what is published; returns how many.

    `folded` pairs the inboxes of a record with its published commit. What a host does not let
    go stays, and is not asked for again.
    """
    kept = _Kept(repository, remote)
    updates = [
        Sent(remote.there(name), None, tip)
        for inboxes, published in folded
        if (left := kept.without(inboxes)) and is_reached(repository, left.values(), by=published)
        for name, tip in left.items()
    ]
    if not updates:
        return 0
    # As one: the host writes its refs anew once, and waits for a lock of its own once.
    pushed = gateway.push(updates, atomic=len(updates) > 1)
    if len(updates) > 1 and not _moved(pushed) and not _is_locked(pushed):
        pushed = gateway.push(updates)  # one has moved on, or may not go: the others do
    kept.add(
        (one.ref, one.old)
        for one in updates
        for answer in pushed.answers
        if answer.ref == one.ref
        and not answer.moved
        and fault_of_ref(answer.reason, pushed.stderr) is Fault.REFUSED
    )
    return _moved(pushed)


def _moved(pushed: Pushed) -> int:
    return sum(answer.moved for answer in pushed.answers)


def _is_locked(pushed: Pushed) -> bool:
    """Whether somebody else is writing the host's refs, or was killed while it did."""
    return "packed-refs.lock" in pushed.stderr


class _Kept:
    """The inboxes that a host does not let anybody delete, with the commits they were at."""

    def __init__(self, repository: Repository, remote: Remote) -> None:
        digest = hashlib.sha256(remote.address.encode()).hexdigest()[:12]
        self._path = repository.private_dir / "kept-inboxes" / digest
        self._remote = remote

    def without(self, inboxes: Mapping[str, ObjectId]) -> dict[str, ObjectId]:
        """The inboxes but those that stay."""
        known = self._read()
        return {n: t for n, t in inboxes.items() if f"{self._remote.there(n)} {t}" not in known}

    def add(self, kept: Iterable[tuple[str, ObjectId | None]]) -> None:
        """Remember that these stay."""
        lines = [f"{ref} {tip}\n" for ref, tip in kept]
        if lines:
            with suppress(OSError):  # then they are asked for again
                self._path.parent.mkdir(parents=True, exist_ok=True)
                _append(self._path, lines)

    def _read(self) -> frozenset[str]:
        try:
            return frozenset(self._path.read_text(encoding="utf-8").splitlines())
        except OSError:
            return frozenset()


def _append(path: Path, lines: Sequence[str]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(lines)
