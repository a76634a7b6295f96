"""Which packages Python would import, read from the names of their folders.

Installers write what they install to `<name>-<version>.dist-info`. Reading a folder's entries takes
a millisecond, reading each package's own file, as `importlib.metadata` does, a hundred.
"""

from __future__ import annotations

import functools
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gittrack.capture.redaction import redact_url

_DIST_INFO = ".dist-info"
_EGG_INFO = ".egg-info"
_PYTHON_TAG = re.compile(r"-py\d(?:\.\d+)?(?:-.*)?$")
_SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package: its normalised name, its version, and where it came from if that was
    no index: `editable at <folder>`, `git+<address>@<commit>` or an address."""

    name: str
    version: str
    origin: str | None = None


def packages() -> tuple[Package, ...]:
    """The packages on `sys.path`, by name; of two of one name the one that is imported."""
    return _packages(tuple(sys.path))


@functools.cache
def _packages(folders: tuple[str, ...]) -> tuple[Package, ...]:
    found: dict[str, Package] = {}
    for folder in folders:
        for package in _packages_in(Path(folder)):
            found.setdefault(package.name, package)
    return tuple(found[name] for name in sorted(found))


def _packages_in(folder: Path) -> Iterator[Package]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names are all we need
    except OSError:  # a zip file, a folder that is not there
        return
    for entry in names:
        lowered = entry.lower()
        if lowered.endswith(_DIST_INFO):
            yield from _package(folder / entry, entry[: -len(_DIST_INFO)])
        elif lowered.endswith(_EGG_INFO):
            yield from _package(folder / entry, _PYTHON_TAG.sub("", entry[: -len(_EGG_INFO)]))


def _package(place: Path, stem: str) -> Iterator[Package]:
    name, dash, version = stem.partition("-")
    if not dash or "-" in version:  # made by hand, or for development: `name.egg-info`
        name, version = _by_metadata(place)
    if name:
        yield Package(normalised(name), version, _origin(place))


def normalised(name: str) -> str:
    """A package's name as PEP 503 compares them: lower case, with single hyphens."""
    return _SEPARATORS.sub("-", name).lower()


def _by_metadata(place: Path) -> tuple[str, str]:
    for file in (place / "METADATA", place / "PKG-INFO", place):
        try:
            text = file.read_text("utf-8", "replace")
        except OSError:
            continue
        header = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
        fields = {key: value.strip() for key, _, value in header}
        return fields.get("Name", ""), fields.get("Version", "")
    return "", ""


def _origin(place: Path) -> str | None:
    """What PEP 610's `direct_url.json` says; most packages have none."""
    try:
        facts = json.loads((place / "direct_url.json").read_bytes())
        url = redact_url(str(facts["url"]))
        if "vcs_info" in facts:
            info = facts["vcs_info"]
            return f"{info['vcs']}+{url}@{info['commit_id']}"
        if facts.get("dir_info", {}).get("editable"):
            return f"editable at {url.removeprefix('file://')}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return url
