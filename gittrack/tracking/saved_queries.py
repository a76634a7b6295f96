"""Saved queries of runs: files on the branch plane, reviewed and shared as code is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gittrack.errors import DataError, NotFoundError, UsageError
from gittrack.tracking.base import TrackerBase

if TYPE_CHECKING:  # loaded on use: a script that only records does without
    from gittrack.store.queries import BrokenQuery, SavedQuery
    from gittrack.store.worktree import WorkTreePlane


class QuerySaving(TrackerBase):
    """Keeps searches under names: `.exptrack/queries/<name>.yaml` in the work tree."""

    def save_query(self, query: SavedQuery) -> bool:
        """Write a saved query, in the place of one of that name; whether that changed anything.

        It is a file to be committed as any other.

        Raises:
            UsageError: it cannot be called so, or the repository is bare.
            QueryError: its query or its order cannot be understood.
        """
        from gittrack.query import parse, parse_order
        from gittrack.store.queries import check_query_name, encode_query

        check_query_name(query.name)
        if query.where.strip():
            parse(query.where)
        parse_order(query.sort)
        plane = self._plane()
        for known in self.saved_queries():
            if known.name != query.name and known.name.lower() == query.name.lower():
                raise UsageError(
                    f"there is a query {known.name} already, which differs in case only",
                    hint=f"write it so: --save {known.name}",
                )
            if known == query:
                return False
        plane.check_format()
        plane.prepare()
        plane.replace(query.path, encode_query(query))
        return True

    def saved_queries(self) -> list[SavedQuery | BrokenQuery]:
        """All saved queries of the work tree (in a bare repository, of HEAD), by name."""
        from gittrack.store.queries import read_queries
        from gittrack.store.snapshots import branch_plane

        return read_queries(branch_plane(self._session))

    def saved_query(self, name: str) -> SavedQuery:
        """The saved query of that name.

        Raises:
            NotFoundError: there is none.
            DataError: its file cannot be understood.
        """
        from gittrack.store.queries import BrokenQuery, read_query
        from gittrack.store.snapshots import branch_plane

        found = read_query(branch_plane(self._session), name)
        if found is None:
            raise self._no_query(name)
        if isinstance(found, BrokenQuery):
            raise DataError(
                f"{found.path}:{found.line}: {found.reason}",
                hint=f"edit it, or take it away: git exp queries delete {name}",
            )
        return found

    def delete_queries(self, *names: str) -> None:
        """Take saved queries away; all of them, or none where one does not exist.

        Raises:
            NotFoundError: one does not exist.
            UsageError: the repository is bare.
        """
        from gittrack.store.queries import query_path

        plane = self._plane()
        known = {query.name for query in self.saved_queries()}
        for name in names:
            if name not in known:
                raise self._no_query(name)
        plane.remove(map(query_path, names))

    def _plane(self) -> WorkTreePlane:
        plane = self._session.plane
        if plane is None:
            raise UsageError("saved queries are files of a work tree, and this repository is bare")
        return plane

    def _no_query(self, name: str) -> NotFoundError:
        from difflib import get_close_matches  # most names are right

        known = [query.name for query in self.saved_queries()]
        similar = get_close_matches(name, known, n=1)
        hint = f"did you mean {similar[0]}?" if similar else "see them: git exp queries list"
        return NotFoundError(f"there is no saved query {name!r}", hint=hint)
