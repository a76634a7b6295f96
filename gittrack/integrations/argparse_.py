"""Tracking for scripts whose options argparse parses."""

from __future__ import annotations

import argparse
import atexit
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from gittrack.integrations.core import Experiment, Settings, begin
from gittrack.integrations.options import (
    DESCRIPTION_HELP,
    DESCRIPTION_NAME,
    DESCRIPTION_OPTION,
    DISABLE_HELP,
    DISABLE_NAME,
    DISABLE_OPTION,
    GROUP_TITLE,
    OPTION_NAMES,
    TAGS_HELP,
    TAGS_NAME,
    TAGS_OPTION,
    TrackingOptions,
    refuse_conflicts,
    split_tags,
)

_MARK = "_gittrack_tracked"
_COMMAND_NAME = "_gittrack_command"
_PARSE_METHODS = (
    "parse_args",
    "parse_known_args",
    "parse_intermixed_args",
    "parse_known_intermixed_args",
)


def add_options(parser: argparse.ArgumentParser, *, defaults: bool = True) -> None:
    """Add the three options to a parser.

    They arrive as `experiment_description` (text or None), `experiment_tags` (a list) and
    `no_track_experiments` (a flag). Raises UsageError where the parser has such an option.
    """
    refuse_conflicts(action.dest for action in parser._actions)

    def default(value: object) -> object:
        # A subparser's default would replace what was given before the subcommand.
        return value if defaults else argparse.SUPPRESS

    group = parser.add_argument_group(GROUP_TITLE)
    group.add_argument(
        DESCRIPTION_OPTION,
        dest=DESCRIPTION_NAME,
        metavar="TEXT",
        default=default(None),
        help=DESCRIPTION_HELP,
    )
    group.add_argument(
        TAGS_OPTION,
        dest=TAGS_NAME,
        metavar="A,B",
        type=split_tags,
        action="extend",
        default=default([]),
        help=TAGS_HELP,
    )
    group.add_argument(
        DISABLE_OPTION,
        dest=DISABLE_NAME,
        action="store_true",
        default=default(False),
        help=DISABLE_HELP,
    )


def track(parser: argparse.ArgumentParser, settings: Settings) -> argparse.ArgumentParser:
    """Make a parser record what it parsed, whichever of its methods parses; returns it."""
    if getattr(parser, _MARK, False):
        return parser
    setattr(parser, _MARK, True)
    add_options(parser)
    tracking = _Tracking(parser, settings)
    for name in _PARSE_METHODS:
        setattr(parser, name, tracking.around(getattr(parser, name)))
    return parser


class _Tracking:
    """What happens around one parser's methods, which call each other."""

    def __init__(self, parser: argparse.ArgumentParser, settings: Settings) -> None:
        self._parser = parser
        self._settings = settings
        self._depth = 0

    def around(self, parse: Callable[..., Any]) -> Callable[..., Any]:
        """`parse`, then recorded by whichever call is the outermost."""

        def parse_and_record(*args: Any, **kwargs: Any) -> Any:
            if self._depth == 0:
                # Subparsers are mostly added after `track` was called.
                _prepare_subcommands(self._parser)
            self._depth += 1
            try:
                parsed = parse(*args, **kwargs)
            finally:
                self._depth -= 1
            if self._depth == 0:
                self._record(parsed[0] if isinstance(parsed, tuple) else parsed)
            return parsed

        return parse_and_record

    def _record(self, namespace: Any) -> None:
        values = vars(namespace)
        options = TrackingOptions.of(
            {name: values.pop(name) for name in OPTION_NAMES if name in values}
        )
        command = values.pop(_COMMAND_NAME, None)
        arguments = dict(values) if command is None else {"command": command, **values}
        experiment = begin(self._settings, arguments, options, given_to_config=namespace)
        if experiment is not None:
            atexit.register(_finish, experiment, os.getpid())


def _prepare_subcommands(parser: argparse.ArgumentParser, path: str = "") -> None:
    """Give every subcommand the options, and a note of its name where the script keeps none."""
    for action, name, subparser in _subcommands(parser):
        if not getattr(subparser, _MARK, False):
            setattr(subparser, _MARK, True)
            add_options(subparser, defaults=False)
        full_name = f"{path} {name}".strip()
        if action.dest == argparse.SUPPRESS:
            subparser.set_defaults(**{_COMMAND_NAME: full_name})
        _prepare_subcommands(subparser, full_name)


def _subcommands(
    parser: argparse.ArgumentParser,
) -> Iterator[tuple[argparse.Action, str, argparse.ArgumentParser]]:
    """Each subparser once, by its first name: aliases follow it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            seen: set[int] = set()
            for name, subparser in action.choices.items():
                if id(subparser) not in seen:
                    seen.add(id(subparser))
                    yield action, name, subparser


def _finish(experiment: Experiment, owner: int) -> None:
    # A forked child inherits the exit handlers of its parent; the summary is the parent's.
    if os.getpid() == owner:
        experiment.finish(failed=getattr(sys, "last_value", None) is not None)
