"""`track_script`: one line for a parser, a command, an app or a function, of whatever framework."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, overload

from gittrack.errors import UsageError
from gittrack.integrations import argparse_
from gittrack.integrations.arguments import argument_names
from gittrack.integrations.core import ConfigSource, Settings

T = TypeVar("T")


@overload
def track_script(
    target: T,
    *,
    config: ConfigSource | None = None,
    output_dir: str | Path | None = None,
    repo: str | Path | None = None,
    exclude: Iterable[str] = (),
    tags: Iterable[str] = (),
    description: str = "",
) -> T: ...
@overload
def track_script(
    *,
    config: ConfigSource | None = None,
    output_dir: str | Path | None = None,
    repo: str | Path | None = None,
    exclude: Iterable[str] = (),
    tags: Iterable[str] = (),
    description: str = "",
) -> Callable[[T], T]: ...
def track_script(
    target: Any = None,
    *,
    config: ConfigSource | None = None,
    output_dir: str | Path | None = None,
    repo: str | Path | None = None,
    exclude: Iterable[str] = (),
    tags: Iterable[str] = (),
    description: str = "",
) -> Any:
    """Make a script register what it was called with, and mark its output with the hash.

    Returns `target`, so that it can also stand as a decorator above `@click.command()` or above
    a Typer function. The script gets the options `--experiment-description`,
    `--experiment-tags` and `--no-track-experiments`, which it does not see itself. Once its
    arguments are parsed the config is registered and `experiment_config.json` is in the output
    folder; when it is done, `summary.json` there has `config_hash`. A problem in tracking is one
    line on standard error and never stops the script.

    Args:
        target: an `argparse.ArgumentParser`, a `click.Command` or group, a `typer.Typer` app or
            a function that Typer is to call. Subcommands, also later ones, are tracked too.
        config: what to register: a mapping, an `ExperimentConfig`, or a function from the parsed
            arguments (a namespace) to one. By default the arguments themselves.
        output_dir: the output folder, or the name of the argument that holds it. By default the
            argument `output_dir`, `out_dir`, `outdir` or `output`, if there is one.
        repo: a folder in the repository to record in; by default the current one.
        exclude: arguments that do not belong in the config, such as `verbose`.
        tags: tags of every config of this script, beside those of the command line.
        description: what is said where the command line says nothing.

    Raises:
        UsageError: `target` is none of these.
    """
    settings = Settings(
        config=config,
        output_dir=output_dir,
        repo=repo,
        exclude=argument_names([exclude] if isinstance(exclude, str) else exclude),
        tags=tuple([tags] if isinstance(tags, str) else tags),
        description=description,
    )
    return partial(_track, settings=settings) if target is None else _track(target, settings)


def _track(target: Any, settings: Settings) -> Any:
    if isinstance(target, argparse.ArgumentParser):
        return argparse_.track(target, settings)
    if _is_instance(target, "click", "Command"):
        from gittrack.integrations import click_

        return click_.track(target, settings)
    if _is_instance(target, "typer", "Typer"):
        from gittrack.integrations import typer_

        return typer_.track(target, settings)
    if callable(target) and not isinstance(target, type) and "typer" in sys.modules:
        from gittrack.integrations import typer_

        return typer_.track_function(_undecorated(target), settings)
    raise _not_a_script(target)


def add_tracking_options(parser_or_command: Any) -> None:
    """Add the three options to an argparse parser or a click command, and do nothing else.

    The script then finds `experiment_description`, `experiment_tags` and `no_track_experiments`
    among its arguments, and calls `record_experiment` and `merge_summary` itself. A Typer
    function declares its own options.

    Raises UsageError for anything else than a parser or a click command.
    """
    if isinstance(parser_or_command, argparse.ArgumentParser):
        argparse_.add_options(parser_or_command)
    elif _is_instance(parser_or_command, "click", "Command"):
        from gittrack.integrations import click_

        click_.add_options(parser_or_command)
    else:
        raise _not_a_script(parser_or_command)


def _is_instance(target: object, module: str, name: str) -> bool:
    """Whether `target` is of a class that only who has imported the module can have."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(target, kind)


def _undecorated(function: Callable[..., Any]) -> Callable[..., Any]:
    if hasattr(function, "__click_params__"):
        raise UsageError(
            "a function with click options cannot be tracked before it is a command",
            hint="write @track_script above @click.command()",
        )
    return function


def _not_a_script(target: object) -> UsageError:
    return UsageError(
        f"cannot track {type(target).__module__}.{type(target).__qualname__}",
        hint="give an ArgumentParser, a click command, a Typer app or a Typer function",
    )
