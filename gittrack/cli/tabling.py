"""Tables as commands print them: for a terminal, a pipe, `-z`, a template, or a file's format."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli.console import Console, output_error
from gittrack.cli.pager import paged
from gittrack.errors import UsageError
from gittrack.ids import SHORT_LENGTH
from gittrack.tables import Table
from gittrack.terminal import clean, inline

Null = Annotated[
    bool, typer.Option("-z", help="No heading; a NUL ends each row, tabs part its cells.")
]
AllColumns = Annotated[
    bool, typer.Option("--all-columns", help="Every column, however long the lines get.")
]
TableFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="csv, json, jsonl, parquet, arrow, xlsx or sqlite; else the file's name tells.",
    ),
]
OutputFile = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write there, not to standard output."),
]


def show_table(
    console: Console,
    table: Table,
    *,
    first: Sequence[str] = (),
    all_columns: bool = False,
    null: bool = False,
    notes: Sequence[str] = (),
) -> None:
    """Print a table: fitted to a terminal and paged, whole into a pipe; nothing if it is empty.

    Args:
        first: columns that are shown whatever else is; an id among them is coloured.
        notes: lines below it, on a terminal only.
    """
    from gittrack.tables.layout import laid_out, streamed

    if null:
        _show_null(console, table)
        return
    if not len(table):
        return
    cells = console.cells  # asked while standard output still is the terminal
    if cells is None:
        lines = streamed(table)
        header, note = next(lines), ""
    else:
        layout = laid_out(table, cells, first=first, all_columns=all_columns)
        header, lines, note = layout.header, iter(layout.lines), layout.note
    starts_with_id = table.names[0] == "run_id"
    with paged(console):
        console.line(console.paint(header, "bold"))
        for line in lines:
            if starts_with_id:
                line = console.paint(line[:SHORT_LENGTH], "id") + line[SHORT_LENGTH:]
            console.line(line)
        if cells is not None:
            for remark in (note, *notes):
                if remark:
                    console.line(console.paint(remark, "dim"))


def show_formatted(console: Console, table: Table, text: str, *, null: bool = False) -> None:
    """Print a line for each row, made by a template of the table's columns."""
    from gittrack.tables.template import row_template

    template = row_template(text, table.names)
    names, end = table.names, "\0" if null else "\n"
    with paged(console):
        for row in table.rows():
            console.write(template.fill(dict(zip(names, row, strict=True))) + end)


def template_fields(text: str) -> list[str]:
    """The fields of runs that a template names.

    Raises:
        UsageError: the text is no template, or names what cannot be a field.
    """
    from gittrack.errors import QueryError
    from gittrack.query import parse_field
    from gittrack.tables.template import Template

    found: list[str] = []

    def resolve(field: str) -> object:
        try:
            parse_field(field)
        except QueryError:
            return None
        found.append(field)
        return lambda _: ""

    Template(text, resolve, ("run_id", "run_name", "status", "metrics.KEY"))  # type: ignore[arg-type]
    return list(dict.fromkeys(found))


def write_table(
    console: Console, table: Table, name: str | None, file: Path | None, *, title: str
) -> None:
    """Write a table in a format to a file, or to standard output (also as `-`).

    Raises:
        UsageError: there is no such format, or it is none for a terminal.
        GittrackError: the file cannot be written.
    """
    from gittrack.tables.formats import is_text, save, write

    if file is not None and str(file) != "-":
        save(table, file, name, title=title)
        return
    name = name or "csv"
    shown = console.cells is not None
    if shown and not is_text(name):
        write(name, table[:0], io.BytesIO(), title=title)  # an unknown format is told as such
        raise UsageError(f"{name} is no text for a terminal", hint="name a file: -o FILE")
    if shown:
        written = io.BytesIO()
        write(name, table, written, title=title)
        with paged(console):
            console.write(
                clean(written.getvalue().decode("utf-8", "replace").replace("\r\n", "\n"))
            )
        return
    sys.stdout.flush()
    try:
        write(name, table, sys.stdout.buffer, title=title)
    except OSError as error:
        raise output_error(error) from error


def exported(console: Console, count: int, thing: str, file: Path | None) -> None:
    """Say what was written, where that was a file."""
    if file is not None and str(file) != "-":
        many = f"1 {thing}" if count == 1 else f"{count:,} {thing}s"
        console.line(f"exported  {many}  {inline(str(file))}")


def _show_null(console: Console, table: Table) -> None:
    from gittrack.tables.cells import exact_texts

    columns = [list(map(inline, exact_texts(column, ""))) for column in table.columns]
    for row in zip(*columns, strict=True):
        console.write("\t".join(row) + "\0")
