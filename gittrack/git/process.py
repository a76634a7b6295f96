"""Starting git: one-shot commands, and long-lived ones that answer over a pipe."""

from __future__ import annotations

import os
import subprocess
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from gittrack.errors import GitError, RepositoryError
from gittrack.git.environment import FIXED_OPTIONS


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished git command left: its exit status, output and messages."""

    status: int
    stdout: bytes
    stderr: str


@dataclass(frozen=True, slots=True)
class Runner:
    """Starts git in one folder with one environment."""

    cwd: Path
    environment: Mapping[str, str] = field(repr=False)

    def run(
        self, *arguments: str, stdin: bytes | None = None, accept: Sequence[int] = (0,)
    ) -> Result:
        """Run git to its end; `accept` lists the exit statuses that are no error.

        Raises:
            GitError: another exit status; carries arguments, status and git's message.
        """
        process = self._start(arguments)
        stdout, stderr = process.communicate(stdin)
        result = Result(process.returncode, stdout, _text(stderr))
        if result.status not in accept:
            raise failure(arguments, result.status, result.stderr)
        return result

    def output(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """The standard output of a git command that must succeed."""
        return self.run(*arguments, stdin=stdin).stdout

    def outputs(self, *commands: Sequence[str]) -> list[bytes]:
        """The standard outputs of git commands that run at the same time and must all succeed."""
        started = [(arguments, self._start(arguments)) for arguments in commands]
        finished = [(a, process, *process.communicate()) for a, process in started]
        for arguments, process, _, stderr in finished:
            if process.returncode:
                raise failure(arguments, process.returncode, _text(stderr))
        return [stdout for _, _, stdout, _ in finished]

    def open(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start git with pipes to its three streams; in its own process group.

        Ctrl-C goes to a whole group: a bulk writer killed by it would leave rubbish behind.
        """
        return self._start(arguments, process_group=0)

    def _start(
        self, arguments: Sequence[str], process_group: int | None = None
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                ("git", *FIXED_OPTIONS, *arguments),
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                process_group=process_group,
            )
        except FileNotFoundError as error:
            if not self.cwd.is_dir():
                raise RepositoryError(f"no such folder: {self.cwd}") from error
            raise RepositoryError(
                "git is not installed", hint="install git 2.36 or newer"
            ) from error
        except NotADirectoryError as error:
            raise RepositoryError(f"not a folder: {self.cwd}") from error
        except PermissionError as error:
            raise RepositoryError(f"cannot enter {self.cwd}: permission denied") from error


class Conversation:
    """A git process kept open to answer many questions; started on first use.

    Not shared across `fork`: a child process starts its own. One caller at a time holds `lock`.

    A process that reads refs is started anew whenever `packed_refs` was rewritten. git compares
    the file's inode, size and whole second only, so that after two `git pack-refs` within a second
    an old process takes the values that it once read for the present ones (git 2.39): a
    compare-and-swap would succeed that must fail.
    """

    def __init__(
        self,
        runner: Runner,
        *arguments: str,
        packed_refs: Path | None = None,
        farewell: bytes = b"",
        writes: bool = False,
    ) -> None:
        self.lock = threading.RLock()
        self._writes = writes
        self._packed_refs = packed_refs
        self._stamp: tuple[int, ...] | None = None
        self._runner = runner
        self._arguments = arguments
        self._farewell = farewell
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._finalizer: (
            weakref.finalize[[subprocess.Popen[bytes], bytes, int], Conversation] | None
        )
        self._finalizer = None

    def streams(self) -> tuple[IO[bytes], IO[bytes]]:
        """The process's standard input and output, starting it if need be."""
        stamp = _stamp(self._packed_refs)
        if stamp != self._stamp:
            self.close()
        # When a program ends, finalizers may run before its last words (`atexit`) are written.
        is_over = self._finalizer is not None and not self._finalizer.alive
        if self._process is None or self._owner != os.getpid() or is_over:
            self._stamp = stamp
            self._process = self._runner.open(*self._arguments)
            self._owner = os.getpid()
            self._finalizer = weakref.finalize(
                self, _end, self._process, self._farewell, self._owner
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout

    @property
    def process_id(self) -> int:
        """The process's id; 0 where none runs."""
        return 0 if self._process is None else self._process.pid

    @property
    def is_open(self) -> bool:
        """Whether this process has a live conversation."""
        return self._process is not None and self._owner == os.getpid()

    def failure(self) -> GitError:
        """End the process and tell why it stopped answering."""
        process, self._process = self._process, None
        if process is None:
            return failure(self._arguments, -1, "it never started")
        self._detach()
        if self._writes:
            _hang_up(process)
        process.kill()
        _, stderr = process.communicate()
        return failure(self._arguments, process.returncode, _text(stderr))

    def abandon(self) -> None:
        """End the process in the middle of a sentence (the caller was interrupted)."""
        self.failure()

    def close(self) -> None:
        """Say farewell and wait until the process has ended."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            self._detach()
            _end(process, self._farewell, self._owner)

    def _detach(self) -> None:
        if self._finalizer is not None:
            self._finalizer.detach()


def _end(process: subprocess.Popen[bytes], farewell: bytes, owner: int) -> None:
    if os.getpid() != owner:
        return  # a forked child ends; the process belongs to its parent
    try:
        process.communicate(farewell, timeout=60 if farewell else 0.2)
    except (subprocess.TimeoutExpired, ValueError, OSError):
        # A forked copy of this program may still hold the pipe open, so no end of file came.
        process.kill()
        process.wait()


def _stamp(path: Path | None) -> tuple[int, ...] | None:
    try:
        status = None if path is None else path.stat()
    except OSError:
        return None
    if status is None:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    """End a writer by the end of its input, so that it takes its locks and guards away."""
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()
    process.stdin = None
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)


class RaceError(GitError):
    """Another git process got in the way; nothing was changed, and trying again may help."""

    @classmethod
    def of(cls, failed: GitError) -> Self:
        """That failure as a lost race."""
        return cls(
            failed.message,
            argv=failed.argv,
            status=failed.status,
            stderr=failed.stderr,
            hint=failed.hint,
        )


def failure(arguments: Sequence[str], status: int, stderr: str) -> GitError:
    """The error for a failed git command: git's own first telling line, and what to do."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    telling = next((line for line in lines if line.startswith(("fatal:", "error:"))), None)
    reason = (telling or (lines[-1] if lines else f"exit status {status}")).split(": ", 1)
    text = reason[-1] if reason[0] in ("fatal", "error") else ": ".join(reason)
    return GitError(
        f"git {arguments[0]} failed: {text}",
        argv=arguments,
        status=status,
        stderr=stderr,
        hint=_hint(stderr),
    )


def _hint(stderr: str) -> str | None:
    lowered = stderr.lower()
    if "no space left" in lowered:
        return "the disk is full: free some space and run the command again"
    if "read-only file system" in lowered or "permission denied" in lowered:
        return "the repository cannot be written: check its owner and permissions"
    if ".lock': file exists" in lowered:
        return "another git command is running, or one crashed and left that lock file behind"
    return None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
