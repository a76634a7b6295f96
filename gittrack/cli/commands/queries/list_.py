"""`git exp queries list`: all saved queries."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.store.queries import BrokenQuery, SavedQuery
from gittrack.table import aligned
from gittrack.terminal import inline


def command(context: typer.Context, json: options.Json = False) -> None:
    """List the saved queries by name, and what they say."""
    console: Console = context.obj
    with console.tracker() as tracker:
        found = tracker.saved_queries()
    if json:
        console.json_list(map(json_query, found))
        return
    if not found:
        console.note("no query is saved yet; to save one: git exp runs list --where … --save NAME")
    lines = aligned([[inline(query.name), inline(_text(query))] for query in found])
    with paged(console):
        for query, line in zip(found, lines, strict=True):
            console.line(console.paint(line, "old") if isinstance(query, BrokenQuery) else line)


def json_query(query: SavedQuery | BrokenQuery) -> dict[str, object]:
    """A saved query as JSON says it; one that is broken has its reason."""
    if isinstance(query, BrokenQuery):
        return {"name": query.name, "line": query.line, "reason": query.reason}
    return {
        "name": query.name,
        "experiments": list(query.experiments),
        "where": query.where,
        "sort": query.sort,
        "columns": list(query.columns),
        "group_by": list(query.group_by),
    }


def _text(query: SavedQuery | BrokenQuery) -> str:
    if isinstance(query, BrokenQuery):
        return f"broken: {query.reason}"
    parts = [
        ", ".join(query.experiments),
        query.where,
        f"sort {query.sort}" if query.sort else "",
        f"by {', '.join(query.group_by)}" if query.group_by else "",
    ]
    return "; ".join(part for part in parts if part) or "all runs"
