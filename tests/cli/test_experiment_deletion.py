"""Experiments deleted and brought back: nothing is lost, and nothing comes back by itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import Exp
from witness import fsck, git, put_tree, refs

from gittrack.errors import NotFoundError, UsageError
from gittrack.tracking.tracker import ExperimentTracker

REF = "refs/exptrack/experiments/mnist"


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        yield tracker


@pytest.fixture
def recorded(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """Two runs of `mnist` with a description, one run of `other`."""
    tracker.create_experiment("mnist", description="digits", tags={"owner": "ada"})
    record(tracker, "mnist", "first")
    record(tracker, "mnist", "second")
    record(tracker, "other", "third")
    return exp


def record(tracker: ExperimentTracker, experiment: str, name: str) -> str:
    """A run that has ended and is sealed."""
    with tracker.run(experiment, run_name=name, config={"lr": 0.1}) as run:
        run.log_metrics({"loss": 1.0}, step=1)
        run.log_metrics({"loss": 0.5}, step=2)
    tracker.seal()
    return run.run_id


def names(exp: Exp) -> set[str]:
    return {run["run_name"] for run in exp("runs", "list", "--json").json}


def test_gone_from_every_listing(recorded: Exp, repository: Path) -> None:
    """No listing has a deleted experiment or its runs; the ref's history has every file."""
    files = git(repository, "ls-tree", "-r", REF)
    answer = recorded("experiments", "delete", "mnist", "--force")
    assert answer.out == "deleted  mnist  2 runs\n"
    assert answer.err == "bring it back with: git exp experiments restore mnist\n"
    assert [one["name"] for one in recorded("experiments", "list", "--json").json] == ["other"]
    assert names(recorded) == {"third"}
    recorded("experiments", "show", "mnist", status=1)
    assert git(repository, "ls-tree", "-r", f"{REF}^") == files
    assert git(repository, "log", "-1", "--format=%s", REF) == "Delete the experiment mnist"
    assert fsck(repository) == ""
    recorded("fsck")


def test_restored_as_it_was(recorded: Exp, repository: Path) -> None:
    """A restored experiment has the same tree as before, so every run and all that is said."""
    tree = git(repository, "rev-parse", f"{REF}^{{tree}}")
    recorded("experiments", "delete", "mnist", "--force")
    assert recorded("experiments", "restore", "mnist").out == "restored  mnist  2 runs\n"
    assert git(repository, "rev-parse", f"{REF}^{{tree}}") == tree
    assert names(recorded) == {"first", "second", "third"}
    assert recorded("experiments", "restore", "mnist", status=1).err == (
        "error: no experiment 'mnist' was deleted\nhint: see all: git exp experiments list\n"
    )
    recorded("fsck")


def test_begun_anew(recorded: Exp, tracker: ExperimentTracker, repository: Path) -> None:
    """A run that starts afterwards begins the experiment anew, with numbers that go on; restoring
    puts both together, and what was said later counts."""
    recorded("experiments", "delete", "mnist", "--force")
    record(tracker, "mnist", "fresh")
    assert names(recorded) == {"fresh", "third"}
    assert tracker.get_experiment("mnist").description == ""
    tracker.update_experiment("mnist", description="new digits")
    recorded("fsck")
    recorded("experiments", "restore", "mnist")
    restored = tracker.get_experiment("mnist")
    assert (restored.description, restored.tags) == ("new digits", {"owner": "ada"})
    assert names(recorded) == {"first", "second", "third", "fresh"}
    assert sorted(run.number or 0 for run in tracker.list_runs("mnist")) == [1, 2, 3]
    assert record(tracker, "mnist", "last") in {run.run_id for run in tracker.list_runs("mnist")}
    recorded("fsck")


def test_deleted_twice(recorded: Exp, tracker: ExperimentTracker) -> None:
    """Of several deletions of one name the last comes back first, and then the one before."""
    tracker.delete_experiment("mnist")
    record(tracker, "mnist", "fresh")
    assert tracker.delete_experiment("mnist") == 1
    tracker.restore_experiment("mnist")
    assert names(recorded) == {"fresh", "third"}
    tracker.restore_experiment("mnist")
    assert names(recorded) == {"first", "second", "third", "fresh"}
    with pytest.raises(NotFoundError):
        tracker.restore_experiment("mnist")


