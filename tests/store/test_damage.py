"""Damaged and hostile files: left out of listings, told by verify, and never believed."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from witness import commit_all, fsck, git, put_tree, read_blob, refs, sha256sum

from gittrack.errors import DataError, GittrackError, RepositoryError
from gittrack.registry import ExperimentRegistry

CATALOGUE = "refs/exptrack/catalogue"


def object_path(config_id: str) -> str:
    return f".exptrack/objects/{config_id[:2]}/{config_id[2:]}.yaml"


def place(folder: Path, data: bytes) -> str:
    """Put bytes into the work tree under the id that they hash to."""
    config_id = hashlib.sha256(data).hexdigest()
    path = folder / object_path(config_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return config_id


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"1", b"2"))


def windows_endings(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def binary(path: Path) -> None:
    path.write_bytes(os.urandom(200))


def link_outside(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe_instead(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


HARM = [truncate, edit, windows_endings, empty, binary, link_outside, folder_instead, pipe_instead]


@pytest.mark.parametrize("harm", HARM)
def test_a_damaged_file_beside_a_good_catalogue(
    repository: Path, harm: Callable[[Path], None]
) -> None:
    """The catalogue's copy answers, and verify names the damaged file."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1, "b": 11}, tags=["t"])
    harm(repository / object_path(config_id))
    with ExperimentRegistry(repository) as registry:
        assert registry.get("t").config == {"a": 1, "b": 11}
        assert [r.id for r in registry.list()] == [config_id]
        checked, problems = registry.verify()
        assert checked == 1
        assert [(p.id, p.place) for p in problems] == [(config_id, object_path(config_id))]
        assert len(problems[0].reason.splitlines()) == 1
        assert registry.verify([config_id])[1] == problems
        registry.register({"another": 1})
    assert fsck(repository) == ""


@pytest.mark.parametrize("harm", HARM)
def test_a_damaged_file_that_is_the_only_copy(
    repository: Path, harm: Callable[[Path], None]
) -> None:
    """It is left out of the listing, and told by `damaged` and `verify`, until it is mended."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, description="first")
        other = registry.register({"other": 3})
    commit_all(repository)
    git(repository, "update-ref", "-d", CATALOGUE)
    harm(repository / object_path(config_id))
    with ExperimentRegistry(repository) as registry:
        assert [r.id for r in registry.list()] == [other]
        assert [p.place for p in registry.damaged()] == [object_path(config_id)]
        assert [p.id for p in registry.verify()[1]] == [config_id]
        with pytest.raises(GittrackError):
            registry.get(config_id)
        path = repository / object_path(config_id)
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        git(repository, "checkout", "HEAD", "--", object_path(config_id))
        assert {r.id for r in registry.list()} == {other, config_id}
        assert registry.damaged() == []
        assert registry.get(config_id).description == "first"
        assert registry.verify()[1] == []


def test_a_file_damaged_after_it_was_indexed_is_noticed_when_read(repository: Path) -> None:
    """The index may still know it; reading the config checks the bytes and refuses."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1})
        git(repository, "update-ref", "-d", CATALOGUE)
        for folder in (repository / ".exptrack").rglob("*"):
            os.utime(folder, (1e9, 1e9))  # what has just changed is looked at once more
        registry.list()
        edit(repository / object_path(config_id))
        with pytest.raises(DataError, match="damaged") as caught:
            registry.get(config_id)
        assert "git checkout" in (caught.value.hint or "")


UNCANONICAL = [
    b"b: 1\na: 2\n",
    b"a: 1 # comment\n",
    b"a:   1\n",
    b"{a: 1}\n",
    b"---\na: 1\n",
    b"a: 1\r\n",
    b"a: 1",
    b"a: !!python/object/apply:os.system ['touch /tmp/owned']\n",
    b"a: &x [1]\nb: *x\n",
    b"- 1\n- 2\n",
    b"\xef\xbb\xbfa: 1\n",
    b"a: 0x10\n",
    b"\xff\xfe",
    b"",
]


