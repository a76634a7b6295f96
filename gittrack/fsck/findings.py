"""What a check of the whole store finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from shlex import quote

from gittrack.errors import GittrackError
from gittrack.ids import ConfigId

Progress = Callable[[int, int], None]
"""Told how many of how many parts are checked."""

MOST_ENTRIES = 3000
"""Entries of a folder above which git and web hosts get slow."""

GIT_FSCK = "git fsck --full"
_MOST_NOTES = 1000


def history(ref: str, path: str | None = None) -> str:
    """What shows the former states of a ref, or of a path on it, where a sound copy may be."""
    shown = f"git log -p {quote(ref)}"
    return f"find a sound copy: {shown}" + ("" if path is None else f" -- {quote(path)}")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is damaged: of what kind, where (`ref:path` or a path), why, and the command
    or step that mends it."""

    kind: str
    place: str
    reason: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing that is no damage."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class FsckReport:
    """What was checked, how many of each kind, and what was found."""

    checked: Mapping[str, int]
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged."""
        return not self.problems


@dataclass(slots=True)
class Findings:
    """Gathers what the checks find, and what they need of one another.

    `catalogue` has the blob of each registered config as of the
    commit `tip`. `runs` are the ids seen so far, of
    sealed and of live ones, `places` where those lie that have a journal besides. `parents` and
    `commits` are what is referred to, each with the first place that does. `stores` counts the
    artifacts in places that are not asked.
    """

    checked: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    tip: str | None = None
    catalogue: dict[ConfigId, str] = field(default_factory=dict)
    runs: set[str] = field(default_factory=set)
    places: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    stores: Counter[str] = field(default_factory=Counter)

    def bad(self, kind: str, place: str, reason: str, mend: str = "") -> None:
        """Something is damaged."""
        self.problems.append(Problem(kind, place, reason, mend))

    def note(self, place: str, text: str) -> None:
        """Something is worth knowing; of very many notes the first ones are kept."""
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(Note(place, text))

    def folder(self, place: str, entries: int) -> None:
        """A folder has so many entries."""
        if entries > MOST_ENTRIES:
            self.note(place, f"the folder has {entries:,} entries; up to {MOST_ENTRIES:,} is fast")

    @contextmanager
    def part(self, kind: str, place: str) -> Iterator[None]:
        """What cannot be read at all is a problem of that place, and the other checks go on."""
        try:
            yield
        except GittrackError as error:
            self.bad(kind, place, str(error), (error.hint or GIT_FSCK).removeprefix("run: "))
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            # Records are data: a value may be of any type where a number or a text should be.
            self.bad(kind, place, f"a value has the wrong type: {error}")

    def report(self) -> FsckReport:
        """All of it."""
        return FsckReport(dict(self.checked), tuple(self.problems), tuple(self.notes))
