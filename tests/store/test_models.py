"""Models and their versions: recorded as commits, found by any process, never lost."""

from __future__ import annotations

import io
import math
import os
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import places
import pytest
from hypothesis import given
from hypothesis import strategies as st
from witness import (
    files_in,
    footprint,
    fsck,
    git,
    install_failing_hooks,
    put_tree,
    read_blob,
    refs,
    sha256sum,
)
from workers import finish, start

from gittrack.errors import (
    DataError,
    GittrackError,
    NotFoundError,
    RepositoryError,
    UsageError,
    ValueRefusedError,
)
from gittrack.models import ModelRegistry, RunFacts, Stage
from gittrack.slug import MAX_NAME
from gittrack.store.models import (
    FileEntry,
    Model,
    ModelVersion,
    decode_manifest,
    decode_model,
    decode_version,
    encode_manifest,
    encode_model,
    encode_version,
    is_inside,
)

CHURN = "refs/exptrack/models/churn"
CONFIG = "ab" * 32
DOCUMENT = Path(__file__).parents[2] / "docs" / "models.md"


@pytest.fixture
def models(repository: Path) -> ModelRegistry:
    return ModelRegistry(repository)


def subjects(folder: Path, ref: str = CHURN) -> list[str]:
    """The titles of the commits on a ref, newest first, as git tells them."""
    return git(folder, "log", "--format=%s", ref).splitlines()


def record(folder: Path, path: str, ref: str = CHURN) -> str:
    return read_blob(folder, f"{ref}:{path}").decode()


def folder_model(place: Path) -> Path:
    (place / "tokens").mkdir(parents=True)
    (place / "config.json").write_text('{"layers": 2}')
    (place / "tokens" / "vocabulary.txt").write_text("a\nb\n")
    return place


