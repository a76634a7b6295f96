"""A value over two parameters, shaded, with the points that it was made from."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gittrack.report.drawing.frame import WIDTH, Frame, axes, dot
from gittrack.report.drawing.scales import Scale, number_text
from gittrack.report.drawing.style import SHADES
from gittrack.report.drawing.svg import element, picture, text
from gittrack.report.figures import Field


def draw_field(figure: Field) -> str:
    """Cells of one shade joined along rows, a scale of shades above, points on top."""
    known = [value for row in figure.cells for value in row if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    span = (high - low) or 1.0
    x, y = Scale(*figure.x, figure.x_log), Scale(*figure.y, figure.y_log)
    frame = Frame(56, 52, WIDTH - 14, 282, x, y)
    parts = [*_shades(figure, low, high)]
    tall = (frame.bottom - frame.top) / max(len(figure.cells), 1)
    for number, row in enumerate(figure.cells):
        shades = [_shade((v - low) / span) if math.isfinite(v) else -1 for v in row]
        parts += _row(frame, shades, frame.bottom - (number + 1) * tall, tall)
    parts += axes(frame, figure.x_label, figure.y_label)
    parts += [dot(frame.place(*point), 1.8, "white") for point in figure.points]
    return picture(WIDTH, frame.bottom + 44, figure.title, parts, figure.note)


def _shade(share: float) -> int:
    return min(int(share * SHADES), SHADES - 1)


def _row(frame: Frame, shades: list[int], top: float, tall: float) -> Iterator[str]:
    wide = (frame.right - frame.left) / max(len(shades), 1)
    start = 0
    for place in range(1, len(shades) + 1):
        if place < len(shades) and shades[place] == shades[start]:
            continue
        if shades[start] >= 0:
            yield element(
                "rect",
                x=frame.left + start * wide,
                y=top,
                width=(place - start) * wide + 0.4,
                height=tall + 0.4,
                class_=f"q{shades[start]}",
            )
        start = place


def _shades(figure: Field, low: float, high: float) -> Iterator[str]:
    yield text(WIDTH - 190, 15, number_text(low, 3), "end tick")
    for shade in range(SHADES):
        x = WIDTH - 184 + 15 * shade
        yield element("rect", x=x, y=5, width=15, height=12, class_=f"q{shade}")
    yield text(WIDTH - 58, 15, number_text(high, 3), "tick")
    yield text(8, 15, figure.value_label, "strong", longest=34)
