"""Running any program as a run: its output, exit status, files and metrics are the run's."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

from gittrack.canonical import Plain, emit
from gittrack.capture import redact
from gittrack.errors import UsageError
from gittrack.runs.model import FAILED, FINISHED, KILLED, Run
from gittrack.store.code import capture_code
from gittrack.store.publishing import Publisher
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.joining import invitation_to, variables
from gittrack.tracking.own_folders import TAG as OWN_FOLDER
from gittrack.tracking.program_files import log_files, log_metric_file, told
from gittrack.tracking.program_output import KeptOutput, pass_on
from gittrack.tracking.tracker import ExperimentTracker

NOT_FOUND, NOT_STARTED = 127, 126
"""What a shell says of a program that is not there, and of one that cannot be started."""

OUR_TAGS = (
    *("command", "folder", "request", "exit_status"),
    *("artifact_globs", "metric_files", OWN_FOLDER),
)
"""Tags that say what was run; nobody else may set them."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_KEYS = (signal.SIGINT, signal.SIGQUIT)
_KILLED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_GRACE = 5.0  # seconds between asking a program to end and ending it
_IGNORED = "ignored"  # why a file is left out of the code that git is told to ignore


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and what its run gets.

    It runs in `folder`, without one in the current folder. `artifacts` are patterns and `metrics`
    files below that, looked at when it has ended; `params` stand beside the config. After
    `timeout` seconds it is asked to end (SIGTERM), and five seconds later it is ended. Its run is
    a child of the run `parent`, if that is given. `own_folder` has its config in files, and lasts
    as long as the program; what names it is led to another one if the run is reproduced.
    """

    command: tuple[str, ...]
    experiment: str | None = None
    name: str | None = None
    config: Mapping[str | int, Plain] | None = None
    params: Mapping[str | int, Plain] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    artifacts: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    folder: Path | None = None
    timeout: float | None = None
    parent: str | None = None
    own_folder: Path | None = None

    @property
    def place(self) -> Path:
        """The folder that it runs in."""
        return Path() if self.folder is None else self.folder

    def shown_command(self) -> str:
        """The command as one types it, without its secrets."""
        return shlex.join(redact(self.command))

    def request(self, folder: str = ".") -> str:
        """What stands for command, config, parameters and folder together."""
        config = None if self.config is None else dict(self.config)
        asked: dict[str | int, Plain] = {
            "command": self.shown_command(),
            "config": config,
            "params": dict(self.params),
        }
        if folder != ".":
            asked["folder"] = folder
        return sha256(emit(asked)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: the exit status as a shell gives it, and its run as recorded."""

    exit_status: int
    run: Run


class Watch:
    """Follows a program's run from within `run_program`; this one leaves it as it is."""

    def started(self, run: ActiveRun, send: Callable[[int], None]) -> None:
        """The program is about to start; `send` passes a signal on to it, from any thread."""

    def ended(self, run: ActiveRun, status: str) -> str:  # noqa: ARG002 - for those who watch
        """All that the program left is recorded; returns the status that its run is to have."""
        return status


def find_done(
    tracker: ExperimentTracker, program: Program, warn: Callable[[str], None] = lambda _: None
) -> Run | None:
    """The newest finished run of the same command, folder, config, parameters and code.

    `None` where there is none, and where it cannot be told, because the code's record leaves files
    out that git does not ignore; `warn` is told which.
    """
    if tracker.code_version() is None:
        return None
    state = capture_code(tracker.session, Publisher(tracker.session))
    unknown = [one.path for one in state.left_out if one.reason != _IGNORED]
    if unknown:
        warn(f"--needed cannot tell: {unknown[0]} is left out of the recorded code")
        return None
    request = program.request(_folder(tracker, program))
    for run in tracker.list_runs(_experiment(tracker, program)):
        same_code = run.code_version is not None and run.code_version.tree == state.tree
        if run.status == FINISHED and same_code and run.tags.get("request") == request:
            return run
    return None


