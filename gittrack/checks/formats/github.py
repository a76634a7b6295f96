"""GitHub's workflow commands: annotations on the changed files of a pull request.

Escaping is that of `@actions/core` (https://github.com/actions/toolkit, `command.ts`).
"""

from __future__ import annotations

from collections.abc import Sequence

from gittrack.checks.finding import Finding, Report
from gittrack.checks.formats._wording import (
    counted,
    files_with_findings,
    harmless,
    message_text,
    summary,
)

MAX_ANNOTATIONS = 10
"""GitHub shows no more errors of a step, and says nothing of those that it leaves out."""

_MAX_FILES = 20
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(report: Report, *, color: bool = False) -> str:  # noqa: ARG001 - all formats have it
    """At most ten `::error` commands, the last of them for all that are left, and a summary."""
    findings = report.findings
    fits = len(findings) <= MAX_ANNOTATIONS
    shown = findings if fits else findings[: MAX_ANNOTATIONS - 1]
    lines = list(map(_annotation, shown))
    if not fits:
        lines.append(_remainder(findings[len(shown) :]))
    lines += [f"note: {harmless(note)}" for note in report.notes]
    return "\n".join([*lines, summary(report)]) + "\n"


def _annotation(finding: Finding) -> str:
    text = message_text(finding)
    if finding.mend:
        text += f"\nTo mend it: {harmless(finding.mend)}"
    return _command(text, file=_path(finding.path), line=str(finding.line), title=finding.code)


def _remainder(findings: Sequence[Finding]) -> str:
    counts = files_with_findings(findings)
    lines = [f"{harmless(path)} ({count:,})" for path, count in list(counts.items())[:_MAX_FILES]]
    if len(counts) > _MAX_FILES:
        lines.append(f"and {counted(len(counts) - _MAX_FILES, 'more file')}")
    lines.append("To see them all: git exp check")
    title = f"{counted(len(findings), 'more finding')} in {counted(len(counts), 'file')}"
    return _command("\n".join(lines), title=title)


def _path(path: str) -> str:
    text = harmless(path)
    # The runner trims spaces, and swallows an equals sign where a value begins with one.
    return f"./{text}" if text[:1] == "=" or text[:1].isspace() else text


def _command(message: str, **properties: str) -> str:
    described = ",".join(f"{key}={text.translate(_PROPERTY)}" for key, text in properties.items())
    return f"::error {described}::{message.translate(_DATA)}"
