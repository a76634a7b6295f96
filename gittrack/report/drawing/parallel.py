"""Parallel coordinates: a line for each row, over several axes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gittrack.report.drawing.scales import Scale, tick_texts
from gittrack.report.drawing.style import SHADES
from gittrack.report.drawing.svg import CHARACTER, element, line, number, path, picture, text, tip
from gittrack.report.figures import Axis, Parallel

_WIDTH = 960.0
_TOP, _BOTTOM = 44.0, 330.0
_MOST_TICKS = 12


def draw_parallel(figure: Parallel) -> str:
    """The lines, the better ones darker and above the others; axes with their ends and ticks."""
    count = len(figure.axes)
    step = (_WIDTH - 150) / max(count - 1, 1)
    places = [66 + step * place for place in range(count)]
    scales = [Scale(axis.low, axis.high, axis.log) for axis in figure.axes]
    parts = list(_rows(figure, places, scales))
    for axis, scale, x in zip(figure.axes, scales, places, strict=True):
        parts += _axis(axis, scale, x, step)
    return picture(_WIDTH, _BOTTOM + 20, figure.title, parts, figure.note)


def _rows(figure: Parallel, places: list[float], scales: list[Scale]) -> Iterator[str]:
    for row in sorted(range(len(figure.rows)), key=figure.shade.__getitem__):
        shares = [s.at(v) for s, v in zip(scales, figure.rows[row], strict=True)]
        points = [(x, _down(share)) for x, share in zip(places, shares, strict=True)]
        shade = 1 + min(int(figure.shade[row] * (SHADES - 1)), SHADES - 2)
        said = tip(figure.labels[row]) if figure.labels else ""
        spots = " ".join("" if math.isnan(y) else number(y) for _, y in points).replace(" ", ",")
        yield element("path", said, d=path(points), class_=f"row r{shade} mark", data_spots=spots)


def _axis(axis: Axis, scale: Scale, x: float, step: float) -> Iterator[str]:
    yield element(
        "rect",
        x=x - 10,
        y=_TOP - 4,
        width=20,
        height=_BOTTOM - _TOP + 8,
        class_="brush",
        fill="transparent",
    )
    yield line(x, _TOP, x, _BOTTOM, "axis")
    yield text(x, 20, axis.name, "mid strong", longest=max(6, int(step / CHARACTER) - 2))
    ticks = [float(place) for place in range(len(axis.ticks))] or scale.ticks(5)
    words = list(axis.ticks) or tick_texts(ticks)
    every = -(-len(ticks) // _MOST_TICKS)
    for value, word in list(zip(ticks, words, strict=True))[::every]:
        y = _down(scale.at(value))
        yield line(x - 3, y, x + 3, y, "axis")
        yield text(x + 7, y + 4, word, "tick halo", longest=max(4, int(step / CHARACTER) - 4))


def _down(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)
