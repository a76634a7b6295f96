"""What one parameter of a search space may be: a range, choices or a constant; pure."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from gittrack.canonical import Plain

Asked = float | int | bool | str | None
"""What a trial answers with."""

MOST_POINTS = 1_000_000
"""Points of a range that are listed at most."""

_WIDEST = 2**53  # beyond it, floats, as which samplers see integers, leave some of them out


class Trial(Protocol):
    """What a search space asks: an Optuna trial, or anything with these three methods."""

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None, log: bool
    ) -> float:
        """A number between `low` and `high`, both included."""

    def suggest_int(self, name: str, low: int, high: int, *, step: int, log: bool) -> int:
        """An integer between `low` and `high`, both included."""

    def suggest_categorical(self, name: str, choices: Sequence[Asked]) -> Asked:
        """One of the choices."""


class DomainError(ValueError):
    """A domain makes no sense; the message is what stands after the parameter's name."""


@dataclass(frozen=True, slots=True)
class FloatRange:
    """Numbers from `low` to `high`, both included; with a step, only `low` + k · `step`."""

    low: float
    high: float
    step: float | None = None
    log: bool = False

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, self.step, self.log)
        if not math.isfinite(self.high - self.low):
            raise DomainError("the range is too wide for floats")
        if self.step is not None:
            object.__setattr__(self, "high", self._at(self._steps()))

    def ask(self, trial: Trial, name: str) -> Plain:
        """The value that a trial takes."""
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def form(self) -> dict[str | int, Plain]:
        """The long form that says the same."""
        return _form("float", self.low, self.high, self.step, self.log)

    def points(self) -> list[Asked] | None:
        """All values in order; `None` where they cannot be counted."""
        if self.step is None:
            return [self.low] if self.low == self.high else None
        count = self._steps() + 1
        return [self._at(index) for index in range(count)] if count <= MOST_POINTS else None

    def may_be(self, value: Plain) -> bool:
        """Whether the value lies in the range."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return self.low <= value <= self.high

    # Exact, and as Optuna counts: 0.1 is a tenth here, not its nearest binary fraction.

    def _steps(self) -> int:
        steps = (Decimal(str(self.high)) - Decimal(str(self.low))) / Decimal(str(self.step))
        if steps > _WIDEST:
            raise DomainError(f"the step {self.step} is too small for the range")
        return int(steps)

    def _at(self, index: int) -> float:
        return float(Decimal(str(self.low)) + index * Decimal(str(self.step)))


@dataclass(frozen=True, slots=True)
class IntRange:
    """Integers from `low` to `high`, both included, `step` apart."""

    low: int
    high: int
    step: int = 1
    log: bool = False

    def __post_init__(self) -> None:
        if max(abs(self.low), abs(self.high), abs(self.step)) > _WIDEST:
            raise DomainError("an integer's range ends at 2^53")
        _check_range(self.low, self.high, None if self.step == 1 else self.step, self.log)
        object.__setattr__(self, "high", range(self.low, self.high + 1, self.step)[-1])

    def ask(self, trial: Trial, name: str) -> Plain:
        """The value that a trial takes."""
        return trial.suggest_int(name, self.low, self.high, step=self.step, log=self.log)

    def form(self) -> dict[str | int, Plain]:
        """The long form that says the same."""
        return _form("int", self.low, self.high, None if self.step == 1 else self.step, self.log)

    def points(self) -> list[Asked] | None:
        """All values in order; `None` where there are too many."""
        values = range(self.low, self.high + 1, self.step)
        return list(values) if len(values) <= MOST_POINTS else None

    def may_be(self, value: Plain) -> bool:
        """Whether the value is one of the range."""
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        return is_integer and value in range(self.low, self.high + 1, self.step)


@dataclass(frozen=True, slots=True)
class Choices:
    """One of several values. A trial is asked for lists and mappings by their JSON text."""

    values: tuple[Plain, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise DomainError("there are no choices")
        seen: list[Asked] = []
        for value, asked in zip(self.values, self._asked(), strict=True):
            # Optuna compares choices with ==, for which 1, 1.0 and true are one.
            if asked in seen or (asked != asked and any(one != one for one in seen)):
                raise DomainError(f"the choice {choice_text(value)} is there twice")
            seen.append(asked)

    def ask(self, trial: Trial, name: str) -> Plain:
        """The choice that a trial takes."""
        asked = self._asked()
        answer = trial.suggest_categorical(name, asked)
        for value, one in zip(self.values, asked, strict=True):
            if one == answer or (one != one and answer != answer):
                return value
        raise DomainError(f"{answer!r} is none of its choices")

    def form(self) -> dict[str | int, Plain]:
        """The long form that says the same."""
        return {"type": "categorical", "choices": list(self.values)}

    def points(self) -> list[Asked] | None:
        """All choices, as a trial is asked for them."""
        return self._asked()

    def may_be(self, value: Plain) -> bool:
        """Whether the value is one of the choices."""
        return any(is_same(value, one) for one in self.values)

    def _asked(self) -> list[Asked]:
        return [
            choice_text(value) if isinstance(value, list | dict) else value for value in self.values
        ]


@dataclass(frozen=True, slots=True)
class Constant:
    """One value, which no trial is asked for."""

    value: Plain

    def ask(self, trial: Trial, name: str) -> Plain:  # noqa: ARG002 - as the others are called
        """The value."""
        return self.value

    def form(self) -> Plain:
        """The form that says the same."""
        return {"constant": self.value}

    def points(self) -> list[Asked] | None:
        """Nothing to choose."""
        return []

    def may_be(self, value: Plain) -> bool:
        """Whether it is the value."""
        return is_same(value, self.value)


Domain = FloatRange | IntRange | Choices | Constant


def is_same(one: Plain, other: Plain) -> bool:
    """Whether two values are equal; a boolean equals no number."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return one == other or (one != one and other != other)


def choice_text(value: Plain) -> str:
    """A choice as JSON, for messages and as the name by which a trial is asked for it."""
    return json.dumps(value, ensure_ascii=False)


def _check_range(low: float, high: float, step: float | None, log: bool) -> None:
    for name, bound in (("low", low), ("high", high), ("step", step)):
        if bound is not None and not math.isfinite(bound):
            raise DomainError(f"{name} is {bound}: it must be finite")
    if low > high:
        raise DomainError(f"low {low} is above high {high}")
    if step is not None and step <= 0:
        raise DomainError(f"step {step} is not above 0")
    if log and low <= 0:
        raise DomainError(f"low {low} is not above 0, as a logarithmic range needs")
    if log and step is not None:
        raise DomainError("a logarithmic range cannot have a step")


def _form(
    kind: str, low: float, high: float, step: float | None, log: bool
) -> dict[str | int, Plain]:
    form: dict[str | int, Plain] = {"type": kind, "low": low, "high": high}
    if step is not None:
        form["step"] = step
    if log:
        form["log"] = True
    return form
