"""Bringing the index of runs up to date: journals by their sizes, refs by their tips."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gittrack.errors import DataError
from gittrack.git.history import PathChange, diff_files, list_files
from gittrack.git.objects import ObjectReader
from gittrack.git.refs import read_refs
from gittrack.ids import ObjectId
from gittrack.index.run_ingest import RunIngest, bounded
from gittrack.index.run_live import LiveIngest
from gittrack.index.staleness import Progress, known_tips
from gittrack.runs.codec import PlainMap, decode_run, read_mapping
from gittrack.runs.model import RUNNING, Run
from gittrack.runs.plain_json import kept
from gittrack.store.experiment_deletion import DELETIONS
from gittrack.store.experiments import (
    EXPERIMENTS,
    RECORD,
    RUNS,
    decode_experiment,
    run_of_path,
)
from gittrack.store.models import (
    MODEL_PATH,
    MODELS,
    VERSIONS,
    decode_model,
    decode_version,
    version_number,
)
from gittrack.store.session import Session

_CONFIG = "/config.yaml"
_RECORD = "/run.yaml"
_REMEMBERED = 256  # configs


@dataclass(slots=True)
class _Place:
    """What changed in a run's directory: its record's blob and its config's."""

    ref: str
    place: str
    record: ObjectId | None = None
    config: ObjectId | None = None
    whole: bool = False


def refresh(
    connection: sqlite3.Connection, session: Session, progress: Progress | None = None
) -> None:
    """Take in everything that moved; the caller holds a transaction.

    Raises:
        GitError: git no longer has what the index was derived from: rebuild it.
    """
    # Journals before refs: what is sealed meanwhile is then seen twice, and not missed.
    ingest = RunIngest(connection)
    live, again = LiveIngest(connection, session, ingest).refresh()
    tips = read_refs(session.repository, EXPERIMENTS, MODELS)
    known = known_tips(connection)
    moved = {ref: tip for ref, tip in tips.items() if known.get(ref) != tip}
    for ref in known.keys() - tips.keys():
        _forget(connection, ingest, ref)
    sealed = _Sealed(connection, session, ingest, live, progress)
    for ref, tip in moved.items():
        session.view(ref)  # refuses a format that this version does not know
        if ref.startswith(MODELS):
            _models(connection, session, ref, tip)
        else:
            sealed.experiment(ref, tip)
            sealed.look(ref, known.get(ref), tip)
    sealed.take()
    sealed.again(again)
    ingest.write()
    sealed.finish()
    connection.execute("DELETE FROM ref")
    connection.executemany("INSERT INTO ref VALUES (?, ?)", tips.items())


