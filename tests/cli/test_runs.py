"""experiments, runs, trials and tail: what was recorded, as the command line names and shows it."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from answers import Exp
from hypothesis import given
from hypothesis import strategies as st
from witness import git, refs

from gittrack.cli.runs import duration_text
from gittrack.errors import AmbiguousError, NotFoundError
from gittrack.runs.model import Run
from gittrack.tracking.naming import choose_run
from gittrack.tracking.tracker import ExperimentTracker

EVIL = "evil\x1b[31m\nname"


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        yield tracker


@pytest.fixture
def recorded(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """Two runs of `mnist`, `first` and then `second`, and one of `Other Thing`."""
    config = {"lr": 0.1, "model": {"depth": 3}}
    with tracker.run("mnist", run_name="first", tags={"kind": "base"}, config=config) as first:
        for step in range(3):
            first.log_metrics({"loss": 1 / (step + 1), "acc": step / 10}, step=step)
        first.log_note("looks\x1b[31m good")
        first.log_validation("ttpt", False, 2)
    config = {"lr": 1, "model": {"depth": 3}}
    second = tracker.start_run("mnist", "second", config=config, parent=first)
    second.log_metrics({"loss": 0.2, "acc": 0.9, "bad": math.nan})
    second.end("FAILED")
    with tracker.run("Other Thing", run_name=EVIL) as third:
        third.log_metric("acc", 0.3)
    tracker.seal()
    return exp


@pytest.fixture
def study(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """Four trials of `study` with two objectives; the last failed, one value is no number."""
    values = (0.5, 2.0, math.nan, 9.0)
    tracker.log_trials(
        "study",
        [
            {
                "trial_number": number,
                "params": {"model": {"depth": number}, "text": 'a,"b"'},
                "performance": {"gain": value, "loss": 10 - number},
                "status": "FAILED" if number == 3 else "FINISHED",
            }
            for number, value in enumerate(values)
        ],
    )
    return exp


def made(number: int, name: str = "", run_id: str = "") -> Run:
    """A run of the experiment `My Exp` (id `my`), the later the greater its number."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    identity = run_id or f"{number:020x}"
    return Run(identity, name or f"n{number}", "my", "My Exp", "FINISHED", start, number=number)


@given(st.lists(st.integers(0, 10**6), unique=True, min_size=1, max_size=20), st.data())
def test_every_run_has_many_names(numbers: list[int], data: st.DataObject) -> None:
    """Id, name, number by the experiment's name or id, and position all lead to the run."""
    runs = [made(number) for number in sorted(numbers, reverse=True)]
    position = data.draw(st.integers(0, len(runs) - 1))
    run = runs[position]
    names = (run.run_id, run.run_name, f"my#{run.number}", f"My Exp#{run.number}")
    for name in (*names, f"@{{{position}}}"):
        assert choose_run(runs, name) is run
    assert choose_run(runs, "@") is runs[0]


@given(st.text(max_size=8))
def test_any_text_is_a_run_or_a_clear_error(name: str) -> None:
    """Whatever is written for a run, the answer is one that bears it, or an error with a hint."""
    runs = [made(2, "x"), made(1, "x"), made(0, "y")]
    hint: str | None = "none needed"
    try:
        assert choose_run(runs, name) in runs
    except (NotFoundError, AmbiguousError) as error:
        hint = error.hint
    assert hint


def test_a_name_before_a_prefix() -> None:
    """A run called `beef` is meant by `beef`, also when another run's id starts so."""
    runs = [made(2, "plain", "beef" + "0" * 16), made(1, "beef", "a" * 20)]
    assert choose_run(runs, "beef") is runs[1]
    assert choose_run(runs, "beef0") is runs[0]


