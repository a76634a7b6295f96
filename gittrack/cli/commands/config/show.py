"""`git exp config show`: the config that files, environment and overrides add up to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gittrack.canonical import emit
from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.configs.loaded import LoadedConfig
from gittrack.configs.manager import ConfigurationManager
from gittrack.diff.values import leaves
from gittrack.query.paths import path_text
from gittrack.shown import json_data, typed_text
from gittrack.table import aligned
from gittrack.terminal import inline


def command(
    context: typer.Context,
    files: options.Layers,
    environment: options.Environment = None,
    set_: options.Set = None,
    origin: Annotated[
        bool, typer.Option("--origin", help="For each value, where it came from.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show the config that files add up to.

    Each file lies on what it `extends`, and later files on earlier ones; then the environment's
    file, and what is set here. The output is the canonical form: sha256sum of it is the config's
    id.
    """
    console: Console = context.obj
    config = ConfigurationManager(console.path).load(
        *files, environment=environment, overrides=set_ or ()
    )
    if json:
        console.json(_json(config, origin=origin))
        return
    with paged(console):
        if origin:
            for line in aligned(list(_rows(config))):
                console.line(line)
        else:
            console.write_bytes(emit(config.data))


def _rows(config: LoadedConfig) -> list[list[str]]:
    return [
        [
            f"{inline(path_text(path))}: {inline(typed_text(value))}",
            inline(str(config.origin(path))),
        ]
        for path, value in leaves(config.data, whole_lists=True)
        if path
    ]


def _json(config: LoadedConfig, *, origin: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": config.id,
        "layers": list(config.layers),
        "overrides": list(config.overrides),
        "config": json_data(config.data),
    }
    if origin:
        shown["origins"] = {
            path_text(path): str(config.origin(path))
            for path, _ in leaves(config.data, whole_lists=True)
            if path
        }
    return shown
