"""runs list, runs compare, best, experiments: runs found, grouped and compared."""

from __future__ import annotations

import math
import re
import shlex
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from answers import Answer, Exp
from hypothesis import given
from hypothesis import strategies as st

from gittrack.cli.finding import split_columns
from gittrack.runs.grouping import grouped
from gittrack.tables import table_of
from gittrack.tracking.tracker import ExperimentTracker

EVIL = "evil\x1b[31m\nkey"
ACCURACY = {0.1: [0.5, 0.7], 0.01: [0.9, 0.8], 0.001: [0.6, 0.6]}


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        yield tracker


@pytest.fixture
def found(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """Two runs for each of three learning rates in `grid`, oldest first, and one in `other`."""
    for lr, values in ACCURACY.items():
        for seed, value in enumerate(values):
            tags = {"team": "a" if seed else "b's", EVIL: EVIL}
            config = {"lr": lr, "model": {"depth": 3}}
            run = tracker.start_run("grid", f"lr {lr} {seed}", tags=tags, config=config)
            run.log_params({"seed": seed})
            for step in range(3):
                run.log_metrics({"acc": value * (step + 1) / 3}, step=step)
            run.log_metric("loss", 1 - value)
            run.log_validation("ttpt", lr > 0.05, 0)
            run.end("FAILED" if (lr, seed) == (0.001, 1) else "FINISHED")
    with tracker.run("other", run_name="alone") as alone:
        alone.log_metric("gain", 3)
    tracker.seal()
    return exp


@pytest.fixture
def terminal(found: Exp, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """The same as shown on a terminal of so many cells, without colours."""

    def shown(cells: int, *arguments: object) -> Answer:
        with monkeypatch.context() as patch:
            patch.setenv("GIT_PAGER_IN_USE", "true")
            patch.setenv("NO_COLOR", "1")
            patch.setenv("COLUMNS", str(cells))
            return found(*arguments)

    return shown


def rows(answer: Answer) -> list[dict[str, str]]:
    """The lines of a table below its heading, cell by cell."""
    heading, *lines = [re.split(" {2,}", line) for line in answer.lines]
    return [dict(zip(heading, line, strict=False)) for line in lines]


def names(answer: Answer) -> list[str]:
    return [row["run_name"] for row in answer.json]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--where", "metrics.acc > 0.65"], ["lr 0.01 1", "lr 0.01 0", "lr 0.1 1"]),
        (["--where", "metrics.acc > 0.65", "-n", "1"], ["lr 0.01 1"]),
        (["grid", "--sort", "metrics.loss", "-n", "2"], ["lr 0.01 0", "lr 0.01 1"]),
        (["other", "grid", "-n", "1"], ["alone"]),
        (["--status", "failed", "--where", "params.lr = 1 OR params.seed = 1"], ["lr 0.001 1"]),
        (["-t", "team=b's", "--sort", "params.lr"], ["lr 0.001 0", "lr 0.01 0", "lr 0.1 0"]),
        (["-t", EVIL, "-n", "0"], []),
        (["--where", f"tags.`{EVIL}` IS NOT NULL", "-n", "1"], ["lr 0.001 1"]),
    ],
)
def test_a_query_finds(found: Exp, options: list[str], expected: list[str]) -> None:
    """Query, status, tags and experiments all must hold; sorted, and the first N of them."""
    assert names(found("runs", "list", "--json", *options)) == expected


def test_errors_point_into_the_query_as_it_was_written(found: Exp) -> None:
    """The marker stands below the fault, also where other options narrow the search."""
    answer = found("runs", "list", "--status", "failed", "--where", "metrics.acc < 'x'", status=2)
    assert answer.err.splitlines()[1:3] == ["  metrics.acc < 'x'", "                ^"]
    assert "runs have no field accc" in found("runs", "list", "--sort", "accc", status=2).err
    assert "write metrics.acc" in found("runs", "list", "--columns", "acc", status=2).err
    assert "no experiment 'x'" in found("runs", "list", "x", status=1).err


def test_a_key_that_no_run_has_is_told(found: Exp) -> None:
    """It is no error, but most often a slip: on standard error, with near ones."""
    answer = found("runs", "list", "--where", "params.lrr > 1", "--sort", "metrics.acd", "--json")
    assert answer.json == []
    assert answer.err.splitlines() == [
        "note: no run has params.lrr; did you mean params.lr?",
        "note: no run has metrics.acd; did you mean metrics.acc?",
    ]
    assert "no such run" in found("runs", "list", "--where", "params.lr > 9").err


