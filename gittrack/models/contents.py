"""A model's file or folder: into a store, and out of it again."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import cast

from gittrack.artifacts.disk import write_whole
from gittrack.artifacts.folders import files_below, open_file
from gittrack.artifacts.store import Store
from gittrack.artifacts.streams import Readable, checked
from gittrack.errors import NotFoundError, UsageError
from gittrack.models.facts import Opener, RunFacts
from gittrack.models.names import suggestion
from gittrack.store.models import FileEntry, ModelVersion, encode_manifest


@dataclass(frozen=True, slots=True)
class Contents:
    """What was stored: the SHA-256 of the file or of the manifest, bytes in all.

    `manifest` and `files` are set where it is a folder.
    """

    sha256: str
    size: int
    manifest: bytes | None = None
    files: int | None = None


def store_contents(store: Store, path: Path) -> Contents:
    """Put a file, or all files of a folder, into the store.

    A folder's links must lead to something inside of it, and count as what they lead to. `.git`
    and its kin are left out. Empty folders, times and permissions are not kept.

    Raises:
        NotFoundError: there is nothing at the path.
        UsageError: it is neither file nor folder, or the folder holds what cannot be stored.
        RepositoryError: it cannot be read, or the store cannot be written.
    """
    if not path.is_dir():
        return _store_file(store, partial(open_file, path))
    found = sorted(files_below(path, skipped=_refuse_special))
    if not found:
        raise UsageError(f"the folder {path} holds no files", hint="save the model there first")
    return _store_folder(store, {name: partial(open_file, file) for name, file in found})


def store_artifact(store: Store, run: RunFacts, name: str) -> Contents:
    """Put an artifact of a run, or all that lie below a name, into the store.

    Raises:
        NotFoundError: the run has none of that name, or its content is not here.
        DataError: the content is damaged.
        RepositoryError: the store cannot be written.
    """
    if name in run.artifacts:
        return _store_file(store, run.artifacts[name])
    prefix = name.rstrip("/") + "/"
    below = {
        path.removeprefix(prefix): opener
        for path, opener in sorted(run.artifacts.items())
        if path.startswith(prefix)
    }
    if not below:
        raise NotFoundError(
            f"the run {run.run_id} has no artifact {name!r}",
            hint=suggestion(name, run.artifacts)
            or f"see them: git exp artifacts list {run.run_id}",
        )
    return _store_folder(store, below)


def fetch(
    store: Store,
    version: ModelVersion,
    files: Mapping[str, FileEntry] | None,
    target: Path,
    *,
    overwrite: bool,
    run: Callable[[], RunFacts] | None = None,
) -> Path:
    """Write a version's file, or the `files` of its folder, to `target`.

    What the store does not have is taken from the `run` that made it, if it is an artifact there.

    Raises:
        NotFoundError: the store does not have them.
        UsageError: the target is taken, the version has no files, or another store has them.
        DataError: what the store has is damaged.
    """
    name = version.reference
    if version.sha256 is None or version.size is None:
        raise UsageError(f"{name} was registered without files", hint="register it with them")
    if version.store != store.name:
        raise UsageError(
            f"the files of {name} are in the store {version.store!r}",
            hint="open the registry with it: ModelRegistry(path, store=…)",
        )
    supply = _Supply(store, version.source or "", run)
    try:
        if files is not None:
            return _fetch_folder(supply, files, target)
        entry = FileEntry(version.sha256, version.size)
        return _fetch_file(supply, entry, target, overwrite=overwrite)
    except NotFoundError as error:
        raise NotFoundError(
            f"the store {store.name!r} does not have all files of {name}: {error}",
            hint="fetch it where it was registered, or register it with a store that is shared",
        ) from error


class _Supply:
    """Gives a version's files: from the store, or from the artifacts that they were made of."""

    def __init__(self, store: Store, source: str, run: Callable[[], RunFacts] | None) -> None:
        self._store = store
        self._source = source.rstrip("/")
        self._run = run

    def fetch(self, entry: FileEntry, target: Path, path: str = "") -> None:
        """Write a file, whole and checked; of a folder's files, that with the path in it.

        Raises:
            NotFoundError: neither has it.
            DataError: what there is, is damaged, or another content.
        """
        try:
            self._store.fetch(entry.sha256, entry.size, target)
        except NotFoundError:
            opener = self._artifact(f"{self._source}/{path}" if path else self._source)
            if opener is None:
                raise
            with opener() as stream:
                right = checked(
                    cast("Readable", stream), entry.sha256, entry.size, "the run's artifacts"
                )
                write_whole(target, right, entry.size, None)

    def _artifact(self, name: str) -> Opener | None:
        with suppress(NotFoundError):  # the run may be in another clone
            if self._run is not None:
                return self._run().artifacts.get(name)
        return None


def _fetch_file(supply: _Supply, entry: FileEntry, target: Path, *, overwrite: bool) -> Path:
    """Write a model's file to `target`; whole and checked, or not at all."""
    if target.is_dir():
        raise UsageError(f"{target} is a folder", hint="give the path of the file to write")
    if os.path.lexists(target) and not overwrite:
        raise UsageError(
            f"{target} exists already",
            hint="remove it, or have it overwritten (--force, overwrite=True)",
        )
    supply.fetch(entry, target)
    return target


def _fetch_folder(supply: _Supply, files: Mapping[str, FileEntry], target: Path) -> Path:
    """Write a model's folder to `target`, which is new or empty: whole, or not at all."""
    if os.path.lexists(target) and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} exists already", hint="give a folder that is new or empty")
    with _beside(target) as folder:
        for path, entry in files.items():
            supply.fetch(entry, folder / path, path)
        folder.rename(target)
    return target


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder beside the target, taken away again if it was not renamed."""
    folder = target.absolute().parent / f".{target.name[:100]}.{secrets.token_hex(6)}.tmp"
    try:
        folder.mkdir(parents=True)
        yield folder
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _store_file(store: Store, opener: Opener) -> Contents:
    put = _put(store, opener)
    return Contents(put.sha256, put.size)


def _store_folder(store: Store, files: Mapping[str, Opener]) -> Contents:
    entries = {name: _put(store, opener) for name, opener in files.items()}
    manifest = encode_manifest(entries)
    size = sum(entry.size for entry in entries.values())
    return Contents(hashlib.sha256(manifest).hexdigest(), size, manifest, len(entries))


def _put(store: Store, opener: Opener) -> FileEntry:
    with opener() as source:
        put = store.put(source)
    return FileEntry(put.sha256, put.size)


def _refuse_special(name: str, reason: str) -> None:
    """What is left out of a model would be missed when it is loaded; git's own would not."""
    if PurePosixPath(name).name not in (".git", ".gitattributes", ".gitmodules"):
        raise UsageError(
            f"{name!r} cannot be part of a model: {reason}", hint="put a regular file in its place"
        )
