"""Files named on the command line, with `-` for standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from gittrack.inputs import documents_from, documents_in
from gittrack.sources import Document


def documents(files: Iterable[str], root: Path | None = None) -> list[Document]:
    """The documents of all files, folders and standard input, in their order."""
    return [
        document
        for file in files
        for document in (
            documents_from(sys.stdin.buffer.read())
            if file == "-"
            else documents_in(Path(file), root)
        )
    ]
