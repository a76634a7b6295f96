"""Writes `optuna/study.log` with Optuna: `python record_optuna.py DIR`. Made with Optuna 5.0."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend


def main() -> None:
    """Record a study of five trials, one of them failed."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    file = folder / "study.log"
    study = optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(file))),
        study_name="parabola",
        sampler=optuna.samplers.RandomSampler(seed=0),
    )

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", -1, 1)
        trial.report(x, 0)
        if trial.number == 3:
            raise ValueError
        return x * x

    study.optimize(objective, n_trials=5, catch=(ValueError,))
    text = re.sub(r'"worker_id": "[^"]*"', '"worker_id": "worker"', file.read_text())
    file.write_text(text)


if __name__ == "__main__":
    main()
