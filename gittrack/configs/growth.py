"""How much work references may make, known before they are resolved; pure.

Ten strings that each hold the one before ten times make ten thousand million. What a reference can
lead to is read from its text; where a part of it is a reference itself, all below the part that
is known counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gittrack.canonical import MAX_BYTES, Plain
from gittrack.diff import flatten
from gittrack.query.paths import Key, Path

Steps = tuple[str, ...]

_DEEPEST = 40  # OmegaConf takes some fifteen calls of Python's for one
_LEAF_BYTES = 4
_OPEN = re.compile(r"\$\{([^${}:]*)([}:]?)")
_LOOKS_UP = re.compile(r"\s*oc\.(?:deprecated|dict\.keys|dict\.values|select)\s*")
_MAKES = re.compile(r"\s*oc\.(?:create|decode)\s*")
_ARGUMENT = re.compile(r"""[\s"']*([^${},"'\\]*)([$\\]?)""")

_TOO_LARGE = "with its references the config would be too large"
_TOO_DEEP = f"this leads through more than {_DEEPEST} references"
_UNKNOWN = "this reference in a reference may lead back here; begin it with a key of its own"


class _RefusedError(Exception):
    pass


def too_large(data: Plain, references: Sequence[tuple[Path, str]]) -> dict[Path, str]:
    """The strings with references that must not be resolved, and why."""
    sizes = _Sizes(data, references)
    found: dict[Path, str] = {}
    total = _Cost(0, 0)
    for path, _ in references:
        try:
            total = total.with_(sizes.of(_steps(path)))
        except _RefusedError as error:
            found[path] = str(error)
    return found


@dataclass(frozen=True, slots=True)
class _Cost:
    """Bytes, with lookups counted as such; and how many references lead through one another."""

    size: int
    depth: int

    def with_(self, other: _Cost) -> _Cost:
        """Both together; refused where that is too much."""
        both = _Cost(self.size + other.size, max(self.depth, other.depth))
        if both.size > MAX_BYTES:
            raise _RefusedError(_TOO_LARGE)
        if both.depth > _DEEPEST:
            raise _RefusedError(_TOO_DEEP)
        return both


_LOOKUP = _Cost(2048, 0)  # looking something up takes as long as reading that many bytes


class _Sizes:
    """Upper bounds for the strings of one config."""

    def __init__(self, data: Plain, references: Sequence[tuple[Path, str]]) -> None:
        self._texts: dict[Steps, str] = defaultdict(str)
        for path, text in references:
            self._texts[_steps(path)] += text  # the keys `5` and `"5"` look alike here
        self._within: dict[Steps, list[Steps]] = defaultdict(list)
        for steps in self._texts:
            for length in range(len(steps) + 1):
                self._within[steps[:length]].append(steps)
        self._plain: dict[Steps, int] = defaultdict(int)
        for path, leaf in flatten(data):
            size = _LEAF_BYTES + (len(leaf) if isinstance(leaf, str) else 0)
            steps = _steps(path)
            for length in range(len(steps) + 1):
                self._plain[steps[:length]] += size
        self._known: dict[Steps, _Cost] = {}
        self._targets: dict[Steps, _Cost] = {}
        self._open: dict[Steps, None] = {}

    def of(self, steps: Steps) -> _Cost:
        """What a string costs with its references resolved."""
        if steps in self._known:
            return self._known[steps]
        if len(self._open) > _DEEPEST:
            raise _RefusedError(_TOO_DEEP)
        self._open[steps] = None
        try:
            cost = _Cost(len(self._texts[steps]), 0)
            for target, is_exact in _targets(self._texts[steps], steps):
                cost = cost.with_(self._below(target, is_exact=is_exact)).with_(_LOOKUP)
        finally:
            del self._open[steps]
        self._known[steps] = _Cost(cost.size, cost.depth + 1)
        return self._known[steps]

    def _below(self, target: Steps, *, is_exact: bool) -> _Cost:
        """The cost of all that is at a place, and of what stands there for something else."""
        if target in self._targets:
            return self._targets[target]
        cost = _Cost(self._plain.get(target, 0), 0)
        through = [target[:n] for n in range(len(target)) if target[:n] in self._texts]
        for steps in [*self._within.get(target, ()), *through]:
            if steps not in self._open:
                cost = cost.with_(self.of(steps))
            elif not is_exact:
                raise _RefusedError(_UNKNOWN)
        if not self._open.keys() & self._within.get(target, ()):
            self._targets[target] = cost
        return cost


def _targets(text: str, steps: Steps) -> Iterator[tuple[Steps, bool]]:
    """The places that a string's references lead to, and whether that is all of their text."""
    for match in _OPEN.finditer(text):
        key, end = match.groups()
        if end == "}":
            yield _place(key, steps), True
        elif not end:
            yield _place(_whole_keys(key), steps), False
        elif end == ":" and _MAKES.fullmatch(key):
            yield (), False
        elif end == ":" and _LOOKS_UP.fullmatch(key):
            argument = _ARGUMENT.match(text, match.end())
            known, more = argument.groups() if argument else ("", "$")
            yield _place(_whole_keys(known) if more else known, steps), not more


def _whole_keys(key: str) -> str:
    """What of a reference is known before the reference within it, up to the last whole key."""
    return key[: max(key.rfind("."), key.rfind("[")) + 1]


def _place(key: str, steps: Steps) -> Steps:
    """The place of a key: from the top, or with leading dots from the mapping of the string."""
    bare = key.strip()
    names = tuple(part for part in re.split(r"[.\[\]]", bare) if part)
    dots = len(bare) - len(bare.lstrip("."))
    return (steps[:-dots] if dots else ()) + names


def _steps(path: Path) -> Steps:
    return tuple(str(step.name if isinstance(step, Key) else step.index) for step in path)
