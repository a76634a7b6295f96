"""A study as columns: what was tried, what came out, when, and what became of each trial."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gittrack.canonical import Plain
from gittrack.report.fields import Fields
from gittrack.runs.model import FINISHED
from gittrack.statistics.numbers import to_float
from gittrack.tables import Table

PRUNED = "PRUNED"
"""The state of a trial that its study gave up: it has no value, and did not fail."""

_LARGEST = 1e300


@dataclass(frozen=True, slots=True)
class Objective:
    """A number that a study makes as small (`lower`) or as large as it can."""

    name: str
    lower: bool


@dataclass(frozen=True, slots=True)
class Study:
    """Trials as columns of equal length, in the order in which they came.

    `values` are by objective, NaN where a trial has none; `params` by name, `None` likewise.
    Times are seconds since the epoch, NaN where they are not known. `labels` say which trial it
    is: `#12`. `reasons` are of those that failed, by their labels.
    """

    objectives: tuple[Objective, ...]
    labels: tuple[str, ...]
    states: tuple[str, ...]
    starts: tuple[float, ...]
    ends: tuple[float, ...]
    values: Mapping[str, Sequence[float]]
    params: Mapping[str, Sequence[Plain]]
    ids: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    curves: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    _scored: dict[str, list[int]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __len__(self) -> int:
        return len(self.labels)

    def scored(self, objective: Objective) -> list[int]:
        """The positions of the finished trials whose value is a finite number."""
        known = self._scored.get(objective.name)
        if known is None:
            both = zip(self.states, self.values[objective.name], strict=True)
            known = [n for n, (s, v) in enumerate(both) if s == FINISHED and math.isfinite(v)]
            self._scored[objective.name] = known
        return list(known)

    def best(self, objective: Objective) -> int | None:
        """The position of the best trial; of equal ones the first."""
        places = self.scored(objective)
        values = self.values[objective.name]
        pick = min if objective.lower else max
        return pick(places, key=values.__getitem__) if places else None

    def part(self, places: Sequence[int]) -> Study:
        """The study with these trials alone."""

        def chosen(values: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(values[place] for place in places)

        return replace(
            self,
            labels=chosen(self.labels),
            states=chosen(self.states),
            starts=chosen(self.starts),
            ends=chosen(self.ends),
            ids=chosen(self.ids) if self.ids else (),
            values={name: chosen(column) for name, column in self.values.items()},
            params={name: chosen(column) for name, column in self.params.items()},
        )


def study_of_table(table: Table, objectives: Sequence[Objective]) -> Study:
    """The study that a table of runs holds, as `runs_table` gives it."""
    columns = {column.name: column.values for column in table.columns}
    missing: Sequence[Any] = [None] * len(table)
    trials = columns.get("trial_number", missing)
    starts = [_seconds(time) for time in columns.get("start_time", missing)]
    numbered = [(trial is None, trial or 0) for trial in trials]
    keys = zip(numbered, starts, columns["run_id"], range(len(table)), strict=True)
    order = [place for *_, place in sorted(keys)]

    def ordered(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(map(values.__getitem__, order))

    names = columns.get("run_name", columns["run_id"])
    labels = [f"#{trials[n]}" if trials[n] is not None else str(names[n]) for n in order]
    return Study(
        objectives=tuple(objectives),
        labels=tuple(labels),
        states=ordered(_states(columns["status"], columns.get("tags.optuna.state", missing))),
        starts=ordered(starts),
        ends=ordered([_seconds(time) for time in columns.get("end_time", missing)]),
        ids=ordered(columns["run_id"]),
        values={
            o.name: tuple(map(_value, ordered(columns.get(f"metrics.{o.name}", missing))))
            for o in objectives
        },
        params={
            name.removeprefix("params."): ordered(values)
            for name, values in columns.items()
            if name.startswith("params.")
        },
    )


def _states(statuses: Sequence[Any], optuna: Sequence[Any]) -> list[Any]:
    """The status of each run; that of Optuna's where it pruned the trial, which is no failure."""
    return [PRUNED if own == PRUNED else s for s, own in zip(statuses, optuna, strict=True)]


def study_of_record(data: Mapping[str, Any]) -> Study:
    """The study that a record of the kind `hpo` holds.

    Raises:
        DataError: it is damaged.
    """
    fields = Fields(data)
    objectives = [
        Objective(one.text("name"), one.text("direction") == "minimize")
        for one in fields.members("objectives")
    ]
    trials = fields.members("trials")
    names = list(dict.fromkeys(str(key) for t in trials for key in _mapping(t, "params")))
    values = [_mapping(trial, "values") for trial in trials]
    labels = [f"#{trial.number('number'):.0f}" for trial in trials]
    return Study(
        objectives=tuple(objectives),
        labels=tuple(labels),
        states=tuple(trial.text("state") for trial in trials),
        starts=tuple(trial.number("start") for trial in trials),
        ends=tuple(trial.number("end") for trial in trials),
        values={o.name: tuple(Fields(each).number(o.name) for each in values) for o in objectives},
        params={name: tuple(_mapping(t, "params").get(name) for t in trials) for name in names},
        reasons={
            label: reason
            for label, trial in zip(labels, trials, strict=True)
            if (reason := trial.text("reason"))
        },
        curves={
            label: points
            for label, trial in zip(labels, trials, strict=True)
            if (points := _points(trial))
        },
    )


def _points(trial: Fields) -> list[tuple[float, float]]:
    rows = trial.matrix("intermediate")
    return [(row[0], row[1]) for row in rows if len(row) == 2]


def _mapping(trial: Fields, key: str) -> Mapping[str, Any]:
    return Fields.of(trial.data.get(key, {})).data


def _value(value: Any) -> float:
    if type(value) is float and -_LARGEST < value < _LARGEST:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    found = to_float(value)
    return found if abs(found) < _LARGEST else math.nan


def _seconds(microseconds: int | None) -> float:
    return math.nan if microseconds is None else microseconds / 1e6
