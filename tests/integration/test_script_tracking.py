"""Tracking added to scripts in one line: what users of such scripts see and find afterwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gittrack import ExperimentConfig, ExperimentRegistry

pytestmark = pytest.mark.slow


ROOT = Path(__file__).resolve().parents[2]

ARGPARSE = """
import argparse, json, pathlib, sys
import gittrack

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--layers", type=int, nargs="*", default=[1, 2])
parser.add_argument("--output-dir", type=pathlib.Path)
parser.add_argument("--verbose", action="store_true")
parser.add_argument("--then", default="")
{track}
args = parser.parse_args()
print(sorted(vars(args)))
exec(args.then)
"""

CLICK = """
import pathlib
import click, gittrack

@gittrack.track_script({options})
@click.command()
@click.option("--lr", type=float, default=0.1)
@click.option("--layers", type=int, multiple=True, default=[1, 2])
@click.option("--output-dir", type=click.Path(path_type=pathlib.Path))
@click.option("--verbose", is_flag=True)
@click.option("--then", default="")
@click.pass_context
def main(context, **args):
    print(sorted(args))
    exec(args["then"], globals() | {{"args": type("Args", (), args)}})

main()
"""

TYPER = """
import pathlib
from typing import Annotated
import gittrack, typer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
gittrack.track_script(app, {options})

@app.command()
def main(
    lr: float = 0.1,
    layers: list[int] = [1, 2],
    output_dir: Annotated[pathlib.Path | None, typer.Option()] = None,
    verbose: bool = False,
    then: str = "",
):
    print(["layers", "lr", "output_dir", "then", "verbose"])
    exec(then, globals() | {{"args": type("Args", (), locals())}})

