"""What the environment says to a tracker: the run to join, the remote to send to.

A program that runs a command as a run names the run in the command's environment. The first run
that such a process starts is that run; each later one is a child of it.

Where there is no repository, `GITTRACK_REMOTE` names one to send runs to. Until then they are in a
bare repository in the user's cache folder, one for each remote and machine, so that what a worker
that died left there is sent by the next one.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gittrack.errors import GittrackError, RepositoryError
from gittrack.git.repository import Repository, discover
from gittrack.journal.owner import clock_of, life_of
from gittrack.journal.reader import read_header
from gittrack.journal.writer import SUFFIX
from gittrack.slug import slug
from gittrack.store.journals import is_closed, journal_folder
from gittrack.store.session import Session
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.artifact_keeper import ArtifactKeeper

REPOSITORY, RUN, EXPERIMENT = "GITTRACK_REPOSITORY", "GITTRACK_RUN", "GITTRACK_EXPERIMENT"
"""The variables that name the repository (its git folder), the run and its experiment."""

REMOTE = "GITTRACK_REMOTE"
"""The variable that names the remote (URL or path) of trackers that have no repository."""

_SCRATCH = "exptrack.scratch"
_RUN_ID = re.compile(r"[0-9a-f]{20}")
_lock = threading.Lock()
_joined: set[str] = set()


@dataclass(frozen=True, slots=True)
class Invitation:
    """A run that this process was started by, and where its journal lies."""

    run_id: str
    folder: Path

    def join(
        self,
        on_end: Callable[[ActiveRun], None],
        on_error: Callable[[GittrackError], None],
        keeper: ArtifactKeeper,
    ) -> ActiveRun | None:
        """The run, to log to; its end here does not end it. `None` the second time, and where
        the run has ended already.

        Raises:
            RepositoryError: the repository cannot be written.
        """
        experiment = self._open_experiment()
        with _lock:
            if experiment is None or self.run_id in _joined:
                return None
            _joined.add(self.run_id)
        return ActiveRun(
            self.run_id,
            experiment,
            self.folder,
            on_end=on_end,
            on_error=on_error,
            keeper=keeper,
            helper=True,
        )

    def _open_experiment(self) -> str | None:
        """The run's experiment as its journal says; `None` where it has ended."""
        path = self.folder / f"{self.run_id}{SUFFIX}"
        file = read_header(path)
        if file is None or is_closed(path):
            return None
        if life_of(path, file.owner, lambda: clock_of(self.folder)) == "dead":
            return None
        return str(file.header["experiment"])


def invitation_to(session: Session) -> Invitation | None:
    """The run that this process was started by, if it is one of this repository.

    Like the capture of surroundings, this looks at the process: the environment is how a run is
    handed on to a program, whatever lies between the two.
    """
    run_id, place = os.environ.get(RUN, ""), os.environ.get(REPOSITORY, "")
    if not _RUN_ID.fullmatch(run_id) or not place:
        return None
    try:
        is_ours = os.path.samefile(place, session.repository.common_dir)  # noqa: PTH121 - hostile
    except (OSError, ValueError):
        return None
    return Invitation(run_id, journal_folder(session)) if is_ours else None


def variables(session: Session, run: ActiveRun) -> Mapping[str, str]:
    """What the environment of a program says, so that it joins the run."""
    return {
        REPOSITORY: str(session.repository.common_dir),
        RUN: run.run_id,
        EXPERIMENT: run.experiment_name,
    }


def find_repository(path: Path | str | None) -> Repository:
    """The repository at or above a path; where there is none and no path was given, the one in the
    cache folder that sends to `GITTRACK_REMOTE`.

    Raises:
        RepositoryError: there is none, and the variable is not set; or none can be used.
    """
    try:
        return discover(path)
    except RepositoryError as error:
        url = os.environ.get(REMOTE, "").strip()
        if path is not None or not url or not error.message.startswith("not a git repository"):
            raise
        return discover(_scratch_folder(url))


def is_scratch(repository: Repository) -> bool:
    """Whether a repository is one that only keeps runs until they are sent."""
    return repository.work_tree is None and repository.settings.flag(_SCRATCH)


def _scratch_folder(url: str) -> Path:
    """The bare repository that keeps runs for a remote, made on first use."""
    from gittrack.git.remotes import create_bare  # most have a repository

    place = Path(url)
    address = str(place.absolute()) if place.exists() else url
    digest = hashlib.sha256(address.encode()).hexdigest()[:12]
    name = f"{digest}-{slug(os.uname().nodename)}.git"
    for parent in _cache_folders():
        try:
            if not _is_ours(parent):
                continue
            if not (parent / name).exists():
                create_bare(parent / name, address, {_SCRATCH: "true", "exptrack.inbox": "true"})
            return parent / name
        except OSError:
            continue  # a container's home may be read-only
    raise RepositoryError(
        f"no folder of your own can be made to keep runs in until they are sent to {REMOTE}",
        hint="set XDG_CACHE_HOME to a folder that only you can write to",
    )


def _is_ours(folder: Path) -> bool:
    """Whether a folder, made if need be and closed to others, is the user's own: in a shared one
    somebody else may have been there first, and would give git its settings.

    Raises:
        OSError: it cannot be made, or looked at.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found, around = folder.lstat(), folder.parent.stat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        return False
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    # Out of a sticky folder, such as /tmp, nobody can take what is somebody else's.
    is_closed = not around.st_mode & 0o002 or bool(around.st_mode & stat.S_ISVTX)
    return is_closed and around.st_uid in (os.getuid(), 0)


def _cache_folders() -> list[Path]:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    import tempfile  # most have a repository

    shared = Path(tempfile.gettempdir()) / f"gittrack-{os.getuid()}"
    return [Path(cache) / "gittrack" / "scratch", shared]
