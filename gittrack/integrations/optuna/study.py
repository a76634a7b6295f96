"""One study as this process has it open: kept up to date, written to, sealed, put away."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from gittrack.errors import ValueRefusedError
from gittrack.git.refs import read_refs
from gittrack.integrations.optuna.reasons import failure_text
from gittrack.integrations.optuna.replay import WAITING, StudyState
from gittrack.integrations.optuna.sealed import numbered, read_rows, sealed_changes
from gittrack.integrations.optuna.trials import Distributions, facts_of, keys_of, row_of
from gittrack.integrations.optuna.worker import is_dead
from gittrack.runs.codec import encode_run
from gittrack.runs.model import KILLED
from gittrack.runs.trials import trial_run
from gittrack.store.experiments import experiment_ref
from gittrack.store.journals import journal_folder, sealing_turn
from gittrack.store.publishing import Publisher
from gittrack.store.session import Session
from gittrack.store.studies import FACTS, StudyRecord, find_study, say_of_study
from gittrack.store.study_log import StudyLog, StudyReplacedError
from gittrack.store.trial_sealing import seal_trials

FULL = 1 << 20
"""Bytes of a journal beyond which its finished trials are sealed and a new one begins."""

_LARGE = 200_000
"""Bytes of a trial's JSON that are no more than 16 MiB of YAML, however deep it is nested."""

Event = list[Any]

_SIMPLE = {"new", "run", "own", "param", "step", "state"}


