"""What a study is to do: its space, objectives, sampler, pruner and budget; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gittrack.canonical import Plain
from gittrack.errors import UsageError
from gittrack.optimize.space import SearchSpace

MINIMIZE, MAXIMIZE = "minimize", "maximize"

_SHORT = {"min": MINIMIZE, "max": MAXIMIZE, "lower": MINIMIZE, "higher": MAXIMIZE}


@dataclass(frozen=True, slots=True)
class Objective:
    """A number that a study makes as small or as large as it can."""

    name: str
    direction: str = MINIMIZE

    @property
    def lower(self) -> bool:
        """Whether the smallest value is the best."""
        return self.direction == MINIMIZE


@dataclass(frozen=True, slots=True)
class Choice:
    """A sampler or pruner by its name, with its options; or one that is made already."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    made: Any = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A study before it begins.

    `trials` are those of the study in all, `timeout` seconds of this session; after `failures`
    failed trials in a row it stops.
    """

    space: SearchSpace
    objectives: tuple[Objective, ...]
    sampler: Choice = Choice("tpe")
    pruner: Choice = Choice("none")
    trials: int | None = None
    timeout: float | None = None
    seed: int | None = None
    failures: int | None = 5

    def __post_init__(self) -> None:
        names = [one.name for one in self.objectives]
        if not names:
            raise UsageError("a study needs an objective", hint="name the metric to improve")
        if len(set(names)) < len(names):
            raise UsageError(f"the objective {names[0]} is there twice")
        if self.trials is not None and self.trials < 1:
            raise UsageError(f"trials is {self.trials}: it must be 1 or more")
        if self.timeout is not None and not self.timeout > 0:
            raise UsageError(f"timeout is {self.timeout}: it must be more than 0 seconds")
        if self.failures is not None and self.failures < 1:
            raise UsageError(f"failures is {self.failures}: it must be 1 or more")

    def to_mapping(self) -> dict[str, Plain]:
        """The plan as the config of the study's own run."""
        space: dict[str | int, Plain] = {}
        space.update(self.space.to_mapping().items())
        found: dict[str, Plain] = {
            "space": space,
            "objectives": {one.name: one.direction for one in self.objectives},
            "sampler": self.sampler.name,
            "pruner": self.pruner.name,
        }
        for name in ("trials", "timeout", "seed"):
            if getattr(self, name) is not None:
                found[name] = getattr(self, name)
        return found


def read_direction(value: object) -> str:
    """`minimize` or `maximize`, however it is spelled.

    Raises:
        UsageError: it is neither.
    """
    text = str(getattr(value, "name", value)).lower()  # an enumeration of Optuna's has a name
    text = _SHORT.get(text, text)
    if text not in (MINIMIZE, MAXIMIZE):
        raise UsageError(f"a direction is minimize or maximize, not {text!r}")
    return text


def read_choice(value: object, default: str) -> Choice:
    """A sampler or pruner as people write it: a name, `{type: name, …}`, or an object.

    Raises:
        UsageError: it is a mapping without a type.
    """
    if value is None:
        return Choice(default)
    if isinstance(value, str):
        return Choice(value.lower())
    if not isinstance(value, Mapping):
        return Choice(type(value).__name__, made=value)
    options = {str(key): inner for key, inner in value.items() if key != "type"}
    if not isinstance(value.get("type"), str):
        raise UsageError("the type is missing", hint="as in {type: tpe, n_startup_trials: 5}")
    return Choice(str(value["type"]).lower(), options)
