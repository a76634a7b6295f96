"""Wrong commands and options, options for all commands, where a repository is looked for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from answers import Exp
from witness import git

from gittrack import __version__
from gittrack.cli.loading import command_names

Start = Callable[..., subprocess.CompletedProcess[bytes]]


def test_version_and_help(exp: Exp) -> None:
    """`--version` prints the version; `-h`, `help` and no command print the overview."""
    assert exp("--version").out == f"git-exp {__version__}\n"
    overview = exp("-h").out
    for name in command_names():
        assert f"\n  {name} " in overview
    assert exp("--help").out == overview
    assert exp("help").out == overview
    assert exp(status=2).out == overview


@pytest.mark.parametrize("name", command_names())
def test_help_of_every_command(exp: Exp, name: str) -> None:
    """`COMMAND -h` and `help COMMAND` print usage without noise, and need no repository."""
    shown = exp(name, "-h").out
    assert shown.startswith(f"Usage: git exp {name} [OPTIONS]")
    assert "[required]" not in shown
    assert "{" not in shown.splitlines()[0]
    assert exp("help", name).out == shown


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("lst",), "'lst' is not a command of git exp", "did you mean list?"),
        (("frobnicate",), "'frobnicate' is not a command", "git exp -h"),
        (("add",), "git exp add needs FILE...", "usage is git exp add [OPTIONS] FILE..."),
        (("show",), "git exp show needs CONFIG", "git exp show -h"),
        (("tag", "@"), "git exp tag needs TAG...", "git exp tag -h"),
        (("export", "@"), "git exp export needs FILE", "git exp export -h"),
        (("describe", "@"), "git exp describe needs TEXT", "git exp describe -h"),
        (("list", "x"), "no use for the argument 'x'", "git exp list [OPTIONS]"),
        (("show", "a", "b"), "no use for the argument 'b'", "git exp show [OPTIONS] CONFIG"),
        (("list", "--tga", "x"), "git exp list has no option --tga", "did you mean --tag?"),
        (("--jsn", "list"), "git exp has no option --jsn", "git exp -h"),
        (("add", "-m"), "-m needs a value", ""),
        (("list", "-C"), "-C needs a folder", "git exp -C PATH list"),
        (("-C", "."), "missing command", "git exp -h"),
        (("completion",), "for which shell?", "bash, zsh, fish"),
        (("completion", "csh"), "no completion for 'csh'", "bash, zsh, fish"),
    ],
)
def test_wrong_usage(exp: Exp, arguments: tuple[str, ...], message: str, hint: str) -> None:
    """Status 2, at most two lines: what is wrong, and what to do; nothing on standard output."""
    answer = exp(*arguments, status=2)
    assert answer.out == ""
    lines = answer.err.splitlines()
    assert len(lines) <= 2
    assert lines[0].startswith("error: ")
    assert message in lines[0]
    assert hint in lines[-1]


def test_options_may_follow_the_command(registered: Exp, tmp_path: Path) -> None:
    """`-C` and `--no-color` stand on either side of the command; several `-C` add up."""
    expected = registered("list").out
    here = Path.cwd()
    assert registered("-C", here, "list").out == expected
    assert registered("list", "-C", here, "--no-color").out == expected
    assert registered("-C", here.parent, "-C", here.name, "list").out == expected
    assert Path.cwd() == here


def test_c_is_as_if_started_there(exp: Exp, configs: Path, tmp_path: Path) -> None:
    """With `-C`, files too are named from that folder, as with git's own `-C`."""
    (configs / "sub").mkdir()
    (configs / "sub/only-here.yaml").write_text("k: 1\n")
    assert exp("-C", "sub", "add", "only-here.yaml").out.endswith("sub/only-here.yaml\n")


@pytest.mark.parametrize(
    ("folder", "message"), [("none", "no such folder: none"), ("a-file", "not a folder: a-file")]
)
def test_c_with_a_wrong_folder(exp: Exp, folder: str, message: str) -> None:
    """`-C` to what is no folder: status 3."""
    Path("a-file").touch()
    assert exp("-C", folder, "list", status=3).err == f"error: {message}\n"


def test_no_repository(exp: Exp, tmp_path: Path) -> None:
    """Outside a repository: status 3, and how to make one."""
    (tmp_path / "nowhere").mkdir()
    answer = exp("-C", tmp_path / "nowhere", "list", status=3)
    assert "not a git repository" in answer.err
    assert "git init" in answer.err


def test_before_the_first_commit_and_on_a_detached_head(
    exp: Exp, tmp_path: Path, configs: Path
) -> None:
    """Neither an unborn branch nor a detached HEAD is in the way."""
    git(tmp_path, "init", "-q", "unborn")
    shutil.copy(configs / "base.yaml", tmp_path / "unborn")
    exp("-C", tmp_path / "unborn", "add", "base.yaml")
    assert len(exp("-C", tmp_path / "unborn", "list").lines) == 1
    git(configs, "checkout", "-q", "--detach")
    exp("add", "base.yaml")
    assert len(exp("list").lines) == 1


def test_a_bare_repository(exp: Exp, tmp_path: Path, configs: Path) -> None:
    """In a bare repository configs are registered, listed and shown as anywhere."""
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    bare = ("-C", tmp_path / "bare.git")
    exp(*bare, "add", configs / "base.yaml", "-t", "x")
    assert len(exp(*bare, "list").lines) == 1
    assert "lr: 0.1" in exp(*bare, "show", "x").out
    assert exp(*bare, "verify").out.startswith("1 config checked")


@pytest.mark.slow
def test_through_git_itself(registered: Exp, start: Start, tmp_path: Path) -> None:
    """`git exp`, `git -C PATH exp` and `git --git-dir=… exp` find the same repository."""
    expected = registered("list").out.encode()
    here = Path.cwd()
    assert start("git", "exp", "list").stdout == expected
    assert start("git-exp", "list").stdout == expected
    assert start("git", "-C", here, "exp", "list", cwd=tmp_path).stdout == expected
    by_git_dir = start("git", f"--git-dir={here / '.git'}", "exp", "list", cwd=tmp_path)
    assert len(by_git_dir.stdout.splitlines()) == 3
    failed = start("git", "exp", "show", "none")
    assert (failed.returncode, failed.stdout) == (1, b"")


def test_exit_status_of_a_damaged_repository(registered: Exp) -> None:
    """A format of the future is refused by every command: status 3, one clear line."""
    Path(".exptrack/format").write_text("99\n")
    for command in (("list",), ("add", "base.yaml"), ("verify",)):
        answer = registered(*command, status=3)
        assert answer.out == ""
        assert "99" in answer.err
