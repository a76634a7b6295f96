"""Registered models of other trackers become models of the repository."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from gittrack.errors import GittrackError, NotFoundError
from gittrack.importers.foreign import ForeignModel, ForeignVersion
from gittrack.importers.report import Report
from gittrack.models.registry import ModelRegistry
from gittrack.tracking.tracker import ExperimentTracker

_FACTS = "import"
"""The key of a version's metadata under which is what was said of it elsewhere."""


def take_models(
    tracker: ExperimentTracker,
    models: Iterable[ForeignModel],
    report: Report,
    runs: Collection[str],
    *,
    dry_run: bool,
) -> None:
    """Register the versions that are not here; those whose run is in `runs` have its files."""
    registry = tracker.models
    for model in models:
        try:
            present = _present(registry, model.name)
            new = [one for one in model.versions if one.number not in present]
            report.models += len(new)
            if not dry_run:
                _register(registry, model, new, report, runs)
        except GittrackError as error:
            report.refuse(f"model {model.name[:200]}", error)


def _present(registry: ModelRegistry, name: str) -> set[object]:
    """The numbers elsewhere of the versions that were imported before."""
    try:
        versions = registry.list_versions(name)
    except NotFoundError:
        return set()
    found: set[object] = set()
    for version in versions:
        facts: Any = version.metadata.get(_FACTS)
        if isinstance(facts, dict):
            found.add(facts.get("version"))
    return found


def _register(
    registry: ModelRegistry,
    model: ForeignModel,
    versions: Iterable[ForeignVersion],
    report: Report,
    runs: Collection[str],
) -> None:
    registry.create_model(model.name, description=model.description, tags=model.tags)
    for version in versions:
        place = f"model {model.name} version {version.number}"
        try:
            number = _add(registry, version, report, place, runs)
        except GittrackError as error:
            report.models -= 1
            report.refuse(place, error)
            continue
        if version.stage:
            registry.transition_stage(model.name, number, version.stage)


def _add(
    registry: ModelRegistry,
    version: ForeignVersion,
    report: Report,
    place: str,
    runs: Collection[str],
) -> int:
    options: dict[str, Any] = {
        "metadata": {_FACTS: {"version": version.number, **version.facts}},
        "run_id": version.run_id if version.run_id in runs else None,
        "description": version.description or None,
        "tags": version.tags,
        "aliases": version.aliases,
    }
    if options["run_id"] is not None and version.artifact is not None:
        try:
            return registry.register_model(
                version.model, artifact=version.artifact, **options
            ).number
        except NotFoundError:
            report.refuse(place, f"its run has no files {version.artifact!r}; its record was taken")
    return registry.register_model(version.model, **options).number
