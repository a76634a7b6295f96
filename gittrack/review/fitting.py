"""A text made to fit a limit by leaving out whole parts of it, and saying so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

_SEPARATOR = "\n\n"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text; `short` is the same with its folded details left out.

    `configs` is how many configs it shows, `name` what it is called where it shows none.
    """

    full: str
    short: str
    configs: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What had to go: parts as a whole, parts of which the folded details went, the head's."""

    whole: Sequence[Part]
    folded: Sequence[Part]
    is_head_short: bool


def fitted(
    head: Part, parts: Sequence[Part], limit: int | None, closing: Callable[[LeftOut], str]
) -> str:
    """The parts under their head and a line end, at most `limit` characters (UTF-16 units) long.

    Folded details go first, then whole parts, each from the end, the head's details last.
    `closing` says at the end what went; head and closing alone must fit.
    """
    everything = _joined([head.full, *(part.full for part in parts)])
    if limit is None or length(everything) <= limit:
        return everything
    sizes = _Sizes.of(parts)
    for kept, whole, is_head_short in _attempts(len(parts)):
        top = head.short if is_head_short else head.full
        room = limit - len(_SEPARATOR) - length(top) - sizes.until(kept, whole)
        if room <= 0:  # most attempts, where there are many parts
            continue
        end = closing(LeftOut(parts[kept:], _with_details(parts[whole:kept]), is_head_short))
        if length(end) < room:
            shown = [*(part.full for part in parts[:whole]), *(p.short for p in parts[whole:kept])]
            return _joined([top, *shown, end])
    return _joined([head.short, closing(LeftOut(parts, (), is_head_short=True))])


def length(text: str) -> int:
    """How long hosts take a text to be: its UTF-16 units, which are never fewer than characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How long the first so many parts are, each with the line that separates it."""

    full: list[int]
    short: list[int]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> _Sizes:
        return cls(_sums(part.full for part in parts), _sums(part.short for part in parts))

    def until(self, kept: int, whole: int) -> int:
        """The length of `kept` parts of which the first `whole` have their details."""
        return self.full[whole] + self.short[kept] - self.short[whole]


def _sums(texts: Iterable[str]) -> list[int]:
    return list(accumulate((length(text) + len(_SEPARATOR) for text in texts), initial=0))


def _attempts(count: int) -> Iterator[tuple[int, int, bool]]:
    """How many parts to keep, how many of these with their details, and whether to cut the head."""
    for is_head_short in (False, True):
        yield from ((count, whole, is_head_short) for whole in range(count, -1, -1))
        yield from ((kept, 0, is_head_short) for kept in range(count - 1, -1, -1))


def _with_details(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.short != part.full]


def _joined(texts: Iterable[str]) -> str:
    return _SEPARATOR.join(texts) + "\n"