class TestRegistering:
    def test_a_version_knows_what_made_it(self, models: ModelRegistry, tmp_path: Path) -> None:
        """All that was said of a version is there when another registry reads it."""
        (tmp_path / "model.bin").write_bytes(b"weights")
        made = models.register_model(
            "churn",
            tmp_path / "model.bin",
            {"framework": "sklearn", "classes": ["a", "b"]},
            run_id="run-1",
            config_id=CONFIG,
            metrics={"auc": 0.91, "loss": math.inf, "n": 3},
            description="The first one.\nIt took a night.",
            tags={"team": "eu", "checked": True, "folds": 5},
            aliases=["champion"],
        )
        with ModelRegistry(models._session.repository.git_dir.parent) as other:
            found = other.get_version("churn:1")
        assert found == made
        assert (found.number, found.run_id, found.config_id) == (1, "run-1", CONFIG)
        assert found.metrics == {"auc": 0.91, "loss": math.inf, "n": 3}
        assert found.metadata == {"framework": "sklearn", "classes": ["a", "b"]}
        assert found.tags == {"team": "eu", "checked": "true", "folds": "5"}
        assert found.description == "The first one.\nIt took a night."
        assert (found.stage, found.aliases) == (Stage.NONE, ("champion",))
        assert (found.sha256, found.size) == (sha256sum(tmp_path / "model.bin"), 7)
        assert found.author == "Ada Lovelace <ada@example.org>"
        assert found.to_dict()["stage"] == "None"

    def test_plain_git_shows_it(self, models: ModelRegistry, repository: Path) -> None:
        """The record is a readable file on the model's ref, one commit a version, told in words."""
        models.register_model("churn", metrics={"auc": 0.9}, run_id="run-1", config_id=CONFIG)
        models.register_model("churn")
        assert subjects(repository) == [
            "register churn:2",
            "register churn:1: run run-1, config abababababab",
        ]
        assert "\nnext: 3\n" in record(repository, "model.yaml")
        assert "metrics:\n  auc: 0.9\n" in record(repository, "versions/0/1.yaml")
        assert git(repository, "log", "--format=%an", "-1", CHURN) == "Ada Lovelace"

    def test_the_code_is_that_of_head_unless_the_run_knows(
        self, models: ModelRegistry, repository: Path
    ) -> None:
        """Without a run the commit is HEAD; with one it is what was given."""
        head = git(repository, "rev-parse", "HEAD")
        assert models.register_model("churn").commit == head
        assert models.register_model("churn", run_id="run-1").commit is None
        assert models.register_model("churn", run_id="run-1", commit="1" * 40).commit == "1" * 40

    def test_the_run_fills_in_what_is_not_given(self, repository: Path) -> None:
        """A registry that can ask for runs takes config, commit and metrics from them."""
        facts = RunFacts("run-1234", CONFIG, "2" * 40, {"auc": 0.8})
        with ModelRegistry(repository, runs=lambda name: facts) as models:
            made = models.register_model("churn", run_id="run")
            assert (made.run_id, made.config_id) == ("run-1234", CONFIG)
            assert (made.commit, made.metrics) == ("2" * 40, {"auc": 0.8})
            own = models.register_model("churn", run_id="run", metrics={"auc": 0.7})
            assert own.metrics == {"auc": 0.7}

    def test_the_run_gives_its_artifacts(self, repository: Path, tmp_path: Path) -> None:
        """A file or a folder of artifacts becomes the version's, and back, without a path."""
        contents = {"net/a": b"a", "net/deep/b": b"bb", "network": b"n"}
        openers = {name: partial(io.BytesIO, data) for name, data in contents.items()}
        facts = RunFacts("run-1", artifacts=openers)
        with ModelRegistry(repository, runs=lambda name: facts) as models:
            made = models.register_model("churn", run_id="run-1", artifact="net/")
            assert (made.files, made.size, made.source) == (2, 3, "net/")
            models.register_model("churn", run_id="run-1", artifact="network")
            for folder in (".git/exptrack/lfs", ".git/lfs"):
                shutil.rmtree(repository / folder)
            models.fetch("churn:1", target=tmp_path / "net")
            models.fetch("churn:2", target=tmp_path / "one")
            with pytest.raises(NotFoundError, match="has no artifact 'ne'"):
                models.register_model("churn", run_id="run-1", artifact="ne")
        assert (tmp_path / "net/deep/b").read_bytes() == b"bb"
        assert (tmp_path / "one").read_bytes() == b"n"

    @pytest.mark.parametrize("name", ["", " ", "a:1", "a@b", "a\nb", "\x1b[31m", "x" * 256])
    def test_names_that_cannot_be(self, models: ModelRegistry, name: str) -> None:
        """A name that is empty, too long, steers a terminal or leads to a version is refused."""
        with pytest.raises(UsageError):
            models.register_model(name)
        assert models.list_models() == []

    @pytest.mark.parametrize(
        "name",
        ["../../heads/main", "-rf", "a b\\c", "refs/heads/x.lock", "日本", "$(id)", "x" * MAX_NAME],
    )
    def test_odd_names_are_names(self, models: ModelRegistry, name: str) -> None:
        """Whatever else a model is called, it is found by that name, on one ref of its own."""
        models.register_model(name, description="--exec=id\n\x1b]0;x")
        assert models.get_version(f"{name}:1").description == "--exec=id\n\x1b]0;x"
        assert [model.name for model in models.list_models()] == [name]
        repository = models._session.repository.git_dir.parent
        assert set(refs(repository)) - {"refs/heads/main"} == set(
            refs(repository, "refs/exptrack/models/")
        )
        assert fsck(repository) == ""

    @pytest.mark.parametrize(
        "said",
        [
            {"metrics": {"auc": "high"}},
            {"metrics": {"auc": True}},
            {"metrics": {1: 2.0}},
            {"metrics": [1]},
            {"metadata": {"a": {1, 2}}},
            {"metadata": ["a"]},
            {"tags": {"a": [1]}},
            {"tags": ["a"]},
            {"config_id": "abcd"},
            {"commit": "HEAD"},
            {"aliases": ["3"]},
            {"aliases": ["v3"]},
            {"aliases": ["latest"]},
            {"aliases": ["a b"]},
            {"run_id": ""},
        ],
    )
    def test_what_cannot_be_said_writes_nothing(
        self, models: ModelRegistry, repository: Path, said: dict[str, object]
    ) -> None:
        """A wrong value is refused before anything is stored."""
        (repository / "model.bin").write_bytes(b"weights")
        with pytest.raises((ValueRefusedError, UsageError)):
            models.register_model("churn", repository / "model.bin", **said)  # type: ignore[arg-type]
        assert refs(repository, "refs/exptrack/") == {}
        assert not list((repository / ".git" / "exptrack").rglob("models/*"))

    def test_numbers_are_never_given_twice(self, models: ModelRegistry) -> None:
        """A deleted version's number stays taken, also where it was the last."""
        for _ in range(2):
            models.register_model("churn")
        models.delete_version("churn:2")
        assert models.register_model("churn").number == 3

    def test_a_thousand_share_a_folder(self, models: ModelRegistry, repository: Path) -> None:
        """Version 1,000 goes to the next folder, and listings go on across it."""
        models.register_model("churn")
        full = record(repository, "model.yaml").replace("next: 2", "next: 999")
        put_tree(repository, CHURN, {"model.yaml": full.encode()})
        assert [models.register_model("churn").number for _ in range(3)] == [999, 1000, 1001]
        assert {"versions/0/999.yaml", "versions/1/1000.yaml"} <= files_in(repository, CHURN).keys()
        assert [v.number for v in models.list_versions("churn")] == [1001, 1000, 999, 1]

    def test_nobody_is_configured(self, tmp_path: Path) -> None:
        """Without a name in git's configuration it is recorded as user@host, and said once."""
        folder = tmp_path / "nobody"
        folder.mkdir()
        git(folder, "init", "-q")
        said: list[str] = []
        for _ in range(2):
            with ModelRegistry(folder, warn=said.append) as models:
                assert "@" in models.register_model("churn").author
        assert len(said) == 1
        assert "git config user.name" in said[0]


