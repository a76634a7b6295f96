"""Terminals, pipes, Ctrl-C, closed streams, and data that would act on a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from answers import Exp
from witness import git, refs

pytestmark = pytest.mark.slow


Start = Callable[..., subprocess.CompletedProcess[bytes]]

HOSTILE = "\x1b[31mred\x07\x9b31m\u202eevil\u2066\u200b\x7f"


def on_terminal(
    folder: Path, *arguments: str, keys: bytes = b"", variables: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a program on a pseudo-terminal, type `keys` once it has asked; its status and output."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.update({"TERM": "xterm", **(variables or {})})
        os.execvp(arguments[0], arguments)
    output = b""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if not ready:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
        if keys and output.rstrip().endswith(b":"):
            os.write(terminal, keys)
            keys = b""
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), output.decode().replace("\r\n", "\n")


EXP = (sys.executable, "-m", "gittrack")
PLAIN = {"GIT_PAGER": "cat"}


@pytest.fixture
def there(registered: Exp, program: Path) -> Path:
    """A repository with three configs, for programs that run in it."""
    return Path.cwd()


def test_colour_is_for_terminals(there: Path, start: Start) -> None:
    """Ids and tags are coloured on a terminal, and nowhere else."""
    status, shown = on_terminal(there, *EXP, "list", variables=PLAIN)
    assert status == 0
    assert "\x1b[33m" in shown
    assert "\x1b[36mbaseline\x1b[0m" in shown
    assert b"\x1b" not in start(*EXP, "list").stdout


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(("--no-color",), {}), ((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"})],
)
def test_no_colour(there: Path, arguments: tuple[str, ...], variables: dict[str, str]) -> None:
    """`--no-color`, NO_COLOR and a dumb terminal keep even a terminal free of colours."""
    _, shown = on_terminal(there, *EXP, "list", *arguments, variables=PLAIN | variables)
    assert "forest.yaml" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("variables", "setting"),
    [({"GIT_PAGER": "sed s/^/=/"}, None), ({"PAGER": "sed s/^/=/"}, None), ({}, "sed s/^/=/")],
)
def test_long_output_is_paged_as_git_would(
    there: Path, variables: dict[str, str], setting: str | None
) -> None:
    """GIT_PAGER, core.pager and PAGER are honoured, on a terminal only, colours included."""
    if setting is not None:
        git(there, "config", "core.pager", setting)
    assert_paged(there, "list", variables=variables)


@pytest.mark.parametrize("command", ["show try", "log", "compare try @", "grep m"])
def test_every_long_output_is_paged(there: Path, command: str) -> None:
    """Whatever may print much goes through the pager, colours included."""
    assert_paged(there, *command.split(), variables={"GIT_PAGER": "sed s/^/=/"})


def assert_paged(folder: Path, *command: str, variables: dict[str, str]) -> None:
    """A command's coloured output went through a pager that puts `=` before each line."""
    status, shown = on_terminal(folder, *EXP, *command, variables=variables)
    assert status == 0
    assert shown
    assert all(line.startswith("=") for line in shown.splitlines())
    assert "\x1b[" in shown


def test_a_pager_that_is_not_there(there: Path) -> None:
    """Output is not lost in a pager that cannot be started."""
    _, shown = on_terminal(there, *EXP, "list", variables={"GIT_PAGER": "no-such-pager"})
    assert "forest.yaml" in shown


def test_a_pager_that_was_left(there: Path) -> None:
    """Leaving the pager early is no error."""
    status, shown = on_terminal(there, *EXP, "list", variables={"GIT_PAGER": "true"})
    assert (status, shown) == (0, "")


def test_output_below_gits_own_pager_is_coloured(there: Path, start: Start) -> None:
    """With `git -p exp`, git's pager stands before the terminal: colours stay."""
    shown = start(*EXP, "list", env={**os.environ, "GIT_PAGER_IN_USE": "true"}).stdout
    assert b"\x1b[33m" in shown


