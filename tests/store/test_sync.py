"""Records exchanged through git remotes: between clones, over several hosts, with and without
a repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from git_hosts import new_clone, new_host, served, write_hook, write_program
from hypothesis import given
from hypothesis import strategies as st
from witness import (
    commit_file,
    footprint,
    fsck,
    git,
    install_failing_hooks,
    new_repository,
    refs,
    run_git,
)

from gittrack import ExperimentRegistry, ExperimentTracker, ModelRegistry
from gittrack.errors import GittrackError, NotFoundError, SourceError, UsageError
from gittrack.git.repository import discover
from gittrack.sync.cloning import clone_with_records
from gittrack.sync.hosts import Fault, TransferError, failure_of, host_words, refusal_of
from gittrack.sync.remote import find_remote, inbox_of, is_record
from gittrack.sync.summary import Summary

Rows = set[tuple[str, float]]


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


def record(folder: Path, *values: float, experiment: str = "sweep") -> None:
    """Record a run for each value."""
    with ExperimentTracker(folder, capture=False) as tracker:
        for value in values:
            with tracker.start_run(experiment) as run:
                run.log_metric("score", value)


def runs(folder: Path) -> Rows:
    """The runs that a repository has: experiment and score."""
    with ExperimentTracker(folder, capture=False) as tracker:
        return {(run.experiment_name, run.metrics["score"]) for run in tracker.list_runs()}


def sync(folder: Path, remote: str | None = None, **options: object) -> Summary:
    with ExperimentTracker(folder, capture=False) as tracker:
        return tracker.sync(remote, **options)  # type: ignore[arg-type]


def pull(folder: Path, remote: str | None = None, **options: object) -> Summary:
    with ExperimentTracker(folder, capture=False) as tracker:
        return tracker.pull(remote, **options)  # type: ignore[arg-type]


def push(folder: Path, remote: str | None = None, **options: object) -> Summary:
    with ExperimentTracker(folder, capture=False) as tracker:
        return tracker.push(remote, **options)  # type: ignore[arg-type]


def records(folder: Path) -> dict[str, str]:
    """The refs of records, and what they point to."""
    return refs(folder, "refs/exptrack/")


def started(trace: Path) -> list[list[str]]:
    """The commands that git was started with."""
    events = [json.loads(line) for line in trace.read_text().splitlines()]
    return [event["argv"] for event in events if event["event"] == "start"]


def verbs(trace: Path) -> list[str]:
    """The git commands among `fetch`, `push` and `ls-remote` that were started."""
    words = [word for argv in started(trace) for word in argv]
    return [word for word in words if word in ("fetch", "push", "ls-remote")]


# Two clones


def test_two_clones_see_what_each_recorded(host: Path, one: Path, two: Path) -> None:
    """After each has synced, both have the runs, configs, tags and models of both."""
    record(one, 1, 2)
    record(two, 3)
    record(two, 4, experiment="Other one")
    with ExperimentRegistry(one) as registry:
        registry.register({"lr": 0.1}, tags=["base"])
    with ModelRegistry(two) as models:
        models.register_model("ranker")
    for folder in (one, two, one):
        sync(folder)
    assert runs(one) == runs(two) == {("sweep", 1), ("sweep", 2), ("sweep", 3), ("Other one", 4)}
    assert records(one) == records(two) == records(host)
    assert {ref.split("/")[2] for ref in records(host)} == {
        "catalogue",
        "experiments",
        "models",
        "tags",
    }
    assert fsck(one) == fsck(two) == fsck(host) == ""


def test_summary_counts_what_came_and_went(one: Path, two: Path) -> None:
    """A summary says how many runs, experiments, configs and tags moved in each direction."""
    record(one, 1, 2, 3)
    with ExperimentRegistry(one) as registry:
        registry.register({"lr": 0.1}, tags=["base", "best"])
    went = sync(one).went_counts
    assert (went.runs, went.experiments, went.configs, went.tags) == (3, 1, 1, 2)
    record(two, 4)
    both = sync(two)
    assert (both.came_counts.runs, both.went_counts.runs) == (3, 1)
    assert both.came_counts.tags == 2
    assert sync(two).came == sync(two).went == ()


def test_the_registry_syncs_too(one: Path, two: Path) -> None:
    """`ExperimentRegistry.sync` sends configs and tags, and takes those of others."""
    with ExperimentRegistry(one) as registry:
        config = registry.register({"lr": 0.1}, tags=["base"])
        registry.sync()
    with ExperimentRegistry(two) as registry:
        registry.sync(tags=True)
        assert registry.resolve("base") == config


def test_sync_leaves_the_rest_of_a_repository_alone(one: Path, two: Path, tmp_path: Path) -> None:
    """Whatever is configured for fetch and push, HEAD, index, files, branches, tags, hooks and the
    configuration stay as they are, here and there."""
    record(two, 1)
    git(two, "tag", "-a", "-m", "a tag", "v1")
    git(two, "push", "-q", "origin", "v1", "HEAD:refs/heads/theirs")
    sync(two)
    git(one, "branch", "mine")
    (one / "train.py").write_text("changed")
    for key, value in {
        "fetch.prune": "true",
        "fetch.pruneTags": "true",
        "fetch.recurseSubmodules": "true",
        "remote.origin.mirror": "true",
        "remote.origin.prune": "true",
        "remote.origin.tagOpt": "--tags",
        "remote.origin.push": "refs/heads/*:refs/heads/*",
        "push.default": "matching",
        "push.followTags": "true",
        "push.recurseSubmodules": "check",
        "push.gpgSign": "true",
    }.items():
        git(one, "config", key, value)
    install_failing_hooks(one, tmp_path / "marker")
    hook = one / ".git/hooks/pre-push"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/marker\nexit 1\n")
    hook.chmod(0o755)
    record(one, 2)
    before, there = footprint(one), git(one, "ls-remote", "origin", "refs/heads/*", "refs/tags/*")
    sync(one)
    after = footprint(one)
    assert {r for r in after.other_refs if r not in before.other_refs} <= {
        r for r in after.other_refs if r.startswith("refs/exptrack-remote/origin/")
    }
    assert {r: i for r, i in after.other_refs.items() if "exptrack-remote" not in r} == dict(
        before.other_refs
    )
    for name in ("head", "head_log", "index", "status", "files", "config", "under_way"):
        assert getattr(after, name) == getattr(before, name), name
    assert git(one, "ls-remote", "origin", "refs/heads/*", "refs/tags/*") == there
    assert not (tmp_path / "marker").exists()
    assert not (one / ".git/FETCH_HEAD").exists()
    assert runs(one) == {("sweep", 1), ("sweep", 2)}


def test_pull_sends_nothing_and_push_takes_nothing(host: Path, one: Path, two: Path) -> None:
    """`pull` moves nothing on the remote; `push` takes no record that it has nothing to add to."""
    record(one, 1)
    record(one, 2, experiment="theirs")
    assert push(one).went_counts.runs == 2
    before = records(host)
    record(two, 3)
    assert pull(two, experiments=["sweep"]).came_counts.runs == 1
    assert records(host) == before
    push(two)
    assert runs(two) == {("sweep", 1), ("sweep", 3)}
    assert (
        records(host)["refs/exptrack/experiments/theirs"]
        == before["refs/exptrack/experiments/theirs"]
    )
    assert pull(one).came_counts.runs == 1


def test_a_dry_run_counts_and_moves_nothing(host: Path, one: Path, two: Path) -> None:
    """`dry_run` says what would come and go; no ref of ours moves, here or there."""
    record(one, 1, 2)
    sync(one)
    record(two, 3)
    here, there = records(two), records(host)
    summary = sync(two, dry_run=True)
    assert (summary.came_counts.runs, summary.went_counts.runs) == (2, 1)
    assert summary.dry_run
    assert (records(two), records(host)) == (here, there)


def test_only_what_is_asked_for_is_exchanged(host: Path, one: Path, two: Path) -> None:
    """With experiments or tags named, nothing else moves; code moves when it is asked for."""
    with ExperimentTracker(one) as tracker:
        for name in ("a", "ab", "b"):
            tracker.start_run(name).end()
    with ExperimentRegistry(one) as registry:
        registry.register({"lr": 1}, tags=["base"])
    sync(one, experiments=["a"])
    assert set(records(host)) == {"refs/exptrack/experiments/a"}
    sync(one, tags=True)
    assert set(records(host)) == {
        "refs/exptrack/experiments/a",
        "refs/exptrack/catalogue",
        "refs/exptrack/tags/base",
    }
    sync(one)
    assert "refs/exptrack/experiments/ab" in records(host)
    assert "refs/exptrack/code" not in records(host)
    sync(one, code=True)
    assert "refs/exptrack/code" in records(host)
    pull(two, experiments=["a"])
    assert set(records(two)) == {"refs/exptrack/experiments/a"}
    pull(two)
    assert "refs/exptrack/code" not in records(two)
    pull(two, code=True)
    assert records(two) == records(host)


def test_an_experiment_that_is_nowhere_is_named(one: Path) -> None:
    """Asking for an experiment that neither side has is an error that names it."""
    record(one, 1)
    with pytest.raises(NotFoundError, match="'sweeep', neither here nor on origin"):
        sync(one, experiments=["sweeep"])


# Which remote


def test_the_remote_is_the_upstreams_then_origin_then_the_only_one(tmp_path: Path) -> None:
    """Without a name: the upstream's remote, else `origin`, else the only one, else an error."""
    folder = new_repository(tmp_path / "r", commit=True)

    def found() -> str:
        return find_remote(discover(folder)).address

    with pytest.raises(NotFoundError, match="has no remote"):
        found()
    git(folder, "remote", "add", "hub", "/nowhere")
    assert found() == "hub"
    git(folder, "remote", "add", "mine", "/nowhere")
    git(folder, "remote", "add", "mine-exptrack", "/nowhere")
    with pytest.raises(NotFoundError, match="is meant; there are: hub, mine"):
        found()
    git(folder, "remote", "add", "origin", "/nowhere")
    assert found() == "origin"
    git(folder, "config", "branch.main.remote", "mine")
    assert found() == "mine"


