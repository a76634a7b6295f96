"""Every test runs away from the machine's own git configuration, home folder and identity."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from witness import new_repository

# In CI the same commit gives the same answer: the same examples, and no clock. Elsewhere each run
# tries new ones.
settings.register_profile(
    "ci",
    derandomize=True,
    print_blob=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
if os.environ.get("CI") or os.environ.get("GITTRACK_CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "gitconfig").touch()
    return home


@pytest.fixture(autouse=True)
def isolated_environment(empty_home: Path) -> Iterator[None]:
    """No test reads or writes what belongs to the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("GIT_", "XDG_")) or name in ("EMAIL", "GIT_DIR"):
                patch.delenv(name)
        patch.setenv("HOME", str(empty_home))
        patch.setenv("GIT_CONFIG_GLOBAL", str(empty_home / "gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_TERMINAL_PROMPT", "0")
        # Or each of a thousand programs that tests start would compile the library anew.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a name configured and one commit on `main`."""
    return new_repository(tmp_path / "repository", commit=True)
