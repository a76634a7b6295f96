"""Runs of other trackers taken in: MLflow, TensorBoard, Weights & Biases, DVC, Sacred, Optuna."""

from __future__ import annotations

from gittrack.importers.finding import find_source, source_names
from gittrack.importers.importing import import_from
from gittrack.importers.report import Imported, NotTaken

__all__ = ["Imported", "NotTaken", "find_source", "import_from", "source_names"]
