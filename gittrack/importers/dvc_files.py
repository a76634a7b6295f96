"""What DVC and DVCLive write: parameters, metrics, and histories as tables; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gittrack.errors import SourceError
from gittrack.importers.series import Point

PARAMS, PIPELINE, METRICS, PLOTS = "params.yaml", "dvc.yaml", "metrics.json", "plots/metrics/"
_SUFFIX = ".tsv"


def metric_values(data: Mapping[Any, Any], before: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of a metrics file, by their keys with dots between."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from metric_values(value, f"{before}{key}.")
        elif isinstance(value, int | float):
            yield f"{before}{key}", float(value)


def history_key(path: str) -> str | None:
    """The metric whose history a file has: `dvclive/plots/metrics/train/loss.tsv`."""
    _, found, name = path.rpartition(PLOTS) if PLOTS in path else ("", "", "")
    return name.removesuffix(_SUFFIX) if found and name.endswith(_SUFFIX) else None


def history(text: str, place: str) -> Iterator[Point]:
    """The points of a table with a column of steps and one of values.

    Raises:
        SourceError: it is no such table; with the line.
    """
    lines = text.splitlines()
    head = lines[0].split("\t") if lines else []
    if "step" not in head or len(head) < 2:
        raise SourceError("a history has the columns step and the metric's", file=place)
    step_at = head.index("step")
    time_at = head.index("timestamp") if "timestamp" in head else None
    value_at = max(at for at in range(len(head)) if at not in (step_at, time_at))
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        try:
            time = None if time_at is None else float(cells[time_at]) / 1000
            yield int(cells[step_at]), time, float(cells[value_at])
        except (ValueError, IndexError, OverflowError):
            raise SourceError("no step and value", file=place, line=number, column=1) from None


def named_files(pipeline: Mapping[Any, Any]) -> tuple[list[str], list[str]]:
    """The files of parameters and of metrics that a `dvc.yaml` names, the usual ones first."""
    params, metrics = [PARAMS], [METRICS, "dvclive/metrics.json"]
    stages = pipeline.get("stages")
    parts: list[Any] = [pipeline, *(stages.values() if isinstance(stages, Mapping) else ())]
    for part in parts:
        if isinstance(part, Mapping):
            params += _names(part.get("params"), mappings_only=part is not pipeline)
            metrics += _names(part.get("metrics"), mappings_only=False)
    return list(dict.fromkeys(params)), list(dict.fromkeys(metrics))


def _names(listed: Any, *, mappings_only: bool) -> Iterator[str]:
    """The files in such a list; a stage's parameters that are texts are keys of `params.yaml`."""
    for one in listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ():
        if isinstance(one, Mapping):
            yield from (str(name) for name in one)
        elif not mappings_only:
            yield str(one)


def is_inside(path: str) -> bool:
    """Whether a path that a `dvc.yaml` names can be one in a commit, and has no variables in it."""
    parts = path.split("/")
    return path.isprintable() and not {"", ".", ".."} & set(parts) and "${" not in path