def test_a_remote_is_named_or_given_by_address(one: Path, host: Path, tmp_path: Path) -> None:
    """A path works like a name; what looks like an option does not; a password is not shown."""
    record(one, 1)
    sync(one, str(host))
    assert "refs/exptrack/experiments/sweep" in records(host)
    repository = discover(one)
    for wanted in ("--upload-pack=touch x", "", "-x/y"):
        with pytest.raises(UsageError):
            find_remote(repository, wanted)
    with pytest.raises(NotFoundError, match="there are: origin"):
        find_remote(repository, "orgin")
    assert "secret" not in find_remote(repository, "https://me:secret@example.org/x").label


@pytest.mark.parametrize("name", ["a=b", "deep/er", "dot.ted"])
def test_remotes_may_have_odd_names(one: Path, host: Path, name: str) -> None:
    """A remote's name may hold what git lets it hold."""
    git(one, "remote", "rename", "origin", name)
    git(one, "config", f"remote.{name}.mirror", "true")
    record(one, 1)
    assert sync(one).went_counts.runs == 1
    assert sync(one).went == ()


# What it costs


def test_nothing_new_costs_one_fetch(
    one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync with nothing new starts one fetch, no push, and few other git commands."""
    record(one, *range(5))
    with ExperimentRegistry(one) as registry:
        registry.register({"lr": 0.1}, tags=["a", "b", "c"])
    sync(one)
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "trace"))
    summary = sync(one)
    assert (summary.came, summary.went) == ((), ())
    assert verbs(tmp_path / "trace") == ["fetch"]
    assert len([argv for argv in started(tmp_path / "trace") if argv[0] == "git"]) <= 10


def objects(folder: Path) -> int:
    """How many objects a repository has, reached by refs or not."""
    lines = git(folder, "count-objects", "-v").splitlines()
    facts = dict(line.split(": ") for line in lines)
    return int(facts["count"]) + int(facts["in-pack"])


def test_new_runs_cost_what_they_weigh(
    host: Path, one: Path, two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among many runs, a few new ones send and bring a few objects, and history is not read."""
    record(one, *range(120))
    sync(one)
    sync(two)
    before = int(git(two, "rev-list", "--count", "--objects", "--all"))
    sent, brought = objects(host), objects(two)
    record(one, 1000, 1001)
    sync(one)
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "trace"))
    assert sync(two).came_counts.runs == 2
    monkeypatch.delenv("GIT_TRACE2_EVENT")
    commands = [set(argv) for argv in started(tmp_path / "trace")]
    assert not [words for words in commands if "log" in words or {"diff-tree", "--stdin"} <= words]
    assert objects(host) - sent < 30
    assert objects(two) - brought < 30
    assert int(git(two, "rev-list", "--count", "--objects", "--all")) - before < 30
    assert runs(two) == runs(one)


