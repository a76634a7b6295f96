"""What values look like in a notebook."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gittrack import ExperimentConfig
from gittrack.model import ConfigRecord
from gittrack.notebook import grid, lines
from gittrack.runs.comparison import compare
from gittrack.runs.model import Run
from gittrack.tracking.searching import RunPage

EVIL = "<script>alert(1)</script>"


def run(number: int, **facts: object) -> Run:
    start = datetime(2026, 1, 2, tzinfo=UTC)
    known = {"params": {"lr": number / 10}, "metrics": {"loss": 1.0 / number}, **facts}
    return Run(f"{number:020x}", f"try {number}", "net", "net", "FINISHED", start, **known)


def test_run_shows_what_it_was_given_and_measured() -> None:
    """A run is a heading with tables of facts, parameters and metrics."""
    shown = run(2, tags={"team": "a&b"})._repr_html_()
    assert "<b>run try 2</b>" in shown
    assert ">lr</td>" in shown
    assert ">0.5</td>" in shown
    assert "team=a&amp;b" in shown


def test_search_shows_twenty_runs_and_how_many_there_are() -> None:
    """Long lists are cut, and say so."""
    shown = RunPage([run(n) for n in range(1, 31)], None)._repr_html_()
    assert shown.count("<tr>") == 21
    assert "20 of 30 runs" in shown


def test_comparison_marks_the_best_value() -> None:
    """The better loss is bold, the other is not."""
    shown = compare([run(1), run(2)], lambda _: True)._repr_html_()
    assert "<b>0.5</b>" in shown
    assert "<b>1</b>" not in shown


def test_nothing_in_values_becomes_markup() -> None:
    """Names, keys and values that are HTML are shown as they are written."""
    evil = run(1, params={EVIL: EVIL}, metrics={EVIL: 1.0}, tags={EVIL: EVIL})
    other = run(2, params={EVIL: 1}, metrics={EVIL: 2.0})
    record = ConfigRecord("0" * 64, EVIL, (EVIL,), "2026", EVIL, (), None, {EVIL: EVIL})
    config = ExperimentConfig(feature_names=[EVIL], hyperparameters={EVIL: EVIL})
    shown = [evil, RunPage([evil], None), compare([evil, other], lambda _: True), record, config]
    for value in shown:
        text = value._repr_html_()
        assert "<script>" not in text
        assert "&lt;script&gt;" in text


@given(st.lists(st.text(), min_size=1, max_size=5), st.text())
def test_any_text_stays_text(cells: list[str], text: str) -> None:
    """Whatever the texts are, there are no tags but ours and no control characters."""
    shown = grid(cells, [cells]) + lines(text)
    for ours in ("table", "thead", "tbody", "tr", "th", "pre"):
        shown = shown.replace(f"<{ours}>", "").replace(f"</{ours}>", "")
    shown = shown.replace('<td style="text-align: left">', "").replace("</td>", "")
    assert "<" not in shown
    assert ">" not in shown
    assert all(c == "\n" or ord(c) >= 32 for c in shown)
