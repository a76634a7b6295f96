"""report: a run, a study and more as a file, as the command line and Python write them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from answers import Exp

from gittrack import ExperimentReporter, RunLogger
from gittrack.errors import NotFoundError, UsageError
from gittrack.report.study_figures import MOST_LINES
from gittrack.tracking.tracker import ExperimentTracker

EVIL = "<script>alert(1)</script>\x1b[31m"


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        yield tracker


@pytest.fixture
def recorded(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """Two runs of `mlp`, the second one the child of the first, with curves and records."""
    parent = None
    for lr in (0.1, 0.2):
        config = {"lr": lr, "depth": 2}
        name = f"rate {lr}"
        with tracker.start_run("mlp", name, config=config, parent=parent) as run:
            for step in range(30):
                run.log_metrics(
                    {"train_loss": math.exp(-step * lr), "val_loss": 1 / (step + 1)}, step
                )
            run.log_note(EVIL)
            run.log_validation("look-ahead", lr < 0.15, 2)
            log = RunLogger(tracker)
            log.log_roc([0, 1, 0, 1], [0.1, 0.9, 0.6, 0.4])
            log.log_confusion_matrix(["cat", "dog"], ["cat", "cat"], "test/confusion")
            parent = run.run_id
    return exp


@pytest.fixture
def study(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """60 trials of `search`, two of which failed."""
    trials = [
        {
            "trial_number": n,
            "params": {"lr": 10 ** (-1 - n % 5), "kind": "ab"[n % 2], "size": n},
            "performance": {"loss": abs(n - 37) / 10, "cost": float(n)}
            if n not in (3, 4)
            else None,
            "status": "FAILED" if n in (3, 4) else "FINISHED",
            "metadata": {"error": EVIL} if n == 3 else None,
        }
        for n in range(60)
    ]
    tracker.log_trials("search", trials)
    return exp


def blocks(exp: Exp, *arguments: object) -> dict[str, list[dict[str, object]]]:
    """The blocks of a report by the titles of their sections."""
    data = exp("report", *arguments, "--format", "json", "-o", "-").json
    return {section["title"]: section["blocks"] for section in data["sections"]}


def test_a_run_is_one_file(recorded: Exp, repository: Path, tracker: ExperimentTracker) -> None:
    """The page is named after the run, and its path is all that is printed."""
    [run, _] = tracker.list_runs("mlp")
    answer = recorded("report", "run", "rate 0.2")
    assert answer.out == f"run-{run.run_id[:12]}.html\n"
    page = (repository / answer.lines[0]).read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "AUC 0.750" in page
    assert "<script>alert" not in page
    assert "\x1b" not in page


def test_a_run_is_told_with_its_parent(recorded: Exp) -> None:
    """What differs from the parent is a table of its own; metrics of one kind share a picture."""
    found = blocks(recorded, "run", "rate 0.2")
    assert [block["title"] for block in found["Learning curves"]] == ["loss"]
    assert [len(b["series"]) for b in found["Learning curves"]] == [2]  # type: ignore[arg-type]
    said, table, _ = found["Config"]
    assert said["text"] == "What differs from the parent run rate 0.1:"
    assert table["rows"] == [["lr", "0.1", "0.2", "+0.1, +100%"]]
    assert found["Validations"][0]["rows"] == [["look-ahead", "failed", "2", ""]]
    assert [b["type"] for b in found["Classification"]] == ["lines", "matrix"]


def test_a_config_is_told_with_its_parent_config(exp: Exp, tracker: ExperimentTracker) -> None:
    """A run without parent run is compared with what its registered config was derived from."""
    Path("base.yaml").write_text("lr: 1\n")
    Path("next.yaml").write_text("lr: 2\n")
    exp("add", "base.yaml", "-t", "base")
    exp("add", "next.yaml", "--parent", "base")
    tracker.start_run("x", "one", config={"lr": 2}).end()
    said, table, _ = blocks(exp, "run", "one")["Config"]
    assert "(base)" in str(said["text"])
    assert table["rows"] == [["lr", "1", "2", "+1, +100%"]]


def test_a_live_run_is_told_as_far_as_it_is(exp: Exp, tracker: ExperimentTracker) -> None:
    """A report of a run that has not ended has its curves and records, and says so."""
    run = tracker.start_run("live", "now")
    for step in range(5):
        run.log_metric("loss", 1 / (step + 1), step)
    RunLogger(tracker, run).log_pr([0, 1], [0.2, 0.8])
    RunLogger(tracker).log_environment({"queue": "long"})
    found = blocks(exp, "run", "now")
    assert "is live" in str(found["Summary"][1]["text"])
    assert len(found["Learning curves"][0]["series"][0]["y"]) == 5  # type: ignore[index]
    assert found["Classification"][0]["y_label"] == "precision"
    assert found["Surroundings, as logged"][0]["rows"] == [["queue", "long"]]
    assert "packages" in str(found["Code and environment"])


def test_damaged_records_do_not_take_the_report_away(exp: Exp, tracker: ExperimentTracker) -> None:
    """A record that cannot be read is named, the rest is shown."""
    with tracker.run("x", run_name="one") as run:
        for name, text in (
            ("a", "no JSON"),
            ("b", '{"format":"gittrack/roc","version":1,"curves":3}'),
        ):
            Path(name).write_text(text)
            tracker.log_artifact(name, f"figures/{name}.json", "gittrack/roc+json;v=1")
        run.log_metric("loss", 1)
    found = blocks(exp, "run", "one")
    assert found["Not shown"][0]["text"] == "a: the record 'a' is no JSON"
    assert "b is not shown" in str(found["Classification"][0]["text"])
    assert found["Summary"]


def test_a_study_says_how_the_search_went(study: Exp) -> None:
    """History, best trials, importance, Pareto front, and failures with their reasons."""
    found = blocks(study, "study", "search", "--metric", "loss")
    facts = {str(k): v for k, v in found["Overview"][0]["rows"]}  # type: ignore[attr-defined]
    assert facts["trials"] == "58 finished, 2 failed"
    assert facts["best loss"] == "0 in #37"
    assert found["Best trials"][0]["rows"][0][:2] == ["#37", "0"]  # type: ignore[index]
    front = found["Pareto front"]
    assert front[0]["groups"] == ["other trials", "Pareto front (36)"]
    why = sorted(found["Failed trials"][1]["rows"])  # type: ignore[call-overload]
    assert why == [[EVIL, "1", "#3"], ["no reason was recorded", "1", "#4"]]
    kinds = [block["type"] for block in found["Parameters and loss"]]
    assert kinds[:4] == ["parallel", "points", "points", "points"]
    assert "field" in kinds


def test_a_study_goes_the_way_that_is_said(study: Exp) -> None:
    """`--max` turns the search round."""
    found = blocks(study, "study", "search", "--metric", "loss", "--max")
    assert found["Best trials"][0]["rows"][0][:2] == ["#0", "3.7"]  # type: ignore[index]


def test_an_experiment_says_which_way_it_goes(study: Exp, tracker: ExperimentTracker) -> None:
    """Its config may name the direction of all objectives, or of each by its name."""
    directions = {"loss": "maximize", "cost": "minimize"}
    tracker.create_experiment("search", config={"directions": directions})
    facts = dict(blocks(study, "study", "search")["Overview"][0]["rows"])  # type: ignore[call-overload]
    assert (facts["best loss"], facts["best cost"]) == ("3.7 in #0", "0 in #0")


def test_runs_are_a_study_as_well(exp: Exp, tracker: ExperimentTracker) -> None:
    """Runs with one metric need no trial numbers; their histories are the intermediate values."""
    for n in range(6):
        with tracker.run("sweep", run_name=f"w{n}", config={"a": n}) as run:
            for step in range(4):
                run.log_metric("score", n + step / 10, step)
    found = blocks(exp, "study", "sweep")
    assert found["Intermediate values"][0]["series"][0]["name"] == "w5"  # type: ignore[index]
    assert found["Best trials"][0]["rows"][0][0] == "w5"  # type: ignore[index]
    assert len(found["Timeline"][0]["spans"]) == 6  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_large_study_stays_small(exp: Exp, tracker: ExperimentTracker) -> None:
    """5,000 trials are drawn in a page that is no larger than that of a few hundred."""
    trials = [
        {
            "trial_number": n,
            "params": {"a": n * 7919 % 5000, "b": n % 11},
            "performance": n * 31 % 997,
        }
        for n in range(5000)
    ]
    tracker.log_trials("large", trials)
    exp("report", "study", "large", "-o", "large.html")
    page = Path("large.html").read_text()
    assert len(page) < 2_000_000
    assert page.count('class="row ') == MOST_LINES


def test_runs_are_compared(recorded: Exp, repository: Path) -> None:
    """What differs and the best metrics are told, and curves of all runs are in one picture."""
    found = blocks(recorded, "compare", "rate 0.1", "rate 0.2")
    assert found["What differs"][0]["rows"] == [["lr", "0.1", "0.2"]]
    metrics = found["Metrics"][0]
    assert metrics["marked"] == [[0, 3]]
    assert [b["title"] for b in found["Learning curves"]] == ["train_loss", "val_loss"]
    names = [s["name"] for s in found["Classification"][0]["series"]]  # type: ignore[attr-defined]
    assert names == ["rate 0.1: AUC 0.750", "rate 0.2: AUC 0.750"]
    answer = recorded("report", "compare", "rate 0.1", "rate 0.2", "--title", "two rates/..")
    assert (repository / answer.lines[0]).parent == repository


def test_one_run_is_no_comparison(recorded: Exp) -> None:
    """The message says how many it takes."""
    answer = recorded("report", "compare", "rate 0.1", status=2)
    assert "a comparison is of 2 to 50 runs, not 1" in answer.err


def test_experiments_stand_side_by_side(recorded: Exp, study: Exp) -> None:
    """Metrics of several experiments are one table; each has a section of its own."""
    found = blocks(recorded, "experiment", "mlp", "search")
    assert {row[0] for row in found["Metrics"][0]["rows"]} == {"mlp", "search"}  # type: ignore[attr-defined]
    assert found["search"][0]["rows"][0] == ["runs", "58 finished, 2 failed"]  # type: ignore[index]


def test_the_ending_decides_about_the_format(recorded: Exp) -> None:
    """A file that ends in .md is Markdown, one in .json is JSON."""
    recorded("report", "run", "rate 0.1", "-o", "one.md")
    recorded("report", "run", "rate 0.1", "-o", "one.json")
    assert Path("one.md").read_text().startswith("# rate ")
    assert json.loads(Path("one.json").read_text())["kind"] == "run"


def test_a_figure_is_a_picture_of_its_own(recorded: Exp) -> None:
    """Records and metrics are drawn as SVG; without a name they are listed."""
    assert recorded("report", "figure", "rate 0.1").lines == [
        "roc",
        "test/confusion",
        "train_loss",
        "val_loss",
    ]
    assert recorded("report", "figure", "rate 0.1", "test/confusion").out == "test-confusion.svg\n"
    words = "".join(ElementTree.parse("test-confusion.svg").getroot().itertext())
    assert "Confusion matrix" in words
    recorded("report", "figure", "rate 0.1", "val_loss", "-o", "v.svg")
    assert b"val_loss" in Path("v.svg").read_bytes()


def test_a_figure_is_a_png_where_that_is_installed(recorded: Exp) -> None:
    """The picture's pixels are twice its size."""
    pytest.importorskip("resvg_py")
    recorded("report", "figure", "rate 0.1", "roc", "-o", "roc.png")
    data = Path("roc.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert int.from_bytes(data[16:20], "big") == 960


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "nobody"), "no run is called 'nobody'"),
        (("run", "rate 0.1", "--format", "pdf"), "there is no format 'pdf'"),
        (("run", "rate 0.1", "-o", "no/where.html"), "no such folder"),
        (("run", "rate 0.1", "-o", "-", "--open"), "--open needs a file"),
        (("study", "nothing"), "there is no experiment 'nothing'"),
        (("study", "mlp"), "the runs have several metrics"),
        (("study", "mlp", "--metric", "odd"), "no run has the metric 'odd'"),
        (("study", "mlp", "--min", "--max"), "--min and --max exclude one another"),
        (("figure", "rate 0.1", "odd"), "has no figure 'odd'"),
        (("figure", "rate 0.1", "roc", "-o", "roc.pdf"), "cannot draw to 'roc.pdf'"),
        (("experiment", "nothing"), "there is no experiment 'nothing'"),
    ],
)
def test_what_cannot_be_reported_is_said(
    recorded: Exp, repository: Path, arguments: tuple[str, ...], said: str
) -> None:
    """One line says what is wrong, and no file is written."""
    before = sorted(repository.iterdir())
    answer = recorded("report", *arguments, status=None)
    assert answer.status != 0
    assert said in answer.err
    assert sorted(repository.iterdir()) == before


