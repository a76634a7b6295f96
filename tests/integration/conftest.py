"""Scripts and examples run as processes of their own, away from the home and git of the user."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from host_stand_ins import GitHub, GitLab, serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def github() -> Iterator[GitHub]:
    host = GitHub()
    with serving(host):
        yield host


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    host = GitLab()
    with serving(host):
        yield host


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "120",
        "NO_COLOR": "1",
    }
