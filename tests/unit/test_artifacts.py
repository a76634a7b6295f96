"""Names, sizes, pointers and places of artifacts, and what a folder holds."""

from __future__ import annotations

import hashlib
import io
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gittrack.artifacts import (
    GIT,
    LFS,
    Place,
    check_artifact_path,
    check_sha256,
    choose,
    files_below,
    open_file,
    parse_place,
    parse_pointer,
    parse_size,
    pointer_text,
    target_below,
)
from gittrack.artifacts.model import EMPTY_SHA256
from gittrack.artifacts.streams import checked
from gittrack.errors import DataError, GittrackError, NotFoundError, UsageError

SOME = hashlib.sha256(b"some").hexdigest()

GOOD_NAMES = (
    "model.pt",
    "plots/loss curve.png",
    "-rf",
    "日本/モデル.bin",
    ".hidden/.gitignore",
    "a..b/...c",
    "2024-01-01T10:00:00.json",
    "console/auxiliary/com10/nullable",
    "github/.github/git",
    "x" * 255,
    "/".join(["abcdefghi"] * 100),
    "na\u200dme",
)

BAD_NAMES = (
    "",
    "/etc/passwd",
    "//host/share",
    "..",
    "../x",
    "a/../../x",
    "a/..",
    ".",
    "./a",
    "a//b",
    "a/",
    "a\\b",
    "..\\x",
    "a\0b",
    "a\nb",
    "a\x1b[31m",
    "a\x85b",
    "a\u2028b",
    "a\udc80b",
    "C:x",
    "C:/x",
    "a/c:x",
    ":x",
    "a/.:x",
    ".git",
    ".GIT/config",
    "a/.Git/hooks/post-checkout",
    ".git ",
    ".git.",
    ".git . .",
    ".git::$INDEX_ALLOCATION/config",
    ".git:x",
    "git~1",
    "GIT~1/config",
    ".g\u200cit/config",
    "\ufeff.git",
    ".gi\u202et",
    ".\u200c.",
    ".gitmodules",
    "a/.GitModules",
    "GITMOD~1",
    "gi7eba~1",
    ".gitattributes",
    "gi7d29~1",
    "GITATT~2",
    "dot.",
    "space ",
    "a./b",
    "a /b",
    "con",
    "NUL.txt",
    "a/Aux",
    "COM1",
    "com¹.log",
    "LPT9 .x",
    "CONOUT$",
    "x" * 1001,
    "é" * 128,
)


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_name_that_is_harmless_everywhere_is_taken_as_it_is(name: str) -> None:
    """Spaces, other scripts, leading dashes and dots are no fault."""
    assert check_artifact_path(name) == name


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_could_do_harm_is_refused_with_the_reason(name: str) -> None:
    """One line says what is wrong, in characters that cannot act on a terminal."""
    with pytest.raises(UsageError) as caught:
        check_artifact_path(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500
    assert caught.value.hint


@given(st.text(alphabet="./\\:~ abgitGIT1\u200c\0\n", max_size=12))
def test_no_accepted_name_leaves_the_folder_or_names_gits_own(name: str) -> None:
    """Whatever is accepted is normal, relative, and the same when it is split and joined."""
    try:
        check_artifact_path(name)
    except UsageError:
        return
    parts = name.split("/")
    assert os.path.normpath(name) == name
    assert not name.startswith("/")
    assert ".." not in parts
    for part in parts:
        plain = part.replace("\u200c", "").lower().partition(":")[0].rstrip(". ")
        assert plain not in ("", ".git", "git~1")
        assert part == part.rstrip(". ")


@pytest.mark.parametrize("text", ["", "../../etc/passwd", SOME.upper(), SOME + "\n", SOME[:-1]])
def test_only_a_full_lower_case_hash_is_a_hash(text: str) -> None:
    """A record's hash becomes a path, so nothing else may pass."""
    assert check_sha256(SOME) == SOME
    with pytest.raises(UsageError):
        check_sha256(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        (4096, 4096),
        ("1 MiB", 2**20),
        ("1mib", 2**20),
        ("500kB", 500_000),
        ("500 KB", 500_000),
        ("1k", 1024),
        ("1.5g", 3 * 2**29),
        ("10 B", 10),
        (" 2 TiB ", 2**41),
        ("0.1 kB", 100),
        ("8PB", 8 * 10**15),
    ],
)
def test_sizes_as_people_write_them(text: str | int, size: int) -> None:
    """Powers of 1,000 with B, of 1,024 with iB and for git's bare letters."""
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "1e3",
        "inf",
        "1 iB",
        "1 MiBs",
        "MiB",
        "1,000",
        ".5k",
        "٣",
        "9" * 5000,
        "99999999 P",
    ],
)
def test_what_is_no_size_is_refused(text: str) -> None:
    """The message shows how to write one."""
    with pytest.raises(UsageError, match="no size") as caught:
        parse_size(text)
    assert caught.value.hint == "write it as 1 MiB, 500 kB or 4096"


