"""Configs to files and back, and onto the user's branch when that was asked for."""

from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from places import merging, rebasing
from witness import (
    commit_all,
    commit_file,
    files_in,
    footprint,
    fsck,
    git,
    install_failing_hooks,
    new_repository,
    refs,
    run_git,
    sha256sum,
)

from gittrack.errors import GittrackError, RepositoryError, SourceError, UsageError
from gittrack.registry import ExperimentRegistry
from gittrack.registry.portable import to_json_value

ODD = {
    "nan": math.nan,
    "infinite": [math.inf, -math.inf],
    1: "one",
    "1": "text one",
    -3: {0: "zero"},
    "float": 1.0,
    "int": 1,
    "big": 10**30,
    "minus zero": -0.0,
    "tiny": 5e-324,
    "text": "yes",
    "unicode": "größer 日本 🚀\u2028",
    "none": None,
    "empty": {"list": [], "map": {}},
    "looks": [".nan", ".inf", "null", "1"],
}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "elsewhere", commit=True)


# Export and import


@pytest.mark.parametrize("ending", [".yaml", ".yml"])
def test_an_exported_yaml_file_is_the_object(repository: Path, tmp_path: Path, ending: str) -> None:
    """Its SHA-256 is the config's id, and importing it elsewhere gives the same id."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register(ODD)
        registry.export(config_id, tmp_path / f"out{ending}")
    assert sha256sum(tmp_path / f"out{ending}") == config_id
    assert yaml.safe_load((tmp_path / f"out{ending}").read_text())["text"] == "yes"


def test_a_json_export_brings_everything_to_another_repository(
    repository: Path, elsewhere: Path, tmp_path: Path
) -> None:
    """Description, tags, parents, time, author and source survive, and the data bit for bit."""
    (repository / "config.yaml").write_text("lr: 0.5\n")
    with ExperimentRegistry(repository) as registry:
        parent = registry.register({"lr": 0.1})
        [added] = registry.add(
            [repository / "config.yaml"],
            description="größer\nzwei",
            tags=["a", "Base Line"],
            parents=[parent],
        )
        original = registry.get(added.id)
        registry.export(added.id, tmp_path / "out.json")
    git(elsewhere, "config", "user.name", "Somebody Else")
    with ExperimentRegistry(elsewhere) as registry:
        assert registry.import_(tmp_path / "out.json") == [added.id]
        assert registry.get(added.id) == original
        before = refs(elsewhere)
        assert registry.import_(tmp_path / "out.json") == [added.id]
        assert refs(elsewhere) == before


def test_what_json_cannot_say_survives_a_round_trip(
    repository: Path, elsewhere: Path, tmp_path: Path
) -> None:
    """NaN, infinities, integer keys, 1 beside 1.0: strict JSON on the way, the same id after it."""
    path = tmp_path / "out.json"
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register(ODD)
        registry.export(config_id, path)

    def refuse(name: str) -> None:
        raise AssertionError(f"not strict JSON: {name}")

    json.loads(path.read_text(), parse_constant=refuse)
    with ExperimentRegistry(elsewhere) as registry:
        assert registry.import_(path) == [config_id]
        config: Any = registry.get(config_id).config
        assert math.isnan(config["nan"])
        assert config[1] == "one"
        assert config["1"] == "text one"
        assert math.copysign(1, config["minus zero"]) == -1


@pytest.mark.parametrize(
    "change",
    [
        {"config": {"a": 2}},
        {"config": {"a": 1.0}},
        {"config": [1]},
        {"config": None},
        {"id": "0" * 64},
        {"created_at": "yesterday"},
        {"created_at": 5},
        {"tags": "t"},
        {"tags": [1]},
        {"tags": ["a\nb"]},
        {"description": 7},
        {"parents": "x"},
        {"canonical": "a: 2\n"},
        {"canonical": "a:   1\n"},
        {"canonical": "- 1\n"},
    ],
    ids=lambda change: json.dumps(change),
)
def test_an_edited_export_is_refused(
    repository: Path, elsewhere: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    """A file that no longer says what its id promises is one clear error, and nothing is stored."""
    path = tmp_path / "out.json"
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, tags=["t"], description="d")
        registry.export(config_id, path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with ExperimentRegistry(elsewhere) as registry:
        with pytest.raises(GittrackError) as caught:
            registry.import_(path)
        assert len(str(caught.value).splitlines()) == 1
        assert registry.list() == []
    assert refs(elsewhere, "refs/exptrack") == {}


def test_an_edited_export_names_both_ids(repository: Path, tmp_path: Path) -> None:
    """The error says which config the file claims and which it holds."""
    path = tmp_path / "out.json"
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1})
        registry.export(config_id, path)
        path.write_text(path.read_text().replace('"a": 1', '"a": 2'))
        with pytest.raises(SourceError, match=config_id[:12]):
            registry.import_(path)


def test_a_whole_listing_can_be_imported(repository: Path, elsewhere: Path, tmp_path: Path) -> None:
    """The JSON array of a full listing brings all configs with what is known of each."""
    with ExperimentRegistry(repository) as registry:
        parent = registry.register({"n": 0}, tags=["a"])
        registry.register_many([{"n": n} for n in range(1, 5)], parents=[parent], description="d")
        registry.register(ODD, tags=["odd"])
        listing = registry.list()
    (tmp_path / "all.json").write_text(json.dumps([to_json_value(r) for r in listing]))
    with ExperimentRegistry(elsewhere) as registry:
        registry.import_(tmp_path / "all.json")
        assert [r.to_dict() | {"config": None} for r in registry.list()] == [
            r.to_dict() | {"config": None} for r in listing
        ]
        assert registry.verify() == (6, [])


def test_plain_config_files_can_be_imported_too(repository: Path, tmp_path: Path) -> None:
    """A file that is no export is a config like any other."""
    (tmp_path / "plain.json").write_text('{"id": "mine", "config": {"a": 1}}')
    (tmp_path / "plain.yaml").write_text("a: 1\n---\na: 2\n")
    with ExperimentRegistry(repository) as registry:
        ids = registry.import_(tmp_path / "plain.json", tmp_path / "plain.yaml")
        assert [registry.get(i).config for i in ids] == [
            {"id": "mine", "config": {"a": 1}},
            {"a": 1},
            {"a": 2},
        ]


@pytest.mark.parametrize("name", ["out.txt", "out", "nowhere/out.yaml", "folder.yaml"])
def test_an_export_that_cannot_be_written_leaves_nothing(
    repository: Path, tmp_path: Path, name: str
) -> None:
    """An unknown ending or a missing folder is one clear error, with no half file left."""
    (tmp_path / "folder.yaml").mkdir()
    with ExperimentRegistry(repository) as registry:
        registry.register({"a": 1}, tags=["t"])
        with pytest.raises(GittrackError) as caught:
            registry.export("t", tmp_path / name)
    assert len(str(caught.value).splitlines()) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder.yaml", "repository"]


def test_checkout_writes_the_config_back_and_protects_what_is_not_registered(
    repository: Path,
) -> None:
    """A registered config comes back to its file; a file with unregistered work is kept."""
    path = repository / "conf" / "a.yaml"
    path.parent.mkdir()
    path.write_text("lr: 0.1\n")
    with ExperimentRegistry(repository) as registry:
        [first] = registry.add([path])
        path.write_text("lr: 0.2\n")
        with pytest.raises(UsageError, match="not registered"):
            registry.checkout(first.id)
        assert path.read_text() == "lr: 0.2\n"
        registry.add([path])
        assert registry.checkout(first.id) == path
        assert path.read_text() == "lr: 0.1\n"
        path.write_text("lr: 0.3\n")
        registry.checkout(first.id, force=True)
        assert path.read_text() == "lr: 0.1\n"


def test_checkout_never_writes_outside_the_repository(repository: Path, tmp_path: Path) -> None:
    """A source that leads out of the repository (an import may bring one) is refused."""
    with ExperimentRegistry(repository) as registry:
        for source in ("../outside.yaml", str(tmp_path / "outside.yaml"), "link/x.yaml"):
            (repository / "link").unlink(missing_ok=True)
            (repository / "link").symlink_to(tmp_path)
            config_id = registry.register({"from": source}, source=source)
            with pytest.raises(UsageError, match="outside this repository"):
                registry.checkout(config_id)
    assert not (tmp_path / "outside.yaml").exists()
    assert not (tmp_path / "x.yaml").exists()


# Committing


def staged(folder: Path) -> None:
    (folder / "new.py").write_text("new\n")
    (folder / "train.py").write_text("changed\n")
    git(folder, "add", "new.py", "train.py")
    (folder / "train.py").write_text("changed again\n")
    (folder / "config.yaml").write_text("lr: 0.1\n")


def test_commit_takes_only_its_own_files(repository: Path, tmp_path: Path) -> None:
    """What else is staged stays staged, what is changed stays changed, and no hook runs."""
    staged(repository)
    before = git(repository, "status", "--porcelain", "--", ":!.exptrack")
    parent = git(repository, "rev-parse", "HEAD")
    marker = tmp_path / "hook-ran"
    install_failing_hooks(repository, marker)
    with ExperimentRegistry(repository) as registry:
        [added] = registry.add([repository / "config.yaml"], description="d", commit=True)
    assert added.new
    assert not marker.exists()
    assert git(repository, "status", "--porcelain", "--", ":!.exptrack") == before
    assert git(repository, "status", "--porcelain", "--", ".exptrack") == ""
    changed = git(repository, "diff", "--name-only", "HEAD~1", "HEAD").splitlines()
    assert len(changed) == 4
    assert all(name.startswith(".exptrack/") for name in changed)
    assert git(repository, "rev-parse", "HEAD~1") == parent
    assert git(repository, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(repository, "log", "-1", "--format=%an <%ae>|%s") == (
        f"Ada Lovelace <ada@example.org>|Register {added.id[:12]}"
    )
    assert git(repository, "reflog", "-1", "--format=%gs", "HEAD").startswith("commit: Register")
    assert fsck(repository) == ""


def test_committing_again_makes_no_empty_commit(repository: Path) -> None:
    """When the branch has the files already there is nothing to commit."""
    (repository / "config.yaml").write_text("lr: 0.1\n")
    with ExperimentRegistry(repository) as registry:
        registry.add([repository / "config.yaml"], commit=True)
        before = refs(repository)
        registry.add([repository / "config.yaml"], commit=True)
        assert refs(repository) == before


def test_commit_before_the_first_commit(tmp_path: Path) -> None:
    """On an unborn branch it is the first commit, and staged files wait for the second."""
    folder = new_repository(tmp_path / "unborn")
    (folder / "config.yaml").write_text("lr: 0.1\n")
    (folder / "other.py").write_text("other\n")
    git(folder, "add", "other.py")
    with ExperimentRegistry(folder) as registry:
        registry.add([folder / "config.yaml"], commit=True)
    assert git(folder, "rev-list", "--count", "HEAD") == "1"
    assert all(name.startswith(".exptrack/") for name in files_in(folder, "HEAD"))
    assert git(folder, "status", "--porcelain") == "A  other.py\n?? config.yaml"
    assert fsck(folder) == ""


def test_commit_on_a_detached_head_moves_only_head(repository: Path) -> None:
    """As `git commit` does there: HEAD moves, no branch does."""
    (repository / "config.yaml").write_text("lr: 0.1\n")
    git(repository, "checkout", "-q", "--detach")
    branch = git(repository, "rev-parse", "main")
    with ExperimentRegistry(repository) as registry:
        registry.add([repository / "config.yaml"], commit=True)
    assert git(repository, "rev-parse", "main") == branch
    assert git(repository, "rev-parse", "HEAD~1") == branch
    assert run_git(repository, "symbolic-ref", "-q", "HEAD").returncode == 1


def test_commit_from_a_subfolder_and_a_linked_worktree(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths are the work tree's, wherever one stands; each worktree commits on its own branch."""
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "-q", "-b", "side", str(linked))
    (linked / "sub").mkdir()
    (linked / "sub" / "config.yaml").write_text("lr: 0.1\n")
    monkeypatch.chdir(linked / "sub")
    main = git(repository, "rev-parse", "main")
    with ExperimentRegistry() as registry:
        [added] = registry.add(["config.yaml"], commit=True)
    assert added.source == "sub/config.yaml"
    assert git(repository, "rev-parse", "main") == main
    assert git(linked, "rev-parse", "side~1") == main
    assert git(linked, "status", "--porcelain") == "?? sub/"
    assert ".exptrack/format" in files_in(linked, "side")