def test_fetched_objects_are_never_loose(one: Path, two: Path) -> None:
    """What is fetched comes as a pack, which git guards until refs name it."""
    record(one, 1)
    sync(one)
    loose = git(two, "count-objects")
    sync(two)
    assert git(two, "count-objects") == loose


# Races and inboxes


def test_workers_write_to_inboxes_and_whoever_syncs_takes_them_in(
    host: Path, one: Path, two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`push(inbox=True)` fetches nothing; the next sync merges all inboxes, publishes and deletes
    them."""
    record(one, 1)
    sync(one)
    record(one, 2)
    record(two, 3)
    with monkeypatch.context() as patch:
        patch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "trace"))
        summary = push(two, inbox=True)
        assert "fetch" not in verbs(tmp_path / "trace")
    assert summary.waiting == ("experiments/sweep",)
    assert push(two, inbox=True).waiting == ()
    record(two, 4)
    push(two, inbox=True)
    assert sum("/inbox/" in ref for ref in records(host)) == 1
    summary = sync(one)
    assert (summary.came_counts.runs, summary.folded) == (2, 1)
    assert not any("/inbox/" in ref for ref in records(host))
    sync(two)
    assert runs(one) == runs(two) == {("sweep", n) for n in (1, 2, 3, 4)}
    assert sync(one).folded == 0


def test_pull_takes_inboxes_in_and_leaves_them_there(host: Path, one: Path, two: Path) -> None:
    """One who only pulls sees the runs in inboxes, and deletes none: that is for a publisher."""
    record(two, 3)
    push(two, inbox=True)
    before = records(host)
    pull(one)
    assert runs(one) == {("sweep", 3)}
    assert records(host) == before
    assert sync(one).folded == 1
    assert runs(one) == {("sweep", 3)}


def test_an_inbox_that_its_writer_moved_on_stays(host: Path, one: Path, two: Path) -> None:
    """An inbox is deleted from the exact value that was taken in, and from no other."""
    record(two, 3)
    push(two, inbox=True)
    inbox = next(ref for ref in records(host) if "/inbox/" in ref)
    record(two, 4)
    newer = records(two)["refs/exptrack/experiments/sweep"]
    git(host, "fetch", "-q", str(two), f"{newer}:refs/heads/spare")
    # The writer moves it on between our fetch and our delete: when our publish arrives.
    write_hook(host, "post-receive", f"unset GIT_QUARANTINE_PATH; git update-ref {inbox} {newer}")
    assert sync(one).folded == 0
    assert records(host)[inbox] == newer
    (host / "hooks/post-receive").unlink()
    assert sync(one).folded == 1
    assert runs(one) == {("sweep", 3), ("sweep", 4)}


def test_a_lock_that_a_killed_host_left(
    host: Path, one: Path, two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inboxes that cannot be deleted meanwhile are asked for once, not one by one; what is in them
    is taken in, and they go when the lock has gone."""
    for name in ("a", "b", "c"):
        record(two, 1, experiment=name)
    push(two, inbox=True)
    lock = host / "packed-refs.lock"
    lock.touch()
    with monkeypatch.context() as patch:
        patch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "trace"))
        assert sync(one).folded == 0
        assert verbs(tmp_path / "trace") == ["fetch", "push", "push"]
    lock.unlink()
    assert sync(one).folded == 3
    assert not any("/inbox/" in ref for ref in refs(host))


