"""A live run: each call appends to its journal and returns when the kernel has the bytes."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from json.encoder import encode_basestring_ascii
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from gittrack.adapt import to_plain
from gittrack.canonical import Plain, emit
from gittrack.diff import same
from gittrack.errors import GittrackError, RepositoryError, UsageError, ValueRefusedError
from gittrack.journal.writer import Journal
from gittrack.runs.model import FAILED, FINISHED, KILLED, RUNNING, STATUSES
from gittrack.shown import typed_text
from gittrack.tracking.artifact_keeper import ArtifactKeeper
from gittrack.tracking.measured import now, number_of, step_of

_MAX_KEY = 1000


class ActiveRun:
    """A run that this process logs to; made by `ExperimentTracker.start_run`.

    Safe to use from several threads. A forked child logs to a journal of its own. After its end
    nothing more can be logged.
    """

    def __init__(
        self,
        run_id: str,
        experiment: str,
        folder: Path,
        *,
        on_end: Callable[[ActiveRun], None],
        on_error: Callable[[GittrackError], None],
        keeper: ArtifactKeeper,
        helper: bool = False,
    ) -> None:
        self.run_id = run_id
        self.experiment_name = experiment
        self.status = RUNNING
        self._folder = folder
        self._on_end = on_end
        self._on_error = on_error
        self._keeper = keeper
        self._process = os.getpid()
        self._is_helper = helper
        self._lock = threading.RLock()
        self._keys: dict[str, str] = {}
        self._params: dict[str | int, Plain] = {}
        self._paths: set[str] = set()
        self._folders: set[str] = set()
        self._journal: Journal | None = None
        self._unwritten: bytes | None = None
        self._owed: bytes | None = None
        self._attempt(self._reopen)
        _LIVE.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.status != RUNNING:
            return
        if kind is None:
            self.end()
        elif issubclass(kind, KeyboardInterrupt):
            self.end(KILLED)
        else:
            with suppress(GittrackError):
                self.log_note(f"{kind.__name__}: {error}")
            self.end(FAILED)

    # Logging

    def log_param(self, key: str, value: object) -> None:
        """Log a parameter; see `log_params`."""
        self.log_params({key: value})

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log parameters, which may be nested. Each can be logged once; the same value again does
        nothing.

        Raises:
            UsageError: one was logged with another value; nothing of these was logged.
            ValueRefusedError: a value cannot be stored.
        """
        plain = to_plain(dict(params))
        assert isinstance(plain, dict)
        with self._lock:
            new = {}
            for key, value in plain.items():
                if key not in self._params:
                    new[key] = value
                elif not same(self._params[key], value):
                    raise UsageError(
                        f"the parameter {key} was logged as {typed_text(self._params[key])}, "
                        f"and cannot become {typed_text(value)}",
                        hint="parameters do not change; a value that does is a metric or a tag",
                    )
            if new:
                self._write(["params", now(), emit(new).decode()])
                self._params |= new

    def log_metric(self, key: str, value: float, step: int | None = None) -> None:
        """Log a value of a metric, at a step if one is given. Every value is kept.

        Raises:
            ValueRefusedError: the value is no number.
        """
        text = self._keys.get(key) or self._key(key)
        number = value if type(value) is float else number_of(key, value)
        shown = repr(number) if number - number == 0.0 else json.dumps(number)
        where = "null" if step is None else repr(step_of(step))
        self._append(f'["metrics",{now()},{where},{{{text}:{shown}}}]'.encode())

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log values of several metrics at one moment, and one step if it is given.

        Raises:
            ValueRefusedError: a value is no number; nothing was logged.
        """
        keys = self._keys
        parts = []
        for key, value in metrics.items():
            number = value if type(value) is float else number_of(key, value)
            shown = repr(number) if number - number == 0.0 else json.dumps(number)
            parts.append(f"{keys.get(key) or self._key(key)}:{shown}")
        where = "null" if step is None else repr(step_of(step))
        self._append(f'["metrics",{now()},{where},{{{",".join(parts)}}}]'.encode())

    def log_point(self, key: str, value: float, step: int | None, time: float) -> None:
        """Log a value that was measured at another moment than now: seconds since the epoch.

        Raises:
            ValueRefusedError: the value is no number.
        """
        where = None if step is None else step_of(step)
        values = {str(key): number_of(key, value)}
        self._write(["metrics", round(time * 1e6), where, values])

    def set_tag(self, key: str, value: object) -> None:
        """Set a tag; it may be set again."""
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags: texts by name. A value of `None` takes one away."""
        texts = {str(k): None if v is None else str(v) for k, v in tags.items()}
        self._write(["tags", now(), texts])

    def log_note(self, text: str) -> None:
        """Add a remark for people."""
        self._write(["note", now(), str(text)])

    def log_validation(
        self,
        name: str,
        passed: bool,
        num_violations: int = 0,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Record a check that was made on this run: passed or not, how many violations."""
        facts: dict[str, Any] = {"name": str(name), "passed": bool(passed)}
        if num_violations:
            facts["num_violations"] = int(num_violations)
        if metrics:
            facts["metrics"] = {str(k): number_of(k, v) for k, v in metrics.items()}
        self._write(["validation", now(), facts])

    def record(self, kind: str, facts: object) -> None:
        """Write another event of the run's (see `gittrack.runs.events`)."""
        self._refuse_ended()
        event = [kind, now(), facts]
        if kind != "start":
            self._write(event)
            return
        # It comes before all others, be it later: where the disk is full, when there is room.
        self._unwritten = json.dumps(event, separators=(",", ":")).encode()
        try:
            self._attempt(self._ready)
        except RepositoryError:
            self._discard()
            raise

    def end(self, status: str = FINISHED) -> None:
        """End the run.

        Where that cannot be written, it is tried again with the tracker's next calls and as the
        program ends (`owes_end`).

        Raises:
            UsageError: that is no status of a run that has ended, or it has ended already.
        """
        if status not in STATUSES or status == RUNNING:
            raise UsageError(f"a run ends as FINISHED, FAILED or KILLED, not {status!r}")
        with self._lock:
            if self._owed is None:
                self._refuse_ended()
            is_here = self._process == os.getpid()
            is_main = is_here and not self._is_helper
            event = ["end", now(), status] if is_main else ["close", now()]
            self._owed = json.dumps(event, separators=(",", ":")).encode()
            failure = self._failure_of(self.write_end)
            self.status = status
        if is_here:
            self._on_end(self)
        if failure is not None:
            self._on_error(failure)

    @property
    def owes_end(self) -> bool:
        """Whether its end is not written yet: the disk was full, or read-only."""
        return self._owed is not None

    def write_end(self) -> None:
        """Write the end that is owed, if it is.

        Raises:
            RepositoryError: it cannot be written now either.
        """
        with self._lock:
            if self._owed is None:
                return
            journal = self._journal
            if journal is None or not journal.is_ours:
                journal = self._journal = self._open(self._role)
            self._begin(journal)
            journal.append(self._owed)
            self._owed = None
            with suppress(OSError):
                journal.sync()
            journal.close()

    def log_artifact(
        self, file: Path | str, name: str | None = None, artifact_type: str | None = None
    ) -> None:
        """Store a file under a name (its own, without folder, if none is given).

        When this returns, its content is stored; the file may change or go. Up to 1 MiB goes into
        git, what is larger to where `exptrack.artifactStore` says (Git LFS, if nothing does).

        Raises:
            UsageError: the name leads out of the run's folder, or the file is no regular file.
        """
        path = Path(file)
        self._record_artifact(self._keeper.file(name or path.name, path, artifact_type))

    def log_artifacts(
        self, folder: Path | str, name: str | None = None, artifact_type: str | None = None
    ) -> None:
        """Store all files below a folder, below a folder `name` if one is given."""
        for facts in self._keeper.folder(Path(folder), name, artifact_type):
            self._record_artifact(facts)

    def _record_artifact(self, facts: dict[str, Any] | None) -> None:
        if facts is not None:
            self.claim(facts["path"])
            self.record("artifact", facts)

    def claim(self, path: str) -> None:
        """Take a path for an artifact.

        Raises:
            UsageError: another artifact's path is a folder of it, or it is one of another's.
        """
        with self._lock:
            folders = {str(folder) for folder in PurePosixPath(path).parents}
            taken = next(iter(folders & self._paths), None)
            if taken is not None or path in self._folders:
                raise UsageError(
                    f"the artifact {path} cannot be kept beside {taken or f'{path}/…'}:"
                    " one name cannot be a file and a folder",
                    hint="give it another name: log_artifact(FILE, name=…)",
                )
            self._paths.add(path)
            self._folders |= folders

    @property
    def folder(self) -> Path:
        """Where its journal is, within the git folder of its repository."""
        return self._folder

    def refused(self, error: GittrackError) -> None:
        """Something could not be logged to it: its tracker's `on_error` decides what becomes of
        it."""
        self._on_error(error)

    def sync(self) -> None:
        """Have all that was logged on the disk: not even a power failure loses it then."""
        if self._journal is not None:
            self._journal.sync()

    # The journal

    def _write(self, event: list[Any]) -> None:
        self._append(json.dumps(event, separators=(",", ":")).encode())

    def _append(self, payload: bytes) -> None:
        try:
            journal = self._journal
            if journal is None or self._unwritten is not None or not journal.is_ours:
                journal = self._ready()
            elif self._owed is not None:
                self._refuse_ended()
            journal.append(payload)
        except RepositoryError as error:
            self._on_error(error)

    def _attempt(self, work: Callable[[], object]) -> None:
        failure = self._failure_of(work)
        if failure is not None:
            self._on_error(failure)

    def _failure_of(self, work: Callable[[], object]) -> RepositoryError | None:
        try:
            work()
        except RepositoryError as error:
            return error
        return None

    def _ready(self) -> Journal:
        """The journal of this process, which begins with the run's start."""
        with self._lock:
            journal = self._journal
            if journal is None or not journal.is_ours:
                journal = self._reopen()
            self._begin(journal)
            return journal

    def _begin(self, journal: Journal) -> None:
        """Write the run's start, where it is not written yet."""
        if self._unwritten is not None and self._process == os.getpid():
            journal.append(self._unwritten)
            self._unwritten = None

    def _discard(self) -> None:
        """A run that did not start leaves nothing."""
        if self._journal is not None:
            self._journal.close()
            with suppress(OSError):
                self._journal.path.unlink()

    def _reopen(self) -> Journal:
        """After a fork this process needs a journal of its own; after the end there is none."""
        self._refuse_ended()
        is_here = self._process == os.getpid()
        if is_here and self._journal is not None:
            raise UsageError(f"the run {self.run_id} is closed")
        self._journal = self._open(self._role)
        return self._journal

    @property
    def _role(self) -> str:
        is_main = self._process == os.getpid() and not self._is_helper
        return "main" if is_main else "helper"

    def _open(self, role: str) -> Journal:
        name = self.run_id if role == "main" else f"{self.run_id}.{os.urandom(4).hex()}"
        header = {"run": self.run_id, "experiment": self.experiment_name, "role": role}
        return Journal(self._folder, name, header)

    def _refuse_ended(self) -> None:
        if self.status != RUNNING:
            raise UsageError(
                f"the run {self.run_id} has ended ({self.status}): nothing more can be logged",
                hint="start another one",
            )

    def _key(self, key: object) -> str:
        if not isinstance(key, str) or not key or len(key) > _MAX_KEY:
            raise ValueRefusedError(f"a metric's name is a text of 1 to {_MAX_KEY:,} characters")
        text = self._keys[key] = encode_basestring_ascii(key)
        return text


_LIVE: weakref.WeakSet[ActiveRun] = weakref.WeakSet()


def _after_fork() -> None:
    for run in list(_LIVE):
        run._lock = threading.RLock()  # a thread of the parent may have held it


os.register_at_fork(after_in_child=_after_fork)
