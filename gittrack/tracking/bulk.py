"""Whole runs recorded in bulk: what importers of other trackers' records stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from gittrack.errors import (
    GittrackError,
    NotFoundError,
    RepositoryError,
    UsageError,
    ValueRefusedError,
)
from gittrack.ids import ObjectId
from gittrack.store.anonymous import say_who_records
from gittrack.tracking.reading import RunReading

if TYPE_CHECKING:  # loaded on use: most scripts record their own runs
    from gittrack.runs.records import RunRecord, WholeRun

GROUP = 2000
"""Runs in one commit, at the most."""

_BYTES = 32 << 20
"""Configs and histories in one commit, about."""

_REPLACED = 200

Refused = Callable[[Any, GittrackError], object]
"""Told of a run that cannot be stored: what was given, and why."""


class RunBulk(RunReading):
    """Records runs that have ended already, by the thousand."""

    def log_runs(
        self,
        experiment_id: str,
        runs: Iterable[RunRecord | Mapping[str, Any]],
        *,
        refused: Refused | None = None,
    ) -> list[str]:
        """Record any number of whole runs; returns their ids in order.

        They go in groups of up to 2,000, each in one commit: all runs of a group are there, or
        none. What `runs` yields is not kept longer than its group is written.

        Each is a mapping with the names of a `RunRecord`, or one. A `run_id` is for importers: a
        run of that id that is there already, in whatever experiment, is left as it is. So the same
        call once more goes on after a crash, and does nothing when all is there.

        Args:
            experiment_id: the experiment's name or id.
            runs: the runs; their files (`artifacts`) are read before their group is written.
            refused: told of each run that cannot be stored, and why; the others are recorded.
                Without it, such a run raises.

        Raises:
            UsageError: an id, a name or a status is none. The message says which run it was; the
                groups before are recorded, nothing of its own is.
            ValueRefusedError: a value cannot be stored; likewise.
            NotFoundError: a file is not there; likewise.
            RepositoryError: a file cannot be stored, or git cannot write here; likewise.
        """
        from gittrack.store.run_bulk import write_runs

        name = self._experiment(experiment_id)
        say_who_records(self._session.repository, self._failures.warn)
        known = _Known(self)
        ids: list[str] = []
        for group in self._groups(self._wholes(name, runs, refused), ids):
            asked = known if any(whole.was_named for whole in group) else _nothing
            tip = write_runs(self._session, self._publisher, name, group, asked)
            known.tip = tip or known.tip
        return ids

    def replace_runs(
        self,
        experiment_id: str,
        runs: Iterable[RunRecord | Mapping[str, Any]],
        *,
        refused: Refused | None = None,
    ) -> int:
        """Record runs once more that are in an experiment already, for importers whose source has
        more of them by now; returns how many are different now.

        Each needs its `run_id`; one that is not in the experiment is left out. Its parameters,
        metrics, status and times become those given. Its number stays, and so do tags, notes,
        validations and artifacts that only the run here has.

        Raises:
            As `log_runs`.
        """
        from gittrack.store.run_replacing import replace_runs

        name, changed = self._experiment(experiment_id), 0
        wholes = self._wholes(name, runs, refused)
        for group in self._groups(wholes, [], most=_REPLACED):
            places = (self._index.place(whole.state.run_id) for whole in group)
            known = {place.run_id: place for place in places if place is not None}
            changed += replace_runs(self._session, self._publisher, name, group, known)
        return changed

    def _wholes(
        self,
        name: str,
        runs: Iterable[RunRecord | Mapping[str, Any]],
        refused: Refused | None,
    ) -> Iterator[WholeRun]:
        for position, given in enumerate(runs, 1):
            try:
                whole = self._whole(name, given, position)
            except (UsageError, ValueRefusedError, NotFoundError) as error:
                if refused is None:
                    raise
                refused(given, error)
                continue
            yield whole

    def _groups(
        self, wholes: Iterable[WholeRun], ids: list[str], *, most: int = GROUP
    ) -> Iterator[list[WholeRun]]:
        """Runs that are written together; the same id once more is left out."""
        group: list[WholeRun] = []
        named: set[str] = set()
        size = 0
        for whole in wholes:
            ids.append(whole.state.run_id)
            if whole.was_named:
                if whole.state.run_id in named:
                    continue
                named.add(whole.state.run_id)
            group.append(whole)
            size += whole.size
            if len(group) >= most or size >= _BYTES:
                yield group
                group, size = [], 0
        if group:
            yield group

    def _whole(self, name: str, given: RunRecord | Mapping[str, Any], position: int) -> WholeRun:
        from gittrack.runs.records import RunRecord, naming, whole_run

        with naming(position, None):
            record = RunRecord.of(given)
        with naming(position, record.run_name):
            whole = whole_run(record, name, self._session.now(), position)
            for artifact in record.artifacts:
                self._keep_file(whole, artifact)
        return whole

    def _keep_file(self, whole: WholeRun, artifact: Any) -> None:
        from gittrack.artifacts import check_artifact_path
        from gittrack.runs.model import Artifact
        from gittrack.tracking.keeping import keep

        try:
            name, file = artifact
            file = Path(file)
        except (TypeError, ValueError) as error:
            raise UsageError("an artifact is a pair: its name and its file") from error
        _check_name(check_artifact_path(name), whole.state.artifacts)
        try:
            facts = keep(self._session.repository, name, file, None)
        except OSError as error:
            reason = error.strerror or error
            raise RepositoryError(
                f"cannot store {file}: {reason}; its run was not recorded"
            ) from error
        path = facts["path"]
        whole.state.artifacts[path] = Artifact(path, facts["size"], facts["sha256"], facts["store"])


class _Known:
    """The ids of all runs here, asked for once and again only when somebody else recorded some."""

    def __init__(self, tracker: RunBulk) -> None:
        self._tracker = tracker
        self._ids: set[str] | None = None
        self.tip: ObjectId | None = None
        """What the experiment's ref pointed to when the ids were asked for, or what we made it."""

    def __call__(self, tip: ObjectId | None) -> set[str]:
        if self._ids is None or tip != self.tip:
            index = self._tracker._index
            damaged = {place.rpartition("/")[2] for place, _ in index.damaged()}
            self._ids, self.tip = index.ids() | damaged, tip
        return self._ids


def _nothing(_: ObjectId | None) -> frozenset[str]:
    return frozenset()


def _check_name(path: str, others: Mapping[str, object]) -> None:
    """Refuse a name twice, and one that is a file's and a folder's."""
    if path in others:
        raise UsageError(f"it has two artifacts {path!r}", hint="name each once")
    above = {str(folder) for folder in PurePosixPath(path).parents}
    if above & others.keys() or any(other.startswith(f"{path}/") for other in others):
        raise UsageError(
            f"the name {path!r} is that of a file and of a folder",
            hint="store it under another one",
        )
