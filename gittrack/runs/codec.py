"""A run as the files of its directory, and back.

`run.yaml` is canonical YAML. Its keys, all but the first six where there is something to say:
`id`, `name`, `experiment`, `status`, `started`, `number`; `ended`, `config` (the id of
`config.yaml`), `params` (logged beside the config), `tags`, `metrics`, `validations`, `artifacts`,
`code`, `parent`, `host`, `user`, `notes`, `trial`, `performance`, `details`. A metric with one
value and no step is that number; any other is a mapping of its summary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from gittrack.canonical import Plain, emit, read
from gittrack.errors import DataError, NotCanonicalError
from gittrack.ids import ConfigId
from gittrack.runs.model import Artifact, CodeVersion, MetricSummary, Run, Validation
from gittrack.slug import slug

PlainMap = dict[str | int, Any]

_SUMMARY = ("last", "first", "min", "max", "mean")
_STEPS = ("last_step", "min_step", "max_step")
_SHA256 = re.compile("[0-9a-f]{64}")
_CODE = tuple(field.name for field in fields(CodeVersion))


def encode_run(run: Run, *, logged: Mapping[str | int, Plain], host: str = "") -> bytes:
    """The bytes of `run.yaml`; `logged` are the parameters that are not in the config."""
    data: PlainMap = {
        "id": run.run_id,
        "name": run.run_name,
        "experiment": run.experiment_name,
        "status": run.status,
        "started": time_text(run.start_time),
        "number": run.number,
    }
    optional: PlainMap = {
        "ended": None if run.end_time is None else time_text(run.end_time),
        "config": run.config_id,
        "params": dict(logged),
        "tags": dict(run.tags),
        "metrics": {key: _metric(summary) for key, summary in run.summaries.items()},
        "validations": [_validation(validation) for validation in run.validations],
        "artifacts": [_artifact(artifact) for artifact in run.artifacts],
        "code": _code(run.code_version),
        "parent": run.parent_run_id,
        "host": host,
        "user": run.user,
        "notes": list(run.notes),
        "trial": run.trial_number,
        "performance": dict(run.performance),
        "details": dict(run.details),
    }
    data |= {key: value for key, value in optional.items() if value not in (None, "", [], {})}
    return emit(data)


def decode_run(data: bytes, config: bytes | PlainMap | None) -> Run:
    """Read a run's `run.yaml`, with its `config.yaml` if it has one, or what `read_mapping` says.

    Raises:
        DataError: it is no run's record.
    """
    found = read_mapping(data)
    plain = read_mapping(config) if isinstance(config, bytes) else config or {}
    try:
        return _decoded(found, plain)
    except TypeError as error:
        raise DataError(f"not a run's record: a value has the wrong type: {error}") from error
    except (KeyError, ValueError, AttributeError, OverflowError) as error:
        raise DataError(f"not a run's record: {error}") from error


def read_mapping(data: bytes) -> PlainMap:
    """What a file of a run holds.

    Raises:
        DataError: it is no canonical mapping.
    """
    try:
        found = read(data)
    except NotCanonicalError as error:
        raise DataError(f"not a run's record: {error}") from error
    if not isinstance(found, dict):
        raise DataError("not a run's record: it is no mapping")
    return found


def time_text(moment: datetime) -> str:
    """UTC in ISO 8601 with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(microseconds: int) -> datetime:
    """The moment so many microseconds after the epoch."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def _decoded(found: Any, plain: PlainMap) -> Run:
    summaries = {str(key): _summary(value) for key, value in found.get("metrics", {}).items()}
    code = found.get("code")
    name = str(found["experiment"])
    return Run(
        run_id=str(found["id"]),
        run_name=str(found["name"]),
        experiment_id=slug(name),
        experiment_name=name,
        status=str(found["status"]),
        start_time=_moment(found["started"]),
        end_time=_moment(found["ended"]) if "ended" in found else None,
        params={**plain, **found.get("params", {})},
        metrics={key: summary.last for key, summary in summaries.items()},
        summaries=summaries,
        tags={str(key): str(value) for key, value in found.get("tags", {}).items()},
        artifacts=tuple(map(_read_artifact, found.get("artifacts", []))),
        validations=tuple(_read_validation(v) for v in found.get("validations", [])),
        config_id=ConfigId(found["config"]) if "config" in found else None,
        code_version=None
        if code is None
        else CodeVersion(
            **{k: _text(code.get(k)) for k in _CODE[:5]}, dirty=bool(code.get("dirty"))
        ),
        parent_run_id=_text(found.get("parent")),
        number=_whole(found["number"]),
        notes=tuple(map(str, found.get("notes", []))),
        trial_number=_whole(found.get("trial")),
        performance={str(k): float(v) for k, v in found.get("performance", {}).items()},
        details=found.get("details", {}),
        host=str(found.get("host", "")),
        user=_text(found.get("user")) or "",
    )


def _metric(summary: MetricSummary) -> Plain:
    if summary.count == 1 and summary.last_step is None:
        return summary.last
    data: PlainMap = {"count": summary.count, "last": summary.last}
    if summary.count > 1:
        data |= {name: getattr(summary, name) for name in _SUMMARY}
    steps = {name: getattr(summary, name) for name in _STEPS}
    data |= {name: step for name, step in steps.items() if step is not None}
    if summary.count == 1:
        data = {"count": 1, "last": summary.last, "last_step": summary.last_step}
    return data


def _summary(value: Any) -> MetricSummary:
    if type(value) is float:
        return MetricSummary(1, value, None, value, value, None, value, None, value)
    if not isinstance(value, dict):
        return _summary(float(value))
    last, step = float(value["last"]), _whole(value.get("last_step"))
    if value["count"] == 1:
        return MetricSummary(1, last, step, last, last, step, last, step, last)
    facts: dict[str, Any] = {name: float(value[name]) for name in _SUMMARY}
    facts |= {name: _whole(value.get(name)) for name in _STEPS}
    return MetricSummary(count=int(value["count"]), **facts)


def _validation(validation: Validation) -> PlainMap:
    data: PlainMap = {"name": validation.name, "passed": validation.passed}
    if validation.num_violations:
        data["num_violations"] = validation.num_violations
    if validation.metrics:
        data["metrics"] = dict(validation.metrics)
    return data


def _read_validation(value: Any) -> Validation:
    return Validation(
        str(value["name"]),
        bool(value["passed"]),
        # Before 1.0, records called it `violations`.
        int(value.get("num_violations", value.get("violations", 0))),
        {str(k): float(v) for k, v in value.get("metrics", {}).items()},
    )


def _artifact(artifact: Artifact) -> PlainMap:
    data: PlainMap = {"path": artifact.path, "size": artifact.size, "sha256": artifact.sha256}
    if artifact.store != "git":
        data["store"] = artifact.store
    if artifact.artifact_type is not None:
        data["type"] = artifact.artifact_type
    return data


def _read_artifact(value: Any) -> Artifact:
    path, size, sha256 = value["path"], value["size"], value["sha256"]
    store, kind = value.get("store", "git"), value.get("type")
    texts = all(isinstance(text, str) for text in (path, sha256, store, kind or ""))
    if not texts or type(size) is not int or size < 0 or not _SHA256.fullmatch(sha256):
        raise ValueError("a value has the wrong type, among the artifacts")
    return Artifact(path, size, sha256, store, kind)


def _code(code: CodeVersion | None) -> PlainMap:
    if code is None:
        return {}
    facts = {name: getattr(code, name) for name in _CODE}
    return {name: value for name, value in facts.items() if value}


def _whole(value: Any) -> int | None:
    if value is None or type(value) is int:
        return value
    raise TypeError(f"{type(value).__name__} is no whole number")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"{type(value).__name__} is no text")


def _moment(text: Any) -> datetime:
    return datetime.fromisoformat(text)
