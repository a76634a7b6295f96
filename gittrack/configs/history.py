"""The distinct configs that a file held through git history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from gittrack.canonical import MAX_BYTES, config_id, emit
from gittrack.configs.layers import check_name
from gittrack.errors import GittrackError, NotFoundError, SourceError
from gittrack.git.history import Version, file_versions
from gittrack.git.repository import Repository
from gittrack.ids import ConfigId
from gittrack.inputs import source_name
from gittrack.sources import parse_documents
from gittrack.store.layout import HEAD, object_path
from gittrack.store.session import Session

_LAST_SECOND = 253_402_300_799  # of the year 9999
_LINK, _MODULE = "120000", "160000"


@dataclass(frozen=True, slots=True)
class FileVersion:
    """What a file held since a commit: the ids of its documents, or why it could not be read.

    `commit` is `None` for what is in the work tree and not committed; then `date`, `author` and
    `subject` are empty. `date` is UTC in ISO 8601: when the author made it. `path` is where the
    file was. `registered`: all its configs are. `complete` is false where a shallow clone ends.
    """

    ids: tuple[ConfigId, ...]
    commit: str | None
    date: str
    author: str
    subject: str
    path: str
    registered: bool = False
    fault: str | None = None
    complete: bool = True


def history(repository: Repository, file: Path, limit: int | None) -> list[FileVersion]:
    """The versions of a file, newest first; see `ConfigurationManager.history`."""
    path = _path_within(repository, file)
    session = Session(repository)
    try:
        reader = _Reader(session)
        distinct = _distinct(_all(session, reader, path))
        found = list(islice(distinct, limit))
        if not found and limit != 0:
            raise NotFoundError(
                f"{path} is not in this repository, and never was", hint="check the path"
            )
        known = _Registered(session)
        return [replace(v, registered=bool(v.ids) and all(map(known, v.ids))) for v in found]
    finally:
        session.close()


def _path_within(repository: Repository, file: Path) -> str:
    if repository.work_tree is None:
        return file.as_posix()
    check_name(file)
    name = source_name(file, repository.work_tree)
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise NotFoundError(
            f"{file} is outside of this repository", hint=f"that is {repository.work_tree}"
        )
    return name


def _all(session: Session, reader: _Reader, path: str) -> Iterator[FileVersion]:
    """The work tree's version where it differs from HEAD's, and that of each commit."""
    repository = session.repository
    committed = reader.at(f"{HEAD}:{path}", path)
    if repository.work_tree is not None:
        now = reader.in_work_tree(repository.work_tree, path)
        if now is not None and (committed is None or not _equal(now, committed)):
            yield now
        elif now is None and committed is not None:
            yield replace(committed, ids=(), fault="removed")
    if reader.at(HEAD, "") is None:
        return  # there is no commit yet
    versions = [v for v in file_versions(repository, path) if "\n" not in (v.object or "")]
    sizes = session.reader.sizes(v.object or HEAD for v in versions)
    for version, size in zip(versions, sizes, strict=True):
        found = reader.version(version, size or 0)
        if found is not None:
            yield found


def _distinct(versions: Iterable[FileVersion]) -> Iterator[FileVersion]:
    """One for equal ones in a row: the earliest commit that had it."""
    current: FileVersion | None = None
    for version in versions:
        if current is not None and not _equal(current, version):
            yield current
        current = version
    if current is not None:
        yield current


def _equal(one: FileVersion, other: FileVersion) -> bool:
    return one.ids == other.ids and one.fault == other.fault


class _Reader:
    """Reads versions; each blob is parsed once."""

    def __init__(self, session: Session) -> None:
        self._reader = session.reader
        self._parsed: dict[str, tuple[tuple[ConfigId, ...], str | None]] = {}

    def at(self, name: str, path: str) -> FileVersion | None:
        """What an object holds, as a version without a commit; `None` where there is none."""
        found = self._reader.find(name) if "\n" not in name else None
        if found is None:
            return None
        if found.type != "blob":
            return _unread(path, "this is a folder")
        if found.id not in self._parsed:
            self._parsed[found.id] = _ids(found.data, path)
        ids, fault = self._parsed[found.id]
        return FileVersion(ids, None, "", "", "", path, fault=fault)

    def in_work_tree(self, root: Path, path: str) -> FileVersion | None:
        """What the file holds now; `None` where there is none."""
        try:
            with (root / path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError:
            return None
        ids, fault = _ids(data, path)
        return FileVersion(ids, None, "", "", "", path, fault=fault)

    def version(self, version: Version, size: int) -> FileVersion | None:
        """What a commit made of the file; `None` where a merge made nothing of it."""
        if size > MAX_BYTES:
            found = _unread(version.path, "the file is over the limit of 16 MiB")
        elif version.object is None:
            found = _unread(version.path, "removed")
        elif version.mode in (_LINK, _MODULE):
            kind = "a symbolic link" if version.mode == _LINK else "a submodule"
            found = _unread(version.path, f"this is {kind}")
        else:
            read = self.at(version.object, version.path)
            if read is None:
                return None
            found = read
        return replace(
            found,
            commit=version.commit,
            date=_date(version.time),
            author=version.author,
            subject=version.subject,
            complete=not version.ends,
        )


class _Registered:
    """Whether a config is registered, in the catalogue or in the work tree."""

    def __init__(self, session: Session) -> None:
        self._views = [session.view(name) for name in session.trees()]
        self._plane = session.plane

    def __call__(self, config: ConfigId) -> bool:
        if any(view.has_object(config) for view in self._views):
            return True
        return self._plane is not None and self._plane.has(object_path(config))


def _unread(path: str, fault: str) -> FileVersion:
    return FileVersion((), None, "", "", "", path, fault=fault)


def _date(seconds: int) -> str:
    within = min(max(seconds, 0), _LAST_SECOND)  # git takes any number
    return datetime.fromtimestamp(within, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ids(data: bytes, path: str) -> tuple[tuple[ConfigId, ...], str | None]:
    """The ids of a file's documents, or what is wrong with it."""
    try:
        documents = parse_documents(data, path)
        return tuple(config_id(emit(document.data)) for document in documents), None
    except SourceError as error:
        return (), error.message.removeprefix(f"{path}:").strip()
    except GittrackError as error:
        return (), error.message
