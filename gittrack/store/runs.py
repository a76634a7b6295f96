"""Reading runs: sealed ones from their experiment's ref, live ones from their journals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gittrack.errors import DataError
from gittrack.git.history import list_files
from gittrack.git.refs import read_refs
from gittrack.journal.reader import JournalFile, read_journals
from gittrack.runs.codec import decode_run
from gittrack.runs.model import MetricPoint, Run
from gittrack.runs.series import read_series, series_paths
from gittrack.store.experiments import EXPERIMENTS, RUNS, run_of_path
from gittrack.store.journals import events_of, journal_folder
from gittrack.store.session import Session


@dataclass(frozen=True, slots=True)
class SealedRun:
    """Where a sealed run lies: the experiment's ref, the run's directory."""

    ref: str
    place: str
    run_id: str


Find = Callable[[str], SealedRun | None]
"""Says where a run of an id is sealed, if it is."""


class RunReader:
    """Reads the runs of a repository: records and histories, from refs and journals.

    Args:
        session: the open repository.
        find: where runs are sealed; without it, all that there are is looked through.
    """

    def __init__(self, session: Session, find: Find | None = None) -> None:
        self._session = session
        self._folder = journal_folder(session)
        self.find = find or (lambda run_id: sealed_runs(session).get(run_id))

    def read_many(
        self,
        places: Iterable[SealedRun],
        on_damage: Callable[[DataError], None] | None = None,
    ) -> Iterator[Run]:
        """The runs that lie there; with `on_damage`, one that is damaged is told and left out.

        Raises:
            DataError: one is damaged.
        """
        wanted = list(places)
        names = (
            f"{one.ref}:{one.place}/{name}"
            for one in wanted
            for name in ("run.yaml", "config.yaml")
        )
        answers = self._session.reader.find_many(names)
        for one in wanted:
            record, config = next(answers), next(answers)
            try:
                if record is None:
                    raise DataError("it has no run.yaml")
                yield decode_run(record.data, None if config is None else config.data)
            except DataError as error:
                damage = DataError(
                    f"the run {one.run_id} is damaged: {error.message}", hint="run: git exp fsck"
                )
                if on_damage is None:
                    raise damage from error
                on_damage(damage)

    def journals_of(self, run_id: str) -> list[JournalFile]:
        """The journals of a run, the main one first; none where it is sealed."""
        # They are called by the id of their run, so that others need not be opened.
        return _by_run(read_journals(self._folder, f"{run_id}.")).get(run_id, [])

    def history(self, run: Run, key: str) -> list[MetricPoint]:
        """A metric's points by the order in which they were logged."""
        with suppress(FileNotFoundError):
            files = self.journals_of(run.run_id)
            if files:
                return _points(files, key)
        place = self.find(run.run_id)
        summary = run.summaries.get(key)
        if place is None or summary is None:
            return []
        started = run.start_time.timestamp()
        if summary.count == 1:
            return [MetricPoint(summary.last_step, started, summary.last)]
        path = series_paths(run.summaries)[key]
        found = self._session.reader.find(f"{place.ref}:{place.place}/{path}")
        if found is None:
            raise DataError(f"the run {run.run_id} is damaged: it has no {path}")
        return list(read_series(found.data, started))


def sealed_runs(session: Session) -> dict[str, SealedRun]:
    """Every sealed run, by id, as git lists them."""
    return {
        found[1]: SealedRun(ref, *found)
        for ref in read_refs(session.repository, EXPERIMENTS)
        for change in list_files(session.repository, ref, f"{RUNS}/")
        if (found := run_of_path(change.path)) is not None
    }


def _by_run(files: Iterable[JournalFile]) -> dict[str, list[JournalFile]]:
    """Journals by the id of their run, the main one first; without it there is no run to show."""
    found: dict[str, list[JournalFile]] = {}
    for file in files:
        if isinstance(file.header.get("run"), str):
            found.setdefault(file.header["run"], []).append(file)
    for group in found.values():
        group.sort(key=lambda file: file.header.get("role") != "main")
    return {run: group for run, group in found.items() if group[0].header.get("role") == "main"}


def _points(files: Sequence[JournalFile], key: str) -> list[MetricPoint]:
    return [
        MetricPoint(event[2], event[1] / 1e6, float(event[3][key]))
        for event in events_of(files)
        if event[0] == "metrics" and key in event[3]
    ]