app()
"""

EXCLUDED = 'exclude=["verbose", "then"]'
WRITE_SUMMARY = "(args.output_dir / 'summary.json').write_text('{\"sharpe\": 1.5}')"


@dataclass(frozen=True)
class Outcome:
    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Project:
    """A folder with scripts, in a repository or not, and a user whose settings touch nothing."""

    folder: Path
    environment: dict[str, str]

    def git(self, *arguments: str) -> str:
        return self.start("git", *arguments).stdout

    def start(self, *command: str) -> Outcome:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def run(self, source: str, *arguments: str) -> Outcome:
        script = self.folder / "script.py"
        script.write_text(source)
        return self.start(sys.executable, "script.py", *arguments)

    def refs(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname)").split()

    def registry(self) -> ExperimentRegistry:
        return ExperimentRegistry(self.folder)

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())


@pytest.fixture
def outside(tmp_path: Path, environment: dict[str, str]) -> Project:
    """A folder that is in no repository."""
    folder = tmp_path / "work"
    folder.mkdir()
    return Project(folder, environment)


@pytest.fixture
def project(outside: Project) -> Project:
    """A repository with one commit."""
    outside.git("init", "--quiet")
    outside.git("config", "user.name", "Ada")
    outside.git("config", "user.email", "ada@example.com")
    (outside.folder / "README").write_text("hello\n")
    outside.git("add", "README")
    outside.git("commit", "--quiet", "--message=start")
    return outside


def tracked(framework: str, options: str = EXCLUDED) -> str:
    """The script in one of the frameworks, tracked with these options."""
    if framework == "argparse":
        return ARGPARSE.format(track=f"gittrack.track_script(parser, {options})")
    return {"click": CLICK, "typer": TYPER}[framework].format(options=options)


def layers(framework: str, *values: int) -> Sequence[str]:
    if framework == "argparse":
        return ("--layers", *map(str, values))
    return [word for value in values for word in ("--layers", str(value))]


every_framework = pytest.mark.parametrize("framework", ["argparse", "click", "typer"])


@every_framework
class TestEveryFramework:
    def test_registers_the_arguments_with_description_and_tags(
        self, project: Project, framework: str
    ) -> None:
        """The config is the script's arguments, findable by the tags of the command line."""
        done = project.run(
            tracked(framework),
            *("--lr", "0.5", *layers(framework, 3, 4), "--output-dir", "out"),
            *("--experiment-description", "wider", "--experiment-tags", "a, b"),
            *("--experiment-tags", "c"),
        )
        assert (done.status, done.stderr) == (0, "")
        [record] = project.registry().list()
        assert record.config == {"lr": 0.5, "layers": [3, 4]}
        assert record.description == "wider"
        assert set(record.tags) == {"a", "b", "c"}

    def test_leaves_the_config_in_the_output_folder(self, project: Project, framework: str) -> None:
        """`experiment_config.json` says what ran, when, on which commit, under which hash."""
        project.run(tracked(framework), "--output-dir", "out/deep", "--experiment-tags", "a")
        document = project.read("out/deep/experiment_config.json")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", document.pop("created_at"))
        [record] = project.registry().list()
        assert document == {
            "config_hash": record.id,
            "description": "",
            "tags": ["a"],
            "commit": project.git("rev-parse", "HEAD").strip(),
            "config": {"lr": 0.1, "layers": [1, 2]},
        }

    def test_merges_the_hash_into_the_summary_that_the_script_writes(
        self, project: Project, framework: str
    ) -> None:
        """The script's own results stay, and the hash stands beside them."""
        done = project.run(tracked(framework), "--output-dir", "out", "--then", WRITE_SUMMARY)
        assert (done.status, done.stderr) == (0, "")
        [record] = project.registry().list()
        assert project.read("out/summary.json") == {"sharpe": 1.5, "config_hash": record.id}
        assert sorted(os.listdir(project.folder / "out")) == [
            "experiment_config.json",
            "summary.json",
        ]

    def test_makes_a_summary_where_the_script_writes_none(
        self, project: Project, framework: str
    ) -> None:
        """A finished script's folder always says which config it was."""
        project.run(tracked(framework), "--output-dir", "out")
        assert project.read("out/summary.json").keys() == {"config_hash"}

    def test_the_files_hash_is_what_sha256sum_says(self, project: Project, framework: str) -> None:
        """Plain git and `sha256sum` confirm the hash."""
        project.run(tracked(framework), "--output-dir", "out")
        found = project.read("out/summary.json")["config_hash"]
        path = f".exptrack/objects/{found[:2]}/{found[2:]}.yaml"
        stored = project.folder / "stored.yaml"
        stored.write_text(project.git("show", f"refs/exptrack/catalogue:{path}"))
        assert project.start("sha256sum", "stored.yaml").stdout.split()[0] == found

    def test_the_script_sees_none_of_it(self, project: Project, framework: str) -> None:
        """The script's own arguments are those that it declared, tracked or not."""
        for option in (["--experiment-tags", "a"], ["--no-track-experiments"]):
            done = project.run(tracked(framework), *option)
            assert done.stdout == "['layers', 'lr', 'output_dir', 'then', 'verbose']\n"

    def test_leaves_no_trace_where_it_is_switched_off(
        self, project: Project, framework: str
    ) -> None:
        """With --no-track-experiments neither the repository nor the folder shows anything."""
        before = project.refs()
        done = project.run(tracked(framework), "--no-track-experiments", "--output-dir", "out")
        assert (done.status, done.stderr) == (0, "")
        assert project.refs() == before
        assert not (project.folder / "out").exists()
        assert not (project.folder / ".git" / "exptrack").exists()

    def test_leaves_the_work_tree_alone(self, project: Project, framework: str) -> None:
        """A tracked run adds nothing to `git status` but its output."""
        project.run(tracked(framework), "--output-dir", "out")
        assert project.git("status", "--short") == "?? out/\n?? script.py\n"

    def test_says_how_to_get_a_repository_and_goes_on(
        self, outside: Project, framework: str
    ) -> None:
        """Outside a repository the files are written all the same, after one line of warning."""
        done = outside.run(tracked(framework), "--output-dir", "out", "--then", WRITE_SUMMARY)
        assert done.status == 0
        assert len(done.stderr.splitlines()) == 1
        assert "not a git repository" in done.stderr
        assert "git init" in done.stderr
        document = outside.read("out/experiment_config.json")
        assert document["commit"] is None
        assert outside.read("out/summary.json")["config_hash"] == document["config_hash"]

    def test_works_before_the_first_commit(self, outside: Project, framework: str) -> None:
        """An unborn branch is no obstacle; there is just no commit to name."""
        outside.git("init", "--quiet")
        outside.git("config", "user.name", "Ada")
        outside.git("config", "user.email", "ada@example.com")
        done = outside.run(tracked(framework), "--output-dir", "out")
        assert (done.status, done.stderr) == (0, "")
        assert outside.read("out/experiment_config.json")["commit"] is None
        assert len(outside.registry().list()) == 1

    def test_a_crash_keeps_the_config(self, project: Project, framework: str) -> None:
        """A script that raises is registered, keeps its traceback and gets no false summary."""
        done = project.run(tracked(framework), "--output-dir", "out", "--then", "1 / 0")
        assert done.status == 1
        assert "ZeroDivisionError" in done.stderr
        assert "gittrack:" not in done.stderr
        [record] = project.registry().list()
        assert project.read("out/experiment_config.json")["config_hash"] == record.id
        assert not (project.folder / "out" / "summary.json").exists()

    def test_a_crash_after_the_summary_marks_it(self, project: Project, framework: str) -> None:
        """What a failing script has written itself gets its hash."""
        then = f"{WRITE_SUMMARY}; 1 / 0"
        project.run(tracked(framework), "--output-dir", "out", "--then", then)
        [record] = project.registry().list()
        assert project.read("out/summary.json") == {"sharpe": 1.5, "config_hash": record.id}

    def test_a_killed_script_is_registered(self, project: Project, framework: str) -> None:
        """The config is stored once the arguments are parsed, whatever comes then."""
        then = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
        done = project.run(tracked(framework), "--output-dir", "out", "--then", then)
        assert done.status == -9
        [record] = project.registry().list()
        assert project.read("out/experiment_config.json")["config_hash"] == record.id

    @pytest.mark.parametrize("exit_code", [0, 3])
    def test_keeps_the_exit_status(self, project: Project, framework: str, exit_code: int) -> None:
        """`sys.exit` in the script means what it meant before."""
        then = f"import sys; sys.exit({exit_code})"
        done = project.run(tracked(framework), "--output-dir", "out", "--then", then)
        assert done.status == exit_code

    @pytest.mark.parametrize("content", ["[1, 2]", "sharpe: 1", ""])
    def test_leaves_a_summary_alone_that_is_no_object(
        self, project: Project, framework: str, content: str
    ) -> None:
        """A summary in a form of its own stays as it is, and one line says so."""
        (project.folder / "out").mkdir()
        summary = project.folder / "out" / "summary.json"
        summary.write_text(content)
        done = project.run(tracked(framework), "--output-dir", "out")
        assert done.status == 0
        assert len(done.stderr.splitlines()) == 1
        assert "summary.json" in done.stderr
        assert summary.read_text() == content

    def test_keeps_what_an_earlier_summary_says(self, project: Project, framework: str) -> None:
        """Other keys, their order and the file's mode survive; NaN does, too."""
        (project.folder / "out").mkdir()
        summary = project.folder / "out" / "summary.json"
        summary.write_text('{"z": NaN, "config_hash": "old", "a": [1]}')
        summary.chmod(0o640)
        project.run(tracked(framework), "--output-dir", "out")
        [record] = project.registry().list()
        assert summary.read_text() == (
            f'{{\n  "z": NaN,\n  "config_hash": "{record.id}",\n  "a": [\n    1\n  ]\n}}\n'
        )
        assert summary.stat().st_mode & 0o777 == 0o640

    def test_an_output_folder_that_cannot_be_made(self, project: Project, framework: str) -> None:
        """The config is registered, one line names the folder, and the script goes on."""
        (project.folder / "taken").write_text("")
        done = project.run(tracked(framework), "--output-dir", "taken/out")
        assert done.status == 0
        assert len(done.stderr.splitlines()) == 1
        assert "taken" in done.stderr
        assert len(project.registry().list()) == 1

    def test_a_folder_that_the_script_empties(self, project: Project, framework: str) -> None:
        """A script that begins by emptying its output folder ends with both files in it."""
        then = "import shutil; shutil.rmtree(args.output_dir); args.output_dir.mkdir()"
        project.run(tracked(framework), "--output-dir", "out", "--then", then)
        assert project.read("out/experiment_config.json")["config"]["lr"] == 0.1
        assert "config_hash" in project.read("out/summary.json")

    def test_a_script_that_changes_its_folder(self, project: Project, framework: str) -> None:
        """A relative output folder means the folder at the start."""
        then = "import os; os.chdir('/')"
        done = project.run(tracked(framework), "--output-dir", "out", "--then", then)
        assert done.stderr == ""
        assert "config_hash" in project.read("out/summary.json")

    def test_help_tells_of_the_options(self, project: Project, framework: str) -> None:
        """Users find the options in the script's own help; asking for help records nothing."""
        done = project.run(tracked(framework), "--help")
        assert done.status == 0
        for option in (
            "--experiment-description",
            "--experiment-tags",
            "--no-track-experiments",
        ):
            assert option in done.stdout
        assert project.registry().list() == []

    def test_wrong_arguments_record_nothing(self, project: Project, framework: str) -> None:
        """What the script refuses was never an experiment."""
        done = project.run(tracked(framework), "--lr", "much", "--output-dir", "out")
        assert done.status == 2
        assert project.registry().list() == []
        assert not (project.folder / "out").exists()

    def test_running_again_makes_no_second_config(self, project: Project, framework: str) -> None:
        """The same arguments are the same config; a second run moves no ref."""
        arguments = ("--experiment-tags", "a", "--experiment-description", "d")
        project.run(tracked(framework), *arguments)
        before = project.git("for-each-ref")
        project.run(tracked(framework), *arguments)
        assert project.git("for-each-ref") == before

    def test_a_config_of_the_scripts_own(self, project: Project, framework: str) -> None:
        """`config=` may be a function of the arguments; author's and user's tags add up."""
        options = (
            "config=lambda args: {'model': {'lr': args.lr}}, tags=['ours'], description='default'"
        )
        project.run(tracked(framework, options), "--lr", "0.3", "--experiment-tags", "mine")
        [record] = project.registry().list()
        assert record.config == {"model": {"lr": 0.3}}
        assert record.description == "default"
        assert set(record.tags) == {"ours", "mine"}

    def test_an_experiment_config(self, project: Project, framework: str) -> None:
        """An ExperimentConfig is registered as its sections, with its description and tags."""
        source = "gittrack.ExperimentConfig(['b', 'a'], [2, 1], description='d', tags=['t'])"
        project.run(tracked(framework, f"config={source}"))
        [record] = project.registry().list()
        config = ExperimentConfig(["a", "b"], [1, 2])
        assert (record.id, record.config) == (config.config_hash, config.config)
        assert (record.description, tuple(record.tags)) == ("d", ("t",))

    def test_a_config_that_cannot_be_one(self, project: Project, framework: str) -> None:
        """One line names the culprit, and the script goes on unrecorded."""
        done = project.run(tracked(framework, "config={'a': {1, 2}}"), "--output-dir", "out")
        assert done.status == 0
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("gittrack: ")
        assert project.registry().list() == []

    def test_an_output_folder_named_by_the_author(self, project: Project, framework: str) -> None:
        """`output_dir=` may be a path of its own, and then no argument is taken for it."""
        project.run(tracked(framework, "output_dir='fixed'"), "--output-dir", "out")
        assert not (project.folder / "out").exists()
        config = project.read("fixed/experiment_config.json")["config"]
        assert config["output_dir"] == "out"

    def test_another_repository(self, project: Project, framework: str) -> None:
        """`repo=` names the repository to record in."""
        shutil.copytree(project.folder, project.folder.parent / "other")
        project.run(tracked(framework, "repo='../other'"))
        assert project.registry().list() == []
        assert len(ExperimentRegistry(project.folder.parent / "other").list()) == 1

    def test_no_name_is_configured(self, outside: Project, framework: str) -> None:
        """Without a name in git's configuration the config is recorded all the same."""
        outside.git("init", "--quiet")
        done = outside.run(tracked(framework))
        assert done.status == 0
        assert len(outside.registry().list()) == 1

    def test_text_that_is_not_utf8(self, project: Project, framework: str) -> None:
        """A stray byte in a description costs one line of warning, and nothing else."""
        description = os.fsdecode(b"caf\xe9")
        done = project.run(
            tracked(framework), "--experiment-description", description, "--output-dir", "out"
        )
        assert done.status == 0
        assert len(done.stderr.splitlines()) <= 1
        assert project.read("out/experiment_config.json")["config"]["lr"] == 0.1
        assert "config_hash" in project.read("out/summary.json")


