"""Points in a plane, in classes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gittrack.report.drawing.frame import COLORS, WIDTH, Frame, axes, dot
from gittrack.report.drawing.scales import Scale, number_text, scale_of
from gittrack.report.drawing.svg import CHARACTER, element, path, picture, text, tip
from gittrack.report.figures import Points


def draw_points(figure: Points) -> str:
    """The points with axes; classes are told by colours and in a legend."""
    words, tall = _legend(figure)
    top = tall + 24
    on_line = [*figure.line]
    across = (
        Scale(-0.5, len(figure.ticks) - 0.5)
        if figure.ticks
        else scale_of([*figure.x, *(x for x, _ in on_line)], log=figure.x_log)
    )
    down = scale_of([*figure.y, *(y for _, y in on_line)], log=figure.y_log)
    frame = Frame(56, top, WIDTH - 14, top + 220, across, down)
    parts = [*words, *_axes(figure, frame)]
    parts += _marks(figure, frame)
    if on_line:
        places = [frame.place(x, y) for x, y in on_line]
        parts.append(element("path", d=path(places), class_="line s1"))
    return picture(WIDTH, frame.bottom + 44, figure.title, parts, figure.note)


def _axes(figure: Points, frame: Frame) -> Iterator[str]:
    whole = all(map(float.is_integer, map(float, figure.x)))
    return axes(frame, figure.x_label, figure.y_label, x_ticks=figure.ticks, whole=whole)


def _legend(figure: Points) -> tuple[list[str], float]:
    if len(figure.groups) < 2:
        return [], 0.0
    parts, x = [], 8.0
    for number, name in enumerate(figure.groups[:COLORS]):
        parts.append(dot((x + 4, 11), 4, f"f{number % COLORS}"))
        parts.append(text(x + 13, 15, name, "tick", longest=24))
        x += 30 + CHARACTER * min(len(name), 24)
    return parts, 18.0


def _marks(figure: Points, frame: Frame) -> Iterator[str]:
    radius = 2.4 if len(figure.x) > 400 else 3.4
    thin = " thin" if len(figure.x) > 200 else ""
    for number, (x, y) in enumerate(zip(figure.x, figure.y, strict=True)):
        place = frame.place(x, y)
        if not all(map(math.isfinite, place)):
            continue
        group = figure.group[number] if figure.group else 0
        told = f"{number_text(y, 6)} at {number_text(x, 6)}"
        said = tip(figure.labels[number] if figure.labels else told)
        yield dot(place, radius, f"f{group % COLORS}{thin} mark", said)
