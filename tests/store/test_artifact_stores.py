"""One contract for every store of artifacts' contents, and what is particular to each."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem
from test_disk import fill, mounted, needs_root, remount
from witness import git, run_git, sha256sum

from gittrack.artifacts import (
    FolderStore,
    LfsStore,
    Put,
    Store,
    check_artifact_path,
    open_store,
    parse_place,
    pointer_text,
    waiting_room,
)
from gittrack.artifacts.disk import PREFIX
from gittrack.artifacts.fsspec_ import FsspecStore
from gittrack.errors import DataError, GittrackError, NotFoundError, RepositoryError, UsageError

LARGE = 3 * 1024 * 1024 + 17


class Unseekable(io.RawIOBase):
    """A pipe: gives a little at a time, and only once."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        return self._data.readinto(memoryview(buffer)[:70_001])


class Breaking(Unseekable):
    """A pipe whose other end fails after so many bytes."""

    def __init__(self, data: bytes, error: BaseException) -> None:
        super().__init__(data)
        self._error = error

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        count = super().readinto(buffer)
        if not count:
            raise self._error
        return count


def some(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def put_of(data: bytes) -> Put:
    return Put(hashlib.sha256(data).hexdigest(), len(data))


def folder_store(folder: Path) -> Store:
    return FolderStore(folder / "store")


def synced_folder_store(folder: Path) -> Store:
    return FolderStore(folder / "synced", sync=True)


def lfs_store(folder: Path) -> Store:
    return LfsStore(folder / "repository" / ".git")


def memory_store(folder: Path) -> Store:
    return FsspecStore(f"memory://{folder.name}/store")


def file_store(folder: Path) -> Store:
    return FsspecStore((folder / "by url").as_uri().replace("%20", " "))


MAKERS: tuple[Callable[[Path], Store], ...] = (
    folder_store,
    synced_folder_store,
    lfs_store,
    memory_store,
    file_store,
)


@pytest.fixture
def bucket() -> Iterator[str]:
    """The address of a stand-in for S3 with one bucket, `artifacts`."""
    pytest.importorskip("s3fs")
    server_module = pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ACCESS_KEY_ID", "testing")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
            client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
            client.create_bucket(Bucket="artifacts")
            yield address
    finally:
        server.stop()


class Contract:
    """What a caller can rely on, whatever the store."""

    @pytest.mark.parametrize("size", [0, 1, 10_240, 256 * 1024, LARGE])
    def test_what_is_put_is_had_back(self, store: Store, tmp_path: Path, size: int) -> None:
        """By hash and size, as a stream and as a file, any number of times."""
        data = some(size)
        put = store.put(io.BytesIO(data))
        assert put == put_of(data)
        assert store.has(put.sha256, put.size)
        for _ in range(2):
            with store.open(put.sha256, put.size) as stream:
                assert stream.read() == data
        store.fetch(put.sha256, put.size, tmp_path / "new" / "folder" / "file")
        assert (tmp_path / "new" / "folder" / "file").read_bytes() == data
        assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["file"]

    @pytest.mark.parametrize("size", [10_240, LARGE])
    def test_putting_again_changes_nothing(self, store: Store, size: int) -> None:
        """The same content is kept once, whether its source can be read twice or not."""
        data = some(size)
        for source in (io.BytesIO(data), Unseekable(data), io.BytesIO(data)):
            assert store.put(source) == put_of(data)
        assert [(entry.sha256, entry.size) for entry in store.list()] == [
            (put_of(data).sha256, size)
        ]
        assert store.clean(older_than=-60) == 0

    def test_a_source_is_read_from_where_it_stands(self, store: Store, tmp_path: Path) -> None:
        """What was read before is not part of the content."""
        (tmp_path / "file").write_bytes(some(LARGE))
        with (tmp_path / "file").open("rb") as file:
            file.seek(10)
            assert store.put(file) == put_of(some(LARGE)[10:])
            assert file.read() == b""

    def test_a_decompressing_source_is_stored_as_it_reads(
        self, store: Store, tmp_path: Path
    ) -> None:
        """A file object may have a descriptor of other bytes than it gives."""
        data = b"0123456789" * 100_000
        with gzip.open(tmp_path / "file.gz", "wb") as file:
            file.write(data)
        with gzip.open(tmp_path / "file.gz", "rb") as file:
            assert store.put(file) == put_of(data)  # type: ignore[arg-type]

    def test_holes_and_zeros_come_back_as_zeros(self, store: Store, tmp_path: Path) -> None:
        """Also at the start, at the end, and in between."""
        data = bytes(2**19) + some(2**18) + bytes(2**20)
        put = store.put(io.BytesIO(data))
        assert put == put_of(data)
        store.fetch(put.sha256, put.size, tmp_path / "file")
        assert (tmp_path / "file").read_bytes() == data

    def test_what_is_not_there_is_not_found(self, store: Store, tmp_path: Path) -> None:
        """Neither content never put, nor content of another length."""
        put = store.put(io.BytesIO(b"abc"))
        absent = put_of(b"absent")
        assert not store.has(absent.sha256, absent.size)
        assert not store.has(put.sha256, 4)
        for act in (
            lambda: store.open(absent.sha256, absent.size),
            lambda: store.fetch(absent.sha256, absent.size, tmp_path / "file"),
        ):
            with pytest.raises(NotFoundError, match=absent.sha256[:12]) as caught:
                act()
            assert caught.value.hint
        assert not (tmp_path / "file").exists()

    @pytest.mark.parametrize("name", ["", "../../../etc/passwd", "A" * 64, "a" * 64 + "/x"])
    def test_what_is_no_hash_is_refused(self, store: Store, tmp_path: Path, name: str) -> None:
        """No record can make a store look anywhere else."""
        for act in (
            lambda: store.open(name, 3),
            lambda: store.has(name, 3),
            lambda: store.fetch(name, 3, tmp_path / "file"),
            lambda: store.delete(name),
        ):
            with pytest.raises(UsageError):
                act()

    @pytest.mark.parametrize("size", [2000, LARGE])
    @pytest.mark.parametrize("fault", ["flipped", "short", "long", "empty"])
    def test_damage_is_found_when_reading(
        self, store: Store, tmp_path: Path, spoil: Any, size: int, fault: str
    ) -> None:
        """No reader gets to the end of wrong bytes, and a target keeps what it had."""
        data = some(size)
        wrong = {
            "flipped": data[:-1] + bytes([data[-1] ^ 1]),
            "short": data[:-1],
            "long": data + b"x",
            "empty": b"",
        }[fault]
        put = store.put(io.BytesIO(data))
        spoil(put.sha256, wrong)
        (tmp_path / "target").write_text("before")
        with pytest.raises(DataError, match="damaged"):
            store.fetch(put.sha256, put.size, tmp_path / "target")
        assert (tmp_path / "target").read_text() == "before"
        for amount in (-1, size):
            with (
                pytest.raises(DataError, match="damaged"),
                store.open(put.sha256, put.size) as stream,
            ):
                stream.read(amount)
        assert list(tmp_path.glob(f"{PREFIX}*")) == []
        store.delete(put.sha256)
        assert store.put(io.BytesIO(data)) == put
        assert store.open(put.sha256, put.size).read() == data

    @pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
    @pytest.mark.parametrize("size", [1000, LARGE])
    def test_a_source_that_breaks_leaves_nothing(
        self, store: Store, size: int, error: BaseException
    ) -> None:
        """No part of it is seen, and no temporary stays."""
        expected = RepositoryError if isinstance(error, OSError) else KeyboardInterrupt
        with pytest.raises(expected):
            store.put(Breaking(some(size), error))  # type: ignore[arg-type]
        assert list(store.list()) == []
        assert store.clean(older_than=-60) == 0

    def test_text_is_refused(self, store: Store) -> None:
        """A file opened as text is a slip, and the message says how to open it."""
        with pytest.raises(UsageError, match="must be bytes") as caught:
            store.put(io.StringIO("text"))  # type: ignore[arg-type]
        assert "rb" in str(caught.value.hint)

    def test_progress_is_told(self, store: Store, tmp_path: Path) -> None:
        """It rises, ends at the size, and knows the size where that can be known."""
        for act in (
            lambda tell: store.put(Unseekable(some(LARGE)), size_hint=LARGE, progress=tell),
            lambda tell: store.fetch(*ids(some(LARGE)), tmp_path / "file", progress=tell),
        ):
            told: list[tuple[int, int | None]] = []
            act(lambda done, total, told=told: told.append((done, total)))
            assert len(told) > 5
            assert told == sorted(told)
            assert told[-1] == (LARGE, LARGE)

    def test_a_target_that_is_a_link_is_replaced(self, store: Store, tmp_path: Path) -> None:
        """Nothing is written where a link leads."""
        (tmp_path / "precious").write_text("precious")
        (tmp_path / "file").symlink_to(tmp_path / "precious")
        put = store.put(io.BytesIO(b"abc"))
        store.fetch(put.sha256, put.size, tmp_path / "file")
        assert (tmp_path / "precious").read_text() == "precious"
        assert (tmp_path / "file").read_bytes() == b"abc"

    def test_deleting_takes_away_one(self, store: Store) -> None:
        """The others stay, and a second time there is nothing to delete."""
        puts = [store.put(io.BytesIO(some(100, seed))) for seed in range(5)]
        assert store.delete(puts[2].sha256)
        assert not store.delete(puts[2].sha256)
        assert not store.has(puts[2].sha256, puts[2].size)
        left = {(entry.sha256, entry.size) for entry in store.list()}
        assert left == {(put.sha256, put.size) for put in puts if put != puts[2]}
        for put in puts:
            store.delete(put.sha256)
        assert list(store.list()) == []

    def test_putting_again_counts_as_put_now(self, store: Store) -> None:
        """So that whoever removes old content leaves what somebody just asked for."""
        before = time.time() - 5
        put = store.put(io.BytesIO(b"abc"))
        (entry,) = store.list()
        assert entry.modified is not None
        assert entry.modified > before
        assert entry.sha256 == put.sha256


def ids(data: bytes) -> tuple[str, int]:
    return put_of(data).sha256, len(data)


class TestLocalStores(Contract):
    """The stores that need nothing but this machine."""

    @pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
        yield request.param(tmp_path / "stores")
        MemoryFileSystem.store.clear()

    @pytest.fixture
    def spoil(self, store: Store) -> Callable[[str, bytes], None]:
        def change(sha256: str, data: bytes) -> None:
            if isinstance(store, FsspecStore):
                fs, root = fsspec.url_to_fs(store.name)
            else:
                assert isinstance(store, FolderStore)
                fs, root = fsspec.filesystem("file"), str(store.path)
                os.chmod(f"{root}/{sha256[:2]}/{sha256[2:4]}/{sha256}", 0o600)
            fs.pipe_file(f"{root}/{sha256[:2]}/{sha256[2:4]}/{sha256}", data)

        return change


@pytest.mark.slow
class TestS3(Contract):
    """S3, as far as its stand-in goes."""

    @pytest.fixture
    def store(self, bucket: str, tmp_path: Path) -> Store:
        return FsspecStore(
            f"s3://artifacts/{tmp_path.name}", endpoint_url=bucket, key="a", secret="b"
        )

    @pytest.fixture
    def spoil(self, store: Store, bucket: str) -> Callable[[str, bytes], None]:
        fs = fsspec.filesystem("s3", endpoint_url=bucket, key="a", secret="b")
        return lambda sha256, data: fs.pipe_file(
            f"{store.name[5:]}/{sha256[:2]}/{sha256[2:4]}/{sha256}", data
        )

    def test_an_upload_of_many_parts_is_one_object(self, store: Store, tmp_path: Path) -> None:
        """More than the 8 MiB of one part, seekable or not."""
        for size, source in ((20_000_000, io.BytesIO), (20_000_001, Unseekable)):
            data = some(size)
            put = store.put(source(data))
            store.fetch(put.sha256, put.size, tmp_path / "file")
            assert (tmp_path / "file").read_bytes() == data

    def test_a_file_that_changes_while_it_is_sent_is_not_stored(self, store: Store) -> None:
        """It is hashed first and then sent, so the two must agree."""

        class Growing(io.BytesIO):
            def seek(self, position: int, whence: int = 0, /) -> int:
                self.getbuffer()[-1] ^= 1
                return super().seek(position, whence)

        for size in (1000, 20_000_000):
            with pytest.raises(RepositoryError, match="changed while it was stored"):
                store.put(Growing(some(size)))
        assert list(store.list()) == []

    def test_a_forked_process_can_use_a_store(self, store: Store) -> None:
        """Data loaders fork; a store that was used before works in the child."""
        store.put(io.BytesIO(b"from the parent"))
        child = os.fork()
        if child == 0:
            try:
                signal.alarm(20)
                store.put(io.BytesIO(b"from the child"))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert store.has(*ids(b"from the child"))

    def test_a_bucket_that_is_not_there_is_an_error(self, bucket: str) -> None:
        """It is named, and not made."""
        store = FsspecStore("s3://typo/runs", endpoint_url=bucket, key="a", secret="b")
        for source in (io.BytesIO(b"abc"), Unseekable(b"abc"), io.BytesIO(some(20_000_000))):
            with pytest.raises(RepositoryError, match="s3://typo/runs"):
                store.put(source)  # type: ignore[arg-type]
        fs = fsspec.filesystem("s3", endpoint_url=bucket, key="a", secret="b")
        assert fs.ls("") == ["artifacts"]


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_folder_is_read_by_sha256sum(tmp_path: Path) -> None:
    """An object's name is what the command line says of its bytes, and nobody may write to it."""
    store = FolderStore(tmp_path)
    for data in (b"abc", some(LARGE)):
        put = store.put(io.BytesIO(data))
        path = tmp_path / put.sha256[:2] / put.sha256[2:4] / put.sha256
        assert sha256sum(path) == put.sha256
        assert stat.S_IMODE(path.stat().st_mode) & 0o222 == 0


@pytest.mark.parametrize("size", [2000, LARGE])
def test_putting_again_mends_a_damaged_object(tmp_path: Path, size: int) -> None:
    """Good bytes in hand are not thrown away because bad ones have their name."""
    store, data = FolderStore(tmp_path / "store"), some(size)
    put = store.put(io.BytesIO(data))
    (path,) = files_in(store.path)
    for wrong in (bytes(size), b"", data + b"x"):
        path.chmod(0o600)
        path.write_bytes(wrong)
        assert store.put(io.BytesIO(data)) == put
        assert store.open(put.sha256, put.size).read() == data


@pytest.mark.parametrize("size", [2000, LARGE])
def test_an_old_object_that_is_put_again_is_new(tmp_path: Path, size: int) -> None:
    """Its time says when it was last asked for."""
    store = FolderStore(tmp_path)
    store.put(io.BytesIO(some(size)))
    (path,) = files_in(tmp_path)
    os.utime(path, (1000, 1000))
    assert [entry.modified for entry in store.list()] == [1000]
    store.put(io.BytesIO(some(size)))
    assert [entry.modified > 1000 for entry in store.list() if entry.modified] == [True]


def test_other_files_in_a_folder_are_left_alone(tmp_path: Path) -> None:
    """A store lists and removes what is its own."""
    store = FolderStore(tmp_path)
    put = store.put(io.BytesIO(b"abc"))
    others = ("notes.txt", "tmp/mine", f"{put.sha256[:2]}/x", f"ab/cd/{put.sha256}", "ab/cd/.x")
    for other in others:
        (tmp_path / other).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / other).touch()
    (tmp_path / "ff" / "ff" / ("f" * 64)).mkdir(parents=True)
    assert [entry.sha256 for entry in store.list()] == [put.sha256]
    assert store.clean(older_than=-60) == 0
    store.delete(put.sha256)
    assert all((tmp_path / other).exists() for other in others)
    assert not store.has("f" * 64, (tmp_path / "ff" / "ff" / ("f" * 64)).stat().st_size)


