"""init, add, hash, import, export, checkout: configs from files and to files."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from answers import Exp
from witness import commit_all, git, refs, run_git, sha256sum


def test_init_writes_two_files_and_says_so(exp: Exp, repository: Path) -> None:
    """`init` names the new files and the next step; a second time it changes nothing."""
    first = exp("init")
    assert "new file: .exptrack/format" in first.out
    assert "git exp add" in first.out
    assert (repository / ".exptrack/format").read_text() == "1\n"
    assert exp("init").out == f"was ready already: {repository}\n"


def test_init_in_a_bare_repository_says_that_nothing_is_needed(exp: Exp, tmp_path: Path) -> None:
    """A bare repository has no work tree to make ready: status 3 and one clear line."""
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    answer = exp("-C", tmp_path / "bare.git", "init", status=3)
    assert "bare repository is always ready" in answer.err


def test_add_registers_and_sha256sum_verifies(exp: Exp, configs: Path) -> None:
    """What `add` prints is the start of the id, and the stored file hashes to the id."""
    mark, short_id, source = exp("add", "base.yaml").out.split()
    assert (mark, source) == ("added", "base.yaml")
    [stored] = (configs / ".exptrack/objects").glob("*/*.yaml")
    assert sha256sum(stored).startswith(short_id)
    assert stored.parent.name + stored.stem == sha256sum(stored)


def test_add_again_is_known(registered: Exp) -> None:
    """The same config registered again is no error and makes nothing new."""
    before = refs(Path(), "refs/exptrack")
    assert registered("add", "base.yaml").out.startswith("known  ")
    assert refs(Path(), "refs/exptrack") == before


def test_add_with_all_that_can_be_said(registered: Exp) -> None:
    """Description, several tags and a parent are kept; a second parent adds to the first."""
    Path("n.yaml").write_text("n: 1\n")
    registered(
        "add", "n.yaml", "--description", "mine", "-t", "a", "--tag", "b c", "--parent", "try"
    )
    registered("add", "n.yaml", "--parent", "baseline")
    shown = registered("show", "n.yaml", "--json").json
    parents = {registered("show", name, "--json").json["id"] for name in ("try", "baseline")}
    assert shown["description"] == "mine"
    assert shown["tags"] == ["a", "b c"]
    assert set(shown["parents"]) == parents
    assert shown["author"] == "Ada Lovelace <ada@example.org>"
    assert shown["source"] == "n.yaml"


def test_add_several_documents_and_folders(exp: Exp, repository: Path) -> None:
    """Every document of every file of a folder becomes one config, in the order of the names."""
    folder = repository / "grid"
    folder.mkdir()
    (folder / "b.yaml").write_text("k: 1\n---\nk: 2\n")
    (folder / "a.json").write_text('{"k": 3}')
    (folder / "notes.txt").write_text("no config")
    added = exp("add", "grid", "--json").json
    assert [one["source"] for one in added] == ["grid/a.json", "grid/b.yaml", "grid/b.yaml"]
    assert all(one["new"] for one in added)
    assert len(exp("list").lines) == 3


def test_add_reads_standard_input(exp: Exp, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is standard input; such a config has no source."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"k: 5\n")))
    assert exp("add", "-").out.endswith("standard input\n")
    assert exp("show", "@", "--json").json["source"] is None


def test_add_commit_commits_its_files_only(exp: Exp, configs: Path) -> None:
    """`--commit` commits the config's files, and leaves alone what else is staged."""
    git(configs, "add", "deep.yaml")
    exp("add", "base.yaml", "--commit")
    changed = git(configs, "show", "--name-only", "--format=", "HEAD").splitlines()
    assert changed
    assert all(name.startswith(".exptrack/") for name in changed)
    assert git(configs, "diff", "--cached", "--name-only") == "deep.yaml"


def test_add_without_work_tree_files(exp: Exp, configs: Path) -> None:
    """`--no-worktree` registers without a file in the work tree; with `--commit` it is refused."""
    exp("add", "base.yaml", "--no-worktree")
    assert not (configs / ".exptrack").exists()
    assert len(exp("list").lines) == 1
    assert "leave out one" in exp("add", "base.yaml", "--no-worktree", "--commit", status=2).err


