"""Reports in a real browser: the script runs under its policy, and draws the curves."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path

import pytest
from answers import Exp

from gittrack.tracking.tracker import ExperimentTracker

BROWSER = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="needs Chromium"),
]


def shown(page: Path, profile: Path) -> tuple[str, list[str]]:
    """The page's elements after its script ran, and what was said on the console."""
    result = subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={profile}",
            "--window-size=1280,2000",
            "--virtual-time-budget=4000",
            "--enable-logging=stderr",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return result.stdout, [line for line in result.stderr.splitlines() if "CONSOLE" in line]


def test_a_browser_draws_the_curves(exp: Exp, repository: Path, tmp_path: Path) -> None:
    """Each curve picture becomes a canvas with its keys, marks say what they are, tables sort,
    and nothing is refused by the policy or said on the console."""
    with ExperimentTracker(repository, capture=False) as tracker:
        for lr in (0.1, 0.2, 0.3):
            with tracker.run("x", run_name=f"<b>{lr}", config={"lr": lr, "n": 3 * lr}) as run:
                for step in range(40):
                    run.log_metrics({"loss": math.exp(-lr * step), "odd": math.nan}, step)
    exp("report", "compare", "x#1", "x#2", "x#3", "-o", "page.html")
    page, said = shown(repository / "page.html", tmp_path / "profile")
    assert said == []
    assert page.count("<canvas") == 2
    assert page.count('aria-pressed="true"') == 6
    assert page.count('role="button"') == 3  # the axes of the parallel coordinates
    assert '<th scope="col"><button type="button">' in page
    assert "<b>0.1" not in page
