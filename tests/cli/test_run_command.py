"""`git exp run`: any program as a run, and scripts that join it."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from answers import Exp
from hypothesis import given
from hypothesis import strategies as st
from witness import git

from gittrack import ExperimentTracker
from gittrack.errors import SourceError
from gittrack.runs.model import Run
from gittrack.tracking.metric_files import read_metrics
from gittrack.tracking.program_output import KeptOutput

ROOT = Path(__file__).parents[2]
Start = Callable[..., subprocess.CompletedProcess[bytes]]


def runs(folder: Path | str = ".") -> list[Run]:
    """All runs, newest first."""
    with ExperimentTracker(folder) as tracker:
        return tracker.list_runs()


def kept(run: Run, name: str) -> bytes:
    """An artifact's content, as plain git has it."""
    ref = f"refs/exptrack/experiments/{run.experiment_id}"
    paths = git(Path(), "ls-tree", "-r", "--name-only", ref).splitlines()
    path = next(p for p in paths if p.endswith(f"{run.run_id}/artifacts/{name}"))
    return git(Path(), "show", f"{ref}:{path}").encode()


def test_a_shell_command(exp: Exp) -> None:
    """Output goes where it belongs and is kept; parameters, tags and the command are the run's."""
    script = "echo out; echo err >&2"
    arguments = ("-e", "shell", "-n", "first", "-t", "owner=ada", "--param", "lr=0.1")
    answer = exp("run", *arguments, "--", "sh", "-c", script)
    assert answer.out == "out\n"
    (run,) = runs()
    start, middle, end = answer.err.splitlines()
    assert start == f"run {run.run_id[:8]}  shell#1  started"
    assert middle == "err"
    assert re.fullmatch(rf"run {run.run_id[:8]}  shell#1  FINISHED in \d+\.\d s", end)
    assert (run.run_name, run.status, run.params) == ("first", "FINISHED", {"lr": 0.1})
    assert run.tags["command"] == f"sh -c '{script}'"
    assert run.tags["folder"] == "."
    assert (run.tags["owner"], run.tags["exit_status"]) == ("ada", "0")
    assert (kept(run, "output/stdout.txt"), kept(run, "output/stderr.txt")) == (b"out", b"err")


@pytest.mark.parametrize(
    ("script", "exit_status", "status"),
    [("exit 3", 3, "FAILED"), ("kill -KILL $$", 137, "KILLED"), ("kill -SEGV $$", 139, "FAILED")],
)
def test_the_exit_status(exp: Exp, script: str, exit_status: int, status: str) -> None:
    """The exit status is the program's, a shell's number where it died of a signal."""
    assert exp("run", "-q", "--", "sh", "-c", script, status=exit_status).err == ""
    (run,) = runs()
    assert (run.status, run.tags["exit_status"]) == (status, str(exit_status))


@pytest.mark.parametrize("script", ["kill -INT $$", "exit 130"])
def test_only_the_program_was_interrupted(exp: Exp, script: str) -> None:
    """The status of a program that SIGINT ended is passed on; we were not interrupted."""
    assert exp("run", "-q", "--", "sh", "-c", script, status=130).err == ""


def test_no_such_program(exp: Exp, repository: Path) -> None:
    """Status 127, a line that says why, and a failed run that says it, too; 126 for a file that
    cannot be run."""
    answer = exp("run", "-q", "--", "no-such-program\x1b", status=127)
    assert answer.err == "note: there is no program no-such-program\\x1b: check its name and PATH\n"
    (run,) = runs()
    assert (run.status, len(run.notes)) == ("FAILED", 1)
    (repository / "plain.txt").touch()
    assert "permission denied" in exp("run", "-q", "--", "./plain.txt", status=126).err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-t", "owner", "--", "true"), "-t takes KEY=TEXT, not 'owner'"),
        (("-t", "command=x", "--", "true"), "the tag command says what was run"),
        (("--param", "~lr", "--", "true"), "a parameter is KEY=VALUE"),
        (("--param", "lr", "--", "true"), "there is no = in it"),
        (("-e", "", "--", "true"), "experiment"),
        ((), "git exp run needs CMD..."),
        (("--", ""), "there is no command to run"),
    ],
)
def test_wrong_usage_runs_nothing(exp: Exp, arguments: tuple[str, ...], message: str) -> None:
    """Status 2 and what is wrong; no run is left behind."""
    assert message in exp("run", *arguments, status=2).err
    assert runs() == []


