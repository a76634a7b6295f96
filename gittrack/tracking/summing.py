"""Many runs at once: groups with their spread, histories, what experiments and studies hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gittrack.direction import Direction
from gittrack.errors import NotFoundError, UsageError
from gittrack.runs.model import MetricPoint, Run
from gittrack.slug import slug
from gittrack.tracking.comparing import RunComparing, lower_is_better, metric_field
from gittrack.tracking.searching import Experiments, Filter, OrderBy

if TYPE_CHECKING:  # loaded on use: a script that only records does without
    from gittrack.tables import Table

_TRIALS = "trial IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened in an experiment: how many runs it has, and when the last one started."""

    runs: int
    last_run: datetime


class RunSumming(RunComparing):
    """Sums up what many runs have recorded."""

    def group_runs(
        self,
        by: str | Sequence[str],
        experiment_name: Experiments = None,
        filter_string: Filter = None,
        order_by: OrderBy = None,
        metric_names: Sequence[str] | None = None,
        *,
        direction: Direction | None = None,
    ) -> Table:
        """A row for each group of runs that have something in common: repeats, seeds, variants.

        Args:
            by: what they have in common, named as in a query: `config`, `params.lr`, `tags.team`;
                one or several.
            order_by: of the runs; groups come in the order of their first run.
            metric_names: what to sum up; without them, all metrics that some of the runs has.

        Columns: those of `by`, `runs`, and for each metric `metrics.<name>.mean`, `.deviation` (of
        the sample), `.best` and `.count`.

        Raises:
            As `search_runs`, and UsageError: nothing is named to group by.
        """
        from gittrack.runs.grouping import grouped
        from gittrack.tables import Table

        names = [by] if isinstance(by, str) else list(dict.fromkeys(by))
        if not names:
            raise UsageError("group by what?", hint="as in: config, params.lr, tags.team")
        asked = self.recorded_keys("metric") if metric_names is None else metric_names
        fields = {metric_field(metric): metric for metric in asked}
        fields = {field: metric for field, metric in fields.items() if field not in names}
        columns = [*names, *fields]
        found = self.runs_table(experiment_name, filter_string, order_by, columns=columns)
        kept = {
            field: metric
            for field, metric in fields.items()
            if metric_names is not None or any(v is not None for v in found[field].values)
        }
        table = Table(
            [
                *(found[name] for name in names),
                *(found[field].named(f"metrics.{metric}") for field, metric in kept.items()),
            ]
        )
        return grouped(
            table,
            names,
            {f"metrics.{metric}": metric for metric in kept.values()},
            lambda metric: lower_is_better(metric, direction),
        )

    def metric_points(
        self,
        experiment_name: Experiments = None,
        filter_string: Filter = None,
        order_by: OrderBy = None,
        metric_names: Sequence[str] | None = None,
    ) -> Table:
        """Every value that runs logged, a row each: `run_id`, `metric`, `step`, `time`, `value`.

        A run's points come by metric and in the order in which they were logged. An objective
        value of a trial has no step, and the trial's end as its time.

        Raises:
            As `search_runs`.
        """
        from gittrack.tables import Column, Table

        wanted = None if metric_names is None else set(metric_names)
        rows: list[tuple[str, str, int | None, int, float]] = []
        with self._index.moment():
            for run in self.iterate_runs(experiment_name, filter_string, order_by):
                for metric, point in self._points(run, wanted):
                    time = round(point.time * 1e6)
                    rows.append((run.run_id, metric, point.step, time, point.value))
        columns = list(zip(*rows, strict=True)) if rows else [()] * 5
        return Table(
            [
                Column("run_id", "text", columns[0]),
                Column("metric", "text", columns[1]),
                Column("step", "integer", columns[2]),
                Column("time", "time", columns[3]),
                Column("value", "float", columns[4]),
            ]
        )

    def metric_histories(self, run_ids: Sequence[str], key: str) -> list[list[MetricPoint]]:
        """The points of a metric of each of these runs; none where a run never logged it."""
        with self._index.moment():
            runs = [self._index.run(run_id) for run_id in run_ids]
            return [[] if run is None else self._history(run, key) for run in runs]

    def recorded_keys(self, kind: str) -> list[str]:
        """The keys under which runs recorded something: a `metric`, `param`, `tag` or
        `validation`; by name."""
        names = sorted(self._index.keys().names(kind))
        return [name for name in names if kind != "param" or not name.endswith("[]")]

    def experiment_activity(self) -> dict[str, Activity]:
        """What happened in each experiment that has runs, by the experiment's id."""
        from gittrack.runs.codec import moment_of

        self._seal_to_read()
        known = self._index.activity()
        return {name: Activity(runs, moment_of(last)) for name, (runs, last) in known.items()}

    def objective_names(self, study: str) -> list[str]:
        """The names of the objective values that a study's trials have, by name.

        Raises:
            NotFoundError: there is no such study, or it has no trials.
        """
        if not self.count_runs(study, _TRIALS):
            raise NotFoundError(
                f"the experiment {study!r} has no trials", hint="see its runs: git exp runs list"
            )
        return self._index.objectives(slug(study))

    def best_trial(
        self,
        study: str,
        metric: str | None = None,
        *,
        direction: Direction | None = None,
        filter_string: Filter = None,
    ) -> Run:
        """The finished trial of a study with the best objective value; of equal ones, the first.

        Args:
            metric: by which value, if there are several.

        Raises:
            UsageError: there are several objective values, and none is named, or none such.
            NotFoundError: no finished trial has a value that is a number, or there is no study.
        """
        name = self._objective(study, metric)
        queries = [filter_string] if isinstance(filter_string, str) else list(filter_string or ())
        try:
            [best] = self.best_runs(
                study,
                name,
                1,
                direction=direction or self.objective_direction(study, name),
                filter_string=[*queries, _TRIALS],
                then="trial",
            )
        except NotFoundError:
            raise NotFoundError(f"no finished trial of {study!r} has a value") from None
        return best

    def _objective(self, study: str, metric: str | None) -> str:
        names = self.objective_names(study)
        if metric is None and len(names) > 1:
            raise UsageError(
                f"the trials of {study!r} have {len(names)} objective values",
                hint=f"name one: --metric {names[0]}",
            )
        if metric is not None and metric not in names:
            known = ", ".join(names) or "none"
            raise UsageError(
                f"the trials of {study!r} have no {metric!r}", hint=f"they have: {known}"
            )
        return metric or (names[0] if names else "")

    def _points(self, run: Run, wanted: set[str] | None) -> Iterator[tuple[str, MetricPoint]]:
        for metric in run.summaries:
            if wanted is None or metric in wanted:
                for point in self._history(run, metric):
                    yield metric, point
        end = (run.end_time or run.start_time).timestamp()
        for name, value in run.performance.items():
            if wanted is None or name in wanted:
                yield name, MetricPoint(None, end, value)

    def _history(self, run: Run, key: str) -> list[MetricPoint]:
        """As the reader has it, without a look at files for the many metrics of one value."""
        summary = run.summaries.get(key)
        if summary is None:
            return []
        if summary.count == 1 and not run.is_live:
            return [MetricPoint(summary.last_step, run.start_time.timestamp(), summary.last)]
        return self._reader.history(run, key)
