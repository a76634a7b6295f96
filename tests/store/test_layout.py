"""What lies where: plain git and sha256sum must be able to answer without this program."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest
import yaml
from witness import (
    commit_all,
    commit_file,
    files_in,
    fsck,
    git,
    name_somebody,
    new_repository,
    put_tree,
    read_blob,
    refs,
    run_git,
    sha256sum,
)

from gittrack.errors import RepositoryError
from gittrack.registry import ExperimentRegistry

CATALOGUE = "refs/exptrack/catalogue"
CONFIG = {"model": {"layers": [64, 32]}, "lr": 1e-3, "text": "yes", 3: None}


def object_path(config_id: str) -> str:
    return f".exptrack/objects/{config_id[:2]}/{config_id[2:]}.yaml"


def test_the_objects_file_hashes_to_its_name_in_both_planes(repository: Path) -> None:
    """`sha256sum` of the file is the config's id, and the catalogue holds the same bytes."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register(CONFIG)
    path = object_path(config_id)
    assert sha256sum(repository / path) == config_id
    data = read_blob(repository, f"{CATALOGUE}:{path}")
    assert data == (repository / path).read_bytes()
    assert yaml.safe_load(data) == CONFIG


def test_meta_records_are_named_by_their_own_hash(repository: Path) -> None:
    """The last twelve digits of a record's name are the start of the SHA-256 of its bytes."""
    with ExperimentRegistry(repository) as registry:
        parent = registry.register({"a": 0})
        config_id = registry.register(CONFIG, description="first", parents=[parent])
        registry.update(config_id, "second")
    found = sorted((repository / ".exptrack/meta" / config_id[:2]).iterdir())
    assert len(found) == 2
    in_catalogue = files_in(repository, CATALOGUE)
    told = []
    for file in found:
        rest, digits, ending = file.name.split(".")
        assert (rest, ending) == (config_id[2:], "yaml")
        assert sha256sum(file)[:12] == digits
        name = str(file.relative_to(repository))
        assert read_blob(repository, in_catalogue[name]) == file.read_bytes()
        told.append(yaml.safe_load(file.read_text()))
    told.sort(key=lambda record: record["created_at"])
    assert [record["description"] for record in told] == ["first", "second"]
    assert told[0]["parents"] == [parent]
    assert told[0]["author"] == "Ada Lovelace <ada@example.org>"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", told[0]["created_at"])


def test_the_catalogue_holds_objects_and_records_and_nothing_else(repository: Path) -> None:
    """Format number, one object and one record for each config; no file of the user's."""
    with ExperimentRegistry(repository) as registry:
        ids = registry.register_many([{"n": n} for n in range(20)], tags=["t"])
    found = files_in(repository, CATALOGUE)
    assert {p for p in found if p.startswith(".exptrack/objects/")} == set(map(object_path, ids))
    assert len([p for p in found if p.startswith(".exptrack/meta/")]) == 20
    assert len(found) == 41
    assert read_blob(repository, found[".exptrack/format"]) == b"1\n"


def test_a_tags_tree_holds_its_configs_and_its_true_name(repository: Path) -> None:
    """`git ls-tree` of a tag's ref lists the configs that bear it, with the catalogue's blobs."""
    with ExperimentRegistry(repository) as registry:
        first = registry.register(CONFIG, tags=["Base Line"])
        second = registry.register({"a": 1}, tags=["Base Line"])
        registry.register({"a": 2})
        [tag] = registry.tags()
        found = files_in(repository, tag.ref)
        catalogue = files_in(repository, CATALOGUE)
        assert found == {
            object_path(first): catalogue[object_path(first)],
            object_path(second): catalogue[object_path(second)],
            ".exptrack/tag.yaml": found[".exptrack/tag.yaml"],
        }
        assert yaml.safe_load(read_blob(repository, found[".exptrack/tag.yaml"])) == {
            "name": "Base Line"
        }
        digest = hashlib.sha256(b"Base Line").hexdigest()[:8]
        assert tag.ref == f"refs/exptrack/tags/base-line-{digest}"
        registry.untag(first, "Base Line")
        assert object_path(first) not in files_in(repository, tag.ref)


