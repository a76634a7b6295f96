"""What a journal says of a run: one JSON array for each call, and how they fold into a run.

| record | what it says |
| --- | --- |
| `["start", time, facts]` | name, number, parent, config (canonical YAML text), host, user |
| `["params", time, text]` | parameters, as canonical YAML |
| `["metrics", time, step, {key: value}]` | values; also NaN and Infinity, which JSON lacks |
| `["tags", time, {key: text or null}]` | tags set, or taken away |
| `["artifact", time, facts]` | a file was stored |
| `["validation", time, facts]` | a check was made |
| `["note", time, text]` | a remark |
| `["code", time, facts]`, `["environment", time, text]` | what it runs with |
| `["result", time, facts]` | it is a trial: number, objective values, details; the latest counts |
| `["end", time, status]` | it ended |
| `["trial", facts]` | a whole run in one record |

Times are in microseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from gittrack.canonical import Plain, config_id, emit, read
from gittrack.runs.codec import moment_of
from gittrack.runs.model import (
    KILLED,
    RUNNING,
    Artifact,
    CodeVersion,
    MetricPoint,
    Run,
    Step,
    SummaryBuilder,
    Validation,
)
from gittrack.slug import slug

OnPoint = Callable[[str, Step, int, float], None]
"""Takes a point of a metric's history: key, step, microseconds since the epoch, value."""

_CODE = {field.name for field in fields(CodeVersion)}


@dataclass(slots=True)
class RunState:
    """A run as its events make it, folded one by one."""

    run_id: str
    experiment: str
    name: str = ""
    started: int = 0
    ended: int | None = None
    last: int = 0
    status: str = RUNNING
    number: int | None = None
    parent: str | None = None
    host: str = ""
    user: str = ""
    config: bytes | None = None
    environment: str | None = None
    code: dict[str, Any] | None = None
    result: dict[str, Any] = field(default_factory=dict)
    params: dict[str | int, Plain] = field(default_factory=dict)
    metrics: dict[str, SummaryBuilder] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    validations: list[Validation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    damaged: int = 0

    def fold(self, events: Iterable[list[Any]], on_point: OnPoint | None = None) -> RunState:
        """Take events in, in their order."""
        for event in events:
            kind = event[0]
            if kind == "metrics":
                _, time, step, values = event
                self._metrics(time, step, values, on_point)
                continue
            if kind == "damaged":
                self.damaged += 1
                continue
            handler = _HANDLERS.get(kind)
            if handler is not None:  # what a newer version says besides is for that version
                handler(self, *event[1:])
        return self

    def config_bytes(self) -> bytes | None:
        """The bytes of `config.yaml`: the config given, else the parameters logged."""
        if self.config is not None:
            return self.config
        return emit(self.params) if self.params else None

    def logged(self) -> Mapping[str | int, Plain]:
        """The parameters that are not in the config."""
        return self.params if self.config is not None else {}

    def run(self, *, dead: bool = False) -> Run:
        """The run as it is now; one whose process is dead was killed."""
        data = self.config_bytes()
        plain: Any = {} if self.config is None else read(self.config)
        summaries = {key: builder.summary() for key, builder in self.metrics.items()}
        killed = dead and self.status == RUNNING
        ended = self.last if killed else self.ended
        return Run(
            run_id=self.run_id,
            run_name=self.name,
            experiment_id=slug(self.experiment),
            experiment_name=self.experiment,
            status=KILLED if killed else self.status,
            start_time=moment_of(self.started),
            end_time=None if ended is None else moment_of(ended),
            params={**plain, **self.params},
            metrics={key: summary.last for key, summary in summaries.items()},
            summaries=summaries,
            tags=dict(self.tags),
            artifacts=tuple(self.artifacts.values()),
            validations=tuple(self.validations),
            config_id=None if data is None else config_id(data),
            code_version=None
            if self.code is None
            else CodeVersion(**{k: v for k, v in self.code.items() if k in _CODE}),
            parent_run_id=self.parent,
            number=self.number,
            notes=tuple(self.notes),
            trial_number=self.result.get("trial"),
            performance=self.result.get("performance", {}),
            details=self.result.get("details", {}),
            host=self.host,
            user=self.user,
        )

    def _metrics(
        self, time: int, step: Step, values: Mapping[str, float], on_point: OnPoint | None
    ) -> None:
        self.last = time
        for key, value in values.items():
            builder = self.metrics.get(key)
            if builder is None:
                builder = self.metrics[key] = SummaryBuilder()
            builder.add(step, time, value)
            if on_point is not None:
                on_point(key, step, time, value)

    def _start(self, time: int, facts: Mapping[str, Any]) -> None:
        self.started = self.last = time
        self.name, self.number = facts.get("name", ""), facts.get("number")
        self.parent, self.host = facts.get("parent"), facts.get("host", "")
        self.user = facts.get("user", "")
        text = facts.get("config")
        self.config = None if text is None else text.encode()

    def _params(self, time: int, text: str) -> None:
        self.last = time
        found = read(text.encode())
        if isinstance(found, dict):
            self.params |= found

    def _tags(self, time: int, tags: Mapping[str, str | None]) -> None:
        self.last = time
        for key, value in tags.items():
            if value is None:
                self.tags.pop(key, None)
            else:
                self.tags[key] = value

    def _artifact(self, time: int, facts: Mapping[str, Any]) -> None:
        self.last = time
        self.artifacts[facts["path"]] = Artifact(
            facts["path"], facts["size"], facts["sha256"], facts["store"], facts.get("type")
        )

    def _validation(self, time: int, facts: Mapping[str, Any]) -> None:
        self.last = time
        self.validations.append(
            Validation(
                facts["name"],
                facts["passed"],
                facts.get("num_violations", 0),
                facts.get("metrics", {}),
                time / 1e6,
            )
        )

    def _note(self, time: int, text: str) -> None:
        self.last = time
        self.notes.append(text)

    def _code_version(self, time: int, facts: dict[str, Any]) -> None:
        self.last, self.code = time, facts

    def _environment(self, time: int, text: str) -> None:
        self.last, self.environment = time, text

    def _result(self, time: int, facts: dict[str, Any]) -> None:
        self.last, self.result = time, facts

    def _end(self, time: int, status: str) -> None:
        self.last = self.ended = time
        self.status = status


_HANDLERS: dict[str, Callable[..., None]] = {
    "start": RunState._start,
    "params": RunState._params,
    "tags": RunState._tags,
    "artifact": RunState._artifact,
    "validation": RunState._validation,
    "note": RunState._note,
    "code": RunState._code_version,
    "environment": RunState._environment,
    "result": RunState._result,
    "end": RunState._end,
}


def in_order(points: Iterable[MetricPoint]) -> list[MetricPoint]:
    """Points by time; those of one moment as they were logged."""
    return sorted(points, key=lambda point: point.time)