@pytest.mark.parametrize("maker", [merging, rebasing])
def test_commit_is_refused_during_a_merge_or_rebase(tmp_path: Path, maker: Any) -> None:
    """A commit then would become part of it: refused before anything is registered."""
    folder = maker(tmp_path)
    (folder / "config.yaml").write_text("lr: 0.1\n")
    before = footprint(folder)
    with ExperimentRegistry(folder) as registry:
        with pytest.raises(RepositoryError, match="is under way"):
            registry.add([folder / "config.yaml"], commit=True)
        assert registry.list() == []
        assert footprint(folder) == before
        registry.add([folder / "config.yaml"])
    assert footprint(folder) == before


def test_commit_is_refused_where_the_index_is_locked(repository: Path) -> None:
    """Another git command at work (or one that crashed) is named, and nothing is registered."""
    (repository / "config.yaml").write_text("lr: 0.1\n")
    (repository / ".git/index.lock").touch()
    with ExperimentRegistry(repository) as registry:
        with pytest.raises(RepositoryError, match="index is locked"):
            registry.add([repository / "config.yaml"], commit=True)
        assert registry.list() == []
        with pytest.raises(UsageError):
            registry.add([repository / "config.yaml"], commit=True, worktree=False)


def test_commit_in_a_bare_repository_is_refused(repository: Path, tmp_path: Path) -> None:
    """There is no work tree to commit from."""
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")
    (tmp_path / "config.yaml").write_text("lr: 0.1\n")
    with ExperimentRegistry(tmp_path / "bare.git", warn=lambda _: None) as registry:
        with pytest.raises(GittrackError, match="no work tree"):
            registry.add([tmp_path / "config.yaml"], commit=True)
        assert registry.list() == []


