"""The report of a study: how the search went, what matters, what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gittrack.canonical import Plain
from gittrack.errors import NotFoundError, UsageError
from gittrack.report import study_figures as figures
from gittrack.report.document import Block, Facts, Prose, Report, Section, Table
from gittrack.report.drawing.scales import number_text
from gittrack.report.importances import Weights, weights
from gittrack.report.runs import duration_text, now_text
from gittrack.report.studies import PRUNED, Objective, Study, study_of_table
from gittrack.report.thinning import evenly
from gittrack.runs.model import FAILED, FINISHED, Run
from gittrack.shown import typed_text
from gittrack.tracking.comparing import lower_is_better
from gittrack.tracking.tracker import ExperimentTracker

_ASKED = 200
_BEST = 10
_FAILURES = 30
_AXES = 7
_SLICES = 6
_MOST_FRONT = 50
_MOST_OBJECTIVES = 6
_WITH_CURVES = 40


def study_report(
    tracker: ExperimentTracker,
    experiment: str,
    metric: str | None = None,
    direction: str | None = None,
) -> Report:
    """The report of a study: an experiment whose runs were made by an optimiser, or any other.

    Args:
        tracker: where the study is.
        experiment: its name or id.
        metric: the first objective, before those of its trials; else these, or the only metric.
        direction: `min` or `max`; without it what the experiment says, or the metric's usual name.

    Raises:
        NotFoundError: there is no such experiment, it has no runs, or none has the metric.
        UsageError: there are several metrics, and none is named.
    """
    samples = tracker.search_runs(experiment, max_results=_ASKED)
    if not samples:
        raise NotFoundError(f"the experiment {experiment!r} has no runs")
    table = tracker.runs_table(experiment)
    found = _objectives(tracker, samples, table.names, metric, direction)
    study = study_of_table(table, found)
    study = replace(
        study,
        reasons=_reasons(tracker, experiment),
        curves=_curves(tracker, study, samples, found[0].name if found else ""),
    )
    name = samples[0].experiment_name
    sections = study_sections(study)
    return Report("study", name, f"study of {len(study):,} trials", now_text(), sections)


def study_sections(study: Study) -> list[Section]:
    """All that a study says, section by section; those with nothing to say are left out."""
    main = study.objectives[0] if study.objectives else None
    known = None if main is None else weights(study, main)
    names = [] if known is None else known.names
    found = [_overview(study)]
    if main is not None and known is not None:
        found += [
            Section("Optimisation history", _histories(study)),
            _pareto(study),
            Section("Best trials", _best(study, main, names)),
            Section("Parameter importance", _weights(main, known)),
            _relations(study, main, names),
        ]
    found += [
        Section("Intermediate values", _optional(_intermediate(study, main))),
        Section("Timeline", _optional(figures.timeline(study))),
        _failed(study),
    ]
    return [section for section in found if section.blocks]


def _optional(block: Block | None) -> list[Block]:
    return [] if block is None else [block]


def _objectives(
    tracker: ExperimentTracker,
    samples: Sequence[Run],
    columns: Sequence[str],
    metric: str | None,
    direction: str | None,
) -> list[Objective]:
    known = [name.removeprefix("metrics.") for name in columns if name.startswith("metrics.")]
    if metric is not None and metric not in known:
        raise NotFoundError(
            f"no run has the metric {metric!r}", hint=f"there are {', '.join(known[:20]) or 'none'}"
        )
    told = sorted({name for run in samples for name in run.performance})
    chosen = list(dict.fromkeys([metric, *told])) if metric else told
    if not chosen and len(known) > 1:
        raise UsageError("the runs have several metrics", hint=f"name one: --metric {known[0]}")
    experiment = samples[0].experiment_name
    return [
        Objective(name, _is_lower(tracker, experiment, name, direction))
        for name in (chosen or known)[:_MOST_OBJECTIVES]
    ]


def _is_lower(tracker: ExperimentTracker, experiment: str, name: str, said: str | None) -> bool:
    told = tracker.objective_direction(experiment, name) if said is None else said
    return lower_is_better(name, told)  # type: ignore[arg-type]


def _reasons(tracker: ExperimentTracker, experiment: str) -> dict[str, str]:
    """Why the newest failed trials failed, as far as they say."""
    failed = tracker.search_runs(experiment, f"status = '{FAILED}'", max_results=_FAILURES)
    return {_label(run): _reason(run) for run in failed}


def _label(run: Run) -> str:
    return run.run_name if run.trial_number is None else f"#{run.trial_number}"


def _reason(run: Run) -> str:
    if run.notes:
        return run.notes[-1]
    optuna = run.details.get("optuna")
    attributes = optuna.get("user_attrs") if isinstance(optuna, dict) else None
    for told in (run.details.get("metadata"), attributes, optuna):
        texts = told if isinstance(told, dict) else {}
        for key in ("error", "reason", "exception", "message"):
            if texts.get(key):
                return str(texts[key])
    return ""


def _curves(
    tracker: ExperimentTracker, study: Study, samples: Sequence[Run], name: str
) -> dict[str, list[tuple[float, float]]]:
    """The histories of some trials that have any: of the objective, or of the first metric."""
    found: dict[str, list[tuple[float, float]]] = {}
    for run in _best_and_sampled(tracker, study, samples):
        key = name if run.summaries.get(name) is not None else next(iter(run.summaries), "")
        summary = run.summaries.get(key)
        if summary is not None and summary.count > 1:
            points = tracker.get_metric_history(run, key)
            steps = [float(n if p.step is None else p.step) for n, p in enumerate(points)]
            found[_label(run)] = [(x, p.value) for x, p in zip(steps, points, strict=True)]
        else:
            values = _kept_on_the_way(run)
            if values:
                found[_label(run)] = values
    return found


def _best_and_sampled(
    tracker: ExperimentTracker, study: Study, samples: Sequence[Run]
) -> Iterator[Run]:
    chosen = {run.run_id: run for run in (samples[n] for n in evenly(len(samples), _WITH_CURVES))}
    for objective in study.objectives[:1]:
        best = study.best(objective)
        if best is not None and study.ids and study.ids[best] not in chosen:
            yield tracker.get_run(study.ids[best])
    yield from chosen.values()


def _kept_on_the_way(run: Run) -> list[tuple[float, float]]:
    """Intermediate values that a trial's metadata holds: a mapping of steps to values."""
    metadata = run.details.get("metadata")
    told = metadata.get("intermediate_values") if isinstance(metadata, dict) else None
    if not isinstance(told, dict):
        return []
    try:
        return sorted((float(step), float(value)) for step, value in told.items())  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return []


