"""The code of a run: the work tree of one moment as a commit that nothing takes away."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from places import PLACES, Maker
from witness import (
    commit_all,
    commit_file,
    footprint,
    fsck,
    git,
    install_failing_hooks,
    name_somebody,
    new_repository,
    read_blob,
    refs,
)

from gittrack.git.repository import discover
from gittrack.store.code import CODE, CodeLimits, CodeState, capture_code
from gittrack.store.lock import writers_turn
from gittrack.store.publishing import Publisher
from gittrack.store.session import Session

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\n"


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Session, Publisher]]:
    session = Session(discover(folder))
    try:
        yield session, Publisher(session)
    finally:
        session.close()


def capture(folder: Path, limits: CodeLimits | None = None) -> CodeState:
    with opened(folder) as (session, publisher):
        return capture_code(session, publisher, limits=limits or CodeLimits())


def entries(folder: Path, tree: str) -> dict[str, str]:
    """The paths of a tree, each with mode and object."""
    listing = git(folder, "ls-tree", "-r", "-z", "--full-tree", tree)
    pairs = (record.split("\t", 1) for record in listing.split("\0")[:-1])
    return {path: facts for facts, path in pairs}


def by_git(folder: Path) -> str:
    """The tree that git itself makes of everything that is not ignored, in a copy."""
    index = folder.resolve().parent / f"{folder.name}.index"
    own = Path(git(folder, "rev-parse", "--path-format=absolute", "--git-path", "index"))
    if own.exists():
        shutil.copy(own, index)
    variables = {"GIT_INDEX_FILE": str(index)}
    git(folder, "add", "--all", "--", ":/", variables=variables)
    tree = git(folder, "write-tree", variables=variables)
    index.unlink()
    return tree


def left_out(state: CodeState) -> dict[str, str]:
    return {one.path: one.reason for one in state.left_out}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_the_tree_is_the_work_tree_wherever_it_lies(place: Maker, tmp_path: Path) -> None:
    """In every kind of repository the commit holds what git would, and nothing else changes."""
    folder = place(tmp_path)
    bare = git(folder, "rev-parse", "--is-bare-repository") == "true"
    if not bare:
        (folder / "notes.txt").write_text("untracked\n")
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "deep" / "er" / "run.sh").write_text("#!/bin/sh\n")
        (folder / "deep" / "er" / "run.sh").chmod(0o755)
    marker = tmp_path / "hooks.log"
    install_failing_hooks(folder, marker)
    before = footprint(folder)
    state = capture(folder)
    assert footprint(folder) == before
    assert not marker.exists()
    assert refs(folder, CODE) == {CODE: state.commit}
    assert git(folder, "rev-parse", f"{CODE}^{{tree}}") == state.tree
    assert state.tree == (git(folder, "rev-parse", "HEAD^{tree}") if bare else by_git(folder))
    assert state.dirty is not bare
    assert fsck(folder) == ""


def test_every_kind_of_change_is_in_the_tree(repository: Path) -> None:
    """Edits, deletions, modes, links, folders for files, odd names: as git would commit them."""
    names = ["edit", "gone", "mode", "link", "folder", "file/inner", "staged", "both", "unadded"]
    names += ["alone/deep/only", "folder-a", "folder.b"]  # git sorts a folder its own way
    for name in names:
        commit_file(repository, name, name)
    (repository / "edit").write_text("edited")
    (repository / "gone").unlink()
    (repository / "alone" / "deep" / "only").unlink()
    (repository / "mode").chmod(0o755)
    (repository / "link").unlink()
    (repository / "link").symlink_to("./nowhere/../at all/")
    (repository / "folder").unlink()
    (repository / "folder").mkdir()
    (repository / "folder" / "new").write_text("1")
    shutil.rmtree(repository / "file")
    (repository / "file").write_text("was a folder")
    (repository / "staged").write_text("staged")
    git(repository, "add", "staged")
    (repository / "both").write_text("staged")
    git(repository, "add", "both")
    (repository / "both").write_text("and changed again")
    git(repository, "rm", "-q", "--cached", "unadded")
    (repository / "intended").write_text("later")
    git(repository, "add", "-N", "intended")
    for name in ('a"b', "a\nb", "a\tb", "-o", "\\", " ", "日本", ":(top)x", "\udcff"):
        (repository / name).write_text("odd")
    before = footprint(repository)
    state = capture(repository)
    assert footprint(repository) == before
    assert state.tree == by_git(repository)
    assert state.left_out == ()
    assert entries(repository, state.commit)["link"].startswith("120000 blob")
    assert read_blob(repository, f"{state.commit}:link") == b"./nowhere/../at all/"
    assert fsck(repository) == ""


def test_its_parents_keep_the_state_before_and_head(repository: Path) -> None:
    """The chain survives when the branch is reset and everything unreachable is pruned."""
    head = git(repository, "rev-parse", "HEAD")
    first = capture(repository)
    assert git(repository, "log", "-1", "--format=%P", first.commit) == head
    second_head = commit_file(repository, "train.py", "print('second')\n")
    (repository / "train.py").write_text("print('dirty')\n")
    second = capture(repository)
    assert git(repository, "log", "-1", "--format=%P", CODE) == f"{first.commit} {second_head}"
    git(repository, "reset", "-q", "--hard", head)
    git(repository, "reflog", "expire", "--expire=now", "--all")
    git(repository, "gc", "-q", "--prune=now")
    assert read_blob(repository, f"{second.commit}:train.py") == b"print('dirty')\n"
    assert git(repository, "show", f"{second_head}:train.py") == "print('second')"


def test_a_state_that_comes_again_is_not_recorded_again(repository: Path) -> None:
    """The same tree on the same HEAD is the same commit, in this process and in the next."""
    clean = capture(repository)
    assert capture(repository) == clean
    (repository / "train.py").write_text("print('changed')\n")
    changed = capture(repository)
    assert (changed.dirty, changed.changed, clean.dirty) == (True, 1, False)
    git(repository, "checkout", "-q", "train.py")
    assert capture(repository).commit == clean.commit
    git(repository, "commit", "-q", "--allow-empty", "-m", "Same tree, another HEAD")
    moved = capture(repository)
    assert (moved.tree, moved.commit == clean.commit) == (clean.tree, False)
    assert git(repository, "rev-list", "--count", "--first-parent", CODE) == "4"


def test_a_change_within_one_tick_of_the_clock_is_seen(repository: Path) -> None:
    """A file of the same size and time, but with other bytes, is another state."""
    (repository / "new.py").write_text("a = 1\n")
    stamp = time.time_ns()
    os.utime(repository / "new.py", ns=(stamp, stamp))
    with opened(repository) as (session, publisher):
        first = capture_code(session, publisher)
        (repository / "new.py").write_text("a = 2\n")
        os.utime(repository / "new.py", ns=(stamp, stamp))
        second = capture_code(session, publisher)
    assert first.tree != second.tree == by_git(repository)


def test_a_lost_code_ref_is_made_again(repository: Path) -> None:
    """What this process remembers counts only while its commit is still on the ref."""
    with opened(repository) as (session, publisher):
        first = capture_code(session, publisher)
        git(repository, "update-ref", "-d", CODE)
        again = capture_code(session, publisher)
    assert refs(repository, CODE) == {CODE: again.commit}
    assert again.tree == first.tree


def test_ignored_large_and_secret_files_are_left_out_and_named(repository: Path) -> None:
    """None of their bytes reaches git, and the state says which files and why."""
    commit_file(repository, ".gitignore", "data/\n*.log\n")
    commit_file(repository, "deploy.pem", "in HEAD already\n")
    commit_file(repository, "weights.bin", "small\n")
    (repository / "data").mkdir()
    (repository / "data" / "x.csv").write_text("IGNORED\n")
    (repository / "run.log").write_text("IGNORED\n")
    (repository / ".env").write_text("TOKEN=SECRET\n")
    (repository / ".env.example").write_text("TOKEN=\n")
    (repository / "id_rsa").write_text("SECRET\n")
    git(repository, "add", "-f", "id_rsa")
    (repository / "notes.md").write_text("ssh key:\n" + KEY)
    (repository / "deploy.pem").write_text("SECRET\n")
    (repository / "weights.bin").write_text("L" * 2000)
    for number in range(3):
        (repository / f"part{number}").write_text(f"{number}" * 900)
    state = capture(repository, CodeLimits(file_bytes=1000, total_bytes=2000))
    assert left_out(state) == {
        ".env": "looks like a secret",
        "deploy.pem": "looks like a secret",
        "id_rsa": "looks like a secret",
        "notes.md": "holds a private key",
        "part2": "the limit of all changes together is reached",
        "weights.bin": "larger than the limit of a file",
        "data/": "ignored",
        "run.log": "ignored",
    }
    assert state.ignored == 2
    found = entries(repository, state.commit)
    assert found.keys() == {
        *(".gitignore", ".env.example", "deploy.pem", "train.py", "weights.bin"),
        *("part0", "part1"),
    }
    assert read_blob(repository, f"{state.commit}:deploy.pem") == b"in HEAD already\n"
    assert read_blob(repository, f"{state.commit}:weights.bin") == b"small\n"


def test_only_some_of_many_ignored_paths_are_named(repository: Path) -> None:
    """The limit bounds the names, and the count tells of all of them."""
    commit_file(repository, ".gitignore", "*.pyc\n")
    for number in range(5):
        (repository / f"{number}.pyc").touch()
    state = capture(repository, CodeLimits(ignored_named=2))
    assert (left_out(state), state.ignored) == ({"0.pyc": "ignored", "1.pyc": "ignored"}, 5)


@pytest.mark.parametrize("split", [False, True])
def test_filters_line_ends_and_encodings_are_applied_as_git_does(
    repository: Path, split: bool
) -> None:
    """Filtered files, CRLF, UTF-16 and `$Id$`: each blob is the one that git would commit."""
    (repository / "as_crlf").write_bytes(b"kept\r\n")
    git(repository, "add", "as_crlf")
    (repository / ".gitattributes").write_text(
        "*.up filter=up\n*.txt text\n*.bin -text\nas_* text=auto\n*.id ident\n"
        "*.u16 working-tree-encoding=UTF-16LE\n"
    )
    git(repository, "config", "filter.up.clean", "tr a-z A-Z")
    git(repository, "config", "filter.up.smudge", "tr A-Z a-z")
    git(repository, "config", "core.splitIndex", str(split).lower())
    commit_all(repository)
    (repository / "as_crlf").write_bytes(b"kept\r\nas in the index\r\n")
    (repository / "as_new").write_bytes(b"new\r\n")
    (repository / "a.up").write_text("shout\n")
    (repository / "a.txt").write_bytes(b"one\r\ntwo\r\n")
    (repository / "a.bin").write_bytes(b"one\r\ntwo\r\n")
    (repository / "a.u16").write_bytes("wide\n".encode("utf-16-le"))
    (repository / "a.id").write_text("$Id: something $\n")
    expected = by_git(repository)
    git(repository, "config", "core.safecrlf", "true")
    before = footprint(repository)
    git(repository, "prune", "--expire=now")
    objects = loose_objects(repository)
    state = capture(repository)
    assert footprint(repository) == before
    assert loose_objects(repository) == objects
    assert state.tree == expected
    assert read_blob(repository, f"{state.commit}:a.up") == b"SHOUT\n"
    assert read_blob(repository, f"{state.commit}:a.txt") == b"one\ntwo\n"
    assert read_blob(repository, f"{state.commit}:as_crlf") == b"kept\r\nas in the index\r\n"


def loose_objects(folder: Path) -> set[Path]:
    return set((folder / ".git" / "objects").glob("??/*"))


def test_a_filter_that_fails_costs_its_own_files_only(repository: Path) -> None:
    """A file whose filter is not installed is left out and named; the others are taken."""
    commit_file(repository, ".gitattributes", "*.lfs filter=lfs\n*.txt text\n")
    git(repository, "config", "filter.lfs.clean", "no-such-program %f")
    git(repository, "config", "filter.lfs.required", "true")
    (repository / "model.lfs").write_text("weights\n")
    (repository / "a.txt").write_bytes(b"one\r\n")
    state = capture(repository)
    assert left_out(state) == {"model.lfs": "git could not take it in: its filter failed"}
    assert read_blob(repository, f"{state.commit}:a.txt") == b"one\n"


def test_submodules_are_links_to_their_commits(tmp_path: Path) -> None:
    """A submodule that moved is at its new commit; one that is dirty is named."""
    inner = new_repository(tmp_path / "inner", commit=True)
    outer = new_repository(tmp_path / "outer", commit=True)
    for name in ("moved", "dirty"):
        allow = ("-c", "protocol.file.allow=always")
        git(outer, *allow, "submodule", "--quiet", "add", str(inner), name)
        name_somebody(outer / name)
    git(outer, "commit", "-q", "-m", "Add submodules")
    commit_file(outer / "moved", "more.py", "1\n")
    (outer / "dirty" / "train.py").write_text("dirty\n")
    new_repository(outer / "apart", commit=True)
    state = capture(outer)
    moved = git(outer / "moved", "rev-parse", "HEAD")
    assert entries(outer, state.commit)["moved"] == f"160000 commit {moved}"
    assert left_out(state) == {
        "apart/": "a git repository of its own",
        "dirty": "the submodule has changes that are not committed",
    }


def test_sparse_files_are_as_in_head(repository: Path) -> None:
    """Files that a sparse checkout leaves away are in the tree."""
    commit_file(repository, "near/a.py", "1\n")
    commit_file(repository, "far/b.py", "2\n")
    git(repository, "sparse-checkout", "set", "near")
    assert not (repository / "far").exists()
    (repository / "near" / "a.py").write_text("changed\n")
    state = capture(repository)
    assert entries(repository, state.commit).keys() == {"train.py", "near/a.py", "far/b.py"}
    assert state.changed == 1


@pytest.mark.parametrize("name", [".GIT", "git~1", ".git ", ".g\u200cit", ".git::$INDEX"])
def test_a_name_that_git_refuses_is_left_out(repository: Path, name: str) -> None:
    """Some file system would take the name for `.git`: git could not check such a tree out."""
    (repository / "sub").mkdir()
    (repository / "sub" / name).write_text("harmless\n")
    (repository / "sub" / "fine.py").write_text("1\n")
    state = capture(repository)
    assert entries(repository, state.commit).keys() == {"train.py", "sub/fine.py"}
    assert left_out(state) == {f"sub/{name}": "git refuses such a name"}
    assert fsck(repository) == ""


def test_what_cannot_be_read_is_named(repository: Path) -> None:
    """A file without read permission costs only itself."""
    secret = repository / "locked.py"
    secret.write_text("1\n")
    secret.chmod(0)
    if os.access(secret, os.R_OK):
        pytest.skip("root reads everything")
    assert left_out(capture(repository)) == {"locked.py": "cannot be read"}


def test_branch_and_remote_are_told_without_credentials(repository: Path) -> None:
    """The remote is that of the branch, else `origin`; no user or password is in its address."""
    assert (capture(repository).branch, capture(repository).remote) == ("main", None)
    git(repository, "remote", "add", "origin", "https://ada:hunter2@example.org/repo.git")
    git(repository, "remote", "add", "up", "git@example.org:ada/repo.git")
    assert capture(repository).remote == "https://example.org/repo.git"
    git(repository, "config", "branch.main.remote", "up")
    assert capture(repository).remote == "git@example.org:ada/repo.git"
    git(repository, "checkout", "-q", "--detach")
    assert (capture(repository).branch, capture(repository).remote) == (
        None,
        "https://example.org/repo.git",
    )


def test_an_unborn_branch_after_others_is_a_state_of_its_own(repository: Path) -> None:
    """Before an orphan branch's first commit there is no HEAD, whatever was recorded before."""
    first = capture(repository)
    git(repository, "checkout", "-q", "--orphan", "fresh")
    orphan = capture(repository)
    assert (orphan.head, orphan.tree) == (None, first.tree)
    assert git(repository, "log", "-1", "--format=%P", CODE) == first.commit
    assert capture(repository).commit == orphan.commit


