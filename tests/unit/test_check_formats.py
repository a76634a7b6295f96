"""Formats of `check`: each reads back as what it says, and no data in them acts on anything."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gittrack.checks.finding import RULES, Finding, Report
from gittrack.checks.formats import FORMATS, render
from gittrack.checks.formats.github import MAX_ANNOTATIONS
from gittrack.checks.formats.sarif import MAX_RESULTS
from gittrack.errors import UsageError

ALL = ("github", "gitlab", "human", "json", "junit", "sarif")
HOSTILE = (
    "::error::gotcha",
    "  ::stop-commands::x",
    "\u00ad::error::x",
    "##[error]gotcha",
    "say ##[add-mask]a and ##vso[task.complete]done",
    "a\n::error::b",
    "a\r::error::b",
    "a\r\n##[group]b",
    "%0A::error::x%3A%25",
    "=x, y: z",
    "\x1b[31mred\x07\x9b31m\x7f",
    "\u202egnp.exe\u2066\u200b",
    "]]><script>alert('1')</script>&amp;\"",
    "half \ud800 and byte \udcff",
    "null \x00, \ufffe and \uffff",
    "[link](javascript:x) {0} {1}",
    "a\u2028b\u2029c\x85d\x0be\x0cf",
    "naïve/設定.yaml",
)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(HOSTILE)

# What a terminal acts on, what breaks a line, and what cannot be written as UTF-8.
ACTIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2060-\u2069\ud800-\udfff]")
COMMANDS = ("error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "stop-commands")


def report(*findings: Finding, notes: Sequence[str] = (), base: str | None = None) -> Report:
    return Report("the work tree", base, 10_000, 0, 3, 2, 0, findings, notes)


def finding(path: str = "a.yaml", line: int = 1, message: str = "odd", mend: str = "") -> Finding:
    return Finding("pin-stale", path, line, message, mend)


def many(number: int) -> Report:
    return report(*(finding(f"{i // 3:04}.yaml", i % 3 + 1, f"lr: {i}") for i in range(number)))


def runner_command(line: str) -> tuple[str, dict[str, str], str] | None:
    """The workflow command that GitHub's runner takes a line for (its `ActionCommand.cs`)."""
    trimmed = line.lstrip().lstrip("\u00ad")
    end = trimmed.find("::", 2)
    if trimmed.startswith("::") and end > 0:
        name, _, rest = trimmed[2:end].partition(" ")
        if name in COMMANDS:
            pairs = (pair.split("=", 1) for pair in rest.strip().split(",") if "=" in pair)
            properties = {key: unescaped(value.lstrip("="), ":,") for key, value in pairs}
            return name, properties, unescaped(trimmed[end + 2 :], "")
    if match := re.search(r"##(?:vso)?\[([\w.-]+)[^\]]*\]", line):
        return match[1], {}, line[match.end() :]
    return None


def unescaped(text: str, more: str) -> str:
    for character in f"\r\n{more}%":
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    lines = re.split("\r\n|\r|\n", text)
    return [found for line in lines if (found := runner_command(line)) is not None]


def lines_of(text: str) -> list[str]:
    assert text.endswith("\n")
    return text[:-1].split("\n")


def test_every_module_is_a_format() -> None:
    """The formats are those of the documentation; each renders a report."""
    assert FORMATS.names() == list(ALL)
    assert all(render(name, report(finding())).endswith("\n") for name in FORMATS.names())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sarf", "did you mean sarif?"),
        ("_wording", "formats are github, gitlab, human, json, junit, sarif"),
        ("../x", "formats are github, gitlab, human, json, junit, sarif"),
    ],
)
def test_an_unknown_format_is_refused(name: str, hint: str) -> None:
    """The error names what was asked for, and what there is; helper modules are no formats."""
    with pytest.raises(UsageError, match="there is no format") as caught:
        render(name, report())
    assert caught.value.hint == hint