def run_program(
    tracker: ExperimentTracker,
    program: Program,
    *,
    environment: Mapping[str, str],
    output: BinaryIO,
    errors: BinaryIO,
    started: Callable[[Run], None] = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
    watch: Watch | None = None,
) -> Ended:
    """Run a program to its end as a run; what it writes goes to `output` and `errors` at once.

    In the main thread, signals that ask this process to end are passed on to the program.

    Args:
        tracker: where the run is recorded.
        program: what to run.
        environment: the program's variables; those that name the run are added.
        output: takes its standard output.
        errors: takes its standard error.
        started: is told the run before the program starts.
        warn: takes one-line notices.
        watch: follows the run.

    Raises:
        UsageError: there is no command, or a tag is one of `OUR_TAGS`.
        RepositoryError: the run cannot be started.
    """
    _check(program)
    with _start(tracker, program) as run:
        started(tracker.get_run(run))
        kept = (KeptOutput(), KeptOutput())
        added = {"PYTHONUNBUFFERED": "1", **environment, **variables(tracker.session, run)}
        relay, watch = _Relay(), watch or Watch()
        watch.started(run, relay.send)
        with relay:
            try:
                code = _execute(program, added, (output, errors), kept, relay)
            except OSError as error:
                code = _not_started(run, program, error, warn)
            if relay.timed_out:
                _stopped(run, program, warn)
            _collect(tracker, run, program, kept, warn)
            run.set_tag("exit_status", _exit_status(code))
            run.end(watch.ended(run, _status(code)))
    return Ended(_exit_status(code), tracker.get_run(run))


def _check(program: Program) -> None:
    if not program.command or not program.command[0]:
        raise UsageError("there is no command to run", hint="as in: git exp run -- python train.py")
    for name in OUR_TAGS:
        if name in program.tags:
            raise UsageError(f"the tag {name} says what was run, and cannot be set")


def _experiment(tracker: ExperimentTracker, program: Program) -> str:
    if program.experiment is not None:
        return program.experiment
    repository = tracker.session.repository
    folder = repository.work_tree or repository.common_dir
    return folder.name.removesuffix(".git") or "runs"


def _folder(tracker: ExperimentTracker, program: Program) -> str:
    """Where it runs, from the top of the repository; the whole path where that is elsewhere."""
    top, place = tracker.session.repository.work_tree, program.place.resolve()
    if top is None or not place.is_relative_to(top.resolve()):
        return str(place)
    return place.relative_to(top.resolve()).as_posix()


def _start(tracker: ExperimentTracker, program: Program) -> ActiveRun:
    outer = invitation_to(tracker.session)
    folder = _folder(tracker, program)
    own = {
        "command": program.shown_command(),
        "folder": folder,
        "request": program.request(folder),
    }
    if program.artifacts:
        own["artifact_globs"] = shlex.join(program.artifacts)
    if program.metrics:
        own["metric_files"] = shlex.join(program.metrics)
    if program.own_folder is not None:
        own[OWN_FOLDER] = str(program.own_folder)
    run = tracker.start_run(
        _experiment(tracker, program),
        program.name,
        tags={**program.tags, **own},
        config=program.config,
        # A run of its own, even where this program is part of another one.
        parent=program.parent or (None if outer is None else outer.run_id),
    )
    if program.params:
        run.log_params({str(key): value for key, value in program.params.items()})
    return run


def _execute(
    program: Program,
    environment: Mapping[str, str],
    sinks: tuple[BinaryIO, BinaryIO],
    kept: tuple[KeptOutput, KeptOutput],
    relay: _Relay,
) -> int:
    """Run a program; returns its exit code, negative for the signal that it died of."""
    process = subprocess.Popen(
        program.command,
        cwd=program.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        close_fds=False,  # what we inherited is meant for it: `<(…)`, a jobserver of make
        process_group=None if relay.shares_group else 0,
    )
    relay.begin(process)
    ended, alive = os.pipe()
    facts = (process, alive, relay, program.timeout)
    waiter = threading.Thread(target=_wait, args=facts, daemon=True)
    waiter.start()
    assert process.stdout is not None and process.stderr is not None  # noqa: PT018 - both pipes
    try:
        streams: dict[Any, tuple[BinaryIO, KeptOutput]] = {
            process.stdout: (sinks[0], kept[0]),
            process.stderr: (sinks[1], kept[1]),
        }
        pass_on(streams, ended)
        waiter.join()
    finally:
        process.stdout.close()
        process.stderr.close()
        os.close(ended)
    return process.returncode


