"""Users' YAML and JSON files to documents of plain data, with the place of every fault."""

from __future__ import annotations

from gittrack.sources.documents import Document
from gittrack.sources.files import (
    find_config_files,
    is_config_file,
    parse_documents,
    read_documents,
)
from gittrack.sources.places import Place, Places, places

__all__ = [
    "Document",
    "Place",
    "Places",
    "find_config_files",
    "is_config_file",
    "parse_documents",
    "places",
    "read_documents",
]
