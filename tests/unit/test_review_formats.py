"""How reviews look in each format, and that nothing in a config can act on who shows them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from math import inf, nan
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gittrack.canonical import Plain, config_id, emit
from gittrack.diff import compare
from gittrack.errors import UsageError
from gittrack.review.escaping import code, cut_pair, plain, prose
from gittrack.review.formats import FORMATS, render
from gittrack.review.model import (
    GateResult,
    Item,
    MetricChange,
    PinMove,
    Relation,
    Review,
    Side,
    Summary,
)
from gittrack.terminal import inline

GOLDEN = Path(__file__).parent.parent / "golden" / "review"
VOID = {"br", "wbr", "meta"}
OURS = {"code", "wbr", "br", "details", "summary", "strong"}
MARKDOWN = {"h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "em"}
PAGE = {"html", "head", "meta", "title", "style", "body", "main", "header", "section", "h1"}
PAGE_TEXT = {"h2", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "br"}

HOSTILE = [
    "@maintainer please",
    "fixes #12, !13, ~bug, %v1, $1, GH-12, owner/repo#1, &5",
    "a | b \\| c",
    "</code></td></table></details><script>alert(1)</script>",
    "<!-- gittrack-review -->",
    "--> <!--",
    "`code` ``` ~~~",
    "[x](javascript:alert(1)) ![i](http://evil.example/i.png) [1]: x [^1]",
    "www.example.com http://example.com https://example.com a@example.com mailto:a@example.com",
    ":x: :warning: $x^2$ $$y$$ **b** __b__ *i* ~~s~~ ==m==",
    "\n\n# heading\n/close\n::error::x\n##[error]y",
    "::error file=a::x%0A::warning::y",
    "##vso[task.complete]##[group]",
    "\x1b[31mred\x1b]0;title\x07\x9b2J\r\x08",
    "\u202eevil\u2066 \u200b \ud800",
    "&lt;b&gt; &#64; &amp;amp; &nbsp",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "|",
    "\\",
    " lead and trail ",
    "\t",
    "é 漢字 🎉",
]
hostile_text = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(
        alphabet=st.sampled_from("@#|<>&`*_[]()!~$\\:/.-w \n\r\t\"'{}+=%ax1\x1b\u202e"), max_size=30
    ),
    st.text(max_size=20),
)


class Parsed(HTMLParser):
    """HTML as a browser reads it: which tags, balanced or not, what is in tables and in code."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.comments: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.codes: list[str] = []
        self.text = ""
        self.outside = ""
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") or name in ("href", "src") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if tag == "code":
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.text += data
        if {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data
        if "code" in self.open:
            self.codes[-1] += data
        else:
            self.outside += data


def rendered(markdown: str) -> Iterator[Parsed]:
    """Markdown as GitHub's own parser and an independent one see it."""
    yield Parsed(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
    yield Parsed(MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(markdown))


def side(data: Plain, **known: object) -> Side:
    return Side(config_id(emit(data)), **known)  # type: ignore[arg-type]


def moved(old: Plain, new: Plain, name: str = "prod", **known: object) -> Item:
    """A pin that moved from one config to another."""
    base, head = side(old), side(new, **known)
    pin = PinMove(name, base.id, head.id, f"configs/{name}.yaml")
    return Item((pin,), base, head, "pin", tuple(compare(old, new)), unchanged=3)


def new(
    data: Plain, old: Plain | None = None, relation: Relation = "none", **known: object
) -> Item:
    """A config that is new."""
    base = None if old is None else side(old, description="before")
    changes = tuple(compare({} if old is None else old, data))
    return Item((), base, side(data, **known), relation, changes, unchanged=1)


def review(*items: Item, **more: object) -> Review:
    return replace(Review("a" * 40, "b" * 40, "main", "topic", items), **more)  # type: ignore[arg-type]


def hostile(text: str) -> Review:
    """A review with the text in every place that others can write to."""
    old: dict[str | int, Plain] = {"lr": 1, "text": "x", "gone": 1, "list": [{"a": 1}, {"b": 2}]}
    value = text.encode(errors="replace").decode()  # configs hold no lone surrogates
    changed: dict[str | int, Plain] = {"lr": 2, "text": value, value: value, "list": [{"b": 2}]}
    told = {"description": text, "tags": (text, "b"), "author": text, "created_at": text}
    metric = MetricChange(text, False, Summary(2, 1.0, 0.1, 1.1), Summary(1, 2.0, None, 2.0))
    item = replace(moved(old, changed, text, source=text, **told), metrics=(metric,))
    grouped = [moved({"e": n, "k": 1}, {"e": n, "k": value}, text, **told) for n in (1, 2)]
    return review(
        item,
        *grouped,
        new(changed, **told),
        new(changed, old, "similar", **told),
        base_name=text,
        head_name=text,
        removed=(side(old, **told),),
        gates=(GateResult(text, (text,)), GateResult(text, (), (text,)), GateResult(text, ())),
        notes=(text,),
    )


@pytest.fixture
def usual() -> Review:
    """A review such as people read every week."""
    old: Plain = {"training": {"lr": 0.01, "epochs": 10}, "model": {"dropout": 0.1}, "seed": 7}
    now: Plain = {"training": {"lr": 0.003, "epochs": 12}, "model": {"norm": "layer"}, "seed": 7.0}
    metrics = (
        MetricChange("sharpe", False, Summary(5, 1.1, 0.12, 1.3), Summary(3, 1.32, 0.2, 1.55)),
        MetricChange("drawdown", True, Summary(5, 0.2, 0.01, 0.18), Summary(3, 0.25, 0.02, 0.22)),
        MetricChange("turnover", True, None, Summary(1, 0.3, None, 0.3)),
    )
    known = {"author": "Ada <ada@example.org>", "created_at": "2024-05-01T12:00:00Z"}
    item = moved(old, now, description="Slower decay", tags=("candidate",), **known)
    regions = [moved({"r": r, "lr": 1}, {"r": r, "lr": 2}, r) for r in ("eu", "us")]
    return review(
        replace(item, metrics=metrics),
        *regions,
        new({"a": 1}, {"a": 2}, "similar", description="A try"),
        new({"a": [1, 2], "b": None}, description="Fresh"),
        Item((PinMove("old", side({}).id, None),), side({}), None, "pin"),
        removed=(side({"z": 1}, description="tried once"),),
        gates=(
            GateResult("metrics.sharpe < base", ("prod: sharpe is 0.9, it was 1.1",)),
            GateResult("changed.seed", ()),
        ),
        notes=("parents before 1f2e3d4c are not known",),
    )


def test_the_formats_are_known_by_name() -> None:
    """Every format has a name, and a wrong name is told with the one that was meant."""
    assert FORMATS.names() == ["html", "json", "markdown", "terminal"]
    with pytest.raises(UsageError) as caught:
        render("markdwon", review())
    assert caught.value.hint == "did you mean markdown?"


@pytest.mark.parametrize("name", ["markdown.md", "terminal.txt"])
def test_a_review_looks_as_it_was_approved(name: str, usual: Review) -> None:
    """The usual review is, to the character, what a person read and found good."""
    assert render(name.partition(".")[0], usual) == (GOLDEN / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["markdown", "terminal", "html"])
def test_nothing_to_review_is_one_friendly_line(name: str) -> None:
    """A review without changes says so."""
    text = render(name, review())
    assert "othing to review: no pin moved, no config is new or removed" in text
    assert "<table" not in text
    assert "| key |" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_hostile_texts_as_they_are(text: str) -> None:
    """Both parsers give each text back as code, and no other element than ours comes of it."""
    check_markdown(hostile(text), text)


@pytest.mark.slow
@given(hostile_text)
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    """Whatever the text, the Markdown has our elements, full tables and the text as code."""
    check_markdown(hostile(text), text)


def check_markdown(shown: Review, text: str) -> None:
    source = render("markdown", shown)
    lines = source.splitlines()
    assert lines[0] == "<!-- gittrack-review -->"
    assert not any(line.startswith(("/", "::", "    ")) for line in lines)
    assert not re.search(r"@|##\w*\[|(?<!:)::|www\.|://", source)
    for page in rendered(source):
        assert page.tags <= OURS | MARKDOWN
        assert page.comments == [" gittrack-review "]
        assert all(len(row) == len(table[0]) for table in page.tables for row in table)
        assert not text or page.codes.count(inline(text)) >= 15
        values = [cell for table in page.tables for row in table for cell in row]
        assert {"1", "2", "+1, +100%", "x"} <= set(values)


@given(hostile_text)
@example("prod: sharpe is 0.9, see @x, #1. deadbeef abcdefa 1. - + ")
def test_a_sentence_with_data_reads_as_it_was(text: str) -> None:
    """A note keeps its words, and only plain words and short numbers are outside of code."""
    for page in rendered(f"- {prose(text)}"):
        assert "".join(page.text.split()) == "".join(inline(text).split())
        assert page.tags <= {"ul", "li", "code", "wbr"}
        outside = [word.rstrip(",.;:") for word in page.outside.split()]
        assert all(word.isalpha() or word.isdecimal() or not word for word in outside)


@given(hostile_text, st.integers(500, 4000))
def test_markdown_fits_its_limit(text: str, limit: int) -> None:
    """Whatever the limit, the text is no longer, whole in its elements, and says what is cut."""
    shown = hostile(text)
    source = render("markdown", shown, max_chars=limit)
    assert len(source.encode("utf-16-le")) // 2 <= limit
    assert source.startswith("<!-- gittrack-review -->\n")
    for page in rendered(source):
        assert all(len(row) == len(table[0]) for table in page.tables for row in table)
    last = source.splitlines()[-1]
    assert source == render("markdown", shown) or "left out; see them all" in last


@pytest.mark.parametrize("name", ["markdown", "terminal"])
def test_a_limit_is_used_to_the_last_character(name: str, usual: Review) -> None:
    """A text that was cut is the same where the limit is its length, and shorter below."""
    for limit in range(600, 4000, 200):
        text = render(name, usual, max_chars=limit)
        size = len(text.encode("utf-16-le")) // 2
        assert size <= limit
        assert render(name, usual, max_chars=max(size, 500)) == text
        assert len(render(name, usual, max_chars=max(size - 1, 500))) < max(size, 501)


def test_what_looks_like_a_commit_is_code() -> None:
    """Digits that a host could link to a commit never stand outside of code."""
    assert prose("added deadbeef, a face") == "added <code>deadbeef</code>, a face"
    item = moved({"n": 0}, {"n": 12345678})
    for page in rendered(render("markdown", review(item))):
        assert not re.search(r"[0-9a-f]{7}", page.outside)


def test_details_are_left_out_before_sections_are(usual: Review) -> None:
    """What is folded goes first, then configs from the end, and the command shows it all."""
    whole = render("markdown", usual)
    less = render("markdown", usual, max_chars=len(whole) - 1)
    assert "its 2 values left out" not in whole
    assert "(its 2 values left out)" in less
    last = "**Details of 1 config are left out; see them all:** "
    assert less.endswith(f"\n{last}<code>git exp review main...topic</code>\n")
    least = render("markdown", usual, max_chars=500)
    assert "### pin" not in least
    told = "6 of 6 configs, details at the start, the removed configs and the notes are left out"
    assert told in least
    assert "1 of 2 gates failed" in least


def test_a_text_within_its_limit_is_whole(usual: Review) -> None:
    """A limit that is large enough changes nothing."""
    for name in FORMATS.names():
        assert render(name, usual, max_chars=65_536) == render(name, usual)


def test_the_command_is_safe_to_paste() -> None:
    """Branch names that a shell would act on are not in the command; the commits are."""
    items = [new({"a": n}) for n in range(40)]
    text = render("terminal", review(*items, base_name="x;rm -rf $HOME"), max_chars=500)
    assert text.endswith(f"see them all: git exp review {'a' * 12}...{'b' * 12}\n")


def test_many_changes_are_folded() -> None:
    """Markdown and HTML show thirty changes and fold the rest; a terminal shows them all."""
    item = moved({f"k{n:02}": n for n in range(45)}, {f"k{n:02}": n + 1 for n in range(45)})
    for page in rendered(render("markdown", review(item))):
        assert [len(table) - 1 for table in page.tables] == [30, 15]
        assert "15 more changes" in page.text
    assert [len(table) - 1 for table in Parsed(render("html", review(item))).tables] == [30, 15]
    assert render("terminal", review(item)).count("~  k") == 45


def test_long_values_are_cut_where_they_differ() -> None:
    """Two long values are cut so that the difference shows, with their length."""
    old, now = cut_pair("a" * 1000 + "x" + "b" * 500, "a" * 1000 + "y" + "b" * 500)
    assert "ax" in old
    assert "ay" in now
    assert old.endswith("… (1,501 characters, from 941)")
    text = render("markdown", review(new({"k": "z" * 1234})))
    assert f"{'z' * 200}… (1,234 characters)" in " ".join(next(rendered(text)).codes)


@given(st.text("ab", max_size=300), st.text("ab", max_size=300), st.text("a", max_size=400))
def test_cut_values_differ_where_the_values_do(old: str, now: str, start: str) -> None:
    """Two values that differ never look the same, however they are cut."""
    shown = cut_pair(start + old, start + now)
    assert (shown[0] == shown[1]) == (old == now)
    assert max(map(len, shown)) < 250


def test_pins_that_moved_in_the_same_way_share_a_section() -> None:
    """Equal changes are shown once; changes that differ in type only are not equal."""
    alike = [moved({"e": e, "lr": 1}, {"e": e, "lr": 2}, e) for e in ("dev", "eu", "us")]
    other = moved({"e": "x", "lr": 1}, {"e": "x", "lr": 2.0}, "other")
    text = render("terminal", review(*alike, other))
    assert "3 pins moved in the same way" in text
    assert text.count("~  lr  1 → 2 ") == 1
    assert text.count("~  lr  1 → 2.0") == 1
    assert "4 pins moved, 4 configs new · 4 values changed" in text


def test_pins_without_changes_stay_apart() -> None:
    """Pins that changed nothing but their file have nothing in common."""
    items = [replace(moved({"e": e}, {"e": e}, e), changes=()) for e in ("eu", "us")]
    assert "in the same way" not in render("terminal", review(*items))


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (new({"a": 1}, {"a": 2}, "parent"), "its parent"),
        (new({"a": 1}, {"a": 2}, "similar"), "the most similar config in the base"),
        (new({"a": 1}), "nothing like it in the base"),
        (moved({"a": 1}, {"a": 2}), "the pin's old config"),
    ],
)
def test_every_format_says_with_what_a_config_is_compared(item: Item, told: str) -> None:
    """How the predecessor was found is told to people in all formats."""
    for name in ("terminal", "markdown", "html"):
        assert told.replace("'", "&#39;" if name == "html" else "'") in render(name, review(item))


