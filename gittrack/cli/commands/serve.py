"""`git exp serve`: page and REST API for a team on one network."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.cli.serving import TOKEN, parse_port, progress, serve, token_of
from gittrack.web.server import WebServer

PORT = 7878


def command(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(metavar="HOST", help="The address to listen at; 0.0.0.0 for all.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(parser=parse_port, metavar="PORT", help="Where to listen; 0 for any.")
    ] = PORT,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN", help=f"What clients must know; else {TOKEN}, else a new one."
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name by which browsers call it; repeatable."),
    ] = None,
) -> None:
    """Serve the page and the REST API to a team on one network.

    Beyond this machine, reading and writing need the token, which is printed once. Nothing is
    encrypted: on a network that others share, put it behind a proxy with TLS. Ctrl-C ends it; a run
    that a client has open then is closed as KILLED, with all that it logged, by the next command.
    """
    console: Console = context.obj
    with WebServer(
        console.path,
        host=host,
        port=port,
        token=token_of(token),
        names=name or (),
        warn=console.note,
        progress=progress(),
    ) as server:

        def started() -> None:
            if not server.loopback:
                console.note("anybody on this network who has the token can read and write")
            console.line(f"page:  {server.link}")
            console.line(f"REST:  {server.address}api/v1/openapi.json")
            console.line(f"token: {server.token}")

        serve(console, server, started)
