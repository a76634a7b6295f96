"""Searching runs: by queries, page by page, as runs or as tables."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gittrack.errors import NotFoundError, QueryError, UsageError
from gittrack.runs.model import Run
from gittrack.slug import slug
from gittrack.tracking.reading import RunReading

if TYPE_CHECKING:  # loaded on use: a script that only records does without
    from gittrack.index.run_index import Wanted
    from gittrack.tables import Table

Experiments = str | Sequence[str] | None
"""One experiment or several, by names or ids; `None` stands for all."""

Filter = str | Sequence[str] | None
"""A query, or several of which all must hold; `None` takes all runs."""

OrderBy = str | Iterable[str] | None
"""As in `metrics.loss ASC, start_time DESC`, or a list of such."""

MAX_RESULTS = 1000
"""Runs that a search returns if nobody says how many."""


class RunPage(list[Run]):
    """The runs that a search found; `token` leads to the next page, `None` on the last one."""

    def __init__(self, runs: Iterable[Run], token: str | None) -> None:
        super().__init__(runs)
        self.token = token

    def _repr_html_(self) -> str:
        """The runs as a table, for notebooks."""
        from gittrack.runs.notebook import runs_html  # a script does without

        return runs_html(self)


@dataclass(frozen=True, slots=True)
class _Token:
    """Where a page ended: how many runs came before, the last one's id, of which search."""

    offset: int
    last: str
    search: str

    def text(self) -> str:
        data = json.dumps([1, self.offset, self.last, self.search], separators=(",", ":"))
        return base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, search: str) -> _Token:
        """The token of that text.

        Raises:
            UsageError: it is none, or belongs to another search.
        """
        try:
            data = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            _, offset, last, of = data
            valid = data[0] == 1 and type(offset) is int and offset >= 0 and type(last) is str
        except (ValueError, TypeError, UnicodeError):
            valid = False
        if not valid:
            raise UsageError(f"not a page token: {text[:40]!r}")
        if of != search:
            raise UsageError("the page token belongs to another search: its query or order differ")
        return cls(offset, last, of)


