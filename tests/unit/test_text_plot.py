"""Plots of characters: what holds for all curves."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from gittrack.report.curves import Curve, smoothed
from gittrack.report.text_canvas import Canvas
from gittrack.report.text_plot import LEAST_HEIGHT, LEAST_WIDTH, Look, plot_lines

VALUES = st.lists(st.floats(width=64), min_size=1, max_size=40)
LABELS = st.text(max_size=60)


def unpainted(text: str, _: int) -> str:
    return text


@given(
    curves=st.lists(st.tuples(LABELS, VALUES, VALUES), min_size=1, max_size=4),
    width=st.integers(LEAST_WIDTH, 120),
    height=st.integers(LEAST_HEIGHT, 40),
    log=st.booleans(),
    ascii_only=st.booleans(),
)
def test_any_curves_fit_into_the_plot(
    curves: list[tuple[str, list[float], list[float]]],
    width: int,
    height: int,
    log: bool,
    ascii_only: bool,
) -> None:
    """Whatever the numbers are, a plot has the lines and the width that it is told."""
    known = [
        Curve(label, x[: min(len(x), len(y))], y[: min(len(x), len(y))]) for label, x, y in curves
    ]
    look = Look(width, height, log, ascii_only)
    lines = plot_lines("title", known, look, unpainted)
    plot = lines[1 : -len(known)]
    assert len(plot) in (1, height)
    assert all(len(line) <= width and line.isprintable() for line in plot)


@given(VALUES, st.floats(0, 0.99))
def test_smoothing_keeps_length_gaps_and_bounds(values: list[float], weight: float) -> None:
    """Averages lie between the finite values, and NaN and infinities stay where they are."""
    known = [v if abs(v) < 1e300 else math.inf for v in values]
    found = smoothed(Curve("", known, known), weight).y
    finite = [value for value in known if math.isfinite(value)]
    assert len(found) == len(known)
    for before, after in zip(known, found, strict=True):
        if math.isfinite(before):
            room = 1e-9 * max(map(abs, finite))
            assert min(finite) - room <= after <= max(finite) + room
        else:
            assert after is before or after == before


def test_canvas_joins_points_and_leaves_gaps() -> None:
    """A rising line fills the diagonal; a NaN cuts it."""
    whole, cut = Canvas(5, 5, marked=True), Canvas(5, 5, marked=True)
    whole.curve([(0, 0), (1, 1)], 0)
    cut.curve([(0, 0), (math.nan, math.nan), (1, 1)], 0)

    def drawn(canvas: Canvas) -> list[str]:
        return ["".join(character for character, _ in line) for line in canvas.lines()]

    assert drawn(whole) == ["    *", "   * ", "  *  ", " *   ", "*    "]
    assert drawn(cut) == ["    *", "     ", "     ", "     ", "*    "]
