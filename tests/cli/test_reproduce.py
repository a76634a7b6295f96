"""`git exp reproduce`: a recorded run done again on its exact code, and its metrics compared."""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from answers import Exp
from hypothesis import given
from hypothesis import strategies as st
from witness import commit_all, commit_file, footprint, fsck, git, install_failing_hooks, put_tree

from gittrack.errors import NotFoundError, UsageError
from gittrack.git.worktrees import left_behind, linked_work_tree
from gittrack.runs.model import Run
from gittrack.tracking.agreement import compare_metrics, is_same, parse_tolerances
from gittrack.tracking.recipes import Recipe, is_numeric
from gittrack.tracking.tracker import ExperimentTracker

pytestmark = pytest.mark.slow


MEASURE = 'echo "{\\"loss\\": $(cat value), \\"steps\\": 3}" > m.json; echo measured'


def runs(folder: Path | str = ".") -> list[Run]:
    """All runs, newest first."""
    with ExperimentTracker(folder, capture=False) as tracker:
        return tracker.list_runs()


def code(run: Run) -> tuple[str | None, ...]:
    version = run.code_version
    return () if version is None else (version.commit, version.tree, version.head)


def work_trees(folder: Path) -> list[str]:
    lines = git(folder, "worktree", "list", "--porcelain").splitlines()
    return [line.split(" ", 1)[1] for line in lines if line.startswith("worktree ")]


@pytest.fixture
def measured(exp: Exp, repository: Path) -> Exp:
    """A run of `bt` whose metric is the number in an uncommitted file, which says 2.5 by now."""
    (repository / ".gitignore").write_text("m.json\ndata/\n")
    (repository / "measure.sh").write_text(MEASURE)
    commit_all(repository)
    (repository / "value").write_text("1.5")
    exp("run", "-q", "-e", "bt", "--metrics", "m.json", "--param", "k=3", "--", "sh", "measure.sh")
    (repository / "value").write_text("2.5")
    return exp


def test_the_same_code(measured: Exp, repository: Path) -> None:
    """The recorded work tree runs, not today's; the table says that all is the same."""
    before = footprint(repository)
    answer = measured("reproduce", "bt#1")
    new, old = runs()
    assert answer.lines == [
        "metric  recorded  new  difference  verdict",
        "loss    1.5       1.5  0           same",
        "steps   3.0       3.0  0           same",
        f"reproduced  {old.run_id[:12]} by {new.run_id[:12]}",
    ]
    assert answer.err.splitlines()[-2:] == ["$ sh measure.sh", "measured"]
    assert (new.experiment_name, new.tags["reproduces"]) == ("bt", old.run_id)
    assert (new.status, new.params, new.config_id) == ("FINISHED", {"k": 3}, old.config_id)
    assert code(new) == code(old)
    assert footprint(repository) == before
    assert work_trees(repository) == [str(repository)]
    assert fsck(repository) == ""


def test_numbers_that_are_none(measured: Exp) -> None:
    """NaN and infinity are the same as themselves; keys are data, for terminals and for JSON."""
    text = '{"a\\u001b[31mb": 1e400, "n": NaN}'
    script = "--", "sh", "-c", f"printf '%s' '{text}' > m.json"
    measured("run", "-q", "-e", "odd", "--metrics", "m.json", *script)
    answer = measured("reproduce", "odd#1")
    assert [line.split() for line in answer.lines[1:3]] == [
        ["a\\x1b[31mb", ".inf", ".inf", "0", "same"],
        ["n", ".nan", ".nan", "-", "same"],
    ]
    shown = measured("reproduce", "odd#1", "--json")
    assert "\x1b" not in shown.out
    assert [one["recorded"] for one in shown.json["metrics"]] == [".inf", ".nan"]


def test_no_hook_runs(measured: Exp, repository: Path, tmp_path: Path) -> None:
    """The user's hooks neither run nor keep the work tree from being made."""
    install_failing_hooks(repository, tmp_path / "marker")
    measured("reproduce", "bt#1", "-q")
    assert not (tmp_path / "marker").exists()


