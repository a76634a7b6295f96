"""A model that several histories changed: its record, its versions, their numbers and aliases."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from gittrack.canonical import Plain, emit, read
from gittrack.errors import NotCanonicalError
from gittrack.ids import ObjectId
from gittrack.store.models import (
    MODEL_PATH,
    VERSIONS,
    manifest_path,
    version_number,
    version_path,
)
from gittrack.sync.histories import Change, Entry, Made
from gittrack.sync.rules.entities import MODEL
from gittrack.sync.rules.fields import (
    NOTHING,
    Fields,
    Key,
    Side,
    merge_fields,
    put_together,
    take_apart,
    writes_between,
)
from gittrack.sync.rules.models import number_versions, version_id
from gittrack.sync.stage import Stage, files_below

_REGULAR = "100644"
_OWN = "aliases"
_GONE = ("deleted", "renamed_to")
Record = dict[str | int, Plain]
Write = tuple[str, int, bytes]


def merge_model(stage: Stage, active: Sequence[int]) -> None:
    """The model with all its versions; one registered on two machines under one number gets
    another, and keeps its aliases."""
    _ModelMerge(stage, active).write()


class _State:
    """A model as a tree has it: its record, its versions by what tells them apart."""

    def __init__(self, stage: Stage, files: Mapping[str, ObjectId], model: Entry | None) -> None:
        records = {path: blob for path, blob in files.items() if _number_in(path) is not None}
        data = stage.read_all([*records.values(), *([model.id] if model else [])])
        self.record = _mapping(data.get(model.id)) if model else {}
        self.versions: dict[str, Record] = {}
        self.numbers: dict[str, int] = {}
        self.manifests: dict[str, ObjectId] = {}
        for path, blob in records.items():
            record, number = _mapping(data.get(blob)), _number_in(path)
            if record and number is not None:
                version = version_id(record)
                self.versions[version], self.numbers[version] = record, number
                manifest = files.get(manifest_path(number).removeprefix(f"{VERSIONS}/"))
                if manifest is not None:
                    self.manifests[version] = manifest

    def fields(self) -> Fields:
        """All that may change, with aliases as names of versions."""
        by_number = {number: version for version, number in self.numbers.items()}
        return _model_fields(self.record, by_number, self.versions)


class _Log:
    """What commits wrote into a model, and which versions they added or took away."""

    def __init__(self, stage: Stage, commits: Iterable[Made]) -> None:
        self._stage = stage
        self.writes: dict[ObjectId, dict[Key, Write]] = {}
        self.adds: dict[str, list[ObjectId]] = {}
        self.removes: dict[str, list[ObjectId]] = {}
        self.vanished: list[ObjectId] = []
        """The commits that deleted the model, or gave it another name."""
        for made in commits:
            self._read(made)

    def written_by(self, commits: Container[ObjectId]) -> dict[Key, list[Write]]:
        """What these commits wrote, by field."""
        found: dict[Key, list[Write]] = {}
        for commit, writes in self.writes.items():
            if commit in commits:
                for key, write in writes.items():
                    found.setdefault(key, []).append(write)
        return found

    def _read(self, made: Made) -> None:
        before: dict[str, Record] = {}
        after: dict[str, Record] = {}
        for _, old, new in changed_versions(self._stage, made):
            before |= {version_id(old): old} if old else {}
            after |= {version_id(new): new} if new else {}
        old_record, new_record = self._records(made)
        if any(new_record.get(name) and not old_record.get(name) for name in _GONE):
            self.vanished.append(made.id)
        parent = made.parents[0] if made.parents else None
        old_fields = _model_fields(old_record, self._named(parent, old_record), before)
        new_fields = _model_fields(new_record, self._named(made.id, new_record), after)
        writes = writes_between(made.id, old_fields, new_fields)
        # What is said of a version that goes is not taken back: the version is.
        self.writes[made.id] = {
            key: write for key, write in writes.items() if key[0] != "v" or key[1] in after
        }
        # Who gives a version an alias says that it is there.
        aliased = [str(v) for k, v in new_fields.values.items() if k[0] == "alias" and k in writes]
        for version in (*after, *aliased):
            self.adds.setdefault(version, []).append(made.id)
        for version in before.keys() - after.keys():
            self.removes.setdefault(version, []).append(made.id)

    def _records(self, made: Made) -> tuple[Record, Record]:
        change = next((c for c in made.changes if c.path == MODEL_PATH), None)
        if change is None:
            return {}, {}
        entries = [entry for entry in (change.old, change.new) if entry is not None]
        data = self._stage.read_all(entry.id for entry in entries)
        old = {} if change.old is None else _mapping(data.get(change.old.id))
        new = {} if change.new is None else _mapping(data.get(change.new.id))
        return old, new

    def _named(self, commit: ObjectId | None, record: Record) -> dict[int, str]:
        """The versions that a record's aliases lead to, by their numbers in that commit."""
        aliases: Any = record.get(_OWN, {})
        wanted = sorted({number for number in aliases.values() if type(number) is int})
        found = self._stage.session.reader.find_many(
            f"{commit}:{version_path(number)}" for number in wanted
        )
        read_now = zip(wanted, list(found), strict=True)
        records = {number: _mapping(one.data) for number, one in read_now if one is not None}
        return {number: version_id(one) for number, one in records.items() if one}


