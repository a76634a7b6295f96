"""When to seal: at once, unless that would slow a script that ends many runs in a row."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable

_SHARE = 10
"""Sealing takes at most one part in so many of a script's time."""


class Pace:
    """Runs a function now, or soon in a thread of its own, so that it takes little of the time.

    The first call runs at once. A call that comes before ten times the last one's length has
    passed waits for that moment; calls meanwhile are served together. What still waits when the
    program ends runs then.
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
        if wait <= 0:
            self.do()
        elif self._timer is None:
            self._timer = threading.Timer(wait, self.do)
            self._timer.daemon = True
            self._timer.start()

    def do(self) -> None:
        """Do the work now, after one that is being done."""
        with self._running:
            self._timer = None
            started = time.monotonic()
            try:
                self._work()
            finally:
                ended = time.monotonic()
                self._not_before = ended + _SHARE * (ended - started)

    def finish(self) -> None:
        """Do at once what was put off."""
        timer = self._timer
        if timer is not None:
            timer.cancel()
            self.do()


_PACES: weakref.WeakSet[Pace] = weakref.WeakSet()


@atexit.register
def _finish_all() -> None:
    for pace in list(_PACES):
        pace.finish()
