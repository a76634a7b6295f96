"""Large artifacts and files of models: sent before the records that name them, fetched on use."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from git_hosts import new_clone, new_host, served, write_hook
from lfs_host import LfsServer, lfs_served
from witness import git, refs

from gittrack import ExperimentTracker, ModelRegistry
from gittrack.errors import GittrackError, NotFoundError, SourceError, UsageError
from gittrack.git.repository import discover
from gittrack.store.session import Session
from gittrack.sync.cloning import clone_with_records
from gittrack.sync.hosts import TransferError
from gittrack.sync.summary import Summary
from gittrack.sync.sync import Plan, sync

LARGE = bytes(range(256)) * 8192  # 2 MiB: more than git itself gets
DIGEST = hashlib.sha256(LARGE).hexdigest()

with_git_lfs = pytest.mark.skipif(shutil.which("git-lfs") is None, reason="no git-lfs")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A bare repository that clones share."""
    return new_host(tmp_path / "host.git")


@pytest.fixture
def one(host: Path, tmp_path: Path) -> Path:
    """A clone."""
    return new_clone(host, tmp_path / "one")


@pytest.fixture
def two(host: Path, tmp_path: Path) -> Path:
    """Another clone."""
    return new_clone(host, tmp_path / "two")


@pytest.fixture
def lfs() -> Iterator[LfsServer]:
    """A host's Git LFS."""
    with lfs_served() as server:
        yield server


def record(folder: Path, content: bytes = LARGE, name: str = "model.bin") -> str:
    """Record a run with an artifact; returns its id."""
    file = folder.parent / "made" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    with (
        ExperimentTracker(folder, capture=False, on_error="raise") as tracker,
        tracker.start_run("exp") as run,
    ):
        tracker.log_artifact(file)
    return run.run_id


def exchange(folder: Path, verb: str = "sync", remote: str | None = None, **how: object) -> Summary:
    with ExperimentTracker(folder, capture=False) as tracker:
        return getattr(tracker, verb)(remote, **how)  # type: ignore[no-any-return]


def artifact(folder: Path, run: str, name: str = "model.bin") -> bytes:
    with ExperimentTracker(folder, capture=False) as tracker:
        return tracker.get_artifact(run, name)


def contents(lfs: Path) -> set[str]:
    """The contents in a folder of Git LFS."""
    return {path.name for path in lfs.glob("objects/*/*/*")}


def use(lfs: LfsServer, *folders: Path) -> None:
    """Have clones use a host's Git LFS."""
    for folder in folders:
        git(folder, "config", "lfs.url", lfs.url)


# A repository on the same machine


def test_contents_go_with_records_and_come_on_use(host: Path, one: Path, two: Path) -> None:
    """A push sends a run's large file; another clone gets it when it is opened, not before."""
    run = record(one)
    went = exchange(one, "push").artifacts_went
    assert [(c.sha256, c.size) for c in went.moved] == [(DIGEST, len(LARGE))]
    assert contents(host / "lfs") == {DIGEST}
    assert exchange(two, "pull").artifacts_came.moved == frozenset()
    assert contents(two / ".git/lfs") == set()
    assert artifact(two, run) == LARGE
    assert contents(two / ".git/lfs") == {DIGEST}


def test_contents_are_there_before_their_record(host: Path, one: Path) -> None:
    """At the moment at which the host is asked to move a ref, it has the content already."""
    record(one)
    write_hook(host, "pre-receive", f"ls lfs/objects/*/*/* > {host}/seen")
    exchange(one, "push")
    assert DIGEST in (host / "seen").read_text()


def test_all_contents_come_on_demand(host: Path, one: Path, two: Path) -> None:
    """With `all`, a pull fetches what records name, also what came earlier."""
    record(one)
    record(one, LARGE[::-1], "other.bin")
    exchange(one)
    exchange(two)
    assert contents(two / ".git/lfs") == set()
    assert len(exchange(two, "pull", artifacts="all").artifacts_came.moved) == 2
    assert contents(two / ".git/lfs") == contents(host / "lfs")
    assert exchange(two, artifacts="all").artifacts_came.moved == frozenset()


