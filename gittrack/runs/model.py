"""What a run is: its status, parameters, metrics, validations and artifacts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gittrack.canonical import Plain
from gittrack.ids import ConfigId

RUNNING, FINISHED, FAILED, KILLED = "RUNNING", "FINISHED", "FAILED", "KILLED"
"""What a run can be; all but the first are for good."""

STATUSES = (RUNNING, FINISHED, FAILED, KILLED)

Step = int | None


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One value of a metric: its step (`None` where none was given), when (seconds since the
    epoch), and the value, which may be NaN or infinite."""

    step: Step
    time: float
    value: float


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """A metric over its whole history.

    `last` is the value of the greatest step, of these the latest; for that, a value without step
    counts as one of step 0, as in MLflow. Minimum, maximum and mean leave NaN out, and are NaN
    where nothing else was logged; `min_step` and `max_step` are where the extremes are.
    """

    count: int
    last: float
    last_step: Step
    first: float
    min: float
    min_step: Step
    max: float
    max_step: Step
    mean: float


@dataclass(frozen=True, slots=True)
class Validation:
    """A named check made on a run: whether it passed, violations, metrics of its own."""

    name: str
    passed: bool
    num_violations: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file stored with a run: its path there, bytes, SHA-256, where its content lies."""

    path: str
    size: int
    sha256: str
    store: str = "git"
    artifact_type: str | None = None


@dataclass(frozen=True, slots=True)
class CodeVersion:
    """The code that a run was made with.

    `commit` is on `refs/exptrack/code` and holds the exact work tree, `head` is the user's own
    commit at that moment.
    """

    commit: str | None = None
    tree: str | None = None
    head: str | None = None
    branch: str | None = None
    remote: str | None = None
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One execution, as far as it got.

    Times are in UTC. `params` are the config's values and what was logged beside them; `metrics`
    the latest values. `number` counts an experiment's runs on this clone.
    """

    run_id: str
    run_name: str
    experiment_id: str
    experiment_name: str
    status: str
    start_time: datetime
    end_time: datetime | None = None
    params: Mapping[str | int, Plain] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    summaries: Mapping[str, MetricSummary] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()
    validations: tuple[Validation, ...] = ()
    config_id: ConfigId | None = None
    code_version: CodeVersion | None = None
    parent_run_id: str | None = None
    number: int | None = None
    notes: tuple[str, ...] = ()
    trial_number: int | None = None
    performance: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str | int, Plain] = field(default_factory=dict)
    host: str = ""
    user: str = ""
    """Who ran it: a login name, where the environment was captured."""

    @property
    def git_commit(self) -> str | None:
        """The user's commit at the start of the run."""
        return None if self.code_version is None else self.code_version.head

    @property
    def measures(self) -> dict[str, float]:
        """What was measured: the metrics' latest values, and a trial's objective values."""
        return {**self.performance, **self.metrics}

    @property
    def duration(self) -> float | None:
        """Seconds from start to end."""
        if self.end_time is None:
            return None
        return (self.end_time - self.start_time).total_seconds()

    @property
    def is_live(self) -> bool:
        """Whether it has not ended."""
        return self.status == RUNNING

    def _repr_html_(self) -> str:
        """What the run is, was given and measured, for notebooks."""
        from gittrack.runs.notebook import run_html  # a script does without

        return run_html(self)

    def to_dict(self) -> dict[str, Any]:
        """The run as plain data, keyed as in the JSON that commands print."""
        return {
            "run_id": self.run_id,
            "run_name": self.run_name,
            "number": self.number,
            "experiment_id": self.experiment_id,
            "experiment_name": self.experiment_name,
            "status": self.status,
            "start_time": self.start_time.isoformat(),
            "end_time": None if self.end_time is None else self.end_time.isoformat(),
            "duration": self.duration,
            "params": dict(self.params),
            "metrics": dict(self.metrics),
            "tags": dict(self.tags),
            "artifacts": [
                {
                    "path": a.path,
                    "size": a.size,
                    "sha256": a.sha256,
                    "store": a.store,
                    "type": a.artifact_type,
                }
                for a in self.artifacts
            ],
            "validations": [
                {
                    "name": v.name,
                    "passed": v.passed,
                    "num_violations": v.num_violations,
                    "metrics": dict(v.metrics),
                }
                for v in self.validations
            ],
            "config_id": self.config_id,
            "git_commit": self.git_commit,
            "code_commit": None if self.code_version is None else self.code_version.commit,
            "parent_run_id": self.parent_run_id,
            "trial_number": self.trial_number,
            "performance": dict(self.performance),
            "notes": list(self.notes),
            "user": self.user,
        }


class SummaryBuilder:
    """Folds a metric's points into its summary, in constant memory."""

    __slots__ = (
        "_finite",
        "_total",
        "count",
        "first",
        "last",
        "last_key",
        "last_step",
        "max",
        "max_step",
        "min",
        "min_step",
    )

    def __init__(self) -> None:
        self.count = 0
        self.first = self.last = self.min = self.max = math.nan
        self.last_step: Step = None
        self.min_step: Step = None
        self.max_step: Step = None
        self.last_key: tuple[int, int] | None = None
        self._total = 0.0
        self._finite = 0

    def add(self, step: Step, time: int, value: float) -> None:
        """Take a point in; `time` is in microseconds."""
        if self.count == 0:
            self.first = value
        self.count += 1
        key = (step or 0, time)
        if self.last_key is None or key >= self.last_key:
            self.last_key, self.last, self.last_step = key, value, step
        if value != value:
            return
        self._total += value
        self._finite += 1
        if not value >= self.min:  # also where the minimum is NaN still
            self.min, self.min_step = value, step
        if not value <= self.max:
            self.max, self.max_step = value, step

    def summary(self) -> MetricSummary:
        """The summary of what was added."""
        return MetricSummary(
            count=self.count,
            last=self.last,
            last_step=self.last_step,
            first=self.first,
            min=self.min,
            min_step=self.min_step,
            max=self.max,
            max_step=self.max_step,
            mean=self._total / self._finite if self._finite else math.nan,
        )
