"""models: registered, named, shown and changed on the command line; runs and models together."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import Exp
from witness import git, refs, sha256sum

from gittrack.errors import NotFoundError, UsageError
from gittrack.runs.model import Run
from gittrack.tracking.tracker import ExperimentTracker

EVIL = "evil\x1b[31m\nmodel"


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise") as tracker:
        yield tracker


@pytest.fixture
def run(tracker: ExperimentTracker, tmp_path: Path) -> Run:
    """A run called `first` with a metric and the artifacts `model.bin` and `net/…`."""
    (tmp_path / "net" / "deep").mkdir(parents=True)
    (tmp_path / "model.bin").write_bytes(b"weights")
    (tmp_path / "net" / "a.txt").write_text("a")
    (tmp_path / "net" / "deep" / "b.txt").write_text("bb")
    with tracker.run("exp", run_name="first", config={"lr": 0.1}) as active:
        active.log_metric("auc", 0.9)
        tracker.log_artifact(tmp_path / "model.bin")
        tracker.log_artifacts(tmp_path / "net", "net")
    tracker.seal()
    return tracker.get_run(active.run_id)


@pytest.fixture
def churn(exp: Exp) -> Exp:
    """The model `churn` with two versions, the first of them `champion`."""
    Path("model.bin").write_bytes(b"weights")
    exp("models", "register", "churn", "model.bin", "--alias", "champion", "--metric", "auc=0.5")
    exp("models", "register", "churn", "-m", "the second\none", "-t", "team=eu")
    return exp


def test_register(exp: Exp, repository: Path) -> None:
    """All that the command line says of a version is known of it."""
    Path("model.bin").write_bytes(b"weights")
    said = ["-m", "first", "--alias", "champion", "-t", "team=eu", "--metric", "auc=0.5"]
    data = ["--metadata", "layers=3", "--metadata", "kinds=[a, b]", "--metadata", "name=a=b"]
    answer = exp("models", "register", "churn", "model.bin", *said, *data)
    assert answer.out == "registered  churn:1  @champion\n"
    shown = exp("models", "show", "churn@champion", "--json").json
    assert shown["metadata"] == {"layers": 3, "kinds": ["a", "b"], "name": "a=b"}
    assert (shown["description"], shown["tags"]) == ("first", {"team": "eu"})
    assert (shown["metrics"], shown["sha256"]) == ({"auc": 0.5}, sha256sum(Path("model.bin")))
    assert shown["commit"] == git(repository, "rev-parse", "HEAD")


def test_register_an_artifact(exp: Exp, run: Run, tmp_path: Path) -> None:
    """A version that is made of a run's artifact knows the run, its config, code and metrics."""
    made = exp("models", "register", "churn", "--run", "first", "--artifact", "model.bin", "--json")
    assert made.json["run_id"] == run.run_id
    assert made.json["config_id"] == run.config_id
    assert made.json["commit"] == run.git_commit
    assert made.json["metrics"] == {"auc": 0.9}
    assert made.json["sha256"] == sha256sum(tmp_path / "model.bin")
    folder = exp("models", "register", "churn", "--run", "@", "--artifact", "net", "--json").json
    assert (folder["files"], folder["size"]) == (2, 3)
    exp("models", "get", "churn:2", "-o", "out")
    assert Path("out/deep/b.txt").read_text() == "bb"


def test_a_run_knows_its_models(exp: Exp, run: Run, tracker: ExperimentTracker) -> None:
    """The run's page names the versions it made; deleted ones and other runs' are not there."""
    with tracker.run("exp", run_name="other") as other:
        pass
    for made_by, model in ((run, "churn"), (run, "b"), (run, "b"), (other, "c"), (run, "gone")):
        tracker.models.register_model(model, run_id=made_by.run_id)
    tracker.models.delete_model("gone")
    tracker.models.delete_version("b:1")
    assert exp("runs", "show", "first", "--json").json["models"] == ["b:2", "churn:1"]
    assert exp("runs", "show", "first").out.endswith("Models\n  b:2\n  churn:1\n")
    assert [v.reference for v in tracker.versions_of_run(other)] == ["c:1"]


def test_the_exact_code_of_a_run(tracker: ExperimentTracker, repository: Path) -> None:
    """Where a run's code had changes, its models' code is the exact state, not HEAD."""
    (repository / "train.py").write_text("print('changed')\n")
    with tracker.run("exp") as active:
        pass
    made = tracker.models.register_model("churn", run_id=active.run_id)
    assert git(repository, "show", f"{made.commit}:train.py") == "print('changed')"


