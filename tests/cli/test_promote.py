"""`git exp runs promote`: a run's config to the branch, as `git exp add` would write it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import Exp
from witness import commit_file, footprint, git, sha256sum

from gittrack.canonical import emit
from gittrack.errors import NotFoundError
from gittrack.tracking.promoting import promote
from gittrack.tracking.tracker import ExperimentTracker

CONFIG = {"lr": 0.1, "model": {"depth": 3}}


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        yield tracker


@pytest.fixture
def recorded(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """`mnist#1` with a config and a parameter beside it, `mnist#2` with neither."""
    with tracker.run("mnist", config=CONFIG) as run:
        run.log_param("seed", 7)
    tracker.start_run("mnist").end()
    tracker.seal()
    return exp


def object_file(repository: Path, config_id: str) -> Path:
    return repository / ".exptrack/objects" / config_id[:2] / f"{config_id[2:]}.yaml"


def test_the_config_is_on_the_branch(recorded: Exp, repository: Path) -> None:
    """The config's bytes are in the work tree under their SHA-256, described by their run; HEAD,
    index and all other files stay as they are."""
    before = footprint(repository)
    answer = recorded("runs", "promote", "mnist#1")
    (config,) = recorded("list", "--json").json
    assert answer.out == f"added  {config['short_id']}  mnist#1\n"
    assert answer.err.splitlines() == [
        "note: logged beside the config and not in it: seed; to take it in: --params",
        "now commit it: git add .exptrack && git commit",
    ]
    file = object_file(repository, config["id"])
    assert sha256sum(file) == config["id"]
    assert file.read_bytes() == emit(CONFIG)
    run_id = recorded("runs", "show", "mnist#1", "--json").json["run_id"]
    assert config["description"] == f"from run mnist#1 ({run_id[:12]})"
    assert config["source"] is None
    assert footprint(repository) == before


def test_the_same_id_as_the_run_says(recorded: Exp) -> None:
    """What is promoted is the config that the run's record names; again, it is known."""
    run = recorded("runs", "show", "mnist#1", "--json").json
    first = recorded("runs", "promote", "mnist#1", "--json").json
    assert (first["id"], first["run_id"]) == (run["config_id"], run["run_id"])
    assert (first["new"], first["left_out"], first["pin"]) == (True, ["seed"], None)
    assert recorded("runs", "promote", "mnist#1", "--json").json["new"] is False
    assert recorded("runs", "promote", "mnist#1").out.startswith("known  ")


def test_with_parameters(recorded: Exp, repository: Path) -> None:
    """With --params, what was logged beside the config is in it, too."""
    shown = recorded("runs", "promote", "mnist#1", "--params", "--json").json
    assert object_file(repository, shown["id"]).read_bytes() == emit({**CONFIG, "seed": 7})
    assert shown["left_out"] == []


def test_said_of_it(recorded: Exp) -> None:
    """A description is kept beside the run's name; one that somebody wrote is not overwritten."""
    recorded("runs", "promote", "mnist#1", "-m", "the best", "-t", "good")
    (config,) = recorded("list", "--json").json
    assert config["description"].startswith("the best (from run mnist#1 (")
    assert config["tags"] == ["good"]
    recorded("runs", "promote", "mnist#1")
    assert recorded("list", "--json").json[0]["description"] == config["description"]


def test_a_pin(recorded: Exp, repository: Path) -> None:
    """A pin is moved to it, and says so; a name that no pin can have changes nothing."""
    recorded("runs", "promote", "mnist#1", "--pin", "../evil", status=2)
    assert not (repository / ".exptrack").exists()
    first = recorded("runs", "promote", "mnist#1", "--pin", "prod")
    config = recorded("list", "--json").json[0]["id"]
    assert first.lines[1] == f"pinned  prod  {config[:12]}"
    assert (repository / ".exptrack/pins/prod.yaml").read_text() == f"config: {config}\n"
    assert recorded("runs", "promote", "mnist#1", "--pin", "prod").lines[1].startswith("as it was")
    moved = recorded("runs", "promote", "mnist#1", "--pin", "prod", "--params")
    assert moved.lines[1].startswith(f"moved  prod  {config[:12]} → ")
    recorded("runs", "promote", "mnist#1", "--pin", "prod", "--commit", status=2)


def test_committed(recorded: Exp, repository: Path) -> None:
    """With --commit its files are committed, and nothing else that is staged."""
    (repository / "other.py").write_text("1\n")
    git(repository, "add", "other.py")
    answer = recorded("runs", "promote", "mnist#1", "--commit", "--json")
    assert answer.json["commit"] == git(repository, "rev-parse", "HEAD")
    assert "now commit it" not in answer.err
    changed = git(repository, "show", "--format=", "--name-only", "HEAD").splitlines()
    assert all(name.startswith(".exptrack/") for name in changed)
    assert git(repository, "diff", "--cached", "--name-only") == "other.py"
    recorded("check")


def test_refused(recorded: Exp, tracker: ExperimentTracker, tmp_path: Path) -> None:
    """A live run, one without config, an unknown one and a bare repository are refused."""
    with tracker.run("live", config={"a": 1}):
        assert "is live" in recorded("runs", "promote", "live#1", status=2).err
    assert "has no config" in recorded("runs", "promote", "mnist#2", status=1).err
    recorded("runs", "promote", "nothing", status=1)
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--mirror", "repository", str(bare))
    answer = recorded("-C", bare, "runs", "promote", "mnist#1", status=2)
    assert "a bare repository has none" in answer.err


def test_from_python(tracker: ExperimentTracker, repository: Path) -> None:
    """The library does the same, for a run that has just ended."""
    commit_file(repository, "a.py", "1\n")
    run = tracker.start_run("x", config={"a": 1})
    run.end()
    done = promote(tracker, run.run_id, pin="eu/prod", tags=["t"])
    assert done.config_id == tracker.get_run(run).config_id
    assert done.pin is not None
    assert (done.pin.name, done.commit, done.left_out) == ("eu/prod", None, ())
    with pytest.raises(NotFoundError):
        promote(tracker, "f" * 20)


def test_names_are_data(exp: Exp, tracker: ExperimentTracker) -> None:
    """An experiment's name and a key that hold escapes reach no terminal as such."""
    with tracker.run("a`b", run_name="evil\x1b[31m", config={"a": 1}) as run:
        run.log_param("\x1b]0;k", 1)
    answer = exp("runs", "promote", run.run_id)
    assert "\x1b" not in answer.out + answer.err
    assert "\\x1b]0;k" in answer.err
