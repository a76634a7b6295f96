"""A sweep: any command run again and again with other values, each time as a run."""

from __future__ import annotations

import io
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

from gittrack.canonical import Plain
from gittrack.errors import UsageError
from gittrack.optimize.commands import check_command, filled
from gittrack.optimize.hpo import merged
from gittrack.optimize.known import memory_study, read_trials, rest_of_grid
from gittrack.optimize.pruning import Pruning
from gittrack.optimize.spec import SweepSpec
from gittrack.optimize.study import Outcome, Proposal, Search, TrialEnd, ask
from gittrack.optimize.trial_runs import counts
from gittrack.optimize.working import Workers
from gittrack.runs.model import FINISHED, Run
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.own_folders import (
    CONFIG,
    CONFIG_JSON,
    value_text,
    variables,
    write_config,
)
from gittrack.tracking.programs import Program, Watch, run_program
from gittrack.tracking.tracker import ExperimentTracker

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TAIL = 4096  # bytes of what a program wrote that may say why it failed


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a sweep came to. `before` are trials of earlier sessions; `interrupted` is the signal
    that ended it; `front` are, of several objectives, the trials that no other beats in all;
    `others` are trials that other processes began meanwhile, which neither count nor compete."""

    name: str
    run_id: str
    done: int
    before: int
    failed: int
    best: int | None
    best_run_id: str | None
    best_values: tuple[float, ...]
    best_config: Mapping[str, Plain] | None
    front: tuple[tuple[int, tuple[float, ...]], ...] = ()
    interrupted: int | None = None
    others: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a sweep's programs run in: their variables, and where what they write goes, too."""

    environment: Mapping[str, str]
    path: Path | None = None
    output: BinaryIO | None = None
    errors: BinaryIO | None = None
    warn: Callable[[str], None] = lambda _: None


def first_proposals(
    spec: SweepSpec, path: Path | None, count: int, *, base: Mapping[str, Plain] | None = None
) -> list[tuple[dict[str, Plain], dict[str, Plain]]]:
    """The values that a sweep would try next, and the configs they make; nothing is recorded.

    Later ones depend on how the first ones turn out, which is not known here.
    """
    with ExperimentTracker(path, capture=False) as tracker:
        trials = read_trials(tracker, spec.name)
    study = memory_study(spec.plan, trials)
    points = rest_of_grid(spec.plan, [one for one in trials if counts(one)])
    found = []
    for _ in range(count):
        if points is not None:
            point = next(points, None)
            if point is None:
                break
            study.enqueue_trial(point)
        proposal = ask(study, spec.plan.space)
        found.append((dict(proposal.values), merged(base or {}, proposal.config)))
    return found


def run_sweep(
    spec: SweepSpec,
    command: tuple[str, ...],
    surroundings: Surroundings,
    *,
    base: Mapping[str, Plain] | None = None,
    resume: bool = False,
    on_trial: Callable[[TrialEnd], None] = lambda _: None,
) -> SweepResult:
    """Run a command for each config that is proposed, until the budget is used up.

    A command that fails fails its trial, no more. A signal that asks this process to end is passed
    on to the programs, and ends the sweep when they have ended; a second one is SIGTERM to them, a
    third SIGKILL. What is recorded can be resumed.

    Args:
        spec: what is searched, and how.
        command: what to run; `{lr}` stands for a value, `{config}` for a file with all of them.
        surroundings: what it runs in.
        base: the config that values are laid over.
        resume: go on with the study, if there is one.
        on_trial: is told each trial that has ended, by one thread at a time.

    Raises:
        UsageError: the command names an unknown parameter, the study exists already, or nothing
            says when the sweep is to end.
        StudyStoppedError: too many trials failed in a row.
    """
    check_command(command, [one.name for one in spec.plan.space.parameters])
    if spec.plan.trials is None and spec.plan.timeout is None and spec.plan.sampler.name != "grid":
        raise UsageError("how many trials?", hint="say it: --trials 50, or trials: 50 in the file")
    with ExitStack() as stack:
        warn = surroundings.warn
        tracker = stack.enter_context(ExperimentTracker(surroundings.path, warn=warn))
        search = stack.enter_context(Search(tracker, spec.name, spec.plan, resume=resume))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gittrack-sweep-"))
        sweep = _Sweep(spec, command, surroundings, search, base or {}, Path(folder), on_trial)
        with sweep.signals():
            Workers(search, sweep.work, spec.jobs).run()
        return _result(search, base or {}, sweep.interrupted)


