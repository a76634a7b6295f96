"""A piece of SQL with the values that are bound to it."""

from __future__ import annotations

from dataclasses import dataclass

SqlValue = str | int | float


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and the values of its question marks, in their order."""

    text: str
    values: tuple[SqlValue, ...] = ()