class RunSearch(RunReading):
    """Finds runs by queries; the language is in docs/query.md."""

    def search_runs(
        self,
        experiment_name: Experiments = None,
        filter_string: Filter = None,
        order_by: OrderBy = None,
        max_results: int | None = MAX_RESULTS,
        page_token: str | None = None,
    ) -> RunPage:
        """The runs for which a query holds, live ones among them.

        Args:
            experiment_name: only their runs: names or ids.
            filter_string: as in `metrics.loss < 0.3 AND params.model = 'cnn'`; none takes all. Of
                several, all must hold.
            order_by: what comes first; then the newest. Missing values and NaN come last.
            max_results: runs at the most; `None` for all.
            page_token: the `token` of the page before. A page goes on behind the last run that
                was returned, also where runs came or went since.

        Raises:
            QueryError: the query or the order cannot be understood, with the column.
            NotFoundError: there is no such experiment.
            UsageError: the token is none, or of another search.
        """
        if max_results is not None and max_results < 1:
            raise UsageError(f"max_results is 1 or more, not {max_results}")
        self._seal_to_read()
        orders = _texts(order_by)
        with self._index.moment():
            wanted = self._wanted(experiment_name, filter_string, orders)
            search = _digest([self._slugs(experiment_name), _texts(filter_string), orders])
            token = None if page_token is None else _Token.read(page_token, search)
            start = 0 if token is None else self._after(token, wanted)
            limit = None if max_results is None else max_results + 1
            numbers = self._index.numbers(wanted, limit, start)
            runs = list(self._index.read(numbers[:max_results]))
        more = max_results is not None and len(numbers) > max_results
        end = start + len(runs)
        following = _Token(end, runs[-1].run_id, search).text() if more and runs else None
        return RunPage(runs, following)

    def iterate_runs(
        self,
        experiment_name: Experiments = None,
        filter_string: Filter = None,
        order_by: OrderBy = None,
        max_results: int | None = None,
    ) -> Iterator[Run]:
        """The runs of `search_runs` one after another, so that all need not fit in memory.

        Raises:
            As `search_runs`.
        """
        self._seal_to_read()
        with self._index.moment():
            wanted = self._wanted(experiment_name, filter_string, _texts(order_by))
            numbers = self._index.numbers(wanted, max_results)
        return self._index.read(numbers)

    def count_runs(self, experiment_name: Experiments = None, filter_string: Filter = None) -> int:
        """How many runs `search_runs` would find. Raises as `search_runs`."""
        self._seal_to_read()
        with self._index.moment():
            return self._index.count(self._wanted(experiment_name, filter_string, ()))

    def runs_table(
        self,
        experiment_name: Experiments = None,
        filter_string: Filter = None,
        order_by: OrderBy = None,
        max_results: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> Table:
        """The same runs as a table, without making runs of them: 100,000 take a second or two.

        Args:
            columns: what to show, named as in a query (`run_id`, `metrics.loss`,
                `metrics.loss.min`, `params.lr`) or as in such a table (`params.learning rate`);
                without them, all that there is, as `params.lr`, `metrics.loss`, `tags.user` and
                `validations.ttpt.passed`.

        Raises:
            As `search_runs`.
        """
        from gittrack.index.run_table import run_columns, run_table
        from gittrack.tables import Table

        self._seal_to_read()
        orders = _texts(order_by)
        with self._index.moment():
            wanted = self._wanted(experiment_name, filter_string, orders)
            numbers = self._index.numbers(wanted, max_results)
            connection = self._index.connection()
            if columns is None:
                return run_table(connection, numbers)
            names = list(dict.fromkeys(columns))
            fields = {name: _field_text(name) for name in names}
            found = run_columns(connection, numbers, list(fields.values()))
            return Table(found[fields[name]].named(name) for name in names)

    def export_to_dataframe(
        self,
        experiment_name: Experiments = None,
        filter_string: Filter = None,
        order_by: OrderBy = None,
        max_results: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> Any:
        """The table of `runs_table` as a `pandas.DataFrame`.

        Where pandas is not installed, it is a list of rows, each a mapping by column name.
        """
        from importlib.util import find_spec

        found = self.runs_table(experiment_name, filter_string, order_by, max_results, columns)
        return found.to_dicts() if find_spec("pandas") is None else found.to_pandas()

    def unknown_keys(
        self,
        filter_string: Filter = None,
        order_by: OrderBy = None,
        columns: Sequence[str] = (),
    ) -> list[str]:
        """What a query, an order and columns name and no run has, a sentence each with near names.

        That is no error: such conditions match nothing. But most often it is a slip.

        Raises:
            QueryError: a field cannot exist at all.
        """
        from gittrack.query import fields, parse, parse_field, parse_order
        from gittrack.runs.queries import unknown_fields

        keys = self._index.keys()
        found = [
            unknown
            for text in _texts(filter_string)
            if text.strip()
            for unknown in unknown_fields(fields(parse(text)), keys, text)
        ]
        for ordering in parse_order(_texts(order_by)):
            found += unknown_fields([ordering.field], keys, ordering.query)
        for column in columns:
            found += unknown_fields([parse_field(_field_text(column))], keys, column)
        return list(dict.fromkeys(unknown.message for unknown in found))

    def reindex(self) -> None:
        """Make the index of runs anew, from git and the journals; right answers never need it."""
        self._index.rebuild()

    def _wanted(
        self, experiments: Experiments, filter_string: Filter, orders: Sequence[str]
    ) -> Wanted:
        from gittrack.index.run_index import Wanted

        return Wanted.of(self._slugs(experiments), filter_string, orders)

    def _slugs(self, experiments: Experiments) -> list[str] | None:
        """The ids of experiments that there are.

        Raises:
            NotFoundError: there is no such one.
        """
        if experiments is None:
            return None
        names = [experiments] if isinstance(experiments, str) else list(experiments)
        known = {one.experiment_id for one in self._index.experiments()}
        for name in names:
            if slug(name) not in known:
                raise NotFoundError(
                    f"there is no experiment {name!r}", hint="see them: git exp experiments list"
                )
        return [slug(name) for name in names]

    def _after(self, token: _Token, wanted: Wanted) -> int:
        """Where to go on: behind the last run that was returned, wherever it is now."""
        before = self._index.numbers(wanted, 1, token.offset - 1) if token.offset else []
        last = self._index.row(token.last)
        if last is None or before == [last]:
            return token.offset
        numbers = self._index.numbers(wanted)
        return numbers.index(last) + 1 if last in numbers else token.offset


def _field_text(column: str) -> str:
    """A column's name as a query writes it; in a table the key is written as it is."""
    from gittrack.query import Key, parse_field, path_text

    try:
        parse_field(column)
    except QueryError:
        group, _, key = column.partition(".")
        if group not in ("params", "metrics", "tags", "validations") or not key:
            raise
        return path_text((Key(group), Key(key)))
    return column


def _texts(given: str | Iterable[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())


def _digest(search: object) -> str:
    return hashlib.sha256(json.dumps(search).encode()).hexdigest()[:12]