class _Sealed:
    """Takes in what the refs of experiments got."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        session: Session,
        ingest: RunIngest,
        live: set[str],
        progress: Progress | None,
    ) -> None:
        self._db = connection
        self._session = session
        self._ingest = ingest
        self._live = live
        self._progress = progress
        self._waiting: list[tuple[str, list[_Place]]] = []
        self._deleted: list[str] = []

    def finish(self) -> None:
        """Forget the experiments that were deleted; their runs have gone by now."""
        for ref in self._deleted:
            self._db.execute(
                "DELETE FROM experiment WHERE ref = ? AND n NOT IN (SELECT experiment FROM run)",
                (ref,),
            )

    def experiment(self, ref: str, tip: ObjectId) -> None:
        """The record of an experiment."""
        found = self._session.reader.find(f"{tip}:{RECORD}")
        if found is None and self._session.reader.find(f"{tip}:{DELETIONS}") is not None:
            self._deleted.append(ref)
            return
        try:
            if found is None:
                raise DataError("it has no experiment.yaml")
            one = decode_experiment(found.data)
        except DataError as error:
            self._damaged(ref, "", error.message)
            return
        self._db.execute("DELETE FROM damaged WHERE ref = ? AND place = ''", (ref,))
        self._db.execute(
            "INSERT INTO experiment (ref, slug, name, created_at, description, tags, facts,"
            " summary, next_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (ref) DO UPDATE SET slug = excluded.slug, name = excluded.name,"
            " created_at = excluded.created_at, description = excluded.description,"
            " tags = excluded.tags, facts = excluded.facts, summary = excluded.summary,"
            " next_number = excluded.next_number",
            (
                ref,
                one.experiment_id,
                one.name,
                one.created_at,
                one.description,
                json.dumps(one.tags),
                json.dumps(kept(one.facts)),
                json.dumps(kept(one.summary)),
                bounded(one.next_number),
            ),
        )
        self._ingest.know_experiments()

    def look(self, ref: str, old: ObjectId | None, new: ObjectId) -> None:
        """Find the runs that came, changed or went between two tips of an experiment's ref; those
        that went are forgotten."""
        if old is None:
            files = list_files(self._session.repository, new, f"{RUNS}/")
            self._wait_for(ref, _places(ref, files))
            return
        changes = diff_files(self._session.repository, old, new, f"{RUNS}/")
        places = list(_places(ref, changes))
        for one in places:
            if one.record is None and not self._has(new, one):
                self._gone(ref, one.place)
        self._wait_for(ref, [self._whole(new, one) for one in places])

    def take(self) -> None:
        """Take in what was found, in all experiments with one progress."""
        done, total = 0, sum(len(places) for _, places in self._waiting)
        for ref, places in self._waiting:
            self._take(ref, places, done, total)
            done += len(places)

    def _wait_for(self, ref: str, places: Iterable[_Place]) -> None:
        self._waiting.append((ref, [one for one in places if one.record is not None]))

    def again(self, places: Iterable[str]) -> None:
        """Read sealed runs anew whose journals have gone."""
        for name in places:
            ref, _, place = name.partition(":")
            one = self._whole(ObjectId(ref), _Place(ref, place))
            if one.record is not None:
                self._live.discard(place.rpartition("/")[2])
                self._take(ref, [one], 0, 1)

    def _has(self, tip: ObjectId, one: _Place) -> bool:
        return self._session.reader.find(f"{tip}:{one.place}{_RECORD}") is not None

    def _whole(self, tip: ObjectId, one: _Place) -> _Place:
        """A place of which only one file changed, with the other one beside it."""
        if one.record is None:
            found = self._session.reader.find(f"{tip}:{one.place}{_RECORD}")
            one.record = None if found is None else found.id
        if one.config is None:
            found = self._session.reader.find(f"{tip}:{one.place}{_CONFIG}")
            one.config = None if found is None else found.id
        return one

    def _take(self, ref: str, places: Sequence[_Place], done: int, total: int) -> None:
        """Take in places that have records: `done` are before them, of `total`."""
        files = _RunFiles(self._session.reader, places)
        checkpoints: list[tuple[str, str]] = []
        for number, one in enumerate(places, done):
            if self._progress is not None and number % 1000 == 0:
                self._progress(number, total)
            run_id = one.place.rpartition("/")[2]
            try:
                run = files.next_run()
                if run.run_id != run_id:
                    raise DataError(f"its run.yaml is that of {run.run_id}")
            except DataError as error:
                self._gone(ref, one.place)
                self._damaged(ref, one.place, error.message)
                continue
            if run.status == RUNNING and run_id in self._live:
                checkpoints.append((one.place, run_id))  # its journal knows more
            else:
                self._ingest.add(run, place=one.place)
        self._ingest.write()
        self._db.executemany("UPDATE run SET place = ? WHERE id = ?", checkpoints)

    def _gone(self, ref: str, place: str) -> None:
        run_id = place.rpartition("/")[2]
        self._db.execute("DELETE FROM damaged WHERE ref = ? AND place = ?", (ref, place))
        row = self._db.execute("SELECT place FROM run WHERE id = ?", (run_id,)).fetchone()
        if row is not None and row[0] == place and run_id not in self._live:
            self._ingest.remove(run_id)

    def _damaged(self, ref: str, place: str, reason: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO damaged VALUES (?, ?, ?)", (ref, place, reason))


class _RunFiles:
    """The runs of places in their order; a config that one of the last runs had is not read again:
    repeats and seeds share theirs."""

    def __init__(self, reader: ObjectReader, places: Sequence[_Place]) -> None:
        self._places = iter(places)
        self._answers = reader.find_many(_wanted(places))
        self._configs: dict[ObjectId, PlainMap | DataError] = {}

    def next_run(self) -> Run:
        """The next place's run.

        Raises:
            DataError: its record or its config is damaged or missing.
        """
        place = next(self._places)
        record = next(self._answers)
        config = {} if place.config is None else self._config(place.config)
        if isinstance(config, DataError):
            raise config
        if record is None:
            raise DataError("its run.yaml is missing")
        return decode_run(record.data, config)

    def _config(self, blob: ObjectId) -> PlainMap | DataError:
        found = self._configs.get(blob)
        if found is None:
            answer = next(self._answers)
            try:
                found = {} if answer is None else read_mapping(answer.data)
            except DataError as error:
                found = error
            _remember(self._configs, blob, found)
        return found


def _wanted(places: Sequence[_Place]) -> Iterator[ObjectId]:
    """The blobs to ask git for: each place's record, and its config if it is a new one."""
    asked: dict[ObjectId, None] = {}
    for one in places:
        if one.record is not None:
            yield one.record
        if one.config is not None and one.config not in asked:
            _remember(asked, one.config, None)
            yield one.config


