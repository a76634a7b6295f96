"""Values of a column as exact text, for files and for programs that read along."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from gittrack.shown import json_data
from gittrack.tables.column import EPOCH, Column
from gittrack.terminal import json_text

_MINUTE = 60_000_000  # microseconds


def exact_texts(column: Column, missing: str) -> list[str]:
    """The values as text that reads back as the same value; `missing` where there is none.

    Floats are the shortest text that reads back the same, or `nan`, `inf`, `-inf`; booleans
    `true` and `false`, times ISO 8601 in UTC, `json` is JSON; texts are what they are.
    """
    return [missing if v is None else v for v in known_texts(column)]


def known_texts(column: Column) -> Sequence[str | None]:
    """As `exact_texts`, with `None` where a value is missing."""
    match column.kind:
        case "text":
            return column.values
        case "boolean":
            return [None if v is None else ("true" if v else "false") for v in column.values]
        case "time":
            return [None if v is None else iso_time(v) for v in column.values]
        case "json":
            return [None if v is None else json_text(json_data(v)) for v in column.values]
        case "integer" | "float":
            return [None if v is None else repr(v) for v in column.values]


def json_texts(column: Column) -> list[str]:
    """The values as JSON: `null` where missing; NaN and infinities as the texts `.nan`, `.inf`,
    `-.inf`."""
    if column.kind == "text":
        return ["null" if v is None else json_text(v) for v in column.values]
    if column.kind == "time":
        return ["null" if v is None else f'"{iso_time(v)}"' for v in column.values]
    if column.kind == "float":
        return [
            "null" if v is None else repr(v) if math.isfinite(v) else json_text(json_data(v))
            for v in column.values
        ]
    return exact_texts(column, "null")


def iso_time(microseconds: int) -> str:
    """`2026-11-21T03:39:49.840566Z`."""
    minute, rest = divmod(microseconds, _MINUTE)
    return f"{_minute_text(minute)}{rest // 1_000_000:02}.{rest % 1_000_000:06}Z"


@lru_cache(maxsize=4096)
def _minute_text(minutes: int) -> str:
    """`2026-11-21T03:39:`; cached, because the runs of a table are near to each other."""
    return (EPOCH + timedelta(minutes=minutes)).isoformat()[:17]


def encodable(text: str) -> str:
    """The text as UTF-8 can hold it: a lone surrogate is spelled out, as in `\\ud800`."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def plain_text(value: Any) -> Any:
    """A text that can be encoded; any other value as it is."""
    return encodable(value) if isinstance(value, str) else value
