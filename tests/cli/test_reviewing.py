"""`pin`, `unpin`, `pins`, `check` and `review` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from answers import Exp
from witness import commit_all, git

from gittrack.checks.formats import FORMATS as CHECK_FORMATS
from gittrack.review.formats import FORMATS as REVIEW_FORMATS


@pytest.fixture
def pinned(exp: Exp, configs: Path) -> Exp:
    """`base.yaml` pinned as prod and committed; the branch `feature` is checked out."""
    exp("init")
    exp("pin", "prod", "base.yaml")
    commit_all(configs)
    git(configs, "switch", "-q", "-c", "feature")
    return exp


def edit(repository: Path) -> None:
    file = repository / "base.yaml"
    file.write_text(file.read_text().replace("lr: 0.1", "lr: 0.3"))


def test_a_pin_is_a_small_reviewed_file(pinned: Exp, repository: Path) -> None:
    """It names the config and the file, and any YAML reader reads it."""
    file = repository / ".exptrack/pins/prod.yaml"
    [state] = pinned("pins", "--json").json
    assert yaml.safe_load(file.read_text()) == {"config": state["config"], "source": "base.yaml"}
    assert state["state"] == "ok"
    assert pinned("show", "pin:prod", "--yaml").out == pinned("show", "base.yaml", "--yaml").out


def test_pinning_says_what_it_did(pinned: Exp, repository: Path) -> None:
    """New, moved and unmoved pins are told apart, with from what to what."""
    old = pinned("pins").lines[0].split()[1]
    assert pinned("pin", "prod", "base.yaml").lines == [f"as it was  prod  {old}  base.yaml"]
    moved = pinned("pin", "prod", "deep.yaml").lines[0]
    assert moved.startswith(f"moved  prod  {old} → ")
    assert moved.endswith("  deep.yaml")
    plain = pinned("pin", "eu/stage", old).lines[0]
    assert plain == f"pinned  eu/stage  {old}"
    assert (repository / ".exptrack/pins/eu/stage.yaml").read_text().startswith("config: ")


def test_update_moves_what_changed(pinned: Exp, repository: Path) -> None:
    """`--update` follows the files; what did not change stays, and JSON says which."""
    pinned("pin", "deep", "deep.yaml")
    edit(repository)
    assert "stale: the file has" in pinned("pins").out
    answer = pinned("pin", "--update", "--json").json
    assert {one["name"]: one["changed"] for one in answer} == {"deep": False, "prod": True}
    assert pinned("check").out.endswith("no findings\n")


def test_mistakes_with_pins(pinned: Exp) -> None:
    """Each says what is wrong and what to do, and changes nothing."""
    cases = [
        (("pin",), 2, "git exp pin needs NAME and CONFIG"),
        (("pin", "prod"), 2, "git exp pin needs NAME and CONFIG"),
        (("pin", "../x", "base.yaml"), 2, "a pin cannot be called '../x'"),
        (("pin", "-x", "base.yaml"), 2, ""),
        (("pin", "Prod", "base.yaml"), 2, "differs in case only"),
        (("pin", "x", "missing.yaml"), 1, "no config is called 'missing.yaml'"),
        (("pin", "x", "/etc/hostname"), 2, "not a file of this repository"),
        (("pin", "--update", "pord"), 1, "hint: did you mean prod?"),
        (("unpin", "prod", "other"), 1, "there is no pin 'other'"),
        (("show", "pin:other"), 1, "there is no pin 'other'"),
    ]
    for arguments, status, message in cases:
        answer = pinned(*arguments, status=status)
        assert message in answer.err, arguments
        assert len(answer.err.splitlines()) <= 2
    assert [line.split()[0] for line in pinned("pins").lines] == ["prod"]


def test_unpin(pinned: Exp, repository: Path) -> None:
    """The file goes, the config stays."""
    assert pinned("unpin", "prod").lines == ["unpinned  prod"]
    assert pinned("pins").out == ""
    assert not (repository / ".exptrack/pins/prod.yaml").exists()
    assert len(pinned("list").lines) == 1


def test_check_finds_and_mends(pinned: Exp, repository: Path) -> None:
    """A stale pin fails the check; the command that it names makes it pass."""
    edit(repository)
    answer = pinned("check", status=1)
    assert answer.lines[0].startswith("base.yaml:1")
    assert "pin-stale" in answer.out
    assert "git exp pin --update prod" in answer.out
    pinned("pin", "--update", "prod")
    pinned("check")


@pytest.mark.parametrize("name", CHECK_FORMATS.names())
def test_every_check_format_is_printed(pinned: Exp, repository: Path, name: str) -> None:
    """Each format is written to standard output, and the status is the same in all."""
    edit(repository)
    assert pinned("check", "--format", name, status=1).out.endswith("\n")


def test_several_outputs_in_one_run(pinned: Exp, repository: Path, tmp_path: Path) -> None:
    """Files of other formats are written beside what is printed."""
    edit(repository)
    outputs = [f"{name}={tmp_path / name}" for name in ("json", "junit", "sarif", "gitlab")]
    arguments = [part for output in outputs for part in ("--output", output)]
    answer = pinned("check", *arguments, status=1)
    assert "1 finding" in answer.out
    assert json.loads((tmp_path / "json").read_text())["ok"] is False
    assert json.loads((tmp_path / "sarif").read_text())["version"] == "2.1.0"
    assert (tmp_path / "junit").read_text().startswith("<?xml")
    assert len(json.loads((tmp_path / "gitlab").read_text())) == 1


def test_mistakes_with_formats(pinned: Exp, tmp_path: Path) -> None:
    """A format that does not exist is refused before anything is looked at."""
    for command in ("check", "review"):
        for arguments in (("--format", "marktown"), ("--output", f"jsn={tmp_path / 'x'}")):
            answer = pinned(command, *arguments, status=2)
            assert answer.out == ""
        answer = pinned(command, "--output", "json", status=2)
        assert "FORMAT=FILE" in answer.err
    assert not (tmp_path / "x").exists()


def test_a_review_of_a_moved_pin(pinned: Exp, repository: Path) -> None:
    """What changed, in a form that a person reads at once."""
    edit(repository)
    pinned("pin", "--update")
    commit_all(repository)
    answer = pinned("review", "main...HEAD")
    assert answer.lines[0] == "1 pin moved, 1 config new · 1 value changed"
    assert "~  lr  0.1 → 0.3  (+0.2, +200%)" in answer.out
    assert pinned("review").out == answer.out


@pytest.mark.parametrize("name", REVIEW_FORMATS.names())
def test_every_review_format_is_printed(pinned: Exp, repository: Path, name: str) -> None:
    """Each format is written, and ends with a line's end."""
    edit(repository)
    pinned("pin", "--update")
    commit_all(repository)
    assert "0.3" in pinned("review", "--format", name).out


