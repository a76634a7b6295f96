"""Models and versions as commands name and show them: arguments, lines, JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gittrack.canonical import Plain
from gittrack.cli.console import Console
from gittrack.cli.runs import flat, metric_text, tags_text
from gittrack.errors import UsageError
from gittrack.ids import short
from gittrack.models.names import split_reference
from gittrack.shown import json_data, typed_text
from gittrack.store.models import Model, ModelVersion, Stage
from gittrack.table import aligned
from gittrack.terminal import clean, inline, one_line

if TYPE_CHECKING:  # loaded on use: help and completion do without
    from gittrack.models import ModelRegistry

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="The model's name.")]
ModelOrVersion = Annotated[
    str,
    typer.Argument(metavar="MODEL[:VERSION]", help="A model, or a version: churn:3, churn@prod."),
]
VersionName = Annotated[
    str,
    typer.Argument(metavar="VERSION", help="Its number, its alias, or latest."),
]
StoredVersion = Annotated[
    str,
    typer.Argument(metavar="MODEL[:VERSION]", help="churn:3, churn@prod; churn is its latest."),
]

_SHOWN_METRICS = 3


def models(console: Console) -> ModelRegistry:
    """The models of the repository that the options or the current folder name."""
    from gittrack.models import ModelRegistry

    return ModelRegistry(console.path, warn=console.note)


def names_version(reference: str) -> bool:
    """Whether a text names a version of a model, and not the model.

    Raises:
        UsageError: it is neither.
    """
    return split_reference(reference)[1] is not None


def model_lines(found: Sequence[Model]) -> Iterator[str]:
    """A line for each model: name, versions, aliases, what it is."""
    rows = [
        [one_line(model.name), _count(model), _aliases(model), one_line(model.description)]
        for model in found
    ]
    yield from aligned(rows)


def version_lines(versions: Sequence[ModelVersion]) -> Iterator[str]:
    """A line for each version: name, stage, aliases, time, run, metrics, what it is."""
    yield from aligned([_version_cells(version) for version in versions])


def model_page(console: Console, model: Model, versions: Sequence[ModelVersion]) -> Iterator[str]:
    """All that is known of a model, and its versions."""
    yield f"model {console.paint(one_line(model.name), 'bold')}"
    yield f"Created:   {time_text(model.created_at)} UTC"
    yield f"Author:    {one_line(model.author)}"
    if model.aliases:
        yield f"Aliases:   {_aliases(model)}"
    if model.tags:
        yield f"Tags:      {console.paint(tags_text(model.tags), 'tag')}"
    yield from _paragraph(model.description)
    if versions:
        yield from ("", "Versions")
        yield from aligned([["", *_version_cells(version)] for version in versions])


def version_page(console: Console, version: ModelVersion) -> Iterator[str]:
    """All that is known of a version."""
    yield f"version {console.paint(one_line(version.reference), 'bold')}"
    yield f"Stage:     {version.stage}"
    if version.aliases:
        yield f"Aliases:   {', '.join(map(inline, version.aliases))}"
    yield f"Created:   {time_text(version.created_at)} UTC"
    yield f"Author:    {one_line(version.author)}"
    if version.run_id is not None:
        yield f"Run:       {console.paint(inline(version.run_id), 'id')}"
    if version.config_id is not None:
        yield f"Config:    {short(version.config_id)}"
    if version.commit is not None:
        yield f"Commit:    {version.commit[:12]}"
    yield from _files(version)
    if version.tags:
        yield f"Tags:      {console.paint(tags_text(version.tags), 'tag')}"
    yield from _paragraph(version.description)
    metrics = [["", inline(key), metric_text(value)] for key, value in version.metrics.items()]
    yield from _part("Metrics", metrics)
    facts = flat(version.metadata).items()
    yield from _part("Metadata", [["", inline(key), inline(typed_text(v))] for key, v in facts])


def version_line(console: Console, word: str, version: ModelVersion) -> str:
    """What was done to a version: `registered  churn:3  @champion`."""
    marks = " ".join(f"@{inline(alias)}" for alias in version.aliases)
    cells = [word, console.paint(one_line(version.reference), "bold"), marks]
    return "  ".join(cell for cell in cells if cell)


def json_model(model: Model) -> dict[str, Any]:
    """A model as JSON says it."""
    return model.to_dict()


def json_version(version: ModelVersion) -> dict[str, Any]:
    """A version as JSON says it."""
    data: Any = version.to_dict()
    shown: dict[str, Any] = json_data(data)
    return shown


def time_text(time: str) -> str:
    """A record's time to the second."""
    return time[:19].replace("T", " ")


def parse_metadata(texts: Iterable[str] | None) -> dict[str, Plain]:
    """Metadata from `KEY=VALUE` texts, the values as YAML reads them.

    Raises:
        UsageError: one is not such.
    """
    from gittrack.configs.values import read_value  # loads what reads YAML

    found: dict[str, Plain] = {}
    for key, text in _pairs(texts, "--metadata"):
        try:
            found[key] = read_value(text)
        except UsageError as error:
            raise UsageError(f"--metadata {key}: {error.message}", hint=error.hint) from error
    return found


def parse_metrics(texts: Iterable[str] | None) -> dict[str, float] | None:
    """Metrics from `KEY=NUMBER` texts; `None` where there are none.

    Raises:
        UsageError: one is not such.
    """
    found: dict[str, float] = {}
    for key, text in _pairs(texts, "--metric"):
        try:
            found[key] = float(text)
        except ValueError:
            raise UsageError(f"--metric takes KEY=NUMBER, not {f'{key}={text}'!r}") from None
    return found or None


def _pairs(texts: Iterable[str] | None, option: str) -> Iterator[tuple[str, str]]:
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"{option} takes KEY=VALUE, not {text!r}")
        yield key, value


def _count(model: Model) -> str:
    return "1 version" if len(model.versions) == 1 else f"{len(model.versions)} versions"


def _aliases(model: Model) -> str:
    return " ".join(f"@{inline(alias)}={number}" for alias, number in sorted(model.aliases.items()))


def _version_cells(version: ModelVersion) -> list[str]:
    metrics = list(version.metrics.items())
    return [
        one_line(version.reference),
        "-" if version.stage is Stage.NONE else version.stage.value,
        " ".join(f"@{inline(alias)}" for alias in version.aliases) or "-",
        time_text(version.created_at),
        "-" if version.run_id is None else inline(version.run_id[:12]),
        " ".join(f"{inline(k)} {metric_text(v)}" for k, v in metrics[:_SHOWN_METRICS]) or "-",
        one_line(version.description),
    ]


def _files(version: ModelVersion) -> Iterator[str]:
    if version.sha256 is None:
        yield "Files:     none"
        return
    of = "" if version.files is None else f" in {version.files:,} files"
    yield f"Source:    {inline(version.source or '')}"
    yield f"Size:      {version.size or 0:,} bytes{of}, in the store {inline(version.store or '')}"
    yield f"SHA-256:   {version.sha256}"


def _paragraph(text: str) -> Iterator[str]:
    if text:
        yield from ("", *(f"    {line}" for line in clean(text).splitlines()))


def _part(heading: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield from ("", heading, *aligned(rows))
