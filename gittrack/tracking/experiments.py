"""Experiments: what is said of them beside their runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gittrack.adapt import to_plain
from gittrack.dates import format_time
from gittrack.errors import NotFoundError
from gittrack.store.experiment_deletion import delete_experiment, restore_experiment
from gittrack.store.experiments import Experiment, experiment_ref, read_experiment
from gittrack.store.run_changes import change_experiment
from gittrack.tracking.base import TrackerBase


class ExperimentRecording(TrackerBase):
    """Creates, describes and reads experiments."""

    def create_experiment(
        self,
        name: str,
        template: str | None = None,
        mode: str | None = None,
        config: Mapping[Any, Any] | None = None,
        *,
        description: str = "",
        tags: Mapping[str, object] | None = None,
    ) -> str:
        """Create an experiment, or say more about one that exists; returns its id.

        Starting a run creates its experiment, too: this is for what is to be said of it.
        """
        facts: dict[str | int, Any] = {}
        if template is not None:
            facts["template"] = str(template)
        if mode is not None:
            facts["mode"] = str(mode)
        if config is not None:
            facts["config"] = to_plain(dict(config))
        texts = {str(key): str(value) for key, value in (tags or {}).items()}

        def change(known: Experiment) -> Experiment:
            return replace(
                known,
                facts={**known.facts, **facts},
                description=description or known.description,
                tags={**known.tags, **texts},
            )

        return self._change_experiment(name, change, "create").experiment_id

    def update_experiment(
        self,
        name: str,
        *,
        description: str | None = None,
        tags: Mapping[str, object] | None = None,
    ) -> Experiment:
        """Describe an experiment anew, or tag it; a tag of `None` is taken away."""
        self.get_experiment(name)

        def change(known: Experiment) -> Experiment:
            merged = {**known.tags, **{str(k): v for k, v in (tags or {}).items()}}
            return replace(
                known,
                description=known.description if description is None else description,
                tags={key: str(value) for key, value in merged.items() if value is not None},
            )

        return self._change_experiment(name, change, "describe")

    def log_experiment_summary(self, name: str, summary: Mapping[str, object]) -> None:
        """Keep what came out of an experiment; the last word for each key counts."""
        plain = to_plain(dict(summary))
        assert isinstance(plain, dict)
        self._change_experiment(
            name, lambda known: replace(known, summary={**known.summary, **plain}), "summarise"
        )

    def log_strategy_metadata(self, name: str, metadata: Mapping[str, object]) -> None:
        """Keep facts about the strategy that an experiment tries."""
        plain = to_plain(dict(metadata))

        def change(known: Experiment) -> Experiment:
            strategy = known.facts.get("strategy", {})
            merged = {**(strategy if isinstance(strategy, dict) else {}), **dict(plain)}  # type: ignore[arg-type]
            return replace(known, facts={**known.facts, "strategy": merged})

        self._change_experiment(name, change, "strategy")

    def get_experiment(self, name: str) -> Experiment:
        """What is known about an experiment, by its name or id.

        Raises:
            NotFoundError: there is none.
        """
        found = read_experiment(self._session.view(experiment_ref(name)))
        if found is None:
            raise NotFoundError(
                f"there is no experiment {name!r}", hint="see them: git exp experiments list"
            )
        return found

    def list_experiments(self) -> list[Experiment]:
        """All experiments, by name."""
        self._seal_to_read()
        return self._index.experiments()

    def delete_experiment(self, name: str) -> int:
        """Take an experiment with its runs out of every listing; returns how many runs it had.

        Its ref keeps the history: `restore_experiment` brings all of it back. A run that starts in
        an experiment of that name afterwards begins it anew.

        Raises:
            NotFoundError: there is none of that name or id.
            UsageError: a run of it is live.
        """
        true_name = self._experiment(name)
        return delete_experiment(self._session, self._publisher, self._sealer, true_name).runs

    def restore_experiment(self, name: str) -> Experiment:
        """Bring back what the last deletion of an experiment took away, with all its runs.

        Raises:
            NotFoundError: none of that name or id was deleted, or all is back.
        """
        return restore_experiment(self._session, self._publisher, self._experiment(name))

    def _change_experiment(
        self, name: str, change: Callable[[Experiment], Experiment], what: str
    ) -> Experiment:
        """The experiment as it is then; where that cannot be written, as it would have been."""
        true_name = self._experiment(name)
        with self._failures.recording(f"what is said of the experiment {true_name}"):
            return change_experiment(
                self._session, self._publisher, true_name, change, f"{what}: {true_name}"
            )
        known = read_experiment(self._session.view(experiment_ref(true_name)))
        return change(known or Experiment(true_name, format_time(self._session.now())))