def changed_versions(stage: Stage, made: Made) -> Iterator[tuple[Change, Record, Record]]:
    """The versions' records that a commit changed, before and after; empty where there is none."""
    changes = [c for c in made.changes if c.path.startswith(f"{VERSIONS}/")]
    changes = [c for c in changes if _number_in(c.path.removeprefix(f"{VERSIONS}/"))]
    entries = [e for c in changes for e in (c.old, c.new) if e is not None]
    data = stage.read_all(entry.id for entry in entries)
    for change in changes:
        old = {} if change.old is None else _mapping(data.get(change.old.id))
        new = {} if change.new is None else _mapping(data.get(change.new.id))
        yield change, old, new


class _ModelMerge:
    def __init__(self, stage: Stage, active: Sequence[int]) -> None:
        self._stage = stage
        self._active = active
        self._states = [
            _State(stage, stage.files(side, VERSIONS), stage.at(side, MODEL_PATH))
            for side in range(len(stage.tips))
        ]
        self._log = _Log(stage, (made for made, _ in stage.events.get(MODEL, ())))

    @cached_property
    def _whole(self) -> _Log:
        """The same of the common history, too."""
        return _Log(self._stage, self._stage.histories.touching([MODEL_PATH, VERSIONS]))

    def write(self) -> None:
        """Put the merged model into the stage."""
        stage = self._stage
        states = [self._states[side] for side in self._active]
        sides = [
            Side(self._states[n].fields(), self._log.written_by(stage.histories.sides[n]))
            for n in self._active
        ]
        fields = merge_fields(sides, stage.histories.generation)
        known = {version for state in states for version in state.versions}
        said = {version: self._said_of(version, fields) for version in known}
        there = {version for version, own in said.items() if own is not None}
        numbers = self._numbers(there)
        record = self._record(fields, numbers)
        self._clear()
        for version, number in numbers.items():
            self._put_version(version, number, said[version] or {}, states)
        record["next"] = self._next(states, numbers)
        stage.results[MODEL_PATH] = emit(record)

    def _clear(self) -> None:
        """All versions go that are there to start with; those that stay are put again."""
        stage = self._stage
        stage.results |= dict.fromkeys(stage.changes.get(MODEL, ()))
        if stage.base is not None:
            below = files_below(stage.session, stage.base, VERSIONS)
            stage.results |= {f"{VERSIONS}/{path}": None for path in below}

    def _put_version(
        self, version: str, number: int, said: Mapping[Key, Plain], states: Sequence[_State]
    ) -> None:
        having = next(state for state in states if version in state.versions)
        record = _facts(having.versions[version]) | put_together(Fields(said, {}))
        self._stage.results[version_path(number)] = emit(record | {"number": number})
        if version in having.manifests:
            entry = Entry(_REGULAR, having.manifests[version])
            self._stage.results[manifest_path(number)] = entry

    def _record(self, fields: Fields, numbers: Mapping[str, int]) -> dict[Any, Any]:
        """`model.yaml`, in which aliases are numbers again."""
        own = {key[1:]: value for key, value in fields.values.items() if key[0] == "m"}
        own = self._with_end(own, numbers)
        record: dict[Any, Any] = put_together(Fields(own, {}))
        aliases = {
            key[1]: numbers[str(version)]
            for key, version in fields.values.items()
            if key[0] == "alias" and version in numbers
        }
        times: list[Any] = [s.record["created_at"] for s in self._states if s.record]
        return record | {"created_at": min(times)} | ({_OWN: aliases} if aliases else {})

    def _with_end(self, own: dict[Key, Plain], numbers: Mapping[str, int]) -> dict[Key, Plain]:
        """The model's fields without a deletion or a new name, where somebody changed the model who
        did not know of that; else with it."""
        if not self._log.vanished:
            return own
        log, histories = self._whole, self._stage.histories
        adds = [commit for commit in log.writes if commit not in log.vanished]
        alive = bool(histories.survivors(adds, log.vanished, whole=True))
        ends = [{k: s.record[k] for k in _GONE if k in s.record} for s in self._states]
        renamed = any("renamed_to" in end for end in ends)
        kept = {key: value for key, value in own.items() if key[0] not in _GONE}
        if alive and (not renamed or numbers):
            return kept
        return kept | {(key,): value for key, value in max(ends, key=repr).items()}

    def _said_of(self, version: str, fields: Fields) -> dict[Key, Plain] | None:
        """The fields of a version; `None` where it is removed, and nobody changed it who did not
        know of that."""
        if version not in self._log.removes:
            return _fields_of_version(version, fields)
        histories, log = self._stage.histories, self._whole
        adds, removes = log.adds.get(version, []), log.removes.get(version, [])
        alive = set(histories.survivors(adds, removes, whole=True))
        latest = histories.latest(alive)
        known = {commit: histories.before(commit) for commit in latest}
        common = set.intersection(*known.values()) if known else set()
        sides = []
        for commit in latest:
            state = _State(self._stage, files_below(self._stage.session, commit, VERSIONS), None)
            if version in state.versions:
                own = Fields(_fields_of_version(version, state.fields()), {})
                writes = log.written_by((known[commit] - common) & alive)
                said = {k[2:]: w for k, w in writes.items() if k[:2] == ("v", version)}
                sides.append(Side(own, said))
        if not sides:
            return None
        return dict(merge_fields(sides, histories.generation).values)

    def _numbers(self, there: set[str]) -> dict[str, int]:
        """The number of each version: as it is, unless two machines gave one number to two."""
        states = [self._states[side] for side in self._active]
        known = {v: n for state in self._states for v, n in state.numbers.items()}
        common = set.intersection(*(set(state.numbers) for state in states))
        makers = [state for state in states if state.numbers.keys() - common]
        numbers = {v: known[v] for v in there}
        for state in makers:
            numbers |= {v: n for v, n in state.numbers.items() if v in there}
        if len(makers) < 2 and len(set(numbers.values())) == len(numbers):
            return numbers
        return {version: self._all_numbers[version] for version in there}

    def _next(self, states: Sequence[_State], numbers: Mapping[str, int]) -> int:
        """What the next version gets: more than any version has, or had before it was deleted."""
        said: set[Any] = {state.record.get("next", 1) for state in states}
        if len(said) == 1 and all(state.numbers == states[0].numbers for state in states):
            return int(said.pop())
        return 1 + max([*self._all_numbers.values(), *numbers.values()], default=0)

    @cached_property
    def _all_numbers(self) -> dict[str, int]:
        return number_versions(self._registered())

    def _registered(self) -> dict[str, tuple[int, int]]:
        """The number that each version got first, and the generation of that commit."""
        found: dict[str, tuple[int, int]] = {}
        generation = self._stage.histories.generation
        for made in self._stage.histories.touching([VERSIONS]):
            for change, _, record in changed_versions(self._stage, made):
                number = _number_in(change.path.removeprefix(f"{VERSIONS}/"))
                if record and number is not None:
                    version, when = version_id(record), generation(made.id)
                    known = found.get(version)
                    if known is None or (when, number) < (known[1], known[0]):
                        found[version] = number, when
        return found


