"""How every ref of ours moves: read, build, publish by compare-and-swap, or build anew."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gittrack.errors import ConflictError, DataError
from gittrack.git.importer import Edit, Importer, NewCommit
from gittrack.git.packs import fold_small_packs
from gittrack.git.process import RaceError
from gittrack.git.refs import RefUpdate, RefWriter, read_refs
from gittrack.ids import ObjectId
from gittrack.store.lock import writers_turn
from gittrack.store.session import Session

_ATTEMPTS = 40


@dataclass(frozen=True, slots=True)
class RefCommit:
    """A commit to publish on a ref, on top of what the ref pointed to when it was built."""

    ref: str
    old: ObjectId | None
    edits: Iterable[Edit]
    message: str
    more_parents: tuple[ObjectId, ...] = ()


class Publisher:
    """Publishes commits on a session's repository; its git processes serve many transactions."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._repository = session.repository
        self._importer = Importer(session.repository)
        self._refs = RefWriter(session.repository)
        session.on_close(self.close)

    def transact(
        self,
        build: Callable[[], Sequence[RefCommit]],
        undo: Callable[[], None] = lambda: None,
    ) -> list[ObjectId]:
        """Publish what `build` asks for, atomically; build anew when another writer was faster.

        `build` reads the refs' present state and returns the commits to put on them, or none.
        `undo` takes back what `build` did besides, whenever that was not published.

        Raises:
            ConflictError: others were faster every time.
            DataError: a ref to move names no commit.
            GitError: git cannot write here.
        """
        for attempt in range(_ATTEMPTS):
            with writers_turn(self._repository.private_dir):
                try:
                    return self._attempt(build, undo)
                except RaceError as error:
                    last = error
            time.sleep(random.uniform(0, 0.002 * 1.2**attempt))  # noqa: S311 - jitter
        raise ConflictError(
            f"other writers were faster {_ATTEMPTS} times in a row: {last.message}",
            hint=last.hint or "run the command again",
        ) from last

    def close(self) -> None:
        """End the git processes; small packs are folded if there are many."""
        if self._importer.release(at_once=True):
            fold_small_packs(self._repository)
        self._refs.close()

    def _attempt(
        self, build: Callable[[], Sequence[RefCommit]], undo: Callable[[], None]
    ) -> list[ObjectId]:
        updates: list[RefUpdate] = []
        try:
            commits = build()
            if not commits:
                return []
            updates = self._write(commits)
            self._refs.update(updates)
        except BaseException:
            if not self._were_made(updates):
                undo()
            raise
        if self._importer.release():
            fold_small_packs(self._repository)
        return [update.new for update in updates if update.new is not None]

    def _write(self, commits: Sequence[RefCommit]) -> list[RefUpdate]:
        new = [NewCommit(c.old, c.edits, c.message, c.more_parents) for c in commits]
        author = self._repository.settings.author
        try:
            ids = self._importer.write(new, author, self._session.now() // 1_000_000)
        except RaceError:
            self._refuse_others(commits)
            raise
        return [RefUpdate(c.ref, c.old, i) for c, i in zip(commits, ids, strict=True)]

    def _refuse_others(self, commits: Sequence[RefCommit]) -> None:
        """What is no commit does not become one by waiting."""
        for commit in commits:
            found = None if commit.old is None else self._session.reader.find(commit.old)
            if found is not None and found.type != "commit":
                raise DataError(
                    f"{commit.ref} names a {found.type}, not a commit: something else moved it",
                    hint=f"see where it was: git reflog {commit.ref}",
                )

    def _were_made(self, updates: Sequence[RefUpdate]) -> bool:
        """Ctrl-C may come when git has moved the refs and not told us yet."""
        if not updates:
            return False
        present = read_refs(self._repository, *(u.ref for u in updates))
        return all(present.get(u.ref) == u.new for u in updates)
