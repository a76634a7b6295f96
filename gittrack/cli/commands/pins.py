"""`git exp pins`: all pins, and how they stand."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.ids import short
from gittrack.registry.pinning import PinState
from gittrack.table import aligned
from gittrack.terminal import inline


def command(context: typer.Context, json: options.Json = False) -> None:
    """List pins and how they stand.

    A pin is ok, stale (its file has another config), or says what is missing.
    """
    console: Console = context.obj
    with console.registry() as registry:
        states = registry.pins()
    if json:
        console.json_list(_json(state) for state in states)
        return
    rows = [_cells(state) for state in states]
    for state, line in zip(states, aligned(rows), strict=True):
        console.line(line if state.state == "ok" else console.paint(line, "old"))


def _cells(state: PinState) -> list[str]:
    config = "-" if state.config is None else short(state.config)
    text: str = state.state
    if state.found is not None:
        text = f"stale: the file has {short(state.found)}"
    elif state.state != "ok":
        text = f"{state.state}: {inline(state.reason)}"
    return [inline(state.name), config, text, inline(state.source or "")]


def _json(state: PinState) -> dict[str, object]:
    return {
        "name": state.name,
        "config": state.config,
        "source": state.source,
        "state": state.state,
        "found": state.found,
        "reason": state.reason,
    }
