"""`--output FORMAT=FILE`: what is written where, and what is refused before anything is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gittrack.cli.outputs import parse_outputs, write_outputs
from gittrack.errors import GittrackError, UsageError

KNOWN = ("human", "json", "sarif")


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_format_goes_to_its_file(capsys: pytest.CaptureFixture[str], inside: Path) -> None:
    """Several files and standard output in one run; a format is rendered once."""
    rendered: list[str] = []

    def render(name: str) -> str:
        rendered.append(name)
        return f"{name}: ä\n" if name == "human" else f"{name}: ä \udcff\n"

    (inside / "sub").mkdir()
    write_outputs(parse_outputs(["json=a=b.json", "json=sub/c.json", "human=-"], KNOWN), render)
    assert (inside / "a=b.json").read_bytes() == "json: ä \\udcff\n".encode()
    assert (inside / "sub/c.json").read_bytes() == "json: ä \\udcff\n".encode()
    assert capsys.readouterr().out.startswith("human: ä")
    assert rendered == ["json", "human"]
    assert sorted(os.listdir(inside)) == ["a=b.json", "sub"]


@pytest.mark.parametrize(
    ("targets", "message", "hint"),
    [
        (["json"], "--output needs FORMAT=FILE, not 'json'", "as in: --output human=FILE"),
        (["json="], "--output needs FORMAT=FILE, not 'json='", "as in: --output human=FILE"),
        (["=x"], "there is no format ''", "formats are human, json, sarif"),
        (["jsn=x"], "there is no format 'jsn'", "formats are human, json, sarif"),
        (["json=no/x"], "cannot write to no/x: no such folder", "mkdir -p no"),
        (["json=."], "it is a folder", "name a file"),
        (["json=a\0b"], "cannot write to 'a\\x00b'", None),
        (["json=loop"], "cannot write to 'loop'", None),
        (["json=" + "x" * 300], "xxx': no such file name", None),
        (["json=x", "sarif=./x"], "both go to", "give each its own file"),
        (["json=-", "human=-"], "both go to standard output", "give each its own file"),
        (["json=x", "json=x"], "both go to", "give each its own file"),
    ],
)
def test_a_wrong_target_is_refused_before_anything_is_written(
    inside: Path, targets: list[str], message: str, hint: str | None
) -> None:
    """The error quotes the target and says what to write; good targets beside it wait, too."""
    (inside / "loop").symlink_to("loop")
    with pytest.raises(UsageError) as caught:
        parse_outputs(["sarif=good", *targets], KNOWN)
    assert message in str(caught.value)
    assert caught.value.hint == hint
    assert os.listdir(inside) == ["loop"]


def test_a_file_is_replaced_whole(inside: Path) -> None:
    """Its mode stays, a link stays a link, and what is linked has the new bytes."""
    (inside / "real").write_text("old and longer")
    (inside / "real").chmod(0o640)
    (inside / "link").symlink_to("real")
    write_outputs(parse_outputs(["json=link"], KNOWN), str.upper)
    assert (inside / "link").is_symlink()
    assert (inside / "real").read_text() == "JSON"
    assert (inside / "real").stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(inside)) == ["link", "real"]


def test_a_pipe_stays_a_pipe(inside: Path) -> None:
    """What is no regular file is written to, not replaced: `/dev/stderr`, a process's pipe."""
    os.mkfifo(inside / "pipe")
    reader = os.open(inside / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_outputs(parse_outputs(["json=pipe"], KNOWN), str.upper)
    assert os.read(reader, 100) == b"JSON"
    os.close(reader)
    assert (inside / "pipe").is_fifo()


def test_a_file_that_cannot_be_written_is_named() -> None:
    """One line with the file and the reason, as when a disk is full."""
    with pytest.raises(GittrackError, match=r"^cannot write /dev/full: no space left on device$"):
        write_outputs(parse_outputs(["json=/dev/full"], KNOWN), str.upper)


def test_a_failed_write_leaves_the_old_file(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old bytes are all there, and no temporary file beside them."""
    (inside / "report").write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GittrackError, match="report: no space left on device"):
        write_outputs(parse_outputs(["json=report"], KNOWN), str.upper)
    assert os.listdir(inside) == ["report"]
    assert (inside / "report").read_text() == "old"
