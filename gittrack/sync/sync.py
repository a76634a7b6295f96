"""Exchanging records with a remote: fetch, merge, publish, until nobody was faster."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gittrack.errors import NotFoundError
from gittrack.git.remotes import Gateway, Sent, is_reached
from gittrack.git.transfer import Listener
from gittrack.ids import ObjectId
from gittrack.store.experiments import check_experiment_name
from gittrack.store.session import Session
from gittrack.sync.artifacts import Artifacts, Cargo
from gittrack.sync.fetching import State, Taken, Taker, fetch, read_state, remember, tips_to_take
from gittrack.sync.hosts import Fault, TransferError
from gittrack.sync.inbox import Inbox, delete_folded
from gittrack.sync.merging import Refusal
from gittrack.sync.publishing import Outcome, Publisher
from gittrack.sync.remote import Remote, Selection, find_remote
from gittrack.sync.summary import Change, Summary, count

_RACES = 4
"""Lost races after which a history goes to the inbox."""

_BREAKS = 8
"""Broken connections in a row after which we give up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: take what came, give what is here, or both; with `inbox`, give without a look at
    what others gave. A dry run fetches, merges and counts, and moves no ref but those fetched.
    `artifacts` says which contents travel besides."""

    selection: Selection = field(default_factory=Selection)
    take: bool = True
    give: bool = True
    inbox: bool = False
    dry_run: bool = False
    artifacts: Artifacts = Artifacts.NEW


def sync(
    session: Session,
    remote: str | None = None,
    plan: Plan | None = None,
    *,
    listener: Listener | None = None,
    asks: bool = True,
    tries: int = _BREAKS,
) -> Summary:
    """Exchange records with a remote: a name, URL or path; without one, the usual one.

    Args:
        listener: takes git's messages as they come, unfiltered.
        asks: whether git may ask for a password on the terminal.
        tries: how often a broken connection is made again.

    Raises:
        NotFoundError: there is no such remote, or no such experiment here or there.
        TransferError: the remote cannot be reached or refuses; what came is here all the same.
    """
    place = find_remote(session.repository, remote)
    return exchange(session, place, plan, listener=listener, asks=asks, tries=tries)


def exchange(
    session: Session,
    place: Remote,
    plan: Plan | None = None,
    *,
    listener: Listener | None = None,
    asks: bool = True,
    tries: int = _BREAKS,
) -> Summary:
    """Exchange records with a remote whose place is known; as `sync` does.

    `tries` is how often a broken connection is made again.
    """
    plan = plan or Plan()
    for name in plan.selection.experiments:
        check_experiment_name(name)
    gateway = Gateway(session.repository, place.address, place.named, listener, asks)
    cargo = Cargo(session, place, gateway, plan.artifacts)
    return _Exchange(session, place, gateway, plan, tries, cargo).run()


@dataclass(slots=True)
class _Exchange:
    """One exchange with one remote, over as many rounds as it takes."""

    session: Session
    remote: Remote
    gateway: Gateway
    plan: Plan
    tries: int
    cargo: Cargo
    there: Mapping[str, ObjectId] = field(default_factory=dict)
    came: dict[str, Change] = field(default_factory=dict)
    went: dict[str, Change] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    rewound: set[str] = field(default_factory=set)
    folded: int = 0

    def run(self) -> Summary:
        self._run()
        if self.plan.artifacts is Artifacts.ALL and not self.plan.dry_run:
            state = read_state(self.session, self.remote, self.plan.selection)
            self.cargo.carry_all(state.local, take=self.plan.take, give=self.plan.give)
        if self.cargo.failed:
            raise next(iter(self.cargo.failed.values()))
        return self._summary()

    def _run(self) -> None:
        if self.plan.inbox:
            self._persist(self._send_all)
            return
        for race in range(_RACES):
            lost = self._persist(self._round)
            if not lost:
                return
            if race < _RACES - 1:
                _pause(race)
        self._persist(lambda: self._send(lost))

    def _persist(self, work: Callable[[], Mapping[str, ObjectId]]) -> Mapping[str, ObjectId]:
        """Do a piece of work again while the connection breaks, a bounded number of times."""
        for attempt in range(self.tries):
            try:
                return work()
            except TransferError as error:
                if error.fault not in (Fault.AWAY, Fault.RACE) or attempt == self.tries - 1:
                    raise
            _pause(attempt)
        raise AssertionError  # the last attempt returns or raises

    # One round

    def _round(self) -> Mapping[str, ObjectId]:
        """Fetch, merge and publish once; returns the records for which somebody was faster."""
        plan = self.plan
        self.rewound |= fetch(self.gateway, self.remote, plan.selection)
        state = read_state(self.session, self.remote, plan.selection)
        self._check_known(state)
        self.there = state.remote
        taken = self._take(state)
        if not plan.give:
            return {}
        tips = {**state.local, **taken.tips}
        updates = self._updates(state, tips, taken)
        if plan.dry_run:
            self._went(updates)
            return {}
        outcome = self._publish(self._loaded(updates))
        self._went(outcome.moved)
        sent = {self._name(one): one.new for one in outcome.moved if one.new is not None}
        remember(self.session.repository, self.remote, sent)
        self._fold(state, tips, taken, outcome)
        if outcome.refused:
            raise outcome.refused[0][1]
        names = (self._name(one) for one in outcome.lost)
        return {name: tips[name] for name in names}

    def _take(self, state: State) -> Taken:
        histories = {
            name: tips for name in self._to_merge(state) if (tips := tips_to_take(state, name))
        }
        taken = Taken()
        if histories:
            taker = Taker(self.session, dry_run=self.plan.dry_run)
            try:
                taken = taker.take(histories)
                if self._needs_mending(state, taken):
                    taker.mend(taken)
            finally:
                taker.close()
        for name, new in taken.tips.items():
            old = taken.before[name]
            if new != old:
                first = self.came.get(name)
                self.came[name] = Change(name, first.old if first else old, new)
        self.refused += [one for one in taken.refused if one not in self.refused]
        return taken

    def _needs_mending(self, state: State, taken: Taken) -> bool:
        """Whether a merge may have left a tagged config out of the catalogue, and the catalogue
        here holds all that the remote's does, so that it can be published."""
        moved = [name for name, tip in taken.tips.items() if taken.before[name] != tip]
        concerned = any(name == "catalogue" or name.startswith("tags/") for name in moved)
        there = state.remote.get("catalogue")
        whole = "catalogue" in taken.tips or there in (None, state.local.get("catalogue"))
        return concerned and whole and "catalogue" not in taken.blocked and not self.plan.dry_run

    def _to_merge(self, state: State) -> Sequence[str]:
        """The records to merge: all where all is taken, else those that have something to give."""
        if self.plan.take:
            return sorted({*state.remote, *state.inboxes})
        return [
            name
            for name, there in state.remote.items()
            if (here := state.local.get(name)) not in (None, there)
            and not is_reached(self.session.repository, [str(here)], by=there)
        ]

    def _updates(self, state: State, tips: Mapping[str, ObjectId], taken: Taken) -> list[Sent]:
        """What to move there. Only what was merged in this round can be: it contains all that
        the remote has."""
        merged = {*taken.tips, *(n for n in state.local if n not in state.remote)}
        return [
            Sent(self.remote.there(name), tip, state.remote.get(name))
            for name, tip in sorted(tips.items())
            if name in merged and name not in taken.blocked and tip != state.remote.get(name)
        ]

    def _loaded(self, updates: Sequence[Sent]) -> list[Sent]:
        """The updates whose contents the remote has by now; the others have to wait."""
        return [
            one
            for one in updates
            if one.new is not None and self.cargo.send_new(self._name(one), one.old, one.new)
        ]

    def _publish(self, updates: Sequence[Sent]) -> Outcome:
        if not updates:
            return Outcome()
        inbox = self._inbox()
        publisher = Publisher(self.session.repository, self.gateway, self.remote, inbox.of)
        return publisher.publish(updates)

    def _fold(
        self, state: State, tips: Mapping[str, ObjectId], taken: Taken, outcome: Outcome
    ) -> None:
        """Delete the inboxes that are in what the remote has now."""
        if not state.inboxes:
            return
        moved = {self._name(one) for one in outcome.moved}
        published = {
            name: tips[name]
            for name in state.inboxes
            if name in moved or (name in tips and tips[name] == state.remote.get(name))
        }
        self.folded += delete_folded(
            self.session.repository,
            self.gateway,
            self.remote,
            [
                (state.inboxes[name], tip)
                for name, tip in published.items()
                if name not in taken.blocked
            ],
        )

    # To the inbox

    def _send_all(self) -> Mapping[str, ObjectId]:
        """Send what moved since it was last sent to our inboxes, without a look at the rest."""
        state = read_state(self.session, self.remote, self.plan.selection)
        self._check_known(state)
        self.there = state.remote
        new = {n: tip for n, tip in state.local.items() if tip != state.remote.get(n)}
        unsent = self._inbox().unsent(new)
        if unsent and not self.plan.dry_run:
            return self._send(unsent)
        self.waiting = sorted(unsent)
        return {}

    def _send(self, records: Mapping[str, ObjectId]) -> Mapping[str, ObjectId]:
        def may_go(name: str, tip: ObjectId) -> bool:
            return self.cargo.send_new(name, self.there.get(name), tip)

        self._inbox().send(records, may_go)
        self.waiting = sorted(records.keys() - self.cargo.failed.keys())
        return {}

    def _inbox(self) -> Inbox:
        return Inbox(self.session.repository, self.gateway, self.remote)

    # What it came to

    def _went(self, updates: Sequence[Sent]) -> None:
        for one in updates:
            assert one.new is not None
            name = self._name(one)
            self.went[name] = Change(name, one.old, one.new)

    def _name(self, update: Sent) -> str:
        return update.ref.removeprefix(self.remote.prefix)

    def _check_known(self, state: State) -> None:
        known = {*state.local, *state.remote, *state.inboxes}
        for name in self.plan.selection.experiments:
            if not any(Selection((name,)).has(one) for one in known):
                raise NotFoundError(
                    f"there is no experiment {name!r}, neither here nor on {self.remote.label}",
                    hint="see those here: git exp experiments list",
                )

    def _summary(self) -> Summary:
        repository = self.session.repository
        came, went = tuple(self.came.values()), tuple(self.went.values())
        return Summary(
            remote=self.remote.label,
            came=came,
            went=went,
            waiting=tuple(self.waiting),
            folded=self.folded,
            refused=tuple(self.refused),
            rewound=tuple(sorted(self.rewound)),
            came_counts=count(repository, came),
            went_counts=count(repository, went),
            dry_run=self.plan.dry_run,
            artifacts_came=self.cargo.came,
            artifacts_went=self.cargo.went,
        )


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0.01, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