def test_python_writes_the_same_files(recorded: Exp, study: Exp, tmp_path: Path) -> None:
    """`ExperimentReporter` makes its folder, and names files as the commands do."""
    with ExperimentReporter(tmp_path / "out" / "deep", path=Path()) as reporter:
        one = reporter.generate_training_report("mlp#1")
        two = reporter.generate_hpo_study_report("search")
        three = reporter.generate_comparison_report(["mlp#1", "mlp#2"], "Both rates")
        four = reporter.generate_experiment_report(["mlp"])
    assert [p.name.partition("-")[0] for p in (one, two, three, four)] == [
        "run",
        "study",
        "both",
        "experiment",
    ]
    assert all("<!DOCTYPE html>" in path.read_text() for path in (one, two, three, four))


def test_a_reporter_has_a_tracker_or_a_path(tracker: ExperimentTracker) -> None:
    """Both at once make no sense; a tracker that is passed stays open."""
    with pytest.raises(UsageError):
        ExperimentReporter(tracker=tracker, path=".")
    with (
        ExperimentReporter(tracker=tracker, file_format="json") as reporter,
        pytest.raises(NotFoundError),
    ):
        reporter.generate_training_report("nobody")
    tracker.start_run("x").end()


def test_a_record_logged_again_takes_the_place_of_the_first(
    exp: Exp, tracker: ExperimentTracker
) -> None:
    """One name is one record, the latest."""
    with tracker.run("x", run_name="one"):
        log = RunLogger(tracker)
        log.log_feature_importance({"a": 1.0})
        log.log_feature_importance({"b": 2.0})
    [bars] = blocks(exp, "run", "one")["Feature importance"]
    assert bars["names"] == ["b"]


def test_nothing_is_logged_without_a_run(tracker: ExperimentTracker) -> None:
    """The message says how to start one."""
    with pytest.raises(UsageError, match="no run is active"):
        RunLogger(tracker).log_roc([0, 1], [0, 1])


def test_the_program_of_the_page(exp: Exp, repository: Path) -> None:
    """What docs/reports.md says about RunLogger works as it stands."""
    page = Path(__file__).parents[2] / "docs/reports.md"
    programs = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    exec(programs[1], {})
    assert exp("report", "figure", "@").lines == ["confusion_matrix", "distribution", "roc"]
