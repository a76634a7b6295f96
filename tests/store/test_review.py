"""`review` on real repositories: which configs stand beside which, and what is said of them."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from witness import commit_all, commit_file, git, run_git

from gittrack.errors import NotFoundError, QueryError, RepositoryError, SourceError
from gittrack.registry import ExperimentRegistry
from gittrack.review import Item, Review
from gittrack.tracking.tracker import ExperimentTracker

PROD = {"training": {"lr": 0.01, "epochs": 10, "seed": 1}, "model": {"depth": 4}}


@pytest.fixture
def project(repository: Path) -> Path:
    """A pin on a file, and a config beside it, on `main`; then the branch `feature`."""
    write(repository, "configs/prod.yaml", PROD)
    with ExperimentRegistry(repository) as registry:
        registry.prepare()
        registry.pin("prod", str(repository / "configs/prod.yaml"))
        registry.register({"kind": "lstm", "units": 64, "dropout": 0.5}, description="the lstm")
    commit_all(repository)
    git(repository, "switch", "-q", "-c", "feature")
    return repository


def write(place: Path, name: str, config: object) -> Path:
    path = place / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(config))
    return path


def review(place: Path, span: str | None = None, **options: object) -> Review:
    with ExperimentRegistry(place) as registry:
        return registry.review(span, **options)  # type: ignore[arg-type]


def changes(item: Item) -> list[tuple[str, str]]:
    return [(change.kind, change.text_path) for change in item.changes]


def tune(project: Path) -> None:
    """Move the pin as a user would: edit the file, update the pin, commit."""
    tuned = {"training": {"lr": 0.02, "epochs": 10}, "model": {"depth": 4}, "new": True}
    write(project, "configs/prod.yaml", tuned)
    with ExperimentRegistry(project) as registry:
        registry.update_pins()
    commit_all(project)


def test_a_moved_pin_stands_beside_its_old_config(project: Path) -> None:
    """The pin's old config is the predecessor; what is the same is counted."""
    tune(project)
    [item] = review(project).items
    assert item.relation == "pin"
    assert [(pin.name, pin.kind, pin.source) for pin in item.pins] == [
        ("prod", "moved", "configs/prod.yaml")
    ]
    assert changes(item) == [
        ("added", "new"),
        ("changed", "training.lr"),
        ("removed", "training.seed"),
    ]
    assert item.unchanged == 2
    assert item.is_new
    assert item.head is not None
    assert item.head.author == "Ada Lovelace <ada@example.org>"


def test_a_parent_comes_before_what_is_similar(project: Path) -> None:
    """A recorded parent is the predecessor, also one that the base has not."""
    with ExperimentRegistry(project) as registry:
        parent = registry.register({"kind": "lstm", "units": 1})
        child = registry.register({"kind": "lstm", "units": 64, "dropout": 0.4}, parents=[parent])
    commit_all(project)
    items = {item.head.id: item for item in review(project).items if item.head}
    assert items[child].relation == "parent"
    assert items[child].base is not None
    assert items[child].base.id == parent


def test_the_most_similar_config_of_the_base_is_found(project: Path) -> None:
    """Without pin and parent it is the config with most values in common, and named as such."""
    with ExperimentRegistry(project) as registry:
        registry.register({"kind": "lstm", "units": 128, "dropout": 0.5})
        registry.register({"nothing": "alike"})
    commit_all(project)
    items = {item.relation: item for item in review(project).items}
    assert items.keys() == {"similar", "none"}
    base = items["similar"].base
    assert base is not None
    assert base.description == "the lstm"
    assert changes(items["similar"]) == [("changed", "units")]
    assert items["none"].base is None
    assert changes(items["none"]) == [("added", "nothing")]


