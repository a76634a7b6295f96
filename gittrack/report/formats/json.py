"""A report as JSON: its sections with facts, tables and the numbers behind each figure."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any

from gittrack.report.document import Report
from gittrack.terminal import json_text


def render(report: Report) -> str:
    """The report as one JSON document; each block says its `type`. NaN and infinity are null."""
    return json_text(_plain(report), indent=2) + "\n"


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        told = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {"type": type(value).__name__.lower(), **told}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, frozenset):
        return sorted(_plain(one) for one in value)
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
