"""GitLab's code quality report (`artifacts: reports: codequality`).

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from typing import Any

from gittrack.checks.finding import Finding, Report
from gittrack.checks.formats._fingerprints import fingerprints
from gittrack.checks.formats._wording import json_document, with_mend
from gittrack.terminal import inline

_GRAVE = {"object-hash", "object-kind", "object-changed", "object-vanished", "meta-form"}
_SLIGHT = {"object-form", "not-registered"}


def render(report: Report, *, color: bool = False) -> str:  # noqa: ARG001 - all formats have it
    """A JSON array, empty where nothing was found; notes have no place in it."""
    return json_document(list(map(_issue, report.findings, fingerprints(report.findings))))


def _issue(finding: Finding, fingerprint: str) -> dict[str, Any]:
    return {
        "description": inline(with_mend(finding)),
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": _severity(finding.code),
        "location": {"path": inline(finding.path), "lines": {"begin": finding.line}},
    }


def _severity(code: str) -> str:
    """One of GitLab's words: what was recorded is no longer true, is critical."""
    if code in _GRAVE:
        return "critical"
    return "minor" if code in _SLIGHT else "major"
