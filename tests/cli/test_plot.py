"""`git exp plot`: curves of runs and studies in the terminal."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from answers import Exp

from gittrack.tracking.tracker import ExperimentTracker

EVIL = "\x1b[31mred\x1b[0m\n<b>"


@pytest.fixture
def runs(repository: Path) -> list[str]:
    """Two runs with a loss of 50 steps; the second has a NaN and an infinity."""
    ids = []
    with ExperimentTracker(repository, capture=False) as tracker:
        for number in (1, 2):
            with tracker.run("net", run_name=f"try {number}") as run:
                for step in range(50):
                    run.log_metric("loss", math.exp(-step / 10) / number, step)
                if number == 2:
                    run.log_metric("loss", math.nan, 50)
                    run.log_metric("loss", math.inf, 51)
                run.log_metric("flat", 0.5, 0)
                ids.append(run.run_id)
    return ids


def test_curves_of_several_runs_share_a_plot_with_a_legend(exp: Exp, runs: list[str]) -> None:
    """In a pipe, without colours, each run has a mark of its own; gaps are counted."""
    answer = exp("plot", "loss", "net#1", "net#2", "--width", "50", "--height", "12")
    assert answer.lines[0] == "loss"
    assert len(answer.lines) == 1 + 12 + 2
    assert all(len(line) <= 50 for line in answer.lines[:-2])
    assert answer.lines[-2].startswith("* try 1  last 0.007447, min 0.007447, max 1")
    assert answer.lines[-1].endswith("max 0.5, 2 not finite")
    drawn = "\n".join(answer.lines[1:-3])
    assert "*" in drawn
    assert "o" in drawn
    assert "\x1b" not in answer.out


def test_ascii_plot_has_nothing_but_ascii(exp: Exp, runs: list[str]) -> None:
    """--ascii does without braille and lines."""
    assert exp("plot", "loss", "net#1", "--ascii").out.isascii()
    assert not exp("plot", "loss", "net#1").out.isascii()


def test_json_has_the_points(exp: Exp, runs: list[str]) -> None:
    """--json gives what would be drawn, NaN and infinity as texts."""
    data = exp("plot", "loss", "net#2", "--json").json
    [curve] = data["curves"]
    assert (data["metric"], data["x"]) == ("loss", "step")
    assert (curve["label"], curve["run_id"]) == ("try 2", runs[1])
    assert curve["x"] == [float(n) for n in range(52)]
    assert curve["y"][-2:] == [".nan", ".inf"]


def test_smoothing_lies_between_the_extremes_and_ends_late(exp: Exp, runs: list[str]) -> None:
    """A smoothed fall ends above the raw one, and starts where it starts."""
    raw, smooth = (
        exp("plot", "loss", "net#1", "--json", *more).json["curves"][0]["y"]
        for more in ((), ("--smooth", "0.9"))
    )
    assert smooth[0] == pytest.approx(raw[0])
    assert raw[-1] < smooth[-1] < raw[0]


def test_time_is_across_in_seconds_since_the_first_value(exp: Exp, runs: list[str]) -> None:
    """--x time begins at 0 and never goes back."""
    [curve] = exp("plot", "loss", "net#1", "--x", "time", "--json").json["curves"]
    assert curve["x"][0] == 0
    assert curve["x"] == sorted(curve["x"])


def test_latest_run_is_drawn_where_none_is_named(exp: Exp, runs: list[str]) -> None:
    """Without a run it is the newest one."""
    assert exp("plot", "loss", "--json").json["curves"][0]["run_id"] == runs[1]


def test_single_value_and_what_no_log_axis_shows_are_drawn_or_told(
    exp: Exp, runs: list[str], repository: Path
) -> None:
    """One point is a dot; of values of 0 and below a log axis tells how many there are."""
    assert exp("plot", "flat", "net#1", "--height", "8").lines[-1].endswith("max 0.5")
    with ExperimentTracker(repository, capture=False) as tracker, tracker.run("low") as run:
        run.log_metric("gain", -1.0, 0)
        run.log_metric("gain", 0.0, 1)
    answer = exp("plot", "gain", "low#1", "--log")
    assert answer.lines[1] == "no value can be drawn"
    assert answer.lines[2].endswith("2 not above 0")


def test_study_shows_the_best_so_far_in_the_direction_that_it_says(
    exp: Exp, repository: Path
) -> None:
    """A study to be minimised falls, whatever its metric is called; so do its best and reports."""
    with ExperimentTracker(repository, capture=False) as tracker:
        tracker.create_experiment("tune", config={"direction": "minimize"})
        tracker.log_trials(
            "tune",
            [
                {"trial_number": n, "params": {"x": n}, "performance": {"value": v}}
                for n, v in enumerate((3.0, 5.0, 1.0))
            ],
        )
    each, best = exp("plot", "value", "--study", "tune", "--json").json["curves"]
    assert each["y"] == [3.0, 5.0, 1.0]
    assert best["y"] == [3.0, 3.0, 1.0]
    assert exp("plot", "value", "--study", "tune", "--height", "8").lines[-1].startswith("o best")
    assert exp("trials", "best", "tune", "--json").json["trial_number"] == 2
    for kind in ("study", "experiment"):
        told = exp("report", kind, "tune", "--format", "markdown", "-o", "-").out
        assert "smaller is better" in told
        assert "larger is better" not in told


def test_names_cannot_act_on_the_terminal(exp: Exp, repository: Path) -> None:
    """A run's name and a metric's key are shown as text on one line."""
    tracker = ExperimentTracker(repository, capture=False)
    with tracker, tracker.run("net", run_name=EVIL) as run:
        run.log_metric(EVIL, 1.0)
    answer = exp("plot", EVIL, "net#1", "--height", "6")
    assert "\x1b" not in answer.out
    assert answer.lines[0] == "\\x1b[31mred\\x1b[0m\\n<b>"
    assert len(answer.lines) == 1 + 6 + 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nope", "net#1"), "no such run has the metric 'nope'"),
        (("loss", "--x", "epoch"), "--x takes step or time, not 'epoch'"),
        (("loss", "--smooth", "1"), "--smooth takes a number from 0 to below 1"),
        (("loss", "--width", "0"), "a size is a whole number from 1 to 1000, not '0'"),
        (("loss", "net#1", "--study", "net"), "name runs or --study, not both"),
        (("loss", "--study", "net", "--smooth", "0.5"), "--smooth does not go with --study"),
        (("nope", "--study", "net"), "no run of 'net' has the metric 'nope'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    exp: Exp, runs: list[str], arguments: tuple[str, ...], told: str
) -> None:
    """The message names what is wrong."""
    assert told in exp("plot", *arguments, status=None).err
