"""Searching for the best config: search spaces, studies of Python functions and of commands."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gittrack.optimize.hpo import HpoResult, run_hpo_study
    from gittrack.optimize.outcomes import OptimizationResult
    from gittrack.optimize.space import SearchSpace, SearchSpaceError
    from gittrack.optimize.study import StudyStoppedError
    from gittrack.optimize.suggestion import Suggestions, suggest_next
    from gittrack.optimize.sweep import SweepResult, run_sweep
    from gittrack.optimize.tpe import TPEOptimizer
    from gittrack.optimize.ttpt import LookaheadResult, Outcome, check_lookahead

_HOMES = {
    "HpoResult": "hpo",
    "LookaheadResult": "ttpt",
    "OptimizationResult": "outcomes",
    "Outcome": "ttpt",
    "SearchSpace": "space",
    "SearchSpaceError": "space",
    "StudyStoppedError": "study",
    "Suggestions": "suggestion",
    "SweepResult": "sweep",
    "TPEOptimizer": "tpe",
    "check_lookahead": "ttpt",
    "run_hpo_study": "hpo",
    "run_sweep": "sweep",
    "suggest_next": "suggestion",
}

__all__ = [
    "HpoResult",
    "LookaheadResult",
    "OptimizationResult",
    "Outcome",
    "SearchSpace",
    "SearchSpaceError",
    "StudyStoppedError",
    "Suggestions",
    "SweepResult",
    "TPEOptimizer",
    "check_lookahead",
    "run_hpo_study",
    "run_sweep",
    "suggest_next",
]


def __getattr__(name: str) -> Any:
    """Load what is asked for: Optuna takes a second, and is an extra."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
