"""git reads and merges config files by key: `git exp init --drivers`, and what git does then."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from witness import commit_all, commit_file, git, new_repository, refs, run_git

from gittrack.cli.main import run
from gittrack.drivers.hunks import NOTHING, label_hunks, read_side
from gittrack.drivers.quoting import quoted
from gittrack.drivers.setup import with_block
from gittrack.errors import RepositoryError, UsageError
from gittrack.git.configuration import set_value
from gittrack.git.repository import discover

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

CONFIG = """\
training:
  lr: 0.1  # rate
  epochs: 10
  layers: [64, 32]
model: {name: mlp, depth: 2}
data:
  path: /v1
"""

ODD_NAMES = ("with space.yaml", 'q"uote.yaml', "tab\t.yaml", "ü.yaml", "line\nend.yaml", "-x.yaml")
HOSTILE_NAMES = ("a; touch pwned.yaml", "$(touch pwned).yaml", "`touch pwned`.yaml", "it's.yaml")

Init = Callable[..., tuple[int, str, str]]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`git-exp`, first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "git-exp"
    script.write_text(f"#!{sys.executable}\nfrom gittrack.cli.main import main\n\nmain()\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("NO_COLOR", "GIT_PAGER_IN_USE"):
        monkeypatch.delenv(name, raising=False)
    return script


@pytest.fixture
def init(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Init:
    """Runs `git exp init` in the repository: status, output, messages."""
    monkeypatch.chdir(repository)

    def execute(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["init", *arguments])
        written = capsys.readouterr()
        return status, written.out, written.err

    return execute


@pytest.fixture
def driven(repository: Path, program: Path, init: Init) -> Path:
    """A repository with drivers and `prod.yaml`, committed."""
    init("--drivers")
    (repository / "prod.yaml").write_text(CONFIG)
    commit_all(repository)
    return repository


def plain(patch: str) -> str:
    """A patch without what follows the hunks' line numbers."""
    return re.sub(r"(?m)^(@@ -\S+ \+\S+ @@).*$", r"\1", patch)


def content(file: Path) -> str:
    """A file's text; from 2.44 on git gives conflicts the names of the branches."""
    names = {"<": "ours", "|": "base", ">": "theirs"}
    text = file.read_text()
    return re.sub(r"(?m)^([<|>]{7}) .*$", lambda match: f"{match[1]} {names[match[1][0]]}", text)


def branches(folder: Path, name: str, base: str, ours: str, theirs: str) -> None:
    """One file on `main` and on `topic`, changed on both since they parted."""
    write_and_commit(folder, name, base)
    git(folder, "checkout", "-q", "-b", "topic")
    write_and_commit(folder, name, theirs)
    git(folder, "checkout", "-q", "main")
    write_and_commit(folder, name, ours)


