"""A drawing of dots in characters: braille, eight dots each, or a mark each."""

from __future__ import annotations

import math
from collections.abc import Iterator

Dot = tuple[int, int]
"""A place of a canvas: columns from the left, rows from the top."""

_BRAILLE = 0x2800
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # by column, then row, of a character
_MARKS = "*o+x#@%&"


class Canvas:
    """Dots of several colours; where colours meet in one character, the later one is seen.

    Args:
        width: characters.
        height: lines.
        marked: one dot a character, a mark for each colour; else braille.
    """

    def __init__(self, width: int, height: int, *, marked: bool = False) -> None:
        self.width, self.height = width, height
        self._marked = marked
        self._across, self._down = (1, 1) if marked else (2, 4)
        self._bits: dict[Dot, int] = {}
        self._colors: dict[Dot, int] = {}

    @property
    def size(self) -> Dot:
        """How many dots there are across and down."""
        return self.width * self._across, self.height * self._down

    def curve(self, points: list[tuple[float, float]], color: int, *, joined: bool = True) -> None:
        """Points, joined by lines if wanted; a NaN is a gap.

        A point's place is given by shares: 0 to 1 from the left, and 0 to 1 from below; what lies
        beyond is left out.
        """
        before: Dot | None = None
        for x, y in points:
            here = self._dot(x, y)
            if here is not None:
                for dot in _line(before or here, here):
                    self._set(dot, color)
            before = here if joined else None

    def lines(self) -> list[list[tuple[str, int | None]]]:
        """The lines from the top: characters, each with its colour or `None` where it is empty."""
        return [
            [self._character((column, row)) for column in range(self.width)]
            for row in range(self.height)
        ]

    def _dot(self, x: float, y: float) -> Dot | None:
        if not (0 <= x <= 1 and 0 <= y <= 1):
            return None
        wide, tall = self.size
        return round(x * (wide - 1)), round((1 - y) * (tall - 1))

    def _set(self, dot: Dot, color: int) -> None:
        cell = dot[0] // self._across, dot[1] // self._down
        if not self._marked:
            bit = _BITS[dot[0] % 2][dot[1] % 4]
            self._bits[cell] = self._bits.get(cell, 0) | bit
        self._colors[cell] = color

    def _character(self, cell: Dot) -> tuple[str, int | None]:
        color = self._colors.get(cell)
        if color is None:
            return " ", None
        if self._marked:
            return mark(color), color
        return chr(_BRAILLE + self._bits[cell]), color


def mark(color: int) -> str:
    """The mark of a colour, in plain ASCII."""
    return _MARKS[color % len(_MARKS)]


def _line(start: Dot, end: Dot) -> Iterator[Dot]:
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for step in range(steps + 1):
        yield (
            math.floor(start[0] + (end[0] - start[0]) * step / steps + 0.5),
            math.floor(start[1] + (end[1] - start[1]) * step / steps + 0.5),
        )
