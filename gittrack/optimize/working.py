"""Trials worked off one after the other or side by side, and stopped in good order."""

from __future__ import annotations

import threading
from collections.abc import Callable

from gittrack.optimize.study import Proposal, Search

_PATIENCE = 0.1  # seconds between looks at the workers, so that signals are seen


class Workers:
    """Threads that work off a search's proposals.

    Args:
        search: gives the proposals.
        work: does one; what it raises stops all.
        jobs: how many at once.
    """

    def __init__(self, search: Search, work: Callable[[Proposal], None], jobs: int) -> None:
        self._search = search
        self._work = work
        self._errors: list[BaseException] = []
        self._threads = [
            # A process must be able to end although an objective does not.
            threading.Thread(target=self._run, name=f"trial-worker-{n}", daemon=True)
            for n in range(jobs)
        ]

    def run(self) -> None:
        """Work until nothing is proposed any more.

        The first Ctrl-C lets running trials end, a second one leaves them.

        Raises:
            BaseException: what a worker raised first.
        """
        for thread in self._threads:
            thread.start()
        try:
            self._wait()
        except KeyboardInterrupt:
            self._search.stop()
            self._wait()
            raise
        if self._errors:
            raise self._errors[0]

    def _wait(self) -> None:
        for thread in self._threads:
            while thread.is_alive():
                thread.join(_PATIENCE)

    def _run(self) -> None:
        try:
            work_off(self._search, self._work)
        except BaseException as error:  # noqa: BLE001 - raised again by the one who waits
            self._errors.append(error)
            self._search.stop()


def work_off(search: Search, work: Callable[[Proposal], None]) -> None:
    """Do what a search proposes, one after the other, until it proposes nothing any more."""
    while (proposal := search.propose()) is not None:
        work(proposal)
