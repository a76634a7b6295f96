"""Dates as people write them in filters: a day, a moment, or "7 days ago"; all in UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gittrack.errors import UsageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_AGO = re.compile(r"(\d{1,6})\s*(second|minute|hour|day|week|month|year)s?\s+ago", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a text means, from `start` up to and without `end`; ISO 8601 in UTC."""

    start: str
    end: str


def parse_date(text: str, now: datetime | None = None) -> Span:
    """What a date means: a whole day for `2026-11-01`, else a moment.

    Raises:
        UsageError: the text is no date.
    """
    moment = datetime.now(UTC) if now is None else now
    words = text.strip().lower()
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if words in ("today", "yesterday"):
        start = midnight - timedelta(days=words == "yesterday")
        return _span(start, timedelta(days=1))
    if match := _AGO.fullmatch(words):
        count, unit = int(match[1]), match[2]
        try:
            back = timedelta(days=count * _DAYS.get(unit, 0), seconds=count * _SECONDS.get(unit, 0))
            return _span(moment - back, timedelta(microseconds=1))
        except OverflowError:
            raise _unreadable(text) from None
    if words == "now":
        return _span(moment, timedelta(microseconds=1))
    try:
        start = datetime.fromisoformat(text.strip())
        start = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
        return _span(
            start, timedelta(days=1) if _DAY.fullmatch(words) else timedelta(microseconds=1)
        )
    except (ValueError, OverflowError):
        raise _unreadable(text) from None


def format_time(microseconds: int) -> str:
    """UTC in ISO 8601 with microseconds, from microseconds since the epoch."""
    return _iso(_EPOCH + timedelta(microseconds=microseconds))


def _span(start: datetime, length: timedelta) -> Span:
    return Span(_iso(start), _iso(start + length))


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _unreadable(text: str) -> UsageError:
    return UsageError(
        f"not a date: {text!r}",
        hint="write 2026-11-01, 2026-11-01T12:30, '7 days ago' or yesterday",
    )
