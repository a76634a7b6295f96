"""Text as roff, the language of manual pages: macros of man(7)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

_ESCAPES = {
    "\\": "\\e",
    "-": "\\-",
    "'": "\\(aq",
    "`": "\\(ga",
    "^": "\\(ha",
    "~": "\\(ti",
    "→": "\\(->",
    "…": "...",
}
_MARKUP = re.compile(r"`([^`]+)`|_([A-Z][A-Z.=]*)_")


class Page:
    """A manual page that is being written."""

    def __init__(self, name: str, section: int, date: str, source: str, manual: str) -> None:
        header = " ".join(f'"{part}"' for part in (date, source, manual))
        self._lines = [f".TH {name.upper()} {section} {header}"]

    def text(self) -> str:
        """The whole page."""
        return "\n".join(self._lines) + "\n"

    def section(self, title: str) -> None:
        """Start a section."""
        self._lines.append(f".SH {title}")

    def subsection(self, title: str) -> None:
        """Start a section within a section."""
        self._lines.append(f".SS {_quoted(title)}")

    def paragraph(self, text: str, *, first: bool = False) -> None:
        """A paragraph; `first` says that a heading stands right before it."""
        if not first:
            self._lines.append(".PP")
        self._lines += _wrapped(text)

    def item(self, term: str, text: str) -> None:
        """A term, and what is to be said of it, indented."""
        self._lines += [".TP", marked(term), *_wrapped(text)]

    def more(self, text: str) -> None:
        """Another paragraph of an item."""
        self._lines += [".IP", *_wrapped(text)]

    def indented(self, items: Iterable[tuple[str, str]]) -> None:
        """Items within an item."""
        self._lines.append(".RS")
        for term, text in items:
            self.item(term, text)
        self._lines.append(".RE")

    def example(self, lines: Iterable[str]) -> None:
        """Lines that stay as they are."""
        self._lines += [".PP", ".RS 4", ".nf", *map(escaped, lines), ".fi", ".RE"]


def marked(text: str) -> str:
    """Text with `literal` in bold and _VALUE_ in italics."""
    pieces = []
    position = 0
    for match in _MARKUP.finditer(text):
        pieces.append(_escaped(text[position : match.start()]))
        font = "B" if match[1] else "I"
        pieces.append(f"\\f{font}{_escaped(match[1] or match[2])}\\fR")
        position = match.end()
    pieces.append(_escaped(text[position:]))
    return _guarded("".join(pieces))


def escaped(text: str) -> str:
    """Text whose characters mean themselves."""
    return _guarded(_escaped(text))


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _guarded(line: str) -> str:
    """A line that starts with a dot would be a command."""
    return f"\\&{line}" if line.startswith((".", "'")) else line


def _wrapped(text: str) -> list[str]:
    lines = textwrap.wrap(marked(text), 79, break_long_words=False, break_on_hyphens=False)
    return [_guarded(line) for line in lines]


def _quoted(text: str) -> str:
    return f'"{escaped(text)}"' if " " in text else escaped(text)
