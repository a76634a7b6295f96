"""What recording promises, in every kind of repository and every state of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from places import PLACES, Maker
from witness import footprint, fsck, git, install_failing_hooks, refs

from gittrack.errors import NotFoundError
from gittrack.registry import ExperimentRegistry

LEARNING = {"model": {"layers": [64, 32], "dropout": 0.1}, "lr": 1e-3, "name": "first"}


@pytest.fixture(params=PLACES, ids=lambda maker: maker.__name__)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    maker: Maker = request.param
    return maker(tmp_path)


@pytest.fixture
def registry(place: Path) -> Iterator[ExperimentRegistry]:
    with ExperimentRegistry(place) as opened:
        yield opened


def operations(registry: ExperimentRegistry) -> Iterator[tuple[str, Callable[[], object]]]:
    """A whole life, step by step."""
    parent = registry.register({"lr": 0.1}, worktree=False)
    yield "register without files", lambda: None
    yield (
        "register",
        lambda: registry.register(
            LEARNING, description="the first", tags=["a", "Base Line"], parents=[parent]
        ),
    )
    first = registry.register(LEARNING)
    yield "register_many", lambda: registry.register_many([{"n": n} for n in range(5)])
    yield "list", registry.list
    yield "get", lambda: registry.get(first)
    yield "search", lambda: registry.search("first")
    yield "where", lambda: registry.list(where="lr < 1")
    yield "tag", lambda: registry.tag(first, "b")
    yield "untag", lambda: registry.untag(first, "b")
    yield "update", lambda: registry.update(first, "described again")
    yield "delete", lambda: registry.delete(first)
    yield "restore", lambda: registry.restore(first)
    yield "verify", registry.verify
    yield "log", registry.log
    yield "log of one", lambda: registry.log(first)
    yield "grep", lambda: registry.grep("lr")
    yield "tags", registry.tags
    yield "close", registry.close


def test_recording_leaves_everything_of_the_users_alone(place: Path, tmp_path: Path) -> None:
    """HEAD, index, status, files, branches and configuration stay; no hook runs; git is sound."""
    marker = tmp_path / "hook-ran"
    install_failing_hooks(place, marker)
    before = footprint(place)
    with ExperimentRegistry(place) as registry:
        for step, act in operations(registry):
            act()
            assert footprint(place) == before, step
            assert not marker.exists(), (step, marker.read_text())
    assert fsck(place) == ""


def test_a_config_lives_the_same_life_everywhere(place: Path, registry: ExperimentRegistry) -> None:
    """Registered, found by each way, tagged, described, deleted and brought back."""
    there_before = {record.id for record in registry.list()}
    parent = registry.register({"lr": 0.1})
    first = registry.register(
        LEARNING, description="the first", tags=["a", "Base Line"], parents=[parent]
    )
    many = registry.register_many([{"n": n} for n in range(5)], tags=["sweep"])

    assert {r.id for r in registry.list()} == {parent, first, *many} | there_before
    got = registry.get(first[:8])
    assert got.config == LEARNING
    assert (got.description, got.tags, got.parents) == ("the first", ("Base Line", "a"), (parent,))
    assert got.author == "Ada Lovelace <ada@example.org>"
    assert [r.id for r in registry.search("FIRST")] == [first]
    assert [r.id for r in registry.list(where="model.dropout > 0.05")] == [first]
    assert {r.id for r in registry.search_by_tag("sweep")} == set(many)
    assert registry.get("Base Line").id == first
    assert registry.get("@").id in many

    registry.tag(parent, "a")
    registry.untag(first, "a")
    assert [r.id for r in registry.search_by_tag("a")] == [parent]
    registry.update(first, "described again")
    assert registry.get(first).description == "described again"

    registry.delete(first)
    with pytest.raises(NotFoundError):
        registry.get(first)
    registry.restore(first[:10])
    back = registry.get(first)
    assert (back.config, back.description, back.tags, back.parents, back.created_at) == (
        LEARNING,
        "described again",
        ("Base Line",),
        (parent,),
        got.created_at,
    )

    checked, problems = registry.verify()
    assert problems == []
    assert checked == len(many) + 2 + len(there_before)
    actions = [event.action for event in registry.log(first)]
    assert actions[0] in ("tag", "restore")
    assert {"register", "tag", "untag", "describe", "delete", "restore"} <= set(actions)


def test_registering_again_writes_nothing(place: Path, registry: ExperimentRegistry) -> None:
    """The same config with nothing new to say moves no ref and touches no file."""
    registry.register(LEARNING, description="the first", tags=["a"])
    before = refs(place)
    planes = sorted(
        (str(path), path.stat().st_mtime_ns) for path in (place / ".exptrack").rglob("*")
    )
    objects = git(place, "count-objects", "-v")
    registry.register(LEARNING, description="the first", tags=["a"])
    registry.register(dict(reversed(LEARNING.items())))
    registry.register_many([LEARNING, LEARNING], tags=["a"])
    assert refs(place) == before
    assert git(place, "count-objects", "-v") == objects
    assert planes == sorted(
        (str(path), path.stat().st_mtime_ns) for path in (place / ".exptrack").rglob("*")
    )


def test_without_work_tree_files_no_folder_appears(
    place: Path, registry: ExperimentRegistry
) -> None:
    """With worktree=False all goes to refs/exptrack, and `.exptrack/` is not even created."""
    config_id = registry.register(LEARNING, tags=["a"], worktree=False)
    registry.update(config_id, "described")
    registry.delete(config_id)
    registry.restore(config_id, worktree=False)
    assert not (place / ".exptrack").exists()
    path = f".exptrack/objects/{config_id[:2]}/{config_id[2:]}.yaml"
    shown = git(place, "show", f"refs/exptrack/catalogue:{path}")
    assert yaml.safe_load(shown) == LEARNING


def test_another_process_finds_it(place: Path, registry: ExperimentRegistry) -> None:
    """What one registry recorded, one opened anew finds at once, and so does one already open."""
    with ExperimentRegistry(place) as other:
        other.list()
        config_id = registry.register(LEARNING, tags=["a"])
        assert other.get("a").id == config_id
    with ExperimentRegistry(place) as third:
        assert third.get(config_id).config == LEARNING


def test_every_ref_of_ours_has_a_reflog(place: Path, registry: ExperimentRegistry) -> None:
    """Also in a bare repository, where git keeps none by itself."""
    config_id = registry.register(LEARNING, tags=["a"])
    registry.update(config_id, "again")
    catalogue = git(place, "reflog", "show", "--format=%H", "refs/exptrack/catalogue").split()
    assert catalogue[0] == refs(place)["refs/exptrack/catalogue"]
    assert len(catalogue) >= 2
    assert git(place, "reflog", "show", "--format=%H", "refs/exptrack/tags/a")