def test_a_link_or_a_pipe_is_no_object(tmp_path: Path) -> None:
    """Somebody with a share of the folder cannot make others read elsewhere, or wait."""
    store = FolderStore(tmp_path / "store")
    put = put_of(b"abc")
    path = store.path / put.sha256[:2] / put.sha256[2:4] / put.sha256
    path.parent.mkdir(parents=True)
    (tmp_path / "elsewhere").write_bytes(b"abc")
    for make in (lambda: path.symlink_to(tmp_path / "elsewhere"), lambda: os.mkfifo(path)):
        make()
        assert not store.has(put.sha256, put.size)
        assert list(store.list()) == []
        with pytest.raises(NotFoundError):
            store.open(put.sha256, put.size)
        path.unlink()


def test_clean_takes_only_temporaries_that_are_old(tmp_path: Path) -> None:
    """A day by default: a slow upload under way is left alone."""
    store = FolderStore(tmp_path)
    store.put(io.BytesIO(b"abc"))
    folder = files_in(tmp_path)[0].parent
    (tmp_path / "tmp").mkdir()
    strays = [tmp_path / "tmp" / f"{PREFIX}1", folder / f"{PREFIX}2"]
    for stray in strays:
        stray.touch()
    assert store.clean() == 0
    for stray in strays:
        os.utime(stray, (time.time() - 90_000,) * 2)
    assert store.clean() == 2
    assert len(files_in(tmp_path)) == 1


