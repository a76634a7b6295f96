"""What the file store and the database of MLflow have in common; pure but for paths."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from gittrack.errors import SourceError
from gittrack.importers.foreign import ForeignVersion
from gittrack.importers.series import time_or_none
from gittrack.runs.model import FAILED, FINISHED, KILLED, CodeVersion
from gittrack.runs.records import RunRecord, derived_run_id
from gittrack.runs.texts import typed

# As the plug-in keeps them, so that MLflow is shown the same (gittrack.integrations.mlflow).
_HIDDEN = "gittrack.mlflow."
DATASET = f"{_HIDDEN}dataset."
_STATUS = {"1": "RUNNING", "2": "SCHEDULED", "3": FINISHED, "4": FAILED, "5": KILLED}
_OWN = {"mlflow.runName", "mlflow.parentRunId", "mlflow.note.content"}
_NOTE = "mlflow.note.content"


@dataclass(frozen=True, slots=True)
class Info:
    """The facts of a run that are no parameter, metric or tag; times in milliseconds."""

    run_id: str
    name: str
    status: str
    start: int | None
    end: int | None
    user: str = ""
    datasets: tuple[Mapping[str, Any], ...] = ()


@dataclass(slots=True)
class Parts:
    """The rest of a run."""

    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, Iterator[tuple[int | None, float | None, float]]] = field(
        default_factory=dict
    )
    artifacts: list[tuple[str, Path]] = field(default_factory=list)


def status_name(given: object) -> str:
    """The status as a word; the file store writes a number."""
    text = str(given)
    return _STATUS.get(text, text)


def run_id_of(run_id: str) -> str:
    """The id that a run of MLflow's gets here."""
    return derived_run_id("mlflow", run_id)


def record_of(info: Info, parts: Parts) -> RunRecord:
    """The run as it is recorded here."""
    tags = parts.tags
    own = {key: value for key, value in tags.items() if key not in _OWN}
    own |= {_dataset_key(one): json.dumps(one) for one in info.datasets}
    if info.datasets:
        own[f"{DATASET}has"] = "1"
    if info.user:
        own.setdefault("mlflow.user", info.user)
    parent = tags.get("mlflow.parentRunId")
    note = tags.get(_NOTE)
    ended = info.status in (FINISHED, FAILED, KILLED)
    return RunRecord(
        run_name=tags.get("mlflow.runName") or info.name or None,
        status=info.status if ended else KILLED,
        start_time=seconds(info.start),
        end_time=seconds(info.end),
        params={key: typed(value) for key, value in parts.params.items()},
        metrics=parts.metrics,
        tags=own,
        notes=(note,) if note else (),
        parent_run_id=run_id_of(parent) if parent else None,
        artifacts=parts.artifacts,
        code_version=_code(tags),
        details={} if ended else {"import": {"status": info.status}},
    )


def seconds(milliseconds: int | None) -> float | None:
    """Seconds of MLflow's milliseconds, where that is a time."""
    return None if milliseconds is None else time_or_none(milliseconds / 1000)


def version_of(
    facts: Mapping[str, Any], tags: Mapping[str, str], aliases: tuple[str, ...]
) -> ForeignVersion:
    """A registered version, by the names that both stores use.

    Raises:
        SourceError: it has no number.
    """
    try:
        number = int(facts["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError("a version has no number", file=str(facts.get("name"))) from error
    run_id, source = facts.get("run_id"), str(facts.get("source") or "")
    stage = facts.get("current_stage")
    named = ("source", "run_id", "user_id", "run_link", "creation_timestamp")
    return ForeignVersion(
        model=str(facts.get("name")),
        number=number,
        run_id=run_id_of(str(run_id)) if run_id else None,
        facts={key: facts[key] for key in named if facts.get(key)},
        description=str(facts.get("description") or ""),
        tags=tags,
        aliases=aliases,
        stage=None if stage in (None, "None") else str(stage),
        artifact=_artifact(source, str(run_id)),
    )


def artifact_folder(uri: str, owner: str, roots: tuple[Path, ...]) -> Path | None:
    """Where artifacts lie that are said to be at a URI: below one of the roots, or nowhere.

    A store may have been moved: so the end of the path counts, as long as it can. The id of the
    owner, a run or a model, is part of it: a database cannot have a folder of one's own taken.

    Raises:
        SourceError: they are out of all roots, or on a server.
    """
    parsed = urlparse(uri)
    if parsed.scheme not in ("", "file", "mlflow-artifacts"):
        raise SourceError(f"its artifacts are at {uri[:200]}, not in files", file=uri[:100])
    path = Path(unquote(parsed.path))
    parts = [part for part in path.parts if part not in ("/", "..")]
    if owner in parts:
        last = len(parts) - 1 - parts[::-1].index(owner)
        for root in roots:
            real = root.resolve()
            for start in range(last + 1):
                found = real.joinpath(*parts[start:])
                if found.is_dir() and found.resolve().is_relative_to(real):
                    return found
    if parsed.scheme != "mlflow-artifacts" and path.is_dir():
        raise SourceError(
            "its artifacts lie elsewhere; name their folder: --artifacts", file=str(path)
        )
    return None


def _artifact(source: str, run_id: str) -> str | None:
    """The folder of a run's artifacts that a version was made from."""
    if source.startswith("models:/"):
        return f"models/{source.removeprefix('models:/').strip('/')}"
    for mark in (f"{run_id}/artifacts/", f"runs:/{run_id}/"):
        _, found, rest = source.partition(mark)
        if found and rest:
            return rest.strip("/")
    return None


def _dataset_key(facts: Mapping[str, Any]) -> str:
    return f"{DATASET}{facts.get('name')}.{facts.get('digest')}"


def _code(tags: Mapping[str, str]) -> CodeVersion | None:
    head = tags.get("mlflow.source.git.commit", "")
    if len(head) not in (40, 64) or not set(head) <= set("0123456789abcdef"):
        return None
    return CodeVersion(head=head, branch=tags.get("mlflow.source.git.branch"))
