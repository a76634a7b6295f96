"""What a review says in words, the same in all formats: phrases that keep data apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gittrack.ids import short
from gittrack.review.escaping import shortened
from gittrack.review.fitting import LeftOut
from gittrack.review.model import GateResult, Item, PinMove, Review, Side

MARKER = "<!-- gittrack-review -->"
"""The first line of a review in Markdown, by which its comment is found again."""

_MOST_NAMES = 10
_TITLE_LENGTH = 60
_COMMIT_LENGTH = 12
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?=T|$)", re.ASCII)
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,29}")
_PIN_KINDS = {"moved": "moved", "source": "of another file", "added": "new", "removed": "removed"}


@dataclass(frozen=True, slots=True)
class Data:
    """A piece of a phrase that is not ours: each format marks and escapes it in its way."""

    text: str
    role: Literal["id", "text"] = "text"


Phrase = Sequence[str | Data]
"""Our own words, and data."""


def counted(count: int, noun: str) -> str:
    """`1 pin`, `2 pins`, `1,000 pins`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def summary(review: Review) -> str:
    """The whole review on one line: `2 pins moved, 3 configs new · 14 values changed`."""
    parts = [part for part in (_what_changed(review), _values(review), _metrics(review)) if part]
    if not parts:
        return "nothing to review: no pin moved, no config is new or removed"
    return " · ".join(parts)


def title(item: Item) -> Phrase:
    """What an item is: the pins that moved, or the config that is new."""
    if item.pins:
        return _joined(map(_pins_title, _pins_alike(item.pins)), "; ")
    side = item.head or item.base
    kind = "new config" if item.is_new and item.head else "config"
    if side is None:
        return [kind]
    told = shortened(side.description or side.source or "", _TITLE_LENGTH)
    known: Phrase = [" (", Data(told), ")"] if told else []
    return [f"{kind} ", id_of(side), *known]


def description(item: Item, *, is_shown: bool = False) -> str:
    """What the config's description adds to what is shown already; mostly all of it or nothing.

    Titles show its start, those of pins do not; `is_shown` if something else does.
    """
    told = "" if item.head is None else item.head.description
    is_needed = len(told) > _TITLE_LENGTH or (bool(item.pins) and not is_shown)
    return told if is_needed else ""


def against(item: Item) -> Phrase:
    """With what the config is compared, and why with that; nothing where the title says it."""
    if item.base is None:
        return [predecessor(item)]
    base = side(item.base)
    if item.head is None:
        return ["which was ", *base] if len(base) > 1 else []
    if item.relation == "similar":
        return ["compared with ", predecessor(item), ", ", *base, "; no parent was recorded"]
    return ["compared with ", predecessor(item), " ", *base]


def predecessor(item: Item) -> str:
    """What the config at base is to the one at head."""
    match item.relation:
        case "pin":
            return "the pin's old config" if item.base else "the pin had no config"
        case "parent":
            return "its parent"
        case "similar":
            return "the most similar config in the base"
        case "none":
            return "nothing like it in the base"


def facts(item: Item) -> list[Phrase]:
    """Author, day and the like of the config at head, each where it is known."""
    head = item.head
    if head is None:
        return []
    told: list[Phrase] = [] if item.is_new else [["already in the base"]]
    if head.source and item.pins and head.source not in [pin.source for pin in item.pins]:
        told.append(["from ", Data(head.source)])
    if head.author:
        told.append(["by ", Data(head.author)])
    if head.created_at:
        told.append(day(head.created_at))
    return told


def tags(item: Item) -> list[Phrase]:
    """The tags of the config at head, as one fact, where there are any."""
    names = () if item.head is None else item.head.tags
    return [["tags " if len(names) > 1 else "tag ", *_names(names)]] if names else []


def side(side: Side) -> Phrase:
    """A config by its id, tags and description."""
    return [id_of(side), *_known_as(side)]


def sides(review: Review) -> Phrase:
    """Between which two commits."""
    head: Phrase = [Data(review.head_name), " (", _commit(review.head), ")"]
    if review.base is None:
        return [*head, ", which shares no history with ", Data(review.base_name)]
    return [Data(review.base_name), " (", _commit(review.base), ") → ", *head]


def gates_line(review: Review) -> str:
    """How many gates failed, in short; nothing where there are none."""
    failed = sum(bool(gate.met) for gate in review.gates)
    return f"{failed} of {counted(len(review.gates), 'gate')} failed" if failed else ""


def passed(gates: Iterable[GateResult]) -> Phrase:
    """Which gates were judged and held."""
    names = [gate.condition for gate in gates if not gate.met and not gate.unknown]
    return (
        ["gates passed: " if len(names) > 1 else "gate passed: ", *_names(names)] if names else []
    )


