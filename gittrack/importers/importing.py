"""`import_from`: what another tracker recorded becomes runs of a repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from gittrack.errors import (
    GittrackError,
    NotFoundError,
    SourceError,
    UsageError,
    ValueRefusedError,
)
from gittrack.importers.finding import find_source, load_source
from gittrack.importers.foreign import ForeignExperiment, ForeignRun, Request, Source
from gittrack.importers.models import take_models
from gittrack.importers.report import Imported, Report
from gittrack.importers.texts import is_text, storable
from gittrack.runs.records import RunRecord, whole_run
from gittrack.store.experiments import Experiment, check_experiment_name
from gittrack.tracking.tracker import ExperimentTracker

FROM, ID, STATE = "import.from", "import.id", "import.state"
"""Tags of a run that was imported: the tool, its id there, what it was like at that time."""

_LONGEST_KEY = 1000

Progress = Callable[[int, int], object]


def import_from(
    tracker: ExperimentTracker,
    source: str | None,
    uri: Path | str,
    *,
    experiment: str | None = None,
    only: Sequence[str] = (),
    artifacts: Path | str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Record what another tracker has recorded; nothing is changed there.

    The same call once more takes what is new: runs that are here already stay, runs that have
    grown or ended since are brought up to date. After a crash it goes on where it was. What cannot
    be read or stored is named in the result, and all else is taken.

    Args:
        tracker: the repository.
        source: one of `source_names()`; `None` where the files tell.
        uri: a folder or a file; `sqlite:///FILE` for a database.
        experiment: record all runs in this experiment; by default each has the name it has there.
        only: take only these experiments, by the name that they have there.
        artifacts: a folder from which artifacts may be taken, too, beside that of the source.
        dry_run: read and count; record nothing.
        progress: told how many runs are done, of about how many.

    Raises:
        UsageError: there is no such source, or nobody can tell which one it is.
        SourceError: there is nothing to import at the URI.
        RepositoryError: git cannot write here; what was recorded until then stays.
    """
    path = _path(uri)
    name = source or find_source(path)
    if experiment is not None:
        check_experiment_name(experiment)
    report = Report()
    request = Request(path, report, None if artifacts is None else Path(artifacts))
    module = load_source(name)
    if hasattr(module, "copy"):  # it brings its own way of recording
        module.copy(tracker, request, experiment, dry_run=dry_run, only=only)
        return report.result(name, str(uri), dry_run=dry_run)
    with closing(module.open_source(request)) as opened:
        work = _Import(tracker, name, report, experiment, progress, dry_run=dry_run)
        work.take(_wanted(opened, only))
        if not only:
            models = list(opened.models())
            known = work.known() if models else {}
            take_models(tracker, models, report, known, dry_run=dry_run)
    return report.result(name, str(uri), dry_run=dry_run)


def _path(uri: Path | str) -> Path:
    text = str(uri)
    for prefix in ("sqlite:///", "file://"):
        text = text.removeprefix(prefix)
    if "://" in text:
        raise UsageError(
            f"only files can be imported from, not {text[:200]!r}",
            hint="name the folder or the SQLite file that the server keeps its records in",
        )
    path = Path(text)
    if not path.exists():
        raise SourceError("there is no such file or folder", file=text[:500], hint="check the path")
    return path


def _wanted(source: Source, only: Sequence[str]) -> list[ForeignExperiment]:
    found = list(source.experiments())
    missing = set(only) - {one.name for one in found}
    if missing:
        raise UsageError(
            f"there is no experiment {min(missing)!r} to import",
            hint=f"there are {', '.join(repr(one.name) for one in found[:8]) or 'none'}",
        )
    return [one for one in found if not only or one.name in only]