def test_commit_brings_descriptions_that_came_later(repository: Path) -> None:
    """A config that is on the branch and was described since gets its new record committed."""
    (repository / "config.yaml").write_text("lr: 0.1\n")
    with ExperimentRegistry(repository) as registry:
        [added] = registry.add([repository / "config.yaml"], commit=True)
        registry.update(added.id, "described")
        registry.add([repository / "config.yaml"], commit=True)
    assert git(repository, "diff", "--name-only", "HEAD~1", "HEAD").count("\n") == 0
    assert git(repository, "status", "--porcelain", ".exptrack") == ""


def test_commit_works_with_ignored_and_sparse_files(repository: Path) -> None:
    """A .gitignore that names .exptrack does not keep the files that were asked for out."""
    commit_file(repository, ".gitignore", ".exptrack/\n*.yaml\n")
    (repository / "config.yaml").write_text("lr: 0.1\n")
    with ExperimentRegistry(repository) as registry:
        registry.add([repository / "config.yaml"], commit=True)
    assert git(repository, "status", "--porcelain") == ""
    assert ".exptrack/format" in files_in(repository, "HEAD")


@pytest.mark.slow
def test_commit_in_many_hundreds(repository: Path) -> None:
    """More files than fit a command line go into one commit."""
    text = "---\n".join(f"n: {n}\n" for n in range(1500))
    (repository / "sweep.yaml").write_text(text)
    with ExperimentRegistry(repository) as registry:
        added = registry.add([repository / "sweep.yaml"], commit=True)
    assert len({entry.id for entry in added}) == 1500
    assert git(repository, "rev-list", "--count", "HEAD") == "2"
    assert git(repository, "status", "--porcelain") == "?? sweep.yaml"
    assert len(files_in(repository, "HEAD")) == 3003


