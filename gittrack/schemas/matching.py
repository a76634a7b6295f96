"""Which configs a schema speaks of: `x-match`, or the name of its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gittrack.globs import matcher
from gittrack.schemas.subschemas import Document

KEYWORD = "x-match"
DEFAULT_NAME = "default"
_FILES, _KIND = "files", "kind"


class BadMatchError(Exception):
    """What an `x-match` says makes no sense."""


@dataclass(frozen=True, slots=True)
class Match:
    """The kinds and files that a schema speaks of; the default one takes what is left over."""

    kinds: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    is_default: bool = False
    _names: Callable[[str], bool] = field(
        default_factory=lambda: matcher(()), repr=False, compare=False
    )

    def speaks_of(self, kind: Any, files: Iterable[str]) -> bool:
        """Whether the kind or one of the files is named; either suffices."""
        return kind in self.kinds or any(map(self._names, files))


DEFAULT = Match((), is_default=True)


def match_of(document: Document, name: str) -> Match:
    """What a schema in a file of that name (without suffix) speaks of.

    Raises:
        BadMatchError: its `x-match` is not as it must be.
    """
    if KEYWORD not in document:
        return DEFAULT if name == DEFAULT_NAME else Match((name,))
    given = document[KEYWORD]
    if not isinstance(given, dict) or not given.keys() <= {_FILES, _KIND}:
        raise BadMatchError(f"{KEYWORD} takes {_FILES} and {_KIND}, nothing else")
    patterns = _texts(given, _FILES)
    return Match(_texts(given, _KIND), patterns, _names=matcher(patterns))


def _texts(given: Document, key: str) -> tuple[str, ...]:
    value = given.get(key, [])
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) and text for text in texts):
        raise BadMatchError(f"{key} in {KEYWORD} is a string or a list of strings")
    return tuple(texts)
