"""Reading and checking stored configs: from the catalogue, the work tree, or a bare HEAD."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from gittrack.canonical import Plain, read
from gittrack.codec import decode_record, record_name
from gittrack.errors import DataError, GittrackError, UsageError
from gittrack.git.history import list_files
from gittrack.git.objects import ObjectReader
from gittrack.ids import ConfigId
from gittrack.model import Problem
from gittrack.store.layout import (
    ATTRIBUTES_PATH,
    CATALOGUE,
    FORMAT_PATH,
    ROOT,
    SHARDS,
    Stored,
    meta_path,
    object_path,
    parse_path,
)
from gittrack.store.session import Session
from gittrack.store.worktree import PlaneView, WorkTreePlane


def read_configs(
    session: Session,
    ids: Iterable[ConfigId],
    on_damage: Callable[[DataError], None] | None = None,
) -> Iterator[tuple[ConfigId, bytes, dict[str | int, Plain]]]:
    """The configs of those ids with their canonical bytes, each checked against its id.

    With `on_damage`, a config that is damaged is told there and left out.

    Raises:
        DataError: a config is nowhere, or damaged wherever it is.
    """
    wanted = list(ids)
    in_catalogue = session.reader.find_many(f"{CATALOGUE}:{object_path(i)}" for i in wanted)
    for config_id, found in zip(wanted, in_catalogue, strict=True):
        data = None if found is None else found.data
        if data is None or check_object(config_id, data) is not None:
            try:
                data = _elsewhere(session, config_id, data)
            except DataError as error:
                if on_damage is None:
                    raise
                on_damage(error)
                continue
        config = read(data)
        assert isinstance(config, dict)
        yield config_id, data, config


def _elsewhere(session: Session, config_id: ConfigId, damaged: bytes | None) -> bytes:
    path = object_path(config_id)
    data = session.plane.read(path) if session.plane else _in_head(session, path)
    if data is None:
        data = damaged
    if data is None:
        raise DataError(f"config {config_id} is not stored here", hint="run: git exp verify")
    reason = check_object(config_id, data)
    if reason is not None:
        raise DataError(
            f"config {config_id} is damaged: {reason}",
            hint=f"restore the file from git: git checkout HEAD -- {path}",
        )
    return data


def _in_head(session: Session, path: str) -> bytes | None:
    reader = ObjectReader(session.repository)  # the session's own is in the middle of an answer
    found = reader.find(f"HEAD:{path}")
    reader.close()
    return None if found is None else found.data


def check_object(config_id: ConfigId, data: bytes) -> str | None:
    """What is wrong with an object's bytes, or `None`."""
    digest = hashlib.sha256(data).hexdigest()
    if digest != config_id:
        return f"its bytes hash to {digest[:12]}…, not to its name"
    try:
        config = read(data)
    except GittrackError as error:
        return f"not canonical: {error}"
    return None if isinstance(config, dict) else "not a mapping"


def check_stored(stored: Stored, data: bytes) -> str | None:
    """What is wrong with a stored file's bytes, or `None`."""
    if stored.record is None:
        return check_object(stored.id, data)
    if record_name(data) != stored.record:
        return "its bytes do not hash to its name"
    try:
        decode_record(data)
    except GittrackError as error:
        return str(error)
    return None


def verify(session: Session, wanted: set[ConfigId] | None = None) -> tuple[int, list[Problem]]:
    """Check every stored file (of the wanted configs, or of all) in every plane.

    Returns how many configs were checked, and what is wrong.
    """
    checked: set[ConfigId] = set()
    problems: list[Problem] = []
    for place, stored, data in _all_stored(session, wanted):
        if stored.record is None:
            checked.add(stored.id)
        reason = "it is missing or no regular file" if data is None else check_stored(stored, data)
        if reason is not None:
            problems.append(Problem(stored.id, place, reason))
    missing = sorted((wanted or set()) - checked)
    problems += [Problem(config_id, "", "it is not stored here") for config_id in missing]
    return len(checked), problems


def _all_stored(
    session: Session, wanted: set[ConfigId] | None
) -> Iterator[tuple[str, Stored, bytes | None]]:
    for tree in session.trees():
        files = [
            (change.path, stored, change.blob)
            for change in list_files(session.repository, tree, f"{ROOT}/")
            if (stored := parse_path(change.path)) is not None
            and change.blob is not None
            and (wanted is None or stored.id in wanted)
        ]
        blobs = session.reader.find_many(blob for _, _, blob in files)
        for (path, stored, _), found in zip(files, blobs, strict=True):
            yield f"{tree}:{path}", stored, None if found is None else found.data
    if session.plane is None:
        return
    for folder in (f"{ROOT}/{kind}/{shard}" for kind in ("objects", "meta") for shard in SHARDS):
        for name in sorted(session.plane.names(folder)):
            stored = parse_path(f"{folder}/{name}")
            if stored is not None and (wanted is None or stored.id in wanted):
                yield f"{folder}/{name}", stored, session.plane.read(f"{folder}/{name}")


def plane_files(plane: WorkTreePlane, ids: Iterable[ConfigId]) -> Iterator[tuple[str, bytes]]:
    """The files of the plane that belong to these configs, with the plane's own two."""
    view = PlaneView(plane)
    paths = [FORMAT_PATH, ATTRIBUTES_PATH]
    for config_id in ids:
        paths.append(object_path(config_id))
        paths += [meta_path(config_id, name) for name in view.record_names(config_id)]
    for path in paths:
        data = plane.read(path)
        if data is not None:
            yield path, data


def grep(
    session: Session, pattern: str, *, ignore_case: bool, fixed: bool
) -> list[tuple[ConfigId, int, str]]:
    """The lines that match in the catalogue's configs and the plane's, by git's own search.

    Raises:
        UsageError: git does not understand the pattern.
    """
    options = ["grep", "-z", "-n", "-I", "--no-color", "--no-column", "--full-name"]
    options += ["-i"] if ignore_case else []
    options += ["-F" if fixed else "-G"]
    options += ["-e", pattern]
    where = [f"{ROOT}/objects/"]
    searches = [[tree, "--", *where] for tree in session.trees()]
    if session.plane is not None and session.plane.has(f"{ROOT}/objects"):
        searches.append(["--untracked", "--no-exclude-standard", "--", *where])
    found: dict[tuple[ConfigId, int], str] = {}
    for search in searches:
        result = session.repository.runner.run(*options, *search, accept=(0, 1, 128))
        if result.status == 128:
            reason = result.stderr.strip().splitlines()[-1].removeprefix("fatal: ")
            raise UsageError(f"cannot search for {pattern!r}: {reason}")
        for line in result.stdout.decode("utf-8", "replace").split("\n"):
            name, _, rest = line.partition("\0")
            number, _, text = rest.partition("\0")
            stored = parse_path(name.rpartition(":")[2])
            if stored is not None:
                found[stored.id, int(number)] = text
    return [(i, number, text) for (i, number), text in sorted(found.items())]