class _Sweep:
    """A sweep at work; threads share it."""

    def __init__(
        self,
        spec: SweepSpec,
        command: tuple[str, ...],
        surroundings: Surroundings,
        search: Search,
        base: Mapping[str, Plain],
        folder: Path,
        on_trial: Callable[[TrialEnd], None],
    ) -> None:
        self.spec = spec
        self.search = search
        self.interrupted: int | None = None
        self.sending: dict[int, Callable[[int], None]] = {}
        self._command = command
        self._surroundings = surroundings
        self._base = base
        self._folder = folder
        self._on_trial = on_trial
        self._telling = threading.Lock()
        self._signals = 0

    def work(self, proposal: Proposal) -> None:
        """Run the command for one trial."""
        around = self._surroundings
        errors = _Tail(around.errors)
        program, added = self._program(proposal)
        # A tracker for each trial: what reads runs stays in its thread.
        with ExperimentTracker(around.path, warn=around.warn) as tracker:
            watch = _TrialWatch(self, tracker, proposal, program.metrics, errors)
            run_program(
                tracker,
                program,
                environment={**around.environment, **added},
                output=_Tail(around.output),
                errors=errors,
                warn=around.warn,
                watch=watch,
            )
        if watch.end is None:
            return
        with self._telling:
            self._on_trial(watch.end)
        self.search.check(watch.end.outcome)

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Signals that ask to end go to the programs; in the main thread alone."""
        before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):  # `nohup` means it
                    before[number] = signal.signal(number, self._signalled)
        try:
            yield
        finally:
            for caught, known in before.items():
                signal.signal(caught, known)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        self.interrupted = self.interrupted or number
        self.search.stop()
        stronger = {1: number, 2: int(signal.SIGTERM)}.get(self._signals, int(signal.SIGKILL))
        for send in list(self.sending.values()):
            send(stronger)

    def _program(self, proposal: Proposal) -> tuple[Program, dict[str, str]]:
        config = merged(self._base, proposal.config)
        folder = self._folder / f"trial-{proposal.number}"
        folder.mkdir()
        write_config(folder, config)
        texts = {name: value_text(value) for name, value in proposal.values.items()}
        known = [one.name for one in self.spec.plan.space.parameters]
        inactive = [name for name in known if name not in texts]
        named = {
            "config": str(folder / CONFIG),
            "config_json": str(folder / CONFIG_JSON),
            "dir": str(folder),
            "trial": str(proposal.number),
            **texts,
        }
        program = Program(
            command=filled(self._command, named, inactive),
            experiment=self.search.name,
            name=f"trial-{proposal.number}",
            config=config,  # type: ignore[arg-type]
            artifacts=filled(self.spec.artifacts, named, inactive),
            metrics=filled(self.spec.metrics, named, inactive),
            timeout=self.spec.trial_timeout,
            parent=self.search.run.run_id,
            own_folder=folder,
        )
        return program, variables(self.search.name, proposal.number, named["config"], texts)


class _TrialWatch(Watch):
    """Follows one trial's program, and says what the trial came to."""

    def __init__(
        self,
        sweep: _Sweep,
        tracker: ExperimentTracker,
        proposal: Proposal,
        metrics: tuple[str, ...],
        errors: _Tail,
    ) -> None:
        self._sweep = sweep
        self._tracker = tracker
        self._proposal = proposal
        self._errors = errors
        self._before = {file: _state(file) for file in metrics}
        self._pruning: Pruning | None = None
        self.end: TrialEnd | None = None

    def started(self, run: ActiveRun, send: Callable[[int], None]) -> None:
        self._sweep.search.begin(self._proposal, run)
        self._sweep.sending[self._proposal.number] = send
        if self._sweep.interrupted is not None:  # between the proposal and here
            send(signal.SIGTERM)
        plan = self._sweep.spec.plan
        if plan.pruner.name != "none" and len(plan.objectives) == 1:
            folder = self._tracker.session.repository.common_dir
            self._pruning = Pruning(
                folder, run.run_id, plan.objectives[0].name, self._proposal.trial, send
            )

    def ended(self, run: ActiveRun, status: str) -> str:
        self._sweep.sending.pop(self._proposal.number, None)
        if self._pruning is not None:
            self._pruning.close()
        search = self._sweep.search
        self.end = search.end(self._proposal, run, self._outcome(run, status))
        return search.status(self.end.outcome)

    def _outcome(self, run: ActiveRun, status: str) -> Outcome:
        recorded = self._tracker.get_run(run)
        if status == FINISHED:
            # What an earlier trial wrote is not what this one measured.
            old = [file for file, state in self._before.items() if state and state == _state(file)]
            if old:
                return Outcome(reason=f"it did not write {old[0]}, which is an older one's")
            return _measured(recorded, [one.name for one in self._sweep.spec.plan.objectives])
        if self._pruning is not None and self._pruning.pruned:
            return Outcome(pruned=True)
        if self._sweep.interrupted is not None:
            return Outcome(killed=True)
        said = self._errors.last_line()
        reason = f"exit status {recorded.tags.get('exit_status', '?')}"
        return Outcome(reason=f"{reason}: {said}" if said else reason)


def _state(file: str) -> tuple[int, int, int] | None:
    """What tells a file that was written anew from one that was not."""
    try:
        found = os.stat(file)  # noqa: PTH116 - may be any text
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _measured(run: Run, names: list[str]) -> Outcome:
    missing = [name for name in names if name not in run.metrics]
    if not missing:
        return Outcome(tuple(run.metrics[name] for name in names))
    others = ", ".join(sorted(run.metrics)[:5]) or "none"
    return Outcome(reason=f"it logged no metric {missing[0]}; it logged: {others}")


class _Tail(io.BytesIO):
    """Takes what a program writes, passes it on if asked to, and keeps the end of it."""

    def __init__(self, through: BinaryIO | None) -> None:
        super().__init__()
        self._through = through
        self._end = b""

    def write(self, data: Any) -> int:
        self._end = (self._end + bytes(data))[-_TAIL:]
        if self._through is not None:
            self._through.write(data)
            self._through.flush()
        return len(data)

    def last_line(self) -> str:
        """The last line that is not empty."""
        lines = self._end.decode(errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _result(search: Search, base: Mapping[str, Plain], interrupted: int | None) -> SweepResult:
    best = search.best()
    front: tuple[tuple[int, tuple[float, ...]], ...] = ()
    if len(search.plan.objectives) > 1:
        front = tuple((one.number, tuple(one.values)) for one in search.study.best_trials)
    return SweepResult(
        name=search.name,
        run_id=search.run.run_id,
        done=search.done,
        before=search.before,
        failed=search.failed,
        best=None if best is None else best.number,
        best_run_id=None if best is None else search.run_id(best.number),
        best_values=() if best is None else tuple(best.values),
        best_config=None if best is None else merged(base, search.config_of(best)),
        front=front,
        interrupted=interrupted,
        others=search.others,
    )