def test_source_is_relative_to_the_repository(
    exp: Exp, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a subfolder a file is named from there, and recorded from the repository's top."""
    (repository / "sub").mkdir()
    (repository / "sub/c.yaml").write_text("k: 1\n")
    monkeypatch.chdir(repository / "sub")
    assert exp("add", "c.yaml").out.split()[-1] == "sub/c.yaml"
    assert exp("show", "@", "--json").json["source"] == "sub/c.yaml"
    assert exp("checkout", "@", status=0).out.split()[-1] == "c.yaml"


@pytest.mark.parametrize(
    ("text", "place"),
    [("a: [1,\n", "bad.yaml:"), ("- 1\n", "bad.yaml"), ("a: 1\na: 2\n", "bad.yaml:2:1"), ("", "")],
)
def test_a_bad_file_is_refused_with_its_place(
    exp: Exp, repository: Path, text: str, place: str
) -> None:
    """A file that is no config: status 3, one line with file and place, nothing registered."""
    (repository / "good.yaml").write_text("k: 1\n")
    (repository / "bad.yaml").write_text(text)
    answer = exp("add", "good.yaml", "bad.yaml", status=3)
    assert answer.err.startswith(f"error: {place}")
    assert 1 <= len(answer.err.splitlines()) <= 2
    assert exp("list", "--json").json == []


def test_files_that_are_not_there(exp: Exp, repository: Path) -> None:
    """A missing file is status 3; a folder without configs is status 1."""
    assert exp("add", "none.yaml", status=3).err.startswith("error: none.yaml: there is no such")
    (repository / "empty").mkdir()
    assert "empty: no .yaml, .yml or .json file in this folder" in exp("add", "empty", status=3).err


def test_a_file_whose_name_begins_with_a_hyphen(exp: Exp, repository: Path) -> None:
    """After `--` it is a file; before it, the message says how to write it."""
    (repository / "-x.yaml").write_text("k: 1\n")
    assert "write -- before it" in exp("add", "-x.yaml", status=2).err
    assert exp("add", "--", "-x.yaml").out.endswith("-x.yaml\n")
    assert exp("hash", "--", "-x.yaml").out.endswith("  -x.yaml\n")


def test_hash_needs_no_repository_and_registers_nothing(
    exp: Exp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`hash` prints what sha256sum would print for the canonical file, anywhere."""
    folder = tmp_path / "nowhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("c.yaml").write_text("b: 2\na:   1 # one\n")
    expected = hashlib.sha256(b"a: 1\nb: 2\n").hexdigest()
    assert exp("hash", "c.yaml").out == f"{expected}  c.yaml\n"
    assert exp("hash", "c.yaml", "--json").json == [{"id": expected, "file": "c.yaml"}]


def test_export_yaml_is_the_object(registered: Exp, tmp_path: Path) -> None:
    """A `.yaml` export has the object's bytes: `sha256sum` of it is the id."""
    file = tmp_path / "out.yaml"
    registered("export", "baseline", file)
    assert sha256sum(file) == registered("show", "baseline", "--json").json["id"]


def test_export_json_comes_back_whole(registered: Exp, tmp_path: Path) -> None:
    """A `.json` export is what `show --json` prints, and `import` brings all of it back."""
    file = tmp_path / "out.json"
    registered("export", "try", file)
    shown = registered("show", "try", "--json").json
    assert json.loads(file.read_text()) == shown
    git(tmp_path, "init", "-q", "other")
    other = ("-C", tmp_path / "other")
    assert registered(*other, "import", file, "--json").json == [{"id": shown["id"]}]
    assert registered(*other, "show", "try", "--json").json == shown


def test_export_of_what_json_cannot_say(exp: Exp, repository: Path, tmp_path: Path) -> None:
    """NaN, infinity and integer keys survive a JSON export and import exactly."""
    (repository / "odd.yaml").write_text("1: one\nx: .nan\ny: -.inf\n")
    exp("add", "odd.yaml")
    exp("export", "@", tmp_path / "odd.json")
    wanted = exp("show", "@", "--json").json["id"]
    exp("delete", "@", "--force")
    exp("import", tmp_path / "odd.json")
    assert exp("show", "@", "--json").json["id"] == wanted


def test_import_refuses_what_was_changed(registered: Exp, tmp_path: Path) -> None:
    """An export whose config was edited is no longer that config: status 3, and why."""
    file = tmp_path / "out.json"
    registered("export", "try", file)
    file.write_text(file.read_text().replace("mlp", "cnn"))
    assert "the config was changed" in registered("import", file, status=3).err


def test_import_without_work_tree_files(registered: Exp, tmp_path: Path) -> None:
    """`import --no-worktree` writes nothing into the work tree."""
    registered("export", "try", tmp_path / "out.yaml")
    git(tmp_path, "init", "-q", "other")
    answer = registered("-C", tmp_path / "other", "import", tmp_path / "out.yaml", "--no-worktree")
    assert answer.out.startswith("imported  ")
    assert not (tmp_path / "other/.exptrack").exists()


@pytest.mark.parametrize(("name", "status"), [("out.txt", 2), ("out", 2), ("none/out.yaml", 3)])
def test_export_to_a_wrong_place(registered: Exp, tmp_path: Path, name: str, status: int) -> None:
    """An unknown ending is wrong usage, a folder that is not there is status 3."""
    answer = registered("export", "try", tmp_path / name, status=status)
    assert answer.err.startswith("error: cannot ")
    assert not (tmp_path / name).exists()


def test_checkout_restores_a_file(registered: Exp, configs: Path) -> None:
    """`checkout` writes a config back where it came from, or to a file that is named."""
    (configs / "base.yaml").unlink()
    assert registered("checkout", "baseline").out.endswith("  base.yaml\n")
    wanted = registered("show", "baseline", "--json").json["id"]
    assert sha256sum(configs / "base.yaml") == wanted
    registered("checkout", "baseline", "work.yaml")
    assert sha256sum(configs / "work.yaml") == wanted


def test_checkout_does_not_overwrite_work(registered: Exp, configs: Path) -> None:
    """A file whose content is not registered stays, unless `--force` says otherwise."""
    (configs / "base.yaml").write_text("lr: 0.7\n")
    answer = registered("checkout", "baseline", status=2)
    assert "would be lost" in answer.err
    assert "git exp add base.yaml" in answer.err or "git exp add" in answer.err
    assert (configs / "base.yaml").read_text() == "lr: 0.7\n"
    registered("checkout", "baseline", "-f")
    assert "lr: 0.1" in (configs / "base.yaml").read_text()


def test_recording_leaves_the_branch_alone(registered: Exp, configs: Path) -> None:
    """After registering, HEAD, index and tracked files are as they were."""
    assert git(configs, "log", "--format=%s") == "Write train.py"
    assert git(configs, "diff", "--cached", "--name-only") == ""
    commit_all(configs)
    assert run_git(configs, "fsck", "--strict").returncode == 0