class TestArgparse:
    def test_subcommands_are_told_apart(self, project: Project) -> None:
        """A subcommand's name is in the config, and its options may stand on either side."""
        source = """
import argparse, gittrack
parser = gittrack.track_script(argparse.ArgumentParser())
parser.add_argument("--seed", type=int, default=0)
commands = parser.add_subparsers(required=True)
for name in ("fit", "score"):
    command = commands.add_parser(name, aliases=[name[0]])
    command.add_argument("--k", type=int, default=1)
    command.set_defaults(func=print)
args = parser.parse_args()
print(sorted(vars(args)))
"""
        done = project.run(source, "--experiment-tags", "x", "--seed", "3", "fit")
        assert (done.stdout, done.stderr) == ("['func', 'k', 'seed']\n", "")
        project.run(source, "f", "--k", "2", "--experiment-tags", "y")
        project.run(source, "score", "--no-track-experiments")
        [first] = project.registry().search_by_tag("x")
        [second] = project.registry().search_by_tag("y")
        assert first.config == {"command": "fit", "k": 1, "seed": 3}
        assert second.config == {"command": "fit", "k": 2, "seed": 0}
        assert len(project.registry().list()) == 2

    @pytest.mark.parametrize(
        "parse",
        [
            "args = parser.parse_known_args()[0]",
            "args = parser.parse_intermixed_args()",
            "args = parser.parse_known_intermixed_args()[0]",
            "args = parser.parse_args(namespace=argparse.Namespace())",
        ],
    )
    def test_every_way_to_parse_records_once(self, project: Project, parse: str) -> None:
        """Whichever method the script calls, one config is recorded, and it is whole."""
        source = tracked("argparse").replace("args = parser.parse_args()", parse)
        done = project.run(source, "--lr", "0.5")
        assert (done.status, done.stderr) == (0, "")
        assert done.stdout == "['layers', 'lr', 'output_dir', 'then', 'verbose']\n"
        [record] = project.registry().list()
        assert record.config == {"lr": 0.5, "layers": [1, 2]}

    def test_what_cannot_or_must_not_be_recorded(self, project: Project) -> None:
        """Files count by name; secrets and odd values are left out, which one line says."""
        source = """
import argparse, gittrack
parser = argparse.ArgumentParser()
parser.add_argument("--data", type=argparse.FileType())
parser.add_argument("--api-key")
parser.add_argument("--max-tokens", type=int, default=7)
parser.set_defaults(func=print, odd=object(), kinds={"b", "a"})
gittrack.track_script(parser)
parser.parse_args()
"""
        done = project.run(source, "--data", "script.py", "--api-key", "hush")
        assert done.status == 0
        [record] = project.registry().list()
        assert record.config == {"data": "script.py", "max_tokens": 7, "kinds": ["a", "b"]}
        [line] = [line for line in done.stderr.splitlines() if line.startswith("gittrack:")]
        assert "api_key" in line
        assert "odd" in line
        assert "hush" not in line
        assert "hush" not in project.git("log", "-p", "--all")

    def test_a_forked_child_leaves_the_summary_to_its_parent(self, project: Project) -> None:
        """Worker processes that end do not write the summary of the script that goes on."""
        then = (
            "import os, sys\n"
            "child = os.fork()\n"
            "if not child: sys.exit()\n"
            "os.waitpid(child, 0)\n"
            "assert not (args.output_dir / 'summary.json').exists()\n"
        )
        done = project.run(tracked("argparse"), "--output-dir", "out", "--then", then)
        assert (done.status, done.stderr) == (0, "")
        assert "config_hash" in project.read("out/summary.json")

    def test_output_may_be_a_file(self, project: Project) -> None:
        """`--output result.csv` is no folder: the config is registered and nothing else made."""
        source = tracked("argparse").replace("output-dir", "output")
        done = project.run(source, "--output", "result.csv")
        assert (done.status, done.stderr) == (0, "")
        assert not (project.folder / "result.csv").exists()
        [record] = project.registry().list()
        assert record.config == {"lr": 0.1, "layers": [1, 2]}


