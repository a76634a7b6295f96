"""Tracking for scripts whose options Typer parses."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from gittrack.integrations.calls import call_tracked
from gittrack.integrations.core import Settings
from gittrack.integrations.options import (
    DESCRIPTION_HELP,
    DESCRIPTION_NAME,
    DESCRIPTION_OPTION,
    DISABLE_HELP,
    DISABLE_NAME,
    DISABLE_OPTION,
    GROUP_TITLE,
    TAGS_HELP,
    TAGS_NAME,
    TAGS_OPTION,
    refuse_conflicts,
)

_MARK = "_gittrack_tracked"
_CONTEXT_NAME = "gittrack_context"

_Description = Annotated[
    str | None,
    typer.Option(
        DESCRIPTION_OPTION, metavar="TEXT", help=DESCRIPTION_HELP, rich_help_panel=GROUP_TITLE
    ),
]
_Tags = Annotated[
    list[str] | None,
    typer.Option(TAGS_OPTION, metavar="A,B", help=TAGS_HELP, rich_help_panel=GROUP_TITLE),
]
_Disabled = Annotated[
    bool, typer.Option(DISABLE_OPTION, help=DISABLE_HELP, rich_help_panel=GROUP_TITLE)
]
_OPTIONS = (
    (DESCRIPTION_NAME, _Description, None),
    (TAGS_NAME, _Tags, None),
    (DISABLE_NAME, _Disabled, False),
)


def track(app: typer.Typer, settings: Settings) -> typer.Typer:
    """Make every command that an app has, or is yet given, record its calls; returns the app."""
    if getattr(app, _MARK, False):
        return app
    setattr(app, _MARK, True)
    for command in app.registered_commands:
        if command.callback is not None:
            command.callback = track_function(command.callback, settings)
    if app.registered_callback is not None and app.registered_callback.callback is not None:
        app.registered_callback.callback = track_function(
            app.registered_callback.callback, settings
        )
    for group in app.registered_groups:
        if group.typer_instance is not None:
            track(group.typer_instance, settings)
    _track_later_additions(app, settings)
    return app


def _track_later_additions(app: typer.Typer, settings: Settings) -> None:
    """Track what is registered after this: the line that tracks may be the first after `app =`."""
    add_typer = app.add_typer

    def add_tracked(typer_instance: typer.Typer, **options: Any) -> None:
        add_typer(track(typer_instance, settings), **options)

    setattr(app, "command", _registering_tracked(app.command, settings))  # noqa: B010
    setattr(app, "callback", _registering_tracked(app.callback, settings))  # noqa: B010
    setattr(app, "add_typer", add_tracked)  # noqa: B010


def _registering_tracked(
    decorator_of: Callable[..., Callable[[Any], Any]], settings: Settings
) -> Callable[..., Callable[[Any], Any]]:
    @wraps(decorator_of)
    def decorator(*args: Any, **options: Any) -> Callable[[Any], Any]:
        register = decorator_of(*args, **options)

        def registered(function: Callable[..., Any]) -> Callable[..., Any]:
            register(track_function(function, settings))
            return function

        return registered

    return decorator


def track_function(function: Callable[..., Any], settings: Settings) -> Callable[..., Any]:
    """A function that Typer calls like `function`, with three more options, and that records."""
    if getattr(function, _MARK, False):
        return function
    signature = inspect.signature(function, eval_str=True)
    context_name = _context_parameter(signature)

    @wraps(function)
    def called(**values: Any) -> Any:
        context = values[context_name] if context_name else values.pop(_CONTEXT_NAME)
        arguments = {name: value for name, value in values.items() if name != context_name}
        passed_on = {context_name: context} if context_name else {}
        return call_tracked(
            settings, context, arguments, lambda **own: function(**own, **passed_on)
        )

    extended = _with_options(signature, context_name)
    setattr(called, "__signature__", extended)  # noqa: B010
    called.__annotations__ = {p.name: p.annotation for p in extended.parameters.values()}
    setattr(called, _MARK, True)
    return called


def _context_parameter(signature: inspect.Signature) -> str | None:
    """The name under which a function takes Typer's context itself, if it does."""
    return next(
        (
            parameter.name
            for parameter in signature.parameters.values()
            if isinstance(parameter.annotation, type)
            and issubclass(parameter.annotation, typer.Context)
        ),
        None,
    )


def _with_options(signature: inspect.Signature, context_name: str | None) -> inspect.Signature:
    refuse_conflicts(signature.parameters)
    kind = inspect.Parameter.KEYWORD_ONLY
    added = [
        inspect.Parameter(name, kind, default=default, annotation=annotation)
        for name, annotation, default in _OPTIONS
    ]
    if context_name is None:
        added.append(inspect.Parameter(_CONTEXT_NAME, kind, annotation=typer.Context))
    return signature.replace(parameters=[*signature.parameters.values(), *added])
