"""The trackers that can be measured: where each one's code is, without importing it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.peers.contract import Peer


RUNS, VALUES, TRIALS, BULK, START, MEMORY = "runs", "values", "trials", "bulk", "start", "memory"
CASES = (RUNS, VALUES, TRIALS, BULK, START, MEMORY)


@dataclass(frozen=True, slots=True)
class Entry:
    """One tracker: its title, the distribution that must be installed, its module and class."""

    title: str
    distribution: str
    module: str
    name: str
    """The class in that module."""
    extras: tuple[str, ...] = ()
    """Which of `prepare` and `settle` do something."""
    cases: frozenset[str] = frozenset({RUNS, VALUES, START, MEMORY})
    lingers: float = 0.0
    """Seconds for which a process of its own may still write when the script is gone."""

    def load(self) -> type[Peer]:
        """The class; importing its module imports the tracker."""
        found: type[Peer] = getattr(import_module(f"benchmarks.peers.{self.module}"), self.name)
        return found


OURS = "gittrack"

_BOTH = ("prepare", "settle")
_SETTLE = ("settle",)
_TRIALS = frozenset({TRIALS, BULK})

PEERS = {
    OURS: Entry("gittrack", "gittrack", "gittrack_", "Gittrack", _BOTH, frozenset(CASES)),
    "mlflow": Entry("MLflow, SQLite", "mlflow", "mlflow_", "MLflow", _SETTLE),
    "dvclive": Entry("DVCLive", "dvclive", "dvclive_", "DVCLive", _BOTH),
    "aim": Entry("Aim", "aim", "aim_", "Aim", _BOTH),
    "sacred": Entry("Sacred, files", "sacred", "sacred_", "Sacred"),
    "trackio": Entry("Trackio", "trackio", "trackio_", "Trackio", _SETTLE),
    "wandb": Entry("W&B offline", "wandb", "wandb_", "WandB", lingers=5.0),
    "tensorboardx": Entry("tensorboardX", "tensorboardX", "tensorboardx_", "TensorboardX"),
    "guild": Entry(
        "Guild AI", "guildai", "guild_", "Guild", ("prepare",), frozenset({RUNS, START})
    ),
    "optuna-memory": Entry(
        "Optuna, in memory", "optuna", "optuna_", "InMemory", (), frozenset({TRIALS})
    ),
    "optuna-journal": Entry("Optuna, journal", "optuna", "optuna_", "Journal", (), _TRIALS),
    "optuna-sqlite": Entry("Optuna, SQLite", "optuna", "optuna_", "SQLite", _SETTLE, _TRIALS),
}
