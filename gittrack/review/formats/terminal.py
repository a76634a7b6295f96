"""A review for terminals and the logs of build servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from gittrack.review import wording
from gittrack.review.escaping import cut, cut_pair, plain
from gittrack.review.fitting import LeftOut, Part, fitted
from gittrack.review.model import GateResult, Item, Review, Side
from gittrack.review.tables import Row, Section, metric_rows, sections, some
from gittrack.review.wording import Data, Phrase
from gittrack.table import aligned

# The same colours for the same things as in the other commands.
_COLORS = {"id": "33", "old": "31", "new": "32", "bold": "1"}
_SIGNS = {"added": "+", "removed": "-", "changed": "~", "moved": "~"}
_SIGN_COLORS = {"+": "new", "-": "old"}
_VERDICT_COLORS = {"better": "new", "worse": "old"}

Paint = Callable[[str, str], str]


def render(review: Review, *, color: bool = False, max_chars: int | None = None) -> str:
    """The review as text of any width, in colour if `color`; no line of it can act on a terminal
    or be taken for a command by a build server."""
    paint = _in_color if color else _as_it_is
    head = _head(review, paint)
    parts = [_section(section, paint) for section in sections(review)]
    parts += _tail(review, paint)

    def closing(went: LeftOut) -> str:
        return f"{wording.left_out(review, went)}; see them all: {wording.command(review)}"

    return fitted(head, parts, max_chars, closing)


def _head(review: Review, paint: Paint) -> Part:
    summary = paint(wording.summary(review), "bold")
    gates = [_failed(gate, paint) for gate in review.gates if gate.met]
    gates += [_unknown(gate) for gate in review.gates if gate.unknown]
    passed = wording.passed(review.gates)
    gates += [_marked(passed, paint)] if passed else []
    top = f"{summary}\n{_marked(wording.sides(review), paint)}"
    failed = wording.gates_line(review)
    short = f"{summary}\n{paint(failed, 'old')}" if failed else summary
    return Part("\n\n".join([top, *gates]), short)


def _failed(gate: GateResult, paint: Paint) -> str:
    where = [f"  {_cell(line)}" for line in some(gate.met)]
    return "\n".join([paint(f"gate failed: {_cell(gate.condition)}", "old"), *where])


def _unknown(gate: GateResult) -> str:
    where = [f"  {_cell(line)}" for line in some(gate.unknown)]
    return "\n".join([f"gate could not be judged: {_cell(gate.condition)}", *where])


def _section(section: Section, paint: Paint) -> Part:
    first = section.items[0]
    same = wording.same_values(first.unchanged) if len(section.items) == 1 else ""
    lines = _item_top(first, paint) if len(section.items) == 1 else _group_top(section, paint)
    lines += [*_changes(section, paint), *([same] if same else [])]
    for item in section.items:
        lines += _metrics(item, section, paint)
    text = "\n".join(lines)
    return Part(text, text, configs=len(section.items))


def _item_top(item: Item, paint: Paint) -> list[str]:
    lines = [_title(item, paint)]
    if item.base and item.head:
        lines.append(f"--- {_side(item.base, paint)} · {wording.predecessor(item)}")
        lines.append(_facts([wording.side(item.head), *wording.facts(item)], paint, "+++ "))
    else:
        lines.append(
            _facts([wording.against(item), *wording.tags(item), *wording.facts(item)], paint)
        )
    told = wording.description(item, is_shown=bool(item.base and item.head))
    return [line for line in [*lines, f"    {_cell(told)}" if told else ""] if line]


def _group_top(section: Section, paint: Paint) -> list[str]:
    lines = [paint(section.title, "bold")]
    for item in section.items:
        same = [wording.same_values(item.unchanged)]
        facts = [wording.against(item), *wording.tags(item), *wording.facts(item), same]
        lines += [f"  {_title(item, paint)}", _facts(facts, paint, "    ")]
    return lines


def _facts(facts: Iterable[Phrase], paint: Paint, start: str = "") -> str:
    told = " · ".join(filter(None, (_marked(fact, paint) for fact in facts)))
    return f"{start}{told}" if told else ""


def _title(item: Item, paint: Paint) -> str:
    # Bold as a whole: another colour within would end it.
    return paint(_marked(wording.title(item), _as_it_is), "bold")


def _side(side: Side, paint: Paint) -> str:
    return _marked(wording.side(side), paint)


def _changes(section: Section, paint: Paint) -> Iterator[str]:
    cells = list(map(_cells if section.is_compared else _value_cells, section.rows))
    for line_cells, line in zip(cells, aligned(cells), strict=True):
        color = _SIGN_COLORS.get(line_cells[0])
        yield paint(line, color) if color and section.is_compared else line


def _cells(row: Row) -> list[str]:
    path = _cell(row.path)
    if row.kind == "moved":
        return ["~", path, f"moved from {_cell(row.was or '')}", ""]
    if row.was is not None:
        path = f"{path} (was {_cell(row.was)})"
    size = f"({row.size})" if row.size else ""
    shown = " → ".join(map(plain, cut_pair(row.old, row.new))) if row.old and row.new else ""
    return [_SIGNS[row.kind], path, shown or _cell(row.old or row.new or ""), size]


def _value_cells(row: Row) -> list[str]:
    return ["", _cell(row.path), _cell(row.new or "")]


def _metrics(item: Item, section: Section, paint: Paint) -> Iterator[str]:
    if not item.metrics:
        return
    if len(section.items) > 1:
        yield f"metrics of {_title(item, _as_it_is)}"
    rows = metric_rows(item.metrics)
    cells = [["metric", "base", "head", "change", "", "best"]]
    cells += [[_cell(r.name), r.base, r.head, cut(r.change), r.verdict, r.best] for r in rows]
    for verdict, line in zip(["", *(row.verdict for row in rows)], aligned(cells), strict=True):
        color = _VERDICT_COLORS.get(verdict)
        yield paint(f"  {line}", color) if color else f"  {line}"


def _tail(review: Review, paint: Paint) -> Iterator[Part]:
    if review.removed:
        lines = [f"- {_side(side, paint)}" for side in review.removed]
        text = "\n".join(
            [paint(f"{wording.counted(len(lines), 'config')} removed", "bold"), *lines]
        )
        yield Part(text, text, name="the removed configs")
    if review.notes:
        text = "\n".join(f"note: {_cell(note)}" for note in review.notes)
        yield Part(text, text, name="the notes")


def _marked(phrase: Phrase, paint: Paint) -> str:
    return "".join(part if isinstance(part, str) else _data(part, paint) for part in phrase)


def _data(data: Data, paint: Paint) -> str:
    return paint(_cell(data.text), "id") if data.role == "id" else _cell(data.text)


def _cell(text: str) -> str:
    return plain(cut(text))


def _in_color(text: str, color: str) -> str:
    return f"\x1b[{_COLORS[color]}m{text}\x1b[0m"


def _as_it_is(text: str, color: str) -> str:
    del color  # nobody asked for any
    return text
