"""Artifacts' contents at any URL that fsspec can open: S3, Google Cloud, Azure, SFTP and others."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote

from gittrack.artifacts.disk import PREFIX, write_whole
from gittrack.artifacts.model import check_sha256
from gittrack.artifacts.store import DAY, Progress, Put, Stored
from gittrack.artifacts.streams import checked, chunks_of, copy_hashed, damaged
from gittrack.capture.redaction import REDACTED, looks_secret, redact_url
from gittrack.errors import GittrackError, NotFoundError, RepositoryError, UsageError
from gittrack.terminal import inline

_TEMPORARIES = "tmp"
_BLOCK = 8 * 1024 * 1024  # bytes asked for at once
_ATTEMPTS = 5  # to go on with a broken download, without a byte in between
_PAUSE = 0.1  # seconds before the second attempt; doubled for each further one
# An object shows here only once it is whole, and an upload can be given up until then.
_SHORTEST = 4  # characters of a secret that is looked for in messages; `1` is in every one
_ATOMIC = {"s3", "s3a"}
_OBJECT = re.compile(r"(?:.*/)?([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})")
# User and password, also one with a slash in it, but not the port of `host:22/path@x`; the query.
_SECRET = re.compile(r"(?<=//)(?:[^/@]*@|[^/@:]+:(?![0-9]+/)[^@]*@)+|[?#].*")


class FsspecStore:
    """A store below an fsspec URL; the layout is that of a folder: `aa/bb/<sha256>`.

    What is there already is not sent again, if the source can be read twice. A download that breaks
    goes on where it stopped. Needs the extra `gittrack[fsspec]` and the package of the file system
    in question, such as s3fs.
    """

    def __init__(self, url: str, **options: Any) -> None:
        """Open the store; `options` are those of the file system, such as `endpoint_url`.

        Raises:
            UsageError: fsspec, or what it needs for this URL, is not installed; or no such URL.
        """
        self._url = url
        self._options = options
        self._name = _SECRET.sub("", url).rstrip("/")
        self._local = threading.local()
        self._connect()

    @property
    def name(self) -> str:
        """What records call this store: its URL without user, password and query."""
        return self._name

    def put(
        self, source: BinaryIO, *, size_hint: int | None = None, progress: Progress | None = None
    ) -> Put:
        """Store what the source has; large sources that can be read twice are hashed first."""
        known = _hashed(source)
        if known is not None and self.has(known.sha256, known.size):
            source.seek(0, os.SEEK_END)
            return known
        with self._explained("store an artifact in"):
            if known is not None and self._atomic:
                return self._put_at_once(source, known, progress)
            return self._put_and_move(source, size_hint, progress)

    def open(self, sha256: str, size: int) -> BinaryIO:
        """A stream of the content, checked while it is read."""
        path = self._object(sha256)
        with self._explained("read from"):
            info = self._info(path)
            if info is None:
                raise NotFoundError(
                    f"artifact content {sha256[:12]} is not in {self._name}",
                    hint="fetch it from where the run was made, or put the file again",
                )
            if info["size"] != size:
                reason = f"it has {info['size']:,} bytes instead of {size:,}"
                raise damaged(sha256, self._name, reason)
        return checked(_Resuming(lambda at: self._open_at(path, at), self), sha256, size, self.name)

    def has(self, sha256: str, size: int) -> bool:
        """Whether content of that name and length is there."""
        path = self._object(sha256)
        with self._explained("look into"):
            info = self._info(path)
        return info is not None and info["size"] == size

    def fetch(
        self, sha256: str, size: int, target: Path, *, progress: Progress | None = None
    ) -> None:
        """Write the content to a file, which is whole and checked or as it was before."""
        with self.open(sha256, size) as stream:
            write_whole(target, stream, size, progress)

    def delete(self, sha256: str) -> bool:
        """Take content away; tells whether it was there."""
        path = self._object(sha256)
        with self._explained("delete from"):
            if self._info(path) is None:
                return False
            with suppress(FileNotFoundError):
                self._fs.rm_file(path)
            return True

    def list(self) -> Iterator[Stored]:
        """All that is there, by hash."""
        for path, info in self._files(self._root):
            if match := _OBJECT.fullmatch(path):
                yield Stored(match[3], info["size"], _modified(info))

    def clean(self, *, older_than: float = DAY) -> int:
        """Remove temporaries that are so many seconds old; tells how many."""
        removed, oldest = 0, time.time() - older_than
        for path, info in self._files(f"{self._root}/{_TEMPORARIES}"):
            modified = _modified(info)
            ours = path.rpartition("/")[2].startswith(PREFIX)
            if ours and modified is not None and modified <= oldest:
                with self._explained("clean"), suppress(FileNotFoundError):
                    self._fs.rm_file(path)
                    removed += 1
        return removed

    @property
    def _fs(self) -> Any:
        """The file system: one for each thread, since not all may be shared, and for each process,
        since those that have threads of their own do not survive a fork."""
        if getattr(self._local, "process", 0) != os.getpid():
            self._connect()
        return self._local.connected

    @property
    def _atomic(self) -> bool:
        protocol = self._fs.protocol
        return bool(_ATOMIC.intersection((protocol,) if isinstance(protocol, str) else protocol))

    def _connect(self) -> None:
        try:
            core = import_module("fsspec.core")
        except ImportError as error:
            raise UsageError(
                f"artifacts at {self._name} need fsspec",
                hint="install it with: pip install 'gittrack[fsspec]'",
            ) from error
        try:
            self._local.connected, root = core.url_to_fs(self._url, **self._options)
        except ImportError as error:
            raise UsageError(
                f"artifacts at {self._name} need a package: {self._text(error)}",
                hint="install it beside gittrack",
            ) from error
        except (ValueError, TypeError) as error:
            raise UsageError(
                f"cannot keep artifacts at {self._name}: {self._text(error)}",
                hint="give a URL that fsspec knows, such as s3://bucket/runs",
            ) from error
        self._root = root.rstrip("/")
        self._local.process = os.getpid()

    def _object(self, sha256: str) -> str:
        check_sha256(sha256)
        return f"{self._root}/{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def _info(self, path: str) -> dict[str, Any] | None:
        fs = self._fs
        fs.invalidate_cache()  # others write here, too
        try:
            info: dict[str, Any] = fs.info(path)
        except FileNotFoundError:
            return None
        return info if info.get("type") == "file" else None

    def _files(self, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
        with self._explained("list"):
            self._fs.invalidate_cache()
            try:
                found: dict[str, dict[str, Any]] = self._fs.find(folder, detail=True)
            except FileNotFoundError:
                return
        yield from sorted(found.items())

    def _open_at(self, path: str, position: int) -> Any:
        file = self._fs.open(path, "rb", block_size=_BLOCK)
        if position:
            file.seek(position)
        return file

    def _put_at_once(self, source: BinaryIO, known: Put, progress: Progress | None) -> Put:
        """Write where it belongs; nobody sees it before it is whole."""
        path = self._object(known.sha256)
        chunks = _unchanged(source, known, progress)
        if known.size <= _BLOCK:
            self._fs.pipe_file(path, b"".join(chunks))
            return known
        file = self._fs.open(path, "wb", block_size=_BLOCK, autocommit=False)
        try:
            for chunk in chunks:
                file.write(chunk)
            file.close()
            file.commit()
        except BaseException:
            file.discard()
            raise
        return known

    def _put_and_move(
        self, source: BinaryIO, size_hint: int | None, progress: Progress | None
    ) -> Put:
        """Write to a temporary, and move that where it belongs."""
        fresh = f"{self._root}/{_TEMPORARIES}/{PREFIX}{os.urandom(8).hex()}"
        try:
            with self._in_folder(fresh, lambda: self._fs.open(fresh, "wb")) as file:
                put = copy_hashed(
                    chunks_of(source), file.write, size_hint=size_hint, progress=progress
                )
            target = self._object(put.sha256)
            if not self.has(put.sha256, put.size):
                with suppress(FileNotFoundError):
                    self._fs.rm_file(target)  # of another length, so damaged
                self._in_folder(target, lambda: self._fs.mv(fresh, target))
                return put
        except BaseException:
            with suppress(Exception):
                self._fs.rm_file(fresh)
            raise
        self._fs.rm_file(fresh)
        return put

    def _in_folder(self, path: str, act: Callable[[], Any]) -> Any:
        """Do something that may need the folder of a path first."""
        try:
            return act()
        except FileNotFoundError:
            if self._atomic:  # no folders there: it is the bucket that is missing
                raise
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            return act()

    @contextmanager
    def _explained(self, action: str) -> Iterator[None]:
        """Turn the errors of file systems, each with their own, into one line."""
        try:
            yield
        except GittrackError:
            raise
        except Exception as error:
            raise self.failed(action, error) from error

    def failed(self, action: str, error: Exception) -> RepositoryError:
        """The error for something that the file system refused."""
        return RepositoryError(
            f"cannot {action} {self._name}: {self._text(error)}",
            hint="check the address, the credentials and the network",
        )

    def _text(self, error: Exception) -> str:
        """What an error says; file systems put the address into it in spellings of their own."""
        text = str(error).replace(self._url, self._name) or type(error).__name__
        for secret in _secrets(self._url, self._options):
            text = text.replace(secret, REDACTED)
        return inline(redact_url(text))[:300]


class _Resuming:
    """Reads a remote file from start to end; goes on where it stopped when the connection broke."""

    def __init__(self, open_at: Callable[[int], Any], store: FsspecStore) -> None:
        self._open_at = open_at
        self._store = store
        self._file: Any = None
        self._done = 0

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer, or a part of it; 0 at the end."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                if self._file is None:
                    self._file = self._open_at(self._done)
                data = self._file.read(len(buffer))
            except Exception as error:
                self.close()
                if attempt == _ATTEMPTS:
                    raise self._store.failed("read from", error) from error
                time.sleep(_PAUSE * 2 ** (attempt - 1))
            else:
                buffer[: len(data)] = data
                self._done += len(data)
                return len(data)
        return 0

    def close(self) -> None:
        """Let go of the remote file."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(Exception):
                file.close()


