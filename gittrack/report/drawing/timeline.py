"""What ran when."""

from __future__ import annotations

from collections.abc import Iterator

from gittrack.report.drawing.frame import Frame
from gittrack.report.drawing.scales import Scale
from gittrack.report.drawing.svg import CHARACTER, element, line, picture, text, tip
from gittrack.report.figures import Timeline

_WIDTH = 960.0
_STATES = {"FINISHED": "f0", "RUNNING": "warn", "FAILED": "bad", "KILLED": "f6"}
_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"))


def draw_timeline(figure: Timeline) -> str:
    """A bar for each span, coloured by what it came to."""
    count = len(figure.spans)
    tall = 20.0 if count <= 20 else 12.0 if count <= 60 else 7.0
    longest = max((min(len(span.name), 24) for span in figure.spans), default=1)
    left = 16 + CHARACTER * longest if tall >= 12 else 20.0
    end = max((span.end for span in figure.spans), default=1.0) or 1.0
    frame = Frame(left, 30, _WIDTH - 20, 34 + tall * count, Scale(0, end * 1.01), Scale(0, 1))
    parts = [*_legend(figure), *_ground(frame, end)]
    for number, span in enumerate(figure.spans):
        y = frame.top + 2 + tall * number
        x1, x2 = frame.place(span.start, 0)[0], frame.place(span.end, 0)[0]
        said = tip(f"{span.name}: {span.state}, {_time(span.end - span.start)}")
        shade = _STATES.get(span.state, "f7")
        wide = max(x2 - x1, 1.5)
        parts.append(
            element("rect", said, x=x1, y=y, width=wide, height=tall - 2, class_=f"{shade} mark")
        )
        if tall >= 12:
            parts.append(text(left - 8, y + tall / 2 + 3, span.name, "end tick", longest=24))
    return picture(_WIDTH, frame.bottom + 26, figure.title, parts, figure.note)


def _ground(frame: Frame, end: float) -> Iterator[str]:
    size, unit = next((pair for pair in _UNITS if end >= 2 * pair[0]), _UNITS[-1])
    for value in Scale(0, end / size).ticks(8):
        x, _ = frame.place(value * size, 0)
        yield line(x, frame.top, x, frame.bottom, "grid")
        yield text(x, frame.bottom + 16, f"{value:g} {unit}", "mid tick")


def _legend(figure: Timeline) -> Iterator[str]:
    x = 20.0
    for state in dict.fromkeys(span.state for span in figure.spans):
        yield element("rect", x=x, y=6, width=12, height=12, class_=_STATES.get(state, "f7"))
        yield text(x + 17, 16, state.lower(), "tick")
        x += 34 + CHARACTER * len(state)


def _time(seconds: float) -> str:
    size, unit = next((pair for pair in _UNITS if seconds >= pair[0]), _UNITS[-1])
    return f"{seconds / size:.3g} {unit}"
