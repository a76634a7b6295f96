"""Hosts as they are met: over HTTP and SSH, busy, damaged, hostile."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from git_hosts import new_clone, new_host, served, write_program
from hypothesis import given
from hypothesis import strategies as st
from witness import commit_file, fsck, git, put_tree, refs

from gittrack import ExperimentRegistry, ExperimentTracker
from gittrack.canonical import emit, read
from gittrack.git.repository import discover
from gittrack.store.models import is_inside
from gittrack.store.session import Session
from gittrack.sync.hosts import Fault, TransferError
from gittrack.sync.inspecting import PLAIN
from gittrack.sync.summary import Summary
from gittrack.sync.sync import Plan
from gittrack.sync.sync import sync as exchange

pytestmark = pytest.mark.slow


CATALOGUE = "refs/exptrack/catalogue"
SWEEP = "refs/exptrack/experiments/sweep"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A bare repository that clones share."""
    return new_host(tmp_path / "host.git")


@pytest.fixture
def one(host: Path, tmp_path: Path) -> Path:
    """A clone with a commit that is pushed."""
    clone = new_clone(host, tmp_path / "one", "One")
    commit_file(clone, "train.py", "print(1)\n")
    git(clone, "push", "-q", "origin", "HEAD")
    return clone


@pytest.fixture
def two(one: Path, host: Path, tmp_path: Path) -> Path:
    """Another clone."""
    return new_clone(host, tmp_path / "two", "Two")


def record(folder: Path, *experiments: str) -> None:
    """Record a run in each experiment."""
    with ExperimentTracker(folder, capture=False) as tracker:
        for name in experiments:
            with tracker.start_run(name) as run:
                run.log_metric("score", 1)


def sync(folder: Path) -> Summary:
    with ExperimentTracker(folder, capture=False) as tracker:
        return tracker.sync()


def records(folder: Path) -> dict[str, str]:
    return refs(folder, "refs/exptrack/")


def test_http_bodies_may_be_compressed_and_connections_kept(
    host: Path, one: Path, two: Path
) -> None:
    """git compresses what it says of many refs, and asks more than once on one connection."""
    with served(host.parent) as server:
        git(host, "config", "http.receivepack", "true")
        for clone in (one, two):
            git(clone, "remote", "set-url", "origin", f"{server.url}/host.git")
        record(one, *(f"sweep {number}" for number in range(25)))
        record(two, "sweep 1")
        for clone in (one, two, one):
            sync(clone)
    assert records(one) == records(two) == records(host)
    assert len(records(host)) == 25
    assert server.zipped > 0
    assert server.requests > server.connections


def test_a_host_that_asks_to_wait_is_asked_again(host: Path, one: Path) -> None:
    """A limit of pushes a minute (HTTP 429) costs time and nothing else; nobody asks forever."""
    record(one, "sweep")
    with served(host.parent) as server:
        git(host, "config", "http.receivepack", "true")
        git(one, "remote", "set-url", "origin", f"{server.url}/host.git")
        server.busy = 3
        sync(one)
        assert records(host) == records(one)
        record(one, "sweep")
        server.busy = 1000
        session = Session(discover(one))
        with pytest.raises(TransferError, match="429") as caught:
            exchange(session, plan=Plan(take=False), tries=2)
        session.close()
    assert caught.value.fault is Fault.AWAY
    assert caught.value.hint == "nothing is lost: run the command again later"
    assert server.busy == 998