@pytest.mark.parametrize(
    ("keys", "status", "left"), [(b"y\n", 0, 2), (b"n\n", 1, 3), (b"\n", 1, 3), (b"\x04", 130, 3)]
)
def test_delete_asks_on_a_terminal(there: Path, keys: bytes, status: int, left: int) -> None:
    """What will go is shown first; only "yes" deletes."""
    found, shown = on_terminal(there, *EXP, "delete", "try", keys=keys, variables=PLAIN)
    assert found == status
    assert "twice as deep" in shown
    assert "Traceback" not in shown
    listed = subprocess.run((*EXP, "list"), cwd=there, capture_output=True, check=True)
    assert len(listed.stdout.splitlines()) == left


def test_a_reader_that_has_seen_enough(there: Path) -> None:
    """`git exp … | head`: no complaint, whatever the command."""
    for command in ("list --json", "show try", "add base.yaml", "-h"):
        shown = subprocess.run(
            f"'{sys.executable}' -m gittrack {command} | true; echo ${{PIPESTATUS[0]}}",
            shell=True,
            executable="/bin/bash",
            cwd=there,
            capture_output=True,
            check=True,
        )
        assert (shown.stdout, shown.stderr) == (b"0\n", b""), command


def test_closed_streams(there: Path) -> None:
    """Closed standard streams are as /dev/null: no traceback, no file taken for the output."""
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(
            f"'{sys.executable}' -m gittrack list {closed}",
            shell=True,
            cwd=there,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b""), closed


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output(there: Path) -> None:
    """Output that cannot be written is an error, in one line."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            (*EXP, "list"), cwd=there, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 3
    assert done.stderr == b"error: cannot write to standard output: no space left on device\n"


def test_a_terminal_that_knows_only_ascii(there: Path, start: Start) -> None:
    """Characters that cannot be shown are escaped; `--yaml` gives the exact bytes all the same."""
    (there / "wide.yaml").write_text("name: 日本\n", encoding="utf-8")
    ascii_only = {"env": {**os.environ, "PYTHONIOENCODING": "ascii"}}
    shown = start(*EXP, "compare", "wide.yaml", "try", **ascii_only)
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert b"\\u65e5" in shown.stdout
    exact = start(*EXP, "show", "wide.yaml", "--yaml", **ascii_only)
    assert exact.stdout.decode() == 'name: "日本"\n'


@pytest.mark.parametrize("delay", [0, 0.1, 0.3, 0.6])
def test_ctrl_c_while_adding(repository: Path, delay: float) -> None:
    """Interrupted: status 130, no traceback, and all of the configs are registered or none is."""
    folder = repository / "many"
    folder.mkdir()
    for number in range(700):
        (folder / f"{number}.yaml").write_text(f"# by hand\nk: {number}\nlist: [1, 2]\n")
    first = repository / "first.yaml"
    os.mkfifo(first)
    process = subprocess.Popen(
        (*EXP, "add", "first.yaml", "many", "-t", "grid"),
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    first.write_text("k: first\n")  # waits until the program reads it, and so is up
    time.sleep(delay)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    _, complaint = process.communicate()
    assert b"Traceback" not in complaint
    assert process.returncode in (0, 130)
    listed = subprocess.run((*EXP, "list", "--json"), cwd=repository, capture_output=True)
    count = len(json.loads(listed.stdout))
    assert count in (0, 701)
    if count == 0:
        assert refs(repository, "refs/exptrack") == {}
        assert list(repository.glob(".exptrack/objects/*/*")) == []
    checked = subprocess.run((*EXP, "verify"), cwd=repository, capture_output=True)
    assert checked.returncode == 0
    assert list(repository.glob(".exptrack/**/.*.tmp")) == []


def test_ctrl_c_while_waiting_for_input(there: Path) -> None:
    """`add -` waits for its input; Ctrl-C ends it: "interrupted", status 130."""
    process = subprocess.Popen(
        (*EXP, "add", "-"), cwd=there, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    process.wait()
    assert process.stderr is not None
    assert (process.returncode, process.stderr.read()) == (130, b"interrupted\n")


def assert_harmless(text: str) -> None:
    """No character in the text acts on a terminal."""
    bad = [c for c in text if (c < " " and c != "\n") or c in "\x7f\x9b\u202e\u2066\u200b\x9c"]
    assert bad == []


def test_no_data_acts_on_a_terminal(
    exp: Exp, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Escapes in descriptions, authors, keys, values and file names are shown as text."""
    monkeypatch.setenv("GIT_AUTHOR_NAME", "A\x1b[2J\u202eda")
    name = f"{HOSTILE}.yaml"
    keys = json.dumps({f"k{HOSTILE}": HOSTILE, "n": {f"a.{HOSTILE}": [HOSTILE]}})
    (repository / name).write_text(keys, encoding="utf-8")
    (repository / "other.yaml").write_text("k: 1\n")
    commands: tuple[tuple[str, ...], ...] = (
        ("add", name, "-m", f"first {HOSTILE}\nsecond {HOSTILE}"),
        ("list",),
        ("list", "--json", "--full"),
        ("list", "--format", "%(description)|%(author)|%(source)|%(config)"),
        ("show", "@"),
        ("show", "@", "--json"),
        ("show", "@", "--yaml"),
        ("compare", "@", "other.yaml"),
        ("compare", "@", "other.yaml", "--all"),
        ("compare", "@", "other.yaml", "--json"),
        ("grep", "k"),
        ("grep", "k", "--json"),
        ("log",),
        ("log", "@"),
        ("log", "@", "--json"),
        ("hash", name),
        ("hash", name, "--json"),
        ("describe", "@", HOSTILE),
        ("checkout", "@", f"to{HOSTILE}.yaml"),
        ("export", "@", f"to{HOSTILE}.json"),
        ("import", f"to{HOSTILE}.json"),
        ("delete", "@", "--force"),
    )
    for command in commands:
        answer = exp(*command)
        assert_harmless(answer.out + answer.err)