def test_an_empty_tree_can_be_recorded(tmp_path: Path) -> None:
    """A repository without any file, before and after its first commit, has a state."""
    folder = new_repository(tmp_path / "empty")
    before = capture(folder)
    git(folder, "commit", "-q", "--allow-empty", "-m", "Begin")
    after = capture(folder)
    assert before.tree == after.tree == git(folder, "hash-object", "-t", "tree", "/dev/null")
    assert fsck(folder) == ""


def test_linked_worktrees_record_at_the_same_time(repository: Path, tmp_path: Path) -> None:
    """Every state that was captured is on the one chain, whoever was faster."""
    folders = [repository]
    for number in range(3):
        folders.append(tmp_path / f"linked{number}")
        git(repository, "worktree", "add", "-q", "--detach", str(folders[-1]))

    def work(folder: Path) -> list[str]:
        commits = []
        for number in range(4):
            (folder / "train.py").write_text(f"{folder.name} {number}\n")
            commits.append(str(capture(folder).commit))
        return commits

    with ThreadPoolExecutor(4) as pool:
        made = [commit for commits in pool.map(work, folders) for commit in commits]
    chain = git(repository, "rev-list", "--first-parent", CODE).splitlines()
    assert len(set(made)) == 16
    assert set(made) <= set(chain)
    assert fsck(repository) == ""


