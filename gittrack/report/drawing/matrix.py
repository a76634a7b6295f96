"""A matrix of counts, as of predictions against the truth."""

from __future__ import annotations

from collections.abc import Iterator

from gittrack.report.drawing.frame import WIDTH
from gittrack.report.drawing.scales import number_text
from gittrack.report.drawing.style import SHADES
from gittrack.report.drawing.svg import CHARACTER, element, picture, text, tip
from gittrack.report.figures import Matrix

_LONGEST = 16
_DARK = SHADES // 2  # from this shade on, dark text is hard to read


def draw_matrix(figure: Matrix) -> str:
    """Cells shaded by their share of the row, with counts where there is room."""
    count = max(len(figure.names), 1)
    longest = max((min(len(name), _LONGEST) for name in figure.names), default=1)
    left, top = 34 + CHARACTER * longest, 44.0
    size = min((WIDTH - left - 14) / count, 72.0)
    parts = [
        text(left + size * count / 2, 16, figure.column_label, "mid label"),
        text(14, top + size * count / 2, figure.row_label, "mid label", turn=-90),
    ]
    parts += _names(figure, left, top, size)
    for number, row in enumerate(figure.counts):
        total = sum(row) or 1
        for place, value in enumerate(row):
            corner = (left + place * size, top + number * size)
            parts += _cell(figure, (number, place), value, value / total, corner, size)
    return picture(WIDTH, top + size * count + 14, figure.title, parts, figure.note)


def _names(figure: Matrix, left: float, top: float, size: float) -> Iterator[str]:
    fit = max(2, int(size / CHARACTER))
    every = max(1, -(-13 // max(int(size), 1)))
    for number, name in enumerate(figure.names):
        if number % every:
            continue
        middle = number * size + size / 2
        yield text(left - 8, top + middle + 4, name, "end tick", longest=_LONGEST)
        if len(name) <= fit or size >= 34:
            yield text(left + middle, top - 8, name, "mid tick", longest=fit)


def _cell(
    figure: Matrix,
    where: tuple[int, int],
    value: float,
    share: float,
    corner: tuple[float, float],
    size: float,
) -> Iterator[str]:
    row, column = (figure.names[place] for place in where)
    said = f"{figure.row_label} {row}, {figure.column_label} {column}: {value:,g} ({share:.1%})"
    shade = min(int(share * SHADES), SHADES - 1)
    x, y = corner
    yield element(
        "rect", tip(said), x=x, y=y, width=size - 1, height=size - 1, class_=f"q{shade} mark"
    )
    if size >= 26:
        shown = number_text(value, 4)
        if CHARACTER * len(shown) <= size:
            yield text(x + size / 2, y + size / 2 + 4, shown, "mid on" if shade >= _DARK else "mid")
