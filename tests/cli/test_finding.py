"""list, search, show, grep, log, tags, compare: what is registered, found and shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import Exp

FIELDS = ["id", "short_id", "description", "tags", "created_at", "author", "parents", "source"]


def test_list_is_one_line_each_newest_first(registered: Exp) -> None:
    """A line has short id, time, tags and the description, or else the source."""
    lines = registered("list").lines
    assert [line.split("  ", 2)[2] for line in lines] == [
        "forest.yaml",
        "(try) twice as deep",
        "(baseline) the baseline",
    ]


def test_list_json_has_the_promised_shape(registered: Exp) -> None:
    """`list --json` is one array of configs without their data; `--full` brings it."""
    listed = registered("list", "--json").json
    assert [list(one) for one in listed] == [FIELDS] * 3
    full = registered("list", "--json", "--full").json
    assert [list(one) for one in full] == [[*FIELDS, "config"]] * 3
    assert full[0]["config"] == {"model": {"name": "forest", "trees": 300}}
    assert registered("--json", "list").json == listed


def test_an_empty_repository(exp: Exp) -> None:
    """Nothing registered is no error: empty output, `[]`, and a note what to do."""
    answer = exp("list")
    assert answer.out == ""
    assert "git exp add" in answer.err
    assert exp("list", "--json").json == []
    for command in ("tags", "log"):
        assert exp(command).out == ""
        assert exp(command, "--json").json == []
    assert exp("verify").out == "0 configs checked, no problems\n"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--tag", "baseline"), ["base.yaml"]),
        (("-t", "baseline", "-t", "try"), []),
        (("--since", "yesterday"), ["forest.yaml", "deep.yaml", "base.yaml"]),
        (("--until", "2020-01-01"), []),
        (("--author", "lovelace"), ["forest.yaml", "deep.yaml", "base.yaml"]),
        (("--author", "babbage"), []),
        (("--limit", "1"), ["forest.yaml"]),
        (("-n", "0"), []),
        (("--where", "model.depth >= 4"), ["deep.yaml"]),
        (("--where", "model.dropout IS NULL AND NOT tag:baseline"), ["forest.yaml"]),
        (("--where", "layers[] = 16"), ["deep.yaml"]),
    ],
)
def test_conditions(registered: Exp, options: tuple[str, ...], expected: list[str]) -> None:
    """`list` and `search` take the same conditions; `search` says no when nothing is found."""
    line = ("--format", "%(source)")
    assert registered("list", *options, *line).lines == expected
    found = options[0] in ("--limit", "-n")
    status = 2 if found else (0 if expected else 1)
    answer = registered("search", *options, *line, status=status)
    assert answer.lines == ([] if found else expected)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("deep",), ["deep.yaml"]),
        (("dropout",), ["deep.yaml"]),
        (("FOREST",), ["forest.yaml"]),
        (("300",), ["forest.yaml"]),
        (("baseline",), ["base.yaml"]),
        (("mlp", "try"), ["deep.yaml"]),
        (("mlp", "forest"), []),
    ],
)
def test_search_words(registered: Exp, words: tuple[str, ...], expected: list[str]) -> None:
    """Words are found in tags, descriptions, sources, keys and values; all must be there."""
    status = 0 if expected else 1
    assert registered("search", *words, "--format", "%(source)", status=status).lines == expected


def test_search_for_nothing_is_wrong_usage(registered: Exp) -> None:
    """`search` alone says what it needs."""
    assert "search for what?" in registered("search", status=2).err


def test_a_mistyped_tag_is_told(registered: Exp) -> None:
    """An empty answer to a tag that nobody bears says so, with a suggestion."""
    answer = registered("list", "--tag", "baselin")
    assert answer.out == ""
    assert answer.err == "note: no config bears the tag 'baselin'; did you mean 'baseline'?\n"


def test_formats(registered: Exp) -> None:
    """`--format` knows fields, paths into the config, percent signs and hex codes."""
    line = "%(short_id)|%(tags)|%(config.lr)|%(config.layers[1])|%(config.none)|%%%41%09."
    answer = registered("list", "--tag", "try", "--format", line)
    [one] = registered("list", "--tag", "try", "--json").json
    assert answer.out == f"{one['short_id']}|try|0.2|16||%A\t.\n"
    whole = registered("list", "-n", "1", "--format", "%(config)")
    assert whole.out == "{model: {name: forest, trees: 300}}\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%(x)", "there is no field %(x)"),
        ("%q", "cannot read the format at '%q'"),
        ("%(id", "cannot read the format at"),
        ("%(config.layers[])", "which element?"),
        ("%(config.a b)", "cannot read the path"),
    ],
)
def test_bad_formats(registered: Exp, line: str, message: str) -> None:
    """A format that cannot be read is refused before anything is printed."""
    answer = registered("list", "--format", line, status=2)
    assert answer.out == ""
    assert message in answer.err
    assert "hint: " in answer.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--where", "lr >="), "column 6"),
        (("--where", "lr > 1 AN"), "column 8"),
        (("--where", ""), "the query is empty"),
        (("--since", "someday"), "not a date: 'someday'"),
        (("--limit", "x"), "whole number"),
        (("--limit", "-1"), "whole number"),
        (("--full",), "--full goes with --json"),
        (("--json", "--format", "x"), "leave out one of the two"),
    ],
)
def test_bad_conditions(registered: Exp, options: tuple[str, ...], message: str) -> None:
    """A query, date or number that cannot be read: status 2, nothing printed, what is wrong."""
    answer = registered("list", *options, status=2)
    assert answer.out == ""
    assert message in answer.err


def test_a_query_error_points_at_the_place(registered: Exp) -> None:
    """The query is shown with a caret below the place, also behind wide characters."""
    error = registered("list", "--where", "a = '日本' AN", status=2).err.splitlines()
    assert error[1] == "  a = '日本' AN"
    assert error[2] == "  " + " " * len("a = 'xxxx' ") + "^"


def test_show(registered: Exp) -> None:
    """`show` prints who, when, whence and why, then the config itself."""
    answer = registered("show", "try")
    one = registered("show", "try", "--json").json
    assert answer.lines[0] == f"config {one['id']}"
    assert "Tags:    try" in answer.out
    assert "Author:  Ada Lovelace <ada@example.org>" in answer.out
    assert "Source:  deep.yaml" in answer.out
    assert f"Parent:  {one['parents'][0][:12]}" in answer.out
    assert "    twice as deep" in answer.out
    assert answer.out.endswith("lr: 0.2\nmodel:\n  depth: 8\n  dropout: 0.5\n  name: mlp\n")
    assert list(one) == [*FIELDS, "config"]
    assert registered("show", "try", "--yaml").out.startswith("layers:\n  - 64\n")
    assert registered("show", "try", "--yaml", "--json", status=2).out == ""


def test_every_way_to_name_a_config(registered: Exp, configs: Path) -> None:
    """Id, prefix, tag, file and `@{N}` all lead to the same config."""
    wanted = registered("show", "baseline", "--json").json["id"]
    for name in (wanted, wanted[:4], "tag:baseline", "base.yaml", "./base.yaml", "@{2}"):
        assert registered("show", name, "--json").json["id"] == wanted
    newest = registered("show", "@", "--json").json["id"]
    assert registered("show", "@{0}", "--json").json["id"] == newest != wanted


def test_a_tag_means_its_newest_member(registered: Exp) -> None:
    """A tag that several configs bear names the one that was given it last."""
    registered("tag", "forest.yaml", "try")
    assert registered("show", "try", "--json").json["source"] == "forest.yaml"


@pytest.mark.parametrize("name", ["none", "abc", "abcd", "@{99}", "@{x}", "", "tag:none", "a" * 64])
def test_unknown_names(registered: Exp, name: str) -> None:
    """What nothing is called: status 1, the name, and how to find the right one."""
    answer = registered("show", name, status=1)
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 2
    assert answer.err.startswith("error: ")
    assert "hint: " in answer.err


def test_an_ambiguous_prefix_lists_the_candidates(exp: Exp, repository: Path) -> None:
    """Several configs start so: status 1, each with its description."""
    # Found by search: these two ids share their first four digits.
    import hashlib

    seen: dict[str, int] = {}
    number = 0
    while True:
        prefix = hashlib.sha256(f"k: {number}\n".encode()).hexdigest()[:4]
        if prefix in seen:
            break
        seen[prefix] = number
        number += 1
    for k in (seen[prefix], number):
        (repository / f"{k}.yaml").write_text(f"k: {k}\n")
        exp("add", f"{k}.yaml", "-m", f"number {k}")
    answer = exp("show", prefix, status=1)
    assert f"'{prefix}' is the start of 2 configs" in answer.err
    assert f"number {number}" in answer.err
    assert "hint: write more digits" in answer.err


def test_a_file_that_is_not_registered(registered: Exp, configs: Path) -> None:
    """It can be shown and compared, but not tagged; the message says how to register it."""
    (configs / "new.yaml").write_text("lr: 0.3\n")
    assert "Date:    not registered" in registered("show", "new.yaml").out
    assert "lr" in registered("compare", "baseline", "new.yaml").out
    answer = registered("tag", "new.yaml", "x", status=1)
    assert "git exp add new.yaml" in answer.err


def test_grep(registered: Exp) -> None:
    """`grep` prints id, line number and line; 1 when nothing matches; options as git grep's."""
    one = registered("show", "baseline", "--json").json["short_id"]
    assert registered("grep", "lr: 0.1").lines == [f"{one}:4:lr: 0.1"]
    assert registered("grep", "-i", "LR: 0.1").lines == [f"{one}:4:lr: 0.1"]
    assert registered("grep", "-F", "r: 0.[", status=1).out == ""
    [found] = registered("grep", "trees", "--json").json
    assert (found["line"], found["text"]) == (3, "  trees: 300")
    assert registered("grep", "none", "--json", status=1).json == []
    assert "cannot search for '['" in registered("grep", "[", status=2).err