class TestClick:
    SOURCE = """
import click, gittrack

@gittrack.track_script
@click.group(invoke_without_command=True)
@click.option("--seed", type=int, default=0)
@click.pass_context
def main(context, seed):
    print("group", seed)

@main.command()
@click.option("--k", type=int, default=1)
@click.option("--login", default="", hide_input=True)
def fit(k, login):
    print("fit", k)

@main.command()
@click.pass_context
def everything(context):
    context.invoke(fit, k=7)

main()
"""

    def test_subcommands_are_told_apart(self, project: Project) -> None:
        """Subcommands defined after the tracking line are recorded with their group's options."""
        project.run(self.SOURCE, "--seed", "3", "--experiment-tags", "x", "fit", "--k", "2")
        done = project.run(self.SOURCE, "fit", "--experiment-tags", "y")
        assert (done.stdout, done.stderr) == ("group 0\nfit 1\n", "")
        project.run(self.SOURCE, "--no-track-experiments", "fit", "--k", "9")
        [first] = project.registry().search_by_tag("x")
        [second] = project.registry().search_by_tag("y")
        assert first.config == {"command": "fit", "seed": 3, "k": 2}
        assert second.config == {"command": "fit", "seed": 0, "k": 1}
        assert len(project.registry().list()) == 2

    def test_a_group_that_runs_alone(self, project: Project) -> None:
        """A group without a subcommand is recorded like a command."""
        assert project.run(self.SOURCE, "--seed", "4").stdout == "group 4\n"
        [record] = project.registry().list()
        assert record.config == {"seed": 4}

    def test_a_command_called_by_another_is_part_of_it(self, project: Project) -> None:
        """`context.invoke` runs inside the experiment of the command that the user named."""
        done = project.run(self.SOURCE, "everything")
        assert (done.stdout, done.stderr) == ("group 0\nfit 7\n", "")
        [record] = project.registry().list()
        assert record.config == {"command": "everything", "seed": 0}

    def test_passwords_are_never_recorded(self, project: Project) -> None:
        """An option that is typed unseen is no parameter of an experiment."""
        project.run(self.SOURCE, "fit", "--login", "hush")
        assert "hush" not in project.git("log", "-p", "--all")


