"""Tracking around one call of a command's function, for click and for Typer."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from gittrack.integrations.core import Settings, begin
from gittrack.integrations.options import OPTION_NAMES, TrackingOptions

R = TypeVar("R")

_RECORDING = "gittrack.integrations.recording"


class Context(Protocol):
    """What click's and Typer's contexts, which are different classes, have in common."""

    @property
    def parent(self) -> Any: ...
    @property
    def params(self) -> dict[str, Any]: ...
    @property
    def meta(self) -> dict[str, Any]: ...
    @property
    def info_name(self) -> str | None: ...
    @property
    def invoked_subcommand(self) -> str | None: ...
    @property
    def command(self) -> Any: ...


def call_tracked(
    settings: Settings, context: Context, values: Mapping[str, Any], call: Callable[..., R]
) -> R:
    """Call a command's function with `values`, less the tracking options, and record it.

    A group that goes on to a subcommand is not recorded: the subcommand is. A command that a
    tracked command calls is part of that one's experiment.
    """
    own = _script_arguments(values)
    if context.invoked_subcommand is not None or context.meta.get(_RECORDING):
        return call(**own)
    context.meta[_RECORDING] = True
    try:
        return _record_and_call(settings, context, values, lambda: call(**own))
    finally:
        context.meta[_RECORDING] = False


def _record_and_call(
    settings: Settings, context: Context, values: Mapping[str, Any], call: Callable[[], R]
) -> R:
    arguments = {**_outer_arguments(context), **_script_arguments(values)}
    experiment = begin(
        settings,
        arguments,
        _options(context, values),
        given_to_config=Namespace(**arguments),
        secret=_hidden_inputs(context),
    )
    if experiment is None:
        return call()
    try:
        result = call()
    except BaseException as error:
        experiment.finish(failed=not _is_clean_exit(error))
        raise
    experiment.finish()
    return result


def _script_arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in OPTION_NAMES}


def _outer_contexts(context: Context) -> Iterator[Context]:
    """The contexts of the groups around a command, the nearest first."""
    while context.parent is not None:
        context = context.parent
        yield context


def _options(context: Context, values: Mapping[str, Any]) -> TrackingOptions:
    options = TrackingOptions.of(values)
    for outer in _outer_contexts(context):
        options = options.within(TrackingOptions.of(outer.params))
    return options


def _outer_arguments(context: Context) -> dict[str, Any]:
    """The subcommand's name, and what was given to the groups around it."""
    if context.parent is None:
        return {}
    outer = list(_outer_contexts(context))
    names = [step.info_name or "" for step in (*reversed(outer[:-1]), context)]
    arguments: dict[str, Any] = {"command": " ".join(names)}
    for step in reversed(outer):
        arguments |= _script_arguments(step.params)
    return arguments


def _hidden_inputs(context: Context) -> frozenset[str]:
    """Parameters that are typed unseen: passwords."""
    return frozenset(
        parameter.name
        for step in (context, *_outer_contexts(context))
        for parameter in step.command.params
        if getattr(parameter, "hide_input", False)
    )


def _is_clean_exit(error: BaseException) -> bool:
    """Whether `ctx.exit()`, `typer.Exit()` or `sys.exit()` ended the command with status 0."""
    if isinstance(error, SystemExit):
        return error.code in (None, 0)
    return getattr(error, "exit_code", None) == 0
