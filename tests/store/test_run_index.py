"""The index of runs gives the answers of refs and journals, however it came to be."""

from __future__ import annotations

import os
import pwd
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harms import HARMS, git_processes, harm_file
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from witness import git, new_repository

from gittrack import ExperimentTracker
from gittrack.errors import UsageError
from gittrack.git.refs import read_refs
from gittrack.git.repository import discover
from gittrack.index.database import Index
from gittrack.index.run_select import read_runs
from gittrack.index.run_staleness import stamps
from gittrack.index.runs import RUNS
from gittrack.store.journals import journal_folder
from gittrack.store.session import Session
from gittrack.tracking.active import ActiveRun

NAMES = st.sampled_from(["a", "b", "Long Name"])
VALUES = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.text(max_size=5),
    st.lists(st.integers(-9, 9), max_size=3),
)
PARAMS = st.dictionaries(
    st.one_of(st.sampled_from(["lr", "a.b", "x"]), st.integers(0, 3)),
    st.one_of(VALUES, st.dictionaries(st.sampled_from(["b", "c"]), VALUES, max_size=2)),
    max_size=3,
)
METRICS = st.dictionaries(st.sampled_from(["loss", "acc", "value"]), st.floats(), max_size=2)

OWNED = ("run_metric", "run_series", "run_param", "run_tag", "run_validation")


def content(connection: sqlite3.Connection) -> dict[str, Any]:
    """All that the index says, by names instead of row numbers."""
    found: dict[str, Any] = {
        table: sorted(
            # Row numbers depend on the order of coming.
            repr((run_id, kind, name, row[2:]))
            for run_id, kind, name, *row in connection.execute(
                f"SELECT r.id, k.kind, k.name, t.* FROM {table} t JOIN run r ON r.n = t.run"
                " JOIN run_key k ON k.n = t.key"
            )
        )
        for table in OWNED
    }
    found["run"] = sorted(
        map(
            repr,
            connection.execute(
                "SELECT r.id, e.slug, r.name, r.number, r.trial, r.status, r.started, r.ended,"
                " r.config, r.parent, r.notes, r.place, r.journal, r.detail"
                " FROM run r JOIN experiment e ON e.n = r.experiment"
            ),
        )
    )
    found["experiment"] = sorted(
        map(repr, connection.execute("SELECT slug, name, description, tags FROM experiment"))
    )
    found["artifact"] = sorted(
        map(
            repr,
            connection.execute(
                "SELECT r.id, a.path, a.size FROM run_artifact a JOIN run r ON r.n = a.run"
            ),
        )
    )
    found["damaged"] = sorted(map(repr, connection.execute("SELECT * FROM damaged")))
    return found


def fresh(folder: Path) -> tuple[dict[str, Any], list[Any]]:
    """What an index says that is made from nothing, and the runs that it has."""
    session = Session(discover(folder))
    index = Index(session, RUNS)
    index.path = index.path.with_name("witness.db")
    index.path.unlink(missing_ok=True)
    try:
        return answers(index)
    finally:
        index.close()
        session.close()


def answers(index: Index) -> tuple[dict[str, Any], list[Any]]:
    connection = index.connection()
    numbers = [n for (n,) in connection.execute("SELECT n FROM run ORDER BY id")]
    return content(connection), [repr(run) for run in read_runs(connection, numbers)]


