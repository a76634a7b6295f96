"""Columns of numbers for people: as many digits as tell the values apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

_FEWEST, _MOST = 4, 17  # 17 significant digits tell any two floats apart
_MOST_DECIMALS = 8
_LOOKED_AT = 1000  # values that decide how many digits there are


def float_texts(values: Sequence[float | None], missing: str) -> list[str]:
    """The numbers with the fewest significant digits, four or more, that keep them apart.

    They have one number of decimals, so that their points are below each other, unless some are
    so large or small that they need an exponent.
    """
    digits = _digits([value for value in values if value is not None][:_LOOKED_AT])
    texts = [None if value is None else f"{value:.{digits}g}" for value in values]
    decimals = max((_decimals(text) for text in texts if text is not None), default=0)
    if decimals > _MOST_DECIMALS or any(text is not None and "e" in text for text in texts):
        return [missing if text is None else text for text in texts]
    return [missing if value is None else f"{value:.{decimals}f}" for value in values]


def _digits(values: Sequence[float]) -> int:
    distinct = {value for value in values if math.isfinite(value)}
    for digits in range(_FEWEST, _MOST):
        if len({f"{value:.{digits}g}" for value in distinct}) == len(distinct):
            return digits
    return _MOST


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])
