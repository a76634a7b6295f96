"""The repository that is served: its runs, its configs, and the runs that clients have open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from gittrack.canonical import read
from gittrack.closing import Closing
from gittrack.index.run_table import run_columns
from gittrack.registry import ExperimentRegistry
from gittrack.runs.model import Run
from gittrack.store.experiments import Experiment
from gittrack.tables import Table
from gittrack.tracking.tracker import ExperimentTracker
from gittrack.web.refusals import RefusedRequestError

_MANY = 1000  # live runs that are told apart by experiment


@dataclass(frozen=True, slots=True)
class Overview:
    """An experiment with how many runs it has, how many of them are live, and the newest's start
    and kind: whether it is a trial."""

    experiment: Experiment
    runs: int
    live: int
    last_run: datetime | None
    is_study: bool


@dataclass(frozen=True, slots=True)
class TablePart:
    """A stretch of a table of runs, and how many runs there are in all."""

    table: Table
    total: int


class ServedTracker(ExperimentTracker):
    """A tracker that also answers what a page asks."""

    def overviews(self) -> list[Overview]:
        """All experiments by name, with what the page's first view tells."""
        self._seal_to_read()
        with self._index.moment():
            live: dict[str, int] = {}
            for run in self.search_runs(None, "status = 'RUNNING'", max_results=_MANY):
                live[run.experiment_id] = live.get(run.experiment_id, 0) + 1
            counts = {key: facts[0] for key, facts in self._index.experiment_facts().items()}
            found = []
            for one in self._index.experiments():
                newest = (
                    self.search_runs(one.name, max_results=1)
                    if counts.get(one.experiment_id)
                    else []
                )
                found.append(
                    Overview(
                        one,
                        counts.get(one.experiment_id, 0),
                        live.get(one.experiment_id, 0),
                        newest[0].start_time if newest else None,
                        bool(newest) and newest[0].trial_number is not None,
                    )
                )
        return found

    def table_part(
        self,
        experiments: Sequence[str] | None,
        filter_string: str | None,
        order_by: Sequence[str],
        columns: Sequence[str],
        offset: int,
        limit: int,
    ) -> TablePart:
        """A stretch of the runs that a query finds, with those columns.

        Raises:
            QueryError: the query, the order or a column cannot be understood.
            NotFoundError: there is no such experiment.
        """
        self._seal_to_read()
        with self._index.moment():
            wanted = self._wanted(experiments, filter_string, order_by)
            numbers = self._index.numbers(wanted, limit, offset)
            part = run_columns(self._index.connection(), numbers, columns)
            return TablePart(part, self._index.count(wanted))

    def environment_of(self, run: Run) -> dict[str | int, Any]:
        """What a run ran with: Python, packages, machine; empty where nothing was recorded, or
        where the run is not sealed yet."""
        place = self._reader.find(run.run_id)
        if place is None:
            return {}
        file = self._session.reader.find(f"{place.ref}:{place.place}/environment.yaml")
        found = None if file is None else read(file.data)
        return found if isinstance(found, dict) else {}

    def log_point(
        self, run_id: str, key: str, value: float, step: int | None, time: float | None
    ) -> None:
        """Log a value to a run of this process: of this moment, or of that `time` (seconds since
        the epoch)."""
        active = self._live.get(run_id)
        if time is None:
            active.log_metric(key, value, step)
        else:
            active.log_point(key, value, step, time)

    def is_open_here(self, run_id: str) -> bool:
        """Whether this process logs to that run."""
        return self._live.find(run_id) is not None


class Workspace(Closing):
    """A repository's runs and configs, for many clients at once.

    Args:
        path: the repository, or any folder in it.
        warn: takes one-line notices.
        progress: told how far the building of an index is: done, in all.

    Raises:
        RepositoryError: there is no repository that can be used.
    """

    def __init__(
        self,
        path: Path | str | None,
        warn: Callable[[str], None],
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.tracker = ServedTracker(
            path, on_error="raise", capture=False, warn=warn, progress=progress
        )
        self._registry = ExperimentRegistry(path, warn=warn, progress=progress)
        self._one_at_a_time = threading.RLock()

    @property
    def name(self) -> str:
        """What the repository's folder is called."""
        repository = self.tracker.session.repository
        place = repository.work_tree or repository.common_dir
        return place.name

    @contextmanager
    def registry(self) -> Iterator[ExperimentRegistry]:
        """The configs, for one client at a time."""
        with self._one_at_a_time:
            yield self._registry

    @contextmanager
    def writing(self) -> Iterator[ServedTracker]:
        """The runs, to be changed by one client at a time. What live runs log needs no turn."""
        with self._one_at_a_time:
            yield self.tracker

    def open_run(self, run_id: str) -> str:
        """The id of a run that this server has open.

        Raises:
            NotFoundError: there is no such run.
            RefusedRequestError: it has ended, or another process logs to it.
        """
        if self.tracker.is_open_here(run_id):
            return run_id
        run = self.tracker.get_run(run_id)
        if self.tracker.is_open_here(run.run_id):
            return run.run_id
        if run.is_live:
            raise self._elsewhere(run)
        raise RefusedRequestError(
            HTTPStatus.CONFLICT,
            "ended",
            f"the run {run.run_id} has ended ({run.status}): nothing more can be logged",
            hint="start another one",
        )

    def changeable_run(self, run_id: str) -> Run:
        """A run whose tags, notes and validations this server may change: its own, or an ended one.

        Raises:
            NotFoundError: there is no such run.
            RefusedRequestError: another process logs to it.
        """
        run = self.tracker.get_run(run_id)
        if run.is_live and not self.tracker.is_open_here(run.run_id):
            raise self._elsewhere(run)
        return run

    def close(self) -> None:
        """End the git processes. Runs that clients have open are closed, with all that they
        logged, by the next command that is run in the repository."""
        self.tracker.close()
        self._registry.close()

    def _elsewhere(self, run: Run) -> RefusedRequestError:
        return RefusedRequestError(
            HTTPStatus.CONFLICT,
            "live_elsewhere",
            f"the run {run.run_id} is live in another process, which alone can change it",
            hint="wait for its end",
        )