KILLED = """
import sys, io, os
from gittrack.artifacts import FolderStore
class Slow(io.RawIOBase):
    left = {chunks}
    def readable(self): return True
    def readinto(self, buffer):
        if self.left == 0:
            print("waiting", flush=True)
            sys.stdin.read()
        self.left -= 1
        buffer[:] = b"x" * len(buffer)
        return len(buffer)
FolderStore(sys.argv[1]).put(Slow())
"""


@pytest.mark.parametrize("chunks", [0, 1, 9])
def test_a_put_that_is_killed_shows_nothing(tmp_path: Path, chunks: int) -> None:
    """At most a temporary is left, which `clean` takes; the next put works."""
    process = subprocess.Popen(
        (sys.executable, "-c", KILLED.format(chunks=chunks), str(tmp_path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"waiting\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    store = FolderStore(tmp_path)
    assert list(store.list()) == []
    assert store.clean() == 0
    assert store.clean(older_than=-60) == (1 if chunks else 0)
    assert files_in(tmp_path) == []
    put = store.put(io.BytesIO(b"x" * 1_000_000))
    assert store.has(put.sha256, put.size)


WRITER = """
import sys, io, random
from gittrack.artifacts import FolderStore
store = FolderStore(sys.argv[1])
sys.stdin.read(1)
for n in range(40):
    for size in (3000, 300_000):
        data = random.Random(n).randbytes(size)
        put = store.put(io.BytesIO(data))
        assert store.open(put.sha256, put.size).read() == data
"""

CHURNER = """
import sys, io
from gittrack.artifacts import FolderStore
store = FolderStore(sys.argv[1])
sys.stdin.read(1)
for n in range(200):
    for size in (3000, 300_000):
        store.delete(store.put(io.BytesIO(b"x" * size)).sha256)
"""


def run_at_once(program: str, folder: Path, count: int) -> None:
    processes = [
        subprocess.Popen(
            (sys.executable, "-c", program, str(folder)),
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(count)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"!")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors.decode()) == (0, "")


@pytest.mark.slow
def test_eight_processes_put_the_same_bytes(tmp_path: Path) -> None:
    """Each is told that it worked, and all is there once."""
    run_at_once(WRITER, tmp_path, 8)
    store = FolderStore(tmp_path)
    entries = list(store.list())
    assert len(entries) == len(files_in(tmp_path)) == 80
    for entry in entries:
        assert put_of(store.open(entry.sha256, entry.size).read()).sha256 == entry.sha256


@pytest.mark.slow
def test_folders_that_another_process_empties_do_no_harm(tmp_path: Path) -> None:
    """A folder may go between the moment it is made and the moment a file is put there."""
    run_at_once(CHURNER, tmp_path, 3)
    assert files_in(tmp_path) == []


def one_clear_error(error: GittrackError) -> str:
    text = f"{error}\n{error.hint}"
    assert error.hint
    assert len(text.splitlines()) == 2, text
    return text


@needs_root
@pytest.mark.parametrize("size", [200_000, 2_000_000])
def test_a_full_disk_is_one_error_and_leaves_nothing(tmp_path: Path, size: int) -> None:
    """What was there stays; once there is room, it works."""
    with mounted(tmp_path / "small", "1m") as disk:
        store = FolderStore(disk / "store")
        first = store.put(io.BytesIO(b"first"))
        filler = fill(disk)
        os.truncate(filler, filler.stat().st_size - 100_000)
        with pytest.raises(RepositoryError) as caught:
            store.put(io.BytesIO(some(size)))
        assert "No space left" in one_clear_error(caught.value)
        assert [entry.sha256 for entry in store.list()] == [first.sha256]
        assert len(files_in(store.path)) == 1
        other = FolderStore(tmp_path / "other")
        put = other.put(io.BytesIO(some(size)))
        with pytest.raises(RepositoryError, match="cannot write"):
            other.fetch(put.sha256, put.size, disk / "target")
        filler.unlink()
        assert [path.name for path in disk.iterdir()] == ["store"]
        store.put(io.BytesIO(some(200_000)))


@needs_root
def test_a_read_only_folder_can_be_read_and_says_why_it_takes_nothing(tmp_path: Path) -> None:
    """The error names the folder and the way out."""
    with mounted(tmp_path / "small", "1m") as disk:
        store = FolderStore(disk / "store")
        put = store.put(io.BytesIO(b"first"))
        remount(disk, "ro")
        assert store.open(put.sha256, put.size).read() == b"first"
        for act in (
            lambda: store.put(io.BytesIO(b"second")),
            lambda: store.put(io.BytesIO(some(LARGE))),
            lambda: store.delete(put.sha256),
            lambda: store.fetch(put.sha256, put.size, disk / "file"),
        ):
            with pytest.raises(RepositoryError) as caught:
                act()
            text = one_clear_error(caught.value)
            assert "Read-only" in text
            assert "writable" in text
        remount(disk, "rw")


LIMITED = """
import io, resource, sys
from gittrack.artifacts import FolderStore
from gittrack.errors import RepositoryError
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
for size in (2_000_000, 100_000):
    try:
        print(FolderStore(sys.argv[1]).put(io.BytesIO(b"x" * size)).size)
    except RepositoryError as error:
        print(error)
"""


def test_a_limit_on_file_sizes_is_one_error(tmp_path: Path) -> None:
    """As some clusters set it: the large file is refused, the small one stored."""
    printed = subprocess.run(
        (sys.executable, "-c", LIMITED, str(tmp_path)), capture_output=True, text=True, check=True
    ).stdout
    assert printed == f"cannot store an artifact in {tmp_path}: File too large\n100000\n"
    assert len(files_in(tmp_path)) == 1


@pytest.mark.slow
def test_two_gigabytes_take_no_memory(tmp_path: Path) -> None:
    """A sparse file stays sparse, on the way in and out."""
    size = 2 * 1000**3
    with (tmp_path / "sparse").open("wb") as file:
        file.write(b"start")
        file.truncate(size)
    store = FolderStore(tmp_path / "store")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with (tmp_path / "sparse").open("rb") as file:
        put = store.put(file, size_hint=size)
    assert put.size == size
    store.fetch(put.sha256, put.size, tmp_path / "back")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 20_000  # KiB
    assert (tmp_path / "back").stat().st_size == size
    assert (tmp_path / "back").stat().st_blocks * 512 < 10_000_000
    (tmp_path / "back").unlink()


def test_lfs_keeps_its_objects_where_git_lfs_does(tmp_path: Path) -> None:
    """`lfs.storage` counts from the git folder, or is a full path."""
    data = b"abc"
    oid = put_of(data).sha256
    for store, place in (
        (LfsStore(tmp_path), tmp_path / "lfs"),
        (LfsStore(tmp_path, storage="shared"), tmp_path / "shared"),
        (LfsStore(tmp_path, storage=tmp_path / "x"), tmp_path / "x"),
    ):
        store.put(io.BytesIO(data))
        assert files_in(place) == [place / "objects" / oid[:2] / oid[2:4] / oid]
        assert store.name == "lfs"


def test_lfs_always_has_the_empty_file(tmp_path: Path) -> None:
    """Git LFS stores no object for it, so neither is one looked for nor written."""
    store = LfsStore(tmp_path)
    empty = put_of(b"")
    assert store.has(empty.sha256, 0)
    assert store.open(empty.sha256, 0).read() == b""
    assert store.put(io.BytesIO()) == empty
    assert files_in(tmp_path) == []
    store.fetch(empty.sha256, 0, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="Git LFS is not installed")
def test_git_lfs_itself_agrees(repository: Path, tmp_path: Path) -> None:
    """Its pointers are ours, it finds our objects, and we find its own."""
    store = LfsStore(repository / ".git")
    git(repository, "lfs", "install", "--local", "--skip-repo")
    for data in (b"", b"abc", some(300_000)):
        (tmp_path / "file").write_bytes(data)
        put = store.put(io.BytesIO(data))
        pointer = pointer_text(put.sha256, put.size)
        shown = run_git(repository, "lfs", "pointer", f"--file={tmp_path / 'file'}").stdout
        assert shown == pointer
        (tmp_path / "pointer").write_bytes(pointer)
        check = ("lfs", "pointer", "--check", "--strict", f"--file={tmp_path / 'pointer'}")
        assert run_git(repository, *check).returncode == 0
        assert run_git(repository, "lfs", "smudge", stdin=pointer).stdout == data
    (repository / ".gitattributes").write_text("*.bin filter=lfs -text\n")
    (repository / "theirs.bin").write_bytes(b"made by Git LFS")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "Add a file with Git LFS")
    theirs = put_of(b"made by Git LFS")
    assert store.open(theirs.sha256, theirs.size).read() == b"made by Git LFS"
    assert run_git(repository, "cat-file", "blob", "HEAD:theirs.bin").stdout == pointer_text(
        theirs.sha256, theirs.size
    )
    assert "OK" in git(repository, "lfs", "fsck")


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="Git LFS is not installed")
def test_git_lfs_prune_takes_nothing_from_us(repository: Path) -> None:
    """It deletes what no recent branch has; we still have it, and can show it to Git LFS again."""
    store, data = LfsStore(repository / ".git"), some(300_000)
    git(repository, "lfs", "install", "--local", "--skip-repo")
    put = store.put(io.BytesIO(data))
    folder = repository / ".git" / "lfs" / "objects"
    assert len(files_in(folder)) == 1
    git(repository, "lfs", "prune")
    assert files_in(folder) == []
    assert store.has(put.sha256, put.size)
    assert store.open(put.sha256, put.size).read() == data
    store.expose(put.sha256, put.size)
    pointer = pointer_text(put.sha256, put.size)
    assert run_git(repository, "lfs", "smudge", stdin=pointer).stdout == data


def test_our_hold_costs_no_room_and_can_be_ended(tmp_path: Path) -> None:
    """Two names of one file; what Git LFS lacks is not let go of."""
    store, data = LfsStore(tmp_path), some(300_000)
    put = store.put(io.BytesIO(data))
    ours, theirs = files_in(tmp_path)
    assert ours.stat().st_ino == theirs.stat().st_ino
    theirs.chmod(0o600)
    theirs.write_bytes(bytes(300_000))
    assert store.put(io.BytesIO(data)) == put
    assert files_in(tmp_path) == [ours, theirs]
    assert ours.stat().st_ino == theirs.stat().st_ino
    assert sha256sum(theirs) == put.sha256
    assert [entry.sha256 for entry in store.list()] == [put.sha256]
    theirs.unlink()
    assert not store.release(put.sha256, put.size)
    store.expose(put.sha256, put.size)
    assert store.release(put.sha256, put.size)
    assert not store.release(put.sha256, put.size)
    assert files_in(tmp_path) == [theirs]
    assert store.open(put.sha256, put.size).read() == data


@needs_root
def test_git_lfs_may_have_its_folder_on_another_disk(tmp_path: Path) -> None:
    """Where no hard link can lead, it gets a copy."""
    with mounted(tmp_path / "disk", "4m") as disk:
        store = LfsStore(tmp_path / "git", storage=disk)
        put = store.put(io.BytesIO(some(300_000)))
        assert [path.name for path in files_in(disk)] == [put.sha256]
        assert sha256sum(files_in(disk)[0]) == put.sha256


class BrokenWire(MemoryFileSystem):
    """A file system whose connection breaks after each half MiB read; it counts what is asked."""

    protocol = "brokenwire"
    store: dict[str, Any] = {}  # noqa: RUF012 - as its parent has it
    asked: list[int] = []  # noqa: RUF012
    heals = True

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.replace("brokenwire://", "memory://"))

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        opened = super()._open(path, mode, **options)
        return _BrokenFile(opened, self) if mode == "rb" else opened


