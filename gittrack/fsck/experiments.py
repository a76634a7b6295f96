"""Experiments and their runs: bucket by bucket, so that memory does not grow with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gittrack.errors import DataError
from gittrack.fsck.findings import Findings, history
from gittrack.fsck.runs import RunFiles, check_run
from gittrack.git.objects import GitObject, TreeEntry
from gittrack.git.refs import read_refs
from gittrack.ids import ObjectId
from gittrack.slug import slug
from gittrack.store.experiment_deletion import deletions, is_deleted
from gittrack.store.experiments import (
    EXPERIMENTS,
    RECORD,
    RUNS,
    decode_experiment,
)
from gittrack.store.session import Session

_FOLDER = "40000"
_RUN_ID = re.compile(r"[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder of a commit: where it is, and its tree."""

    place: str
    tree: ObjectId


def check_experiments(session: Session, findings: Findings) -> None:
    """Every experiment's record, every run of it."""
    for ref, commit in read_refs(session.repository, EXPERIMENTS).items():
        findings.checked["experiments"] += 1
        with findings.part("experiment", ref):
            session.view(ref)
        next_number = None
        with findings.part("experiment", f"{ref}:{RECORD}"):
            next_number = _check_record(session, findings, ref)
        with findings.part("experiment", ref):
            _check_deletions(session, findings, ref)
        greatest = 0
        with findings.part("experiment", ref):
            for bucket in _buckets(session, findings, ref, commit):
                with findings.part("run", bucket.place):
                    greatest = max(greatest, _check_bucket(session, findings, ref, bucket))
        if next_number is not None and next_number <= greatest:
            reason = f"next_number is {next_number}, but a run has the number {greatest}"
            findings.bad("experiment", f"{ref}:{RECORD}", reason)


def _check_record(session: Session, findings: Findings, ref: str) -> int | None:
    found = session.reader.find(f"{ref}:{RECORD}")
    if found is None:
        if is_deleted(session.view(ref)):
            return None
        raise DataError("the file is missing", hint=history(ref))
    experiment = decode_experiment(found.data)
    if EXPERIMENTS + slug(experiment.name) != ref:
        reason = f"the name {experiment.name!r} belongs to {EXPERIMENTS}{slug(experiment.name)}"
        findings.bad("experiment", f"{ref}:{RECORD}", reason, history(ref))
    return experiment.next_number


def _check_deletions(session: Session, findings: Findings, ref: str) -> None:
    for deleted in deletions(session.view(ref)):
        if session.reader.find(f"{deleted.commit}:{RECORD}") is None:
            reason = "it cannot be brought back: the commit that had it is missing"
            findings.bad("experiment", f"{ref}:{deleted.path}", reason)


def _buckets(session: Session, findings: Findings, ref: str, commit: ObjectId) -> Iterator[_Folder]:
    root = session.reader.tree(f"{commit}:{RUNS}")
    for day in _folders(findings, f"{ref}:{RUNS}", root):
        yield from _folders(findings, day.place, _tree(session, day))


def _check_bucket(session: Session, findings: Findings, ref: str, bucket: _Folder) -> int:
    """Check a bucket's runs; returns the greatest number that one has."""
    folders = _folders(findings, bucket.place, _tree(session, bucket))
    runs = [folder for folder in folders if _RUN_ID.fullmatch(folder.place.rpartition("/")[2])]
    listed = _files(session, findings, runs)
    blobs = session.reader.find_many(
        entry.id for files in listed.values() for entry in files.values()
    )
    greatest = 0
    for run in runs:
        files = listed.get(run.place, {})
        # One run's files are in memory at a time.
        content: dict[str, GitObject | None] = {path: next(blobs) for path in files}
        findings.checked["runs"] += 1
        place = RunFiles(ref.removeprefix(EXPERIMENTS), run.place, content)
        greatest = max(greatest, check_run(session, findings, place))
    return greatest


def _files(
    session: Session, findings: Findings, runs: list[_Folder]
) -> dict[str, dict[str, TreeEntry]]:
    """All files of each run, by their paths in it; all folders of one depth are read at once."""
    found: dict[str, dict[str, TreeEntry]] = {run.place: {} for run in runs}
    level = [(run.place, "", run.tree) for run in runs]
    while level:
        deeper = []
        trees = session.reader.find_many(tree for _, _, tree in level)
        for (run, prefix, _), tree in zip(level, trees, strict=True):
            place = f"{run}/{prefix}".rstrip("/")
            if tree is None or tree.type != "tree":
                findings.bad("run", place, "git cannot read this folder", "git fsck --full")
                continue
            entries = session.reader.parse_tree(tree.data)
            findings.folder(place, len(entries))
            for name, entry in entries.items():
                if entry.mode == _FOLDER:
                    deeper.append((run, f"{prefix}{name}/", entry.id))
                else:
                    found[run][f"{prefix}{name}"] = entry
        level = deeper
    return found


def _tree(session: Session, folder: _Folder) -> Mapping[str, TreeEntry]:
    found = session.reader.get(folder.tree)
    return session.reader.parse_tree(found.data)


def _folders(findings: Findings, place: str, entries: Mapping[str, TreeEntry]) -> list[_Folder]:
    findings.folder(place, len(entries))
    return [
        _Folder(f"{place}/{name}", entry.id)
        for name, entry in entries.items()
        if entry.mode == _FOLDER
    ]
