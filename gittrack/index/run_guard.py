"""Two walls around a query over the index: it ends in time, and it changes nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from gittrack.errors import QueryError
from gittrack.index.run_values import param_text

MetricAt = Callable[[int, int, int], float | None]
"""A metric's value at a step, from the run's number, the key's number and the step.

None where there is no such point. A value without a step counts as one of step 0; of several at
one step the latest counts. It is asked only of runs whose metric has more than one value, and not
for the latest one.
"""

_INSTRUCTIONS = 10_000  # between two looks at the clock: about a tenth of a millisecond


def prepare(connection: sqlite3.Connection, metric_at: MetricAt) -> None:
    """Give the connection the functions that planned queries call; once is enough."""

    def at_step(run: int, key: int, step: int) -> float | str | None:
        value = metric_at(run, key, step)
        return None if value is None else _storable(value)

    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    connection.create_function("param_text", 2, param_text, deterministic=True)
    connection.create_function("validation_metric", 2, _validation_metric, deterministic=True)
    connection.create_function("metric_at", 3, at_step)


def _validation_metric(metrics: str | None, key: str) -> float | str | None:
    """A number of a validation's metrics, which are JSON with NaN and Infinity as Python has it."""
    value = json.loads(metrics).get(key) if metrics else None
    if not isinstance(value, int | float):
        return None
    return _storable(value)


def _storable(value: float) -> float | str:
    """SQLite has no NaN, and no integer beyond 64 bits."""
    return "nan" if value != value else float(value)


@contextmanager
def deadline(connection: sqlite3.Connection, seconds: float, query: str = "") -> Iterator[None]:
    """What runs inside, the fetching of rows with it, ends after `seconds`, and only reads.

    Raises:
        QueryError: the time is up.
    """
    end = monotonic() + seconds
    late = False

    def is_late() -> bool:
        nonlocal late
        late = monotonic() > end
        return late

    connection.set_progress_handler(is_late, _INSTRUCTIONS)
    try:
        with _reading_only(connection):
            yield
    except sqlite3.OperationalError:
        if not late:
            raise
        raise QueryError(
            f"the query takes too long: it was ended after {seconds:g} s",
            query=query,
            column=1,
            hint="ask for less, as with experiment = '…', or give a limit",
        ) from None
    finally:
        connection.set_progress_handler(None, 0)


@contextmanager
def _reading_only(connection: sqlite3.Connection) -> Iterator[None]:
    (before,) = connection.execute("PRAGMA query_only").fetchone()
    connection.execute("PRAGMA query_only = 1")
    try:
        yield
    finally:
        # The deadline may have passed by now; it must not end this statement.
        connection.set_progress_handler(None, 0)
        connection.execute(f"PRAGMA query_only = {int(before)}")