@pytest.mark.parametrize(
    ("old", "now", "source", "title"),
    [
        ({}, {"a": 1}, "f.yaml", "pin p of f.yaml: ca3d163bab05 → "),
        (None, {"a": 1}, None, "new pin p: "),
        ({}, None, None, "pin p removed, was "),
        ({}, {}, "f.yaml", "now pin p of f.yaml: still "),
    ],
)
def test_the_title_says_what_a_pin_did(
    old: Plain, now: Plain, source: str | None, title: str
) -> None:
    """Moved, added, removed and of another file are four titles."""
    base, head = (None if data is None else side(data) for data in (old, now))
    pin = PinMove("p", base and base.id, head and head.id, source)
    lines = render("terminal", review(Item((pin,), base, head, "pin"))).splitlines()
    assert any(line.startswith(title) for line in lines)


def test_failed_gates_come_first(usual: Review) -> None:
    """A failed gate stands before all items, in every format for people."""
    for name in ("terminal", "markdown", "html"):
        text = render(name, usual)
        assert 0 < text.index("gate failed") < text.index("prod")


@given(hostile_text)
@example("##[error]x")
def test_a_terminal_is_safe_from_any_text(text: str) -> None:
    """No control character but line ends, and no command of a build server."""
    shown = render("terminal", hostile(text))
    assert inline(shown.replace("\n", "")) == shown.replace("\n", "")
    assert not re.search(r"##\w*\[|^\s*::", shown, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", "\\x3a:error::x"),
        ("  ::error::x", "  \\x3a:error::x"),
        ("a ##[error]x", "a #\\x23[error]x"),
        ("a ##vso[x]", "a #\\x23vso[x]"),
        ("## a::b", "## a::b"),
    ],
)
def test_commands_of_build_servers_are_made_visible(text: str, shown: str) -> None:
    """A text that a build server would act on has a character escaped, others have not."""
    assert plain(text) == shown


