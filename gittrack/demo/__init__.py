"""The example behind `git exp demo`: a small backtest in a new repository, tracked end to end."""

from __future__ import annotations

from gittrack.demo.tour import run_demo

__all__ = ["run_demo"]