def test_models_of_a_live_run(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """A script registers what it logged a moment ago, with what its run has logged so far."""
    (tmp_path / "model.bin").write_bytes(b"weights")
    with tracker.run("exp", config={"lr": 1}) as active:
        tracker.log_artifact(tmp_path / "model.bin")
        active.log_metric("auc", 0.7)
        made = tracker.models.register_model("churn", run_id=active.run_id, artifact="model.bin")
    assert (made.metrics, made.source) == ({"auc": 0.7}, "model.bin")
    assert made.config_id == tracker.get_run(active).config_id


def test_what_cannot_be_registered(exp: Exp, run: Run, tracker: ExperimentTracker) -> None:
    """What makes no sense or is not there is told, and makes no model."""
    Path("x").write_text("x")
    register = ("models", "register", "m")
    assert "one of them" in exp(*register, "x", "--run", "@", "--artifact", "x", status=2).err
    assert "of which run" in exp(*register, "--artifact", "x", status=2).err
    missing = exp(*register, "--run", "@", "--artifact", "model.bn", status=1).err
    assert "did you mean 'model.bin'?" in missing
    assert "no run is called" in exp(*register, "--run", "zzz", status=1).err
    assert "KEY=NUMBER" in exp(*register, "--metric", "a=b", status=2).err
    assert "KEY=VALUE" in exp(*register, "--metadata", "a", status=2).err
    assert "--metadata a: " in exp(*register, "--metadata", "a=[", status=2).err
    with pytest.raises(NotFoundError):
        tracker.models.register_model("m", run_id="f" * 20)
    assert exp("models", "list", "--json").json == []


def test_list(churn: Exp) -> None:
    """A line for each model by name; what people called them cannot act on the terminal."""
    churn("models", "register", EVIL.replace("\n", ""), status=2)
    churn("models", "register", "a b", "-m", EVIL)
    churn("models", "describe", "a b", EVIL)
    answer = churn("models", "list")
    assert answer.lines[0] == "a b    1 version                evil\\x1b[31m …"
    assert answer.lines[1] == "churn  2 versions  @champion=1"
    assert [model["name"] for model in churn("models", "list", "--json").json] == ["a b", "churn"]


def test_an_empty_list(exp: Exp) -> None:
    """Without models, the listing says how to make one."""
    assert "git exp models register" in exp("models", "list").err
    assert exp("models", "list", "--json").out == "[]\n"


def test_show(churn: Exp) -> None:
    """A model is shown with its versions; a version with all that is known of it."""
    page = churn("models", "show", "churn").out
    assert "Aliases:   @champion=1\n" in page
    assert [line.split()[0] for line in page.split("Versions\n")[1].splitlines()] == [
        "churn:2",
        "churn:1",
    ]
    first = churn("models", "show", "churn:1").out
    assert f"SHA-256:   {sha256sum(Path('model.bin'))}" in first
    assert "Size:      7 bytes, in the store lfs" in first
    second = churn("models", "show", "churn:latest").out
    assert "Files:     none\n" in second
    assert "\n    the second\n    one\n" in second
    assert churn("models", "show", "churn", "--json").json["versions"] == [1, 2]


@pytest.mark.parametrize(
    ("name", "status", "told"),
    [
        ("churm", 1, "did you mean 'churn'?"),
        ("churn:9", 1, "its versions are 1, 2"),
        ("churn@champ", 1, "did you mean 'champion'?"),
        ("churn:x", 2, "NAME@ALIAS"),
        ("", 2, "not empty"),
    ],
)
def test_names_that_lead_nowhere(churn: Exp, name: str, status: int, told: str) -> None:
    """A name that is wrong gets a suggestion, or what there is."""
    assert told in churn("models", "show", name, status=status).err


def test_versions(churn: Exp) -> None:
    """The newest version comes first; a stage leaves those that are at it."""
    churn("models", "stage", "churn", 1, "production")
    assert [v["number"] for v in churn("models", "versions", "churn", "--json").json] == [2, 1]
    [line] = churn("models", "versions", "churn", "--stage", "Production").lines
    assert line.startswith("churn:1  Production  @champion")


def test_aliases(churn: Exp) -> None:
    """An alias is moved, written with or without its mark, and taken away."""
    assert churn("models", "alias", "churn", 2, "@champion").out == "changed  churn:2  @champion\n"
    assert churn("models", "alias", "churn", "champion", "b", "--json").json["aliases"] == [
        "b",
        "champion",
    ]
    assert churn("models", "unalias", "churn", "@b").out == "removed  churn@b\n"
    assert churn("models", "unalias", "churn", "champion", "--json").json["aliases"] == {}
    assert "has no alias" in churn("models", "unalias", "churn", "champion", status=1).err
    assert "cannot have" in churn("models", "alias", "churn", 1, "latest", status=2).err


def test_stages(churn: Exp) -> None:
    """A version takes a stage in any case; --archive-existing archives the others there."""
    churn("models", "stage", "churn", "champion", "PRODUCTION")
    moved = churn("models", "stage", "churn", "latest", "production", "--archive-existing")
    assert moved.out == "changed  churn:2  Production\n"
    assert churn("models", "show", "churn:1", "--json").json["stage"] == "Archived"
    assert "no stage" in churn("models", "stage", "churn", 1, "prod", status=2).err


def test_describe_and_tag(churn: Exp) -> None:
    """Models and versions are described and tagged alike, each by its name."""
    churn("models", "describe", "churn", "who leaves")
    churn("models", "describe", "churn:2", "")
    assert churn("models", "tag", "churn:2", "a=1").out == "tagged  churn:2  (a=1, team=eu)\n"
    assert churn("models", "tag", "churn:2", "a", "team", "--remove").out == "untagged  churn:2\n"
    churn("models", "tag", "churn", "owner=ada")
    model = churn("models", "show", "churn", "--json").json
    assert (model["description"], model["tags"]) == ("who leaves", {"owner": "ada"})
    assert churn("models", "show", "churn:2", "--json").json["description"] == ""


def test_get(churn: Exp) -> None:
    """A version's file is written whole; one that is there stays without --force."""
    assert churn("models", "get", "churn@champion", "-o", "out/m").out == "wrote  out/m\n"
    assert Path("out/m").read_bytes() == b"weights"
    assert "--force" in churn("models", "get", "churn:1", "-o", "out/m", status=2).err
    churn("models", "get", "churn:1", "-o", "out/m", "--force")
    assert "without files" in churn("models", "get", "churn", "-o", "x", status=2).err


def test_get_in_another_clone(exp: Exp, run: Run, repository: Path, tmp_path: Path) -> None:
    """Files come from the remote when they are needed; without it, artifacts are there."""
    exp("models", "register", "churn", "--run", "first", "--artifact", "model.bin")
    exp("models", "register", "churn", "--run", "first", "--artifact", "net")
    exp("models", "register", "churn", "train.py", "--run", "first")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    git(clone, "fetch", "-q", "origin", "refs/exptrack/*:refs/exptrack/*")
    exp("-C", clone, "models", "get", "churn:3", "-o", "train.py.copy")
    git(clone, "remote", "remove", "origin")
    shutil.rmtree(clone / ".git/lfs")
    exp("-C", clone, "models", "get", "churn:1", "-o", "m.bin")
    exp("-C", clone, "models", "get", "churn:2", "-o", "net")
    assert (clone / "m.bin").read_bytes() == b"weights"
    assert (clone / "net/deep/b.txt").read_text() == "bb"
    lacking = exp("-C", clone, "models", "get", "churn:3", "-o", "x", status=1).err
    assert "does not have all files of churn:3" in lacking


def test_an_artifact_that_changed_since(exp: Exp, run: Run, repository: Path) -> None:
    """Another content under the artifact's name is never given for the version's."""
    exp("models", "register", "churn", "--run", "first", "--artifact", "model.bin")
    for folder in (".git/exptrack/lfs", ".git/lfs"):
        shutil.rmtree(repository / folder)
    Path("model.bin").write_bytes(b"WEIGHTS")
    exp("artifacts", "put", "first", "model.bin", "--force")
    assert "damaged" in exp("models", "get", "churn", "-o", "out", status=3).err
    assert not Path("out").exists()


def test_delete_and_restore(churn: Exp) -> None:
    """Models and versions go only with --force where nobody can be asked, and come back."""
    assert "--force" in churn("models", "delete", "churn", status=2).err
    gone = churn("models", "delete", "churn:1", "--force")
    assert gone.out == "deleted  churn:1\n"
    assert gone.err == "bring it back with: git exp models restore churn:1\n"
    assert "restore churn:1" in churn("models", "show", "churn:1", status=1).err
    assert churn("models", "restore", "churn:1").out == "restored  churn:1\n"
    churn("models", "delete", "churn", "-f")
    assert churn("models", "list", "--json").json == []
    assert [m["name"] for m in churn("models", "list", "--deleted", "--json").json] == ["churn"]
    assert churn("models", "restore", "churn", "--json").json["versions"] == [1, 2]


def test_rename_and_log(churn: Exp) -> None:
    """The history goes with a renamed model, and the old name tells the new one."""
    assert churn("models", "rename", "churn", "Leavers").out == "renamed  churn  Leavers\n"
    assert "'Leavers' now" in churn("models", "show", "churn", status=1).err
    lines = churn("models", "log", "Leavers").lines
    assert [line.split("  ")[2] for line in lines] == ["rename", "register", "register"]
    [last] = churn("models", "log", "Leavers", "-n", 1, "--json").json
    assert (
        last["commit"]
        == refs(Path(), "refs/exptrack/models")[
            next(ref for ref in refs(Path(), "refs/exptrack/models") if "leavers" in ref)
        ]
    )


def test_what_happened_to_models_is_in_the_log(churn: Exp, registered: Exp) -> None:
    """The log of everything tells of models beside configs; that of a config does not."""
    texts = [event["text"] for event in churn("log", "--json").json]
    assert "model churn:2" in texts
    assert any(text.startswith("baseline:") for text in texts)
    assert not [e for e in churn("log", "baseline", "--json").json if "churn" in e["text"]]


def test_a_registry_without_runs(churn: Exp, repository: Path) -> None:
    """Only a registry that knows runs takes artifacts, and says where to find one."""
    from gittrack.models import ModelRegistry

    with (
        ModelRegistry(repository) as models,
        pytest.raises(UsageError, match="knows no runs") as caught,
    ):
        models.register_model("churn", run_id="a" * 20, artifact="x")
    assert "tracker.models" in (caught.value.hint or "")
