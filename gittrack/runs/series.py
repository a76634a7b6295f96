"""A metric's history as CSV: `step,time,value`, a line for each point in the order logged.

`time` is in seconds since the run started, with microseconds, and below 0 before; a point
without step has an empty first field. NaN and infinities are `nan`, `inf`, `-inf`. Floats are the
shortest that read back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from gittrack.errors import DataError
from gittrack.runs.model import MetricPoint, MetricSummary, Step
from gittrack.slug import slug

HEADER = b"step,time,value\n"
MANY = 1000
"""Series of a run above which they are spread over folders."""

_PART = r"[A-Za-z0-9_][A-Za-z0-9_.+=@-]{0,99}"
_SAFE = re.compile(rf"(?!.*(?:\.\.|\.lock)){_PART}(?:/{_PART}){{0,7}}")


def line(step: Step, offset: int, value: float) -> str:
    """One point; `offset` is in microseconds since the run started."""
    seconds, rest = divmod(abs(offset), 1_000_000)
    shown = "" if step is None else step
    sign = "-" if offset < 0 else ""
    return f"{shown},{sign}{seconds}.{rest:06d},{value!r}\n"


def read_series(data: bytes, started: float) -> Iterator[MetricPoint]:
    """The points of a metric; `started` is when the run did, in seconds since the epoch.

    Raises:
        DataError: it is no such file.
    """
    lines = data.decode("ascii", "replace").split("\n")
    if lines[0] + "\n" != HEADER.decode():
        raise DataError("not a metric's history: its first line is not step,time,value")
    for number, text in enumerate(lines[1:-1], 2):
        try:
            step, offset, value = text.split(",")
            yield MetricPoint(int(step) if step else None, started + float(offset), float(value))
        except ValueError as error:
            raise DataError(f"not a metric's history: line {number}: {text[:80]!r}") from error


def series_paths(summaries: Mapping[str, MetricSummary]) -> dict[str, str]:
    """The files, within the run's directory, of the metrics that have one: more than one value."""
    return paths_of([key for key, summary in summaries.items() if summary.count > 1])


def paths_of(keys: Iterable[str]) -> dict[str, str]:
    """The files of these metrics, which are all that a run has files of."""
    names = {key: key if _SAFE.fullmatch(key) else slug(f"{key} ") for key in keys}
    if len(names) <= MANY:
        return {key: f"metrics/{name}.csv" for key, name in names.items()}
    return {
        key: f"metrics/{hashlib.sha256(key.encode()).hexdigest()[:2]}/{name}.csv"
        for key, name in names.items()
    }
