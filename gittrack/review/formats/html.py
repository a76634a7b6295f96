"""A review as one HTML page that loads nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator

from gittrack.review import wording
from gittrack.review.escaping import LONGEST, cut, cut_pair, html
from gittrack.review.model import Item, Review
from gittrack.review.stylesheet import STYLE
from gittrack.review.tables import FIRST_ROWS, Row, Section, metric_rows, sections
from gittrack.review.wording import Phrase, counted

_UNFOLDED = 10_000
_HEADS = {
    "changes": ("key", "base", "head", "change"),
    "values": ("key", "value"),
    "metrics": ("metric", "base", "head", "change", "best"),
}


def render(review: Review, *, color: bool = False, max_chars: int | None = None) -> str:
    """The review as a page of its own, whatever its length.

    Its content security policy allows its own style and nothing else.
    """
    del color, max_chars  # a page knows light and dark by itself, and has no limit
    summary = html(wording.summary(review))
    sides = _marked(wording.sides(review))
    body = [
        f"<header>\n<h1>{summary}</h1>\n<p class=soft>{sides}</p>\n</header>",
        *_gates(review),
        *map(_section, sections(review)),
        *_tail(review),
    ]
    return _page(summary, "\n".join(body))


def _page(title: str, body: str) -> str:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _gates(review: Review) -> Iterator[str]:
    for gate in review.gates:
        if gate.met:
            yield _gate("failed", f"gate failed: {_code(gate.condition)}", gate.met)
    for gate in review.gates:
        if gate.unknown:
            title = f"gate could not be judged: {_code(gate.condition)}"
            yield _gate("unknown", title, gate.unknown)
    passed = wording.passed(review.gates)
    if passed:
        yield f"<p class=soft>✓ {_marked(passed)}</p>"


def _gate(kind: str, title: str, lines: Iterable[str]) -> str:
    return f'<section class="{kind}">\n<h2>{title}</h2>\n{_list(map(_text, lines))}\n</section>'


def _section(section: Section) -> str:
    first = section.items[0]
    is_single = len(section.items) == 1
    top = _item_top(first) if is_single else _group_top(section)
    same = wording.same_values(first.unchanged) if is_single else ""
    parts = [*top, *_tables(section), f"<p class=soft>{same}</p>" if same else ""]
    parts += [_metrics(item, section) for item in section.items if item.metrics]
    return "\n".join(["<section>", *filter(None, parts), "</section>"])


def _item_top(item: Item) -> Iterator[str]:
    yield f"<h2>{_marked(wording.title(item))}</h2>"
    told = wording.description(item)
    if told:
        yield f"<blockquote>{_text(told)}</blockquote>"
    facts = _facts(item)
    if facts:
        yield f"<p class=soft>{facts}</p>"


def _group_top(section: Section) -> Iterator[str]:
    yield f"<h2>{section.title}</h2>"
    yield _list(
        f"{_marked(wording.title(item))}<br><span class=soft>"
        + " · ".join(filter(None, [_facts(item), wording.same_values(item.unchanged)]))
        + "</span>"
        for item in section.items
    )


def _facts(item: Item) -> str:
    facts = [wording.against(item), *wording.tags(item), *wording.facts(item)]
    return " · ".join(filter(None, map(_marked, facts)))


def _tables(section: Section) -> Iterator[str]:
    rows = section.rows
    if not rows:
        return
    if not section.is_compared:
        yield _fold(f"its {counted(len(rows), 'value')}", _table("values", map(_value, rows)))
        return
    yield _table("changes", map(_change, rows[:FIRST_ROWS]))
    rest = rows[FIRST_ROWS:]
    if rest:
        title = counted(len(rest), "more change")
        yield _fold(title, _table("changes", map(_change, rest)))


def _change(row: Row) -> str:
    old, new = _both(row.old or "", row.new or "")
    return (
        f"<tr><td>{_code(row.path)}</td><td class=old data-side=base>{old}</td>"
        f"<td class=new data-side=head>{new}</td><td>{_what(row)}</td></tr>"
    )


def _what(row: Row) -> str:
    if row.kind in ("added", "removed"):
        return row.kind
    if row.kind == "moved":
        return f"moved from {_code(row.was or '')}"
    was = "" if row.was is None else f"was {_code(row.was)}"
    return ", ".join(filter(None, [html(cut(row.size)), was]))


def _value(row: Row) -> str:
    return f"<tr><td>{_code(row.path)}</td><td>{_long(row.new or '')}</td></tr>"


def _metrics(item: Item, section: Section) -> str:
    lines = [
        f"<tr><td>{_code(row.name)}</td><td class=old data-side=base>{row.base}</td>"
        f"<td class=new data-side=head>{row.head}</td>"
        f"<td>{row.change} <span class={row.verdict or 'soft'}>{row.verdict}</span></td>"
        f"<td class=best data-side=best>{row.best}</td></tr>"
        for row in metric_rows(item.metrics)
    ]
    is_one_of_several = len(section.items) > 1
    of_which = f"<p>metrics of {_marked(wording.title(item))}</p>\n" if is_one_of_several else ""
    return of_which + _table("metrics", lines)


def _tail(review: Review) -> Iterator[str]:
    if review.removed:
        lines = _list(_marked(wording.side(side)) for side in review.removed)
        title = f"{counted(len(review.removed), 'config')} removed"
        yield f"<section>\n<h2>{title}</h2>\n{lines}\n</section>"
    if review.notes:
        yield f"<section>\n<h2>notes</h2>\n{_list(map(_text, review.notes))}\n</section>"


def _table(kind: str, lines: Iterable[str]) -> str:
    heads = "".join(f"<th>{head}</th>" for head in _HEADS[kind])
    top = f"<table class={kind}>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    return "\n".join([top, *lines, "</tbody>\n</table>"])


def _fold(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>\n{content}\n</details>"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(["<ul>", *(f"<li>{line}</li>" for line in lines), "</ul>"])


def _marked(phrase: Phrase) -> str:
    return "".join(
        html(part) if isinstance(part, str) else _code(part.text, part.role) for part in phrase
    )


def _code(text: str, kind: str = "text") -> str:
    mark = " class=id" if kind == "id" else ""
    return f"<code{mark}>{html(cut(text))}</code>" if text else ""


def _both(old: str, new: str) -> tuple[str, str]:
    """Two values; long ones show where they differ, and unfold."""
    cut_old, cut_new = cut_pair(old, new)
    return _unfolding(old, cut_old), _unfolding(new, cut_new)


def _long(text: str) -> str:
    return _unfolding(text, cut(text))


def _unfolding(text: str, shown: str) -> str:
    if len(text) <= LONGEST:
        return _code(text)
    return _fold(f"<code>{html(shown)}</code>", f"<code>{html(cut(text, _UNFOLDED))}</code>")


def _text(text: str) -> str:
    if len(text) <= LONGEST:
        return html(text)
    return _fold(html(cut(text)), html(cut(text, _UNFOLDED)))