class TestFinding:
    def test_every_way_to_name_a_version(self, models: ModelRegistry) -> None:
        """A version is named by number, alias or `latest`, in one text or in two."""
        models.register_model("churn", aliases=["champion"])
        models.register_model("churn")
        first = ["churn:1", "churn@champion"]
        assert [models.get_version(name).number for name in first] == [1, 1]
        assert [models.get_version(n).number for n in ("churn", "churn:latest")] == [2, 2]
        two = [1, "1", "champion", "@champion", "latest", None]
        assert [models.get_version("churn", v).number for v in two] == [1, 1, 1, 1, 2, 2]

    @pytest.mark.parametrize(
        ("arguments", "message", "hint"),
        [
            (("churm",), "there is no model 'churm'", "did you mean 'churn'?"),
            (("zzz",), "there is no model 'zzz'", "see them: git exp models list"),
            (("churn@champ",), "has no alias 'champ'", "did you mean 'champion'?"),
            (("churn", 7), "version 7 of the model 'churn' does not exist", "versions are 1, 2"),
            (("churn", 0), "version 0 of the model 'churn' does not exist", "versions are 1, 2"),
            (("churn", -1), "does not exist", "versions are 1, 2"),
            (("churn:x",), "'churn:x' names no version", "NAME@ALIAS"),
            (("churn@",), "'churn@' names no version", "NAME:3"),
            (("churn:1", 2), "names a version already", "give one of them"),
        ],
    )
    def test_what_is_not_there(
        self, models: ModelRegistry, arguments: tuple[str, ...], message: str, hint: str
    ) -> None:
        """An error names what is missing, and what might have been meant."""
        models.register_model("churn", aliases=["champion"])
        models.register_model("churn")
        with pytest.raises(GittrackError, match=re.escape(message)) as caught:
            models.get_version(*arguments)
        assert hint in (caught.value.hint or "")

    def test_an_empty_repository(self, models: ModelRegistry) -> None:
        """Without models, a listing is empty and a name is not found."""
        assert models.list_models() == []
        with pytest.raises(NotFoundError):
            models.list_versions("churn")
        with pytest.raises(NotFoundError):
            models.history("churn")

    def test_models_are_listed_by_name(self, models: ModelRegistry) -> None:
        """A listing has every model with its versions, aliases and tags."""
        models.register_model("b")
        models.register_model("A")
        models.register_model("A", aliases=["champion"])
        models.update_model("A", description="Who leaves?", tags={"team": "eu"})
        first, second = models.list_models()
        assert (first.name, first.versions, first.latest) == ("A", (1, 2), 2)
        assert (first.aliases, first.tags) == ({"champion": 2}, {"team": "eu"})
        assert first.to_dict()["description"] == "Who leaves?"
        assert (second.name, second.versions) == ("b", (1,))

    def test_the_versions_of_a_run(self, models: ModelRegistry, repository: Path) -> None:
        """Of all models those that name the run; no other's, deleted or damaged ones."""
        for model, run_id in (("b", "run-1"), ("a", "run-1"), ("a", "run-12"), ("c", "run-1")):
            models.register_model(model, run_id=run_id)
        models.register_model("a", description="not of run-1")
        models.register_model("b", run_id="run-1")
        models.delete_model("c")
        put_tree(repository, "refs/exptrack/models/b", {"versions/0/2.yaml": b"run_id: run-1\n"})
        assert [v.reference for v in models.versions_of_run("run-1")] == ["a:1", "b:1"]