class _BrokenFile:
    def __init__(self, file: MemoryFile, fs: BrokenWire) -> None:
        self._file, self._fs, self._left = io.BytesIO(file.getvalue()), fs, 512 * 1024

    def seek(self, position: int) -> None:
        self._file.seek(position)

    def read(self, size: int) -> bytes:
        if self._left <= 0 or not self._fs.heals:
            raise ConnectionError("reset by peer:\nsecret")
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        self._fs.asked.append(len(data))
        return data

    def close(self) -> None:
        self._file.close()


@pytest.fixture
def broken_wire() -> Iterator[type[BrokenWire]]:
    fsspec.register_implementation("brokenwire", BrokenWire, clobber=True)
    yield BrokenWire
    BrokenWire.store.clear()
    BrokenWire.asked.clear()
    BrokenWire.heals = True


def test_a_broken_download_goes_on_where_it_stopped(
    broken_wire: type[BrokenWire], tmp_path: Path
) -> None:
    """No byte is fetched twice, and the whole is checked."""
    store, data = FsspecStore("brokenwire://runs"), some(1_300_000)
    put = store.put(io.BytesIO(data))
    store.fetch(put.sha256, put.size, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == data
    assert sum(broken_wire.asked) == len(data)


@pytest.mark.slow
def test_a_download_that_stays_broken_is_one_error(
    broken_wire: type[BrokenWire], tmp_path: Path
) -> None:
    """After a few attempts; the target is as it was."""
    store = FsspecStore("brokenwire://runs")
    put = store.put(io.BytesIO(b"abc"))
    broken_wire.heals = False
    with pytest.raises(RepositoryError) as caught:
        store.fetch(put.sha256, put.size, tmp_path / "file")
    assert "reset by peer" in one_clear_error(caught.value)
    assert files_in(tmp_path) == []


def test_what_is_there_already_is_not_sent_again(tmp_path: Path) -> None:
    """The second upload of a file that can be read twice tells of no progress at all."""
    store = FsspecStore(f"file://{tmp_path}/store")
    told: list[int] = []
    for _ in range(2):
        store.put(io.BytesIO(some(LARGE)), progress=lambda done, _: told.append(done))
    assert sorted(set(told)) == told
    assert told[-1] == LARGE


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("s3://key:secret@bucket/runs/", "s3://bucket/runs"),
        ("s3://key:sec/ret@bucket/runs", "s3://bucket/runs"),
        ("sftp://host:22/path@x", "sftp://host:22/path@x"),
        ("https://host/x?token=secret#y", "https://host/x"),
        ("simplecache::s3://key:secret@bucket", "simplecache::s3://bucket"),
    ],
)
def test_no_password_gets_into_a_record(url: str, name: str) -> None:
    """A store's name, and each of its errors, has the URL without its secrets."""
    assert "secret" not in name
    try:
        shown = FsspecStore(url).name
    except UsageError as error:  # what the URL needs is not installed here
        shown = str(error)
    assert name in shown
    assert "sec" not in shown


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("memory://ada:pass%40word@box/runs", "no login: ada:pass@word at box"),
        ("memory://ada:pass%40word@box/runs", "no: memory://ada:pass%40word@box/runs/aa/bb"),
        ("memory://box/runs?key=pass%40word", "no: box/runs, key pass@word"),
        ("memory://box/runs", "at s3://ada:pass@word@elsewhere/x"),
    ],
)
def test_no_password_gets_into_an_error(url: str, said: str) -> None:
    """However a file system spells the address that it was given."""
    error = FsspecStore(url).failed("read from", OSError(said))
    assert "memory://box/runs" in str(error)
    assert "pass@" not in str(error)
    assert "pass%40" not in str(error)


