"""A run's config registered on the branch plane, to be reviewed in a pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gittrack.canonical import Plain, config_id, emit
from gittrack.errors import NotFoundError, UsageError
from gittrack.ids import SHORT_LENGTH, ConfigId
from gittrack.model import ConfigRecord
from gittrack.registry import ExperimentRegistry
from gittrack.registry.pinning import PinChange
from gittrack.runs.model import Run
from gittrack.store.pins import check_pin_name
from gittrack.tracking.naming import numbered_name
from gittrack.tracking.recipes import beside_config, stored_config
from gittrack.tracking.tracker import ExperimentTracker


@dataclass(frozen=True, slots=True)
class Promotion:
    """A run whose config was registered.

    `new` says that the catalogue did not know it, `pin` what became of the pin that was asked for.
    `left_out` names the parameters that the run logged beside its config. `commit` is the commit
    on the current branch that has the files, `None` where none was made.
    """

    run: Run
    config_id: ConfigId
    new: bool
    pin: PinChange | None = None
    left_out: tuple[str | int, ...] = ()
    commit: str | None = None


def promote(
    tracker: ExperimentTracker,
    run: Run | str,
    *,
    pin: str | None = None,
    description: str | None = None,
    tags: Iterable[str] = (),
    params: bool = False,
    commit: bool = False,
    warn: Callable[[str], None] | None = None,
) -> Promotion:
    """Register a run's config, with its files below `.exptrack/` in the work tree.

    Its description says which run it comes from; one that is known and described already keeps
    its description, unless another is given.

    Args:
        tracker: where the run is recorded.
        run: one that has ended.
        pin: a reviewed name that is moved to the config.
        description: what it is; the run is named behind it.
        tags: labels for the config.
        params: also take in the parameters that were logged beside the config.
        commit: commit the files on the current branch, and nothing else; not with a pin.
        warn: takes one-line notices; without it they become Python warnings.

    Raises:
        NotFoundError: there is no such run, or it has neither config nor parameters.
        UsageError: it is live.
        RepositoryError: there is no work tree, or it cannot be written.
    """
    found = run if isinstance(run, Run) else tracker.get_run(run)
    if pin is not None and commit:
        raise UsageError("a pin is committed by hand: leave out one of the two")
    if pin is not None:
        check_pin_name(pin)
    top = tracker.session.repository.work_tree
    if top is None:
        raise UsageError("promoting writes to a work tree, and a bare repository has none")
    stored = _stored(tracker, found)
    config = dict(found.params) if params else stored
    with ExperimentRegistry(top, warn=warn) as registry:
        known = _known(registry, config)
        said = _said(found, description, known)
        made = registry.register(config, description=said, tags=tuple(tags))
        moved = None if pin is None else registry.pin(pin, made)
        done = registry.commit([made]) if commit else None
    left_out = () if params else tuple(beside_config(found, stored))
    return Promotion(found, made, known is None, moved, left_out, done)


def _stored(tracker: ExperimentTracker, run: Run) -> dict[str | int, Plain]:
    if run.is_live:
        raise UsageError(f"the run {_short(run)} is live", hint="wait for its end")
    tracker.seal()
    config = stored_config(tracker.session, run)
    if config is None:
        raise NotFoundError(f"the run {_short(run)} has no config", hint="log one: start_run(…)")
    return config


def _known(registry: ExperimentRegistry, config: Mapping[str | int, Plain]) -> ConfigRecord | None:
    try:
        return registry.get(config_id(emit(dict(config))))
    except NotFoundError:
        return None


def _said(run: Run, description: str | None, known: ConfigRecord | None) -> str | None:
    """What is said of the config; nothing where somebody has said something already."""
    origin = f"from run {numbered_name(run)} ({_short(run)})"
    if description:
        return f"{description} ({origin})"
    return None if known is not None and known.description else origin


def _short(run: Run) -> str:
    return run.run_id[:SHORT_LENGTH]
