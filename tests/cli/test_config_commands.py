"""`git exp config`: the commands, what they print, and the documentation that shows them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from answers import Exp
from test_lightness import modules
from witness import commit_all, commit_file, git

from gittrack.canonical import config_id, emit

DOCUMENT = Path(__file__).parents[2] / "docs/configuration.md"

BASE = "model:\n  name: mlp\n  layers: [64, 32]\ntraining:\n  lr: 0.1  # tuned\n  epochs: 10\n"
SCHEMA = """\
x-match: {files: "configs/*.yaml"}
type: object
required: [training]
properties:
  training:
    type: object
    additionalProperties: false
    required: [lr]
    properties:
      lr: {type: number, description: the learning rate}
      epochs: {type: integer, default: 10}
"""


@pytest.fixture
def files(repository: Path) -> Path:
    """A base, what extends it, an environment, and a schema for all of them."""
    for name, text in {
        "configs/base.yaml": BASE,
        "configs/prod.yaml": "extends: base.yaml\ntraining:\n  lr: 0.01\n",
        "configs/prod.ci.yaml": "training: {epochs: 1}\n",
        ".exptrack/schema/training.yaml": SCHEMA,
        "free.yaml": "a: ${b}\nb: [1, .nan]\n",
    }.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)
    return repository


class TestGroup:
    def test_wrong_names(self, exp: Exp) -> None:
        """A wrong subcommand is status 2, with the name that was meant or where to look."""
        answer = exp("config", "shwo", status=2)
        assert answer.err == (
            "error: 'shwo' is not a command of git exp config\nhint: did you mean show?\n"
        )
        assert "see them all: git exp config -h" in exp("config", "zzz", status=2).err
        assert "missing command" in exp("config", status=2).err
        assert "or --origin?" in exp("config", "show", "--orign", "x", status=2).err
        assert "git exp config set needs KEY=VALUE..." in exp("config", "set", "x", status=2).err

    @pytest.mark.parametrize("name", ["default", "history", "set", "show", "validate"])
    def test_help(self, exp: Exp, name: str) -> None:
        """Each has its help, in the three ways to ask for it."""
        shown = exp("config", name, "-h").out
        assert shown.startswith(f"Usage: git exp config {name} [OPTIONS]")
        assert exp("help", "config", name).out == shown
        assert f"\n  {name} " in exp("config", "-h").out

    def test_only_what_is_called_is_loaded(self, files: Path) -> None:
        """One command of the group, no parser of references, and no validator."""
        loaded = modules(files, "config", "show", "configs/base.yaml")
        ours = {name for name in loaded if name.startswith("gittrack.cli.commands.")}
        assert ours == {"gittrack.cli.commands.config", "gittrack.cli.commands.config.show"}
        assert not {"omegaconf", "jsonschema_rs", "git", "gittrack.schemas"} & loaded


class TestShow:
    def test_canonical_yaml(self, exp: Exp, files: Path) -> None:
        """The bytes hash to the config's id; layers, environment and overrides are in it."""
        out = exp("config", "show", "configs/prod.yaml", "-e", "ci", "--set", "new=1").out
        assert out == (
            "model:\n  layers:\n    - 64\n    - 32\n  name: mlp\nnew: 1\n"
            "training:\n  epochs: 1\n  lr: 0.01\n"
        )
        shown = exp("config", "show", "free.yaml", "--json").json
        assert shown["id"] == config_id(exp("config", "show", "free.yaml").out.encode())
        assert shown["config"] == {"a": [1, ".nan"], "b": [1, ".nan"]}
        assert shown["layers"] == ["free.yaml"]

    def test_origin(self, exp: Exp, files: Path) -> None:
        """Each value with the place that it came from, also as JSON."""
        given = ("config", "show", "configs/prod.yaml", "--origin", "--set", "training.epochs=3")
        assert exp(*given).lines == [
            "model.layers: [64, 32]  configs/base.yaml:3:3",
            "model.name: mlp         configs/base.yaml:2:3",
            "training.epochs: 3      override training.epochs=3",
            "training.lr: 0.01       configs/prod.yaml:3:3",
        ]
        origins = exp(*given, "--json").json["origins"]
        assert origins["training.lr"] == "configs/prod.yaml:3:3"

    def test_nothing_in_a_file_reaches_the_terminal(self, exp: Exp) -> None:
        """Control characters in keys, values, names and overrides are shown, not sent."""
        name = "x\x1b[31m.yaml"
        Path(name).write_text('"k\\e[2J": "v\\e[2J\\u202e"\n"r": "${nope\\e}"\n')
        for extra in ((), ("--origin",), ("--json",), ("--set", "a\x1b=\x1b[1", "--origin")):
            answer = exp("config", "show", name, *extra, status=None)
            assert not re.search("[\x1b\u202e]", answer.out + answer.err)
        for command in ("validate", "history", "set"):
            extra = ("k=\x1b[2J", "`\x1bz`=1") if command == "set" else ()
            answer = exp("config", command, name, *extra, status=None)
            assert not re.search("[\x1b\u202e]", answer.out + answer.err)

    def test_errors(self, exp: Exp, files: Path) -> None:
        """What cannot be read is status 3 with its place, wrong overrides 2, an environment 1."""
        Path("bad.yaml").write_text("a: ${x}\nb: ${y}\n")
        answer = exp("config", "show", "bad.yaml", status=3)
        assert answer.err.splitlines() == [
            "error: 2 errors in this config",
            "  bad.yaml:1:1 a: interpolation key 'x' not found",
            "  bad.yaml:2:1 b: interpolation key 'y' not found",
        ]
        answer = exp("config", "show", "configs/prod.yaml", "--set", "training.lr=x", status=2)
        assert answer.err == (
            'error: override training.lr=x: "x" is a string, not a number (schema training)\n'
        )
        answer = exp("config", "show", "configs/prod.yaml", "-e", "none", status=1)
        assert answer.err.endswith("hint: there are ci\n")