class TestTyper:
    def test_several_commands_and_an_app_inside(self, project: Project) -> None:
        """Commands, nested apps and a callback are tracked, whenever they are added."""
        source = """
import gittrack, typer

app = gittrack.track_script(typer.Typer(add_completion=False))
inner = typer.Typer()
app.add_typer(inner, name="data")

@app.callback()
def shared(context: typer.Context, seed: int = 0):
    print("shared", seed, context.invoked_subcommand)

@app.command()
def fit(k: int = 1):
    print("fit", k)

@inner.command()
def load(path: str = "here"):
    print("load", path)

app()
"""
        done = project.run(source, "--seed", "2", "fit", "--k", "3", "--experiment-tags", "x")
        assert (done.stdout, done.stderr) == ("shared 2 fit\nfit 3\n", "")
        project.run(source, "--experiment-tags", "y", "data", "load")
        [first] = project.registry().search_by_tag("x")
        [second] = project.registry().search_by_tag("y")
        assert first.config == {"command": "fit", "seed": 2, "k": 3}
        assert second.config == {"command": "data load", "seed": 0, "path": "here"}

    @pytest.mark.parametrize(
        "call",
        [
            "typer.run(gittrack.track_script(main))",
            "app = typer.Typer(); app.command()(gittrack.track_script(main)); app()",
            "app = typer.Typer(); app.command()(main); gittrack.track_script(app)()",
        ],
    )
    def test_functions(self, project: Project, call: str) -> None:
        """A function may be tracked itself, and an app after its commands were added."""
        source = f"""
from __future__ import annotations
import enum, gittrack, typer

class Kind(str, enum.Enum):
    deep = "deep"
    wide = "wide"

def main(kind: Kind = Kind.deep, output_dir: str = "out"):
    print(kind)

{call}
"""
        done = project.run(source, "--kind", "wide", "--experiment-tags", "x")
        assert (done.status, done.stderr) == (0, "")
        [record] = project.registry().search_by_tag("x")
        assert record.config == {"kind": "wide"}
        assert project.read("out/summary.json") == {"config_hash": record.id}