@given(st.integers(0, 2**62))
def test_a_size_in_bytes_reads_back(size: int) -> None:
    """Plain numbers are bytes."""
    assert parse_size(size) == parse_size(f"{size}B") == size


def test_git_takes_files_up_to_the_limit() -> None:
    """The limit itself is still git's; above it, the user's choice counts."""
    assert choose(2**20) == GIT
    assert choose(2**20 + 1) == LFS
    assert choose(0, git_limit=0) == GIT
    assert choose(1, git_limit=0, large=Place("folder", "/data")) == Place("folder", "/data")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("git", GIT),
        ("lfs", LFS),
        ("/data/artifacts", Place("folder", "/data/artifacts")),
        ("./here", Place("folder", "./here")),
        ("~/runs", Place("folder", "~/runs")),
        ("s3://bucket/runs", Place("url", "s3://bucket/runs")),
        ("file:///data", Place("url", "file:///data")),
        ("simplecache::s3://b", Place("url", "simplecache::s3://b")),
    ],
)
def test_a_setting_names_a_place(text: str, place: Place) -> None:
    """What a place is called is what it was called in the setting."""
    assert parse_place(text) == place
    assert str(place) == text


@pytest.mark.parametrize("text", ["", "s3", "LFS", "data", "a\0/b"])
def test_a_setting_that_names_no_place_is_refused(text: str) -> None:
    """A bare word is rather a slip than a folder."""
    with pytest.raises(UsageError, match="no store"):
        parse_place(text)


def test_a_pointer_is_what_the_specification_shows() -> None:
    """The example of Git LFS's own specification, byte by byte."""
    oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
    example = (
        b"version https://git-lfs.github.com/spec/v1\n"
        b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
        b"size 12345\n"
    )
    assert pointer_text(oid, 12345) == example
    assert parse_pointer(example) == (oid, 12345)


def test_an_empty_file_is_its_own_pointer() -> None:
    """And no other content has size 0."""
    assert pointer_text(EMPTY_SHA256, 0) == b""
    assert parse_pointer(b"") == (EMPTY_SHA256, 0)
    with pytest.raises(UsageError):
        pointer_text(SOME, 0)
    with pytest.raises(UsageError):
        pointer_text(EMPTY_SHA256, 1)


@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**63 - 1))
def test_every_pointer_reads_back(digest: bytes, size: int) -> None:
    """Up to the largest size that Git LFS knows."""
    text = pointer_text(digest.hex(), size)
    assert parse_pointer(text) == (digest.hex(), size)
    assert len(text) < 1024


GOOD_POINTER = pointer_text(SOME, 7)