@pytest.mark.slow
def test_one_who_cannot_win_the_race_uses_the_inbox(
    host: Path, one: Path, two: Path, tmp_path: Path
) -> None:
    """Where somebody else is faster every time, what we have waits in our inbox: no failure, and
    nothing lost."""
    record(one, 1)
    sync(one)
    record(two, 2)
    ref = "refs/exptrack/experiments/sweep"
    racer = write_program(
        tmp_path / "racer",
        f"here={host}\nold=$(git -C $here rev-parse {ref})\n"
        "export GIT_COMMITTER_NAME=R GIT_COMMITTER_EMAIL=r@x GIT_AUTHOR_NAME=R\n"
        "export GIT_AUTHOR_EMAIL=r@x\n"
        'new=$(git -C $here commit-tree -p $old -m race "$old^{tree}")\n'
        f'git -C $here update-ref {ref} $new\nexec git-receive-pack "$@"',
    )
    git(two, "config", "remote.origin.receivepack", str(racer))
    summary = sync(two)
    assert summary.waiting == ("experiments/sweep",)
    git(two, "config", "--unset", "remote.origin.receivepack")
    assert sync(one).folded == 1
    assert runs(one) == {("sweep", 1), ("sweep", 2)}
    assert sync(two).waiting == ()
    assert records(one) == records(two) == records(host)


def test_a_copied_clone_writes_to_an_inbox_of_its_own(
    host: Path, one: Path, tmp_path: Path
) -> None:
    """Two folders that were one, and so take themselves for the same writer, lose nothing."""
    record(one, 1)
    copy = tmp_path / "copy"
    shutil.copytree(one, copy)
    record(one, 2)
    record(copy, 3)
    push(one, inbox=True)
    push(copy, inbox=True)
    assert sum("/inbox/" in ref for ref in records(host)) == 2
    assert sync(one).folded == 2
    assert runs(one) == {("sweep", 1), ("sweep", 2), ("sweep", 3)}


def test_a_broken_connection_is_tried_again(host: Path, one: Path, tmp_path: Path) -> None:
    """A remote that goes away in the middle of a push is asked again."""
    record(one, *range(20))
    flaky = write_program(
        tmp_path / "flaky",
        f"if [ ! -e {tmp_path}/tried ]; then touch {tmp_path}/tried; "
        'dd bs=1 count=300 status=none | git-receive-pack "$@"; '
        'else exec git-receive-pack "$@"; fi',
    )
    git(one, "config", "remote.origin.receivepack", str(flaky))
    assert sync(one).went_counts.runs == 20
    assert (tmp_path / "tried").exists()
    assert records(host) == records(one)


# Without a repository


WORKER = """
import sys
from gittrack import ExperimentTracker
with ExperimentTracker(capture=False) as tracker:
    with tracker.start_run("array") as run:
        run.log_metric("score", float(sys.argv[1]))
        if "die" in sys.argv:
            import os; os.kill(os.getpid(), 9)
"""


@pytest.fixture
def worker(
    tmp_path: Path, host: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., subprocess.Popen[str]]:
    """Starts a script that has no repository, only the name of a remote."""
    folder = tmp_path / "nowhere"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GITTRACK_REMOTE", str(host))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Worker")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "worker@example.org")

    def start(*arguments: object) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", WORKER, *map(str, arguments)]
        return subprocess.Popen(words, cwd=folder, stderr=subprocess.PIPE, text=True)

    return start


def scratch(tmp_path: Path) -> Path:
    """The repository that workers without one share."""
    (found,) = (tmp_path / "cache/gittrack/scratch").iterdir()
    return found


@pytest.mark.slow
def test_workers_without_a_repository_send_their_runs(
    worker: Callable[..., subprocess.Popen[str]], host: Path, one: Path
) -> None:
    """Scripts that have no repository but GITTRACK_REMOTE, at the same time, send their runs."""
    for process in [worker(n) for n in range(4)]:
        _, messages = process.communicate(timeout=60)
        assert (process.returncode, messages) == (0, "")
    sync(one)
    assert runs(one) == {("array", n) for n in range(4)}
    assert not any("/inbox/" in ref for ref in records(host))


def test_what_a_worker_could_not_send_is_sent_later(
    worker: Callable[..., subprocess.Popen[str]], host: Path, one: Path, tmp_path: Path
) -> None:
    """A worker that is offline says where its runs are; they can be sent from there any time."""
    host.rename(tmp_path / "away.git")
    _, messages = worker(1).communicate(timeout=60)
    folder = scratch(tmp_path)
    assert f"git exp -C {folder} push" in messages
    (tmp_path / "away.git").rename(host)
    with ExperimentTracker(folder, capture=False) as tracker:
        assert tracker.push().waiting == ("experiments/array",)
    sync(one)
    assert runs(one) == {("array", 1)}


def test_what_a_killed_worker_left_is_sent_by_the_next(
    worker: Callable[..., subprocess.Popen[str]], host: Path, one: Path
) -> None:
    """The run of a worker that was killed is closed and sent by the next worker of that machine."""
    assert worker(1, "die").wait(timeout=60) == -9
    assert not any("/inbox/" in ref for ref in records(host))
    worker(2).communicate(timeout=60)
    sync(one)
    assert runs(one) == {("array", 1), ("array", 2)}


def test_what_a_killed_worker_left_can_be_sent_by_hand(
    worker: Callable[..., subprocess.Popen[str]], host: Path, one: Path, tmp_path: Path
) -> None:
    """From the folder that a killed worker left, what it had logged is sent at any later time, as
    a run that was killed; sent again, it is not there twice."""
    assert worker(1, "die").wait(timeout=60) == -9
    folder = scratch(tmp_path)
    for _ in range(2):
        push(folder)
        sync(one)
    with ExperimentTracker(one, capture=False) as tracker:
        [run] = tracker.list_runs()
    assert (run.status, run.metrics["score"]) == ("KILLED", 1)


