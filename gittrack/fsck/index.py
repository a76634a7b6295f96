"""The index against git: what it has of configs, and whether it can be read at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from gittrack.fsck.findings import Findings
from gittrack.git.refs import read_refs
from gittrack.ids import short
from gittrack.index.configs import CONFIGS
from gittrack.index.database import Index
from gittrack.index.staleness import known_tips
from gittrack.store.layout import CATALOGUE, TAGS
from gittrack.store.session import Session

_REINDEX = "git exp reindex"


def check_index(session: Session, findings: Findings) -> None:
    """The index, if there is one of this version; it is only read."""
    path = Index(session, CONFIGS).path
    if not path.exists():
        return
    findings.checked["indexes"] += 1
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if answer != "ok":
                findings.bad("index", str(path), f"SQLite says: {answer}", _REINDEX)
            elif CONFIGS.is_current(connection):
                _compare(session, findings, connection, str(path))
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):  # else another process brings it up to date at this moment
            findings.bad("index", str(path), str(error), _REINDEX)
    except sqlite3.Error as error:
        findings.bad("index", str(path), str(error), _REINDEX)


def _compare(
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