def test_a_gate_fails_the_review(pinned: Exp, repository: Path) -> None:
    """The status says so, and the first lines say why; a passed gate is no failure."""
    edit(repository)
    pinned("pin", "--update")
    commit_all(repository)
    answer = pinned("review", "--fail-on", "lr > base", "--fail-on", "lr > 1", status=1)
    assert "prod: lr is 0.3, base 0.1" in answer.out
    pinned("review", "--fail-on", "lr > 1")
    refused = pinned("review", "--fail-on", "lr >", status=2)
    assert refused.err.splitlines()[1:3] == ["  lr >", "      ^"]


def test_hostile_names_do_not_reach_the_terminal(pinned: Exp, repository: Path) -> None:
    """Escapes, workflow commands and mentions in keys, values, descriptions and authors."""
    nasty = "\x1b[31m::error::%0A@octocat <script> | `x` \u202e"
    git(
        repository,
        "config",
        "user.name",
        f"Eve {nasty.replace('<script>', '')}".replace("\x1b", ""),
    )
    (repository / "nasty.json").write_text(json.dumps({nasty: nasty, "deep": [{"a": nasty}]}))
    pinned("add", "nasty.json", "-m", nasty)
    commit_all(repository)
    for name in REVIEW_FORMATS.names():
        text = pinned("review", "--format", name).out
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "@octocat" not in pinned("review", "--format", "markdown").out


def test_a_review_within_a_comments_limit(pinned: Exp, repository: Path) -> None:
    """Whole sections are left out, and the last line says how to see them."""
    for number in range(40):
        values = {f"key{i}": f"{number} {'x' * 40}" for i in range(20)}
        (repository / f"{number}.json").write_text(json.dumps(values))
    pinned("add", *[f"{number}.json" for number in range(40)])
    commit_all(repository)
    whole = pinned("review", "--format", "markdown").out
    cut = pinned("review", "--format", "markdown", "--max-chars", 9000).out
    assert len(cut) <= 9000 < len(whole)
    assert "left out" in cut.splitlines()[-1]
    assert pinned("review", "--max-chars", 10, status=2).out == ""
