"""The manual, the reference and the completion files say what the commands are."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from gittrack.cli.loading import command_names, sections
from gittrack.cli.manual import files, manual_page, reference
from gittrack.cli.outline import commands

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(files()))
def test_generated_files_are_up_to_date(name: str) -> None:
    """To mend: `python -m gittrack.cli.manual --write`."""
    assert (ROOT / name).read_text(encoding="utf-8") == files()[name]


def test_every_command_and_option_is_documented() -> None:
    """The manual and the reference have every command, argument and option, each explained."""
    page = manual_page().replace("\\-", "-")
    text = reference()
    for command in commands():
        assert f"\\fBgit exp {command.name}\\fR" in page
        assert f"## git exp {command.name}\n" in text
        assert command.summary.endswith(".")
        for option in command.options:
            assert option.text, (command.name, option)
            assert all(f"\\fB{name}\\fR" in page for name in option.names)
        assert all(argument.text for argument in command.arguments), command.name
    tops = [command for command in commands() if " " not in command.name]
    assert [command.name for command in tops] == command_names()
    for top in tops:
        names = [f"{top.name} {name}" for name in command_names(top.name)] if top.children else []
        assert [child.name for child in top.children] == names


def test_every_command_is_in_a_section_of_the_overview() -> None:
    """No command is left over under "Also"."""
    assert "Also" not in dict(sections(command_names()))


def test_the_page_has_the_usual_sections() -> None:
    """A manual page has the sections that people look for."""
    found = re.findall(r"^\.SH (.+)$", manual_page(), re.MULTILINE)
    for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "NAMING A CONFIG"):
        assert title in found
    assert found[-5:] == ["EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"]


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="needs mandoc")
def test_mandoc_finds_no_fault() -> None:
    """`mandoc -Tlint` has no warning and no error."""
    done = subprocess.run(
        ("mandoc", "-Tlint", "-Wwarning"), input=manual_page(), capture_output=True, text=True
    )
    assert done.stdout == ""


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_groff_renders_the_page() -> None:
    """groff renders it without a warning, and nothing of the markup is left."""
    done = subprocess.run(
        ("groff", "-man", "-ww", "-Tutf8", "-P-c"),
        input=manual_page().encode(),
        capture_output=True,
    )
    assert done.stderr == b""
    assert b"\\f" not in done.stdout
    assert b"`" not in done.stdout


def test_the_wheel_installs_them() -> None:
    """An installation puts manual and completions where man and shells look for them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shared = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared["docs/man/git-exp.1"] == "share/man/man1/git-exp.1"
    assert all((ROOT / source).is_file() for source in shared)
    assert {name for name in files() if name.startswith("completions/")} < set(shared)
