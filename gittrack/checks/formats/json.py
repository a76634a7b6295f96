"""The whole report as one JSON document, for programs.

    {"version": 1, "ok": false, "place": "the work tree", "base": "1a2b…" or null,
     "checked": {"configs": 3, "records": 3, "pins": 1, "schemas": 0, "files": 0},
     "findings": [{"code": "pin-stale", "path": "configs/prod.yaml", "line": 3,
                   "message": "…", "mend": "git exp …" or null, "fingerprint": "64 hex digits"}],
     "notes": ["…"],
     "rules": [{"code": "pin-stale", "demand": "…", "reason": "…"}]}

Lines count from 1. `rules` are all there are. Members may be added; what is there stays, unless
`version` says otherwise. Texts are exactly what they are: whoever shows them must make them
harmless. A path whose bytes are no UTF-8 has them as lone surrogates, as Python has.
"""

from __future__ import annotations

from typing import Any

from gittrack.checks.finding import RULES, Finding, Report
from gittrack.checks.formats._fingerprints import fingerprints
from gittrack.checks.formats._wording import json_document


def render(report: Report, *, color: bool = False) -> str:  # noqa: ARG001 - all formats have it
    """One JSON document with everything that the report has."""
    document = {
        "version": 1,
        "ok": report.ok,
        "place": report.place,
        "base": report.base,
        "checked": {
            "configs": report.objects,
            "records": report.records,
            "pins": report.pins,
            "schemas": report.schemas,
            "files": report.files,
        },
        "findings": list(map(_finding, report.findings, fingerprints(report.findings))),
        "notes": list(report.notes),
        "rules": [
            {"code": rule.code, "demand": rule.demand, "reason": rule.reason}
            for rule in RULES.values()
        ],
    }
    return json_document(document, indent=2)


def _finding(finding: Finding, fingerprint: str) -> dict[str, Any]:
    return {
        "code": finding.code,
        "path": finding.path,
        "line": finding.line,
        "message": finding.message,
        "mend": finding.mend or None,
        "fingerprint": fingerprint,
    }
