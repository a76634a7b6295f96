"""The tour of `git exp demo`: which commands it runs, and what it says about each."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from gittrack.errors import UsageError
from gittrack.ids import ConfigId

Runner = Callable[[Sequence[str], Path], None]
"""Runs one command in a folder, its output going where the user reads; raises where it fails."""

CONFIGS = ("blend", "fast-momentum", "low-volatility", "momentum", "reversal")
"""The example's configs, files of `configs/`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the tour: what is said first, what is shown, what is run."""

    note: str
    shown: str
    command: tuple[str, ...]


def run_demo(directory: Path | None, *, run: Runner, say: Callable[[str], None]) -> Path:
    """Make a repository with a small backtest and show gittrack at work in it.

    `directory` is made; without one, a temporary folder is, and stays. `run` starts each
    command, and must hand it no `GIT_*` variables that point at another repository. `say` gets
    each line of the tour itself. Returns the repository's folder.

    Raises UsageError where `directory` is not empty, and whatever `run` raises.
    """
    folder = _new_folder(directory)
    _copy(resources.files("gittrack.demo") / "project", folder)
    (folder / ".gitignore").write_text("out/\n")
    for command in _preparation():
        run(command, folder)
    say(f"A new repository with a small backtest of five stocks: {folder}")
    for step in _steps(folder):
        say("")
        if step.note:
            say(f"# {step.note}")
        say(f"$ {step.shown}")
        run(step.command, folder)
    for line in _farewell(folder):
        say(line)
    return folder


def _new_folder(directory: Path | None) -> Path:
    if directory is None:
        return Path(tempfile.mkdtemp(prefix="gittrack-demo-"))
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(
            f"{directory} exists already and is not empty",
            hint="name a folder that does not exist, or none for a temporary one",
        )
    directory.mkdir(parents=True, exist_ok=True)
    return directory.absolute()


def _copy(source: Traversable, target: Path) -> None:
    """The example's files; not the compiled ones that an installer may have put beside them."""
    for entry in source.iterdir():
        if entry.is_dir():
            if entry.name != "__pycache__":
                (target / entry.name).mkdir()
                _copy(entry, target / entry.name)
        else:
            (target / entry.name).write_bytes(entry.read_bytes())


def _preparation() -> tuple[tuple[str, ...], ...]:
    """Commands that are not part of the tour: they must work whatever the user configured."""
    return (
        ("git", "init", "--quiet", "--initial-branch=main"),
        ("git", "config", "user.name", "Demo"),
        ("git", "config", "user.email", "demo@example.com"),
        ("git", "config", "commit.gpgSign", "false"),
        ("git", "config", "core.hooksPath", "/dev/null"),
        ("git", "add", "."),
        ("git", "commit", "--quiet", "--message=Add a small backtest"),
    )


def _steps(folder: Path) -> Iterator[Step]:
    """The commands in their order; the later ones depend on what the earlier ones found."""
    files = [f"configs/{name}.yaml" for name in CONFIGS]
    yield _exp("Prepare the repository.", "init")
    yield Step(
        "Register all configs, with a tag and a description.",
        "git exp add configs/*.yaml -t baseline -m 'first ideas'",
        _gittrack("add", *files, "-t", "baseline", "-m", "first ideas"),
    )
    yield _plain("What people review is a folder on your branch,", "git", "status", "--short")
    yield _plain("so commit it like code.", "git", "add", ".exptrack")
    yield _plain("", "git", "commit", "--quiet", "-m", "Register the first configs")
    yield from _backtests()
    best = _best(folder)
    yield _exp(f"By Sharpe ratio {best} is the best. Tag it.", "tag", best, "candidate")
    yield _exp("What is registered, and how is it tagged?", "list")
    yield _exp("One config; a tag that one config has is a name for it.", "show", "candidate")
    rival = "fast-momentum"
    yield _exp("What differs between two?", "compare", rival, best)
    yield _exp(
        "Which look back at least half a year?",
        *("search", "--where", "hyperparameters.lookback >= 6"),
    )
    yield _exp("Who registered and tagged it, and when?", "log", "candidate")
    yield _exp("Is everything what its hash says?", "verify")
    yield from _plain_witnesses(folder, best)


def _backtests() -> Iterator[Step]:
    note = (
        "Run the backtests. One line in backtest.py, track_script(parser), ties each to its config."
    )
    for name in CONFIGS:
        arguments = (
            "backtest.py",
            *("--config", f"configs/{name}.yaml"),
            *("--output-dir", f"out/{name}"),
            *("--experiment-tags", name),
        )
        yield Step(note, f"python {' '.join(arguments)}", (sys.executable, *arguments))
        note = ""


def _plain_witnesses(folder: Path, name: str) -> Iterator[Step]:
    """The same facts, without gittrack."""
    config_hash = _config_hash(folder, name)
    path = f".exptrack/objects/{config_hash[:2]}/{config_hash[2:]}.yaml"
    tool = ("sha256sum",) if shutil.which("sha256sum") else ("shasum", "-a", "256")
    yield _plain("None of this needs gittrack: a config's id is its file's SHA-256,", *tool, path)
    yield _plain("the results carry it,", "cat", f"out/{name}/summary.json")
    yield _plain(
        "and git has the history.",
        *("git", "log", "--oneline", "refs/exptrack/catalogue"),
    )


def _best(folder: Path) -> str:
    return max(CONFIGS, key=lambda name: float(_summary(folder, name)["sharpe"]))


def _config_hash(folder: Path, name: str) -> ConfigId:
    return ConfigId(_summary(folder, name)["config_hash"])


def _summary(folder: Path, name: str) -> dict[str, str]:
    summary: dict[str, str] = json.loads((folder / "out" / name / "summary.json").read_bytes())
    return summary


def _exp(note: str, *arguments: str) -> Step:
    return Step(note, " ".join(("git exp", *map(_quoted, arguments))), _gittrack(*arguments))


def _plain(note: str, *command: str) -> Step:
    return Step(note, " ".join(map(_quoted, command)), command)


def _gittrack(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "gittrack", *arguments)


def _quoted(argument: str) -> str:
    return f"'{argument}'" if " " in argument else argument


def _farewell(folder: Path) -> tuple[str, ...]:
    return (
        "",
        f"The repository is yours to play with: cd {folder}",
        "Try next:",
        "  git exp list --json",
        "  git log -p refs/exptrack/tags/candidate",
        "  change a number in configs/momentum.yaml, run backtest.py on it, and: git exp list",
    )
