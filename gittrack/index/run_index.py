"""The runs of one repository, found by the index: what a tracker asks."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from json import loads

from gittrack.index import select
from gittrack.index.configs import CONFIGS
from gittrack.index.database import Index
from gittrack.index.run_guard import deadline, prepare
from gittrack.index.run_plan import IndexKeys, plan_count, plan_runs
from gittrack.index.run_select import read_runs
from gittrack.index.runs import RUNS
from gittrack.index.sql import Sql
from gittrack.index.staleness import Progress
from gittrack.query import (
    Expression,
    Field,
    Key,
    Literal,
    Membership,
    Ordering,
    conjunction,
    parse,
    parse_order,
)
from gittrack.runs.model import MetricPoint, Run
from gittrack.runs.plain_json import restored
from gittrack.store.experiments import Experiment
from gittrack.store.runs import SealedRun
from gittrack.store.session import Session

Histories = Callable[[Run, str], list[MetricPoint]]
"""Gives the points of a run's metric."""

SECONDS = 30.0
"""After so long, a query is ended."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs, in which order; `text` is the first condition as it was written, for messages."""

    where: Expression | None = None
    order: tuple[Ordering, ...] = ()
    text: str = ""

    @classmethod
    def of(
        cls,
        experiments: Sequence[str] | None = None,
        filter_string: str | Sequence[str] | None = None,
        order_by: str | Iterable[str] | None = None,
    ) -> Wanted:
        """The runs of experiments (by their ids; `None` for all) that fulfil a query, or several.

        Raises:
            QueryError: a query or the order cannot be understood.
        """
        terms: list[Expression] = []
        if experiments is not None:
            slugs = tuple(Literal(slug) for slug in experiments) or (Literal(""),)
            terms.append(Membership(Field((Key("experiment_id"),)), slugs))
        texts = [filter_string] if isinstance(filter_string, str) else list(filter_string or ())
        terms += [parse(text) for text in texts if text.strip()]
        where = conjunction(terms) if terms else None
        return cls(where, parse_order(order_by or ()), texts[0] if texts else "")


class _Held(threading.local):
    """Whether this thread's answers are all to be of one moment."""

    is_held = False


