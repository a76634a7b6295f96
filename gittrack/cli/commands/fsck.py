"""`git exp fsck`: everything that is stored, and every reference in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict

import typer

from gittrack.cli import options
from gittrack.cli.console import Console, Progress
from gittrack.terminal import inline

_SHOWN = 20


def command(context: typer.Context, json: options.Json = False) -> None:
    """Check everything that is stored.

    Configs, tags, experiments, runs, metrics, artifacts, models, the code of runs, journals and the
    index: every record, every hash, every reference from one to another. Nothing is changed.

    A note tells of what is elsewhere, such as a parent run in another clone.

    Exit status 1 when something is damaged.
    """
    from gittrack.fsck import fsck
    from gittrack.git.repository import discover
    from gittrack.store.session import Session

    console: Console = context.obj
    progress = Progress(sys.stderr, "checking")
    session = Session(discover(console.path))
    try:
        report = fsck(session, progress.show)
    finally:
        progress.clear()
        session.close()
    if json:
        console.json({"ok": report.ok, **asdict(report)})
    else:
        for problem in report.problems:
            console.line(f"bad  {inline(problem.place)}: {inline(problem.reason)}")
            if problem.mend:
                console.line(f"       mend: {inline(problem.mend)}")
        for note in report.notes[:_SHOWN]:
            console.line(f"note {inline(note.place)}: {inline(note.text)}")
        if len(report.notes) > _SHOWN:
            console.line(f"note {len(report.notes) - _SHOWN:,} more: git exp fsck --json")
        console.line(_summary(report.checked, len(report.problems)))
    if not report.ok:
        raise typer.Exit(1)


def _summary(checked: Mapping[str, int], problems: int) -> str:
    parts = [
        f"{count:,} {name.rstrip('s') if count == 1 and name != 'indexes' else name}"
        for name, count in checked.items()
        if count and name != "indexes"
    ]
    found = {0: "no problems", 1: "1 problem"}.get(problems, f"{problems:,} problems")
    return f"{', '.join(parts) or 'nothing'} checked, {found}"
