"""Contents of artifacts that wait beside the journals until their run is sealed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gittrack.artifacts.opening import waiting_room
from gittrack.errors import DataError
from gittrack.git.history import list_files
from gittrack.git.importer import Edit, Link, PutFile
from gittrack.git.refs import read_refs
from gittrack.ids import ObjectId
from gittrack.journal.reader import journal_files
from gittrack.runs.codec import decode_run
from gittrack.runs.model import Artifact
from gittrack.store.experiments import EXPERIMENTS, RUNS, run_of_path
from gittrack.store.journals import journal_folder
from gittrack.store.session import Session

_DIGEST = re.compile(rb'"sha256":"([0-9a-f]{64})"')
_LONGEST = 80  # bytes that the pattern may take
_CHUNK = 8 << 20


class WaitingContents:
    """Knows which contents journals name, and takes away those that only git needs."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._folder = journal_folder(session)
        self._room = waiting_room(session.repository.common_dir)
        self._named: dict[Path, tuple[int, set[bytes]]] = {}

    def edit(self, path: str, artifact: Artifact, commit: ObjectId | None) -> Edit | None:
        """The file of an artifact in a commit's tree: what waits, or what git has of it already.

        `None` where its content is nowhere: the record says so, and `fsck` does.
        """
        digest = artifact.sha256
        if self._room.has(digest, artifact.size):
            return PutFile(path, self._room.path / digest[:2] / digest[2:4] / digest)
        blob = self._found(path, artifact, commit)
        return None if blob is None else Link(path, blob)

    def free(self, contents: Mapping[str, int]) -> None:
        """Take contents away that are in git now, unless a journal that is there names them.

        With each goes a moment (microseconds since the epoch): what was put again after it stays,
        because somebody is about to name it. If one who put it before has not named it yet,
        `edit` finds it in git.
        """
        wanted = {one for one, until in contents.items() if not self._was_renewed(one, until)}
        if not wanted:
            return
        paths = set(journal_files(self._folder))
        for gone in self._named.keys() - paths:
            del self._named[gone]
        for path in paths:
            wanted -= {digest.decode() for digest in self._names(path)}
        for digest in wanted:
            self._room.delete(digest)

    def _was_renewed(self, digest: str, until: int) -> bool:
        path = self._room.path / digest[:2] / digest[2:4] / digest
        try:
            return path.stat().st_mtime_ns // 1000 > until
        except OSError:
            return True  # there is none

    def _names(self, path: Path) -> set[bytes]:
        """The contents that a journal names, read on from where it was read to."""
        start, found = self._named.get(path, (0, set()))
        with suppress(FileNotFoundError), path.open("rb") as file:
            while True:
                file.seek(max(0, start - _LONGEST))
                data = file.read(_CHUNK)
                found |= set(_DIGEST.findall(data))
                end = file.tell()
                if end <= start:
                    break
                start = end
        self._named[path] = (start, found)
        return found

    def _found(self, path: str, artifact: Artifact, commit: ObjectId | None) -> ObjectId | None:
        """The blob of a content: of the run as it was sealed before, or of any other run."""
        place = path[: path.index("/artifacts/")]
        if commit is not None:
            blob = self._blob(f"{commit}", place, artifact)
            if blob is not None:
                return blob
        for ref in read_refs(self._session.repository, EXPERIMENTS):
            for change in list_files(self._session.repository, ref, f"{RUNS}/"):
                found = run_of_path(change.path)
                if found is not None and (blob := self._blob(ref, found[0], artifact)) is not None:
                    return blob
        return None

    def _blob(self, commit: str, place: str, artifact: Artifact) -> ObjectId | None:
        record = self._session.reader.find(f"{commit}:{place}/run.yaml")
        if record is None or artifact.sha256.encode() not in record.data:
            return None
        with suppress(DataError):
            for one in decode_run(record.data, None).artifacts:
                if (one.sha256, one.store) == (artifact.sha256, "git"):
                    blob = self._session.reader.find(f"{commit}:{place}/artifacts/{one.path}")
                    return None if blob is None else blob.id
        return None
