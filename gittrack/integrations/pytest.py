"""pytest: a test session as a run, asked for by `--gittrack EXPERIMENT`.

pytest loads this in every project where gittrack is installed, so it imports nothing of gittrack
before it is asked for.
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

_MAX_NOTES = 20
_OUTCOMES = ("passed", "failed", "errors", "skipped", "xfailed", "xpassed")
_PLUGIN = "gittrack-session"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; nothing else happens without them."""
    group = parser.getgroup("gittrack", "experiment tracking")
    group.addoption(
        "--gittrack",
        metavar="EXPERIMENT",
        default=None,
        help="record this session as a run of EXPERIMENT in the git repository",
    )
    group.addoption(
        "--gittrack-repository",
        metavar="FOLDER",
        default=None,
        help="the repository, or a folder in it (default: that of pytest's rootdir)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start recording, where it was asked for; a worker of pytest-xdist's leaves it to the
    main process."""
    experiment = config.getoption("--gittrack")
    if experiment is None or hasattr(config, "workerinput"):
        return
    from gittrack.errors import GittrackError

    folder = config.getoption("--gittrack-repository") or config.rootpath
    try:
        recording = SessionRun(Path(folder), experiment, list(config.invocation_params.args))
    except GittrackError as error:
        raise pytest.UsageError(f"--gittrack: {error}") from error
    config.pluginmanager.register(recording, _PLUGIN)


class SessionRun:
    """The run of a session: counts and seconds as metrics, each test in `tests.csv`.

    Args:
        folder: a folder in the repository.
        experiment: the experiment's name.
        arguments: pytest's own.
    """

    def __init__(self, folder: Path, experiment: str, arguments: list[str]) -> None:
        from gittrack.capture.redaction import redact
        from gittrack.integrations.training_run import TrainingRun

        self._training = TrainingRun(folder, experiment)
        self._settings = {"arguments": redact(map(str, arguments))}
        self._outcomes: dict[str, str] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def pytest_sessionstart(self) -> None:
        """The session starts, and with it a run."""
        self._training.start(self._settings)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test was set up, called or taken down."""
        self._seconds[report.nodeid] += report.duration
        outcome = _outcome(report)
        if outcome is not None:
            self._outcomes[report.nodeid] = outcome

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file was collected, or could not be."""
        if report.failed:
            self._outcomes[report.nodeid] = "errors"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """The session is over, in whatever way."""
        counts = Counter(self._outcomes.values())
        metrics: dict[str, Any] = {name: counts[name] for name in _OUTCOMES}
        metrics["seconds"] = sum(self._seconds.values())
        self._training.log_metrics(metrics)
        broken = [node for node, outcome in self._outcomes.items() if _is_broken(outcome)]
        for node in broken[:_MAX_NOTES]:
            self._training.log_note(f"{self._outcomes[node]}: {node}")
        if self._outcomes:
            self._log_tests()
        self._training.end(_status(exitstatus))

    def _log_tests(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "tests.csv"
            with file.open("w", newline="", encoding="utf-8", errors="backslashreplace") as text:
                rows = csv.writer(text)
                rows.writerow(["test", "outcome", "seconds"])
                for node, outcome in self._outcomes.items():
                    rows.writerow([node, outcome, f"{self._seconds[node]:.6f}"])
            self._training.log_artifact(file, file.name, "tests")


def _outcome(report: pytest.TestReport) -> str | None:
    """What a phase of a test says of the whole test; `None` where that is nothing."""
    expected = hasattr(report, "wasxfail")
    if report.failed:
        return "failed" if report.when == "call" else "errors"
    if report.skipped:
        return "xfailed" if expected else "skipped"
    if report.when != "call":
        return None
    return "xpassed" if expected else "passed"


def _is_broken(outcome: str) -> bool:
    return outcome in ("failed", "errors")


def _status(exitstatus: int) -> str:
    if exitstatus == pytest.ExitCode.INTERRUPTED:
        return "KILLED"
    fine = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    return "FINISHED" if exitstatus in fine else "FAILED"
