"""Pins against the configs and the files that they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from gittrack.canonical import config_id, emit
from gittrack.checks.finding import Finding
from gittrack.errors import GittrackError, SourceError
from gittrack.ids import ConfigId, short
from gittrack.sources import Document, parse_documents
from gittrack.store.layout import object_path
from gittrack.store.pins import BrokenPin, Pin, is_inside
from gittrack.store.snapshots import Entry, Snapshot


def check_pins(snapshot: Snapshot, pins: Sequence[Pin | BrokenPin]) -> Iterator[Finding]:
    """What is wrong with pins."""
    sound = [pin for pin in pins if isinstance(pin, Pin)]
    for pin in pins:
        if isinstance(pin, BrokenPin):
            mend = f"git exp pin {quote(pin.name)} CONFIG"
            yield Finding("pin-form", pin.path, pin.line, pin.reason, mend)
    stored = snapshot.at([object_path(pin.config) for pin in sound])
    sources = snapshot.at([p.source for p in sound if p.source is not None and is_inside(p.source)])
    for pin in sound:
        if object_path(pin.config) not in stored:
            yield Finding(
                "pin-config",
                pin.path,
                1,
                f"config {short(pin.config)} is not stored on this branch",
                f"git exp pin {quote(pin.name)} {short(pin.config)}",
            )
        if pin.source is not None:
            yield from _check_source(snapshot, pin, pin.source, sources.get(pin.source))


def _check_source(
    snapshot: Snapshot, pin: Pin, source: str, entry: Entry | None
) -> Iterator[Finding]:
    repin = f"git exp pin {quote(pin.name)} FILE"
    if not is_inside(source):
        reason = "source leads outside of the repository, or is no plain path within it"
        yield Finding("pin-source", pin.path, 1, reason, repin)
        return
    if entry is None:
        yield Finding("pin-source", pin.path, 1, f"source {source} is not there", repin)
        return
    if entry.kind != "file":
        reason = "a symbolic link" if entry.kind == "link" else "no regular file"
        yield Finding("pin-source", pin.path, 1, f"source {source} is {reason}", repin)
        return
    try:
        found = config_of(snapshot, entry)
    except SourceError as error:
        yield Finding("pin-source", source, error.line or 1, reason_of(error))
        return
    except GittrackError as error:
        yield Finding("pin-source", source, 1, error.message)
        return
    if found != pin.config:
        yield Finding(
            "pin-stale",
            source,
            1,
            f"this file has config {short(found)}, but the pin {pin.name} says {short(pin.config)}",
            f"git exp pin --update {quote(pin.name)}",
        )


def config_of(snapshot: Snapshot, entry: Entry) -> ConfigId:
    """The id of the one config in a file.

    Raises:
        SourceError: it holds none, or several, or cannot be read.
    """
    documents = documents_of(snapshot, entry)
    if len(documents) != 1:
        raise SourceError(f"it holds {len(documents)} configs, not one", file=entry.path)
    return config_id(emit(documents[0].data))


def documents_of(snapshot: Snapshot, entry: Entry) -> list[Document]:
    """The configs in a file.

    Raises:
        SourceError: it cannot be read.
    """
    data = next(iter(snapshot.read_many([entry])), None)
    if data is None:
        raise SourceError("it cannot be read, or is over 16 MiB", file=entry.path)
    return parse_documents(data, entry.path)


def reason_of(error: SourceError) -> str:
    """What is wrong with a file, without its place."""
    place = error.file if error.line is None else f"{error.file}:{error.line}:{error.column}"
    return error.message.removeprefix(f"{place}: ")
