"""`RunLogger`: what a run's model and data look like, stored with the run as small data.

No picture is stored: it is drawn from the data when somebody looks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gittrack.adapt import to_plain
from gittrack.errors import UsageError
from gittrack.report import observations
from gittrack.report.hpo import hpo_data
from gittrack.report.records import artifact_type, encode_record, path_of
from gittrack.shown import json_data
from gittrack.store.publishing import Publisher
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.capturing import Capture
from gittrack.tracking.shortcuts import tracker as default_tracker
from gittrack.tracking.tracker import ExperimentTracker


class RunLogger:
    """Logs to the active run of a tracker, or to another run that this process has open.

    Arrays, tensors, series, data frames and lists are taken alike. Each call stores one artifact
    `figures/<name>.json`; the same name once more takes its place. `git exp report` shows them.

    Args:
        tracker: where the run is; without it, the one behind `gittrack.start_run`.
        run: the run; without it, the one that is active at the time of each call.
    """

    def __init__(
        self, tracker: ExperimentTracker | None = None, run: ActiveRun | None = None
    ) -> None:
        self._tracker = tracker
        self._run = run

    def log_model_architecture(
        self, model: Any, name: str = "architecture", *, title: str = "Model architecture"
    ) -> str:
        """Log how a scikit-learn estimator, a PyTorch module or a Keras model is put together.

        All methods return the artifact's path.

        Raises:
            ValueRefusedError: it is of no kind that is known.
            UsageError: no artifact can have that name, or no run is active; as all methods.
        """
        return self._log("architecture", name, title, observations.architecture_data(model))

    def log_environment(
        self,
        facts: Mapping[str, object] | None = None,
        name: str = "environment",
        *,
        title: str = "Environment",
    ) -> str | None:
        """Record the machine and the packages as they are now, and `facts` beside them.

        A run has its environment from its start; this is for trackers with `capture=False`, and
        for what was loaded since. Without facts no artifact is stored, and `None` is returned.
        """
        tracker, run = self._target()
        capture = Capture(tracker.session, Publisher(tracker.session))
        run.record("environment", capture.environment())
        if not facts:
            return None
        return self._log("environment", name, title, {"facts": json_data(_plain(facts))})

    def log_data_distribution(
        self,
        data: Any,
        name: str = "distribution",
        *,
        columns: Sequence[str] | None = None,
        title: str = "Data distribution",
    ) -> str:
        """Log a histogram and the facts of each column; texts are counted.

        Args:
            data: a data frame, a matrix, a mapping of columns or a list; a mapping of data frames,
                as `{"train": …, "test": …}`, lays them over one another.
            name: what it is called in the run.
            columns: names of a matrix's columns.
            title: its heading.

        Raises:
            ValueRefusedError: it is no such thing.
        """
        found = observations.distribution_data(data, columns)
        return self._log("distribution", name, title, found)

    def log_scaler(
        self,
        scaler: Any,
        name: str = "scaler",
        *,
        features: Sequence[str] | None = None,
        title: str = "Scaler",
    ) -> str:
        """Log what a fitted scaler of scikit-learn learnt of each feature.

        Raises:
            ValueRefusedError: it is not fitted.
        """
        return self._log("scaler", name, title, observations.scaler_data(scaler, features))

    def log_learning_curves(
        self,
        curves: Any,
        x: Any = None,
        name: str = "learning_curves",
        *,
        x_label: str = "epoch",
        y_label: str = "",
        title: str = "Learning curves",
    ) -> str:
        """Log curves that are known as a whole; metrics logged step by step have theirs anyway.

        Args:
            curves: lists of numbers by name, or what Keras's `fit` returns. A matrix, as that of
                scikit-learn's `learning_curve`, has a row for each x; the rows' means are drawn.
            x: where the points lie; 1, 2, … without it.
            name: what it is called in the run.
            x_label, y_label: what the axes are.
            title: its heading.

        Raises:
            ValueRefusedError: a curve has not as many points as `x`.
        """
        found = observations.line_data(curves, x, x_label, y_label)
        return self._log("curves", name, title, found)

    def log_roc(
        self,
        y_true: Any,
        y_score: Any,
        name: str = "roc",
        *,
        classes: Sequence[str] | None = None,
        positive: object = None,
        title: str = "ROC curve",
    ) -> str:
        """Log a ROC curve with the area below it.

        Args:
            y_true: the true classes.
            y_score: scores of the positive class; or a matrix with a column for each class, of
                which each gets a curve against the rest.
            name: what it is called in the run.
            classes: the classes in the order of the columns; sorted without it.
            positive: the class that scores are of; the last of two without it.
            title: its heading.

        Raises:
            ValueRefusedError: the two do not go together, a score is NaN, or there is one class.
        """
        found = observations.curves_data(y_true, y_score, "roc", classes, positive)
        return self._log("roc", name, title, found)

    def log_pr(
        self,
        y_true: Any,
        y_score: Any,
        name: str = "pr",
        *,
        classes: Sequence[str] | None = None,
        positive: object = None,
        title: str = "Precision-recall curve",
    ) -> str:
        """Log a precision-recall curve with its average precision; arguments as of `log_roc`."""
        found = observations.curves_data(y_true, y_score, "pr", classes, positive)
        return self._log("pr", name, title, found)

    def log_confusion_matrix(
        self,
        y_true: Any = None,
        y_pred: Any = None,
        name: str = "confusion_matrix",
        *,
        matrix: Any = None,
        classes: Sequence[str] | None = None,
        title: str = "Confusion matrix",
    ) -> str:
        """Log how often each class was taken for which.

        Args:
            y_true, y_pred: the true and the predicted classes.
            name: what it is called in the run.
            matrix: the counts instead, a row for each true class.
            classes: the classes in their order.
            title: its heading.

        Raises:
            ValueRefusedError: they do not go together.
        """
        if matrix is None:
            found = observations.confusion_data(y_true, y_pred, classes)
        else:
            found = observations.matrix_data(matrix, classes)
        return self._log("confusion", name, title, found)

    def log_feature_importance(
        self,
        importance: Any,
        name: str = "importance",
        *,
        features: Sequence[str] | None = None,
        deviations: Any = None,
        title: str = "Feature importance",
    ) -> str:
        """Log how much each feature matters: numbers by name, numbers with `features`, or a fitted
        estimator that knows.

        Raises:
            ValueRefusedError: there are more or fewer names than numbers.
        """
        found = observations.importance_data(importance, features, deviations)
        return self._log("importance", name, title, found)

    def log_hpo(
        self,
        study: Any,
        name: str = "hpo",
        *,
        directions: Mapping[str, str] | None = None,
        title: str = "Hyperparameter optimisation",
    ) -> str:
        """Log a search for parameters that was made within the run.

        Args:
            study: an Optuna study, or a list of trials as `log_trials` takes them.
            name: what it is called in the run.
            directions: `minimize` or `maximize` by objective.
            title: its heading.

        Raises:
            ValueRefusedError: it is no such thing, or has more than 20,000 trials.
        """
        return self._log("hpo", name, title, hpo_data(study, directions))

    def _target(self) -> tuple[ExperimentTracker, ActiveRun]:
        tracker = self._tracker or default_tracker()
        run = self._run or tracker.active_run()
        if run is None:
            raise UsageError("no run is active here", hint="start one: start_run(EXPERIMENT)")
        return tracker, run

    def _log(self, kind: str, name: str, title: str, data: Mapping[str, Any]) -> str:
        tracker, run = self._target()
        path = path_of(name)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "record.json"
            file.write_bytes(encode_record(kind, title, data))
            tracker.log_artifact(file, path, artifact_type(kind), run=run)
        return path


def _plain(facts: Mapping[str, object]) -> Any:
    return to_plain(dict(facts))
