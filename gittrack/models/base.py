"""What the model registry stands on: the open repository, the store, who reads and writes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Self

from gittrack.artifacts.store import Store
from gittrack.closing import Closing
from gittrack.errors import UsageError
from gittrack.git.repository import discover
from gittrack.models.changing import ModelWriter
from gittrack.models.facts import RunFacts
from gittrack.models.names import Selector, resolve, split_reference
from gittrack.models.reading import ModelReader, State
from gittrack.store.anonymous import say_who_records
from gittrack.store.models import ModelVersion
from gittrack.store.publishing import Publisher
from gittrack.store.session import Session

_Path = str | os.PathLike[str]


class RegistryBase(Closing):
    """An open repository with its models; `ModelRegistry` says what the arguments mean."""

    def __init__(
        self,
        path: _Path | None = ".",
        *,
        store: Store | None = None,
        runs: Callable[[str], RunFacts] | None = None,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        session = Session(discover(None if path is None else Path(path)))
        self._open(session, store, runs, warn or _warn)

    @classmethod
    def on(
        cls,
        session: Session,
        *,
        store: Store | None = None,
        runs: Callable[[str], RunFacts] | None = None,
        warn: Callable[[str], None] | None = None,
    ) -> Self:
        """The models of a repository that is open already; closing one closes both."""
        registry = cls.__new__(cls)
        registry._open(session, store, runs, warn or _warn)
        return registry

    def _open(
        self,
        session: Session,
        store: Store | None,
        runs: Callable[[str], RunFacts] | None,
        warn: Callable[[str], None],
    ) -> None:
        self._session = session
        self._store = store or _own_store(session)
        self._runs = runs
        self._warn = warn
        self._reader = ModelReader(session)

    def close(self) -> None:
        """End the git processes behind this registry; it may be used again."""
        self._session.close()

    @cached_property
    def _writer(self) -> ModelWriter:
        say_who_records(self._session.repository, self._warn)
        return ModelWriter(self._session, Publisher(self._session), self._reader)

    def _find(self, name: str, version: Selector) -> tuple[State, int]:
        model, selector = one_version(name, version)
        state = self._reader.find(model)
        return state, resolve(state.model, selector)

    def _version(self, name: str, number: int) -> ModelVersion:
        return self._reader.version(self._reader.find(name), number)


def one_version(name: str, version: Selector) -> tuple[str, Selector]:
    """The model and the version that one text or two arguments name.

    Raises:
        UsageError: both name a version, or the text is no name of a model.
    """
    model, selector = split_reference(name)
    if selector is not None and version is not None:
        raise UsageError(
            f"{name!r} names a version already, and so does {version!r}", hint="give one of them"
        )
    return model, version if selector is None else selector


def _own_store(session: Session) -> Store:
    # Whatever their size: a version's record has no room for contents.
    from gittrack.sync.artifacts import lfs_on_demand

    return lfs_on_demand(session)


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=4)
