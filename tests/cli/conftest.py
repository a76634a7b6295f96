"""`git exp` as a user runs it: in this process where that is faster, else as a program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answers import Answer, Exp

from gittrack.cli.main import run

CONFIGS = {
    "base.yaml": "lr: 0.1\nlayers: [64, 32]\nmodel:\n  name: mlp\n  depth: 2\n",
    "deep.yaml": "lr: 0.2\nlayers: [64, 16, 32]\nmodel:\n  name: mlp\n  depth: 8\n  dropout: 0.5\n",
    "forest.yaml": "model:\n  name: forest\n  trees: 300\n",
}


@pytest.fixture
def exp(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Exp:
    """Runs a command in this process, in the current folder: at first a repository's top."""
    monkeypatch.chdir(repository)
    for name in ("NO_COLOR", "PAGER", "GIT_PAGER", "GIT_PAGER_IN_USE"):
        monkeypatch.delenv(name, raising=False)

    def execute(*arguments: object, status: int | None = 0) -> Answer:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        written = capsys.readouterr()
        answer = Answer(code, written.out, written.err)
        assert status is None or code == status, answer
        return answer

    return execute


@pytest.fixture
def configs(repository: Path) -> Path:
    """Three files with configs, not registered."""
    for name, text in CONFIGS.items():
        (repository / name).write_text(text)
    return repository


@pytest.fixture
def registered(exp: Exp, configs: Path) -> Exp:
    """Three configs: `base` (tag baseline), `deep` (derived from it, tag try), `forest`."""
    exp("add", "base.yaml", "-m", "the baseline", "-t", "baseline")
    exp("add", "deep.yaml", "-m", "twice as deep", "-t", "try", "--parent", "baseline")
    exp("add", "forest.yaml")
    return exp


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH with `git-exp` in it, so that git finds `git exp`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "git-exp"
    script.write_text(
        f"#!{sys.executable}\nfrom gittrack.cli.main import main\n\nmain()\n", encoding="utf-8"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    root = Path(__file__).parents[2]
    known = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", f"{root}{os.pathsep}{known}" if known else str(root))
    return folder


@pytest.fixture
def start(program: Path, repository: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs any program in the repository, with `git-exp` on PATH."""

    def execute(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
        given: dict[str, Any] = {"cwd": repository, "capture_output": True, "check": False}
        return subprocess.run([str(a) for a in arguments], **{**given, **options})

    return execute
