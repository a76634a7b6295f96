"""Optuna's samplers and pruners by their names, and the grid of a space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gittrack.canonical import Plain
from gittrack.errors import UsageError
from gittrack.optimize.domains import Asked, Choices, Constant, Domain, FloatRange, IntRange
from gittrack.optimize.plan import Choice
from gittrack.optimize.space import SearchSpace
from gittrack.tables.extras import needed

GRID = "grid"

_SAMPLERS = {
    "tpe": "TPESampler",
    "random": "RandomSampler",
    GRID: "RandomSampler",  # each point is asked for by name
    "gp": "GPSampler",
    "cmaes": "CmaEsSampler",
    "qmc": "QMCSampler",
    "nsga2": "NSGAIISampler",
}

_PRUNERS = {
    "none": "NopPruner",
    "median": "MedianPruner",
    "percentile": "PercentilePruner",
    "halving": "SuccessiveHalvingPruner",
    "hyperband": "HyperbandPruner",
    "threshold": "ThresholdPruner",
}

# What a sampler imports when it is used.
_NEEDED = {"gp": ("torch", "scipy"), "cmaes": ("cmaes",)}


def optuna() -> Any:
    """Optuna itself.

    Raises:
        UsageError: it is not installed; the hint names the extra.
    """
    return needed("optuna", extra="optuna", purpose="a search for better configs")


def make_sampler(choice: Choice, seed: int | None) -> Any:
    """The sampler of that name.

    Raises:
        UsageError: there is none, it lacks a package, or does not take these options.
    """
    if choice.made is not None:
        return choice.made
    name = _class_name("sampler", choice, _SAMPLERS)
    for module in _NEEDED.get(choice.name, ()):
        needed(module, extra="samplers", purpose=f"the sampler {choice.name}")
    options = dict(choice.options)
    if choice.name in ("gp", "cmaes"):
        # Conditional parameters are sampled one by one, which is no fault of the user's.
        options.setdefault("warn_independent_sampling", False)
    return _made("sampler", choice, getattr(optuna().samplers, name), {"seed": seed, **options})


def make_pruner(choice: Choice) -> Any:
    """The pruner of that name; raises as `make_sampler` does."""
    if choice.made is not None:
        return choice.made
    name = _class_name("pruner", choice, _PRUNERS)
    return _made("pruner", choice, getattr(optuna().pruners, name), dict(choice.options))


def distribution(domain: Domain) -> Any:
    """A domain as Optuna has it; `None` for a constant."""
    made = optuna().distributions
    match domain:
        case FloatRange(low=low, high=high, step=step, log=log):
            return made.FloatDistribution(low, high, log=log, step=step)
        case IntRange(low=low, high=high, step=step, log=log):
            return made.IntDistribution(low, high, log=log, step=step)
        case Choices():
            return made.CategoricalDistribution(domain.points())
    return None


def grid(space: SearchSpace) -> Iterator[dict[str, Asked]]:
    """Each point of a space once, as a trial answers: conditional parameters where they count.

    Raises:
        UsageError: a parameter has no points that could be listed.
    """
    for one in space.searched():
        if one.domain.points() is None:
            raise UsageError(
                f"{one.name} has no points for a grid", hint="give it a step, or choices"
            )
    return _points(space, 0, {}, {})


def _points(
    space: SearchSpace, index: int, taken: dict[str, Plain], asked: dict[str, Asked]
) -> Iterator[dict[str, Asked]]:
    if index == len(space.parameters):
        yield dict(asked)
        return
    one = space.parameters[index]
    if not all(condition.holds(taken) for condition in one.when):
        yield from _points(space, index + 1, taken, asked)
    elif isinstance(one.domain, Constant):
        yield from _points(space, index + 1, {**taken, one.name: one.domain.value}, asked)
    else:
        for point in one.domain.points() or ():
            value = one.domain.ask(_Fixed(point), one.name)
            known = {**taken, one.name: value}
            yield from _points(space, index + 1, known, {**asked, one.name: point})


class _Fixed:
    """A trial that answers everything with one value."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def suggest_float(self, *_: Any, **__: Any) -> Any:
        return self._value

    suggest_int = suggest_categorical = suggest_float


def _class_name(kind: str, choice: Choice, known: dict[str, str]) -> str:
    if choice.name not in known:
        names = ", ".join(sorted(known))
        raise UsageError(f"there is no {kind} {choice.name!r}", hint=f"there are {names}")
    return known[choice.name]


def _made(kind: str, choice: Choice, made: Any, options: dict[str, Any]) -> Any:
    try:
        return made(**options)
    except (TypeError, ValueError) as error:
        reason = str(error).rpartition("__init__() ")[2]
        raise UsageError(f"the {kind} {choice.name}: {reason}") from error
