"""Whole runs written in bulk: a group of them is one commit, and all of it is there or nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gittrack.git.importer import Edit, Put
from gittrack.ids import ObjectId
from gittrack.runs.codec import encode_run
from gittrack.runs.model import Run
from gittrack.runs.records import WholeRun, naming
from gittrack.runs.series import paths_of
from gittrack.store.experiments import Places, clone_id, experiment_ref, next_numbers
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.refusal import refused
from gittrack.store.run_files import artifact_edits
from gittrack.store.session import Session, TreeView
from gittrack.store.trial_sealing import experiment_edits
from gittrack.store.waiting import WaitingContents

Known = Callable[[ObjectId | None], Collection[str]]
"""The ids of the runs that are there, asked with the tip on which new ones are about to go."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A run with its directory."""

    whole: WholeRun
    run: Run
    place: str


def write_runs(
    session: Session,
    publisher: Publisher,
    name: str,
    runs: Sequence[WholeRun],
    known: Known,
) -> ObjectId | None:
    """Write runs of an experiment in one commit, those left out that are known; returns the
    commit, if there was anything to write.

    Raises:
        ValueRefusedError: a value cannot be stored, and so nothing was.
        RepositoryError: git cannot write here; nothing was written.
    """
    ref = experiment_ref(name)
    first = 0

    def build() -> list[RefCommit]:
        nonlocal first
        view = session.view(ref)
        present = known(view.commit)
        new = [run for run in runs if run.state.run_id not in present]
        if not new:
            return []
        first = first or next_numbers(session, name, len(new))
        placed = list(_placed(session, view, new, first))
        edits = [*experiment_edits(session, view, name, first + len(new))]
        edits += _run_edits(session, placed)
        word = "run" if len(new) == 1 else "runs"
        return [RefCommit(ref, view.commit, edits, f"Record {len(new)} {word} of {name}")]

    with refused(f"the runs of {name} cannot be written"):
        commits = publisher.transact(build)
        free_contents(session, runs)
    return commits[0] if commits else None


def _placed(
    session: Session, view: TreeView, runs: Sequence[WholeRun], first: int
) -> Iterator[_Placed]:
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    places = Places.after(view, day, clone_id(session.repository.private_dir))
    for number, whole in enumerate(runs, first):
        yield _Placed(whole, whole.numbered(number), places.take(whole.state.run_id))


def _run_edits(session: Session, placed: Sequence[_Placed]) -> Iterator[Edit]:
    """All files of one kind together: git stores what is alike as differences."""
    for one in placed:
        state = one.whole.state
        with naming(one.whole.position, state.name):
            data = encode_run(one.run, logged=state.logged(), host=state.host)
        yield Put(f"{one.place}/run.yaml", data)
    for one in placed:
        config = one.whole.state.config_bytes()
        if config is not None:
            yield Put(f"{one.place}/config.yaml", config)
    for one in placed:
        paths: Mapping[str, str] = paths_of(one.whole.histories)
        for key, content in one.whole.histories.items():
            yield Put(f"{one.place}/{paths[key]}", content)
        yield from artifact_edits(session, one.place, one.run.artifacts)


def free_contents(session: Session, runs: Sequence[WholeRun]) -> None:
    """Take contents out of the waiting room that are in git now, with these runs."""
    moment = session.now()
    contents = {
        artifact.sha256: moment
        for whole in runs
        for artifact in whole.state.artifacts.values()
        if artifact.store == "git"
    }
    if contents:
        WaitingContents(session).free(contents)
