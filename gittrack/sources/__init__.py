"""Users' YAML and JSON files to documents of plain data, with the place of every fault."""

from __future__ import annotations

from gittrack.sources.documents import Document
from gittrack.sources.files import (
    find_config_files,
    is_config_file,
    parse_documents,
    read_documents,
)

__all__ = [
    "Document",
    "find_config_files",
    "is_config_file",
    "parse_documents",
    "read_documents",
]
