"""A line on the terminal that says that long work goes on, where its length is not known."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_FIRST = 1.0  # seconds of silence
_PAUSE = 0.5


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say after a second what is done, and for how long already; the line goes at the end.

    Where standard error is no terminal, nothing is said. `what` must be harmless.
    """
    if not sys.stderr.isatty():
        yield
        return
    over = threading.Event()
    teller = threading.Thread(target=_tell, args=(what, over), daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def _tell(what: str, over: threading.Event) -> None:
    started, wait, shown = time.monotonic(), _FIRST, False
    with suppress(OSError):
        while not over.wait(wait):
            shown, wait = True, _PAUSE
            sys.stderr.write(f"\r{what} … {time.monotonic() - started:.0f} s\x1b[K")
            sys.stderr.flush()
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
