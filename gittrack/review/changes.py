"""What two commits' branch planes differ in: pins that moved, configs that are new or gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gittrack.canonical import Plain, read
from gittrack.codec import UNRECORDED, Folded, decode_record, fold
from gittrack.errors import DataError
from gittrack.ids import ConfigId, short
from gittrack.model import MetaRecord
from gittrack.review.model import PinMove
from gittrack.store.layout import ROOT, meta_folder, object_path, parse_path
from gittrack.store.pins import BrokenPin, Pin, read_pins, whole
from gittrack.store.reading import check_object
from gittrack.store.snapshots import CommitSnapshot, check_snapshot_format

_OBJECTS = f"{ROOT}/objects"
_META = f"{ROOT}/meta"
_LARGEST_CANDIDATE = 1 << 20  # bytes; larger configs are not looked through for likeness


@dataclass(frozen=True, slots=True)
class Loaded:
    """A config's canonical bytes and data."""

    data: bytes
    config: dict[str | int, Plain]


@dataclass
class Planes:
    """The branch planes of two commits, read as far as they differ."""

    base: CommitSnapshot
    head: CommitSnapshot
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        check_snapshot_format(self.base)
        check_snapshot_format(self.head)
        changes = list(self.head.differences(self.base.commit, ROOT))
        objects = [(c, s) for c in changes if (s := parse_path(c.path)) and s.record is None]
        self.new = [s.id for c, s in objects if c.base is None and c.present]
        self.gone = [s.id for c, s in objects if c.base is not None and not c.present]
        edited = [s.id for c, s in objects if c.base is not None and c.present]
        if edited:
            self.notes.append(
                f"{_configs(len(edited))} changed under the same id, such as {short(edited[0])}: "
                "see git exp check"
            )
        pins_differ = any(c.path.startswith(f"{ROOT}/pins/") for c in changes)
        self.moves = self._pin_moves() if pins_differ else []

    def load(self, wanted: Iterable[ConfigId]) -> dict[ConfigId, Loaded]:
        """The configs of those ids, from head, else from the base; what is damaged is noted."""
        found: dict[ConfigId, Loaded] = {}
        missing = dict.fromkeys(wanted)
        for plane in (self.head, self.base):
            names = {object_path(one): one for one in missing}
            entries = list(plane.at(list(names)).values())
            for entry, data in zip(entries, plane.read_many(entries), strict=True):
                config = None if data is None else self._checked(names[entry.path], data)
                if config is not None:
                    found[names[entry.path]] = config
            for one in found:
                missing.pop(one, None)
        for one in missing:
            self.notes.append(f"config {short(one)} cannot be read: see git exp check")
        return found

    def base_objects(self) -> Iterator[tuple[ConfigId, bytes]]:
        """All configs of the base with their bytes, unchecked; without very large ones."""
        entries = [
            (s.id, entry)
            for entry in self.base.below(_OBJECTS)
            if (s := parse_path(entry.path)) and s.record is None
        ]
        blobs = self.base.read_many([entry for _, entry in entries], most=_LARGEST_CANDIDATE)
        for (one, _), data in zip(entries, blobs, strict=True):
            if data is not None:
                yield one, data

    def facts(self, wanted: Iterable[ConfigId]) -> dict[ConfigId, Folded]:
        """What the records of head and base say of those configs."""
        ids = set(wanted)
        records: dict[ConfigId, dict[str, MetaRecord]] = {}
        folders = sorted({meta_folder(one) for one in ids})
        for plane in (self.head, self.base):
            entries = plane.below(*(folders if len(folders) <= 128 else [_META]))
            named = [
                (s, entry)
                for entry in entries
                if (s := parse_path(entry.path))
                and s.id in ids
                and s.record not in records.get(s.id, {})
            ]
            blobs = plane.read_many([entry for _, entry in named])
            for (stored, _), data in zip(named, blobs, strict=True):
                record = None if data is None else _record(data)
                if record is not None and stored.record is not None:
                    records.setdefault(stored.id, {})[stored.record] = record
        return {one: fold(records[one].items()) if one in records else UNRECORDED for one in ids}

    def _pin_moves(self) -> list[PinMove]:
        old, new = (self._pins(plane) for plane in (self.base, self.head))
        moves = []
        for name in sorted(old.keys() | new.keys()):
            before, after = old.get(name), new.get(name)
            if before != after and (pin := after or before) is not None:
                was, now = (None if one is None else one.config for one in (before, after))
                moves.append(PinMove(name, was, now, pin.source))
        return moves

    def _pins(self, plane: CommitSnapshot) -> dict[str, Pin]:
        pins = read_pins(plane)
        for pin in pins:
            if isinstance(pin, BrokenPin):
                self.notes.append(f"{pin.path} in {plane.place} is no pin: {pin.reason}")
        return whole(pins)

    def _checked(self, one: ConfigId, data: bytes) -> Loaded | None:
        if check_object(one, data) is not None:
            return None
        config = read(data)
        return Loaded(data, config) if isinstance(config, dict) else None


def _record(data: bytes) -> MetaRecord | None:
    try:
        return decode_record(data)
    except DataError:
        return None  # git exp check says so


def _configs(count: int) -> str:
    return "1 config was" if count == 1 else f"{count} configs were"


def in_order(ids: Sequence[ConfigId], facts: dict[ConfigId, Folded]) -> list[ConfigId]:
    """The configs in the order in which they were registered."""
    return sorted(ids, key=lambda one: (facts[one].created_at or "9", one))
