"""Which parameters of a study matter: by ranks, and by a random forest where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from gittrack.canonical import Plain
from gittrack.errors import GittrackError
from gittrack.report.studies import Objective, Study
from gittrack.report.thinning import evenly
from gittrack.statistics import correlate, importance
from gittrack.statistics.forest import FEWEST_RUNS

_CORRELATED = 3_000
_GROWN = 300
_TREES = 40
_METRIC = "metric"


@dataclass(frozen=True, slots=True)
class Weights:
    """Parameters, the one that matters most first, each with a share from 0 to 1; `looked_at`
    trials were asked, `score` is what a forest explains of the variance."""

    by_rank: tuple[tuple[str, float], ...]
    by_forest: tuple[tuple[str, float], ...] = ()
    looked_at: int = 0
    score: float = 0.0

    @property
    def names(self) -> list[str]:
        """All parameters that vary, by their importance."""
        known = self.by_forest if self.score > 0.2 else self.by_rank
        return list(dict.fromkeys([*(n for n, _ in known), *(n for n, _ in self.by_rank)]))


def weights(study: Study, objective: Objective) -> Weights:
    """What matters for an objective; nothing where there are too few trials."""
    scored = study.scored(objective)
    places = [scored[n] for n in evenly(len(scored), _CORRELATED)]
    if len(places) < 3:
        return Weights(tuple((name, 0.0) for name in study.params))
    found = correlate(_rows(study, objective, places), None, _METRIC)
    ranked = [
        (one.param.removeprefix("params."), one.strength)
        for one in found.associations
        if one.p is not None
    ]
    known = dict(ranked)
    rest = [
        (name, 0.0)
        for name, column in study.params.items()
        if name not in known and any(column[p] != column[places[0]] for p in places)
    ]
    return _with_forest(study, objective, Weights((*ranked, *rest), looked_at=len(places)))


def _with_forest(study: Study, objective: Objective, known: Weights) -> Weights:
    if find_spec("sklearn") is None or known.looked_at < FEWEST_RUNS:
        return known
    scored = study.scored(objective)
    places = [scored[n] for n in evenly(len(scored), _GROWN)]
    try:
        grown = importance(_rows(study, objective, places), None, _METRIC, repeats=1, trees=_TREES)
    except GittrackError:
        return known  # nothing varies
    pairs = tuple((p.param.removeprefix("params."), max(p.importance, 0.0)) for p in grown.params)
    return Weights(known.by_rank, pairs, known.looked_at, grown.score)


def _rows(study: Study, objective: Objective, places: list[int]) -> list[dict[str, Plain]]:
    values = study.values[objective.name]
    rows: list[dict[str, Plain]] = []
    for place in places:
        row: dict[str, Plain] = {
            f"params.{name}": column[place]
            for name, column in study.params.items()
            if column[place] is not None
        }
        rows.append({**row, _METRIC: values[place]})
    return rows
