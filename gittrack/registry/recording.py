"""What the registry writes: registrations, descriptions, tags, deletions, commits on the branch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from gittrack.canonical import config_id, emit
from gittrack.config import ExperimentConfig, canonical_bytes
from gittrack.errors import UsageError, ValueRefusedError
from gittrack.git import branch
from gittrack.ids import ConfigId, is_prefix, short
from gittrack.inputs import STANDARD_INPUT
from gittrack.registry.results import Added
from gittrack.registry.workspace import Workspace
from gittrack.sources import Document
from gittrack.store import deletion, reading, tagging
from gittrack.store.anonymous import say_who_records
from gittrack.store.catalogue import Outcome, Registration, WorkTreeUse, register
from gittrack.store.publishing import Publisher

Config = ExperimentConfig | Mapping[Any, Any]
"""What can be registered: an `ExperimentConfig`, or any nested mapping of plain values."""


class Recorder:
    """Writes to the repository of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._session = workspace.session

    @cached_property
    def _publisher(self) -> Publisher:
        return Publisher(self._session)

    def register_many(
        self,
        configs: Iterable[Config],
        description: str | None,
        tags: Iterable[str],
        parents: Iterable[str],
        source: str | None,
        worktree: bool,
    ) -> list[ConfigId]:
        """Register configs in one commit; returns their ids in the same order."""
        tag_names = tagging.tag_names(listed(tags))
        parent_ids = self._parents(parents)
        several = not isinstance(configs, Sequence) or len(configs) != 1
        entries = [
            _registration(
                c, number if several else None, description, tag_names, parent_ids, source
            )
            for number, c in enumerate(configs)
        ]
        self.register(entries, worktree)
        return [entry.id for entry in entries]

    def add_documents(
        self,
        documents: Sequence[Document],
        description: str | None,
        tags: Iterable[str],
        parents: Iterable[str],
        worktree: bool,
        commit: bool,
    ) -> list[Added]:
        """Register documents that were read already; perhaps commit their files."""
        if commit and not worktree:
            raise UsageError("a commit needs the files in the work tree: leave out one of the two")
        if commit:
            branch.check_can_commit(self._session.repository)
        tag_names, parent_ids = tagging.tag_names(listed(tags)), self._parents(parents)
        entries = []
        for document in documents:
            data = emit(document.data)
            source = None if document.name == STANDARD_INPUT else document.name
            entries.append(
                Registration(config_id(data), data, description, tag_names, parent_ids, source)
            )
        outcome = self.register(entries, worktree)
        if commit:
            self.commit([entry.id for entry in entries], None)
        return [Added(e.id, e.source, e.id in outcome.new) for e in entries]

    def register(self, entries: Sequence[Registration], worktree: bool) -> Outcome:
        """Register entries that are canonical already."""
        return self._register(entries, _use(worktree))

    def commit(self, ids: Sequence[ConfigId], message: str | None) -> str | None:
        """Commit these configs' files below `.exptrack/` on the current branch."""
        plane = self._session.plane
        if plane is None:
            raise UsageError("there is no work tree here to commit from")
        plane.prepare()
        files = dict(reading.plane_files(plane, ids))
        names = short(ids[0]) if len(set(ids)) == 1 else f"{len(set(ids))} configs"
        return branch.commit_files(
            self._session.repository,
            self._session.reader,
            files,
            message or f"Register {names}",
            self._session.now() // 1_000_000,
        )

    def update(self, name: str, description: str) -> ConfigId:
        """Describe a config anew."""
        entry = self._entry(name)
        self._register([replace(entry, description=description)], WorkTreeUse.KEEP_UP)
        return entry.id

    def tag(self, name: str, tags: Iterable[str]) -> ConfigId:
        """Put tags on a config."""
        names = _some_tags(tags)
        entry = self._entry(name)
        self._register([replace(entry, tags=names)], WorkTreeUse.LEAVE)
        return entry.id

    def untag(self, name: str, tags: Iterable[str]) -> ConfigId:
        """Take tags from a config."""
        names = _some_tags(tags)
        wanted = self._workspace.resolve(name)
        self._announce()
        tagging.untag(self._session, self._publisher, [wanted], names)
        return wanted

    def delete(self, names: Iterable[str]) -> list[ConfigId]:
        """Take configs out of catalogue, tags and work tree."""
        entries = list({e.id: e for e in (self._entry(name) for name in names)}.values())
        self._announce()
        deletion.delete(self._session, self._publisher, entries)
        return [entry.id for entry in entries]

    def restore(self, names: Sequence[str], worktree: bool) -> list[ConfigId]:
        """Bring deleted configs back."""
        for name in names:
            if not is_prefix(name):
                raise UsageError(f"a deleted config is named by its id: {name!r} is none")
        found = [deletion.find_deleted(self._session, name) for name in names]
        self._announce()
        for deleted in found:
            deletion.restore(self._session, self._publisher, deleted, _use(worktree))
        return [deleted.id for deleted in found]

    def _register(self, entries: Sequence[Registration], use: WorkTreeUse) -> Outcome:
        if not entries:
            return Outcome()
        self._announce()
        return register(self._session, self._publisher, entries, use)

    def _announce(self) -> None:
        say_who_records(self._session.repository, self._workspace.warn)

    def _parents(self, names: Iterable[str]) -> tuple[ConfigId, ...]:
        return tuple(self._workspace.resolve(name) for name in listed(names))

    def _entry(self, name: str) -> Registration:
        """A registered config as it is stored, ready to be registered with more to say."""
        wanted = self._workspace.resolve(name)
        [(_, data, _)] = reading.read_configs(self._session, [wanted])
        return Registration(wanted, data)


def _registration(
    config: Config,
    number: int | None,
    description: str | None,
    tags: tuple[str, ...],
    parents: tuple[ConfigId, ...],
    source: str | None,
) -> Registration:
    data = _canonical(config, number)
    if isinstance(config, ExperimentConfig):
        description = config.description or None if description is None else description
        tags = tuple(dict.fromkeys((*tagging.tag_names(config.tags), *tags)))
    return Registration(config_id(data), data, description, tags, parents, source)


def _canonical(config: Config, number: int | None) -> bytes:
    try:
        return canonical_bytes(config)
    except ValueRefusedError as error:
        if number is None:
            raise
        place = f"[{number}]" + (f".{error.path}" if error.path else "")
        raise ValueRefusedError(
            f"config {number}: {error.message}", path=place, hint=error.hint
        ) from error


def _use(worktree: bool) -> WorkTreeUse:
    return WorkTreeUse.WRITE if worktree else WorkTreeUse.LEAVE


def _some_tags(tags: Iterable[str]) -> tuple[str, ...]:
    names = tagging.tag_names(listed(tags))
    if not names:
        raise UsageError("name at least one tag")
    return names


def listed(names: str | Iterable[str] | Iterable[str | Iterable[str]]) -> list[str]:
    """Names given one by one, as a list, or as one text."""
    if isinstance(names, str):
        return [names]
    found: list[str] = []
    for name in names:
        found.extend([name] if isinstance(name, str) else name)
    return found
