"""A `pre-push` hook, by choice: before branches go to a remote, the records that they need go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gittrack.errors import DataError, RepositoryError
from gittrack.git.configuration import effective, get_all, remotes, set_value, unset
from gittrack.git.repository import Repository
from gittrack.ids import ConfigId, ObjectId
from gittrack.store.layout import CATALOGUE, ROOT
from gittrack.store.pins import Pin, read_pins
from gittrack.store.session import Session
from gittrack.store.snapshots import CommitSnapshot
from gittrack.store.tagging import tags_of
from gittrack.sync.fetching import read_state
from gittrack.sync.remote import LOCAL, Selection, find_remote

COMMAND = "pre-push"
"""What the hook calls: `git-exp pre-push NAME URL`."""

SEND, REQUIRE = "send", "require"
"""What `exptrack.<remote>.prePush` may say: a push that cannot send records goes on, or not."""

_SCRIPT = f"""\
#!/bin/sh
# Written by git exp init --hook: before a push, sends the records that it needs.
# Take it away with: git exp init --remote NAME --no-hook
how=$(git config "exptrack.$1.prePush" 2>/dev/null)
if [ -z "$how" ]; then exit 0; fi
if command -v git-exp >/dev/null 2>&1; then
    git-exp {COMMAND} "$@" || [ "$how" != {REQUIRE} ]
    exit
fi
echo "note: git-exp is not in PATH: records were not sent" >&2
if [ "$how" = {REQUIRE} ]; then exit 1; fi
"""
_MOST_COMMITS = 20_000
"""Commits of what is pushed that are looked at, the newest."""
_MOST_PINS = 1_000
_MOST_LINES = 10_000
_LINE = re.compile(r"\S+ ([0-9a-f]{40,64}) (\S+) [0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True)
class Installed:
    """What became of the hook: whether anything is new, and the foreign file that is in the way,
    to which a line must be added."""

    is_new: bool
    foreign: Path | None = None


def line_to_add() -> str:
    """What to add to a hook of one's own."""
    return f'git-exp {COMMAND} "$@" || exit 1'


def install(repository: Repository, remote: str) -> Installed:
    """Have pushes to a remote send the records that they need first.

    A hook that is there already, and one in a folder that other repositories may share
    (`core.hooksPath`), is left as it is.

    Raises:
        RepositoryError: the hook or the configuration cannot be written.
    """
    is_new = not how(repository, remote)
    if is_new:
        set_value(repository, _key(remote), SEND)
    path = _path(repository)
    found = _read(path)
    if found == _SCRIPT:
        return Installed(is_new)
    if found is not None or effective(repository.runner, "core.hooksPath"):
        calls = found is not None and f"git-exp {COMMAND}" in found
        return Installed(is_new, None if calls else path)
    _write(path)
    return Installed(is_new=True)


def remove(repository: Repository, remote: str) -> bool:
    """Have pushes to a remote send nothing more; returns whether they did. The hook goes with the
    last remote, if it is ours.

    Raises:
        RepositoryError: the hook or the configuration cannot be written.
    """
    was = bool(how(repository, remote))
    if was:
        unset(repository, _key(remote))
    path = _path(repository)
    if not any(how(repository, name) for name in remotes(repository)) and _read(path) == _SCRIPT:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _cannot_write(path, error) from error
        return True
    return was


def how(repository: Repository, remote: str) -> str | None:
    """`send` or `require` where pushes to a remote send records; `None` where they do not."""
    values = get_all(repository, _key(remote))
    return None if not values else REQUIRE if values[-1] == REQUIRE else SEND


def pushed_tips(lines: Iterable[str]) -> list[ObjectId]:
    """What branches and tags are to be, as git tells a `pre-push` hook; records do not count, nor
    does what is deleted."""
    found: dict[ObjectId, None] = {}
    for _, line in zip(range(_MOST_LINES), lines, strict=False):
        match = _LINE.fullmatch(line.strip())
        if match is not None and set(match[1]) != {"0"} and "exptrack/" not in match[2]:
            found[ObjectId(match[1])] = None
    return list(found)


def needed(
    session: Session, tips: Sequence[ObjectId], heads: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """The records that commits need, by their names: experiments with runs that were made with
    one of their commits, and what is known of configs that they pin, with its tags.

    `heads` are the commits that each experiment's runs were made with, by its id.
    """
    commits = _commits(session.repository, tips)
    names = {f"experiments/{one}" for one, made in heads.items() if not made.isdisjoint(commits)}
    pinned = sorted({config_id for tip in tips for config_id in _pinned(session, tip)})
    view = session.view()
    if any(view.has_object(config_id) for config_id in pinned[:_MOST_PINS]):
        names.add(CATALOGUE.removeprefix(LOCAL))
        names |= {ref.removeprefix(LOCAL) for ref in tags_of(session, pinned[:_MOST_PINS])}
    return frozenset(names)


def unsent(session: Session, remote: str, names: frozenset[str]) -> frozenset[str]:
    """Those of the records that the remote is not known to have as they are here."""
    place = find_remote(session.repository, remote)
    state = read_state(session, place, Selection(names=names))
    return frozenset(name for name, tip in state.local.items() if state.remote.get(name) != tip)


def _commits(repository: Repository, tips: Sequence[ObjectId]) -> frozenset[str]:
    stdin = "".join(f"{tip}\n" for tip in tips).encode()
    arguments = ("rev-list", f"--max-count={_MOST_COMMITS}", "--ignore-missing", "--stdin")
    return frozenset(repository.runner.output(*arguments, stdin=stdin).decode().split())


def _pinned(session: Session, tip: ObjectId) -> list[ConfigId]:
    """The configs that a commit pins; none where it has no pins, or is no commit."""
    found = session.reader.find(f"{tip}^{{commit}}")
    if found is None or not session.reader.tree(f"{found.id}:{ROOT}/pins"):
        return []
    try:
        pins = read_pins(CommitSnapshot(session.repository, session.reader, found.id))
    except DataError:
        return []  # `git exp check` names what is wrong with them
    return [pin.config for pin in pins if isinstance(pin, Pin)]


def _key(remote: str) -> str:
    return f"exptrack.{remote}.prePush"


def _path(repository: Repository) -> Path:
    """Where git looks for the hook."""
    folder = effective(repository.runner, "core.hooksPath")
    if folder is None:
        return repository.common_dir / "hooks" / "pre-push"
    return (repository.work_tree or repository.git_dir) / Path(folder).expanduser() / "pre-push"


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RepositoryError(f"cannot read {path}: {error.strerror}") from error


def _write(path: Path) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:  # one that came meanwhile is not ours
            file.write(_SCRIPT)
        path.chmod(path.stat().st_mode | 0o111)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> RepositoryError:
    return RepositoryError(
        f"cannot write {path}: {error.strerror}",
        hint="check the owner and permissions of that folder",
    )
