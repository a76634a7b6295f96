"""`--format`: a line for each row in the manner of `git for-each-ref`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from gittrack.errors import UsageError
from gittrack.shown import json_data
from gittrack.table import cut
from gittrack.terminal import json_text, one_line

Row = TypeVar("Row")
Getter = Callable[[Row], str]

# A field's name may hold a closing parenthesis between backticks, as keys in paths do.
_PART = re.compile(r"%(?:\(((?:`[^`]*`|[^)`])*)\)|([0-9a-fA-F]{2})|(%))|%")
SIZED = re.compile(r"(.+):([0-9]{1,4})", re.DOTALL)
"""A field with its size: `run_id:12`."""

_MOST_NAMES = 20


class Template(Generic[Row]):
    """A line with `%(field)`, `%(field:12)` (its first 12 cells), `%%` and `%xx` (a character by
    its hex code)."""

    def __init__(
        self, text: str, resolve: Callable[[str], Getter[Row] | None], names: Sequence[str] = ()
    ) -> None:
        """Read a template.

        Args:
            text: The template.
            resolve: Gives for a field's name what reads it from a row, as text for terminals;
                `None` if there is no such field.
            names: Fields that an error about an unknown one tells of.

        Raises:
            UsageError: the text is no template, or names a field that there is not.
        """
        self._names = names
        self._resolve = resolve
        self._parts: list[str | Getter[Row]] = []
        position = 0
        for match in _PART.finditer(text):
            self._parts += [text[position : match.start()], self._part(match)]
            position = match.end()
        self._parts.append(text[position:])

    def fill(self, row: Row) -> str:
        """The line for one row."""
        return "".join(part if isinstance(part, str) else part(row) for part in self._parts)

    def _part(self, match: re.Match[str]) -> str | Getter[Row]:
        if match[2]:
            return chr(int(match[2], 16))
        if match[3]:
            return "%"
        field = match[1]
        if field is None:
            raise UsageError(
                f"cannot read the format at {match.string[match.start() :]!r}",
                hint="write %(field), or %% for a percent sign",
            )
        return self._field(field)

    def _field(self, field: str) -> Getter[Row]:
        getter = self._resolve(field)
        if getter is not None:
            return getter
        sized = SIZED.fullmatch(field)
        whole = self._resolve(sized[1]) if sized else None
        if sized is None or whole is None:
            raise _unknown(field, self._names)
        cells = int(sized[2])
        return lambda row: cut(whole(row), cells, ellipsis="")


def row_template(text: str, columns: Sequence[str]) -> Template[Mapping[str, Any]]:
    """A template whose fields are the columns of a table; missing values are the empty text.

    Rows are mappings such as those of `Table.to_dicts`.

    Raises:
        UsageError: the text is no template, or names a column that there is not.
    """
    known = set(columns)

    def resolve(field: str) -> Getter[Mapping[str, Any]] | None:
        return (lambda row: _text(row.get(field))) if field in known else None

    return Template(text, resolve, columns)


def _unknown(field: str, names: Sequence[str]) -> UsageError:
    """The hint names a field much like it, or those that there are."""
    from difflib import get_close_matches  # most fields are right

    similar = get_close_matches(field, names, n=1)
    listed = " ".join(f"%({name})" for name in similar or names[:_MOST_NAMES])
    more = " …" if len(names) > _MOST_NAMES else ""
    hint = f"did you mean {listed}?" if similar else f"known are {listed}{more}"
    return UsageError(f"there is no field %({field})", hint=hint)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return one_line(value)
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
        case int() | float():
            return repr(value)
    return json_text(json_data(value))
