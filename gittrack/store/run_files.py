"""The files of runs that are sealed: records, configs, environments, histories, artifacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from gittrack.artifacts.pointers import pointer_text
from gittrack.git.importer import Edit, Link, Put, PutFile
from gittrack.git.objects import blob_id
from gittrack.ids import ObjectId
from gittrack.runs.codec import decode_run, encode_run
from gittrack.runs.events import RunState
from gittrack.runs.model import Artifact, Run, Step
from gittrack.runs.series import HEADER, line, series_paths
from gittrack.store.journals import events_of
from gittrack.store.resealing import Pending, Records
from gittrack.store.session import Session, TreeView
from gittrack.store.waiting import WaitingContents

_SPOOL = 8 << 20  # characters of metrics' histories kept in memory, as lines, while sealing


def run_edits(
    session: Session, view: TreeView, group: Sequence[Pending], spool: Path
) -> Iterator[Edit]:
    """The files of runs, all of one kind together: git stores what is alike as differences."""
    hash_name = session.repository.hash_name
    environments: dict[str, ObjectId] = {}
    written = []
    records = Records(session, view)
    for pending in group:
        run = pending.state.run(dead=pending.dead)
        data = encode_run(run, logged=pending.state.logged(), host=pending.state.host)
        new = records.to_write(pending, data)
        if new is not None:
            yield Put(f"{pending.place}/run.yaml", new)
            carried = run if new == data else decode_run(new, None)
            written.append((pending, replace(run, artifacts=carried.artifacts)))
    for pending, _ in written:
        config = pending.state.config_bytes()
        if config is not None:
            yield Put(f"{pending.place}/config.yaml", config)
    for pending, _ in written:
        text = pending.state.environment
        if text is None:
            continue
        path = f"{pending.place}/environment.yaml"
        known = environments.get(text)
        if known is None:
            environments[text] = blob_id(text.encode(), hash_name)
            yield Put(path, text.encode())
        else:
            yield Link(path, known)
    for pending, run in written:
        yield from _series(pending, run, spool)
        yield from artifact_edits(session, pending.place, run.artifacts, view.commit)


def _series(pending: Pending, run: Run, spool: Path) -> Iterator[Edit]:
    paths = series_paths(run.summaries)
    if not paths:
        return
    series = _Series(paths, pending.state.started, spool / run.run_id)
    again = RunState(run.run_id, run.experiment_name)
    again.fold(events_of(pending.files), series.add)
    for key, content in series.files():
        path = f"{pending.place}/{paths[key]}"
        yield PutFile(path, content) if isinstance(content, Path) else Put(path, content)


def artifact_edits(
    session: Session,
    place: str,
    artifacts: Iterable[Artifact],
    commit: ObjectId | None = None,
) -> Iterator[Edit]:
    """Small files themselves, large ones in Git LFS as pointers; others are only named.

    `commit` is where the run was sealed before, if it was.
    """
    waiting = WaitingContents(session)
    for artifact in artifacts:
        path = f"{place}/artifacts/{artifact.path}"
        if artifact.store == "git":
            edit = waiting.edit(path, artifact, commit)
            if edit is not None:
                yield edit
        elif artifact.store == "lfs":
            yield Put(path, pointer_text(artifact.sha256, artifact.size))


class _Series:
    """The histories of a run's metrics as CSV; long ones go to disk as they grow."""

    def __init__(self, keys: Iterable[str], started: int, spool: Path) -> None:
        self._lines: dict[str, list[str]] = {key: [] for key in keys}
        self._files = {key: spool / str(number) for number, key in enumerate(self._lines)}
        self._started = started
        self._size = 0

    def add(self, key: str, step: Step, time: int, value: float) -> None:
        """Take a point."""
        lines = self._lines.get(key)
        if lines is not None:
            text = line(step, time - self._started, value)
            lines.append(text)
            self._size += len(text)
            if self._size > _SPOOL:
                self._spill()

    def files(self) -> Iterator[tuple[str, bytes | Path]]:
        """Each history as bytes, or as the file that holds it."""
        for key, path in self._files.items():
            if path.exists():
                self._spill()
                yield key, path
            else:
                yield key, HEADER + "".join(self._lines[key]).encode()

    def _spill(self) -> None:
        for key, lines in self._lines.items():
            if lines:
                path = self._files[key]
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("ab") as file:
                    if file.tell() == 0:
                        file.write(HEADER)
                    file.write("".join(lines).encode())
                lines.clear()
        self._size = 0