class OpenStudy:
    """A study's state and its files; not safe between threads."""

    def __init__(
        self, session: Session, publisher: Publisher, number: int, record: StudyRecord
    ) -> None:
        """Open a study and read all its trials.

        Raises:
            RepositoryError: its files cannot be read.
        """
        self.record = record
        self._session = session
        self._publisher = publisher
        self._number = number
        self._log = StudyLog(session, number, record.experiment)
        self.state = self._empty()
        self._load()

    @property
    def is_full(self) -> bool:
        """Whether the journal has so much that it is time to seal."""
        return self._log.size > FULL

    def catch_up(self) -> StudyState:
        """The study with all that any process has written."""
        try:
            for event, cached in self._log.news():
                self.state.apply(event, cached)
        except StudyReplacedError:
            self._load()
        return self.state

    @contextmanager
    def writing(self) -> Iterator[StudyState]:
        """The study as it is, to be written to: until the end of the block, nobody else writes."""
        with self._log.locked():
            state = self.catch_up()
            state.deleted = state.deleted or self._log.is_deleted
            yield state

    def write(self, *events: Event) -> None:
        """Write records, and take them in; the caller is `writing`.

        Raises:
            RepositoryError: they cannot be written.
            TypeError: a value is none that JSON can hold.
            ValueRefusedError: a trial is too large to be a run.
        """
        payloads = [_dumped(event) for event in events]
        for event, payload in zip(events, payloads, strict=True):
            if event[0] == "trial" and len(payload) > _LARGE:
                _check_size(event[1])
        self._log.append(payloads)
        for event, payload in zip(events, payloads, strict=True):
            self.state.apply(event if _is_simple(event) else json.loads(payload))

    def naming(self, keys: Iterable[str]) -> list[Event]:
        """The records of distributions that the journal does not have yet."""
        return _named(self.state.known, keys, self.state.journal_keys)

    def finished(
        self, trial: FrozenTrial, *, whole: bool = False, status: str | None = None
    ) -> list[Event]:
        """The records of a trial that ends as it is given.

        `whole` is for one that nothing was said of before; `status` is the run's, if it is not
        the one that the trial's state says.
        """
        state = self.state
        times = state.times.get(trial.number)
        run_id = os.urandom(10).hex()
        facts = facts_of(trial, run_id, state.names(), state.known, times)
        if status is not None:
            facts["status"] = status
        elif trial.state == TrialState.FAIL and (reason := failure_text()):
            facts["details"][FACTS]["reason"] = reason
        if not whole:
            facts["optuna"] = [trial.state.value, trial.values]
            return [["trial", facts]]
        row = facts["row"] = row_of(trial, run_id, state.known)
        return [*self.naming(keys_of(row)), ["trial", facts]]

    def fail_dead(self, workers: Path, us: str, retry: int) -> None:
        """Fail the trials whose process was killed, as runs that were; the caller is `writing`.

        Each waits to be tried again, unless it was `retry` times.
        """
        state = self.state
        owners = {name for name in state.running.values() if name is not None and name != us}
        if not owners:
            return
        dead = {name for name in owners if is_dead(workers, name)}
        for number in [n for n, name in state.running.items() if name in dead]:
            failed = state.changed(number, state=TrialState.FAIL, datetime_complete=local_now())
            self.write(*self.finished(failed, status=KILLED), *self._again(failed, retry))

    def seal(self, *, put_away: bool = False) -> None:
        """Seal the finished trials in git; then a new journal begins if this one is full, or, to
        `put_away` the study, none if no trial is unfinished.

        Where another process seals at this moment, nothing is done.

        Raises:
            RepositoryError: git cannot write here.
        """
        if not self._log.path.exists():
            return
        with sealing_turn(journal_folder(self._session)) as ours:
            if not ours:
                return
            self._seal()
            if self.is_full or put_away:
                with self._log.locked():
                    self.catch_up()
                    self._seal()  # what was finished meanwhile; it is little
                    self._turn_over()

    def delete(self) -> None:
        """Take the study's files away; who has it open sees that it is deleted."""
        with self._log.locked():
            self._log.remove()
            self.state.deleted = True

    def close(self) -> None:
        """Let go of its files."""
        self._log.close()

    def _again(self, failed: FrozenTrial, retry: int) -> list[Event]:
        """The record of a waiting trial like one that failed, with Optuna's word for that."""
        attrs = {"failed_trial": failed.number, "retry_history": [], **failed.system_attrs}
        attrs["retry_history"] = [*attrs["retry_history"], failed.number]
        if len(attrs["retry_history"]) > retry:
            return []
        row = row_of(failed, None, self.state.known)
        row[0], row[2], row[5], row[7], row[9] = (
            len(self.state.trials),
            WAITING.value,
            None,
            [],
            attrs,
        )
        return [*self.naming(keys_of(row)), ["add", None, row]]

    def _empty(self) -> StudyState:
        directions = [StudyDirection[name.upper()] for name in self.record.directions]
        return StudyState(self._number, directions)

    def _load(self) -> None:
        self._log.forget()
        self.state = self._empty()
        with self._log.locked():
            self._read_all()
            if self.state.moved and not self._log.size:
                self._forget_trials()
            self._reconcile(may_renumber=True)

    def _forget_trials(self) -> None:
        """Begin anew with what git has. Nobody works on the study: numbers may change."""
        self._log.remove_cache()
        self.state = self._empty()
        self._read_all()

    def _read_all(self) -> None:
        for event, cached in self._log.news():
            self.state.apply(event, cached)
        record = find_study(self._session, self.record.experiment)  # after the journal: it may
        self.record = record or self.record  # have just been put away
        for kind, known in (("user", self.record.user_attrs), ("system", self.record.system_attrs)):
            self.state.attrs[kind] = {**known, **self.state.attrs[kind]}

    def _reconcile(self, *, may_renumber: bool = False) -> None:
        """Take in what git got from elsewhere, and what was deleted there.

        Trials are numbered as in every other clone that has the same ones, unless somebody works on
        the study: then what is new follows behind, and who opens it next has it numbered anew.
        """
        ref = experiment_ref(self.record.experiment)
        tip = read_refs(self._session.repository, ref).get(ref)
        state = self.state
        if tip is None or tip == state.tip:
            return
        sealed = {i for i, n in state.run_ids.items() if n not in state.uncached}
        known = state.run_ids if state.tip is not None else sealed
        changes = sealed_changes(self._session, state.tip, tip, known)
        places = [place for i, place in changes.places.items() if i not in state.run_ids]
        rows = read_rows(self._session, tip, places, state.known)
        own = {row[1]: row[0] for row in rows}
        rows = list(numbered(rows, state.is_missing, len(state.trials)))
        gone = sorted(state.run_ids[run_id] for run_id in changes.gone & sealed)
        moved = any(row[0] != own[row[1]] for row in rows)
        if state.trials and (moved or (gone and state.moved is not None)):
            if may_renumber and not self._log.size:
                self._forget_trials()
                self._reconcile()
                return
            moved = True
        events: list[Event] = [["gone", number] for number in gone]
        events += [["row", row] for row in rows]
        events += [["moved", bool(state.trials)]] if moved else []
        self._take_in(events, [key for row in rows for key in keys_of(row)])
        if state.uncached:  # what is in the journal alone may be taken away with it
            state.apply(["tip", tip])
        else:
            self._keep([["tip", tip]])

    def _take_in(self, events: list[Event], keys: list[str]) -> None:
        """To the journal, if others may have read the cache already; else to the cache."""
        if not events:
            return
        if self._log.size:
            self.write(*self.naming(keys), *events)
        else:
            named = _named(self.state.known, keys, self.state.cached_keys)
            self._keep([*named, *events])

    def _keep(self, events: Sequence[Event]) -> None:
        self._log.keep([_dumped(event) for event in events])
        for event in events:
            self.state.apply(event, True)

    def _seal(self) -> None:
        header = self._log.header
        if header is not None:
            seal_trials(self._session, self._publisher, header)

    def _turn_over(self) -> None:
        state = self.state
        self._say_attributes()
        rows = [row_of(state.trials[n], i, state.known) for n, i in state.uncached.items()]
        named = _named(state.known, [k for row in rows for k in keys_of(row)], state.cached_keys)
        notes = [] if state.moved is None else [["moved", state.moved]]
        notes += [] if state.tip is None else [["tip", state.tip]]
        self._keep([*named, *(["row", row] for row in rows), *notes])
        self._log.turn_over([_dumped(event) for event in self._unfinished()])
        self._reconcile()

    def _unfinished(self) -> list[Event]:
        """What a new journal begins with; nothing, where no trial is unfinished."""
        state = self.state
        state.journal_keys.clear()
        open_numbers = [*state.running, *state.waiting]
        if not open_numbers:
            return []
        rows = [row_of(state.trials[n], None, state.known) for n in open_numbers]
        named = self.naming([key for row in rows for key in keys_of(row)])
        state.journal_keys.update(event[1] for event in named)
        attrs = [
            ["study", kind, *item] for kind, found in state.attrs.items() for item in found.items()
        ]
        added = [["add", state.running.get(row[0]), row] for row in rows]
        steps = [
            ["step", n, step, state.trials[n].intermediate_values[step], time]
            for n in open_numbers
            for step, time in state.times.get(n, {}).items()
        ]
        return [*named, *attrs, *added, *steps]

    def _say_attributes(self) -> None:
        user, system = self.state.attrs["user"], self.state.attrs["system"]
        if user != self.record.user_attrs or system != self.record.system_attrs:
            record = self.record
            self.record = StudyRecord(
                record.name, record.experiment, record.directions, user, system
            )
            say_of_study(self._session, self._publisher, self.record)


def _check_size(facts: Mapping[str, Any]) -> None:
    """Refuse now what could not be sealed later, and would keep others from being sealed."""
    try:
        encode_run(trial_run("", facts), logged={})
    except ValueRefusedError as error:
        raise ValueRefusedError(
            f"trial {facts['number']} cannot be stored: {error.message}",
            hint="keep what is large in files: as artifacts of a run",
        ) from error


def local_now() -> datetime:
    """The present, as Optuna has times: local, without a zone."""
    return datetime.now()  # noqa: DTZ005


def _named(known: Distributions, keys: Iterable[str], written: set[str]) -> list[Event]:
    new = dict.fromkeys(key for key in keys if key not in written)
    return [["dist", key, known.text(key)] for key in new]


def _is_simple(event: Event) -> bool:
    """Whether JSON gives a record back as it is: it holds no values of the user's."""
    return event[0] in _SIMPLE or (event[0] == "trial" and "row" not in event[1])


def _dumped(event: Event) -> bytes:
    return _encode(event).encode()


_encode = json.JSONEncoder(separators=(",", ":")).encode
