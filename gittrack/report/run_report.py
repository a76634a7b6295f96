"""The report of one run: what it learnt, on what, with what, and how it is told from its parent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gittrack.canonical import Plain
from gittrack.diff import Change, compare
from gittrack.errors import GittrackError
from gittrack.ids import short
from gittrack.report.document import Block, Code, Facts, Folded, Prose, Report, Section, Table
from gittrack.report.record_blocks import blocks_of
from gittrack.report.records import Record, told_apart
from gittrack.report.runs import (
    duration_text,
    flat,
    learning_curves,
    metric_table,
    now_text,
    run_label,
    time_text,
)
from gittrack.report.stored import read_records
from gittrack.report.studies import study_of_record
from gittrack.report.study_report import study_sections
from gittrack.runs.model import Run
from gittrack.runs.own_tags import shown_tags
from gittrack.shown import cell_text, size_text, typed_text
from gittrack.tracking.naming import numbered_name
from gittrack.tracking.tracker import ExperimentTracker

_MOST_ROWS = 500
_OPEN_PARAMS = 25


def run_report(tracker: ExperimentTracker, run: Run) -> Report:
    """The report of a run, live or sealed."""
    found, damage = read_records(tracker, run)
    records = told_apart(found)
    sections = [
        _summary(run),
        _curves(tracker, run),
        *(_record_section(title, members) for title, members in _grouped(records)),
        *(_study(record) for record in records if record.kind == "hpo"),
        _config(tracker, run),
        _validations(run),
        _artifacts(run),
        _surroundings(tracker, run),
    ]
    if damage:
        sections.append(Section("Not shown", [Prose(text) for text in damage]))
    return Report(
        "run",
        run_label(run),
        f"run {numbered_name(run)}",
        now_text(),
        [section for section in sections if section.blocks],
        run.status,
    )


def _summary(run: Run) -> Section:
    rows = [
        ("started", time_text(run.start_time)),
        ("ended", time_text(run.end_time)),
        ("duration", duration_text(run.duration)),
        ("run id", run.run_id),
        ("trial", "" if run.trial_number is None else str(run.trial_number)),
        ("config", "" if run.config_id is None else short(run.config_id)),
        ("commit", (run.git_commit or "")[:12]),
        ("parent run", (run.parent_run_id or "")[:12]),
        ("tags", ", ".join(f"{k}={v}" for k, v in sorted(shown_tags(run.tags).items()))),
    ]
    blocks: list[Block] = [Facts(rows)]
    if run.is_live:
        blocks.append(Prose("The run is live: this is how far it was when the report was made."))
    blocks += [Code(note) for note in run.notes]
    table = metric_table(run)
    return Section("Summary", [*blocks, *([table] if table else [])])


def _curves(tracker: ExperimentTracker, run: Run) -> Section:
    figures, left_out = learning_curves(tracker, [run])
    said = [Prose(f"Not drawn, to keep this short: {', '.join(left_out[:200])}.")]
    return Section("Learning curves", [*figures, *(said if left_out else [])])


_GROUPS = {
    "Learning curves over the data": ("curves",),
    "Classification": ("roc", "pr", "confusion"),
    "Feature importance": ("importance",),
    "Data": ("distribution",),
    "Scaling": ("scaler",),
    "Model": ("architecture",),
    "Surroundings, as logged": ("environment",),
}


def _grouped(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    for title, kinds in _GROUPS.items():
        order = {kind: place for place, kind in enumerate(kinds)}
        members = [record for record in records if record.kind in order]
        yield title, sorted(members, key=lambda record: order[record.kind])


def _record_section(title: str, records: Sequence[Record]) -> Section:
    blocks: list[Block] = []
    for record in records:
        try:
            blocks += blocks_of(record)
        except GittrackError as error:
            blocks.append(Prose(f"{record.name} is not shown: {error.message}"))
    return Section(title, blocks)


def _study(record: Record) -> Section:
    try:
        study = study_of_record(record.data)
    except GittrackError as error:
        return Section(record.title, [Prose(f"{record.name} is not shown: {error.message}")])
    blocks = [block for section in study_sections(study) for block in section.blocks]
    return Section(record.title, blocks)


def _config(tracker: ExperimentTracker, run: Run) -> Section:
    blocks: list[Block] = []
    name, parent = _parent(tracker, run)
    if parent is not None:
        changes = compare(dict(parent), dict(run.params))
        blocks += _changes(name, changes)
    values = list(flat(run.params).items())
    rows = [[key, typed_text(value)] for key, value in values[:_MOST_ROWS]]
    if rows:
        more = f" (the first {_MOST_ROWS} of {len(values):,})" if len(values) > _MOST_ROWS else ""
        table = Table(["parameter", "value"], rows)
        title = f"All {len(values):,} parameters{more}"
        folded = len(rows) > _OPEN_PARAMS or parent is not None
        blocks.append(Folded(title, [table]) if folded else table)
    return Section("Config", blocks)


def _changes(name: str, changes: Sequence[Change]) -> Iterator[Block]:
    if not changes:
        yield Prose(f"No parameter differs from {name}.")
        return
    yield Prose(f"What differs from {name}:")
    rows = [
        [change.text_path, cell_text(change.old), cell_text(change.new), size_text(change)]
        for change in changes[:_MOST_ROWS]
    ]
    yield Table(["parameter", "parent", "this run", "change"], rows)


def _parent(tracker: ExperimentTracker, run: Run) -> tuple[str, Mapping[str | int, Plain] | None]:
    """What the run came from, by name: its parent run, else its config's first parent."""
    if run.parent_run_id is not None:
        try:
            parent = tracker.get_run(run.parent_run_id)
        except GittrackError:
            return "", None
        return f"the parent run {run_label(parent)}", parent.params
    if run.config_id is None or run.trial_number is not None:
        return "", None
    return _parent_config(tracker, run.config_id)


