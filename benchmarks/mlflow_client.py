"""MLflow's client on gittrack's plug-in and on MLflow's own SQLite store, side by side.

    python benchmarks/mlflow_client.py [RUNS]

Needs the extra `mlflow`. The runs that are searched are put in by other doors: by `log_runs`, and
by SQL, because MLflow's own takes minutes.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["MLFLOW_ENABLE_ASYNC_LOGGING"] = "false"

import mlflow
from mlflow import MlflowClient

from gittrack.tracking.tracker import ExperimentTracker

KEYS = range(10)
SEARCHES = {
    "search_runs, a filter, 100 runs": {
        "filter_string": "metrics.m0 < 0.1 and params.p1 = '5'",
        "max_results": 100,
        "output_format": "list",
    },
    "search_runs, ordered by a metric, 100 runs": {
        "order_by": ["metrics.m3 DESC"],
        "max_results": 100,
        "output_format": "list",
    },
    "search_runs, 1,000 runs": {"max_results": 1000, "output_format": "list"},
    "search_runs, all as a data frame": {"max_results": 100_000},
}


def main() -> None:
    """Measure both stores and print one table."""
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=10_000, help="how many are there")
    count = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        stores = {"gittrack": plugin(Path(folder), count), "SQLite": sqlite(Path(folder), count)}
        results = {name: measured(uri) for name, uri in stores.items()}
    print(f"| {count:,} runs there | gittrack | MLflow's SQLite |\n| --- | ---: | ---: |")
    for what, ours in results["gittrack"].items():
        print(f"| {what} | {shown(ours)} | {shown(results['SQLite'][what])} |")


def shown(seconds: float) -> str:
    """Seconds as milliseconds."""
    return f"{seconds * 1000:,.2f} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"


def measured(uri: str) -> dict[str, float]:
    """Medians in seconds."""
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("work")
    found = {"log_metric": log_metric(), "a run, 10 params, 10 metrics": timed(whole_run, 40)}
    for what, options in SEARCHES.items():
        call = lambda options=options: mlflow.search_runs(experiment_names=["many"], **options)  # noqa: E731
        found[what] = timed(call, 5)
    return found


def log_metric(calls: int = 1000) -> float:
    """One call on a client."""
    client = MlflowClient()
    with mlflow.start_run() as run:
        run_id = run.info.run_id
        steps = iter(range(calls))
        return timed(lambda: client.log_metric(run_id, "loss", 0.5, step=next(steps)), calls)


def whole_run() -> None:
    """A short run, from its start to its end."""
    with mlflow.start_run():
        mlflow.log_params({f"p{key}": key for key in KEYS})
        mlflow.log_metrics({f"m{key}": float(key) for key in KEYS})


def timed(call: Callable[[], object], times: int) -> float:
    """The median time of a call."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def values(count: int) -> list[tuple[dict[str, int], dict[str, float]]]:
    """The same parameters and metrics for both stores."""
    chance = random.Random(0)
    return [
        ({f"p{k}": chance.randrange(10) for k in KEYS}, {f"m{k}": chance.random() for k in KEYS})
        for _ in range(count)
    ]


def plugin(folder: Path, count: int) -> str:
    """A repository with runs in it."""
    place = folder / "repository"
    subprocess.run(("git", "init", "--quiet", str(place)), check=True)
    with ExperimentTracker(place) as tracker:
        runs = ({"params": params, "metrics": metrics} for params, metrics in values(count))
        tracker.log_runs("many", runs)
    return f"gittrack://{place}"


def sqlite(folder: Path, count: int) -> str:
    """MLflow's database with runs in it."""
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    number = mlflow.create_experiment("many")
    with mlflow.start_run(experiment_id=number) as run:
        mlflow.log_param("p", 1)
    template = run.info.run_id
    database = sqlite3.connect(folder / "mlflow.db")
    columns = [row[1] for row in database.execute("PRAGMA table_info(runs)")]
    row = dict(zip(columns, database.execute("SELECT * FROM runs").fetchone(), strict=True))
    tags = database.execute("SELECT key, value FROM tags WHERE run_uuid = ?", (template,))
    known = tags.fetchall()
    for position, (params, metrics) in enumerate(values(count)):
        run_id = f"{position:032x}"
        row |= {"run_uuid": run_id, "name": f"run-{position}", "start_time": position + 1}
        fill(database, "runs", row)
        for key, value in params.items():
            fill(database, "params", {"run_uuid": run_id, "key": key, "value": str(value)})
        for key, number_ in metrics.items():
            point = {"run_uuid": run_id, "key": key, "value": number_, "timestamp": position + 1}
            for table in ("metrics", "latest_metrics"):
                fill(database, table, {**point, "step": 0, "is_nan": 0})
        for key, text in known:
            fill(database, "tags", {"run_uuid": run_id, "key": key, "value": text})
    database.commit()
    database.execute("ANALYZE")
    database.close()
    return uri


def fill(database: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    """One row."""
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))


if __name__ == "__main__":
    main()
