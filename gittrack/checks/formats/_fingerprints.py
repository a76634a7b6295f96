"""Fingerprints: what tells hosts that a finding is the one that they know already."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from gittrack.checks.finding import Finding


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """64 hex digits for each finding, unique within the report.

    They depend on code, path and message, not on the line: a finding that only moved keeps its
    fingerprint. Where findings differ in the line alone, their order counts.
    """
    seen: dict[tuple[str, str, str], int] = {}
    made = []
    for finding in findings:
        identity = (finding.code, finding.path, finding.message)
        number = seen[identity] = seen.get(identity, 0) + 1
        text = "\0".join((*identity, str(number)))
        made.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
    return made
