"""ab and correlate: what runs say about a metric, as the command line asks and shows it."""

from __future__ import annotations

import math
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import Exp

from gittrack.tracking.samples import value_of
from gittrack.tracking.tracker import ExperimentTracker

EVIL = "evil\x1b[31m\nname"
SHARPES = (1.0, 1.2, 0.9, 1.1, 1.3)


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        yield tracker


@pytest.fixture
def recorded(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """Five seeds of two widths in `mlp`, the wider one better by 0.1 and less, in groups."""
    for width, gain in ((32, 0.0), (64, 0.1)):
        for seed, sharpe in enumerate(SHARPES):
            tags = {"group": f"w{width}"}
            with tracker.run("mlp", tags=tags, config={"model": {"width": width}}) as run:
                run.log_params({"seed": seed})
                value = sharpe + gain + (seed % 2) * gain / 10
                run.log_metrics({"sharpe": value, "val_loss": 1 - value / 10})
    tracker.seal()
    return exp


@pytest.fixture
def sweep(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """24 runs of `sweep`: the gain rises with lr, adam beats sgd; two have failed or have NaN."""
    for number in range(24):
        config = {"lr": 10.0 ** -(1 + number % 6), "opt": {"name": ("adam", "sgd")[number % 2]}}
        config |= {"const": 1, EVIL: number // 6}
        with tracker.run("sweep", config=config) as run:
            gain = -(number % 6) / 10 + (number % 2 == 0) + math.sin(number) / 50
            run.log_metric("gain", math.nan if number == 7 else gain)
    tracker.start_run("sweep", config={"lr": 1.0}).end("FAILED")
    tracker.seal()
    return exp


def config_ids(tracker: ExperimentTracker) -> dict[object, str]:
    """The configs' ids by the width of the model."""
    runs = tracker.list_runs("mlp")
    return {dict(run.params)["model"]["width"]: run.config_id or "" for run in runs}  # type: ignore[index,call-overload]


# ab


def test_pairs_show_what_is_better(recorded: Exp) -> None:
    """The verdict comes first, then the sides, a drawing and the numbers behind it."""
    answer = recorded("ab", "group:w32", "group:w64", "--metric", "sharpe", "--pair-by", "seed")
    assert answer.lines[0].startswith("B is better: sharpe is 0.104 higher (95% interval 0.09")
    assert "A  group:w32" in answer.lines
    assert any("higher is better (guessed from the name" in line for line in answer.lines)
    assert any("paired t-test" in line and "p <0.001" in line for line in answer.lines)
    assert all(len(line) <= 80 and line.isascii() for line in answer.lines)
    assert answer.err == ""


def test_without_pairs_the_scatter_hides_it(recorded: Exp) -> None:
    """The same runs as two heaps show nothing, and how many it would take is said."""
    answer = recorded("ab", "group:w32", "group:w64", "--metric", "sharpe")
    assert answer.lines[0].startswith("no difference can be shown with 5 runs on each side")
    assert "Welch's t-test" in answer.out
    assert "note: both sides have the same seeds: --pair-by seed would see more" in answer.lines
    assert re.search(r"as large as this in 4 of 5 tries takes\s+\d+ runs", answer.out)


def test_the_direction_is_guessed_or_said(recorded: Exp) -> None:
    """A loss falls; an option turns it round, and then nothing is guessed."""
    sides = ("ab", "group:w32", "group:w64", "--pair-by", "seed", "--metric", "val_loss")
    [plain] = recorded(*sides, "--json").json["metrics"]
    assert (plain["direction"], plain["direction_guessed"], plain["better"]) == ("lower", True, "b")
    [told] = recorded(*sides, "--higher-is-better", "--json").json["metrics"]
    assert (told["direction"], told["direction_guessed"], told["better"]) == ("higher", False, "a")


def test_every_way_to_name_a_side(recorded: Exp, tracker: ExperimentTracker) -> None:
    """A config by its id or a prefix, registered or not, by its tag, a group: all find its runs."""
    ids = config_ids(tracker)
    Path("wide.yaml").write_text("model:\n  width: 64\n")
    recorded("add", "wide.yaml", "-t", "wide")
    expected = None
    for a, b in (
        ("group:w32", "group:w64"),
        (ids[32], ids[64]),
        (ids[32][:8], ids[64][:8]),
        (ids[32], "tag:wide"),
        (ids[32], "wide"),
    ):
        [found] = recorded("ab", a, b, "--metric", "sharpe", "--json").json["metrics"]
        sides = (found["a"]["runs"], found["b"]["runs"], found["test"])
        assert sides == (expected or sides)
        expected = sides


def test_an_experiment_as_a_side(recorded: Exp, tracker: ExperimentTracker) -> None:
    """Experiments are compared whole, and -e keeps a group to one of them."""
    for seed in range(3):
        with tracker.run("other", tags={"group": "w32"}) as run:
            run.log_metric("sharpe", 5.0 + seed / 10)
    found = recorded("ab", "experiment:mlp", "experiment:other", "--metric", "sharpe", "--json")
    [metric] = found.json["metrics"]
    assert (metric["a"]["count"], metric["b"]["count"], metric["better"]) == (10, 3, "b")
    sides = ("ab", "group:w32", "group:w64", "--metric", "sharpe", "--json")
    assert recorded(*sides).json["metrics"][0]["a"]["count"] == 8
    assert recorded(*sides, "-e", "mlp").json["metrics"][0]["a"]["count"] == 5


def test_what_is_left_out_is_said(recorded: Exp, tracker: ExperimentTracker) -> None:
    """Runs that failed, have no such metric, or NaN, are not silently missing."""
    for status, metrics in (
        ("FAILED", {"sharpe": 9.0}),
        ("FINISHED", {"other": 1.0}),
        ("FINISHED", {"sharpe": math.nan}),
    ):
        run = tracker.start_run("mlp", tags={"group": "w64"})
        run.log_metrics(metrics)
        run.end(status)
    answer = recorded("ab", "group:w32", "group:w64", "--metric", "sharpe")
    assert "note: 1 run of B left out: not finished" in answer.lines
    assert "note: 1 run of B left out: without the metric" in answer.lines
    assert "note: 1 run of B was left out: NaN or infinite" in answer.lines
    [found] = recorded("ab", "group:w32", "group:w64", "--metric", "sharpe", "--json").json[
        "metrics"
    ]
    assert found["b"]["values"] == found["b"]["values"][:5]


def test_pairs_without_partners_are_counted(recorded: Exp, tracker: ExperimentTracker) -> None:
    """A seed that one side lacks is left out; one that a side has twice is averaged."""
    for group, seed in (("w64", 0), ("w64", 77), ("w32", -1)):
        with tracker.run("mlp", tags={"group": group}) as run:
            run.log_params({"seed": seed})
            run.log_metric("sharpe", 2.0)
    sides = ("ab", "group:w32", "group:w64", "--metric", "sharpe", "--pair-by", "seed")
    [found] = recorded(*sides, "--json").json["metrics"]
    assert found["a"]["count"] == found["b"]["count"] == 5
    assert min(found["a"]["values"]) == min(SHARPES)
    assert found["b"]["values"][0] == pytest.approx((SHARPES[0] + 0.1 + 2.0) / 2)
    assert found["warnings"][:2] == [
        "2 runs left out: no partner with the same seed",
        "several runs of a side have one seed: their mean is taken",
    ]


def test_several_metrics_are_corrected(recorded: Exp) -> None:
    """A verdict for each metric, with the p-value before and after correction."""
    sides = ("ab", "group:w32", "group:w64", "--metric", "sharpe", "--metric", "val_loss")
    answer = recorded(*sides)
    assert sum("no difference can be shown" in line for line in answer.lines) == 2
    assert answer.out.count(", corrected ") == 2
    found = recorded(*sides, "--json").json["metrics"]
    assert found[0]["p_corrected"] == pytest.approx(2 * found[0]["test"]["p"])


def test_the_history_of_a_metric(exp: Exp, tracker: ExperimentTracker) -> None:
    """METRIC.min and so on look at the whole history; a metric of that very name comes first."""
    for group, low in (("a", 0.1), ("b", 0.5)):
        for seed in range(3):
            with tracker.run("deep", tags={"group": group}) as run:
                for step, value in enumerate((3.0, low + seed / 100, 1.0)):
                    run.log_metric("loss", value, step=step)
    [found] = exp("ab", "group:a", "group:b", "--metric", "loss.min", "--json").json["metrics"]
    assert found["a"]["values"] == pytest.approx([0.12, 0.11, 0.1])
    assert (found["direction"], found["better"]) == ("lower", "a")
    run = tracker.list_runs("deep")[0]
    assert value_of(run, "loss.count") is None
    assert value_of(run, "loss") == 1.0


def test_the_same_answer_twice(recorded: Exp) -> None:
    """Nothing depends on chance that is not seeded."""
    sides = ("ab", "group:w32", "group:w64", "--metric", "sharpe", "--json")
    assert recorded(*sides).out == recorded(*sides).out


def test_hostile_names_stay_on_their_line(exp: Exp, tracker: ExperimentTracker) -> None:
    """Names of groups, metrics and keys cannot act on a terminal."""
    for group in (EVIL, "b"):
        for seed in range(2):
            with tracker.run("x", tags={"group": group, EVIL: str(seed)}) as run:
                run.log_metric(EVIL, seed)
    answer = exp("ab", f"group:{EVIL}", "group:b", "--metric", EVIL, "--pair-by", EVIL)
    assert "\x1b" not in answer.out
    assert "\nname" not in answer.out
    assert "A and B are the same" in answer.lines[0]


MISTAKES = [
    (("group:w32", "group:w64"), "needs a metric", "--metric METRIC"),
    (("group:w32", "group:w32", "--metric", "sharpe"), "the same runs", "two groups"),
    (("group:w32", "group:", "--metric", "sharpe"), "names no runs", "group:NAME"),
    (("", "group:w32", "--metric", "sharpe"), "names no runs", "group:NAME"),
    (("group:w32", "group:no", "--metric", "sharpe"), "'group:no' has no runs", "runs list"),
    (("group:w32", "mlp", "--metric", "sharpe"), "no config is called", "experiment:mlp"),
    (("group:w32", "w64", "--metric", "sharpe"), "no config is called", "group:w64"),
    (("group:w32", "tag:no", "--metric", "sharpe"), "no config has the tag", "git exp tags"),
    (("group:w32", "experiment:no", "--metric", "sharpe"), "no experiment 'no'", "list"),
    (("group:w32", "group:w64", "--metric", "sharp"), "A: no finished run", "'sharpe'"),
    (("group:w32", "group:w64", "--metric", "sharpe", "--pair-by", "no"), "the same 'no'", "tag"),
    (("group:w32", "group:w64", "--metric", "sharpe", "--confidence", "95"), "between 0", "0.95"),
    (
        ("a", "b", "--metric", "m", "--higher-is-better", "--lower-is-better"),
        "leave out one of the two",
        "",
    ),
]


@pytest.mark.parametrize(("arguments", "message", "hint"), MISTAKES)
def test_mistakes_are_told(
    recorded: Exp, arguments: tuple[str, ...], message: str, hint: str
) -> None:
    """Each mistake is named in one line, with the way out."""
    answer = recorded("ab", *arguments, status=None)
    assert answer.status > 0
    assert answer.out == ""
    assert message in answer.err.splitlines()[0]
    assert hint in answer.err


def test_queries_as_sides(recorded: Exp, tracker: ExperimentTracker) -> None:
    """Any query over runs makes a side, within the experiment that was named."""
    with tracker.run("other", config={"model": {"width": 64}}) as run:
        run.log_metric("sharpe", 9.0)
    sides = ("where:params.model.width = 32", "where:params.model.width > 32")
    [found] = recorded("ab", *sides, "--metric", "sharpe", "--json").json["metrics"]
    assert (found["a"]["count"], found["b"]["count"]) == (5, 6)
    only = recorded("ab", *sides, "--metric", "sharpe", "-e", "mlp", "--json").json["metrics"]
    assert only[0]["b"]["count"] == 5
    failed = recorded("ab", "where:params.x =", "group:w32", "--metric", "sharpe", status=None)
    assert "column" in failed.err
    none = recorded("ab", "where:params.x = 1", "group:w32", "--metric", "sharpe", status=None)
    assert "has no runs" in none.err


# correlate


def test_what_goes_with_the_metric(sweep: Exp) -> None:
    """The names first, then a line for each with its strength, and what was left out."""
    answer = sweep("correlate", "sweep", "--metric", "gain")
    assert answer.lines[0] == "opt.name, lr go with gain in 23 runs"
    rows = {line.split()[0]: line for line in answer.lines if "." * 2 in line or "#" in line}
    assert rows["opt.name"].endswith("adam > sgd")
    assert "rises, rho 0." in rows["lr"]
    assert "note: 1 run left out: the metric is NaN or infinite" in answer.lines
    assert "note: const is not compared: the same in all runs" in answer.lines
    assert "\x1b" not in answer.out
    assert all(len(line) <= 80 for line in answer.lines)


def test_correlations_of_some_runs(sweep: Exp) -> None:
    """--where keeps to the runs for which it is true."""
    asked = ("correlate", "sweep", "--metric", "gain", "--json", "--where")
    found = sweep(*asked, "params.opt.name = 'sgd'").json
    assert found["runs"] == 11
    assert "opt.name" in {one["param"] for one in found["params"] if one["p"] is None}


def test_correlations_as_json(sweep: Exp) -> None:
    """JSON has every parameter with all its numbers."""
    found = sweep("correlate", "sweep", "--metric", "gain", "--json").json
    params = {one["param"]: one for one in found["params"]}
    assert (found["metric"], found["runs"], found["left_out"]) == ("gain", 23, 1)
    assert params["lr"]["log_scale"]
    assert params["lr"]["rho"] > 0
    assert [g["value"] for g in params["opt.name"]["groups"]] == ["adam", "sgd"]
    assert params["const"]["p"] is None


@pytest.mark.slow
def test_a_forest_says_what_matters(sweep: Exp) -> None:
    """--importance adds what a random forest says, with how much it explains."""
    found = sweep("correlate", "sweep", "--metric", "gain", "--importance", "--json").json
    forest = found["importance"]
    assert forest["method"] == "permutation"
    assert {one["param"] for one in forest["params"][:2]} == {"opt.name", "lr"}
    assert forest["left_out"] == ["const"]
    assert forest["score"] > 0.5


def test_importance_without_its_extra(sweep: Exp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where scikit-learn is missing, the error names the extra."""
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    answer = sweep("correlate", "sweep", "--metric", "gain", "--importance", status=None)
    assert answer.status > 0
    assert "gittrack[statistics]" in answer.err


def test_nothing_to_correlate(recorded: Exp, tracker: ExperimentTracker) -> None:
    """A single run, or a metric that nobody has, is a clear answer."""
    with tracker.run("one", config={"lr": 1.0}) as run:
        run.log_metric("gain", 1.0)
    answer = recorded("correlate", "one", "--metric", "gain")
    assert answer.lines[0] == "no parameter can be compared with gain in 1 run"
    failed = recorded("correlate", "mlp", "--metric", "sharp", status=None)
    assert "did you mean 'sharpe'?" in failed.err
    assert "no experiment 'no'" in recorded("correlate", "no", "--metric", "m", status=None).err


def test_the_page_shows_what_is_printed(exp: Exp, repository: Path) -> None:
    """docs/statistics.md has the very lines that its commands print, after its own program."""
    page = (Path(__file__).parents[2] / "docs/statistics.md").read_text(encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert program is not None
    exec(program[1], {})
    commands = re.findall(r"```console\n\$ git exp ([^\n]*)\n(.*?)```", page, re.DOTALL)
    assert len(commands) == 3
    for arguments, output in commands:
        assert exp(*shlex.split(arguments)).out == output
