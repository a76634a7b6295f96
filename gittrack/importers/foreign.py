"""What every source gives: experiments, and runs that are read when it is their turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gittrack.importers.report import Report
from gittrack.runs.records import RunRecord


@dataclass(frozen=True, slots=True)
class ForeignRun:
    """A run of another tracker, not read yet.

    Args:
        label: what messages call it: its folder or id.
        foreign_id: its id there, for people.
        run_id: the id that it gets here, as `derived_run_id` makes it.
        state: a text that changes whenever the run does.
        load: reads it; what it raises of gittrack's errors refuses the run.
    """

    label: str
    foreign_id: str
    run_id: str
    state: str
    load: Callable[[], RunRecord]


@dataclass(frozen=True, slots=True)
class ForeignExperiment:
    """An experiment of another tracker; `count` is about how many runs it has."""

    name: str
    count: int
    runs: Callable[[], Iterator[ForeignRun]]
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForeignVersion:
    """A registered version of a model, made by a run whose id here is `run_id`."""

    model: str
    number: int
    run_id: str | None
    facts: Mapping[str, object]
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    stage: str | None = None
    artifact: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignModel:
    """A registered model with its versions, oldest first."""

    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    versions: tuple[ForeignVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be imported: a path, and where further artifacts may be taken from."""

    path: Path
    report: Report
    artifacts: Path | None = None


class Source(Protocol):
    """A source that was opened."""

    def experiments(self) -> Iterable[ForeignExperiment]:
        """The experiments there, one after another."""

    def models(self) -> Iterable[ForeignModel]:
        """The registered models there."""

    def close(self) -> None:
        """Let go of what was opened."""


class SourceModule(Protocol):
    """A module of `gittrack.importers.sources`."""

    def recognise(self, path: Path) -> bool:
        """Whether a path is this tool's; looks at few files."""

    def open_source(self, request: Request) -> Source:
        """Open it.

        Raises:
            GittrackError: there is no such thing at the path.
        """
