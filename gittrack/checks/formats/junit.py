"""JUnit XML, as GitLab, Jenkins and the viewers for GitHub read it.

Each finding is a failed test case of its own, because viewers show one failure a case, and with
it the file and line. A rule that nothing breaks is one passed case, so that a clean report is not
an empty one, which several viewers take for an error. Names have no line numbers: GitLab compares
the cases of two branches by name, and a finding that moved is not new.
"""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree as ET

from gittrack.checks.finding import RULES, Finding, Report
from gittrack.checks.formats._wording import (
    harmless,
    message_text,
    place_text,
    summary,
)

_NOT_XML = re.compile("[\ufffe\uffff]")  # XML 1.0 forbids these beside control characters
NAME = "git exp check"


def render(report: Report, *, color: bool = False) -> str:  # noqa: ARG001 - all formats have it
    """One test suite: a failure for each finding, a passed case for each rule that holds."""
    broken = {finding.code for finding in report.findings}
    kept = [rule for rule in RULES.values() if rule.code not in broken]
    totals = {
        "name": NAME,
        "tests": str(len(kept) + len(report.findings)),
        "failures": str(len(report.findings)),
        "errors": "0",
        "skipped": "0",
        "time": "0",
    }
    root = ET.Element("testsuites", totals)
    suite = ET.SubElement(root, "testsuite", totals)
    for rule in kept:
        ET.SubElement(suite, "testcase", classname=_class(rule.code), name=rule.demand, time="0")
    _add_failures(suite, report)
    notes = [f"note: {harmless(note)}" for note in report.notes]
    ET.SubElement(suite, "system-out").text = _xml("\n".join([*notes, summary(report)]))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_failures(suite: ET.Element, report: Report) -> None:
    seen: Counter[str] = Counter()
    for finding in report.findings:
        name = f"{harmless(finding.path)}: {message_text(finding)}"
        seen[f"{finding.code} {name}"] += 1
        number = seen[f"{finding.code} {name}"]
        case = ET.SubElement(
            suite,
            "testcase",
            classname=_class(finding.code),
            name=_xml(name if number == 1 else f"{name} ({number})"),
            file=_xml(harmless(finding.path)),
            line=str(finding.line),
            time="0",
        )
        message = _xml(message_text(finding))
        failure = ET.SubElement(case, "failure", type=finding.code, message=message)
        failure.text = _xml(_details(finding))


def _details(finding: Finding) -> str:
    """What GitLab shows: it reads the text of a failure and nothing else."""
    lines = [f"{place_text(finding)}: {message_text(finding)}", finding.rule.reason]
    if finding.mend:
        lines.append(f"To mend it: {harmless(finding.mend)}")
    return "\n".join(lines)


def _class(code: str) -> str:
    return f"check.{code}"  # Jenkins groups by what stands before the last dot


def _xml(text: str) -> str:
    return _NOT_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