def test_a_workers_folder_is_its_users_own(
    worker: Callable[..., subprocess.Popen[str]], host: Path, one: Path, tmp_path: Path
) -> None:
    """Nobody else can read or write where runs wait to be sent; one that is open is closed."""
    folder = tmp_path / "cache/gittrack/scratch"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    assert worker(1).communicate(timeout=60)[1] == ""
    assert folder.stat().st_mode & 0o777 == 0o700
    sync(one)
    assert runs(one) == {("array", 1)}


@pytest.mark.parametrize("trap", ["link", "owner", "open"])
def test_a_workers_folder_that_somebody_else_made_is_not_used(
    worker: Callable[..., subprocess.Popen[str]],
    host: Path,
    one: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trap: str,
) -> None:
    """In a shared folder somebody may have been there first: then the next place is taken."""
    cache, other = tmp_path / "cache/gittrack", tmp_path / "other"
    other.mkdir()
    cache.mkdir(parents=True)
    if trap == "link":
        (cache / "scratch").symlink_to(other)
    elif trap == "open":
        cache.chmod(0o777)
    elif os.geteuid() == 0:
        (cache / "scratch").mkdir()
        os.chown(cache / "scratch", 12345, 12345)
    else:
        pytest.skip("only root can give files away")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    assert worker(1).communicate(timeout=60)[1] == ""
    assert list(other.iterdir()) == []
    [used] = temporary.iterdir()
    assert used.stat().st_mode & 0o777 == 0o700
    assert [path.suffix for path in used.iterdir()] == [".git"]
    sync(one)
    assert runs(one) == {("array", 1)}


FORGETFUL = """
import gittrack
gittrack.start_run("array")
gittrack.log_metric("score", 5.0)
tracker = gittrack.ExperimentTracker(capture=False)
tracker.log_trial("array", 1, {"lr": 1}, {"score": 6.0})
"""


