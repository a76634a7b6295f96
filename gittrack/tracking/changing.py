"""Runs changed, live or ended: tags, notes, validations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gittrack.errors import UsageError
from gittrack.runs.model import Run
from gittrack.store.run_changes import change_run
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.reading import RunReading


class RunChanging(RunReading):
    """Says more of a run, also when it has ended."""

    def set_tag(self, key: str, value: object, *, run: str | Run | ActiveRun | None = None) -> None:
        """Set a tag, on a run that has ended, too; see `set_tags`."""
        self.set_tags({key: value}, run=run)

    def set_tags(
        self, tags: Mapping[str, object], *, run: str | Run | ActiveRun | None = None
    ) -> None:
        """Set tags, on a run that has ended, too; a value of `None` takes one away."""
        live = self._live.find(run)
        if live is not None:
            live.set_tags(tags)
            return
        texts = {str(key): None if value is None else str(value) for key, value in tags.items()}

        def change(record: dict[Any, Any]) -> None:
            merged = record.get("tags", {}) | texts
            record["tags"] = {key: value for key, value in merged.items() if value is not None}

        self._change_run(run, change, f"tag {', '.join(texts)}")

    def log_note(self, text: str, *, run: str | Run | ActiveRun | None = None) -> None:
        """Add a remark for people, to a run that has ended, too."""
        live = self._live.find(run)
        if live is not None:
            live.log_note(text)
            return

        def change(record: dict[Any, Any]) -> None:
            record["notes"] = [*record.get("notes", []), str(text)]

        self._change_run(run, change, "note")

    def log_validation(
        self,
        run: str | Run | ActiveRun | None,
        name: str,
        passed: bool,
        num_violations: int = 0,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Record a check that was made on a run, live or not: passed, how many violations."""
        live = self._live.find(run)
        if live is not None:
            live.log_validation(name, passed, num_violations, metrics)
            return
        facts: dict[str, Any] = {"name": str(name), "passed": bool(passed)}
        if num_violations:
            facts["num_violations"] = int(num_violations)
        if metrics:
            facts["metrics"] = {str(key): float(value) for key, value in metrics.items()}

        def change(record: dict[Any, Any]) -> None:
            record["validations"] = [*record.get("validations", []), facts]

        self._change_run(run, change, f"validation {name}")

    def log_ttpt_result(
        self,
        run: str | Run | ActiveRun | None,
        passed: bool,
        num_violations: int = 0,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Record a look-ahead test (TTPT): the validation called `ttpt`."""
        self.log_validation(run, "ttpt", passed, num_violations, metrics)

    def _change_run(
        self,
        run: str | Run | ActiveRun | None,
        change: Callable[[dict[Any, Any]], None],
        what: str,
    ) -> None:
        if run is None:
            raise UsageError("no run is active here", hint="name one: run=RUN_ID")
        name = run if isinstance(run, str) else run.run_id
        with self._failures.recording(f"{what} of the run {name}"):
            place = self._sealed(run)
            change_run(self._session, self._publisher, place, change, f"{what}: run {place.run_id}")
