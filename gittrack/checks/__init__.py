"""Checks for reviewers and CI: stored bytes, pins and schemas, on any checkout."""

from gittrack.checks.check import check
from gittrack.checks.finding import RULES, Finding, Report, Rule

__all__ = ["RULES", "Finding", "Report", "Rule", "check"]
