"""A callback for studies that keep another storage: each finished trial becomes a run."""

from __future__ import annotations

import optuna
from optuna.trial import FrozenTrial

from gittrack.integrations.optuna.replay import objective_names
from gittrack.integrations.optuna.trials import Distributions, facts_of
from gittrack.runs.records import derived_run_id
from gittrack.tracking.tracker import ExperimentTracker


class GittrackCallback:
    """Logs each trial of a study as a run, with all that Optuna knows of it.

        study.optimize(objective, n_trials=100, callbacks=[GittrackCallback(tracker)])

    When it returns, the kernel has the run; runs are sealed in groups, at the latest when the
    tracker is closed.

    Args:
        tracker: where runs are logged.
        experiment: the experiment's name; the study's, if none is given.
    """

    def __init__(self, tracker: ExperimentTracker, experiment: str | None = None) -> None:
        self._tracker = tracker
        self._experiment = experiment
        self._known = Distributions()

    def __call__(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Log a trial that has ended."""
        experiment = self._experiment or study.study_name
        names = objective_names(study.directions, study.metric_names)
        started = str(trial.datetime_start)
        run_id = derived_run_id("optuna", study.study_name, str(trial.number), started)
        self._tracker.append_trial(experiment, facts_of(trial, run_id, names, self._known))
