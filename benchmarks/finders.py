"""One piece of work of one tracker in a process of its own: `finders.py TRACKER ACTION FOLDER …`.

The runs come from a file of JSON lines, so that every tracker gets the same ones and the Python
that has it needs nothing else. Figures are printed as JSON, as the last line.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from math import isnan
from pathlib import Path
from typing import Any

QUERY = "metrics.m0 > 0.9 AND params.p3 = 'v3'"
ORDER = "metrics.m1 DESC"
LIMIT = 100


class Finder:
    """A tracker that holds runs in a folder and finds them again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, runs: Path) -> None:
        """Take all runs of a file in."""
        raise NotImplementedError

    def query(self) -> int:
        """The runs of `QUERY` in `ORDER`, at most `LIMIT`, with all that is known of them."""
        raise NotImplementedError

    def latest(self) -> int:
        """The `LIMIT` newest runs."""
        raise NotImplementedError

    def table(self) -> int:
        """All runs as a pandas data frame."""
        raise NotImplementedError


class Gittrack(Finder):
    """A tracker on a repository; `fill` is `gittrack.demo.synthetic`."""

    def __init__(self, folder: Path) -> None:
        from gittrack import ExperimentTracker

        super().__init__(folder)
        self._tracker = ExperimentTracker(folder, capture=False)

    def fill(self, runs: Path) -> None:
        from gittrack.demo.synthetic import fill

        fill(self._tracker, int(runs.name))  # the number alone: it makes them itself

    def query(self) -> int:
        return len(self._tracker.search_runs(None, QUERY, ORDER, LIMIT))

    def latest(self) -> int:
        return len(self._tracker.search_runs(max_results=LIMIT))

    def table(self) -> int:
        return len(self._tracker.export_to_dataframe())

    def build(self) -> int:
        """Ask for the first time after a clone."""
        return self._tracker.count_runs()

    def one_more(self) -> None:
        """Record one more run."""
        self._tracker.log_runs("ranking", [{"params": {"p0": 0.5}, "metrics": {"m0": 0.5}}])


class MLflow(Finder):
    """MLflow with its SQLite store. Filled by SQL: its calls would take 70 ms a run."""

    def __init__(self, folder: Path) -> None:
        import mlflow

        super().__init__(folder)
        self._mlflow = mlflow
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")

    def fill(self, runs: Path) -> None:
        experiment = self._mlflow.set_experiment("bench").experiment_id
        connection = sqlite3.connect(self.folder / "mlflow.db")
        insert = connection.executemany
        for some in _batches(runs):
            insert(
                "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name,"
                " user_id, status, start_time, end_time, source_version, lifecycle_stage,"
                " artifact_uri, experiment_id)"
                " VALUES (?, ?, 'UNKNOWN', '', '', 'root', ?, ?, ?, '', 'active', '', ?)",
                [
                    (r["id"], r["name"], r["status"], *_milliseconds(r), int(experiment))
                    for r in some
                ],
            )
            for name, table in (("params", "params"), ("tags", "tags")):
                insert(
                    f"INSERT INTO {table} (run_uuid, key, value) VALUES (?, ?, ?)",
                    [(r["id"], key, str(value)) for r in some for key, value in r[name].items()],
                )
            rows = [
                (key, 0.0 if isnan(value) else value, int(r["end"] * 1000), r["id"], isnan(value))
                for r in some
                for key, value in r["metrics"].items()
            ]
            for table in ("metrics", "latest_metrics"):
                insert(
                    f"INSERT INTO {table} (key, value, timestamp, run_uuid, is_nan, step)"
                    " VALUES (?, ?, ?, ?, ?, 0)",
                    rows,
                )
        connection.commit()
        connection.close()

    def query(self) -> int:
        return len(self._found(QUERY, [ORDER]))

    def latest(self) -> int:
        return len(self._found("", ["attributes.start_time DESC"]))

    def table(self) -> int:
        return len(self._mlflow.search_runs(experiment_names=["bench"], max_results=10**9))

    def _found(self, query: str, order: list[str]) -> list[Any]:
        return self._mlflow.search_runs(
            experiment_names=["bench"],
            filter_string=query,
            order_by=order,
            max_results=LIMIT,
            output_format="list",
        )


