"""A model's file or folder: into a store, and out of it again."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gittrack.artifacts.folders import files_below, open_file
from gittrack.artifacts.store import Store
from gittrack.errors import NotFoundError, UsageError
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
        put = _put(store, path)
        return Contents(put.sha256, put.size)
    found = sorted(files_below(path, skipped=_refuse_special))
    entries = {name: _put(store, file) for name, file in found}
    if not entries:
        raise UsageError(f"the folder {path} holds no files", hint="save the model there first")
    manifest = encode_manifest(entries)
    size = sum(entry.size for entry in entries.values())
    return Contents(hashlib.sha256(manifest).hexdigest(), size, manifest, len(entries))


def fetch(
    store: Store,
    version: ModelVersion,
    files: Mapping[str, FileEntry] | None,
    target: Path,
    *,
    overwrite: bool,
) -> Path:
    """Write a version's file, or the `files` of its folder, to `target`.

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
    try:
        if files is not None:
            return _fetch_folder(store, files, target)
        entry = FileEntry(version.sha256, version.size)
        return _fetch_file(store, entry, target, overwrite=overwrite)
    except NotFoundError as error:
        raise NotFoundError(
            f"the store {store.name!r} does not have all files of {name}: {error}",
            hint="fetch it where it was registered, or register it with a store that is shared",
        ) from error


def _fetch_file(store: Store, entry: FileEntry, target: Path, *, overwrite: bool) -> Path:
    """Write a model's file to `target`; whole and checked, or not at all."""
    if target.is_dir():
        raise UsageError(f"{target} is a folder", hint="give the path of the file to write")
    if os.path.lexists(target) and not overwrite:
        raise UsageError(f"{target} exists already", hint="remove it, or pass overwrite=True")
    store.fetch(entry.sha256, entry.size, target)
    return target


def _fetch_folder(store: Store, files: Mapping[str, FileEntry], target: Path) -> Path:
    """Write a model's folder to `target`, which is new or empty: whole, or not at all."""
    if os.path.lexists(target) and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} exists already", hint="give a folder that is new or empty")
    with _beside(target) as folder:
        for path, entry in files.items():
            store.fetch(entry.sha256, entry.size, folder / path)
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


def _put(store: Store, path: Path) -> FileEntry:
    with open_file(path) as source:
        put = store.put(source)
    return FileEntry(put.sha256, put.size)


def _refuse_special(name: str, reason: str) -> None:
    """What is left out of a model would be missed when it is loaded; git's own would not."""
    if PurePosixPath(name).name not in (".git", ".gitattributes", ".gitmodules"):
        raise UsageError(
            f"{name!r} cannot be part of a model: {reason}", hint="put a regular file in its place"
        )
