"""Dates as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gittrack.dates import format_time, parse_date
from gittrack.errors import UsageError

NOW = datetime(2026, 11, 20, 15, 30, 45, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-11-01", "2026-11-01T00:00:00.000000Z", "2026-11-02T00:00:00.000000Z"),
        (" 2024-02-29 ", "2024-02-29T00:00:00.000000Z", "2024-03-01T00:00:00.000000Z"),
        ("today", "2026-11-20T00:00:00.000000Z", "2026-11-21T00:00:00.000000Z"),
        ("Yesterday", "2026-11-19T00:00:00.000000Z", "2026-11-20T00:00:00.000000Z"),
        ("2026-11-01T12:30", "2026-11-01T12:30:00.000000Z", "2026-11-01T12:30:00.000001Z"),
        ("2026-11-01 12:30:05", "2026-11-01T12:30:05.000000Z", "2026-11-01T12:30:05.000001Z"),
        ("2026-11-01T12:30:00Z", "2026-11-01T12:30:00.000000Z", "2026-11-01T12:30:00.000001Z"),
        ("2026-11-01T12:30+02:00", "2026-11-01T10:30:00.000000Z", "2026-11-01T10:30:00.000001Z"),
        ("now", "2026-11-20T15:30:45.123456Z", "2026-11-20T15:30:45.123457Z"),
        ("7 days ago", "2026-11-13T15:30:45.123456Z", "2026-11-13T15:30:45.123457Z"),
        ("1 week ago", "2026-11-13T15:30:45.123456Z", "2026-11-13T15:30:45.123457Z"),
        ("2 HOURS  AGO", "2026-11-20T13:30:45.123456Z", "2026-11-20T13:30:45.123457Z"),
        ("90 minutes ago", "2026-11-20T14:00:45.123456Z", "2026-11-20T14:00:45.123457Z"),
        ("1 month ago", "2026-10-21T15:30:45.123456Z", "2026-10-21T15:30:45.123457Z"),
        ("1 year ago", "2025-11-20T15:30:45.123456Z", "2025-11-20T15:30:45.123457Z"),
    ],
)
def test_a_date_is_a_span_in_utc(text: str, start: str, end: str) -> None:
    """A day lasts a day, a moment a microsecond; other zones are converted."""
    span = parse_date(text, NOW)
    assert (span.start, span.end) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "last week",
        "2026-13-01",
        "2025-02-29",
        "5 days",
        "-3 days ago",
        "9999999 days ago",
        "999999 years ago",
        "9999-12-31",
        "01.11.2026",
        "0001-01-01T00:00+10:00",
    ],
)
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    """The hint shows what can be written; nothing overflows."""
    with pytest.raises(UsageError, match="not a date") as caught:
        parse_date(text, NOW)
    assert "2026-11-01" in (caught.value.hint or "")


@given(st.datetimes(max_value=datetime(9999, 12, 30), min_value=datetime(1000, 1, 2)))
def test_spans_sort_as_time_does(moment: datetime) -> None:
    """Texts in this form compare as the moments they stand for."""
    span = parse_date(moment.isoformat(), NOW)
    later = parse_date((moment + timedelta(seconds=1)).isoformat(), NOW)
    assert span.start < span.end <= later.start


@given(st.integers(0, 253402300799_999999))
def test_microseconds_to_text_and_back(microseconds: int) -> None:
    """The time in a record is read by datetime as the same moment."""
    text = format_time(microseconds)
    moment = datetime.fromisoformat(text)
    assert (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) == microseconds
