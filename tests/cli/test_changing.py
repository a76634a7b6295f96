"""tag, untag, describe, delete, restore, verify, reindex: what is known changes, and is checked."""

from __future__ import annotations

from pathlib import Path

from answers import Exp
from witness import git, refs


def test_tag_and_untag(registered: Exp) -> None:
    """Tags are refs that plain git sees; taking one away that is not there is status 1."""
    assert "(baseline, new, old) the baseline" in registered("tag", "baseline", "new", "old").out
    assert "refs/exptrack/tags/new" in refs(Path(), "refs/exptrack/tags")
    assert "(baseline) the baseline" in registered("untag", "baseline", "new", "old").out
    answer = registered("untag", "baseline", "new", status=1)
    assert "does not bear the tag 'new'" in answer.err


def test_a_tag_that_begins_with_a_hyphen(registered: Exp) -> None:
    """After `--` it is a tag; before it, the message says how to write it."""
    assert "write -- before it" in registered("tag", "@", "-x", status=2).err
    assert "(-x)" in registered("tag", "@", "--", "-x").out
    assert registered("list", "--tag=-x", "--format", "%(tags)").out == "-x\n"
    assert "(-x)" not in registered("untag", "@", "--", "-x").out


def test_bad_tags(registered: Exp) -> None:
    """A tag needs a name, without control characters."""
    assert "not empty" in registered("tag", "@", "", status=2).err
    assert "\\x1b" in registered("tag", "@", "a\x1bb", status=2).err


def test_describe(registered: Exp) -> None:
    """A new description replaces the old one; an empty one takes it away; the id stays."""
    wanted = registered("show", "try", "--json").json["id"]
    assert registered("describe", "try", "two\nlines").out.endswith("(try) two …\n")
    shown = registered("show", wanted, "--json").json
    assert (shown["id"], shown["description"]) == (wanted, "two\nlines")
    registered("describe", "try", "")
    assert registered("show", "try", "--json").json["description"] == ""


def test_delete_and_restore(registered: Exp) -> None:
    """`delete --force` takes configs out, `restore` brings them back with all that was said."""
    before = registered("list", "--json").json
    answer = registered("delete", "baseline", "try", "--force")
    ids = [line.split()[1] for line in answer.lines]
    assert answer.err == f"bring them back with: git exp restore {' '.join(ids)}\n"
    assert len(registered("list").lines) == 1
    assert registered("show", "baseline", status=1).out == ""
    assert "git exp restore" in registered("show", before[2]["id"], status=1).err
    assert [line.split()[0] for line in registered("restore", *ids).lines] == ["restored"] * 2
    assert registered("list", "--json").json == before


def test_delete_asks(registered: Exp) -> None:
    """Without a terminal there is nobody to ask: status 2, nothing deleted."""
    answer = registered("delete", "baseline", status=2)
    assert "use --force" in answer.err
    assert len(registered("list").lines) == 3


def test_delete_is_all_or_nothing(registered: Exp) -> None:
    """One name that nothing has, and nothing is deleted."""
    registered("delete", "baseline", "none", "--force", status=1)
    assert len(registered("list").lines) == 3


def test_restore_of_what_was_not_deleted(registered: Exp) -> None:
    """`restore` takes ids and prefixes of deleted configs only."""
    assert "no deleted config starts with 'abcd'" in registered("restore", "abcd", status=1).err
    assert "named by its id" in registered("restore", "baseline", status=2).err


def test_restore_without_work_tree_files(registered: Exp, configs: Path) -> None:
    """`restore --no-worktree` brings the config back into the catalogue only."""
    short = registered("delete", "baseline", "--force").out.split()[1]
    stored = list((configs / ".exptrack/objects").glob("*/*.yaml"))
    registered("restore", short, "--no-worktree")
    assert sorted((configs / ".exptrack/objects").glob("*/*.yaml")) == sorted(stored)
    assert len(registered("list").lines) == 3


def test_verify(registered: Exp, configs: Path) -> None:
    """All is well, or each damaged file is named, with status 1; by name, only those."""
    assert registered("verify").out == "3 configs checked, no problems\n"
    wanted = registered("show", "baseline", "--json").json["id"]
    file = configs / ".exptrack/objects" / wanted[:2] / f"{wanted[2:]}.yaml"
    file.chmod(0o644)
    file.write_text("lr: 9.0\n")
    answer = registered("verify", status=1)
    assert answer.lines[0].startswith(f"bad  .exptrack/objects/{wanted[:2]}/")
    shown = registered("verify", "--json", status=1).json
    assert (shown["ok"], shown["checked"]) == (False, 3)
    assert list(shown["problems"][0]) == ["id", "place", "reason"]
    assert registered("verify", "try").out == "1 config checked, no problems\n"
    assert registered("verify", wanted, status=1).out
    assert registered("verify", "none", status=1).err.startswith("error: no config is called")


def test_reindex_gives_the_same_answers(registered: Exp, configs: Path) -> None:
    """The index may be deleted or made anew: listings stay the same."""
    before = registered("list", "--json").out
    assert registered("reindex").status == 0
    assert registered("list", "--json").out == before
    private = Path(git(configs, "rev-parse", "--git-path", "exptrack"))
    for file in (configs / private).glob("index.db*"):
        file.unlink()
    assert registered("list", "--json").out == before
