"""Searches of runs as the command line says them: common options, saved queries, hints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gittrack.cli.console import Console
from gittrack.errors import UsageError
from gittrack.query.paths import Key, path_text
from gittrack.runs.model import STATUSES

if TYPE_CHECKING:  # the queries' reader is loaded where one is used
    from gittrack.direction import Direction
    from gittrack.store.queries import SavedQuery
    from gittrack.tracking.tracker import ExperimentTracker

Experiments = Annotated[
    list[str] | None,
    typer.Argument(metavar="[EXPERIMENT...]", help="Only their runs: names or ids."),
]
Where = Annotated[
    str | None,
    typer.Option("--where", metavar="QUERY", help='Only those: "metrics.loss < 0.3".'),
]
Sort = Annotated[
    str | None,
    typer.Option("--sort", metavar="ORDER", help="In this order: 'metrics.loss DESC, params.lr'."),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns", metavar="A,B,…", help="These columns: run_id,params.lr,metrics.loss~."
    ),
]
Status = Annotated[
    str | None,
    typer.Option(
        "--status", metavar="STATUS", help="Only those: running, finished, failed or killed."
    ),
]
WithTag = Annotated[
    list[str] | None,
    typer.Option("-t", "--tag", metavar="KEY[=VALUE]", help="Only with it; repeatable."),
]
Use = Annotated[str | None, typer.Option("--use", metavar="NAME", help="Take a saved query.")]
Save = Annotated[
    str | None, typer.Option("--save", metavar="NAME", help="Save the query, to be committed.")
]
Higher = Annotated[bool, typer.Option("--higher-is-better", help="The highest value is the best.")]
Lower = Annotated[bool, typer.Option("--lower-is-better", help="The lowest value is the best.")]

_COLUMN = re.compile(r"(?:`(?:[^`]|``)*`|\"(?:[^\"]|\"\")*\"|[^,`\"])+")


@dataclass(frozen=True, slots=True)
class Search:
    """Which runs, in which order, shown how: what options and a saved query say together.

    `more` holds conditions that options such as `--status` stand for.
    """

    experiments: tuple[str, ...] = ()
    where: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    @property
    def names(self) -> list[str] | None:
        """The experiments; `None` stands for all."""
        return list(self.experiments) or None

    @property
    def queries(self) -> list[str]:
        """The conditions that all must hold; the user's own is the first, for messages."""
        return [self.where, *self.more]

    def saved_as(self, name: str) -> SavedQuery:
        """The search under a name."""
        from gittrack.store.queries import SavedQuery

        terms = [f"({self.where})" if self.where.strip() and self.more else self.where, *self.more]
        where = " AND ".join(term for term in terms if term.strip())
        return SavedQuery(name, where, self.sort, self.experiments, self.columns, self.group_by)


def search_of(
    tracker: ExperimentTracker,
    *,
    experiments: Sequence[str] | None = None,
    where: str | None = None,
    sort: str | None = None,
    columns: str | None = None,
    group_by: str | None = None,
    status: str | None = None,
    tags: Sequence[str] | None = None,
    use: str | None = None,
) -> Search:
    """What options say; what they do not say is taken from the saved query that `use` names.

    Raises:
        UsageError: a status or a list of columns that there is not.
        NotFoundError: there is no such saved query.
    """
    saved = None if use is None else tracker.saved_query(use)
    base = (
        Search()
        if saved is None
        else Search(saved.experiments, saved.where, saved.sort, saved.columns, saved.group_by)
    )
    more = [*status_terms(status), *tag_terms(tags or ())]
    return Search(
        tuple(experiments or ()) or base.experiments,
        base.where if where is None else where,
        base.sort if sort is None else sort,
        base.columns if columns is None else split_columns(columns, "--columns"),
        base.group_by if group_by is None else split_columns(group_by, "--group-by"),
        tuple(more),
    )


def keep(console: Console, tracker: ExperimentTracker, search: Search, name: str | None) -> None:
    """Save a search, if a name is given, and say where."""
    if name is None:
        return
    query = search.saved_as(name)
    if tracker.save_query(query):
        console.note(f"saved as {query.path}: commit it; --use {name} takes it")
    else:
        console.note(f"the saved query {name} says that already")


def hint_unknown(console: Console, tracker: ExperimentTracker, search: Search) -> None:
    """Say which keys of the query no run has: an empty answer to a typing error misleads."""
    columns = [name.removesuffix("~") for name in (*search.columns, *search.group_by)]
    for message in tracker.unknown_keys(search.queries, search.sort, columns):
        console.note(message)


def split_columns(text: str, option: str) -> tuple[str, ...]:
    """The fields that a text names, parted by commas; a comma in quotes is part of a key.

    Raises:
        UsageError: it names none.
    """
    found = tuple(match[0].strip() for match in _COLUMN.finditer(text) if match[0].strip())
    if not found:
        raise UsageError(f"{option} names no column", hint="as in: run_id,params.lr,metrics.loss")
    return tuple(dict.fromkeys(found))


def status_terms(status: str | None) -> list[str]:
    """The condition that `--status` stands for.

    Raises:
        UsageError: there is no such status.
    """
    if status is None:
        return []
    if status.upper() not in STATUSES:
        known = ", ".join(one.lower() for one in STATUSES)
        raise UsageError(f"--status {status}: there is no such status", hint=f"there are {known}")
    return [f"status = '{status.upper()}'"]


def tag_terms(tags: Iterable[str]) -> list[str]:
    """The conditions that `--tag KEY[=VALUE]` stands for."""
    found = []
    for text in tags:
        key, equals, value = text.partition("=")
        field = path_text((Key("tags"), Key(key)))
        quoted = "'" + value.replace("'", "''") + "'"
        found.append(f"{field} = {quoted}" if equals else f"{field} IS NOT NULL")
    return found


def direction(higher: bool, lower: bool) -> Direction | None:
    """Which values are better, as the options say.

    Raises:
        UsageError: they say both.
    """
    if higher and lower:
        raise UsageError("--higher-is-better and --lower-is-better: leave out one of the two")
    return "max" if higher else "min" if lower else None
