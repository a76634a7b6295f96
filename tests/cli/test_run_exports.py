"""runs export and trials export: runs and their values as tables in files."""

from __future__ import annotations

import csv
import io
import json
import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import Exp

from gittrack.tracking.tracker import ExperimentTracker

EVIL = "evil\x1b[31m"


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        yield tracker


@pytest.fixture
def recorded(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """Two runs, the second one without a history, and a study of two trials."""
    with tracker.run("mnist", run_name="first", config={"lr": 0.1}) as first:
        for step in (0, 1, 5):
            first.log_metrics({"loss": 1 / (step + 1), "bad": math.inf}, step=step)
    with tracker.run("mnist", run_name=EVIL, config={"lr": 1}) as second:
        second.log_metric("loss", 0.25)
    trials = [{"trial_number": n, "params": {"x": n}, "performance": {"gain": n}} for n in (1, 0)]
    tracker.log_trials("study", trials)
    tracker.seal()
    return exp


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_is_the_default(recorded: Exp) -> None:
    """A row for each run with all that is recorded, numbers as they read back."""
    first = table(recorded("runs", "export", "mnist").out)[1]
    assert (first["run_name"], first["params.lr"], first["status"]) == ("first", "0.1", "FINISHED")
    assert float(first["metrics.loss"]) == 1 / 6
    assert (first["metrics.bad"], first["config_id"][:4]) == ("inf", first["config_id"][:4])


@pytest.mark.parametrize("name", ["jsonl", "json", "csv", "sqlite", "arrow", "parquet", "xlsx"])
def test_a_file_by_its_ending(recorded: Exp, name: str) -> None:
    """Each format goes to a file, whole; what was written is said."""
    if name in ("arrow", "parquet"):
        pytest.importorskip("pyarrow")
    if name == "xlsx":
        pytest.importorskip("xlsxwriter")
    answer = recorded("runs", "export", "mnist", "-o", f"out.{name}", "--sort", "params.lr")
    assert answer.out == f"exported  2 runs  out.{name}\n"
    data = Path(f"out.{name}").read_bytes()
    if name == "jsonl":
        assert [json.loads(line)["params.lr"] for line in data.splitlines()] == [0.1, 1.0]
    elif name == "sqlite":
        with sqlite3.connect("out.sqlite") as connection:
            rows = connection.execute('SELECT "params.lr" FROM runs').fetchall()
        connection.close()
        assert rows == [(0.1,), (1.0,)]
    else:
        assert data


def test_columns_and_queries(recorded: Exp) -> None:
    """Only what is named, of the runs that are found; a history is a list in JSON."""
    options = ("--columns", "run_name,metrics.loss~", "--where", "params.lr < 1")
    [row] = recorded("runs", "export", *options, "--format", "json").json
    assert row == {"run_name": "first", "metrics.loss~": [1.0, 0.5, 1 / 6]}
    assert "did you mean params.lr" in recorded("runs", "export", "--where", "params.lrr = 1").err


def test_long(recorded: Exp, tracker: ExperimentTracker) -> None:
    """A row for each value that was logged, as the history has it."""
    rows = table(recorded("runs", "export", "mnist", "--long", "--metric", "loss").out)
    assert list(rows[0]) == ["run_id", "metric", "step", "time", "value"]
    found = [(row["run_id"], row["step"], float(row["value"])) for row in rows]
    expected = [
        (run.run_id, "" if point.step is None else str(point.step), point.value)
        for run in tracker.search_runs("mnist")
        for point in tracker.get_metric_history(run, "loss")
    ]
    assert found == expected
    assert len(found) == 4
    everything = recorded("runs", "export", "mnist", "--long", "-o", "long.csv")
    assert everything.out == "exported  7 values  long.csv\n"
    clash = recorded("runs", "export", "--long", "--columns", "run_id", status=2)
    assert "--long has its own columns" in clash.err
    assert "goes with --long" in recorded("runs", "export", "--metric", "x", status=2).err


def test_trials(recorded: Exp) -> None:
    """By number; the long form has each objective value, without a step."""
    options = ("--columns", "trial,params.x,metrics.gain", "--format", "csv")
    assert recorded("trials", "export", "study", *options).lines == [
        "trial,params.x,metrics.gain",
        "0,0,0.0",
        "1,1,1.0",
    ]
    long = table(recorded("trials", "export", "study", "--long").out)
    assert [(row["metric"], row["step"], row["value"]) for row in long] == [
        ("gain", "", "0.0"),
        ("gain", "", "1.0"),
    ]
    assert "has no trials" in recorded("trials", "export", "mnist", status=1).err


def test_a_terminal_gets_text_only(recorded: Exp, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is binary is refused there, and no name acts on it; into a pipe all is exact."""
    assert EVIL in recorded("runs", "export", "mnist").out
    monkeypatch.setenv("GIT_PAGER_IN_USE", "true")
    monkeypatch.setenv("NO_COLOR", "1")
    shown = recorded("runs", "export", "mnist").out
    assert "evil\\x1b[31m" in shown
    assert "\x1b" not in shown
    assert "-o FILE" in recorded("runs", "export", "--format", "sqlite", status=2).err


def test_formats_that_there_are_not(recorded: Exp) -> None:
    """An unknown format or ending is refused with those that there are; no file is left."""
    assert "there is no format 'xml'" in recorded("runs", "export", "--format", "xml", status=2).err
    assert ".csv" in recorded("runs", "export", "-o", "out.doc", status=2).err
    assert "name another file" in recorded("runs", "export", "-o", "no/out.csv", status=3).err
    assert not Path("out.doc").exists()
