"""Completion in real shells: commands, options, names of configs, tags, files."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from answers import Exp

from gittrack.cli.loading import command_names

pytestmark = pytest.mark.slow

GIT_COMPLETION = Path("/usr/share/bash-completion/completions/git")

# Does what bash does on <TAB>: splits the line at COMP_WORDBREAKS, calls the function.
BASH = r"""
source <(git exp completion bash)
compopt () { :; }
for line; do
    read -ra COMP_WORDS <<<"$(sed -E 's/([=:]+)/ \1 /g' <<<"$line")"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_LINE=$line COMP_POINT=${#line} COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    specification=$(complete -p "${COMP_WORDS[0]}")
    function=$(sed -E 's/.*-F ([^ ]+) .*/\1/' <<<"$specification")
    "$function" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    (IFS='|'; printf '%s\n' "${COMPREPLY[*]}")
done
"""

LOAD_GITS = "source /usr/share/bash-completion/bash_completion; _completion_loader git;"


def in_bash(*lines: str, before: str = "", folder: Path | None = None) -> list[list[str]]:
    """What bash offers after each of the lines."""
    done = subprocess.run(
        ("bash", "--norc", "-c", before + BASH, "bash", *lines),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return [line.split("|") if line else [] for line in done.stdout.splitlines()]


@pytest.fixture
def here(registered: Exp, program: Path) -> Path:
    """A repository with tags that need care in a shell."""
    registered("tag", "forest.yaml", "with space", "stage:dev", "a$b")
    return Path.cwd()


CASES = [
    ("sh", ["show "]),
    ("list --t", ["--tag "]),
    ("list --tag b", ["baseline "]),
    ("list --tag=b", ["baseline "]),
    ("list -t w", ["with\\ space "]),
    ("show with", ["with\\ space "]),
    ("show a", ["a\\$b "]),
    ("compare baseline t", ["try "]),
    ("tag @ st", ["stage:dev "]),
    ("tag @ stage:d", ["dev "]),
    ("add n.yaml --parent b", ["baseline "]),
    ("completion z", ["zsh "]),
    ("add ", []),
    ("export baseline ", []),
    ("list --since ", []),
    ("tag @ -- b", ["baseline "]),
    ("config v", ["validate "]),
    ("config show --o", ["--origin "]),
    ("config show base.yaml --en", ["--env "]),
    ("config show --env ", []),
    ("config --h", ["--help "]),
]


def test_bash_alone(here: Path) -> None:
    """`git-exp <TAB>` works in a bash without any other completion."""
    simple = {line: offer for line, offer in CASES if "=" not in line and ":" not in line}
    found = in_bash(*(f"git-exp {line}" for line in simple))
    assert dict(zip(simple, found, strict=True)) == simple


@pytest.mark.skipif(not GIT_COMPLETION.exists(), reason="needs git's bash completion")
def test_bash_through_git(here: Path) -> None:
    """`git exp <TAB>` works through git's own completion."""
    found = in_bash(*(f"git exp {line}" for line, _ in CASES), before=LOAD_GITS)
    assert dict(zip((line for line, _ in CASES), found, strict=True)) == dict(CASES)


@pytest.mark.skipif(not GIT_COMPLETION.exists(), reason="needs git's bash completion")
def test_bash_through_git_by_the_program(here: Path) -> None:
    """With git's own completion loaded `git-exp <TAB>` works as well, across `=` and `:`."""
    cases = {line: offer for line, offer in CASES if "=" in line or ":" in line}
    assert len(cases) >= 2
    found = in_bash(*(f"git-exp {line}" for line in cases), before=LOAD_GITS)
    assert dict(zip(cases, found, strict=True)) == cases


@pytest.mark.skipif(not GIT_COMPLETION.exists(), reason="needs git's bash completion")
def test_bash_in_another_repository(here: Path, tmp_path: Path) -> None:
    """Names come from the repository that the line is about."""
    lines = (
        f"git -C {here} exp show bas",
        f"git --git-dir={here}/.git exp show bas",
        f"git exp -C {here} show bas",
        f"git-exp -C {here} show bas",
    )
    assert in_bash(*lines, before=LOAD_GITS, folder=tmp_path) == [["baseline "]] * 4


def test_bash_offers_all_commands_and_short_ids(here: Path, registered: Exp) -> None:
    """Nothing typed: every command; where a config is meant, tags and the newest short ids."""
    commands, names = in_bash("git-exp ", "git-exp show ")
    assert commands == [f"{name} " for name in command_names()]
    ids = [line.split()[0] for line in registered("list").lines]
    assert names[-3:] == [f"{short} " for short in ids]


def test_names_that_no_line_can_hold_are_left_out(registered: Exp) -> None:
    """The hidden call prints a name a line: tags, and with `--configs` short ids."""
    assert registered("completion", "--tags").lines == ["baseline", "try"]
    assert len(registered("completion", "--configs").lines) == 5


def test_outside_a_repository_nothing_is_said(program: Path, tmp_path: Path) -> None:
    """<TAB> where there is no repository offers nothing and prints no error."""
    assert in_bash("git-exp show ", folder=tmp_path) == [[]]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_reads_the_script(program: Path) -> None:
    """zsh finds no fault in its script, and defines the function that its git completion calls."""
    done = subprocess.run(
        (
            "zsh",
            "-fc",
            "autoload -Uz compinit; compinit -u -D; source <(git exp completion zsh);"
            " print $_comps[git-exp] $+functions[_git-exp]",
        ),
        capture_output=True,
        text=True,
        env={**os.environ, "ZDOTDIR": "/nonexistent"},
    )
    assert (done.stdout, done.stderr) == ("_git-exp 1\n", "")


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
@pytest.mark.parametrize("name", ["git exp", "git-exp"])
def test_fish(here: Path, name: str) -> None:
    """fish offers commands, tags, ids and files, after `git exp` as after `git-exp`."""
    expected = {
        "sh": ["show"],
        "show basel": ["baseline"],
        "tag @ tr": ["try"],
        "list --tag bas": ["baseline"],
        "add bas": ["base.yaml"],
        "completion z": ["zsh"],
        "config hi": ["history"],
        "config show bas": ["base.yaml"],
        "config show --ori": ["--origin"],
    }
    asked = "".join(f"echo '== {line}'; complete -C '{name} {line}';" for line in expected)
    done = subprocess.run(
        ("fish", "-c", f"git exp completion fish | source; {asked}"),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [part.splitlines() for part in done.stdout.split("== ")[1:]]
    found = {line: [offer.partition("\t")[0] for offer in offers] for line, *offers in answers}
    assert found == expected
