"""What is exchanged with other repositories: fetch, push, list, clone, and bundles in files.

Nothing here touches HEAD, the index, `FETCH_HEAD`, tags or submodules, runs a hook of the user's,
or prunes anything but what the given refspecs write to.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from gittrack.git.environment import child_environment
from gittrack.git.process import Runner
from gittrack.git.repository import Repository
from gittrack.git.transfer import Caller, Listener, checked
from gittrack.ids import ObjectId

_FORCED = re.compile(r"^ \+ \S+ +\S+ +-> (\S+) +\(forced update\)", re.MULTILINE)
_NO_ATOMIC = "does not support --atomic"
_ENTRY = re.compile(r"^([ +*=!-])\t([^\t]*):([^\t:]+)\t(.*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sent:
    """A ref to move on a remote: to `new` (`None`: delete it), if it is at `old` there
    (`None`: if it does not exist).

    With `ahead_only`, `old` does not matter: it moves if that loses nothing.
    """

    ref: str
    new: ObjectId | None
    old: ObjectId | None = None
    ahead_only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a ref that was pushed: git's own words where it did not move."""

    ref: str
    moved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push came to: an answer for each ref that the remote spoke of, and all messages.

    `status` is git's exit status; without answers the remote was not reached, or went away.
    """

    answers: tuple[Answer, ...]
    status: int
    stderr: str

    @property
    def lacks_atomic(self) -> bool:
        """Whether the remote cannot move several refs as one."""
        return _NO_ATOMIC in self.stderr


@dataclass(frozen=True, slots=True)
class Gateway:
    """Reaches one remote from a repository.

    `address` is a remote's name where `named`, else an URL or a path. `asks` says whether git may
    ask for a password.
    """

    repository: Repository
    address: str
    named: bool
    listener: Listener | None = None
    asks: bool = True

    def fetch(self, refspecs: Sequence[str], *, prune: bool) -> frozenset[str]:
        """Bring what refspecs name; returns the local refs whose history was replaced there.

        With `prune`, refs that are gone there go here, where the refspecs write and nowhere else.

        Raises:
            GitError: the remote cannot be reached, or what it sends is not whole.
        """
        arguments = [
            *("--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--refmap="),
            *("--show-forced-updates", "--prune" if prune else "--no-prune", "--force"),
            *("--", self.address, *refspecs),
        ]
        result = self.caller.call("fetch", *arguments)
        checked(result, "fetch", arguments)
        return frozenset(_FORCED.findall(result.stderr))

    def push(
        self, updates: Sequence[Sent], *, atomic: bool = False, negotiate: bool = False
    ) -> Pushed:
        """Move refs on a remote, each from its exact old value; with `atomic` all or none.

        With `negotiate`, what the remote has is asked for, not only read from its refs.
        """
        if not updates:  # told of no ref, git would push the branch
            return Pushed((), 0, "")
        arguments = ["--porcelain", "--no-verify", "--recurse-submodules=no", "--no-follow-tags"]
        arguments += ["--atomic"] if atomic else []
        arguments += [
            f"--force-with-lease={one.ref}:{one.old or ''}" for one in updates if not one.ahead_only
        ]
        arguments += ["--", self.address, *(f"{one.new or ''}:{one.ref}" for one in updates)]
        settings = (f"push.negotiate={'true' if negotiate else 'false'}",)
        result = self.caller.call("push", *arguments, settings=settings)
        output = result.stdout.decode("utf-8", "surrogateescape")
        answers = tuple(_answers(output)) if result.status in (0, 1) else ()
        return Pushed(answers, result.status, result.stderr)

    def refs(self, *patterns: str) -> dict[str, ObjectId]:
        """The refs of a remote that match patterns, and what they point to.

        Raises:
            GitError: the remote cannot be reached.
        """
        arguments = ("--refs", "--", self.address, *patterns)
        result = self.caller.call("ls-remote", *arguments)
        output = checked(result, "ls-remote", arguments).stdout
        lines = output.decode("utf-8", "surrogateescape").splitlines()
        pairs = (line.split("\t", 1) for line in lines)
        return {name: ObjectId(object_id) for object_id, name in pairs}

    @property
    def caller(self) -> Caller:
        """What starts git for this remote."""
        runner = self.repository.runner
        environment = dict(runner.environment)
        if not self.asks:
            environment["GIT_TERMINAL_PROMPT"] = "0"
        name = self.address if self.named else None
        return Caller(runner.cwd, environment, name, self.listener)


def write_bundle(repository: Repository, file: Path, refs: Sequence[str]) -> None:
    """Write refs and all that they reach into one file.

    Raises:
        GitError: the file cannot be written, or an object is missing.
    """
    names = "".join(f"{ref}\n" for ref in refs).encode()
    repository.runner.run(
        "bundle", "create", "--quiet", str(file.absolute()), "--stdin", stdin=names
    )


def check_bundle(repository: Repository, file: Path) -> None:
    """Make sure that a file is a bundle by its header, and that what it builds on is here.

    Raises:
        GitError: it is none, or needs commits that are not here.
    """
    repository.runner.run("bundle", "verify", "--quiet", str(file.absolute()))


def clone(url: str, folder: Path, listener: Listener | None) -> None:
    """Clone a repository as `git clone` does, but for its hooks.

    Raises:
        GitError: it cannot be reached, or the folder is there already.
    """
    arguments = ("--", url, str(folder.absolute()))
    caller = Caller(Path.cwd(), child_environment(os.environ), None, listener)
    checked(caller.call("clone", *arguments), "clone", arguments)


def create_bare(folder: Path, url: str, settings: Mapping[str, str]) -> None:
    """Make a bare repository with settings, whose remote `origin` is at `url`, in one step: it is
    there as a whole, or as somebody else made it.

    Raises:
        OSError: it cannot be written there.
    """
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=folder.parent, prefix=".new.") as temporary:
        runner = Runner(Path(temporary), child_environment(os.environ))
        runner.run("init", "--quiet", "--bare", "--template=", "repository")
        place = Path(temporary) / "repository"
        inside = Runner(place, {**runner.environment, "GIT_DIR": str(place)})
        for key, value in {"remote.origin.url": url, **settings}.items():
            inside.run("config", key, value)
        with suppress(OSError):  # somebody else was faster
            place.rename(folder)


def upstream(repository: Repository) -> str | None:
    """The remote that the branch of HEAD follows, if it follows one."""
    named = repository.runner.run("symbolic-ref", "-q", "--short", "HEAD", accept=(0, 1))
    branch = named.stdout.decode("utf-8", "surrogateescape").rstrip("\n")
    return repository.settings.config.get(f"branch.{branch}.remote") if branch else None


def is_reached(repository: Repository, commits: Iterable[str], *, by: str) -> bool:
    """Whether all commits are in the history of one."""
    names = "".join(f"{commit}\n" for commit in commits)
    output = repository.runner.output(
        "rev-list", "--max-count=1", "--stdin", stdin=f"{names}^{by}\n".encode()
    )
    return not output.strip()


def longest_line(repository: Repository, tip: str, *, without: Sequence[str]) -> list[ObjectId]:
    """The longest line of commits, each a parent of the next, that ends with `tip` and has none
    that `without` reach."""
    names = "".join(f"{name}\n" for name in (tip, *(f"^{commit}" for commit in without)))
    output = repository.runner.output(
        *("rev-list", "--topo-order", "--reverse", "--parents", "--stdin"), stdin=names.encode()
    )
    length: dict[str, int] = {}
    before: dict[str, str | None] = {}
    for line in output.decode().splitlines():
        commit, *parents = line.split(" ")
        before[commit] = max(
            (parent for parent in parents if parent in length), key=length.__getitem__, default=None
        )
        length[commit] = 1 + length.get(before[commit] or "", 0)
    found: list[ObjectId] = []
    at: str | None = tip if tip in length else None
    while at is not None:
        found.append(ObjectId(at))
        at = before[at]
    return found[::-1]


def _answers(output: str) -> Iterator[Answer]:
    for match in _ENTRY.finditer(output):
        flag, _, ref, words = match.groups()
        reason = words.partition("(")[2].rpartition(")")[0] or words
        yield Answer(ref, flag != "!", "" if flag != "!" else reason)
