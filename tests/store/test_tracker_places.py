"""Runs outlive what users do to branches, and recording them leaves all of that alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import places
import pytest
from witness import (
    commit_file,
    files_in,
    footprint,
    fsck,
    git,
    git_path,
    new_repository,
    refs,
    run_git,
)
from workers import problems

from gittrack.cli.main import run as run_command
from gittrack.runs.model import Run
from gittrack.tracking.tracker import ExperimentTracker

ALL_HOOKS = (
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
)


def everything(folder: Path, file: Path) -> list[str]:
    """Make every kind of call that records; returns the ids of the runs that are there."""
    with ExperimentTracker(folder, on_error="raise") as tracker:
        tracker.create_experiment("exp", description="d", tags={"a": 1})
        with tracker.run("exp", config={"a": 1}, tags={"t": 1}) as run:
            run.log_metrics({"m": 1.0}, step=0)
            tracker.log_artifact(file)
            tracker.checkpoint(run)
        trial = tracker.log_trial("study", 0, {"x": 1}, 0.5)
        more = tracker.log_trials("study", [{"trial_number": 1, "params": {"x": 2}}])
        tracker.set_tags({"late": 1}, run=run.run_id)
        tracker.log_note("n", run=run.run_id)
        with tracker.run("exp", parent=run) as gone:
            pass
        tracker.delete_run(gone.run_id)
        tracker.restore_run(gone.run_id)
        tracker.log_experiment_summary("exp", {"best": 1.0})
    return [run.run_id, gone.run_id, trial, *more]


def install_all_hooks(folder: Path, hooks: Path, marker: Path) -> None:
    """Every hook that git knows refuses everything, and leaves a mark where it ran."""
    hooks.mkdir(exist_ok=True)
    for name in ALL_HOOKS:
        (hooks / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "{marker}"\nexit 1\n')
        (hooks / name).chmod(0o755)
    blob = git(folder, "hash-object", "-w", "--stdin", stdin="probe")
    assert run_git(folder, "update-ref", "refs/probe", blob).returncode != 0
    assert marker.exists()  # git itself does run them
    marker.unlink(missing_ok=True)


QUICK = (places.bare, places.linked_worktree, places.rebasing)
SLOW = (places.plain, places.unborn, places.detached, places.merging, places.shallow_clone)


@pytest.mark.parametrize(
    "make",
    [*QUICK, *(pytest.param(make, marks=pytest.mark.slow) for make in SLOW)],
    ids=lambda make: make.__name__,
)
def test_no_call_runs_a_hook_or_touches_a_branch(make: places.Maker, tmp_path: Path) -> None:
    """Whatever is recorded: HEAD, index, files, other refs and what is under way stay; no hook
    runs, be it in the usual folder or in that of `core.hooksPath`."""
    folder = make(tmp_path)
    file = tmp_path / "plot.txt"
    file.write_text("a plot\n")
    install_all_hooks(folder, git_path(folder, "hooks"), tmp_path / "ran")
    before = footprint(folder)
    ids = everything(folder, file)
    assert footprint(folder) == before
    git(folder, "config", "core.hooksPath", str(tmp_path / "hooks"))
    install_all_hooks(folder, tmp_path / "hooks", tmp_path / "ran")
    ids += everything(folder, file)
    assert not (tmp_path / "ran").exists()
    with ExperimentTracker(folder, on_error="raise") as tracker:
        assert {run.run_id for run in tracker.list_runs()} == set(ids)
    assert problems(folder) == []
    assert fsck(folder) == ""


def test_linked_worktrees_share_runs(tmp_path: Path) -> None:
    """A run that is live in one is seen, and numbered on, in the other; neither is touched."""
    main = new_repository(tmp_path / "main", commit=True)
    git(main, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = tmp_path / "side"
    (side / "train.py").write_text("changed\n")
    git(main, "mv", "train.py", "moved.py")
    before = footprint(main), footprint(side)
    with ExperimentTracker(main, on_error="raise") as one:
        run = one.start_run("exp")
        run.log_metric("m", 1.0)
        with ExperimentTracker(side, on_error="raise") as two:
            assert two.get_run(run.run_id).is_live
            with two.run("exp") as second:
                second.log_metric("m", 2.0)
            run.end()
            runs = {found.run_id: found for found in two.list_runs("exp")}
            assert [runs[i].number for i in (run.run_id, second.run_id)] == [1, 2]
            two.set_tags({"seen": "side"}, run=run.run_id)
        assert one.get_run(run.run_id).tags == {"seen": "side"}
        codes = [runs[i].code_version for i in (run.run_id, second.run_id)]
    assert [code.branch for code in codes if code is not None] == ["main", "side"]
    assert [files_in(main, f"{code.commit}").keys() for code in codes if code is not None] == [
        {"moved.py"},
        {"train.py"},
    ]
    assert (footprint(main), footprint(side)) == before
    assert problems(main) == problems(side) == []


def test_runs_outlive_the_worktree_that_made_them(tmp_path: Path) -> None:
    """With their code, though nothing else refers to it any more."""
    main = new_repository(tmp_path / "main", commit=True)
    git(main, "worktree", "add", "-q", "--detach", str(tmp_path / "side"))
    side = tmp_path / "side"
    with ExperimentTracker(side, on_error="raise") as tracker, tracker.run("exp") as run:
        run.log_metric("m", 1.0)
    git(main, "worktree", "remove", "--force", str(tmp_path / "side"))
    clean(main)
    with ExperimentTracker(main, on_error="raise") as tracker:
        [found] = tracker.list_runs()
        assert found.run_id == run.run_id
        check_code(main, found)
    assert problems(main) == []


@pytest.mark.parametrize("make", [places.merging, places.rebasing], ids=lambda make: make.__name__)
def test_what_was_under_way_goes_on(make: places.Maker, tmp_path: Path) -> None:
    """After a run in the middle of its conflicts, a merge or a rebase ends as it would have."""
    folder = make(tmp_path)
    with ExperimentTracker(folder, on_error="raise") as tracker, tracker.run("exp") as run:
        run.log_metric("m", 1.0)
    (folder / "train.py").write_text("print('both')\n")
    git(folder, "add", "train.py")
    what = "merge" if make is places.merging else "rebase"
    git(folder, "-c", "core.editor=true", what, "--continue")
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "symbolic-ref", "HEAD") == "refs/heads/main"
    clean(folder)
    with ExperimentTracker(folder, on_error="raise") as tracker:
        check_code(folder, tracker.get_run(run.run_id))
    assert problems(folder) == []


def clean(folder: Path) -> None:
    """Have git forget at once what nothing refers to."""
    git(folder, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
    git(folder, "gc", "-q", "--prune=now")


def check_code(folder: Path, run: Run) -> None:
    """The commit that the run was made on, and the exact code, can still be read."""
    code = run.code_version
    assert code is not None
    for name in (code.head, code.commit):
        assert git(folder, "cat-file", "-t", f"{name}") == "commit"
        assert run_git(folder, "rev-list", "--objects", f"{name}").returncode == 0


def squash_merged(folder: Path) -> None:
    git(folder, "checkout", "-q", "main")
    git(folder, "merge", "-q", "--squash", "work")
    git(folder, "commit", "-q", "-m", "Squashed")
    git(folder, "branch", "-q", "-D", "work")


def rebased(folder: Path) -> None:
    git(folder, "checkout", "-q", "main")
    commit_file(folder, "other.py", "1\n")
    git(folder, "checkout", "-q", "work")
    git(folder, "rebase", "-q", "main")


def amended(folder: Path) -> None:
    git(folder, "commit", "-q", "--amend", "-m", "Rewritten")


def deleted(folder: Path) -> None:
    git(folder, "checkout", "-q", "main")
    git(folder, "branch", "-q", "-D", "work")


def orphaned(folder: Path) -> None:
    """A new history, and no other branch."""
    git(folder, "checkout", "-q", "--orphan", "fresh")
    git(folder, "commit", "-q", "-m", "Begin anew")
    git(folder, "branch", "-q", "-D", "main", "work")


@pytest.mark.parametrize(
    "rewrite",
    [
        squash_merged,
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in (rebased, amended, deleted, orphaned)
        ),
    ],
    ids=lambda rewrite: rewrite.__name__,
)
def test_nothing_is_lost_with_the_branch(
    repository: Path,
    tmp_path: Path,
    rewrite: Callable[[Path], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Runs made on three commits, one of them on a dirty work tree, keep all that they had: in
    every listing, with their code, whatever becomes of the branch and of reflogs."""
    file = tmp_path / "plot.txt"
    file.write_text("a plot\n")
    git(repository, "checkout", "-q", "-b", "work")
    ids, heads = everything(repository, file), []
    for number in range(3):
        heads.append(commit_file(repository, "model.py", f"depth = {number}\n"))
        if number == 2:
            (repository / "model.py").write_text("depth = 'dirty'\n")
        with ExperimentTracker(repository) as tracker, tracker.run("exp", config={}) as run:
            run.log_metric("m", number)
        ids.append(run.run_id)
    git(repository, "checkout", "-q", "--", "model.py")
    with ExperimentTracker(repository) as tracker:
        before = {run.run_id: run.to_dict() for run in tracker.list_runs()}
    assert before.keys() == set(ids)
    ours = refs(repository, "refs/exptrack/")
    rewrite(repository)
    clean(repository)
    assert refs(repository, "refs/exptrack/") == ours
    assert run_git(repository, "cat-file", "-e", heads[1]).returncode == 0
    with ExperimentTracker(repository, on_error="raise") as tracker:
        runs = {run.run_id: run for run in tracker.list_runs()}
        assert {run_id: run.to_dict() for run_id, run in runs.items()} == before
        for found in runs.values():
            if found.trial_number is None:
                check_code(repository, found)
        code = runs[ids[-1]].code_version
        assert code is not None
        assert git(repository, "show", f"{code.commit}:model.py") == "depth = 'dirty'"
        assert code.head == heads[2]
        tracker.delete_run(ids[-1])
        clean(repository)
        assert tracker.restore_run(ids[-1]).metrics == {"m": 2.0}
    for command in (["runs", "list", "--json"], ["experiments", "list", "--json"], ["fsck"]):
        assert run_command(["-C", str(repository), *command]) == 0
        printed = capsys.readouterr()
        assert printed.err == ""
        if command[0] == "runs":
            assert [run_id for run_id in ids if run_id not in printed.out] == []
    assert fsck(repository) == ""
