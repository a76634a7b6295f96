"""Pins: reviewed names for configs, one small file each below `.exptrack/pins/`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from gittrack.canonical import Plain, emit
from gittrack.errors import SourceError, UsageError
from gittrack.ids import ConfigId, is_config_id
from gittrack.sources import parse_documents
from gittrack.store.layout import ROOT
from gittrack.store.snapshots import Entry, Snapshot

FOLDER = f"{ROOT}/pins"
MAX_PIN_BYTES = 64 * 1024
_SUFFIX = ".yaml"
_PART = re.compile(r"(?!.*\.lock\Z)[A-Za-z0-9_+=][A-Za-z0-9._+=-]{0,99}")
_KEYS = {"config", "source"}


@dataclass(frozen=True, slots=True)
class Pin:
    """A name for a config; with `source`, the file in the repository that must have it."""

    name: str
    config: ConfigId
    source: str | None = None

    @property
    def path(self) -> str:
        """The pin's file."""
        return pin_path(self.name)


@dataclass(frozen=True, slots=True)
class BrokenPin:
    """A file among the pins that is none: where it is wrong (a line from 1), and why."""

    name: str
    line: int
    reason: str

    @property
    def path(self) -> str:
        """The pin's file."""
        return pin_path(self.name)


def pin_path(name: str) -> str:
    """The file of a pin of that name."""
    return f"{FOLDER}/{name}{_SUFFIX}"


def is_file_name(name: str) -> bool:
    """Whether a file can be called so on every machine, and in git's own words."""
    return _PART.fullmatch(name) is not None


def check_pin_name(name: str) -> str:
    """The name, if a pin can have it.

    Raises:
        UsageError: it cannot be a file's name on every machine.
    """
    if not all(map(is_file_name, name.split("/"))) or len(name) > 200:
        raise UsageError(
            f"a pin cannot be called {name!r}",
            hint="use letters, digits and . _ + = - (not first), with / for groups: eu/prod",
        )
    return name


def encode_pin(pin: Pin) -> bytes:
    """The bytes of a pin's file."""
    fields: dict[str | int, Plain] = {"config": pin.config}
    if pin.source is not None:
        fields["source"] = pin.source
    return emit(fields)


def decode_pin(name: str, data: bytes) -> Pin | BrokenPin:
    """Read a pin. People may edit it by hand: any YAML that says the same will do."""
    if len(data) > MAX_PIN_BYTES:
        return BrokenPin(name, 1, "it is over 64 KiB: no pin is")
    try:
        documents = parse_documents(data, pin_path(name))
    except SourceError as error:
        return BrokenPin(name, error.line or 1, error.message.removeprefix(_place(error)))
    if len(documents) != 1:
        return BrokenPin(name, 1, f"it holds {len(documents)} documents, not one")
    fields = documents[0].data
    unknown = sorted(str(key) for key in fields if key not in _KEYS)
    if unknown:
        return BrokenPin(name, 1, f"unknown key {unknown[0]}: a pin has config and source")
    config, source = fields.get("config"), fields.get("source")
    if not isinstance(config, str) or not is_config_id(config):
        reason = "config is missing" if config is None else "config is no config id"
        return BrokenPin(name, 1, f"{reason}: it needs 64 hex digits")
    if source is not None and not isinstance(source, str):
        return BrokenPin(name, 1, "source is no path")
    return Pin(name, ConfigId(config), source)


def is_inside(path: str) -> bool:
    """Whether a pin's source can be a file of the repository: relative, normal, no way out."""
    if not path or path.startswith("/") or "\0" in path or "\n" in path:
        return False
    parts = path.split("/")
    return ".." not in parts and str(PurePosixPath(path)) == path and parts[0] != ".git"


def read_pins(snapshot: Snapshot) -> list[Pin | BrokenPin]:
    """All pins of a place, by name."""
    entries = [entry for entry in snapshot.below(FOLDER) if _name(entry) is not None]
    pins = zip(entries, snapshot.read_many(entries), strict=True)
    return sorted((_read_pin(entry, data) for entry, data in pins), key=lambda pin: pin.name)


def read_pin(snapshot: Snapshot, name: str) -> Pin | BrokenPin | None:
    """The pin of that name; `None` where there is none."""
    for entry in snapshot.at([pin_path(name)]).values():
        for data in snapshot.read_many([entry]):
            return _read_pin(entry, data)
    return None


def whole(pins: Iterable[Pin | BrokenPin]) -> dict[str, Pin]:
    """Those that can be read, by name."""
    return {pin.name: pin for pin in pins if isinstance(pin, Pin)}


def _name(entry: Entry) -> str | None:
    """The name of the pin in a file; what is hidden or of another kind is not ours."""
    path = entry.path.removeprefix(f"{FOLDER}/")
    if not path.endswith(_SUFFIX) or any(part.startswith(".") for part in path.split("/")):
        return None
    return path.removesuffix(_SUFFIX)


def _read_pin(entry: Entry, data: bytes | None) -> Pin | BrokenPin:
    name = _name(entry) or ""
    if data is not None:
        return decode_pin(name, data)
    reasons = {
        "link": "it is a symbolic link, not a file",
        "unmerged": "its merge is not finished",
        "file": "it cannot be read, or is over 16 MiB",
    }
    return BrokenPin(name, 1, reasons.get(entry.kind, "it is no regular file"))


def _place(error: SourceError) -> str:
    return f"{error.file}:{error.line}:{error.column}: " if error.line else f"{error.file}: "
