"""The plane that most pictures share: its box, its axes with their ticks, its legend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gittrack.report.drawing.scales import Scale, tick_texts
from gittrack.report.drawing.svg import CHARACTER, element, line, text

WIDTH = 480.0
"""The width of a usual picture; wide ones are twice as wide."""

COLORS = 8
"""How many series differ by colour; after these, colours come again, dashed."""

_LEGEND_ROW = 18.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The box of a plane within its picture, and the scales of both axes."""

    left: float
    top: float
    right: float
    bottom: float
    x: Scale
    y: Scale

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies in the picture; NaN where it has no place."""
        across = self.left + self.x.at(x) * (self.right - self.left)
        return across, self.bottom - self.y.at(y) * (self.bottom - self.top)


def axes(
    frame: Frame, x_label: str, y_label: str, *, x_ticks: Sequence[str] = (), whole: bool = False
) -> Iterator[str]:
    """Grid, ticks and labels; `x_ticks` are names for the whole numbers from 0. With `whole`, only
    whole numbers stand below."""
    yield from _across(frame, x_label, x_ticks, whole=whole)
    ticks = frame.y.ticks()
    for value, words in zip(ticks, tick_texts(ticks), strict=True):
        _, y = frame.place(frame.x.low, value)
        yield line(frame.left, y, frame.right, y, "grid")
        yield text(frame.left - 6, y + 4, words, "end tick")
    yield text(frame.left, frame.top - 8, y_label, "label", longest=50)


def _across(frame: Frame, label: str, names: Sequence[str], *, whole: bool) -> Iterator[str]:
    ticks = [float(place) for place in range(len(names))] or frame.x.ticks(5)
    ticks = [tick for tick in ticks if tick.is_integer()] if whole else ticks
    room = (frame.right - frame.left) / max(len(ticks), 1)
    longest = max(3, int(room / CHARACTER) - 1) if names else 20
    words = list(names) or tick_texts(ticks)
    every = -(-4 * CHARACTER // max(room, 1)) if names else 1
    for number, (value, word) in enumerate(zip(ticks, words, strict=True)):
        x, _ = frame.place(value, frame.y.low)
        yield line(x, frame.bottom, x, frame.bottom + 4, "axis")
        if number % every == 0:
            yield text(x, frame.bottom + 17, word, "mid tick", longest=longest)
    yield line(frame.left, frame.bottom, frame.right, frame.bottom, "axis")
    yield text((frame.left + frame.right) / 2, frame.bottom + 34, label, "mid label", longest=60)


def legend(names: Sequence[str], width: float, top: float) -> tuple[list[str], float]:
    """The names with their colours in rows, and the height that they take."""
    parts: list[str] = []
    x, y = 8.0, top + 10
    for number, name in enumerate(names):
        shown = name if len(name) <= 32 else f"{name[:31]}…"
        wide = 30 + CHARACTER * len(shown)
        if x + wide > width and x > 8:
            x, y = 8.0, y + _LEGEND_ROW
        parts.append(line(x, y - 4, x + 16, y - 4, line_class(number)))
        parts.append(text(x + 21, y, shown, "tick"))
        x += wide + 8
    return parts, y - top + 10 if names else 0.0


def line_class(number: int, *, dashed: bool = False) -> str:
    """The classes of the n-th line."""
    dash = " dash" if dashed or (number // COLORS) % 2 else ""
    return f"line s{number % COLORS}{dash}"


def dot(place: tuple[float, float], radius: float, class_: str, inner: str = "") -> str:
    """A point."""
    return element("circle", inner, cx=place[0], cy=place[1], r=radius, class_=class_)
