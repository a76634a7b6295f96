"""The command line as Typer sees it: `git exp` itself, and the options for all commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import Annotated

import typer

from gittrack import __version__, errors
from gittrack.cli.complaints import DONE, USAGE, from_typer
from gittrack.cli.console import Console, ReaderGoneError
from gittrack.cli.loading import CONTEXT, Group

PROGRAM = "git exp"
"""What messages and help call this program."""


app = typer.Typer(
    cls=Group,
    context_settings=CONTEXT,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"git-exp {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    path: Annotated[
        Path | None, typer.Option("-C", metavar="PATH", help="As if started in this folder.")
    ] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Experiments in your git repository: configs registered and reviewed, runs recorded.

    A config is named by its id, a prefix of four digits or more, a tag, a file, or @{N} (the N-th
    newest).
    """
    if path is not None:
        context.with_resource(_inside(path))
    # With -C it is that folder's repository, whatever GIT_DIR says; otherwise git's own rules.
    context.obj = Console(None if path is None else Path.cwd(), color=False if no_color else None)


def invoke(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit status.

    Raises:
        KeyboardInterrupt: the user pressed Ctrl-C, or left a question unanswered.
        ReaderGoneError: nobody reads the output any more.
        GittrackError: the command, or the command line itself, went wrong.
    """
    try:
        status = _status(reordered(arguments) or ["-h"])
    except (typer.Abort, EOFError) as error:
        raise KeyboardInterrupt from error
    except BrokenPipeError as error:
        raise ReaderGoneError from error
    except Exception as error:
        ours = from_typer(error)
        if ours is None:
            raise
        raise ours from error
    if not arguments:
        return USAGE
    return status if isinstance(status, int) else DONE


def _status(arguments: list[str]) -> object:
    """What a command returns. Typer's own `main` says 130 for Ctrl-C, which is also what
    `git exp run` returns for a program that ended so."""
    command = typer.main.get_command(app)
    try:
        with command.make_context(PROGRAM, arguments) as context:
            return command.invoke(context)
    except typer.Exit as end:
        return end.exit_code


def reordered(arguments: Sequence[str]) -> list[str]:
    """Options for all commands may stand on either side of the command: put them in their place."""
    front: list[str] = []
    rest: list[str] = []
    folder = ""
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            rest += [argument, *waiting]
            break
        if argument == "--no-color":
            front.append(argument)
        elif argument == "-C":
            if not waiting:
                raise errors.UsageError("-C needs a folder", hint=f"as in: {PROGRAM} -C PATH list")
            folder = os.path.join(folder, waiting.pop(0))  # noqa: PTH118 - Path("") is "."
        else:
            rest.append(argument)
    if len(rest) > 1 and rest[0] == "--json":
        rest = [rest[1], rest[0], *rest[2:]]
    if rest and rest[0] == "help":  # as `git help add` is `git add --help`
        rest = [*rest[1:], "-h"]
    return [*(("-C", folder) if folder else ()), *front, *rest]


def _inside(folder: Path) -> chdir[Path]:
    if not folder.is_dir():
        reason = "not a folder" if folder.exists() else "no such folder"
        raise errors.RepositoryError(f"{reason}: {folder}")
    return chdir(folder)