class TestMistakes:
    @pytest.mark.parametrize("target", ["42", "'main'", "dict"])
    def test_something_that_is_no_script(self, project: Project, target: str) -> None:
        """The author learns at once what can be tracked."""
        done = project.run(f"import gittrack; gittrack.track_script({target})")
        assert done.status == 1
        assert "UsageError: cannot track builtins." in done.stderr

    def test_an_option_of_the_same_name(self, project: Project) -> None:
        """A script's own option is never taken over."""
        source = ARGPARSE.format(
            track="parser.add_argument('--experiment-tags'); gittrack.track_script(parser)"
        )
        assert "experiment_tags already" in project.run(source).stderr

    @every_framework
    def test_tracking_twice_is_tracking_once(self, project: Project, framework: str) -> None:
        """A second line of tracking changes nothing."""
        source = {
            "argparse": ARGPARSE.format(
                track="gittrack.track_script(gittrack.track_script(parser))"
            ),
            "click": CLICK.format(options="").replace("\nmain()", "gittrack.track_script(main)()"),
            "typer": TYPER.format(options="").replace("\napp()", "gittrack.track_script(app)()"),
        }[framework]
        assert project.run(source).status == 0
        assert len(project.registry().list()) == 1


class TestExplicitFunctions:
    def test_do_the_same_by_hand(self, project: Project) -> None:
        """A script may add the options, record and mark its summary where it likes."""
        source = """
import argparse, pathlib
from gittrack.integrations import add_tracking_options, merge_summary, record_experiment

parser = argparse.ArgumentParser()
add_tracking_options(parser)
args = parser.parse_args()
out = pathlib.Path("out")
config_hash = record_experiment(
    {"lr": 0.1},
    output_dir=out,
    description=args.experiment_description,
    tags=args.experiment_tags,
)
(out / "summary.json").write_text('{"loss": 1}')
assert merge_summary(out, config_hash)
assert not merge_summary("nowhere", config_hash)
assert record_experiment({"bad": object()}) is None
"""
        done = project.run(source, "--experiment-tags", "a,b", "--experiment-description", "d")
        assert done.status == 0
        assert len(done.stderr.splitlines()) == 2
        [record] = project.registry().list()
        assert (record.config, record.description) == ({"lr": 0.1}, "d")
        assert set(record.tags) == {"a", "b"}
        assert project.read("out/summary.json") == {"loss": 1, "config_hash": record.id}

    def test_options_on_a_click_command(self, project: Project) -> None:
        """A click command gets the tags as a tuple, already split."""
        source = """
import click
from gittrack.integrations import add_tracking_options

@click.command()
def main(experiment_description, experiment_tags, no_track_experiments):
    print(experiment_description, experiment_tags, no_track_experiments)

add_tracking_options(main)
main()
"""
        done = project.run(source, "--experiment-tags", "a,b", "--experiment-tags", "c")
        assert done.stdout == "None ('a', 'b', 'c') False\n"


