"""`git exp init --hook`: a real `git push` takes the records along that it needs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from answers import Exp
from hypothesis import given
from hypothesis import strategies as st
from witness import commit_all, commit_file, git, new_repository, refs

from gittrack import ExperimentRegistry, ExperimentTracker
from gittrack.sync.hook import pushed_tips

pytestmark = pytest.mark.slow


@pytest.fixture
def host(repository: Path, tmp_path: Path) -> Path:
    """A bare repository that is the `origin` of the current one."""
    bare = new_repository(tmp_path / "host.git", bare=True)
    git(repository, "remote", "add", "origin", str(bare))
    return bare


@pytest.fixture
def hooked(exp: Exp, host: Path, program: Path) -> Exp:
    """A repository whose pushes to `origin` send records."""
    said = exp("init", "--remote", "origin", "--hook").out
    assert "git push origin now sends the records that the pushed branches need, first" in said
    return exp


def write_program(path: Path, script: str) -> Path:
    """A program in shell."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def record(folder: Path, experiment: str) -> None:
    """Record a run, with the commit that it was made with."""
    with ExperimentTracker(folder) as tracker:
        tracker.start_run(experiment).end()


def push(folder: Path, *arguments: str) -> tuple[int, str]:
    """`git push` as a user runs it: its status, and what was said."""
    words = ("git", "push", "-q", *(arguments or ("origin", "HEAD")))
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def names(host: Path) -> set[str]:
    """The records of a host."""
    return {ref.removeprefix("refs/exptrack/") for ref in refs(host, "refs/exptrack/")}


def test_a_push_takes_along_what_its_runs_and_pins_need(
    hooked: Exp, repository: Path, host: Path
) -> None:
    """Experiments of runs made with pushed commits, pinned configs and their tags go; the rest
    stays, and the branch itself goes last."""
    with ExperimentRegistry(repository) as registry:
        pinned = registry.register({"lr": 0.1}, tags=["prod", "best"])
        registry.register({"lr": 0.2}, tags=["draft"])
    record(repository, "sweep")
    hooked("pin", "live", pinned)
    commit_all(repository)
    git(repository, "switch", "-q", "-c", "side")
    commit_file(repository, "a.txt", "a\n")
    record(repository, "aside")
    git(repository, "switch", "-q", "main")
    status, said = push(repository)
    assert status == 0
    assert said == "records: went to origin: 1 run, 1 experiment, 2 configs, 2 tags\n"
    assert names(host) == {"catalogue", "tags/prod", "tags/best", "experiments/sweep"}
    assert refs(host, "refs/heads/main") == refs(repository, "refs/heads/main")


def test_what_is_there_already_is_not_asked_for(hooked: Exp, repository: Path, host: Path) -> None:
    """The second push starts no git command for records; without need the first one does not."""
    assert push(repository) == (0, "")
    record(repository, "sweep")
    commit_file(repository, "a.txt", "a\n")
    assert push(repository) == (0, "records: went to origin: 1 run, 1 experiment\n")
    commit_file(repository, "b.txt", "b\n")
    assert push(repository) == (0, "")
    assert names(host) == {"experiments/sweep"}


def test_a_push_is_not_held_up_unless_asked(hooked: Exp, repository: Path, host: Path) -> None:
    """Where records cannot go a note says why, and the branch goes; with `require` nothing does."""
    record(repository, "sweep")
    refusing = 'while read old new ref; do case $ref in refs/exptrack/*) echo "no" >&2; exit 1;; '
    write_program(host / "hooks/pre-receive", f"{refusing}esac; done")
    status, said = push(repository)
    assert status == 0
    assert said.startswith("note: records were not sent: origin refused refs/exptrack/experiments")
    assert refs(host, "refs/heads/main") == refs(repository, "refs/heads/main")
    git(repository, "config", "exptrack.origin.prePush", "require")
    commit_file(repository, "a.txt", "a\n")
    status, said = push(repository)
    assert status == 1
    assert "error: records were not sent: " in said
    assert "hint: to push without them: git push --no-verify\n" in said
    assert refs(host, "refs/heads/main") != refs(repository, "refs/heads/main")
    assert push(repository, "--no-verify", "origin", "HEAD")[0] == 0
    assert names(host) == set()