def test_git_log_tells_who_tagged_what(repository: Path) -> None:
    """The history of a tag's ref is its story: author, time, message; HEAD's has nothing of it."""
    head_log = git(repository, "reflog", "--format=%H", "HEAD")
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register(CONFIG, tags=["baseline"], description="the first")
        registry.untag(config_id, "baseline")
    story = git(repository, "log", "--format=%an|%s", "refs/exptrack/tags/baseline").splitlines()
    assert story == [
        f"Ada Lovelace|untag baseline: {config_id[:12]}",
        f"Ada Lovelace|tag baseline: {config_id[:12]}",
    ]
    assert git(repository, "log", "--format=%s", CATALOGUE) == (
        f"register {config_id[:12]}: the first"
    )
    assert git(repository, "reflog", "--format=%H", "HEAD") == head_log
    assert git(repository, "branch", "--format=%(refname)") == "refs/heads/main"


def test_refs_grow_with_tags_and_not_with_configs(repository: Path) -> None:
    """Two hundred configs under two tags make three refs."""
    with ExperimentRegistry(repository) as registry:
        for start in range(0, 200, 50):
            registry.register_many([{"n": n} for n in range(start, start + 50)], tags=["a", "b"])
    assert sorted(refs(repository, "refs/exptrack")) == [
        CATALOGUE,
        "refs/exptrack/tags/a",
        "refs/exptrack/tags/b",
    ]


@pytest.mark.slow
def test_packs_do_not_pile_up(repository: Path) -> None:
    """Hundreds of single registrations leave a bounded number of packs, and no temporary file."""
    for _ in range(3):
        with ExperimentRegistry(repository) as registry:
            for _ in range(60):
                registry.register({"n": len(registry.list(full=False))}, worktree=False)
    folder = repository / ".git" / "objects" / "pack"
    assert len(list(folder.glob("*.pack"))) < 110
    assert not [p for p in folder.iterdir() if p.suffix == ".keep" or p.name.startswith("tmp")]
    assert fsck(repository) == ""
    with ExperimentRegistry(repository) as registry:
        assert len(registry.list()) == 180


@pytest.fixture
def shared(repository: Path) -> tuple[Path, str, str]:
    """A repository whose branch has the committed files of a config and its parent."""
    with ExperimentRegistry(repository) as registry:
        parent = registry.register({"lr": 0.1})
        config_id = registry.register(
            CONFIG, description="the first", parents=[parent], tags=["local tag"]
        )
    commit_all(repository, "Register configs")
    return repository, config_id, parent


@pytest.mark.parametrize("kind", ["plain", "bare", "shallow"])
def test_a_clone_of_the_branch_alone_knows_the_configs(
    shared: tuple[Path, str, str], tmp_path: Path, kind: str
) -> None:
    """`git clone` without refs/exptrack: list, get, compare and verify answer all the same."""
    origin, config_id, parent = shared
    options = {"plain": (), "bare": ("--bare",), "shallow": ("--depth=1",)}[kind]
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", *options, origin.as_uri(), str(clone))
    assert refs(clone, "refs/exptrack") == {}
    with ExperimentRegistry(origin) as registry:
        original = registry.get(config_id)
    with ExperimentRegistry(clone) as registry:
        assert {r.id for r in registry.list()} == {config_id, parent}
        got = registry.get(config_id[:10])
        assert got.config == CONFIG
        assert (got.description, got.created_at, got.author, got.parents) == (
            original.description,
            original.created_at,
            original.author,
            original.parents,
        )
        assert registry.compare(config_id, parent).differs
        assert [r.id for r in registry.list(where="lr = 0.1")] == [parent]
        assert [m.id for m in registry.grep("layers")] == [config_id]
        assert registry.verify() == (2, [])
        assert registry.damaged() == []
        assert registry.log(config_id)[0].action == "register"


@pytest.mark.parametrize("kind", ["plain", "bare"])
def test_registering_in_such_a_clone_brings_the_records_along(
    shared: tuple[Path, str, str], tmp_path: Path, kind: str
) -> None:
    """What the branch holds enters the catalogue with its records, and no new record is made."""
    origin, config_id, _ = shared
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", *(("--bare",) if kind == "bare" else ()), str(origin), str(clone))
    name_somebody(clone)
    git(clone, "config", "user.name", "Somebody Else")
    with ExperimentRegistry(clone) as registry:
        before = registry.get(config_id)
        assert registry.register(CONFIG) == config_id
        after = registry.get(config_id)
        assert after == before
    catalogue = files_in(clone, CATALOGUE)
    records = [p for p in catalogue if f"{config_id[2:]}." in p and "/meta/" in p]
    assert len(records) == 1
    assert catalogue[records[0]] == files_in(clone, "HEAD")[records[0]]
    if kind == "plain":
        assert git(clone, "status", "--porcelain") == ""


