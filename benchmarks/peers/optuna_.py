"""Optuna's storages: a study that asks, suggests four parameters and tells one value."""

from __future__ import annotations

import random
import time
from pathlib import Path

import optuna
from optuna.storages import BaseStorage, InMemoryStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend

from benchmarks.peers.contract import Peer, parameters, vacuum

optuna.logging.set_verbosity(optuna.logging.ERROR)
_SPACE = {
    "lr": optuna.distributions.FloatDistribution(1e-5, 1e-1, log=True),
    "depth": optuna.distributions.IntDistribution(1, 10),
    "optimizer": optuna.distributions.CategoricalDistribution(("adam", "sgd")),
    "dropout": optuna.distributions.FloatDistribution(0, 1),
}


class InMemory(Peer):
    """What Optuna's own work costs: nothing is kept."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._dice = random.Random(0)
        sampler = optuna.samplers.RandomSampler(seed=0)
        self._study = optuna.create_study(
            storage=self._storage(), study_name="study", sampler=sampler, load_if_exists=True
        )

    def _storage(self) -> BaseStorage:
        return InMemoryStorage()

    def trial(self, number: int) -> None:
        del number  # Optuna counts
        trial = self._study.ask()
        trial.suggest_float("lr", 1e-5, 1e-1, log=True)
        trial.suggest_int("depth", 1, 10)
        trial.suggest_categorical("optimizer", ("adam", "sgd"))
        trial.suggest_float("dropout", 0, 1)
        self._study.tell(trial, self._dice.random())

    def bulk(self, count: int) -> float:
        trials = [
            optuna.trial.create_trial(
                params=parameters(self._dice), distributions=_SPACE, value=self._dice.random()
            )
            for _ in range(count)
        ]
        started = time.perf_counter()
        self._study.add_trials(trials)
        return time.perf_counter() - started


class Journal(InMemory):
    """The journal file."""

    def _storage(self) -> BaseStorage:
        return JournalStorage(JournalFileBackend(str(self.folder / "journal.log")))


class SQLite(InMemory):
    """The relational storage on SQLite."""

    def _storage(self) -> BaseStorage:
        return RDBStorage(f"sqlite:///{self.folder}/optuna.db")

    @classmethod
    def settle(cls, folder: Path) -> None:
        vacuum(folder / "optuna.db")