def write_and_commit(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", f"Write {name}")


class TestDiff:
    def test_hunks_name_the_keys_that_change(self, driven: Path) -> None:
        """`git diff` is git's own patch, with the changed keys' paths in each hunk's head."""
        file = driven / "prod.yaml"
        file.write_text(CONFIG.replace("0.1", "0.2").replace("depth: 2", "depth: 3"))
        patch = git(driven, "diff")
        assert "\n@@ -1,7 +1,7 @@ training.lr, model.depth\n" in patch
        assert plain(patch) == plain(git(driven, "diff", "--no-ext-diff"))

    @pytest.mark.parametrize(
        "arguments",
        [("HEAD",), ("--cached",), ("-M", "HEAD~1", "HEAD")],
    )
    def test_it_is_the_patch_that_git_prints(
        self, driven: Path, arguments: tuple[str, ...]
    ) -> None:
        """For new, deleted, renamed, executable and unreadable files, odd names and line ends."""
        for name in ODD_NAMES[:3]:
            (driven / name).write_text(CONFIG)
        (driven / "gone.yaml").write_text("a: 1\n")
        (driven / "binary.yaml").write_bytes(b"a: \0\n")
        (driven / "old.yaml").write_text(CONFIG)
        commit_all(driven)
        for name in ODD_NAMES:
            (driven / name).write_text(CONFIG.replace("10", "20").removesuffix("\n"))
        (driven / "gone.yaml").unlink()
        (driven / "binary.yaml").write_bytes(b"a: \0\0\n")
        (driven / "broken.yaml").write_text("a: [\n")
        (driven / "windows.yaml").write_bytes(b"a: 1\r\nb: 2\r\n")
        (driven / "prod.yaml").chmod(0o755)
        (driven / "old.yaml").rename(driven / "renamed.yaml")
        git(driven, "add", "-A")
        if "HEAD~1" in arguments:
            git(driven, "commit", "-qm", "All")
        expected = git(driven, "diff", "--no-ext-diff", *arguments)
        assert plain(git(driven, "diff", *arguments)) == plain(expected)
        assert len(expected.split("diff --git")) > 8

    def test_a_patch_can_be_applied(self, driven: Path) -> None:
        """`git apply` takes it, whatever the files are called."""
        for name in (*ODD_NAMES[:5], HOSTILE_NAMES[1]):
            (driven / name).write_text(CONFIG)
        git(driven, "add", "-A")
        patch = run_git(driven, "diff", "--cached").stdout
        git(driven, "rm", "-rqf", "--", ".")
        git(driven, "reset", "-q", "--hard")
        git(driven, "apply", "--index", stdin=patch)
        expected = git(driven, "diff", "--cached", "--no-ext-diff")
        assert plain(patch.decode().removesuffix("\n")) == plain(expected)
        assert not (driven / "pwned").exists()

    def test_names_in_other_scripts(self, driven: Path) -> None:
        """As git writes them, by `core.quotePath`."""
        (driven / "ü.yaml").write_text("a: 1\n")
        git(driven, "add", "-A")
        for quote in ("true", "off"):
            git(driven, "config", "core.quotePath", quote)
            expected = git(driven, "diff", "--cached", "--no-ext-diff")
            assert plain(git(driven, "diff", "--cached")) == expected

    def test_a_patch_of_the_way_back(self, driven: Path) -> None:
        """`git diff -R` is a patch that brings the old state back."""
        (driven / "prod.yaml").write_text(CONFIG.replace("10", "20"))
        git(driven, "apply", stdin=run_git(driven, "diff", "-R").stdout)
        assert (driven / "prod.yaml").read_text() == CONFIG

    def test_files_that_git_converts(self, driven: Path) -> None:
        """With `eol=crlf` the patch is about what is stored, as git's own is."""
        (driven / ".gitattributes").write_text("/prod.yaml diff=exptrack text eol=crlf\n")
        (driven / "prod.yaml").write_bytes(
            CONFIG.replace("10", "20").replace("\n", "\r\n").encode()
        )
        patch = git(driven, "diff", "prod.yaml")
        assert "@@ training.epochs\n" in patch
        assert plain(patch) == plain(git(driven, "diff", "--no-ext-diff", "prod.yaml"))

    def test_from_a_folder_and_with_a_git_folder_elsewhere(self, driven: Path) -> None:
        """The driver finds the repository as git does."""
        (driven / "sub").mkdir()
        (driven / "prod.yaml").write_text(CONFIG.replace("10", "20"))
        assert "@@ training.epochs" in git(driven / "sub", "diff")
        away = driven.parent / "away"
        away.mkdir()
        given = {"GIT_DIR": str(driven / ".git"), "GIT_WORK_TREE": str(driven)}
        assert "@@ training.epochs" in git(away, "diff", variables=given)

    def test_colours_where_a_pager_shows_them(self, driven: Path) -> None:
        """git's colours, and none where nobody wants them."""
        (driven / "prod.yaml").write_text(CONFIG.replace("10", "20"))
        shown = {"GIT_PAGER_IN_USE": "true", "TERM": "xterm"}
        colored = git(driven, "diff", variables=shown)
        assert "\x1b[36m@@ -1,6 +1,6 @@\x1b[m training.epochs\n" in colored
        assert "\x1b[31m-  epochs: 10\x1b[m\n\x1b[32m+  epochs: 20\x1b[m\n" in colored
        assert re.sub(r"\x1b\[\d*m", "", colored) == git(driven, "diff")
        assert "\x1b" not in git(driven, "diff", variables={**shown, "NO_COLOR": "1"})

    def test_log_and_show_name_the_nearest_key(self, driven: Path) -> None:
        """They run no diff driver; git itself shows the key that opens the mapping."""
        (driven / "prod.yaml").write_text(
            CONFIG.replace("/v1", "/v1\n  x: 1\n  y: 1\n  z: 1\n  w: 1")
        )
        commit_all(driven)
        (driven / "prod.yaml").write_text(
            (driven / "prod.yaml").read_text().replace("w: 1", "w: 2")
        )
        commit_all(driven)
        assert "@@ data:\n" in git(driven, "show")

    @pytest.mark.parametrize("broken", ["missing", "failing"])
    def test_without_gittrack_it_is_a_plain_patch(
        self, driven: Path, program: Path, broken: str
    ) -> None:
        """Where `git-exp` is not found or cannot start, git's own patch can still be applied."""
        break_program(program, broken)
        for name in ("prod.yaml", *HOSTILE_NAMES):
            (driven / name).write_text(CONFIG.replace("10", "20"))
        (driven / "prod.yaml").chmod(0o755)
        git(driven, "add", "-N", "-A")
        patch = git(driven, "diff", "prod.yaml") + "\n"
        assert "old mode 100644\nnew mode 100755\n" in patch
        git(driven, "apply", "--check", "-R", stdin=patch)
        assert "+  epochs: 20" in git(driven, "diff")
        assert not (driven / "pwned").exists()


def break_program(program: Path, how: str) -> None:
    if how == "missing":
        program.unlink()
        os.environ["PATH"] = os.pathsep.join(
            folder
            for folder in os.environ["PATH"].split(os.pathsep)
            if not (Path(folder) / "git-exp").exists()
        )
    else:
        program.write_text("#!/bin/sh\nexit 1\n")


def labels(old: str, new: str) -> list[str]:
    """What follows the hunks' line numbers, in a patch of two texts by plain git."""
    folder = Path.cwd()
    (folder / "old").write_text(old)
    (folder / "new").write_text(new)
    lines = run_git(folder, "diff", "-U0", "--no-index", "old", "new").stdout.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(b"@@"))
    sides = [read_side(text.encode(), "x.yaml") if text else NOTHING for text in (old, new)]
    labelled = list(label_hunks(lines[start:], *sides))
    heads = [line.decode() for line in labelled if line.startswith(b"@@")]
    return [head.split(" @@", 1)[1].strip() for head in heads]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a: 1\n", "a: 2\n", ["a"]),
        ("a: 1\n", "a: 1.0\n", ["a"]),
        ("a: {b: 1, c: 2}\n", "a: {b: 1, c: 3}\n", ["a.c"]),
        ("l:\n- 1\n- 2\n", "l:\n- 1\n- 3\n", ["l"]),
        ("l:\n- x: 1\n- x: 2\n", "l:\n- x: 1\n- x: 3\n", ["l[1].x"]),
        ("a: 1\n", "a: 1  # note\n", ["a"]),
        ("a: 1\nb: 1\n", "a: 1\n# of b\nb: 1\n", ["b"]),
        ("a: 1\n", "# of a\na: 1\n", ["a"]),
        ("", "a: 1\nb: 2\nc: 3\nd: 4\n", ["a, b, c (+1 more)"]),
        ("t: |\n  one\n  two\n", "t: |\n  one\n  three\n", ["t"]),
        ("a: 1\nb: 1\nc: 1\n", "a: 2\nb: 1\nc: 2\n", ["a", "c"]),
        ("a: &x 1\nb: *x\n", "a: &x 2\nb: *x\n", ["a"]),
        ("x: 1\n---\nx: 1\n", "x: 1\n---\nx: 2\n", ["x"]),
        ('"\\e[31m": 1\n', '"\\e[31m": 2\n', ["`\\x1b[31m`"]),
        ('"a\\nb": 1\n', '"a\\nb": 2\n', ["`a\\nb`"]),
    ],
)
def test_labels(
    old: str, new: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys whose values change; else the key that a comment is about. Keys are data."""
    monkeypatch.chdir(tmp_path)
    assert labels(old, new) == expected


@given(st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name))
def test_quoted_names_hold_nothing_that_acts(name: bytes) -> None:
    """No control character or line end is left, and plain names are as they are."""
    written = quoted(name, ascii_only=True)
    assert all(0x20 <= byte < 0x7F for byte in written)
    assert (written == name) == (not written.startswith(b'"'))


class TestMerge:
    def test_neighbouring_keys_do_not_conflict(self, driven: Path) -> None:
        """What git would call a conflict is merged, comments kept, nothing said."""
        ours, theirs = CONFIG.replace("0.1", "0.2"), CONFIG.replace("10", "20  # more")
        branches(driven, "prod.yaml", CONFIG, ours, theirs)
        done = run_git(driven, "merge", "-q", "topic")
        assert (done.returncode, done.stderr) == (0, b"")
        merged = (driven / "prod.yaml").read_text()
        assert merged == CONFIG.replace("0.1", "0.2").replace("epochs: 10", "epochs: 20")

    def test_a_conflict_is_told_and_marked(self, driven: Path) -> None:
        """Only the key in conflict is between markers; a message names it; git knows of it."""
        ours = CONFIG.replace("0.1", "0.2").replace("/v1", "/v2")
        theirs = CONFIG.replace("0.1", "0.3").replace("10", "20")
        branches(driven, "prod.yaml", CONFIG, ours, theirs)
        done = run_git(driven, "merge", "topic")
        assert done.returncode == 1
        assert done.stderr.decode() == "CONFLICT (config): training.lr in prod.yaml\n"
        text = content(driven / "prod.yaml")
        marked = "<<<<<<< ours\n  lr: 0.2  # rate\n=======\n  lr: 0.3  # rate\n>>>>>>> theirs\n"
        assert text == CONFIG.replace("  lr: 0.1  # rate\n", marked).replace("10", "20").replace(
            "/v1", "/v2"
        )
        assert git(driven, "diff", "--name-only", "--diff-filter=U") == "prod.yaml"

    def test_the_style_with_the_base(self, driven: Path) -> None:
        """`merge.conflictStyle=diff3` counts."""
        git(driven, "config", "merge.conflictStyle", "diff3")
        branches(driven, "prod.yaml", "a: 1\n", "a: 2\n", "a: 3\n")
        run_git(driven, "merge", "topic")
        assert "||||||| base\na: 1\n=======\n" in content(driven / "prod.yaml")

    def test_rebase(self, driven: Path) -> None:
        """It is there for every command that merges."""
        ours, theirs = CONFIG.replace("0.1", "0.2"), CONFIG.replace("10", "20")
        branches(driven, "prod.yaml", CONFIG, ours, theirs)
        git(driven, "rebase", "-q", "topic")
        assert (driven / "prod.yaml").read_text() == ours.replace("10", "20")

    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    def test_names_are_data(self, driven: Path, name: str) -> None:
        """A file's name is never run by a shell."""
        branches(driven, name, "a: 1\nb: 1\n", "a: 2\nb: 1\n", "a: 1\nb: 2\n")
        git(driven, "merge", "-q", "topic")
        assert (driven / name).read_text() == "a: 2\nb: 2\n"
        assert not (driven / "pwned").exists()

    def test_what_is_no_config_is_merged_as_text(self, driven: Path) -> None:
        """Both sides are there, in git's markers; a binary file is left as ours, in conflict."""
        branches(driven, "x.yaml", "a: [\n", "a: [1\n", "a: [2\n")
        (driven / "y.yaml").write_bytes(b"a\n")
        done = run_git(driven, "merge", "topic")
        assert done.stderr.decode() == "CONFLICT (config): lines in x.yaml\n"
        assert content(driven / "x.yaml") == (
            "<<<<<<< ours\na: [1\n=======\na: [2\n>>>>>>> theirs\n"
        )

    def test_what_is_not_utf_8(self, driven: Path) -> None:
        """It is merged by lines, as bytes, and said; clean or not."""
        file = driven / "x.yaml"
        texts = [f"a: \xe9{n}\nb: 1\nc: 1\nd: {m}\n" for n, m in ((1, 1), (2, 1), (3, 2))]
        for (a, b), status in (((texts[1], texts[2]), 1), ((texts[1], texts[0] + "e: 1\n"), 0)):
            sides = [driven / name for name in ("base", "x.yaml", "theirs")]
            for side, text in zip(sides, (texts[0], a, b), strict=True):
                side.write_bytes(text.encode("latin-1"))
            command = ("git-exp", "merge-driver", "base", "x.yaml", "theirs", "7", "x.yaml")
            done = subprocess.run(command, cwd=driven, capture_output=True, check=False)
            assert done.returncode == status
            assert b"note: x.yaml is merged by lines" in done.stderr
            assert (b"<<<<<<< ours\n" in file.read_bytes()) == bool(status)
            assert "a: \xe92".encode("latin-1") in file.read_bytes()

    def test_a_binary_file_stays_ours_in_conflict(self, driven: Path) -> None:
        """As git does with binary files."""
        branches(driven, "x.yaml", "a: \0\n", "a: \0 1\n", "a: \0 2\n")
        done = run_git(driven, "merge", "topic")
        assert done.returncode == 1
        assert (driven / "x.yaml").read_text() == "a: \0 1\n"
        assert git(driven, "diff", "--name-only", "--diff-filter=U") == "x.yaml"

    @pytest.mark.parametrize("broken", ["missing", "failing"])
    def test_without_gittrack_git_merges_by_lines(
        self, driven: Path, program: Path, broken: str
    ) -> None:
        """No side is lost, and clean merges are clean."""
        break_program(program, broken)
        theirs = CONFIG.replace("0.1", "0.3").replace("/v1", "/v2")
        branches(driven, "prod.yaml", CONFIG, CONFIG.replace("0.1", "0.2"), theirs)
        assert run_git(driven, "merge", "topic").returncode == 1
        text = content(driven / "prod.yaml")
        assert "<<<<<<< ours\n  lr: 0.2  # rate\n=======\n  lr: 0.3" in text
        assert "/v2" in text

    def test_an_object_is_never_merged(self, driven: Path) -> None:
        """Two contents under one name are a conflict, and neither is changed."""
        name = ".exptrack/objects/ab/" + "0" * 62 + ".yaml"
        (driven / name).parent.mkdir(parents=True)
        branches(driven, name, "a: 1\nb: 1\n", "a: 2\nb: 1\n", "a: 1\nb: 2\n")
        assert run_git(driven, "merge", "topic").returncode == 1
        assert (driven / name).read_text() == "a: 2\nb: 1\n"


class TestSettingUp:
    def test_says_what_it_did_and_what_to_do(self, init: Init, repository: Path) -> None:
        """What was set, what to commit, and that each clone runs it; a second time nothing."""
        status, out, _ = init("--drivers")
        assert status == 0
        assert "git config: merge.exptrack.driver" in out
        assert "next: git add .gitattributes" in out
        assert "every clone runs once: git exp init --drivers" in out
        before = (repository / ".git/config").read_bytes()
        assert init("--drivers")[1].endswith("drivers were set up already\n")
        assert (repository / ".git/config").read_bytes() == before
        attributes = git(repository, "check-attr", "diff", "merge", "--", "a/b.yml", "x.json")
        assert attributes.splitlines()[:2] == [
            "a/b.yml: diff: exptrack",
            "a/b.yml: merge: exptrack",
        ]
        assert "x.json: merge: unspecified" in attributes

    def test_patterns(self, init: Init, repository: Path) -> None:
        """`--for` names the files; without it, what is in the block already stays."""
        (repository / ".gitattributes").write_text("*.png binary")
        init("--drivers", "--for", "my configs/*.yaml", "--for", "*.json")
        attributes = (repository / ".gitattributes").read_text()
        assert attributes.startswith("*.png binary\n# gittrack drivers: begin\n")
        assert '"my configs/*.yaml" diff=exptrack merge=exptrack\n' in attributes
        names = ("my configs/a.yaml", "b.json", "c.yaml")
        found = git(repository, "check-attr", "merge", "--", *names).splitlines()
        assert [line.rsplit(" ", 1)[1] for line in found] == ["exptrack", "exptrack", "unspecified"]
        init("--drivers")
        assert (repository / ".gitattributes").read_text() == attributes
        init("--drivers", "--for", "*.yaml")
        assert "json" not in (repository / ".gitattributes").read_text()

    def test_the_rest_of_the_file_stays(self) -> None:
        """Lines before and after the block, and its line ends, are as they were."""
        before = b"# mine\r\n*.a text\r\n"
        block = with_block(before, ["*.yaml"])
        assert block.startswith(before)
        assert block.count(b"\r\n") == block.count(b"\n")
        again = with_block(block + b"*.z text\r\n", ["*.yml"])
        assert again.startswith(before)
        assert again.endswith(b"*.z text\r\n")
        assert b"*.yaml" not in again

    @pytest.mark.parametrize("pattern", ["", " ", "!*.yaml"])
    def test_patterns_that_git_does_not_take(self, pattern: str) -> None:
        """They are refused."""
        with pytest.raises(UsageError):
            with_block(b"", [pattern])

    def test_a_block_without_an_end(self) -> None:
        """Somebody edited it: it is not guessed where it ends."""
        with pytest.raises(RepositoryError, match="has no line"):
            with_block(b"# gittrack drivers: begin\n*.yaml text\n", ["*.yaml"])

    def test_a_link_is_not_followed(self, init: Init, repository: Path, tmp_path: Path) -> None:
        """git reads no `.gitattributes` that is a link, and what it leads to is not ours."""
        (tmp_path / "outside").write_text("")
        (repository / ".gitattributes").symlink_to(tmp_path / "outside")
        status, _, err = init("--drivers")
        assert status == 3
        assert "must be a regular file" in err
        assert (tmp_path / "outside").read_text() == ""

    def test_a_locked_configuration(self, init: Init, repository: Path) -> None:
        """Another git command holds the lock: one clear line, and what to do."""
        (repository / ".git/config.lock").touch()
        status, _, err = init("--drivers")
        assert status == 3
        assert "config.lock is in the way" in err
        assert "hint: run the command again" in err

    def test_in_a_linked_worktree(
        self, init: Init, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The settings are for all worktrees, the attributes in this one."""
        git(repository, "worktree", "add", "-q", str(tmp_path / "linked"))
        monkeypatch.chdir(tmp_path / "linked")
        assert init("--drivers")[0] == 0
        assert git(repository, "config", "--local", "merge.exptrack.driver")
        assert (tmp_path / "linked/.gitattributes").exists()
        assert not (repository / ".gitattributes").exists()

    def test_values_are_kept_as_they_are(self, repository: Path) -> None:
        """What is written into git's configuration reads back the same."""
        value = 'a "b" \\ ; # $x\ttab'
        set_value(discover(repository), "exptrack.test", value)
        assert git(repository, "config", "exptrack.test") == value

    def test_for_needs_drivers(self, init: Init) -> None:
        """Patterns alone mean nothing."""
        assert init("--for", "*.yaml")[0] == 2


class TestRemotes:
    @pytest.fixture
    def two(self, init: Init, repository: Path, tmp_path: Path) -> Path:
        """A remote `origin` that somebody else pushes records to."""
        new_repository(tmp_path / "origin", bare=True)
        git(repository, "remote", "add", "origin", str(tmp_path / "origin"))
        git(repository, "push", "-q", "origin", "main")
        git(repository, "update-ref", "refs/exptrack/tags/ours", "HEAD")
        git(tmp_path / "origin", "update-ref", "refs/exptrack/tags/theirs", "main")
        git(tmp_path / "origin", "update-ref", "refs/exptrack/catalogue", "main")
        return repository

    def test_a_fetch_brings_records_and_never_touches_local_ones(
        self, two: Path, init: Init
    ) -> None:
        """Neither `git fetch` nor `git fetch --prune` changes `refs/exptrack/`."""
        assert "git fetch origin now brings" in init("--remote", "origin")[1]
        git(two, "commit", "-q", "--allow-empty", "-m", "Later")
        git(two, "update-ref", "refs/exptrack/catalogue", "HEAD")
        before = refs(two, "refs/exptrack/")
        git(two, "fetch", "-q", "--prune", "origin")
        assert refs(two, "refs/exptrack/") == before
        assert set(refs(two, "refs/exptrack-remote/")) == {
            "refs/exptrack-remote/origin/tags/theirs",
            "refs/exptrack-remote/origin/catalogue",
        }
        assert "refs/remotes/origin/main" in refs(two)

    def test_twice_is_once(self, two: Path, init: Init) -> None:
        """The refspec is added once."""
        init("--remote", "origin")
        assert init("--remote", "origin")[1].endswith("already\n")
        found = git(two, "config", "--get-all", "remote.origin.fetch").splitlines()
        assert found == [
            "+refs/heads/*:refs/remotes/origin/*",
            "+refs/exptrack/*:refs/exptrack-remote/origin/*",
        ]

    def test_records_are_pushed_by_a_remote_of_their_own(
        self, two: Path, init: Init, tmp_path: Path
    ) -> None:
        """It sends records, not the code of runs, overwrites nothing, and leaves branches alone."""
        git(two, "update-ref", "refs/exptrack/code", "HEAD")
        git(two, "commit", "-q", "--allow-empty", "-m", "Later")
        before = git(two, "config", "--get-regexp", r"^(push|branch|remote\.origin)\.")
        assert "git push origin-exptrack now sends" in init("--remote", "origin", "--push")[1]
        assert "git push origin-exptrack sends" in init("--remote", "origin", "--push")[1]
        after = git(two, "config", "--get-regexp", r"^(push|branch|remote\.origin)\.")
        assert set(after.splitlines()) - set(before.splitlines()) == {
            "remote.origin.fetch +refs/exptrack/*:refs/exptrack-remote/origin/*"
        }
        known = refs(tmp_path / "origin")
        git(two, "push", "-q", "origin-exptrack")
        got = refs(tmp_path / "origin")
        assert got.keys() - known.keys() == {"refs/exptrack/tags/ours"}
        assert got["refs/heads/main"] == known["refs/heads/main"]
        git(two, "commit", "-q", "--amend", "--allow-empty", "-m", "Elsewhere")
        git(tmp_path / "origin", "update-ref", "refs/exptrack/tags/ours", "refs/heads/main")
        git(
            two,
            "update-ref",
            "refs/exptrack/tags/ours",
            git(two, "commit-tree", "HEAD^{tree}", "-m", "x"),
        )
        assert run_git(two, "push", "-q", "origin-exptrack").returncode != 0
        assert refs(tmp_path / "origin")["refs/exptrack/tags/ours"] == known["refs/heads/main"]
        assert init()[2] == ""
        assert init("--push")[0] == 2

    def test_an_unknown_remote(self, two: Path, init: Init) -> None:
        """The remotes that there are, are named."""
        status, _, err = init("--remote", "orgin")
        assert status == 1
        assert "there is no remote 'orgin'; there are: origin" in err

    def test_a_hint_until_it_is_done(self, two: Path, init: Init) -> None:
        """Plain `init` says in one line how to fetch records."""
        assert init()[2] == (
            "hint: to fetch the records of a remote: git exp init --remote origin\n"
        )
        init("--remote", "origin")
        assert init()[2] == ""

    def test_the_documented_push(self, two: Path, tmp_path: Path) -> None:
        """It sends all records but the code, and overwrites nothing."""
        git(two, "update-ref", "refs/exptrack/code", "HEAD")
        text = (ROOT / "docs/drivers.md").read_text()
        [command] = re.findall(r"^git push origin .*$", text, re.MULTILINE)
        git(two, *shlex.split(command)[1:])
        assert set(refs(tmp_path / "origin", "refs/exptrack/")) == {
            "refs/exptrack/catalogue",
            "refs/exptrack/tags/ours",
            "refs/exptrack/tags/theirs",
        }


def test_the_drivers_load_no_command_line_parser(driven: Path) -> None:
    """git waits for them at every file: Typer and the store are not loaded."""
    script = (
        "import sys, gittrack.cli.main as m; m.run(['diff-driver', 'x']);"
        " m.run(['merge-driver', '/dev/null', '/dev/null', '/dev/null', '7']);"
        " print('loaded', *sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        (sys.executable, "-c", script), capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "gittrack.drivers.merging" in loaded
    assert not {"typer", "click", "git", "sqlite3", "gittrack.store", "ruamel.yaml"} & loaded


def test_the_documentation_shows_what_happens(driven: Path, tmp_path: Path) -> None:
    """The commands in docs/drivers.md print what it says."""
    text = (ROOT / "docs/drivers.md").read_text()
    folder = new_repository(tmp_path / "example")
    [config] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    commit_file(folder, "configs/prod.yaml", config)
    ran = 0
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            done = subprocess.run(
                command, shell=True, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            shown = done.stdout.decode().replace(str(folder), "/home/ada/example")
            shown = re.sub(r"(?m)^<{7} .*$", "<<<<<<< ours", shown)  # see `content`
            shown = re.sub(r"(?m)^>{7} .*$", ">>>>>>> theirs", shown)
            assert shown.rstrip("\n") == expected.rstrip("\n"), command
            ran += 1
    assert ran > 10