def test_columns(found: Exp) -> None:
    """What is named is shown, exactly, in that order; keys with odd signs, too."""
    columns = f"run_name,params.lr,metrics.acc.max,tags.`{EVIL}`"
    heading, first, *_ = found("runs", "list", "grid", "--columns", columns).lines
    assert re.split(" {2,}", heading)[:3] == ["run_name", "params.lr", "metrics.acc.max"]
    assert re.split(" {2,}", first) == ["lr 0.001 1", "0.001", "0.6", "evil\\x1b[31m\\nkey"]
    chosen = found("runs", "list", "other", "--columns", "run_name,metrics.gain", "--json").json
    assert chosen == [{"run_name": "alone", "metrics.gain": 3.0}]


def test_histories(found: Exp) -> None:
    """A metric's history is a column: bars for people, its values in JSON."""
    options = ("runs", "list", "grid", "-n", "1")
    assert rows(found(*options, "--columns", "metrics.acc~,status"))[0]["metrics.acc~"] == "▁▄█"
    assert rows(found(*options, "--spark", "acc"))[0]["metrics.acc~"] == "▁▄█"
    [row] = found(*options, "--spark", "acc", "--json").json
    assert row["metrics.acc~"] == pytest.approx([0.2, 0.4, 0.6])
    assert "only a metric" in found("runs", "list", "--columns", "params.lr~", status=2).err


def test_groups(found: Exp) -> None:
    """A line for each group, in the order of the runs: how many, mean, deviation, best."""
    options = ("runs", "list", "grid", "--group-by", "params.lr", "--sort", "metrics.acc DESC")
    groups = found(*options, "--metric", "acc", "--json").json
    assert [group["params.lr"] for group in groups] == [0.01, 0.1, 0.001]
    for group in groups:
        values = ACCURACY[group["params.lr"]]
        assert group["runs"] == group["metrics.acc.count"] == 2
        assert group["metrics.acc.mean"] == pytest.approx(statistics.fmean(values))
        assert group["metrics.acc.deviation"] == pytest.approx(statistics.stdev(values))
        assert group["metrics.acc.best"] == pytest.approx(max(values))
    by_config = rows(found("runs", "list", "--group-by", "config"))
    assert [row["runs"] for row in by_config] == ["1", "2", "2", "2"]
    lower = found(*options, "--metric", "acc", "--lower-is-better", "--json", "-n", "1").json
    assert [group["metrics.acc.best"] for group in lower] == [pytest.approx(0.8)]


def test_groups_on_a_terminal(terminal: Callable[..., Answer]) -> None:
    """Mean and deviation stand together, the best value beside them."""
    shown = terminal(80, "runs", "list", "grid", "--group-by", "tags.team", "--metric", "loss")
    assert rows(shown)[0] == {
        "tags.team": "a",
        "runs": "3",
        "metrics.loss": "0.3 ± 0.1",
        "best metrics.loss": "0.2",
    }


def test_groups_of_keys_with_odd_names(exp: Exp, tracker: ExperimentTracker) -> None:
    """Metrics and parameters may be called as the columns of a group are."""
    with tracker.run("odd") as run:
        run.log_params({"x.mean": 1, "runs": 2})
        run.log_metrics({"a": 1, "a.mean": 2, "a best": 3, "best a": 4})
    for options in ((), ("--json",)):
        shown = exp("runs", "list", "--group-by", "params.x.mean,params.runs", *options)
        assert "best a" in shown.out


def test_a_terminal_shows_what_fits(terminal: Callable[..., Answer]) -> None:
    """No line is longer than the terminal; what found no room is named, and how much was left."""
    for cells in (60, 90, 200):
        lines = terminal(cells, "runs", "list", "-n", "2").lines
        assert max(map(len, lines)) <= cells
        assert lines[-1] == "2 of 7 runs; -n N shows more"
    wide, narrow = (terminal(c, "runs", "list", "grid").lines for c in (500, 70))
    assert re.search("params.lr .*tags", wide[0])
    assert re.match("and [0-9]+ more columns: .*; choose with --columns", narrow[-1])
    assert "params.lr" in terminal(70, "runs", "list", "--all-columns").out


