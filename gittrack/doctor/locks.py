"""Lock files that a crashed git left: nothing can be written until they go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from gittrack.doctor.ailment import Ailment, age_of, span
from gittrack.doctor.processes import holds
from gittrack.git.repository import Repository
from gittrack.store.session import Session

_STALE = 600.0  # seconds; git holds the lock of a ref for milliseconds, that of the index for long
_OTHERS = ("packed-refs.lock", "config.lock", "shallow.lock", "reftable/tables.list.lock")


def ref_locks(session: Session) -> Iterator[Ailment]:
    """Locks of our own refs."""
    for lock in _our_locks(session.repository):
        if _is_stale(lock):
            yield Ailment("ref-lock", _text(lock), str(lock), _rm(lock), fixable=True)


def git_locks(session: Session) -> Iterator[Ailment]:
    """Locks of what the user's own git commands share: said, and left to the user."""
    repository = session.repository
    locks = [repository.common_dir / name for name in _OTHERS]
    locks += [repository.git_dir / name for name in ("index.lock", "HEAD.lock")]
    for lock in locks:
        if _is_stale(lock):
            yield Ailment("git-lock", _text(lock), str(lock), f"if no git runs: {_rm(lock)}")


def remove_lock(session: Session, ailment: Ailment) -> None:
    """Remove a lock that is stale still."""
    for lock in _our_locks(session.repository):
        if str(lock) == ailment.place and _is_stale(lock):
            lock.unlink(missing_ok=True)


def _our_locks(repository: Repository) -> list[Path]:
    return sorted((repository.common_dir / "refs" / "exptrack").rglob("*.lock"))


def _is_stale(lock: Path) -> bool:
    return age_of(lock) > _STALE and not holds(lock)


def _text(lock: Path) -> str:
    return f"a lock file that no process holds is {span(age_of(lock))} old"


def _rm(lock: Path) -> str:
    return f"rm {quote(str(lock))}"