class Life(RuleBasedStateMachine):
    """A repository that things happen to in any order."""

    @initialize()
    def begin(self) -> None:
        self.place = tempfile.TemporaryDirectory()
        self.folder = new_repository(Path(self.place.name) / "r", commit=True)
        self.tracker = ExperimentTracker(self.folder, capture=False, warn=lambda _: None)
        self.live: list[ActiveRun] = []
        self.ended: list[str] = []
        self.deleted: list[str] = []
        self.session = Session(discover(self.folder))
        self.index = Index(self.session, RUNS)

    @rule(name=NAMES, params=PARAMS)
    def start(self, name: str, params: dict[Any, Any]) -> None:
        self.live.append(self.tracker.start_run(name, config=params or None))

    @precondition(lambda self: self.live)
    @rule(data=st.data(), metrics=METRICS, step=st.none() | st.integers(-3, 9))
    def log(self, data: st.DataObject, metrics: dict[str, float], step: int | None) -> None:
        run = data.draw(st.sampled_from(self.live))
        run.log_metrics(metrics, step)
        run.set_tags({"k": step})
        run.log_note("said\nso")

    @precondition(lambda self: self.live)
    @rule(data=st.data(), passed=st.booleans())
    def validate(self, data: st.DataObject, passed: bool) -> None:
        run = data.draw(st.sampled_from(self.live))
        run.log_validation("ttpt", passed, 0 if passed else 3, {"rate": 0.5})

    @precondition(lambda self: self.live)
    @rule(data=st.data(), status=st.sampled_from(["FINISHED", "FAILED"]))
    def end(self, data: st.DataObject, status: str) -> None:
        run = self.live.pop(data.draw(st.integers(0, len(self.live) - 1)))
        run.end(status)
        self.ended.append(run.run_id)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def checkpoint(self, data: st.DataObject) -> None:
        self.tracker.checkpoint(data.draw(st.sampled_from(self.live)))

    @rule()
    def seal(self) -> None:
        self.tracker.seal()

    @rule(name=NAMES, params=PARAMS, metrics=METRICS)
    def trial(self, name: str, params: dict[Any, Any], metrics: dict[str, float]) -> None:
        self.tracker.log_trial(name, 1, params, metrics)

    @rule(name=NAMES, count=st.integers(1, 3))
    def trials(self, name: str, count: int) -> None:
        self.ended += self.tracker.log_trials(
            name, [{"trial_number": n, "params": {"x": n}} for n in range(count)]
        )

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def tag(self, data: st.DataObject) -> None:
        self.tracker.seal()
        self.tracker.set_tags({"later": 1}, run=data.draw(st.sampled_from(self.ended)))

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.tracker.seal()
        run = self.ended.pop(data.draw(st.integers(0, len(self.ended) - 1)))
        self.tracker.delete_run(run)
        self.deleted.append(run)

    @precondition(lambda self: self.deleted)
    @rule()
    def restore(self) -> None:
        run = self.deleted.pop()
        self.tracker.restore_run(run)
        self.ended.append(run)

    @rule(name=NAMES, metrics=METRICS)
    def die(self, name: str, metrics: dict[str, float]) -> None:
        """Another process starts a run, logs and dies."""
        child = os.fork()
        if child == 0:
            try:
                tracker = ExperimentTracker(self.folder, capture=False)
                tracker.start_run(name).log_metrics(metrics)
            finally:
                os._exit(0)
        os.waitpid(child, 0)

    @rule(name=NAMES)
    def describe(self, name: str) -> None:
        self.tracker.create_experiment(name, description="said", tags={"t": 1})

    @rule()
    def look(self) -> None:
        """Somebody asks, so that what comes later is taken in on top of it."""
        self.index.connection()

    @invariant()
    def incremental_equals_rebuilt(self) -> None:
        if hasattr(self, "index") and self.look_now():
            self.compare()

    def compare(self) -> None:
        """Compare the two at a moment when nothing is sealed in the background."""
        for _ in range(20):
            before = self.state()
            incremental, rebuilt = answers(self.index), fresh(self.folder)
            if self.state() == before:
                break
        assert incremental == rebuilt

    def state(self) -> object:
        return (
            read_refs(self.session.repository, "refs/exptrack/"),
            stamps(journal_folder(self.session)),
        )

    def look_now(self) -> bool:
        """Not after every step: what comes in many pieces at once must be right, too."""
        self.steps = getattr(self, "steps", 0) + 1
        return self.steps % 2 == 0

    def teardown(self) -> None:
        if hasattr(self, "index"):
            self.compare()
            for run in self.live:
                run.end()
            self.tracker.close()
            self.compare()
            self.index.close()
            self.session.close()
            self.place.cleanup()


