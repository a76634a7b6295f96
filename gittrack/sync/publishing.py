"""Our records go to a remote: each from the exact value that it has there, in pieces if need be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from gittrack.git.remotes import Gateway, Pushed, Sent, is_reached, longest_line
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId
from gittrack.sync.hosts import (
    Fault,
    TransferError,
    failure_of,
    fault_of_ref,
    is_about_others,
    refusal_of,
)
from gittrack.sync.remote import LOCAL, Remote

_AT_ONCE = 250
"""Refs of one push: each takes some 200 bytes of a command line."""


@dataclass(slots=True)
class Outcome:
    """What became of refs that were pushed.

    For the `lost` somebody was faster: fetch, merge, and push again. `refused` are what the host
    does not take, each with its error.
    """

    moved: list[Sent] = field(default_factory=list)
    lost: list[Sent] = field(default_factory=list)
    refused: list[tuple[Sent, TransferError]] = field(default_factory=list)


class Publisher:
    """Pushes to one remote, and remembers what that host cannot do."""

    def __init__(
        self, repository: Repository, gateway: Gateway, remote: Remote, inbox: Callable[[str], str]
    ) -> None:
        """`inbox` gives a writer's inbox of a record: both by their names."""
        self._repository = repository
        self._gateway = gateway
        self._remote = remote
        self._inbox = inbox
        self._atomic = True

    def publish(self, updates: Sequence[Sent]) -> Outcome:
        """Move refs there; what the host refuses as a whole is tried ref by ref, then in pieces.

        Raises:
            TransferError: the remote cannot be reached, or does not let us push.
        """
        outcome = Outcome()
        for start in range(0, len(updates), _AT_ONCE):
            self._publish(updates[start : start + _AT_ONCE], outcome)
        return outcome

    def _publish(self, updates: Sequence[Sent], outcome: Outcome) -> None:
        pushed = self._push(updates, atomic=self._atomic and len(updates) > 1)
        if pushed.lacks_atomic:
            self._atomic = False
            pushed = self._push(updates)
        refused = self._sort(updates, pushed, outcome)
        if len(updates) == 1:
            for one in refused:
                self._publish_in_pieces(one, pushed, outcome)
        elif refused:
            # One that is refused takes the others with it: by `--atomic`, or by `pre-receive`.
            unmoved, outcome.lost = [*refused, *outcome.lost], []
            for one in unmoved:
                self._publish([one], outcome)

    def _push(self, updates: Sequence[Sent], *, atomic: bool = False) -> Pushed:
        pushed = self._gateway.push(updates, atomic=atomic)
        if not pushed.answers and pushed.status and not pushed.lacks_atomic:
            failed = failure_of(self._remote.label, "push", pushed.stderr)
            if failed.fault is not Fault.SIZE:
                raise failed
        return pushed

    def _sort(self, updates: Sequence[Sent], pushed: Pushed, outcome: Outcome) -> list[Sent]:
        """The updates that the host refused; the others are put where they belong."""
        answers = {answer.ref: answer for answer in pushed.answers}
        refused = []
        for one in updates:
            answer = answers.get(one.ref)
            if answer is not None and answer.moved:
                outcome.moved.append(one)
            elif answer is not None and self._is_lost(pushed, answer.reason):
                outcome.lost.append(one)
            else:
                refused.append(one)
        return refused

    def _is_lost(self, pushed: Pushed, reason: str) -> bool:
        """Whether somebody was faster, on this ref or on another of the same push."""
        if is_about_others(reason):
            return True
        fault = fault_of_ref(reason, pushed.stderr)
        if fault in (Fault.AWAY, Fault.RIGHTS):
            raise failure_of(self._remote.label, "push", pushed.stderr)
        return fault is Fault.RACE

    # In pieces

    def _publish_in_pieces(self, update: Sent, pushed: Pushed, outcome: Outcome) -> None:
        """Send a refused history some commits at a time, where it has several.

        The first piece is the smallest: if that is refused, too, it is not for its size.
        """
        chain = [] if update.new is None else self._chain(update)
        if len(chain) < 2:
            outcome.refused.append((update, self._refusal(update, pushed)))
            return
        direct = update.old is None or is_reached(self._repository, [update.old], by=chain[0])
        stage = update if direct else self._stage(update)
        done, size, grows = 0, 1, True
        while done < len(chain):
            tip = chain[min(done + size, len(chain)) - 1]
            piece = replace(stage, new=tip)
            answer = Outcome()
            pushed = self._push([piece])
            refused = self._sort([piece], pushed, answer)
            if answer.lost:
                outcome.lost.append(update)
                return
            if refused and size == 1:
                outcome.refused.append((update, self._refusal(update, pushed)))
                return
            if refused:
                size, grows = max(1, size // 2), False
                continue
            done, stage = min(done + size, len(chain)), replace(stage, old=tip)
            size *= 2 if grows else 1
        self._finish(update, stage, outcome, direct=direct)

    def _finish(self, update: Sent, stage: Sent, outcome: Outcome, *, direct: bool) -> None:
        """All pieces are there: the ref itself moves, and the place they came through goes."""
        if direct:
            outcome.moved.append(update)
            return
        pushed = self._push([update])
        for one in self._sort([update], pushed, outcome):
            outcome.refused.append((one, self._refusal(one, pushed)))
        if outcome.moved and outcome.moved[-1] is update:
            self._gateway.push([replace(stage, new=None, ahead_only=False)])

    def _chain(self, update: Sent) -> list[ObjectId]:
        assert update.new is not None
        known = [] if update.old is None else [update.old]
        return longest_line(self._repository, update.new, without=known)

    def _stage(self, update: Sent) -> Sent:
        """Where pieces go that do not follow what the remote has: the writer's inbox."""
        name = self._inbox(update.ref.removeprefix(self._remote.prefix))
        return Sent(self._remote.there(name), None, ahead_only=True)

    def _refusal(self, update: Sent, pushed: Pushed) -> TransferError:
        reason = next((a.reason for a in pushed.answers if a.ref == update.ref), "")
        own_place = self._remote.prefix == LOCAL
        label = self._remote.label
        return refusal_of(label, [update.ref], reason, pushed.stderr, own_place=own_place)
