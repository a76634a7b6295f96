"""The configs of the base that a new one resembles most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gittrack.ids import ConfigId

_RARE = 10
_CANDIDATES = 20
_BEST = 5


class Lookalikes:
    """Finds for each wanted config those of many others that have most lines in common with it.

    A line of canonical YAML is a key with its value. The rarest lines of a config say most about
    where it comes from, so that only what shares some of them is looked at more closely: one pass
    over thousands of configs serves any number of wanted ones.
    """

    def __init__(
        self, wanted: Mapping[ConfigId, bytes], others: Iterable[tuple[ConfigId, bytes]]
    ) -> None:
        self._wanted = {one: _lines(data) for one, data in wanted.items()}
        self._others: dict[ConfigId, bytes] = {}
        self._holders: dict[bytes, list[ConfigId]] = {
            line: [] for lines in self._wanted.values() for line in lines
        }
        for other, data in others:
            self._others[other] = data
            for line in self._holders.keys() & _lines(data):
                self._holders[line].append(other)

    def best(self, one: ConfigId) -> Sequence[ConfigId]:
        """The others that share most lines with that one, best first; none that shares none."""
        lines = self._wanted[one]
        held = sorted((line for line in lines if self._holders[line]), key=self._rarity)
        shared: Counter[ConfigId] = Counter()
        for line in held[:_RARE]:
            shared.update(self._holders[line])
        shared.pop(one, None)
        likely = [other for other, _ in shared.most_common(_CANDIDATES)]
        likely.sort(key=lambda other: (-len(lines & _lines(self._others[other])), other))
        return likely[:_BEST]

    def _rarity(self, line: bytes) -> tuple[int, bytes]:
        return len(self._holders[line]), line


def _lines(data: bytes) -> set[bytes]:
    """The lines that say a value; `model:` alone says nothing."""
    return {line for line in data.split(b"\n") if line and not line.endswith(b":")}
