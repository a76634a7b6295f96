"""When what has ended is sealed: soon, and never at the cost of the script."""

from __future__ import annotations

import threading
import time

from gittrack.tracking.pace import Pace

_LONG = 60.0  # seconds that a test waits for what must come


def test_the_first_call_works_at_once() -> None:
    """Who asks first finds the work done on return."""
    done: list[int] = []
    Pace(lambda: done.append(1)).ask()
    assert done == [1]


def test_who_asks_does_not_wait_for_a_thread_that_works() -> None:
    """A call during the work returns, and is served by one more round of it."""
    begun, go_on, again = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        if begun.is_set():
            again.set()
            return
        begun.set()
        assert go_on.wait(_LONG)

    pace = Pace(work)
    worker = threading.Thread(target=pace.do)
    worker.start()
    assert begun.wait(_LONG)
    pace.ask()
    assert not again.is_set()
    go_on.set()
    worker.join(_LONG)
    assert again.wait(_LONG)


def test_work_with_nothing_to_do_does_not_shorten_the_rest() -> None:
    """After long work comes a long rest, also where a short one came in between."""
    done: list[float] = []
    lengths = iter([0.5, 0.0, 0.0])

    def work() -> None:
        done.append(next(lengths))
        time.sleep(done[-1])

    pace = Pace(work)
    pace.do()
    pace.do()
    pace.ask()
    assert done == [0.5, 0.0]
    pace.finish()
    assert done == [0.5, 0.0, 0.0]


def test_what_waits_at_the_end_is_done_once() -> None:
    """`finish` does what was put off, and nothing where nothing was."""
    done: list[int] = []

    def work() -> None:
        done.append(1)
        time.sleep(0.3)

    pace = Pace(work)
    pace.finish()
    assert done == []
    pace.ask()
    pace.ask()
    pace.ask()
    pace.finish()
    pace.finish()
    assert done == [1, 1]
