"""Models: their records, the versions, the manifests, and what the versions name."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from gittrack.errors import DataError
from gittrack.fsck.findings import Findings, history
from gittrack.git.refs import read_refs
from gittrack.slug import slug
from gittrack.store.models import (
    MODEL_PATH,
    MODELS,
    VERSIONS,
    Model,
    decode_manifest,
    decode_model,
    decode_version,
    manifest_path,
    version_number,
    version_path,
)
from gittrack.store.session import Session, TreeView


def check_models(session: Session, findings: Findings) -> None:
    """Every model's record and versions; the runs are known already."""
    for ref in read_refs(session.repository, MODELS):
        findings.checked["models"] += 1
        with findings.part("model", ref):
            view = session.view(ref)
            model = _check_record(findings, view, ref)
            _check_versions(findings, view, ref, model)


def _check_record(findings: Findings, view: TreeView, ref: str) -> Model:
    data = view.blob(MODEL_PATH)
    if data is None:
        raise DataError(f"{MODEL_PATH} is missing", hint=history(ref))
    model = decode_model(data)
    if MODELS + slug(model.name) != ref:
        reason = f"the name {model.name!r} belongs to {MODELS}{slug(model.name)}"
        findings.bad("model", f"{ref}:{MODEL_PATH}", reason, history(ref))
    return model


def _check_versions(findings: Findings, view: TreeView, ref: str, model: Model) -> None:
    numbers: list[int] = []
    for folder in view.folder(VERSIONS):
        path = f"{VERSIONS}/{folder}"
        findings.folder(f"{ref}:{path}", len(view.folder(path)))
        for name in view.folder(path):
            number = version_number(name)
            if number is None:
                continue
            findings.checked["versions"] += 1
            numbers.append(number)
            place = f"{ref}:{path}/{name}"
            if version_path(number) != f"{path}/{name}":
                findings.bad("model", place, f"it belongs to {version_path(number)}")
            with findings.part("model", place):
                _check_version(findings, view, place, replace(model, aliases={}), number)
    if numbers and model.next_number <= max(numbers):
        reason = f"next is {model.next_number}, but there is a version {max(numbers)}"
        findings.bad("model", f"{ref}:{MODEL_PATH}", reason, history(ref))
    for alias, number in model.aliases.items():
        if number not in numbers:
            reason = f"the alias {alias!r} names the version {number}, which is not there"
            findings.bad("model", f"{ref}:{MODEL_PATH}", reason, history(ref))


def _check_version(
    findings: Findings, view: TreeView, place: str, model: Model, number: int
) -> None:
    data = view.blob(place.partition(":")[2])
    if data is None:
        raise DataError("git cannot read it")
    version = decode_version(data, model)
    if version.number != number:
        findings.bad("model", place, f"its number is {version.number}, not its file's")
    if version.files is not None:
        manifest = view.blob(manifest_path(number))
        if manifest is None:
            raise DataError("the list of its files is missing")
        if hashlib.sha256(manifest).hexdigest() != version.sha256:
            raise DataError("the list of its files has another SHA-256 than it says")
        if len(decode_manifest(manifest)) != version.files:
            raise DataError(f"the list of its files has not the {version.files:,} that it says")
    if version.run_id is not None and version.run_id not in findings.runs:
        findings.note(place, f"the run {version.run_id} that made it is not here")
    if version.commit is not None:
        findings.commits.setdefault(version.commit, place)
