"""Runs deleted, listed as such, and brought back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from gittrack.errors import NotFoundError, UsageError
from gittrack.runs.model import Run
from gittrack.store.run_deletion import Deletion, delete_runs, find_deletion, list_deletions
from gittrack.store.run_deletion import restore_run as bring_back
from gittrack.store.runs import SealedRun
from gittrack.tracking.reading import RunReading


@dataclass(frozen=True, slots=True)
class DeletedRun:
    """A run as it was when it was deleted; when (UTC), and by whom (`Name <mail>`)."""

    run: Run
    deleted_at: datetime
    deleted_by: str


class RunDeleting(RunReading):
    """Takes runs away and brings them back."""

    def delete_run(self, *runs: str | Run) -> None:
        """Take runs that have ended out of their experiments; `restore_run` brings them back.

        Raises:
            NotFoundError: there is no such run.
            UsageError: one is live; nothing was deleted.
        """
        delete_runs(self._session, self._publisher, [self._to_delete(run) for run in runs])

    def list_deleted_runs(self) -> list[DeletedRun]:
        """The runs that `restore_run` can bring back, the latest deletion first.

        One whose record is damaged is told and left out.
        """
        deletions = self._deletions()
        told = self._reader.read_many(
            (deletion.was for deletion in deletions),
            lambda damage: self._failures.warn(damage.message),
        )
        runs = {run.run_id: run for run in told}
        return [
            DeletedRun(runs[one.was.run_id], datetime.fromtimestamp(one.time, tz=UTC), one.author)
            for one in deletions
            if one.was.run_id in runs
        ]

    def restore_run(self, run: str | Run) -> Run:
        """Bring a deleted run back.

        Args:
            run: the run, or its id or a unique prefix of it.

        Raises:
            NotFoundError: none was deleted whose id starts so.
            AmbiguousError: several deleted runs' ids start so.
        """
        wanted = run if isinstance(run, str) else run.run_id
        deletion = find_deletion(self._deletions(), wanted)
        bring_back(self._session, self._publisher, deletion)
        return self.get_run(deletion.was.run_id)

    def _to_delete(self, run: str | Run) -> SealedRun:
        """Where a run lies that has ended; the end of a live one would bring it back."""
        name = run if isinstance(run, str) else run.run_id
        try:
            place = self._sealed(name)
        except NotFoundError:
            if self._is_live(name):
                raise _live(name) from None
            raise
        if self._is_live(place.run_id):  # sealed as it was a while ago, and not ended since
            raise _live(place.run_id)
        return place

    def _is_live(self, run_id: str) -> bool:
        journals = self._reader.journals_of(run_id)
        return any(file.header.get("role") == "main" for file in journals)

    def _deletions(self) -> list[Deletion]:
        present = self._index.ids()
        return list_deletions(self._session, present)


def _live(run_id: str) -> UsageError:
    return UsageError(
        f"the run {run_id} is live: it can be deleted when it has ended",
        hint="where its machine is gone: git exp doctor",
    )
