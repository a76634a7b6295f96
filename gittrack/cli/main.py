"""The entry point: options before the command, finding the command, errors and exit statuses."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gittrack import __version__, errors
from gittrack.cli.console import Console, clean
from gittrack.cli.loading import command_names, load_command, similar_commands

DONE, NO, USAGE, UNUSABLE, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit statuses: done; the answer is no; wrong usage; repository or data unusable; Ctrl-C."""

_CONTEXT = {"help_option_names": ["-h", "--help"]}


class LazyGroup(TyperGroup):
    """Loads a command's module when it is called: start-up does not grow with the commands."""

    def list_commands(self, ctx: Any) -> list[str]:
        return command_names()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return load_command(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and load_command(args[0]) is None:
            similar = similar_commands(args[0])
            raise errors.UsageError(
                f"'{args[0]}' is not a command of git exp",
                hint=f"did you mean {similar[0]}?" if similar else "see them all: git exp -h",
            )
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=LazyGroup,
    context_settings=_CONTEXT,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
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
        Path | None, typer.Option("-C", metavar="PATH", help="Work in this folder's repository.")
    ] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Experiments in your git repository: configs registered, tagged, compared and verified.

    A config is named by its id, a prefix of four digits or more, a tag, a file, or @{N} (the N-th
    newest).
    """
    context.obj = Console(path, color=False if no_color else None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `git exp` and exit with its status."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run `git exp` with these arguments; returns the exit status."""
    try:
        status = typer.main.get_command(app).main(
            args=reordered(arguments), prog_name="git exp", standalone_mode=False
        )
        sys.stdout.flush()
        return status if isinstance(status, int) else DONE
    except errors.GittrackError as error:
        return _complain(error)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("\ninterrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (a pager, head) has seen enough. What is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        show = getattr(error, "show", None)  # Typer's own errors know how to show themselves
        if show is None:
            raise
        show()
        return int(getattr(error, "exit_code", USAGE))


def reordered(arguments: Sequence[str]) -> list[str]:
    """Options for all commands may stand on either side of the command: put them in their place."""
    front: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            rest += [argument, *waiting]
            break
        if argument == "--no-color":
            front.append(argument)
        elif argument == "-C" and waiting:
            front += [argument, waiting.pop(0)]
        else:
            rest.append(argument)
    if len(rest) > 1 and rest[0] == "--json":
        rest = [rest[1], rest[0], *rest[2:]]
    return front + rest


_STATUS: tuple[tuple[type[errors.GittrackError], int], ...] = (
    (errors.NotFoundError, NO),
    (errors.AmbiguousError, NO),
    (errors.UsageError, USAGE),
    (errors.QueryError, USAGE),
)


def _complain(error: errors.GittrackError) -> int:
    sys.stderr.write(f"error: {clean(error.message)}\n")
    if isinstance(error, errors.QueryError):
        sys.stderr.write(f"  {clean(error.query)}\n  {' ' * (error.column - 1)}^\n")
    for candidate in getattr(error, "candidates", ()):
        sys.stderr.write(f"  {clean(candidate)}\n")
    if error.hint:
        sys.stderr.write(f"hint: {clean(error.hint)}\n")
    return next((status for kind, status in _STATUS if isinstance(error, kind)), UNUSABLE)


if __name__ == "__main__":
    main()
