"""What several formats say in the same words, and texts that no CI runner takes for a command.

GitHub's runner obeys a line that begins with `::error` or the like, after spaces as well, and
`##[error]` anywhere in a line; Azure's obeys `##vso[…]` anywhere
(https://github.com/actions/runner, `ActionCommand.cs`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gittrack.checks.finding import Finding, Report
from gittrack.terminal import inline, json_text

MAX_MESSAGE = 1_000
"""Characters of a message that are shown: it may quote a value, and a value may be very long."""

_COMMAND = re.compile(r"##(?=\w*\[)")
_PLAIN_START = re.compile(r"[\w.]")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def harmless(text: str) -> str:
    """The text on one line, what acts on terminals or on runners made visible."""
    return _COMMAND.sub(r"#\\x23", inline(text))


def shown_path(path: str) -> str:
    """A path as a line of output can begin with it: harmless, `./` before an odd beginning."""
    text = harmless(path)
    return text if _PLAIN_START.match(text) else f"./{text}"


def place_text(finding: Finding) -> str:
    """`path:line`, as editors and terminals find it."""
    return f"{shown_path(finding.path)}:{finding.line}"


def message_text(finding: Finding) -> str:
    """The message, harmless, of a length that every host takes."""
    return harmless(_cut(finding.message))


def with_mend(finding: Finding) -> str:
    """The message and the command that mends it: one line, but for what is in it."""
    message = _cut(finding.message)
    return f"{message}; to mend it: {finding.mend}" if finding.mend else message


def json_document(value: Any, indent: int | None = None) -> str:
    """JSON that reads back as the same value, but that no terminal or runner acts on."""
    # `##` can only stand within a text: everything else in JSON has no such character.
    return _COMMAND.sub(r"#\\u0023", json_text(value, indent)) + "\n"


def counted(number: int, noun: str) -> str:
    """`no findings`, `1 finding`, `1,200 findings`."""
    return f"{f'{number:,}' if number else 'no'} {noun}{'' if number == 1 else 's'}"


def files_with_findings(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings each file has, in the order of the report."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.path] = counts.get(finding.path, 0) + 1
    return counts


def checked_text(report: Report) -> str:
    """What was looked at: `2 configs, 3 pins checked in the work tree against 1a2b3c4d5e6f`."""
    amounts = (
        (report.objects, "config"),
        (report.records, "record"),
        (report.pins, "pin"),
        (report.schemas, "schema"),
        (report.files, "file"),
    )
    things = ", ".join(counted(number, noun) for number, noun in amounts if number)
    against = "" if report.base is None else f" against {_short(report.base)}"
    return harmless(f"{things or 'no configs'} checked in {report.place}{against}")


def result_text(report: Report) -> str:
    """What was found: `no findings`, or `12 findings in 5 files`."""
    found = counted(len(report.findings), "finding")
    if report.ok:
        return found
    return f"{found} in {counted(len(files_with_findings(report.findings)), 'file')}"


def summary(report: Report) -> str:
    """The whole report in one line."""
    return f"{checked_text(report)}: {result_text(report)}"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE]} …"


def _short(commit: str) -> str:
    return commit[:12] if _COMMIT.fullmatch(commit) else commit
