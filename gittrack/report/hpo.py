"""An optimiser's study as the data of a record: Optuna's, or trials as mappings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gittrack.adapt import to_plain
from gittrack.errors import ValueRefusedError
from gittrack.runs.model import FAILED, FINISHED, KILLED, RUNNING, STATUSES
from gittrack.runs.trials import objective_values
from gittrack.shown import json_data

MOST_TRIALS = 20_000
"""Trials in a record; a larger study is better logged by `log_trials`."""

_STATES = {"COMPLETE": FINISHED, "FAIL": FAILED, "PRUNED": KILLED, "WAITING": RUNNING}
_MOST_STEPS = 200


def hpo_data(study: Any, directions: Mapping[str, str] | None) -> dict[str, Any]:
    """A study as a record holds it.

    Args:
        study: an Optuna study, or its trials: mappings as `log_trials` takes them.
        directions: `minimize` or `maximize` by objective; Optuna's own count without.

    Raises:
        ValueRefusedError: it is no such thing, or has more than 20,000 trials.
    """
    names, known = _objectives(study)
    trials = getattr(study, "trials", study)
    if isinstance(trials, str | bytes | Mapping) or not isinstance(trials, Iterable):
        raise ValueRefusedError(
            f"a {type(study).__name__} is no study",
            hint="pass an Optuna study, or a list of trials",
        )
    found = [_trial(trial, names, number) for number, trial in enumerate(trials)]
    if len(found) > MOST_TRIALS:
        raise ValueRefusedError(
            f"{len(found):,} trials are too many for a record", hint="log them: log_trials"
        )
    told = dict.fromkeys([*names, *(name for trial in found for name in trial["values"])])
    ways = {**known, **(directions or {})}
    objectives = [{"name": name, "direction": _direction(ways.get(name))} for name in told]
    return {"objectives": objectives, "trials": found}


def _objectives(study: Any) -> tuple[list[str], dict[str, str]]:
    """An Optuna study's objectives, and which way each is to go."""
    directions = getattr(study, "directions", None)
    if directions is None:
        return [], {}
    named = getattr(study, "metric_names", None)
    single = ["value"] if len(directions) == 1 else [f"value_{n}" for n in range(len(directions))]
    names = list(named or single)
    ways = [str(getattr(one, "name", one)).lower() for one in directions]
    return names, dict(zip(names, ways, strict=True))


def _direction(way: str | None) -> str:
    if way not in (None, "minimize", "maximize", "min", "max"):
        raise ValueRefusedError(f"a direction is minimize or maximize, not {way!r}")
    return "minimize" if way in ("minimize", "min") else "maximize"


def _trial(trial: Any, names: list[str], number: int) -> dict[str, Any]:
    if isinstance(trial, Mapping):
        return _of_mapping(trial, number)
    values = getattr(trial, "values", None) or []
    steps = list(getattr(trial, "intermediate_values", {}).items())[:_MOST_STEPS]
    state = str(getattr(trial.state, "name", trial.state))
    data = {
        "number": trial.number,
        "state": _STATES.get(state, state),
        "params": json_data(to_plain(dict(trial.params))),
        "values": dict(zip(names, map(float, values), strict=False)),
        "start": _seconds(getattr(trial, "datetime_start", None)),
        "end": _seconds(getattr(trial, "datetime_complete", None)),
    }
    if state == "PRUNED":
        data["reason"] = "pruned"
    return {**data, "intermediate": [[float(s), float(v)] for s, v in steps]} if steps else data


def _of_mapping(trial: Mapping[str, Any], number: int) -> dict[str, Any]:
    state = trial.get("status", FINISHED)
    if state not in STATUSES:
        raise ValueRefusedError(f"a trial's status is one of {', '.join(STATUSES)}")
    return {
        "number": int(trial.get("trial_number", number)),
        "state": state,
        "params": json_data(to_plain(dict(trial.get("params") or {}))),
        "values": objective_values(trial.get("performance")),
        "start": math.nan,
        "end": math.nan,
    }


def _seconds(moment: datetime | None) -> float:
    return math.nan if moment is None else moment.timestamp()
