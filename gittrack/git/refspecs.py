"""What plain `git fetch` and `git push` do with records."""

from __future__ import annotations

import re

from gittrack.errors import NotFoundError, UsageError
from gittrack.git.configuration import add_value, get_all, remotes, set_value
from gittrack.git.repository import Repository

RECORDS = "refs/exptrack/"
"""Where records are here, and on a remote that takes refs of any name."""

_PLACE = re.compile(r"refs(?:/[A-Za-z0-9_=+-][A-Za-z0-9._=+-]*)+")
_OTHERS = ("refs/heads", "refs/tags", "refs/remotes", "refs/notes", "refs/replace")


def place_there(repository: Repository, remote: str | None) -> str:
    """Where records are on a remote, with a slash at its end: `exptrack.<remote>.refPrefix`,
    `exptrack.refPrefix`, or where they are here.

    Some hosts take branches and tags only: there it is `refs/heads/exptrack/`.

    Raises:
        UsageError: the setting is no place for refs.
    """
    config = repository.settings.config
    own = None if remote is None else config.get(f"exptrack.{remote}.refprefix")
    given = own or config.get("exptrack.refprefix")
    if not given:
        return RECORDS
    place = given.rstrip("/")
    if _PLACE.fullmatch(place) is None or ".." in place or place in _OTHERS:
        raise UsageError(
            f"exptrack.refPrefix is {given!r}, which is no place for refs of its own",
            hint="as in: git config exptrack.refPrefix refs/heads/exptrack",
        )
    return f"{place}/"


def push_refspecs(repository: Repository, remote: str) -> tuple[str, str]:
    """All records but the code of runs; nothing on the remote is overwritten."""
    return f"{RECORDS}*:{place_there(repository, remote)}*", f"^{RECORDS}code"


def fetch_refspec(repository: Repository, remote: str) -> str:
    """Records go to a namespace of the remote's own, so that no fetch can overwrite local ones."""
    return f"+{place_there(repository, remote)}*:refs/exptrack-remote/{remote}/*"


def fetch_records(repository: Repository, remote: str) -> bool:
    """Make `git fetch` bring the records of a remote; returns whether that is new.

    Raises:
        NotFoundError: there is no such remote.
        RepositoryError: the configuration cannot be written.
    """
    _check_known(repository, remote)
    key, refspec = f"remote.{remote}.fetch", fetch_refspec(repository, remote)
    if refspec in get_all(repository, key):
        return False
    add_value(repository, key, refspec)
    return True


def push_remote(remote: str) -> str:
    """The remote of its own by which records are pushed to a remote's place."""
    return f"{remote}-exptrack"


def push_records(repository: Repository, remote: str) -> bool:
    """Make `git push REMOTE-exptrack` send records to a remote's place; returns whether that is
    new, or was brought up to date.

    A remote of its own, since `remote.NAME.push` takes the place of `push.default`: `git push`
    would no longer do with the user's branches what it did.

    Raises:
        NotFoundError: there is no such remote.
        RepositoryError: the configuration cannot be written.
    """
    _check_known(repository, remote)
    own = push_remote(remote)
    wanted = {
        f"remote.{own}.{name}": get_all(repository, f"remote.{remote}.{name}")
        for name in ("url", "pushurl")
    }
    wanted |= {
        f"remote.{own}.push": push_refspecs(repository, remote),
        f"remote.{own}.fetch": (fetch_refspec(repository, remote),),
        f"remote.{own}.skipFetchAll": ("true",),
        f"remote.{own}.tagOpt": ("--no-tags",),
    }
    changed = False
    for key, values in wanted.items():
        if values and get_all(repository, key) != values:
            changed = True
            set_value(repository, key, values[0])
            for value in values[1:]:
                add_value(repository, key, value)
    return changed


def remotes_without_records(repository: Repository) -> list[str]:
    """The remotes whose records a plain `git fetch` does not bring."""
    known = remotes(repository)
    ours = {push_remote(name) for name in known}
    return [
        name
        for name in known
        if name not in ours
        and fetch_refspec(repository, name) not in get_all(repository, f"remote.{name}.fetch")
    ]


def _check_known(repository: Repository, remote: str) -> None:
    known = remotes(repository)
    if remote not in known:
        there_are = f"there are: {', '.join(known)}" if known else "this repository has none"
        raise NotFoundError(
            f"there is no remote {remote!r}; {there_are}",
            hint="add one with: git remote add NAME URL",
        )