@pytest.mark.parametrize("data", UNCANONICAL)
@pytest.mark.parametrize("plane", ["work tree", "catalogue"])
def test_bytes_that_are_not_canonical_are_no_object_even_under_their_hash(
    repository: Path, data: bytes, plane: str
) -> None:
    """The right hash is not enough: one config has one spelling."""
    with ExperimentRegistry(repository) as registry:
        good = registry.register({"good": 1})
    if plane == "work tree":
        config_id = place(repository, data)
        assert sha256sum(repository / object_path(config_id)) == config_id
        where = object_path(config_id)
    else:
        config_id = hashlib.sha256(data).hexdigest()
        put_tree(repository, CATALOGUE, {object_path(config_id): data})
        where = f"{CATALOGUE}:{object_path(config_id)}"
    with ExperimentRegistry(repository) as registry:
        assert [r.id for r in registry.list()] == [good]
        assert [p.place for p in registry.damaged()] == [object_path(config_id)]
        assert [(p.id, p.place) for p in registry.verify()[1]] == [(config_id, where)]
        with pytest.raises(GittrackError):
            registry.get(config_id)
        assert registry.search("good")[0].id == good
    assert not Path("/tmp/owned").exists()


@pytest.mark.parametrize("with_files", [True, False])
def test_damage_in_the_catalogue_comes_and_goes_with_its_commits(
    repository: Path, with_files: bool
) -> None:
    """A registry kept open leaves a config out, or takes the work tree's, until it is mended."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, worktree=with_files)
        path = object_path(config_id)
        assert len(registry.list()) == 1
        put_tree(repository, CATALOGUE, {path: b"a: 2\n"})
        assert [r.id for r in registry.list()] == ([config_id] if with_files else [])
        assert [p.place for p in registry.damaged()] == [path]
        put_tree(repository, CATALOGUE, {path: b"a: 1\n"})
        assert [r.id for r in registry.list()] == [config_id]
        assert registry.damaged() == []


def test_a_wrong_object_in_the_catalogue_and_a_good_one_in_the_work_tree(repository: Path) -> None:
    """`get` falls back to whichever copy is what its name promises."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1})
    put_tree(repository, CATALOGUE, {object_path(config_id): b"a: 2\n"})
    with ExperimentRegistry(repository) as registry:
        assert registry.get(config_id).config == {"a": 1}
        [problem] = registry.verify()[1]
        assert problem.place == f"{CATALOGUE}:{object_path(config_id)}"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"first", b"worst"),
        lambda data: data[:-4],
        lambda data: b"",
        lambda data: b"a: 1\n",
        lambda data: data + b"unknown: 1\n",
    ],
    ids=["edited", "cut", "empty", "another thing", "unknown field"],
)
@pytest.mark.parametrize("plane", ["work tree", "catalogue"])
def test_a_damaged_meta_record_is_told_and_left_out(
    repository: Path, change: Callable[[bytes], bytes], plane: str
) -> None:
    """The config stays; what the damaged record says is not believed."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, description="first", worktree=plane == "work tree")
    folder = f".exptrack/meta/{config_id[:2]}"
    name = git(repository, "ls-tree", "--name-only", f"{CATALOGUE}:{folder}")
    path = f"{folder}/{name}"
    data = read_blob(repository, f"{CATALOGUE}:{path}")
    if plane == "work tree":
        (repository / path).write_bytes(change(data))
        git(repository, "update-ref", "-d", CATALOGUE)
        where = path
    else:
        put_tree(repository, CATALOGUE, {path: change(data)})
        where = f"{CATALOGUE}:{path}"
    with ExperimentRegistry(repository) as registry:
        record = registry.get(config_id)
        assert (record.config, record.description, record.author) == ({"a": 1}, "", "")
        assert [p.place for p in registry.verify()[1]] == [where]
        assert [p.place for p in registry.damaged()] == [path]
        registry.update(config_id, "described")
        assert registry.get(config_id).description == "described"


def test_a_record_renamed_to_another_config_is_not_believed_twice(repository: Path) -> None:
    """A record without an object is nothing to list."""
    stray = ".exptrack/meta/ab/" + "c" * 62 + ".0123456789ab.yaml"
    (repository / stray).parent.mkdir(parents=True)
    (repository / stray).write_bytes(b"author: x\n")
    with ExperimentRegistry(repository) as registry:
        assert registry.list() == []
        assert [p.place for p in registry.verify()[1]] == [stray]


@pytest.mark.parametrize("what", ["link", "file", "dangling link", "link to a folder inside"])
def test_an_exptrack_that_is_no_folder_is_refused(
    repository: Path, tmp_path: Path, what: str
) -> None:
    """`.exptrack` as a symbolic link could lead anywhere: one line, nothing is written there."""
    outside = tmp_path / "outside"
    outside.mkdir()
    target = repository / ".exptrack"
    if what == "file":
        target.write_text("hello")
    elif what == "link to a folder inside":
        (repository / "inside").mkdir()
        target.symlink_to("inside")
    else:
        target.symlink_to(outside if what == "link" else tmp_path / "nowhere")
    with pytest.raises(RepositoryError, match="must be a folder"):
        ExperimentRegistry(repository)
    assert list(outside.iterdir()) == []
    assert refs(repository, "refs/exptrack") == {}


@pytest.mark.parametrize("below", ["objects", "meta", "objects/{shard}", "meta/{shard}"])
def test_a_link_below_exptrack_leads_nothing_outside(
    repository: Path, tmp_path: Path, below: str
) -> None:
    """A committed symbolic link in place of a folder gets nothing written or read through it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, worktree=False)
        link = repository / ".exptrack" / below.format(shard=config_id[:2])
        link.parent.mkdir(parents=True)
        link.symlink_to(outside)
        with pytest.raises(RepositoryError, match="symbolic link"):
            registry.register({"a": 1}, tags=["t"])
        assert list(outside.iterdir()) == []
        assert "refs/exptrack/tags/t" not in refs(repository)
        secret = place(tmp_path, b"secret: 1\n")
        shutil.copy(tmp_path / object_path(secret), outside / f"{secret[2:]}.yaml")
        registry.list()
        registry.delete(config_id)
        registry.restore(config_id, worktree=False)
    assert len(list(outside.iterdir())) == 1


