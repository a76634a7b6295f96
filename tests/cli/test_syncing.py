"""`git exp sync`, `push`, `pull`, `clone`, `bundle` and `unbundle`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from answers import Exp
from witness import git, name_somebody, new_repository, put_tree, refs

from gittrack import ExperimentTracker
from gittrack.cli.syncing import Ticker


@pytest.fixture
def host(repository: Path, tmp_path: Path) -> Path:
    """A bare repository that is the `origin` of the current one."""
    folder = new_repository(tmp_path / "host.git", bare=True)
    git(repository, "remote", "add", "origin", str(folder))
    git(repository, "push", "-q", "origin", "HEAD:refs/heads/main")
    return folder


def record(folder: Path, *names: str) -> None:
    """Record a run in each experiment."""
    with ExperimentTracker(folder, capture=False) as tracker:
        for name in names:
            tracker.start_run(name).end()


def other(host: Path, tmp_path: Path) -> Path:
    """Another clone of the host."""
    git(tmp_path, "clone", "-q", str(host), "other")
    name_somebody(tmp_path / "other")
    return tmp_path / "other"


def test_sync_says_what_came_and_went(
    exp: Exp, repository: Path, host: Path, tmp_path: Path
) -> None:
    """A line for each direction, with counts; another where nothing is new."""
    record(repository, "sweep", "sweep", "grid")
    assert exp("sync").lines == ["went to origin: 3 runs, 2 experiments"]
    assert exp("sync").lines == ["nothing new (origin)"]
    folder = other(host, tmp_path)
    record(folder, "sweep")
    assert exp("-C", folder, "sync", "--dry-run").lines == [
        "would come from origin: 3 runs, 2 experiments",
        "would go to origin: 1 run, 1 experiment",
    ]
    exp("-C", folder, "push")
    assert exp("pull", "--experiment", "sweep").lines == ["came from origin: 1 run, 1 experiment"]


def test_porcelain_and_json_name_the_refs(exp: Exp, repository: Path, host: Path) -> None:
    """`--porcelain` prints a line for each ref, `--json` one document; not both."""
    record(repository, "sweep")
    tip = git(repository, "rev-parse", "refs/exptrack/experiments/sweep")
    ref = "refs/exptrack/experiments/sweep"
    assert exp("push", "--dry-run", "--porcelain").out == f"went\t{ref}\t-\t{tip}\n"
    found = exp("push", "--json").json
    assert found["went"]["runs"] == 1
    assert found["went"]["refs"] == [{"ref": ref, "old": None, "new": tip}]
    assert found["came"]["refs"] == found["waiting"] == found["refused"] == []
    exp("sync", "--json", "--porcelain", status=2)


def test_inboxes_are_told(exp: Exp, repository: Path, host: Path, tmp_path: Path) -> None:
    """What waits in an inbox is said, and what was taken in; `exptrack.inbox` is as `--inbox`."""
    record(repository, "sweep")
    answer = exp("push", "--inbox")
    assert answer.lines == [
        "wait in an inbox on origin for the next one who syncs: experiments/sweep"
    ]
    folder = other(host, tmp_path)
    assert exp("-C", folder, "sync").lines == [
        "came from origin: 1 run, 1 experiment",
        "went to origin: 1 run, 1 experiment",
        "taken in and deleted on origin: 1 inbox",
    ]
    git(folder, "config", "exptrack.inbox", "true")
    record(folder, "grid")
    exp("-C", folder, "push")
    assert any("/inbox/" in ref for ref in refs(host))


def test_no_remote_is_said_with_the_way_out(exp: Exp, repository: Path) -> None:
    """Without a remote there is one line that says so and one that says what to do."""
    answer = exp("sync", status=1)
    assert answer.err.splitlines() == [
        "error: this repository has no remote",
        "hint: add one with: git remote add NAME URL",
    ]


def test_a_host_cannot_act_on_the_terminal(exp: Exp, repository: Path, host: Path) -> None:
    """Escapes in what a host says are shown, not sent to the terminal."""
    hook = host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nprintf 'no \\033]0;title\\007 way\\n' >&2\nexit 1\n")
    hook.chmod(0o755)
    record(repository, "sweep")
    answer = exp("push", status=3)
    assert "\x1b" not in answer.err
    assert "\x07" not in answer.err
    assert "origin refused refs/exptrack/experiments/sweep: no " in answer.err


def test_a_lost_history_is_noted(exp: Exp, repository: Path, host: Path) -> None:
    """Where a remote lost records, a note says which, and that they are kept."""
    record(repository, "sweep")
    early = git(repository, "rev-parse", "refs/exptrack/experiments/sweep")
    record(repository, "sweep")
    exp("sync")
    git(host, "update-ref", "refs/exptrack/experiments/sweep", early)
    answer = exp("pull")
    assert "origin has lost some of refs/exptrack/experiments/sweep" in answer.err
    assert exp("sync").lines == ["went to origin: 1 run, 1 experiment"]


def test_what_is_refused_is_named_and_the_status_says_so(
    exp: Exp, repository: Path, host: Path, tmp_path: Path
) -> None:
    """Forged files of a remote are named on standard error, the rest comes, and the exit status is
    1; `--porcelain` has a line for each."""
    record(repository, "sweep")
    exp("push")
    forged = f".exptrack/objects/ab/{'cd' * 31}.yaml"
    put_tree(host, "refs/exptrack/catalogue", {forged: b"lr: 666\n"})
    folder = other(host, tmp_path)
    answer = exp("-C", folder, "pull", status=1)
    assert answer.lines == ["came from origin: 1 run, 1 experiment"]
    reason = "its bytes do not hash to its name"
    assert answer.err == f"refused: {forged}: {reason}\n"
    answer = exp("pull", "--porcelain", status=1)
    assert answer.out == f"refused\t{forged}\t{reason}\n"
    assert [one["path"] for one in exp("sync", "--json", status=1).json["refused"]] == [forged]


def test_clone_brings_records(
    exp: Exp, repository: Path, host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`clone` makes a folder named after the repository, with the records, ready to record."""
    record(repository, "sweep")
    exp("sync")
    monkeypatch.chdir(tmp_path)
    assert exp("clone", host).lines == [
        "cloned into host",
        "  new file: .exptrack/format",
        "  new file: .exptrack/.gitattributes",
        "came from origin: 1 run, 1 experiment",
    ]
    assert "sweep#1" in exp("-C", "host", "runs", "list").out
    exp("clone", host, status=2)


