"""Users' files and folders as documents, named by their path within the repository."""

from __future__ import annotations

from pathlib import Path

from gittrack.errors import SourceError
from gittrack.sources import Document, find_config_files, parse_documents, read_documents

STANDARD_INPUT = "<stdin>"
"""The name of documents that came from no file."""


def documents_in(path: Path, root: Path | None) -> list[Document]:
    """The documents of a file, or of every config file below a folder.

    Raises:
        SourceError: a file cannot be read as configs (says line and column), or a folder holds
            none.
    """
    if not path.is_dir():
        return read_documents(path, source_name(path, root))
    files = find_config_files(path)
    if not files:
        raise SourceError("no .yaml, .yml or .json file in this folder", file=str(path))
    return [doc for file in files for doc in read_documents(file, source_name(file, root))]


def documents_from(text: bytes) -> list[Document]:
    """The documents of a text that came from no file."""
    return parse_documents(text, STANDARD_INPUT)


def source_name(path: Path, root: Path | None) -> str:
    """A file's path within the work tree at `root`, or as it was written when it lies elsewhere."""
    if root is not None:
        resolved = path.absolute().resolve()
        if resolved.is_relative_to(root.resolve()):
            return resolved.relative_to(root.resolve()).as_posix()
    return str(path)