def test_the_nearest_of_many_is_the_nearest(project: Path) -> None:
    """Among hundreds of configs the one that differs in a single value is found."""
    git(project, "switch", "-q", "main")
    numbers = itertools.product(range(8), range(8), range(4))
    grid = [{"a": a, "b": b, "c": c, "model": {"d": a + b}} for a, b, c in numbers]
    with ExperimentRegistry(project) as registry:
        registry.register_many(grid)
    commit_all(project)
    git(project, "switch", "-q", "-C", "feature")
    with ExperimentRegistry(project) as registry:
        registry.register({"a": 5, "b": 3, "c": 99, "model": {"d": 8}})
    commit_all(project)
    [item] = review(project).items
    assert changes(item) == [("changed", "c")]


def test_pins_added_removed_and_renamed(project: Path) -> None:
    """Each pin that differs is said, also one whose config is old."""
    with ExperimentRegistry(project) as registry:
        registry.unpin("prod")
        registry.pin("stage", str(project / "configs/prod.yaml"))
        registry.pin("lstm", "@")
    commit_all(project)
    found = review(project)
    kinds = {pin.name: (pin.kind, item.is_new) for item in found.items for pin in item.pins}
    assert kinds["prod"] == ("removed", False)
    assert kinds["stage"] == kinds["lstm"] == ("added", False)


def test_pins_that_move_alike_share_an_item(project: Path) -> None:
    """Two pins of one file move as one."""
    with ExperimentRegistry(project) as registry:
        registry.pin("stage", str(project / "configs/prod.yaml"))
    commit_all(project)
    git(project, "branch", "-f", "main")
    tune(project)
    [item] = review(project).items
    assert [pin.name for pin in item.pins] == ["prod", "stage"]


def test_what_main_got_meanwhile_is_not_shown(project: Path) -> None:
    """A review starts where the branch left: three dots, as on every host."""
    tune(project)
    git(project, "switch", "-q", "main")
    with ExperimentRegistry(project) as registry:
        registry.register({"only": "main"})
    commit_all(project)
    git(project, "switch", "-q", "feature")
    assert len(review(project, "main...feature").items) == 1
    direct = review(project, "main..feature")
    assert len(direct.removed) == 1
    assert review(project, "feature...main").items[0].changes[0].text_path == "only"


def test_a_squash_and_a_rebase_show_the_same_review(project: Path) -> None:
    """The review is one of contents: however the branch was merged, it says the same."""
    tune(project)
    wanted = review(project, "main...feature").items
    start = git(project, "rev-parse", "main")
    git(project, "switch", "-q", "main")
    git(project, "merge", "-q", "--squash", "feature")
    git(project, "commit", "-q", "-m", "squashed")
    assert review(project, f"{start}...main").items == wanted
    git(project, "reset", "-q", "--hard", start)
    commit_file(project, "notes.txt", "x\n")
    git(project, "switch", "-q", "feature")
    git(project, "rebase", "-q", "main")
    assert review(project, "main...feature").items == wanted


def test_the_default_is_the_upstreams_default_branch(project: Path, tmp_path: Path) -> None:
    """In a clone `origin/HEAD` is the base, whatever it is called; without one a usual name."""
    tune(project)
    git(project, "branch", "-m", "main", "stable")
    assert run_git(project, "symbolic-ref", "refs/remotes/origin/HEAD").returncode != 0
    with pytest.raises(NotFoundError, match="default branch"):
        review(project)
    host = tmp_path / "host.git"
    git(tmp_path, "clone", "-q", "--bare", str(project), str(host))
    git(host, "symbolic-ref", "HEAD", "refs/heads/stable")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "-b", "feature", str(host), str(clone))
    found = review(clone)
    assert found.base_name == "origin/stable"
    assert len(found.items) == 1


