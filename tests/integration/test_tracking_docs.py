"""The page on tracking, tried as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from witness import git

from gittrack import ExperimentTracker

ROOT = Path(__file__).parents[2]


def test_the_programs_of_the_page(repository: Path) -> None:
    """One after the other in one repository, without a word on standard error."""
    text = (ROOT / "docs/tracking.md").read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(programs) == 3
    for program in programs:
        done = subprocess.run(
            (sys.executable, "-c", program),
            cwd=repository,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1 lstm-1 FINISHED 0.01 0.01\n"
    with ExperimentTracker(repository) as tracker:
        assert len(tracker.get_trials("study")) == 6
    assert "Seal 1 run of lstm" in git(repository, "log", "refs/exptrack/experiments/lstm")
