"""Plain data: the types that a config is made of, and how a place in it is named."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gittrack.errors import ValueRefusedError

Scalar = None | bool | int | float | str
"""What a config's leaves are; exactly these types, not their subclasses."""

Plain = None | bool | int | float | str | list["Plain"] | dict[str | int, "Plain"]
"""What a config is made of; exactly these types, not their subclasses."""

_NAME = re.compile(r"[^\W\d][\w-]*")
_LONGEST_STEP = 60
_LONGEST_PATH = 120


class RefusedError(Exception):
    """A refusal on its way up out of nested data; `steps` collects its path, innermost first."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.steps: list[object] = []

    def located(self) -> ValueRefusedError:
        """The error for the caller, with the path that led here."""
        path = path_text(self.steps[::-1])
        shown = path
        if len(path) > _LONGEST_PATH:
            half = _LONGEST_PATH // 2
            shown = f"{path[:half]}…{path[-half:]}"
        message = f"{shown}: {self.message}" if shown else self.message
        return ValueRefusedError(message, path=path, hint=self.hint)


def path_text(steps: Sequence[object]) -> str:
    """The place that `steps` (keys and list positions) lead to, as in `model.layers[2].units`."""
    return "".join(map(_step_text, steps)).removeprefix(".")


def _step_text(step: object) -> str:
    if isinstance(step, str):
        if len(step) > _LONGEST_STEP:
            step = step[:_LONGEST_STEP] + "..."
        elif _NAME.fullmatch(step):
            return "." + step
    return f"[{step!a}]"