class TestChanging:
    def test_an_alias_moves(self, models: ModelRegistry, repository: Path) -> None:
        """An alias leads to one version; moving it again to the same one writes nothing."""
        models.register_model("churn", aliases=["champion"])
        models.register_model("churn")
        assert models.set_alias("churn", "champion", 2).aliases == ("champion",)
        tip = refs(repository)[CHURN]
        models.set_alias("churn:2", "champion")
        assert refs(repository)[CHURN] == tip
        assert models.get_version("churn:1").aliases == ()
        assert subjects(repository)[0] == "alias churn@champion is 2, was 1"
        models.delete_alias("churn", "champion")
        assert models.get_model("churn").aliases == {}
        with pytest.raises(NotFoundError, match="no alias 'champion'"):
            models.delete_alias("churn", "champion")

    def test_stages(self, models: ModelRegistry, repository: Path) -> None:
        """A version takes a stage; those that were there are archived if that is asked."""
        for _ in range(3):
            models.register_model("churn")
        assert models.transition_stage("churn", 1, "production").stage is Stage.PRODUCTION
        models.transition_stage("churn", 2, Stage.PRODUCTION)
        assert [v.number for v in models.list_versions("churn", stage="Production")] == [2, 1]
        models.transition_stage("churn", 3, "Production", archive_existing=True)
        stages = [str(v.stage) for v in models.list_versions("churn")]
        assert stages == ["Production", "Archived", "Archived"]
        assert subjects(repository)[0] == "stage churn:3 is Production, was None, archived 1, 2"
        assert models.transition_stage("churn", 3, None).stage is Stage.NONE
        for stage, archive in (("Prod", False), ("Archived", True)):
            with pytest.raises(UsageError):
                models.transition_stage("churn", 3, stage, archive)

    def test_describing_keeps_the_rest(self, models: ModelRegistry, repository: Path) -> None:
        """What is not said again stays; a tag set to None goes; nothing new writes nothing."""
        models.register_model("churn", description="old", tags={"a": "1", "b": "2"})
        changed = models.update_version("churn:1", tags={"a": None, "c": "3"})
        assert (changed.description, changed.tags) == ("old", {"b": "2", "c": "3"})
        assert models.update_version("churn", description="").description == ""
        tip = refs(repository)[CHURN]
        models.update_version("churn", 1, tags={"b": "2"})
        models.update_model("churn")
        assert refs(repository)[CHURN] == tip

    def test_a_deleted_version_comes_back(self, models: ModelRegistry, tmp_path: Path) -> None:
        """Deleting takes record, manifest and aliases away; restoring brings back the first two."""
        models.register_model("churn", folder_model(tmp_path / "model"), aliases=["champion"])
        before = models.update_version("churn", tags={"a": "1"})
        models.register_model("churn")
        models.delete_version("churn@champion")
        with pytest.raises(NotFoundError, match="version 1 of the model 'churn' was deleted") as e:
            models.get_version("churn:1")
        assert "git exp models restore churn:1" in (e.value.hint or "")
        assert models.get_model("churn").aliases == {}
        found = models.restore_version("churn", 1)
        assert found.to_dict() == before.to_dict() | {"aliases": []}
        assert models.fetch("churn:1", target=tmp_path / "back").is_dir()
        with pytest.raises(NotFoundError, match="never had a version 9"):
            models.restore_version("churn:9")
        for unnamed in (models.delete_version, models.restore_version):
            with pytest.raises(UsageError):
                unnamed("churn")

    def test_a_deleted_model_comes_back(self, models: ModelRegistry, repository: Path) -> None:
        """A deleted model is in no listing, takes no version, and can be restored as it was."""
        models.register_model("churn", aliases=["champion"])
        models.delete_model("churn")
        assert models.list_models() == []
        assert [model.name for model in models.list_models(deleted=True)] == ["churn"]
        for use in (models.get_model, models.register_model, models.delete_model):
            with pytest.raises(NotFoundError, match="'churn' was deleted") as caught:
                use("churn")
            assert caught.value.hint == "bring it back: git exp models restore churn"
        assert models.restore_model("churn").aliases == {"champion": 1}
        assert models.register_model("churn").number == 2
        assert subjects(repository)[1:3] == ["restore churn", "delete churn"]
        with pytest.raises(NotFoundError, match="there is no model 'other'"):
            models.restore_model("other")

    def test_a_renamed_model_keeps_its_history(
        self, models: ModelRegistry, repository: Path, tmp_path: Path
    ) -> None:
        """Versions, aliases, files and history go with a model; its old name tells the new one."""
        models.register_model("churn", folder_model(tmp_path / "model"), aliases=["champion"])
        models.rename("churn", "Leavers")
        moved = models.get_version("Leavers@champion")
        assert (moved.reference, moved.files) == ("Leavers:1", 2)
        [ref] = (r for r in refs(repository, "refs/exptrack/models/") if "leavers" in r)
        assert subjects(repository, ref)[0] == "rename from churn"
        assert subjects(repository, ref)[1].startswith("register churn:1")
        with pytest.raises(NotFoundError, match="'churn' was renamed") as caught:
            models.register_model("churn")
        assert caught.value.hint == "it is called 'Leavers' now"
        assert [model.name for model in models.list_models()] == ["Leavers"]

    def test_a_model_may_have_its_old_name_again(
        self, models: ModelRegistry, repository: Path
    ) -> None:
        """Renamed there and back, a model has all its versions and all that happened."""
        models.register_model("churn")
        models.rename("churn", "leavers")
        models.register_model("leavers")
        models.rename("leavers", "churn")
        assert models.get_model("churn").versions == (1, 2)
        assert models.register_model("churn").number == 3
        assert [f"{event.action} {event.text}" for event in models.history("churn")] == [
            "register churn:3",
            "rename from leavers",
            "register leavers:2",
            "rename from churn",
            "rename to leavers",
            "register churn:1",
        ]
        assert fsck(repository) == ""

    def test_a_name_that_is_taken(self, models: ModelRegistry) -> None:
        """A model takes no other's name, even a deleted one's."""
        models.register_model("churn")
        models.register_model("other")
        with pytest.raises(UsageError, match="there is a model 'other' already"):
            models.rename("churn", "other")
        models.delete_model("other")
        with pytest.raises(UsageError, match="already, but deleted"):
            models.rename("churn", "other")
        assert models.rename("churn", "churn").name == "churn"

    def test_history_says_who_did_what(self, models: ModelRegistry, repository: Path) -> None:
        """Each event has time, author, action and the commit that git shows."""
        models.register_model("churn")
        git(repository, "config", "user.name", "Grace <Hopper>")
        with ModelRegistry(repository) as later:
            later.set_alias("churn", "champion", 1)
        last, first = models.history("churn")
        assert (last.action, last.text) == ("alias", "churn@champion is 1")
        assert last.author == "Grace Hopper <ada@example.org>"
        assert [last.commit, first.commit] == git(repository, "rev-list", CHURN).splitlines()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z", first.time)


