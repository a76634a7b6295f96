"""A sealed run taken up again: a journal that says all that its files say, to be sealed anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from gittrack.canonical import Plain, emit, read
from gittrack.errors import NotFoundError
from gittrack.journal.shared import SharedJournal
from gittrack.journal.writer import SUFFIX
from gittrack.runs.codec import decode_run, encode_run
from gittrack.runs.events import RunState
from gittrack.runs.model import RUNNING, Run
from gittrack.store.journals import journal_folder, place_file, write_down
from gittrack.store.runs import RunReader, SealedRun
from gittrack.store.session import Session, TreeView

Event = list[Any]


def reopen(
    session: Session, reader: RunReader, place: SealedRun, *, running: bool
) -> SharedJournal:
    """A journal that goes on where a sealed run ended; nobody else may be sealing meanwhile.

    Its run keeps its status, or is `RUNNING` again. When the journal has ended, the run is sealed
    to its old place, and what others change in the record until then stays.

    Raises:
        NotFoundError: the run is not there any more.
        DataError: its record is damaged.
        RepositoryError: the journal cannot be written.
    """
    view = session.view(place.ref)
    entry = view.entry(f"{place.place}/run.yaml")
    data = view.blob(f"{place.place}/run.yaml")
    if entry is None or data is None:
        raise NotFoundError(f"the run {place.run_id} is not there any more")
    config = view.blob(f"{place.place}/config.yaml")
    run = decode_run(data, config)
    record = read(data)
    logged: Any = record.get("params", {}) if isinstance(record, dict) else {}
    events = [
        *_beginning(view, place, run, config, logged),
        *_metrics(reader, run),
        *_said(run),
        *_ending(run),
    ]
    state = RunState(run.run_id, run.experiment_name).fold(events)
    own = encode_run(state.run(), logged=state.logged(), host=state.host)
    folder = journal_folder(session)
    # What the run's journal cannot say, such as a trial's number, is seen as a change of others.
    mark = {"place": place.place, "record": entry.id, "own": None if own == data else own.decode()}
    write_down(place_file(folder / f"{run.run_id}{SUFFIX}"), mark)
    if running:
        events = [event for event in events if event[0] != "end"]
    header = {"run": run.run_id, "experiment": run.experiment_name, "role": "main"}
    return SharedJournal.create(folder, run.run_id, header, events)


def _beginning(
    view: TreeView,
    place: SealedRun,
    run: Run,
    config: bytes | None,
    logged: dict[str | int, Plain],
) -> Iterator[Event]:
    started = _microseconds(run.start_time.timestamp())
    facts: dict[str, Any] = {"name": run.run_name, "number": run.number, "host": run.host}
    if run.user:
        facts["user"] = run.user
    if config is not None:
        facts["config"] = config.decode()
    if run.parent_run_id is not None:
        facts["parent"] = run.parent_run_id
    yield ["start", started, facts]
    if run.code_version is not None:
        yield ["code", started, asdict(run.code_version)]
    environment = view.blob(f"{place.place}/environment.yaml")
    if environment is not None:
        yield ["environment", started, environment.decode()]
    if logged:
        yield ["params", started, emit(logged).decode()]


def _metrics(reader: RunReader, run: Run) -> Iterator[Event]:
    for key in run.summaries:
        for point in reader.history(run, key):
            yield ["metrics", _microseconds(point.time), point.step, {key: point.value}]


def _said(run: Run) -> Iterator[Event]:
    moment = _microseconds((run.end_time or run.start_time).timestamp())
    if run.tags:
        yield ["tags", moment, dict(run.tags)]
    for artifact in run.artifacts:
        facts: dict[str, Any] = asdict(artifact)
        yield ["artifact", moment, {**facts, "type": facts.pop("artifact_type")}]
    for one in run.validations:
        facts = {"name": one.name, "passed": one.passed, "num_violations": one.num_violations}
        yield ["validation", moment, {**facts, "metrics": dict(one.metrics)}]
    for note in run.notes:
        yield ["note", moment, note]


def _ending(run: Run) -> Iterator[Event]:
    if run.status == RUNNING:
        return
    # An imported one may not know when it ended; what is said of that here is not kept.
    moment = _microseconds((run.end_time or run.start_time).timestamp())
    yield ["end", moment, run.status]
    yield ["reopened", moment]  # says nothing of the run; a journal that ends with an end is over


def _microseconds(seconds: float) -> int:
    return round(seconds * 1e6)
