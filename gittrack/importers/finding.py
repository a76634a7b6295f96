"""Sources by their names, and which one a path is."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from gittrack.errors import UsageError
from gittrack.formats import Formats
from gittrack.importers import sources


def source_names() -> list[str]:
    """What can be imported from, by name."""
    return Formats(sources.__name__, sources.__path__).names()


def load_source(name: str) -> Any:
    """The module of a source, a `SourceModule`.

    Raises:
        UsageError: there is no such source.
    """
    known = source_names()
    if name not in known:
        import difflib  # most names are right

        similar = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        hint = f"did you mean {similar[0]}?" if similar else f"sources are {', '.join(known)}"
        raise UsageError(f"there is no source {name[:100]!r}", hint=hint)
    return import_module(f"{sources.__name__}.{name}")


def find_source(path: Path) -> str:
    """The source that a file or folder is, as its files tell.

    Raises:
        UsageError: it is none of them, or of several.
    """
    found = [name for name in source_names() if load_source(name).recognise(path)]
    if len(found) > 1:
        # The artifacts of other tools' runs may well be event files.
        found = [name for name in found if name != "tensorboard"]
    if len(found) == 1:
        return found[0]
    hint = f"name it: git exp import-from {found[0] if found else 'SOURCE'} {path}"
    if found:
        raise UsageError(f"{path} could be of {' or '.join(found)}", hint=hint)
    raise UsageError(
        f"{path} does not tell what it is", hint=f"{hint}; sources: {', '.join(source_names())}"
    )