def test_a_worker_that_closes_nothing_sends_at_its_end(
    worker: Callable[..., subprocess.Popen[str]], one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script without a repository that neither ends its run nor closes its tracker sends both."""
    monkeypatch.setattr("test_sync.WORKER", FORGETFUL)
    _, messages = worker().communicate(timeout=60)
    assert messages == ""
    sync(one)
    with ExperimentTracker(one, capture=False) as tracker:
        found = tracker.list_runs("array")
    assert {run.trial_number: run.metrics.get("score") for run in found} == {None: 5, 1: None}


def test_a_repository_comes_before_the_variable(
    one: Path, host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a repository GITTRACK_REMOTE changes nothing: nothing is sent unasked."""
    monkeypatch.setenv("GITTRACK_REMOTE", str(host))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(one)
    with ExperimentTracker(capture=False) as tracker:
        tracker.start_run("sweep").end()
    assert records(host) == {}
    assert not (tmp_path / "cache").exists()


# Hosts with rules


ONLY_BRANCHES = """while read old new ref; do
case $ref in refs/heads/*) ;; *) echo "this host takes branches only" >&2; exit 1;; esac
done"""


def test_a_host_that_takes_branches_only(host: Path, one: Path, two: Path) -> None:
    """The error says what the host said and what to set; with `exptrack.refPrefix` records go to
    branches there and come from them."""
    write_hook(host, "pre-receive", ONLY_BRANCHES)
    record(one, 1, 2)
    with ExperimentRegistry(one) as registry:
        registry.register({"lr": 1}, tags=["base"])
    with pytest.raises(TransferError, match=": this host takes branches only") as caught:
        sync(one)
    assert "git config exptrack.refPrefix refs/heads/exptrack" in str(caught.value.hint)
    for clone in (one, two):
        git(clone, "config", "exptrack.refPrefix", "refs/heads/exptrack")
    record(two, 3)
    for clone in (one, two, one):
        sync(clone)
    assert runs(one) == runs(two) == {("sweep", 1), ("sweep", 2), ("sweep", 3)}
    assert set(refs(host, "refs/heads/exptrack/")) == {
        "refs/heads/exptrack/catalogue",
        "refs/heads/exptrack/experiments/sweep",
        "refs/heads/exptrack/tags/base",
    }
    assert records(host) == {}


def test_a_prefix_may_be_one_remotes(host: Path, one: Path) -> None:
    """`exptrack.<remote>.refPrefix` counts for that remote; one that is no place is refused."""
    git(one, "config", "exptrack.origin.refPrefix", "refs/heads/exp/records/")
    record(one, 1)
    sync(one)
    assert set(refs(host, "refs/heads/exp/")) == {"refs/heads/exp/records/experiments/sweep"}
    for bad in ("refs/heads", "main", "refs/heads/..", "refs/heads/x*", "refs/heads/x:y"):
        git(one, "config", "exptrack.origin.refPrefix", bad)
        with pytest.raises(UsageError, match="no place for refs"):
            sync(one)


def test_a_host_that_forbids_deleting(
    host: Path, one: Path, two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inboxes that cannot be deleted stay; their runs are taken in once, and nobody asks again."""
    write_hook(
        host,
        "update",
        'case $3 in *[!0]*) exit 0;; esac\necho "deleting is forbidden" >&2; exit 1',
    )
    record(two, 2)
    push(two, inbox=True)
    assert sync(one).folded == 0
    assert any("/inbox/" in ref for ref in records(host))
    assert runs(one) == {("sweep", 2)}
    with monkeypatch.context() as patch:
        patch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "trace"))
        sync(one)
    assert verbs(tmp_path / "trace") == ["fetch"]
    record(two, 3)
    push(two, inbox=True)
    sync(one)
    assert runs(one) == {("sweep", 2), ("sweep", 3)}


def test_one_refused_ref_does_not_keep_the_others(host: Path, one: Path) -> None:
    """What a host refuses is named; all else is there."""
    write_hook(host, "update", 'case $1 in */tags/*) echo "no tags" >&2; exit 1;; esac')
    record(one, 1)
    with ExperimentRegistry(one) as registry:
        registry.register({"lr": 1}, tags=["base"])
    with pytest.raises(TransferError, match="refused refs/exptrack/tags/base: no tags"):
        sync(one)
    assert set(records(host)) == {"refs/exptrack/catalogue", "refs/exptrack/experiments/sweep"}


def heavy(folder: Path, count: int) -> None:
    """Record runs that weigh some 20 kB each, one commit each."""
    for number in range(count):
        with ExperimentTracker(folder, capture=False) as tracker, tracker.start_run("heavy") as run:
            run.log_metric("score", number)
            run.set_tag("weight", os.urandom(10_000).hex())


@pytest.mark.slow
def test_a_host_that_limits_a_push_gets_pieces(host: Path, one: Path, two: Path) -> None:
    """What is too much for one push goes in several, also where the remote has runs of its own."""
    git(host, "config", "receive.maxInputSize", "40000")
    heavy(one, 7)
    sync(one)
    assert records(host) == records(one)
    heavy(two, 6)
    sync(two)
    assert not any("/inbox/" in ref for ref in records(host))
    sync(one)
    assert len(runs(one)) == 7
    assert records(one) == records(two) == records(host)


def test_what_no_piece_of_fits_is_said(host: Path, one: Path) -> None:
    """Where even one commit is too large, the host's words and the ways out are told."""
    git(host, "config", "receive.maxInputSize", "2000")
    heavy(one, 3)
    with pytest.raises(TransferError) as caught:
        sync(one)
    assert caught.value.fault is Fault.SIZE
    assert "exceeds maximum allowed size" in caught.value.message
    assert "git exp bundle" in str(caught.value.hint)
    assert len(runs(one)) == 3


def test_a_host_without_atomic_pushes(host: Path, one: Path, two: Path) -> None:
    """Where refs cannot move as one, each moves by itself."""
    git(host, "config", "receive.advertiseAtomic", "false")
    record(one, 1)
    record(one, 2, experiment="other")
    sync(one)
    sync(two)
    assert records(one) == records(two) == records(host)


@pytest.mark.slow
def test_over_http(host: Path, one: Path, two: Path) -> None:
    """Over HTTP it is as over a path: runs come and go, and large pushes go in pieces."""
    with served(host.parent) as server:
        git(host, "config", "http.receivepack", "true")
        for clone in (one, two):
            git(clone, "remote", "set-url", "origin", f"{server.url}/host.git")
        record(one, 1)
        sync(one)
        record(two, 2)
        sync(two)
        server.most = 40_000
        heavy(two, 4)
        sync(two)
        server.most = 1 << 30
        sync(one)
    assert runs(one) == runs(two)
    assert records(one) == records(two) == records(host)


def test_without_rights_what_came_is_kept(host: Path, one: Path, two: Path) -> None:
    """In a fork without rights a sync takes what there is, then says who may not push and what to
    do."""
    record(one, 1)
    sync(one)
    record(two, 2)
    with served(host.parent) as server:
        server.read_only = True
        git(two, "remote", "set-url", "origin", f"{server.url}/host.git")
        with pytest.raises(TransferError, match="origin does not let you push") as caught:
            sync(two)
    assert "git exp push mine" in str(caught.value.hint)
    assert runs(two) == {("sweep", 1), ("sweep", 2)}


def test_git_gets_its_ssh_command_and_credentials(
    host: Path, one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's GIT_SSH_COMMAND and SSH_AUTH_SOCK reach git's children."""
    ssh = write_program(
        tmp_path / "ssh", f'echo "$SSH_AUTH_SOCK" >> {tmp_path}/agents\nshift\nexec sh -c "$1"'
    )
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")
    git(one, "remote", "set-url", "origin", f"ssh://somewhere{host}")
    record(one, 1)
    assert sync(one).went_counts.runs == 1
    assert set((tmp_path / "agents").read_text().split()) == {"/agent"}
    assert records(host) == records(one)


def test_a_transport_that_the_user_forbids_stays_forbidden(
    one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GIT_ALLOW_PROTOCOL counts for our children, too."""
    record(one, 1)
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "https")
    with pytest.raises(TransferError, match="transport 'file' not allowed"):
        sync(one)


# Remotes that are not as they were


def test_a_rewound_remote_gets_back_what_it_lost(host: Path, one: Path, two: Path) -> None:
    """Where a remote lost history, it is said, nothing goes here, and it gets it back."""
    record(one, 1)
    sync(one)
    early = records(host)["refs/exptrack/experiments/sweep"]
    record(one, 2)
    sync(one)
    git(host, "update-ref", "refs/exptrack/experiments/sweep", early)
    summary = sync(one)
    assert summary.rewound == ("experiments/sweep",)
    assert runs(one) == {("sweep", 1), ("sweep", 2)}
    assert records(host) == records(one)
    git(host, "update-ref", "-d", "refs/exptrack/experiments/sweep")
    assert pull(one).came == ()
    assert runs(one) == {("sweep", 1), ("sweep", 2)}
    sync(one)
    assert records(host) == records(one)


def test_a_missing_object_on_the_remote_is_said(host: Path, one: Path, two: Path) -> None:
    """A remote that has lost objects is named as such; nothing here changes."""
    record(one, 1, 2)
    sync(one)
    record(two, 3)
    before = records(two)
    blob = git(host, "rev-parse", "refs/exptrack/experiments/sweep:experiment.yaml")
    for pack in (host / "objects/pack").glob("*.pack"):
        pack.rename(host / pack.name)
        with (host / pack.name).open("rb") as data:
            subprocess.run(("git", "unpack-objects", "-q"), cwd=host, stdin=data, check=True)
    for file in (host / "objects/pack").iterdir():
        file.unlink()
    (host / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(TransferError, match="cannot fetch from origin") as caught:
        sync(two)
    assert caught.value.fault is Fault.DAMAGED
    assert "git fsck" in str(caught.value.hint)
    assert records(two) == before
    assert runs(two) == {("sweep", 3)}


def test_a_remote_that_is_not_there_is_said(one: Path, tmp_path: Path) -> None:
    """An address where nothing is: one line that names it, and what to look at."""
    record(one, 1)
    git(one, "remote", "set-url", "origin", str(tmp_path / "gone.git"))
    with pytest.raises(TransferError, match=r"cannot fetch from origin: .*gone\.git") as caught:
        sync(one)
    assert caught.value.fault is Fault.UNREACHABLE
    assert "\n" not in caught.value.message


@pytest.mark.slow
def test_shallow_and_partial_clones_sync(host: Path, one: Path, tmp_path: Path) -> None:
    """A shallow clone and one without blobs take what there is and give what they have."""
    commit_file(one, "more.py", "print(2)\n")
    git(one, "push", "-q", "origin", "HEAD")
    git(host, "config", "uploadpack.allowFilter", "true")
    record(one, 1)
    sync(one)
    for number, option in enumerate(("--depth=1", "--filter=blob:none"), 2):
        clone = tmp_path / f"clone{number}"
        git(tmp_path, "clone", "-q", option, f"file://{host}", str(clone))
        git(clone, "config", "user.email", "a@b")
        record(clone, number)
        sync(clone)
        sync(one)
        assert runs(clone) == runs(one)
        assert records(clone) == records(host)
    assert runs(one) == {("sweep", 1), ("sweep", 2), ("sweep", 3)}


def test_refs_that_are_none_of_ours_are_left_alone(host: Path, one: Path, two: Path) -> None:
    """Odd refs on a remote are not taken, and stay there."""
    record(one, 1)
    sync(one)
    tip = records(host)["refs/exptrack/experiments/sweep"]
    odd = ("experiments/UP", "experiments/a/b", "newkind/x", "inbox/x", "inbox/w/other/x")
    for name in odd:
        git(host, "update-ref", f"refs/exptrack/{name}", tip)
    sync(two)
    assert set(records(two)) == {"refs/exptrack/experiments/sweep"}
    assert {f"refs/exptrack/{name}" for name in odd} < set(records(host))


@pytest.mark.parametrize("options", [("--bare",), ("--object-format=sha256",)])
def test_bare_and_sha256_repositories_sync(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Bare repositories, and those with SHA-256, exchange records like any others."""
    kind = tuple(option for option in options if option != "--bare")
    host = new_host(tmp_path / "host.git", *kind)
    folders = [
        new_repository(tmp_path / name, bare="--bare" in options, options=kind) for name in "ab"
    ]
    for number, folder in enumerate(folders):
        git(folder, "remote", "add", "hub", str(host))
        record(folder, number)
        sync(folder)
    sync(folders[0])
    assert runs(folders[0]) == runs(folders[1]) == {("sweep", 0), ("sweep", 1)}


# Plain git, clones and bundles


@pytest.mark.parametrize("prefix", ["refs/exptrack", "refs/heads/exptrack"])
def test_a_clone_with_records_is_ready(host: Path, one: Path, tmp_path: Path, prefix: str) -> None:
    """A clone has the records at once, finds out where a host keeps them, and plain `git fetch`
    brings what is new to a namespace of its own."""
    git(one, "config", "exptrack.refPrefix", prefix)
    record(one, 1, 2)
    sync(one)
    cloned = clone_with_records(f"file://{host}", tmp_path / "three")
    assert cloned.summary.came_counts.runs == 2
    assert runs(tmp_path / "three") == {("sweep", 1), ("sweep", 2)}
    assert (tmp_path / "three/train.py").exists()
    record(one, 3)
    sync(one)
    git(tmp_path / "three", "fetch", "-q")
    ref = "refs/exptrack-remote/origin/experiments/sweep"
    tip = records(one)["refs/exptrack/experiments/sweep"]
    assert refs(tmp_path / "three", ref) == {ref: tip}
    assert runs(tmp_path / "three") == {("sweep", 1), ("sweep", 2)}
    sync(tmp_path / "three")
    assert runs(tmp_path / "three") == runs(one)


def test_a_clone_into_what_is_there_is_refused(host: Path, one: Path, tmp_path: Path) -> None:
    """A folder that holds something is not cloned into; a host that is not there is named."""
    with pytest.raises(UsageError, match="is there already"):
        clone_with_records(str(host), one)
    with pytest.raises(UsageError, match="not a URL"):
        clone_with_records("--upload-pack=x", tmp_path / "x")
    with pytest.raises(TransferError, match=r"cannot fetch from .*gone: "):
        clone_with_records(str(tmp_path / "gone"), tmp_path / "x")


def bundled(folder: Path, file: Path, *experiments: str) -> Summary:
    with ExperimentTracker(folder, capture=False) as tracker:
        return tracker.bundle(file, experiments=experiments)


def unbundled(folder: Path, file: Path) -> Summary:
    with ExperimentTracker(folder, capture=False) as tracker:
        return tracker.unbundle(file)


def test_a_bundle_carries_records_to_a_machine_without_network(
    one: Path, two: Path, tmp_path: Path
) -> None:
    """A bundle is one file; where it is taken in, it is merged with what is there, and leaves
    nothing else."""
    git(two, "config", "exptrack.refPrefix", "refs/heads/exptrack")  # not for bundles
    record(one, 1, 2)
    record(one, 3, experiment="other")
    record(two, 4)
    assert bundled(one, tmp_path / "all.bundle").went_counts.runs == 3
    assert unbundled(two, tmp_path / "all.bundle").came_counts.runs == 3
    assert runs(two) == runs(one) | {("sweep", 4)}
    assert refs(two, "refs/exptrack-remote/") == {}
    assert unbundled(two, tmp_path / "all.bundle").came == ()


def test_a_bundle_may_hold_one_experiment(one: Path, two: Path, tmp_path: Path) -> None:
    """A bundle of one experiment brings that one; one that is not there is named."""
    record(one, 1)
    record(one, 3, experiment="other")
    bundled(one, tmp_path / "one.bundle", "other")
    unbundled(two, tmp_path / "one.bundle")
    assert runs(two) == {("other", 3)}
    with pytest.raises(NotFoundError, match="'nope'"):
        bundled(one, tmp_path / "x.bundle", "nope")
    assert not (tmp_path / "x.bundle").exists()


def test_a_damaged_bundle_is_refused(one: Path, two: Path, tmp_path: Path) -> None:
    """A bundle that is cut short, changed or none at all changes nothing; no file is overwritten
    that is no bundle."""
    record(one, *range(10))
    file = tmp_path / "all.bundle"
    bundled(one, file)
    data = file.read_bytes()
    middle = len(data) // 2
    for broken in (
        data[:-30],
        data[:middle],
        data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :],
        b"",
        b"lr: 1\n",
    ):
        file.write_bytes(broken)
        with pytest.raises(GittrackError):
            unbundled(two, file)
        assert records(two) == {}
    with pytest.raises(SourceError, match="bundle: "):
        unbundled(two, file)
    with pytest.raises(UsageError, match="is no bundle"):
        bundled(one, file)
    assert file.read_bytes() == b"lr: 1\n"


def test_an_empty_repository_has_no_bundle(one: Path, tmp_path: Path) -> None:
    """Where nothing is recorded, no file is written."""
    with pytest.raises(NotFoundError, match="nothing is recorded"):
        bundled(one, tmp_path / "x")
    assert not (tmp_path / "x").exists()


# Pure


@given(st.text(), st.lists(st.text()))
def test_what_a_host_says_is_one_harmless_line(label: str, lines: list[str]) -> None:
    """Whatever a host says, the error is one line of bounded length without control characters."""
    text = "".join(f"remote: {line}\n" for line in lines)
    words = host_words(text)
    assert len(words) <= 300
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in words)
    errors = [failure_of("x", "push", text), refusal_of("x", ["r"], "no", text, own_place=True)]
    assert all("\x1b" not in e.message and "\n" not in e.message for e in errors)


@given(st.text())
def test_names_of_records_are_refs_in_their_place(text: str) -> None:
    """No name that counts as a record or an inbox leads out of its place or means another ref."""
    for name in (text, f"tags/{text}", f"experiments/{text}", f"inbox/a/{text}"):
        record = inbox_of(name)[1] if inbox_of(name) else name
        if is_record(record):
            assert ".." not in record.split("/")
            assert record.count("/") <= 1
            assert record.isascii()
            assert not record.endswith(".lock")


@pytest.mark.parametrize(
    ("stderr", "fault"),
    [
        ("remote: Permission to a/b.git denied to c.\nfatal: ... error: 403", Fault.RIGHTS),
        ("git@h: Permission denied (publickey).\nfatal: Could not read", Fault.RIGHTS),
        ("error: RPC failed; HTTP 413 curl 22\nfatal: the remote end hung up", Fault.SIZE),
        ("error: RPC failed; HTTP 502 curl 22\nfatal: early EOF", Fault.AWAY),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 413", Fault.SIZE),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 429", Fault.AWAY),
        ("fatal: the remote end hung up unexpectedly", Fault.AWAY),
        ("ssh: Could not resolve hostname x\nfatal: Could not read", Fault.UNREACHABLE),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", Fault.UNREACHABLE),
        ("", Fault.AWAY),
        ("fatal: something new", Fault.OTHER),
    ],
)
def test_hosts_words_are_understood(stderr: str, fault: Fault) -> None:
    """The usual words of git and of hosts mean: again, less, no rights, or not there."""
    assert failure_of("origin", "push", stderr).fault is fault


def test_nothing_of_a_password_is_in_an_error() -> None:
    """An address in git's words is shown without its password."""
    error = failure_of("x", "fetch", "fatal: unable to access 'https://me:hunter2@h/x/': 500")
    assert "hunter2" not in str(error)


def test_git_can_push_what_a_setup_for_it_says(host: Path, one: Path) -> None:
    """`run_git push` to the remote that `init --remote --push` sets up honours the prefix."""
    from gittrack.git.refspecs import fetch_records, push_records

    git(one, "config", "exptrack.refPrefix", "refs/heads/exptrack")
    record(one, 1)
    fetch_records(discover(one), "origin")
    push_records(discover(one), "origin")
    assert run_git(one, "push", "-q", "origin-exptrack").returncode == 0
    assert set(refs(host, "refs/heads/exptrack/")) == {"refs/heads/exptrack/experiments/sweep"}
