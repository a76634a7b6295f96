"""The indexes against git: what they have of configs and of runs, and whether they can be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

from gittrack.fsck.findings import Findings
from gittrack.git.refs import read_refs
from gittrack.ids import short
from gittrack.index.configs import CONFIGS
from gittrack.index.database import Derived, Index
from gittrack.index.run_staleness import is_stale, known_stamps
from gittrack.index.runs import RUNS
from gittrack.index.staleness import known_tips
from gittrack.store.layout import CATALOGUE, TAGS
from gittrack.store.session import Session

_REINDEX = "git exp reindex"
_Compare = Callable[[Session, Findings, sqlite3.Connection, str], None]


def check_index(session: Session, findings: Findings) -> None:
    """The indexes, if there are some of this version; they are only read."""
    _check(session, findings, CONFIGS, _compare_configs)
    _check(session, findings, RUNS, _compare_runs)


def _check(session: Session, findings: Findings, derived: Derived, compare: _Compare) -> None:
    path = Index(session, derived).path
    if not path.exists():
        return
    findings.checked["indexes"] += 1
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if answer != "ok":
                findings.bad("index", str(path), f"SQLite says: {answer}", _REINDEX)
            elif derived.is_current(connection):
                compare(session, findings, connection, str(path))
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):  # else another process brings it up to date at this moment
            findings.bad("index", str(path), str(error), _REINDEX)
    except sqlite3.Error as error:
        findings.bad("index", str(path), str(error), _REINDEX)


def _compare_runs(
    session: Session, findings: Findings, connection: sqlite3.Connection, place: str
) -> None:
    if is_stale(connection, session):
        return  # something is being recorded; the next command brings it up to date
    live = {name.partition(".")[0] for name in known_stamps(connection)}
    rows = connection.execute("SELECT id, place IS NOT NULL FROM run").fetchall()
    indexed = {run_id for run_id, _ in rows}
    sealed = {run_id for run_id, is_sealed in rows if is_sealed}
    # What cannot be read is in neither, or told already.
    broken = connection.execute("SELECT place FROM damaged")
    damaged = {where.rpartition("/")[2] for (where,) in broken}
    told = " ".join(problem.place for problem in findings.problems)
    differing = (findings.runs - indexed) | (sealed - findings.runs)
    for run_id in sorted(differing - damaged - live):
        if run_id not in told:
            has = "has" if run_id in indexed else "lacks"
            findings.bad("index", place, f"it {has} the run {run_id}", _REINDEX)


def _compare_configs(
    session: Session, findings: Findings, connection: sqlite3.Connection, place: str
) -> None:
    tips = read_refs(session.repository, CATALOGUE, TAGS)
    if known_tips(connection) != tips or tips.get(CATALOGUE) != findings.tip:
        return  # something is being recorded; the next command brings it up to date
    rows = connection.execute(
        "SELECT id FROM config JOIN object ON object.config = config.n WHERE plane = 0"
    )
    indexed = {row[0] for row in rows}
    damaged = {
        problem.place.rpartition("/")[2]
        for problem in findings.problems
        if problem.kind == "config"
    }
    for config_id in sorted(findings.catalogue.keys() ^ indexed):
        if f"{config_id[2:]}.yaml" in damaged:
            continue
        has = "has" if config_id in indexed else "lacks"
        findings.bad("index", place, f"it {has} the config {short(config_id)}", _REINDEX)