def _parent_config(
    tracker: ExperimentTracker, config: str
) -> tuple[str, Mapping[str | int, Plain] | None]:
    from gittrack.registry import ExperimentRegistry  # most runs have a parent run, or none

    repository = tracker.session.repository
    try:
        with ExperimentRegistry(repository.work_tree or repository.git_dir) as registry:
            known = registry.get(config)
            if not known.parents:
                return "", None
            parent = registry.get(known.parents[0])
    except GittrackError:
        return "", None  # a run's config need not be registered
    named = f" ({', '.join(parent.tags)})" if parent.tags else ""
    return f"the parent config {parent.short_id}{named}", parent.config


def _validations(run: Run) -> Section:
    rows = [
        [
            one.name,
            "passed" if one.passed else "failed",
            str(one.num_violations or ""),
            ", ".join(f"{key} {value:.6g}" for key, value in one.metrics.items()),
        ]
        for one in run.validations[:_MOST_ROWS]
    ]
    table = Table(["check", "result", "violations", "metrics"], rows, frozenset((2,)))
    return Section("Validations", [table] if rows else [])


def _artifacts(run: Run) -> Section:
    rows = [
        [one.path, f"{one.size:,}", one.artifact_type or "", one.store, one.sha256[:12]]
        for one in run.artifacts[:_MOST_ROWS]
    ]
    table = Table(["artifact", "bytes", "type", "kept in", "SHA-256"], rows, frozenset((1,)))
    if len(rows) <= _OPEN_PARAMS:
        return Section("Artifacts", [table] if rows else [])
    return Section("Artifacts", [Folded(f"{len(run.artifacts):,} artifacts", [table])])


def _surroundings(tracker: ExperimentTracker, run: Run) -> Section:
    blocks: list[Block] = []
    code = run.code_version
    if code is not None:
        changed = f"yes, kept as {code.commit[:12]}" if code.dirty and code.commit else ""
        rows = [("commit", (code.head or "")[:12]), ("branch", code.branch or "")]
        blocks.append(Facts([*rows, ("uncommitted changes", changed), ("from", code.remote or "")]))
    try:
        facts: Mapping[Any, Any] = tracker.environment(run)
    except GittrackError as error:
        return Section("Code and environment", [*blocks, Prose(error.message)])
    blocks += _environment(facts)
    return Section("Code and environment", blocks)


def _environment(facts: Mapping[Any, Any]) -> Iterator[Block]:
    told = {key: value for key, value in facts.items() if key not in _LISTS}
    rows = [
        (name, _fact_text(value))
        for key, value in told.items()
        for name, value in _named(key, value)
    ]
    if rows:
        yield Facts(rows)
    for key in _LISTS:
        value = facts.get(key)
        if isinstance(value, list) and value:
            lines = [item if isinstance(item, str) else typed_text(item) for item in value]
            yield Folded(f"{key} ({len(value):,})", [Code("\n".join(lines))])
        elif isinstance(value, dict) and value:
            pairs = [(str(name), _fact_text(item)) for name, item in value.items()]
            yield Folded(f"{key} ({len(value):,})", [Facts(pairs)])


_LISTS = ("packages", "variables", "lock_files", "package_origins", "code_left_out")


def _named(key: Any, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{key} {name}", inner) for name, inner in value.items())
    else:
        yield str(key), value


def _fact_text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    return value if isinstance(value, str) else "" if value is None else typed_text(value)
