"""The contents of runs' artifacts: opened wherever they are, written to files, added afterwards."""

from __future__ import annotations

import difflib
import io
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import Any, BinaryIO

from gittrack.artifacts import (
    LFS,
    FolderStore,
    Progress,
    Store,
    check_artifact_path,
    check_sha256,
    files_below,
    open_store,
    target_below,
    waiting_room,
)
from gittrack.artifacts.disk import write_whole
from gittrack.artifacts.streams import checked, damaged
from gittrack.errors import ConflictError, DataError, NotFoundError, UsageError
from gittrack.git.blobs import BlobStream
from gittrack.git.importer import Edit, Remove
from gittrack.ids import ObjectId
from gittrack.runs.model import Artifact, Run
from gittrack.store.lock import writers_turn
from gittrack.store.publishing import Publisher
from gittrack.store.run_changes import change_run
from gittrack.store.run_files import artifact_edits
from gittrack.store.runs import RunReader, SealedRun
from gittrack.store.session import Session, TreeView
from gittrack.store.waiting import WaitingContents
from gittrack.sync.artifacts import bring, lfs_on_demand
from gittrack.sync.contents import Content
from gittrack.tracking.keeping import is_far, keep, large_place, side_by_side

_IN_MEMORY = 8 << 20  # bytes; a larger blob is worth a process of its own