def test_tags_come_from_their_refs(project: Path) -> None:
    """Where this clone has tags, they are shown; without any ref of ours all else is."""
    tune(project)
    with ExperimentRegistry(project) as registry:
        registry.tag("@", "candidate", "Für morgen")
    [item] = review(project).items
    assert item.head is not None
    assert item.head.tags == ("Für morgen", "candidate")
    for ref in git(project, "for-each-ref", "--format=%(refname)", "refs/exptrack").splitlines():
        git(project, "update-ref", "-d", ref)
    [item] = review(project).items
    assert item.head is not None
    assert item.head.tags == ()
    assert len(item.changes) == 3


def test_a_shallow_clone_is_reviewed_against_the_base_itself(project: Path, tmp_path: Path) -> None:
    """With two commits fetched alone there is no common history, and the review says so."""
    tune(project)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", "-b", "feature", project.as_uri(), str(clone))
    main = git(project, "rev-parse", "main")
    with pytest.raises(RepositoryError, match="shallow"):
        review(clone, f"{main}...HEAD")
    git(clone, "fetch", "-q", "--depth=1", "origin", main)
    found = review(clone, f"{main}...HEAD")
    assert len(found.items) == 1
    assert "shallow" in found.notes[0]


def test_damage_is_a_note_and_stops_nothing(project: Path) -> None:
    """A damaged config and a broken pin are said; the rest is reviewed."""
    tune(project)
    with ExperimentRegistry(project) as registry:
        damaged = registry.register({"will": "break"})
    path = project / f".exptrack/objects/{damaged[:2]}/{damaged[2:]}.yaml"
    path.write_text("will: burn\n")
    (project / ".exptrack/pins/bad.yaml").write_text("config: x\n")
    commit_all(project)
    found = review(project)
    assert any(damaged[:12] in note for note in found.notes)
    assert any("bad.yaml" in note for note in found.notes)
    assert [pin.name for item in found.items for pin in item.pins] == ["prod"]


def test_metrics_side_by_side(project: Path) -> None:
    """Runs from a file are summarised for both configs, and gates see them."""
    tune(project)
    [item] = review(project).items
    assert item.base is not None
    assert item.head is not None
    runs = {item.base.id: [{"sharpe": 1.0}, {"sharpe": 1.2}], item.head.id: [{"sharpe": 0.9}]}
    file = write(project, "runs.json", runs)
    found = review(project, metrics=file, fail_on=["metrics.sharpe < base", "training.lr > 1"])
    [change] = found.items[0].metrics
    assert (change.name, change.verdict) == ("sharpe", "worse")
    assert [bool(gate.met) for gate in found.gates] == [True, False]
    assert found.failed


def test_metrics_of_recorded_runs(project: Path) -> None:
    """The finished runs of both configs are found by their configs; failed ones do not count."""
    tune(project)
    [item] = review(project).items
    assert item.base is not None
    assert item.head is not None
    with ExperimentRegistry(project) as registry, ExperimentTracker(project) as tracker:
        for side, values in ((item.base, (1.0, 1.4)), (item.head, (1.5,))):
            config = registry.get(side.id).config
            for value in values:
                with tracker.run("backtest", config=config) as run:
                    run.log_metric("sharpe", value)
        tracker.start_run("backtest", config=config).end("FAILED")
    [change] = review(project).items[0].metrics
    assert change.base is not None
    assert change.head is not None
    assert (change.base.count, change.base.mean) == (2, 1.2)
    assert (change.head.count, change.head.mean) == (1, 1.5)
    assert review(project, fail_on=["metrics.sharpe < base"]).failed is False


def test_bad_input_is_refused(project: Path) -> None:
    """Unknown revisions, conditions that mean nothing, files that are not there."""
    with pytest.raises(NotFoundError, match="nothing"):
        review(project, "nothing...HEAD")
    with pytest.raises(QueryError):
        review(project, fail_on=["what?"])
    with pytest.raises(SourceError):
        review(project, metrics=project / "missing.json")


def test_nothing_changed(project: Path) -> None:
    """A branch without changes has an empty review."""
    found = review(project)
    assert found.items == []
    assert not found.failed
