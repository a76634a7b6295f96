"""Doing a recorded run again: the same code in a work tree of its own, and its metrics compared."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from gittrack.errors import NotFoundError, UsageError
from gittrack.git.worktrees import linked_work_tree
from gittrack.ids import SHORT_LENGTH
from gittrack.runs.model import FINISHED, Run
from gittrack.tracking.agreement import MetricComparison, Tolerances, compare_metrics
from gittrack.tracking.own_folders import TAG, made_again, variables_again
from gittrack.tracking.programs import run_program
from gittrack.tracking.recipes import Recipe, recipe_of
from gittrack.tracking.replaying import RecordedPlace
from gittrack.tracking.tracker import ExperimentTracker

REPRODUCES = "reproduces"
"""The tag of a reproduction; its value is the id of the run that was done again."""

Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Replay:
    """How a run is done again.

    Args:
        folder: where the work tree is made, new or empty; without one, a temporary folder.
        keep: whether it stays afterwards.
        timeout: seconds after which the program is stopped.
        extra: arguments behind the recorded ones.
        secrets: what was taken out of the command, in this order.
        links: files and folders of the user's work tree to be linked into the new one, because
            the recorded code lacks them.
    """

    folder: Path | None = None
    keep: bool = False
    timeout: float | None = None
    extra: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    links: tuple[Path, ...] = ()


_PLAIN, _USUAL = Replay(), Tolerances()


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came out: the recorded run and the new one, their metrics compared.

    `folder` is the work tree, where it was kept. `absent` names what the command speaks of and the
    recorded code lacks.
    """

    recorded: Run
    new: Run
    exit_status: int
    metrics: tuple[MetricComparison, ...] = ()
    folder: Path | None = None
    absent: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the program finished and every recorded metric is the same."""
        return self.new.status == FINISHED and all(one.agrees for one in self.metrics)


def reproduce(
    tracker: ExperimentTracker,
    run: Run | str,
    replay: Replay = _PLAIN,
    *,
    environment: Mapping[str, str],
    output: BinaryIO,
    errors: BinaryIO,
    tolerances: Tolerances = _USUAL,
    started: Callable[[Run, str], None] = lambda *_: None,
    warn: Notice = lambda _: None,
) -> Reproduction:
    """Run a recorded run's program again, on its exact code, and compare the metrics.

    The new run is one of the same experiment and bears the tag `reproduces`. The user's work tree,
    index and HEAD are left alone. What runs is what the record says: look at a record that came
    from elsewhere first.

    Args:
        tracker: where both runs are recorded.
        run: one that has ended.
        replay: how it is done again.
        environment: the program's variables; those that change numbers are as they were recorded.
        output: takes the program's standard output.
        errors: takes its standard error.
        tolerances: which differences are none.
        started: is told the new run and the command, without its secrets, before it starts.
        warn: takes one-line notices.

    Raises:
        NotFoundError: no such run; its code or command was not recorded, or the code is not here.
        UsageError: it is live; secrets are missing; the folder is not free.
        RepositoryError: the work tree cannot be made.
    """
    recorded = run if isinstance(run, Run) else tracker.get_run(run)
    user = tracker.session.repository.work_tree
    links = _links(user, replay.links)
    with (
        _with_own_folder(recorded, _recipe(tracker, recorded, tolerances)) as (recipe, own, given),
        _started(recipe, replay) as (command, folder),
        linked_work_tree(
            tracker.session.repository, folder, recipe.head, recipe.tree, keep=replay.keep
        ) as made,
    ):
        place = RecordedPlace(user, made.folder, recipe, links, own)
        program = place.program(recorded.experiment_name, command, replay.timeout)
        program = replace(program, tags={REPRODUCES: recorded.run_id})
        absent = place.absent(program.command)
        for notice in place.notices(absent):
            warn(notice)

        def begin(new: Run) -> None:
            # The code is captured by now: what is linked in is none of it.
            place.link()
            started(new, program.shown_command())

        with ExperimentTracker(made.folder, warn=warn) as again:
            ended = run_program(
                again,
                program,
                environment={**place.environment(environment), **given},
                output=output,
                errors=errors,
                started=begin,
                warn=warn,
            )
    metrics = compare_metrics(recorded.measures, ended.run.measures, tolerances)
    kept = folder if replay.keep else None
    return Reproduction(recorded, ended.run, ended.exit_status, metrics, kept, absent)


def _recipe(tracker: ExperimentTracker, run: Run, tolerances: Tolerances) -> Recipe:
    if run.is_live:
        raise UsageError(f"the run {run.run_id[:SHORT_LENGTH]} is live", hint="wait for its end")
    unused = tolerances.unused(run.measures)
    if unused:
        known = ", ".join(sorted(run.measures)) or "none"
        raise UsageError(
            f"the run {run.run_id[:SHORT_LENGTH]} has no metric {unused[0]!r}",
            hint=f"it has: {known}",
        )
    tracker.seal()
    return recipe_of(tracker.session, run)


@contextmanager
def _with_own_folder(
    run: Run, recipe: Recipe
) -> Iterator[tuple[Recipe, Path | None, dict[str, str]]]:
    """The recipe led to a new folder of the program's own, and the variables that go with it."""
    with made_again(run, recipe.config) as own:
        if own is None:
            yield recipe, None, {}
        else:
            given = variables_again(run, recipe.config, own)
            yield recipe.led_to(run.tags[TAG], str(own)), own, given


@contextmanager
def _started(recipe: Recipe, replay: Replay) -> Iterator[tuple[tuple[str, ...], Path]]:
    """The whole command, and the folder that becomes the work tree."""
    command = (*recipe.with_secrets(replay.secrets), *replay.extra)
    with _place(replay) as folder:
        yield command, folder


@contextmanager
def _place(replay: Replay) -> Iterator[Path]:
    """The folder that becomes the work tree."""
    if replay.folder is not None:
        yield replay.folder.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="gittrack-reproduce-")).resolve()
    try:
        yield folder
    finally:
        with suppress(OSError):  # it is kept
            folder.rmdir()


def _links(user: Path | None, links: tuple[Path, ...]) -> dict[str, Path]:
    """What is linked in: the path from the top, and where it really is."""
    found = {}
    for link in links:
        path = Path(os.path.normpath(link.absolute()))
        if user is None or not path.is_relative_to(user) or path == user:
            raise UsageError(f"{link} is not in the work tree", hint="name what lies in there")
        if not path.exists():
            raise NotFoundError(f"there is no {link} to link")
        found[path.relative_to(user).as_posix()] = path
    return found