def test_colours_are_on_request_and_change_nothing_else(usual: Review) -> None:
    """Without its colours a colourful review is the plain one."""
    colorful = render("terminal", usual, color=True)
    assert "\x1b[32m" in colorful
    assert re.sub(r"\x1b\[\d+m", "", colorful) == render("terminal", usual)


@given(hostile_text)
@example("</style><script>alert(1)</script>")
def test_a_page_shows_any_text_as_it_is(text: str) -> None:
    """Whatever the text, the page has our elements, and the text is read back from it."""
    source = render("html", hostile(text))
    page = Parsed(source)
    assert page.tags <= PAGE | PAGE_TEXT | {"details", "summary", "span", "blockquote"}
    assert page.comments == []
    assert all(len(row) == len(table[0]) for table in page.tables for row in table)
    assert not text or page.codes.count(inline(text)) >= 10
    assert "##[" not in source


def test_a_page_loads_nothing(usual: Review) -> None:
    """Its policy allows the style that it has, by hash, and nothing from anywhere."""
    source = render("html", usual)
    style = source.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in source
    assert not re.search(r"https?:|url\(|@import|<script|<link|<img", source)


def test_a_page_unfolds_long_values() -> None:
    """A value that is cut can be read in full on the page."""
    page = Parsed(render("html", review(new({"k": "z" * 1234}))))
    assert "z" * 1234 in page.codes


