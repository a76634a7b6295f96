"""--save, --use and queries: searches of runs kept as files on the branch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import Exp
from hypothesis import given
from hypothesis import strategies as st
from witness import commit_all, git

from gittrack.canonical import read
from gittrack.cli.finding import Search
from gittrack.errors import UsageError
from gittrack.store.queries import (
    BrokenQuery,
    SavedQuery,
    check_query_name,
    decode_query,
    encode_query,
)
from gittrack.tracking.tracker import ExperimentTracker

TOP = Path(".exptrack/queries/team/top.yaml")


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        yield tracker


@pytest.fixture
def saved(exp: Exp, tracker: ExperimentTracker) -> Exp:
    """Three runs, and a query `team/top` that finds two of them."""
    for number in range(3):
        with tracker.run("grid", run_name=f"n{number}") as run:
            run.log_metric("acc", number / 10)
    tracker.seal()
    answer = exp("runs", "list", "grid", *WHAT, "--save", "team/top")
    assert answer.err == f"note: saved as {TOP}: commit it; --use team/top takes it\n"
    return exp


WHAT = ("--where", "metrics.acc > 0", "--sort", "metrics.acc", "--columns", "run_name,metrics.acc")


def test_what_is_saved(saved: Exp) -> None:
    """The file is canonical YAML with all that was said; saved again, nothing changes."""
    assert read(TOP.read_bytes()) == {
        "where": "metrics.acc > 0",
        "sort": "metrics.acc",
        "experiments": ["grid"],
        "columns": ["run_name", "metrics.acc"],
    }
    before = TOP.stat().st_mtime_ns
    again = saved("runs", "list", "--use", "team/top", "--save", "team/top")
    assert "says that already" in again.err
    assert TOP.stat().st_mtime_ns == before


def test_what_is_used(saved: Exp) -> None:
    """The saved search is done again; what the command line says comes before it."""
    lines = saved("runs", "list", "--use", "team/top").lines
    assert [line.split()[0] for line in lines] == ["run_name", "n1", "n2"]
    other = saved("runs", "list", "--use", "team/top", "--sort", "metrics.acc DESC", "-n", "1")
    assert other.lines[1].split() == ["n2", "0.2"]
    exported = saved("runs", "export", "--use", "team/top", "--columns", "run_name")
    assert exported.lines == ["run_name", "n1", "n2"]
    assert "did you mean team/top" in saved("runs", "list", "--use", "team/tip", status=1).err


def test_conditions_of_options_are_saved_with_the_query(saved: Exp) -> None:
    """Status and tags become part of the query, which stays in its parentheses."""
    saved(
        "runs", "list", "--where", "number = 1 OR number = 2", "--status", "failed", "--save", "f"
    )
    shown = saved("queries", "show", "f", "--json").json
    assert shown["where"] == "(number = 1 OR number = 2) AND status = 'FAILED'"
    assert saved("runs", "list", "--use", "f", "--json").json == []


def test_list_show_delete(saved: Exp) -> None:
    """Saved queries are listed by name, shown as their files are, and taken away."""
    saved("runs", "list", "--group-by", "config", "--save", "all")
    assert saved("queries", "list").lines == [
        "all       by config",
        "team/top  grid; metrics.acc > 0; sort metrics.acc",
    ]
    assert saved("queries", "show", "team/top").out == TOP.read_text()
    assert saved("queries", "delete", "all", "none", status=1).err.startswith("error: there is no")
    assert len(saved("queries", "list", "--json").json) == 2
    assert saved("queries", "delete", "all", "team/top").out == "deleted  all\ndeleted  team/top\n"
    assert "no query is saved yet" in saved("queries", "list").err
    assert not TOP.exists()


def test_a_file_that_is_no_query(saved: Exp) -> None:
    """It is listed with what is wrong, refused where it is used, and can be taken away."""
    TOP.write_text("where: 1\n\x1b: 2\n")
    listed = saved("queries", "list").out
    assert "team/top  broken: " in listed
    assert "\x1b" not in listed
    TOP.write_text("where: 1\n")
    assert "where is no text" in saved("runs", "list", "--use", "team/top", status=3).err
    assert saved("queries", "list", "--json").json[0]["reason"] == "where is no text"
    saved("queries", "delete", "team/top")


def test_names_and_queries_that_cannot_be(saved: Exp) -> None:
    """A name that is no file's everywhere, a twin in case, a query that is none: nothing is
    written."""
    for name in ("", "../x", "a b", ".hidden", "x" * 101, "-x"):
        with pytest.raises(UsageError):
            check_query_name(name)
    assert "differs in case only" in saved("runs", "list", "--save", "Team/Top", status=2).err
    assert "cannot be called" in saved("runs", "list", "--save", "../x", status=2).err
    saved("runs", "list", "--where", "metrics.acc >", "--save", "bad", status=2)
    assert [one["name"] for one in saved("queries", "list", "--json").json] == ["team/top"]


def test_saved_queries_are_part_of_the_branch(saved: Exp, tmp_path: Path) -> None:
    """A check of the branch accepts them, a clone has them, a bare repository reads HEAD's."""
    commit_all(Path())
    assert saved("check").status == 0
    bare = tmp_path / "bare.git"
    git(Path(), "clone", "-q", "--bare", ".", str(bare))
    assert saved("-C", bare, "queries", "show", "team/top").out == TOP.read_text()
    assert "is bare" in saved("-C", bare, "queries", "delete", "team/top", status=2).err
    TOP.unlink()
    TOP.symlink_to("/etc/passwd")
    assert "symbolic link" in saved("queries", "list").out


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
LISTS = st.lists(TEXTS, max_size=3).map(tuple)


@given(TEXTS, TEXTS, LISTS, LISTS, LISTS)
def test_a_saved_query_reads_back(
    where: str,
    sort: str,
    experiments: tuple[str, ...],
    columns: tuple[str, ...],
    group_by: tuple[str, ...],
) -> None:
    """Whatever it says, what is written is read as the same."""
    query = SavedQuery("x", where, sort, experiments, columns, group_by)
    assert decode_query("x", encode_query(query)) == query


@given(st.binary(max_size=60))
def test_any_bytes_are_a_query_or_a_reason(data: bytes) -> None:
    """A file by hand may be anything: it is read, or it is said what is wrong with it."""
    found = decode_query("x", data)
    assert isinstance(found, SavedQuery) or (isinstance(found, BrokenQuery) and found.reason)


def test_a_search_is_saved_as_it_was_said() -> None:
    """Without conditions of options the query is not touched."""
    assert Search(where="a = 1 OR b = 2").saved_as("x").where == "a = 1 OR b = 2"
    assert Search(more=("b = 2",)).saved_as("x").where == "b = 2"
