"""MLflow with its SQLite store and no server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import mlflow

from benchmarks.peers.contract import Peer, vacuum


class MLflow(Peer):
    """`mlflow.start_run` and the fluent calls."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        mlflow.set_tracking_uri(_address(folder))
        mlflow.set_experiment("bench")

    def run(
        self, params: Mapping[str, float], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        with mlflow.start_run(tags=dict(tags)):
            mlflow.log_params(dict(params))
            mlflow.log_metrics(dict(metrics))

    def start(self) -> None:
        mlflow.start_run()

    def log(self, values: Mapping[str, float], step: int) -> None:
        mlflow.log_metrics(dict(values), step)

    def log_one(self, name: str, value: float, step: int) -> None:
        mlflow.log_metric(name, value, step)

    def end(self) -> None:
        mlflow.end_run()

    @classmethod
    def settle(cls, folder: Path) -> None:
        vacuum(folder / "mlflow.db")

    @classmethod
    def count(cls, folder: Path) -> int:
        client = mlflow.MlflowClient(_address(folder))
        runs = client.search_runs([client.get_experiment_by_name("bench").experiment_id])
        return sum(
            len(client.get_metric_history(run.info.run_id, key))
            for run in runs
            for key in run.data.metrics
        )


def _address(folder: Path) -> str:
    return f"sqlite:///{folder}/mlflow.db"