@pytest.mark.parametrize(
    "data",
    [
        GOOD_POINTER[:-1],
        GOOD_POINTER + b"\n",
        GOOD_POINTER + b"x" * 1024,
        GOOD_POINTER.replace(b"\n", b"\r\n"),
        GOOD_POINTER.replace(b"size 7", b"size 07"),
        GOOD_POINTER.replace(b"size 7", b"size 0"),
        GOOD_POINTER.replace(b"size 7", b"size -7"),
        GOOD_POINTER.replace(b"size 7", b"size %d" % 2**63),
        GOOD_POINTER.replace(b"sha256", b"sha512"),
        GOOD_POINTER.replace(SOME.encode(), SOME.upper().encode()),
        GOOD_POINTER.replace(b"git-lfs.github", b"hawser.github"),
        GOOD_POINTER.replace(b"oid", b"ext-0-a sha256:" + SOME.encode() + b"\noid"),
        GOOD_POINTER.replace(SOME.encode(), EMPTY_SHA256.encode()),
        b"version https://git-lfs.github.com/spec/v1\n",
        b"\xff\xfe",
    ],
)
def test_what_merely_resembles_a_pointer_is_a_file(data: bytes) -> None:
    """There is one spelling; all others are somebody's own bytes."""
    assert parse_pointer(data) is None


@given(st.binary(max_size=300))
def test_what_is_taken_for_a_pointer_is_written_again_as_the_same_bytes(data: bytes) -> None:
    """Bytes and pointers never change places."""
    for candidate in (data, GOOD_POINTER[: len(data)] + data[:2]):
        found = parse_pointer(candidate)
        assert found is None or pointer_text(*found) == candidate


