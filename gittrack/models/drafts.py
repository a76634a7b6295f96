"""A version as it is said to be, before it has its number."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gittrack.artifacts.store import Store
from gittrack.dates import format_time
from gittrack.models.contents import Contents, store_artifact, store_contents
from gittrack.models.facts import (
    RunFacts,
    changed_tags,
    checked_commit,
    checked_config,
    numbers,
    plain_mapping,
)
from gittrack.slug import check_name
from gittrack.store.models import ModelVersion
from gittrack.store.session import Session


class Drafter:
    """Checks what is said of a version, and adds what is known already."""

    def __init__(
        self, session: Session, store: Store, runs: Callable[[str], RunFacts] | None
    ) -> None:
        self._session = session
        self._store = store
        self._runs = runs

    def made_by(
        self,
        run_id: str | None,
        config_id: str | None,
        commit: str | None,
        metrics: Mapping[str, Any] | None,
    ) -> RunFacts:
        """What made the version: what was given, then what the run tells, then HEAD."""
        known = RunFacts("" if run_id is None else check_name(run_id, "run"))
        if run_id is not None and self._runs is not None:
            known = self._runs(run_id)
        elif run_id is None and commit is None:
            head = self._session.reader.find("HEAD")
            known = RunFacts("", commit=None if head is None else head.id)
        return RunFacts(
            known.run_id,
            checked_config(config_id or known.config_id),
            checked_commit(commit or known.commit),
            numbers(known.metrics if metrics is None else metrics),
            known.artifacts,
        )

    def draft(
        self,
        name: str,
        made: RunFacts,
        metadata: Mapping[Any, Any] | None,
        description: str | None,
        tags: Mapping[str, object] | None,
    ) -> ModelVersion:
        """The version, without a number and without files."""
        return ModelVersion(
            model=name,
            number=0,
            created_at=format_time(self._session.now()),
            author=str(self._session.repository.settings.author),
            description=description or "",
            run_id=made.run_id or None,
            config_id=checked_config(made.config_id),
            commit=made.commit,
            metrics=made.metrics,
            metadata=plain_mapping(metadata, "metadata"),
            tags=changed_tags({}, tags),
        )

    def with_contents(
        self, draft: ModelVersion, path: str | os.PathLike[str] | None
    ) -> tuple[ModelVersion, bytes | None]:
        """The version with its file or folder, which is stored now; a folder has a manifest."""
        if path is None:
            return draft, None
        stored = store_contents(self._store, Path(path))
        return self._filled(draft, os.fsencode(path).decode("utf-8", "replace"), stored)

    def with_artifact(
        self, draft: ModelVersion, made: RunFacts, artifact: str
    ) -> tuple[ModelVersion, bytes | None]:
        """The version with an artifact of its run; one that is a folder has a manifest."""
        return self._filled(draft, artifact, store_artifact(self._store, made, artifact))

    def _filled(
        self, draft: ModelVersion, source: str, stored: Contents
    ) -> tuple[ModelVersion, bytes | None]:
        full = replace(
            draft,
            source=source,
            sha256=stored.sha256,
            size=stored.size,
            store=self._store.name,
            files=stored.files,
        )
        return full, stored.manifest
