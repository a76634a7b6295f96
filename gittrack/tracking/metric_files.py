"""Files in which programs leave metrics: JSON, JSON lines, CSV and YAML, as rows of numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gittrack.errors import SourceError
from gittrack.runs.model import Step
from gittrack.sources import parse_documents

_MAX_BYTES = 64 << 20
_MAX_DEPTH = 64
_STEP = "step"
_HINT = "a JSON or YAML mapping, JSON lines, or CSV with a header"


@dataclass(frozen=True, slots=True)
class MetricRows:
    """What a file says: values by name for each row, with its step, and what is no number."""

    rows: tuple[tuple[Step, Mapping[str, float]], ...]
    left_out: tuple[str, ...]


def read_metrics(path: Path) -> MetricRows:
    """Read a file of metrics; its suffix says what it is, else its first character.

    Nested keys are joined by dots. A field called `step` at the top of a row is its step. Texts,
    lists and nulls are left out.

    Raises:
        FileNotFoundError: there is none.
        SourceError: it cannot be read, or has no metric.
    """
    name = str(path)
    text = _text_of(path, name)
    try:
        rows = list(_rows(text, path.suffix.lower(), name))
        return _numbers(rows, name)
    except SourceError:
        raise
    except (ValueError, csv.Error, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise SourceError(f"this is no file of metrics: {reason}", file=name, hint=_HINT) from None


def _text_of(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SourceError(f"cannot be read: {reason}", file=name) from None
    if len(data) > _MAX_BYTES:
        raise SourceError("the file is over the limit of 64 MiB", file=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError("the file is not UTF-8", file=name, hint="save it as UTF-8") from None


def _rows(text: str, suffix: str, name: str) -> Iterator[Mapping[Any, Any]]:
    if suffix in (".yaml", ".yml"):
        yield from (document.data for document in parse_documents(text.encode(), name))
    elif suffix in (".csv", ".tsv"):
        yield from _table(text, "\t" if suffix == ".tsv" else ",")
    elif suffix in (".json", ".jsonl", ".ndjson") or text.lstrip()[:1] in ("{", "["):
        yield from _json_rows(text, by_line=suffix in (".jsonl", ".ndjson"))
    else:
        yield from _table(text, ",")


def _json_rows(text: str, *, by_line: bool) -> Iterator[Mapping[Any, Any]]:
    if not by_line:
        try:
            whole = json.loads(text)
        except json.JSONDecodeError:
            if "\n" not in text.strip():
                raise
        else:
            yield from map(_mapping, whole if isinstance(whole, list) else [whole])
            return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield _mapping(json.loads(line))
            except ValueError as error:
                reason = getattr(error, "msg", str(error))
                raise ValueError(f"line {number}: {reason}") from None


def _mapping(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, dict):
        raise ValueError("a mapping of names to numbers was expected")
    return value


def _table(text: str, separator: str) -> Iterator[Mapping[Any, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    for row in reader:
        if None in row:
            raise ValueError(f"line {reader.line_num} has more cells than the header")
        yield {
            name.strip(): _number(cell) if _number(cell) is not None else cell
            for name, cell in row.items()
            if cell is not None and cell.strip()
        }


def _numbers(rows: Iterable[Mapping[Any, Any]], name: str) -> MetricRows:
    found: list[tuple[Step, Mapping[str, float]]] = []
    left_out: dict[str, None] = {}
    for row in rows:
        step = _step(row[_STEP]) if _STEP in row else None
        values: dict[str, float] = {}
        for key, value in _leaves({k: v for k, v in row.items() if k != _STEP}, "", 0):
            number = None if isinstance(value, str) else _number(value)
            if number is None:
                left_out[key] = None
            else:
                values[key] = number
        if values:
            found.append((step, values))
    if not found:
        raise SourceError("there is no number in this file", file=name, hint=_HINT)
    return MetricRows(tuple(found), tuple(left_out))


def _leaves(mapping: Mapping[Any, Any], start: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > _MAX_DEPTH:
        raise RecursionError
    for key, value in mapping.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{start}{key}.", depth + 1)
        else:
            yield f"{start}{key}", value


def _step(value: Any) -> int:
    number = _number(value)
    if number is None or number - number != 0.0 or number != int(number):
        raise ValueError(f"the step {value!r} is no whole number")
    return value if type(value) is int else int(number)


def _number(value: Any) -> float | None:
    """The number that a value, or a cell's text, is."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