def test_links_in_the_catalogues_tree_are_no_objects(repository: Path) -> None:
    """A tree that comes from elsewhere may hold a symbolic link as an object: it is left out."""
    with ExperimentRegistry(repository) as registry:
        registry.register({"a": 1})
    config_id = "ab" * 32
    index = {"GIT_INDEX_FILE": str(repository / ".git/plumbing")}
    git(repository, "read-tree", CATALOGUE, variables=index)
    blob = git(repository, "hash-object", "-w", "--stdin", stdin="/etc/passwd")
    git(
        repository,
        "update-index",
        "--index-info",
        stdin=f"120000 {blob}\t{object_path(config_id)}\n",
        variables=index,
    )
    tree = git(repository, "write-tree", variables=index)
    commit = git(repository, "commit-tree", tree, "-p", CATALOGUE, "-m", "link")
    git(repository, "update-ref", CATALOGUE, commit)
    with ExperimentRegistry(repository) as registry:
        assert len(registry.list()) == 1
        with pytest.raises(GittrackError):
            registry.get(config_id)


def test_a_catalogue_ref_that_is_no_commit_is_refused_in_a_line(repository: Path) -> None:
    """Whatever the ref is made to point to, the answer is an error or an empty listing."""
    blob = git(repository, "hash-object", "-w", "--stdin", stdin="hello")
    git(repository, "update-ref", CATALOGUE, blob)
    with ExperimentRegistry(repository) as registry:
        for act in (registry.list, registry.verify, lambda: registry.register({"a": 1})):
            with suppress(GittrackError):
                act()
        with pytest.raises(DataError, match="names a blob, not a commit") as caught:
            registry.register({"a": 2})
    assert caught.value.hint == f"see where it was: git reflog {CATALOGUE}"
    assert refs(repository)[CATALOGUE] == blob


def test_a_missing_blob_is_told(repository: Path) -> None:
    """An object that git lost is named by verify, and the others still answer."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, worktree=False)
        other = registry.register({"b": 1}, worktree=False)
        registry.list()
    git(repository, "repack", "-adq")
    blob = git(repository, "rev-parse", f"{CATALOGUE}:{object_path(config_id)}")
    [pack] = (repository / ".git/objects/pack").glob("*.pack")
    moved = repository / ".git" / pack.name
    pack.chmod(0o644)
    pack.rename(moved)
    for leftover in (repository / ".git/objects/pack").iterdir():
        leftover.unlink()
    git(repository, "unpack-objects", "-q", stdin=moved.read_bytes())
    lost = repository / ".git/objects" / blob[:2] / blob[2:]
    lost.chmod(0o644)
    lost.unlink()
    with ExperimentRegistry(repository) as registry:
        assert registry.get(other).config == {"b": 1}
        with pytest.raises(DataError):
            registry.get(config_id)
        assert [p.id for p in registry.verify()[1]] == [config_id]


def test_long_and_deep_files_do_no_harm(repository: Path) -> None:
    """Huge or deeply nested files under a right hash cost an entry in the damage report."""
    ids = {
        place(repository, b"a: " + b"[" * 5000 + b"]" * 5000 + b"\n"),
        place(repository, b"".join(b" " * (2 * n) + b"a:\n" for n in range(200))),
        place(repository, b"a: " + b"9" * 100_000 + b"\n"),
    }
    with ExperimentRegistry(repository) as registry:
        assert registry.list() == []
        assert {p.id for p in registry.verify()[1]} == ids
        assert len(registry.damaged()) == 3
