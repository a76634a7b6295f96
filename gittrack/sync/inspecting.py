"""What a fetched history brings is data: only what holds is let in, the rest is named and refused.

Looked at is what differs from the tree that is here already. Paths, modes and sizes are checked of
every file, bytes of every record; artifacts and metrics' histories are only stored.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from gittrack.canonical import MAX_BYTES, config_id, read
from gittrack.codec import decode_record, decode_tag, record_name
from gittrack.errors import DataError, GittrackError
from gittrack.ids import ObjectId
from gittrack.runs.codec import decode_run
from gittrack.runs.model import STATUSES, Run
from gittrack.slug import slug
from gittrack.store.code import CODE
from gittrack.store.experiments import EXPERIMENTS, RECORD, decode_experiment
from gittrack.store.layout import CATALOGUE, FORMAT_PATH, TAG_PATH, TAGS, check_format, parse_path
from gittrack.store.models import (
    MODEL_PATH,
    MODELS,
    VERSIONS,
    Model,
    decode_manifest,
    decode_model,
    decode_version,
    is_inside,
    version_number,
    version_path,
)
from gittrack.store.session import Session
from gittrack.sync.histories import Change, Entry
from gittrack.sync.rules.entities import MODEL, Entity, Kind, entity_of, place_of_run

MAX_RECORD = MAX_BYTES
"""Bytes of any record."""
MAX_FOLDER = 4096
"""New entries of one folder; 65,536 of one with artifacts."""
MAX_ARTIFACTS = 65_536
MAX_NUMBER = 999_999_999
"""The greatest number of a run, a trial or a version."""
MAX_DEPTH = 64
"""Folders around a file."""
MAX_PATH = 4000
"""Bytes of a path."""

_REGULAR = "100644"
_MODES = {
    "120000": "it is a symbolic link",
    "160000": "it is a submodule",
    "100755": "it is an executable file",
}
_MANIFEST = re.compile(r"versions/\d{1,6}/[1-9]\d{0,8}\.files\.yaml")
PLAIN = re.compile(r"\w[\w-]*(?:\.[\w-]+)*(?:/\w[\w-]*(?:\.[\w-]+)*)*", re.ASCII)
"""Paths that cannot lead anywhere odd: nearly all."""
_NOBODY = Model("", "", "")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not taken of a tip: its path (or its ref, where nothing was), and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Inspected:
    """What of a tip is let in, and what is not."""

    changes: dict[str, Change] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    entities: set[Entity] = field(default_factory=set)
    """What is refused as a whole, or in part."""


def refusal_of_ref(ref: str) -> str | None:
    """Why a ref cannot be ours; `None` where it can."""
    if ref in (CATALOGUE, CODE):
        return None
    for prefix in (TAGS, EXPERIMENTS, MODELS):
        name = ref.removeprefix(prefix)
        if name != ref:
            return None if _is_slug(name) else "no tag, experiment or model has such a ref"
    return "this gittrack knows no such ref"


def refusal_of_tip(session: Session, tip: ObjectId) -> str | None:
    """Why nothing of a tip can be taken; `None` where something may."""
    found = session.reader.find(f"{tip}^{{tree}}")
    if found is None or found.type != "tree":
        return "it is no commit, or its objects are missing"
    entry = entry_at(session, tip, FORMAT_PATH)
    sized = None if entry is None else next(session.reader.find_many([entry.id], most=100))
    if entry is None:
        return None
    try:
        check_format(b"" if sized is None else sized.data, "it")
    except GittrackError as error:
        return error.message
    return None


def entry_at(session: Session, tree: ObjectId, path: str) -> Entry | None:
    """What a tree or commit has at a path."""
    folder, _, name = path.rpartition("/")
    found = session.reader.tree(f"{tree}:{folder}").get(name)
    return None if found is None else Entry(found.mode, found.id)


def inspect(session: Session, ref: str, tip: ObjectId, changes: Iterable[Change]) -> Inspected:
    """What of a tip's changes against the tree that is here can be let in."""
    return _Inspection(session, ref, tip, list(changes)).result()


def _is_slug(name: str) -> bool:
    try:
        return slug(name) == name
    except UnicodeEncodeError:
        return False


