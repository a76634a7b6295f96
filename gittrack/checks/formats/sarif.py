"""SARIF 2.1.0, as GitHub's code scanning and editors read it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from gittrack.checks.finding import RULES, Finding, Report, Rule
from gittrack.checks.formats._fingerprints import fingerprints
from gittrack.checks.formats._wording import json_document, with_mend
from gittrack.terminal import inline

MAX_RESULTS = 25_000
"""GitHub refuses a run with more of them."""

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# GitHub's own upload computes `primaryLocationLineHash`, and warns of each that is another's.
_FINGERPRINT = "gittrack/v1"
_INDEX = {code: index for index, code in enumerate(RULES)}
_LINK = re.compile(r"\](?=\()")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def render(report: Report, *, color: bool = False) -> str:  # noqa: ARG001 - all formats have it
    """One run with all rules; at most 25,000 results, and a notification where some were cut."""
    shown = report.findings[:MAX_RESULTS]
    run = {
        "tool": {"driver": _driver()},
        "originalUriBaseIds": {"%SRCROOT%": {"description": _text("The top of the repository.")}},
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": _notifications(report)}
        ],
        "results": list(map(_result, shown, fingerprints(shown))),
        "properties": {"findings": len(report.findings)},
    }
    return json_document({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _driver() -> dict[str, Any]:
    return {
        "name": "git exp check",
        "rules": list(map(_rule, RULES.values())),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    otherwise = f"Otherwise: {rule.reason[0].lower()}{rule.reason[1:]}"
    mend = "Where a command mends it, the result ends with that command."
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.demand},
        "fullDescription": {"text": f"{rule.demand} {otherwise}"},
        "help": {"text": f"{rule.demand}\n\n{otherwise}\n\n{mend}"},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    return {
        "ruleId": finding.code,
        "ruleIndex": _INDEX[finding.code],
        "level": "error",
        "message": _text(with_mend(finding)),
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.path), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": finding.line},
                }
            }
        ],
        "partialFingerprints": {_FINGERPRINT: fingerprint},
    }


def _notifications(report: Report) -> list[dict[str, Any]]:
    noted = [{"level": "note", "message": _text(note)} for note in report.notes]
    cut = len(report.findings) - MAX_RESULTS
    if cut <= 0:
        return noted
    text = f"{cut:,} more findings are left out; to see them all: git exp check"
    return [*noted, {"level": "warning", "message": _text(text)}]


def _text(text: str) -> dict[str, str]:
    """A message in which nothing is a link (section 3.11.6) or a placeholder (3.11.5)."""
    return {"text": _PLACEHOLDER.sub(r"{{\1}}", _LINK.sub("] ", inline(text)))}


def _uri(path: str) -> str:
    """The path's own bytes, percent-encoded; `surrogateescape` is how git's names are decoded."""
    try:
        return quote(path.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # half a character that no file name holds
        return quote(path.encode("utf-8", "backslashreplace"))