@given(hostile_text)
def test_json_gives_every_text_back(text: str) -> None:
    """Strict JSON readers get the texts as they were, and a log cannot be led astray by them."""
    text = text.encode(errors="replace").decode()
    source = render("json", hostile(text))
    data = json.loads(source)
    head = data["items"][0]["head"]
    assert [head["description"], head["author"], *head["tags"]] == [text, text, text, "b"]
    assert data["notes"] == [text]
    assert data["gates"][0] == {"condition": text, "met": [text], "unknown": []}
    assert not re.search(r"##\w*\[|^\s*::", source, re.MULTILINE)


def test_json_has_all_of_a_review(usual: Review) -> None:
    """The document has each change, metric and commit, under the version of its shape."""
    data = json.loads(render("json", usual))
    assert data["version"] == 1
    assert data["failed"] is True
    assert data["base"] == {"name": "main", "commit": "a" * 40}
    item = data["items"][0]
    assert item["pins"][0]["kind"] == "moved"
    assert {"path": "model.norm", "kind": "added", "new": "layer"} in item["changes"]
    assert item["metrics"][1]["verdict"] == "worse"
    assert item["metrics"][2]["base"] is None
    assert [len(data["items"]), len(data["removed"])] == [6, 1]


def test_json_has_no_number_that_json_lacks() -> None:
    """NaN and infinity are texts, in values and in metrics."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    metric = MetricChange("m", False, Summary(2, nan, inf, -inf), Summary(1, 1.0, None, 1.0))
    item = replace(moved({"a": 1.0}, {"a": inf}), metrics=(metric,))
    data = json.loads(render("json", review(item)), parse_constant=refuse)
    assert data["items"][0]["changes"][0]["new"] == ".inf"
    assert data["items"][0]["metrics"][0]["base"]["mean"] == ".nan"


def test_metrics_tell_better_from_worse(usual: Review) -> None:
    """The direction counts: more drawdown is worse, more Sharpe better; no runs are said."""
    (rows,) = [
        table
        for table in next(rendered(render("markdown", usual))).tables
        if table[0][0] == "metric"
    ]
    assert rows[1][3:] == ["▲ +0.22, +20% better", "1.3 → 1.55"]
    assert rows[2][3:] == ["▲ +0.05, +25% worse", "0.18 → 0.22"]
    assert rows[3][1:3] == ["no runs", "0.3 (1 run)"]


def test_code_is_empty_for_nothing() -> None:
    """No empty box stands where there is no text."""
    assert code("") == ""