@pytest.mark.parametrize("kind", ["plain", "bare"])
def test_tagging_and_describing_in_such_a_clone(
    shared: tuple[Path, str, str], tmp_path: Path, kind: str
) -> None:
    """A config that only the branch holds can be tagged, described, deleted and restored."""
    origin, config_id, parent = shared
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", *(("--bare",) if kind == "bare" else ()), str(origin), str(clone))
    name_somebody(clone)
    with ExperimentRegistry(clone) as registry:
        registry.tag(config_id, "here")
        registry.update(config_id, "described here")
        got = registry.get("here")
        assert (got.description, got.parents) == ("described here", (parent,))
        if kind == "plain":
            registry.delete(config_id)
            assert [r.id for r in registry.list()] == [parent]
            registry.restore(config_id)
            assert registry.get("here").description == "described here"
    assert fsck(clone) == ""


def test_two_branches_that_register_the_same_config_merge(repository: Path) -> None:
    """Each branch has its own record of the same object: git merges them by itself."""
    git(repository, "checkout", "-q", "-b", "side")
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register(CONFIG, description="on the side")
    commit_all(repository)
    git(repository, "checkout", "-q", "main")
    git(repository, "update-ref", "-d", CATALOGUE)  # as if it were another machine
    assert not (repository / ".exptrack").exists()
    with ExperimentRegistry(repository) as registry:
        registry.register(CONFIG, description="on main")
    commit_all(repository)
    merged = run_git(repository, "merge", "-q", "--no-edit", "side")
    assert merged.returncode == 0, merged
    with ExperimentRegistry(repository) as registry:
        assert registry.get(config_id).description == "on main"
        assert [
            e.text for e in registry.log(config_id) if e.action in ("register", "describe")
        ] == [
            "on main",
            "on the side",
        ]
        assert registry.verify() == (1, [])


def test_line_ending_rules_protect_the_bytes(repository: Path, tmp_path: Path) -> None:
    """A clone with autocrlf has the same bytes, thanks to `.exptrack/.gitattributes`."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register(CONFIG, description="a\nb")
    commit_all(repository)
    options = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
    git(tmp_path, *options, "clone", "-q", str(repository), "windows")
    assert b"\r\n" in (tmp_path / "windows" / "train.py").read_bytes()
    assert sha256sum(tmp_path / "windows" / object_path(config_id)) == config_id
    with ExperimentRegistry(tmp_path / "windows") as registry:
        assert registry.verify() == (1, [])


def test_other_peoples_files_are_left_alone(repository: Path) -> None:
    """What lies in `.exptrack/` and is not ours is neither read, moved nor complained about."""
    strange = {
        ".exptrack/README.md": b"hello",
        ".exptrack/objects/README": b"hello",
        ".exptrack/objects/zz/file.yaml": b"a: 1\n",
        ".exptrack/objects/ab/short.yaml": b"a: 1\n",
        ".exptrack/pins/prod.yaml": b"config: x\n",
        ".exptrack/meta/ab/note.txt": b"",
    }
    for name, data in strange.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_bytes(data)
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1})
        registry.delete(config_id)
        assert registry.list() == []
        assert registry.damaged() == []
        assert registry.verify() == (0, [])
    assert {name: (repository / name).read_bytes() for name in strange} == strange


def test_all_is_well_after_the_users_git_cleans_up(repository: Path) -> None:
    """gc, repack, prune, pack-refs and reflog expiry lose nothing that was recorded."""
    with ExperimentRegistry(repository) as registry:
        ids = registry.register_many([{"n": n} for n in range(10)], tags=["t"])
        registry.delete(ids[0])
        git(repository, "pack-refs", "--all", "--prune")
        git(repository, "reflog", "expire", "--expire=now", "--all")
        git(repository, "gc", "-q", "--prune=now", "--aggressive")
        git(repository, "prune", "--expire=now")
        assert {r.id for r in registry.list()} == set(ids[1:])
        registry.restore(ids[0])
        registry.register({"after": "gc"})
        assert {r.id for r in registry.search_by_tag("t")} == set(ids)
    assert fsck(repository) == ""


def test_the_index_folder_may_go_at_any_time(repository: Path) -> None:
    """`.git/exptrack/` holds nothing that matters."""
    with ExperimentRegistry(repository) as registry:
        ids = registry.register_many([{"n": n} for n in range(3)], tags=["t"])
        before = registry.list()
        shutil.rmtree(repository / ".git" / "exptrack")
        assert registry.list() == before
        shutil.rmtree(repository / ".git" / "exptrack")
        registry.register({"after": 1})
        shutil.rmtree(repository / ".git" / "exptrack")
        assert {r.id for r in registry.search_by_tag("t")} == set(ids)


def test_the_work_tree_gets_no_file_without_being_asked(repository: Path) -> None:
    """Describing and tagging a config that is not in the work tree writes no file there."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register(CONFIG, worktree=False)
        registry.update(config_id, "described")
        registry.tag(config_id, "t")
        assert not (repository / ".exptrack").exists()
        registry.register(CONFIG)
    assert sha256sum(repository / object_path(config_id)) == config_id
    assert len(list((repository / ".exptrack/meta" / config_id[:2]).iterdir())) == 2


