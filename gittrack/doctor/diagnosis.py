"""All looks, one after another, and the cures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gittrack.doctor import journals, leftovers, locks, room, settings, waiting, work_trees
from gittrack.doctor.ailment import Ailment
from gittrack.errors import RepositoryError, UsageError
from gittrack.store.session import Session

Look = Callable[[Session], Iterator[Ailment]]

_LOOKS: Mapping[str, tuple[str, Look]] = {
    "git-version": ("git is new enough", settings.git_version),
    "ref-lock": ("no lock file is left on our refs", locks.ref_locks),
    "git-lock": ("no lock file is left in git's own folder", locks.git_locks),
    "dead-journals": ("all runs that have ended are sealed", journals.dead_journals),
    "silent-journals": ("no other machine is silent", journals.silent_journals),
    "waiting-artifacts": ("no artifact is kept twice", waiting.waiting_artifacts),
    "crash-report": ("no crash report is left", leftovers.crash_reports),
    "temporary": ("no temporary file is left", leftovers.temporaries),
    "work-tree": ("no work tree of a reproduction is left", work_trees.left_work_trees),
    "guarded-pack": ("no pack is guarded by a process that has ended", leftovers.guarded_packs),
    "temporary-packs": ("no pack is unfinished", leftovers.temporary_packs),
    "index": ("the index is readable", room.index),
    "remote": ("git fetch brings the records of every remote", settings.remotes),
    "drivers": ("the drivers that are asked for are set up", settings.drivers),
    "reflog": ("all our refs have reflogs", settings.reflogs),
    "expiry": ("git gc leaves time to restore", settings.expiry),
    "disk": ("there is room on the disk", room.disk),
    "packs": ("there are few packs", room.packs),
}

TITLES: Mapping[str, str] = {code: title for code, (title, _) in _LOOKS.items()}
"""What is the case where no ailment has that code."""

_CURES: Mapping[str, Callable[[Session, Ailment], None]] = {
    "ref-lock": locks.remove_lock,
    "dead-journals": journals.seal,
    "waiting-artifacts": waiting.free,
    "crash-report": leftovers.remove_report,
    "temporary": leftovers.remove_temporary,
    "work-tree": work_trees.remove_work_tree,
    "guarded-pack": leftovers.remove_guard,
    "index": room.rebuild,
}


def diagnose(session: Session) -> tuple[Ailment, ...]:
    """What is in the way now; nothing is changed.

    Raises:
        RepositoryError: git cannot be asked at all.
    """
    return tuple(ailment for _, look in _LOOKS.values() for ailment in look(session))


def cure(session: Session, ailment: Ailment, *, host: str | None = None) -> None:
    """Take an ailment away, if it is there still. Look again afterwards.

    Args:
        session: the repository.
        ailment: one that is `fixable`, or the journals of the silent machine `host`.
        host: a machine that is known to be gone: its journals are sealed as `KILLED`.

    Raises:
        UsageError: nothing here cures it.
        RepositoryError: it cannot be taken away.
    """
    try:
        if ailment.code == "silent-journals" and host is not None and ailment.place == host:
            journals.declare_dead(session, host)
            journals.seal(session, ailment)
        elif ailment.fixable:
            _CURES[ailment.code](session, ailment)
        else:
            raise UsageError(f"{ailment.code} is yours to mend", hint=ailment.mend)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RepositoryError(f"cannot mend {ailment.place}: {reason}") from error