def _overview(study: Study) -> Section:
    states = Counter(study.states)
    counts = ", ".join(f"{count:,} {state.lower()}" for state, count in states.most_common())
    known = [end for end in (*study.starts, *study.ends) if end == end]
    rows = [("trials", counts)]
    if known:
        rows.append(("took", duration_text(max(known) - min(known))))
    rows.append(("parameters", ", ".join(list(study.params)[:40])))
    for objective in study.objectives:
        best = study.best(objective)
        if best is not None:
            value = number_text(study.values[objective.name][best], 6)
            rows.append((f"best {objective.name}", f"{value} in {study.labels[best]}"))
    return Section("Overview", [Facts(rows)])


def _histories(study: Study) -> list[Block]:
    return [figures.history(study, o) for o in study.objectives if study.scored(o)]


def _pareto(study: Study) -> Section:
    objectives = study.objectives
    if len(objectives) < 2:
        return Section("Pareto front", [])
    pairs = [(objectives[0], other) for other in objectives[1:4]]
    blocks: list[Block] = [figures.pareto(study, *pair) for pair in pairs]
    best = figures.front(study, objectives)
    said = f"{len(best):,} trials are beaten by no other one in all objectives."
    names = [o.name for o in objectives]
    rows = [
        [study.labels[p], *(number_text(study.values[n][p], 6) for n in names)]
        for p in best[:_MOST_FRONT]
    ]
    table = Table(["trial", *names], rows, frozenset(range(1, len(names) + 1)))
    return Section("Pareto front", [*blocks, Prose(said), table])