def test_contents_can_stay(host: Path, one: Path) -> None:
    """With `none` records go alone; a later `all` sends what stayed."""
    record(one)
    git(one, "config", "exptrack.artifacts", "none")
    exchange(one, "push")
    assert not (host / "lfs").exists()
    exchange(one, "push", artifacts="all")
    assert contents(host / "lfs") == {DIGEST}


def test_what_is_no_choice(one: Path) -> None:
    """An unknown choice is refused by name, before anything is sent."""
    with pytest.raises(UsageError, match=r"^artifacts cannot be 'some'"):
        exchange(one, artifacts="some")
    git(one, "config", "exptrack.artifacts", "each")
    with pytest.raises(UsageError, match=r"exptrack\.artifacts cannot be 'each'"):
        exchange(one)


def test_an_inbox_never_names_what_did_not_go(host: Path, one: Path) -> None:
    """A run that is recorded while contents travel goes with its own contents, or later."""
    record(one)
    later: list[str] = []

    def listen(_: str) -> None:
        if not later:
            later.append("is being recorded")
            record(one, LARGE[::-1], "later.bin")

    session = Session(discover(one))
    sync(session, "origin", Plan(inbox=True), listener=listen)
    session.close()
    [tip] = refs(host, "refs/exptrack/inbox").values()
    pointers = git(host, "grep", "-h", "-o", "-E", "oid sha256:[0-9a-f]{64}", tip).splitlines()
    named = {pointer.rpartition(":")[2] for pointer in pointers}
    assert DIGEST in named
    assert named <= contents(host / "lfs")


def test_inboxes_have_their_contents(host: Path, one: Path, two: Path) -> None:
    """What a worker sends to its inbox can be opened by whoever takes it in."""
    run = record(one)
    exchange(one, "push", inbox=True)
    exchange(two)
    assert artifact(two, run) == LARGE


