"""MLflow's artifacts on a git repository: the files of its runs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from mlflow.entities import FileInfo
from mlflow.store.artifact.artifact_repo import ArtifactRepository as MlflowArtifactRepository

from gittrack.artifacts import files_below
from gittrack.errors import RepositoryError, UsageError
from gittrack.integrations.mlflow.events import now
from gittrack.integrations.mlflow.failures import telling
from gittrack.integrations.mlflow.locations import MODEL_FILES, Place, parse_place, split_uri
from gittrack.integrations.mlflow.opened import tracker_of
from gittrack.runs.events import RunState
from gittrack.tracking.keeping import keep
from gittrack.tracking.shared_runs import Event
from gittrack.tracking.sharing import SharedTracker

_MODELS = f"{MODEL_FILES}/m-"


@telling
class ArtifactRepository(MlflowArtifactRepository):  # type: ignore[misc]  # no types at hand
    """Files of runs and of logged models; `locations` says what its URIs name.

    One on a repository's own URI has the paths of its artifacts begin with the experiment: a
    server that serves artifacts uses it so.
    """

    def __init__(
        self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
    ) -> None:
        super().__init__(artifact_uri, tracking_uri, registry_uri)
        self._repository, self._inside = split_uri(artifact_uri)

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        """Store a file, in a folder of the run's artifacts if one is named."""
        file = Path(local_file)
        self._store([(file.name, file)], artifact_path)

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        """Store all files below a folder."""
        self._store(list(files_below(Path(local_dir))), artifact_path)

    def list_artifacts(self, path: str | None = None) -> list[Any]:
        """What lies directly in a folder of the run's artifacts."""
        place = self._place(path)
        above = f"{place.path}/" if place.path else ""
        found: dict[str, Any] = {}
        for artifact in self._tracker.shared_run(place.run_id).artifacts:
            if not artifact.path.startswith(above) or (not above and _is_model(artifact.path)):
                continue
            name, slash, _ = artifact.path[len(above) :].partition("/")
            shown = posixpath.join(path or "", name)
            found[shown] = FileInfo(shown, bool(slash), None if slash else artifact.size)
        return [found[name] for name in sorted(found)]

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        place = self._place(remote_file_path)
        self._tracker.download_artifact(place.run_id, place.path, local_path, overwrite=True)

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Not possible: what a run stored stays with it."""
        raise UsageError(
            f"artifacts stay with their run: {artifact_path or 'all'} was not deleted",
            hint="delete the run: git exp runs delete RUN",
        )

    @property
    def _tracker(self) -> SharedTracker:
        return tracker_of(self._repository)

    def _place(self, path: str | None) -> Place:
        return parse_place(posixpath.join(self._inside, path or ""))

    def _store(self, files: Sequence[tuple[str, Path]], folder: str | None) -> None:
        if not files:
            return
        place = self._place(folder)
        facts = [self._kept(posixpath.join(place.path, name), file) for name, file in files]
        self._tracker.change_shared(place.run_id, lambda state: list(_events(state, facts)))

    def _kept(self, name: str, file: Path) -> dict[str, Any]:
        try:
            return keep(self._tracker.session.repository, name, file, None)
        except OSError as error:
            raise RepositoryError(f"cannot store {file}: {error.strerror or error}") from error


def _events(state: RunState, files: Sequence[dict[str, Any]]) -> Iterator[Event]:
    """The events that name stored contents.

    Raises:
        UsageError: a name would be a file's and a folder's.
    """
    paths = set(state.artifacts)
    folders = {str(above) for path in paths for above in PurePosixPath(path).parents}
    for facts in files:
        path = facts["path"]
        above = {str(one) for one in PurePosixPath(path).parents}
        if path in folders or above & paths:
            raise UsageError(f"the name {path!r} would be a file's and a folder's")
        paths.add(path)
        folders |= above
        yield ["artifact", now(), facts]


def _is_model(path: str) -> bool:
    return path.startswith(_MODELS)