def test_a_difference(measured: Exp, repository: Path) -> None:
    """Another value is a difference and exit status 1, unless the tolerance allows it."""
    script = "--", "sh", "-c", 'echo "{\\"t\\": $RANDOM_VALUE}" > m.json'
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RANDOM_VALUE", "100")
        measured("run", "-q", "-e", "noise", "--metrics", "m.json", *script)
        patch.setenv("RANDOM_VALUE", "101")
        answer = measured("reproduce", "noise#1", "--json", status=1)
        (metric,) = answer.json["metrics"]
        assert (answer.json["agrees"], answer.json["exit_status"]) == (False, 0)
        assert (metric["metric"], metric["verdict"]) == ("t", "differs")
        assert (metric["recorded"], metric["new"], metric["difference"]) == (100.0, 101.0, 1.0)
        assert "packages are those of today" in answer.err
        measured("reproduce", "noise#1", "--tolerance", "0.001", status=1)
        measured("reproduce", "noise#1", "--tolerance", "0.02")
        measured("reproduce", "noise#1", "--tolerance", "0", "--tolerance", "t=0.02")


def test_a_program_that_fails(measured: Exp, repository: Path) -> None:
    """What fails this time is no reproduction: its metrics are missing, its exit status is told."""
    script = "test -z $FAIL && sh measure.sh"
    measured("run", "-q", "-e", "once", "--metrics", "m.json", "--", "sh", "-c", script)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIL", "1")
        answer = measured("reproduce", "once#1", status=1)
    assert answer.lines[1] == "loss    2.5       -    -           missing"
    reasons = "the new run is FAILED, 2 of 2 metrics differ or are missing"
    assert answer.lines[-1].startswith(f"not reproduced: {reasons}  ")


def test_what_the_record_lacks_is_linked_in(measured: Exp, repository: Path) -> None:
    """A file that git ignores is named as what is not there; a link brings it, and is no code."""
    (repository / "data").mkdir()
    (repository / "data/x.json").write_text('{"x": 1}')
    command = "run", "-q", "-e", "data", "--metrics", "m.json", "--", "cp", "data/x.json", "m.json"
    measured(*command)
    answer = measured("reproduce", "data#1", status=1)
    told = "note: data/x.json is not in the recorded code; if it is needed: --link data/x.json"
    assert told in answer.err.splitlines()
    linked = measured("reproduce", "data#1", "--link", "data")
    assert "not in the recorded code" not in linked.err
    assert code(runs()[0]) == code(runs()[2])
    assert (repository / "data/x.json").read_text() == '{"x": 1}'
    for path in ("measure.sh", "/etc", "nowhere"):
        measured("reproduce", "data#1", "--link", path, status=None)
    assert len(runs()) == 4


def test_secrets(measured: Exp) -> None:
    """A redacted argument is asked for, put in its place, and shown to nobody."""
    measured("run", "-q", "-e", "s", "--", "sh", "-c", 'echo "<$2>"', "sh", "--token", "hunter2x")
    answer = measured("reproduce", "s#1", status=2)
    assert answer.err.startswith("error: 1 secret was taken out of the recorded command, 0 given")
    assert '--secret "$TOKEN"' in answer.err
    answer = measured("reproduce", "s#1", "--secret", "sesame12")
    assert "<sesame12>" in answer.err.splitlines()
    assert "sesame12" not in answer.err.replace("<sesame12>", "")
    assert "sesame12" not in runs()[0].tags["command"]
    measured("reproduce", "bt#1", "--secret", "x", status=2)


def test_arguments_behind(measured: Exp) -> None:
    """What stands behind -- is passed on behind the recorded arguments."""
    measured("run", "-q", "-e", "a", "--", "echo", "one")
    answer = measured("reproduce", "a#1", "--", "two", "--keep")
    assert answer.err.splitlines()[-2:] == [
        "one two --keep",
        "note: neither run has metrics: only the exit status was compared",
    ]
    assert answer.out.startswith("reproduced  ")