def test_secrets_are_not_recorded(exp: Exp) -> None:
    """A secret on the command line is in no tag."""
    exp("run", "--", "true", "--api-key", "hunter2hunter2")
    assert runs()[0].tags["command"] == "true --api-key '[redacted]'"


def test_a_registered_config(registered: Exp) -> None:
    """The run's config has the registered id; a parameter within a value keeps the rest of it."""
    wanted = registered("show", "baseline", "--json").json["id"]
    registered("run", "-c", "baseline", "--param", "model.depth=9", "--", "true")
    (run,) = runs()
    assert run.config_id == wanted
    assert run.params["model"] == {"name": "mlp", "depth": 9}
    assert registered("run", "-c", "nothing", "--", "true", status=1).out == ""


def test_files_and_metrics(exp: Exp, repository: Path) -> None:
    """Patterns are artifacts, files are metrics; what is missing or bad is said and harms not."""
    script = """
    mkdir -p plots/deep; echo 1 > plots/a.png; echo 2 > plots/deep/b.png
    ln -s /etc/passwd plots/out.png
    echo '{"val": {"loss": 0.5}, "name": "x", "step": 7}' > m.json
    printf 'step,acc\\n1,0.5\\n2,0.75\\n' > m.csv; echo '{' > bad.json
    """
    metrics = [f"--metrics={name}" for name in ("m.json", "m.csv", "bad.json", "none.json")]
    patterns = [f"--artifact={name}" for name in ("*.png", "no*.txt", "../x")]
    answer = exp("run", *metrics, *patterns, "-q", "--", "sh", "-c", script)
    (run,) = runs()
    assert [artifact.path for artifact in run.artifacts] == ["plots/a.png", "plots/deep/b.png"]
    assert run.metrics == {"val.loss": 0.5, "acc": 0.75}
    assert (run.summaries["val.loss"].last_step, run.summaries["acc"].count) == (7, 2)
    notes = answer.err.splitlines()
    assert notes[0] == "note: artifact no*.txt: there is no such file"
    assert notes[1] == "note: artifact ../x: a pattern stays below the current folder"
    assert notes[2] == "note: metrics m.json: left out, as they are no numbers: name"
    assert notes[3].startswith("note: metrics bad.json: bad.json: this is no file of metrics: ")
    assert notes[4:] == ["note: metrics none.json: there is no such file"]


def test_needed(exp: Exp, repository: Path) -> None:
    """The same command, parameters and code run once; another one of these, or a failure, again."""
    (repository / ".gitignore").write_text("log\n")
    command = ("--", "sh", "-c", "echo x >> log; test -f made")
    exp("run", "--needed", *command, status=1)
    (repository / "made").touch()
    exp("run", "--needed", *command)
    answer = exp("run", "--needed", *command)
    assert answer.err == f"already done: run {runs()[0].run_id[:8]}  repository#2\n"
    assert (repository / "log").read_text() == "x\n" * 2
    exp("run", "--needed", "--param", "lr=1", *command)
    (repository / "code.py").write_text("new")
    exp("run", "--needed", *command)
    assert (repository / "log").read_text() == "x\n" * 4


JOINING = """
import os, gittrack
run = gittrack.start_run("other", config={"lr": 0.5}, tags={"who": "script"})
run.log_metric("loss", 1.0)
if os.fork() == 0:
    run.log_metric("forked", 2.0)
    os._exit(0)
os.wait()
run.end("FAILED")
with gittrack.start_run("second") as second:
    second.log_metric("x", 3.0)
"""


def test_a_script_joins(start: Start, repository: Path) -> None:
    """A script's first run is the outer one, which its end does not end; the next is a child."""
    done = start("git", "exp", "run", "-e", "outer", "--", sys.executable, "-c", JOINING)
    assert (done.returncode, done.stdout) == (0, b"")
    inner, outer = runs(repository)
    assert (outer.experiment_name, outer.status) == ("outer", "FINISHED")
    assert outer.metrics == {"loss": 1.0, "forked": 2.0}
    assert (outer.params, outer.tags["who"]) == ({"lr": 0.5}, "script")
    assert (inner.experiment_name, inner.parent_run_id) == ("second", outer.run_id)


