"""How reviews are written down: a module for each format, loaded when it is asked for."""

from __future__ import annotations

from gittrack.formats import Formats
from gittrack.review.model import Review

FORMATS = Formats(__name__, __path__)


def render(name: str, review: Review, *, color: bool = False, max_chars: int | None = None) -> str:
    """The review as text in the format `name`.

    Nothing in it acts on who shows it, whatever the configs hold. `color` is for terminals only.
    Markdown and terminal texts are at most `max_chars` characters (UTF-16 units) long if that is
    500 or more: what is left out is said on the last line. HTML and JSON are always whole.

    Raises:
        UsageError: there is no such format.
    """
    return FORMATS.render(name, review, color=color, max_chars=max_chars)