def test_a_worker_without_a_clone(
    host: Path, one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker with nothing but a remote's address sends its large files, too."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Worker")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "worker@example.com")
    monkeypatch.setenv("GITTRACK_REMOTE", str(host))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(folder)
    (folder / "model.bin").write_bytes(LARGE)
    with (
        ExperimentTracker(capture=False, on_error="raise") as tracker,
        tracker.start_run("exp") as run,
    ):
        tracker.log_artifact(folder / "model.bin")
    assert contents(host / "lfs") == {DIGEST}
    exchange(one)
    assert artifact(one, run.run_id) == LARGE


def test_a_model_travels(host: Path, one: Path, two: Path, tmp_path: Path) -> None:
    """The file or folder of a model's version can be fetched elsewhere, whatever its size."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net/weights").write_bytes(LARGE)
    (tmp_path / "net/labels.txt").write_bytes(b"cat\n")
    with ModelRegistry(one) as models:
        models.register_model("net", tmp_path / "net")
        models.register_model("net", tmp_path / "net/labels.txt")
    assert len(exchange(one).artifacts_went.moved) == 2
    exchange(two)
    with ModelRegistry(two) as models:
        models.fetch("net:1", target=tmp_path / "out")
        models.fetch("net:2", target=tmp_path / "labels")
    assert (tmp_path / "out/weights").read_bytes() == LARGE
    assert (tmp_path / "labels").read_bytes() == b"cat\n"


def test_what_is_nowhere(host: Path, one: Path, two: Path) -> None:
    """Content that no remote has is said to be missing, with where it was looked for; records that
    name what is not here still go on to others, and it is told."""
    run = record(one)
    exchange(one, artifacts="none")
    exchange(two)
    with pytest.raises(NotFoundError, match="neither here nor on origin"):
        artifact(two, run)
    other = new_host(two.parent / "other.git")
    assert len(exchange(two, "push", str(other)).artifacts_went.absent) == 1
    assert refs(other, "refs/exptrack/")


def test_damage_there_is_not_taken(host: Path, one: Path, two: Path) -> None:
    """A content whose bytes are not what its name says is refused, and nothing of it stays."""
    run = record(one)
    exchange(one)
    exchange(two)
    [path] = (host / "lfs").glob("objects/*/*/*")
    path.chmod(0o644)
    path.write_bytes(b"x" * len(LARGE))
    with pytest.raises(GittrackError, match="is damaged"):
        artifact(two, run)
    assert contents(two / ".git/lfs") == set()


def test_a_full_host_holds_back_only_what_needs_it(host: Path, one: Path) -> None:
    """Where contents cannot be stored, their records wait and the others go; nothing is lost."""
    (host / "lfs").write_text("in the way")
    run = record(one)
    with ExperimentTracker(one, capture=False) as tracker, tracker.start_run("plain"):
        pass
    with pytest.raises(GittrackError, match="cannot store an artifact"):
        exchange(one)
    assert list(refs(host, "refs/exptrack/")) == ["refs/exptrack/experiments/plain"]
    (host / "lfs").unlink()
    exchange(one)
    assert artifact(one, run) == LARGE
    assert contents(host / "lfs") == {DIGEST}


def test_a_repository_of_several_users(host: Path, one: Path) -> None:
    """Where the host's repository is shared by a group, the group can write beside what came."""
    git(host, "config", "core.sharedRepository", "group")
    record(one)
    exchange(one)
    folders = [path for path in (host / "lfs").rglob("*") if path.is_dir()]
    assert all(path.stat().st_mode & stat.S_IWGRP for path in [host / "lfs", *folders])


def test_the_host_names_its_folder(host: Path, one: Path, two: Path) -> None:
    """`lfs.storage` of the repository there, and a work tree in the place of a bare one, count."""
    git(host, "config", "lfs.storage", "large")
    run = record(one)
    exchange(one)
    assert contents(host / "large") == {DIGEST}
    git(two, "remote", "set-url", "origin", str(one))
    exchange(two)
    assert artifact(two, run) == LARGE


def test_a_clone_may_fetch_all(host: Path, one: Path, tmp_path: Path) -> None:
    """A new clone that asks for all has the contents at once."""
    record(one)
    git(one, "commit", "-q", "--allow-empty", "-m", "first")
    git(one, "push", "-q", "origin", "HEAD")
    exchange(one)
    cloned = clone_with_records(str(host), tmp_path / "third", artifacts="all")
    assert contents(cloned.folder / ".git/lfs") == {DIGEST}


# Through Git LFS


@with_git_lfs
def test_a_host_with_git_lfs(host: Path, one: Path, two: Path, lfs: LfsServer) -> None:
    """Over HTTP, Git LFS carries contents both ways, several at once, by name alone."""
    with served(host.parent) as server:
        for folder in (one, two):
            git(folder, "remote", "set-url", "origin", f"{server.url}/host.git")
        git(host, "config", "http.receivepack", "true")
        use(lfs, one, two)
        run = record(one)
        with ExperimentTracker(one, capture=False) as tracker:
            (one.parent / "more.bin").write_bytes(LARGE[::-1])
            tracker.add_artifacts(run, one.parent / "more.bin")
        exchange(one)
        assert set(lfs.contents.values()) == {LARGE, LARGE[::-1]}
        exchange(two)
        lfs.requests.clear()
        with ExperimentTracker(two, capture=False) as tracker:
            tracker.download_artifacts(run, target=two.parent / "out")
        assert lfs.requests == ["download 2"]
    assert (two.parent / "out/model.bin").read_bytes() == LARGE
    assert (two.parent / "out/more.bin").read_bytes() == LARGE[::-1]
    assert git(two, "count-objects").startswith("0 objects")


@with_git_lfs
def test_a_broken_download_goes_on(one: Path, two: Path, lfs: LfsServer) -> None:
    """A connection that breaks in the middle of a content does not spoil it."""
    use(lfs, one, two)
    run = record(one)
    exchange(one)
    exchange(two)
    lfs.broken = 1
    assert artifact(two, run) == LARGE


@with_git_lfs
def test_a_host_that_refuses_contents(host: Path, one: Path, lfs: LfsServer) -> None:
    """What the host says is told; the record waits, and goes with `none`."""
    use(lfs, one)
    lfs.refuses = True
    record(one)
    with pytest.raises(TransferError, match=r"cannot send artifacts to origin: .*quota") as caught:
        exchange(one)
    assert "--artifacts none" in str(caught.value.hint)
    assert not refs(host, "refs/exptrack/")
    exchange(one, artifacts="none")
    assert refs(host, "refs/exptrack/")


@with_git_lfs
def test_pruning_takes_nothing_that_was_not_sent(one: Path, lfs: LfsServer, tmp_path: Path) -> None:
    """Git LFS deletes what it knows no use for; what only gittrack has stays, and is sent later."""
    use(lfs, one)
    git(one, "commit", "-q", "--allow-empty", "-m", "first")
    run = record(one)
    (tmp_path / "net").write_bytes(LARGE[::-1])
    with ModelRegistry(one) as models:
        models.register_model("net", tmp_path / "net")
        git(one, "lfs", "prune")
        models.fetch("net", target=tmp_path / "back")
    assert hashlib.sha256(LARGE[::-1]).hexdigest() not in contents(one / ".git/lfs")
    assert (tmp_path / "back").read_bytes() == LARGE[::-1]
    assert artifact(one, run) == LARGE
    exchange(one)
    assert set(lfs.contents.values()) == {LARGE, LARGE[::-1]}


def test_git_lfs_is_not_installed(
    one: Path, two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Git LFS, the error says so before any record goes, and how to go on."""
    git(one, "config", "lfs.url", "http://127.0.0.1:9/")
    run = record(one)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "sh"):
        (programs / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(TransferError, match="git-lfs is not installed") as caught:
        exchange(one)
    assert "install git-lfs" in str(caught.value.hint)
    assert artifact(one, run) == LARGE
    exchange(one, artifacts="none")
    git(two, "config", "lfs.url", "http://127.0.0.1:9/")
    exchange(two, "pull")
    with pytest.raises(NotFoundError, match="git-lfs is not installed") as opened:
        artifact(two, run)
    assert opened.value.hint == "install git-lfs"


@with_git_lfs
def test_a_host_that_sends_other_bytes(one: Path, two: Path, lfs: LfsServer) -> None:
    """What a host sends under a content's name is not taken where it is another's, and the error
    says that."""
    use(lfs, one, two)
    run = record(one)
    exchange(one)
    lfs.contents[DIGEST] = LARGE[::-1]
    exchange(two, "pull")
    with pytest.raises(NotFoundError, match=f"expected OID {DIGEST}"):
        artifact(two, run)
    assert contents(two / ".git/lfs") == set()


@with_git_lfs
def test_an_inbox_whose_contents_are_refused(host: Path, one: Path, lfs: LfsServer) -> None:
    """Where all that would go to an inbox is held back, nothing goes: not the branch, either."""
    use(lfs, one)
    git(one, "config", "push.default", "matching")
    git(one, "commit", "--allow-empty", "-m", "work")
    record(one)
    before = refs(host)
    lfs.refuses = True
    with pytest.raises(TransferError, match="quota"):
        exchange(one, "push", inbox=True)
    assert refs(host) == before


# In files


def test_an_archive_holds_contents(one: Path, two: Path, tmp_path: Path) -> None:
    """A bundle with artifacts is a tar that plain tools can check; taken in, all can be opened."""
    run = record(one)
    git(two, "remote", "remove", "origin")
    file = tmp_path / "all.tar"
    with ExperimentTracker(one, capture=False) as tracker:
        assert len(tracker.bundle(file, artifacts=True).artifacts_went.moved) == 1
    with tarfile.open(file) as archive:
        assert archive.getnames() == ["records.bundle", f"contents/{DIGEST}"]
        archive.extractall(tmp_path / "plain", filter="data")
    git(two, "bundle", "verify", "-q", str(tmp_path / "plain/records.bundle"))
    with ExperimentTracker(two, capture=False) as tracker:
        assert len(tracker.unbundle(file, dry_run=True).artifacts_came.moved) == 0
        assert len(tracker.unbundle(file).artifacts_came.moved) == 1
    assert artifact(two, run) == LARGE


def test_a_hostile_archive(one: Path, two: Path, tmp_path: Path) -> None:
    """What is no content, or not the one that its name promises, is refused by name; nothing is
    written outside, and the rest is taken."""
    record(one)
    file = tmp_path / "all.tar"
    with ExperimentTracker(one, capture=False) as tracker:
        tracker.bundle(file, artifacts=True)
    link = tarfile.TarInfo(f"contents/{'a' * 64}")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(file, "a") as archive:
        for name in (f"contents/{'b' * 64}", "../outside", "/tmp/outside"):
            member = tarfile.TarInfo(name)
            member.size = 5
            archive.addfile(member, io.BytesIO(b"bytes"))
        archive.addfile(link)
    with ExperimentTracker(two, capture=False) as tracker:
        taken = tracker.unbundle(file)
    names = [one.path for one in taken.refused]
    assert names == [f"contents/{'b' * 64}", "../outside", "/tmp/outside", f"contents/{'a' * 64}"]
    assert contents(two / ".git/lfs") == {DIGEST}
    assert not (tmp_path.parent / "outside").exists()


@pytest.mark.parametrize("kept", [300, 1000, 1_000_000])
def test_a_torn_archive(one: Path, two: Path, tmp_path: Path, kept: int) -> None:
    """One that was cut off is refused in one line that names it."""
    record(one)
    file = tmp_path / "all.tar"
    with ExperimentTracker(one, capture=False) as tracker:
        tracker.bundle(file, artifacts=True)
    os.truncate(file, kept)
    with (
        ExperimentTracker(two, capture=False) as tracker,
        pytest.raises(SourceError, match=r"all\.tar: it is damaged"),
    ):
        tracker.unbundle(file)
    assert contents(two / ".git/lfs") == set()


def _without_end(file: Path) -> None:
    """Cut off what marks the end of a tar."""
    with tarfile.open(file) as archive:
        archive.getmembers()
        end = archive.offset
    os.truncate(file, end)


def _flip_last_header(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[data.index(b"contents/")] ^= 1
    file.write_bytes(data)


def _append_sparse(file: Path) -> None:
    member = tarfile.TarInfo("contents/sparse")
    member.pax_headers = {"GNU.sparse.map": "no,number"}
    with tarfile.open(file, "a", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member)


def _append_long_names(file: Path) -> None:
    member = tarfile.TarInfo("name")
    member.type = tarfile.GNUTYPE_LONGNAME
    with tarfile.open(file, "a") as archive:
        for _ in range(2000):
            archive.addfile(member)


HARMS = (_without_end, _flip_last_header, _append_sparse, _append_long_names)


@pytest.mark.parametrize("harm", HARMS)
def test_an_archive_with_bad_headers(
    one: Path, two: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    """Headers that are damaged, or made to break a reader, are told in one line, and no record is
    taken whose contents could be missing for it."""
    record(one)
    file = tmp_path / "all.tar"
    with ExperimentTracker(one, capture=False) as tracker:
        tracker.bundle(file, artifacts=True)
    harm(file)
    with (
        ExperimentTracker(two, capture=False) as tracker,
        pytest.raises(SourceError, match=r"all\.tar: it is damaged"),
    ):
        tracker.unbundle(file)
    assert refs(two, "refs/exptrack") == {}


def test_an_archive_without_room(one: Path, tmp_path: Path) -> None:
    """An archive that its disk does not take is an error that names it, and leaves nothing."""
    record(one)
    made = (
        "import resource, sys; from gittrack import ExperimentTracker; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)); "
        "ExperimentTracker(sys.argv[1], capture=False).bundle(sys.argv[2], artifacts=True)"
    )
    target = tmp_path / "out" / "all.tar"
    target.parent.mkdir()
    program = (sys.executable, "-c", made, str(one), str(target))
    said = subprocess.run(program, capture_output=True, text=True, check=False).stderr
    assert f"RepositoryError: cannot write {target}: File too large" in said
    assert list(target.parent.iterdir()) == []
