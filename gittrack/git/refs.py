"""Refs: read by prefix, moved by compare-and-swap only, with a reflog."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gittrack.errors import GitError
from gittrack.git.process import Conversation, RaceError
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """Move `ref` from `old` (`None`: it must not exist) to `new` (`None`: delete it)."""

    ref: str
    old: ObjectId | None
    new: ObjectId | None


def read_refs(repository: Repository, *prefixes: str) -> dict[str, ObjectId]:
    """The refs below the prefixes (or of exactly that name) and what they point to."""
    output = repository.runner.output(
        "for-each-ref", "--format=%(objectname) %(refname)", "--", *prefixes
    )
    pairs = (line.split(" ", 1) for line in output.decode("utf-8", "surrogateescape").splitlines())
    return {name: ObjectId(object_id) for object_id, name in pairs}


class RefWriter:
    """Moves several refs in one transaction, each from its exact old value; all or none."""

    def __init__(self, repository: Repository) -> None:
        self._null = repository.null_id
        self._conversation = Conversation(
            repository.named_runner,
            "update-ref",
            "-m",
            "gittrack",
            "--create-reflog",
            "--stdin",
            "-z",
            packed_refs=repository.packed_refs,
            writes=True,
        )

    def update(self, updates: Sequence[RefUpdate]) -> None:
        """Make all updates, or none.

        Raises:
            RaceError: a ref did not have its old value, or was locked by another writer.
            GitError: git cannot write refs here.
        """
        commands = ["start\0"]
        commands += [
            f"update {u.ref}\0{u.new or self._null}\0{u.old or self._null}\0" for u in updates
        ]
        commands.append("prepare\0commit\0")
        with self._conversation.lock:
            done = False
            try:
                questions, answers = self._conversation.streams()
                questions.write("".join(commands).encode("utf-8", "surrogateescape"))
                questions.flush()
                for _ in ("start", "prepare", "commit"):
                    if not answers.readline().endswith(b": ok\n"):
                        raise EOFError
                done = True
            except (BrokenPipeError, EOFError) as error:
                done = True
                failed = self._conversation.failure()
                raise _race(failed) or failed from error
            finally:
                if not done:
                    self._conversation.abandon()

    def close(self) -> None:
        """End the process."""
        self._conversation.close()


_RACE_SIGNS = (
    "but expected",
    "already exists",
    ".lock': file exists",
    "unable to resolve reference",
)
_LOCK = re.compile(r"Unable to create '(.+\.lock)': File exists")
_STALE = 10.0  # seconds; git holds the lock of a ref for milliseconds


def _race(failed: GitError) -> GitError | None:
    lock = _LOCK.search(failed.stderr)
    if lock is not None and _is_stale(Path(lock[1])):
        failed.hint = f"a git command crashed and left that file behind; remove it: rm {lock[1]}"
        return failed
    lowered = failed.stderr.lower()
    return RaceError.of(failed) if any(sign in lowered for sign in _RACE_SIGNS) else None


def _is_stale(lock: Path) -> bool:
    try:
        return time.time() - lock.stat().st_mtime > _STALE
    except OSError:
        return False