def test_a_url_that_cannot_be_opened_says_what_is_missing(tmp_path: Path) -> None:
    """No such kind of URL, or no fsspec: the hint says what to do."""
    with pytest.raises(UsageError, match="nope") as caught:
        FsspecStore("nope://x")
    assert "s3://" in one_clear_error(caught.value)
    (tmp_path / "fsspec").mkdir()
    (tmp_path / "fsspec" / "__init__.py").write_text("raise ImportError('not here')\n")
    code = (
        "from gittrack.artifacts.fsspec_ import FsspecStore\n"
        "from gittrack.errors import UsageError\n"
        "try: FsspecStore('s3://bucket')\n"
        "except UsageError as error: print(error, error.hint)\n"
    )
    printed = subprocess.run(
        (sys.executable, "-c", code),
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "need fsspec" in printed
    assert "pip install 'gittrack[fsspec]'" in printed


def test_fsspec_is_loaded_only_for_a_url() -> None:
    """Whoever keeps artifacts in git, Git LFS or a folder does not pay for it."""
    code = (
        "import sys, io, pathlib\n"
        "from gittrack.artifacts import open_store, parse_place\n"
        "for place in ('git', 'lfs', '/x'):\n"
        "    open_store(parse_place(place), pathlib.Path('/nowhere'))\n"
        "print(sorted({'fsspec', 'asyncio', 'subprocess'} & set(sys.modules)))\n"
    )
    printed = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True)
    assert printed.stdout == "[]\n", printed.stderr


