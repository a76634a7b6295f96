"""Bars: a number for each name, or counts between edges."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gittrack.report.drawing.frame import COLORS, WIDTH, Frame, axes, legend
from gittrack.report.drawing.scales import Scale, number_text, scale_of, tick_texts
from gittrack.report.drawing.svg import CHARACTER, element, line, picture, text, tip
from gittrack.report.figures import Bars, Histogram

_ROW = 24.0
_LONGEST = 26
_HUGE = 1e300


def draw_bars(figure: Bars) -> str:
    """Horizontal bars below one another, each with its name and its number."""
    longest = max((min(len(name), _LONGEST) for name in figure.names), default=4)
    left = 16 + 1.08 * CHARACTER * (longest + 1)
    ends = [0.0, *figure.values, *figure.low, *figure.high]
    known = [min(max(value, -_HUGE), _HUGE) for value in ends if math.isfinite(value)]
    low, high = min(known), max(known)
    room = (high - low) * 0.02
    scale = Scale(low - (room if low < 0 else 0), high + room if high > low else low + 1)
    bottom = 10 + _ROW * len(figure.names)
    frame = Frame(left, 6, WIDTH - 58, bottom, scale, Scale(0, 1))
    parts = list(_ground(figure, frame))
    for number in range(len(figure.names)):
        parts += _bar(figure, frame, number)
    return picture(WIDTH, bottom + (44 if figure.x_label else 26), figure.title, parts, figure.note)


def _ground(figure: Bars, frame: Frame) -> Iterator[str]:
    ticks = frame.x.ticks(4)
    for value, words in zip(ticks, tick_texts(ticks), strict=True):
        x, _ = frame.place(value, 0)
        yield line(x, frame.top, x, frame.bottom, "grid")
        yield text(x, frame.bottom + 16, words, "mid tick")
    if figure.x_label:
        yield text((frame.left + frame.right) / 2, frame.bottom + 34, figure.x_label, "mid label")


def _bar(figure: Bars, frame: Frame, number: int) -> Iterator[str]:
    name, value = figure.names[number], figure.values[number]
    y = frame.top + _ROW * number + 4
    yield text(frame.left - 8, y + 13, name, "end", longest=_LONGEST)
    if not math.isfinite(value):
        yield text(frame.left + 4, y + 13, number_text(value), "tick")
        return
    start, end = sorted((frame.place(0, 0)[0], frame.place(value, 0)[0]))
    said = tip(f"{name}: {number_text(value, 6)}")
    fill = "f0" if value >= 0 else "f1"
    wide = max(end - start, 0.5)
    yield element("rect", said, x=start, y=y + 2, width=wide, height=14, class_=f"{fill} mark")
    furthest = end
    if figure.low and figure.high:
        ends = [frame.place(v, 0)[0] for v in (figure.low[number], figure.high[number])]
        if all(map(math.isfinite, ends)):
            yield line(ends[0], y + 9, ends[1], y + 9, "whisker")
            furthest = max(end, *ends)
    yield text(furthest + 6, y + 13, number_text(value, 3), "tick")


def draw_histogram(figure: Histogram) -> str:
    """Counts as steps; several names are laid over one another."""
    words, tall = legend(figure.names, WIDTH, 0) if len(figure.names) > 1 else ([], 0.0)
    top = tall + 24
    counts = [count for one in figure.counts for count in one]
    edges = figure.edges
    across = scale_of(edges)
    frame = Frame(56, top, WIDTH - 14, top + 200, across, scale_of(counts, zero=True))
    parts = [*words, *axes(frame, figure.x_label, "count")]
    for number, one in enumerate(figure.counts):
        for place, count in enumerate(one):
            if count > 0:
                parts.append(_column(frame, number, edges[place], edges[place + 1], count))
    return picture(WIDTH, frame.bottom + 44, figure.title, parts, figure.note)


def _column(frame: Frame, number: int, low: float, high: float, count: float) -> str:
    left, top = frame.place(low, count)
    right, bottom = frame.place(high, 0)
    said = tip(f"{number_text(low)} to {number_text(high)}: {count:,g}")
    return element(
        "rect",
        said,
        x=left,
        y=top,
        width=max(right - left - 0.6, 0.4),
        height=max(bottom - top, 0.4),
        class_=f"f{number % COLORS} thin mark",
    )