def test_a_name_or_prefix_of_several_runs() -> None:
    """The newest is not taken silently: all are listed."""
    runs = [made(2, "same", "abcd1" + "0" * 15), made(1, "same", "abcd2" + "0" * 15)]
    with pytest.raises(AmbiguousError) as caught:
        choose_run(runs, "same")
    assert [line.split()[0] for line in caught.value.candidates] == [r.run_id[:12] for r in runs]
    with pytest.raises(AmbiguousError, match="start of 2 runs"):
        choose_run(runs, "abcd")
    with pytest.raises(NotFoundError) as missing:
        choose_run(runs, "abc")
    assert "four digits" in str(missing.value.hint)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0.0421, "42ms"),
        (59.99, "59.9s"),
        (60, "1m00s"),
        (3599, "59m59s"),
        (7620, "2h07m"),
        (97 * 3600, "4d01h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    """A duration is written in its two greatest units."""
    assert duration_text(seconds) == text


def test_list_runs(recorded: Exp) -> None:
    """A line for each, newest first; what people called them cannot act on the terminal."""
    heading, *lines = [re.split(" {2,}", line) for line in recorded("runs", "list").lines]
    assert heading[:3] == ["run_id", "experiment", "name"]
    assert [cells[1] for cells in lines] == ["Other Thing#1", "mnist#2", "mnist#1"]
    assert "\x1b" not in recorded("runs", "list").out
    assert "evil\\x1b[31m\\nname" in recorded("runs", "list").out
    metric = recorded("runs", "list", "mnist", "--metric", "loss").lines
    assert metric[0].split()[-1] == "metrics.loss"
    assert metric[2].endswith("0.3333333333333333")
    assert [run["metrics"] for run in recorded("runs", "list", "mnist", "--json").json] == [
        {"loss": 0.2, "acc": 0.9, "bad": ".nan"},
        {"loss": 1 / 3, "acc": 0.2},
    ]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["-n", "1"], [EVIL]),
        (["-n", "0"], []),
        (["--status", "failed"], ["second"]),
        (["-t", "kind=base"], ["first"]),
        (["-t", "kind"], ["first"]),
        (["-t", "kind=other"], []),
        (["other-thing-04dc2598"], [EVIL]),
    ],
)
def test_list_some_runs(recorded: Exp, options: list[str], names: list[str]) -> None:
    """Number, status, tags and experiment narrow the list."""
    assert [run["run_name"] for run in recorded("runs", "list", "--json", *options).json] == names


def test_list_runs_of_nothing(exp: Exp) -> None:
    """No run yet is no error; an unknown experiment or status is."""
    assert "no run is recorded yet" in exp("runs", "list").err
    assert exp("runs", "list", "--json").json == []
    assert "no experiment 'none'" in exp("runs", "list", "none", status=1).err
    assert "there are running," in exp("runs", "list", "--status", "odd", status=2).err


def test_show_a_run(recorded: Exp) -> None:
    """All of it: parameters by their paths, summaries, validations, notes, clean."""
    out = recorded("runs", "show", "first").out
    assert "model.depth  3" in out
    assert "loss  0.333333  0.333333  1    3      █▃▁" in out
    assert "ttpt  failed  2 violations" in out
    assert "    looks\\x1b[31m good" in out
    shown = recorded("runs", "show", "mnist#2", "--json").json
    assert shown["parent_run_id"] == recorded("runs", "show", "first", "--json").json["run_id"]
    assert shown["metric_summaries"]["bad"]["last"] == ".nan"
    assert "did you mean 'mnist#2'" in recorded("runs", "show", "mnist#22", status=1).err


def test_compare_runs(recorded: Exp) -> None:
    """Only parameters that differ, typed; the best of each metric is marked, lowest for losses."""
    lines = recorded("runs", "compare", "first", "second", "@").lines
    rows = {line.split()[0]: line.split()[1:] for line in lines if line}
    assert rows["lr"] == ["0.1", "1", "-"]
    assert rows["loss"] == ["0.333333", "0.2*", "-"]
    assert rows["acc"] == ["0.2", "0.9*", "0.3"]
    assert rows["bad"] == ["-", "nan", "-"]
    two = recorded("runs", "compare", "first", "second", "--json").json
    assert list(two["params"]) == ["lr"]
    assert two["same_params"] == 1
    assert {name: len(row["best"]) for name, row in two["metrics"].items()} == {
        "acc": 1,
        "bad": 0,
        "loss": 1,
    }
    assert two["metrics"]["loss"]["best"] == [two["runs"][1]]
    assert "two runs or more" in recorded("runs", "compare", "first", status=2).err


def test_tag_and_note(recorded: Exp) -> None:
    """Tags come and go, notes add up, on runs that have ended."""
    assert "(kind=base, who=me=you)" in recorded("runs", "tag", "first", "who=me=you").out
    assert recorded("runs", "tag", "first", "kind", "--remove", "--json").json["tags"] == {
        "who": "me=you"
    }
    assert (
        "write the key alone" in recorded("runs", "tag", "first", "who=x", "--remove", status=2).err
    )
    assert "KEY=VALUE" in recorded("runs", "tag", "first", "who", status=2).err
    assert recorded("runs", "note", "first", "more", "--json").json["notes"][1] == "more"
    assert "not empty" in recorded("runs", "note", "first", " ", status=2).err


def test_what_an_integration_keeps_is_no_tag_to_show(recorded: Exp) -> None:
    """Neither after a change nor with the run; JSON has it."""
    kept = "gittrack.mlflow.dataset.prices"
    answer = recorded("runs", "tag", "first", f"{kept}={{}}", "who=me")
    assert "(kind=base, who=me)" in answer.out
    assert kept not in recorded("runs", "show", "first").out
    assert recorded("runs", "show", "first", "--json").json["tags"][kept] == "{}"


def test_delete_and_restore(recorded: Exp) -> None:
    """A run deleted twice over is deleted once, and comes back whole by its id."""
    before = recorded("runs", "show", "first", "--json").json
    assert "use --force" in recorded("runs", "delete", "first", status=2).err
    answer = recorded("runs", "delete", "first", "mnist#1", "--force")
    assert len(answer.lines) == 1
    recorded("runs", "show", "first", status=1)
    recorded(*answer.err.strip().partition("git exp ")[2].split())
    assert recorded("runs", "show", "first", "--json").json == before


@pytest.mark.parametrize("way", ["id", "prefix", "name", "number", "position"])
def test_what_names_a_deleted_run(recorded: Exp, way: str) -> None:
    """A deleted run is named as any other; `@{N}` counts from the latest deletion."""
    run = recorded("runs", "show", "second", "--json").json
    recorded("runs", "delete", "second", "--force")
    names = {"id": run["run_id"], "prefix": run["run_id"][:4], "name": "second"}
    names |= {"number": "mnist#2", "position": "@"}
    assert recorded("runs", "restore", names[way], "--json").json["run_id"] == run["run_id"]
    assert recorded("runs", "show", "second", "--json").json == run


def test_restore_of_a_run_that_is_there(recorded: Exp) -> None:
    """It is left alone and named; a position, or a name that no run has, is an error."""
    before = refs(Path(), "refs/exptrack/experiments")
    assert recorded("runs", "restore", "mnist#1").out.startswith("already there  ")
    assert "--deleted" in recorded("runs", "restore", "@", status=1).err
    assert "no deleted run is called 'none'" in recorded("runs", "restore", "none", status=1).err
    assert refs(Path(), "refs/exptrack/experiments") == before


def test_restore_of_one_of_several(exp: Exp, tracker: ExperimentTracker) -> None:
    """Of several deleted runs none is chosen silently: all of them are listed, nothing else."""
    runs = [tracker.start_run("exp", "same") for _ in range(3)]
    for run in runs:
        run.end()
    exp("runs", "delete", *(run.run_id for run in runs[:2]), "--force")
    answer = exp("runs", "restore", "same", status=1)
    assert "'same' is the name of 2 deleted runs" in answer.err
    assert {line.split()[0] for line in answer.err.splitlines()[1:3]} == {
        run.run_id[:12] for run in runs[:2]
    }


def test_the_list_of_deleted_runs(recorded: Exp) -> None:
    """What can come back, the latest deletion first, who deleted it when; all filters work."""
    assert recorded("runs", "list", "--deleted").err == "note: no such run is deleted\n"
    git(Path(), "config", "user.name", "Eve\x1b[31m")
    recorded("runs", "delete", "Other Thing#1", "second", "--force")
    recorded("runs", "delete", "first", "--force")
    answer = recorded("runs", "list", "--deleted")
    assert "  first  " in answer.lines[0]
    assert all(re.search(r"  deleted \d{4}-.*  by Eve", line) for line in answer.lines)
    assert (len(answer.lines), "\x1b" in answer.out) == (3, False)
    listed = recorded("runs", "list", "mnist", "--deleted", "--status", "failed", "--json").json
    assert [(run["run_name"], run["metrics"]["acc"]) for run in listed] == [("second", 0.9)]
    assert listed[0]["deleted_by"].startswith("Eve")
    assert len(recorded("runs", "list", "--deleted", "-n", "1").lines) == 1
    assert "--metric" in recorded("runs", "list", "--deleted", "--metric", "acc", status=2).err
    recorded("runs", "restore", "first")
    assert "first" not in recorded("runs", "list", "--deleted").out


def test_delete_is_all_or_nothing(recorded: Exp) -> None:
    """One name that no run has, and nothing is deleted."""
    recorded("runs", "delete", "first", "none", "--force", status=1)
    assert len(recorded("runs", "list", "--json").json) == 3


def test_a_live_run_is_shown_but_not_changed(exp: Exp, tracker: ExperimentTracker) -> None:
    """While it runs it is listed and shown, its experiment too; changes say to wait."""
    run = tracker.start_run("new one", "lively")
    run.log_metric("acc", 0.5)
    assert exp("runs", "show", "new one#1", "--json").json["status"] == "RUNNING"
    assert "1 RUNNING" in exp("experiments", "show", "new one").out
    assert exp("experiments", "list", "--json").json[0]["runs"] == 1
    for change in (["tag", "@", "a=b"], ["note", "@", "x"], ["delete", "@", "--force"]):
        assert "it is live" in exp("runs", *change, status=2).err
    run.end()


def test_experiments(recorded: Exp) -> None:
    """Each with its runs and what it is; a mistyped name gets a suggestion."""
    recorded("experiments", "describe", "mnist", "digits\nof all kinds")
    listed = recorded("experiments", "list")
    assert [line.split("  ")[0] for line in listed.lines] == ["Other Thing", "mnist"]
    assert "2 runs" in listed.lines[1]
    assert listed.lines[1].endswith("digits …")
    shown = recorded("experiments", "show", "mnist", "--json").json
    assert (shown["statuses"], shown["runs"]) == ({"FINISHED": 1, "FAILED": 1}, 2)
    assert "did you mean 'mnist'" in recorded("experiments", "show", "minst", status=1).err
    assert "not empty" in recorded("experiments", "show", " ", status=2).err


def test_create_an_experiment(exp: Exp) -> None:
    """It is a ref; creating it again says more about it and takes nothing away."""
    given = ("-m", "hello", "-t", "a=b", "--template", "cnn", "--mode", "fast")
    assert exp("experiments", "create", "My Exp", *given).out == "created  My Exp\n"
    assert exp("experiments", "create", "My Exp", "-t", "c=d").out == "changed  My Exp\n"
    shown = exp("experiments", "show", "My Exp", "--json").json
    assert shown["tags"] == {"a": "b", "c": "d"}
    assert shown["facts"] == {"mode": "fast", "template": "cnn"}
    assert shown["description"] == "hello"
    assert f"refs/exptrack/experiments/{shown['experiment_id']}" in refs(Path(), "refs/exptrack")
    assert "KEY=VALUE" in exp("experiments", "create", "x", "-t", "odd", status=2).err


def test_list_trials(study: Exp) -> None:
    """By number, with objective values and parameters by their paths; -n gives the last ones."""
    heading, first, *_ = study("trials", "list", "study").lines
    cells = dict(zip(re.split(" {2,}", heading), re.split(" {2,}", first), strict=True))
    assert (cells["trial"], cells["metrics.gain"], cells["params.model.depth"]) == (
        "#0",
        "0.5",
        "0",
    )
    assert [
        t["trial_number"] for t in study("trials", "list", "study", "-n", 2, "--json").json
    ] == [
        2,
        3,
    ]
    assert study("trials", "list", "study", "-n", 0).out == ""


@pytest.mark.parametrize(
    ("options", "number"),
    [
        (["--metric", "gain"], 1),
        (["--metric", "gain", "--lower-is-better"], 0),
        (["--metric", "loss"], 2),
    ],
)
def test_best_trial(study: Exp, options: list[str], number: int) -> None:
    """Highest first, but for losses; failed trials and NaN are never the best."""
    assert study("trials", "best", "study", *options, "--json").json["trial_number"] == number


def test_no_best_trial(study: Exp, tracker: ExperimentTracker) -> None:
    """Which of several objectives must be said; an experiment without trials is no study."""
    assert "--metric gain" in study("trials", "best", "study", status=2).err
    assert "gain, loss" in study("trials", "best", "study", "--metric", "x", status=2).err
    tracker.create_experiment("plain")
    assert "has no trials" in study("trials", "best", "plain", status=1).err


def test_export_trials(study: Exp) -> None:
    """CSV and JSON have a row for each trial, texts as they are."""
    wide = "trial,status,metrics.gain,metrics.loss,params.model.depth,params.text"
    export = ("trials", "export", "study")
    assert study(*export, "-o", "t.csv", "--columns", wide).out == "exported  4 trials  t.csv\n"
    heading, first, *_ = Path("t.csv").read_text().splitlines()
    assert heading == wide
    assert first == '0,FINISHED,0.5,10.0,0,"a,""b"""'
    study(*export, "-o", "t.json")
    rows = json.loads(Path("t.json").read_text())
    assert [row["metrics.gain"] for row in rows] == [0.5, 2.0, ".nan", 9.0]
    assert [row["trial_number"] for row in rows] == [0, 1, 2, 3]
    assert "which format" in study(*export, "-o", "t.txt", status=2).err
    assert "no such file" in study(*export, "-o", "no/t.csv", status=3).err


def test_tail_of_a_sealed_run(recorded: Exp) -> None:
    """What ended before is shown from what is sealed: the last records, and how it ended."""
    assert recorded("tail", "first", "--lines", "2").lines[:2] == [
        "step 1  acc 0.1  loss 0.5",
        "step 2  acc 0.2  loss 0.333333",
    ]
    [line] = recorded("tail", "second", "--lines", "0").lines
    assert line.startswith("ended FAILED after ")
    assert "whole number" in recorded("tail", "first", "--lines", "-x", status=2).err


def following(repository: Path, *arguments: str) -> subprocess.Popen[str]:
    """`git exp tail` as a program, with its output to be read line by line."""
    return subprocess.Popen(
        (sys.executable, "-m", "gittrack", "tail", *arguments),
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_tail_follows_to_the_end(tracker: ExperimentTracker, repository: Path) -> None:
    """Each record is shown as it is logged, also those right before the run is sealed."""
    run = tracker.start_run("exp", "lively", tags={"a": "b"})
    run.log_metrics({"loss": 0.31, "acc": 0.9}, step=12)
    process = following(repository, "lively")
    assert read_line(process) == "tags  a=b\n"
    assert read_line(process) == "step 12  loss 0.31  acc 0.9\n"
    run.log_params({"model": {"depth": 3}})
    assert read_line(process) == "params  model.depth=3\n"
    run.log_metric(EVIL, 1)
    run.set_tags({"a": None})
    run.end()
    tracker.seal()
    out, err = process.communicate(timeout=30)
    assert out.splitlines()[:2] == ["evil\\x1b[31m\\nname 1", "tags  -a"]
    assert out.splitlines()[2].startswith("ended FINISHED after ")
    assert (process.returncode, err) == (0, "")


def test_tail_of_a_run_that_is_killed(repository: Path) -> None:
    """When the run's process dies, tail says so and ends, and the run is closed."""
    body = (
        "import sys, time; from gittrack.tracking.tracker import ExperimentTracker as T;"
        "T(sys.argv[1], capture=False).start_run('exp', 'doomed').log_metric('m', 1);"
        "print(flush=True); time.sleep(60)"
    )
    doomed = subprocess.Popen(
        (sys.executable, "-c", body, str(repository)), stdout=subprocess.PIPE, text=True
    )
    read_line(doomed)
    process = following(repository, "doomed", "--json")
    assert json.loads(read_line(process))["values"] == {"m": 1}
    doomed.kill()
    doomed.communicate()
    out, _ = process.communicate(timeout=30)
    assert json.loads(out)["status"] == "KILLED"
    assert process.returncode == 0


def test_tail_is_left_with_ctrl_c(tracker: ExperimentTracker, repository: Path) -> None:
    """Ctrl-C ends the following with status 130 and without a trace; the run goes on."""
    run = tracker.start_run("exp", "lively")
    run.log_metric("m", 1)
    process = following(repository, "@")
    assert read_line(process) == "m 1\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "interrupted\n"
    assert tracker.get_run(run.run_id).is_live
    run.end()
