"""Optuna's studies in a git repository: each study an experiment, each trial a run."""

from __future__ import annotations

try:
    import optuna as _optuna  # noqa: F401
except ImportError as error:
    raise ImportError(
        "gittrack.integrations.optuna needs Optuna: pip install 'gittrack[optuna]'"
    ) from error

from gittrack.integrations.optuna.callback import GittrackCallback
from gittrack.integrations.optuna.exchange import export_study, import_study
from gittrack.integrations.optuna.storage import GitStorage

__all__ = ["GitStorage", "GittrackCallback", "export_study", "import_study"]