class TestValidate:
    def test_a_line_for_each_error(self, exp: Exp, files: Path) -> None:
        """On standard output, status 1; a fault of a common base is one line."""
        Path("configs/base.yaml").write_text(BASE.replace("epochs", "epoch"))
        Path("configs/b.yaml").write_text("training: {lr: 1}\nextends: base.yaml\n")
        answer = exp("config", "validate", "configs/prod.yaml", "configs/b.yaml", status=1)
        assert answer.out == (
            "configs/base.yaml:6:3 training.epoch: unknown key; did you mean epochs?\n"
        )
        [shown] = exp("config", "validate", "configs/b.yaml", "--json", status=1).json
        assert (shown["file"], shown["line"], shown["column"]) == ("configs/base.yaml", 6, 3)
        assert (shown["path"], shown["keyword"]) == ("training.epoch", "additionalProperties")

    def test_nothing_wrong(self, exp: Exp, files: Path) -> None:
        """Silence; but it is said where no schema speaks of a file."""
        answer = exp("config", "validate", "configs/prod.yaml", "configs/base.yaml")
        assert (answer.out, answer.err) == ("", "")
        answer = exp("config", "validate", "free.yaml", "configs/base.yaml")
        assert (answer.out, answer.err) == ("", "note: no schema speaks of free.yaml\n")
        assert exp("config", "validate", "free.yaml", "--json").json == []

    def test_each_by_itself_or_together(self, exp: Exp, files: Path) -> None:
        """A layer alone may lack what it has together with the rest."""
        alone = ("config", "validate", "configs/base.yaml", "configs/prod.ci.yaml")
        assert "the key lr is missing" in exp(*alone, status=1).out
        exp(*alone, "--together")

    def test_a_schema_that_is_named(self, exp: Exp, files: Path) -> None:
        """`--schema` says which, whatever it speaks of; a wrong name is status 1."""
        answer = exp("config", "validate", "free.yaml", "--schema", "training", status=1)
        assert answer.out == "free.yaml:1:1: the key training is missing\n"
        answer = exp("config", "validate", "free.yaml", "--schema", "trainin", status=1)
        assert "did you mean training?" in answer.err


class TestDefault:
    def test_text_and_file(self, exp: Exp, files: Path) -> None:
        """Printed or written; what has no default is said; no file is replaced unasked."""
        answer = exp("config", "default", "training")
        assert "epochs: 10" in answer.out
        assert answer.err == "note: no default, to be filled in: training.lr\n"
        assert exp("config", "default", "training", "-o", "n.yaml").out == "wrote  n.yaml\n"
        assert Path("n.yaml").read_text() == answer.out
        again = exp("config", "default", "training", "-o", "n.yaml", status=2)
        assert again.err == "error: n.yaml exists already\nhint: replace it with --force\n"
        exp("config", "default", "training", "-o", "n.yaml", "--force")