def test_over_ssh(
    host: Path, one: Path, two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over SSH it is as over a path; where the server hangs up, the words of ssh are told."""
    ssh = write_program(tmp_path / "ssh", 'shift\nexec sh -c "$1"')
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    for clone in (one, two):
        git(clone, "remote", "set-url", "origin", f"ssh://somewhere{host}")
    record(one, "sweep")
    record(two, "sweep")
    for clone in (one, two, one):
        sync(clone)
    assert records(one) == records(two) == records(host)
    write_program(ssh, "echo 'ssh: Could not resolve hostname somewhere' >&2; exit 255")
    with pytest.raises(TransferError, match="Could not resolve hostname somewhere") as caught:
        sync(one)
    assert caught.value.fault is Fault.UNREACHABLE


def test_a_host_with_another_hash_algorithm(one: Path, tmp_path: Path) -> None:
    """A SHA-1 clone and a SHA-256 host have nothing to exchange: told at once, not tried again."""
    other = new_host(tmp_path / "other.git", "--object-format=sha256")
    record(one, "sweep")
    with ExperimentTracker(one, capture=False) as tracker:
        with pytest.raises(TransferError, match="algorithm") as pushed:
            tracker.push(str(other))
        record(other, "theirs")
        with pytest.raises(TransferError, match="algorithm") as pulled:
            tracker.pull(str(other))
    assert pushed.value.fault is pulled.value.fault is Fault.ALGORITHM
    assert list(refs(other)) == ["refs/exptrack/experiments/theirs"]


def test_what_does_not_hold_is_refused_once_and_the_rest_taken(
    host: Path, one: Path, two: Path
) -> None:
    """Forged files on a remote are named; sound ones beside them come, and after the next push
    neither the remote nor another clone has the forged ones."""
    with ExperimentRegistry(one) as registry:
        good = registry.register({"lr": 0.1}, worktree=False)
    record(one, "sweep")
    sync(one)
    forged = f".exptrack/objects/ab/{'cd' * 31}.yaml"
    run = "runs/2026/x-00001/" + "ab" * 10
    put_tree(host, CATALOGUE, {forged: b"lr: 666\n"})
    put_tree(host, SWEEP, {f"{run}/run.yaml": b"id: 1\n", f"{run}/config.yaml": b"{}\n"})
    summary = sync(two)
    assert {refusal.path for refusal in summary.refused} == {forged, f"{run}/run.yaml"}
    assert summary.came_counts.runs == summary.came_counts.configs == 1
    assert sync(two).refused == sync(one).refused == ()
    for folder in (host, one, two):
        found = git(folder, "ls-tree", "-r", "--name-only", CATALOGUE).splitlines()
        assert [path for path in found if "/objects/" in path] == [
            f".exptrack/objects/{good[:2]}/{good[2:]}.yaml"
        ]
        assert run not in git(folder, "ls-tree", "-r", "--name-only", SWEEP)
        assert fsck(folder) == ""


def test_a_forged_run_that_says_other_numbers_is_not_taken(
    host: Path, one: Path, two: Path
) -> None:
    """A run whose record names a config that it does not have is refused; ours stays as it is."""
    record(one, "sweep")
    sync(one)
    sync(two)
    [path] = [
        path
        for path in git(host, "ls-tree", "-r", "--name-only", SWEEP).splitlines()
        if path.endswith("run.yaml")
    ]
    before = git(two, "rev-parse", f"{SWEEP}:{path}")
    data = read(git(host, "show", f"{SWEEP}:{path}").encode() + b"\n")
    assert isinstance(data, dict)
    put_tree(host, SWEEP, {path: emit({**data, "config": "ab" * 32})})
    summary = sync(two)
    assert [refusal.path for refusal in summary.refused] == [path]
    assert git(two, "rev-parse", f"{SWEEP}:{path}") == before


def test_objects_that_do_not_hash_do_not_come_in(host: Path, one: Path, two: Path) -> None:
    """A remote whose object is not what its name says is refused as damaged; nothing here moves."""
    record(two, "grid")
    sync(two)
    before = records(two)
    record(one, "sweep")
    sync(one)
    blob = git(host, "rev-parse", f"{SWEEP}:experiment.yaml")
    git(host, "repack", "-adq")
    [pack] = (host / "objects/pack").glob("*.pack")
    content = pack.read_bytes()
    for leftover in (host / "objects/pack").iterdir():
        leftover.chmod(0o644)
        leftover.unlink()
    git(host, "unpack-objects", "-q", stdin=content)
    lost = host / "objects" / blob[:2] / blob[2:]
    lost.chmod(0o644)
    lost.write_bytes(zlib.compress(b"blob 6\0forged"))
    with pytest.raises(TransferError) as caught:
        sync(two)
    assert "cannot fetch from origin" in str(caught.value)
    assert records(two) == before
    assert fsck(two) == ""


def test_more_inboxes_than_one_merge_takes_are_all_taken_in(
    host: Path, one: Path, two: Path
) -> None:
    """Forty writers' inboxes are merged in portions, and deleted; the second sync has nothing
    to do."""
    record(one, "sweep")
    sync(one)
    tip = refs(host, SWEEP)[SWEEP]
    for number in range(40):
        inbox = f"refs/exptrack/inbox/writer-{number}/experiments/sweep"
        git(host, "update-ref", inbox, tip)
        put_tree(host, inbox, {f"notes/{number}.txt": b"%d\n" % number})
    summary = sync(two)
    assert summary.folded == 40
    found = git(two, "ls-tree", "--name-only", SWEEP, "notes/").split()
    assert sorted(found) == sorted(f"notes/{number}.txt" for number in range(40))
    assert refs(host, "refs/exptrack/") == refs(two, "refs/exptrack/")
    again = sync(two)
    assert (again.came, again.went, again.folded) == ((), (), 0)


@given(st.from_regex(PLAIN, fullmatch=True) | st.text())
def test_a_path_that_looks_plain_leads_nowhere_odd(path: str) -> None:
    """What is let in without a closer look would have passed it."""
    assert not PLAIN.fullmatch(path) or is_inside(path)
