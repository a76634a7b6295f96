"""Sweep files: what a YAML or JSON file says of a search, with the place of every fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gittrack.canonical import Plain
from gittrack.errors import GittrackError, SourceError, UsageError
from gittrack.optimize.domains import choice_text
from gittrack.optimize.plan import MINIMIZE, Objective, Plan, read_choice, read_direction
from gittrack.optimize.space import SearchSpace, SearchSpaceError
from gittrack.query.paths import Key
from gittrack.sources import parse_documents, places

_KEYS = {
    "name": "the study's name",
    "space": "the search space",
    "objective": "the metric to improve",
    "direction": "minimize or maximize",
    "objectives": "several metrics, each with its direction",
    "sampler": "how configs are proposed",
    "pruner": "how trials are cut short",
    "trials": "how many in all",
    "timeout": "seconds after which no trial begins",
    "trial_timeout": "seconds after which a trial is ended",
    "failures": "failed trials in a row that stop it",
    "seed": "makes it repeatable",
    "jobs": "trials at once",
    "config": "files of the base config",
    "metrics": "files to read metrics from",
    "artifacts": "files to keep",
}

_SPACE_NAMES = ("space", "search_space", "parameters")


@dataclass(frozen=True, slots=True)
class SweepSpec:
    """A sweep as its file has it. `config` names files relative to the spec's folder."""

    name: str
    plan: Plan
    jobs: int = 1
    config: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    trial_timeout: float | None = None


class _Reader:
    """Reads the values of one document; faults have its line and column."""

    def __init__(self, text: bytes, name: str) -> None:
        [document, *more] = parse_documents(text, name)
        self._text, self._name = text, name
        self.data: Mapping[Any, Plain] = document.data
        if more:
            raise SourceError(
                "a sweep is one document", file=name, line=more[0].start_line, column=1
            )

    def fail(self, keys: tuple[str, ...], message: str, hint: str | None = None) -> SourceError:
        """The error for a fault at the place that the keys lead to."""
        place = places(self._text, self._name).nearest([Key(key) for key in keys])
        return SourceError(
            message, file=self._name, line=place.line, column=place.column, hint=hint
        )

    def checked(self, key: str, read: Callable[[Plain], Any]) -> Any:
        """The value of a key, read; what `read` refuses is said with the place."""
        try:
            return read(self.data.get(key))
        except GittrackError as error:
            raise self.fail((key,), f"{key}: {error.message}", error.hint) from None

    def number(self, key: str, *, whole: bool = False) -> Any:
        """A number above 0, or `None`."""
        value = self.data.get(key)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or (whole and not isinstance(value, int)):
            kind = "an integer" if whole else "a number"
            raise self.fail((key,), f"{key} is {choice_text(value)}: it must be {kind}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """One text or a list of them."""
        value = self.data.get(key)
        listed = [value] if isinstance(value, str) else ([] if value is None else value)
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise self.fail((key,), f"{key} takes a file, or a list of files")
        return tuple(map(str, listed))


def read_spec(path: Path) -> SweepSpec:
    """The sweep that a file describes.

    Raises:
        SourceError: it cannot be read, or makes no sense; with line and column.
    """
    name = str(path)
    try:
        text = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SourceError(f"cannot be read: {reason}", file=name) from None
    reader = _Reader(text, name)
    _check_keys(reader)
    failures = reader.number("failures", whole=True)
    try:
        plan = Plan(
            space=read_space(reader),
            objectives=_objectives(reader),
            sampler=reader.checked("sampler", lambda value: read_choice(value, "tpe")),
            pruner=reader.checked("pruner", lambda value: read_choice(value, "none")),
            trials=reader.number("trials", whole=True),
            timeout=reader.number("timeout"),
            seed=reader.number("seed", whole=True),
            failures=5 if failures is None else failures,
        )
    except UsageError as error:
        raise reader.fail((error.message.split()[0],), error.message, error.hint) from None
    given = reader.data.get("name")
    return SweepSpec(
        name=path.stem if given is None else str(given),
        plan=plan,
        jobs=reader.number("jobs", whole=True) or 1,
        config=reader.texts("config"),
        metrics=reader.texts("metrics"),
        artifacts=reader.texts("artifacts"),
        trial_timeout=reader.number("trial_timeout"),
    )


def read_space(reader: _Reader) -> SearchSpace:
    """The search space that a document has under `space`."""
    key = next((name for name in _SPACE_NAMES if name in reader.data), None)
    if key is None:
        raise reader.fail((), "space is missing", "as in space: {lr: {loguniform: [1e-5, 1]}}")
    return _space_of(reader, reader.data[key], (key,))


def read_space_file(path: Path) -> SearchSpace:
    """The search space of a sweep's file, or of a file that holds nothing else.

    Raises:
        SourceError: it cannot be read, or makes no sense; with line and column.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SourceError(f"cannot be read: {reason}", file=str(path)) from None
    reader = _Reader(text, str(path))
    if any(name in reader.data for name in _SPACE_NAMES):
        return read_space(reader)
    return _space_of(reader, dict(reader.data), ())


def _space_of(reader: _Reader, data: Plain, above: tuple[str, ...]) -> SearchSpace:
    if not isinstance(data, dict):
        raise reader.fail(above, "a search space is a mapping of parameters")
    try:
        return SearchSpace.from_mapping(data)  # type: ignore[arg-type]
    except SearchSpaceError as error:
        raise reader.fail((*above, *error.keys), error.message, error.hint) from None


def _check_keys(reader: _Reader) -> None:
    for key in reader.data:
        if key not in _KEYS and key not in _SPACE_NAMES:
            from difflib import get_close_matches

            similar = get_close_matches(str(key), _KEYS, n=1)
            hint = f"did you mean {similar[0]}?" if similar else f"there are {', '.join(_KEYS)}"
            raise reader.fail((str(key),), f"the key {choice_text(key)} is not known here", hint)


def _objectives(reader: _Reader) -> tuple[Objective, ...]:
    single, several = reader.data.get("objective"), reader.data.get("objectives")
    if (single is None) == (several is None):
        raise reader.fail(
            ("objectives",),
            "a sweep has an objective, or objectives",
            "as in objective: accuracy, and direction: maximize",
        )
    if isinstance(single, str):
        way = reader.checked("direction", lambda value: read_direction(value or MINIMIZE))
        return (Objective(single, way),)
    if not isinstance(several, dict):
        key = "objective" if several is None else "objectives"
        raise reader.fail(
            (key,),
            f"{key} cannot be read",
            "as in objectives: {accuracy: maximize, size: minimize}",
        )
    found = []
    for name, way in several.items():
        try:
            found.append(Objective(str(name), read_direction(way)))
        except UsageError as error:
            raise reader.fail(("objectives", str(name)), f"{name}: {error.message}") from None
    return tuple(found)