class TestHistory:
    def test_lines(self, exp: Exp, repository: Path) -> None:
        """Date, commit, id, a star for what is registered, author, subject, former path, fault."""
        commit_file(repository, "old.yaml", "a: 1\nb: 2\n", "Start \x1b[31m")
        exp("add", "old.yaml")
        commit_file(repository, "old.yaml", "a: [1\nb: 2\n", "Break")
        git(repository, "mv", "old.yaml", "new.yaml")
        commit_all(repository, "Move")
        Path("new.yaml").write_text("a: 3\n")
        lines = exp("config", "history", "new.yaml").lines
        ids = [config_id(emit(data))[:12] for data in ({"a": 3}, {"a": 1, "b": 2})]
        assert re.fullmatch(rf"not committed +{ids[0]}", lines[0])
        assert re.search(
            r"-  +Ada Lovelace  Break \(as old\.yaml\) \[2:2: a bracket or brace is not closed",
            lines[1],
        )
        assert re.fullmatch(
            rf"\d{{4}}-\d\d-\d\d \d\d:\d\d  [0-9a-f]{{7}}  {ids[1]}\*  Ada Lovelace  "
            r"Start \\x1b\[31m \(as old\.yaml\)",
            lines[2],
        )
        [newest] = exp("config", "history", "new.yaml", "-n", "1").lines
        assert newest.split() == lines[0].split()
        newest, broken, first = exp("config", "history", "new.yaml", "--json").json
        assert (newest["commit"], newest["date"], newest["path"]) == (None, None, "new.yaml")
        assert broken["ids"] == []
        assert first["registered"] is True

    def test_a_shallow_clone(self, exp: Exp, repository: Path, tmp_path: Path) -> None:
        """It is said where the history ends, on standard error."""
        commit_file(repository, "x.yaml", "a: 1\n")
        commit_file(repository, "x.yaml", "a: 2\n")
        git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", "clone")
        answer = exp("-C", tmp_path / "clone", "config", "history", "x.yaml")
        assert len(answer.lines) == 1
        assert "this clone is shallow" in answer.err
        assert "git fetch --unshallow" in answer.err

    def test_a_file_that_never_was(self, exp: Exp) -> None:
        """Status 1."""
        assert "never was" in exp("config", "history", "none.yaml", status=1).err


class TestSet:
    def test_values_are_changed_in_place(self, exp: Exp, files: Path) -> None:
        """Old and new are printed; comments and order stay; again it changes nothing."""
        given = ("config", "set", "configs/base.yaml", "training.lr=0.5", "+seed=1")
        assert exp(*given).lines == ["seed: - → 1", "training.lr: 0.1 → 0.5"]
        text = Path("configs/base.yaml").read_text()
        assert text == BASE.replace("0.1", "0.5") + "seed: 1\n"
        assert exp(*given).out == "nothing changed: configs/base.yaml says so already\n"

    def test_what_does_not_fit(self, exp: Exp, files: Path) -> None:
        """Status 2, all of it at once, and the file is as it was; unless the user insists."""
        given = ("config", "set", "configs/base.yaml", "training.lr=x", "training.lrr=1")
        answer = exp(*given, status=2)
        assert answer.err.splitlines()[0] == "error: 2 overrides do not fit"
        assert Path("configs/base.yaml").read_text() == BASE
        exp("config", "set", "configs/base.yaml", "training.lr=x", "--no-validate")
        assert "lr: x  # tuned" in Path("configs/base.yaml").read_text()

    def test_a_file_that_cannot_be_written(self, exp: Exp, files: Path) -> None:
        """Status 3; nothing is left behind."""
        if os.getuid() == 0:
            pytest.skip("root may write everywhere")
        Path("configs").chmod(0o500)
        answer = exp("config", "set", "configs/base.yaml", "training.lr=1", status=3)
        Path("configs").chmod(0o700)
        assert "permission denied" in answer.err
        assert Path("configs/base.yaml").read_text() == BASE


# The documentation: every file that it names is written, every command and program is run.

_BLOCK = re.compile(r"```(\w+)(?: title=(\S+))?\n(.*?)```", re.DOTALL)
_COMMIT = re.compile(r"\b[0-9a-f]{7}\b")  # of what was registered a moment ago


@pytest.mark.slow
def test_the_documentation_does_what_it_says(
    repository: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From top to end: files are written, programs run, and commands print what the page shows."""
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, "2026-11-02T12:00:00Z")
    blocks = _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert {language for language, _, _ in blocks} == {"console", "python", "yaml"}
    for language, title, text in blocks:
        if title:
            (repository / title).parent.mkdir(parents=True, exist_ok=True)
            (repository / title).write_text(text)
        elif language == "python":
            printed((sys.executable, "-c", text), repository)
        elif language == "console":
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, expected = part.partition("\n")
                found = printed(("sh", "-c", f"({command}) 2>&1; :"), repository)
                assert _COMMIT.sub("commit", found) == _COMMIT.sub("commit", expected)


def printed(command: tuple[str, ...], folder: Path) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