class TestLife(Life.TestCase):  # type: ignore[name-defined,misc]
    """Any order of events, quickly."""

    settings = settings(
        max_examples=8,
        stateful_step_count=16,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.slow
class TestLongLife(Life.TestCase):  # type: ignore[name-defined,misc]
    """Any order of many events."""

    settings = settings(
        max_examples=12,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def runs_file(folder: Path) -> Path:
    common = git(folder, "rev-parse", "--path-format=absolute", "--git-common-dir")
    return Path(common) / "exptrack/runs.db"


@pytest.fixture
def studied(repository: Path) -> Path:
    """A repository with ten trials and an index of them."""
    with ExperimentTracker(repository, capture=False) as tracker:
        tracker.log_trials("s", [{"trial_number": n, "params": {"n": n}} for n in range(10)])
        assert len(tracker.list_runs()) == 10
    return repository


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("when", ["before", "while open"])
def test_a_damaged_or_foreign_index_is_made_anew(
    studied: Path, harm: Callable[[Path], None], when: str
) -> None:
    """Whatever happened to the file, the answers are right and nobody is bothered."""
    notices: list[str] = []
    with ExperimentTracker(studied, capture=False, warn=notices.append) as tracker:
        if when == "while open":
            assert len(tracker.search_runs("s", "params.n < 5")) == 5
        harm_file(runs_file(studied), harm, replaced=when == "while open")
        tracker.log_trial("s", 10, {"n": 10})
        assert len(tracker.search_runs("s", "params.n >= 5")) == 6
        assert len(tracker.list_runs()) == 11
    assert notices == []


def test_where_it_cannot_be_kept_it_answers_from_memory(studied: Path) -> None:
    """A folder in the file's place: one notice, and the answers are right."""
    runs_file(studied).unlink()
    runs_file(studied).mkdir()
    notices: list[str] = []
    with ExperimentTracker(studied, capture=False, warn=notices.append) as tracker:
        for n in range(10, 13):
            tracker.log_trial("s", n, {"n": n})
            assert len(tracker.search_runs("s")) == n + 1
    assert len(notices) == 1
    assert "answering from memory" in notices[0]


def test_the_setting_puts_it_elsewhere(studied: Path, tmp_path: Path) -> None:
    """`exptrack.indexPath` names the folder, at once where the repository's configuration has it;
    what lay in the repository before goes when the index is made anew."""
    elsewhere = tmp_path / "local disk"
    git(studied, "config", "exptrack.indexPath", str(elsewhere))
    with ExperimentTracker(studied, capture=False) as tracker:
        assert len(tracker.search_runs("s")) == 10
        [kept] = elsewhere.rglob("runs.db")
        tracker.reindex()
    assert kept.exists()


def test_a_setting_for_all_repositories_counts_from_the_next_new_index(
    studied: Path, tmp_path: Path
) -> None:
    """Where the user's own configuration has it, `reindex` moves what is there."""
    elsewhere = tmp_path / "scratch"
    git(studied, "config", "--global", "exptrack.indexPath", str(elsewhere))
    try:
        with ExperimentTracker(studied, capture=False) as tracker:
            assert len(tracker.search_runs("s")) == 10
            tracker.reindex()
            assert len(tracker.search_runs("s")) == 10
    finally:
        git(studied, "config", "--global", "--unset", "exptrack.indexPath")
    assert not runs_file(studied).exists()
    assert list(elsewhere.rglob("runs.db"))


def test_many_build_it_at_once(studied: Path) -> None:
    """Processes that find no index build it one after the other, and all answer."""
    runs_file(studied).unlink()
    program = (
        "import sys; from gittrack import ExperimentTracker;"
        "t = ExperimentTracker(sys.argv[1], capture=False); print(len(t.search_runs('s')))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(studied)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [process.communicate()[0] for process in started] == [b"10\n"] * 4


def test_a_reader_sees_what_another_process_has_logged(repository: Path) -> None:
    """A live run of another process is found by what it has logged so far."""
    program = (
        "import sys; from gittrack import ExperimentTracker;"
        "run = ExperimentTracker(sys.argv[1], capture=False).start_run('live')\n"
        "for step in range(3):\n"
        "    run.log_metric('loss', 1.0 - step / 10, step); print(step, flush=True); input()\n"
        "run.end()"
    )
    with (
        ExperimentTracker(repository, capture=False) as tracker,
        subprocess.Popen(
            [sys.executable, "-c", program, str(repository)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        for step in range(3):
            assert process.stdout.readline() == b"%d\n" % step
            [run] = tracker.search_runs("live", f"metrics.loss = {1.0 - step / 10}")
            assert run.summaries["loss"].count == step + 1
            assert run.status == "RUNNING"
            process.stdin.write(b"\n")
            process.stdin.flush()
        process.wait()
        assert [run.status for run in tracker.search_runs("live")] == ["FINISHED"]


def test_a_query_starts_at_most_three_git_processes(studied: Path, tmp_path: Path) -> None:
    """With a warm index, a search asks where it is and where the refs are."""

    def search() -> None:
        with ExperimentTracker(studied, capture=False) as tracker:
            assert len(tracker.search_runs("s", "params.n < 5")) == 5

    search()
    started = git_processes(search, tmp_path / "trace")
    assert 1 <= len(started) <= 3, [c.rpartition("unpackLimit=0 ")[2] for c in started]


def test_pages_go_on_behind_the_last_run(studied: Path) -> None:
    """Paging shows every run once, also where runs come and go between the pages."""
    with ExperimentTracker(studied, capture=False) as tracker:
        first = tracker.search_runs("s", order_by="params.n DESC", max_results=4)
        assert [run.params["n"] for run in first] == [9, 8, 7, 6]
        tracker.log_trial("s", 10, {"n": 10})
        tracker.delete_run(first[1].run_id)
        second = tracker.search_runs(
            "s", order_by="params.n DESC", max_results=4, page_token=first.token
        )
        assert [run.params["n"] for run in second] == [5, 4, 3, 2]
        last = tracker.search_runs(
            "s", order_by="params.n DESC", max_results=4, page_token=second.token
        )
        assert [run.params["n"] for run in last] == [1, 0]
        assert last.token is None
        with pytest.raises(UsageError, match="another search"):
            tracker.search_runs("s", order_by="params.n", page_token=first.token)
        with pytest.raises(UsageError, match="not a page token"):
            tracker.search_runs("s", page_token="x")


def test_who_ran_it_is_found(repository: Path) -> None:
    """The login name is in the record and in queries, live, sealed and synced; a tag of MLflow's
    says it better, and without capture nobody's name is kept."""
    login = pwd.getpwuid(os.getuid()).pw_name
    with ExperimentTracker(repository, on_error="raise") as tracker:
        live = tracker.start_run("exp", "live")
        with tracker.run("exp", run_name="ended"):
            pass
        with tracker.run("exp", run_name="another", tags={"mlflow.user": "ada"}) as other:
            pass
        with ExperimentTracker(repository, capture=False) as quiet, quiet.run("exp"):
            pass
        query = f"user = '{login}'"
        assert {run.run_name for run in tracker.search_runs("exp", query)} == {"live", "ended"}
        assert [run.run_id for run in tracker.search_runs("exp", "user = 'ada'")] == [other.run_id]
        assert {run.user for run in tracker.list_runs("exp")} == {login, ""}
        assert tracker.get_run(other.run_id).user == login
        assert tracker.get_run(other.run_id).to_dict()["user"] == login
        live.end()
    experiment = "refs/exptrack/experiments/exp"
    records = git(repository, "grep", "-h", "^user: ", experiment, "--", ":(glob)runs/**/run.yaml")
    assert records.split("\n") == [f"user: {login}"] * 3


def test_one_progress_for_all_experiments(repository: Path) -> None:
    """It does not start anew with each experiment."""
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        for name in ("one", "two", "three"):
            tracker.log_trials(name, ({"trial_number": n} for n in range(700)))
    told: list[tuple[int, int]] = []
    with ExperimentTracker(
        repository, capture=False, progress=lambda *step: told.append(step)
    ) as tracker:
        assert tracker.count_runs() == 2100
    assert told == [(0, 2100), (1000, 2100), (2000, 2100)]
