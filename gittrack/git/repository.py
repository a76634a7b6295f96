"""Which repository we are in, and how git is started there."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gittrack.errors import RepositoryError
from gittrack.git.environment import DISCOVERY_VARIABLES, child_environment, quarantine
from gittrack.git.process import Result, Runner


@dataclass(frozen=True)
class Repository:
    """One repository as git itself found it.

    `git_dir` differs from `common_dir` in a linked worktree only. `work_tree` is `None` in a bare
    repository and inside a `.git` folder. `hash_name` is `sha1` or `sha256`. `index_file` is the
    index that a hook was told to look at (`git commit -a` makes one of its own), else `None`.
    """

    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    hash_name: str
    prefix: str
    runner: Runner
    index_file: Path | None = None

    @property
    def private_dir(self) -> Path:
        """`<git-common-dir>/exptrack`: locks, index, journals; shared by linked worktrees."""
        return self.common_dir / "exptrack"

    @property
    def packed_refs(self) -> Path:
        """The file that `git pack-refs` gathers refs in."""
        return self.common_dir / "packed-refs"

    @property
    def null_id(self) -> str:
        """The object id that stands for "no object": zeros."""
        return "0" * (64 if self.hash_name == "sha256" else 40)

    @property
    def is_partial(self) -> bool:
        """Whether objects may be missing here that git fetches one by one when they are read."""
        return "extensions.partialclone" in self.settings.config

    @cached_property
    def settings(self) -> Settings:
        """Configuration and identity, read once."""
        return _read_settings(self.runner)

    @cached_property
    def named_runner(self) -> Runner:
        """A runner for what writes reflogs, which need a name: git may refuse to invent one
        (`user.useConfigOnly`)."""
        author = self.settings.author
        name = {"GIT_COMMITTER_NAME": author.name, "GIT_COMMITTER_EMAIL": author.email}
        return Runner(self.runner.cwd, {**name, **self.runner.environment})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who records: a name and an e-mail, and whether the user had configured them."""

    name: str
    email: str
    configured: bool

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.configured else self.name


@dataclass(frozen=True, slots=True)
class Settings:
    """git's configuration (last value of each key, keys in lower case) and the author."""

    config: Mapping[str, str]
    author: Identity

    def flag(self, key: str) -> bool:
        """Whether a boolean setting is on."""
        return self.config.get(key, "false").lower() in ("true", "yes", "on", "1", "")


def discover(
    path: Path | str | None = None, *, inherited: Mapping[str, str] | None = None
) -> Repository:
    """Find the repository at or above `path`.

    With a path, `GIT_DIR` and its kin are ignored: the path decides. Without one (the command
    line), the current folder and these variables decide, as for git's own commands.

    Raises:
        RepositoryError: there is no repository, or git refuses to use it (`safe.directory`).
    """
    variables = os.environ if inherited is None else inherited
    environment = child_environment(variables)
    start = Path(path) if path is not None else Path()
    if path is None:
        environment |= {n: variables[n] for n in DISCOVERY_VARIABLES if n in variables}
        environment |= quarantine(variables)
    start = start.absolute()
    if start.is_file():
        raise RepositoryError(f"not a folder: {start}")
    facts = _ask(Runner(start, environment), start)
    for name in DISCOVERY_VARIABLES:
        environment.pop(name, None)
    environment["GIT_DIR"] = str(facts.git_dir)
    if facts.work_tree is not None:
        environment["GIT_WORK_TREE"] = str(facts.work_tree)
    return Repository(
        git_dir=facts.git_dir,
        common_dir=facts.common_dir,
        work_tree=facts.work_tree,
        hash_name=facts.hash_name,
        prefix=facts.prefix,
        runner=Runner(facts.work_tree or facts.git_dir, environment),
        index_file=_index_of_hook(variables) if path is None else None,
    )


def _index_of_hook(variables: Mapping[str, str]) -> Path | None:
    name = variables.get("GIT_INDEX_FILE")
    return Path(name).absolute() if name else None


@dataclass(frozen=True, slots=True)
class _Facts:
    hash_name: str
    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    prefix: str


_QUESTIONS = ("--show-object-format", "--git-dir", "--git-common-dir", "--show-prefix")
_TOP = "--show-toplevel"


def _ask(runner: Runner, start: Path) -> _Facts:
    # --show-toplevel fails where there is no work tree, after the other answers were printed.
    result = _rev_parse(runner, *_QUESTIONS, _TOP)
    answers = _text(result).split("\n")[:-1]
    if len(answers) < 3 or (result.status and "work tree" not in result.stderr):
        raise _no_repository(start, result.stderr)
    if len(answers) > len(_QUESTIONS) + 1:  # a line end within a path: one question at a time
        answers = [_text(_rev_parse(runner, question))[:-1] for question in (*_QUESTIONS, _TOP)]
    hash_name, git_dir, common_dir, prefix, top, *_ = *answers, "", ""
    if result.status:
        top = prefix = ""
    return _Facts(hash_name, Path(git_dir), Path(common_dir), Path(top) if top else None, prefix)


def _rev_parse(runner: Runner, *questions: str) -> Result:
    return runner.run("rev-parse", "--path-format=absolute", *questions, accept=(0, 128))


def _text(result: Result) -> str:
    return result.stdout.decode("utf-8", "surrogateescape")


def _no_repository(start: Path, stderr: str) -> RepositoryError:
    if "dubious ownership" in stderr:
        command = next(
            (line.strip() for line in stderr.splitlines() if "safe.directory" in line), None
        )
        return RepositoryError(
            f"git does not trust the repository at {start}: somebody else owns it",
            hint=f"if you trust it: {command}" if command else None,
        )
    if "not a git repository" in stderr:
        return RepositoryError(
            f"not a git repository (nor any folder above it): {start}",
            hint="create one with: git init",
        )
    reason = stderr.strip().splitlines()[-1] if stderr.strip() else "git said nothing"
    return RepositoryError(f"cannot use the repository at {start}: {reason}")


def _read_settings(runner: Runner) -> Settings:
    # `git var -l` prints the configuration and never fails for want of a name or e-mail.
    config: dict[str, str] = {}
    author = ""
    for line in runner.output("var", "-l").decode("utf-8", "replace").splitlines():
        key, _, value = line.partition("=")
        if key == "GIT_AUTHOR_IDENT":
            author = value
        elif key not in ("GIT_COMMITTER_IDENT", "GIT_EDITOR", "GIT_PAGER"):
            config[key] = value
    return Settings(config, _identity(author, config, runner.environment))


def _identity(ident: str, config: Mapping[str, str], environment: Mapping[str, str]) -> Identity:
    known = (
        "user.email" in config
        or "author.email" in config
        or bool(environment.get("GIT_AUTHOR_EMAIL") or environment.get("EMAIL"))
    )
    name, _, rest = ident.partition(" <")
    email = rest.partition(">")[0]
    if known and name.strip() and email:
        return Identity(name, email, configured=True)
    fallback = f"{_user(environment)}@{os.uname().nodename}"
    return Identity(fallback, fallback, configured=False)


def _user(environment: Mapping[str, str]) -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's made-up user
        return environment.get("USER") or f"uid{os.getuid()}"
