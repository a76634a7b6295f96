"""Start-up stays light: counted, never timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from answers import Exp
from witness import commit_all

HEAVY = {"git", "deepdiff", "ruamel", "pydantic", "rich", "numpy", "pandas", "orderly_set"}
"""What a listing has no use for: GitPython and what parses, compares or renders."""

SHOW_MODULES = (
    "import sys, gittrack.cli.main as m; status = m.run(sys.argv[1:]);"
    " print(*sorted(sys.modules), file=sys.stderr, sep='\\n'); sys.exit(status)"
)


def started(folder: Path, tmp_path: Path, *arguments: str) -> list[str]:
    """The git commands that a command of ours starts."""
    trace = tmp_path / "trace"
    subprocess.run(
        (sys.executable, "-m", "gittrack", *arguments),
        cwd=folder,
        env={**os.environ, "GIT_TRACE2_EVENT": str(trace)},
        check=True,
        capture_output=True,
    )
    events = [json.loads(line) for line in trace.read_text().splitlines()]
    return [" ".join(event["argv"]) for event in events if event["event"] == "start"]


def modules(folder: Path, *arguments: str) -> set[str]:
    """The modules that are loaded when a command has run."""
    done = subprocess.run(
        (sys.executable, "-c", SHOW_MODULES, *arguments),
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "most"),
    [(("list",), 3), (("tags",), 3), (("show", "try"), 4), (("completion", "--configs"), 6)],
)
def test_few_git_processes(
    registered: Exp, tmp_path: Path, arguments: tuple[str, ...], most: int
) -> None:
    """With an index that is up to date, reading asks git a question or two."""
    for folder in Path(".exptrack").glob("*/*/"):  # what changed just now is looked at twice
        os.utime(folder, (1_700_000_000, 1_700_000_000))
    registered("list")
    commands = started(Path.cwd(), tmp_path, *arguments)
    assert len(commands) <= most, commands


def test_listing_loads_no_heavy_module(registered: Exp) -> None:
    """`git exp list` loads neither GitPython nor parsers, comparers or renderers."""
    registered("list")
    loaded = modules(Path.cwd(), "list")
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    ours = {name for name in loaded if name.startswith("gittrack.cli.commands.")}
    assert ours == {"gittrack.cli.commands.list_"}
    assert not {"gittrack.query.parser", "gittrack.store.catalogue", "gittrack.diff"} & loaded


def test_the_version_loads_next_to_nothing(repository: Path) -> None:
    """`git exp --version` loads no command and no part of the store."""
    ours = {name for name in modules(repository, "--version") if name.startswith("gittrack")}
    assert not {name for name in ours if ".commands." in name or ".store" in name}


REVIEWING = [
    (("check",), 2),
    (("check", "--base", "HEAD"), 7),
    (("check", "--staged"), 7),
    (("review", "HEAD...HEAD"), 8),
]


@pytest.mark.parametrize(("arguments", "most"), REVIEWING)
def test_reviewing_is_light(
    registered: Exp, tmp_path: Path, arguments: tuple[str, ...], most: int
) -> None:
    """A handful of git processes, however many configs there are; no schema, no reference, no
    user's file: none of the libraries for them is loaded."""
    commit_all(Path.cwd())
    assert len(started(Path.cwd(), tmp_path, *arguments)) <= most
    tops = {name.partition(".")[0] for name in modules(Path.cwd(), *arguments)}
    assert not tops & ((HEAVY - {"ruamel"}) | {"jsonschema_rs", "omegaconf", "yaml"})