class ArtifactFiles:
    """Opens, writes and adds the artifacts of one repository's runs."""

    def __init__(self, session: Session, reader: RunReader) -> None:
        self._session = session
        self._reader = reader

    def open(self, run: Run, artifact: Artifact) -> BinaryIO:
        """A stream of the content, which gives its last bytes only if its SHA-256 is right.

        Raises:
            NotFoundError: the content is not here.
            UsageError: it is in a store that the user's settings do not name.
            DataError: what is there is damaged; from here, or from the last read at the latest.
        """
        check_record(artifact)
        if artifact.store == "git":
            blob = self._blob(run, artifact)
            if blob is not None:
                return self._from_git(blob, artifact)
        return self._store(artifact).open(artifact.sha256, artifact.size)

    def fetch(
        self, run: Run, artifact: Artifact, target: Path, progress: Progress | None = None
    ) -> None:
        """Write the content to a file, which is whole and checked, or as it was before.

        Raises:
            As `open`; RepositoryError: the file cannot be written.
        """
        check_record(artifact)
        if artifact.store == "git" and (blob := self._blob(run, artifact)) is not None:
            with self._from_git(blob, artifact) as stream:
                write_whole(target, stream, artifact.size, progress)
        else:
            store = self._store(artifact)
            store.fetch(artifact.sha256, artifact.size, target, progress=progress)

    def fetch_below(
        self,
        run: Run,
        artifacts: Sequence[Artifact],
        folder: Path,
        *,
        overwrite: bool,
        progress: Progress | None = None,
    ) -> list[Path]:
        """Write artifacts to files called as they are below a folder, one by one.

        Nothing is written where one of the files exists, or a name leads out of the folder.

        Raises:
            As `fetch`; UsageError: a file exists and may not be overwritten, or a link is in the
                way.
        """
        for artifact in artifacts:
            check_record(artifact)
            check_free(folder / artifact.path, overwrite=overwrite)
        self._bring(artifacts)
        shared = _Progress(progress, sum(artifact.size for artifact in artifacts))

        def fetch(artifact: Artifact) -> tuple[str, Path]:
            target = target_below(folder, artifact.path)
            check_free(target, overwrite=overwrite)  # on macOS, `A` and `a` are one file
            self.fetch(run, artifact, target, shared.of(artifact.path))
            return artifact.path, target

        near = [one for one in artifacts if one.store in ("git", LFS.kind)]
        far = [one for one in artifacts if one not in near]
        written = dict(side_by_side(fetch, near, far=False))
        written |= side_by_side(fetch, far, far=is_far(self._session.repository))
        return [written[artifact.path] for artifact in artifacts]

    def _bring(self, artifacts: Sequence[Artifact]) -> None:
        """Fetch what Git LFS lacks of several artifacts at once."""
        wanted = [Content(one.sha256, one.size) for one in artifacts if one.store == LFS.kind]
        if wanted:
            bring(self._session, wanted)

    def add(
        self,
        publisher: Publisher,
        place: SealedRun,
        files: Sequence[tuple[str, Path]],
        artifact_type: str | None,
        *,
        replace: bool,
    ) -> list[Artifact]:
        """Store files with a run that is sealed, all in one commit.

        Raises:
            UsageError: a name cannot be one, is that of a folder of artifacts, or of another
                artifact that shall not be replaced.
            NotFoundError: the run was deleted meanwhile, or a file is not there.
            RepositoryError: the contents cannot be stored.
        """
        repository = self._session.repository
        kept = list(
            side_by_side(
                lambda one: keep(repository, *one, artifact_type), files, far=is_far(repository)
            )
        )

        def change(record: dict[Any, Any]) -> None:
            known = {one["path"]: one for one in record.get("artifacts", [])}
            new = {facts["path"]: _recorded(facts) for facts in kept}
            _check_names(known, new, replace=replace)
            record["artifacts"] = list((known | new).values())

        found = [
            Artifact(f["path"], f["size"], f["sha256"], f["store"], f.get("type")) for f in kept
        ]
        until = time.time_ns() // 1000
        what = found[0].path if len(found) == 1 else f"{len(found)} files"
        message = f"artifact {what}: run {place.run_id}"
        edits = partial(self._edits, place.place, found)
        change_run(self._session, publisher, place, change, message, edits)
        in_git = [one.sha256 for one in found if one.store == "git"]
        # Nobody writes meanwhile: others may be about to store the same content.
        with writers_turn(self._session.repository.private_dir):
            WaitingContents(self._session).free(dict.fromkeys(in_git, until))
        return found

    def _edits(self, place: str, artifacts: Sequence[Artifact], view: TreeView) -> list[Edit]:
        """The artifacts' files in their run's directory.

        Raises:
            ConflictError: the content of one that belongs there was taken away meanwhile.
        """
        # What had the name before may have been in git, and what has it now need not be.
        removed: list[Edit] = [Remove(f"{place}/artifacts/{one.path}") for one in artifacts]
        written = list(artifact_edits(self._session, place, artifacts, view.commit))
        if len(written) < sum(one.store in ("git", "lfs") for one in artifacts):
            raise ConflictError("a content that waited is gone", hint="run the command again")
        return removed + written

    def _blob(self, run: Run, artifact: Artifact) -> ObjectId | None:
        """The artifact's blob; `None` where its run is not sealed, so that it waits elsewhere."""
        place = self._reader.find(run.run_id)
        if place is None:
            return None
        # A live run may be sealed as it was a while ago, with another content of that name. One
        # that was taken up again after its end has in git what waits no longer.
        room = waiting_room(self._session.repository.common_dir)
        if self._reader.journals_of(run.run_id) and room.has(artifact.sha256, artifact.size):
            return None
        entry = self._session.view(place.ref).entry(f"{place.place}/artifacts/{artifact.path}")
        return None if entry is None else entry.id

    def _from_git(self, blob: ObjectId, artifact: Artifact) -> BinaryIO:
        if artifact.size > _IN_MEMORY:
            stream = BlobStream(self._session.repository, blob)
            return checked(stream, artifact.sha256, artifact.size, "git")
        [found] = self._session.reader.find_many([blob], most=_IN_MEMORY)
        if found is None:
            raise damaged(artifact.sha256, "git", f"it has not the {artifact.size:,} bytes it had")
        return checked(io.BytesIO(found.data), artifact.sha256, artifact.size, "git")

    def _store(self, artifact: Artifact) -> Store:
        """The store that a record names, if the user's own settings name it, too."""
        repository = self._session.repository
        if artifact.store == "git":
            waiting: FolderStore = waiting_room(repository.common_dir)
            return waiting
        if artifact.store == LFS.kind:
            return lfs_on_demand(self._session)
        config = repository.settings.config
        storage = config.get("lfs.storage")
        named = config.get("exptrack.artifactstore")
        place = large_place(repository)
        if place is not None:
            store = open_store(place, repository.common_dir, lfs_storage=storage)
            if artifact.store in (store.name, named):
                return store
        raise UsageError(
            f"the artifact {artifact.path!r} is kept in {artifact.store!r}, "
            "which is not your exptrack.artifactStore",
            hint=f"if you trust it: git config exptrack.artifactStore {quote(artifact.store)}",
        )


