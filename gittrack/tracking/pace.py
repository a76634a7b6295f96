"""When to seal: at once, unless that would slow a script that ends many runs in a row."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable

_SHARE = 10
"""Sealing takes at most one part in so many of a script's time."""
_LONGEST = 5.0  # seconds that what has ended waits
_SOON = 0.01  # seconds after which to look again whether a thread still works


class Pace:
    """Runs a function now, or soon in a thread of its own, so that it takes little of the time.

    The first call runs at once. A call that comes before ten times the last one's length (at most
    five seconds) has passed waits for that moment; calls meanwhile are served together, and
    nobody waits for a thread that works. What still waits when the program ends runs then.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._running = threading.Lock()
        self._timer: threading.Timer | None = None
        self._not_before = 0.0
        _PACES.add(self)

    def ask(self) -> None:
        """Have the work done: now, or soon."""
        wait = self._not_before - time.monotonic()
        if wait <= 0 and self._running.acquire(blocking=False):
            try:
                self._do()
            finally:
                self._running.release()
        elif not self._is_waiting():
            self._timer = threading.Timer(max(wait, _SOON), self.ask)
            self._timer.daemon = True
            self._timer.start()

    def do(self) -> None:
        """Do the work now, after one that is being done."""
        with self._running:
            self._do()

    def finish(self) -> None:
        """Do at once what was put off."""
        if self._timer is not None:
            self.do()

    def _is_waiting(self) -> bool:
        """Whether a thread will ask in time: a fork leaves none alive, and one asks but once."""
        timer = self._timer
        return timer not in (None, threading.current_thread()) and timer.is_alive()

    def _do(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        started = time.monotonic()
        try:
            self._work()
        finally:
            ended = time.monotonic()
            due = ended + min(_SHARE * (ended - started), _LONGEST)
            self._not_before = max(due, self._not_before)  # one with nothing to do is no excuse


_PACES: weakref.WeakSet[Pace] = weakref.WeakSet()


@atexit.register
def _finish_all() -> None:
    for pace in list(_PACES):
        pace.finish()
