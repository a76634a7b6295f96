"""Finding among many runs, beside other trackers: queries, listings, tables, the index.

    python -m benchmarks.finding --python mlflow=peers/bin/python --json figures.json

The runs are those of `gittrack.demo.synthetic`: 20 parameters, 5 metrics. Warm figures are of one
process that asks again and again, fresh ones of whole processes. All are medians. A tracker that
is not installed is left out; one that is slow gets fewer runs (`_MOST`), and fewer turns.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.finders import LIMIT, ORDER, QUERY
from benchmarks.finding_plot import plot
from gittrack.demo.synthetic import EXPERIMENTS, runs
from gittrack.runs.records import RunRecord

SIZES = (1_000, 10_000, 100_000)
PEERS = {"mlflow": "MLflow, SQLite", "optuna": "Optuna, SQLite", "aim": "Aim"}
_MOST = {"mlflow": 100_000, "optuna": 1_000, "aim": 1_000}
_MOST_TABLE = {"mlflow": 10_000, "aim": 0}  # Aim 3.29 has no table of runs that works here
_WORKER = Path(__file__).with_name("finders.py")
_QUIET = {
    "AIM__TELEMETRY": "0",
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PYTHONWARNINGS": "ignore",
}

_SCRIPT = f"""
from gittrack import ExperimentTracker
with ExperimentTracker(capture=False) as tracker:
    for run in tracker.search_runs(None, {QUERY!r}, {ORDER!r}, {LIMIT}):
        print(run.run_id, run.run_name, run.metrics)
"""

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A tracker's folder, and the Python that has the tracker."""

    tracker: str
    python: str
    folder: Path

    def work(self, action: str, turns: int = 0, *more: object) -> dict[str, Any]:
        """What a process of its own measured; `wall` is the seconds of the whole process."""
        command = [self.python, str(_WORKER), self.tracker, action, str(self.folder), str(turns)]
        started = time.perf_counter()
        done = _run([*command, *map(str, more)], self.folder)
        wall = time.perf_counter() - started
        figures: dict[str, Any] = json.loads(done.splitlines()[-1])
        return figures | {"wall": wall}

    def median(self, action: str, turns: int) -> float:
        """Milliseconds of an action in a warm process."""
        return 1e3 * statistics.median(self.work(action, turns)["seconds"])

    def fresh(self, action: str, turns: int) -> float:
        """Milliseconds of a process that does it once."""
        return 1e3 * statistics.median(self.work(action)["wall"] for _ in range(turns))


def ours(folder: Path, count: int, turns: int) -> Figures:
    """All figures of gittrack at one size."""
    place = Place("gittrack", sys.executable, folder)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    figures: Figures = {}
    filled = place.work("fill", 0, count)
    figures["record, µs a run"] = filled["seconds"][0] / count * 1e6
    figures["record, peak MiB"] = filled["peak"]
    subprocess.run(["git", "gc", "-q"], cwd=folder, check=True)
    packs = sum(path.stat().st_size for path in (folder / ".git/objects").rglob("*.pack"))
    figures["git, bytes a run"] = packs / count
    index = folder / ".git/exptrack/runs.db"
    builds = []
    for _ in range(2):
        index.unlink(missing_ok=True)
        builds.append(place.work("build"))
    figures["first build, s"] = statistics.median(one["wall"] for one in builds)
    figures["build, peak MiB"] = max(one["peak"] for one in builds)
    figures["index, bytes a run"] = index.stat().st_size / count
    figures["query warm, ms"] = place.median("query", turns)
    figures["latest warm, ms"] = place.median("latest", turns)
    table = place.work("table", 5)
    figures["table, s"] = statistics.median(table["seconds"])
    figures["table, peak MiB"] = table["peak"]
    figures |= _fresh_processes(folder, turns)
    figures["refresh, ms more"] = place.median("refresh", turns)
    return figures


def _fresh_processes(folder: Path, turns: int) -> Figures:
    """Milliseconds of commands as a user types them."""
    listing = ("runs", "list", "--limit", str(LIMIT))
    commands: dict[str, tuple[str, ...]] = {
        "query fresh, ms": ("-m", "gittrack", *listing, "--where", QUERY, "--sort", ORDER),
        "query fresh in Python, ms": ("-c", _SCRIPT),
        "latest fresh, ms": ("-m", "gittrack", *listing),
        "git exp --version, ms": ("-m", "gittrack", "--version"),
    }
    if "--where" not in _run([sys.executable, "-m", "gittrack", "runs", "list", "--help"], folder):
        _say("git exp runs list has no --where here: its query is left out")
        del commands["query fresh, ms"]
    figures = {}
    for name, arguments in commands.items():
        command = [sys.executable, *arguments]
        _run(command, folder)
        spent = []
        for _ in range(turns):
            started = time.perf_counter()
            _run(command, folder)
            spent.append(time.perf_counter() - started)
        figures[name] = 1e3 * statistics.median(spent)
    return figures