class _Inspection:
    def __init__(self, session: Session, ref: str, tip: ObjectId, changes: list[Change]) -> None:
        self._session = session
        self._ref = ref
        self._tip = tip
        self._by_path = {change.path: change for change in changes}
        self._bad: dict[str, str] = {}
        self._bad_entities: dict[Entity, Refusal] = {}

    def result(self) -> Inspected:
        """All checks, one after another; what one refuses is no matter to the next."""
        new = {c.path: c.new for c in self._by_path.values() if c.new is not None}
        self._bad.update(self._crowded(new))
        for path, entry in new.items():
            reason = _structure(path, entry)
            if reason is not None:
                self._refuse(path, reason)
        records = {
            path: (entry, check)
            for path, entry in new.items()
            if path not in self._bad and (check := self._check_of(path)) is not None
        }
        for path, data in self._read({path: entry for path, (entry, _) in records.items()}):
            self._judge(path, data, records[path][1])
        self._inspect_runs(new)
        return self._sorted()

    def _judge(self, path: str, data: bytes | None, check: Callable[[bytes], str | None]) -> None:
        if data is None:
            self._refuse(path, f"it has more than {MAX_RECORD:,} bytes")
            return
        try:
            reason = check(data)
        except (GittrackError, ValueError, TypeError, OverflowError) as error:
            reason = str(error)
        if reason is not None:
            self._refuse(path, reason)

    def _check_of(self, path: str) -> Callable[[bytes], str | None] | None:
        """How the bytes at a path are checked, if they are."""
        if (stored := parse_path(path)) is not None and self._ref.startswith((CATALOGUE, TAGS)):
            name = stored.record
            return partial(_check_object, stored.id) if name is None else partial(_check_meta, name)
        if path == TAG_PATH:
            return partial(_check_name, self._ref, TAGS, decode_tag)
        if self._ref.startswith(EXPERIMENTS) and path == RECORD:
            return partial(_check_name, self._ref, EXPERIMENTS, _experiment_name)
        if self._ref.startswith(MODELS) and path == MODEL_PATH:
            return partial(_check_name, self._ref, MODELS, _model_name)
        if self._ref.startswith(MODELS) and path.startswith(f"{VERSIONS}/"):
            return _check_manifest if _MANIFEST.fullmatch(path) else partial(_check_version, path)
        return None

    def _inspect_runs(self, new: Mapping[str, Entry]) -> None:
        """Runs are let in as a whole: a record, and the config that it names."""
        if not self._ref.startswith(EXPERIMENTS):
            return
        places = {place: path for path in new if (place := place_of_run(path)) is not None}
        places = {p: path for p, path in places.items() if not self._is_refused(path)}
        names = ("run.yaml", "config.yaml")
        wanted = [f"{place}/{name}" for place in places for name in names]
        entries = {path: entry for path in wanted if (entry := self._at(path)) is not None}
        known = dict(self._read(entries))
        for place in places:
            run, config = (f"{place}/{name}" for name in names)
            if run not in entries:
                self._refuse(f"{place}/run.yaml", "the run has no record")
            elif known[run] is None or (config in entries and known[config] is None):
                culprit = run if known[run] is None else config
                self._refuse(culprit, f"it has more than {MAX_RECORD:,} bytes")
            else:
                check = partial(_check_run, self._ref, place, known.get(config))
                self._judge(run, known[run], check)

    def _at(self, path: str) -> Entry | None:
        """What the tip has at a path; what did not change is asked for only where it must be."""
        if path in self._by_path:
            return self._by_path[path].new
        if path in self._bad:
            return None
        return entry_at(self._session, self._tip, path)

    def _read(self, entries: Mapping[str, Entry]) -> Iterator[tuple[str, bytes | None]]:
        blobs = (entry.id for entry in entries.values())
        found = self._session.reader.find_many(blobs, most=MAX_RECORD)
        for path, one in zip(entries, found, strict=True):
            yield path, None if one is None or one.type != "blob" else one.data

    def _crowded(self, new: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The files below folders with more entries than any of ours has."""
        inside: dict[str, set[str]] = {}
        for path in new:
            steps = path.split("/")
            for depth in range(len(steps)):
                inside.setdefault("/".join(steps[:depth]), set()).add(steps[depth])
        counts = Counter({folder: len(names) for folder, names in inside.items()})
        crowded = {
            folder: count
            for folder, count in counts.items()
            if count > (MAX_ARTIFACTS if "/artifacts" in folder else MAX_FOLDER)
        }
        for folder, count in crowded.items():
            prefix = f"{folder}/" if folder else ""
            reason = f"{count:,} entries are too many for one folder"
            self._bad_entities[Entity(Kind.FILE, folder)] = Refusal(folder or self._ref, reason)
            yield from ((path, reason) for path in new if path.startswith(prefix))

    def _is_refused(self, path: str) -> bool:
        return path in self._bad or entity_of(self._ref, path) in self._bad_entities

    def _refuse(self, path: str, reason: str) -> None:
        """Refuse a file; what stands and falls with it, too."""
        if path in self._bad:
            return
        self._bad[path] = reason
        entity = entity_of(self._ref, path)
        stored = parse_path(path)
        whole = entity.kind in (Kind.RUN, Kind.EXPERIMENT)
        whole = whole or (entity.kind is Kind.CONFIG and stored is not None and not stored.record)
        if whole or path == MODEL_PATH:
            self._bad_entities.setdefault(entity, Refusal(path, reason))

    def _sorted(self) -> Inspected:
        found = Inspected()
        named: dict[str, Refusal] = {}
        covered = [refusal.path for refusal in self._bad_entities.values()]
        for path, change in self._by_path.items():
            entity = entity_of(self._ref, path)
            refusal = self._bad_entities.get(entity)
            if refusal is None and path not in self._bad:
                found.changes[path] = change
                continue
            refusal = refusal or Refusal(path, self._bad[path])
            folder = next((c for c in covered if path.startswith(f"{c}/")), None)
            if folder is not None:
                refusal = Refusal(folder, refusal.reason)
            named.setdefault(refusal.path, refusal)
            found.entities.add(entity)
        found.refused = sorted(named.values(), key=lambda one: one.path)
        if MODEL in found.entities and MODEL not in self._bad_entities:
            found.entities.discard(MODEL)  # a version was refused, not the model
        return found


def _structure(path: str, entry: Entry) -> str | None:
    if entry.mode != _REGULAR:
        return _MODES.get(entry.mode, f"its mode is {entry.mode}")
    if len(path.encode("utf-8", "surrogateescape")) > MAX_PATH:
        return f"its path has more than {MAX_PATH:,} bytes"
    if path.count("/") > MAX_DEPTH:
        return f"it lies more than {MAX_DEPTH} folders deep"
    if not (PLAIN.fullmatch(path) or is_inside(path)):
        return "its path leads out of its folder, or to git's own files"
    return None


def _check_object(wanted: str, data: bytes) -> str | None:
    if hashlib.sha256(data).hexdigest() != wanted:
        return "its bytes do not hash to its name"
    read(data)
    return None


def _check_meta(name: str, data: bytes) -> str | None:
    decode_record(data)
    return None if record_name(data) == name else "its bytes do not hash to its name"


def _check_name(ref: str, prefix: str, decode: Callable[[bytes], str], data: bytes) -> str | None:
    name = decode(data)
    return None if prefix + slug(name) == ref else f"it belongs to {prefix}{slug(name)}"


def _experiment_name(data: bytes) -> str:
    """The name in an experiment's record, all of which is of the right kind."""
    found = decode_experiment(data)
    if not isinstance(found.facts, dict) or not isinstance(found.summary, dict):
        raise DataError("not an experiment's record: facts and summary are mappings")
    _check_number("next_number", found.next_number)
    return found.name


def _model_name(data: bytes) -> str:
    found = decode_model(data)
    _check_number("next", found.next_number)
    return found.name


def _check_number(name: str, number: object) -> None:
    if type(number) is not int or not 0 <= number <= MAX_NUMBER:
        raise DataError(f"{name} is not a number from 0 to {MAX_NUMBER:,}")


def _check_version(path: str, data: bytes) -> str | None:
    number = version_number(path.rpartition("/")[2])
    if number is None or version_path(number) != path:
        return "no version has such a path"
    found = decode_version(data, _NOBODY).number
    return None if found == number else f"it says that it is version {found}"


def _check_manifest(data: bytes) -> str | None:
    decode_manifest(data)
    return None


def _check_run(ref: str, place: str, config: bytes | None, data: bytes) -> str | None:
    run = decode_run(data, config)
    if run.run_id != place.rpartition("/")[2]:
        return f"it is the record of the run {run.run_id[:40]}"
    if EXPERIMENTS + run.experiment_id != ref:
        return f"it belongs to {EXPERIMENTS}{run.experiment_id}"
    if run.status not in STATUSES:
        return f"its status is {run.status[:40]!r}"
    if run.config_id is not None and (config is None or config_id(config) != run.config_id):
        return "its config is missing" if config is None else "its config has another id"
    return _check_kinds(run) or _check_artifacts(run)


def _check_kinds(run: Run) -> str | None:
    """What reading a record takes as it is; a reader expects it to be of some kind."""
    values = [s for summary in run.summaries.values() for s in (summary.last, summary.count)]
    if not all(type(value) in (int, float) for value in values):
        return "a metric is not a number"
    if not all(isinstance(note, str) for note in run.notes):
        return "a note is not a text"
    if not isinstance(run.details, dict) or not isinstance(run.parent_run_id, str | None):
        return "its details or its parent are of the wrong kind"
    for name, number in (("number", run.number), ("trial", run.trial_number)):
        if number is not None:
            _check_number(name, number)
    return None


def _check_artifacts(run: Run) -> str | None:
    for artifact in run.artifacts:
        if not isinstance(artifact.path, str) or not is_inside(artifact.path):
            return f"an artifact leads out of its folder: {str(artifact.path)[:80]!r}"
    return None
