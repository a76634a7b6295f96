"""Several configs side by side: a row for each place, a cell for each config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gittrack.canonical import Plain
from gittrack.diff.change import MISSING, Missing
from gittrack.diff.values import in_order, is_flat, same
from gittrack.query.paths import Key, Path, Position, path_text

Cell = Plain | Missing


@dataclass(frozen=True, slots=True)
class Row:
    """One place; `cells` has the value there for each config, `MISSING` where there is none."""

    path: Path
    cells: tuple[Cell, ...]

    @property
    def text_path(self) -> str:
        """The path as queries write it."""
        return path_text(self.path)

    @property
    def differs(self) -> bool:
        """Whether not all cells are the same."""
        return not all(_same_cell(self.cells[0], cell) for cell in self.cells[1:])


def compare_many(configs: Sequence[Plain], *, all_rows: bool = False) -> list[Row]:
    """The places where `configs` differ, or all places, in the order of the canonical form.

    Mappings, and lists that hold mappings or lists, are taken apart, lists position by position. A
    list of scalars is one cell, and so is anything at a place where the configs have values of
    different kinds, a mapping in one and a number in another.
    """
    rows = _rows((), tuple(configs))
    return [row for row in rows if all_rows or row.differs]


def _rows(path: Path, cells: tuple[Cell, ...]) -> Iterator[Row]:
    present = [cell for cell in cells if cell is not MISSING]
    mappings = [cell for cell in present if isinstance(cell, dict)]
    lists = [cell for cell in present if isinstance(cell, list)]
    if mappings and len(mappings) == len(present):
        yield from _empty(path, cells)
        yield from _mapping_rows(path, cells, mappings)
    elif lists and len(lists) == len(present) and not all(map(is_flat, lists)):
        yield from _empty(path, cells)
        yield from _list_rows(path, cells, max(map(len, lists)))
    elif present:
        yield Row(path, cells)


def _empty(path: Path, cells: tuple[Cell, ...]) -> Iterator[Row]:
    """A row that tells empty collections from missing ones, which the rows below cannot."""
    empty = [cell is not MISSING and not cell for cell in cells]
    if any(empty) and (MISSING in cells or all(empty)):
        yield Row(path, tuple(MISSING if cell else cell for cell in cells))


def _mapping_rows(
    path: Path, cells: tuple[Cell, ...], mappings: list[dict[str | int, Plain]]
) -> Iterator[Row]:
    keys: dict[str | int, Plain] = {key: None for mapping in mappings for key in mapping}
    for key in in_order(keys):
        inner = (cell.get(key, MISSING) if isinstance(cell, dict) else MISSING for cell in cells)
        yield from _rows((*path, Key(key)), tuple(inner))


def _list_rows(path: Path, cells: tuple[Cell, ...], length: int) -> Iterator[Row]:
    for index in range(length):
        inner = (
            cell[index] if isinstance(cell, list) and index < len(cell) else MISSING
            for cell in cells
        )
        yield from _rows((*path, Position(index)), tuple(inner))


def _same_cell(one: Cell, other: Cell) -> bool:
    if isinstance(one, Missing) or isinstance(other, Missing):
        return one is other
    return same(one, other)