def test_only_the_format_asked_for_is_loaded() -> None:
    """A check that prints for people does not pay for XML or hashes."""
    program = (
        "import sys; from gittrack.checks.finding import Report\n"
        "from gittrack.checks.formats import render\n"
        "render('human', Report('the index', None, 0, 0, 0, 0, 0, ()))\n"
        "loaded = [m.rpartition('.')[2] for m in sys.modules if '.checks.formats.' in m]\n"
        "print(*sorted(loaded))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert run.stdout.decode().split() == ["_wording", "human"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_acts_on_nothing(name: str, text: str) -> None:
    """Whatever stands in paths, messages, mends and notes: no terminal or runner obeys it."""
    bad = Finding("pin-stale", text, 1, text, text)
    shown = render(name, Report(text, text, 1, 0, 0, 0, 0, (bad,), (text,)), color=False)
    assert not ACTIVE.search(shown)
    assert len(commands(shown)) == (1 if name == "github" else 0)
    shown.encode()


@given(ANYTHING, ANYTHING, ANYTHING)
@settings(max_examples=150, deadline=None)
def test_any_text_acts_on_nothing(path: str, message: str, mend: str) -> None:
    """The same for texts that nobody thought of; and every parser reads every format."""
    found = report(Finding("pin-stale", path, 1, message, mend), notes=(message,))
    for name in ALL:
        shown = render(name, found)
        assert not ACTIVE.search(shown)
        assert len(commands(shown)) == (1 if name == "github" else 0)
        if name in ("json", "gitlab", "sarif"):
            json.loads(shown)
    ElementTree.fromstring(render("junit", found).encode())


def test_people_read_findings_as_a_linter_prints_them() -> None:
    """Place, code and message on a line, the command below, once for a file; then the summary."""
    found = report(
        finding("a.yaml", 3, "it moved", "git exp pin --update a"),
        finding("b.yaml", 1, "it is odd", "git exp add b.yaml"),
        finding("b.yaml", 9, "so is this", "git exp add b.yaml"),
        finding("c.yaml", 1, "nothing helps"),
        notes=("the clone is shallow",),
        base="1a2b3c4d" * 5,
    )
    assert lines_of(render("human", found)) == [
        "a.yaml:3  pin-stale  it moved",
        "    mend: git exp pin --update a",
        "b.yaml:1  pin-stale  it is odd",
        "b.yaml:9  pin-stale  so is this",
        "    mend: git exp add b.yaml",
        "c.yaml:1  pin-stale  nothing helps",
        "",
        "note: the clone is shallow",
        "10,000 configs, 3 pins, 2 schemas checked in the work tree against 1a2b3c4d1a2b: "
        "4 findings in 3 files",
    ]


def test_a_clean_report_is_one_line() -> None:
    """It says what was looked at, and that nothing was found."""
    one = Report("commit 1a2b3c", None, 1, 0, 0, 0, 0, ())
    assert render("human", one) == "1 config checked in commit 1a2b3c: no findings\n"
    none = Report("the index", None, 0, 0, 0, 0, 0, ())
    assert render("human", none) == "no configs checked in the index: no findings\n"


def test_colours_change_nothing_but_colours() -> None:
    """Without its colours the text is the plain one; all 5,000 findings are shown."""
    plain, colored = render("human", many(5_000)), render("human", many(5_000), color=True)
    assert plain != colored
    assert re.sub(r"\x1b\[\d*m", "", colored) == plain
    assert len(lines_of(plain)) == 5_002


@pytest.mark.parametrize("path", ["::error::x.yaml", "##[error]x.yaml", " ::error::x"])
def test_a_line_never_begins_as_a_command(path: str) -> None:
    """An odd path begins with `./`, which names the same file."""
    assert render("human", report(finding(path))).startswith("./")


def test_json_has_everything_as_it_is() -> None:
    """Values read back exactly, hostile ones too; the members are those documented."""
    odd = "".join(HOSTILE)
    shown = json.loads(render("json", report(finding(odd, 7, odd, odd), notes=(odd,), base="b")))
    assert shown["findings"][0] | {"fingerprint": ""} == {
        "code": "pin-stale",
        "path": odd,
        "line": 7,
        "message": odd,
        "mend": odd,
        "fingerprint": "",
    }
    assert (shown["version"], shown["ok"], shown["notes"]) == (1, False, [odd])
    assert (shown["place"], shown["base"]) == ("the work tree", "b")
    assert shown["checked"] == {
        "configs": 10_000,
        "records": 0,
        "pins": 3,
        "schemas": 2,
        "files": 0,
    }
    assert [rule["code"] for rule in shown["rules"]] == list(RULES)
    assert json.loads(render("json", report(finding())))["findings"][0]["mend"] is None


@given(st.lists(ANYTHING.filter(lambda text: text.isprintable()), min_size=1, max_size=10))
@settings(deadline=None)
def test_annotations_read_back(texts: list[str]) -> None:
    """The runner's own parser finds file, line, title, message and mend of each finding."""
    texts = [text for text in texts if "##" not in text]
    read = commands(render("github", report(*(finding(t or "x", 4, t, "fix it") for t in texts))))
    assert [name for name, _, _ in read] == ["error"] * len(texts)
    for text, (_, properties, message) in zip(texts, read, strict=True):
        assert properties["file"].removeprefix("./") == (text or "x").removeprefix("./")
        assert (properties["line"], properties["title"]) == ("4", "pin-stale")
        assert message == f"{text}\nTo mend it: fix it"


@pytest.mark.parametrize("number", [0, 1, 10, 11, 5_000])
def test_annotations_are_ten_at_most(number: int) -> None:
    """With more findings the last annotation says how many are left and where they are."""
    shown = render("github", many(number))
    read = commands(shown)
    assert len(read) == min(number, MAX_ANNOTATIONS)
    assert len(lines_of(shown)) == len(read) + 1
    if number > MAX_ANNOTATIONS:
        files = -(-number // 3) - 3
        _, properties, message = read[-1]
        noun = "file" if files == 1 else "files"
        assert properties == {"title": f"{number - 9:,} more findings in {files:,} {noun}"}
        assert message.startswith(f"0003.yaml ({min(3, number - 9)})")
        assert message.endswith("To see them all: git exp check")
        assert len(message) < 2_000


def test_gitlab_reads_issues() -> None:
    """The members that GitLab wants, all texts visible."""
    text = render("gitlab", report(finding("a\x1b.yaml", 3, "lr: 1\u202e", "git exp add a")))
    (issue,) = json.loads(text)
    assert re.fullmatch("[0-9a-f]{64}", issue.pop("fingerprint"))
    assert issue == {
        "description": "lr: 1\\u202e; to mend it: git exp add a",
        "check_name": "pin-stale",
        "severity": "major",
        "location": {"path": "a\\x1b.yaml", "lines": {"begin": 3}},
    }
    assert json.loads(render("gitlab", report())) == []


@pytest.mark.parametrize("code", RULES)
def test_gitlab_knows_every_severity(code: str) -> None:
    """Each rule has one of GitLab's five words."""
    (issue,) = json.loads(render("gitlab", report(Finding(code, "a", 1, "odd"))))
    assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")


def test_fingerprints_stay_when_lines_move() -> None:
    """Code, path and message make it; two findings that look alike still get two."""

    def prints(*found: Finding) -> list[str]:
        return [issue["fingerprint"] for issue in json.loads(render("gitlab", report(*found)))]

    here = prints(finding(line=1), finding(line=5), finding(message="other"))
    assert prints(finding(line=11), finding(line=15), finding(line=16, message="other")) == here
    assert (
        len({*here, *prints(finding("b")), *prints(Finding("pin-form", "a.yaml", 1, "odd"))}) == 5
    )
    hashed = json.loads(render("sarif", report(finding())))["runs"][0]["results"][0]
    assert hashed["partialFingerprints"] == {"gittrack/v1": here[0]}


def cases(text: str) -> Iterator[tuple[ElementTree.Element, ElementTree.Element | None]]:
    for case in ElementTree.fromstring(text.encode()).iter("testcase"):
        yield case, case.find("failure")


def test_junit_has_a_failure_for_each_finding() -> None:
    """Rules that hold are passed cases; numbers agree; no two cases have one name."""
    found = report(
        finding(line=1), finding(line=5), Finding("pin-form", "]]>&\ufffe\x00", 2, "<b>")
    )
    text = render("junit", found)
    read = list(cases(text))
    failed = [(case, failure) for case, failure in read if failure is not None]
    suite = ElementTree.fromstring(text.encode()).find("testsuite")
    assert suite is not None
    assert suite.get("name") == "git exp check"
    assert int(suite.get("tests", "")) == len(read) == len(RULES) - 2 + 3
    assert int(suite.get("failures", "")) == len(failed) == 3
    assert len({(case.get("classname"), case.get("name")) for case, _ in read}) == len(read)
    case, failure = failed[2]
    assert (case.get("classname"), case.get("file")) == ("check.pin-form", "]]>&\\ufffe\\x00")
    assert (case.get("line"), case.get("name")) == ("2", "]]>&\\ufffe\\x00: <b>")
    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("pin-form", "<b>")
    assert (failure.text or "").splitlines()[0] == "./]]>&\\ufffe\\x00:2: <b>"


def test_junit_of_a_clean_report_has_all_rules() -> None:
    """Viewers take a report without cases for an error."""
    assert all(failure is None for _, failure in cases(render("junit", report())))
    assert len(list(cases(render("junit", report())))) == len(RULES)


# Of SARIF's official schema, which allows no other members: what each object that we write must
# have, and what it may have of that which we write.
SHAPE: dict[str, tuple[set[str], dict[str, str]]] = {
    "log": ({"version", "runs"}, {"$schema": "text", "version": "text", "runs": "run*"}),
    "run": (
        {"tool", "results"},
        {
            "tool": "tool",
            "invocations": "invocation*",
            "originalUriBaseIds": "bases",
            "results": "result*",
            "properties": "bag",
        },
    ),
    "tool": ({"driver"}, {"driver": "component"}),
    "component": ({"name"}, {"name": "text", "rules": "descriptor*"}),
    "descriptor": (
        {"id"},
        {
            "id": "text",
            "shortDescription": "string",
            "fullDescription": "string",
            "help": "string",
            "defaultConfiguration": "configuration",
        },
    ),
    "string": ({"text"}, {"text": "text"}),
    "message": ({"text"}, {"text": "text"}),
    "configuration": (set(), {"level": "level"}),
    "invocation": (
        {"executionSuccessful"},
        {"executionSuccessful": "flag", "toolExecutionNotifications": "notification*"},
    ),
    "notification": ({"message"}, {"message": "message", "level": "level"}),
    "bases": (set(), {"%SRCROOT%": "artifact"}),
    "result": (
        {"message", "ruleId", "locations"},
        {
            "ruleId": "text",
            "ruleIndex": "number",
            "level": "level",
            "message": "message",
            "locations": "location*",
            "partialFingerprints": "bag",
        },
    ),
    "location": (set(), {"physicalLocation": "physical"}),
    "physical": (set(), {"artifactLocation": "artifact", "region": "region"}),
    "artifact": (set(), {"uri": "uri", "uriBaseId": "text", "description": "message"}),
    "region": ({"startLine"}, {"startLine": "number"}),
}
SIMPLE = {
    "text": lambda value: isinstance(value, str),
    "uri": lambda value: re.fullmatch(r"[A-Za-z0-9._~/-]|([A-Za-z0-9._~/-]|%[0-9A-F]{2})*", value),
    "flag": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int) and value >= 0,
    "level": lambda value: value in ("none", "note", "warning", "error"),
    "bag": lambda value: isinstance(value, dict),
}


def assert_shape(value: Any, kind: str) -> None:
    if kind.endswith("*"):
        for item in value:
            assert_shape(item, kind[:-1])
    elif kind in SIMPLE:
        assert SIMPLE[kind](value), (kind, value)
    else:
        needed, members = SHAPE[kind]
        assert needed <= value.keys() <= members.keys(), (kind, value)
        for key, item in value.items():
            assert_shape(item, members[key])


@given(st.lists(st.tuples(ANYTHING, ANYTHING), max_size=5))
@settings(max_examples=50, deadline=None)
def test_sarif_has_the_shape_of_its_schema(texts: list[tuple[str, str]]) -> None:
    """Every member is one that the schema knows; rules are found by index as well as by id."""
    log = json.loads(render("sarif", report(*(finding(p, 2, m, m) for p, m in texts), notes=["n"])))
    assert_shape(log, "log")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert len(run["results"]) == len(texts)


def result_of(found: Finding) -> Any:
    return json.loads(render("sarif", report(found)))["runs"][0]["results"][0]


@pytest.mark.parametrize(
    "path", [b"a b/\xc3\xa4.yaml", b"::error::x", b"100%25.yaml", b"\xff\x1b?#x", b"a:b/c"]
)
def test_sarif_names_files_by_their_bytes(path: bytes) -> None:
    """A relative URI without a scheme, query or fragment leads to the very file."""
    place = result_of(finding(path.decode("utf-8", "surrogateescape"), 3))["locations"][0]
    artifact = place["physicalLocation"]["artifactLocation"]
    assert unquote_to_bytes(artifact["uri"]) == path
    assert not set(":?#") & set(artifact["uri"])
    assert artifact["uriBaseId"] == "%SRCROOT%"
    assert place["physicalLocation"]["region"] == {"startLine": 3}


def test_sarif_messages_hold_no_links_or_placeholders() -> None:
    """What SARIF viewers would turn into a link or fill in stays text."""
    text = result_of(finding(message="[x](http://y) {0}", mend="fix"))["message"]["text"]
    assert text == "[x] (http://y) {{0}}; to mend it: fix"


@pytest.mark.slow
def test_sarif_is_cut_at_the_limit_of_the_host() -> None:
    """25,000 results are kept, and a notification says how many are missing."""
    (run,) = json.loads(render("sarif", report(*[finding()] * (MAX_RESULTS + 1), notes=["n"])))[
        "runs"
    ]
    notes = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert len(run["results"]) == MAX_RESULTS
    assert notes == ["n", "1 more findings are left out; to see them all: git exp check"]
    assert run["properties"] == {"findings": MAX_RESULTS + 1}


@pytest.mark.parametrize("name", [name for name in ALL if name != "json"])
def test_a_very_long_message_is_cut(name: str) -> None:
    """A value of a megabyte in a message makes no line of a megabyte; JSON alone has it whole."""
    assert len(render(name, report(finding(message="x" * 1_000_000)))) < 20_000
    assert len(render("json", report(finding(message="x" * 1_000_000)))) > 1_000_000