def _fields_of_version(version: str, fields: Fields) -> dict[Key, Plain]:
    return {key[2:]: value for key, value in fields.values.items() if key[:2] == ("v", version)}


def _model_fields(
    record: Record, by_number: Mapping[int, str], versions: Mapping[str, Record]
) -> Fields:
    """A model's fields; an alias is a field whose value is the version that it leads to."""
    values: dict[Key, Plain] = {}
    own = {key: value for key, value in record.items() if key not in (_OWN, "next")}
    values |= {("m", *key): value for key, value in take_apart(own).values.items()}
    aliases: Any = record.get(_OWN, {})
    for alias, number in aliases.items():
        if number in by_number:
            values["alias", alias] = by_number[number]
    for version, said in versions.items():
        said = {key: said[key] for key in ("description", "tags", "stage") if key in said}
        for key, value in take_apart(said).values.items():
            values["v", version, *key] = value
    return Fields(values, NOTHING.order)


def _facts(record: Record) -> Record:
    return {k: v for k, v in record.items() if k not in ("description", "tags", "stage")}


def _mapping(data: bytes | None) -> Record:
    try:
        found = None if data is None else read(data)
    except NotCanonicalError:
        return {}
    return found if isinstance(found, dict) else {}


def _number_in(path: str) -> int | None:
    """The number of the version whose record has that path below the folder of versions."""
    folder, _, name = path.partition("/")
    return version_number(name) if folder.isdigit() else None
