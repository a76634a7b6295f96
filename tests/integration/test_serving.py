"""`git exp ui` and `git exp serve` as programs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gittrack.tracking.tracker import ExperimentTracker


@contextmanager
def program(folder: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "gittrack", *arguments]
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ask(address: str, token: str, method: str = "GET", body: Any = None) -> Any:
    request = urllib.request.Request(
        address,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_ui_prints_a_link_and_ends_when_asked(repository: Path) -> None:
    """The link leads to a page on this machine; SIGTERM ends the program like Ctrl-C."""
    with program(repository, "ui") as process:
        address, _, token = first_line(process).partition("#token=")
        assert address.startswith("http://127.0.0.1:")
        assert ask(f"{address}api/v1/about", token)["repository"] == "repository"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@pytest.mark.slow
def test_run_left_open_by_a_server_that_ends_is_closed_by_the_next_command(
    repository: Path,
) -> None:
    """What a client logged is kept; the run is KILLED, since nobody can go on with it."""
    with program(repository, "ui", GITTRACK_TOKEN="a-token-of-ours") as process:
        address, _, token = first_line(process).partition("#token=")
        assert token == "a-token-of-ours"
        run = ask(f"{address}api/v1/experiments/e/runs", token, "POST", {})["run_id"]
        ask(f"{address}api/v1/runs/{run}/metrics", token, "POST", {"metrics": {"loss": 0.5}})
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    with ExperimentTracker(repository, capture=False) as tracker:
        [found] = tracker.list_runs()
    assert (found.run_id, found.status, found.metrics) == (run, "KILLED", {"loss": 0.5})


def test_serve_prints_page_description_and_token(repository: Path) -> None:
    """A team's server tells once what its members need."""
    with program(repository, "serve", "--host", "0.0.0.0", "--port", "0") as process:
        assert process.stdout is not None
        told = dict(process.stdout.readline().split() for _ in range(3))
        assert list(told) == ["page:", "REST:", "token:"]
        assert told["page:"].endswith(f"#token={told['token:']}")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert "anybody on this network" in process.stderr.read()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ui", "--host", "0.0.0.0"), "git exp serve --host 0.0.0.0"),
        (("ui", "--port", "70000"), "--port takes a number"),
        (("ui", "--token", "short"), "the token needs 8"),
    ],
)
def test_what_cannot_be_served_is_told_at_once(
    repository: Path, arguments: tuple[str, ...], told: str
) -> None:
    """A mistake on the command line ends the program with a reason and a way out."""
    with program(repository, *arguments) as process:
        _, error = process.communicate(timeout=20)
    assert process.returncode == 2
    assert told in error
