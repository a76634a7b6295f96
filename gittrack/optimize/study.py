"""A study at work: what was tried before, what is tried next, what came of it.

Each trial is a live run, a child of the study's own run, and says in its record which trial it is.
So the runs are the study: Optuna reads them through `GitStorage`, and nothing else is kept.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from gittrack.canonical import Plain
from gittrack.errors import GittrackError
from gittrack.optimize.known import known_trials, leave_out, memory_study, rest_of_grid
from gittrack.optimize.numbering import TrialNumbers
from gittrack.optimize.plan import Plan
from gittrack.optimize.samplers import optuna
from gittrack.optimize.space import SearchSpace, nested
from gittrack.runs.model import FAILED, FINISHED, KILLED
from gittrack.store.experiments import check_experiment_name
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.tracker import ExperimentTracker


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to try next: Optuna's trial, its values by dotted names, and as a config."""

    trial: Any
    number: int
    values: Mapping[str, Plain]

    @property
    def config(self) -> dict[str, Plain]:
        """The values as a nested config."""
        return nested(self.values)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial came to: its values in the order of the objectives, or why it has none."""

    values: tuple[float, ...] = ()
    pruned: bool = False
    killed: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TrialEnd:
    """A trial that has ended, for those who watch; `best` is the best number of all so far."""

    number: int
    run_id: str
    outcome: Outcome
    values: Mapping[str, Plain]
    done: int
    failed: int
    total: int | None
    best: int | None
    best_values: tuple[float, ...]


class StudyStoppedError(GittrackError):
    """Too many trials failed one after the other."""


class Search:
    """An open study. `with` opens its own run and ends it; threads may share it.

    `others` counts trials that other processes began meanwhile; what they came to is not known
    here.

    Args:
        tracker: where runs are recorded.
        name: the study's, and of its experiment.
        plan: what is to be done.
        resume: whether it may have trials already.

    Raises:
        UsageError: it has trials and is not to be resumed; the plan does not fit them.
    """

    def __init__(
        self, tracker: ExperimentTracker, name: str, plan: Plan, *, resume: bool = False
    ) -> None:
        from gittrack.optimize.trial_runs import TrialRecords, counts

        self.name, self.plan = check_experiment_name(name), plan
        self.failed = self.others = 0
        self._tracker = tracker
        self._records = TrialRecords([one.name for one in plan.objectives])
        self._lock = threading.RLock()
        self._run_ids: dict[int, str] = {}
        self._in_a_row = 0
        self._stop = False
        self._deadline = math.inf
        self._live: dict[int, ActiveRun] = {}
        with ExitStack() as stack:
            folder = tracker.session.repository.private_dir
            # Before looking at what is there: what others begin from now on, they tell.
            self._numbers = stack.enter_context(TrialNumbers(folder, self.name))
            self.study = memory_study(plan, known_trials(tracker, self.name, plan, resume=resume))
            self._open = stack.pop_all()
        self.study._storage.on_report = self._reported
        self._next = len(self.study.get_trials(deepcopy=False))
        known = [trial for trial in self.study.trials if counts(trial)]
        self._started = self.done = self.before = len(known)
        self._grid = rest_of_grid(plan, known)

    def __enter__(self) -> Self:
        config: Any = {"study": self.name, **self.plan.to_mapping()}
        self.run = self._tracker.start_run(
            self.name, f"study-{self.name}", tags={"study": self.name}, config=config
        )
        self._deadline = time.monotonic() + (self.plan.timeout or math.inf)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        best = self.best()
        if best is not None:
            self.run.set_tags({"best_trial": best.number, "best_run": self.run_id(best.number)})
        if kind is None:
            self.run.end(KILLED if self._stop else FINISHED)
        else:
            self.run.__exit__(kind, error, trace)
        self._tracker.close()
        self._open.close()

    def stop(self) -> None:
        """Propose nothing any more."""
        self._stop = True

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stop

    def propose(self) -> Proposal | None:
        """What to try next; `None` where the budget is used up, or the grid.

        Trials that other processes of this clone work on have their part of the budget.
        """
        with self._lock, self._numbers.turn() as number:
            self._leave_out(number)
            if self._stop or time.monotonic() >= self._deadline or self._is_full():
                return None
            if self._grid is not None:
                point = next(self._grid, None)
                if point is None:
                    return None
                self.study.enqueue_trial(point)
            self._numbers.give(self._next)
            self._started, self._next = self._started + 1, self._next + 1
            return ask(self.study, self.plan.space)

    def begin(self, proposal: Proposal, run: ActiveRun, *, live: bool = False) -> None:
        """A run is that trial from now on; `live` logs at once what the trial reports."""
        self._run_ids[proposal.number] = run.run_id
        if live:
            self._live[proposal.trial._trial_id] = run
        with self._lock:
            self._records.begin(run, self._frozen(proposal))

    def end(self, proposal: Proposal, run: ActiveRun, outcome: Outcome) -> TrialEnd:
        """What the trial came to is in its run, which is not ended yet.

        Raises:
            StudyStoppedError: it is one failed trial too many.
        """
        with self._lock:
            outcome = self._checked(outcome)
            trial = self._told(proposal, outcome)
            if outcome.killed:
                self._records.begin(run, trial)
            else:
                live = self._live.pop(proposal.trial._trial_id, None)
                self._records.finish(run, trial, logged=live is not None)
            self._count(outcome)
            if outcome.reason:
                run.log_note(outcome.reason)
            best = self.best()
            if best is not None and best.number == proposal.number:
                self._log_best(proposal.number, outcome)
            return self._ended(proposal, run, outcome)

    def check(self, outcome: Outcome, cause: Exception | None = None) -> None:
        """Refuse to go on after too many failed trials in a row.

        Raises:
            StudyStoppedError: there were; names the last one's reason.
        """
        most = self.plan.failures
        if most is not None and self._in_a_row >= most:
            self._stop = True
            raise StudyStoppedError(
                f"{self.name}: stopped after {self._in_a_row} failed trials in a row; "
                f"the last one: {outcome.reason}",
                hint="mend it, then go on with --resume (in Python: resume=True)",
            ) from cause

    def best(self) -> Any:
        """The best trial of all so far; `None` without one, and with several objectives."""
        if len(self.plan.objectives) > 1:
            return None
        try:
            return self.study.best_trial
        except ValueError:
            return None

    def config_of(self, trial: Any) -> dict[str, Plain]:
        """The config that a trial's parameters make."""
        flat = self.plan.space.suggest_flat(optuna().trial.FixedTrial(trial.params))
        own = {name: value for name, value in trial.params.items() if name not in flat}
        return {**nested(flat), **own}

    def run_id(self, number: int | None) -> str | None:
        """The id of a trial's run."""
        if number is None or number in self._run_ids:
            return None if number is None else self._run_ids[number]
        found = self._tracker.search_runs(self.name, f"trial = {number}", max_results=1)
        return found[0].run_id if found else None

    def status(self, outcome: Outcome) -> str:
        """The status of a run whose trial came to this."""
        if outcome.killed:
            return KILLED
        return FINISHED if outcome.values or outcome.pruned else FAILED

    def _is_full(self) -> bool:
        return self.plan.trials is not None and self._started >= self.plan.trials

    def _leave_out(self, number: int) -> None:
        others = number - self._next
        if others <= 0:
            return
        if self._started == self.before:
            self.study.sampler.reseed_rng()  # with the same seed, they propose the same
        leave_out(self.study, others)
        self._started, self._next = self._started + others, number
        self.others += others

    def _reported(self, trial_id: int, step: int, value: float) -> None:
        run = self._live.get(trial_id)
        if run is not None:
            self._records.report(run, step, value)

    def _frozen(self, proposal: Proposal) -> Any:
        return self.study._storage.get_trial(proposal.trial._trial_id)

    def _told(self, proposal: Proposal, outcome: Outcome) -> Any:
        states = optuna().trial.TrialState
        if outcome.values:
            return self.study.tell(proposal.trial, list(outcome.values))
        state = states.PRUNED if outcome.pruned else states.FAIL
        return self.study.tell(proposal.trial, state=state)

    def _checked(self, outcome: Outcome) -> Outcome:
        for objective, value in zip(self.plan.objectives, outcome.values, strict=False):
            if math.isnan(value):
                return Outcome(reason=f"{objective.name} is nan")
        return outcome

    def _count(self, outcome: Outcome) -> None:
        if outcome.killed:
            return
        self.done += 1
        bad = self.status(outcome) == FAILED
        self.failed += bad
        self._in_a_row = self._in_a_row + 1 if bad else 0

    def _log_best(self, number: int, outcome: Outcome) -> None:
        name = f"best_{self.plan.objectives[0].name}"
        self.run.log_metric(name, outcome.values[0], number)

    def _ended(self, proposal: Proposal, run: ActiveRun, outcome: Outcome) -> TrialEnd:
        best = self.best()
        return TrialEnd(
            proposal.number,
            run.run_id,
            outcome,
            proposal.values,
            self.done,
            self.failed,
            self.plan.trials,
            None if best is None else best.number,
            () if best is None else tuple(best.values),
        )


def ask(study: Any, space: SearchSpace) -> Proposal:
    """The next trial of a study, with a value for each parameter of the space that counts."""
    trial = study.ask()
    return Proposal(trial, trial.number, space.suggest_flat(trial))
