"""Models as a tracker knows them: each version with what its run tells."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from gittrack.runs.model import Run
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.artifacts import RunArtifacts

if TYPE_CHECKING:  # loaded on use: most scripts register no model
    from gittrack.models import ModelRegistry, ModelVersion, RunFacts


class RunModels(RunArtifacts):
    """Gives the model registry of a tracker's repository."""

    @cached_property
    def models(self) -> ModelRegistry:
        """The repository's models; a version that names its run knows config, code and metrics.

        It shares this tracker's git processes, and is closed with it.
        """
        from gittrack.models import ModelRegistry

        return ModelRegistry.on(self._session, runs=self._run_facts, warn=self._failures.warn)

    def versions_of_run(self, run: str | Run | ActiveRun) -> list[ModelVersion]:
        """The model versions that a run made, by model and number; damaged ones are left out.

        Raises:
            NotFoundError: there is no such run.
        """
        from gittrack.models.reading import ModelReader

        return ModelReader(self._session).versions_of_run(self.get_run(run).run_id)

    def _run_facts(self, run_id: str) -> RunFacts:
        """What a run, live or ended, tells about a model that it made.

        Raises:
            NotFoundError: there is no such run.
        """
        from gittrack.models import RunFacts

        run = self.get_run(run_id)
        code = run.code_version
        # What was run: the user's commit, or the exact state where that had changes.
        commit = None if code is None else code.commit if code.dirty else code.head or code.commit
        return RunFacts(
            run.run_id,
            run.config_id,
            commit,
            run.measures,
            {one.path: partial(self.open_artifact, run, one.path) for one in run.artifacts},
        )