def test_without_git_exp_a_push_goes_on(
    hooked: Exp, repository: Path, host: Path, program: Path
) -> None:
    """On a machine where git-exp is not in PATH there is a note; with `require` the push ends."""
    (program / "git-exp").unlink()
    if subprocess.run("command -v git-exp", shell=True, check=False).returncode == 0:
        pytest.skip("another git-exp is in PATH")
    record(repository, "sweep")
    note = "note: git-exp is not in PATH: records were not sent\n"
    assert push(repository) == (0, note)
    git(repository, "config", "exptrack.origin.prePush", "require")
    commit_file(repository, "a.txt", "a\n")
    status, said = push(repository)
    assert (status, note in said) == (1, True)


def test_a_git_exp_that_fails_holds_nothing_up(
    hooked: Exp, repository: Path, host: Path, program: Path
) -> None:
    """Whatever befalls git-exp, the push goes on; with `require` it ends."""
    write_program(program / "git-exp", "exit 7")
    assert push(repository) == (0, "")
    git(repository, "config", "exptrack.origin.prePush", "require")
    commit_file(repository, "a.txt", "a\n")
    assert push(repository)[0] == 1


def test_other_remotes_are_left_alone(
    hooked: Exp, repository: Path, host: Path, tmp_path: Path
) -> None:
    """Only pushes to the remote that was named send records; deleting a branch sends none."""
    record(repository, "sweep")
    other = new_repository(tmp_path / "other.git", bare=True)
    assert push(repository, str(other), "HEAD:refs/heads/main") == (0, "")
    assert push(repository, "--no-verify", "origin", "HEAD:refs/heads/gone") == (0, "")
    assert push(repository, "origin", ":refs/heads/gone") == (0, "")
    assert names(other) == names(host) == set()


def test_the_hook_comes_once_and_goes(hooked: Exp, repository: Path, host: Path) -> None:
    """Asked for twice it is there once; `--no-hook` takes it away with the last remote."""
    hook = repository / ".git/hooks/pre-push"
    again = hooked("init", "--remote", "origin", "--hook").out
    assert "git push origin sends the records" in again
    git(repository, "remote", "add", "mine", str(host))
    hooked("init", "--remote", "mine", "--hook")
    hooked("init", "--remote", "origin", "--no-hook")
    assert hook.exists()
    assert "no longer sends records" in hooked("init", "--remote", "mine", "--no-hook").out
    assert not hook.exists()
    assert "prepush" not in git(repository, "config", "--local", "--list").lower()
    record(repository, "sweep")
    assert push(repository) == (0, "")
    assert names(host) == set()


def test_a_hook_of_ones_own_stays(
    exp: Exp, repository: Path, host: Path, program: Path, tmp_path: Path
) -> None:
    """A `pre-push` hook that is there is not touched: what to add is said, and then it works."""
    own = write_program(repository / ".git/hooks/pre-push", f"echo ran >>{tmp_path}/ran")
    before = own.read_bytes()
    answer = exp("init", "--remote", "origin", "--hook", status=1)
    assert f"note: there are hooks of your own: {own}" in answer.err
    line = answer.err.partition("before its input is read: ")[2].strip()
    assert own.read_bytes() == before
    write_program(own, f"{line}\necho ran >>{tmp_path}/ran")
    exp("init", "--remote", "origin", "--hook")
    record(repository, "sweep")
    assert push(repository) == (0, "records: went to origin: 1 run, 1 experiment\n")
    assert (tmp_path / "ran").read_text() == "ran\n"
    exp("init", "--remote", "origin", "--no-hook")
    assert own.exists()


def test_a_folder_of_hooks_elsewhere_is_not_written_to(
    exp: Exp, repository: Path, host: Path, tmp_path: Path
) -> None:
    """Where `core.hooksPath` names a folder, which others may share, nothing is put there."""
    shared = tmp_path / "hooks"
    shared.mkdir()
    git(repository, "config", "core.hooksPath", str(shared))
    answer = exp("init", "--remote", "origin", "--hook", status=1)
    assert str(shared / "pre-push") in answer.err
    assert list(shared.iterdir()) == []
    assert not (repository / ".git/hooks/pre-push").exists()


def test_a_hook_needs_a_remote(exp: Exp) -> None:
    """Without --remote there is nothing to set up: one line says how."""
    answer = exp("init", "--hook", status=2)
    assert answer.err.splitlines() == [
        "error: --hook needs --remote NAME",
        "hint: as in: git exp init --remote origin --hook",
    ]


@given(st.lists(st.text(max_size=120)))
def test_whatever_a_hook_is_told_only_object_ids_come_of_it(lines: list[str]) -> None:
    """Input that git would not write yields nothing that could be taken for an option or a ref."""
    assert all(set(tip) <= set("0123456789abcdef") for tip in pushed_tips(lines))
