"""Records and the contents that they name in one file: a tar of a bundle and of plain files.

    records.bundle         a git bundle, the first member
    contents/<sha256>      each content in Git LFS, under the SHA-256 of its bytes

So plain tools can open and check it: `tar xf`, `git fetch`, `sha256sum`.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from gittrack.artifacts.disk import write_whole
from gittrack.artifacts.lfs import LfsStore
from gittrack.artifacts.streams import Readable, checked
from gittrack.errors import GittrackError, RepositoryError, SourceError
from gittrack.sync.contents import Content
from gittrack.sync.inspecting import Refusal

_RECORDS = "records.bundle"
_CONTENT = re.compile(r"contents/([0-9a-f]{64})")
_DAMAGED = (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError)
"""What `tarfile` raises: the last three where numbers of extended headers are none or too large,
and where headers follow headers without end."""


def write_archive(
    file: Path,
    write_records: Callable[[Path], object],
    contents: Iterable[Content],
    store: LfsStore,
) -> None:
    """Write an archive, which is whole or not there.

    Raises:
        NotFoundError: the store lacks a content.
        RepositoryError: the file cannot be written.
    """
    try:
        with TemporaryDirectory(dir=file.absolute().parent, prefix=".git-exp-") as folder:
            records, whole = Path(folder, _RECORDS), Path(folder, "archive")
            write_records(records)
            _write(whole, records, contents, store)
            whole.rename(file)
    except OSError as error:
        raise RepositoryError(
            f"cannot write {file}: {error.strerror or error}",
            hint="make room there, or name a file elsewhere",
        ) from error


def _write(whole: Path, records: Path, contents: Iterable[Content], store: LfsStore) -> None:
    with tarfile.open(whole, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(records, _RECORDS, filter=_anonymous)
        records.unlink()
        for content in contents:
            member = tarfile.TarInfo(f"contents/{content.sha256}")
            member.size, member.mode = content.size, 0o644
            with store.open(*content) as stream:
                archive.addfile(member, stream)


def is_archive(file: Path) -> bool:
    """Whether a file is a tar."""
    with file.open("rb") as start:
        return start.read(262)[257:] == b"ustar"


@dataclass(slots=True)
class Archive:
    """What came out of an archive: its bundle, in a file for the time being; the contents that were
    taken into the store; what was not taken."""

    records: Path
    contents: set[Content] = field(default_factory=set)
    refused: list[Refusal] = field(default_factory=list)


@contextmanager
def opened(file: Path, scratch: Path, store: LfsStore | None) -> Iterator[Archive]:
    """Take an archive's contents into a store (with `None`: leave them).

    Raises:
        SourceError: it is damaged, or does not begin with a bundle.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=scratch, prefix="archive-") as folder:
        found = Archive(Path(folder, _RECORDS))
        try:
            with tarfile.open(file, "r|") as archive:
                _take_records(archive, found.records, file)
                while store is not None and (member := archive.next()) is not None:
                    _take(archive, member, store, found)
                if store is not None:
                    _check_end(archive, file)
        except _DAMAGED as error:
            plain = isinstance(error, tarfile.TarError | EOFError)
            said = str(error) if plain else "a header in it cannot be read"
            raise SourceError(f"it is damaged: {said}", file=str(file)) from error
        yield found


def _take_records(archive: tarfile.TarFile, target: Path, file: Path) -> None:
    first = archive.next()
    stream = None if first is None or not _is_plain(first) else archive.extractfile(first)
    if first is None or first.name != _RECORDS or stream is None:
        raise SourceError(
            f"not a bundle of git exp: it does not begin with {_RECORDS}", file=str(file)
        )
    with stream:
        write_whole(target, cast("BinaryIO", stream), first.size, None)


def _check_end(archive: tarfile.TarFile, file: Path) -> None:
    """Tell an end from a damaged header, at which `tarfile` stops without a word."""
    with file.open("rb") as whole:
        whole.seek(archive.offset)
        if whole.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("what follows its last whole file is no end")


def _take(
    archive: tarfile.TarFile, member: tarfile.TarInfo, store: LfsStore, found: Archive
) -> None:
    match = _CONTENT.fullmatch(member.name)
    stream = archive.extractfile(member) if _is_plain(member) else None
    if match is None or stream is None:
        found.refused.append(Refusal(member.name[:300], "it is no content of git exp"))
        return
    content = Content(match[1], member.size)
    try:
        if not store.has(*content):
            with checked(cast("Readable", stream), *content, "the archive") as whole:
                store.receive(whole)
            found.contents.add(content)
    except GittrackError as error:
        found.refused.append(Refusal(member.name, error.message))


def _is_plain(member: tarfile.TarInfo) -> bool:
    return member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member