def listed(folder: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    skipped: dict[str, str] = {}
    found = [
        (name, path.read_bytes()) for name, path in files_below(folder, skipped=skipped.__setitem__)
    ]
    assert len(dict(found)) == len(found)
    return dict(found), skipped


def test_a_folder_is_its_files_by_name(tmp_path: Path) -> None:
    """Names are relative, sorted in each folder; empty folders are nothing."""
    for name in ("b.txt", "a/z.txt", "a/y/x.txt", "-c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "empty").mkdir()
    found, skipped = listed(tmp_path)
    assert list(found) == ["-c", "a/y/x.txt", "a/z.txt", "b.txt"]
    assert found["a/y/x.txt"] == b"a/y/x.txt"
    assert skipped == {}


def test_links_are_followed_only_within_the_folder(tmp_path: Path) -> None:
    """What a link outside shows is never stored, and nor is a loop walked twice."""
    folder = tmp_path / "run"
    (folder / "epoch_3").mkdir(parents=True)
    (folder / "epoch_3" / "model").write_text("weights")
    (folder / "epoch_3" / "up").symlink_to("..")
    (tmp_path / "secret").write_text("secret")
    (folder / "best").symlink_to("epoch_3")
    (folder / "last.model").symlink_to("epoch_3/model")
    (folder / "away").symlink_to(tmp_path / "secret")
    (folder / "root").symlink_to("/")
    (folder / "sneaky").symlink_to("epoch_3/../../secret")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "self").symlink_to("self")
    found, skipped = listed(folder)
    assert found == dict.fromkeys(("best/model", "epoch_3/model", "last.model"), b"weights")
    assert set(skipped) == {
        "away", "root", "sneaky", "dangling", "self", "best/up", "epoch_3/up"
    }  # fmt: skip
    assert "out of the folder" in skipped["sneaky"]


def test_many_links_to_each_other_end(tmp_path: Path) -> None:
    """Twelve folders, each with links to all others, are listed in no time."""
    for one in range(12):
        (tmp_path / f"f{one}").mkdir()
        (tmp_path / f"f{one}" / "x").touch()
        for other in range(12):
            (tmp_path / f"f{one}" / f"to{other}").symlink_to(f"../f{other}")
    assert len(listed(tmp_path)[0]) == 12 + 12 * 11


def test_pipes_sockets_and_gits_own_are_left_out_and_named(tmp_path: Path) -> None:
    """Nothing waits for a pipe, and a repository in the folder stays what it is."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to_device").symlink_to("/dev/zero")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").touch()
    (tmp_path / ".gitattributes").touch()
    (tmp_path / "through").symlink_to(".git")
    (tmp_path / "kept").touch()
    with socket.socket(socket.AF_UNIX) as server:
        descriptor = os.open(tmp_path, os.O_PATH)
        server.bind(f"/proc/self/fd/{descriptor}/socket")
        os.close(descriptor)
        found, skipped = listed(tmp_path)
    assert list(found) == ["kept"]
    assert skipped["pipe"] == "it is a pipe"
    assert skipped["socket"] == "it is a socket"
    assert set(skipped) == {"pipe", "socket", "to_device", ".git", ".gitattributes", "through"}


@pytest.mark.parametrize("name", [b"new\nline", b"caf\xe9", b"back\\slash", b"nul"])
def test_a_file_with_an_impossible_name_is_an_error(tmp_path: Path, name: bytes) -> None:
    """It is not left out in silence: the caller learns of it before storing anything."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    with pytest.raises(UsageError, match="cannot be called"):
        list(files_below(tmp_path))


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    """A device would never end, a pipe might never begin."""
    (tmp_path / "file").write_bytes(b"abc")
    os.mkfifo(tmp_path / "pipe")
    with open_file(tmp_path / "file") as file:
        assert file.read() == b"abc"
    for path, kind in ((tmp_path, "a folder"), (tmp_path / "pipe", "a pipe")):
        with pytest.raises(UsageError, match=kind):
            open_file(path)
    with pytest.raises(UsageError, match="a device"):
        open_file(Path("/dev/zero"))
    for absent in ("absent", "file/below"):
        with pytest.raises(NotFoundError):
            open_file(tmp_path / absent)
    with pytest.raises(NotFoundError):
        list(files_below(tmp_path / "absent"))
    with pytest.raises(UsageError, match="no folder"):
        list(files_below(tmp_path / "file"))


def test_a_target_never_leads_out_of_its_folder(tmp_path: Path) -> None:
    """Neither by name nor by a link that lies in the way."""
    folder = tmp_path / "out" / "deep"
    assert target_below(folder, "a/b/c") == folder / "a/b/c"
    assert (folder / "a/b").is_dir()
    (folder / "link").symlink_to(tmp_path)
    (folder / "file").touch()
    for name in ("../x", "/x", "link/x", "a/../../x", ".git/hooks/x"):
        with pytest.raises(UsageError):
            target_below(folder, name)
    with pytest.raises(GittrackError, match="cannot make the folder"):
        target_below(folder, "file/x")
    assert sorted(os.listdir(tmp_path)) == ["out"]


@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(1, 20))
def test_a_checked_stream_never_gives_the_end_of_wrong_bytes(
    wanted: bytes, there: bytes, step: int
) -> None:
    """Read in whatever steps: all of the right bytes, or an error."""
    stream = checked(io.BytesIO(there), hashlib.sha256(wanted).hexdigest(), len(wanted), "here")
    got = b""
    try:
        while chunk := stream.read(step):
            got += chunk
    except DataError:
        assert wanted != there
        assert len(got) < max(len(wanted), 1)
    else:
        assert got == wanted == there


@given(st.binary(min_size=1, max_size=40), st.binary(max_size=2))
def test_a_checked_stream_gives_right_bytes_and_sees_what_follows_them(
    wanted: bytes, more: bytes
) -> None:
    """The hash of the first bytes alone may be right."""
    stream = checked(
        io.BytesIO(wanted + more), hashlib.sha256(wanted).hexdigest(), len(wanted), "here"
    )
    if more:
        with pytest.raises(DataError, match="goes on after"):
            stream.read(len(wanted))
    else:
        assert stream.read(len(wanted)) == wanted