@pytest.mark.skipif(
    subprocess.run(("sh", "-c", "command -v ssh-keygen"), capture_output=True).returncode != 0,
    reason="no ssh-keygen to sign with",
)
def test_commit_is_signed_where_the_user_wants_it(repository: Path, tmp_path: Path) -> None:
    """commit.gpgSign counts for the commit on the branch, and not for records in refs/exptrack."""
    key = tmp_path / "key"
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)), check=True)
    git(repository, "config", "gpg.format", "ssh")
    git(repository, "config", "user.signingKey", str(key))
    git(repository, "config", "commit.gpgSign", "true")
    (repository / "config.yaml").write_text("lr: 0.1\n")
    with ExperimentRegistry(repository) as registry:
        registry.add([repository / "config.yaml"], commit=True)
    assert "gpgsig" in git(repository, "cat-file", "commit", "HEAD")
    assert "gpgsig" not in git(repository, "cat-file", "commit", "refs/exptrack/catalogue")
    assert all(n.startswith(".exptrack/") for n in files_in(repository, "HEAD") if n != "train.py")
    assert fsck(repository) == ""


def test_a_signature_that_fails_commits_nothing(repository: Path) -> None:
    """No key: one clear error, HEAD and index as before."""
    git(repository, "config", "commit.gpgSign", "true")
    git(repository, "config", "gpg.program", "false")
    (repository / "config.yaml").write_text("lr: 0.1\n")
    before = footprint(repository)
    with ExperimentRegistry(repository) as registry, pytest.raises(GittrackError) as caught:
        registry.add([repository / "config.yaml"], commit=True)
    assert len(str(caught.value).splitlines()) == 1
    assert footprint(repository) == before


def test_a_clone_of_the_committed_branch_has_the_config(repository: Path, tmp_path: Path) -> None:
    """What --commit put on the branch reaches whoever clones it."""
    (repository / "config.yaml").write_text("lr: 0.1\n")
    with ExperimentRegistry(repository) as registry:
        [added] = registry.add([repository / "config.yaml"], description="d", commit=True)
    git(tmp_path, "clone", "-q", str(repository), "clone")
    with ExperimentRegistry(tmp_path / "clone") as registry:
        assert registry.get(added.id).description == "d"


def test_a_registry_kept_open_over_a_checkout_goes_on(repository: Path) -> None:
    """A checkout that takes `.exptrack/` away does not get in the way of the next registration."""
    git(repository, "branch", "empty")
    with ExperimentRegistry(repository) as registry:
        registry.register({"n": 1})
        commit_all(repository)
        git(repository, "checkout", "-q", "empty")
        assert not (repository / ".exptrack").exists()
        config_id = registry.register({"n": 1})
        path = f".exptrack/objects/{config_id[:2]}/{config_id[2:]}.yaml"
        assert sha256sum(repository / path) == config_id
        assert len(registry.list()) == 1
        assert os.listdir(repository / ".exptrack/meta") == [config_id[:2]]
