"""Output formats as modules of a package: a new format is one new file."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from gittrack.errors import UsageError


class Formats:
    """The formats in a package: each module whose name has no leading underscore is one.

    A module has a function `render` that gives a text with a newline at its end; it is loaded when
    it is asked for.
    """

    def __init__(self, package: str, path: Iterable[str]) -> None:
        self._package = package
        self._path = path

    def names(self) -> list[str]:
        """All formats, by name."""
        names = (module.name for module in pkgutil.iter_modules(self._path))
        return sorted(name for name in names if not name.startswith("_"))

    def check(self, name: str) -> None:
        """Do nothing for a format that there is.

        Raises:
            UsageError: there is no such format.
        """
        known = self.names()
        if name in known:
            return
        import difflib  # most names are right

        similar = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        hint = f"did you mean {similar[0]}?" if similar else f"formats are {', '.join(known)}"
        raise UsageError(f"there is no format {name!r}", hint=hint)

    def render(self, name: str, value: Any, **options: Any) -> str:
        """The value in a format.

        Raises:
            UsageError: there is no such format.
        """
        self.check(name)
        text: str = import_module(f"{self._package}.{name}").render(value, **options)
        return text
