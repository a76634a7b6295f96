"""The run that a callback logs to: one that it was given, or one that it starts and ends."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from gittrack.adapt import to_plain
from gittrack.errors import GittrackError, RepositoryError, UsageError, ValueRefusedError
from gittrack.integrations.settings import storable
from gittrack.runs.model import FAILED, FINISHED, KILLED, RUNNING
from gittrack.store.experiments import check_experiment_name
from gittrack.tracking import shortcuts
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.failures import OnError
from gittrack.tracking.tracker import ExperimentTracker

Where = ActiveRun | ExperimentTracker | Path | str | None
"""Where a callback records: in a run, with a tracker, in a repository, in the current folder's."""


class RunOptions(TypedDict, total=False):
    """What can be said of the runs that a callback starts; see `TrainingRun`."""

    run_name: str | None
    tags: Mapping[str, object] | None
    config: Mapping[Any, Any] | None
    on_error: OnError


class TrainingRun:
    """The run of one training, and nothing that a training could suffer from.

    A run that was given is only logged to. With an experiment's name, each training gets a run of
    its own: `start` begins it, `end` ends it, and it is ended as well when whoever holds it is
    gone or the program ends. What cannot be recorded is told as the tracker's `on_error` says.

    Args:
        where: an open run; a tracker; the repository, or a folder in it; without one, the current
            folder's, as in `gittrack.start_run`.
        experiment: starts runs in this experiment. Without one, the tracker's open run is taken.
        run_name: the name of these runs.
        tags: their tags.
        config: what they are configured with; without one, what the framework says of itself.
        on_error: `warn` or `raise`, for a repository that is opened here.
        unended: says how a training ended that did not come to its end: `FAILED`, by default.

    Raises:
        UsageError: an experiment is missing, is too much, or cannot have that name.
        ValueRefusedError: the config holds something that cannot be stored.
        RepositoryError: there is no repository that can be used.
    """

    def __init__(
        self,
        where: Where = None,
        experiment: str | None = None,
        *,
        unended: Callable[[], str] = lambda: FAILED,
        **options: Unpack[RunOptions],
    ) -> None:
        self._where = where
        self._unended = unended
        self._options = options
        to_plain(options.get("config"))
        self._experiment = None if experiment is None else check_experiment_name(experiment)
        self._given = where if isinstance(where, ActiveRun) else None
        self._tracker = _tracker_of(where, options.get("on_error", "warn"))
        if self._given is None and experiment is None:
            self._given = self._tracker.active_run() if self._tracker else None
        if (self._given is None) == (experiment is None):
            raise _no_experiment() if experiment is None else _two_experiments()
        self.parent: str | None = None
        self.run: ActiveRun | None = self._given
        self.is_held = False
        """Whether the run goes on beyond the training."""
        self._when_gone: weakref.finalize[..., Any] | None = None

    def __deepcopy__(self, memo: object) -> TrainingRun:
        """Another one of the same repository or run: scikit-learn copies what it searches with."""
        return TrainingRun(self._where, self._experiment, **self._options)

    def __reduce__(self) -> tuple[Any, ...]:
        if isinstance(self._where, ActiveRun | ExperimentTracker) or self._experiment is None:
            raise UsageError(
                "an open run or tracker cannot go to another process",
                hint="give the callback the repository's path and the name of an experiment",
            )
        return _again, (self._where, self._experiment, self._options)

    # Its life

    def start(self, settings: Mapping[Any, Any] | None = None) -> None:
        """Start a run, if it is for us to do so; `settings` are what the framework says of itself.

        They are the config where there is no other, and parameters beside it where there is one.
        """
        if self._given is None and not (self.is_held and self.run is not None):
            self._abandon()
            settings = self._begin(storable(settings or {}))
        if settings:
            self.log_params(settings)

    def hold(self) -> None:
        """Let the run go on beyond the training, until `release`."""
        self.is_held = True

    def release(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End a held run, as a `with` block does: an exception marks it `FAILED`, Ctrl-C
        `KILLED`."""
        self.is_held = False
        if self._given is None and self.run is not None:
            with self._told():
                self.run.__exit__(kind, error, trace)
            self._forget()

    def end(self, status: str = FINISHED) -> None:
        """End the run, if it is ours and nobody holds it."""
        if self._given is None and self.run is not None and not self.is_held:
            with self._told():
                if self.run.status == RUNNING:
                    self.run.end(status)
            self._forget()

    def end_by_error(self) -> None:
        """End the run as failed, or as killed where Ctrl-C is being handled."""
        kind, error, trace = sys.exc_info()
        if self.is_held:
            return
        if error is None:
            self.end(FAILED)
        else:
            self.release(kind, error, trace)

    # What is logged

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log numbers, whatever library made them; what is no number is told and left out."""
        if self.run is None:
            return
        try:
            self.run.log_metrics(metrics, step)
        except ValueRefusedError:
            for key, value in metrics.items():
                with self._told():
                    self.run.log_metric(key, value, step)
        except GittrackError as error:
            self._refuse(error)

    def log_params(self, settings: Mapping[Any, Any]) -> None:
        """Log what a framework says of its settings; one that says something else than before is
        told and left out."""
        if self.run is None:
            return
        for key, value in storable(settings).items():
            with self._told():
                self.run.log_params({str(key): value})

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags of the run."""
        if self.run is not None:
            with self._told():
                self.run.set_tags(tags)

    def log_note(self, text: str) -> None:
        """Add a remark for people."""
        if self.run is not None:
            with self._told():
                self.run.log_note(text)

    def log_artifact(self, file: Path | str, name: str, artifact_type: str | None = None) -> None:
        """Store a file, or all files below a folder, with the run."""
        if self.run is None:
            return
        with self._told():
            store = self.run.log_artifacts if Path(file).is_dir() else self.run.log_artifact
            store(file, name, artifact_type)

    # How it is done

    def _begin(self, settings: dict[str | int, Any]) -> dict[str | int, Any]:
        """Start a run; returns what is to be said beside its config."""
        tracker, config = self._tracker, self._options.get("config")
        assert tracker is not None
        assert self._experiment is not None
        with self._told():
            self.run = tracker.start_run(
                self._experiment,
                self._options.get("run_name"),
                tags=self._options.get("tags"),
                config=settings if config is None else config,
                parent=self.parent,
            )
            self._when_gone = weakref.finalize(
                self, _gone, self.run, self._unended, id(_uncaught())
            )
        if config is None:
            return {}
        return {key: value for key, value in settings.items() if key not in config}

    def _abandon(self) -> None:
        """The training before this one did not come to its end."""
        if self._when_gone is not None:
            self._when_gone()
            self._forget()

    def _forget(self) -> None:
        self.run = None
        if self._when_gone is not None:
            self._when_gone.detach()
            self._when_gone = None
        if self._tracker is not None and self._tracker is not self._where:
            with self._told():
                self._tracker.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except GittrackError as error:
            self._refuse(error)
        except OSError as error:
            self._refuse(RepositoryError(f"cannot be recorded: {error}"))

    def _refuse(self, error: GittrackError) -> None:
        """The run's or the tracker's `on_error` decides."""
        told = self._given or self._tracker
        assert told is not None
        told.refused(error)


class RunCallback:
    """What each callback has: its run, and a `with` block that keeps it open.

    In a `with` block all trainings log to one run, which ends with the block: as `FAILED` after
    an exception, as `KILLED` after Ctrl-C.
    """

    def __init__(self, training: TrainingRun) -> None:
        self._training = training

    @property
    def run(self) -> ActiveRun | None:
        """The run that is logged to now, for what else is to be logged."""
        return self._training.run

    def __enter__(self) -> Self:
        self._training.hold()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._training.release(kind, error, trace)


def _tracker_of(where: Where, on_error: OnError) -> ExperimentTracker | None:
    if where is None:
        return shortcuts.tracker()
    if isinstance(where, ExperimentTracker):
        return where
    return None if isinstance(where, ActiveRun) else ExperimentTracker(where, on_error=on_error)


def _again(where: Where, experiment: str, options: RunOptions) -> TrainingRun:
    return TrainingRun(where, experiment, **options)


def _uncaught() -> BaseException | None:
    """What the interpreter reported last: the end of the program, or of a notebook's cell."""
    return getattr(sys, "last_value", None)


def _gone(run: ActiveRun, unended: Callable[[], str], before: int) -> None:
    """End the run of a training that did not come to its end, by its own doing or Ctrl-C's.

    `before` tells what had been reported when it began.
    """
    error = _uncaught()
    is_interrupt = isinstance(error, KeyboardInterrupt) and id(error) != before
    if run.status == RUNNING:
        with suppress(GittrackError, OSError):
            run.end(KILLED if is_interrupt else unended())


def _no_experiment() -> UsageError:
    return UsageError(
        "there is no open run to log to",
        hint="start one before, or name an experiment: (experiment=NAME)",
    )


def _two_experiments() -> UsageError:
    return UsageError(
        "an open run is in an experiment already", hint="give the run, or an experiment's name"
    )
