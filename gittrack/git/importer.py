"""Writing objects in bulk: one `fast-import` process makes blobs, trees and commits into a pack.

No ref is moved here. Each commit is made on a scratch branch that is reset at once, so fast-import
has nothing to publish; the caller publishes the commit's id by compare-and-swap (`refs.py`).

Why a pack each time and never loose objects (`fastimport.unpackLimit=0`): fast-import guards its
packs with `.keep` files until it ends, so that `git gc --prune=now` and `git repack -ad`, however
timed, cannot take away what is written but not yet published. `release` ends the process, after
publishing. Many small packs are folded together by `packs.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gittrack.errors import GitError, RepositoryError
from gittrack.git.process import Conversation, RaceError
from gittrack.git.repository import Identity, Repository
from gittrack.ids import ObjectId

_SCRATCH = b"refs/exptrack-scratch/commit"
_CHUNK = 1 << 20
_PRUNED = re.compile(r"unable to write file (.+)\.(?:pack|idx): No such file or directory")
_MOVED = re.compile(r"Not a valid commit|Can't load tree|not found: ")
_COMMITS_PER_PROCESS = 48  # their packs stay guarded, and so apart, until the process ends


@dataclass(frozen=True, slots=True)
class Put:
    """A file in a commit's tree: its path, its bytes and git's mode."""

    path: str
    data: bytes
    mode: str = "100644"


@dataclass(frozen=True, slots=True)
class PutFile:
    """A file in a commit's tree whose bytes are streamed from one on disk."""

    path: str
    file: Path


@dataclass(frozen=True, slots=True)
class Link:
    """A file in a commit's tree whose blob exists already (or is written earlier in this batch).

    With the mode `160000` it is a submodule, and `blob` a commit, which need not exist here.
    """

    path: str
    blob: ObjectId
    mode: str = "100644"


@dataclass(frozen=True, slots=True)
class Remove:
    """A file or folder taken out of a commit's tree."""

    path: str


@dataclass(frozen=True, slots=True)
class Replace:
    """All of a commit's tree replaced by another tree, or by nothing; further edits follow."""

    tree: ObjectId | None


Edit = Put | PutFile | Link | Remove | Replace


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to write: its parent (or none), what changes against the parent's tree, and why."""

    parent: ObjectId | None
    edits: Iterable[Edit]
    message: str
    more_parents: tuple[ObjectId, ...] = ()