def theirs(place: Place, runs_file: Path, count: int, turns: int) -> Figures:
    """The figures of another tracker at one size."""
    place.work("fill", 0, runs_file)
    few = max(1, turns // 3) if count > 10_000 else turns
    figures = {
        "query warm, ms": place.median("query", few),
        "query fresh, ms": place.fresh("query", min(few, 3)),
    }
    if place.tracker != "aim":  # its runs come in no order
        figures["latest warm, ms"] = place.median("latest", few)
        figures["latest fresh, ms"] = place.fresh("latest", min(few, 3))
    if count <= _MOST_TABLE.get(place.tracker, count):
        table = place.work("table", 1)
        figures["table, s"] = statistics.median(table["seconds"])
        figures["table, peak MiB"] = table["peak"]
    return figures


def write_runs(path: Path, count: int) -> None:
    """The runs in a form that every tracker can take: flat parameters, latest metrics."""
    share, rest = divmod(count, len(EXPERIMENTS))
    with path.open("w") as file:
        for place, name in enumerate(EXPERIMENTS):
            for number, run in enumerate(runs(name, share + (place < rest))):
                file.write(json.dumps(_plain(run, f"{name}-{number}")) + "\n")


def _plain(run: RunRecord, name: str) -> dict[str, Any]:
    config: Any = run.config
    metrics: Any = run.metrics
    return {
        "id": run.run_id,
        "name": name,
        "status": run.status,
        "start": run.start_time,
        "end": run.end_time,
        "params": dict(_flat("", config)) | dict(run.params),
        "metrics": {k: v if isinstance(v, float) else v[-1][2] for k, v in metrics.items()},
        "tags": dict(run.tags),
    }


def _flat(prefix: str, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key}", str(value) if isinstance(value, list) else value


def _run(command: list[str], folder: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | _QUIET
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)[:300]}:\n{done.stderr[-2000:]}")
    return done.stdout


def shown(found: dict[str, dict[int, Figures]]) -> str:
    """The figures as Markdown: a column for each tracker and size."""
    columns = [(tracker, size) for tracker, sizes in found.items() for size in sizes]
    names = list(dict.fromkeys(n for t, s in columns for n in found[t][s]))
    lines = ["| | " + " | ".join(f"{t} {s:,}" for t, s in columns) + " |"]
    lines.append("| --- |" + " ---: |" * len(columns))
    for name in names:
        cells = [found[t][s].get(name) for t, s in columns]
        texts = ["" if c is None else f"{c:,.0f}" if c >= 100 else f"{c:.3g}" for c in cells]
        lines.append(f"| {name} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure what was asked for, print it, and write it down."""
    wanted = _arguments()
    pythons = dict(wanted.python)
    load = [os.getloadavg()[0]]
    found: dict[str, dict[int, Figures]] = {}
    for size in wanted.sizes:
        with tempfile.TemporaryDirectory(prefix="finding-") as name:
            folder = Path(name)
            _say(f"gittrack, {size:,} runs")
            found.setdefault("gittrack", {})[size] = ours(folder / "ours", size, wanted.turns)
            write_runs(folder / "runs.jsonl", size)
            for peer, python in pythons.items():
                if size > _MOST[peer]:
                    continue
                _say(f"{PEERS[peer]}, {size:,} runs")
                (folder / peer).mkdir()
                place = Place(peer, python, folder / peer)
                figures = theirs(place, folder / "runs.jsonl", size, wanted.turns)
                found.setdefault(peer, {})[size] = figures
        load.append(os.getloadavg()[0])
        if wanted.json:  # what there is, whatever becomes of the rest
            wanted.json.write_text(json.dumps({"load": load, "figures": found}, indent=2) + "\n")
    print(shown(found))
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True)
    print(f"\nload {load}, {git.stdout.strip()}, Python {platform.python_version()}")
    if wanted.svg:
        wanted.svg.write_text(plot(found))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.finding",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--turns", type=int, default=11, help="default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw how cost grows")
    parser.add_argument(
        "--python",
        type=_python,
        action="append",
        default=[],
        metavar="PEER=PATH",
        help=f"measure this one with the Python that has it: {', '.join(PEERS)}",
    )
    return parser.parse_args()


def _python(text: str) -> tuple[str, str]:
    peer, equals, path = text.partition("=")
    if peer not in PEERS or not equals:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no PEER=PATH, with one of {', '.join(PEERS)}"
        )
    return peer, os.path.abspath(path)


if __name__ == "__main__":
    main()