def _best(study: Study, objective: Objective, names: Sequence[str]) -> list[Block]:
    values = study.values[objective.name]
    ranked = sorted(study.scored(objective), key=values.__getitem__, reverse=not objective.lower)
    shown = [
        name for name in names if any(study.params[name][p] is not None for p in ranked[:_BEST])
    ]
    rows = [
        [
            study.labels[p],
            number_text(values[p], 6),
            *(_param_text(study.params[n][p]) for n in shown[:10]),
        ]
        for p in ranked[:_BEST]
    ]
    head = ["trial", objective.name, *shown[:10]]
    return [Table(head, rows, frozenset((1,)))] if rows else []


def _param_text(value: Plain) -> str:
    if isinstance(value, float):
        return number_text(value, 5)
    return "" if value is None else typed_text(value)


def _weights(objective: Objective, known: Weights) -> list[Block]:
    blocks: list[Block] = []
    shown = [pair for pair in known.by_rank if pair[1] > 0]
    if shown:
        note = f"share of the variance of ranks, over {known.looked_at:,} trials"
        blocks.append(figures.importance_bars(f"By rank: {objective.name}", shown, note))
    if known.by_forest:
        score = max(known.score, 0.0)
        note = f"what a random forest loses without it; it explains {score:.0%} of the variance"
        blocks.append(figures.importance_bars("Together", known.by_forest, note))
    return [*blocks, Prose("To go together is not to cause.")] if blocks else []


def _relations(study: Study, objective: Objective, names: Sequence[str]) -> Section:
    params = {name: figures.plotted(study.params[name], name) for name in names[:_AXES]}
    blocks: list[Block] = _optional(figures.parallel(study, objective, params))
    sliced = {name: params[name] for name in names[:_SLICES]}
    blocks += figures.slices(study, objective, sliced)
    numeric = [n for n, one in params.items() if one.axis is not None and not one.axis.ticks]
    for other in numeric[1:3]:
        blocks += _optional(figures.contour(study, objective, params, numeric[0], other))
    return Section(f"Parameters and {objective.name}", blocks)


def _intermediate(study: Study, objective: Objective | None) -> Block | None:
    return figures.intermediate(study, objective, "" if objective is None else objective.name)


def _failed(study: Study) -> Section:
    counts = Counter(study.states)
    others = sum(n for state, n in counts.items() if state != FINISHED)
    if not others:
        return Section("Failed trials", [])
    title = "Pruned trials" if others == counts[PRUNED] else "Failed trials"
    reasons = Counter(reason or "no reason was recorded" for reason in study.reasons.values())
    rows = [
        [reason, str(count), ", ".join(_with_reason(study, reason))]
        for reason, count in reasons.most_common(_FAILURES)
    ]
    told = ", ".join(f"{n:,} {s.lower()}" for s, n in counts.most_common() if s != FINISHED)
    blocks: list[Block] = [Prose(f"Not finished: {told}.")]
    if rows:
        looked = f"of the newest {len(study.reasons)} that failed"
        head = ["why", "trials", "which"]
        blocks.append(Table(head, rows, frozenset((1,)), caption=looked))
    return Section(title, blocks)


def _with_reason(study: Study, reason: str) -> list[str]:
    wanted = "" if reason == "no reason was recorded" else reason
    found = [label for label, why in study.reasons.items() if why == wanted]
    return [*found[:5], *(["…"] if len(found) > 5 else [])]
