"""What a script measured: a number, its step, and when."""

from __future__ import annotations

import math
import time
from typing import Any

from gittrack.errors import ValueRefusedError
from gittrack.runs.model import Step


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def number_of(key: object, value: Any) -> float:
    """A metric's value as a float: numbers of all libraries, and what has a single one.

    Raises:
        ValueRefusedError: it is no number.
    """
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ValueRefusedError(
            f"the metric {key} is no number: {type(value).__name__}",
            path=str(key),
            hint="log one number for each call",
        ) from error


def step_of(step: Any) -> Step:
    """A step as a whole number, of whatever type it is.

    Raises:
        ValueRefusedError: it is none.
    """
    if type(step) is int:
        return step
    try:
        whole = int(step)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueRefusedError(f"a step is a whole number, not {step!r}") from error
    if not math.isclose(whole, step, abs_tol=0.0):
        raise ValueRefusedError(f"a step is a whole number, not {step!r}")
    return whole
