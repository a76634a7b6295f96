"""How a sweep is told in a terminal: its trials as they end, a bar, proposals as a table."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from gittrack.canonical import Plain
from gittrack.cli.console import Console
from gittrack.optimize.plan import Plan
from gittrack.optimize.study import TrialEnd
from gittrack.shown import typed_text
from gittrack.table import aligned, cut
from gittrack.terminal import inline, one_line

_BAR = 20  # cells
_VALUE, _REASON = 24, 100  # cells


class Progress:
    """A line for each trial that has ended; on a terminal, below them, how far the sweep is."""

    def __init__(self, console: Console, plan: Plan) -> None:
        self._console = console
        self._plan = plan
        self._stream = sys.stderr
        self._shown = False

    def ended(self, trial: TrialEnd) -> None:
        """A trial has ended."""
        self.clear()
        self._console.message(trial_line(self._plan, trial))
        if self._stream.isatty():
            self._stream.write(f"\r{bar_text(self._plan, trial)}\x1b[K")
            self._stream.flush()
            self._shown = True

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._shown = False


def trial_line(plan: Plan, trial: TrialEnd) -> str:
    """One trial: what it came to, and its values."""
    outcome = trial.outcome
    if outcome.values:
        said = measures_text(plan, outcome.values)
        said += "  best so far" if trial.best == trial.number else ""
    elif outcome.pruned:
        said = "pruned"
    elif outcome.killed:
        said = "ended with the sweep"
    else:
        said = "failed: " + cut(one_line(outcome.reason), _REASON)
    return f"#{trial.number}  {said}  {values_text(trial.values)}".rstrip()


def bar_text(plan: Plan, trial: TrialEnd) -> str:
    """How far a sweep is, and the best trial so far."""
    parts = []
    if trial.total is None:
        parts.append(f"{trial.done:,} trials")
    else:
        filled = min(_BAR * trial.done // trial.total, _BAR)
        bar = "#" * filled + "." * (_BAR - filled)
        parts.append(f"[{bar}] {trial.done:,} of {trial.total:,}")
    if trial.failed:
        parts.append(f"{trial.failed:,} failed")
    if trial.best is not None:
        parts.append(f"best {measures_text(plan, trial.best_values)} (#{trial.best})")
    return "  ".join(parts)


def measures_text(plan: Plan, values: Sequence[float]) -> str:
    """Objective values with their names."""
    pairs = zip(plan.objectives, values, strict=True)
    return "  ".join(f"{inline(one.name)} {value:.6g}" for one, value in pairs)


def values_text(values: Mapping[str, Plain]) -> str:
    """Values of parameters on one line, in short."""
    return " ".join(f"{inline(name)}={_short(value)}" for name, value in values.items())


def proposals_table(proposals: Sequence[Mapping[str, Plain]]) -> str:
    """Proposals as a table: a row each, a column for each parameter."""
    names = list(dict.fromkeys(name for values in proposals for name in values))
    rows = [[inline(name) for name in names]]
    rows += [
        [_short(values[name]) if name in values else "-" for name in names] for values in proposals
    ]
    return "".join(f"{line}\n" for line in aligned(rows))


def _short(value: Plain) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else inline(typed_text(value))
    return cut(text, _VALUE)
