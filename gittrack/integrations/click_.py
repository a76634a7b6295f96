"""Tracking for scripts whose options click parses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from gittrack.integrations.calls import call_tracked
from gittrack.integrations.core import Settings
from gittrack.integrations.options import (
    DESCRIPTION_HELP,
    DESCRIPTION_NAME,
    DESCRIPTION_OPTION,
    DISABLE_HELP,
    DISABLE_NAME,
    DISABLE_OPTION,
    TAGS_HELP,
    TAGS_NAME,
    TAGS_OPTION,
    refuse_conflicts,
    split_tags,
)

_MARK = "_gittrack_tracked"


def add_options(command: click.Command) -> None:
    """Add the three options to a command.

    Its function is called with `experiment_description` (text or None), `experiment_tags` (a
    tuple) and `no_track_experiments` (a flag). Raises UsageError where it has such an option.
    """
    refuse_conflicts(name for parameter in command.params if (name := parameter.name))
    command.params.extend(_new_options())


def _new_options() -> tuple[click.Option, ...]:
    return (
        click.Option([DESCRIPTION_OPTION, DESCRIPTION_NAME], metavar="TEXT", help=DESCRIPTION_HELP),
        click.Option(
            [TAGS_OPTION, TAGS_NAME],
            metavar="A,B",
            multiple=True,
            callback=_split_all,
            help=TAGS_HELP,
        ),
        click.Option([DISABLE_OPTION, DISABLE_NAME], is_flag=True, help=DISABLE_HELP),
    )


def _split_all(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    del context, parameter
    return tuple(tag for text in value for tag in split_tags(text))


def track(command: click.Command, settings: Settings) -> click.Command:
    """Make a command, and every subcommand that it ever has, record its calls; returns it."""
    if getattr(command, _MARK, False):
        return command
    setattr(command, _MARK, True)
    add_options(command)
    if command.callback is not None:
        command.callback = _tracked(command.callback, settings)
    if isinstance(command, click.Group):
        _track_subcommands(command, settings)
    return command


def _tracked(function: Callable[..., Any], settings: Settings) -> Callable[..., Any]:
    @wraps(function)
    def called(*args: Any, **values: Any) -> Any:
        context = click.get_current_context()
        return call_tracked(settings, context, values, lambda **own: function(*args, **own))

    return called


def _track_subcommands(group: click.Group, settings: Settings) -> None:
    """Track subcommands when they are asked for: groups may add or load them late."""
    find = group.get_command

    def get_command(context: click.Context, name: str) -> click.Command | None:
        command = find(context, name)
        return None if command is None else track(command, settings)

    setattr(group, "get_command", get_command)  # noqa: B010