def _remember(known: dict[ObjectId, Any], name: ObjectId, value: Any) -> None:
    """Keep the last ones; who asks and who takes the answers forget the same, in the same order."""
    if len(known) >= _REMEMBERED:
        del known[next(iter(known))]
    known[name] = value


def _places(ref: str, changes: Iterable[PathChange]) -> Iterator[_Place]:
    """The directories of runs in which a record or a config changed, one after the other."""
    current: _Place | None = None
    for change in changes:
        place, _, name = change.path.rpartition("/")
        if name not in ("run.yaml", "config.yaml") or run_of_path(f"{place}{_RECORD}") is None:
            continue
        if current is None or current.place != place:
            if current is not None:
                yield current
            current = _Place(ref, place)
        if name == "run.yaml":
            current.record = change.blob
        else:
            current.config = change.blob
    if current is not None:
        yield current


def _forget(connection: sqlite3.Connection, ingest: RunIngest, ref: str) -> None:
    """A ref that has gone, with what was sealed there."""
    connection.execute("DELETE FROM run_model WHERE ref = ?", (ref,))
    connection.execute("DELETE FROM damaged WHERE ref = ?", (ref,))
    rows: Sequence[tuple[str]] = connection.execute(
        "SELECT r.id FROM run r JOIN experiment e ON e.n = r.experiment"
        " WHERE e.ref = ? AND r.journal IS NULL",
        (ref,),
    ).fetchall()
    for (run_id,) in rows:
        ingest.remove(run_id)
    connection.execute(
        "DELETE FROM experiment WHERE ref = ? AND n NOT IN (SELECT experiment FROM run)", (ref,)
    )
    ingest.know_experiments()


def _models(connection: sqlite3.Connection, session: Session, ref: str, tip: ObjectId) -> None:
    """The versions of a model that runs made."""
    connection.execute("DELETE FROM run_model WHERE ref = ?", (ref,))
    record = session.reader.find(f"{tip}:{MODEL_PATH}")
    try:
        model = decode_model(b"" if record is None else record.data)
    except DataError:
        return  # `git exp fsck` tells
    files = [
        change.blob
        for change in list_files(session.repository, tip, f"{VERSIONS}/")
        if change.blob is not None and version_number(change.path.rpartition("/")[2]) is not None
    ]
    rows: list[Mapping[str, object] | tuple[object, ...]] = []
    for found in session.reader.find_many(files):
        try:
            version = decode_version(b"" if found is None else found.data, model)
        except DataError:
            continue
        if version.run_id is not None:
            rows.append((ref, version.run_id, model.name, bounded(version.number)))
    connection.executemany("INSERT OR REPLACE INTO run_model VALUES (?, ?, ?, ?)", rows)
