"""`git exp config validate`: config files against the schemas that speak of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gittrack.cli import options
from gittrack.cli.complaints import NO
from gittrack.cli.console import Console
from gittrack.configs.faults import ConfigError
from gittrack.configs.manager import ConfigurationManager
from gittrack.terminal import inline


def command(
    context: typer.Context,
    files: options.ConfigFiles,
    schema: Annotated[
        str | None,
        typer.Option("--schema", metavar="SCHEMA", help="This one, whatever it speaks of."),
    ] = None,
    environment: options.Environment = None,
    set_: options.Set = None,
    together: Annotated[
        bool, typer.Option("--together", help="The files are layers of one config.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Check config files against their schemas.

    Every fault is a line: file, line, column, key, and what is wrong. Each file is checked with all
    that it extends. The exit status is 1 if there is a fault.
    """
    console: Console = context.obj
    manager = ConfigurationManager(console.path)
    given: dict[str, Any] = {"environment": environment, "overrides": set_ or ()}
    found: list[ConfigError] = []
    for layers in [files] if together else [[file] for file in files]:
        errors = manager.validate_config(layers, schema, **given)
        found += [error for error in errors if error not in found]
        if schema is None and not errors:
            config = manager.load(*layers, **given)
            if not manager.schemas_for(config, *layers):
                console.note(f"no schema speaks of {', '.join(layers)}")
    if json:
        console.json_list(map(_json, found))
    else:
        for error in found:
            console.line(inline(str(error)))
    if found:
        raise typer.Exit(NO)


def _json(error: ConfigError) -> dict[str, Any]:
    return {
        "file": error.origin.file,
        "line": error.origin.line,
        "column": error.origin.column,
        "override": error.origin.override,
        "path": error.path,
        "message": error.message,
        "keyword": error.keyword,
        "schema": error.schema,
    }
