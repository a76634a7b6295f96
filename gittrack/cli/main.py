"""The entry point: runs a command, whatever happens; errors, Ctrl-C and exit statuses."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gittrack import errors
from gittrack.cli import driver
from gittrack.cli.complaints import (
    DONE,
    INTERRUPTED,
    complain,
    from_encoding,
    from_system,
    tell,
)
from gittrack.cli.console import ReaderGoneError, output_error


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `git exp` and exit with its status."""
    _prepare_streams()
    status = run(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: too late to be interrupted
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run `git exp` with these arguments; returns the exit status."""
    try:
        status = _dispatch(arguments)
        _flush()
        return status
    except KeyboardInterrupt:
        tell(["", "interrupted"] if sys.stderr.isatty() else ["interrupted"])
        return INTERRUPTED
    except ReaderGoneError:
        _discard_output()
        return DONE
    except errors.GittrackError as error:
        return _fail(error)
    except UnicodeEncodeError as error:
        return _fail(from_encoding(error))
    except OSError as error:
        return _fail(from_system(error))


def _dispatch(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in driver.NAMES:
        return driver.run_driver(arguments[0], arguments[1:])
    from gittrack.cli.app import invoke  # Ctrl-C while Python loads Typer counts, too

    return invoke(arguments)


def _fail(error: errors.GittrackError) -> int:
    try:
        _flush()  # what was found before the error stands before it
    except (ReaderGoneError, errors.GittrackError):
        _discard_output()
    return complain(error)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError as error:
        raise output_error(error) from error


def _discard_output() -> None:
    """What is still buffered has nowhere to go: let it go nowhere, when Python ends, too."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _prepare_streams() -> None:
    """Make sure that the three streams are there, and can write every character somehow."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # closed (`>&-`): the next file opened, a database, would be "the output"
            os.open(os.devnull, os.O_RDWR)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - open to the end
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