class Optuna(Finder):
    """A study on SQLite; it has no queries, so all trials are read and Python chooses."""

    def __init__(self, folder: Path) -> None:
        import optuna

        super().__init__(folder)
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._optuna = optuna
        self._study = optuna.create_study(
            storage=f"sqlite:///{folder}/optuna.db", study_name="bench", load_if_exists=True
        )

    def fill(self, runs: Path) -> None:
        """Numbers are parameters, all else is an attribute: a text parameter has fixed choices."""
        number = self._optuna.distributions.FloatDistribution(-1e12, 1e12)
        for some in _batches(runs, 200):
            trials = []
            for run in some:
                params = {k: v for k, v in run["params"].items() if type(v) in (int, float)}
                others = {k: v for k, v in run["params"].items() if k not in params}
                trials.append(
                    self._optuna.trial.create_trial(
                        params=params,
                        distributions=dict.fromkeys(params, number),
                        value=run["metrics"]["m0"],
                        user_attrs=run["metrics"] | run["tags"] | others,
                    )
                )
            self._study.add_trials(trials)

    def query(self) -> int:
        found = [
            trial
            for trial in self._trials()
            if trial.user_attrs["m0"] > 0.9 and trial.user_attrs["p3"] == "v3"
        ]
        return len(sorted(found, key=lambda trial: -trial.user_attrs["m1"])[:LIMIT])

    def latest(self) -> int:
        return len(self._trials()[-LIMIT:])

    def table(self) -> int:
        return len(self._fresh().trials_dataframe())

    def _trials(self) -> list[Any]:
        return self._fresh().get_trials(deepcopy=False)

    def _fresh(self) -> Any:
        """The study as the file has it: an open one keeps finished trials in memory."""
        storage = self._study._storage
        return self._optuna.load_study(study_name="bench", storage=storage)


class Aim(Finder):
    """Aim's own storage and query language; it sorts nothing, so Python does."""

    def __init__(self, folder: Path) -> None:
        from aim import Repo

        super().__init__(folder)
        self._repo = Repo(str(folder), init=not (folder / ".aim").exists())

    def fill(self, runs: Path) -> None:
        from aim import Run

        for some in _batches(runs):
            for one in some:
                run = Run(
                    repo=str(self.folder),
                    system_tracking_interval=None,
                    log_system_params=False,
                    capture_terminal_logs=False,
                )
                run["hparams"], run["tags"] = one["params"], one["tags"]
                for name, value in one["metrics"].items():
                    run.track(value, name=name)
                run.close()

    def query(self) -> int:
        text = "metric.name == 'm0' and metric.last > 0.9 and run.hparams.p3 == 'v3'"
        found = []
        for metrics in self._repo.query_metrics(text, report_mode=0).iter_runs():
            run = metrics.run
            found.append((run.get_metric("m1", {}).values.last()[1][0], run.hash))
        return len(sorted(found, reverse=True)[:LIMIT])


TRACKERS: dict[str, type[Finder]] = {
    "gittrack": Gittrack,
    "mlflow": MLflow,
    "optuna": Optuna,
    "aim": Aim,
}


def _batches(runs: Path, size: int = 5000) -> Iterator[list[dict[str, Any]]]:
    with runs.open() as file:
        some = []
        for line in file:
            some.append(json.loads(line))
            if len(some) == size:
                yield some
                some = []
        if some:
            yield some


def _milliseconds(run: dict[str, Any]) -> tuple[int, int]:
    return int(run["start"] * 1000), int(run["end"] * 1000)


def _timed(action: Callable[[], Any]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _peak() -> float:
    """The most memory that this process has had, in MiB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def _refresh(finder: Gittrack, turns: int) -> list[float]:
    """How much longer the query takes when one run more was recorded before it."""
    finder.query()
    more = []
    for _ in range(turns):
        without = _timed(finder.query)
        finder.one_more()
        more.append(_timed(finder.query) - without)
    return more


def main() -> None:
    """Do what the arguments say: TRACKER ACTION FOLDER TURNS [RUNS]."""
    tracker, action, folder, turns = sys.argv[1:5]
    finder = TRACKERS[tracker](Path(folder))
    figures: dict[str, Any] = {}
    if action == "fill":
        figures["seconds"] = [_timed(lambda: finder.fill(Path(sys.argv[5])))]
    elif action == "refresh":
        assert isinstance(finder, Gittrack)
        figures["seconds"] = _refresh(finder, int(turns))
    else:
        figures["found"] = getattr(finder, action)()  # the first one is warm-up
        work = getattr(finder, action)
        figures["seconds"] = [_timed(work) for _ in range(int(turns))]
    figures["peak"] = _peak()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
