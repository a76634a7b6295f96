"""How findings are written down: a module for each format, loaded when it is asked for."""

from __future__ import annotations

from gittrack.checks.finding import Report
from gittrack.formats import Formats

FORMATS = Formats(__name__, __path__)


def render(name: str, report: Report, *, color: bool = False) -> str:
    """The report in a format, with a newline at its end; nothing in it can act on a terminal or
    on what runs a CI job.

    Colour is for people: formats for programs pay no attention to it.

    Raises:
        UsageError: there is no such format.
    """
    return FORMATS.render(name, report, color=color)
