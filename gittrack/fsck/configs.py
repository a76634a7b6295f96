"""Configs and tags: bytes against ids, names against refs, tags against the catalogue."""

from __future__ import annotations

from gittrack.fsck.findings import Findings, history
from gittrack.git.history import list_files
from gittrack.ids import ConfigId, short
from gittrack.slug import slug
from gittrack.store.layout import CATALOGUE, HEAD, ROOT, TAG_PATH, TAGS, object_path, parse_path
from gittrack.store.pins import FOLDER, BrokenPin, read_pins
from gittrack.store.reading import check_object, verify
from gittrack.store.session import Session
from gittrack.store.snapshots import branch_plane
from gittrack.store.tagging import true_name


def check_configs(session: Session, findings: Findings) -> None:
    """Every stored config and record, in the catalogue and in the work tree."""
    with findings.part("config", CATALOGUE):
        session.trees()  # refuses a format that it does not know
        count, problems = verify(session)
        findings.checked["configs"] += count
        for problem in problems:
            findings.bad("config", problem.place, problem.reason, _mend(problem.place))
        _learn_catalogue(session, findings)


def check_tags(session: Session, findings: Findings) -> None:
    """Every tag's true name, and the configs that bear it."""
    for ref in session.tag_refs():
        findings.checked["tags"] += 1
        with findings.part("tag", ref):
            _check_tag(session, findings, ref)


def check_pins(session: Session, findings: Findings) -> None:
    """Every pin of the branch, and that the config it names is stored."""
    if session.plane is None and session.view(HEAD).commit is None:
        return  # a bare repository before its first commit
    with findings.part("pin", FOLDER):
        for pin in read_pins(branch_plane(session)):
            findings.checked["pins"] += 1
            if isinstance(pin, BrokenPin):
                findings.bad("pin", f"{pin.path}:{pin.line}", pin.reason, "git exp pin NAME CONFIG")
            elif pin.config not in findings.catalogue and not _is_beside(session, pin.config):
                reason = f"the config {short(pin.config)} is not stored here"
                findings.bad("pin", pin.path, reason, f"git exp restore {short(pin.config)}")


def _is_beside(session: Session, config_id: ConfigId) -> bool:
    """Whether the work tree, or a bare repository's HEAD, has a config."""
    if session.plane is not None:
        return session.plane.has(object_path(config_id))
    return session.view(HEAD).has_object(config_id)


def _mend(place: str) -> str:
    tree, _, path = place.rpartition(":")
    return history(tree, path) if tree else f"git checkout HEAD -- {path}"


def _learn_catalogue(session: Session, findings: Findings) -> None:
    findings.tip = session.view(CATALOGUE).commit
    if findings.tip is None:
        return
    sizes: dict[str, int] = {}
    for change in list_files(session.repository, findings.tip, f"{ROOT}/"):
        folder = change.path.rpartition("/")[0]
        sizes[folder] = sizes.get(folder, 0) + 1
        stored = parse_path(change.path)
        if stored is not None and stored.record is None and change.blob is not None:
            findings.catalogue[stored.id] = change.blob
    for folder, entries in sizes.items():
        findings.folder(f"{CATALOGUE}:{folder}", entries)


def _check_tag(session: Session, findings: Findings, ref: str) -> None:
    name = true_name(session.view(ref))
    if name is None:
        findings.bad("tag", f"{ref}:{TAG_PATH}", "the file is missing", history(ref))
    elif TAGS + slug(name) != ref:
        reason = f"the name {name!r} belongs to the ref {TAGS}{slug(name)}"
        findings.bad("tag", f"{ref}:{TAG_PATH}", reason, history(ref))
    other: list[tuple[str, ConfigId, str]] = []
    for change in list_files(session.repository, ref, f"{ROOT}/objects/"):
        stored = parse_path(change.path)
        if stored is None or change.blob is None:
            continue
        known = findings.catalogue.get(stored.id)
        if known is None and not session.view(CATALOGUE).has_object(stored.id):
            reason = "the catalogue does not have this config"
            findings.bad(
                "tag", f"{ref}:{change.path}", reason, f"git exp restore {short(stored.id)}"
            )
        if known != change.blob:  # else the catalogue's check covered it
            other.append((change.path, stored.id, change.blob))
    answers = session.reader.find_many(blob for _, _, blob in other)
    for (path, config_id, _), found in zip(other, answers, strict=True):
        wrong = "git cannot read it" if found is None else check_object(config_id, found.data)
        if wrong is not None:
            findings.bad("tag", f"{ref}:{path}", wrong, history(ref))
