"""Tracking added to somebody's script in one line, for argparse, click and Typer."""

from __future__ import annotations

from gittrack.integrations.core import merge_summary, record_experiment
from gittrack.integrations.script import add_tracking_options, track_script

__all__ = ["add_tracking_options", "merge_summary", "record_experiment", "track_script"]
