"""MLflow: a folder `mlruns`, or a tracking server's SQLite database."""

from __future__ import annotations

from pathlib import Path

from gittrack.errors import SourceError
from gittrack.importers.foreign import Request, Source

_TABLES = {"experiments", "runs", "metrics", "params", "tags"}


def recognise(path: Path) -> bool:
    """Whether it is a database with MLflow's tables, or a folder of experiments."""
    if path.is_file():
        from gittrack.importers.mlflow.database import tables

        return tables(path) >= _TABLES
    if not path.is_dir():
        return False
    return any(_experiment(folder) for folder in path.iterdir() if folder.is_dir())


def open_source(request: Request) -> Source:
    """Open it.

    Raises:
        SourceError: it is neither.
    """
    path = request.path
    if path.is_file():
        from gittrack.importers.mlflow.database import Database

        return Database(request)
    from gittrack.importers.mlflow.files import FileStore

    if not recognise(path):
        inner = path / "mlruns"
        if inner.is_dir() and recognise(inner):
            return FileStore(Request(inner, request.report, request.artifacts))
        raise SourceError(
            "it is no folder of MLflow's: none in it has a meta.yaml",
            file=str(path),
            hint="name the folder mlruns, or a database: mlflow.db",
        )
    return FileStore(request)


def _experiment(folder: Path) -> bool:
    meta = folder / "meta.yaml"
    try:
        with meta.open(encoding="utf-8") as file:
            return "experiment_id:" in file.read(4000)
    except (OSError, UnicodeDecodeError):
        return False
