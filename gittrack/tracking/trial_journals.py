"""The journals that take trials: one for a process and a study, not one each."""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import suppress

from gittrack.errors import RepositoryError
from gittrack.journal.writer import Journal
from gittrack.store.journals import journal_folder
from gittrack.store.session import Session


class TrialJournals:
    """Opens a study's journal when its first trial comes, and anew after a fork.

    Safe to use from several threads: one that closes them takes no trial from another.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_study: dict[str, Journal] = {}
        self._lock = threading.Lock()
        _ALL.add(self)

    def append(self, study: str, payload: bytes) -> None:
        """Write a trial to the journal of a study, which is given by its true name.

        Raises:
            RepositoryError: it cannot be written.
        """
        with self._lock:
            journal = self._by_study.get(study)
            if journal is None or not journal.is_ours:
                header = {"trials": True, "experiment": study}
                folder = journal_folder(self._session)
                journal = Journal(folder, f"trials.{os.urandom(8).hex()}", header)
                self._by_study[study] = journal
            journal.append(payload)

    def close(self) -> None:
        """Close them all, so that they can be sealed; a later trial opens a new one."""
        with self._lock:
            for journal in self._by_study.values():
                if journal.is_ours:
                    # On a full disk it is closed without a word, as if its process had died.
                    with suppress(RepositoryError):
                        journal.append(b'["close"]')
                    journal.close()
            self._by_study.clear()

    def after_fork(self) -> None:
        """In a forked child: a thread of the parent may have held the lock."""
        self._lock = threading.Lock()


_ALL: weakref.WeakSet[TrialJournals] = weakref.WeakSet()


def _after_fork() -> None:
    for journals in list(_ALL):
        journals.after_fork()


os.register_at_fork(after_in_child=_after_fork)
