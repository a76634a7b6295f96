"""Sealed runs recorded once more in their old places: their source has more of them by now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gittrack.git.importer import Edit, Put, Remove
from gittrack.runs.codec import decode_run, encode_run
from gittrack.runs.model import Run, Validation
from gittrack.runs.records import WholeRun, naming
from gittrack.runs.series import paths_of
from gittrack.store.experiments import experiment_ref
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.refusal import refused
from gittrack.store.run_bulk import free_contents
from gittrack.store.run_files import artifact_edits
from gittrack.store.runs import SealedRun
from gittrack.store.session import Session, TreeView


def replace_runs(
    session: Session,
    publisher: Publisher,
    name: str,
    runs: Sequence[WholeRun],
    places: Mapping[str, SealedRun],
) -> int:
    """Write runs of an experiment anew in one commit, those that lie there; returns how many.

    Raises:
        ValueRefusedError: a value cannot be stored, and so nothing was.
        RepositoryError: git cannot write here; nothing was written.
    """
    ref = experiment_ref(name)
    count = 0

    def build() -> list[RefCommit]:
        nonlocal count
        view = session.view(ref)
        edits: list[Edit] = []
        count = 0
        for whole in runs:
            place = places.get(whole.state.run_id)
            if place is not None and place.ref == ref:
                found = list(_edits(session, view, place.place, whole))
                edits += found
                count += bool(found)
        if not edits:
            return []
        word = "run" if count == 1 else "runs"
        return [RefCommit(ref, view.commit, edits, f"Bring {count} {word} of {name} up to date")]

    with refused(f"the runs of {name} cannot be written"):
        publisher.transact(build)
        free_contents(session, runs)
    return count


def _edits(session: Session, view: TreeView, place: str, whole: WholeRun) -> Iterator[Edit]:
    """What changes in a run's directory; nothing where it is gone, or says all of that already."""
    data, config = view.blob(f"{place}/run.yaml"), view.blob(f"{place}/config.yaml")
    if data is None:
        return
    before = decode_run(data, config)
    run = _carried(before, whole.numbered(before.number or 0))
    with naming(whole.position, whole.state.name):
        new = encode_run(run, logged=whole.state.logged(), host=whole.state.host)
    if new == data:
        return
    yield Put(f"{place}/run.yaml", new)
    own = whole.state.config_bytes()
    if own is not None:
        yield Put(f"{place}/config.yaml", own)
    elif config is not None:
        yield Remove(f"{place}/config.yaml")
    if view.folder(f"{place}/metrics"):
        yield Remove(f"{place}/metrics")
    for key, path in paths_of(whole.histories).items():
        yield Put(f"{place}/{path}", whole.histories[key])
    yield from artifact_edits(session, place, run.artifacts, view.commit)


def _carried(before: Run, run: Run) -> Run:
    """The run as it is given now, with what only the one here has."""
    artifacts = {one.path: one for one in (*before.artifacts, *run.artifacts)}
    notes = [note for note in before.notes if note not in run.notes]
    return replace(
        run,
        number=before.number,
        tags={**before.tags, **run.tags},
        notes=(*run.notes, *notes),
        validations=(*_others(before, run), *run.validations),
        artifacts=tuple(artifacts.values()),
    )


def _others(before: Run, run: Run) -> Iterator[Validation]:
    named = {one.name for one in run.validations}
    return (one for one in before.validations if one.name not in named)
