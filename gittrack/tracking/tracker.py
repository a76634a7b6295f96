"""`ExperimentTracker`: the public face of recording and reading runs."""

from __future__ import annotations

from gittrack.tracking.bulk import RunBulk
from gittrack.tracking.changing import RunChanging
from gittrack.tracking.deleting import RunDeleting
from gittrack.tracking.experiments import ExperimentRecording
from gittrack.tracking.failures import OnError
from gittrack.tracking.models import RunModels
from gittrack.tracking.recording import RunRecording
from gittrack.tracking.saved_queries import QuerySaving
from gittrack.tracking.starting import RunStarting
from gittrack.tracking.summing import RunSumming
from gittrack.tracking.syncing import RunSyncing
from gittrack.tracking.trials import TrialRecording

__all__ = ["ExperimentTracker", "OnError"]


class ExperimentTracker(
    RunSyncing,
    RunStarting,
    RunRecording,
    RunChanging,
    RunDeleting,
    RunModels,
    RunSumming,
    QuerySaving,
    TrialRecording,
    RunBulk,
    ExperimentRecording,
):
    """Records runs in a git repository and reads them back.

    Args:
        path: the repository, or any folder in it; without one, the current folder decides. Where
            there is none, `GITTRACK_REMOTE` names a remote to send to when the tracker is closed.
        on_error: what happens when something cannot be recorded (a full disk): `warn` tells once
            and lets the script go on, `raise` raises the error.
        capture: whether each run records the exact code and the environment (`docs/capture.md`).
        warn: takes one-line notices; without it they become Python warnings.
        progress: told how far the building of an index is: runs done, runs in all.

    Raises:
        RepositoryError: there is no repository that can be used.
    """
