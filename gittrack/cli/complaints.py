"""Errors as a user reads them: what is wrong, what to do; and the exit status that they mean."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from typing import Any

from gittrack import errors
from gittrack.table import width
from gittrack.terminal import inline

DONE, NO, USAGE, UNUSABLE, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit statuses: done; the answer is no; wrong usage; repository or data unusable; Ctrl-C."""

_STATUS: tuple[tuple[type[errors.GittrackError], int], ...] = (
    (errors.NotFoundError, NO),
    (errors.AmbiguousError, NO),
    (errors.UsageError, USAGE),
    (errors.QueryError, USAGE),
)


def complain(error: errors.GittrackError) -> int:
    """Tell the user what went wrong; returns the exit status."""
    lines = [f"error: {inline(error.message)}"]
    if isinstance(error, errors.QueryError) and error.query.strip():
        before = width(inline(error.query[: error.column - 1]))
        lines += [f"  {inline(error.query)}", f"  {' ' * before}^"]
    lines += [f"  {inline(candidate)}" for candidate in getattr(error, "candidates", ())]
    if error.hint:
        lines.append(f"hint: {inline(error.hint)}")
    tell(lines)
    return next((status for kind, status in _STATUS if isinstance(error, kind)), UNUSABLE)


def tell(lines: list[str]) -> None:
    """Write lines to standard error, if it is there to be written to."""
    with suppress(OSError):
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()


def from_system(error: OSError) -> errors.GittrackError:
    """The error for what the operating system refused, with the file that it is about."""
    reason = (error.strerror or str(error)).lower()
    return errors.GittrackError(reason if error.filename is None else f"{error.filename}: {reason}")


def from_encoding(error: UnicodeEncodeError) -> errors.UsageError:
    """The error for an argument whose bytes are no text; only a file's name may be such."""
    return errors.UsageError(f"not valid UTF-8: {error.object}", hint="write it as UTF-8")


def from_typer(error: Exception) -> errors.UsageError | None:
    """One of Typer's own errors about the command line in our words; `None` for any other."""
    describe = getattr(error, "format_message", None)
    if describe is None:
        return None
    context = getattr(error, "ctx", None)
    command = "git exp" if context is None else context.command_path
    usage = None if context is None else _usage(context)
    option = getattr(error, "option_name", None)
    if option is None:
        return errors.UsageError(_message(error, command, describe()), hint=usage)
    if type(error).__name__ == "NoSuchOption":
        return errors.UsageError(
            f"{command} has no option {option}", hint=_option_hint(error, context) or usage
        )
    return errors.UsageError(f"{option} needs a value", hint=usage)


def _message(error: Exception, command: str, text: str) -> str:
    parameter: Any = getattr(error, "param", None)
    if type(error).__name__ == "MissingParameter" and parameter is not None:
        return f"{command} needs {parameter.make_metavar(getattr(error, 'ctx', None))}"
    if match := re.search(r"unexpected extra argument(?:\(s\)|s)? \((.*)\)\.?$", text, re.DOTALL):
        return f"{command} has no use for the argument {match[1]!r}"
    return f"{command}: {text[:1].lower()}{text[1:].rstrip('.')}"


def _usage(context: Any) -> str:
    usage = " ".join(context.get_usage().split()).removeprefix("Usage: ")
    return f"usage is {usage} (see {context.command_path} -h)"


def _option_hint(error: Exception, context: Any) -> str | None:
    similar = sorted(getattr(error, "possibilities", None) or ())
    if similar:
        return f"did you mean {' or '.join(similar)}?"
    takes_arguments = context is not None and any(
        parameter.param_type_name == "argument" for parameter in context.command.params
    )
    if takes_arguments:
        return f"to give it as an argument, write -- before it; options: {context.command_path} -h"
    return None