def documented(heading: str) -> str:
    """The first Python block below a heading of `docs/scripts.md`."""
    section = (ROOT / "docs" / "scripts.md").read_text().split(f"\n## {heading}\n")[1]
    return section.split("```python\n")[1].split("```")[0]


@pytest.mark.parametrize(
    ("heading", "call"), [("argparse", ""), ("click", "train()"), ("Typer", "app()")]
)
def test_the_documented_snippets_work(project: Project, heading: str, call: str) -> None:
    """What `docs/scripts.md` shows is what happens, down to the hash."""
    done = project.run(
        f"{documented(heading)}\n{call}\n",
        *("--lr", "0.01", "--experiment-tags", "baseline", "--output-dir", "out"),
    )
    assert (done.status, done.stderr) == (0, "")
    [record] = project.registry().search_by_tag("baseline")
    assert record.config == {"lr": 0.01}
    assert project.read("out/summary.json")["config_hash"] == record.id
    assert record.id in (ROOT / "docs" / "scripts.md").read_text()


def test_frameworks_are_imported_only_where_they_are_used(project: Project) -> None:
    """An argparse script does not pay for click or Typer, nor for git where tracking is off."""
    source = ARGPARSE.format(track="gittrack.track_script(parser)")
    then = (
        "print([n for n in ('click', 'typer', 'git', 'ruamel.yaml', 'sqlite3')"
        " if n in sys.modules])"
    )
    done = project.run(source, "--no-track-experiments", "--then", then)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_warning_cannot_steer_the_terminal(project: Project) -> None:
    """What a warning quotes is shown without its escape sequences, on one line."""
    source = "from gittrack.integrations import record_experiment\n" + (
        "record_experiment({'\\x1b[31m\\n': object()})"
    )
    done = project.run(source)
    assert len(done.stderr.splitlines()) == 1
    assert "\x1b" not in done.stderr
