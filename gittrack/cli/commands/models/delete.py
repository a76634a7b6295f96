"""`git exp models delete`: models or versions out of the listing."""

from __future__ import annotations

from shlex import quote
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import ModelOrVersion, json_model, json_version, models, names_version
from gittrack.cli.runs import ask_to_delete
from gittrack.terminal import inline, one_line


def command(
    context: typer.Context,
    name: ModelOrVersion,
    force: Annotated[bool, typer.Option("-f", "--force", help="Do not ask.")] = False,
    json: options.Json = False,
) -> None:
    """Delete a model or a version; restore brings it back.

    A version takes the aliases with it that lead to it. The history of the model's ref keeps all,
    and nobody gets its number or its name again."""
    console: Console = context.obj
    with models(console) as registry:
        if names_version(name):
            version = registry.get_version(name)
            shown, title = json_version(version), version.reference
        else:
            model = registry.get_model(name)
            shown, title = json_model(model), model.name
        if not force:
            ask_to_delete([one_line(title)])
        if names_version(name):
            registry.delete_version(title)
        else:
            registry.delete_model(title)
    if json:
        console.json(shown)
    else:
        console.line(f"deleted  {one_line(title)}")
    console.message(f"bring it back with: git exp models restore {inline(quote(title))}")
