"""Reading models, versions and their history from the refs."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from shlex import quote

from gittrack.dates import format_time
from gittrack.errors import DataError, NotFoundError, UsageError
from gittrack.git.history import LogEntry, log
from gittrack.git.refs import read_refs
from gittrack.model import Event
from gittrack.models.names import suggestion
from gittrack.store.layout import FORMAT_PATH, check_format
from gittrack.store.models import (
    MODEL_PATH,
    MODELS,
    VERSIONS,
    FileEntry,
    Model,
    ModelVersion,
    decode_manifest,
    decode_model,
    decode_version,
    manifest_path,
    model_ref,
    version_number,
    version_path,
)
from gittrack.store.session import Session, TreeView

RENAMED_FROM = "rename from "


@dataclass(frozen=True, slots=True)
class State:
    """A model as its ref has it now: its record, and the tree that it was read from."""

    model: Model
    view: TreeView


class ModelReader:
    """Reads the models of one repository; each answer is of one state of the model's ref."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def look(self, name: str) -> State | None:
        """What a name's ref holds, be it deleted or renamed; `None` where there is none.

        Raises:
            DataError: the record is damaged.
            UsageError: another model has the ref that this name would have.
        """
        view = self._session.view(model_ref(name))
        if view.commit is None:
            return None
        data = view.blob(MODEL_PATH)
        if data is None:
            raise _damaged(name, DataError(f"{MODEL_PATH} is missing"))
        try:
            model = decode_model(data)
        except DataError as error:
            raise _damaged(name, error) from error
        if model.name != name:
            raise UsageError(
                f"the model {name!r} would share its ref with the model {model.name!r}",
                hint="choose another name",
            )
        return State(replace(model, versions=_numbers(view)), view)

    def find(self, name: str) -> State:
        """The model of that name.

        Raises:
            NotFoundError: there is none, or it was deleted or renamed.
            DataError: its record is damaged.
        """
        state = self.look(name)
        if state is None:
            known = [model.name for model in self.list(lambda _: None)]
            raise NotFoundError(
                f"there is no model {name!r}",
                hint=suggestion(name, known) or "see them: git exp models list",
            )
        check_present(state.model)
        return state

    def list(self, on_damage: Callable[[DataError], None]) -> list[Model]:
        """All models by name, the deleted among them; a damaged one is told, and left out."""
        commits = read_refs(self._session.repository, MODELS)
        paths = (FORMAT_PATH, MODEL_PATH)
        names = [f"{commit}:{path}" for commit in commits.values() for path in paths]
        found = list(self._session.reader.find_many(names))
        models = []
        for ref, mark, record in zip(commits, found[::2], found[1::2], strict=True):
            if mark is not None:
                check_format(mark.data, ref)
            try:
                model = decode_model(b"" if record is None else record.data)
            except DataError as error:
                on_damage(_damaged(ref.removeprefix(MODELS), error))
                continue
            numbers = _numbers(TreeView(self._session.reader, commits[ref]))
            models.append(replace(model, versions=numbers))
        return sorted(
            (model for model in models if model.renamed_to is None), key=lambda model: model.name
        )

    def version(self, state: State, number: int) -> ModelVersion:
        """A version that is there.

        Raises:
            DataError: its record is damaged.
        """
        for version in self.versions(state, [number]):
            return version
        raise NotFoundError(f"version {number} of the model {state.model.name!r} does not exist")

    def versions(self, state: State, numbers: Iterable[int]) -> Iterator[ModelVersion]:
        """Those versions, in their order.

        Raises:
            DataError: a record is damaged.
        """
        wanted = list(numbers)
        found = self._session.reader.find_many(
            f"{state.view.commit}:{version_path(number)}" for number in wanted
        )
        for number, record in zip(wanted, found, strict=True):
            try:
                version = decode_version(b"" if record is None else record.data, state.model)
                if version.number != number:
                    raise DataError(f"it says that it is version {version.number}")
            except DataError as error:
                raise _damaged(f"{state.model.name}:{number}", error) from error
            yield version

    def versions_of_run(self, run_id: str) -> builtins.list[ModelVersion]:
        """The versions, of all models, that name that run; damaged ones are left out."""
        known = [model for model in self.list(lambda _: None) if not model.deleted]
        wanted = [(model, number) for model in known for number in model.versions]
        records = self._session.reader.find_many(
            f"{model_ref(model.name)}:{version_path(number)}" for model, number in wanted
        )
        found = []
        for (model, _), record in zip(wanted, records, strict=True):
            # Reading canonical YAML takes longer than looking for the id in it.
            if record is not None and run_id.encode() in record.data:
                with suppress(DataError):
                    found.append(decode_version(record.data, model))
        return [version for version in found if version.run_id == run_id]

    def manifest(self, state: State, number: int) -> dict[str, FileEntry]:
        """The files of a version that is a folder.

        Raises:
            DataError: the manifest is damaged or missing.
        """
        try:
            return decode_manifest(state.view.blob(manifest_path(number)) or b"")
        except DataError as error:
            raise _damaged(f"{state.model.name}:{number}", error) from error

    def history(self, name: str) -> Sequence[Event]:
        """What happened to a model and when, newest first."""
        return [_event(entry) for entry in self._log(model_ref(name), ())]

    def before(self, name: str, number: int) -> LogEntry | None:
        """The newest commit that wrote the record of a version."""
        entries = log(self._session.repository, [model_ref(name)], paths=[version_path(number)])
        written = (e for e in entries if any(c.blob is not None for c in e.changes))
        return next(written, None)

    def _log(self, start: str, exclude: Sequence[str]) -> Iterator[LogEntry]:
        """A model's commits; those under a name it had in between are a rename's second parent."""
        for entry in log(self._session.repository, [start], exclude=exclude, changes=False):
            yield entry
            other = f"{entry.commit}^2"
            if entry.message.startswith(RENAMED_FROM) and self._session.reader.find(other):
                yield from self._log(other, [f"{entry.commit}^1"])


def check_present(model: Model) -> None:
    """Refuse a model that is not there any more under this name.

    Raises:
        NotFoundError: it was deleted or renamed.
    """
    if model.renamed_to is not None:
        raise NotFoundError(
            f"the model {model.name!r} was renamed", hint=f"it is called {model.renamed_to!r} now"
        )
    if model.deleted:
        raise NotFoundError(
            f"the model {model.name!r} was deleted",
            hint=f"bring it back: git exp models restore {quote(model.name)}",
        )


def _numbers(view: TreeView) -> tuple[int, ...]:
    files = (f for folder in view.folder(VERSIONS) for f in view.folder(f"{VERSIONS}/{folder}"))
    return tuple(sorted(n for file in files if (n := version_number(file)) is not None))


def _damaged(name: str, error: DataError) -> DataError:
    return DataError(
        f"the record of the model {name!r} is damaged: {error}",
        hint=f"see what changed it: git log -p {model_ref(name.partition(':')[0])}",
    )


def _event(entry: LogEntry) -> Event:
    action, _, text = entry.message.partition("\n")[0].partition(" ")
    return Event(format_time(entry.time * 1_000_000), entry.author, action, text, entry.commit)
