"""What may befall an index file, and how many git processes something starts."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(8192))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten_inside(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 512] = b"\xff" * 512
    path.write_bytes(data)


def older_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {_version(path) - 1}")
    connection.close()


def newer_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {_version(path) + 1}")
    connection.close()


def without_tables(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        connection.execute(f"DROP TABLE {'tagged' if 'tagged' in names else 'run_param'}")
    connection.close()


def tips_of_commits_that_are_gone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE ref SET tip = ?", ("12" * 20,))
    connection.close()


def missing(path: Path) -> None:
    path.unlink()


HARMS = (
    garbage,
    empty,
    cut,
    overwritten_inside,
    older_version,
    newer_version,
    without_tables,
    tips_of_commits_that_are_gone,
    missing,
)


def harm_file(path: Path, harm: Callable[[Path], None], *, replaced: bool) -> None:
    """Harm a file; where somebody has it open, as a broken copy that is put in its place."""
    if replaced and harm in (cut, garbage, empty, overwritten_inside, without_tables):
        copy = path.with_name("copy")
        shutil.copy(path, copy)
        harm(copy)
        copy.replace(path)
    else:
        harm(path)


def _version(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(version)


def git_processes(act: Callable[[], None], trace: Path) -> list[str]:
    """The git commands that were started while something was done."""
    trace.unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_TRACE2_EVENT", str(trace))
        act()
    found = []
    for line in trace.read_text().splitlines() if trace.exists() else ():
        event = json.loads(line)
        if event["event"] == "start" and event["sid"].count("/") == 0:
            found.append(" ".join(event["argv"]))
    return found
