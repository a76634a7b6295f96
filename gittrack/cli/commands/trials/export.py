"""`git exp trials export`: the trials of a study as a table in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.outputs import Output, write_outputs
from gittrack.cli.runs import StudyName
from gittrack.cli.trials import csv_text, table_rows, trials_of
from gittrack.errors import UsageError
from gittrack.terminal import inline, json_text


def command(
    context: typer.Context,
    study: StudyName,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The ending decides: .csv or .json.")
    ],
    json: options.Json = False,
) -> None:
    """Write the trials of a study to a .csv or .json file, a row for each.

    Columns: number, run_id, status, performance.<name>, params.<path>."""
    console: Console = context.obj
    ending = file.suffix.lower()
    if ending not in (".csv", ".json"):
        raise UsageError(f"cannot export to {str(file)!r}", hint="name a .csv or .json file")
    with console.tracker() as tracker:
        rows = table_rows(trials_of(tracker, study))
    text = csv_text(rows) if ending == ".csv" else _json_array(rows)
    write_outputs([Output(ending, file)], lambda _: text)
    if json:
        console.json({"file": str(file), "trials": len(rows)})
    else:
        count = "1 trial" if len(rows) == 1 else f"{len(rows)} trials"
        console.line(f"exported  {count}  {inline(str(file))}")


def _json_array(rows: list[dict[str, object]]) -> str:
    lines = ",\n".join(map(json_text, rows))
    return f"[\n{lines}\n]\n" if rows else "[]\n"
