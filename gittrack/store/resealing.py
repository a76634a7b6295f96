"""A run whose record may be in git already: as it was, changed by others since, or deleted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gittrack.canonical import emit, read
from gittrack.errors import NotCanonicalError
from gittrack.git.history import log
from gittrack.git.objects import GitObject, blob_id
from gittrack.ids import ObjectId
from gittrack.journal.reader import JournalFile
from gittrack.runs.carrying import carry_over
from gittrack.runs.events import RunState
from gittrack.runs.model import RUNNING
from gittrack.store.session import Session, TreeView


@dataclass(slots=True)
class Pending:
    """A run that can be sealed: its journals, the main one first, and what they say."""

    files: list[JournalFile]
    state: RunState
    dead: bool
    sizes: list[int]
    """How many bytes of each journal are sealed at least."""
    place: str = ""
    known: bool = False
    """Whether its place was written down by an earlier attempt, which may have been published."""
    record: ObjectId | None = None
    """The blob of its record as it was sealed last, if it was and went on."""
    own: str | None = None
    """What its journals alone said then, where others had changed the record."""
    written: ObjectId | None = None
    """The blob of its record as it is sealed now."""
    said: str | None = None
    """What its journals alone say now, where others have changed the record."""

    def mark(self) -> dict[str, str | None]:
        """What is to be written down to seal it once more."""
        record, own = (self.written, self.said) if self.written else (self.record, self.own)
        return {"place": self.place, "record": record, "own": own}

    @property
    def main(self) -> JournalFile:
        """The journal of the process that started the run."""
        return self.files[0]


class Records:
    """What the records of runs become that are sealed now, seen from one commit."""

    def __init__(self, session: Session, view: TreeView) -> None:
        self._session = session
        self._view = view

    def to_write(self, pending: Pending, data: bytes) -> bytes | None:
        """The bytes of the record to write for a run whose journals say `data`; `None` where
        nothing is to be written: it is there already, or it was there and somebody deleted it."""
        commit, path = self._view.commit, f"{pending.place}/run.yaml"
        found = None if commit is None else self._session.reader.find(f"{commit}:{path}")
        before = pending.record
        if found is None:
            # One that goes on after it was taken for dead and deleted comes back.
            gone = pending.known and before is None and pending.state.run_id in self._deleted
            new = None if gone else data
        elif before is None and len(pending.files) == 1 and _end_alike(found.data, data):
            new = None  # a crash came before its journal was removed; others may have changed it
        elif found.id == before and pending.own is None:
            new = data
        else:
            new = _carried(self._base(pending), found, data)
        if new is None:
            return None
        pending.written = blob_id(new, self._session.repository.hash_name)
        pending.said = None if new == data else data.decode()
        return None if found is not None and found.id == pending.written else new

    def _base(self, pending: Pending) -> bytes | None:
        if pending.own is not None:
            return pending.own.encode()
        found = None if pending.record is None else self._session.reader.find(pending.record)
        return None if found is None else found.data

    @cached_property
    def _deleted(self) -> frozenset[str]:
        """The runs that commits of this ref deleted."""
        commit = self._view.commit
        if commit is None:
            return frozenset()
        entries = log(self._session.repository, [commit], grep=(f"^{_DELETED}",), changes=False)
        lines = (line for entry in entries for line in entry.message.splitlines())
        return frozenset(line[len(_DELETED) :] for line in lines if line.startswith(_DELETED))


_DELETED = "Deleted-Run: "


def _end_alike(found: bytes, data: bytes) -> bool:
    """Whether two records have ended at one moment in one way."""
    try:
        one, two = read(found), read(data)
    except NotCanonicalError:
        return False
    if not isinstance(one, dict) or not isinstance(two, dict) or one.get("status") == RUNNING:
        return False
    return all(one.get(key) == two.get(key) for key in ("status", "ended"))


def _carried(base: bytes | None, found: GitObject, data: bytes) -> bytes:
    """Our record with what others changed; one of theirs that is damaged is replaced."""
    ours = read(data)
    try:
        theirs = read(found.data)
        before = None if base is None else read(base)
        assert isinstance(ours, dict)
        if isinstance(theirs, dict) and isinstance(before, dict | None):
            return emit(carry_over(before, theirs, ours))
    except (NotCanonicalError, KeyError, TypeError):
        pass
    return data