def test_bundles_go_by_hand(exp: Exp, repository: Path, tmp_path: Path) -> None:
    """`bundle` writes a file that `unbundle` takes in; what is no bundle is refused."""
    record(repository, "sweep", "grid")
    file = tmp_path / "all.bundle"
    assert exp("bundle", file).lines == [f"{file}: 2 runs, 2 experiments"]
    folder = new_repository(tmp_path / "island")
    assert exp("-C", folder, "unbundle", file, "--dry-run").lines == [
        f"would come from {file}: 2 runs, 2 experiments"
    ]
    assert exp("-C", folder, "unbundle", file, "--experiment", "grid").lines == [
        f"came from {file}: 1 run, 1 experiment"
    ]
    exp("-C", folder, "unbundle", file)
    assert exp("-C", folder, "unbundle", file).lines == [f"nothing new ({file})"]
    (tmp_path / "text").write_text("hello\n")
    assert "does not look like" in exp("unbundle", tmp_path / "text", status=3).err
    exp("unbundle", tmp_path / "nothing", status=1)


def test_progress_is_one_harmless_line() -> None:
    """Of git's messages a terminal shows the progress, made harmless, and takes it away."""
    stream = io.StringIO()
    ticker = Ticker(stream)
    ticker.hear("From /somewhere")
    ticker.hear("Receiving objects:  50% (1/2)")
    ticker.hear("remote: \x1b[2Jhello")
    ticker.clear()
    assert stream.getvalue() == (
        "\rReceiving objects:  50% (1/2)\x1b[K\rremote: \\x1b[2Jhello\x1b[K\r\x1b[K"
    )
