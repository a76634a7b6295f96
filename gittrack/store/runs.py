"""Reading runs: sealed ones from their experiment's ref, live ones from their journals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gittrack.errors import DataError
from gittrack.git.history import list_files
from gittrack.git.refs import read_refs
from gittrack.ids import ObjectId
from gittrack.journal.reader import JournalFile, read_events, read_journals
from gittrack.runs.codec import decode_run
from gittrack.runs.model import MetricPoint, Run
from gittrack.runs.series import read_series, series_paths
from gittrack.runs.trials import trial_run
from gittrack.store.experiments import (
    EXPERIMENTS,
    RECORD,
    RUNS,
    Experiment,
    decode_experiment,
    run_of_path,
)
from gittrack.store.journals import events_of, journal_folder, place_file, read_state
from gittrack.store.session import Session
from gittrack.store.trial_sealing import TrialProgress


@dataclass(frozen=True, slots=True)
class SealedRun:
    """Where a sealed run lies: the experiment's ref, the run's directory."""

    ref: str
    place: str
    run_id: str


class RunReader:
    """Finds and reads the runs of a repository; what it knows follows the refs' tips."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._folder = journal_folder(session)
        self._tips: dict[str, ObjectId] = {}
        self._runs: dict[str, dict[str, SealedRun]] = {}

    def experiments(self) -> list[Experiment]:
        """All experiments that have a ref, by name."""
        refs = list(self._refresh())
        files = self._session.reader.find_many(f"{ref}:{RECORD}" for ref in refs)
        found = [decode_experiment(file.data) for file in files if file is not None]
        return sorted(found, key=lambda experiment: experiment.name)

    def sealed(self, ref: str | None = None) -> Iterator[SealedRun]:
        """The sealed runs of an experiment, or of all."""
        self._refresh()
        for known, runs in self._runs.items():
            if ref is None or ref == known:
                yield from runs.values()

    def find(self, run_id: str) -> SealedRun | None:
        """Where a run is sealed, if it is."""
        self._refresh()
        for runs in self._runs.values():
            if run_id in runs:
                return runs[run_id]
        return None

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

    def live(self) -> Iterator[Run]:
        """The runs that are in journals: live ones, and ended ones that are not sealed yet."""
        files = list(read_journals(self._folder))
        for group in _by_run(files).values():
            with suppress(FileNotFoundError):  # sealed at this very moment
                yield _run_of(group)
        for file in files:
            if file.header.get("trials"):
                with suppress(FileNotFoundError):
                    yield from _trials_of(file)

    def find_live(self, run_id: str) -> Run | None:
        """The run of that id as its journals say; `None` where it has none (any more)."""
        with suppress(FileNotFoundError):
            files = self.journals_of(run_id)
            return _run_of(files) if files else None
        return None

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

    def _refresh(self) -> dict[str, ObjectId]:
        tips = read_refs(self._session.repository, EXPERIMENTS)
        for ref in self._tips.keys() - tips.keys():
            self._runs.pop(ref, None)
        for ref, tip in tips.items():
            if self._tips.get(ref) != tip:
                self._session.view(ref)  # refuses a format that it does not know
                self._runs[ref] = {
                    found[1]: SealedRun(ref, *found)
                    for change in list_files(self._session.repository, tip, f"{RUNS}/")
                    if (found := run_of_path(change.path)) is not None
                }
        self._tips = tips
        return tips


def _by_run(files: Iterable[JournalFile]) -> dict[str, list[JournalFile]]:
    """Journals by the id of their run, the main one first; without it there is no run to show."""
    found: dict[str, list[JournalFile]] = {}
    for file in files:
        if isinstance(file.header.get("run"), str):
            found.setdefault(file.header["run"], []).append(file)
    for group in found.values():
        group.sort(key=lambda file: file.header.get("role") != "main")
    return {run: group for run, group in found.items() if group[0].header.get("role") == "main"}


def _run_of(files: Sequence[JournalFile]) -> Run:
    header = files[0].header
    return read_state(header["run"], header["experiment"], files).run()


def _trials_of(file: JournalFile) -> Iterator[Run]:
    done = TrialProgress.read(place_file(file.path), file.end).done
    for event, _ in read_events(file.path, done):
        if event[0] == "trial":
            yield trial_run(file.header["experiment"], event[1])


def _points(files: Sequence[JournalFile], key: str) -> list[MetricPoint]:
    return [
        MetricPoint(event[2], event[1] / 1e6, float(event[3][key]))
        for event in events_of(files)
        if event[0] == "metrics" and key in event[3]
    ]
