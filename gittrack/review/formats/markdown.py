"""A review as Markdown for the comments of GitHub and GitLab."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gittrack.review import wording
from gittrack.review.escaping import code, cut, cut_pair, prose
from gittrack.review.fitting import LeftOut, Part, fitted
from gittrack.review.model import GateResult, Item, Review
from gittrack.review.tables import FIRST_ROWS, Row, Section, metric_rows, sections, some
from gittrack.review.wording import MARKER, Phrase, counted

_CHANGES = "| key | base | head | change |\n| :-- | --: | --: | :-- |"
_VALUES = "| key | value |\n| :-- | :-- |"
_METRICS = "| metric | base | head | change | best |\n| :-- | --: | --: | :-- | --: |"
_MOST_REMOVED = 20
_LIKE_A_COMMIT = re.compile("[0-9a-f]{7}")


def render(review: Review, *, color: bool = False, max_chars: int | None = None) -> str:
    """The review as one comment, its first line the marker `<!-- gittrack-review -->`.

    Data stands in `<code>` elements and nowhere else.
    """
    del color  # comments have none
    parts = [_section(section) for section in sections(review)]
    parts += _tail(review)
    return fitted(_head(review), parts, max_chars, lambda went: _closing(review, went))


def _head(review: Review) -> Part:
    summary = f"{MARKER}\n\n## {_sentence(wording.summary(review))}"
    failed = wording.gates_line(review)
    short = f"{summary}\n\n❌ {failed}" if failed else summary
    gates = [_failed(gate) for gate in review.gates if gate.met]
    gates += [_unknown(gate) for gate in review.gates if gate.unknown]
    passed = wording.passed(review.gates)
    gates += [f"✅ {_marked(passed)}"] if passed else []
    return Part("\n\n".join([summary, _marked(wording.sides(review)), *gates]), short)


def _failed(gate: GateResult) -> str:
    where = [f"- {prose(cut(line))}" for line in some(gate.met)]
    return "\n".join([f"### ❌ gate failed: {_code(gate.condition)}", "", *where])


def _unknown(gate: GateResult) -> str:
    where = [f"- {prose(cut(line))}" for line in some(gate.unknown)]
    return "\n".join([f"⚠️ gate {_code(gate.condition)} could not be judged:", "", *where])


def _section(section: Section) -> Part:
    first = section.items[0]
    top = _item_top(first) if len(section.items) == 1 else _group_top(section)
    bottom = [_same(first)] if len(section.items) == 1 else []
    metrics = [text for item in section.items if (text := _metrics(item, section))]
    shown, folded = _tables(section)
    return Part(
        "\n\n".join([*top, *shown, *folded, *filter(None, bottom), *metrics]),
        "\n\n".join([*top, *shown, *_unfolded(folded), *filter(None, bottom), *metrics]),
        configs=len(section.items),
    )


def _item_top(item: Item) -> list[str]:
    told = wording.description(item)
    lines = [f"{_code(told)}<br>"] if told else []
    lines.append(_facts(item))
    return [f"### {_marked(wording.title(item))}", *filter(None, ["\n".join(lines)])]


def _group_top(section: Section) -> list[str]:
    members = [
        f"- {_marked(wording.title(item))}<br>{_facts(item)}{_after(_same(item))}"
        for item in section.items
    ]
    return [f"### {section.title}", "\n".join(members)]


def _facts(item: Item) -> str:
    return " · ".join(
        filter(
            None, map(_marked, [wording.against(item), *wording.tags(item), *wording.facts(item)])
        )
    )


def _tables(section: Section) -> tuple[list[str], list[str]]:
    """What is shown, and what is folded away."""
    rows = section.rows
    if not section.is_compared:
        return [], _fold(f"its {counted(len(rows), 'value')}", _VALUES, map(_value, rows))
    shown = [_table(_CHANGES, map(_change, rows[:FIRST_ROWS]))] if rows else []
    rest = rows[FIRST_ROWS:]
    return shown, _fold(f"{counted(len(rest), 'more change')}", _CHANGES, map(_change, rest))


def _fold(title: str, header: str, lines: Iterable[str]) -> list[str]:
    told = list(lines)
    if not told:
        return []
    return [f"<details><summary>{title}</summary>\n\n{_table(header, told)}\n\n</details>"]


def _table(header: str, lines: Iterable[str]) -> str:
    return "\n".join([header, *lines])


def _unfolded(folded: list[str]) -> Iterator[str]:
    """What stands where the details were: their title."""
    for text in folded:
        title = text.partition("<summary>")[2].partition("</summary>")[0]
        yield f"({title} left out)"


def _change(row: Row) -> str:
    old, new = cut_pair(row.old or "", row.new or "")
    return f"| {_code(row.path)} | {code(old)} | {code(new)} | {_size(row)} |"


def _value(row: Row) -> str:
    return f"| {_code(row.path)} | {_code(row.new or '')} |"


def _size(row: Row) -> str:
    if row.kind in ("added", "removed"):
        return f"**{row.kind}**"
    if row.kind == "moved":
        return f"moved from {_code(row.was or '')}"
    was = f"was {_code(row.was)}" if row.was is not None else ""
    return ", ".join(filter(None, [_number(row.size), was]))


def _metrics(item: Item, section: Section) -> str:
    if not item.metrics:
        return ""
    lines = []
    for row in metric_rows(item.metrics):
        verdict = f"**{row.verdict}**" if row.verdict in ("better", "worse") else row.verdict
        change = " ".join(filter(None, [_number(row.change), verdict]))
        cells = [_code(row.name), row.base, row.head, change, row.best]
        lines.append(f"| {' | '.join(cells)} |")
    of_which = f"metrics of {_marked(wording.title(item))}:\n\n" if len(section.items) > 1 else ""
    return of_which + _table(_METRICS, lines)


def _tail(review: Review) -> Iterator[Part]:
    if review.removed:
        lines = [f"- {_marked(wording.side(side))}" for side in review.removed]
        title = f"### {counted(len(lines), 'config')} removed"
        full = "\n".join([title, "", *some(lines, _MOST_REMOVED)])
        yield Part(full, full, name="the removed configs")
    if review.notes:
        full = "\n".join(["### notes", "", *(f"- {prose(cut(note))}" for note in review.notes)])
        yield Part(full, full, name="the notes")


def _closing(review: Review, went: LeftOut) -> str:
    told = _sentence(wording.left_out(review, went))
    return f"**{told}; see them all:** {code(wording.command(review))}"


def _same(item: Item) -> str:
    return wording.same_values(item.unchanged)


def _after(text: str) -> str:
    return f" · {text}" if text else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _marked(phrase: Phrase) -> str:
    return "".join(part if isinstance(part, str) else _code(part.text) for part in phrase)


def _code(text: str) -> str:
    return code(cut(text))


def _number(text: str) -> str:
    """Numbers as they are, long ones as code: hosts could take them for commits."""
    return _code(text) if _LIKE_A_COMMIT.search(text) else text