def _secrets(url: str, options: Mapping[str, Any]) -> list[str]:
    """What of an address and its options is in no message, as written and decoded; longest first,
    since one may be a part of another."""
    found = {
        text for name, value in options.items() if looks_secret(name) for text in (str(value),)
    }
    for match in _SECRET.finditer(url):
        user, _, password = match[0].rstrip("@").partition(":")
        query = parse_qsl(match[0][1:]) if match[0][0] in "?#" else []
        found |= {value for _, value in query} if query else {password or user}
    found |= {unquote(secret) for secret in found}
    return sorted((one for one in found if len(one) >= _SHORTEST), key=len, reverse=True)


def _hashed(source: BinaryIO) -> Put | None:
    """Hash and size of what a source has, which stands where it stood; `None` if it cannot be read
    twice."""
    if not source.seekable():
        return None
    start = source.tell()
    put = copy_hashed(chunks_of(source), lambda _: None)
    source.seek(start)
    return put


def _unchanged(source: BinaryIO, known: Put, progress: Progress | None) -> Iterator[bytes]:
    """What a source has, in chunks.

    Raises:
        RepositoryError: after the last one, if it is no longer what it was when it was hashed.
    """
    digest, size = hashlib.sha256(), 0
    for chunk in chunks_of(source):
        digest.update(chunk)
        size += len(chunk)
        yield chunk
        if progress is not None:
            progress(size, known.size)
    if Put(digest.hexdigest(), size) != known:
        raise RepositoryError(
            "the file changed while it was stored", hint="store it again when it is done"
        )


def _modified(info: dict[str, Any]) -> float | None:
    for key in ("mtime", "LastModified", "last_modified", "created"):
        value = info.get(key)
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, datetime):
            return value.timestamp()
    return None