def test_tags(registered: Exp) -> None:
    """`tags` lists each tag with count, newest member and time; JSON has its ref as well."""
    registered("tag", "try", "baseline", "with space")
    rows = [line.split("  ")[0] for line in registered("tags").lines]
    assert rows == ["baseline", "try", "with space"]
    first = registered("tags", "--json").json[0]
    assert list(first) == ["tag", "ref", "count", "newest", "updated_at"]
    assert (first["tag"], first["ref"], first["count"]) == (
        "baseline",
        "refs/exptrack/tags/baseline",
        2,
    )


def test_log_of_all_and_of_one(registered: Exp) -> None:
    """`log` tells what happened and who did it, newest first; of a deleted config, too."""
    registered("describe", "try", "deeper")
    registered("untag", "try", "try")
    wanted = registered("show", "deep.yaml", "--json").json["id"]
    events = registered("log", "deep.yaml", "--json").json
    assert events[-1]["action"] == "register"
    assert {event["action"] for event in events} == {"untag", "describe", "tag", "register"}
    assert list(events[0]) == ["time", "author", "action", "text", "commit"]
    registered("delete", wanted, "--force")
    assert registered("log", wanted, "--json").json[0]["action"] == "delete"
    assert all("Ada Lovelace" in line for line in registered("log").lines)
    assert len(registered("log", "-n", "2").lines) == 2
    assert len(registered("log", "baseline", "--limit", "1").lines) == 1
    assert registered("log", "none", status=1).out == ""


