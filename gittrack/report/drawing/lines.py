"""Curves over a common axis."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gittrack.report.drawing.frame import COLORS, WIDTH, Frame, axes, dot, legend, line_class
from gittrack.report.drawing.scales import Scale, number_text, scale_of
from gittrack.report.drawing.svg import element, path, picture, tip
from gittrack.report.figures import Lines, Series
from gittrack.report.thinning import thinned

_DOTS = 40
_MOST = 1000


def draw_lines(figure: Lines) -> str:
    """Curves with axes, and a legend where there are several."""
    names = [series.name for series in figure.series]
    words, tall = legend(names, WIDTH, 0) if len(names) > 1 or figure.unit_square else ([], 0.0)
    top = tall + 24
    plane = 300.0 if figure.unit_square else 220.0
    frame = Frame(56, top, WIDTH - 14, top + plane, *_scales(figure))
    whole = all(map(float.is_integer, (float(x) for one in figure.series for x in one.x)))
    whole = whole and not figure.unit_square
    parts = [*words, *axes(frame, figure.x_label, figure.y_label, whole=whole)]
    if figure.unit_square:
        parts.append(_diagonal(figure, frame))
    for number, series in enumerate(figure.series):
        parts += _curve(frame, series, number, dotted=not figure.unit_square)
    return picture(WIDTH, frame.bottom + 44, figure.title, parts, figure.note)


def _scales(figure: Lines) -> tuple[Scale, Scale]:
    if figure.unit_square:
        return Scale(-0.02, 1.02), Scale(-0.02, 1.02)
    across = [x for series in figure.series for x in series.x]
    values = [y for series in figure.series for y in series.y]
    return scale_of(across), scale_of(values, log=figure.y_log)


def _diagonal(figure: Lines, frame: Frame) -> str:
    """What guessing gives; a precision-recall curve has no such line."""
    if figure.y_label.lower().startswith("precision"):
        return ""
    return element("path", d=path([frame.place(0, 0), frame.place(1, 1)]), class_="reference")


def _curve(frame: Frame, series: Series, number: int, *, dotted: bool) -> Iterator[str]:
    kept = thinned(series.y, _MOST)
    places = [frame.place(series.x[p], series.y[p]) for p in kept]
    if not series.dots:
        yield element("path", d=path(places), class_=line_class(number, dashed=series.dashed))
    if series.dots or (dotted and len(kept) <= _DOTS):
        for position, place in zip(kept, places, strict=True):
            if all(map(math.isfinite, place)):
                x, y = number_text(series.x[position], 6), number_text(series.y[position], 6)
                said = tip(f"{series.name}: {y} at {x}")
                yield dot(place, 2.6, f"f{number % COLORS} mark", said)
