"""One run: its record against its folder, its config, its histories and its artifacts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from gittrack.artifacts.lfs import LfsStore
from gittrack.artifacts.pointers import parse_pointer
from gittrack.canonical import read
from gittrack.errors import GittrackError
from gittrack.fsck.findings import GIT_FSCK, Findings, history
from gittrack.git.objects import GitObject
from gittrack.runs.codec import decode_run
from gittrack.runs.model import STATUSES, Artifact, Run
from gittrack.runs.series import read_series, series_paths
from gittrack.store.models import is_commit_id
from gittrack.store.reading import check_object
from gittrack.store.session import Session

_RECORD, _CONFIG, _ENVIRONMENT = "run.yaml", "config.yaml", "environment.yaml"


@dataclass(frozen=True, slots=True)
class RunFiles:
    """A run's directory: the experiment's slug, the place, and each file by its path in it; `None`
    for one that git cannot read."""

    experiment: str
    place: str
    content: Mapping[str, GitObject | None]

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; `None` where there is none."""
        found = self.content.get(path)
        return None if found is None else found.data


def check_run(session: Session, findings: Findings, files: RunFiles) -> int:
    """Check a run's directory; returns its number, 0 where it has none."""
    for path, found in files.content.items():
        if found is None:
            findings.bad("run", f"{files.place}/{path}", "git cannot read this file", GIT_FSCK)
    run = _check_record(findings, files)
    _check_environment(findings, files)
    if run is None:
        return 0
    with findings.part("run", f"{files.place}/{_RECORD}"):
        _check_config(findings, files, run)
        _check_metrics(findings, files, run)
        for artifact in run.artifacts:
            _check_artifact(session, findings, files, artifact)
        _learn_references(findings, files, run)
    return run.number if isinstance(run.number, int) else 0


def _learn_references(findings: Findings, files: RunFiles, run: Run) -> None:
    if run.parent_run_id is not None:
        findings.parents.setdefault(run.parent_run_id, files.place)
    commit = None if run.code_version is None else run.code_version.commit
    if commit is not None and is_commit_id(commit):
        findings.commits.setdefault(commit, files.place)
    elif commit is not None:
        findings.bad("run", f"{files.place}/{_RECORD}", f"its code is no commit: {commit!r}")


def _check_record(findings: Findings, files: RunFiles) -> Run | None:
    place, data = f"{files.place}/{_RECORD}", files.data(_RECORD)
    if data is None:
        if _RECORD not in files.content:
            findings.bad("run", place, "the file is missing", _history(files))
        return None
    try:
        run = decode_run(data, None)
    except GittrackError as error:
        findings.bad("run", place, str(error), _history(files))
        return None
    folder = files.place.rpartition("/")[2]
    if run.run_id != folder:
        findings.bad("run", place, f"its id is {run.run_id!r}, not its folder's name")
    if folder in findings.runs:
        findings.bad("run", place, "the same run lies elsewhere, too")
    findings.runs.add(folder)
    if folder in findings.places:
        findings.places[folder] = files.place
    if run.experiment_id != files.experiment:
        findings.bad("run", place, f"it belongs to the experiment {run.experiment_name!r}")
    if run.status not in STATUSES:
        findings.bad("run", place, f"its status is {run.status!r}")
    return run


def _check_config(findings: Findings, files: RunFiles, run: Run) -> None:
    place, data = f"{files.place}/{_CONFIG}", files.data(_CONFIG)
    if data is None:
        if run.config_id is not None and _CONFIG not in files.content:
            findings.bad("run", place, "the file is missing", _history(files))
        return
    if run.config_id is None:
        findings.bad("run", place, "run.yaml names no config", _history(files))
        return
    reason = check_object(run.config_id, data)
    if reason is not None:
        reason = reason.replace("to its name", "to the config that run.yaml names")
        findings.bad("run", place, reason, _history(files))


def _check_environment(findings: Findings, files: RunFiles) -> None:
    data = files.data(_ENVIRONMENT)
    if data is None:
        return
    try:
        read(data)
    except GittrackError as error:
        place = f"{files.place}/{_ENVIRONMENT}"
        findings.bad("run", place, f"not canonical: {error}", _history(files))


def _check_metrics(findings: Findings, files: RunFiles, run: Run) -> None:
    for key, path in series_paths(run.summaries).items():
        place, data = f"{files.place}/{path}", files.data(path)
        if data is None:
            if path not in files.content:
                reason = f"the history of the metric {key!r} is missing"
                findings.bad("run", place, reason, _history(files))
            continue
        fault = _history_fault(data, run.summaries[key].count)
        if fault is not None:
            findings.bad("run", place, fault, _history(files))


def _history_fault(data: bytes, count: int) -> str | None:
    """What is wrong with a metric's history that should have so many points, or `None`."""
    if not data.endswith(b"\n"):
        return "it ends in the middle of a line"
    try:
        found = sum(1 for _ in read_series(data, 0.0))
    except GittrackError as error:
        return str(error)
    return None if found == count else f"it has {found:,} points, run.yaml says {count:,}"


def _check_artifact(
    session: Session, findings: Findings, files: RunFiles, artifact: Artifact
) -> None:
    path = f"artifacts/{artifact.path}"
    place, data = f"{files.place}/{path}", files.data(path)
    findings.checked["artifacts"] += 1
    if artifact.store not in ("git", "lfs"):
        findings.stores[artifact.store] += 1
        return
    if data is None:
        if path not in files.content:
            findings.bad("artifact", place, "the file is missing", _history(files))
        return
    if artifact.store == "git":
        found = (hashlib.sha256(data).hexdigest(), len(data))
        if found != (artifact.sha256, artifact.size):
            findings.bad("artifact", place, _other(found, artifact), _history(files))
        return
    pointer = parse_pointer(data)
    if pointer != (artifact.sha256, artifact.size):
        reason = "not a Git LFS pointer" if pointer is None else _other(pointer, artifact)
        findings.bad("artifact", place, reason, _history(files))
        return
    config = session.repository.settings.config
    store = LfsStore(session.repository.common_dir, storage=config.get("lfs.storage"))
    if not store.has(artifact.sha256, artifact.size):
        findings.note(place, "its content is not here; Git LFS may have it elsewhere")


def _other(found: tuple[str, int], artifact: Artifact) -> str:
    if found[1] != artifact.size:
        return f"it has {found[1]:,} bytes, run.yaml says {artifact.size:,}"
    return f"its SHA-256 is {found[0][:12]}…, run.yaml says {artifact.sha256[:12]}…"


def _history(files: RunFiles) -> str:
    ref, _, path = files.place.partition(":")
    return history(ref, path)
