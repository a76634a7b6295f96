"""Importing from other trackers: what their own libraries wrote, and what nobody would write."""

from __future__ import annotations

import io
import json
import math
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from witness import fsck, git, refs

from gittrack.errors import SourceError, UsageError
from gittrack.importers import find_source, import_from, source_names
from gittrack.importers.events import Events
from gittrack.importers.mlflow.flat import flat_mapping
from gittrack.importers.record_files import (
    DamagedError,
    TornError,
    event_records,
    wandb_records,
)
from gittrack.importers.wandb_records import WandbRun
from gittrack.importers.wire import WireError
from gittrack.runs.model import Run
from gittrack.sources import parse_documents
from gittrack.tracking.tracker import ExperimentTracker

GOLDEN = Path(__file__).parents[1] / "golden" / "importers"
START = 1_700_000_000.0


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, capture=False, on_error="raise") as opened:
        yield opened


@pytest.fixture
def mlruns(tmp_path: Path) -> Path:
    """A file store of MLflow's that a test may change."""
    return Path(shutil.copytree(GOLDEN / "mlflow" / "mlruns", tmp_path / "mlruns"))


def database(folder: Path) -> Path:
    """The same in SQLite, with the folder of its artifacts beside it."""
    folder.mkdir()
    with sqlite3.connect(folder / "mlflow.db") as opened:
        opened.executescript((GOLDEN / "mlflow" / "mlflow.sql").read_text())
    opened.close()
    shutil.copytree(GOLDEN / "mlflow" / "artifacts", folder / "artifacts")
    return folder / "mlflow.db"


@pytest.fixture(params=["files", "sqlite"])
def mlflow_store(request: pytest.FixtureRequest, tmp_path: Path, mlruns: Path) -> Path:
    return mlruns if request.param == "files" else database(tmp_path / "server")


def named(tracker: ExperimentTracker, name: str) -> Run:
    """The one run of that name."""
    (run,) = (one for one in tracker.list_runs() if one.run_name == name)
    return run


def points(tracker: ExperimentTracker, run: Run, key: str) -> list[tuple[Any, float, float]]:
    history = tracker.get_metric_history(run, key)
    return [(point.step, round(point.time, 3), point.value) for point in history]


def folder_of(mlruns: Path, name: str) -> Path:
    """The folder of a run of MLflow's, by the run's name."""
    (found,) = (
        file.parents[1]
        for file in mlruns.glob("*/*/tags/mlflow.runName")
        if file.read_text() == name
    )
    return found


def places(result: Any) -> set[str]:
    return {Path(one.place).name for one in result.refused}


def test_mlflow_runs_have_all_that_was_logged(
    tracker: ExperimentTracker, mlflow_store: Path
) -> None:
    """A run of MLflow's comes with parameters, histories, times, status, tags and parent."""
    result = import_from(tracker, "mlflow", mlflow_store)
    assert (result.new, result.refused, result.models) == (4, (), 1)
    assert result.left == {"deleted runs": 1}
    run, parent = named(tracker, "child-0"), named(tracker, "search")
    assert run.params == {"lr": 0.1, "name": "yes: no", "deep/er": 1e-05}
    assert run.status == "FINISHED"
    assert run.duration == 60.0
    assert run.start_time.timestamp() == START
    assert run.parent_run_id == parent.run_id
    assert run.tags["colour"] == "blue"
    assert run.tags["mlflow.user"] == "somebody"
    assert points(tracker, run, "loss") == [
        (step, START + step / 10, 1 / (step + 1)) for step in range(5)
    ]
    assert math.isnan(run.metrics["odd/auc"])
    assert (parent.notes, parent.tags["note"]) == (("the first search",), "a\nb")
    assert named(tracker, "child-1").status == "FAILED"


def test_mlflow_artifacts_and_datasets_come_along(
    tracker: ExperimentTracker, mlflow_store: Path
) -> None:
    """Artifacts have the bytes that were logged, and datasets are kept as MLflow tells them."""
    import_from(tracker, None, mlflow_store)
    run = named(tracker, "child-0")
    assert [one.path for one in tracker.list_artifacts(run)] == ["a.json", "notes/hello.txt"]
    assert tracker.get_artifact(run, "notes/hello.txt") == b"hello\n"
    (text,) = (v for k, v in run.tags.items() if k.startswith("gittrack.mlflow.dataset.prices."))
    dataset = json.loads(text)
    assert (dataset["name"], dataset["tags"]) == ("prices", {"mlflow.data.context": "training"})


