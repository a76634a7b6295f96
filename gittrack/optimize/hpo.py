"""`run_hpo_study`: a Python function's best arguments, each trial a run."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from gittrack.adapt import to_plain
from gittrack.canonical import Plain
from gittrack.errors import UsageError, ValueRefusedError
from gittrack.optimize.plan import (
    MINIMIZE,
    Objective,
    Plan,
    read_choice,
    read_direction,
)
from gittrack.optimize.samplers import optuna
from gittrack.optimize.space import SearchSpace, nested
from gittrack.optimize.study import Outcome, Proposal, Search, TrialEnd
from gittrack.optimize.working import Workers, work_off
from gittrack.runs.model import KILLED
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.tracker import ExperimentTracker

OnTrial = Callable[[TrialEnd], None]
"""Is told each trial that has ended, by the thread that did it."""

_TRAINED_BY = "val_loss"


@dataclass(frozen=True, slots=True)
class HpoResult:
    """What a study has found so far, over all its sessions.

    Of several objectives there is no best trial; `study.best_trials` are then those that no other
    one beats in all. `seconds` are those of this session.
    """

    study_name: str
    run_id: str
    study: Any
    trials: int
    failed: int
    seconds: float
    best_number: int | None = None
    best_run_id: str | None = None
    best_value: float | None = None
    best_config: Mapping[str, Plain] | None = None


def run_hpo_study(
    objective: Callable[..., Any] | None = None,
    *,
    model_type: str | None = None,
    n_trials: int | None = None,
    config_overrides: Mapping[str, object] | None = None,
    search_space: SearchSpace | Mapping[str, object],
    tracker: ExperimentTracker,
    n_jobs: int = 1,
    study_name: str | None = None,
    metric: str | Sequence[str] | None = None,
    direction: object = None,
    directions: Sequence[object] | None = None,
    sampler: object = None,
    pruner: object = None,
    seed: int | None = None,
    timeout: float | None = None,
    failures: int | None = 5,
    resume: bool = False,
    data: Any = None,
    callbacks: Sequence[OnTrial] = (),
) -> HpoResult:
    """Search for the config with the best objective; each trial is a run, a child of the study's.

        def objective(config):
            model = fit(config["model"], lr=config["lr"])
            return {"accuracy": score(model), "seconds": 3.2}

        space = {"lr": {"loguniform": [1e-5, 1]}, "model": ["a", "b"]}
        run_hpo_study(objective, search_space=space, metric="accuracy", direction="maximize",
                      n_trials=50, tracker=tracker)

    The objective takes `(trial, config)`, `(config)`, or `(trial)` where that is the name of its
    only argument; `trial` is Optuna's, with `report` and `should_prune`. An argument named `run`
    gets the live run. It returns a number, one for each objective, or a mapping of metrics, all of
    which are logged. Where it raises, its trial has failed and the search goes on; where it raises
    `optuna.TrialPruned`, it is pruned.

    Args:
        objective: what to call for each trial.
        model_type: instead, what `gittrack.training` trains: `mlp`, `lstm`, `gru`, `cnn-lstm`.
        n_trials: trials of the study in all, those before among them; without, `timeout` ends it.
        config_overrides: what each config has besides; dotted names are nested.
        search_space: as `SearchSpace.from_mapping` takes it.
        tracker: where runs are recorded.
        n_jobs: how many at once, in threads.
        study_name: of the study and its experiment; else the objective's or the model's name.
        metric: which of the metrics is the objective, or are; `value` without a name.
        direction: `minimize` (without one) or `maximize`; `directions` for several objectives.
        sampler: `tpe`, `random`, `grid`, `gp`, `cmaes`, `qmc`, `nsga2`, `{type: tpe, …}` with
            Optuna's options, or a sampler of Optuna's.
        pruner: `none`, `median`, `halving`, `hyperband` and so on, likewise.
        seed: makes a search with one job repeatable.
        timeout: seconds after which no further trial begins.
        failures: failed trials in a row after which it stops; `None` never stops it.
        resume: go on with the study of that name, if there is one.
        data: what `gittrack.training` trains on.
        callbacks: are told each trial that has ended.

    Raises:
        UsageError: the arguments do not fit together, a model or a name of its config is unknown,
            or the study has trials already.
        ValueRefusedError: a model's config cannot have a value of `config_overrides`.
        SearchSpaceError: the search space makes no sense.
        StudyStoppedError: too many failed trials in a row; the last one's error is its cause.
    """
    call, own_name = _call(objective, model_type, data, tracker)
    names = _metrics(metric, direction, directions, model_type)
    plan = Plan(
        space=_space(search_space),
        objectives=_objectives(names, direction, directions),
        sampler=read_choice(sampler, "tpe"),
        pruner=read_choice(pruner, "none"),
        trials=n_trials,
        timeout=timeout,
        seed=seed,
        failures=failures,
    )
    if n_trials is None and timeout is None and plan.sampler.name != "grid":
        raise UsageError("how many trials?", hint="n_trials=50, or timeout=3600 (seconds)")
    if n_jobs < 1:
        raise UsageError(f"n_jobs is {n_jobs}: it must be 1 or more")
    base = _base(config_overrides)
    if model_type is not None:
        _check_model(model_type, base, plan.space)
    began = time.monotonic()
    with Search(tracker, study_name or own_name, plan, resume=resume) as search:
        # What `gittrack.training` returns it has logged.
        logs = model_type is None
        work = _Trials(tracker, search, call, base, callbacks, logs).work
        if n_jobs == 1:
            work_off(search, work)
        else:
            Workers(search, work, n_jobs).run()
        return _result(search, base, time.monotonic() - began)


class _Trials:
    """Does trials by calling a function, each in a run of its own."""

    def __init__(
        self,
        tracker: ExperimentTracker,
        search: Search,
        call: Callable[..., Any],
        base: Mapping[str, Plain],
        callbacks: Sequence[OnTrial],
        logs: bool,
    ) -> None:
        self._logs = logs
        self._tracker = tracker
        self._search = search
        self._call = call
        self._base = base
        self._callbacks = callbacks

    def work(self, proposal: Proposal) -> None:
        """Do one trial."""
        search = self._search
        config = merged(self._base, proposal.config)
        run = self._tracker.start_run(
            search.name,
            f"trial-{proposal.number}",
            config=config,
            parent=search.run,
        )
        search.begin(proposal, run, live=True)
        error: Exception | None = None
        try:
            outcome = self._outcome(proposal, config, run)
        except Exception as raised:  # noqa: BLE001 - a trial fails, the search goes on
            outcome, error = _raised(raised), raised
        except BaseException:
            search.stop()
            search.end(proposal, run, Outcome(killed=True))
            run.end(KILLED)
            raise
        # What the objective asked the trial for by itself.
        asked = proposal.trial.params.items()
        run.log_params({name: value for name, value in asked if name not in proposal.values})
        ended = search.end(proposal, run, outcome)
        run.end(search.status(ended.outcome))
        for callback in self._callbacks:
            callback(ended)
        search.check(ended.outcome, error)

    def _outcome(self, proposal: Proposal, config: dict[str, Plain], run: ActiveRun) -> Outcome:
        answer = self._call(trial=proposal.trial, config=config, run=run)
        names = [one.name for one in self._search.plan.objectives]
        if isinstance(answer, Mapping):
            if self._logs:
                run.log_metrics({str(key): value for key, value in answer.items()})
            if len(answer) == 1 and names == ["value"]:
                names = [str(key) for key in answer]
            missing = [name for name in names if name not in answer]
            if missing:
                some = ", ".join(map(str, answer)) or "nothing"
                return Outcome(reason=f"the objective returned no {missing[0]}, but {some}")
            return Outcome(tuple(float(answer[name]) for name in names))
        values = tuple(answer) if isinstance(answer, list | tuple) else (answer,)
        if len(values) != len(names):
            return Outcome(reason=f"the objective returned {len(values)} values, not {len(names)}")
        return Outcome(tuple(map(float, values)))


def merged(base: Mapping[str, Plain], top: Mapping[str, Plain]) -> dict[str, Plain]:
    """A config over another one: mappings are merged, everything else of `top` counts."""
    config = deepcopy(dict(base))
    for key, value in top.items():
        under = config.get(key)
        if isinstance(under, dict) and isinstance(value, dict):
            config[key] = merged(under, value)  # type: ignore[arg-type, assignment]
        else:
            config[key] = value
    return config


def _raised(error: Exception) -> Outcome:
    if isinstance(error, optuna().TrialPruned):
        return Outcome(pruned=True)
    return Outcome(reason=f"{type(error).__name__}: {error}")


def _call(
    objective: Callable[..., Any] | None,
    model_type: str | None,
    data: Any,
    tracker: ExperimentTracker,
) -> tuple[Callable[..., Any], str]:
    """What to call with `trial`, `config` and `run`, and what the study is called after it."""
    if (objective is None) == (model_type is None):
        raise UsageError("a study has an objective or a model_type", hint="give one of them")
    if objective is None:
        if data is None:
            raise UsageError(f"there is no data to train the {model_type} on", hint="pass data=…")
        # Imported on use: it needs PyTorch, which most studies do without.
        training = import_module("gittrack.training")
        train = partial(training.objective, model_type, data=data, tracker=tracker)
        return train, f"hpo-{model_type}"
    name = getattr(objective, "__name__", type(objective).__name__)
    return _adapted(objective), "study" if name == "<lambda>" else name


def _check_model(model_type: str, base: Mapping[str, Plain], space: SearchSpace) -> None:
    """Refuse at once what every trial would fail of: an unknown model or name, a wrong override."""
    read = import_module("gittrack.training").TrainingConfig.from_mapping
    settings = {key: value for key, value in base.items() if key != "model_type"}
    read(settings, model_type=model_type)
    for one in space.parameters:
        if one.name == "model_type":
            continue
        with suppress(ValueRefusedError):  # of its value, which is not known yet
            read(merged(settings, nested({one.name: None})), model_type=model_type)


def _adapted(objective: Callable[..., Any]) -> Callable[..., Any]:
    """The objective, called with those of trial, config and run that it takes."""
    parameters = list(inspect.signature(objective).parameters.values())
    plain = [
        one
        for one in parameters
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) and one.name != "run"
    ]
    required = [one for one in plain if one.default is one.empty]
    takes_run = any(one.name == "run" for one in parameters)
    both = len(required) > 1 or [one.name for one in plain][:2] == ["trial", "config"]
    if len(required) > 2 or not plain:
        raise UsageError("an objective takes (trial, config) or (config)")

    def call(*, trial: Any, config: Any, run: ActiveRun) -> Any:
        given = (trial, config) if both else (trial if plain[0].name == "trial" else config,)
        return objective(*given, **({"run": run} if takes_run else {}))

    return call


def _space(given: SearchSpace | Mapping[str, object]) -> SearchSpace:
    return given if isinstance(given, SearchSpace) else SearchSpace.from_mapping(given)


def _base(overrides: Mapping[str, object] | None) -> dict[str, Plain]:
    config: dict[str, Plain] = {}
    for name, value in (overrides or {}).items():
        config = merged(config, nested({name: to_plain(value)}))
    return config


def _metrics(
    metric: str | Sequence[str] | None,
    direction: object,
    directions: Sequence[object] | None,
    model_type: str | None,
) -> list[str]:
    if direction is not None and directions is not None:
        raise UsageError("give direction, or directions for several objectives, not both")
    if isinstance(metric, str):
        return [metric]
    if metric is not None:
        return list(metric)
    if directions is None or len(directions) == 1:
        return ["value" if model_type is None else _TRAINED_BY]
    return [f"value_{number}" for number in range(len(directions))]


def _objectives(
    names: Sequence[str], direction: object, directions: Sequence[object] | None
) -> tuple[Objective, ...]:
    if directions is None:
        directions = [MINIMIZE if direction is None else direction] * len(names)
    if len(directions) != len(names):
        raise UsageError(f"there are {len(names)} objectives and {len(directions)} directions")
    pairs = zip(names, directions, strict=True)
    return tuple(Objective(name, read_direction(one)) for name, one in pairs)


def _result(search: Search, base: Mapping[str, Plain], seconds: float) -> HpoResult:
    best = search.best()
    facts: dict[str, Any] = {}
    if best is not None:
        facts = {
            "best_number": best.number,
            "best_run_id": search.run_id(best.number),
            "best_value": best.value,
            "best_config": merged(base, search.config_of(best)),
        }
    return HpoResult(
        search.name, search.run.run_id, search.study, search.done, search.failed, seconds, **facts
    )