@pytest.mark.parametrize("place", ["work tree", "catalogue", "bare HEAD"])
def test_a_format_from_the_future_is_refused_and_nothing_changes(
    repository: Path, tmp_path: Path, place: str
) -> None:
    """An unknown number in `.exptrack/format` is one clear line, and no ref or file moves."""
    with ExperimentRegistry(repository) as registry:
        registry.register(CONFIG)
    if place == "catalogue":
        put_tree(repository, CATALOGUE, {".exptrack/format": b"2\n"})
        where = repository
    else:
        (repository / ".exptrack/format").write_text("2\n")
        where = repository
        if place == "bare HEAD":
            commit_all(repository)
            where = tmp_path / "bare.git"
            git(tmp_path, "clone", "-q", "--bare", str(repository), str(where))
            name_somebody(where)
    before = refs(where)

    def act(what: str) -> None:
        with ExperimentRegistry(where) as registry:
            if what == "register":
                registry.register({"new": 1})
            elif what == "list":
                registry.list()
            elif what == "verify":
                registry.verify()
            else:
                registry.get("@")

    for what in ("register", "list", "verify", "get"):
        with pytest.raises(RepositoryError, match=r"format '2'.*knows format 1 only") as caught:
            act(what)
        assert "\n" not in str(caught.value)
    assert refs(where) == before
    files = [p for p in (where / ".exptrack").rglob("*") if p.is_file()]
    assert len(files) == (0 if place == "bare HEAD" else 4)


def test_a_linked_worktree_shows_the_catalogue_and_its_own_files(
    repository: Path, tmp_path: Path
) -> None:
    """Worktrees share what is registered, and each sees what only its own branch holds."""
    with ExperimentRegistry(repository) as registry:
        both = registry.register({"in": "both"}, worktree=False)
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "-q", "-b", "side", str(linked))
    stranger = new_repository(tmp_path / "stranger", commit=True)
    with ExperimentRegistry(stranger) as registry:
        only_here = registry.register({"only": "linked"})
        only_there = registry.register({"only": "main"})
    for target, config_id in ((linked, only_here), (repository, only_there)):
        path = object_path(config_id)
        (target / path).parent.mkdir(parents=True)
        shutil.copy(stranger / path, target / path)
    with ExperimentRegistry(linked) as side, ExperimentRegistry(repository) as main:
        for _ in range(2):
            assert {r.id for r in side.list()} == {both, only_here}
            assert {r.id for r in main.list()} == {both, only_there}
        assert side.get(only_here).config == {"only": "linked"}
        assert main.list(where="only = 'main'")[0].id == only_there
        assert side.list(where="only = 'main'") == []


def test_a_branch_switch_changes_what_is_seen_and_loses_nothing(repository: Path) -> None:
    """The catalogue stays whatever branch is checked out, with the files gone or back."""
    git(repository, "checkout", "-q", "-b", "with")
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register(CONFIG, tags=["t"])
        commit_all(repository)
        git(repository, "checkout", "-q", "main")
        assert not (repository / ".exptrack").exists()
        assert registry.get("t").config == CONFIG
        commit_file(repository, "other.py", "x\n")
        git(repository, "branch", "-q", "-D", "with")
        git(repository, "gc", "-q", "--prune=now")
        assert registry.get(config_id).config == CONFIG