def test_no_error_message_acts_on_a_terminal(exp: Exp, repository: Path) -> None:
    """What is quoted in a message, from a file or the command line, is shown as text."""
    (repository / f"bad{HOSTILE}.yaml").write_text("a: [\n")
    (repository / "twice.yaml").write_text(json.dumps({"a": 1})[:-1] + f', "{HOSTILE}": !x 1}}')
    (repository / HOSTILE).mkdir()
    for command in (
        (HOSTILE,),
        ("list", f"--{HOSTILE}"),
        ("list", HOSTILE),
        ("list", "--where", HOSTILE),
        ("list", "--where", f"a = '{HOSTILE}"),
        ("list", "--since", HOSTILE),
        ("list", "--limit", HOSTILE),
        ("list", "--format", f"%({HOSTILE})"),
        ("list", "--tag", HOSTILE),
        ("show", HOSTILE),
        ("show", f"{HOSTILE}\nerror: forged"),
        ("tag", "@", HOSTILE),
        ("restore", HOSTILE),
        ("grep", f"[{HOSTILE}"),
        ("add", HOSTILE),
        ("add", f"none{HOSTILE}"),
        ("add", f"bad{HOSTILE}.yaml"),
        ("add", "twice.yaml"),
        ("-C", f"none{HOSTILE}", "list"),
        ("completion", HOSTILE),
    ):
        answer = exp(*command, status=None)
        assert_harmless(answer.out + answer.err)
        assert "\nerror: forged" not in answer.err


def test_json_keeps_the_data(exp: Exp, repository: Path) -> None:
    """Escaped or not, JSON says exactly what the data is."""
    (repository / "c.yaml").write_text(json.dumps({"k": HOSTILE}))
    exp("add", "c.yaml", "-m", HOSTILE)
    shown = exp("show", "@", "--json").json
    assert (shown["description"], shown["config"]) == (HOSTILE, {"k": HOSTILE})


def test_arguments_that_are_no_text(there: Path, start: Start) -> None:
    """Bytes that are not UTF-8 are refused in one line, wherever a text is needed."""
    for command in (("search", b"\xff"), ("list", "--author", b"\xff"), ("show", b"\xff")):
        arguments = [a.encode() if isinstance(a, str) else a for a in (*EXP, *command)]
        done = subprocess.run(arguments, cwd=there, capture_output=True, check=False)
        assert done.returncode in (1, 2)
        assert done.stderr.startswith(b"error: ")
        assert b"Traceback" not in done.stderr
