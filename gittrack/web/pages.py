"""The page's own files: a fixed table, so that no path of a request ever leads to a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
START = "index.html"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page: its bytes, their media type, and a tag that changes with them."""

    data: bytes
    kind: str
    tag: str


@cache
def assets() -> Mapping[str, Asset]:
    """The files of the page by name."""
    found = {}
    for entry in files("gittrack.web").joinpath("assets").iterdir():
        kind = _KINDS.get("." + entry.name.rpartition(".")[2])
        if kind is not None and entry.is_file():
            data = entry.read_bytes()
            found[entry.name] = Asset(data, kind, hashlib.sha256(data).hexdigest()[:16])
    return found


def asset_at(path: str) -> Asset | None:
    """What lies at a path of the server, outside the API; the start page at `/`."""
    if path == "/":
        return assets()[START]
    return assets().get(path.removeprefix("/assets/")) if path.startswith("/assets/") else None
