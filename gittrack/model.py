"""The values that the registry speaks of: configs with what is known about them, tags, events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gittrack.canonical import Plain
from gittrack.ids import ConfigId, short


@dataclass(frozen=True, slots=True)
class MetaRecord:
    """One event in a config's life: it was registered, or described again.

    `created_at` is UTC in ISO 8601. A `description` of `None` says nothing; an empty one takes
    the description away. `source` is the file the config came from.
    """

    created_at: str
    author: str
    description: str | None = None
    parents: tuple[ConfigId, ...] = ()
    source: str | None = None


@dataclass(frozen=True, slots=True)
class ConfigRecord:
    """A registered config and what is known about it.

    `config` is the nested mapping itself; `None` in listings that leave it out.
    """

    id: ConfigId
    description: str
    tags: tuple[str, ...]
    created_at: str
    author: str
    parents: tuple[ConfigId, ...]
    source: str | None
    config: dict[str | int, Plain] | None = None

    @property
    def short_id(self) -> str:
        """The first twelve digits of the id."""
        return short(self.id)

    @property
    def config_hash(self) -> str:
        """The id under the name that `ExperimentConfig` gives it."""
        return self.id

    def to_dict(self) -> dict[str, Any]:
        """The record as plain data, keyed as in the JSON that `git exp show --json` prints."""
        shown: dict[str, Any] = {
            "id": self.id,
            "short_id": self.short_id,
            "description": self.description,
            "tags": list(self.tags),
            "created_at": self.created_at,
            "author": self.author,
            "parents": list(self.parents),
            "source": self.source,
        }
        if self.config is not None:
            shown["config"] = self.config
        return shown

    def _repr_html_(self) -> str:
        """What is known and the config itself, for notebooks."""
        from gittrack.canonical import emit
        from gittrack.notebook import grid, heading, lines  # a script does without

        rows = [
            ["description", self.description],
            ["tags", ", ".join(self.tags)],
            ["registered", self.created_at],
            ["by", self.author],
        ]
        told = heading(f"config {self.short_id}") + grid([], [row for row in rows if row[1]])
        return told if self.config is None else told + lines(emit(self.config).decode())


@dataclass(frozen=True, slots=True)
class TagRecord:
    """A tag: its true name, its ref, how many configs bear it, when it was last given."""

    name: str
    ref: str
    count: int
    newest: ConfigId
    updated_at: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: when, by whom, what, and the commit that tells, if one does."""

    time: str
    author: str
    action: str
    text: str
    commit: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What verification found wrong: which config, where it is stored, and what is wrong."""

    id: str
    place: str
    reason: str
