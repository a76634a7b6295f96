"""What scripts hold, as plain numbers and texts: arrays, series, tensors, known by what they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gittrack.errors import ValueRefusedError


def numbers(values: Any, name: str) -> list[float]:
    """The numbers of an array, a series, a tensor or a list; a column of one is a list.

    Raises:
        ValueRefusedError: it has more dimensions than one, or something in it is no number.
    """
    flat = [_only(value, name) for value in listed(values, name)]
    try:
        return [float(value) for value in flat]
    except (TypeError, ValueError, OverflowError):
        bad = next(value for value in flat if not _is_number(value))
        raise ValueRefusedError(
            f"{name} holds {str(bad)[:40]!r}, which is no number", path=name
        ) from None


def rows_of_numbers(values: Any, name: str) -> list[list[float]]:
    """The rows of a matrix.

    Raises:
        ValueRefusedError: it is none, or its rows differ in length.
    """
    rows = [numbers(row, name) for row in listed(values, name)]
    if len({len(row) for row in rows}) > 1:
        raise ValueRefusedError(f"the rows of {name} differ in length", path=name)
    return rows


def listed(values: Any, name: str) -> list[Any]:
    """The values of anything that can be gone through, as a list of Python's own.

    Raises:
        ValueRefusedError: it is a text, a mapping or a single value.
    """
    for step in ("detach", "cpu"):  # a tensor that learns, or that lies on a device
        values = getattr(values, step)() if hasattr(values, step) else values
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ValueRefusedError(
            f"{name} is no list of values: {type(values).__name__}",
            path=name,
            hint="pass a list, an array or a column of a table",
        )
    return list(values)


def labels(values: Any, name: str) -> list[str]:
    """Classes as texts: `1`, `cat`; a float that is whole as an integer is written."""
    return [_label(_only(value, name)) for value in listed(values, name)]


def columns_of(data: Any, names: Sequence[str] | None = None) -> dict[str, Any]:
    """The columns of a data frame, a mapping, a matrix or a single list, by name.

    Raises:
        ValueRefusedError: there are more or fewer names than columns, or it is no such thing.
    """
    if isinstance(data, Mapping):
        return {str(name): column for name, column in data.items()}
    if hasattr(data, "columns") and hasattr(data, "__getitem__"):
        return {str(name): data[name] for name in data.columns}
    if hasattr(data, "name") and isinstance(data.name, str):
        return {data.name: data}
    rows = listed(data, "data")
    first = rows[0] if rows else None
    is_matrix = hasattr(first, "__len__") and not isinstance(first, str)
    columns = [list(column) for column in zip(*rows, strict=True)] if is_matrix else [rows]
    named = list(names or [f"column {n}" for n in range(len(columns))] if is_matrix else ["data"])
    if len(named) != len(columns):
        raise ValueRefusedError(f"{len(named)} names for {len(columns)} columns", path="names")
    return dict(zip(map(str, named), columns, strict=True))


def _only(value: Any, name: str) -> Any:
    """The value, or the single one of a row of one, as in a column of a matrix."""
    if not isinstance(value, list | tuple):
        return value.item() if hasattr(value, "item") else value
    if len(value) != 1:
        raise ValueRefusedError(
            f"{name} has more dimensions than one", path=name, hint="pass one column of it"
        )
    return _only(value[0], name)


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _label(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
