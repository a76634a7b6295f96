"""Pictures of reports: what is thinned keeps its extremes, what is drawn is whole and harmless."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gittrack.report.drawing import draw, standalone
from gittrack.report.drawing.scales import scale_of, tick_texts
from gittrack.report.figures import (
    Axis,
    Bars,
    Diagram,
    Field,
    Figure,
    Histogram,
    Lines,
    Matrix,
    Node,
    Parallel,
    Points,
    Series,
    Span,
    Timeline,
)
from gittrack.report.studies import Objective, Study
from gittrack.report.study_figures import front, history, plotted
from gittrack.report.thinning import evenly, spread_out, thinned

NUMBERS = st.floats()
NAMES = st.text(max_size=80)
EVIL = "</script><img src=x onerror=alert(1)>\x1b[2J\u202e&\"'"


@given(st.lists(NUMBERS, max_size=400), st.integers(1, 60))
def test_thinning_keeps_the_ends_and_the_extremes(values: list[float], most: int) -> None:
    """A thinned curve has the first and the last point, the least and the greatest value."""
    kept = thinned(values, most)
    assert kept == sorted(set(kept))
    assert len(kept) <= max(most, 5) + 2
    finite = [value for value in values if math.isfinite(value)]
    if finite:
        shown = [values[place] for place in kept if math.isfinite(values[place])]
        assert (min(shown), max(shown)) == (min(finite), max(finite))
    if values:
        assert {0, len(values) - 1} <= set(kept)


@given(st.lists(NUMBERS, min_size=30, max_size=90))
def test_a_gap_stays_a_gap(values: list[float]) -> None:
    """Where a value is NaN or infinite, the thinned curve has one, too."""
    kept = thinned(values, 10)
    broken = any(not math.isfinite(value) for value in values)
    assert any(not math.isfinite(values[place]) for place in kept) == broken


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=200))
def test_points_of_a_plane_are_thinned_by_cells(points: list[tuple[float, float]]) -> None:
    """Of many points those stay that fill other cells, and the extremes of both axes."""
    x, y = [a for a, _ in points], [b for _, b in points]
    kept = spread_out(x, y, 4, 3)
    finite = [p for p in points if all(map(math.isfinite, p))]
    assert len(kept) <= 5 * 4 + 4
    for axis in (0, 1) if finite else ():
        shown = [points[place][axis] for place in kept]
        whole = [point[axis] for point in finite]
        assert (min(shown), max(shown)) == (min(whole), max(whole))


@given(st.integers(0, 500), st.integers(0, 50))
def test_evenly_chosen_positions(count: int, most: int) -> None:
    """At most so many, ascending, with the first and the last where there is room for two."""
    kept = evenly(count, most)
    assert len(kept) <= max(most, 0)
    assert kept == sorted(set(kept))
    if count and most >= 2:
        assert (kept[0], kept[-1]) == (0, count - 1)


@given(st.lists(NUMBERS, max_size=20), st.booleans(), st.booleans())
def test_every_finite_value_has_a_place_on_its_axis(
    values: list[float], log: bool, zero: bool
) -> None:
    """A scale puts each value between its ends, and its ticks differ in their texts."""
    scale = scale_of(values, log=log, zero=zero)
    assert math.isfinite(scale.low)
    assert scale.low < scale.high
    for value in values:
        if math.isfinite(value) and abs(value) < 1e300:
            assert -0.01 <= scale.at(value) <= 1.01
    ticks = scale.ticks()
    assert len(ticks) <= 20
    assert len(set(tick_texts(ticks))) == len(set(ticks))


FIGURES = st.one_of(
    st.builds(
        Lines,
        NAMES,
        st.lists(
            st.builds(
                lambda name, points: Series(name, [x for x, _ in points], [y for _, y in points]),
                NAMES,
                st.lists(st.tuples(NUMBERS, NUMBERS), max_size=12),
            ),
            max_size=11,
        ),
        NAMES,
        NAMES,
        y_log=st.booleans(),
        unit_square=st.booleans(),
    ),
    st.builds(
        lambda name, points, log: Points(
            name, [x for x, _ in points], [y for _, y in points], name, name, y_log=log
        ),
        NAMES,
        st.lists(st.tuples(NUMBERS, NUMBERS), max_size=12),
        st.booleans(),
    ),
    st.builds(
        lambda rows: Bars("bars", [n for n, _ in rows], [v for _, v in rows]),
        st.lists(st.tuples(NAMES, NUMBERS), max_size=8),
    ),
    st.builds(
        lambda counts: Histogram("h", list(map(float, range(len(counts) + 1))), ["a"], [counts]),
        st.lists(st.integers(0, 9).map(float), max_size=8),
    ),
    st.builds(
        lambda name, n: Matrix(name, [name] * n, [[1.0] * n for _ in range(n)]),
        NAMES,
        st.integers(0, 30),
    ),
    st.builds(
        lambda name, rows: Parallel(
            name,
            [Axis(name, 0.0, 1.0), Axis("log", 0.1, 10.0, True), Axis("c", -1, 2, ticks=[name])],
            rows,
            [0.5] * len(rows),
        ),
        NAMES,
        st.lists(st.lists(NUMBERS, min_size=3, max_size=3), max_size=6),
    ),
    st.builds(
        lambda cells: Field("f", cells, (0.0, 1.0), (0.1, 10.0), "x", "y", "v", y_log=True),
        st.lists(st.lists(NUMBERS, min_size=3, max_size=3), max_size=3),
    ),
    st.builds(
        lambda name, n: Timeline(name, [Span(name, k, k + 1.5, "FAILED") for k in range(n)]),
        NAMES,
        st.integers(0, 90),
    ),
    st.builds(
        lambda name, n: Diagram(name, Node(name, name, name, (Node("", name),) * n, n % 2 == 0)),
        NAMES,
        st.integers(0, 80),
    ),
)


@settings(deadline=None)
@given(FIGURES)
def test_whatever_is_drawn_is_well_formed(figure: Figure) -> None:
    """Any figure becomes XML that can be read, whose coordinates are numbers."""
    for text in (draw(figure), standalone(figure)):
        tree = ElementTree.fromstring(text)
        places = " ".join(
            value
            for one in tree.iter()
            for name, value in one.attrib.items()
            if name in ("d", "x", "y", "cx", "cy", "width", "height", "r", "viewBox")
        )
        assert not re.search("nan|inf", places)


def test_a_picture_of_its_own_is_not_cut() -> None:
    """The picture below the title is as large as what was drawn, and the file as both."""
    figure = Lines("t", [Series("s", [0.0, 1.0], [0.0, 1.0])], unit_square=True)
    whole = ElementTree.fromstring(standalone(figure))
    inner = next(one for one in whole.iter() if one is not whole and one.tag.endswith("svg"))
    assert inner.attrib["viewBox"] == f"0 0 {inner.attrib['width']} {inner.attrib['height']}"
    assert float(whole.attrib["height"]) == float(inner.attrib["height"]) + 30


def test_a_name_is_nothing_but_text() -> None:
    """A name with markup and terminal escapes is shown as text, and makes no element."""
    figure = Lines(EVIL, [Series(EVIL, [0.0, 1.0], [0.0, 1.0])] * 2, EVIL, EVIL, EVIL)
    for text in (draw(figure), standalone(figure)):
        tags = {one.tag.rpartition("}")[2] for one in ElementTree.fromstring(text).iter()}
        assert tags <= {"svg", "g", "path", "text", "circle", "title", "style", "rect"}
        assert not set("\x1b\u202e") & set(text)


def study(values: list[tuple[float, float]]) -> Study:
    """A study of two objectives."""
    count = len(values)
    return Study(
        (Objective("loss", True), Objective("gain", False)),
        tuple(f"#{n}" for n in range(count)),
        ("FINISHED",) * count,
        (math.nan,) * count,
        (math.nan,) * count,
        {"loss": [a for a, _ in values], "gain": [b for _, b in values]},
        {},
    )


@given(st.lists(st.tuples(st.integers(0, 5).map(float), st.integers(0, 5).map(float)), max_size=20))
def test_the_front_is_what_nothing_beats(values: list[tuple[float, float]]) -> None:
    """Each trial is on the Pareto front or is matched in both objectives by one that is."""
    tried = study(values)
    best = front(tried, tried.objectives)
    for a, b in values:
        assert any(values[p][0] <= a and values[p][1] >= b for p in best)
    for one in best:
        beaten = [
            p
            for p in best
            if p != one and values[p][0] <= values[one][0] and values[p][1] >= values[one][1]
        ]
        assert not beaten


def test_the_front_of_three_objectives_agrees_with_that_of_two() -> None:
    """A third objective that is the same everywhere changes nothing."""
    tried = study([(1, 1), (2, 3), (3, 2), (0, 0), (2, 3)])
    again = Study(
        (*tried.objectives, Objective("flat", True)),
        tried.labels,
        tried.states,
        tried.starts,
        tried.ends,
        {**tried.values, "flat": [1.0] * 5},
        {},
    )
    assert front(again, again.objectives) == front(tried, tried.objectives) == [3, 0, 1]


def test_history_has_the_best_so_far() -> None:
    """The line of a study's history falls where a trial is better than all before it."""
    figure = history(study([(3, 0), (4, 0), (1, 0), (2, 0)]), Objective("loss", True))
    assert figure.line == [(0, 3), (2, 3), (2, 1), (3, 1)]


@pytest.mark.parametrize(
    ("values", "ticks", "places"),
    [
        ([1, 2.5, None], (), [1.0, 2.5, math.nan]),
        (["b", "a", "b"], ("a", "b"), [1.0, 0.0, 1.0]),
        ([True, False, None], ("false", "true"), [1.0, 0.0, math.nan]),
    ],
)
def test_parameters_get_axes_by_what_they_hold(
    values: list[object], ticks: tuple[str, ...], places: list[float]
) -> None:
    """Numbers lie on a scale, all else in categories; what is missing has no place."""
    found = plotted(values, "p")  # type: ignore[arg-type]
    assert found.axis is not None
    assert tuple(found.axis.ticks) == ticks
    assert repr(list(found.places)) == repr(places)


def test_a_parameter_that_never_varies_has_no_axis() -> None:
    """A constant, a text that is always another, and nothing at all are not drawn."""
    assert plotted([1, 1, 1], "p").axis is None
    assert plotted([str(n) for n in range(50)], "p").axis is None
    assert plotted([None, None], "p").axis is None
