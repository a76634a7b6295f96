"""Every change of a model: one commit each, or none where nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gittrack.dates import format_time
from gittrack.errors import NotFoundError, UsageError
from gittrack.git.importer import Edit, Link, Put, Remove
from gittrack.ids import ObjectId, short
from gittrack.models.facts import changed_tags
from gittrack.models.names import Selector, check_alias, resolve
from gittrack.models.reading import RENAMED_FROM, ModelReader, State, check_present
from gittrack.store.layout import FORMAT_BYTES, FORMAT_PATH
from gittrack.store.models import (
    MODEL_PATH,
    VERSIONS,
    Model,
    ModelVersion,
    Stage,
    encode_model,
    encode_version,
    manifest_path,
    model_ref,
    version_path,
)
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.session import Session, TreeView


@dataclass(frozen=True, slots=True)
class Change:
    """What changes in a model's tree, and the message that says so; without edits, no commit.

    `number` is that of the version concerned, if one is.
    """

    edits: list[Edit]
    message: str
    number: int = 0


class ModelWriter:
    """Changes the models of one repository; whoever loses a race looks again and tries again."""

    def __init__(self, session: Session, publisher: Publisher, reader: ModelReader) -> None:
        self._session = session
        self._publisher = publisher
        self._reader = reader

    def register(
        self, draft: ModelVersion, manifest: bytes | None, aliases: tuple[str, ...]
    ) -> ModelVersion:
        """Add a version under the next number that is free; makes the model if there is none."""
        version = draft

        def build() -> list[RefCommit]:
            nonlocal version
            state = self._reader.look(draft.model)
            model = self._new(draft.model) if state is None else state.model
            check_present(model)
            # A merge of two clones may leave a version that the count does not know.
            number = max(model.next_number, (model.latest or 0) + 1)
            version = replace(draft, number=number, aliases=aliases)
            named = {**model.aliases, **dict.fromkeys(aliases, number)}
            edits: list[Edit] = [
                _put_model(replace(model, aliases=named, next_number=number + 1)),
                Put(version_path(number), encode_version(version)),
            ]
            if manifest is not None:
                edits.append(Put(manifest_path(number), manifest))
            if state is None:
                edits.append(Put(FORMAT_PATH, FORMAT_BYTES))
            commit = None if state is None else state.view.commit
            return [RefCommit(model_ref(model.name), commit, edits, _registration(version))]

        self._publisher.transact(build)
        return version

    def create(self, name: str, description: str, tags: Mapping[str, object] | None) -> bool:
        """Make a model without versions, or one that was deleted anew; whether there was none."""
        was_new = False

        def build() -> list[RefCommit]:
            nonlocal was_new
            state = self._reader.look(name)
            was_new = state is None or state.model.deleted
            if state is not None and not was_new:
                check_present(state.model)
                return []
            known = self._new(name) if state is None else state.model
            gone = () if state is None else state.model.versions
            model = replace(
                known,
                description=description,
                tags=changed_tags({}, tags),
                aliases={},
                deleted=False,
                next_number=max(known.next_number, *(number + 1 for number in gone), 1),
            )
            edits: list[Edit] = [_put_model(model)]
            if state is None:
                edits.append(Put(FORMAT_PATH, FORMAT_BYTES))
            else:
                edits += [edit for number in gone for edit in _removal(state, number)]
            commit = None if state is None else state.view.commit
            return [RefCommit(model_ref(name), commit, edits, f"create {name}")]

        self._publisher.transact(build)
        return was_new

    def set_alias(self, name: str, alias: str, selector: Selector) -> int:
        """Have an alias lead to a version, wherever it led before."""
        check_alias(alias)

        def change(state: State) -> Change:
            number = resolve(state.model, selector)
            before = state.model.aliases.get(alias)
            was = "" if before is None else f", was {before}"
            named = {**state.model.aliases, alias: number}
            edits = _model_edits(state, replace(state.model, aliases=named))
            return Change(edits, f"alias {name}@{alias} is {number}{was}", number)

        return self._change(name, change)

    def delete_alias(self, name: str, alias: str) -> None:
        """Take an alias away."""

        def change(state: State) -> Change:
            number = resolve(state.model, f"@{alias.removeprefix('@')}")
            wanted = alias.removeprefix("@")
            kept = {a: n for a, n in state.model.aliases.items() if a != wanted}
            edits = _model_edits(state, replace(state.model, aliases=kept))
            return Change(edits, f"unalias {name}@{wanted}, was {number}")

        self._change(name, change)

    def transition(self, name: str, selector: Selector, stage: Stage, archive: bool) -> int:
        """Put a version at a stage; with `archive`, all others there become archived."""

        def change(state: State) -> Change:
            number = resolve(state.model, selector)
            version = self._reader.version(state, number)
            changed = [replace(version, stage=stage)] if version.stage is not stage else []
            replaced = self._others_at(state, stage, number) if archive else []
            changed += [replace(other, stage=Stage.ARCHIVED) for other in replaced]
            archived = ", ".join(str(other.number) for other in replaced[:4])
            more = f" and {len(replaced) - 4} more" if len(replaced) > 4 else ""
            edits: list[Edit] = [Put(version_path(v.number), encode_version(v)) for v in changed]
            message = f"stage {version.reference} is {stage}, was {version.stage}"
            message += f", archived {archived}{more}" if archived else ""
            return Change(edits, message, number)

        return self._change(name, change)

    def describe_version(
        self,
        name: str,
        selector: Selector,
        description: str | None,
        tags: Mapping[str, object] | None,
    ) -> int:
        """Say something else of a version; what is `None` stays as it is."""

        def change(state: State) -> Change:
            version = self._reader.version(state, resolve(state.model, selector))
            changed = replace(
                version,
                description=version.description if description is None else description,
                tags=changed_tags(version.tags, tags),
            )
            edit = Put(version_path(version.number), encode_version(changed))
            edits: list[Edit] = [] if changed == version else [edit]
            return Change(edits, f"describe {version.reference}", version.number)

        return self._change(name, change)

    def describe_model(
        self, name: str, description: str | None, tags: Mapping[str, object] | None
    ) -> None:
        """Say something else of a model; what is `None` stays as it is."""

        def change(state: State) -> Change:
            model = state.model
            changed = replace(
                model,
                description=model.description if description is None else description,
                tags=changed_tags(model.tags, tags),
            )
            return Change(_model_edits(state, changed), f"describe {name}")

        self._change(name, change)

    def delete_version(self, name: str, selector: Selector) -> None:
        """Take a version away, and the aliases that lead to it; its number stays taken."""

        def change(state: State) -> Change:
            number = resolve(state.model, selector)
            gone = state.model.aliases_of(number)
            kept = {a: n for a, n in state.model.aliases.items() if n != number}
            edits = _model_edits(state, replace(state.model, aliases=kept))
            edits += _removal(state, number)
            aliases = "".join(f" @{alias}" for alias in gone)
            return Change(edits, f"delete {name}:{number}{aliases}")

        self._change(name, change)

    def restore_version(self, name: str, number: int) -> None:
        """Bring a deleted version back as it was; its aliases are not given back."""

        def change(state: State) -> Change:
            if number in state.model.versions:
                return Change([], "")
            entry = self._reader.before(name, number)
            if entry is None:
                raise NotFoundError(f"the model {name!r} never had a version {number}")
            old = TreeView(self._session.reader, entry.commit)
            paths = (version_path(number), manifest_path(number))
            found = [(path, old.entry(path)) for path in paths]
            edits: list[Edit] = [Link(path, blob.id) for path, blob in found if blob is not None]
            return Change(edits, f"restore {name}:{number}")

        self._change(name, change)

    def set_deleted(self, name: str, *, deleted: bool) -> None:
        """Delete a model, or bring it back with all its versions."""

        def change(state: State) -> Change:
            edits = _model_edits(state, replace(state.model, deleted=deleted))
            return Change(edits, f"{'delete' if deleted else 'restore'} {name}")

        self._change(name, change, deleted=not deleted)

    def rename(self, old: str, new: str) -> None:
        """Give a model another name, and its history with it; the old name tells the new one."""

        def build() -> list[RefCommit]:
            source = self._reader.find(old)
            if old == new:
                return []
            target = self._reader.look(new)
            if target is not None and target.model.renamed_to is None:
                was = ", but deleted" if target.model.deleted else ""
                raise UsageError(f"there is a model {new!r} already{was}", hint="take another name")
            assert source.view.commit is not None
            left = replace(source.model, renamed_to=new, aliases={}, tags={}, description="")
            edits: list[Edit] = [_put_model(left), Remove(VERSIONS)]
            return [
                self._arrival(source, target, new),
                RefCommit(model_ref(old), source.view.commit, edits, f"rename to {new}"),
            ]

        self._publisher.transact(build)

    def _arrival(self, source: State, target: State | None, new: str) -> RefCommit:
        """The commit that has all of a model under its new name; the old name's is its parent."""
        assert source.view.commit is not None
        paths = [FORMAT_PATH]
        for number in source.model.versions:
            paths += [version_path(number), manifest_path(number)]
        found = [(path, source.view.entry(path)) for path in paths]
        edits: list[Edit] = [_put_model(replace(source.model, name=new))]
        edits += [Link(path, entry.id) for path, entry in found if entry is not None]
        commit: ObjectId | None = None if target is None else target.view.commit
        message = f"{RENAMED_FROM}{source.model.name}"
        return RefCommit(model_ref(new), commit, edits, message, (source.view.commit,))

    def _change(
        self, name: str, change: Callable[[State], Change], *, deleted: bool = False
    ) -> int:
        number = 0

        def build() -> list[RefCommit]:
            nonlocal number
            state = self._reader.look(name) if deleted else self._reader.find(name)
            if state is None or state.model.renamed_to is not None:
                state = self._reader.find(name)
            wanted = change(state)
            number = wanted.number
            if not wanted.edits:
                return []
            ref = model_ref(name)
            return [RefCommit(ref, state.view.commit, wanted.edits, wanted.message)]

        self._publisher.transact(build)
        return number

    def _others_at(self, state: State, stage: Stage, number: int) -> list[ModelVersion]:
        versions = self._reader.versions(state, state.model.versions)
        return [v for v in versions if v.stage is stage and v.number != number]

    def _new(self, name: str) -> Model:
        author = str(self._session.repository.settings.author)
        return Model(name, format_time(self._session.now()), author)


def _model_edits(state: State, changed: Model) -> list[Edit]:
    return [] if changed == state.model else [_put_model(changed)]


def _put_model(model: Model) -> Put:
    return Put(MODEL_PATH, encode_model(model))


def _registration(version: ModelVersion) -> str:
    facts = [f"run {version.run_id}"] if version.run_id else []
    facts += [f"config {short(version.config_id)}"] if version.config_id else []
    facts += [f"sha256 {version.sha256[:12]}"] if version.sha256 else []
    marks = "".join(f" @{alias}" for alias in version.aliases)
    return f"register {version.reference}{marks}" + (f": {', '.join(facts)}" if facts else "")


def _removal(state: State, number: int) -> list[Edit]:
    """A version's files, taken out."""
    paths = [version_path(number)]
    if state.view.entry(manifest_path(number)) is not None:
        paths.append(manifest_path(number))
    return [Remove(path) for path in paths]
