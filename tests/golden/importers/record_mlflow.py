"""Writes `mlflow/` with MLflow itself: `MLFLOW_ALLOW_FILE_STORE=true python record_mlflow.py DIR`.

Made with MLflow 3.17. Run it in an empty folder; paths and names of the machine are taken out.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunStatus, RunTag

ELSEWHERE = "/home/somebody/work"
START = 1_700_000_000_000


def location(artifacts: Path | None, name: str) -> str | None:
    """Where the artifacts of an experiment go; MLflow's own choice in a file store."""
    return None if artifacts is None else str(artifacts / name)


def fill(uri: str, artifacts: Path | None) -> None:
    """Two experiments, five runs, a model; the same in every store."""
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    client = MlflowClient(uri)
    tags = {"team": "growth", "mlflow.note.content": "who leaves"}
    churn = client.create_experiment("churn", location(artifacts, "churn"), tags)
    other = client.create_experiment("Größe / size", location(artifacts, "other"))
    parent = client.create_run(churn, start_time=START, run_name="search", tags={"note": "a\nb"})
    parent_id = parent.info.run_id
    client.log_param(parent_id, "depth", 4)
    client.set_tag(parent_id, "mlflow.note.content", "the first search")
    client.log_text(parent_id, "weights\n", "model/weights.txt")
    for number in range(2):
        child = client.create_run(
            churn,
            start_time=START + 1000 * number,
            run_name=f"child-{number}",
            tags={"mlflow.parentRunId": parent_id, "mlflow.user": "somebody"},
        ).info.run_id
        points = [
            Metric("loss", 1 / (step + 1 + number), START + 100 * step, step) for step in range(5)
        ]
        client.log_batch(
            child,
            metrics=[*points, Metric("odd/auc", float("nan"), START + 900, 0)],
            params=[Param("lr", "0.1"), Param("name", "yes: no"), Param("deep/er", "1e-05")],
            tags=[RunTag("colour", "blue")],
        )
        if number == 0:
            client.log_text(child, "hello\n", "notes/hello.txt")
            client.log_dict(child, {"a": 1}, "a.json")
            with mlflow.start_run(run_id=child):
                import pandas

                table = pandas.DataFrame({"x": [1, 2]})
                source = "https://example.org/prices.csv"
                data = mlflow.data.from_pandas(table, source=source, name="prices")
                mlflow.log_input(data, context="training")
        status = RunStatus.to_string(RunStatus.FINISHED if number == 0 else RunStatus.FAILED)
        client.set_terminated(child, status, end_time=START + 60_000)
    client.set_terminated(parent_id, "FINISHED", end_time=START + 120_000)
    client.create_run(other, start_time=START, run_name="still going")
    gone = client.create_run(other, start_time=START, run_name="deleted").info.run_id
    client.set_terminated(gone, "KILLED", end_time=START + 1)
    client.delete_run(gone)
    client.create_registered_model("forest", tags={"owner": "ada"}, description="a model")
    source = f"{client.get_run(parent_id).info.artifact_uri}/model"
    client.create_model_version("forest", source, parent_id, tags={"v": "1"}, description="first")
    client.set_registered_model_alias("forest", "champion", "1")


def clean_files(folder: Path, real: str) -> None:
    for file in folder.rglob("*"):
        if file.is_file() and file.suffix == ".yaml":
            text = file.read_text().replace(real, ELSEWHERE)
            user = os.environ.get("USER") or "root"
            file.write_text(text.replace(f"user_id: {user}\n", "user_id: somebody\n"))
        if file.name == "mlflow.user":
            file.write_text("somebody")


def clean_database(file: Path, real: str) -> None:
    """The rows that a reader needs, as SQL: the whole database is a megabyte of empty tables."""
    with sqlite3.connect(file) as database:
        kept = {name for (name,) in database.execute(NAMES) if not wanted(name)}
        database.execute("PRAGMA foreign_keys = OFF")
        for name in kept:
            database.execute(f"DROP TABLE {name}")
        database.execute("UPDATE runs SET user_id = 'somebody'")
        database.execute("UPDATE tags SET value = 'somebody' WHERE key = 'mlflow.user'")
        database.commit()
        lines = "\n".join(line for line in database.iterdump() if "CREATE INDEX" not in line)
    lines = lines.replace(real, ELSEWHERE).replace(str(Path.cwd()), ELSEWHERE)
    file.with_suffix(".sql").write_text(lines + "\n")
    file.unlink()


NAMES = "SELECT name FROM sqlite_master WHERE type = 'table'"


def wanted(name: str) -> bool:
    """Whether a table has something of runs or models."""
    parts = ("experiment", "runs", "metrics", "params", "tags", "input", "datasets", "model")
    return any(part in name for part in parts) and "trace" not in name and "span" not in name


def main() -> None:
    """Record both stores below the folder that is named."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True)
    files = folder / "mlruns"
    fill(str(files), None)
    clean_files(files, str(folder))
    database = folder / "mlflow.db"
    fill(f"sqlite:///{database}", folder / "artifacts")
    clean_database(database, str(folder))


if __name__ == "__main__":
    main()
