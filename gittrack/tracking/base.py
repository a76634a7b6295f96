"""What every part of a tracker stands on: the open repository, its sealing, its open runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gittrack.closing import Closing
from gittrack.errors import ConflictError, GittrackError, RepositoryError
from gittrack.store.experiments import check_experiment_name, experiment_ref, read_experiment
from gittrack.store.publishing import Publisher
from gittrack.store.runs import RunReader, SealedRun
from gittrack.store.sealing import Sealer
from gittrack.store.session import Session
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.artifact_keeper import ArtifactKeeper
from gittrack.tracking.capturing import Capture
from gittrack.tracking.failures import Failures, OnError
from gittrack.tracking.joining import find_repository
from gittrack.tracking.live import LiveRuns
from gittrack.tracking.owed import OwedEnds
from gittrack.tracking.pace import Pace
from gittrack.tracking.trial_journals import TrialJournals

if TYPE_CHECKING:  # loaded on use: a script that only records does without the index
    from gittrack.index.run_index import RunIndex


class TrackerBase(Closing):
    """An open repository whose journals are sealed; `ExperimentTracker` says what the arguments
    mean."""

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        on_error: OnError = "warn",
        capture: bool = True,
        warn: Callable[[str], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._failures = Failures(on_error, warn)
        self._session = Session(find_repository(path))
        self._publisher = Publisher(self._session)
        self._sealer = Sealer(self._session, self._publisher)
        self._progress = progress
        self._reader = RunReader(self._session, self._place)
        self._capture = Capture(self._session, self._publisher) if capture else None
        self._live = LiveRuns()
        self._owed_ends = OwedEnds(self._failures.warn)
        self._keeper = ArtifactKeeper(self._session.repository, self._failures.refused)
        self._trial_journals = TrialJournals(self._session)
        self._names: dict[str, str] = {}
        self._pace = Pace(self.seal)

    @property
    def session(self) -> Session:
        """The open repository, for what is built on a tracker."""
        return self._session

    def refused(self, error: GittrackError) -> None:
        """Something could not be recorded: `on_error` decides what becomes of it."""
        self._failures.refused(error)

    def close(self) -> None:
        """Seal what has ended and end the git processes; the tracker may be used again."""
        self._trial_journals.close()
        self._pace.do()
        if "_index" in self.__dict__:
            self._index.close()
        self._session.close()

    def _place(self, run_id: str) -> SealedRun | None:
        return self._index.place(run_id)

    @cached_property
    def _index(self) -> RunIndex:
        from gittrack.index.run_index import RunIndex

        return RunIndex(
            self._session,
            self._reader.history,
            warn=self._failures.warn,
            progress=self._progress,
        )

    def seal(self) -> int:
        """Seal all runs that have ended, also those of processes that died; returns how many."""
        self._owed_ends.write()
        try:
            return self._sealer.seal()
        except ConflictError:
            return 0  # the journals have it all: the next one who comes seals
        except (RepositoryError, OSError) as error:
            failed = error if isinstance(error, RepositoryError) else RepositoryError(str(error))
            self._failures.refused(failed)
            return 0

    def _seal_to_read(self) -> None:
        """Seal what has ended before somebody looks; where that fails, journals are read."""
        try:
            self._pace.do()
        except RepositoryError as error:
            self._failures.warn(error.message)

    def _ended(self, run: ActiveRun) -> None:
        self._live.remove(run)
        if run.owes_end:
            self._owed_ends.add(run)
        self._pace.ask()

    def _experiment(self, name: str) -> str:
        """The true name of an experiment that is named by its name or id: a slug's slug is it."""
        known = self._names.get(name)
        if known is None:
            checked = check_experiment_name(name)
            found = read_experiment(self._session.view(experiment_ref(checked)))
            known = self._names[name] = checked if found is None else found.name
        return known
