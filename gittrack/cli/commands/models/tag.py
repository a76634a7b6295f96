"""`git exp models tag`: labels on a model or a version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import ModelOrVersion, json_model, json_version, models, names_version
from gittrack.cli.runs import parse_tags, tags_text
from gittrack.terminal import one_line


def command(
    context: typer.Context,
    name: ModelOrVersion,
    tags: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE...", help="Tags; with --remove, keys alone.")
    ],
    remove: Annotated[bool, typer.Option("--remove", help="Take these tags away.")] = False,
    json: options.Json = False,
) -> None:
    """Put tags on a model or a version, or take them away."""
    console: Console = context.obj
    changes: Mapping[str, str | None]
    changes = dict.fromkeys(tags) if remove else parse_tags(tags, "a tag")
    with models(console) as registry:
        if names_version(name):
            version = registry.update_version(name, tags=changes)
            shown, title, present = json_version(version), version.reference, version.tags
        else:
            model = registry.update_model(name, tags=changes)
            shown, title, present = json_model(model), model.name, model.tags
    if json:
        console.json(shown)
        return
    bears = f"  ({console.paint(tags_text(present), 'tag')})" if present else ""
    console.line(f"{'untagged' if remove else 'tagged'}  {one_line(title)}{bears}")
