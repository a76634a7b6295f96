"""Comparing runs and experiments: what differs, which is best, how it went on over time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gittrack.direction import Direction
from gittrack.errors import NotFoundError, UsageError
from gittrack.runs.model import Run
from gittrack.store.experiments import Experiment
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.searching import Experiments, Filter, RunSearch

if TYPE_CHECKING:  # loaded on use: a script that only records does without
    from gittrack.runs.comparison import RunComparison
    from gittrack.tables import Table


@dataclass(frozen=True, slots=True)
class Progress:
    """One run in the order of time: its value, the best one up to it, and whether it is that."""

    run_id: str
    run_name: str
    time: datetime
    value: float
    best: float
    improved: bool


@dataclass(frozen=True, slots=True)
class Improvement:
    """A run that was better than all before it, and by how much; the first one by nothing."""

    run_id: str
    run_name: str
    time: datetime
    value: float
    gain: float


class RunComparing(RunSearch):
    """Puts runs and experiments beside one another."""

    def compare_runs(
        self,
        run_ids: Sequence[str | Run | ActiveRun],
        metric_names: Sequence[str] | None = None,
        *,
        direction: Direction | None = None,
        all_params: bool = False,
    ) -> RunComparison:
        """Runs beside one another: parameters that differ, metrics with the best one marked.

        With `all_params`, parameters that are the same in all, too.

        Where several runs have one config (repeats, seeds), their spread is told, too.

        Raises:
            NotFoundError: there is no such run.
            UsageError: there are no runs, or none has a metric that is named.
        """
        from gittrack.runs.comparison import compare

        runs = [one if isinstance(one, Run) else self.get_run(one) for one in run_ids]
        return compare(
            runs,
            lambda name: lower_is_better(name, direction),
            metric_names,
            all_params=all_params,
        )

    def compare_experiments(
        self,
        experiment_names: Sequence[str] | None = None,
        metric_names: Sequence[str] | None = None,
        *,
        direction: Direction | None = None,
    ) -> Table:
        """Experiments beside one another: a row for each experiment and metric.

        Columns: `experiment_name`, `metric`, `runs` (that have it), `best`, `best_run_id`, `mean`,
        `deviation` (of the sample), `min` and `max`. NaN and infinite values are left out.

        Raises:
            NotFoundError: there is no such experiment.
        """
        from gittrack.tables import table_of

        names = experiment_names or [one.name for one in self._index.experiments()]
        rows = [row for name in names for row in self._measured(name, metric_names, direction)]
        columns = ["experiment_name", "metric", "runs", "best", "best_run_id", "mean"]
        return table_of(rows, [*columns, "deviation", "min", "max"])

    def best_run(
        self,
        experiment_name: Experiments,
        metric: str,
        *,
        direction: Direction | None = None,
        filter_string: Filter = None,
    ) -> Run:
        """The finished run with the best latest value of a metric; of equal ones the newest.

        Raises:
            NotFoundError: no finished run has that metric.
        """
        return self.best_runs(
            experiment_name, metric, 1, direction=direction, filter_string=filter_string
        )[0]

    def best_runs(
        self,
        experiment_name: Experiments,
        metric: str,
        count: int = 5,
        *,
        direction: Direction | None = None,
        filter_string: Filter = None,
        then: str = "",
    ) -> list[Run]:
        """The `count` finished runs with the best latest values of a metric, the best one first.

        Of equal ones the newest comes first, or what `then`, an order as in `search_runs`, says.
        NaN is never among them. Without a direction, that of a study's objective is what the study
        says.

        Raises:
            NotFoundError: no finished run has that metric.
        """
        if direction is None and isinstance(experiment_name, str):
            direction = self.objective_direction(experiment_name, metric)
        ranked = ranking(metric, filter_string, direction=direction)
        orders = [ranked.order, *([then] if then else ())]
        found = self.search_runs(experiment_name, ranked.filters, orders, count)
        if not found:
            raise ranked.nothing_found()
        return list(found)

    def best_so_far(
        self,
        experiment_name: Experiments,
        metric: str,
        *,
        direction: Direction | None = None,
        filter_string: Filter = None,
    ) -> list[Progress]:
        """Each run that has the metric in the order in which they started, with the best so far.

        Without a direction, that of a study's objective is what the study says.

        Raises:
            NotFoundError: there is no such experiment.
        """
        if direction is None and isinstance(experiment_name, str):
            direction = self.objective_direction(experiment_name, metric)
        falling = lower_is_better(metric, direction)
        found: list[Progress] = []
        best = math.nan
        for run_id, name, time, value in self._values(experiment_name, metric, filter_string):
            improved = math.isnan(best) or (value < best if falling else value > best)
            best = value if improved else best
            found.append(Progress(run_id, name, time, value, best, improved))
        return found

    def objective_direction(self, experiment_name: str, metric: str) -> Direction | None:
        """Which way an experiment's record says that an objective value is to go: `None` where it
        says nothing, where there is no such experiment, or where the metric is no objective."""
        from gittrack.store.experiments import experiment_ref, read_experiment
        from gittrack.tracking.directions import said_direction

        found = read_experiment(self._session.view(experiment_ref(experiment_name)))
        if found is None or not found.facts:
            return None
        objectives = self._index.objectives(found.experiment_id)
        if objectives and metric not in objectives:
            return None
        return said_direction(found.facts, metric)

    def improvement_over_time(
        self,
        experiment_name: Experiments,
        metric: str,
        *,
        direction: Direction | None = None,
        filter_string: Filter = None,
    ) -> list[Improvement]:
        """The runs that were better than all before them, in the order in which they started.

        Raises:
            NotFoundError: there is no such experiment.
        """
        steps = self.best_so_far(
            experiment_name, metric, direction=direction, filter_string=filter_string
        )
        better = [step for step in steps if step.improved]
        gains = [0.0, *(abs(b.value - a.value) for a, b in pairwise(better))]
        return [
            Improvement(step.run_id, step.run_name, step.time, step.value, gain)
            for step, gain in zip(better, gains, strict=False)
        ]

    def filter_experiments(
        self,
        *,
        max_violation_rate: float | None = None,
        validation: str | None = None,
        min_runs: int = 0,
        tags: dict[str, str] | None = None,
    ) -> list[Experiment]:
        """The experiments that fulfil all conditions, by name.

        Args:
            max_violation_rate: the greatest share (0 to 1) of validated runs whose latest
                validation did not pass. An experiment without validated runs does not fulfil it.
            validation: only validations of this name (`ttpt`) count; without it, all do.
            min_runs: runs at the least.
            tags: the experiment's own tags.

        Raises:
            UsageError: the rate is not between 0 and 1.
        """
        if max_violation_rate is not None and not 0 <= max_violation_rate <= 1:
            raise UsageError(f"max_violation_rate is between 0 and 1, not {max_violation_rate}")
        self._seal_to_read()
        facts = self._index.experiment_facts(validation)
        found = []
        for one in self._index.experiments():
            runs, validated, failed = facts.get(one.experiment_id, (0, 0, 0))
            rate = failed / validated if validated else math.nan
            if (
                runs >= min_runs
                and (max_violation_rate is None or rate <= max_violation_rate)
                and (tags or {}).items() <= one.tags.items()
            ):
                found.append(one)
        return found

    def _measured(
        self, name: str, metrics: Sequence[str] | None, direction: Direction | None
    ) -> Iterator[dict[str, Any]]:
        from gittrack.runs.comparison import Spread

        names = metrics or sorted(self._index.keys().names("metric"))
        fields = {metric: metric_field(metric) for metric in names}
        columns = ["run_id", *fields.values()]
        found = self.runs_table(name, "status != 'RUNNING'", columns=columns)
        ids = found["run_id"].values
        for metric, field in fields.items():
            pairs = [
                (value, run_id)
                for value, run_id in zip(found[field].values, ids, strict=True)
                if value is not None and math.isfinite(value)
            ]
            if not pairs:
                continue
            values = [float(value) for value, _ in pairs]
            spread = Spread.of(values)
            way = direction or self.objective_direction(name, metric)
            best = min(pairs) if lower_is_better(metric, way) else max(pairs)
            yield {
                "experiment_name": self._experiment(name),
                "metric": metric,
                "runs": len(pairs),
                "best": float(best[0]),
                "best_run_id": best[1],
                "mean": spread.mean,
                "deviation": spread.deviation,
                "min": min(values),
                "max": max(values),
            }

    def _values(
        self, experiments: Experiments, metric: str, filter_string: Filter
    ) -> Iterator[tuple[str, str, datetime, float]]:
        field = metric_field(metric)
        columns = ["run_id", "run_name", "start_time", field]
        found = self.runs_table(experiments, filter_string, "start_time ASC", columns=columns)
        for run_id, name, time, value in found.rows():
            if value is not None and value == value:
                yield run_id, name, time, float(value)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The finished runs that have a metric, best first: conditions and an order for a search."""

    metric: str
    filters: tuple[str, ...]
    order: str

    def nothing_found(self) -> NotFoundError:
        """The error for when there is no such run."""
        return NotFoundError(f"no finished run has the metric {self.metric!r}")


def ranking(
    metric: str, filter_string: Filter = None, *, direction: Direction | None = None
) -> Ranking:
    """How runs are ranked by the latest value of a metric; NaN does not take part.

    Raises:
        UsageError: the direction is neither `max` nor `min`.
    """
    field = metric_field(metric)
    given = [filter_string] if isinstance(filter_string, str) else list(filter_string or ())
    only = f"status = 'FINISHED' AND {field} IS NOT NULL AND NOT {field} = nan"
    order = "ASC" if lower_is_better(metric, direction) else "DESC"
    return Ranking(metric, (*given, only), f"{field} {order}")


def metric_field(metric: str) -> str:
    """A metric as a query names it, whatever signs are in its name."""
    from gittrack.query import Key, path_text

    return path_text((Key("metrics"), Key(metric)))


def lower_is_better(metric: str, direction: Direction | None) -> bool:
    """Whether a smaller value is the better one: said so, or by the metric's usual name.

    Raises:
        UsageError: the direction is neither `max` nor `min`.
    """
    from gittrack.review.metrics import lower_is_better as by_name

    if direction not in ("max", "min", None):
        raise UsageError(f"direction is 'max' or 'min', not {direction!r}")
    return by_name(metric) if direction is None else direction == "min"
