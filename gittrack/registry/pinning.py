"""Pins from the registry's side: set, moved, taken away, and how they stand."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gittrack.canonical import config_id, emit
from gittrack.checks.pins import check_pins, config_of
from gittrack.errors import DataError, NotFoundError, UsageError
from gittrack.ids import ConfigId
from gittrack.inputs import documents_in, source_name
from gittrack.registry.recording import Recorder
from gittrack.registry.workspace import Workspace
from gittrack.sources import Document
from gittrack.store.catalogue import Registration
from gittrack.store.pins import (
    BrokenPin,
    Pin,
    check_pin_name,
    encode_pin,
    is_inside,
    pin_path,
    read_pins,
    whole,
)
from gittrack.store.reading import read_configs
from gittrack.store.snapshots import Snapshot, branch_plane
from gittrack.store.worktree import WorkTreePlane


@dataclass(frozen=True, slots=True)
class PinChange:
    """A pin that was set: from what (`None`: it is new) to what; whether the config was new."""

    name: str
    old: ConfigId | None
    new: ConfigId
    source: str | None
    registered: bool

    @property
    def changed(self) -> bool:
        """Whether it names another config than before."""
        return self.old != self.new


@dataclass(frozen=True, slots=True)
class PinState:
    """A pin and how it stands.

    `state`: `ok`; `stale` (its file has the config `found`); `no config` (not stored on this
    branch); `no source` (its file is missing or cannot be read); `broken` (it is no pin). What is
    not ok has a `reason`.
    """

    name: str
    config: ConfigId | None
    source: str | None
    state: Literal["ok", "stale", "no config", "no source", "broken"]
    found: ConfigId | None = None
    reason: str = ""


class Pinner:
    """Works on the pins of a work tree."""

    def __init__(self, workspace: Workspace, recorder: Recorder) -> None:
        self._workspace = workspace
        self._recorder = recorder

    def pin(self, name: str, target: str) -> PinChange:
        """Give a config that name; a file is registered first if it is not yet."""
        check_pin_name(name)
        self._plane()
        self._refuse_twin(name)
        path = Path(target)
        if path.is_file() and not target.startswith(("tag:", "@")):
            return self._set(name, self._source(path))
        config = self._workspace.resolve(target)
        [(_, data, _)] = read_configs(self._workspace.session, [config])
        return self._write(Pin(name, config), Registration(config, data))

    def update(self, names: Sequence[str]) -> list[PinChange]:
        """Move pins to what their files have now; without names, all that pin a file."""
        pins = self._all()
        if missing := [name for name in names if name not in pins]:
            raise _no_pin(missing[0], pins)
        chosen = [pins[name] for name in names] if names else list(pins.values())
        sourceless = [pin.name for pin in chosen if pin.source is None]
        if names and sourceless:
            raise UsageError(
                f"the pin {sourceless[0]} names no file that could have changed",
                hint=f"move it by naming a config: git exp pin {sourceless[0]} CONFIG",
            )
        return [self._set(pin.name, pin.source) for pin in chosen if pin.source is not None]

    def unpin(self, names: Sequence[str]) -> list[str]:
        """Take pins away; all of them, or none where one does not exist."""
        plane = self._plane()
        known = {pin.name: pin for pin in read_pins(branch_plane(self._workspace.session))}
        if missing := [name for name in names if name not in known]:
            raise _no_pin(missing[0], known)
        plane.remove(pin_path(name) for name in names)
        return list(dict.fromkeys(names))

    def states(self) -> list[PinState]:
        """All pins, and how they stand, by name."""
        snapshot = branch_plane(self._workspace.session)
        return [_state(snapshot, pin) for pin in read_pins(snapshot)]

    def _set(self, name: str, source: str) -> PinChange:
        document = self._document(source)
        data = emit(document.data)
        pin = Pin(name, config_id(data), source)
        return self._write(pin, Registration(pin.config, data, source=source))

    def _write(self, pin: Pin, registration: Registration) -> PinChange:
        plane = self._plane()
        old = whole(read_pins(branch_plane(self._workspace.session))).get(pin.name)
        outcome = self._recorder.register([registration], worktree=True)
        if old != pin:
            plane.replace(pin.path, encode_pin(pin))
        old_id = None if old is None else old.config
        return PinChange(pin.name, old_id, pin.config, pin.source, pin.config in outcome.new)

    def _document(self, source: str) -> Document:
        root = self._workspace.root
        assert root is not None
        documents = documents_in(root / source, root)
        if len(documents) != 1:
            raise UsageError(
                f"{source} holds {len(documents)} configs; a pin names one",
                hint=f"register them and pin an id: git exp add {source}",
            )
        return documents[0]

    def _source(self, path: Path) -> str:
        name = source_name(path, self._workspace.root)
        if not is_inside(name) or path.is_symlink():
            raise UsageError(
                f"{path} is not a file of this repository: a pin cannot follow it",
                hint="pin its config instead: git exp add it, then pin the id",
            )
        return name

    def _all(self) -> dict[str, Pin]:
        self._plane()
        pins = read_pins(branch_plane(self._workspace.session))
        for pin in pins:
            if isinstance(pin, BrokenPin):
                raise DataError(
                    f"{pin.path}: {pin.reason}", hint=f"set it anew: git exp pin {pin.name} CONFIG"
                )
        return whole(pins)

    def _refuse_twin(self, name: str) -> None:
        """Two names that differ in case only are one file on many machines."""
        for pin in read_pins(branch_plane(self._workspace.session)):
            if pin.name != name and pin.name.lower() == name.lower():
                raise UsageError(
                    f"there is a pin {pin.name} already, which differs in case only",
                    hint=f"move it: git exp pin {pin.name} CONFIG",
                )

    def _plane(self) -> WorkTreePlane:
        plane = self._workspace.session.plane
        if plane is None:
            raise UsageError("pins are files of a work tree, and this repository is bare")
        return plane


def _state(snapshot: Snapshot, pin: Pin | BrokenPin) -> PinState:
    if isinstance(pin, BrokenPin):
        return PinState(pin.name, None, None, "broken", reason=pin.reason)
    kinds: dict[str, Literal["stale", "no config", "no source"]] = {
        "pin-stale": "stale",
        "pin-config": "no config",
        "pin-source": "no source",
    }
    findings = list(check_pins(snapshot, [pin]))
    if not findings:
        return PinState(pin.name, pin.config, pin.source, "ok")
    worst = findings[0]
    found = None
    if worst.code == "pin-stale" and pin.source is not None:
        found = config_of(snapshot, snapshot.at([pin.source])[pin.source])
    return PinState(pin.name, pin.config, pin.source, kinds[worst.code], found, worst.message)


def _no_pin(name: str, known: Iterable[str]) -> NotFoundError:
    similar = difflib.get_close_matches(name, sorted(known), n=1)
    hint = f"did you mean {similar[0]}?" if similar else "see them: git exp pins"
    return NotFoundError(f"there is no pin {name!r}", hint=hint)
