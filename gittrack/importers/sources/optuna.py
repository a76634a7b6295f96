"""Optuna: the studies in an SQLite database or a journal's file; needs Optuna itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gittrack.errors import GittrackError, UsageError
from gittrack.importers.foreign import Request
from gittrack.tracking.tracker import ExperimentTracker


def recognise(path: Path) -> bool:
    """Whether it is a database with Optuna's tables, or a journal."""
    if not path.is_file():
        return False
    from gittrack.importers.mlflow.database import tables

    if tables(path) >= {"studies", "trials", "trial_params"}:
        return True
    with path.open("rb") as file:
        return b'"op_code":' in file.read(300)


def copy(
    tracker: ExperimentTracker,
    request: Request,
    experiment: str | None,
    *,
    dry_run: bool,
    only: Sequence[str] = (),
) -> None:
    """Copy the studies; each becomes a study here, whose trials can be gone on with.

    Raises:
        SourceError: the file cannot be read.
        UsageError: Optuna is not installed; or several studies are to have one name.
    """
    try:
        import optuna

        from gittrack.integrations.optuna.exchange import open_storage
    except ImportError as error:
        raise UsageError(
            "studies are read by Optuna, which is not installed",
            hint="pip install 'gittrack[optuna]'",
        ) from error
    storage = open_storage(request.path)
    names = optuna.get_all_study_names(storage)
    wanted = [name for name in names if not only or name in only]
    if experiment is not None and len(wanted) > 1:
        raise UsageError(
            f"there are {len(wanted)} studies: each is an experiment of its own",
            hint=f"name one: --only {wanted[0]}",
        )
    for name in wanted:
        try:
            _copy_study(tracker, request, storage, name, experiment, dry_run=dry_run)
        except GittrackError as error:
            request.report.refuse(f"study {name[:200]}", error)


def _copy_study(
    tracker: ExperimentTracker,
    request: Request,
    storage: object,
    name: str,
    experiment: str | None,
    *,
    dry_run: bool,
) -> None:
    from gittrack.integrations.optuna import GitStorage, import_study

    report, called = request.report, experiment or name
    source: object = storage
    total = source.get_n_trials(source.get_study_id_from_name(name))  # type: ignore[attr-defined]
    with GitStorage(tracker.session.repository.common_dir) as into:
        if dry_run:
            try:
                there = into.get_n_trials(into.get_study_id_from_name(called))
            except KeyError:
                there = 0
            new = max(0, total - there)
        else:
            new = import_study(source, into, name, name=called)  # type: ignore[arg-type]
    report.new += new
    report.unchanged += total - new
    report.experiments.setdefault(called)
