"""Clones that changed the same things exchange them through a remote, in every order."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from git_hosts import new_clone, new_host
from witness import commit_file, fsck, git, refs

from gittrack import ExperimentRegistry, ExperimentTracker, ModelRegistry
from gittrack.canonical import config_id, emit
from gittrack.fsck import fsck as check_all
from gittrack.git.repository import discover
from gittrack.store.session import Session

pytestmark = pytest.mark.slow


NAMES = ("one", "two", "three")
X = config_id(emit({"lr": 0.1}))
Y = config_id(emit({"lr": 0.2}))

Work = Callable[[Path], None]


def sync(folder: Path) -> bool:
    """Sync; whether anything moved."""
    with ExperimentTracker(folder, capture=False) as tracker:
        summary = tracker.sync()
    assert summary.refused == ()
    return bool(summary.came or summary.went or summary.folded)


def trees(folder: Path) -> dict[str, str]:
    """What is recorded: the tree of each ref."""
    found = refs(folder, "refs/exptrack/")
    return {ref: git(folder, "rev-parse", f"{tip}^{{tree}}") for ref, tip in found.items()}


def configs(folder: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The registered configs with description and tags."""
    with ExperimentRegistry(folder) as registry:
        return {one.id: (one.description, one.tags) for one in registry.list()}


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A folder with a host and three clones that have the same records."""
    folder = tmp_path / "world"
    folder.mkdir()
    host = new_host(folder / "host.git")
    for name in NAMES:
        new_clone(host, folder / name, name)
    commit_file(folder / "one", "train.py", "print(1)\n")
    with ExperimentRegistry(folder / "one") as registry:
        registry.register({"lr": 0.1}, description="first", worktree=False)
        registry.register({"lr": 0.2}, description="second", tags=["keep"], worktree=False)
    with ModelRegistry(folder / "one") as models:
        models.register_model("churn", description="v 1")
    for name in NAMES:
        sync(folder / name)
    return folder


def outcome(world: Path, order: Sequence[str]) -> dict[str, str]:
    """What all have when clones synced in that order, and then until nothing moved."""
    place = world.with_name("-".join(order))
    shutil.copytree(world, place)
    for name in NAMES:
        git(place / name, "config", "remote.origin.url", str(place / "host.git"))
    for name in order:
        sync(place / name)
    for _ in range(3):
        if [sync(place / name) for name in NAMES] == [False] * len(NAMES):
            break
    else:
        pytest.fail("the clones do not come to rest")
    found = [trees(place / name) for name in (*NAMES, "host.git")]
    assert found[0] == found[1] == found[2] == found[3]
    assert fsck(place / "host.git") == ""
    return found[0]


def in_every_order(world: Path, *work: Work) -> Path:
    """Let clones work, and sync in every order, with the same result; where one order led."""
    for name, do in zip(NAMES, work, strict=False):
        do(world / name)
    orders = list(itertools.permutations(NAMES[: len(work)]))
    found = {order: outcome(world, order) for order in orders}
    assert all(trees == found[orders[0]] for trees in found.values())
    place = world.with_name("-".join(orders[0])) / "one"
    session = Session(discover(place))
    assert [str(problem) for problem in check_all(session).problems] == []
    session.close()
    return place


def test_a_config_that_one_deleted_and_another_tagged_comes_back(world: Path) -> None:
    """A tag keeps a config alive that another clone deleted, with all that was said of it."""

    def delete(folder: Path) -> None:
        with ExperimentRegistry(folder) as registry:
            registry.delete(X)
            registry.delete(Y)

    def tag(folder: Path) -> None:
        with ExperimentRegistry(folder) as registry:
            registry.tag(X, "baseline")

    def record(folder: Path) -> None:
        with ExperimentTracker(folder, capture=False) as tracker, tracker.start_run("sweep") as run:
            run.log_metric("score", 1)

    place = in_every_order(world, delete, tag, record)
    assert configs(place) == {X: ("first", ("baseline",))}


def test_a_mended_config_can_be_deleted_again(world: Path) -> None:
    """Once its tag is known, a delete that comes later counts in every clone."""
    with ExperimentRegistry(world / "one") as registry:
        registry.delete(X)
    with ExperimentRegistry(world / "two") as registry:
        registry.tag(X, "baseline")
    for name in (*NAMES, *NAMES):
        sync(world / name)
    assert X in configs(world / "three")
    with ExperimentRegistry(world / "three") as registry:
        registry.delete(X)
    for name in (*NAMES[::-1], *NAMES):
        sync(world / name)
    assert [X in configs(world / name) for name in NAMES] == [False] * 3
    assert len({tuple(refs(world / name, "refs/exptrack/").items()) for name in NAMES}) == 1


def test_two_clones_that_change_the_same_things_agree(world: Path) -> None:
    """Both delete, tag, describe and version the same things: the same result, whoever is first."""

    def change(mark: str) -> Work:
        def work(folder: Path) -> None:
            with ExperimentRegistry(folder) as registry:
                registry.update(X, f"said by {mark}")
                registry.tag(X, "best")
                registry.tag(Y, f"of {mark}")
                registry.untag(Y, "keep")
                registry.register({"lr": 0.3}, description=mark, worktree=False)
                registry.delete(Y)
            with ModelRegistry(folder) as models:
                models.register_model("churn", description=f"v by {mark}", aliases=[mark])
                models.update_model("churn", description=f"model of {mark}")

        return work

    place = in_every_order(world, change("a"), change("b"))
    found = configs(place)
    assert set(found) == {X, config_id(emit({"lr": 0.3}))}
    assert found[X][1] == ("best",)
    with ModelRegistry(place) as models:
        versions = models.list_versions("churn")
        aliases = models.get_model("churn").aliases
    assert [version.number for version in versions] in ([1, 2, 3], [3, 2, 1])
    assert sorted(aliases) == ["a", "b"]
    assert len(set(aliases.values())) == 2


def test_trials_of_one_study_from_two_clones_have_one_order(world: Path) -> None:
    """Each trial keeps the number that its clone gave; by number and id all have one order, the
    same everywhere, whoever synced first."""

    def trials(first: int, count: int) -> Work:
        def work(folder: Path) -> None:
            with ExperimentTracker(folder, capture=False) as tracker:
                found = [
                    {"trial_number": n, "params": {"lr": first + n}, "performance": {"score": n}}
                    for n in range(count)
                ]
                tracker.log_trials("study", found)

        return work

    place = in_every_order(world, trials(0, 3), trials(100, 4))
    with ExperimentTracker(place, capture=False) as tracker:
        runs = tracker.list_runs("study")
    assert Counter(run.trial_number for run in runs) == {0: 2, 1: 2, 2: 2, 3: 1}
    assert len({(run.trial_number, run.run_id) for run in runs}) == 7
    assert {run.params["lr"] for run in runs} == {0, 1, 2, 100, 101, 102, 103}
