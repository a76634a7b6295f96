"""The repository's own git configuration: read and written."""

from __future__ import annotations

from pathlib import Path

from gittrack.errors import GitError, RepositoryError
from gittrack.git.environment import FIXED_OPTIONS
from gittrack.git.process import Runner
from gittrack.git.repository import Repository

_ABSENT = 1


def get_all(repository: Repository, key: str) -> tuple[str, ...]:
    """All values of a key in the repository's own file, in order; linked worktrees share it."""
    result = repository.runner.run("config", "--local", "-z", "--get-all", key, accept=(0, _ABSENT))
    return tuple(result.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1])


def set_value(repository: Repository, key: str, value: str) -> None:
    """Make this the key's one value.

    Raises:
        RepositoryError: the file cannot be written, or another git command is writing it.
    """
    _write(repository, "--replace-all", key, value)


def add_value(repository: Repository, key: str, value: str) -> None:
    """Give the key one more value.

    Raises:
        RepositoryError: the file cannot be written, or another git command is writing it.
    """
    _write(repository, "--add", key, value)


def unset(repository: Repository, key: str) -> None:
    """Take a key that has a value out of the repository's own file.

    Raises:
        RepositoryError: the file cannot be written, or another git command is writing it.
    """
    _write(repository, "--unset-all", key)


def remotes(repository: Repository) -> list[str]:
    """The names of all remotes, sorted."""
    output = repository.runner.output("remote").decode("utf-8", "surrogateescape")
    return sorted(output.splitlines())


def effective(runner: Runner, key: str) -> str | None:
    """The value of a key that the user's git goes by, from whatever file; `None` for its default.

    What gittrack sets for its own children does not count.
    """
    result = runner.run("config", "-z", "--get-all", key, accept=(0, _ABSENT))
    values = result.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
    ours = sum(option.lower().startswith(f"{key.lower()}=") for option in FIXED_OPTIONS)
    theirs = values[: len(values) - ours]  # options come last
    return theirs[-1] if theirs else None


def _write(repository: Repository, *arguments: str) -> None:
    try:
        repository.runner.run("config", "--local", *arguments)
    except GitError as error:
        if "could not lock" not in error.stderr:
            raise
        lock = Path(repository.common_dir) / "config.lock"
        if not lock.exists():
            raise RepositoryError(
                f"cannot write {repository.common_dir / 'config'}",
                hint="check the owner and permissions of that folder",
            ) from error
        raise RepositoryError(
            f"{lock} is in the way: another git command is changing the configuration",
            hint="run the command again; if no git runs, one crashed: remove that file",
        ) from error
