"""`git exp ui`: the page in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.cli.serving import TOKEN, parse_port, progress, serve, token_of
from gittrack.errors import UsageError
from gittrack.web.guard import is_loopback
from gittrack.web.server import WebServer


def command(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(parser=parse_port, metavar="PORT", help="Where to listen; else any.")
    ] = 0,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    host: Annotated[
        str, typer.Option(metavar="HOST", help="127.0.0.1, localhost or ::1.")
    ] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", help=f"What writing needs; else {TOKEN}, else a new one."),
    ] = None,
) -> None:
    """Show experiments and runs in a browser, on this machine alone.

    Prints the page's address; whoever has it can also write (notes, tags, deletion). The REST API
    is at /api/v1. Ctrl-C ends it. For a team there is git exp serve."""
    console: Console = context.obj
    if not is_loopback(host):
        raise UsageError(
            f"git exp ui is for this machine alone, and {host} is not",
            hint=f"for a team: git exp serve --host {host}",
        )
    with WebServer(
        console.path,
        host=host,
        port=port,
        token=token_of(token),
        warn=console.note,
        progress=progress(),
    ) as server:

        def started() -> None:
            console.line(server.link)
            if open_:
                import webbrowser  # most look at the link

                webbrowser.open(server.link)

        serve(console, server, started)