def test_compare_two(registered: Exp) -> None:
    """Only what differs, typed, numbers with their change, list changes by position."""
    assert registered("compare", "baseline", "try").lines[2:] == [
        "+  layers[1]      16",
        "~  lr             0.1 → 0.2  (+0.1, +100%)",
        "~  model.depth    2 → 8      (+6, +300%)",
        "+  model.dropout  0.5",
    ]


def test_compare_json(registered: Exp) -> None:
    """The JSON has the configs, whether they differ, rows, and for two the changes."""
    shown = registered("compare", "baseline", "try", "--json").json
    assert list(shown) == ["configs", "differs", "rows", "changes"]
    assert [list(one) for one in shown["configs"]] == [FIELDS, FIELDS]
    change = next(c for c in shown["changes"] if c["path"] == "lr")
    assert change == {
        "path": "lr",
        "kind": "changed",
        "old": 0.1,
        "new": 0.2,
        "absolute": 0.1,
        "relative": 1.0,
    }
    assert "changes" not in registered("compare", "try", "baseline", "@", "--json").json


def test_compare_is_typed(exp: Exp, repository: Path) -> None:
    """1, 1.0 and "1" are three things, and the comparison says which is which."""
    for name, text in (("a", "k: 1\n"), ("b", "k: 1.0\n"), ("c", 'k: "1"\n')):
        (repository / f"{name}.yaml").write_text(text)
    assert exp("compare", "a.yaml", "b.yaml").lines[-1] == "~  k  1 → 1.0  (integer → float)"
    assert exp("compare", "a.yaml", "c.yaml").lines[-1] == '~  k  1 → "1"'


def test_compare_many_and_all(registered: Exp) -> None:
    """Three or more make a table; `--all` shows what is the same as well."""
    table = registered("compare", "baseline", "try", "@").lines
    assert table[0].split() == [
        registered("show", name, "--json").json["short_id"] for name in ("baseline", "try", "@")
    ]
    assert any(line.split() == ["model.trees", "-", "-", "300"] for line in table)
    whole = [line.split() for line in registered("compare", "baseline", "try", "--all").lines]
    assert ["model.name", "mlp", "mlp"] in whole


def test_compare_exit_code(registered: Exp) -> None:
    """`--exit-code` is 1 where they differ and 0 where they do not, as of git diff."""
    registered("compare", "baseline", "try", "--exit-code", status=1)
    assert "the same config" in registered("compare", "try", "@{1}", "--exit-code").out
    assert "two configs or more" in registered("compare", "try", status=2).err


def test_wide_characters_line_up(exp: Exp, repository: Path) -> None:
    """Characters that take two cells are counted so in tables."""
    (repository / "a.yaml").write_text("日本: 1\nab: 1\n")
    (repository / "b.yaml").write_text("日本: 2\nab: 2\n")
    lines = exp("compare", "a.yaml", "b.yaml").lines[2:]
    assert lines == ["~  ab    1 → 2  (+1, +100%)", "~  日本  1 → 2  (+1, +100%)"]


def test_a_query_that_is_too_deep(registered: Exp) -> None:
    """What SQLite's parser could not take is refused with the column, and said how to mend it."""
    query = "trees > 0"
    for level in range(20):
        query = f"(trees > {level} AND (trees < 0 OR {query}))"
    answer = registered("list", "--where", query, status=2)
    assert "levels inside each other" in answer.err
    assert "hint: take the query apart" in answer.err
    negated = "NOT " * 20 + "model.trees = 300"
    assert len(registered("list", "--where", negated).lines) == 1
