"""Experiments as refs: what an experiment is called, where its runs lie, and its number counter.

    refs/exptrack/experiments/<slug>
        .exptrack/format
        experiment.yaml
        runs/<day>/<bucket>/<run id>/run.yaml, config.yaml, environment.yaml, metrics/…, artifacts/…

A bucket is `<clone>-<number>` and holds at most 256 runs, a day's first ones 64: sealing writes
the newest bucket and the list of buckets anew, so that one more run costs the same however many
there are. Only the clone that made a bucket adds to it: two clones' runs never share
a folder, and merging them is a union.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gittrack.canonical import Plain, emit, read
from gittrack.errors import DataError, NotCanonicalError
from gittrack.ids import ObjectId
from gittrack.slug import check_name, slug
from gittrack.store.refusal import refused
from gittrack.store.session import Session, TreeView

EXPERIMENTS = "refs/exptrack/experiments/"
RECORD = "experiment.yaml"
RUNS = "runs"
_FIRST = 32
"""Buckets of a day, and clone, that are small."""

_RUN_FILE = re.compile(r"runs/([^/]+/[^/]+/([0-9a-f]{20}))/run\.yaml")


@dataclass(frozen=True, slots=True)
class Experiment:
    """A named group of runs; `created_at` is UTC in ISO 8601.

    No run here has the number `next_number` or a greater one: a new clone counts on from it.
    """

    name: str
    created_at: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    facts: dict[str | int, Plain] = field(default_factory=dict)
    summary: dict[str | int, Plain] = field(default_factory=dict)
    next_number: int = 1

    @property
    def experiment_id(self) -> str:
        """The slug of its name."""
        return slug(self.name)


def experiment_ref(name: str) -> str:
    """The ref of the experiment of that name."""
    return EXPERIMENTS + slug(name)


def check_experiment_name(name: str) -> str:
    """The name without surrounding space.

    Raises:
        UsageError: no experiment can have it.
    """
    return check_name(name, "experiment")


def encode_experiment(experiment: Experiment) -> bytes:
    """The bytes of `experiment.yaml`."""
    data: dict[str | int, Any] = {
        "name": experiment.name,
        "created_at": experiment.created_at,
        "next_number": experiment.next_number,
    }
    optional = {
        "description": experiment.description,
        "tags": dict(experiment.tags),
        "facts": dict(experiment.facts),
        "summary": dict(experiment.summary),
    }
    return emit(data | {key: value for key, value in optional.items() if value})


def decode_experiment(data: bytes) -> Experiment:
    """Read `experiment.yaml`.

    Raises:
        DataError: it is none.
    """
    try:
        found: Any = read(data)
        return Experiment(
            name=str(found["name"]),
            created_at=str(found["created_at"]),
            description=str(found.get("description", "")),
            tags={str(key): str(value) for key, value in found.get("tags", {}).items()},
            facts=found.get("facts", {}),
            summary=found.get("summary", {}),
            next_number=int(found["next_number"]),
        )
    except (NotCanonicalError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"not an experiment's record: {error}") from error


def read_experiment(view: TreeView) -> Experiment | None:
    """The experiment that a ref's tree holds; `None` where the ref does not exist."""
    data = view.blob(RECORD) if view.commit is not None else None
    return None if data is None else decode_experiment(data)


def run_of_path(path: str) -> tuple[str, str] | None:
    """The run's directory and id, where a path is that of a run's record."""
    match = _RUN_FILE.fullmatch(path)
    return None if match is None else (f"{RUNS}/{match[1]}", match[2])


def clone_id(folder: Path) -> str:
    """Six hex digits that tell this clone from others; made on first use."""
    path = folder / "clone"
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        text = ""
    if re.fullmatch(r"[0-9a-f]{6}", text):
        return text
    folder.mkdir(exist_ok=True)
    temporary = folder / f".clone.{os.urandom(4).hex()}"
    temporary.write_text(os.urandom(3).hex() + "\n", encoding="ascii")
    try:
        os.link(temporary, path)  # the first one decides
    except FileExistsError:
        if not text:
            return path.read_text(encoding="ascii").strip()
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path.read_text(encoding="ascii").strip()


def bucket_size(number: int) -> int:
    """How many runs a day's bucket of that number holds.

    Beyond the small ones, the list of buckets would weigh more than what it saves.
    """
    return 64 if number < _FIRST else 256


@dataclass(slots=True)
class Places:
    """Gives runs their directories: in this clone's newest bucket, then in new ones."""

    day: str
    clone: str
    number: int
    used: int

    @classmethod
    def after(cls, view: TreeView, day: str, clone: str) -> Places:
        """Where the next run goes, by what the tree has of that day."""
        buckets = [name for name in view.folder(f"{RUNS}/{day}") if name.startswith(f"{clone}-")]
        if not buckets:
            return cls(day, clone, 0, 0)
        last = max(buckets)
        used = len(view.folder(f"{RUNS}/{day}/{last}"))
        return cls(day, clone, int(last.rpartition("-")[2]), used)

    def take(self, run_id: str) -> str:
        """The directory of a run."""
        if self.used >= bucket_size(self.number):
            self.number, self.used = self.number + 1, 0
        self.used += 1
        return f"{RUNS}/{self.day}/{self.clone}-{self.number:05d}/{run_id}"


def reserved(number: int) -> int:
    """What to write as an experiment's `next_number` where its next run gets that number.

    It is ahead by at most a sixteenth, and exact below 32: so most of many runs leave the
    experiment's record, and with it a blob and a difference of the tree, as it is.
    """
    step = 1 << max(0, number.bit_length() - 5)
    return -(-number // step) * step


def next_numbers(session: Session, name: str, count: int = 1) -> int:
    """The first of `count` numbers for new runs of an experiment; nobody else here gets them.

    Raises:
        RepositoryError: the counter cannot be written.
    """
    with refused(f"no number can be given to a run of {name}"):
        folder = session.repository.private_dir / "numbers"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / slug(name)
        with _locked(path) as descriptor:
            text = os.pread(descriptor, 32, 0).strip()
            if text.isdigit():
                first = int(text)
            else:
                experiment = read_experiment(session.view(experiment_ref(name)))
                first = 1 if experiment is None else experiment.next_number
            os.pwrite(descriptor, b"%-20d\n" % (first + count), 0)
        return first


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def blob_at(session: Session, commit: ObjectId | None, path: str) -> ObjectId | None:
    """The blob at a path of a commit, if both exist."""
    found = None if commit is None else session.reader.find(f"{commit}:{path}")
    return None if found is None else found.id
