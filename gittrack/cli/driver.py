"""`git-exp merge-driver`, `diff-driver` and `pre-push`: what git itself calls."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gittrack.cli.complaints import tell
from gittrack.cli.console import Console

NAMES = ("merge-driver", "diff-driver", "pre-push")
"""Commands for git alone: they are in no help, and load no command line parser."""


def run_driver(name: str, arguments: Sequence[str]) -> int:
    """Do what git asks; returns the exit status for git."""
    console = Console(None)
    if name == "pre-push":
        from gittrack.cli.pushing import before_push

        return before_push(console, arguments)
    if name == "merge-driver":
        from gittrack.drivers.merging import merge_driver

        outcome = merge_driver(arguments, os.environ)
    else:
        from gittrack.drivers.diffing import diff_driver

        outcome = diff_driver(arguments, os.environ, color=console.colorful)
    tell(list(outcome.messages))
    console.write_bytes(outcome.output)
    return outcome.status
