"""Trials of an optimiser: runs of a study, logged one by one or by the thousand."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any

from gittrack.errors import RepositoryError
from gittrack.runs.model import Run
from gittrack.runs.trials import trial_facts
from gittrack.store.trial_sealing import write_trials
from gittrack.tracking.reading import RunReading


class TrialRecording(RunReading):
    """Logs and reads trials; those of a process and a study share one journal."""

    def log_trial(
        self,
        experiment_id: str,
        trial_number: int,
        params: Mapping[str, object],
        performance: Mapping[str, float] | float | None = None,
        strategy_code: str | None = None,
        strategy_template: str | None = None,
        generation_method: str | None = None,
        *,
        status: str = "FINISHED",
        metadata: Mapping[str, object] | None = None,
    ) -> str:
        """Log a trial of an optimiser as a run of its own; returns the run's id.

        When this returns, the kernel has it; it is sealed with others soon.

        Args:
            experiment_id: the study's name or id.
            trial_number: the optimiser's number for it, 0 or more.
            params: what was tried; may be nested.
            performance: objective values by name, or one number.
            strategy_code: source text of what was tried, if it was generated.
            strategy_template: what the code was made from.
            generation_method: how it was made.
            status: `FINISHED`, `FAILED`, `KILLED` or `RUNNING`.
            metadata: anything else.

        Raises:
            UsageError: the number or the status is none.
            ValueRefusedError: a value cannot be stored.
        """
        given = {
            "trial_number": trial_number,
            "params": params,
            "performance": performance,
            "strategy_code": strategy_code,
            "strategy_template": strategy_template,
            "generation_method": generation_method,
            "status": status,
            "metadata": metadata,
        }
        facts = trial_facts(os.urandom(10).hex(), time.time_ns() // 1000, given)
        self.append_trial(experiment_id, facts)
        run_id: str = facts["id"]
        return run_id

    def append_trial(self, experiment_id: str, facts: Mapping[str, Any]) -> None:
        """Log a trial by its record, as `runs.trials` describes it: what callbacks of optimisers
        stand on."""
        payload = json.dumps(["trial", facts], separators=(",", ":")).encode()
        try:
            self._trial_journals.append(self._experiment(experiment_id), payload)
        except RepositoryError as error:
            self._failures.refused(error)

    def log_trials(self, experiment_id: str, trials: Iterable[Mapping[str, Any]]) -> list[str]:
        """Log any number of trials in one commit, all or none; returns their runs' ids in order,
        none where they cannot be written and failures are only told.

        Each is a mapping with the argument names of `log_trial`.

        Raises:
            As `log_trial`; nothing was logged then.
        """
        now = time.time_ns() // 1000
        facts = [
            trial_facts(os.urandom(10).hex(), now + number, given)
            for number, given in enumerate(trials)
        ]
        ids: list[str] = []
        with self._failures.recording(f"{len(facts)} trials of {experiment_id}"):
            if facts:
                write_trials(self._session, self._publisher, self._experiment(experiment_id), facts)
            ids += [one["id"] for one in facts]
        return ids

    def get_trials(self, experiment_id: str) -> list[Run]:
        """The trials of a study, by number; of these in the order of time."""
        runs = [run for run in self.list_runs(experiment_id) if run.trial_number is not None]
        return sorted(runs, key=lambda run: (run.trial_number or 0, run.start_time))