class RunIndex:
    """Finds runs by id, by name and by queries; what it says is of this moment."""

    def __init__(
        self,
        session: Session,
        histories: Histories,
        *,
        warn: Callable[[str], None] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._session = session
        self._histories = histories
        self._warn = warn
        self._index = Index(session, RUNS, warn=warn, progress=progress, prepare=self._prepared)
        self._configs: Index | None = None
        self._held = _Held()

    newest = Wanted()
    """All runs, newest first."""

    def connection(self) -> sqlite3.Connection:
        """The database, up to date with refs and journals."""
        return self._index.connection(fresh=not self._held.is_held)

    @contextmanager
    def moment(self) -> Iterator[None]:
        """What is asked inside is answered as of its beginning: git is asked once what moved."""
        if self._held.is_held:
            yield
            return
        self.connection()
        self._held.is_held = True
        try:
            yield
        finally:
            self._held.is_held = False

    def close(self) -> None:
        """Close the databases; they open again when they are asked."""
        self._index.close()
        if self._configs is not None:
            self._configs.close()

    def rebuild(self) -> None:
        """Make the index anew."""
        self._index.rebuild()

    def run(self, run_id: str) -> Run | None:
        """The run of that very id."""
        return self._one("SELECT n FROM run WHERE id = ?", run_id)

    def with_prefix(self, prefix: str, limit: int = 20) -> list[str]:
        """The ids that start so."""
        rows = self.connection().execute(
            "SELECT id FROM run WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (prefix, f"{prefix}g", limit),
        )
        return [run_id for (run_id,) in rows]

    def named(self, name: str, number: int | None = None, experiment: str = "") -> list[Run]:
        """The runs that have that name, or that number in that experiment, newest first."""
        connection = self.connection()
        rows = connection.execute(
            "SELECT r.n FROM run r JOIN experiment e ON e.n = r.experiment WHERE r.name = ?1"
            " OR (r.number = ?2 AND (e.name = ?3 OR e.slug = ?3)) ORDER BY r.started DESC, r.id",
            (name, number, experiment),
        )
        return list(read_runs(connection, [n for (n,) in rows]))

    def latest_names(self, count: int) -> list[tuple[str, str, int | None]]:
        """The names of the newest runs, each with its experiment and number."""
        rows = self.connection().execute(
            "SELECT r.name, e.name, r.number FROM run r JOIN experiment e ON e.n = r.experiment"
            " ORDER BY r.started DESC, r.id LIMIT ?",
            (count,),
        )
        return [(name, experiment, number) for name, experiment, number in rows]

    def place(self, run_id: str) -> SealedRun | None:
        """Where a run is sealed, if it is; it may be damaged."""
        row = (
            self.connection()
            .execute(
                "SELECT e.ref, r.place FROM run r JOIN experiment e ON e.n = r.experiment"
                " WHERE r.id = :id AND r.place IS NOT NULL"
                " UNION ALL SELECT ref, place FROM damaged WHERE place LIKE '%/' || :id LIMIT 1",
                {"id": run_id},
            )
            .fetchone()
        )
        return None if row is None else SealedRun(row[0], row[1], run_id)

    def row(self, run_id: str) -> int | None:
        """The row of the run of that very id."""
        found = self.connection().execute("SELECT n FROM run WHERE id = ?", (run_id,)).fetchone()
        return None if found is None else int(found[0])

    def ids(self) -> set[str]:
        """The ids of all runs."""
        return {run_id for (run_id,) in self.connection().execute("SELECT id FROM run")}

    def damage_of(self, run_id: str) -> str | None:
        """What is wrong with a sealed run that cannot be read."""
        row = (
            self.connection()
            .execute("SELECT reason FROM damaged WHERE place LIKE '%/' || ?", (run_id,))
            .fetchone()
        )
        return None if row is None else str(row[0])

    def damaged(self) -> list[tuple[str, str]]:
        """The sealed runs that cannot be read: where they lie, and why."""
        rows = self.connection().execute("SELECT place, reason FROM damaged WHERE place != ''")
        return [(place, reason) for place, reason in rows]

    def experiments(self) -> list[Experiment]:
        """All experiments, by name; of one that has no record yet, only the name is known."""
        rows = self.connection().execute(
            "SELECT name, coalesce(created_at, ''), coalesce(description, ''), tags, facts,"
            " summary, coalesce(next_number, 1) FROM experiment ORDER BY name"
        )
        return [
            Experiment(
                name,
                created,
                text,
                tags=loads(tags or "{}"),
                facts=restored(loads(facts or '{"": []}')),
                summary=restored(loads(summary or '{"": []}')),
                next_number=number,
            )
            for name, created, text, tags, facts, summary, number in rows
        ]

    def experiment_facts(self, validation: str | None = None) -> dict[str, tuple[int, int, int]]:
        """For each experiment's id: its runs, those that were validated, those that failed it.

        A run counts as failed where the latest validation of some name did not pass.
        """
        rows = self.connection().execute(
            "SELECT e.slug, count(*), count(v.passed), sum(v.passed = 0) FROM run r"
            " JOIN experiment e ON e.n = r.experiment LEFT JOIN (SELECT run, min(passed) AS passed"
            " FROM run_validation JOIN run_key k ON k.n = key AND (?1 IS NULL OR k.name = ?1)"
            " GROUP BY run) v ON v.run = r.n GROUP BY e.slug",
            (validation,),
        )
        return {slug: (runs, validated, failed or 0) for slug, runs, validated, failed in rows}

    def activity(self) -> dict[str, tuple[int, int]]:
        """For each experiment's id that has runs: how many, and when the last one started (in
        microseconds since the epoch)."""
        rows = self.connection().execute(
            "SELECT e.slug, count(*), max(r.started) FROM run r"
            " JOIN experiment e ON e.n = r.experiment GROUP BY e.slug"
        )
        return {slug: (runs, last) for slug, runs, last in rows}

    def heads(self) -> dict[str, frozenset[str]]:
        """For each experiment's id: the user's commits that its runs were made with."""
        rows = self.connection().execute(
            "SELECT DISTINCT e.slug, r.head FROM run r JOIN experiment e ON e.n = r.experiment"
            " WHERE r.head IS NOT NULL"
        )
        found: dict[str, set[str]] = {}
        for slug, head in rows:
            found.setdefault(slug, set()).add(head)
        return {slug: frozenset(commits) for slug, commits in found.items()}

    def objectives(self, experiment: str) -> list[str]:
        """The names of the objective values of a study's trials (by the study's id), by name."""
        rows = self.connection().execute(
            "SELECT DISTINCT k.name FROM run_metric m JOIN run r ON r.n = m.run"
            " JOIN experiment e ON e.n = r.experiment JOIN run_key k ON k.n = m.key"
            " WHERE m.objective AND e.slug = ? ORDER BY k.name",
            (experiment,),
        )
        return [name for (name,) in rows]

    def keys(self) -> IndexKeys:
        """The keys under which runs have recorded something."""
        return IndexKeys(self.connection())

    def numbers(self, wanted: Wanted, limit: int | None = None, offset: int = 0) -> list[int]:
        """The rows of the runs that are wanted, in order.

        Raises:
            QueryError: the query asks for what runs do not have, or takes too long.
        """
        connection = self.connection()
        plan = plan_runs(
            wanted.where,
            wanted.order,
            keys=IndexKeys(connection),
            query=wanted.text,
            columns="r.n",
            limit=limit,
            offset=offset,
            tagged=self._tagged,
            is_common=partial(_is_common, connection),
        )
        with deadline(connection, SECONDS, wanted.text):
            return [n for (n,) in connection.execute(plan.text, plan.values)]

    def runs(self, experiments: Sequence[str] | None = None) -> list[Run]:
        """The runs of experiments (by their ids), or all, newest first."""
        return list(self.read(self.numbers(Wanted.of(experiments))))

    def count(self, wanted: Wanted) -> int:
        """How many runs are wanted. Raises as `numbers`."""
        connection = self.connection()
        keys = IndexKeys(connection)
        plan = plan_count(wanted.where, keys=keys, query=wanted.text, tagged=self._tagged)
        with deadline(connection, SECONDS, wanted.text):
            (count,) = connection.execute(plan.text, plan.values).fetchone()
        return int(count)

    def read(self, numbers: Iterable[int]) -> Iterator[Run]:
        """The runs of those rows."""
        return read_runs(self._index.connection(fresh=False), numbers)

    def _one(self, query: str, value: str) -> Run | None:
        connection = self.connection()
        row = connection.execute(query, (value,)).fetchone()
        return None if row is None else next(read_runs(connection, row), None)

    def _tagged(self, tag: str) -> list[str]:
        if self._configs is None:
            self._configs = Index(self._session, CONFIGS, warn=self._warn)
        return select.bearing(self._configs.connection(), tag)

    def _prepared(self, connection: sqlite3.Connection) -> None:
        prepare(connection, self._metric_at)

    def _metric_at(self, number: int, key: int, step: int) -> float | None:
        """A metric's latest value at a step; a value without step counts as one of step 0."""
        connection = self._index.connection(fresh=False)
        (name,) = connection.execute("SELECT name FROM run_key WHERE n = ?", (key,)).fetchone()
        points = self._histories(next(read_runs(connection, (number,))), name)
        values = [point.value for point in points if (point.step or 0) == step]
        return values[-1] if values else None


def _is_common(connection: sqlite3.Connection, condition: Sql) -> bool:
    """Whether a condition holds for more than one run in eight."""
    (most,) = connection.execute("SELECT coalesce(max(n), 0) / 8 FROM run").fetchone()
    (count,) = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM run r WHERE {condition.text} LIMIT ?)",
        (*condition.values, most + 1),
    ).fetchone()
    return bool(count > most)
