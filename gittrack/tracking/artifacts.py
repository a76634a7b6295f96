"""Artifacts of runs: listed, read back, and added to runs that have ended."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gittrack.errors import RepositoryError, UsageError
from gittrack.runs.model import Artifact, Run
from gittrack.store.runs import SealedRun
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.reading import RunReading

if TYPE_CHECKING:  # loaded on use: a script that only records does without the stores
    from gittrack.tracking.artifact_files import ArtifactFiles

AnyRun = str | Run | ActiveRun


class RunArtifacts(RunReading):
    """Reads the artifacts of runs, live or sealed; adds some to runs that have ended."""

    def list_artifacts(self, run: AnyRun) -> list[Artifact]:
        """A run's artifacts, by path.

        Raises:
            NotFoundError: there is no such run.
            DataError: a record is damaged, or its path leads out of the run.
        """
        from gittrack.tracking.artifact_files import check_record

        artifacts = self.get_run(run).artifacts
        for artifact in artifacts:
            check_record(artifact)
        return sorted(artifacts, key=lambda artifact: artifact.path)

    def open_artifact(self, run: AnyRun, path: str) -> BinaryIO:
        """A stream of an artifact's bytes; the last are given only if its SHA-256 is right.

        Close it when you are done.

        Raises:
            NotFoundError: there is no such run or artifact, or its content is not here.
            UsageError: it is in a store that your settings do not name.
            DataError: the content is damaged; from the last read at the latest.
        """
        found = self.get_run(run)
        return self._artifact_files.open(found, _only(found, path))

    def get_artifact(self, run: AnyRun, path: str) -> bytes:
        """An artifact's bytes, checked; a large one is better read by `open_artifact`.

        Raises:
            As `open_artifact`.
        """
        with self.open_artifact(run, path) as stream:
            return stream.read()

    def download_artifact(
        self,
        run: AnyRun,
        path: str,
        target: Path | str,
        *,
        overwrite: bool = False,
        progress: Callable[[int, int | None], object] | None = None,
    ) -> Path:
        """Write an artifact to the file `target`, which is whole and checked, or not there.

        Raises:
            As `open_artifact`; UsageError: the file exists, and may not be overwritten.
        """
        from gittrack.tracking.artifact_files import check_free

        found, file = self.get_run(run), Path(target)
        check_free(file, overwrite=overwrite)
        self._artifact_files.fetch(found, _only(found, path), file, progress)
        return file

    def download_artifacts(
        self,
        run: AnyRun,
        *paths: str,
        target: Path | str = ".",
        overwrite: bool = False,
        progress: Callable[[int, int | None], object] | None = None,
    ) -> list[Path]:
        """Write artifacts below the folder `target` under their names; returns the files.

        Without `paths` these are all of the run's; that of a folder stands for all that is in it.
        Where one of the files exists, nothing is written. Each is whole and checked, or not there.
        No name and no link in the folder leads out of it. `progress` is told bytes done and in all.

        Raises:
            As `open_artifact`; UsageError: a file exists, or a link is in the way.
        """
        from gittrack.tracking.artifact_files import choose_artifacts

        found = self.get_run(run)
        artifacts = choose_artifacts(found, paths) if paths else list(found.artifacts)
        return self._artifact_files.fetch_below(
            found, artifacts, Path(target), overwrite=overwrite, progress=progress
        )

    def add_artifacts(
        self,
        run: AnyRun,
        path: Path | str,
        name: str | None = None,
        artifact_type: str | None = None,
        *,
        replace: bool = False,
    ) -> list[Artifact]:
        """Store a file, or all files below a folder, with a run that has ended; in one commit.

        Without a `name`, a file has its own, and a folder's files lie below the folder's. For a
        live run there are `log_artifact` and `log_artifacts`. Links that lead out of the folder,
        git's own files and the like are left out, and told.

        Raises:
            NotFoundError: there is no such run, file or folder.
            UsageError: the run is live; a name cannot be one, or is taken by another artifact.
            RepositoryError: the contents cannot be stored.
        """
        from gittrack.tracking.artifact_files import files_to_add

        source = Path(os.fspath(path))
        place = self._ended_place(run)

        def left_out(file: str, reason: str) -> None:
            self._failures.warn(f"{source / file} is left out: {reason}")

        files = list(files_to_add(source, name, left_out))
        if not files:
            raise UsageError(f"the folder {source} holds no files", hint="put some there first")
        add = self._artifact_files.add
        return add(self._publisher, place, files, artifact_type, replace=replace)

    def _ended_place(self, run: AnyRun) -> SealedRun:
        """Where a run lies that nobody writes to any more, neither its process nor a sealer."""
        found = self.get_run(run)
        self.seal()
        if self._reader.journals_of(found.run_id):
            if self.get_run(found.run_id).is_live:
                raise UsageError(
                    f"the run {found.run_id[:12]} is live: artifacts are added by its own process",
                    hint=f"wait for its end: git exp tail {found.run_id[:12]}",
                )
            self._sealer.checkpoint(found.run_id)  # waits for whoever seals it at this moment
        place = self._reader.find(found.run_id)
        if place is None:
            raise RepositoryError(
                f"the run {found.run_id[:12]} is not sealed yet", hint="run: git exp doctor"
            )
        return place

    @cached_property
    def _artifact_files(self) -> ArtifactFiles:
        from gittrack.tracking.artifact_files import ArtifactFiles

        return ArtifactFiles(self._session, self._reader)


def _only(run: Run, path: str) -> Artifact:
    """The artifact of that very name."""
    from gittrack.tracking.artifact_files import choose_artifacts

    [found, *more] = choose_artifacts(run, [path])
    if more or found.path != path:
        raise UsageError(
            f"{path!r} is a folder of artifacts", hint=f"name one of them, such as {found.path!r}"
        )
    return found