def test_each_place_opens_its_store(tmp_path: Path) -> None:
    """And what a store is called in records names its place again."""
    url = f"file://{tmp_path}/u"
    for text in ("git", "lfs", f"{tmp_path}/f", url):
        store = open_store(parse_place(text), tmp_path)
        assert store.name == text
        put = store.put(io.BytesIO(b"abc"))
        assert store.has(put.sha256, 3)
    assert waiting_room(tmp_path).path == tmp_path / "exptrack" / "artifacts"
    assert len({path.stat().st_ino for path in files_in(tmp_path)}) == 4


def test_a_home_folder_that_nobody_expanded_is_refused(tmp_path: Path) -> None:
    """Rather than made, as a folder called `~`."""
    with pytest.raises(UsageError, match="~/runs"):
        open_store(parse_place("~/runs"), tmp_path)


def test_hostile_names_never_become_paths(tmp_path: Path) -> None:
    """A content's place depends on its bytes alone, whatever the file was called."""
    store = FolderStore(tmp_path / "store")
    source: BinaryIO = io.BytesIO(b"abc")
    source.name = "../../../etc/passwd"  # type: ignore[misc]
    store.put(source)
    assert [path.name for path in files_in(tmp_path)] == [put_of(b"abc").sha256]
    with pytest.raises(UsageError):
        check_artifact_path("../../../etc/passwd")


