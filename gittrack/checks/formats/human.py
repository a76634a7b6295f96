"""Findings for people: as a linter prints them, a summary at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gittrack.checks.finding import Finding, Report
from gittrack.checks.formats._wording import harmless, message_text, place_text, summary

_COLORS = {"place": "1", "code": "31", "mend": "2", "good": "32", "bad": "31"}


def render(report: Report, *, color: bool = False) -> str:
    """`path:line  code  message` for each finding, the command that mends it below, a summary."""
    lines = list(_finding_lines(report.findings, color))
    if lines:
        lines.append("")
    lines += [f"note: {harmless(note)}" for note in report.notes]
    lines.append(_paint(summary(report), "good" if report.ok else "bad", color))
    return "\n".join(lines) + "\n"


def _finding_lines(findings: Sequence[Finding], color: bool) -> Iterator[str]:
    for finding, following in zip(findings, [*findings[1:], None], strict=False):
        place = _paint(place_text(finding), "place", color)
        code = _paint(finding.code, "code", color)
        yield f"{place}  {code}  {message_text(finding)}"
        if finding.mend and not _mended_together(finding, following):
            yield "    " + _paint(f"mend: {harmless(finding.mend)}", "mend", color)


def _mended_together(finding: Finding, following: Finding | None) -> bool:
    """Whether the finding below says how to mend both: one command, said once for a file."""
    return following is not None and (finding.path, finding.mend) == (
        following.path,
        following.mend,
    )


def _paint(text: str, part: str, color: bool) -> str:
    return f"\x1b[{_COLORS[part]}m{text}\x1b[0m" if color else text