def test_rows_for_programs(found: Exp) -> None:
    """-z ends rows with NUL, tabs part the cells; --format makes a line of each run."""
    shown = found("runs", "list", "grid", "-z", "--columns", "run_name,status", "-n", "2")
    assert shown.out == "lr 0.001 1\tFAILED\0lr 0.001 0\tFINISHED\0"
    line = "%(run_name:5)|%(metrics.acc)|%(params.lr)|%(tags.nothing)%09"
    assert found("runs", "list", "-n", "2", "--format", line).lines == [
        "alone|||\t",
        "lr 0.|0.6|0.001|\t",
    ]
    assert found("runs", "list", "-z", "-n", "1", "--format", "%(run_name)").out == "alone\0"
    assert "no field %(" in found("runs", "list", "--format", "%(x y)", status=2).err
    assert "--json and -z" in found("runs", "list", "--json", "-z", status=2).err


def test_best(found: Exp) -> None:
    """The best finished runs, the best one first; of losses the lowest."""
    assert names(found("best", "grid", "--metric", "acc", "-n", "2", "--json")) == [
        "lr 0.01 0",
        "lr 0.01 1",
    ]
    shown = rows(found("best", "--metric", "loss", "--where", "params.seed = 1"))
    assert [row["name"] for row in shown] == ["lr 0.01 1", "lr 0.1 1"]
    assert list(shown[0])[3] == "metrics.loss"
    columns = found("best", "--metric", "acc", "--lower-is-better", "--columns", "run_name")
    assert columns.lines[1] == "lr 0.1 0"
    assert "no finished run has the metric" in found("best", "--metric", "x", status=1).err
    assert "--metric METRIC" in found("best", status=2).err
    both = ("--lower-is-better", "--higher-is-better")
    assert "leave out one" in found("best", "--metric", "acc", *both, status=2).err


def test_compare_groups_of_one_config(found: Exp) -> None:
    """Repeats of one config get their mean ± deviation; --all shows what is the same, too."""
    where = ("runs", "compare", "--where", "params.lr < 0.05 AND status = 'finished'")
    answer = found(*where, "--metric", "acc")
    assert "model.depth" not in answer.out
    assert "1 parameter is the same in all" in answer.lines
    assert answer.lines[-1].split()[1:] == ["2", "0.85", "±", "0.071"]
    assert re.search(r"^model.depth +3 +3 +3$", found(*where, "--all").out, re.MULTILINE)
    rows_of_csv = found(*where, "--format", "csv").lines
    assert rows_of_csv[0].startswith("run_id,run_name,config_id,params.lr,params.seed,metrics.acc")
    assert len(rows_of_csv) == 4


def test_compare_many_runs(terminal: Callable[..., Answer], found: Exp) -> None:
    """As many as fit stand beside one another, more of them below one another."""
    few = terminal(120, "runs", "compare", "grid#1", "grid#2")
    assert [line.split()[0] for line in few.lines[1:5]] == ["run", "name", "status", "seed"]
    many = terminal(70, "runs", "compare", "--where", "experiment = 'grid'")
    assert many.lines[0].startswith("run_id")
    assert "0.9*" in many.out
    assert max(map(len, many.lines)) <= 70
    assert "compare with what" in found("runs", "compare", "grid#1", "grid#1", status=2).err
    assert "no run" in found("runs", "compare", "none", status=1).err


def test_experiments_compared(found: Exp) -> None:
    """A line for each experiment and metric; the best one's run is named."""
    shown = found("experiments", "compare", "--metric", "acc", "--json").json
    assert [(row["experiment_name"], row["runs"]) for row in shown] == [("grid", 6)]
    [best] = found("best", "grid", "--metric", "acc", "-n", "1", "--json").json
    assert shown[0]["best_run_id"] == best["run_id"]
    table = rows(found("experiments", "compare", "grid", "other"))
    assert [(row["experiment_name"], row["metric"]) for row in table] == [
        ("grid", "acc"),
        ("grid", "loss"),
        ("other", "gain"),
    ]
    assert "no run of these" in found("experiments", "compare", "--metric", "x").err


def test_experiments_by_their_validations(found: Exp) -> None:
    """Only those of whose validated runs few enough failed; and of how many runs."""
    for share, expected in ((0.5, []), (0.7, ["grid"]), (1, ["grid"])):
        listed = found("experiments", "list", "--max-violation-rate", share, "--json").json
        assert [one["name"] for one in listed] == expected
    assert found("experiments", "list", "--min-runs", "7").err == "note: no such experiment\n"
    assert (
        "between 0 and 1" in found("experiments", "list", "--max-violation-rate", 7, status=2).err
    )
    counts = [re.split(" {2,}", line)[1] for line in found("experiments", "list").lines]
    assert counts == ["6 runs", "1 run"]


