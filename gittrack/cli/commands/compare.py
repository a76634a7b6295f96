"""`git exp compare`: configs side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.diff import MISSING, Change, Row
from gittrack.errors import UsageError
from gittrack.model import ConfigRecord
from gittrack.registry.results import Comparison
from gittrack.shown import cell_text, json_change, json_data, size_text
from gittrack.table import aligned
from gittrack.terminal import inline, one_line


def command(
    context: typer.Context,
    names: options.Names,
    all_rows: Annotated[bool, typer.Option("--all", help="Also what is the same.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 if they differ, as git diff does.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show what differs between configs.

    Typed: 1 and 1.0 are two things. Two configs are shown as a list of changes, more as a table.
    """
    console: Console = context.obj
    if len(names) < 2:
        raise UsageError("compare with what? name two configs or more")
    with console.registry() as registry:
        comparison = registry.compare(*names, all_rows=all_rows)
    if json:
        console.json(_json(comparison))
    else:
        show = _show_two if len(comparison.records) == 2 and not all_rows else _show_many
        with paged(console):
            show(console, comparison)
    if exit_code and comparison.differs:
        raise typer.Exit(1)


def _show_two(console: Console, comparison: Comparison) -> None:
    old, new = comparison.records
    if not comparison.differs:
        console.line(f"the same config: {console.paint(old.short_id, 'id')}")
        return
    console.line(f"--- {_title(console, old)}")
    console.line(f"+++ {_title(console, new)}")
    lines = [_change_cells(change) for change in comparison.changes]
    colors = {"+": "new", "-": "old"}
    for (sign, *_), line in zip(lines, aligned(lines), strict=True):
        console.line(console.paint(line, colors[sign]) if sign in colors else line)


def _title(console: Console, record: ConfigRecord) -> str:
    text = one_line(record.description) or one_line(record.source or "")
    tags = f" ({', '.join(map(one_line, record.tags))})" if record.tags else ""
    return f"{console.paint(record.short_id, 'id')}{tags} {text}".rstrip()


def _change_cells(change: Change) -> list[str]:
    path = inline(change.text_path)
    if change.kind == "added":
        return ["+", path, _cell(change.new), ""]
    if change.kind == "removed":
        return ["-", path, _cell(change.old), ""]
    if change.kind == "moved":
        return ["~", path, f"moved from {inline(change.text_old_path)}", ""]
    if change.old_path is not None:
        path = f"{path} (was {inline(change.text_old_path)})"
    return ["~", path, f"{_cell(change.old)} → {_cell(change.new)}", _size(change)]


def _size(change: Change) -> str:
    text = size_text(change)
    return f"({text})" if text else ""


def _cell(value: Any) -> str:
    return inline(cell_text(value))


def _show_many(console: Console, comparison: Comparison) -> None:
    if not comparison.rows:
        console.line("all the same config")
        return
    header = ["", *(record.short_id for record in comparison.records)]
    rows = [header]
    tags = [", ".join(map(one_line, record.tags)) for record in comparison.records]
    if any(tags):
        rows.append(["tags", *tags])
    rows += [[inline(row.text_path), *map(_cell, row.cells)] for row in comparison.rows]
    for line in aligned(rows):
        console.line(line)


def _json(comparison: Comparison) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "configs": [replace(record, config=None).to_dict() for record in comparison.records],
        "differs": comparison.differs,
        "rows": [_json_row(row) for row in comparison.rows],
    }
    if len(comparison.records) == 2:
        shown["changes"] = [json_change(change) for change in comparison.changes]
    return shown


def _json_row(row: Row) -> dict[str, Any]:
    cells = [{} if c is MISSING else {"value": json_data(c)} for c in row.cells]
    return {"path": row.text_path, "differs": row.differs, "cells": cells}