class TestFiles:
    def test_a_file_comes_back(self, models: ModelRegistry, tmp_path: Path) -> None:
        """A version's file is fetched as it was, whatever became of the original."""
        source = tmp_path / "model.bin"
        source.write_bytes(os.urandom(100_000))
        digest = sha256sum(source)
        models.register_model("churn", source)
        source.unlink()
        target = models.fetch("churn", target=tmp_path / "out" / "model.bin")
        assert sha256sum(target) == digest
        with pytest.raises(UsageError, match="exists already"):
            models.fetch("churn", target=target)
        with pytest.raises(UsageError, match="is a folder"):
            models.fetch("churn", target=tmp_path)
        target.write_text("other")
        models.fetch("churn", target=target, overwrite=True)
        assert sha256sum(target) == digest

    def test_a_folder_has_a_manifest_in_git(
        self, models: ModelRegistry, repository: Path, tmp_path: Path
    ) -> None:
        """A folder's manifest is a file beside the record, and its SHA-256 is the version's."""
        source = folder_model(tmp_path / "model")
        (source / ".git").mkdir()
        (source / ".git" / "config").write_text("[core]\n")
        (source / "link.json").symlink_to("config.json")
        made = models.register_model("churn", str(source))
        (tmp_path / "list").write_bytes(read_blob(repository, f"{CHURN}:versions/0/1.files.yaml"))
        assert sha256sum(tmp_path / "list") == made.sha256
        assert (made.files, made.size) == (3, 13 + 4 + 13)
        assert "tokens/vocabulary.txt:\n" in (tmp_path / "list").read_text()
        models.fetch("churn", target=tmp_path / "out")
        found = {p.relative_to(tmp_path / "out"): p for p in (tmp_path / "out").rglob("*.*")}
        assert {str(path) for path in found} == {
            "config.json",
            "link.json",
            "tokens/vocabulary.txt",
        }
        assert all(p.read_bytes() == (source / name).read_bytes() for name, p in found.items())
        again = models.register_model("churn", shutil.copytree(source, tmp_path / "copy"))
        assert again.sha256 == made.sha256

    def test_a_folder_is_written_whole_or_not_at_all(
        self, models: ModelRegistry, repository: Path, tmp_path: Path
    ) -> None:
        """Where one file of a model is lost, nothing is left behind."""
        models.register_model("churn", folder_model(tmp_path / "model"))
        digest = sha256sum(tmp_path / "model" / "tokens" / "vocabulary.txt")
        for copy in list((repository / ".git").rglob(digest)):
            copy.unlink()
        (tmp_path / "out").mkdir()
        with pytest.raises(NotFoundError, match="'lfs' does not have all files of churn:1"):
            models.fetch("churn", target=tmp_path / "out" / "model")
        assert list((tmp_path / "out").iterdir()) == []

    def test_a_target_that_holds_something_stays(
        self, models: ModelRegistry, tmp_path: Path
    ) -> None:
        """A folder is fetched into a new or an empty folder only."""
        models.register_model("churn", folder_model(tmp_path / "model"))
        (tmp_path / "out").mkdir()
        models.fetch("churn", target=tmp_path / "out")
        with pytest.raises(UsageError, match="exists already"):
            models.fetch("churn", target=tmp_path / "out", overwrite=True)

    def test_damaged_content_is_never_given(
        self, models: ModelRegistry, repository: Path, tmp_path: Path
    ) -> None:
        """A stored file whose bytes changed is not written anywhere."""
        (tmp_path / "model.bin").write_bytes(b"weights")
        made = models.register_model("churn", tmp_path / "model.bin")
        [stored] = (repository / ".git" / "exptrack").rglob(str(made.sha256))
        stored.chmod(0o644)
        stored.write_bytes(b"weightz")
        with pytest.raises(DataError):
            models.fetch("churn", target=tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_your_own_function_reads_it(self, models: ModelRegistry, tmp_path: Path) -> None:
        """`load` gives what the caller's function makes of the file, which keeps its name."""
        (tmp_path / "model.bin").write_bytes(b"weights")
        models.register_model("churn", tmp_path / "model.bin")
        paths: list[Path] = []
        assert models.load("churn:1", read=lambda p: paths.append(p) or p.read_text()) == "weights"
        assert paths[0].name == "model.bin"
        models.register_model("churn", folder_model(tmp_path / "model") / "tokens" / "..")
        assert models.load("churn:2", read=lambda p: (p / "config.json").is_file())
        assert not paths[0].exists()

    def test_what_is_no_model(self, models: ModelRegistry, tmp_path: Path) -> None:
        """What is missing, empty, special, or leads out of its folder is refused by name."""
        (tmp_path / "empty").mkdir()
        with pytest.raises(UsageError, match="holds no files"):
            models.register_model("churn", tmp_path / "empty")
        with pytest.raises(NotFoundError, match="there is no file"):
            models.register_model("churn", tmp_path / "missing")
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(UsageError, match="a pipe"):
            models.register_model("churn", tmp_path / "pipe")
        escaping = folder_model(tmp_path / "escaping")
        (escaping / "passwords").symlink_to("/etc/passwd")
        with pytest.raises(UsageError, match="'passwords' cannot be part of a model: it is a link"):
            models.register_model("churn", escaping)
        assert models.list_models() == []

    def test_a_version_without_files(self, models: ModelRegistry, tmp_path: Path) -> None:
        """A version that was registered without files says so."""
        models.register_model("churn")
        with pytest.raises(UsageError, match="churn:1 was registered without files"):
            models.fetch("churn", target=tmp_path / "out")

    def test_a_store_of_your_own(self, repository: Path, tmp_path: Path) -> None:
        """Files go to the store that is passed in, and a registry without it says which it was."""
        from gittrack.artifacts.folder import FolderStore

        (tmp_path / "model.bin").write_bytes(b"weights")
        store = FolderStore(tmp_path / "shared", name="shared")
        with ModelRegistry(repository, store=store) as models:
            models.register_model("churn", tmp_path / "model.bin")
            models.fetch("churn", target=tmp_path / "out")
        with (
            ModelRegistry(repository) as models,
            pytest.raises(UsageError, match="in the store 'shared'"),
        ):
            models.fetch("churn", target=tmp_path / "out", overwrite=True)


@pytest.mark.parametrize(
    "make",
    [
        places.plain,
        places.with_staged_changes,
        places.bare,
        places.linked_worktree,
        places.sha256,
        places.reftable,
        places.unborn,
        places.rebasing,
        places.unusual_path,
    ],
    ids=lambda make: make.__name__,
)
def test_every_kind_of_repository(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """Models work alike everywhere, and leave HEAD, index, work tree, hooks and refs alone."""
    folder = make(tmp_path)
    (tmp_path / "model.bin").write_bytes(b"weights")
    install_failing_hooks(folder, tmp_path / "hooks-ran")
    before = footprint(folder)
    with ModelRegistry(folder) as models:
        models.register_model("churn", tmp_path / "model.bin", aliases=["champion"])
        models.register_model("churn", tmp_path / "model.bin")
        models.transition_stage("churn", 2, "Production", archive_existing=True)
        models.delete_version("churn:1")
        models.restore_version("churn:1")
        models.rename("churn", "leavers")
        models.fetch("leavers", target=tmp_path / "fetched.bin")
    with ModelRegistry(folder) as models:
        assert models.get_model("leavers").versions == (1, 2)
        assert models.get_version("leavers:2").stage is Stage.PRODUCTION
    assert footprint(folder) == before
    assert not (tmp_path / "hooks-ran").exists()
    assert (tmp_path / "fetched.bin").read_bytes() == b"weights"
    assert fsck(folder) == ""


def test_linked_worktrees_share_models(tmp_path: Path) -> None:
    """What is registered in one work tree is fetched in another."""
    linked = places.linked_worktree(tmp_path)
    (tmp_path / "model.bin").write_bytes(b"weights")
    with ModelRegistry(linked) as models:
        models.register_model("churn", tmp_path / "model.bin")
    with ModelRegistry(tmp_path / "main") as models:
        target = models.fetch("churn:1", target=tmp_path / "fetched")
    assert target.read_bytes() == b"weights"


WRITER = """
    from pathlib import Path
    from gittrack.models import ModelRegistry
    name = sys.argv[2]
    with ModelRegistry(sys.argv[1]) as models:
        for n in range(20):
            made = models.register_model("churn", tags={"by": name, "n": n}, aliases=[name])
            print(made.number)
"""


def test_two_processes_register_at_once(repository: Path) -> None:
    """Forty versions from two processes have forty numbers, and none is lost."""
    processes = [start(repository, WRITER, name) for name in ("a", "b")]
    given = [[int(line) for line in finish(process).split()] for process in processes]
    assert sorted(given[0] + given[1]) == list(range(1, 41))
    with ModelRegistry(repository) as models:
        versions = models.list_versions("churn")
        assert [v.number for v in versions] == list(range(40, 0, -1))
        assert {(v.tags["by"], v.tags["n"]) for v in versions} == {
            (name, str(n)) for name in "ab" for n in range(20)
        }
        assert models.get_model("churn").aliases == {"a": given[0][-1], "b": given[1][-1]}
    assert len(subjects(repository)) == 40
    assert fsck(repository) == ""


def test_a_read_only_repository(repository: Path) -> None:
    """Where git cannot write, the error says so and no version is acknowledged."""
    if os.geteuid() == 0:
        shutil.rmtree(repository / ".git" / "objects" / "pack")
        (repository / ".git" / "objects" / "pack").write_text("in the way")
    else:
        (repository / ".git" / "objects" / "pack").chmod(0o500)
    with ModelRegistry(repository) as models:
        with pytest.raises(RepositoryError):
            models.register_model("churn")
        assert models.list_models() == []


class TestDamage:
    @pytest.mark.parametrize(
        ("path", "data", "reason"),
        [
            ("model.yaml", b"name: churn\n", "created_at is missing"),
            ("model.yaml", b"not: [canonical]\n", "not a model's record: line 1"),
            ("model.yaml", b"- 1\n", "not a mapping"),
            ("model.yaml", None, "model.yaml is missing"),
            ("versions/0/1.yaml", b"number: 2\n", "created_at is missing"),
            ("versions/0/1.yaml", b"!!python/object:os.system {}\n", "line 1"),
        ],
    )
    def test_a_damaged_record_is_named(
        self, models: ModelRegistry, repository: Path, path: str, data: bytes | None, reason: str
    ) -> None:
        """The error says which model is damaged, how, and where to look."""
        models.register_model("churn")
        put_tree(repository, CHURN, {path: data})
        with pytest.raises(DataError, match=re.escape(reason)) as caught:
            models.get_version("churn:1")
        assert "'churn" in str(caught.value)
        assert caught.value.hint == f"see what changed it: git log -p {CHURN}"

    def test_one_damaged_model_does_not_take_the_listing_away(self, repository: Path) -> None:
        """A listing leaves a damaged model out, and says so."""
        said: list[str] = []
        with ModelRegistry(repository, warn=said.append) as models:
            models.register_model("churn")
            models.register_model("other")
            put_tree(repository, CHURN, {"model.yaml": b"\xff\n"})
            assert [model.name for model in models.list_models()] == ["other"]
        assert len(said) == 1
        assert "'churn' is damaged" in said[0]

    def test_another_name_on_the_ref(self, models: ModelRegistry, repository: Path) -> None:
        """A ref that holds another model is not taken for the one that is asked for."""
        models.register_model("churn")
        changed = record(repository, "model.yaml").replace("name: churn", "name: other")
        put_tree(repository, CHURN, {"model.yaml": changed.encode()})
        with pytest.raises(UsageError, match="would share its ref with the model 'other'"):
            models.register_model("churn")

    def test_a_format_from_the_future(self, models: ModelRegistry, repository: Path) -> None:
        """A format that this version does not know is refused, and nothing is written."""
        models.register_model("churn")
        tip = put_tree(repository, CHURN, {".exptrack/format": b"2\n"})
        for use in (models.get_model, models.register_model):
            with pytest.raises(RepositoryError, match="has format '2'"):
                use("churn")
        with pytest.raises(RepositoryError, match="has format '2'"):
            models.list_models()
        assert refs(repository)[CHURN] == tip

    def test_a_manifest_that_leads_out_of_the_folder(
        self, models: ModelRegistry, repository: Path, tmp_path: Path
    ) -> None:
        """A manifest from elsewhere writes nothing outside of the target."""
        models.register_model("churn", folder_model(tmp_path / "model"))
        entry = FileEntry(sha256sum(tmp_path / "model" / "config.json"), 13)
        manifest = encode_manifest({"../escaped": entry})
        put_tree(repository, CHURN, {"versions/0/1.files.yaml": manifest})
        with pytest.raises(DataError, match=r"'\.\./escaped' leads out of the folder"):
            models.fetch("churn", target=tmp_path / "out")
        assert not (tmp_path / "out").exists()
        assert not (tmp_path / "escaped").exists()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
tags = st.dictionaries(texts.filter(bool), texts, max_size=3)
versions = st.builds(
    ModelVersion,
    model=st.just("m"),
    number=st.integers(1, 10**6),
    created_at=st.just("2026-01-02T03:04:05.000006Z"),
    author=texts,
    description=texts,
    run_id=st.none() | texts,
    config_id=st.none() | st.just(CONFIG),
    commit=st.none() | st.just("1" * 40),
    metrics=st.dictionaries(texts, st.floats(allow_nan=False) | st.integers(), max_size=3),
    metadata=st.dictionaries(texts | st.integers(), st.none() | texts | st.booleans(), max_size=3),
    source=st.none() | texts,
    sha256=st.none() | st.just("0" * 64),
    size=st.none() | st.integers(0),
    store=st.none() | texts,
    files=st.none() | st.integers(1),
    tags=tags,
    stage=st.sampled_from(Stage),
)
owners = st.builds(
    Model,
    name=texts,
    created_at=st.just("2026-01-02T03:04:05Z"),
    author=texts,
    description=texts,
    tags=tags,
    aliases=st.dictionaries(texts, st.integers(1, 100), max_size=3),
    next_number=st.integers(1),
    deleted=st.booleans(),
    renamed_to=st.none() | texts.filter(bool),
)


@given(owners, versions)
def test_records_are_read_as_they_were_written(model: Model, version: ModelVersion) -> None:
    """Whatever a model or version says, its bytes say the same."""
    assert decode_model(encode_model(model)) == model
    owner = Model("m", model.created_at, "")
    assert decode_version(encode_version(version), owner) == version


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Bytes that are no record raise DataError, and nothing else."""
    model = Model("m", "", "")
    for read in (decode_model, decode_manifest, lambda data: decode_version(data, model)):
        try:
            read(data)
        except DataError:
            continue
        assert read is decode_manifest
        assert data == b"{}\n"


@pytest.mark.parametrize(
    "path",
    [
        *("", ".", "..", "../a", "a/../b", "/a", "a//b", "a/", "./a", "a\0b"),
        *(".git/hooks/x", "a/.GIT", ".g\u200cit/config", "git~1/config", ".git /config"),
    ],
)
def test_paths_that_leave_the_folder(path: str) -> None:
    """A manifest may name files within its folder only, and none of git's own."""
    assert not is_inside(path)
    with pytest.raises((DataError, GittrackError)):
        decode_manifest(encode_manifest({path: FileEntry("0" * 64, 1)}))


@pytest.mark.parametrize("paths", [("a", "a/b"), ("a/b", "a/b/c/d")])
def test_a_file_is_no_folder(paths: tuple[str, str]) -> None:
    """A manifest cannot have one name for a file and a folder."""
    with pytest.raises(DataError, match="is a file and a folder"):
        decode_manifest(encode_manifest(dict.fromkeys(paths, FileEntry("0" * 64, 1))))


def test_the_documented_examples_run(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What docs/models.md shows is what comes out, and its git commands work."""
    (repository / "model.bin").write_text("the weights")
    monkeypatch.chdir(repository)
    text = DOCUMENT.read_text()
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, names)
        assert capsys.readouterr().out.splitlines() == re.findall(r"# → (.*)", block)
    commands = re.findall(r"`git ((?:log|show|for-each-ref) [^`]*refs/exptrack[^`]*)`", text)
    assert len(commands) == 5
    for command in commands:
        if "3.files" not in command:
            assert git(repository, *command.split())
