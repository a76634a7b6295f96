"""Runs read back, live or sealed."""

from __future__ import annotations

from contextlib import suppress

from gittrack.canonical import Plain, read
from gittrack.errors import AmbiguousError, DataError, NotFoundError
from gittrack.ids import is_prefix
from gittrack.runs.model import MetricPoint, Run
from gittrack.slug import slug
from gittrack.store.journals import events_of
from gittrack.store.runs import SealedRun
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.base import TrackerBase

_TOLD = "environment"


class RunReading(TrackerBase):
    """Finds runs and their metrics, whether they are live or sealed."""

    def get_run(self, run: str | Run | ActiveRun) -> Run:
        """A run by its id or a unique prefix of it, live or sealed.

        Raises:
            NotFoundError: there is none.
            AmbiguousError: several ids start so.
            DataError: its record is damaged.
        """
        wanted = run if isinstance(run, str) else run.run_id
        return self._index.run(wanted) or self._by_prefix(wanted)

    def runs_named(self, name: str, number: int | None = None, experiment: str = "") -> list[Run]:
        """The runs of that name, or of that number in an experiment (its name or id), newest
        first."""
        self._seal_to_read()
        return self._index.named(name, number, experiment)

    def latest_run(self, position: int = 0) -> Run | None:
        """The newest run, or the one so many before it; `None` where there are not so many."""
        self._seal_to_read()
        found = self._index.read(self._index.numbers(self._index.newest, 1, position))
        return next(found, None)

    def latest_run_names(self, count: int) -> list[tuple[str, str, int | None]]:
        """The names of the newest runs, each with its experiment's name and its number."""
        return self._index.latest_names(count)

    def get_metric_history(self, run: str | Run | ActiveRun, key: str) -> list[MetricPoint]:
        """All values of a metric: `(step, time, value)`, in the order in which they were logged.

        Raises:
            NotFoundError: there is no such run, or it never logged that metric.
        """
        found = self.get_run(run)
        points = self._reader.history(found, key)
        if not points:
            raise NotFoundError(f"the run {found.run_id} has no metric {key!r}")
        return points

    def environment(self, run: str | Run | ActiveRun) -> dict[str | int, Plain]:
        """What a run ran with, as it was captured (`docs/capture.md`); empty where it was not.

        Raises:
            NotFoundError: there is no such run.
            NotCanonicalError: the record is damaged.
        """
        found = self.get_run(run)
        with suppress(FileNotFoundError):
            files = self._reader.journals_of(found.run_id)
            told = [event for event in events_of(files) if event[0] == _TOLD] if files else []
            if told:
                return _mapping(str(told[-1][2]).encode())
        place = self._place(found.run_id)
        name = "" if place is None else f"{place.ref}:{place.place}/environment.yaml"
        file = self._session.reader.find(name) if name else None
        return {} if file is None else _mapping(file.data)

    def list_runs(self, experiment: str | None = None) -> list[Run]:
        """The runs of an experiment (by name or id), or of all, newest first."""
        self._seal_to_read()
        for place, reason in self._index.damaged():
            run_id = place.rpartition("/")[2]
            self._failures.warn(f"the run {run_id} is damaged: {reason}")
        return self._index.runs(None if experiment is None else [slug(experiment)])

    def _by_prefix(self, prefix: str) -> Run:
        ids = self._index.with_prefix(prefix) if is_prefix(prefix) else []
        if len(ids) > 1:
            raise AmbiguousError(f"{prefix!r} is the start of {len(ids)} runs", candidates=ids)
        found = self._index.run(ids[0]) if ids else None
        if found is not None:
            return found
        damage = self._index.damage_of(prefix)
        if damage is not None:
            raise DataError(f"the run {prefix} is damaged: {damage}", hint="run: git exp fsck")
        raise NotFoundError(f"no run is called {prefix!r}", hint="see them: git exp runs list")

    def _sealed(self, run: str | Run | ActiveRun) -> SealedRun:
        """Where a run that has ended lies; what waits to be sealed is sealed first."""
        name = run if isinstance(run, str) else run.run_id
        self._owed_ends.write()
        place = self._reader.find(name)
        if place is None or self._reader.journals_of(name):  # or sealed as it was a while ago
            run_id = self.get_run(name).run_id
            self._sealer.settle(run_id)
            place = self._reader.find(run_id)
            if place is None:  # a trial that this process logged: its journal holds others, too
                self._trial_journals.close()
                self._sealer.seal()
                place = self._reader.find(run_id)
        if place is None:
            self._owed_ends.refuse(name)
            raise NotFoundError(f"the run {name} is live in another process")
        return place


def _mapping(data: bytes) -> dict[str | int, Plain]:
    plain = read(data)
    return plain if isinstance(plain, dict) else {}
