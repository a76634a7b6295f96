"""What people say of a model or version, checked: metrics, tags, metadata, and a run's facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from gittrack.adapt import to_plain
from gittrack.canonical import Plain, scalar_text
from gittrack.errors import UsageError, ValueRefusedError
from gittrack.ids import ConfigId, is_config_id
from gittrack.slug import check_name
from gittrack.store.models import is_commit_id

Opener = Callable[[], BinaryIO]
"""Opens a stream of bytes, which whoever asked for it closes."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run tells about the models it made: its config, the commit of its code, metrics.

    `artifacts` opens each of its artifacts by path, checked while it is read.
    """

    run_id: str
    config_id: str | None = None
    commit: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    artifacts: Mapping[str, Opener] = field(default_factory=dict)


def numbers(metrics: Mapping[str, Any] | None) -> dict[str, float]:
    """The metrics as plain numbers; NaN and infinities are numbers, too.

    Raises:
        ValueRefusedError: a key is no text, or a value no number.
    """
    plain = plain_mapping(metrics, "metrics")
    found: dict[str, float] = {}
    for key, value in plain.items():
        if not isinstance(key, str) or type(value) not in (int, float):
            raise ValueRefusedError(
                f"the metric {str(key)!r} is no number", path=f"metrics.{key}", hint="log numbers"
            )
        found[key] = value  # type: ignore[assignment]  # an int or a float
    return found


def plain_mapping(values: Mapping[Any, Any] | None, what: str) -> dict[str | int, Plain]:
    """The mapping as plain data of its own; the empty one for `None`.

    Raises:
        ValueRefusedError: it is none, or holds what cannot be stored; says where.
    """
    plain = to_plain({what: {} if values is None else values})
    found = plain[what] if isinstance(plain, dict) else None
    if not isinstance(found, dict):
        raise ValueRefusedError(
            f"{what} is {type(values).__name__}, not a mapping",
            path=what,
            hint=f"write {what}={{'name': …}}",
        )
    return found


def changed_tags(present: Mapping[str, str], tags: Mapping[str, object] | None) -> dict[str, str]:
    """The tags with others set; one that is set to `None` is taken away.

    Raises:
        UsageError: a tag's name cannot be one.
        ValueRefusedError: a value is neither text nor number nor truth value.
    """
    found = dict(present)
    for key, value in plain_mapping(tags, "tags").items():
        name = check_name(str(key))
        if isinstance(value, dict | list):
            raise ValueRefusedError(f"the tag {name!r} is no text", path=f"tags.{name}")
        found[name] = value if isinstance(value, str) else scalar_text(value)
        if value is None:
            del found[name]
    return found


def checked_config(config_id: str | None) -> ConfigId | None:
    """The id of a config.

    Raises:
        UsageError: it is none.
    """
    if config_id is not None and not is_config_id(config_id):
        raise UsageError(
            f"no config id: {config_id[:80]!r}",
            hint="give all 64 digits; ExperimentRegistry.get(name).id has them",
        )
    return None if config_id is None else ConfigId(config_id)


def checked_commit(commit: str | None) -> str | None:
    """The id of a commit.

    Raises:
        UsageError: it is none.
    """
    if commit is not None and not is_commit_id(commit):
        raise UsageError(
            f"no commit's id: {commit[:80]!r}", hint="git rev-parse NAME prints the whole id"
        )
    return commit
