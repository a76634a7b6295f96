"""Sealing trials: many runs from one journal, or at once from a script that has them all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from gittrack.dates import format_time
from gittrack.git.importer import Edit, Put
from gittrack.git.objects import blob_id
from gittrack.journal.reader import JournalFile, read_events
from gittrack.runs.codec import encode_run
from gittrack.runs.trials import trial_run, trial_series
from gittrack.store.experiments import (
    RECORD,
    Experiment,
    Places,
    blob_at,
    clone_id,
    encode_experiment,
    experiment_ref,
    next_numbers,
    read_experiment,
    reserved,
)
from gittrack.store.journals import place_file, write_down
from gittrack.store.layout import FORMAT_BYTES, FORMAT_PATH
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.refusal import refused
from gittrack.store.session import Session, TreeView

_GROUP = 2000  # trials in one commit


@dataclass(slots=True)
class TrialProgress:
    """How far a journal of trials is sealed, and where the next ones up to `to` go.

    `part` tells a study's journal from the one before it that had the same name.
    """

    done: int
    to: int = 0
    places: Places | None = None
    first_number: int = 0
    part: str = ""

    @classmethod
    def read(cls, file: JournalFile) -> TrialProgress:
        """What was written down; from the start of the journal, if nothing was."""
        part = str(file.header.get("part", ""))
        try:
            data = json.loads(place_file(file.path).read_text(encoding="utf-8"))
            if data.get("part", "") != part:
                return cls(file.end, part=part)
            places = data.get("places")
            return cls(
                data["done"],
                data.get("to", 0),
                None if places is None else Places(**places),
                data.get("number", 0),
                part,
            )
        except (OSError, ValueError, KeyError, TypeError):
            return cls(file.end, part=part)

    def reserved(self, end: int) -> TrialProgress:
        """The places for what goes up to `end`; those written down, if it is the same."""
        return self if self.to == end else TrialProgress(self.done, end, part=self.part)

    def write(self, mark: Path) -> None:
        """Write it down."""
        data: dict[str, Any] = {"done": self.done}
        if self.part:
            data["part"] = self.part
        if self.places is not None:
            data |= {"to": self.to, "places": asdict(self.places), "number": self.first_number}
        write_down(mark, data)


def seal_trials(session: Session, publisher: Publisher, file: JournalFile) -> int:
    """Seal what a journal of trials got since the last time; its process may go on writing."""
    mark = place_file(file.path)
    progress = TrialProgress.read(file)
    count = 0
    while taken := list(islice(read_events(file.path, progress.done), _GROUP)):
        if progress.to:  # a crash came between writing down and publishing: the same ones again
            taken = [(event, end) for event, end in taken if end <= progress.to]
        facts = [event[1] for event, _ in taken if event[0] == "trial"]
        end = taken[-1][1]
        if facts:
            write_trials(
                session, publisher, file.header["experiment"], facts, progress.reserved(end), mark
            )
        progress = TrialProgress(end, part=progress.part)
        progress.write(mark)
        count += len(facts)
    return count


def write_trials(
    session: Session,
    publisher: Publisher,
    name: str,
    facts: Sequence[dict[str, Any]],
    progress: TrialProgress | None = None,
    mark: Path | None = None,
) -> None:
    """Write trials in one commit: all of them are there, or none.

    With a `mark`, where they go is written down before: done again after a crash, it is the same.
    """
    progress = progress or TrialProgress(0)
    ref = experiment_ref(name)

    def build() -> list[RefCommit]:
        view = session.view(ref)
        if progress.places is None:
            day = datetime.now(UTC).strftime("%Y-%m-%d")
            clone = clone_id(session.repository.private_dir)
            progress.places = Places.after(view, day, clone)
            progress.first_number = next_numbers(session, name, len(facts))
            if mark is not None:
                progress.write(mark)
        places, number = replace(progress.places), progress.first_number
        written = []
        for n, one in enumerate(facts):
            run = trial_run(name, one, number + n)
            written.append((places.take(run.run_id), encode_run(run, logged={}), one))
        first = f"{written[0][0]}/run.yaml"
        known = blob_id(written[0][1], session.repository.hash_name)
        if blob_at(session, view.commit, first) == known:
            return []  # published just before a crash
        edits = [*experiment_edits(session, view, name, number + len(facts))]
        edits += [Put(f"{place}/run.yaml", data) for place, data, _ in written]
        edits += [Put(f"{p}/config.yaml", one["params"].encode()) for p, _, one in written]
        for place, _, one in written:
            edits += [Put(f"{place}/{path}", data) for path, data in trial_series(one).items()]
        return [RefCommit(ref, view.commit, edits, f"Seal {len(facts)} trials of {name}")]

    with refused(f"the trials of {name} cannot be written"):
        publisher.transact(build)


def experiment_edits(session: Session, view: TreeView, name: str, number: int) -> Iterator[Edit]:
    """The record of an experiment whose next run gets at least that number."""
    known = read_experiment(view)
    if known is None:
        yield Put(FORMAT_PATH, FORMAT_BYTES)
    experiment = known or Experiment(name, format_time(session.now()))
    if known is None or number > known.next_number:
        number = max(experiment.next_number, reserved(number))
        yield Put(RECORD, encode_experiment(replace(experiment, next_number=number)))
