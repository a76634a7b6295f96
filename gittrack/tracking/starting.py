"""Runs started and ended."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gittrack.config import ExperimentConfig, canonical_bytes
from gittrack.errors import RepositoryError
from gittrack.runs.model import CodeVersion, Run
from gittrack.slug import slug
from gittrack.store.anonymous import say_who_records
from gittrack.store.experiments import next_numbers
from gittrack.store.journals import journal_folder
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.base import TrackerBase
from gittrack.tracking.joining import invitation_to


class RunStarting(TrackerBase):
    """Starts runs, with the code and the environment that they run with, and ends them."""

    def start_run(
        self,
        experiment_name: str,
        run_name: str | None = None,
        tags: Mapping[str, object] | None = None,
        config: Mapping[Any, Any] | ExperimentConfig | None = None,
        parent: str | Run | ActiveRun | None = None,
    ) -> ActiveRun:
        """Start a run; it lives until `end_run`, and is `KILLED` if this process dies before.

        In a program that `git exp run` started, the first run is that one, whatever experiment
        and name are given here, and each later one is a child of it. With a `parent`, it is a run
        of its own.

        Raises:
            UsageError: an experiment cannot have that name.
            ValueRefusedError: the config holds something that cannot be stored.
        """
        invitation = invitation_to(self._session) if parent is None else None
        if invitation is not None:
            joined = invitation.join(self._ended, self._failures.refused, self._keeper)
            if joined is not None:
                return self._joined(joined, tags, config)
            parent = invitation.run_id
        say_who_records(self._session.repository, self._failures.warn)
        facts: dict[str, Any] = {}
        if config is not None:
            facts["config"] = canonical_bytes(config).decode()
        if parent is not None:
            facts["parent"] = parent if isinstance(parent, str) else parent.run_id
        run = self._started(self._experiment(experiment_name), run_name, facts)
        return self._opened(run, tags)

    @contextmanager
    def run(self, experiment_name: str, **options: Any) -> Iterator[ActiveRun]:
        """A run for a `with` block: an exception marks it `FAILED`, Ctrl-C `KILLED`."""
        with self.start_run(experiment_name, **options) as active:
            yield active

    def active_run(self) -> ActiveRun | None:
        """The run that this thread started last and that has not ended."""
        return self._live.active()

    def end_run(self, status: str = "FINISHED", *, run: str | ActiveRun | None = None) -> None:
        """End a run; when this returns, it is sealed or certain to be."""
        self._live.get(run).end(status)

    def end_all(self, status: str) -> None:
        """End every run that this process has open."""
        for run in self._live.all():
            run.end(status)
        self.close()

    def checkpoint(self, run: str | ActiveRun) -> None:
        """Seal a live run as it is now, so that others get it by `push`; it goes on."""
        try:
            self._sealer.checkpoint(self._live.get(run).run_id)
        except RepositoryError as error:
            self._failures.refused(error)

    def code_version(self) -> CodeVersion | None:
        """The code as a run that starts now records it; `None` where nothing is captured."""
        if self._capture is None:
            return None
        code = self._capture.code()
        return CodeVersion(**code) if code else None

    def _joined(
        self,
        run: ActiveRun,
        tags: Mapping[str, object] | None,
        config: Mapping[Any, Any] | ExperimentConfig | None,
    ) -> ActiveRun:
        """A run that another process started: its parameters and surroundings are those here."""
        if self._capture is not None:
            run.record("environment", self._capture.environment())
        if config is not None:
            values: Any = config.config if isinstance(config, ExperimentConfig) else config
            run.log_params(values)
        return self._opened(run, tags)

    def _started(self, experiment: str, name: str | None, facts: Mapping[str, Any]) -> ActiveRun:
        """A new run with its number, its surroundings and what else is known of it at its start."""
        self._owed_ends.write()
        number = self._number(experiment)
        run = ActiveRun(
            os.urandom(10).hex(),
            experiment,
            journal_folder(self._session),
            on_end=self._ended,
            on_error=self._failures.refused,
            keeper=self._keeper,
        )
        own_name = slug(experiment) if number is None else f"{slug(experiment)}-{number}"
        numbered = {"name": name or own_name, "number": number}
        run.record("start", {**numbered, **self._who(), **facts})
        self._record_surroundings(run)
        return run

    def _who(self) -> dict[str, str]:
        """The machine, and where the environment is captured, whose login it is."""
        machine = {"host": os.uname().nodename}
        return machine if self._capture is None else {**machine, "user": self._capture.user()}

    def _number(self, experiment: str) -> int | None:
        """The next number; none where it cannot be written, which stops no training."""
        try:
            return next_numbers(self._session, experiment)
        except RepositoryError as error:
            self._failures.refused(error)
            return None

    def _opened(self, run: ActiveRun, tags: Mapping[str, object] | None) -> ActiveRun:
        if tags:
            run.set_tags(tags)
        self._live.add(run)
        return run

    def _record_surroundings(self, run: ActiveRun) -> None:
        """Code and environment; a run without them is better than none."""
        if self._capture is None:
            return
        try:
            run.record("code", self._capture.code())
            run.record("environment", self._capture.environment())
        except (RepositoryError, OSError) as error:
            self._failures.warn(f"the code was not captured: {error}")