def test_mlflow_experiments_and_models_come_along(
    tracker: ExperimentTracker, mlflow_store: Path, tmp_path: Path
) -> None:
    """Experiments keep name, description and tags; a model's version has its files and alias."""
    import_from(tracker, None, mlflow_store)
    experiment = tracker.get_experiment("churn")
    assert (experiment.description, experiment.tags) == ("who leaves", {"team": "growth"})
    assert tracker.get_experiment("Größe / size").name == "Größe / size"
    version = tracker.models.get_version("forest", "champion")
    assert (version.description, version.tags) == ("first", {"v": "1"})
    assert version.run_id == named(tracker, "search").run_id
    fetched = tracker.models.fetch("forest", "1", target=tmp_path / "model")
    assert (fetched / "weights.txt").read_text() == "weights\n"
    again = import_from(tracker, None, mlflow_store)
    assert (again.models, len(tracker.models.list_versions("forest"))) == (0, 1)


def test_a_run_that_never_ended_is_killed_and_says_so(
    tracker: ExperimentTracker, mlflow_store: Path
) -> None:
    """MLflow leaves the run of a dead process running for ever; here it has ended."""
    import_from(tracker, None, mlflow_store)
    run = named(tracker, "still going")
    assert (run.status, run.end_time) == ("KILLED", None)
    assert run.details == {"import": {"status": "RUNNING"}}


def test_a_second_import_writes_nothing(tracker: ExperimentTracker, mlflow_store: Path) -> None:
    """What is here already stays as it is, where it is, whatever the place it is imported from."""
    import_from(tracker, None, mlflow_store)
    before = refs(tracker.session.repository.common_dir, "refs/exptrack")
    result = import_from(tracker, None, mlflow_store)
    assert (result.new, result.updated, result.unchanged) == (0, 0, 4)
    elsewhere = import_from(tracker, None, mlflow_store, experiment="another")
    assert (elsewhere.unchanged, elsewhere.experiments) == (4, result.experiments)
    assert refs(tracker.session.repository.common_dir, "refs/exptrack") == before


def test_a_run_that_has_grown_is_brought_up_to_date(
    tracker: ExperimentTracker, mlruns: Path, repository: Path
) -> None:
    """Values that came since and the end are taken in; what was said of the run here stays."""
    import_from(tracker, None, mlruns)
    before = named(tracker, "child-0")
    tracker.set_tag("mine", "kept", run=before)
    tracker.log_note("looked at", run=before)
    with (folder_of(mlruns, "child-0") / "metrics" / "loss").open("a") as file:
        file.write("1700000000500 0.125 5\n")
    (folder_of(mlruns, "child-0") / "metrics" / "new").write_text("1700000000500 7 0\n")
    result = import_from(tracker, None, mlruns)
    assert (result.new, result.updated, result.unchanged) == (0, 1, 3)
    run = named(tracker, "child-0")
    assert (run.run_id, run.number) == (before.run_id, before.number)
    assert (run.metrics["loss"], run.metrics["new"]) == (0.125, 7.0)
    assert len(tracker.get_metric_history(run, "loss")) == 6
    assert (run.tags["mine"], run.notes) == ("kept", ("looked at",))
    assert tracker.get_artifact(run, "notes/hello.txt") == b"hello\n"
    tracker.reindex()
    assert named(tracker, "child-0") == run
    assert fsck(repository) == ""


def test_a_tag_that_changed_is_brought_up_to_date(
    tracker: ExperimentTracker, mlflow_store: Path
) -> None:
    """A new value of the same length is seen, too."""
    import_from(tracker, None, mlflow_store)
    if mlflow_store.is_dir():
        (folder_of(mlflow_store, "child-1") / "tags" / "colour").write_text("pink")
    else:
        with sqlite3.connect(mlflow_store) as opened:
            opened.execute(
                "UPDATE tags SET value = 'pink' WHERE key = 'colour' AND run_uuid ="
                " (SELECT run_uuid FROM runs WHERE name = 'child-1')"
            )
        opened.close()
    assert import_from(tracker, None, mlflow_store).updated == 1
    assert named(tracker, "child-1").tags["colour"] == "pink"


