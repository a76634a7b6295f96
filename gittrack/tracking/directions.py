"""Which way an experiment's objective values are to go, as its record says; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gittrack.canonical import Plain
from gittrack.direction import Direction

_NUMBERED = re.compile(r"value_(\d{1,4})")


def said_direction(facts: Mapping[str | int, Plain], objective: str) -> Direction | None:
    """`min` or `max` where the experiment's facts say so, else `None`.

    They say it as a study of Optuna's does (`optuna.directions`, in the order of the objectives),
    or in the config that the experiment was made with: `direction` for all objectives, or
    `directions` by objective.
    """
    config, optuna = facts.get("config"), facts.get("optuna")
    if isinstance(config, dict):
        named = config.get("directions")
        told = named.get(objective) if isinstance(named, dict) else None
        found = _word(told) or _word(config.get("direction"))
        if found is not None:
            return found
    listed = optuna.get("directions") if isinstance(optuna, dict) else None
    if not isinstance(optuna, dict) or not isinstance(listed, list):
        return None
    directions = [_word(one) for one in listed]
    names = _names(optuna)
    if objective in names and len(names) == len(directions):
        return directions[names.index(objective)]
    return _of_place(directions, objective)


def _names(optuna: Mapping[str | int, Plain]) -> list[Plain]:
    """What Optuna was told to call the objectives, in their order."""
    known = optuna.get("system_attrs")
    names = known.get("study:metric_names") if isinstance(known, dict) else None
    return names if isinstance(names, list) else []


def _of_place(directions: Sequence[Direction | None], objective: str) -> Direction | None:
    """Of objectives with names of their own the order is not known: all must agree."""
    if directions and len(set(directions)) == 1:
        return directions[0]
    numbered = _NUMBERED.fullmatch(objective)
    place = int(numbered[1]) if numbered else len(directions)
    return directions[place] if place < len(directions) else None


def _word(told: Plain) -> Direction | None:
    start = told.strip().lower()[:3] if isinstance(told, str) else ""
    if start == "min":
        return "min"
    return "max" if start == "max" else None
