"""What a review says: pins that moved and configs that are new, each beside its predecessor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gittrack.diff import Change
from gittrack.ids import ConfigId, short

Relation = Literal["pin", "parent", "similar", "none"]
"""How a config's predecessor was found: the pin's old config, a parent, the most similar one."""


@dataclass(frozen=True, slots=True)
class Side:
    """A config on one side of the comparison, and what is known about it.

    `created_at` is UTC in ISO 8601, empty where no record tells it.
    """

    id: ConfigId
    description: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    created_at: str = ""
    source: str | None = None

    @property
    def short_id(self) -> str:
        """The first twelve digits of the id."""
        return short(self.id)


@dataclass(frozen=True, slots=True)
class PinMove:
    """A pin that differs: added (no `old`), removed (no `new`), or moved.

    `source` is the file that it pins at head (at base if it is removed), or `None`.
    """

    name: str
    old: ConfigId | None
    new: ConfigId | None
    source: str | None = None

    @property
    def kind(self) -> Literal["added", "removed", "moved", "source"]:
        """What happened; `source`: it pins the same config, but another file."""
        if self.old is None:
            return "added"
        if self.new is None:
            return "removed"
        return "source" if self.old == self.new else "moved"


@dataclass(frozen=True, slots=True)
class Summary:
    """A metric over the runs of one config.

    `spread` is the sample standard deviation, `None` for a single run; `best` the largest value,
    or the smallest where lower is better.
    """

    count: int
    mean: float
    spread: float | None
    best: float


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric on both sides; a side without runs that logged it is `None`."""

    name: str
    lower_is_better: bool
    base: Summary | None
    head: Summary | None

    @property
    def absolute(self) -> float | None:
        """Mean at head less mean at base."""
        if self.base is None or self.head is None:
            return None
        return self.head.mean - self.base.mean

    @property
    def relative(self) -> float | None:
        """The change over the size of the base's mean; `None` where that is 0."""
        change = self.absolute
        if change is None or self.base is None or self.base.mean == 0:
            return None
        return change / abs(self.base.mean)

    @property
    def verdict(self) -> Literal["better", "worse", "same"] | None:
        """The change with its direction; `None` where there is nothing to compare."""
        change = self.absolute
        if change is None or change != change:
            return None
        if change == 0:
            return "same"
        return "better" if (change < 0) == self.lower_is_better else "worse"


@dataclass(frozen=True, slots=True)
class Item:
    """One config to review: at head, beside its predecessor at base.

    `pins` are those that moved to it. A pin that was removed has an item without `head`.
    `unchanged` counts the values that are the same on both sides.
    """

    pins: tuple[PinMove, ...]
    base: Side | None
    head: Side | None
    relation: Relation
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    metrics: tuple[MetricChange, ...] = ()
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class GateResult:
    """A condition of `--fail-on` and where it is met: one line each; `unknown` says where it
    could not be judged, for want of metrics or of a base."""

    condition: str
    met: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """All that changed between two commits; `base` is `None` where there is no common history.

    `removed` are configs of the base that head lacks, `notes` one-line remarks.
    """

    base: str | None
    head: str
    base_name: str
    head_name: str
    items: Sequence[Item]
    removed: Sequence[Side] = ()
    gates: Sequence[GateResult] = ()
    notes: Sequence[str] = ()

    @property
    def failed(self) -> bool:
        """Whether a gate is met."""
        return any(gate.met for gate in self.gates)