def test_a_long_script(measured: Exp, repository: Path) -> None:
    """An argument that is too long for a file's name is no file, whatever it begins with."""
    for script in (f": {'x' * 300}", f"{repository}/{'x' * 300}"):
        measured("run", "-q", "-e", "long", "--", "echo", script)
        assert script in measured("reproduce", "@").err.splitlines()


def test_where_it_ran(measured: Exp, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs in the same folder, also one that git did not keep, and with the threads and time
    zone of then."""
    (repository / "deep/empty").mkdir(parents=True)
    monkeypatch.chdir(repository / "deep/empty")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    script = 'pwd; echo "$OMP_NUM_THREADS,$MKL_NUM_THREADS,$MINE"'
    measured("run", "-q", "-e", "w", "--", "sh", "-c", script)
    monkeypatch.chdir(repository)
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setenv("MKL_NUM_THREADS", "8")
    monkeypatch.setenv("MINE", "today")
    place, values = measured("reproduce", "w#1").err.splitlines()[-3:-1]
    assert place.endswith("/deep/empty")
    assert not place.startswith(str(repository))
    assert values == "3,,today"


def test_a_script_that_uses_gittrack(
    start: Callable[..., subprocess.CompletedProcess[bytes]], exp: Exp, repository: Path
) -> None:
    """A script that was started by itself, by its whole path, runs as it was recorded and logs to
    the new run; an editable package in the work tree is the recorded one, too."""
    site = repository.parent / "site"
    facts = site / "ours-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Name: ours\nVersion: 1.0\n")
    editable = {"url": repository.as_uri(), "dir_info": {"editable": True}}
    (facts / "direct_url.json").write_text(json.dumps(editable))
    (repository / "src").mkdir()
    (repository / "src/ours.py").write_text("VALUE = 1.5\n")
    script = "import gittrack, ours\nwith gittrack.start_run('s', config={'a': 1}) as run:\n"
    (repository / "train.py").write_text(script + "    run.log_metric('v', ours.VALUE)\n")
    commit_all(repository)
    path = f"{site}:{repository}/src:{Path(__file__).parents[2]}"
    start(sys.executable, repository / "train.py", env={**os.environ, "PYTHONPATH": path})
    (repository / "train.py").write_text("raise SystemExit(3)\n")
    (repository / "src/ours.py").write_text("VALUE = 9.9\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        answer = exp("reproduce", "s#1")
    assert answer.lines[1].split() == ["v", "1.5", "1.5", "0", "same"]
    new, old = runs()
    assert (new.params, new.config_id) == ({"a": 1}, old.config_id)


def test_kept(measured: Exp, repository: Path, tmp_path: Path) -> None:
    """With --keep the work tree stays where it was asked for, as git knows it; a folder that is
    not empty is refused."""
    place = tmp_path / "again"
    answer = measured("reproduce", "bt#1", "--folder", place, "--keep")
    assert (place / "value").read_text() == "1.5"
    assert f"git worktree remove --force {place}" in answer.err
    assert git(place, "rev-parse", "HEAD") == git(repository, "rev-parse", "HEAD")
    assert "is not empty" in measured("reproduce", "bt#1", "--folder", place, status=2).err
    assert measured("doctor", status=None).out.count("work tree in which") == 0
    git(repository, "worktree", "remove", "--force", str(place))


def test_stopped(measured: Exp, repository: Path) -> None:
    """A program that takes too long is stopped, and that is no reproduction."""
    measured("run", "-q", "-e", "slow", "--", "sh", "-c", "sleep ${PAUSE:-0}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAUSE", "60")
        answer = measured("reproduce", "slow#1", "--timeout", "1s", status=1)
    assert "note: stopped after 1 s" in answer.err.splitlines()
    assert answer.out.startswith("not reproduced: the new run is KILLED")
    assert runs()[0].notes == ("stopped after 1 s",)
    assert work_trees(repository) == [str(repository)]
    for text in ("0", "-1", "soon", "", "1d", "²"):
        measured("reproduce", "slow#1", "--timeout", text, status=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted(
    exp: Exp, program: Path, repository: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C takes the work tree away; after kill -9 doctor finds and removes it, but not before
    the program that was started in it has ended."""
    script = f'if test -n "$WAIT"; then echo ready > {tmp_path}/ready; sleep 30; fi'
    exp("run", "-q", "-e", "w", "--", "sh", "-c", script)
    env = {**os.environ, "WAIT": "1", "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [program / "git-exp", "reproduce", "w#1"],
        cwd=repository,
        env=env,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not (tmp_path / "ready").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        process.wait()
    left = work_trees(repository)[1:]
    if number == signal.SIGINT:
        assert left == []
        assert runs(repository)[0].status == "KILLED"
        return
    assert len(left) == 1
    assert left[0] not in exp("doctor", status=None).out
    end_children(left[0])
    assert (
        f"{left[0]}: a work tree in which a run was reproduced is left"
        in exp("doctor", status=None).out
    )
    exp("doctor", "--fix", status=None)
    assert work_trees(repository) == [str(repository)]
    assert not list(tmp_path.glob("gittrack-*"))


def end_children(folder: str) -> None:
    """Kill the processes whose current folder this is, and wait until they have gone."""
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if entry.readlink() == Path(folder):
                os.kill(int(entry.parent.name), signal.SIGKILL)
                while (
                    entry.parent.exists()
                    and "State:\tZ" not in (entry.parent / "status").read_text()
                ):
                    time.sleep(0.01)
        except OSError:
            continue


def test_no_code_or_command(measured: Exp, repository: Path, tmp_path: Path) -> None:
    """A run without its code, without its command, in a notebook, or whose code is not here, is
    refused with the reason; nothing is left."""
    with ExperimentTracker(repository, capture=False) as tracker:
        tracker.start_run("bare").end()
        tracker.log_trial("study", 0, {"lr": 1})
    with ExperimentTracker(repository) as tracker:
        tracker.start_run("evil", tags={"command": "sh '"}).end()
        tracker.start_run("zero", tags={"command": "sh \0"}).end()
        live = tracker.start_run("live")
        assert "is live" in measured("reproduce", "live#1", status=2).err
        live.end()
    assert "the code of the run" in measured("reproduce", "bare#1", status=1).err
    measured("reproduce", "study#1", status=1)
    assert "cannot be read" in measured("reproduce", "evil#1", status=3).err
    assert "zero byte" in measured("reproduce", "zero#1", status=3).err
    assert "has no metric 'x'" in measured("reproduce", "bt#1", "--tolerance", "x=1", status=2).err
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", repository.as_uri(), str(other))
    spec = "refs/exptrack/experiments/*:refs/exptrack/experiments/*"
    git(other, "fetch", "-q", "origin", spec)
    answer = measured("-C", other, "reproduce", "bt#1", status=1)
    assert "is not here" in answer.err
    assert "git fetch REMOTE refs/exptrack/code" in answer.err
    assert work_trees(other) == [str(other)]


def test_a_folder_that_leads_out(measured: Exp, repository: Path, tmp_path: Path) -> None:
    """A record cannot make it run in a folder outside of the work tree, by dots or by a link."""
    (repository / "out").symlink_to(tmp_path)
    with ExperimentTracker(repository) as tracker:
        tracker.start_run("dots", tags={"command": "pwd", "folder": "../.."}).end()
        tracker.start_run("link", tags={"command": "pwd", "folder": "out/x"}).end()
    assert "/gittrack-reproduce-" in measured("reproduce", "dots#1").err.splitlines()[-2]
    assert "leads out" in measured("reproduce", "link#1", status=2).err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("kind", ["unborn", "bare", "sha256", "linked", "sparse"])
def test_kinds_of_repositories(exp: Exp, tmp_path: Path, kind: str) -> None:
    """It works before the first commit, in bare, SHA-256 and sparse repositories, and in linked
    work trees."""
    place = tmp_path / kind
    options = ("--object-format=sha256",) if kind == "sha256" else ()
    git(tmp_path, "init", "-q", "-b", "main", *options, str(place))
    git(place, "config", "user.name", "Ada Lovelace")
    git(place, "config", "user.email", "ada@example.org")
    (place / "value").write_text("7\n")
    if kind != "unborn":
        commit_file(place, "deep/value", "8\n")
        commit_all(place)
    if kind == "bare":
        git(tmp_path, "clone", "-q", "--bare", str(place), str(tmp_path / "b.git"))
        place = tmp_path / "b.git"
    elif kind == "linked":
        git(place, "worktree", "add", "-q", "--detach", str(tmp_path / "side"))
        place = tmp_path / "side"
    elif kind == "sparse":
        git(place, "sparse-checkout", "set", "--cone", "elsewhere")
        assert not (place / "deep").exists()
    command = "run", "-q", "-e", "k", "--", "sh", "-c", "cat value deep/value 2>/dev/null; true"
    exp("-C", place, *command)
    before = work_trees(place)
    shown = exp("-C", place, "reproduce", "k#1").err.splitlines()[:-1]
    assert shown[-1 if kind == "unborn" else -2] == "7"
    assert kind == "unborn" or shown[-1] == "8"
    assert work_trees(place) == before


def test_a_work_tree_that_cannot_be_made(measured: Exp, repository: Path, tmp_path: Path) -> None:
    """A tree whose files are missing leaves nothing behind, and says so in one line."""
    commit = put_tree(repository, "refs/heads/broken", {"lost": b"gone\n"})
    blob = git(repository, "rev-parse", f"{commit}:lost")
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with ExperimentTracker(repository) as tracker:
        found = tracker.session.repository
        tree = git(repository, "rev-parse", f"{commit}^{{tree}}")
        head = git(repository, "rev-parse", "HEAD")
        with (
            pytest.raises(Exception, match="cannot make the work tree"),
            linked_work_tree(found, tmp_path / "w", head, tree),  # type: ignore[arg-type]
        ):
            pytest.fail("it was made")
        assert left_behind(found) == []
    assert work_trees(repository) == [str(repository)]
    assert not (tmp_path / "w").exists()


# What agrees


numbers = st.floats()
tolerances = st.floats(min_value=0, allow_nan=False)


@given(numbers, tolerances)
def test_a_value_is_the_same_as_itself(value: float, tolerance: float) -> None:
    """Every value, NaN and the infinities too, is the same as itself under every tolerance."""
    assert is_same(value, value, tolerance)


@given(numbers, numbers, tolerances, tolerances)
def test_a_greater_tolerance_allows_more(
    one: float, two: float, first: float, second: float
) -> None:
    """The order of the two does not matter, and what a tolerance allows a greater one does."""
    less, more = sorted((first, second))
    assert is_same(one, two, less) == is_same(two, one, less)
    assert is_same(one, two, more) or not is_same(one, two, less)


@pytest.mark.parametrize(
    ("recorded", "new", "tolerance", "same"),
    [
        (1.0, 1.0 + 1e-12, 1e-9, True),
        (1.0, 1.0 + 1e-6, 1e-9, False),
        (1.0, 1.0 + 1e-15, 0.0, False),
        (0.0, 3e-17, 1e-9, True),
        (0.0, 3e-17, 0.0, False),
        (100.0, 101.0, 0.01, True),
        (1.0, math.nan, 0.5, False),
        (math.inf, -math.inf, 1e300, False),
        (1.0, math.nan, math.inf, True),
    ],
)
def test_what_is_the_same(recorded: float, new: float, tolerance: float, same: bool) -> None:
    """A tolerance is relative; 0 asks for the very number; noise around zero is none."""
    assert is_same(recorded, new, tolerance) is same


def test_tolerances_for_keys() -> None:
    """A key or a pattern has its own tolerance, of several that fit the last one; a metric that is
    new speaks against nothing."""
    given_ = parse_tolerances(["val/*=0.5", "1e-3", "val/loss=0", "a=b=2", "[z-a]=1"])
    assert [given_.of(key) for key in ("val/acc", "val/loss", "loss", "a=b")] == [0.5, 0, 1e-3, 2]
    assert given_.of("[z-a]") == 1
    assert given_.unused(["val/acc"]) == ["val/loss", "a=b", "[z-a]"]
    found = compare_metrics({"val/acc": 1.0, "x": 1.0}, {"val/acc": 1.4, "y": 2.0}, given_)
    assert [(one.key, one.verdict, one.agrees) for one in found] == [
        ("val/acc", "same", True),
        ("x", "missing", False),
        ("y", "new", True),
    ]


@pytest.mark.parametrize("text", ["", "x", "=1", "-1", "nan", "k=", "k=-0.1", "k=nan"])
def test_tolerances_that_are_none(text: str) -> None:
    """Anything but a number of 0 or more is refused."""
    with pytest.raises(UsageError, match="--tolerance takes a number"):
        parse_tolerances([text])


@given(st.lists(st.text()), st.data())
def test_secrets_go_where_they_were(arguments: list[str], data: st.DataObject) -> None:
    """Each secret stands where one was taken out, and all other text is as recorded."""
    recipe = Recipe(
        head="",  # type: ignore[arg-type]
        tree="",  # type: ignore[arg-type]
        command=tuple(f"{text}[redacted]" for text in arguments),
        folder=".",
        config=None,
        params={},
        variables=None,
        editable=(),
        artifacts=(),
        metrics=(),
    )
    count = recipe.secrets
    secrets = data.draw(st.lists(st.text(), min_size=count, max_size=count))
    whole = "".join(recipe.with_secrets(secrets))
    assert whole == "".join(
        part
        for pair in zip("".join(recipe.command).split("[redacted]"), [*secrets, ""], strict=True)
        for part in pair
    )
    with pytest.raises(UsageError):
        recipe.with_secrets([*secrets, "one more"])


def test_variables_that_change_numbers() -> None:
    """Threads and determinism are as recorded; devices, jobs and folders are today's."""
    assert is_numeric("OMP_NUM_THREADS")
    assert is_numeric("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE")
    assert not any(map(is_numeric, ("TORCH_HOME", "CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "PATH")))


def test_the_page(exp: Exp) -> None:
    """What docs/run.md shows of doing a run again and of promoting it is what comes out."""
    text = (Path(__file__).parents[2] / "docs/run.md").read_text(encoding="utf-8")
    first, *others = re.findall(r"```console\n\$ git exp (.*?)```", text, re.DOTALL)
    exp(*shlex.split(first.splitlines()[0]))
    assert len(others) == 2
    for example in others:
        command, *shown = example.splitlines()
        answer = exp(*shlex.split(command))
        written = [volatile(line) for line in (answer.out + answer.err).splitlines()]
        assert sorted(map(volatile, shown)) == sorted(written)


def volatile(line: str) -> str:
    """A line without its ids."""
    return re.sub(r"[0-9a-f]{12}", "_", line)


def test_no_such_run(exp: Exp) -> None:
    """A run that is not there is not found, in Python as on the command line."""
    exp("reproduce", "nothing", status=1)
    from io import BytesIO

    from gittrack.tracking.reproducing import reproduce

    with ExperimentTracker() as tracker, pytest.raises(NotFoundError):
        reproduce(tracker, "f" * 20, environment={}, output=BytesIO(), errors=BytesIO())
