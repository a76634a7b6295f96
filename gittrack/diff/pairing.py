"""Elements of a replaced stretch of a list paired with those that replaced them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from math import copysign, isfinite

from gittrack.canonical import Plain
from gittrack.diff.values import fingerprint, flatten, is_collection, same

NAMES = ("id", "name", "key")
"""Keys whose value says which thing a mapping is about."""

SORTS = ("type", "kind", "class", "_target_")
"""Keys whose value says of what sort the thing is."""

MAX_PAIRS = 256
"""Pairs of mappings that are measured; DeepDiff takes a third of a millisecond for a small one."""

MAX_WORK = 100_000
"""Leaves of one times leaves of the other, over all pairs: DeepDiff tries lists in all pairs."""

MAX_LEVELS = 4
"""Levels of a mapping that are measured: DeepDiff's time doubles with every list inside a list."""

_LARGEST_EXACT = 2**53
_LONGEST_TEXT = 64

Pair = tuple[int, int]
Cost = tuple[int, int, int]
"""What it takes to believe that one mapping became the other; the first number decides.

They differ in sort; they share no value; DeepDiff's distance.
"""


def pair_up(old: Sequence[Plain], new: Sequence[Plain]) -> list[Pair]:
    """The positions in `old` and `new` of the elements that belong together.

    Scalars go with scalars and lists with lists in their order, mappings with the most similar
    mappings, and what is left of one sort with what is left of another. As many are paired as
    the shorter side has.
    """
    pairs: list[Pair] = []
    for belongs, match in (
        (_is_scalar, _in_turn),
        (_is_list, _in_turn),
        (_is_mapping, _pair_mappings),
        (_is_anything, _in_turn),
    ):
        lefts = _unpaired(old, [left for left, _ in pairs], belongs)
        rights = _unpaired(new, [right for _, right in pairs], belongs)
        matches = match([old[left] for left in lefts], [new[right] for right in rights])
        pairs += [(lefts[left], rights[right]) for left, right in matches]
    return pairs


def _unpaired(
    values: Sequence[Plain], paired: list[int], belongs: Callable[[Plain], bool]
) -> list[int]:
    done = set(paired)
    return [at for at, value in enumerate(values) if at not in done and belongs(value)]


def _is_scalar(value: Plain) -> bool:
    return not is_collection(value)


def _is_list(value: Plain) -> bool:
    return isinstance(value, list)


def _is_mapping(value: Plain) -> bool:
    return isinstance(value, dict)


def _is_anything(_: Plain) -> bool:
    return True


def _in_turn(old: Sequence[Plain], new: Sequence[Plain]) -> list[Pair]:
    return [(at, at) for at in range(min(len(old), len(new)))]


def _pair_mappings(old: Sequence[Plain], new: Sequence[Plain]) -> list[Pair]:
    """First those of one name, then the most similar; in turn where there is no choice."""
    pairs = _namesakes(old, new)
    lefts = _unpaired(old, [left for left, _ in pairs], _is_anything)
    rights = _unpaired(new, [right for _, right in pairs], _is_anything)
    rest = _most_similar([old[left] for left in lefts], [new[right] for right in rights])
    return pairs + [(lefts[left], rights[right]) for left, right in rest]


def _namesakes(old: Sequence[Plain], new: Sequence[Plain]) -> list[Pair]:
    """Pairs of mappings that have one name, if no other mapping on their side has it."""
    for key in NAMES:
        old_names, new_names = _unique_entries(old, key), _unique_entries(new, key)
        if shared := [name for name in old_names if name in new_names]:
            return [(old_names[name], new_names[name]) for name in shared]
    return []


def _unique_entries(mappings: Sequence[Plain], key: str) -> dict[Hashable, int]:
    entries = [_entry(mapping, key) for mapping in mappings]
    count = Counter(entries)
    return {
        entry: at for at, entry in enumerate(entries) if entry is not None and count[entry] == 1
    }


def _entry(mapping: Plain, key: str) -> Hashable:
    """Something that stands for a scalar under `key`; None where there is no such."""
    value = mapping.get(key) if isinstance(mapping, dict) else None
    return None if value is None or is_collection(value) else fingerprint(value)


def _most_similar(old: Sequence[Plain], new: Sequence[Plain]) -> list[Pair]:
    if not old or not new or len(old) == len(new) == 1 or not _is_affordable(old, new):
        return _in_turn(old, new)
    old_measured, new_measured = [*map(_measurable, old)], [*map(_measurable, new)]
    costs: dict[Pair, Cost] = {
        (left, right): (
            _differ_in_sort(old[left], new[right]),
            not _share_a_value(old[left], new[right]),
            _distance(old_measured[left], new_measured[right]),
        )
        for left in range(len(old))
        for right in range(len(new))
    }
    return _cheapest_first(costs)


def _cheapest_first(costs: dict[Pair, Cost]) -> list[Pair]:
    """Pairs from the cheapest on; among equals in the order of the lists."""
    pairs: list[Pair] = []
    lefts, rights = set[int](), set[int]()
    for left, right in sorted(costs, key=lambda pair: (costs[pair], pair)):
        if left not in lefts and right not in rights:
            pairs.append((left, right))
            lefts.add(left)
            rights.add(right)
    return pairs


def _is_affordable(old: Sequence[Plain], new: Sequence[Plain]) -> bool:
    if len(old) * len(new) > MAX_PAIRS:
        return False
    old_leaves = sum(len(flatten(mapping)) for mapping in old)
    new_leaves = sum(len(flatten(mapping)) for mapping in new)
    return old_leaves * new_leaves <= MAX_WORK


def _distance(old: Plain, new: Plain) -> int:
    """DeepDiff's distance of two measurable values, 0 to 1, in thousandths."""
    from deepdiff import DeepDiff  # takes 130 ms to import, and most comparisons never need it

    report = DeepDiff(
        old,
        new,
        ignore_order=True,
        get_deep_distance=True,
        ignore_private_variables=False,
    )
    return round(1000 * float(report.get("deep_distance", 0)))


def _differ_in_sort(old: Plain, new: Plain) -> bool:
    return any(_entry(old, key) != _entry(new, key) for key in SORTS)


def _share_a_value(old: Plain, new: Plain) -> bool:
    # DeepDiff's distance is relative to size, so that small mappings are near to everything.
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    return any(key in new and same(value, new[key]) for key, value in old.items())


def _measurable(value: Plain, levels: int = MAX_LEVELS) -> Plain:
    """The value with all that DeepDiff mistakes, or is slow at, replaced by a stand-in.

    It takes -0.0 for 0.0 and NaN for unequal to itself, does arithmetic with numbers that no float
    can hold, and compares long texts line by line.
    """
    if is_collection(value) and not levels:
        return f"deeper {hash(fingerprint(value))}"
    if isinstance(value, dict):
        return {key: _measurable(inner, levels - 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_measurable(inner, levels - 1) for inner in value]
    if isinstance(value, str):
        is_plain = len(value) <= _LONGEST_TEXT and value.isprintable()
        return value if is_plain else f"text {hash(value)}"
    if isinstance(value, float):
        is_plain = isfinite(value) and (value != 0 or copysign(1, value) > 0)
        return value if is_plain else f"float {value}"
    if isinstance(value, int) and abs(value) > _LARGEST_EXACT:
        return f"integer {hash(value)}"
    return value