def test_a_run_within_a_run(start: Start, repository: Path) -> None:
    """`git exp run` within another one is a run of its own, with that one as parent."""
    start(
        "git", "exp", "run", "-e", "outer", "--", "git", "exp", "run", "-e", "inner", "--", "true"
    )
    inner, outer = runs(repository)
    assert (inner.experiment_name, inner.parent_run_id) == ("inner", outer.run_id)


@pytest.mark.parametrize(
    "named", ["0" * 20, "../../x", "", "\udcff"], ids=["ended", "path", "none", "bytes"]
)
def test_an_environment_that_names_no_live_run(
    repository: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """A run whose name in the environment is stale or nonsense is a run of its own."""
    monkeypatch.setenv("GITTRACK_REPOSITORY", str(repository / ".git"))
    monkeypatch.setenv("GITTRACK_RUN", named)
    with ExperimentTracker(repository) as tracker, tracker.run("own") as run:
        run.log_metric("x", 1.0)
    (found,) = runs(repository)
    assert (found.experiment_name, found.status) == ("own", "FINISHED")


COUNTING = """
import signal, sys, time
seen = []
def count(*_):
    print("interrupted" if not seen else "again", flush=True)
    seen.append(1)
signal.signal(signal.SIGINT, count)
print("ready", flush=True)
while not seen:
    time.sleep(0.01)
time.sleep(0.3)
sys.exit(5)
"""


@pytest.mark.parametrize("way", ["key", "group"])
def test_ctrl_c_reaches_the_program_once(
    start: Start, program: Path, repository: Path, way: str
) -> None:
    """On a terminal Ctrl-C comes to the program once, and its exit status is what counts."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(repository)
        command = [str(program / "git-exp"), "run", "--", sys.executable, "-c", COUNTING]
        os.execv(command[0], command)
    shown = b""
    while b"ready" not in shown:
        shown += os.read(terminal, 1000)
    if way == "key":
        os.write(terminal, b"\x03")
    else:
        os.killpg(process, signal.SIGINT)
    while b"FAILED" not in shown:
        shown += os.read(terminal, 1000)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 5
    os.close(terminal)
    assert (shown.count(b"interrupted"), shown.count(b"again")) == (1, 0)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, "KILLED"), (signal.SIGHUP, "FAILED")]
)
def test_signals_are_passed_on(
    program: Path, repository: Path, number: signal.Signals, status: str
) -> None:
    """Without a terminal a signal to `git exp run` goes to all that it runs."""
    command = [program / "git-exp", "run", "--", "sh", "-c", "echo ready; sleep 60"]
    before = signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may ignore it (nohup)
    try:
        process = subprocess.Popen(
            command, cwd=repository, stdout=subprocess.PIPE, start_new_session=True
        )
    finally:
        signal.signal(number, before)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.wait() == 128 + number
        assert process.stdout.read() == b""  # nobody holds it open: the sleep has ended, too
    assert runs(repository)[0].status == status


def test_kill_9(program: Path, repository: Path) -> None:
    """When `git exp run` is killed, the run is `KILLED`, with what the script logged after that;
    and what it inherited from us beside the three streams, the script has, too."""
    script = "import gittrack, sys; run = gittrack.start_run('x'); print('ready', flush=True)\n"
    script += "sys.stdin.readline(); run.log_metric('late', 1.0)"
    open_while_it_runs, end = os.pipe()
    with subprocess.Popen(
        [program / "git-exp", "run", "--", sys.executable, "-c", script],
        cwd=repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[end],
    ) as process:
        os.close(end)
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"ready\n"
        process.kill()
        process.wait()
        process.stdin.write(b"go\n")
        process.stdin.flush()
        assert os.read(open_while_it_runs, 1) == b""
        os.close(open_while_it_runs)
    (run,) = runs(repository)
    assert (run.status, run.metrics) == ("KILLED", {"late": 1.0})


def test_what_is_left_in_the_background(start: Start) -> None:
    """A process that the program leaves behind, with its output open, keeps nobody waiting."""
    done = start("git", "exp", "run", "-q", "--", "sh", "-c", "sleep 60 & echo $!", timeout=30)
    os.kill(int(done.stdout), signal.SIGKILL)
    assert done.returncode == 0


def test_a_reader_that_has_seen_enough(start: Start, repository: Path) -> None:
    """The program is told by SIGPIPE, as without us."""
    done = start("sh", "-c", "git exp run -q -- yes | head -n 1", timeout=30)
    assert done.stdout == b"y\n"
    assert runs(repository)[0].tags["exit_status"] == str(128 + signal.SIGPIPE)


@given(st.lists(st.binary(max_size=40)), st.integers(2, 60))
def test_kept_output(chunks: list[bytes], limit: int) -> None:
    """Whole up to the limit; else its head and tail, with the number of bytes that are missing."""
    output, whole = KeptOutput(limit), b"".join(chunks)
    for chunk in chunks:
        output.add(chunk)
    content = output.content()
    if len(whole) <= limit:
        assert content == whole
        return
    head, tail = limit // 2, limit - limit // 2
    said = f"\n[... {len(whole) - limit:,} bytes were cut here ...]\n".encode()
    assert content == whole[:head] + said + whole[-tail:]


@given(
    st.lists(
        st.tuples(st.integers(0, 99), st.floats(allow_nan=False), st.floats(allow_nan=False)),
        min_size=1,
        max_size=5,
    )
)
def test_all_forms_of_metrics_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, float, float]]
) -> None:
    """JSON, JSON lines and CSV of the same numbers are read as the same rows."""
    folder = tmp_path_factory.getbasetemp()
    objects = [{"step": step, "a": a, "b.c": b} for step, a, b in rows]
    nested = [{"step": step, "a": a, "b": {"c": b}} for step, a, b in rows]
    table = ["step,a,b.c", *(f"{step},{a!r},{b!r}" for step, a, b in rows)]
    texts = {
        "m.json": json.dumps(nested),
        "m.jsonl": "\n".join(map(json.dumps, objects)),
        "m.csv": "\n".join(table),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
        read = read_metrics(folder / name)
        assert read.rows == tuple((step, {"a": a, "b.c": b}) for step, a, b in rows)
        assert read.left_out == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.json", "[" * 100_000),
        ("m.json", '{"a":' * 500 + "1" + "}" * 500),
        ("m.json", "[1]"),
        ("m.json", '{"a": "x"}'),
        ("m.json", '{"a": 1' + "0" * 5000 + "}"),
        ("m.jsonl", '{"a": 1}\n{"a"'),
        ("m.csv", "a,b\n1,2,3\n"),
        ("m.csv", "step,a\nx,1\n"),
        ("m.csv", ""),
        ("m.yaml", "a: [1"),
        ("m.yaml", "a: !!python/object/apply:os.system [true]"),
        ("m.txt", "\xff\x00"),
    ],
)
def test_files_that_are_no_metrics(tmp_path: Path, name: str, text: str) -> None:
    """One line that names the file."""
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(SourceError) as caught:
        read_metrics(file)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_the_page(start: Start, repository: Path) -> None:
    """What docs/run.md shows is what comes out."""
    text = (ROOT / "docs/run.md").read_text(encoding="utf-8")
    command, *shown = re.findall(r"```console\n\$ (.*?)```", text, re.DOTALL)[0].splitlines()
    done = start("sh", "-c", command)
    volatile = re.compile(r"run [0-9a-f]{8}|\d+\.\d s")
    assert volatile.sub("_", done.stderr.decode()) == volatile.sub("_", "\n".join(shown) + "\n")
    assert runs(repository)[0].metrics == {"sharpe": 1.5}
    (repository / "script.py").write_text(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0])
    start("git", "exp", "run", "-e", "train", "--", sys.executable, "script.py")
    second, first = runs(repository)[:2]
    assert (first.experiment_name, first.metrics) == ("train", {"loss": 0.5})
    assert (second.parent_run_id, second.metrics) == (first.run_id, {"accuracy": 0.9})
