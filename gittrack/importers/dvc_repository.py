"""DVC's experiments in a git repository: commits below `refs/exps/`, read from git's objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gittrack.canonical import MAX_BYTES
from gittrack.errors import GittrackError, RepositoryError, SourceError
from gittrack.git.history import list_files
from gittrack.git.objects import ObjectReader
from gittrack.git.refs import read_refs
from gittrack.git.repository import Repository, discover
from gittrack.importers.dvc_files import (
    METRICS,
    PIPELINE,
    PLOTS,
    history,
    history_key,
    is_inside,
    metric_values,
    named_files,
)
from gittrack.importers.foreign import ForeignExperiment, ForeignModel, ForeignRun, Request
from gittrack.importers.series import Point, time_or_none
from gittrack.importers.texts import digest
from gittrack.runs.model import CodeVersion
from gittrack.runs.records import RunRecord, derived_run_id
from gittrack.sources import parse_documents

_REFS = "refs/exps/"
_INTERNAL = {"exec", "celery", "stash", "apply", "running"}


@dataclass(frozen=True, slots=True)
class _Commit:
    """When a commit was made, and its message."""

    time: float | None
    message: str


def experiment_refs(path: Path) -> dict[str, str]:
    """The experiments of a repository: refs and the commits that they name; none elsewhere."""
    try:
        refs = read_refs(discover(path), _REFS)
    except RepositoryError:
        return {}
    found = {ref: str(commit) for ref, commit in refs.items()}
    return {ref: commit for ref, commit in sorted(found.items()) if _baseline(ref) is not None}


class Experiments:
    """The experiments of a repository, each a run."""

    def __init__(self, request: Request) -> None:
        self._report = request.report
        self._repository: Repository = discover(request.path)
        self._reader = ObjectReader(self._repository)
        self._refs = experiment_refs(request.path)
        self._name = request.path.resolve().name or "dvc"

    def experiments(self) -> list[ForeignExperiment]:
        """One, with the name of the repository's folder."""
        return [ForeignExperiment(self._name, len(self._refs), self._runs)]

    def models(self) -> list[ForeignModel]:
        """None: DVC keeps no such list in git."""
        return []

    def close(self) -> None:
        """End the git process."""
        self._reader.close()

    def _runs(self) -> Iterator[ForeignRun]:
        for ref, commit in self._refs.items():
            baseline, name = _baseline(ref) or ("", "")
            yield ForeignRun(
                label=ref,
                foreign_id=name,
                run_id=derived_run_id("dvc", baseline, name),
                state=digest([commit]),
                load=lambda commit=commit, name=name, baseline=baseline: self._load(  # type: ignore[misc]
                    commit, name, baseline
                ),
            )

    def _load(self, commit: str, name: str, baseline: str) -> RunRecord:
        facts = self._commit(commit)
        params_files, metric_files = named_files(self._mapping(commit, PIPELINE))
        params: dict[str, Any] = {}
        for path in params_files:
            params.update({str(k): v for k, v in self._mapping(commit, path).items()})
        message = facts.message.strip()
        return RunRecord(
            run_name=name,
            start_time=facts.time,
            end_time=facts.time,
            params=params,
            metrics=dict(self._metrics(commit, metric_files)),
            tags={"dvc.commit": commit},
            notes=(message,) if message and not message.startswith("dvc: commit") else (),
            code_version=CodeVersion(head=baseline),
        )

    def _commit(self, commit: str) -> _Commit:
        data = self._reader.get(commit).data.decode("utf-8", "replace")
        head, _, message = data.partition("\n\n")
        for line in head.split("\n"):
            if line.startswith("committer "):
                parts = line.rsplit(" ", 2)
                seconds = parts[1] if len(parts) == 3 and parts[1].isdecimal() else "0"
                return _Commit(time_or_none(float(seconds)), message)
        return _Commit(None, message)

    def _metrics(
        self, commit: str, files: list[str]
    ) -> Iterator[tuple[str, float | Iterator[Point]]]:
        taken: set[str] = set()
        for path in files:
            folder = path.removesuffix(METRICS)
            histories = list(self._histories(commit, folder)) if folder != path else []
            for key, points in histories:
                taken.add(key.replace("/", "."))
                yield key, points
            for key, value in metric_values(self._mapping(commit, path)):
                if key not in taken and not (histories and key == "step"):
                    taken.add(key)
                    yield key, value

    def _histories(self, commit: str, folder: str) -> Iterator[tuple[str, Iterator[Point]]]:
        for change in list_files(self._repository, commit, f":(literal){folder}{PLOTS}"):
            key = history_key(change.path)
            text = None if key is None else self._text(commit, change.path)
            if key and text:
                place = f"{commit[:12]}:{change.path}"
                yield key, self._told(history(text, place), place)

    def _told(self, points: Iterator[Point], place: str) -> Iterator[Point]:
        try:
            yield from points
        except SourceError as error:
            self._report.refuse(place, error)

    def _mapping(self, commit: str, path: str) -> dict[str | int, Any]:
        """The mapping in a file of a commit; nothing where it is not there or is none."""
        text = self._text(commit, path)
        if text is None or not text.strip():
            return {}
        try:
            found: dict[str | int, Any] = parse_documents(text.encode(), path)[0].data
        except GittrackError as error:
            self._report.refuse(f"{commit[:12]}:{path}", error)
            return {}
        return found

    def _text(self, commit: str, path: str) -> str | None:
        if not is_inside(path):
            self._report.refuse(f"{commit[:12]}:{path[:200]}", "no file of a commit has that name")
            return None
        found = next(iter(self._reader.find_many([f"{commit}:{path}"], most=MAX_BYTES)))
        if found is None or found.type != "blob":
            return None
        try:
            return found.data.decode()
        except UnicodeDecodeError:
            self._report.refuse(f"{commit[:12]}:{path}", "it is not UTF-8")
            return None


def _baseline(ref: str) -> tuple[str, str] | None:
    """The commit that an experiment began with and its name; `None` for refs of DVC's own."""
    parts = ref.removeprefix(_REFS).split("/", 2)
    if len(parts) < 3 or parts[0] in _INTERNAL or len(parts[0]) != 2:
        return None
    return parts[0] + parts[1], parts[2]