def test_a_recorded_state_needs_no_writing(repository: Path) -> None:
    """Captured again while another writer holds the lock, the state is found without waiting."""
    first = capture(repository)
    with writers_turn(repository / ".git" / "exptrack"):
        assert capture(repository).commit == first.commit
    assert git(repository, "reflog", "show", "--format=%H", CODE) == first.commit


def count_git(act: Callable[[], object], trace: Path) -> list[str]:
    """The git commands that were started while something was done."""
    trace.unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_TRACE2_EVENT", str(trace))
        act()
    events = [json.loads(line) for line in trace.read_text().splitlines()]
    starts = [e["argv"] for e in events if e["event"] == "start" and "/" not in e["sid"]]
    return [argv[argv.index("fastimport.unpackLimit=0") + 1] for argv in starts]


def counted(folder: Path, trace: Path, times: int = 1) -> list[str]:
    """What capturing starts, in a repository that is opened anew."""

    def act() -> None:
        with opened(folder) as (session, publisher):
            for _ in range(times):
                capture_code(session, publisher)

    return count_git(act, trace)


def test_few_processes_are_started(repository: Path, tmp_path: Path) -> None:
    """Three for a clean work tree after opening it, and one more for a dirty one."""
    trace = tmp_path / "trace"
    capture(repository)
    assert sorted(counted(repository, trace)) == ["cat-file", "rev-parse", "status", "var"]
    (repository / "train.py").write_text("print('dirty')\n")
    (repository / "new.py").write_text("1\n")
    capture(repository)
    assert sorted(counted(repository, trace)) == [
        *("cat-file", "check-attr", "rev-parse", "status", "var"),
    ]


@pytest.mark.slow
def test_a_submodule_that_moves_again_is_seen(tmp_path: Path) -> None:
    """git's status says the same of both moves; the second one is another state all the same."""
    inner = new_repository(tmp_path / "inner", commit=True)
    outer = new_repository(tmp_path / "outer", commit=True)
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    git(outer, "commit", "-q", "-m", "Add a submodule")
    name_somebody(outer / "sub")
    for number in range(2):
        moved = commit_file(outer / "sub", "train.py", f"{number}\n")
        time.sleep(2.2)
        assert entries(outer, capture(outer).commit)["sub"] == f"160000 commit {moved}"


@pytest.mark.slow
def test_a_dirty_work_tree_is_read_once(repository: Path, tmp_path: Path) -> None:
    """Once its files have rested for two seconds, a process asks git for the status alone."""
    (repository / "train.py").write_text("print('dirty')\n")
    time.sleep(2.2)
    capture(repository)
    started = counted(repository, tmp_path / "trace", times=5)
    assert sorted(started) == ["cat-file", "rev-parse", *["status"] * 5, "var"]
