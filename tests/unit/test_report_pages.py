"""Reports as files: self-contained, escaped, the same in every format; assets as vendored."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gittrack.errors import UsageError
from gittrack.report import formats
from gittrack.report.asset_files import VENDORED, asset, content_policy, script, stylesheet
from gittrack.report.document import Code, Facts, Folded, Prose, Report, Section, Table
from gittrack.report.figures import Lines, Series

EVIL = "</script></style>--><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\u202e"
NAMES = st.text(max_size=30) | st.just(EVIL)


class Page(HTMLParser):
    """The elements of a page, and the texts of its scripts by their types."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.words = ""
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append((dict(attrs).get("type"), ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            kind, text = self.scripts[-1]
            self.scripts[-1] = kind, text + data
        elif self._inside != "style":
            self.words += data


def report(name: str) -> Report:
    """A report in which every text is that name."""
    curve = Lines(
        name, [Series(name, [0.0, 1.0], [1.0, float("nan")], [0.0, 2.5])], name, name, name
    )
    table = Table([name, "n"], [[name, "1"]], frozenset({1}), frozenset({(0, 1)}), caption=name)
    blocks = [Prose(name), Code(name), Facts([(name, name)]), table, curve]
    sections = [Section(name, [*blocks, Folded(name, [Prose(name), table])])] * 4
    return Report("run", name, name, "2026-01-01T00:00:00Z", sections, name)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(NAMES)
def test_no_text_becomes_markup(name: str) -> None:
    """Whatever a run is called, the page has the elements of ours and no attribute that acts."""
    page = Page(formats.render("html", report(name)))
    plain = Page(formats.render("html", report("name")))
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags}
    assert len(page.scripts) == len(plain.scripts)
    for _, attributes in page.tags:
        assert not [key for key in attributes if key.startswith("on") or key in ("style", "src")]
        assert (attributes.get("href") or "#").startswith("#")


def test_only_our_own_script_runs() -> None:
    """The page has one script, whose hash the policy allows, and data that stays data."""
    page = Page(formats.render("html", report(EVIL)))
    [ours] = [text for kind, text in page.scripts if kind is None]
    digest = base64.b64encode(hashlib.sha256(ours.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in content_policy()
    data = [json.loads(text) for kind, text in page.scripts if kind is not None]
    assert data[0]["series"][0]["y"] == [1, None]
    assert "alert(1)" in data[0]["series"][0]["name"]


def test_a_page_loads_nothing() -> None:
    """No address is in style or script but in a comment; the policy forbids every source."""
    text = formats.render("html", report("name"))
    assert "default-src 'none'" in text
    assert not re.findall(r"@import|url\(|fetch\(|XMLHttpRequest|eval\(|new Function", text)
    addresses = set(re.findall(r"https?://[^\s\"')]+", text))
    assert addresses == {"http://www.w3.org/2000/svg", "https://github.com/leeoniya/uPlot"}


def test_all_is_there_without_javascript() -> None:
    """The texts, the table and the drawn curve are in the page before any script runs."""
    text = formats.render("html", report("a name"))
    before = text[: text.rindex("<script>")]
    assert before.count("a name") > 20
    assert '<path d="M' in before


def test_terminal_escapes_and_reordering_are_made_visible() -> None:
    """A page shows control characters as text, in data, too."""
    for name in formats.names():
        text = formats.render(name, report(EVIL))
        assert "\x1b" not in text
        assert "\u202e" not in text


@settings(max_examples=25, deadline=None)
@given(NAMES)
def test_json_is_json(name: str) -> None:
    """The document is read back, with the numbers of each figure and null for NaN."""
    data = json.loads(formats.render("json", report(name)))
    figure = data["sections"][0]["blocks"][4]
    assert figure["type"] == "lines"
    assert figure["series"][0]["y"] == [1.0, None]


@settings(max_examples=25, deadline=None)
@given(NAMES)
def test_markdown_shows_nothing_that_acts(name: str) -> None:
    """Markup in a name is code or an entity in Markdown; no tag, link or mention is left."""
    text = formats.render("markdown", report(name))
    assert not re.search(r"<(?!/?code>|wbr>)", re.sub(r"^    .*$", "", text, flags=re.MULTILINE))


def test_an_unknown_format_is_refused() -> None:
    """The message names the formats, or the one that was meant."""
    with pytest.raises(UsageError, match="there is no format 'htm'") as refused:
        formats.check("htm")
    assert refused.value.hint == "did you mean html?"


def test_what_is_vendored_is_what_was_released() -> None:
    """The vendored files have the SHA-256 hashes that are written beside them, and a licence."""
    folder = files("gittrack.report") / "assets"
    told = dict(
        reversed(line.split())  # type: ignore[misc]
        for line in (folder / "SHA256SUMS").read_text().splitlines()
    )
    assert set(told) == set(VENDORED)
    for name, digest in told.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert "MIT License" in asset("uplot.LICENSE") or "Permission is hereby" in asset(
        "uplot.LICENSE"
    )


def test_the_asset_is_small() -> None:
    """Style and script together stay far under 300 KB."""
    assert len(stylesheet()) + len(script()) < 100_000
