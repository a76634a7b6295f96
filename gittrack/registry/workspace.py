"""One repository's session and index together: what every part of the registry works on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from gittrack.errors import DataError, NotFoundError
from gittrack.git.repository import discover
from gittrack.ids import ConfigId
from gittrack.index import select
from gittrack.index.configs import CONFIGS
from gittrack.index.database import Index
from gittrack.index.staleness import Progress, plane_number
from gittrack.model import ConfigRecord
from gittrack.registry.naming import Named, find, not_registered
from gittrack.store.layout import object_path
from gittrack.store.session import Session

_BATCH = 500


class Workspace:
    """Finds configs by name and reads their records."""

    def __init__(
        self, path: Path | str | None, warn: Callable[[str], None], progress: Progress | None
    ) -> None:
        self.session = Session(discover(path))
        self.warn = warn
        self._index = Index(self.session, CONFIGS, warn=warn, progress=progress)

    @property
    def root(self) -> Path | None:
        """The top of the work tree; `None` in a bare repository."""
        return self.session.repository.work_tree

    def view(self, *, fresh: bool = True) -> tuple[sqlite3.Connection, int]:
        """The index and the number of our plane in it; up to date, unless that is not asked."""
        connection = self._index.connection(fresh=fresh)
        return connection, plane_number(connection, self.session)

    def find(self, name: str) -> Named:
        """What a name stands for, registered or not."""
        if name.startswith("pin:"):
            return Named(self._pinned(name.removeprefix("pin:")))
        return find(*self.view(), name)

    def resolve(self, name: str) -> ConfigId:
        """The id of a registered config of that name."""
        named = self.find(name)
        self._known([named.id], [name])
        return named.id

    def records(self, names: Sequence[str]) -> list[ConfigRecord]:
        """Whole records; a file that is not registered stands for itself."""
        named = [self.find(name) for name in names]
        stored = [(n.id, name) for n, name in zip(named, names, strict=True) if n.data is None]
        known = self._known([i for i, _ in stored], [name for _, name in stored])
        known |= self.known([n.id for n in named if n.data is not None])
        full = {record.id: record for record in self.with_configs(known.values())}
        return [
            full.get(n.id) or ConfigRecord(n.id, "", (), "", "", (), name, n.data)
            for n, name in zip(named, names, strict=True)
        ]

    def known(self, ids: Iterable[ConfigId]) -> dict[ConfigId, ConfigRecord]:
        """The records of those configs that are registered."""
        return select.by_ids(*self.view(fresh=False), list(ids))

    def with_configs(
        self, records: Iterable[ConfigRecord], on_damage: Callable[[DataError], None] | None = None
    ) -> Iterator[ConfigRecord]:
        """The same records with their data; see `read_configs` for damage."""
        from gittrack.store.reading import read_configs  # a listing does without

        waiting = iter(records)
        while batch := {record.id: record for record in islice(waiting, _BATCH)}:
            for config_id, _, config in read_configs(self.session, batch, on_damage):
                yield replace(batch[config_id], config=config)

    def reindex(self) -> None:
        """Make the index anew."""
        self._index.rebuild()

    def close(self) -> None:
        """Close the index and end the git processes."""
        self._index.close()
        self.session.close()

    def _known(self, ids: Sequence[ConfigId], names: Sequence[str]) -> dict[ConfigId, ConfigRecord]:
        found = self.known(ids)
        for wanted, name in zip(ids, names, strict=True):
            if wanted not in found:
                self._refuse_damaged(wanted)
                raise not_registered(wanted, name)
        return found

    def _pinned(self, name: str) -> ConfigId:
        from gittrack.store.pins import Pin, read_pin  # most names are no pins
        from gittrack.store.snapshots import branch_plane

        pin = read_pin(branch_plane(self.session), name)
        if isinstance(pin, Pin):
            return pin.config
        reason = "there is no pin" if pin is None else f"{pin.reason}: the pin"
        raise NotFoundError(f"{reason} {name!r}", hint="see them: git exp pins")

    def _refuse_damaged(self, config_id: ConfigId) -> None:
        for problem in select.damaged(*self.view(fresh=False)):
            if problem.place == object_path(config_id):
                raise DataError(
                    f"config {config_id} is damaged: {problem.reason}",
                    hint=f"where it is: git exp verify {config_id}",
                )