def check_record(artifact: Artifact) -> None:
    """Refuse a record that no run of ours has: such a one came damaged, or to do harm.

    Raises:
        DataError: its path leads out of a folder, or its size or SHA-256 is none.
    """
    texts = (artifact.path, artifact.sha256, artifact.store)
    if not all(type(text) is str for text in texts) or type(artifact.size) is not int:
        raise DataError("the record of an artifact is damaged", hint="run: git exp fsck")
    try:
        check_artifact_path(artifact.path)
        check_sha256(artifact.sha256)
    except UsageError as error:
        raise DataError(
            f"the record of an artifact is damaged: {error.message}", hint="run: git exp fsck"
        ) from error


def choose_artifacts(run: Run, names: Iterable[str]) -> list[Artifact]:
    """The artifacts of those names, each once; a folder's name stands for all that is in it.

    Raises:
        NotFoundError: the run has none of that name.
    """
    known = {artifact.path: artifact for artifact in run.artifacts}
    found: dict[str, Artifact] = {}
    for name in names:
        below = name.rstrip("/") + "/"
        matching = [name] if name in known else [path for path in known if path.startswith(below)]
        if not matching:
            similar = difflib.get_close_matches(name, list(known), n=1)
            raise NotFoundError(
                f"the run {run.run_id[:12]} has no artifact {name!r}",
                hint=f"did you mean {similar[0]!r}?"
                if similar
                else f"see them: git exp artifacts list {run.run_id[:12]}",
            )
        found |= {path: known[path] for path in matching}
    return list(found.values())


def files_to_add(
    path: Path, name: str | None, left_out: Callable[[str, str], object]
) -> Iterator[tuple[str, Path]]:
    """The files at a path with their names as artifacts: a file's own, a folder's with its own.

    With a `name`, the file has that one, and a folder's files lie below it. What a folder holds
    besides files is told to `left_out`, with the reason.
    """
    if not path.is_dir():
        yield name or path.name, path
        return
    prefix = name or path.resolve().name
    for below, file in files_below(path, skipped=left_out):
        yield f"{prefix}/{below}", file


def check_free(target: Path, *, overwrite: bool) -> None:
    """Refuse a target that is there already, be it a link that leads nowhere.

    Raises:
        UsageError: it exists, and may not be overwritten.
    """
    if os.path.lexists(target) and not overwrite:
        raise UsageError(
            f"{target} exists already",
            hint="remove it, or have it overwritten (--force, overwrite=True)",
        )


def _recorded(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's record says of an artifact; what lies in git does not say so."""
    return {key: value for key, value in facts.items() if (key, value) != ("store", "git")}


def _check_names(
    known: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]], *, replace: bool
) -> None:
    folders = {str(folder) for path in known for folder in PurePosixPath(path).parents}
    for path, facts in new.items():
        if path in folders:
            raise UsageError(
                f"the artifact {path!r} cannot be stored: there are artifacts below that name",
                hint="store it under another name",
            )
        taken = [str(above) for above in PurePosixPath(path).parents if str(above) in known]
        if taken:
            raise UsageError(
                f"the artifact {path!r} cannot be stored: {taken[0]!r} is a file",
                hint="store it under another name",
            )
        if not replace and path in known and known[path].get("sha256") != facts["sha256"]:
            raise UsageError(
                f"the run has another artifact {path!r}",
                hint="give it another name, or replace it (--force, replace=True)",
            )


class _Progress:
    """Progress of files that are fetched side by side, told as that of all of them."""

    def __init__(self, told: Progress | None, total: int) -> None:
        self._told, self._total = told, total
        self._done: dict[str, int] = {}
        self._lock = threading.Lock()

    def of(self, path: str) -> Progress | None:
        """What takes the progress of one of them."""
        if self._told is None:
            return None
        return lambda done, _: self._add(path, done)

    def _add(self, path: str, done: int) -> None:
        assert self._told is not None
        with self._lock:
            self._done[path] = done
            self._told(sum(self._done.values()), self._total)