def test_two_clones_delete_the_same(
    recorded: Exp, repository: Path, tmp_path: Path, tracker: ExperimentTracker
) -> None:
    """Two clones that delete one state make the same tree, so that merging them is nothing."""
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(repository), str(other))
    git(other, "fetch", "-q", "origin", "refs/exptrack/*:refs/exptrack/*")
    tracker.delete_experiment("mnist")
    with ExperimentTracker(other, capture=False, warn=lambda _: None) as elsewhere:
        elsewhere.delete_experiment("mnist")
    trees = {git(place, "rev-parse", f"{REF}^{{tree}}") for place in (repository, other)}
    assert len(trees) == 1


def test_a_run_is_live(exp: Exp, tracker: ExperimentTracker, repository: Path) -> None:
    """An experiment is not deleted while a run or a program with trials is live in it; another
    one is."""
    record(tracker, "other", "third")
    with tracker.run("mnist"):
        answer = exp("experiments", "delete", "mnist", "--force", status=2)
        assert answer.err.startswith("error: cannot delete the experiment mnist: a run is live\n")
        exp("experiments", "delete", "other", "--force")
    tracker.log_trial("study", 0, {"lr": 0.1})
    tracker.seal()
    with pytest.raises(UsageError, match="a program logs trials to it"):
        tracker.delete_experiment("study")
    tracker.close()
    assert tracker.delete_experiment("study") == 1
    assert REF in refs(repository)


def test_what_waits_is_deleted_with_the_rest(repository: Path) -> None:
    """A run whose process died and that is not sealed yet is sealed, deleted, and comes back."""
    script = "import os, gittrack; gittrack.start_run('mnist', 'died'); os._exit(0)"
    tracker = ExperimentTracker(repository, capture=False)
    record(tracker, "mnist", "first")
    subprocess.run([sys.executable, "-c", script], cwd=repository, check=True)
    assert tracker.delete_experiment("mnist") == 2
    assert tracker.list_runs() == []
    tracker.restore_experiment("mnist")
    assert {run.run_name for run in tracker.list_runs()} == {"first", "died"}
    tracker.close()


def test_a_deleted_run_of_a_deleted_experiment(recorded: Exp, tracker: ExperimentTracker) -> None:
    """It comes back after its experiment, and not without it."""
    gone = next(run for run in tracker.list_runs("mnist") if run.run_name == "first")
    tracker.delete_run(gone)
    tracker.delete_experiment("mnist")
    with pytest.raises(NotFoundError, match="the experiment mnist was deleted, too"):
        tracker.restore_run(gone.run_id)
    tracker.restore_experiment("mnist")
    assert names(recorded) == {"second", "third"}
    tracker.restore_run(gone.run_id)
    assert names(recorded) == {"first", "second", "third"}
    recorded("fsck")


def test_asks_first(recorded: Exp) -> None:
    """Where nobody can answer, nothing is deleted; one that does not exist is an error."""
    answer = recorded("experiments", "delete", "mnist", status=2)
    assert "use --force" in answer.err
    assert names(recorded) == {"first", "second", "third"}
    assert "did you mean 'mnist'" in recorded("experiments", "delete", "mnis", status=1).err


def test_a_name_for_shells(exp: Exp, tracker: ExperimentTracker) -> None:
    """A name that a shell would act on is data, in what is printed and in the way back."""
    record(tracker, "a b; $(x)", "first")
    answer = exp("experiments", "delete", "a b; $(x)", "--force")
    assert answer.out == "deleted  a b; $(x)  1 run\n"
    back = answer.err.removeprefix("bring it back with: git exp ").split()
    exp(*back)
    assert names(exp) == {"first"}


def test_json(recorded: Exp) -> None:
    """With --json both say id, name and how many runs."""
    shown = {"experiment_id": "mnist", "name": "mnist", "runs": 2}
    assert recorded("experiments", "delete", "mnist", "-f", "--json").json == shown
    assert recorded("experiments", "restore", "mnist", "--json").json == shown


def test_fsck_tells_of_what_cannot_come_back(recorded: Exp, repository: Path) -> None:
    """A deletion that names a commit which is not here, and a damaged one, are found."""
    recorded("experiments", "delete", "mnist", "--force")
    lost = f"deletions/{'0' * 39}1.yaml"
    put_tree(repository, REF, {lost: b"name: mnist\nnumber: 2\nruns: 1\n"})
    assert "cannot be brought back" in recorded("fsck", status=1).out
    put_tree(repository, REF, {lost: b"nonsense"})
    assert "damaged" in recorded("fsck", status=1).out