def same_values(count: int) -> str:
    """How many values are the same on both sides."""
    if count == 0:
        return ""
    return "1 value is the same" if count == 1 else f"{count:,} values are the same"


def left_out(review: Review, went: LeftOut) -> str:
    """What a text that had to be cut does not show."""
    configs = sum(part.configs for part in went.whole)
    folded = sum(part.configs for part in went.folded)
    told = [f"{configs:,} of {counted(len(review.items), 'config')}"] if configs else []
    told += [f"details of {counted(folded, 'config')}"] if folded else []
    told += ["details at the start"] if went.is_head_short else []
    told += [part.name for part in went.whole if part.name]
    is_one = told == [f"1 of {counted(len(review.items), 'config')}"]
    return f"{_listed(told)} {'is' if is_one else 'are'} left out"


def command(review: Review) -> str:
    """The command that shows all of the review, safe to be pasted into a shell."""
    if _SAFE_NAME.fullmatch(review.base_name) and _SAFE_NAME.fullmatch(review.head_name):
        return f"git exp review {review.base_name}...{review.head_name}"
    if review.base is None:
        return "git exp review"
    return f"git exp review {review.base[:_COMMIT_LENGTH]}...{review.head[:_COMMIT_LENGTH]}"


def id_of(side: Side) -> Data:
    """The config's short id."""
    return Data(side.short_id, "id")


def day(created_at: str) -> Phrase:
    """The day of a time in ISO 8601; what is none of these stays data."""
    match = _DAY.match(created_at)
    return [match[0]] if match else [Data(created_at)]


def _what_changed(review: Review) -> str:
    kinds: Counter[str] = Counter(pin.kind for item in review.items for pin in item.pins)
    told = [
        f"{counted(kinds[kind], 'pin')} {verb}" for kind, verb in _PIN_KINDS.items() if kinds[kind]
    ]
    new = {item.head.id for item in review.items if item.head and item.is_new}
    if new:
        told.append(f"{counted(len(new), 'config')} new")
    if review.removed:
        told.append(f"{counted(len(review.removed), 'config')} removed")
    return ", ".join(told)


def _values(review: Review) -> str:
    changed = sum(len(item.changes) for item in review.items if item.base and item.head)
    return f"{counted(changed, 'value')} changed" if changed else ""


def _metrics(review: Review) -> str:
    verdicts = Counter(metric.verdict for item in review.items for metric in item.metrics)
    told = [f"{verdicts[word]:,} {word}" for word in ("better", "worse") if verdicts[word]]
    return f"metrics: {', '.join(told)}" if told else ""


def _pins_alike(pins: Sequence[PinMove]) -> list[list[PinMove]]:
    """The pins that did the same, together."""
    alike: dict[tuple[object, ...], list[PinMove]] = {}
    for pin in pins:
        alike.setdefault((pin.kind, pin.old, pin.new), []).append(pin)
    return list(alike.values())


def _pins_title(pins: list[PinMove]) -> Phrase:
    noun = "pin " if len(pins) == 1 else "pins "
    names = _first([_pin_name(pin) for pin in pins])
    old, new = (Data(short(i) if i else "", "id") for i in (pins[0].old, pins[0].new))
    match pins[0].kind:
        case "moved":
            return [noun, *names, ": ", old, " → ", new]
        case "added":
            return ["new ", noun, *names, ": ", new]
        case "removed":
            return [noun, *names, " removed, was ", old]
        case "source":
            another = "now " if pins[0].source else "now of no file, "
            return [another, noun, *names, ": still ", new]


def _pin_name(pin: PinMove) -> Phrase:
    return [Data(pin.name), " of ", Data(pin.source)] if pin.source else [Data(pin.name)]


def _known_as(side: Side) -> Phrase:
    told = shortened(side.description or side.source or "", _TITLE_LENGTH)
    known: list[Phrase] = [_names(side.tags)] if side.tags else []
    known += [[Data(told)]] if told else []
    return [" (", *_joined(known, ", "), ")"] if known else []


def _names(names: Sequence[str]) -> Phrase:
    return _first([[Data(name)] for name in names])


def _first(phrases: Sequence[Phrase]) -> Phrase:
    shown = _joined(phrases[:_MOST_NAMES], ", ")
    more = len(phrases) - _MOST_NAMES
    return [*shown, f" and {more:,} more"] if more > 0 else shown


def _joined(phrases: Iterable[Phrase], separator: str) -> list[str | Data]:
    joined: list[str | Data] = []
    for phrase in phrases:
        joined += [separator, *phrase] if joined else phrase
    return joined


def _listed(told: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(told[:-1]), *told[-1:]]))


def _commit(commit: str) -> Data:
    return Data(commit[:_COMMIT_LENGTH], "id")