def test_a_run_that_ends_later_gets_its_end(tracker: ExperimentTracker, mlruns: Path) -> None:
    """A run that was going on at its import ends here when it has ended there."""
    import_from(tracker, None, mlruns)
    meta = folder_of(mlruns, "still going") / "meta.yaml"
    text = meta.read_text().replace("status: 1", "status: 3")
    meta.write_text(text.replace("end_time: null", "end_time: 1700000005000"))
    assert import_from(tracker, None, mlruns).updated == 1
    run = named(tracker, "still going")
    assert (run.status, run.duration, run.details) == ("FINISHED", 5.0, {})


def test_an_import_that_was_stopped_goes_on(tracker: ExperimentTracker, mlruns: Path) -> None:
    """Stopped in the middle and called again, every run is there once."""

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_from(tracker, None, mlruns, progress=stop)
    import_from(tracker, None, mlruns)
    names = sorted(run.run_name for run in tracker.list_runs())
    assert names == ["child-0", "child-1", "search", "still going"]


def test_a_dry_run_records_nothing(tracker: ExperimentTracker, mlflow_store: Path) -> None:
    """It counts what would be new, and leaves the repository alone."""
    result = import_from(tracker, None, mlflow_store, dry_run=True)
    assert (result.dry_run, result.new, result.models) == (True, 4, 1)
    assert refs(tracker.session.repository.common_dir, "refs/exptrack") == {}


def test_one_experiment_can_be_chosen_and_renamed(
    tracker: ExperimentTracker, mlflow_store: Path
) -> None:
    """Only the named experiment is taken, and recorded under the name that is asked for."""
    result = import_from(tracker, None, mlflow_store, only=["churn"], experiment="old runs")
    assert (result.new, result.experiments) == (3, ("old runs",))
    assert {run.experiment_name for run in tracker.list_runs()} == {"old runs"}
    with pytest.raises(UsageError, match="no experiment 'chrun'"):
        import_from(tracker, None, mlflow_store, only=["chrun"])


def test_hostile_files_are_named_and_the_rest_is_taken(
    tracker: ExperimentTracker, mlruns: Path, tmp_path: Path
) -> None:
    """Links out, pipes, bytes that are no text and lines that are none cost only themselves."""
    run = folder_of(mlruns, "child-0")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (run / "tags" / "stolen").symlink_to(secret)
    (run / "artifacts" / "outside").symlink_to(tmp_path)
    (run / "artifacts" / "CON").touch()
    os.mkfifo(run / "params" / "pipe")
    (run / "params" / "bytes").write_bytes(b"\xff\xfe")
    with (run / "metrics" / "loss").open("a") as file:
        file.write("rubbish\n1700000000000000 1.0 5\n1700000000000 1 99999999999999999999\n")
    (mlruns / "0" / "bad").mkdir()
    (mlruns / "0" / "bad" / "meta.yaml").write_text("run_id: [")
    (mlruns / "0" / "loop").symlink_to(mlruns)
    result = import_from(tracker, None, mlruns)
    assert result.new == 4
    assert places(result) >= {"stolen", "outside", "CON", "pipe", "loss:6", "loop"}
    assert any("bytes:1:1" in one.place for one in result.refused)
    assert any("bad/meta.yaml" in one.place for one in result.refused)
    taken = named(tracker, "child-0")
    assert taken.params == {"lr": 0.1, "name": "yes: no", "deep/er": 1e-05}
    assert len(tracker.get_metric_history(taken, "loss")) == 5
    assert "secret" not in str(taken)


