"""`ExperimentTracker`: the public face of recording and reading runs."""

from __future__ import annotations

import builtins
import json
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from gittrack.adapt import to_plain
from gittrack.closing import Closing
from gittrack.config import ExperimentConfig, canonical_bytes
from gittrack.errors import (
    AmbiguousError,
    ConflictError,
    NotFoundError,
    RepositoryError,
    UsageError,
)
from gittrack.git.repository import discover
from gittrack.journal.writer import Journal
from gittrack.runs.model import RUNNING, CodeVersion, MetricPoint, Run
from gittrack.runs.trials import trial_facts
from gittrack.slug import slug
from gittrack.store.anonymous import say_who_records
from gittrack.store.experiments import (
    Experiment,
    check_experiment_name,
    experiment_ref,
    next_numbers,
    read_experiment,
)
from gittrack.store.journals import journal_folder
from gittrack.store.publishing import Publisher
from gittrack.store.run_changes import (
    change_experiment,
    change_run,
    delete_runs,
    find_deleted,
    restore_run,
)
from gittrack.store.runs import RunReader, SealedRun
from gittrack.store.sealing import Sealer
from gittrack.store.session import Session
from gittrack.store.trial_sealing import write_trials
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.capturing import Capture
from gittrack.tracking.joining import invitation_to
from gittrack.tracking.pace import Pace

OnError = Literal["warn", "raise"]
"""What a failed write does to the training script: it is told once, or it is stopped."""