def test_an_index_of_runs_that_is_wrong(found: Exp, tracker: ExperimentTracker) -> None:
    """fsck names what it lacks, doctor one that cannot be read; reindex mends both."""
    tracker.close()
    lost = found("runs", "show", "alone", "--json").json["run_id"]
    index = Path(".git/exptrack/runs.db")
    assert found("fsck", "--json").json["problems"] == []
    with sqlite3.connect(index) as connection:
        connection.execute("DELETE FROM run WHERE name = 'alone'")
    connection.close()
    [problem] = found("fsck", "--json", status=1).json["problems"]
    assert (problem["kind"], lost in problem["reason"]) == ("index", True)
    assert found("reindex").out == ""
    assert found("fsck", "--json").json["problems"] == []
    index.write_bytes(b"no database at all" * 100)
    assert "the index cannot be read" in found("doctor", status=None).out
    found("reindex")
    assert len(found("runs", "list", "--json").json) == 7
    assert "index" not in found("doctor", status=None).out


def test_no_name_acts_on_a_terminal(found: Exp, terminal: Callable[..., Answer]) -> None:
    """Whatever runs, tags and keys are called, tables, groups and comparisons show it as text."""
    for command in (
        ("runs", "list", "--all-columns"),
        ("runs", "list", "--group-by", f"tags.`{EVIL}`"),
        ("runs", "list", "-z", "--columns", f"tags.`{EVIL}`"),
        ("runs", "list", "--format", f"%(tags.`{EVIL}`)"),
        ("runs", "list", "--json"),
        ("runs", "list", "--where", f"tags.`{EVIL}x` = '{EVIL}'"),
        ("runs", "compare", "grid#1", "grid#2"),
    ):
        for answer in (found(*command), terminal(100, *command)):
            assert not set("\x1b\x07\x9b") & set(answer.out + answer.err), command


@given(st.lists(st.tuples(st.sampled_from([1, 1.0, "1", None, True]), st.none() | st.floats())))
def test_groups_add_up(values: list[tuple[object, float | None]]) -> None:
    """Each row is in one group; no value is lost; the best and the mean are of the finite ones."""
    table = table_of([{"key": repr(k), "m": v} for k, v in values], ["key", "m"])
    made = grouped(table, ["key"], {"m": "m"}, lambda _: False).to_dicts()
    assert sum(row["runs"] for row in made) == len(values)
    for row in made:
        finite = [v for k, v in values if repr(k) == row["key"] and v is not None and v - v == 0]
        assert row["m.count"] == len(finite)
        assert row["m.best"] == (max(finite) if finite else None)
        assert not finite or math.isfinite(row["m.mean"])


@given(st.lists(st.text(alphabet='ab.,` "', min_size=1), min_size=1))
def test_columns_are_split_outside_quotes(keys: list[str]) -> None:
    """Fields in backticks are one column each, whatever is in them."""
    fields = [f"params.`{key.replace('`', '``')}`" for key in keys]
    assert split_columns(",".join(fields), "--columns") == tuple(dict.fromkeys(fields))


DOCUMENT = Path(__file__).parents[2] / "docs" / "finding.md"


@pytest.mark.slow
def test_the_page_says_what_happens(exp: Exp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of docs/finding.md prints what the page shows, but for ids and the clock."""
    text = DOCUMENT.read_text(encoding="utf-8")
    exec(re.findall("```python\n(.*?)```", text, re.DOTALL)[0], {})
    for name, value in {"COLUMNS": "100", "GIT_PAGER_IN_USE": "true", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    blocks = re.findall(r"```console\n\$ git exp (.*?)\n(.*?)```", text, re.DOTALL)
    assert len(blocks) > 9
    for command, shown in blocks:
        answer = exp(*shlex.split(command))
        if "duration" in shown:  # what the clock says decides which columns fit
            assert answer.lines[0].split()[:3] == shown.split()[:3]
        else:
            assert masked(answer.err + answer.out) == masked(shown), command
    [saved] = re.findall("```yaml\n(.*?)```", text, re.DOTALL)
    assert exp("queries", "show", "good").out == saved


def masked(text: str) -> str:
    """The text without what is different each time."""
    return re.sub(r"\b([0-9a-f]{20}|[0-9a-f]{12})\b", "…", text)
