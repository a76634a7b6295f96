"""What a person writes for a run or an experiment, found: id, prefix, name, `EXP#3`, `@{N}`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from gittrack.errors import AmbiguousError, NotFoundError
from gittrack.ids import MINIMUM_PREFIX, SHORT_LENGTH
from gittrack.runs.model import Run
from gittrack.slug import slug
from gittrack.store.experiments import Experiment, check_experiment_name
from gittrack.tracking.tracker import ExperimentTracker

_LISTED = 20
_SEARCHED = 10_000  # of the newest runs' names, one that is like a misspelled one
_LISTING = "git exp runs list"
_RUN_ID = re.compile(r"[0-9a-f]{20}")
_NTH = re.compile(r"@(?:\{([0-9]{1,9})\})?")
_NUMBERED = re.compile(r"(.+)#([0-9]{1,18})", re.DOTALL)
_PREFIX = re.compile(rf"[0-9a-f]{{{MINIMUM_PREFIX},20}}")


def find_run(tracker: ExperimentTracker, name: str) -> Run:
    """The run that a name stands for, as `choose_run` has it.

    Raises:
        NotFoundError: there is none.
        AmbiguousError: there are several.
        DataError: its record is damaged.
    """
    if match := _NTH.fullmatch(name):
        nth = tracker.latest_run(int(match[1] or 0))
        if nth is None:
            raise _no_nth(int(match[1] or 0), "run", _LISTING)
        return nth
    if _RUN_ID.fullmatch(name):
        return tracker.get_run(name)
    numbered = _NUMBERED.fullmatch(name)
    number, experiment = (int(numbered[2]), numbered[1]) if numbered else (None, "")
    found = tracker.runs_named(name, number, experiment)
    if not found and _PREFIX.fullmatch(name):
        return tracker.get_run(name)
    if not found:
        latest = tracker.latest_run_names(_SEARCHED)
        names = [text for one in latest for text in (one[0], _numbered_name(*one[1:]))]
        raise _unknown(names, name, "run", _LISTING)
    return choose_run(found, name)


def find_deleted_run(tracker: ExperimentTracker, name: str) -> Run:
    """The deleted run that a name stands for, as `choose_run` has it; `@{N}` counts deletions.

    Raises:
        NotFoundError: there is none.
        AmbiguousError: there are several.
    """
    runs = [deleted.run for deleted in tracker.list_deleted_runs()]
    return choose_run(runs, name, "deleted run", "git exp runs list --deleted")


def choose_run(runs: Sequence[Run], name: str, kind: str = "run", listing: str = _LISTING) -> Run:
    """The one of `runs`, which come newest first, that a name stands for; pure.

    What they are and what lists them is said in errors.

    In this order: a whole id; `@{N}`, the N-th newest (`@` for `@{0}`); `EXPERIMENT#NUMBER`, the
    experiment by its name or id; a run's name; the start of an id, four digits or more.

    Raises:
        NotFoundError: there is none.
        AmbiguousError: several have that name, number or prefix.
    """
    if match := _NTH.fullmatch(name):
        return _nth(runs, int(match[1] or 0), kind, listing)
    found = [run for run in runs if run.run_id == name] or _numbered(runs, name)
    found = found or [run for run in runs if run.run_name == name]
    if not found and _PREFIX.fullmatch(name):
        found = [run for run in runs if run.run_id.startswith(name)]
    if not found:
        names = [text for run in runs for text in (run.run_name, numbered_name(run))]
        raise _unknown(names, name, kind, listing)
    if len(found) > 1:
        raise _ambiguous(found, name, kind)
    return found[0]


def numbered_name(run: Run) -> str:
    """`EXPERIMENT#NUMBER`; the experiment alone where the run has no number."""
    return _numbered_name(run.experiment_name, run.number)


def _numbered_name(experiment: str, number: int | None) -> str:
    return experiment if number is None else f"{experiment}#{number}"


def find_experiment(tracker: ExperimentTracker, name: str) -> tuple[Experiment, list[Run]]:
    """An experiment by its name or id, with its runs, newest first.

    One whose first run is still live has no record yet: it is known by that run alone.

    Raises:
        UsageError: no experiment can have that name.
        NotFoundError: there is none.
    """
    checked = check_experiment_name(name)
    runs = tracker.list_runs(checked)
    known = {one.experiment_id: one for one in tracker.list_experiments()}
    wanted = slug(checked)
    if wanted in known:
        return known[wanted], runs
    if runs:
        return Experiment(runs[0].experiment_name), runs
    names = [one.name for one in known.values()]
    raise NotFoundError(
        f"there is no experiment {name!r}",
        hint=_did_you_mean(checked, names) or "see them: git exp experiments list",
    )


def _nth(runs: Sequence[Run], number: int, kind: str, listing: str) -> Run:
    if number >= len(runs):
        raise _no_nth(number, kind, listing)
    return runs[number]


def _no_nth(number: int, kind: str, listing: str) -> NotFoundError:
    return NotFoundError(f"there is no {kind} @{{{number}}}", hint=f"see them: {listing}")


def _numbered(runs: Sequence[Run], name: str) -> list[Run]:
    match = _NUMBERED.fullmatch(name)
    if match is None:
        return []
    experiment, number = match[1], int(match[2])
    return [
        run
        for run in runs
        if run.number == number and experiment in (run.experiment_name, run.experiment_id)
    ]


def _ambiguous(found: Sequence[Run], name: str, kind: str) -> AmbiguousError:
    is_prefix = all(run.run_name != name and run.run_id.startswith(name) for run in found)
    lines = [
        f"{run.run_id[:SHORT_LENGTH]}  {numbered_name(run)}  {run.run_name}"
        f"  {run.start_time:%Y-%m-%d %H:%M}"
        for run in found[:_LISTED]
    ]
    return AmbiguousError(
        f"{name!r} is the {'start' if is_prefix else 'name'} of {len(found)} {kind}s",
        candidates=lines,
        hint="write more digits" if is_prefix else "name it by its id",
    )


def _unknown(names: Sequence[str], name: str, kind: str, listing: str) -> NotFoundError:
    message = f"no {kind} is called {name!r}"
    if re.fullmatch(rf"[0-9a-f]{{1,{MINIMUM_PREFIX - 1}}}", name):
        return NotFoundError(message, hint="a prefix of an id needs four digits or more")
    return NotFoundError(
        message,
        hint=_did_you_mean(name, names)
        or f"name it by id, prefix, name, EXPERIMENT#NUMBER or @{{N}}; see them: {listing}",
    )


def _did_you_mean(name: str, known: Iterable[str]) -> str | None:
    similar = difflib.get_close_matches(name, list(dict.fromkeys(known)), n=1)
    return f"did you mean {similar[0]!r}?" if similar else None
