"""Studies: which experiments an optimiser drives, the numbers by which it knows them here, and
what is said of a study in its experiment's record.

`experiment.yaml` has, among its `facts`, `optuna`: the `directions` (`minimize`, `maximize`), the
`name` where the experiment cannot have it, `user_attrs` and `system_attrs`. What canonical YAML
cannot hold is JSON text under the same name with `_json` behind it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from gittrack.canonical import Plain, emit
from gittrack.dates import format_time
from gittrack.errors import DataError, GittrackError, UsageError
from gittrack.git.refs import read_refs
from gittrack.slug import slug
from gittrack.store.experiments import (
    EXPERIMENTS,
    RECORD,
    Experiment,
    check_experiment_name,
    decode_experiment,
    experiment_ref,
    read_experiment,
)
from gittrack.store.publishing import Publisher
from gittrack.store.refusal import refused
from gittrack.store.run_changes import change_experiment
from gittrack.store.session import Session

FACTS = "optuna"


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """What a study is called, its experiment, its directions and attributes."""

    name: str
    experiment: str
    directions: tuple[str, ...]
    user_attrs: Mapping[str, Any] = field(default_factory=dict)
    system_attrs: Mapping[str, Any] = field(default_factory=dict)


class StudyNumbers:
    """The numbers of this clone's studies, kept in `<git-common-dir>/exptrack/studies/numbers`.

    A number is never given twice, whatever is deleted.
    """

    def __init__(self, session: Session) -> None:
        self._folder = session.repository.private_dir / "studies"
        self._path = self._folder / "numbers"
        self._stamp: tuple[int, int] | None = None
        self._next = 0
        self._by_slug: dict[str, int] = {}
        self._by_number: dict[int, str] = {}

    def number(self, experiment: str) -> int | None:
        """The number of an experiment's study, if it has one."""
        self._refresh()
        return self._by_slug.get(slug(experiment))

    def slug_of(self, number: int) -> str | None:
        """The slug of the study of that number; `None` where there is none, or it is deleted."""
        self._refresh()
        return self._by_number.get(number)

    def give(self, experiment: str, *, anew: bool = False) -> int:
        """The number of an experiment's study; a new one if it has none, or `anew`."""
        with self._turn():
            name = slug(experiment)
            number = self._by_slug.get(name)
            if number is None or anew:
                number, self._next = self._next, self._next + 1
                self._by_slug[name] = number
                self._write()
            return number

    def take_away(self, number: int) -> None:
        """The study of that number is deleted."""
        with self._turn():
            name = self._by_number.get(number)
            if name is not None:
                del self._by_slug[name]
                self._write()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with refused("a study cannot be given a number"):
            self._folder.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self._folder / "numbers.lock", flags, 0o666)
            try:
                with suppress(OSError):
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                self._refresh()
                yield
            finally:
                os.close(descriptor)

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
        except OSError:
            return
        stamp = (found.st_ino, found.st_mtime_ns)
        if stamp == self._stamp:
            return
        data = json.loads(self._path.read_text(encoding="utf-8"))
        self._stamp, self._next, self._by_slug = stamp, data["next"], data["studies"]
        self._by_number = {number: name for name, number in self._by_slug.items()}

    def _write(self) -> None:
        data = {"next": self._next, "studies": self._by_slug}
        temporary = self._folder / f".numbers.{os.getpid()}"
        temporary.write_text(json.dumps(data), encoding="utf-8")
        temporary.rename(self._path)
        self._refresh()


def experiment_of_study(name: str) -> str:
    """The name of the experiment that holds a study: the study's own, if it can be one."""
    try:
        checked = check_experiment_name(name)
    except UsageError:
        checked = ""
    if checked == name:
        return name
    return f"study-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def find_study(session: Session, experiment: str) -> StudyRecord | None:
    """The study that an experiment (its name or slug) holds; `None` where it holds none."""
    found = read_experiment(session.view(experiment_ref(experiment)))
    return None if found is None else _study(found)


def all_studies(session: Session) -> list[StudyRecord]:
    """All studies, in the order in which they were created; damaged experiments are left out."""
    found: list[Experiment] = []
    names = [f"{tip}:{RECORD}" for tip in read_refs(session.repository, EXPERIMENTS).values()]
    for record in session.reader.find_many(names):
        with suppress(DataError):
            if record is not None:
                found.append(decode_experiment(record.data))
    found.sort(key=lambda one: (one.created_at, one.name))
    return [study for one in found if (study := _study(one)) is not None]


def create_study(session: Session, publisher: Publisher, record: StudyRecord) -> bool:
    """Create a study, in one commit; whether there was none in its experiment."""
    created = False

    def change(known: Experiment) -> Experiment:
        nonlocal created
        created = _study(known) is None
        if not created:
            return known
        made = known.created_at or format_time(session.now())
        return replace(known, created_at=made, facts={**known.facts, FACTS: _facts(record)})

    change_experiment(session, publisher, record.experiment, change, f"Study {record.experiment}")
    return created


def say_of_study(session: Session, publisher: Publisher, record: StudyRecord) -> None:
    """Write a study's attributes into its experiment's record, if they are others."""

    def change(known: Experiment) -> Experiment:
        return replace(known, facts={**known.facts, FACTS: _facts(record)})

    message = f"Attributes of the study {record.experiment}"
    change_experiment(session, publisher, record.experiment, change, message)


def put_data(target: dict[str | int, Plain], name: str, data: Any) -> None:
    """Put JSON's data under a name, as itself or, where canonical YAML cannot hold it, as text."""
    if not data:
        return
    try:
        emit({"details": {FACTS: {name: data}}})  # as deep as it will be
        target[name] = data
    except GittrackError:
        target[f"{name}_json"] = json.dumps(data)


def get_data(source: Mapping[Any, Any], name: str) -> dict[str, Any]:
    """What `put_data` put there; nothing, where it is damaged."""
    found = source.get(name)
    if found is None and f"{name}_json" in source:
        with suppress(ValueError):
            found = json.loads(str(source[f"{name}_json"]))
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _facts(record: StudyRecord) -> dict[str | int, Plain]:
    facts: dict[str | int, Plain] = {"directions": list(record.directions)}
    if record.name != record.experiment:
        facts["name"] = json.dumps(record.name)
    put_data(facts, "user_attrs", dict(record.user_attrs))
    put_data(facts, "system_attrs", dict(record.system_attrs))
    return facts


def _study(experiment: Experiment) -> StudyRecord | None:
    facts = experiment.facts.get(FACTS)
    if not isinstance(facts, dict):
        return None
    directions: Any = facts.get("directions")
    if not isinstance(directions, list) or not directions:
        return None
    name = experiment.name
    with suppress(ValueError, KeyError):
        name = str(json.loads(str(facts["name"])))
    return StudyRecord(
        name,
        experiment.name,
        tuple(map(str, directions)),
        get_data(facts, "user_attrs"),
        get_data(facts, "system_attrs"),
    )


def workers_folder(session: Session) -> Path:
    """Where each process that runs trials has a file, locked for as long as it lives."""
    return session.repository.private_dir / "studies" / "workers"
