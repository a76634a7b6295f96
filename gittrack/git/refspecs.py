"""What a plain `git fetch` brings of other people's records."""

from __future__ import annotations

from gittrack.errors import NotFoundError
from gittrack.git.configuration import add_value, get_all, remotes
from gittrack.git.repository import Repository


def fetch_refspec(remote: str) -> str:
    """Records go to a namespace of the remote's own, so that no fetch can overwrite local ones."""
    return f"+refs/exptrack/*:refs/exptrack-remote/{remote}/*"


def fetch_records(repository: Repository, remote: str) -> bool:
    """Make `git fetch` bring the records of a remote; returns whether that is new.

    Raises:
        NotFoundError: there is no such remote.
        RepositoryError: the configuration cannot be written.
    """
    known = remotes(repository)
    if remote not in known:
        there_are = f"there are: {', '.join(known)}" if known else "this repository has none"
        raise NotFoundError(
            f"there is no remote {remote!r}; {there_are}",
            hint="add one with: git remote add NAME URL",
        )
    key, refspec = f"remote.{remote}.fetch", fetch_refspec(remote)
    if refspec in get_all(repository, key):
        return False
    add_value(repository, key, refspec)
    return True


def remotes_without_records(repository: Repository) -> list[str]:
    """The remotes whose records a plain `git fetch` does not bring."""
    return [
        name
        for name in remotes(repository)
        if fetch_refspec(name) not in get_all(repository, f"remote.{name}.fetch")
    ]