class Importer:
    """Writes commits through `fast-import`; the process serves many commits."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._conversation = Conversation(
            repository.runner,
            "fast-import",
            "--quiet",
            "--date-format=raw",
            # Not --done: should this program die, the end of its input lets fast-import end
            # cleanly and take its .keep files away; nothing is published either way.
            farewell=b"done\n",
            writes=True,
        )
        self._commits = 0

    def write(self, commits: Iterable[NewCommit], author: Identity, time: int) -> list[ObjectId]:
        """Write the commits and return their ids; all objects are on disk, and guarded.

        `time` is in seconds since the epoch (UTC). Call `release` once the ids are published.

        Raises:
            RaceError: a `git prune` or `repack` got in the way; nothing was written.
            GitError: git could not write (full disk, read-only repository).
        """
        with self._conversation.lock:
            process, done = 0, False
            try:
                questions, answers = self._conversation.streams()
                process = self._conversation.process_id
                count = 0
                for count, commit in enumerate(commits, 1):
                    _send(questions, _commit_lines(commit, count, author, time))
                questions.write(b"checkpoint\n\n")
                questions.writelines(b"get-mark :%d\n" % n for n in range(1, count + 1))
                questions.flush()
                ids = [self._answer(answers) for _ in range(count)]
                self._commits += count
                done = True
                return ids
            except (BrokenPipeError, EOFError) as error:
                done = True
                failed = self._conversation.failure()
                self._discard_report(process)
                raise _pruned(failed) or _moved(failed) or failed from error
            finally:
                if not done:
                    self._conversation.abandon()
                    self._discard_report(process)

    def release(self, *, at_once: bool = False) -> bool:
        """The written commits are published: let go of the guards, now or with more to come.

        Returns whether the process ended (and its packs are ordinary packs now).
        """
        if self._conversation.is_open and (at_once or self._commits >= _COMMITS_PER_PROCESS):
            self._conversation.close()
            self._commits = 0
            return True
        return False

    def _discard_report(self, process: int) -> None:
        """git leaves a report of some kilobytes for every fast-import that could not finish."""
        self._commits = 0
        report = self._repository.git_dir / f"fast_import_crash_{process}"
        with suppress(OSError):
            report.unlink()

    @staticmethod
    def _answer(answers: IO[bytes]) -> ObjectId:
        line = answers.readline()
        if not line:
            raise EOFError
        return ObjectId(line.decode().strip())


def _pruned(failed: GitError) -> RaceError | None:
    pack = _PRUNED.search(failed.stderr)
    if pack is None:
        return None
    if not Path(f"{pack[1]}.idx").exists():  # what is left would stand in the next attempt's way
        Path(f"{pack[1]}.keep").unlink(missing_ok=True)
        Path(f"{pack[1]}.pack").unlink(missing_ok=True)
    return RaceError.of(failed)


def _moved(failed: GitError) -> RaceError | None:
    """A repack took the pack away that an object was just looked for in (git tries twice)."""
    return RaceError.of(failed) if _MOVED.search(failed.stderr) else None


def _send(stream: IO[bytes], pieces: Iterator[bytes]) -> None:
    buffer = bytearray()
    for piece in pieces:
        buffer += piece
        if len(buffer) > _CHUNK:
            stream.write(buffer)
            buffer.clear()
    stream.write(buffer)


def _commit_lines(commit: NewCommit, mark: int, author: Identity, time: int) -> Iterator[bytes]:
    message = commit.message.encode("utf-8", "replace")
    who = f"{_ident(author.name)} <{_ident(author.email)}> {time} +0000".encode()
    yield b"commit %s\nmark :%d\nauthor %s\ncommitter %s\n" % (_SCRATCH, mark, who, who)
    yield b"data %d\n%s\n" % (len(message), message)
    if commit.parent is not None:
        yield b"from %s\n" % commit.parent.encode()
    for parent in commit.more_parents:
        yield b"merge %s\n" % parent.encode()
    for edit in commit.edits:
        if isinstance(edit, PutFile):
            yield from _file_lines(edit)
        else:
            yield _edit_line(edit)
    yield b"\nreset %s\n\n" % _SCRATCH


def _file_lines(edit: PutFile) -> Iterator[bytes]:
    """Streamed: a large file is never in memory as a whole."""
    with edit.file.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        yield b"M 100644 inline %s\ndata %d\n" % (_quoted(edit.path), size)
        while size:
            piece = file.read(min(size, _CHUNK))
            if not piece:
                raise RepositoryError(f"{edit.file} shrank while it was stored")
            size -= len(piece)
            yield piece
    yield b"\n"


def _edit_line(edit: Put | Link | Remove | Replace) -> bytes:
    if isinstance(edit, Replace):
        return b"deleteall\n" if edit.tree is None else b'M 040000 %s ""\n' % edit.tree.encode()
    path = _quoted(edit.path)
    if isinstance(edit, Put):
        mode, size = edit.mode.encode(), len(edit.data)
        return b"M %s inline %s\ndata %d\n%s\n" % (mode, path, size, edit.data)
    if isinstance(edit, Link):
        return b"M %s %s %s\n" % (edit.mode.encode(), edit.blob.encode(), path)
    return b"D %s\n" % path


def _quoted(path: str) -> bytes:
    raw = path.encode("utf-8", "surrogateescape")
    if not raw or b"\0" in raw:
        raise RepositoryError(f"not a path: {path!r}")
    if b"\n" in raw or raw.startswith(b'"'):
        escaped = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
        return b'"' + escaped + b'"'
    return raw


def _ident(text: str) -> str:
    return "".join(c for c in text if c not in "<>\n\0").strip() or "unknown"
