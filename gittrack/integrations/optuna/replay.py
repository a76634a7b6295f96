"""A study in memory, as its records make it one after the other; pure.

| record | what it says |
| --- | --- |
| `["dist", key, json]` | a distribution, which others name by its key |
| `["new", number, time, worker]` | a trial runs |
| `["add", worker, row]` | a trial with all that is known of it, not finished |
| `["run", number, time, worker]` | a waiting trial runs |
| `["state", number, state, values]` | it waits again, or has values |
| `["own", number, worker]` | another process works on it |
| `["param", number, name, key, internal value]` | a parameter |
| `["step", number, step, value, time]` | an intermediate value |
| `["attr", number, kind, name, value]` | an attribute of a trial |
| `["study", kind, name, value]` | an attribute of the study |
| `["trial", facts]` | a trial is finished: the whole run (`runs.trials`), with `optuna` or `row` |
| `["row", row]` | a finished trial that is in git |
| `["gone", number]` | its run was deleted |
| `["tip", id]` | the commit up to which the cache knows the experiment |
| `["moved", late]` | trials have other numbers than their runs; `late`: to be given anew |
| `["part"]` | a new journal begins; not written, but told by the one who reads |

Trials are replaced, never changed: what was handed out stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from gittrack.integrations.optuna.trials import (
    MISSING,
    Distributions,
    local_time,
    missing_trial,
    trial_of,
)

ID_BITS = 32
"""A trial's id is its study's number, shifted so far, and its own number."""

RUNNING, WAITING, COMPLETE = TrialState.RUNNING, TrialState.WAITING, TrialState.COMPLETE


class StudyState:
    """All that is known of a study's trials and attributes."""

    def __init__(self, study_id: int, directions: Sequence[StudyDirection]) -> None:
        self.directions = list(directions)
        self.attrs: dict[str, dict[str, Any]] = {"user": {}, "system": {}}
        self.trials: list[FrozenTrial] = []
        self.known = Distributions()
        self.newest: dict[str, Any] = {}
        """For each parameter the distribution that it was given last."""
        self.running: dict[int, str | None] = {}
        """Trials that run, each with the process that works on it."""
        self.waiting: dict[int, None] = {}
        self.run_ids: dict[str, int] = {}
        """The numbers of finished trials by the ids of their runs."""
        self.uncached: dict[int, str] = {}
        """Finished trials that are not in the cache, with the ids of their runs."""
        self.cached_keys: set[str] = set()
        self.journal_keys: set[str] = set()
        self.times: dict[int, dict[int, int]] = {}
        self.tip: str | None = None
        self.moved: bool | None = None
        """Whether trials have other numbers than their runs; true if these are to be given anew."""
        self.deleted = False
        """Whether the study is deleted; not a record, but seen by the one who reads."""
        self.best: int | None = None
        self._base = study_id << ID_BITS

    def apply(self, event: list[Any], cached: bool = False) -> None:
        """Take a record in; what a newer version says besides is for that version."""
        handler = _HANDLERS.get(event[0])
        if handler is not None:
            handler(self, *event[1:])
        if event[0] == "row":
            self._seen(event[1], cached)
        elif event[0] == "dist":
            (self.cached_keys if cached else self.journal_keys).add(event[1])

    def trial_id(self, number: int) -> int:
        """The id of the trial of that number."""
        return self._base + number

    def names(self) -> list[str]:
        """What the objective values are called."""
        given = self.attrs["system"].get("study:metric_names")
        return objective_names(self.directions, given if isinstance(given, list) else None)

    def is_missing(self, number: int) -> bool:
        """Whether a trial's number is free, but for what stands there for a missing one."""
        return number >= len(self.trials) or MISSING in self.trials[number].system_attrs

    def changed(self, number: int, **changes: Any) -> FrozenTrial:
        """A trial with other attributes, as a copy of its own."""
        old = self.trials[number]
        new = FrozenTrial.__new__(FrozenTrial)
        new.__dict__.update(old.__dict__)
        new.__dict__.update(changes)
        return new

    def _put(self, number: int, trial: FrozenTrial) -> None:
        while len(self.trials) < number:
            free = len(self.trials)
            self.trials.append(missing_trial(free, self._base + free))
        if number == len(self.trials):
            self.trials.append(trial)
        else:
            self.trials[number] = trial

    def _is_open(self, number: int) -> bool:
        return number < len(self.trials) and not self.trials[number].state.is_finished()

    def _dist(self, key: str, text: str) -> None:
        if self.known.learn(text) != key:
            raise ValueError(f"the distribution {key} is damaged")

    def _new(self, number: int, time: int, worker: str | None) -> None:
        if not self.is_missing(number):
            return
        row: list[Any] = [number, None, RUNNING.value, None, time, None, (), (), {}, {}]
        self._put(number, trial_of(row, self._base + number, self.known))
        self.running[number] = worker

    def _add(self, worker: str | None, row: list[Any]) -> None:
        number = row[0]
        if not self.is_missing(number) and not self._is_open(number):
            return
        trial = trial_of(row, self._base + number, self.known)
        self._put(number, trial)
        self._note(number, trial, worker)
        self.newest |= trial.distributions

    def _note(self, number: int, trial: FrozenTrial, worker: str | None) -> None:
        self.running.pop(number, None)
        self.waiting.pop(number, None)
        if trial.state == RUNNING:
            self.running[number] = worker
        elif trial.state == WAITING:
            self.waiting[number] = None

    def _run(self, number: int, time: int, worker: str | None) -> None:
        if self._is_open(number):
            changes = {"state": RUNNING, "_datetime_start": local_time(time)}
            self.trials[number] = self.changed(number, **changes)
            self._note(number, self.trials[number], worker)

    def _state(self, number: int, state: int, values: list[float] | None) -> None:
        if self._is_open(number):
            changes: dict[str, Any] = {"state": TrialState(state)}
            if values is not None:
                changes["_values"] = values
            self.trials[number] = self.changed(number, **changes)
            self._note(number, self.trials[number], self.running.get(number))

    def _own(self, number: int, worker: str | None) -> None:
        if number in self.running:
            self.running[number] = worker

    def _param(self, number: int, name: str, key: str, internal: float) -> None:
        if self._is_open(number):
            distribution = self.known[key]
            trial = self.trials[number]
            value = distribution.to_external_repr(internal)
            self.trials[number] = self.changed(
                number,
                _params={**trial._params, name: value},
                _distributions={**trial._distributions, name: distribution},
            )
            self.newest[name] = distribution

    def _step(self, number: int, step: int, value: float, time: int) -> None:
        if self._is_open(number):
            steps = {**self.trials[number].intermediate_values, step: value}
            self.trials[number] = self.changed(number, intermediate_values=steps)
            self.times.setdefault(number, {})[step] = time

    def _attr(self, number: int, kind: str, name: str, value: Any) -> None:
        if self._is_open(number):
            field = f"_{kind}_attrs"
            attrs = {**getattr(self.trials[number], field), name: value}
            self.trials[number] = self.changed(number, **{field: attrs})

    def _study(self, kind: str, name: str, value: Any) -> None:
        self.attrs[kind] = {**self.attrs[kind], name: value}

    def _trial(self, facts: Mapping[str, Any]) -> None:
        number, run_id = facts["number"], facts["id"]
        if run_id in self.run_ids:
            return
        if "row" in facts:
            self._row(facts["row"])
        elif self._is_open(number):
            state, values = facts["optuna"]
            changes: dict[str, Any] = {
                "state": TrialState(state),
                "datetime_complete": local_time(facts["ended"]),
            }
            if values is not None:
                changes["_values"] = values
            self._finished(number, self.changed(number, **changes))
        self.run_ids[run_id] = number
        self.uncached[number] = run_id

    def _row(self, row: list[Any]) -> None:
        number = row[0]
        if self.is_missing(number) or self._is_open(number):
            trial = trial_of(row, self._base + number, self.known)
            self._finished(number, trial)
            self.newest |= trial.distributions

    def _seen(self, row: list[Any], cached: bool) -> None:
        number, run_id = row[:2]
        self.run_ids[run_id] = number
        if cached:
            self.uncached.pop(number, None)
        else:
            self.uncached[number] = run_id

    def _finished(self, number: int, trial: FrozenTrial) -> None:
        self._put(number, trial)
        self.running.pop(number, None)
        self.waiting.pop(number, None)
        self.times.pop(number, None)
        has_one = trial.state == COMPLETE and len(self.directions) == 1 and trial.values
        if has_one and (self.best is None or self._is_better(trial, self.trials[self.best])):
            self.best = number

    def _is_better(self, one: FrozenTrial, other: FrozenTrial) -> bool:
        """Whether a trial has the better value, or the same one and came first."""
        new, known = one.values[0], other.values[0]
        if new == known:
            return one.number < other.number
        return bool(new > known) == (self.directions[0] == StudyDirection.MAXIMIZE)

    def _gone(self, number: int) -> None:
        self.run_ids = {i: n for i, n in self.run_ids.items() if n != number}
        if number < len(self.trials):
            self.trials[number] = missing_trial(number, self._base + number)
            if self.best == number:
                self.best = None
                for other in self.trials:
                    if other.state == COMPLETE:
                        self._finished(other.number, other)

    def _tip(self, tip: str) -> None:
        self.tip = tip

    def _moved(self, late: bool) -> None:
        self.moved = late

    def _part(self) -> None:
        self.journal_keys.clear()


def objective_names(directions: Sequence[StudyDirection], given: list[str] | None) -> list[str]:
    """What a study's objective values are called: as it was told, else `value`, or `value_0`, …"""
    if given is not None and len(given) == len(directions):
        return list(map(str, given))
    if len(directions) == 1:
        return ["value"]
    return [f"value_{number}" for number in range(len(directions))]


_HANDLERS: dict[str, Callable[..., None]] = {
    "dist": StudyState._dist,
    "new": StudyState._new,
    "add": StudyState._add,
    "run": StudyState._run,
    "state": StudyState._state,
    "own": StudyState._own,
    "param": StudyState._param,
    "step": StudyState._step,
    "attr": StudyState._attr,
    "study": StudyState._study,
    "trial": StudyState._trial,
    "row": StudyState._row,
    "gone": StudyState._gone,
    "tip": StudyState._tip,
    "moved": StudyState._moved,
    "part": StudyState._part,
}