def test_a_database_cannot_name_files_elsewhere(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """Artifacts elsewhere need the user's word, and a folder that is no run's is never taken."""
    file = database(tmp_path / "server")
    moved = Path(shutil.move(file.parent / "artifacts", tmp_path / "elsewhere"))
    (tmp_path / "private.txt").write_text("private")
    with sqlite3.connect(file) as opened:
        opened.execute(
            "UPDATE runs SET artifact_uri = ? || '/churn/' || run_uuid || '/artifacts'"
            " WHERE name != 'child-1'",
            (str(moved),),
        )
        opened.execute("UPDATE runs SET artifact_uri = ? WHERE name = 'child-1'", (str(tmp_path),))
        opened.execute("DELETE FROM model_versions")
    opened.close()
    result = import_from(tracker, None, file, dry_run=True)
    assert (result.new, len(result.refused)) == (4, 3)
    assert all("--artifacts" in one.reason for one in result.refused)
    result = import_from(tracker, None, file, artifacts=tmp_path)
    assert len(result.refused) == 1
    assert named(tracker, "child-1").artifacts == ()
    assert tracker.get_artifact(named(tracker, "child-0"), "notes/hello.txt") == b"hello\n"


def test_a_damaged_value_costs_only_what_follows_it(
    tracker: ExperimentTracker, tmp_path: Path
) -> None:
    """Values that are no numbers, and names that no metric can have, are told; the rest comes."""
    file = database(tmp_path / "server")
    with sqlite3.connect(file) as opened:
        (run,) = opened.execute("SELECT run_uuid FROM runs WHERE name = 'child-0'").fetchone()
        rows = [
            ("loss", "text", 1, 0),
            ("loss", 1.0, 10**17, 0),
            ("", 1.0, 1, 0),
            ("x" * 2000, 1.0, 1, 0),
        ]
        opened.executemany(
            "INSERT INTO metrics (run_uuid, key, value, timestamp, step, is_nan)"
            f" VALUES ('{run}', ?, ?, ?, ?, 0)",
            rows,
        )
    opened.close()
    result = import_from(tracker, None, file)
    assert (result.new, result.refused_count) == (4, 4)
    assert len(tracker.get_metric_history(named(tracker, "child-0"), "loss")) == 5


def test_tensorboard_scalars_of_both_kinds(tracker: ExperimentTracker) -> None:
    """Scalars of PyTorch's writer and of TensorFlow 2's are histories; hyperparameters params."""
    result = import_from(tracker, None, GOLDEN / "tensorboard", experiment="logs")
    assert (result.new, result.left) == (2, {"histograms": 1, "text": 1})
    first, second = named(tracker, "tensorboard"), named(tracker, "train")
    assert [(s, t) for s, t, _ in points(tracker, first, "loss/train")] == [
        (step, START + step) for step in range(5)
    ]
    assert first.metrics["loss/train"] == pytest.approx(0.2, rel=1e-7)
    assert math.isnan(first.metrics["odd"])
    assert [round(v, 6) for _, _, v in points(tracker, second, "epoch_accuracy")] == [0.5, 0.6, 0.7]
    assert second.params == {"lr": 0.1, "optimizer": "adam", "nesterov": True}
    assert import_from(tracker, None, GOLDEN / "tensorboard", experiment="logs").unchanged == 2


def test_an_event_file_is_taken_up_to_its_fault(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """A flipped byte is told with its place, a torn end is no fault; what is before is taken."""
    (source,) = (GOLDEN / "tensorboard").glob("events*")
    data = bytearray(source.read_bytes())
    for name, bytes_ in (("torn", bytes(data[:-5])), ("flipped", data)):
        if name == "flipped":
            data[200] ^= 1
        (tmp_path / "logs" / name).mkdir(parents=True)
        (tmp_path / "logs" / name / source.name).write_bytes(bytes_)
    result = import_from(tracker, None, tmp_path / "logs")
    assert result.new == 2
    assert len(named(tracker, "torn").metrics) == 2
    assert 0 < len(tracker.get_metric_history(named(tracker, "flipped"), "loss/train")) < 5
    (refused,) = result.refused
    assert "flipped" in refused.place
    assert "byte" in refused.place


def test_wandb_runs_have_config_history_and_summary(tracker: ExperimentTracker) -> None:
    """An offline run comes with its config, history, summary, tags, files and exit."""
    result = import_from(tracker, None, GOLDEN / "wandb")
    assert (result.new, result.experiments) == (2, ("churn",))
    run = named(tracker, "run-0")
    assert run.params == {"lr": 0.1, "model": {"depth": 4, "name": "mlp"}, "layers": [1, 2]}
    assert [(s, v) for s, _, v in points(tracker, run, "loss")] == [
        (step, 1 / (step + 1)) for step in range(5)
    ]
    assert [v for _, _, v in points(tracker, run, "nested.auc")] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert (run.metrics["best"], math.isnan(run.metrics["odd"])) == (0.9, True)
    assert (run.notes, run.tags["wandb.group"]) == (("a remark",), "sweep")
    assert run.tags["wandb.tag.two words"] == "true"
    assert run.details == {"summary": {"text": "hello"}}
    assert tracker.get_artifact(run, "note.txt") == b"hello\n"
    assert (run.status, named(tracker, "run-1").status) == ("FINISHED", "FAILED")
    assert import_from(tracker, None, GOLDEN / "wandb").unchanged == 2


def test_a_wandb_file_is_taken_up_to_its_fault(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """A run whose file ends within a record was killed; one with a flipped byte says where."""
    shutil.copytree(GOLDEN / "wandb", tmp_path / "wandb")
    torn, flipped = sorted((tmp_path / "wandb").glob("*/*.wandb"))
    torn.write_bytes(torn.read_bytes()[:-30])
    data = bytearray(flipped.read_bytes())
    data[-200] ^= 1
    flipped.write_bytes(data)
    result = import_from(tracker, None, tmp_path / "wandb")
    assert result.new == 2
    assert named(tracker, "run-0").status == "KILLED"
    (refused,) = result.refused
    assert flipped.name in refused.place
    assert len(tracker.get_metric_history(named(tracker, "run-1"), "loss")) > 1


def test_sacred_runs_have_config_metrics_and_files(tracker: ExperimentTracker) -> None:
    """A folder of Sacred's comes with its config, metrics, result, info and artifacts."""
    result = import_from(tracker, None, GOLDEN / "sacred")
    assert (result.new, result.refused, result.experiments) == (2, (), ("churn",))
    run, failed = named(tracker, "churn-1"), named(tracker, "churn-2")
    assert run.params["lr"] == 0.1
    assert run.params["model"] == {"depth": 4}
    assert [(s, v) for s, _, v in points(tracker, run, "loss")] == [
        (step, 1 / (step + 1)) for step in range(5)
    ]
    assert (run.metrics["result"], run.host) == (0.2, "host")
    assert run.details == {"info": {"classes": 3}}
    assert tracker.get_artifact(run, "note.txt") == b"hello\n"
    assert (run.status, failed.status) == ("FINISHED", "FAILED")
    assert failed.details["fail_trace"] == ["ValueError: it fails\n"]
    assert import_from(tracker, None, GOLDEN / "sacred").unchanged == 2


def test_dvc_experiments_are_read_from_git(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """Each experiment of DVC's is a run with its parameters, metrics, histories and baseline."""
    source = tmp_path / "project"
    git(tmp_path, "clone", "-q", str(GOLDEN / "dvc" / "experiments.bundle"), str(source))
    git(source, "fetch", "-q", "origin", "refs/exps/*:refs/exps/*")
    result = import_from(tracker, None, source)
    assert (result.new, result.refused, result.experiments) == (2, (), ("project",))
    run = named(tracker, "first-try")
    assert run.params == {"lr": 0.2, "depth": 4, "epochs": 3}
    assert run.metrics == {"auc": 0.7, "train.loss": 0.25, "acc": 0.2}
    assert [(s, v) for s, _, v in points(tracker, run, "acc")] == [(0, 0.0), (1, 0.1), (2, 0.2)]
    assert run.git_commit == git(source, "rev-parse", "HEAD")
    assert run.notes == ("first",)
    assert import_from(tracker, None, source).unchanged == 2


def test_a_folder_of_dvclive_is_a_run(tracker: ExperimentTracker) -> None:
    """DVCLive without DVC comes with parameters, histories and the summary."""
    assert import_from(tracker, None, GOLDEN / "dvc" / "dvclive").new == 1
    run = named(tracker, "dvclive")
    assert run.params == {"lr": 0.1, "layers": [1, 2]}
    assert run.metrics == {"train/loss": 0.2, "best": 0.9}
    assert len(tracker.get_metric_history(run, "train/loss")) == 5
    assert import_from(tracker, None, GOLDEN / "dvc" / "dvclive").unchanged == 1


def test_optuna_studies_become_studies(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """A study in a journal becomes a study here, with all its trials, and once only."""
    pytest.importorskip("optuna")
    journal = Path(shutil.copy(GOLDEN / "optuna" / "study.log", tmp_path))
    assert import_from(tracker, None, journal, dry_run=True).new == 5
    assert import_from(tracker, None, journal).new == 5
    assert import_from(tracker, None, journal).unchanged == 5
    trials = tracker.list_runs("parabola")
    assert sorted(run.trial_number or 0 for run in trials) == [0, 1, 2, 3, 4]
    assert sum(run.status == "FAILED" for run in trials) == 1


def test_each_source_is_told_by_its_files() -> None:
    """Every recording is recognised as what it is, and as nothing else."""
    found = {name: find_source(GOLDEN / name) for name in ("tensorboard", "wandb", "sacred")}
    assert found == {name: name for name in found}
    assert find_source(GOLDEN / "mlflow" / "mlruns") == "mlflow"
    assert find_source(GOLDEN / "dvc" / "dvclive") == "dvc"
    assert find_source(GOLDEN / "optuna" / "study.log") == "optuna"
    assert source_names() == ["dvc", "mlflow", "optuna", "sacred", "tensorboard", "wandb"]


def test_event_files_among_artifacts_confuse_nobody(mlruns: Path) -> None:
    """A store of MLflow's that has TensorBoard's files as artifacts is one of MLflow's."""
    (source,) = (GOLDEN / "tensorboard").glob("events*")
    shutil.copy(source, folder_of(mlruns, "child-0") / "artifacts")
    assert find_source(mlruns) == "mlflow"


@pytest.mark.parametrize("name", ["dvc", "mlflow", "sacred", "tensorboard", "wandb"])
def test_what_is_no_such_thing_is_refused(
    tracker: ExperimentTracker, tmp_path: Path, name: str
) -> None:
    """A folder, and a file, that the tool did not write are refused in one line."""
    file = tmp_path / "file"
    file.write_bytes(b"SQLite format 3\0 or so")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError):
        import_from(tracker, name, tmp_path / "empty")
    with pytest.raises(UsageError, match="does not tell what it is"):
        find_source(tmp_path / "empty")
    with pytest.raises((SourceError, UsageError)):
        import_from(tracker, None, file)
    with pytest.raises(SourceError, match="no such file"):
        import_from(tracker, name, tmp_path / "none")
    with pytest.raises(UsageError, match="only files"):
        import_from(tracker, name, "https://example.org/")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_told(data: bytes) -> None:
    """Whatever a record holds, it is taken in or refused, and never anything else happens."""
    for target in (Events(), WandbRun()):
        with suppress(WireError, OverflowError):
            target.take(data)


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_changed_byte_is_seen(position: int, value: int) -> None:
    """One byte changed anywhere in an event file loses no event unseen."""
    (source,) = (GOLDEN / "tensorboard").glob("events*")
    data = bytearray(source.read_bytes())
    position %= len(data)
    whole = [record for _, record in event_records(io.BytesIO(bytes(data)), 1 << 20)]
    same = data[position] == value
    data[position] = value
    found: list[bytes | None] = []
    told = False
    try:
        found.extend(record for _, record in event_records(io.BytesIO(bytes(data)), 1 << 20))
    except (TornError, DamagedError):
        told = True
    assert told != same
    assert found == whole[: len(found)]


@given(st.binary(max_size=100))
def test_any_bytes_are_records_or_told(data: bytes) -> None:
    """Whatever a file holds, its records are given or the fault is told."""
    for read in (event_records, wandb_records):
        for start in (b"", b":W&B\xe1\xbe\0"):
            with suppress(TornError, DamagedError):
                list(read(io.BytesIO(start + data), 50))


_SCALARS = st.one_of(
    st.from_regex(r"[ -~]{0,12}", fullmatch=True),
    st.from_regex(r"[0-9a-f]{1,12}", fullmatch=True),
    st.sampled_from(["'it''s'", "null", "0b1", "1e5", "yes", "2023-01-01", "12:30", "~", ".5"]),
)


@given(st.lists(_SCALARS, min_size=1, max_size=4))
def test_the_quick_reader_agrees_with_the_real_one(values: list[str]) -> None:
    """What is read without a YAML reader is what the YAML reader gives."""
    text = "".join(f"key_{'abcd'[n]}: {value}\n" for n, value in enumerate(values))
    quick = flat_mapping(text)
    if quick is not None:
        data = parse_documents(text.encode(), "meta.yaml")[0].data
        assert {k: (type(v), v) for k, v in quick.items()} == {
            k: (type(v), v) for k, v in data.items()
        }
