"""A live run's state as JSON and back, so that a reader can go on folding where it stopped."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from gittrack.runs.events import RunState
from gittrack.runs.model import Artifact, SummaryBuilder, Validation
from gittrack.runs.plain_json import kept, restored

_SPECIAL = ("config", "environment", "metrics", "artifacts", "validations")
_PLAIN = tuple(field.name for field in fields(RunState) if field.name not in _SPECIAL)
_BUILDER = SummaryBuilder.__slots__


def dump_state(state: RunState) -> str:
    """The state as JSON text; the environment is left out."""
    data: dict[str, Any] = {name: getattr(state, name) for name in _PLAIN}
    if state.config is not None:
        data["config"] = state.config.decode()
    data["metrics"] = {
        key: [getattr(builder, slot) for slot in _BUILDER] for key, builder in state.metrics.items()
    }
    data["artifacts"] = [asdict(artifact) for artifact in state.artifacts.values()]
    data["validations"] = [asdict(validation) for validation in state.validations]
    # Parameters may have integers as keys, which JSON would make strings of.
    data["params"] = kept(state.params)
    return json.dumps(data)


def load_state(text: str) -> RunState:
    """The state that was dumped.

    Raises:
        ValueError, KeyError, TypeError: the text is no such state.
    """
    data: dict[str, Any] = json.loads(text)
    state = RunState(data["run_id"], data["experiment"])
    for name in _PLAIN:
        setattr(state, name, data[name])
    state.params = restored(data["params"])
    state.config = data["config"].encode() if "config" in data else None
    state.metrics = {key: _builder(values) for key, values in data["metrics"].items()}
    state.artifacts = {one["path"]: Artifact(**one) for one in data["artifacts"]}
    state.validations = [Validation(**one) for one in data["validations"]]
    return state


def _builder(values: list[Any]) -> SummaryBuilder:
    builder = SummaryBuilder()
    for slot, value in zip(_BUILDER, values, strict=True):
        setattr(builder, slot, tuple(value) if isinstance(value, list) else value)
    return builder
