"""A config put together from layers and overrides, and where each of its values came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from gittrack.canonical import Plain, config_id, emit
from gittrack.configs.paths import fitted, look_up, read_path
from gittrack.diff import Missing
from gittrack.errors import NotFoundError
from gittrack.ids import ConfigId
from gittrack.query.paths import Path, path_text
from gittrack.sources import Places, places


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of a config: its name in messages, and where it lies."""

    name: str
    path: FilePath

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: a place in a file (from 1), or an override as it was written."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    override: str | None = None

    def __str__(self) -> str:
        if self.override is not None:
            return f"override {self.override}"
        place = [self.file, self.line, self.column]
        return ":".join(str(part) for part in place if part is not None)


@dataclass(slots=True)
class Provenance:
    """Which layer or override each value is from: of the longest known start of its path."""

    layers: tuple[Layer, ...] = ()
    owners: dict[Path, int] = field(default_factory=dict)
    overrides: dict[Path, str] = field(default_factory=dict)
    _places: dict[int, Places] = field(default_factory=dict)

    def origin(self, path: Path) -> Origin:
        """Where the value at a path came from; its nearest parent, where there is none."""
        for length in range(len(path), -1, -1):
            start = path[:length]
            if start in self.overrides:
                return Origin(override=self.overrides[start])
            if start in self.owners:
                return self._in_file(self.owners[start], path)
        return Origin()

    def replace(self, path: Path, override: str) -> None:
        """Take what is at a path for the work of an override, whatever was there before."""
        for known in [known for known in self.owners if known[: len(path)] == path]:
            del self.owners[known]
        self.overrides[path] = override

    def _in_file(self, number: int, path: Path) -> Origin:
        layer = self.layers[number]
        if number not in self._places:
            self._places[number] = _places(layer)
        place = self._places[number].nearest(path)
        return Origin(layer.name, place.line, place.column)


class LoadedConfig(dict[str | int, Any]):
    """A config as the mapping that it is, which also knows its layers and overrides.

    It may be registered, compared and passed on wherever a mapping may. What is changed in it
    later keeps the origin of what was there before.
    """

    def __init__(
        self, data: Mapping[str | int, Plain] | None = None, provenance: Provenance | None = None
    ) -> None:
        super().__init__(data or {})
        self.provenance = provenance or Provenance()

    @property
    def id(self) -> ConfigId:
        """The config id that this data has, registered or not."""
        return config_id(emit(self.data))

    @property
    def data(self) -> dict[str | int, Plain]:
        """The data as a plain mapping."""
        return dict(self)

    @property
    def layers(self) -> tuple[str, ...]:
        """The files it was made from, the lowest first."""
        return tuple(layer.name for layer in self.provenance.layers)

    @property
    def overrides(self) -> tuple[str, ...]:
        """The overrides that set or removed something, in their order."""
        return tuple(dict.fromkeys(self.provenance.overrides.values()))

    def origin(self, path: str | Path) -> Origin:
        """Where the value at a path (`"training.lr"`) came from.

        Raises:
            NotFoundError: there is no such value.
            UsageError: this is no path.
        """
        found = fitted(read_path(path), self.data) if isinstance(path, str) else path
        if isinstance(look_up(self.data, found), Missing):
            raise NotFoundError(f"there is no {path_text(found)} in this config")
        return self.provenance.origin(found)

    def nearest_origin(self, path: Path) -> Origin:
        """Where the value at a path came from, or where there is none, its nearest parent."""
        return self.provenance.origin(path)


def _places(layer: Layer) -> Places:
    try:
        text = layer.path.read_bytes()
    except OSError:
        text = b""  # it was there a moment ago: the file's name alone has to do
    return places(text, layer.name)
