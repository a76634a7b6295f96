"""`ExperimentOrganizer`: experiments in a hierarchy, by their names and tags."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gittrack.errors import NotFoundError, UsageError
from gittrack.organizer.metadata import ExperimentMetadata, ExperimentStage, ExperimentType
from gittrack.organizer.naming import (
    DEFAULT_PATTERN,
    NONE,
    generate_experiment_name,
    parse_experiment_name,
    token,
)
from gittrack.organizer.tags import metadata_from_tags, metadata_tags
from gittrack.slug import check_name
from gittrack.terminal import inline

LEVELS = ("project", "stage", "type")
"""The tags that make the hierarchy, outermost first."""

_STAGES = {stage.value: stage.rank for stage in ExperimentStage}


@dataclass(frozen=True, slots=True)
class Experiment:
    """A name with its tags; what the name says counts where no tag says it."""

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def metadata(self) -> ExperimentMetadata:
        """The tags as metadata.

        Raises:
            UsageError: they are none, as when there is no project.
        """
        return metadata_from_tags(self.tags)

    def place(self, levels: Sequence[str] = LEVELS) -> tuple[str, ...]:
        """The groups that it belongs to, outermost first, spelled as in names.

        `none` stands where it has no such tag.
        """
        return tuple(token(self.tags.get(level, "")) or NONE for level in levels)

    def path(self, levels: Sequence[str] = LEVELS) -> str:
        """Its place and its name as a path: `churn/exploration/training/NAME`."""
        return "/".join((*self.place(levels), token(self.name)))


@dataclass(frozen=True, slots=True)
class Group:
    """Experiments that share the first tags of the hierarchy, and the groups among them."""

    place: tuple[str, ...]
    groups: tuple[Group, ...] = ()
    experiments: tuple[Experiment, ...] = ()

    @property
    def name(self) -> str:
        """The last part of its place; empty for all experiments together."""
        return self.place[-1] if self.place else ""

    @property
    def count(self) -> int:
        """How many experiments there are in it, at any depth."""
        return len(self.experiments) + sum(group.count for group in self.groups)

    def lines(self, indent: str = "") -> Iterator[str]:
        """The group as an outline for people, two spaces a level; harmless for terminals."""
        inner = indent
        if self.place:
            yield f"{indent}{inline(self.name)} ({self.count})"
            inner = f"{indent}  "
        for group in self.groups:
            yield from group.lines(inner)
        for experiment in self.experiments:
            yield inner + inline(experiment.name)


Given = Experiment | ExperimentMetadata | str | tuple[str, Mapping[str, str]]
"""An experiment as it may be given: metadata, a name, or a name with its tags."""


class ExperimentOrganizer:
    """A set of experiments, each of its own name, that can be grouped, searched and promoted.

    It holds what it is given and nothing else: names and tags, from wherever they come.

    Args:
        experiments: those to begin with.
        pattern: of the names; see `generate_experiment_name`.
        levels: the tags that make the hierarchy, outermost first.
    """

    def __init__(
        self,
        experiments: Iterable[Given] = (),
        *,
        pattern: str = DEFAULT_PATTERN,
        levels: Sequence[str] = LEVELS,
    ) -> None:
        self._pattern = pattern
        self._levels = tuple(levels)
        self._known: dict[str, Experiment] = {}
        for experiment in experiments:
            self.add(experiment)

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """All experiments, by name."""
        return tuple(sorted(self._known.values(), key=lambda experiment: experiment.name))

    def add(self, experiment: Given) -> Experiment:
        """Add an experiment; one of the same name is replaced.

        Raises:
            UsageError: its name cannot be one.
        """
        added = self._read(experiment)
        self._known[added.name] = added
        return added

    def get(self, name: str) -> Experiment:
        """The experiment of that name.

        Raises:
            NotFoundError: there is none.
        """
        if name not in self._known:
            close = difflib.get_close_matches(name, self._known, 1)
            raise NotFoundError(
                f"there is no experiment {name!r} among these {len(self._known)}",
                hint=f"did you mean {close[0]!r}?" if close else None,
            )
        return self._known[name]

    def group(
        self, experiments: Iterable[Given] | None = None
    ) -> dict[tuple[str, ...], list[Experiment]]:
        """Experiments (all, unless some are given) by their place, in the hierarchy's order."""
        given = self.experiments if experiments is None else map(self._read, experiments)
        found: dict[tuple[str, ...], list[Experiment]] = {}
        for experiment in sorted(given, key=self._order):
            found.setdefault(experiment.place(self._levels), []).append(experiment)
        return found

    def tree(self) -> Group:
        """All experiments as one hierarchy; stages come in their order, all else by name."""
        return _group((), list(self.group().items()), len(self._levels))

    def children_of(self, name: str) -> list[Experiment]:
        """The experiments whose parent has that name."""
        return [experiment for experiment in self.experiments if _parent(experiment) == name]

    def ancestors_of(self, name: str) -> list[Experiment]:
        """The experiment's parent, its parent's parent and so on, as far as they are known.

        Raises:
            NotFoundError: there is no experiment of that name.
        """
        found: dict[str, Experiment] = {}
        parent = _parent(self.get(name))
        while parent in self._known and parent not in found and parent != name:
            found[parent] = self._known[parent]
            parent = _parent(self._known[parent])
        return list(found.values())

    def find(
        self,
        *,
        project: str | None = None,
        stage: ExperimentStage | str | None = None,
        type: ExperimentType | str | None = None,  # noqa: A002 - the field's name
        owner: str | None = None,
        model: str | None = None,
        dataset: str | None = None,
        tag: str | Mapping[str, str] | None = None,
    ) -> list[Experiment]:
        """The experiments that have all of these, by name; fields are compared as names spell them.

        `tag` is `KEY` (with any value), `KEY=VALUE`, or a mapping of several.

        Raises:
            UsageError: there is no such stage or type.
        """
        wanted = {
            "project": project,
            "stage": None if stage is None else ExperimentStage.parse(stage),
            "type": None if type is None else ExperimentType.parse(type),
            "owner": owner,
            "model": model,
            "dataset": dataset,
        }
        fields = {key: token(value) for key, value in wanted.items() if value is not None}
        return [
            experiment
            for experiment in self.experiments
            if all(token(experiment.tags.get(key, "")) == fields[key] for key in fields)
            and _bears(experiment.tags, tag)
        ]

    def promote(
        self,
        experiment: ExperimentMetadata | str,
        stage: ExperimentStage | str,
        *,
        force: bool = False,
    ) -> ExperimentMetadata:
        """The metadata at another stage: the next one, or `archived` from anywhere.

        With `force`, any stage will do, also an earlier one. An experiment given by its name is
        replaced here; where it came from it is for the caller to change.

        Raises:
            UsageError: the stage is earlier, or stages between would be skipped.
            NotFoundError: there is no experiment of that name.
        """
        wanted = ExperimentStage.parse(stage)
        name = experiment if isinstance(experiment, str) else None
        metadata = self.get(experiment).metadata if isinstance(experiment, str) else experiment
        if not force:
            _check_step(metadata.stage, wanted)
        if name is not None:
            known = self._known[name]
            self._known[name] = replace(known, tags={**known.tags, "stage": wanted.value})
        return replace(metadata, stage=wanted)

    def _read(self, given: Given) -> Experiment:
        if isinstance(given, ExperimentMetadata):
            name = generate_experiment_name(given, pattern=self._pattern)
            return Experiment(name, metadata_tags(given) | dict(given.tags))
        if isinstance(given, Experiment):
            given = (given.name, given.tags)
        name, tags = (given, {}) if isinstance(given, str) else given
        name = check_name(name, "experiment")
        return Experiment(name, self._told_by(name) | dict(tags))

    def _told_by(self, name: str) -> dict[str, str]:
        """What a name tells; nothing, where somebody else made it."""
        try:
            told = metadata_tags(parse_experiment_name(name, pattern=self._pattern))
        except UsageError:
            return {}
        if "{stage}" not in self._pattern:
            del told["stage"]
        return told

    def _order(self, experiment: Experiment) -> tuple[object, ...]:
        """Stages in their order, all else by name, and what is not said last."""
        place = experiment.place(self._levels)
        parts = (
            (part == NONE, _STAGES.get(part, 0) if level == "stage" else 0, part)
            for level, part in zip(self._levels, place, strict=True)
        )
        return (*parts, experiment.name)


