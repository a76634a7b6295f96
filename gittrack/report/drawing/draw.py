"""Any figure as a picture."""

from __future__ import annotations

from gittrack.report.drawing.bars import draw_bars, draw_histogram
from gittrack.report.drawing.diagram import draw_diagram
from gittrack.report.drawing.field import draw_field
from gittrack.report.drawing.lines import draw_lines
from gittrack.report.drawing.matrix import draw_matrix
from gittrack.report.drawing.parallel import draw_parallel
from gittrack.report.drawing.points import draw_points
from gittrack.report.drawing.style import light_style
from gittrack.report.drawing.svg import element, text
from gittrack.report.drawing.timeline import draw_timeline
from gittrack.report.figures import (
    Bars,
    Diagram,
    Field,
    Figure,
    Histogram,
    Lines,
    Matrix,
    Parallel,
    Points,
    Timeline,
)

_TITLE = 30


def draw(figure: Figure) -> str:
    """The figure as SVG for a page: without its title, coloured by the page's style."""
    match figure:
        case Lines():
            return draw_lines(figure)
        case Points():
            return draw_points(figure)
        case Bars():
            return draw_bars(figure)
        case Histogram():
            return draw_histogram(figure)
        case Matrix():
            return draw_matrix(figure)
        case Parallel():
            return draw_parallel(figure)
        case Field():
            return draw_field(figure)
        case Timeline():
            return draw_timeline(figure)
        case Diagram():
            return draw_diagram(figure)


def standalone(figure: Figure) -> str:
    """The figure as a file of its own: SVG with its title, its style and a white ground."""
    inner = draw(figure)
    width, height = map(float, inner.partition('viewBox="0 0 ')[2].partition('"')[0].split())
    parts = [
        element("style", light_style()),
        element("rect", width=width, height=height + _TITLE, class_="back"),
        text(10, 22, figure.title, "head", longest=int(width / 9)),
        element("g", inner, transform=f"translate(0 {_TITLE})"),
    ]
    return element(
        "svg",
        "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height + _TITLE:g}",
        width=f"{width:g}",
        height=f"{height + _TITLE:g}",
    )
