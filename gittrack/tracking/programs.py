"""Running any program as a run: its output, exit status, files and metrics are the run's."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

from gittrack.canonical import Plain, emit
from gittrack.capture import redact
from gittrack.errors import GittrackError, UsageError
from gittrack.globs import matcher
from gittrack.runs.model import FAILED, FINISHED, KILLED, Run
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.joining import invitation_to, variables
from gittrack.tracking.metric_files import read_metrics
from gittrack.tracking.program_output import KeptOutput, pass_on
from gittrack.tracking.tracker import ExperimentTracker

NOT_FOUND, NOT_STARTED = 127, 126
"""What a shell says of a program that is not there, and of one that cannot be started."""

OUR_TAGS = ("command", "folder", "request", "exit_status")
"""Tags that say what was run; nobody else may set them."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_KEYS = (signal.SIGINT, signal.SIGQUIT)
_KILLED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_WILD = ("*", "?", "[")


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and what its run gets.

    `artifacts` are patterns and `metrics` files below the current folder, looked at when it has
    ended; `params` stand beside the config.
    """

    command: tuple[str, ...]
    experiment: str | None = None
    name: str | None = None
    config: Mapping[str | int, Plain] | None = None
    params: Mapping[str | int, Plain] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    artifacts: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()

    def shown_command(self) -> str:
        """The command as one types it, without its secrets."""
        return shlex.join(redact(self.command))

    def request(self) -> str:
        """What stands for command, config and parameters together."""
        config = None if self.config is None else dict(self.config)
        asked: dict[str | int, Plain] = {
            "command": self.shown_command(),
            "config": config,
            "params": dict(self.params),
        }
        return sha256(emit(asked)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: the exit status as a shell gives it, and its run as recorded."""

    exit_status: int
    run: Run


def find_done(tracker: ExperimentTracker, program: Program) -> Run | None:
    """The newest finished run of the same command, config, parameters and code, if there is one."""
    code = tracker.code_version()
    if code is None or code.tree is None:
        return None
    request = program.request()
    for run in tracker.list_runs(_experiment(tracker, program)):
        same_code = run.code_version is not None and run.code_version.tree == code.tree
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

    Raises:
        UsageError: there is no command, or a tag is one of `OUR_TAGS`.
        RepositoryError: the run cannot be started.
    """
    _check(program)
    with _start(tracker, program) as run:
        started(tracker.get_run(run))
        kept = (KeptOutput(), KeptOutput())
        added = {"PYTHONUNBUFFERED": "1", **environment, **variables(tracker._session, run)}
        relay = _Relay()
        with relay:
            try:
                code = _execute(program.command, added, (output, errors), kept, relay)
            except OSError as error:
                code = _not_started(run, program, error, warn)
            _collect(tracker, run, program, kept, warn)
            run.set_tag("exit_status", _exit_status(code))
            run.end(_status(code))
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
    repository = tracker._session.repository
    folder = repository.work_tree or repository.common_dir
    return folder.name.removesuffix(".git") or "runs"


def _start(tracker: ExperimentTracker, program: Program) -> ActiveRun:
    outer = invitation_to(tracker._session)
    own = {
        "command": program.shown_command(),
        "folder": str(Path.cwd()),
        "request": program.request(),
    }
    run = tracker.start_run(
        _experiment(tracker, program),
        program.name,
        tags={**program.tags, **own},
        config=program.config,
        # A run of its own, even where this program is part of another one.
        parent=None if outer is None else outer.run_id,
    )
    if program.params:
        run.log_params({str(key): value for key, value in program.params.items()})
    return run


def _execute(
    command: Sequence[str],
    environment: Mapping[str, str],
    sinks: tuple[BinaryIO, BinaryIO],
    kept: tuple[KeptOutput, KeptOutput],
    relay: _Relay,
) -> int:
    """Run a program; returns its exit code, negative for the signal that it died of."""
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        close_fds=False,  # what we inherited is meant for it: `<(…)`, a jobserver of make
        process_group=None if relay.shares_group else 0,
    )
    relay.begin(process)
    ended, alive = os.pipe()
    waiter = threading.Thread(target=_wait, args=(process, alive), daemon=True)
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


def _wait(process: subprocess.Popen[bytes], alive: int) -> None:
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


def _exit_status(code: int) -> int:
    return code if code >= 0 else 128 - code


def _status(code: int) -> str:
    if code == 0:
        return FINISHED
    return KILLED if -code in _KILLED_BY else FAILED


# What the program left


def _collect(
    tracker: ExperimentTracker,
    run: ActiveRun,
    program: Program,
    kept: tuple[KeptOutput, KeptOutput],
    warn: Callable[[str], None],
) -> None:
    """Take in what the program left; what cannot be taken is said, and stops nothing."""
    for pattern in program.artifacts:
        with _told(f"artifact {pattern}", warn):
            _log_files(tracker, run, pattern, warn)
    for file in program.metrics:
        with _told(f"metrics {file}", warn):
            _log_metrics(run, file, warn)
    with _told("output", warn), tempfile.TemporaryDirectory() as folder:
        for name, output in zip(("stdout", "stderr"), kept, strict=True):
            if output.size:
                path = Path(folder, name)
                path.write_bytes(output.content())
                tracker.log_artifact(path, f"output/{name}.txt", run=run)


@contextmanager
def _told(what: str, warn: Callable[[str], None]) -> Iterator[None]:
    try:
        yield
    except GittrackError as error:
        hint = f" ({error.hint})" if error.hint else ""
        warn(f"{what}: {error.message}{hint}")
    except OSError as error:
        warn(f"{what}: {(error.strerror or str(error)).lower()}")


def _log_files(
    tracker: ExperimentTracker, run: ActiveRun, pattern: str, warn: Callable[[str], None]
) -> None:
    found = False
    for path in _matching(pattern):
        found = True
        with _told(f"artifact {path}", warn):
            tracker.log_artifact(Path(path), path, run=run)
    if not found:
        warn(f"artifact {pattern}: there is no such file")


def _matching(pattern: str) -> Iterator[str]:
    """The files below the current folder that a pattern means, sorted; a folder means all in it."""
    parts = [part for part in pattern.split("/") if part != "."]
    if pattern.startswith("/") or ".." in parts:
        raise UsageError("a pattern stays below the current folder")
    pattern = "/".join(parts)
    if Path(pattern).is_dir():
        pattern = pattern.rstrip("/") + "/**"
    elif Path(pattern).is_file():
        yield pattern
        return
    fixed = []
    for part in pattern.split("/")[:-1]:
        if any(sign in part for sign in _WILD):
            break
        fixed.append(part)
    matches = matcher([pattern])
    for top, folders, files in os.walk("/".join(fixed) or "."):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.normpath(os.path.join(top, name))  # noqa: PTH118 - many of them
            if matches(path) and _stays_below(path):
                yield path


def _stays_below(path: str) -> bool:
    """Whether a file is one of the current folder's, and no link out of it."""
    link = Path(path)
    return not link.is_symlink() or link.resolve().is_relative_to(Path.cwd().resolve())


def _log_metrics(run: ActiveRun, file: str, warn: Callable[[str], None]) -> None:
    try:
        read = read_metrics(Path(file))
    except FileNotFoundError:
        warn(f"metrics {file}: there is no such file")
        return
    for step, values in read.rows:
        run.log_metrics(values, step)
    if read.left_out:
        some = ", ".join(read.left_out[:5]) + (", …" if len(read.left_out) > 5 else "")
        warn(f"metrics {file}: left out, as they are no numbers: {some}")
