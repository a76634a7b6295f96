"""How every ref of ours moves: read, build, publish by compare-and-swap, or build anew."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gittrack.errors import ConflictError
from gittrack.git.importer import Edit, Importer, NewCommit
from gittrack.git.packs import fold_small_packs
from gittrack.git.refs import RefRaceError, RefUpdate, RefWriter
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


class Publisher:
    """Publishes commits on a session's repository; its git processes serve many transactions."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._repository = session.repository
        self._importer = Importer(session.repository)
        self._refs = RefWriter(session.repository)
        session.on_close(self.close)

    def transact(self, build: Callable[[], Sequence[RefCommit]]) -> list[ObjectId]:
        """Publish what `build` asks for, atomically; build anew when another writer was faster.

        `build` reads the refs' present state and returns the commits to put on them, or none.

        Raises:
            ConflictError: others were faster every time.
            GitError: git cannot write here.
        """
        for attempt in range(_ATTEMPTS):
            with writers_turn(self._repository.private_dir):
                commits = build()
                if not commits:
                    return []
                try:
                    return self._publish(commits)
                except RefRaceError as error:
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

    def _publish(self, commits: Sequence[RefCommit]) -> list[ObjectId]:
        new = [NewCommit(c.old, c.edits, c.message) for c in commits]
        author = self._repository.settings.author
        ids = self._importer.write(new, author, self._session.now() // 1_000_000)
        self._refs.update([RefUpdate(c.ref, c.old, i) for c, i in zip(commits, ids, strict=True)])
        if self._importer.release():
            fold_small_packs(self._repository)
        return ids
