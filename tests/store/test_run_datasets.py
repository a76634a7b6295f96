"""Runs by the datasets that they read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gittrack.runs.own_tags import DATASET
from gittrack.tracking.tracker import ExperimentTracker


def told(name: object, digest: str, context: str) -> dict[str, str]:
    facts = {"name": name, "digest": digest, "tags": {"mlflow.data.context": context}}
    return {f"{DATASET}{name}.{digest}": json.dumps(facts)}


@pytest.fixture
def tracker(repository: Path) -> ExperimentTracker:
    """Four runs: one read two datasets, one another one, one nothing, and one is damaged."""
    tags: list[dict[str, str]] = [
        told("spy", "aa", "train") | told("qqq", "bb", "test"),
        told("it's", "aa", "train"),
        {"team": "spy"},
        {f"{DATASET}x": "{", f"{DATASET}y": "[1]", f"{DATASET}z": '{"name": null}'},
    ]
    opened = ExperimentTracker(repository, capture=False)
    opened.log_runs("exp", [{"run_name": f"r{n}", "tags": one} for n, one in enumerate(tags)])
    return opened


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("datasets.name = 'spy'", "r0"),
        ("datasets.name = 'it''s'", "r1"),
        ("datasets.name LIKE '%Q%'", ""),
        ("datasets.name ILIKE '%Q%'", "r0"),
        ("datasets.name IN ('qqq', \"it's\")", "r0 r1"),
        ("datasets.digest = 'aa'", "r0 r1"),
        ("datasets.digest = 'aa' AND dataset.context = 'test'", "r0"),
        ("datasets.name != 'spy'", "r0 r1"),
        ("datasets.name IS NULL", "r2 r3"),
        ("NOT datasets.context = 'train'", "r2 r3"),
    ],
)
def test_runs_are_found_by_what_they_read(
    tracker: ExperimentTracker, query: str, names: str
) -> None:
    """Name, digest and context of any of a run's datasets can be asked for."""
    found = tracker.search_runs("exp", query, "run_name ASC")
    assert " ".join(run.run_name for run in found) == names