def _group(
    place: tuple[str, ...],
    members: list[tuple[tuple[str, ...], list[Experiment]]],
    depth: int,
) -> Group:
    if len(place) == depth:
        return Group(place, (), tuple(e for _, experiments in members for e in experiments))
    inner: dict[str, list[tuple[tuple[str, ...], list[Experiment]]]] = {}
    for member in members:
        inner.setdefault(member[0][len(place)], []).append(member)
    return Group(place, tuple(_group((*place, name), m, depth) for name, m in inner.items()))


def _parent(experiment: Experiment) -> str:
    return experiment.tags.get("parent", "")


def _bears(tags: Mapping[str, str], tag: str | Mapping[str, str] | None) -> bool:
    if tag is None or isinstance(tag, Mapping):
        return (tag or {}).items() <= tags.items()
    key, equals, value = tag.partition("=")
    return key in tags and (not equals or tags[key] == value)


def _check_step(old: ExperimentStage, new: ExperimentStage) -> None:
    force = "pass force=True if that is meant"
    if new is old:
        raise UsageError(f"the experiment is at the stage {old} already")
    if new.rank < old.rank:
        raise UsageError(f"the stage {new} comes before {old}", hint=force)
    following = list(ExperimentStage)[old.rank + 1]
    if new is not following and new is not ExperimentStage.ARCHIVED:
        raise UsageError(
            f"from {old} to {new} skips {following}", hint=f"promote it to {following}, or {force}"
        )
