"""Realistic repositories of any size for tests and benchmarks: `python -m gittrack.demo.synthetic`.

The same seed gives the same runs, by the same ids. A run has 20 parameters (numbers, texts,
booleans, a list, some nested), 5 metrics `m0` to `m4`, some with short histories, tags, a status,
and now and then a parent, a validation or a remark. Configs come in repeats, which differ in their
seed alone. `metrics.m0 > 0.9` holds for one run in ten, `params.p3 = 'v3'` likewise.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from itertools import count as numbers
from pathlib import Path
from typing import Any

from gittrack.runs.records import RunRecord, derived_run_id
from gittrack.tracking.tracker import ExperimentTracker

EXPERIMENTS = ("ranking", "churn", "pricing daily", "vision", "search quality")

_BEGIN = 1_767_225_600  # 2026-01-01 00:00 UTC, in seconds since the epoch
_PACE = 240.0  # seconds from the start of one run to that of the next
_STATUSES = ("FINISHED",) * 18 + ("FAILED", "KILLED")
_TEAMS = ("alpha", "beta", "gamma")
_HOSTS = ("node-1", "node-2", "node-3", "laptop")
_LONGEST_SERIES = 12


def fill(tracker: ExperimentTracker, count: int, seed: int = 0) -> list[str]:
    """Record that many runs, spread over `EXPERIMENTS`; returns their ids.

    Done again with the same seed, it changes nothing.
    """
    share, rest = divmod(count, len(EXPERIMENTS))
    ids: list[str] = []
    for place, name in enumerate(EXPERIMENTS):
        ids += tracker.log_runs(name, runs(name, share + (place < rest), seed))
    return ids


def runs(experiment: str, count: int, seed: int = 0) -> Iterator[RunRecord]:
    """That many runs of an experiment, in the order in which they started."""
    dice = random.Random(f"{seed} {experiment}")  # noqa: S311 - no secret
    ids: list[str] = []
    for config in _configs(dice):
        for repeat in range(dice.choice((1, 1, 1, 3, 5))):
            if len(ids) == count:
                return
            ids.append(derived_run_id("synthetic", str(seed), experiment, str(len(ids))))
            yield _run(dice, ids, config, repeat)


def _configs(dice: random.Random) -> Iterator[dict[str, Any]]:
    for number in numbers():
        yield {
            "p0": 10 ** dice.uniform(-5, -1),
            "p1": dice.randint(2, 12),
            "p2": dice.random() < 0.5,
            "p3": f"v{dice.randrange(10)}",
            "p4": dice.choice((32, 64, 128, 256)),
            "p5": round(dice.uniform(0, 0.6), 2),
            "p6": None if dice.random() < 0.7 else dice.randint(1, 10),
            "p7": dice.choice(("relu", "gelu", "tanh")),
            "p8": number,
            "p9": "s3://bucket/prices/daily.parquet",
            "p10": dice.choice((0.1, "auto")),
            "data": {
                "horizon": dice.choice((1, 5, 10, 21)),
                "normalise": dice.choice(("zscore", "rank", "none")),
                "shuffle": dice.random() < 0.5,
            },
            "model": {
                "kind": dice.choice(("mlp", "lstm", "transformer")),
                "layers": [dice.choice((32, 64, 128))] * 3,
            },
            "optimizer": {
                "name": dice.choice(("adam", "sgd")),
                "decay": 10 ** dice.uniform(-8, -2),
            },
            "note": f"try {number % 977}",
        }


def _run(dice: random.Random, ids: Sequence[str], config: dict[str, Any], repeat: int) -> RunRecord:
    number = len(ids) - 1
    start = _BEGIN + number * _PACE
    end = start + dice.uniform(20, 4000)
    validated = dice.random() < 0.2
    return RunRecord(
        run_id=ids[-1],
        status=dice.choice(_STATUSES),
        start_time=start,
        end_time=end,
        config=config,
        params={"seed": repeat},
        metrics=_metrics(dice, start, end),
        tags={"team": dice.choice(_TEAMS), "stage": "test" if dice.random() < 0.8 else "final"},
        notes=["looks good"] if dice.random() < 0.02 else (),
        parent_run_id=ids[-2 - number % 7] if number % 20 == 19 else None,
        validations=[{"name": "ttpt", "passed": dice.random() < 0.9}] if validated else (),
        host=dice.choice(_HOSTS),
    )


def _metrics(dice: random.Random, start: float, end: float) -> dict[str, Any]:
    """Five metrics: two single numbers, one now and then a NaN, two with histories sometimes."""
    metrics: dict[str, Any] = {"m0": dice.random(), "m1": dice.gauss(0, 1), "m2": dice.random()}
    if dice.random() < 0.01:
        metrics["m2"] = float("nan")
    for key in ("m3", "m4"):
        points = dice.randint(2, _LONGEST_SERIES) if dice.random() < 0.1 else 1
        pace = (end - start) / points
        metrics[key] = [
            (step, start + (step + 1) * pace, dice.expovariate(1) / (step + 1))
            for step in range(points)
        ]
    return metrics


def main() -> None:
    """Fill the repository that the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m gittrack.demo.synthetic",
        description="Record synthetic runs in a git repository.",
    )
    parser.add_argument("folder", type=Path, help="the repository")
    parser.add_argument("--runs", type=int, default=1000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the same gives the same runs")
    wanted = parser.parse_args()
    with ExperimentTracker(wanted.folder, capture=False) as tracker:
        ids = fill(tracker, wanted.runs, wanted.seed)
    sys.stdout.write(f"{len(ids):,} runs of {len(EXPERIMENTS)} experiments in {wanted.folder}\n")


if __name__ == "__main__":
    main()
