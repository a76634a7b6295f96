"""Journals of runs that are not sealed yet: their frames, what they name, where they go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Any

from gittrack.artifacts import waiting_room
from gittrack.fsck.findings import Findings
from gittrack.journal.reader import JournalFile, journal_files, read_events, read_header
from gittrack.slug import slug
from gittrack.store.experiments import EXPERIMENTS
from gittrack.store.journals import journal_folder, place_file
from gittrack.store.session import Session

_KEEP = "keep a copy of the file; what is not damaged is sealed"


def expect_journals(session: Session, findings: Findings) -> None:
    """Which runs have journals: of these, the place of the sealed record is wanted."""
    for path in journal_files(journal_folder(session)):
        file = read_header(path)
        if file is not None and isinstance(file.header.get("run"), str):
            findings.places[file.header["run"]] = ""


def check_journals(session: Session, findings: Findings) -> None:
    """Every journal; a torn end is what a killed process leaves, and no damage.

    One that is sealed while it is read is left to its sealed record.
    """
    for path in journal_files(journal_folder(session)):
        with suppress(FileNotFoundError):
            file = read_header(path)
            if file is not None:
                with findings.part("journal", str(path)):
                    _check_journal(session, findings, file)
            elif path.exists():
                reason = "its first line is damaged, or of another format"
                findings.bad("journal", str(path), reason, "move it away, and keep it")
            findings.checked["journals"] += 1


def _check_journal(session: Session, findings: Findings, file: JournalFile) -> None:
    header, place = file.header, str(file.path)
    if not isinstance(header.get("experiment"), str):
        findings.bad("journal", place, "it names no experiment", "move it away, and keep it")
        return
    run_id = header.get("run")
    if isinstance(run_id, str):
        findings.runs.add(run_id)
    elif not header.get("trials"):
        findings.bad("journal", place, "it names no run", "move it away, and keep it")
    _check_records(session, findings, file)
    _check_place(findings, file)


def _check_records(session: Session, findings: Findings, file: JournalFile) -> None:
    damaged: list[int] = []
    for event, _ in read_events(file.path, file.end):
        if event and event[0] == "damaged":
            damaged.append(event[1])
        elif len(event) == 3 and event[0] == "artifact":
            _check_artifact(session, findings, file.path, event[2])
    if damaged:
        records = "1 record is" if len(damaged) == 1 else f"{len(damaged):,} records are"
        reason = f"{records} damaged, the first at byte {damaged[0]:,}"
        findings.bad("journal", str(file.path), reason, _KEEP)


def _check_artifact(session: Session, findings: Findings, path: Path, facts: Any) -> None:
    if not isinstance(facts, Mapping) or facts.get("store") != "git":
        return
    digest, size = facts.get("sha256"), facts.get("size")
    if not isinstance(digest, str) or not isinstance(size, int):
        findings.bad("journal", str(path), "it names an artifact without hash and size", _KEEP)
    elif path.exists() and not waiting_room(session.repository.common_dir).has(digest, size):
        reason = f"the content of its artifact {facts.get('path')!r} is missing"
        findings.bad("journal", str(path), reason, "log the artifact again")


def _check_place(findings: Findings, file: JournalFile) -> None:
    """Where a run goes was written down, and a run that is there already is at that place."""
    mark = place_file(file.path)
    try:
        data = json.loads(mark.read_bytes())
    except FileNotFoundError:
        return
    except (OSError, ValueError):
        findings.bad("journal", str(mark), "it cannot be read", f"remove it: rm {quote(str(mark))}")
        return
    run_id = file.header.get("run")
    if not isinstance(run_id, str):
        return
    place = data.get("place") if isinstance(data, dict) else None
    if not isinstance(place, str) or not place.endswith(f"/{run_id}"):
        reason = f"it names another place than one of the run {run_id}"
        findings.bad("journal", str(mark), reason, f"remove it: rm {quote(str(mark))}")
        return
    sealed = findings.places.get(run_id, "")
    ref = EXPERIMENTS + slug(file.header["experiment"])
    if sealed not in ("", f"{ref}:{place}"):
        findings.bad("journal", str(mark), f"the run is sealed at {sealed}")
