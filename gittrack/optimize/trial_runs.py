"""A trial of Optuna's as a live run: what it recorded by itself, and what the trial came to."""

from __future__ import annotations

import json
from copy import copy
from typing import Any

from gittrack.integrations.optuna.trials import METRIC, Distributions, facts_of
from gittrack.runs.model import FINISHED
from gittrack.tracking.active import ActiveRun

UNFINISHED = "gittrack:unfinished"
"""The system attribute of a trial whose run was killed before the trial ended."""

_MISSING = "gittrack:missing"


def counts(trial: Any) -> bool:
    """Whether a trial ended by itself, in whatever way; others are no part of a budget."""
    attributes = trial.system_attrs
    return trial.state.is_finished() and not ({UNFINISHED, _MISSING} & attributes.keys())


class TrialRecords:
    """Writes into runs which trial of a study they are, so that Optuna reads them as trials."""

    def __init__(self, objectives: list[str]) -> None:
        self._objectives = objectives
        self._known = Distributions()

    def begin(self, run: ActiveRun, trial: Any) -> None:
        """The run is this trial, which runs; if it is killed, that is a failed trial."""
        from optuna.trial import TrialState

        started = copy(trial)  # the trial itself belongs to its study
        started.state = TrialState.FAIL
        started.datetime_complete = started.datetime_start  # for now: its run tells when it ended
        started.system_attrs = {**started.system_attrs, UNFINISHED: True}
        self._record(run, started)

    def report(self, run: ActiveRun, step: int, value: float) -> None:
        """The trial reports a value while it runs."""
        run.log_metric(METRIC, value, step)

    def finish(self, run: ActiveRun, trial: Any, *, logged: bool = False) -> str:
        """The trial has ended; returns the status that its run is to have.

        With `logged`, what it reported was logged before.
        """
        facts = self._record(run, trial)
        if not logged:
            for step, value in trial.intermediate_values.items():
                self.report(run, step, value)
        if facts.get("tags"):
            run.set_tags(facts["tags"])
        return str(facts.get("status", FINISHED))

    def _record(self, run: ActiveRun, trial: Any) -> dict[str, Any]:
        facts = facts_of(trial, run.run_id, self._objectives, self._known)
        details = facts["details"]["optuna"]
        # The run's own parameters are the whole config, nested; the trial's are flat.
        details["params_json"] = json.dumps(trial.params)
        run.record(
            "result",
            {
                "trial": trial.number,
                "performance": facts["performance"],
                "details": facts["details"],
            },
        )
        return facts
