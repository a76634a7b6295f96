"""`git exp completion`: what a shell needs to complete `git exp`."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.errors import UsageError
from gittrack.terminal import clean

_NEWEST = 50


def command(
    context: typer.Context,
    shell: Annotated[
        str | None, typer.Argument(metavar="SHELL", help="bash, zsh or fish.", show_default=False)
    ] = None,
    configs: Annotated[bool, typer.Option("--configs", hidden=True)] = False,
    tags: Annotated[bool, typer.Option("--tags", hidden=True)] = False,
) -> None:
    """Print a script that completes commands in a shell.

    For bash, in ~/.bashrc: source <(git exp completion bash)

    For zsh, in ~/.zshrc after compinit: source <(git exp completion zsh)

    For fish, once: git exp completion fish > ~/.config/fish/conf.d/git-exp.fish
    """
    console: Console = context.obj
    if configs or tags:
        for name in _names(console, configs=configs):
            console.line(name)
        return
    from gittrack.cli.completion import SHELLS, script  # names are asked for at every <TAB>

    if shell not in SHELLS:
        asked = "for which shell?" if shell is None else f"there is no completion for {shell!r}"
        raise UsageError(asked, hint=f"known are {', '.join(SHELLS)}")
    console.write(script(shell))


def _names(console: Console, *, configs: bool) -> list[str]:
    """Tags, and with `configs` the newest configs, too; only what a line can hold."""
    from gittrack.index.select import Filter

    with console.registry() as registry:
        names = [tag.name for tag in registry.tags()]
        if configs:
            names += [r.short_id for r in registry.iterate(Filter(limit=_NEWEST))]
    return [name for name in names if "\n" not in name and clean(name) == name]
