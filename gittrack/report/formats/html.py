"""A report as one HTML page that loads nothing; with JavaScript, curves can be zoomed and more."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence

from gittrack.report.asset_files import content_policy, script, stylesheet
from gittrack.report.document import Block, Code, Facts, Folded, Prose, Report, Section, Table
from gittrack.report.drawing import draw
from gittrack.report.figures import Diagram, Figure, Lines, Numbers, Parallel, Timeline
from gittrack.review.escaping import cut, html
from gittrack.terminal import clean, inline

_LONGEST = 2000
_LONGEST_CODE = 100_000


def render(report: Report) -> str:
    """The report as a page of its own: style, script and data are in it.

    Its content security policy allows its own style and script, by their hashes, and nothing else.
    """
    title = html(cut(report.title))
    body = [_head(report, title), _contents(report.sections), *_sections(report.sections)]
    made = f"Made by gittrack on {html(report.made_at)}. One file; it loads nothing."
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{content_policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="gittrack">
<title>{title}</title>
<style>{stylesheet()}</style>
</head>
<body>
<main>
{chr(10).join(filter(None, body))}
</main>
<footer class="soft">{made}</footer>
<script>{script()}</script>
</body>
</html>
"""


def _head(report: Report, title: str) -> str:
    state = report.state.lower()
    known = state if state.isalpha() else ""
    pill = f'<span class="pill {known}">{html(state)}</span>' if state else ""
    soft = f'<p class="soft">{html(cut(report.subtitle))}</p>'
    return f"<header>\n<h1>{title} {pill}</h1>\n{soft}\n</header>"


def _contents(sections: Sequence[Section]) -> str:
    if len(sections) < 4:
        return ""
    links = [
        f'<a href="#s{number}">{html(cut(section.title, 60))}</a>'
        for number, section in enumerate(sections)
    ]
    return f'<nav aria-label="Sections">{"".join(links)}</nav>'


def _sections(sections: Sequence[Section]) -> Iterator[str]:
    for number, section in enumerate(sections):
        title = html(cut(section.title))
        blocks = "\n".join(_blocks(section.blocks))
        yield f'<section id="s{number}">\n<h2>{title}</h2>\n{blocks}\n</section>'


def _blocks(blocks: Sequence[Block]) -> Iterator[str]:
    """The blocks; figures that follow one another share a grid."""
    grid: list[str] = []
    for block in blocks:
        if isinstance(block, Figure):
            grid.append(figure_html(block))
            continue
        yield from _grid(grid)
        grid = []
        yield _block(block)
    yield from _grid(grid)


def _grid(figures: Sequence[str]) -> Iterator[str]:
    if figures:
        yield '<div class="figures">\n' + "\n".join(figures) + "\n</div>"


def _block(block: Block) -> str:
    match block:
        case Prose(text):
            return f"<p>{html(cut(text, _LONGEST))}</p>"
        case Code(text):
            return f"<pre>{_code(text)}</pre>"
        case Facts(rows):
            return _facts(rows)
        case Table():
            return table_html(block)
        case Folded(title, blocks):
            inner = "\n".join(map(_block, blocks))
            return f"<details>\n<summary>{html(cut(title))}</summary>\n{inner}\n</details>"
        case _:
            return figure_html(block)


def _code(text: str) -> str:
    lines = clean(cut(text, _LONGEST_CODE)).split("\n")
    return "\n".join(map(html, lines))


def _facts(rows: Sequence[tuple[str, str]]) -> str:
    pairs = [
        f"<div><dt>{html(cut(name))}</dt><dd>{html(cut(value, _LONGEST))}</dd></div>"
        for name, value in rows
        if value
    ]
    return f"<dl>{''.join(pairs)}</dl>" if pairs else ""


def table_html(table: Table) -> str:
    """A table that can be scrolled sideways where it is wide; with JavaScript, sorted."""

    def cell(tag: str, text: str, row: int, place: int) -> str:
        classes = ["num"] if place in table.numbers else []
        classes += ["best"] if (row, place) in table.marked else []
        named = f' class="{" ".join(classes)}"' if classes else ""
        scope = ' scope="col"' if tag == "th" else ""
        return f"<{tag}{scope}{named}>{html(cut(text, 300))}</{tag}>"

    head = "".join(cell("th", text, -1, place) for place, text in enumerate(table.head))
    rows = [
        f"<tr>{''.join(cell('td', text, number, place) for place, text in enumerate(row))}</tr>"
        for number, row in enumerate(table.rows)
    ]
    caption = f"<caption>{html(cut(table.caption))}</caption>" if table.caption else ""
    inner = f"<thead><tr>{head}</tr></thead>\n<tbody>\n{chr(10).join(rows)}\n</tbody>"
    return f'<div class="scroll"><table class="sortable">{caption}{inner}</table></div>'


def figure_html(figure: Figure) -> str:
    """A figure with its picture; that of curves with its numbers, too, for the script."""
    note = f'<span class="soft">{html(cut(figure.note))}</span>' if figure.note else ""
    caption = f"<figcaption>{html(cut(figure.title))} {note}</figcaption>"
    wide = isinstance(figure, Parallel | Timeline) or _is_wide_diagram(figure)
    kind = type(figure).__name__.lower()
    data = _data(figure) if isinstance(figure, Lines) and not figure.unit_square else ""
    return (
        f'<figure class="{kind}{" wide" if wide else ""}">{caption}'
        f'<div class="static">{draw(figure)}</div>{data}</figure>'
    )


def _is_wide_diagram(figure: Figure) -> bool:
    return isinstance(figure, Diagram) and (
        figure.root.parallel or any(part.parallel for part in figure.root.parts)
    )


def _data(figure: Lines) -> str:
    told = {
        "title": inline(figure.title),
        "x": inline(figure.x_label),
        "y": inline(figure.y_label),
        "log": figure.y_log,
        "series": [
            {
                "name": inline(cut(one.name)),
                "x": _short(one.x),
                "y": _short(one.y),
                "t": _short(one.times),
                "dashed": one.dashed,
            }
            for one in figure.series
        ],
    }
    # ASCII, and no `<`: nothing in it can end the element.
    text = json.dumps(told, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>'


def _short(values: Numbers) -> list[float | int | None]:
    """Numbers in seven digits, which is more than a screen can show; whole ones as integers."""
    return [_number(value) for value in values]


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    short = float(f"{value:.7g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