class ExperimentTracker(Closing):
    """Records runs in a git repository and reads them back.

    Args:
        path: the repository, or any folder in it; without one, the current folder decides.
        on_error: what happens when something cannot be recorded (a full disk): `warn` tells once
            and lets the script go on, `raise` raises the error.
        capture: whether each run records the exact code and the environment (`docs/capture.md`).
        warn: takes one-line notices; without it they become Python warnings.

    Raises:
        RepositoryError: there is no repository that can be used.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        on_error: OnError = "warn",
        capture: bool = True,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        if on_error not in ("warn", "raise"):
            raise UsageError(f"on_error is 'warn' or 'raise', not {on_error!r}")
        self._session = Session(discover(path))
        self._on_error = on_error
        self._warn = warn or _warn
        self._told = False
        self._publisher = Publisher(self._session)
        self._sealer = Sealer(self._session, self._publisher)
        self._reader = RunReader(self._session)
        self._capture = Capture(self._session, self._publisher) if capture else None
        self._active: dict[str, ActiveRun] = {}
        self._here = threading.local()
        self._trials: dict[str, Journal] = {}
        self._names: dict[str, str] = {}
        self._pace = Pace(self.seal)

    def close(self) -> None:
        """Seal what has ended and end the git processes; the tracker may be used again."""
        for journal in self._trials.values():
            if journal.is_ours:
                journal.append(b'["close"]')
                journal.close()
        self._trials.clear()
        self._pace.do()
        self._session.close()

    # Recording

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
            joined = invitation.join(self._ended, self._refused)
            if joined is not None:
                return self._joined(joined, tags, config)
            parent = invitation.run_id
        say_who_records(self._session.repository, self._warn)
        name = self._experiment(experiment_name)
        number = next_numbers(self._session, name)
        facts: dict[str, Any] = {
            "name": run_name or f"{slug(name)}-{number}",
            "number": number,
            "host": os.uname().nodename,
        }
        if config is not None:
            facts["config"] = canonical_bytes(config).decode()
        if parent is not None:
            facts["parent"] = parent if isinstance(parent, str) else parent.run_id
        run = ActiveRun(
            os.urandom(10).hex(),
            name,
            journal_folder(self._session),
            on_end=self._ended,
            on_error=self._refused,
        )
        run.record("start", facts)
        self._record_surroundings(run)
        return self._opened(run, tags)

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

    def _opened(self, run: ActiveRun, tags: Mapping[str, object] | None) -> ActiveRun:
        if tags:
            run.set_tags(tags)
        self._active[run.run_id] = run
        self._stack().append(run)
        return run

    def code_version(self) -> CodeVersion | None:
        """The code as a run that starts now records it; `None` where nothing is captured."""
        if self._capture is None:
            return None
        code = self._capture.code()
        return CodeVersion(**code) if code else None

    @contextmanager
    def run(self, experiment_name: str, **options: Any) -> Iterator[ActiveRun]:
        """A run for a `with` block: an exception marks it `FAILED`, Ctrl-C `KILLED`."""
        with self.start_run(experiment_name, **options) as active:
            yield active

    def active_run(self) -> ActiveRun | None:
        """The run that this thread started last and that has not ended."""
        stack = self._stack()
        while stack and stack[-1].status != RUNNING:
            stack.pop()
        return stack[-1] if stack else None

    def end_run(self, status: str = "FINISHED", *, run: str | ActiveRun | None = None) -> None:
        """End a run; when this returns, it is sealed or certain to be."""
        self._live(run).end(status)

    def log_param(self, key: str, value: object, *, run: str | ActiveRun | None = None) -> None:
        """Log a parameter of the active run, or of another; see `ActiveRun.log_params`."""
        self._live(run).log_param(key, value)

    def log_params(
        self, params: Mapping[str, object], *, run: str | ActiveRun | None = None
    ) -> None:
        """Log parameters; see `ActiveRun.log_params`."""
        self._live(run).log_params(params)

    def log_metric(
        self,
        key: str,
        value: float,
        step: int | None = None,
        *,
        run: str | ActiveRun | None = None,
    ) -> None:
        """Log a value of a metric; see `ActiveRun.log_metric`."""
        self._live(run).log_metric(key, value, step)

    def log_metrics(
        self,
        metrics: Mapping[str, float],
        step: int | None = None,
        *,
        run: str | ActiveRun | None = None,
    ) -> None:
        """Log values of several metrics; see `ActiveRun.log_metrics`."""
        self._live(run).log_metrics(metrics, step)

    def set_tag(self, key: str, value: object, *, run: str | Run | ActiveRun | None = None) -> None:
        """Set a tag, on a run that has ended, too; see `set_tags`."""
        self.set_tags({key: value}, run=run)

    def set_tags(
        self, tags: Mapping[str, object], *, run: str | Run | ActiveRun | None = None
    ) -> None:
        """Set tags, on a run that has ended, too; a value of `None` takes one away."""
        live = self._live_or_none(run)
        if live is not None:
            live.set_tags(tags)
            return
        texts = {str(key): None if value is None else str(value) for key, value in tags.items()}

        def change(record: dict[Any, Any]) -> None:
            merged = record.get("tags", {}) | texts
            record["tags"] = {key: value for key, value in merged.items() if value is not None}

        self._change_run(run, change, f"tag {', '.join(texts)}")

    def log_note(self, text: str, *, run: str | Run | ActiveRun | None = None) -> None:
        """Add a remark for people, to a run that has ended, too."""
        live = self._live_or_none(run)
        if live is not None:
            live.log_note(text)
            return

        def change(record: dict[Any, Any]) -> None:
            record["notes"] = [*record.get("notes", []), str(text)]

        self._change_run(run, change, "note")

    def log_artifact(
        self,
        file: Path | str,
        name: str | None = None,
        artifact_type: str | None = None,
        *,
        run: str | ActiveRun | None = None,
    ) -> None:
        """Store a file with a run under a name (its own, without folder, if none is given).

        When this returns, its content is stored; the file may change or go. Up to 1 MiB goes into
        git, what is larger to where `exptrack.artifactStore` says (Git LFS, if nothing does).

        Raises:
            UsageError: the name leads out of the run's folder, or the file is no regular file.
        """
        live = self._live(run)
        path = Path(file)
        self._keep(live, name or path.name, path, artifact_type)

    def log_artifacts(
        self,
        folder: Path | str,
        name: str | None = None,
        artifact_type: str | None = None,
        *,
        run: str | ActiveRun | None = None,
    ) -> None:
        """Store all files below a folder with a run, below a folder `name` if one is given."""
        from gittrack.artifacts import files_below  # costs 30 ms

        live = self._live(run)
        for path, file in builtins.list(files_below(Path(folder))):
            self._keep(live, f"{name}/{path}" if name else path, file, artifact_type)

    def _keep(self, run: ActiveRun, name: str, file: Path, artifact_type: str | None) -> None:
        from gittrack.tracking.keeping import keep

        try:
            facts = keep(self._session.repository, name, file, artifact_type)
        except OSError as error:
            self._refused(RepositoryError(f"cannot store {file}: {error.strerror or error}"))
            return
        except RepositoryError as error:
            self._refused(error)
            return
        run.record("artifact", facts)

    def log_validation(
        self,
        run: str | Run | ActiveRun | None,
        name: str,
        passed: bool,
        num_violations: int = 0,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Record a check that was made on a run, live or not: passed, how many violations."""
        live = self._live_or_none(run)
        if live is not None:
            live.log_validation(name, passed, num_violations, metrics)
            return
        facts: dict[str, Any] = {"name": str(name), "passed": bool(passed)}
        if num_violations:
            facts["violations"] = int(num_violations)
        if metrics:
            facts["metrics"] = {str(key): float(value) for key, value in metrics.items()}

        def change(record: dict[Any, Any]) -> None:
            record["validations"] = [*record.get("validations", []), facts]

        self._change_run(run, change, f"validation {name}")

    def log_ttpt_result(
        self,
        run: str | Run | ActiveRun | None,
        passed: bool,
        num_violations: int = 0,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Record a look-ahead test (TTPT): the validation called `ttpt`."""
        self.log_validation(run, "ttpt", passed, num_violations, metrics)

    # Trials

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
        try:
            self._trial_journal(experiment_id).append(
                json.dumps(["trial", facts], separators=(",", ":")).encode()
            )
        except RepositoryError as error:
            self._refused(error)
        run_id: str = facts["id"]
        return run_id

    def log_trials(
        self, experiment_id: str, trials: Iterable[Mapping[str, Any]]
    ) -> builtins.list[str]:
        """Log any number of trials in one commit, all or none; returns their runs' ids in order.

        Each is a mapping with the argument names of `log_trial`.

        Raises:
            As `log_trial`; nothing was logged then.
        """
        now = time.time_ns() // 1000
        facts = [
            trial_facts(os.urandom(10).hex(), now + number, given)
            for number, given in enumerate(trials)
        ]
        if facts:
            write_trials(self._session, self._publisher, self._experiment(experiment_id), facts)
        return [one["id"] for one in facts]

    def get_trials(self, experiment_id: str) -> builtins.list[Run]:
        """The trials of a study, by number; of these in the order of time."""
        runs = [run for run in self.list_runs(experiment_id) if run.trial_number is not None]
        return sorted(runs, key=lambda run: (run.trial_number or 0, run.start_time))

    def _trial_journal(self, experiment: str) -> Journal:
        journal = self._trials.get(experiment)
        if journal is None or not journal.is_ours:
            name = self._experiment(experiment)
            header = {"trials": True, "experiment": name}
            folder = journal_folder(self._session)
            journal = Journal(folder, f"trials.{os.urandom(8).hex()}", header)
            self._trials[experiment] = journal
        return journal

    def _experiment(self, name: str) -> str:
        """The true name of an experiment that is named by its name or id: a slug's slug is it."""
        known = self._names.get(name)
        if known is None:
            checked = check_experiment_name(name)
            found = read_experiment(self._session.view(experiment_ref(checked)))
            known = self._names[name] = checked if found is None else found.name
        return known

    def end_all(self, status: str) -> None:
        """End every run that this process has open."""
        for run in builtins.list(self._active.values()):
            if run.status == RUNNING:
                run.end(status)
        self.close()

    def seal(self) -> int:
        """Seal all runs that have ended, also those of processes that died; returns how many."""
        try:
            return self._sealer.seal()
        except ConflictError:
            return 0  # the journals have it all: the next one who comes seals
        except (RepositoryError, OSError) as error:
            failed = error if isinstance(error, RepositoryError) else RepositoryError(str(error))
            self._refused(failed)
            return 0

    def checkpoint(self, run: str | ActiveRun) -> None:
        """Seal a live run as it is now, so that others get it by `push`; it goes on."""
        self._sealer.checkpoint(self._live(run).run_id)

    # Reading

    def get_run(self, run: str | Run | ActiveRun) -> Run:
        """A run by its id or a unique prefix of it, live or sealed.

        Raises:
            NotFoundError: there is none.
            AmbiguousError: several ids start so.
        """
        wanted = run if isinstance(run, str) else run.run_id
        live = self._reader.find_live(wanted)
        if live is not None:
            return live
        place = self._reader.find(wanted)
        if place is None:
            return self._by_prefix(wanted)
        return next(self._reader.read_many([place]))

    def get_metric_history(self, run: str | Run | ActiveRun, key: str) -> list[MetricPoint]:
        """All values of a metric: `(step, time, value)`, in the order in which they were logged.

        Raises:
            NotFoundError: there is no such run, or it never logged that metric.
        """
        found = self.get_run(run)
        points = self._reader.history(found, key)
        if not points:
            raise NotFoundError(f"the run {found.run_id} has no metric {key!r}")
        return points

    def list_runs(self, experiment: str | None = None) -> list[Run]:
        """The runs of an experiment (by name or id), or of all, newest first."""
        self._pace.do()
        ref = None if experiment is None else experiment_ref(experiment)
        # Live ones first: one that is sealed meanwhile is then read twice, and not missed.
        live = {
            run.run_id: run
            for run in self._reader.live()
            if ref is None or experiment_ref(run.experiment_name) == ref
        }
        places = self._reader.sealed(ref)
        told = self._reader.read_many(places, lambda damage: self._warn(damage.message))
        sealed = {run.run_id: run for run in told if run.run_id not in live or not run.is_live}
        runs = (live | sealed).values()
        return sorted(runs, key=lambda run: (run.start_time, run.run_id), reverse=True)

    # Deleting

    def delete_run(self, *runs: str | Run) -> None:
        """Take runs that have ended out of their experiments; `restore_run` brings them back."""
        delete_runs(self._session, self._publisher, [self._sealed(run) for run in runs])

    def restore_run(self, run: str) -> Run:
        """Bring a deleted run back.

        Raises:
            NotFoundError: none was deleted whose id starts so.
        """
        deleted = find_deleted(self._session, run)
        restore_run(self._session, self._publisher, deleted)
        return self.get_run(deleted.run_id)

    # Experiments

    def create_experiment(
        self,
        name: str,
        template: str | None = None,
        mode: str | None = None,
        config: Mapping[Any, Any] | None = None,
        *,
        description: str = "",
        tags: Mapping[str, object] | None = None,
    ) -> str:
        """Create an experiment, or say more about one that exists; returns its id.

        Starting a run creates its experiment, too: this is for what is to be said of it.
        """
        facts: dict[str | int, Any] = {}
        if template is not None:
            facts["template"] = str(template)
        if mode is not None:
            facts["mode"] = str(mode)
        if config is not None:
            facts["config"] = to_plain(dict(config))
        texts = {str(key): str(value) for key, value in (tags or {}).items()}

        def change(known: Experiment) -> Experiment:
            return replace(
                known,
                facts={**known.facts, **facts},
                description=description or known.description,
                tags={**known.tags, **texts},
            )

        return self._change_experiment(name, change, "create").experiment_id

    def update_experiment(
        self,
        name: str,
        *,
        description: str | None = None,
        tags: Mapping[str, object] | None = None,
    ) -> Experiment:
        """Describe an experiment anew, or tag it; a tag of `None` is taken away."""
        self.get_experiment(name)

        def change(known: Experiment) -> Experiment:
            merged = {**known.tags, **{str(k): v for k, v in (tags or {}).items()}}
            return replace(
                known,
                description=known.description if description is None else description,
                tags={key: str(value) for key, value in merged.items() if value is not None},
            )

        return self._change_experiment(name, change, "describe")

    def log_experiment_summary(self, name: str, summary: Mapping[str, object]) -> None:
        """Keep what came out of an experiment; the last word for each key counts."""
        plain = to_plain(dict(summary))
        assert isinstance(plain, dict)
        self._change_experiment(
            name, lambda known: replace(known, summary={**known.summary, **plain}), "summarise"
        )

    def log_strategy_metadata(self, name: str, metadata: Mapping[str, object]) -> None:
        """Keep facts about the strategy that an experiment tries."""
        plain = to_plain(dict(metadata))

        def change(known: Experiment) -> Experiment:
            strategy = known.facts.get("strategy", {})
            merged = {**(strategy if isinstance(strategy, dict) else {}), **dict(plain)}  # type: ignore[arg-type]
            return replace(known, facts={**known.facts, "strategy": merged})

        self._change_experiment(name, change, "strategy")

    def get_experiment(self, name: str) -> Experiment:
        """What is known about an experiment, by its name or id.

        Raises:
            NotFoundError: there is none.
        """
        found = read_experiment(self._session.view(experiment_ref(name)))
        if found is None:
            raise NotFoundError(
                f"there is no experiment {name!r}", hint="see them: git exp experiments list"
            )
        return found

    def list_experiments(self) -> builtins.list[Experiment]:
        """All experiments, by name."""
        self._pace.do()
        return self._reader.experiments()

    def _change_experiment(
        self, name: str, change: Callable[[Experiment], Experiment], what: str
    ) -> Experiment:
        true_name = self._experiment(name)
        return change_experiment(
            self._session, self._publisher, true_name, change, f"{what}: {true_name}"
        )

    # Behind it

    def _record_surroundings(self, run: ActiveRun) -> None:
        """Code and environment; a run without them is better than none."""
        if self._capture is None:
            return
        try:
            run.record("code", self._capture.code())
            run.record("environment", self._capture.environment())
        except (RepositoryError, OSError) as error:
            self._warn(f"the code was not captured: {error}")

    def _by_prefix(self, prefix: str) -> Run:
        live = {run.run_id: run for run in self._reader.live() if run.run_id.startswith(prefix)}
        places = {o.run_id: o for o in self._reader.sealed() if o.run_id.startswith(prefix)}
        names = [*(places.keys() - live.keys()), *live]
        if len(prefix) < 4 or not names:
            raise NotFoundError(f"no run is called {prefix!r}", hint="see them: git exp runs list")
        if len(names) > 1:
            raise AmbiguousError(
                f"{prefix!r} is the start of {len(names)} runs", candidates=names[:20]
            )
        return live.get(names[0]) or next(self._reader.read_many([places[names[0]]]))

    def _stack(self) -> builtins.list[ActiveRun]:
        stack: builtins.list[ActiveRun] | None = getattr(self._here, "stack", None)
        if stack is None:
            stack = self._here.stack = []
        return stack

    def _live(self, run: str | Run | ActiveRun | None) -> ActiveRun:
        found = self._live_or_none(run)
        if found is None:
            if run is None:
                raise UsageError("no run is active here", hint="start one: start_run(EXPERIMENT)")
            name = run if isinstance(run, str) else run.run_id
            raise NotFoundError(f"no run {name!r} is live in this process")
        return found

    def _live_or_none(self, run: str | Run | ActiveRun | None) -> ActiveRun | None:
        if run is None:
            return self.active_run()
        if isinstance(run, ActiveRun):
            return run if run.status == RUNNING else None
        return self._active.get(run if isinstance(run, str) else run.run_id)

    def _change_run(
        self,
        run: str | Run | ActiveRun | None,
        change: Callable[[dict[Any, Any]], None],
        what: str,
    ) -> None:
        if run is None:
            raise UsageError("no run is active here", hint="name one: run=RUN_ID")
        place = self._sealed(run)
        change_run(self._session, self._publisher, place, change, f"{what}: run {place.run_id}")

    def _sealed(self, run: str | Run | ActiveRun) -> SealedRun:
        """Where a run that has ended lies; what waits to be sealed is sealed first."""
        name = run if isinstance(run, str) else run.run_id
        place = self._reader.find(name)
        if place is None:
            self._pace.do()
            place = self._reader.find(self.get_run(name).run_id)
        if place is None:
            raise NotFoundError(f"the run {name} is live in another process")
        return place

    def _ended(self, run: ActiveRun) -> None:
        self._active.pop(run.run_id, None)
        self._pace.ask()

    def _refused(self, error: RepositoryError) -> None:
        if self._on_error == "raise":
            raise error
        if not self._told:
            self._told = True
            hint = f" ({error.hint})" if error.hint else ""
            self._warn(f"{error.message}{hint}")


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=5)
