"""The three options that tracking adds to a script, the same in every framework."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from gittrack.errors import UsageError

DESCRIPTION_OPTION = "--experiment-description"
TAGS_OPTION = "--experiment-tags"
DISABLE_OPTION = "--no-track-experiments"

DESCRIPTION_NAME = "experiment_description"
TAGS_NAME = "experiment_tags"
DISABLE_NAME = "no_track_experiments"
OPTION_NAMES = (DESCRIPTION_NAME, TAGS_NAME, DISABLE_NAME)

DESCRIPTION_HELP = "What this experiment is for, recorded with its config."
TAGS_HELP = "Comma-separated tags for the config; may be given several times."
DISABLE_HELP = "Do not record this experiment."
GROUP_TITLE = "Experiment tracking"


@dataclass(frozen=True, slots=True)
class TrackingOptions:
    """What the user said about tracking on the command line."""

    description: str = ""
    tags: tuple[str, ...] = ()
    enabled: bool = True

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """What is said by parsed arguments, under the names above."""
        texts: Iterable[str] = values.get(TAGS_NAME) or ()
        return cls(
            description=values.get(DESCRIPTION_NAME) or "",
            tags=unite(*(split_tags(text) for text in texts)),
            enabled=not values.get(DISABLE_NAME),
        )

    def within(self, outer: Self) -> Self:
        """These options of a subcommand, together with those given before its name."""
        return type(self)(
            description=self.description or outer.description,
            tags=unite(outer.tags, self.tags),
            enabled=self.enabled and outer.enabled,
        )


def refuse_conflicts(names: Iterable[str]) -> None:
    """Raise UsageError where a script's own parameters bear the names of the three options."""
    taken = sorted(set(OPTION_NAMES).intersection(names))
    if taken:
        raise UsageError(
            f"the script has {', '.join(taken)} already",
            hint="rename its own option, and add tracking only once",
        )


def split_tags(text: str) -> list[str]:
    """The tags in `a, b`: without the space around them, and without empty ones."""
    return [tag for part in text.split(",") if (tag := part.strip())]


def unite(*groups: Iterable[str]) -> tuple[str, ...]:
    """All tags of all groups, each once, in the order of their first appearance."""
    return tuple(dict.fromkeys(tag for group in groups for tag in group))