@needs_root
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("mkfs.btrfs") is None, reason="mkfs.btrfs is not installed")
def test_on_btrfs_a_large_file_shares_its_blocks(tmp_path: Path) -> None:
    """Storing and fetching take no room, and the copies are private all the same."""
    image, disk = tmp_path / "image", tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(400_000_000)
    subprocess.run(("mkfs.btrfs", "-q", str(image)), check=True, capture_output=True)
    disk.mkdir()
    if subprocess.run(("mount", "-o", "loop", str(image), str(disk)), check=False).returncode:
        pytest.skip("cannot mount here")
    try:
        store, data = FolderStore(disk / "store"), some(50_000_000)
        (disk / "file").write_bytes(data)
        os.sync()
        before = os.statvfs(disk).f_bfree
        with (disk / "file").open("rb") as source:
            put = store.put(source)
            assert source.read() == b""
        store.fetch(put.sha256, put.size, disk / "back")
        os.sync()
        assert (before - os.statvfs(disk).f_bfree) * 4096 < 5_000_000
        for name in ("file", "back"):
            assert (disk / name).read_bytes() == data
            with (disk / name).open("r+b") as file:
                file.write(b"changed")
        assert store.open(put.sha256, put.size).read() == data
    finally:
        subprocess.run(("umount", "-l", str(disk)), check=True)
