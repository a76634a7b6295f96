"""The index of runs gives the answers of refs and journals, however it came to be."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from witness import new_repository

from gittrack import ExperimentTracker
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
        max_examples=40,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
