"""Curves as a plot of characters: axes, a legend, as wide and as high as it is told; pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gittrack.report.curves import Curve
from gittrack.report.drawing.scales import Scale, number_text, tick_texts
from gittrack.report.text_canvas import Canvas, mark
from gittrack.table import cut
from gittrack.terminal import inline

COLORS = 6
"""Colours that follow one another; more curves begin again with the first."""

LEAST_WIDTH, LEAST_HEIGHT = 30, 6
"""Below this there is no room for axes."""

_LABEL = 40
_HUGE = 1e300

Paint = Callable[[str, int], str]
"""Gives a text in the colour of that number."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a plot looks: its size in characters with axes (`height` without legend and title).

    If it is `marked`, each curve has a mark of its own: they are told apart without colours.
    """

    width: int = 80
    height: int = 20
    log: bool = False
    ascii_only: bool = False
    marked: bool = False
    x_label: str = "step"


def plot_lines(title: str, curves: Sequence[Curve], look: Look, paint: Paint) -> list[str]:
    """The plot's lines, title first and legend last.

    NaN and infinite values are gaps, and the legend counts them, as it does with what a
    logarithmic axis cannot show. `paint` is given what has a colour; labels are harmless.
    """
    scale = _scale((v for curve in curves for v in curve.y), log=look.log)
    across = _scale(v for curve in curves for v in curve.x)
    legend = [_legend(curve, number, look, paint) for number, curve in enumerate(curves)]
    head = inline(title) + (" (log)" if look.log else "")
    if scale is None or across is None:
        return [head, "no value can be drawn", *legend]
    ticks = _rows(scale, look.height - 2)
    margin = max(map(len, ticks.values()), default=1)
    canvas = Canvas(max(look.width - margin - 2, 4), look.height - 2, marked=_is_marked(look))
    for number, curve in enumerate(curves):
        points = [(across.at(x), scale.at(y)) for x, y in zip(curve.x, curve.y, strict=True)]
        canvas.curve(points, number, joined=not curve.is_scatter)
    edge, corner, level = ("|", "+", "-") if look.ascii_only else ("┤", "└", "─")
    wall = "|" if look.ascii_only else "│"
    drawn = [
        f"{ticks.get(row, ''):>{margin}} {edge if row in ticks else wall}{_painted(line, paint)}"
        for row, line in enumerate(canvas.lines())
    ]
    floor = " " * (margin + 1) + corner + level * canvas.width
    below = " " * (margin + 2) + _across(across, canvas.width, look.x_label)
    return [head, *drawn, floor, below.rstrip(), *legend]


def _scale(values: Iterable[float], *, log: bool = False) -> Scale | None:
    known = [
        min(max(value, -_HUGE), _HUGE)
        for value in values
        if math.isfinite(value) and (value > 1 / _HUGE or not log)
    ]
    if not known:
        return None
    low, high = min(known), max(known)
    if log:
        return Scale(low, high, log=True) if low < high else Scale(low / 2, high * 2, log=True)
    if low < high and high - low > abs(high) * 1e-12:
        return Scale(low, high)
    room = abs(low) * 0.1 or 1.0
    return Scale(low - room, high + room)


def _rows(scale: Scale, rows: int) -> dict[int, str]:
    """Texts beside the rows: both ends, and round values between them."""
    most = max(2, rows // 4)
    texts: dict[int, str] = {}
    values = scale.ticks(most)
    for value, text in zip(values, tick_texts(values), strict=True):
        texts.setdefault(round((1 - scale.at(value)) * (rows - 1)), text)
    for row, value in ((0, scale.high), (rows - 1, scale.low)):
        if not any(abs(row - other) < 2 for other in texts):
            texts[row] = number_text(value, 3)
    return texts


def _across(scale: Scale, width: int, label: str) -> str:
    """The line below: round values under their places, and what they are."""
    cells = [" "] * width
    name = f" {label}"
    end = width - len(name)
    values = scale.ticks(max(2, width // 14))
    free = 0
    for value, text in zip(values, tick_texts(values), strict=True):
        place = round(scale.at(value) * (width - 1)) - (len(text) - 1) // 2
        place = min(max(place, 0), width)
        if place >= free and place + len(text) <= end:
            cells[place : place + len(text)] = text
            free = place + len(text) + 1
    cells[end:] = name
    return "".join(cells)


def _painted(line: Sequence[tuple[str, int | None]], paint: Paint) -> str:
    """Neighbours of one colour are painted together; nothing stands behind the last dot."""
    end = max((n for n, (_, color) in enumerate(line) if color is not None), default=-1) + 1
    text, start = "", 0
    for place in range(1, end + 1):
        if place == end or line[place][1] != line[start][1]:
            part = "".join(character for character, _ in line[start:place])
            color = line[start][1]
            text += part if color is None else paint(part, color)
            start = place
    return text


def _is_marked(look: Look) -> bool:
    return look.marked or look.ascii_only


def _legend(curve: Curve, number: int, look: Look, paint: Paint) -> str:
    sign = mark(number) if _is_marked(look) else "━━"
    finite = [value for value in curve.y if math.isfinite(value)]
    facts = []
    if finite:
        texts = [number_text(v, 4) for v in (finite[-1], min(finite), max(finite))]
        facts.append("last {}, min {}, max {}".format(*texts))
    gaps = len(curve.y) - len(finite)
    below = sum(value <= 0 for value in finite) if look.log else 0
    facts += [f"{gaps:,} not finite"] if gaps else []
    facts += [f"{below:,} not above 0"] if below else []
    label = cut(inline(curve.label), _LABEL)
    return f"{paint(sign, number)} {label}  {', '.join(facts)}".rstrip()