class _Import:
    """One import on its way."""

    def __init__(
        self,
        tracker: ExperimentTracker,
        name: str,
        report: Report,
        experiment: str | None,
        progress: Progress | None,
        *,
        dry_run: bool,
    ) -> None:
        self._tracker = tracker
        self._name = name
        self._report = report
        self._experiment = experiment
        self._progress = progress or (lambda _done, _total: None)
        self._dry_run = dry_run
        self._known = self.known()
        self._changed: dict[str, list[ForeignRun]] = {}
        self._done = self._total = 0

    def known(self) -> dict[str, tuple[str, str]]:
        """The experiment and the state of each run that was imported from this tool, by its id."""
        table = self._tracker.runs_table(
            filter_string=f"tags.`{FROM}` = '{self._name}'",
            columns=["run_id", "experiment_name", f"tags.`{STATE}`"],
        )
        rows = (tuple(row.values()) for row in table.to_dicts())
        return {str(run): (str(experiment), str(state)) for run, experiment, state in rows}

    def take(self, experiments: Iterable[ForeignExperiment]) -> None:
        """Record the runs of these experiments."""
        found = list(experiments)
        self._total = sum(one.count for one in found)
        for one in found:
            try:
                name = check_experiment_name(self._experiment or one.name)
            except GittrackError as error:
                self._report.refuse(one.name[:200], error)
                continue
            self._record(name, self._fresh(name, one))
            self._describe(name, one)
        for name, runs in self._changed.items():
            self._replace(name, runs)

    def _record(self, name: str, records: Iterator[RunRecord]) -> None:
        if self._dry_run:
            self._report.new += sum(1 for _ in records)
            return
        self._report.new += len(self._tracker.log_runs(name, records, refused=self._refused))

    def _fresh(self, name: str, experiment: ForeignExperiment) -> Iterator[RunRecord]:
        """The records of runs that are not here; those that have changed are put aside."""
        for run in experiment.runs():
            self._progress(self._done, max(self._total, self._done))
            self._done += 1
            where, state = self._known.get(run.run_id, ("", ""))
            self._report.experiments.setdefault(where or name)
            if not where:
                self._known[run.run_id] = name, run.state
                record = self._load(run)
                if record is not None:
                    yield record
            elif state == run.state:
                self._report.unchanged += 1
            else:
                self._known[run.run_id] = where, run.state
                self._changed.setdefault(where, []).append(run)

    def _replace(self, name: str, runs: Sequence[ForeignRun]) -> None:
        records = (record for run in runs if (record := self._load(run)) is not None)
        if self._dry_run:
            self._report.updated += sum(1 for _ in records)
        else:
            updated = self._tracker.replace_runs(name, records, refused=self._refused)
            self._report.updated += updated

    def _load(self, run: ForeignRun) -> RunRecord | None:
        """The run's record with its tags of origin; `None` where it is refused."""
        try:
            record = run.load()
            own = {FROM: self._name, ID: run.foreign_id[:200], STATE: run.state}
            tags = {**record.tags, **own}
            metrics = self._named(record.metrics, run.label)
            record = replace(record, run_id=run.run_id, tags=tags, metrics=metrics)
            storable(record)
            if self._dry_run:
                whole_run(record, "any", 0, 1)
        except (GittrackError, OSError) as error:
            self._report.refuse(run.label, error)
            return None
        return record

    def _named(self, metrics: Mapping[str, Any], label: str) -> dict[str, Any]:
        """The metrics whose names can be stored."""
        found = {}
        for key, values in metrics.items():
            if key and len(key) <= _LONGEST_KEY and is_text(key):
                found[key] = values
            else:
                self._report.refuse(label, f"no metric can be called {key[:60]!a}")
        return found

    def _refused(self, record: RunRecord, error: GittrackError) -> None:
        label = record.tags.get(ID) or record.run_id
        path = error.path if isinstance(error, ValueRefusedError) else ""
        self._report.refuse(label, f"{path}: {error.message}" if path else error)

    def _describe(self, name: str, experiment: ForeignExperiment) -> None:
        """Say of an experiment what was said of it there, where nobody says else here."""
        if self._dry_run or self._experiment or not (experiment.description or experiment.tags):
            return
        self._report.experiments.setdefault(name)
        try:
            known = self._tracker.get_experiment(name)
        except NotFoundError:
            known = Experiment(name)
        tags = {key: text for key, text in experiment.tags.items() if key not in known.tags}
        description = "" if known.description else experiment.description
        if tags or description:
            self._tracker.create_experiment(name, description=description, tags=tags)