def _wait(
    process: subprocess.Popen[bytes], alive: int, relay: _Relay, timeout: float | None
) -> None:
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        relay.stop(process, signal.SIGTERM)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            relay.stop(process, signal.SIGKILL)
            process.wait()
    os.close(alive)


class _Relay:
    """Passes signals on to a program while it runs.

    In the foreground of a terminal the program is in our process group, as a shell would have it:
    Ctrl-C and Ctrl-\\ reach both of us from the terminal, so they are not passed on, and Ctrl-Z
    stops both. Elsewhere it has a group of its own, and each signal goes to all of that.
    """

    def __init__(self) -> None:
        self.shares_group = _in_foreground()
        self.timed_out = False
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> _Relay:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                known = signal.getsignal(number)
                if known not in (signal.SIG_IGN, None):  # `nohup` means it
                    self._before[number] = signal.signal(number, self._pass)
        return self

    def __exit__(self, *_: object) -> None:
        for number, known in self._before.items():
            signal.signal(number, known)

    def begin(self, process: subprocess.Popen[bytes]) -> None:
        """The program runs; what came before goes to it now."""
        self._process = process
        for number in self._early:
            self._send(process, number)

    def stop(self, process: subprocess.Popen[bytes], number: int) -> None:
        """Its time is over."""
        self.timed_out = True
        self._send(process, number)

    def send(self, number: int) -> None:
        """Pass a signal on, as if it had come to this process."""
        self._pass(number, None)

    def _pass(self, number: int, _frame: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        elif not (self.shares_group and number in _KEYS):
            self._send(self._process, number)

    def _send(self, process: subprocess.Popen[bytes], number: int) -> None:
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if self.shares_group:
                os.kill(process.pid, number)
            else:
                os.killpg(process.pid, number)


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _not_started(
    run: ActiveRun, program: Program, error: OSError, warn: Callable[[str], None]
) -> int:
    name = program.command[0]
    missing = isinstance(error, FileNotFoundError)
    if missing and "/" not in name:
        reason = f"there is no program {name}: check its name and PATH"
    else:
        reason = f"cannot start {name}: {(error.strerror or str(error)).lower()}"
    run.log_note(reason)
    warn(reason)
    return NOT_FOUND if missing else NOT_STARTED


def _stopped(run: ActiveRun, program: Program, warn: Callable[[str], None]) -> None:
    reason = f"stopped after {program.timeout:g} s"
    run.log_note(reason)
    warn(reason)


def _exit_status(code: int) -> int:
    return code if code >= 0 else 128 - code


def _status(code: int) -> str:
    if code == 0:
        return FINISHED
    return KILLED if -code in _KILLED_BY else FAILED


def _collect(
    tracker: ExperimentTracker,
    run: ActiveRun,
    program: Program,
    kept: tuple[KeptOutput, KeptOutput],
    warn: Callable[[str], None],
) -> None:
    """Take in what the program left; what cannot be taken is said, and stops nothing."""
    for pattern in program.artifacts:
        with told(f"artifact {pattern}", warn):
            log_files(tracker, run, program.place, pattern, warn)
    for file in program.metrics:
        with told(f"metrics {file}", warn):
            log_metric_file(run, program.place, file, warn)
    with told("output", warn), tempfile.TemporaryDirectory() as folder:
        for name, output in zip(("stdout", "stderr"), kept, strict=True):
            if output.size:
                path = Path(folder, name)
                path.write_bytes(output.content())
                tracker.log_artifact(path, f"output/{name}.txt", run=run)
