"""`ModelRegistry`: the public face of models, their versions, aliases and stages."""

from __future__ import annotations

import builtins
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from gittrack.errors import UsageError
from gittrack.model import Event
from gittrack.models import contents
from gittrack.models.base import RegistryBase, one_version
from gittrack.models.drafts import Drafter
from gittrack.models.names import (
    Selector,
    check_alias,
    check_model_name,
)
from gittrack.store.models import (
    Model,
    ModelVersion,
    Stage,
    is_inside,
    parse_stage,
)

_T = TypeVar("_T")
_Path = str | os.PathLike[str]


class ModelRegistry(RegistryBase):
    """The models of one git repository: named sequences of versions.

    A version is named in one text (`churn:3`, `churn:latest`, `churn@champion`; `churn` is its
    latest) or in two arguments (`"churn", 3`; `"churn", "champion"`). Each change is one commit on
    `refs/exptrack/models/…`; HEAD, index, branches and work tree stay as they are.

    Args:
        path: the repository, or any folder in it; without one, the current folder decides.
        store: keeps the files; by default a folder within the repository's git folder.
        runs: tells what is known of a run, by its id; it fills in what `register_model` is not
            given, and may raise NotFoundError.
        warn: takes one-line notices; without it they become Python warnings.

    Raises:
        RepositoryError: there is no repository that can be used.
    """

    # Registering

    def register_model(
        self,
        model_name: str,
        model_path: _Path | None = None,
        metadata: Mapping[Any, Any] | None = None,
        *,
        run_id: str | None = None,
        artifact: str | None = None,
        config_id: str | None = None,
        commit: str | None = None,
        metrics: Mapping[str, Any] | None = None,
        description: str | None = None,
        tags: Mapping[str, object] | None = None,
        aliases: Iterable[str] = (),
    ) -> ModelVersion:
        """Register the next version of a model; the first one makes the model.

        `model_path` is a file or a folder, whose content is stored. `metadata` is any plain data
        that shall be kept. Without a run and a commit, the code's commit is HEAD. Description,
        tags and aliases are the version's. Two that register at once get different numbers.

        `artifact` takes the place of the path: that of a run's artifact, or of a folder of them. A
        registry that knows runs (`ExperimentTracker.models`) takes it from there, and config, code
        and metrics as well, as the run has them now.

        Raises:
            UsageError: a name, alias or id cannot be one; the path cannot be read.
            ValueRefusedError: metadata, metrics or tags hold what cannot be stored; says where.
            NotFoundError: there is nothing at the path, no such run or artifact, or the model was
                deleted or renamed.
            RepositoryError: the repository or the store cannot be written.
        """
        name = check_model_name(model_name)
        if artifact is not None:
            self._check_artifact(model_path, run_id)
        named = tuple(dict.fromkeys(check_alias(a.removeprefix("@")) for a in _listed(aliases)))
        drafter = Drafter(self._session, self._store, self._runs)
        made = drafter.made_by(run_id, config_id, commit, metrics)
        draft = drafter.draft(name, made, metadata, description, tags)
        if artifact is None:
            draft, manifest = drafter.with_contents(draft, model_path)
        else:
            draft, manifest = drafter.with_artifact(draft, made, artifact)
        return self._writer.register(draft, manifest, named)

    def create_model(
        self, name: str, *, description: str = "", tags: Mapping[str, object] | None = None
    ) -> bool:
        """Make a model that has no version yet; whether there was none of that name.

        One that was deleted begins anew: its versions stay deleted, and keep their numbers.

        Raises:
            UsageError: no model can have that name, or another one was renamed from it.
        """
        return self._writer.create(check_model_name(name), description, tags)

    # Finding

    def get_model(self, name: str) -> Model:
        """A model.

        Raises:
            NotFoundError: there is none of that name, or it was deleted or renamed.
            DataError: its record is damaged.
        """
        return self._reader.find(check_model_name(name)).model

    def list_models(self, *, deleted: bool = False) -> builtins.list[Model]:
        """The models by name, or the deleted ones; a damaged one is told, and left out."""
        models = self._reader.list(lambda error: self._warn(f"{error} ({error.hint})"))
        return [model for model in models if model.deleted == deleted]

    def list_versions(self, name: str, *, stage: str | None = None) -> builtins.list[ModelVersion]:
        """The versions of a model, newest first; with `stage`, those at that stage.

        Raises:
            As `get_model`; UsageError: there is no such stage.
        """
        wanted = None if stage is None else parse_stage(stage)
        state = self._reader.find(check_model_name(name))
        versions = self._reader.versions(state, reversed(state.model.versions))
        return [v for v in versions if wanted is None or v.stage is wanted]

    def get_version(self, name: str, version: Selector = None) -> ModelVersion:
        """One version: `get_version("churn:3")`, `("churn@champion")`, `("churn", "latest")`.

        Raises:
            NotFoundError: there is no such model, version or alias.
            UsageError: the name cannot be one.
            DataError: the record is damaged.
        """
        state, number = self._find(name, version)
        return self._reader.version(state, number)

    def versions_of_run(self, run_id: str) -> builtins.list[ModelVersion]:
        """The versions that a run made, by model and number; `run_id` is its whole id.

        Damaged records are left out: `list_models` and `list_versions` tell of them.
        """
        return self._reader.versions_of_run(run_id)

    def history(self, name: str) -> Sequence[Event]:
        """What happened to a model, when and by whom, newest first; also to a deleted one.

        Raises:
            NotFoundError: there never was a model of that name.
        """
        checked = check_model_name(name)
        if self._reader.look(checked) is None:
            self._reader.find(checked)
        return self._reader.history(checked)

    # Changing

    def set_alias(self, name: str, alias: str, version: Selector = None) -> ModelVersion:
        """Have an alias lead to a version, wherever it led before.

        Raises:
            UsageError: the alias cannot be one.
            NotFoundError: there is no such model or version.
        """
        model, selector = one_version(name, version)
        return self._version(model, self._writer.set_alias(model, alias, selector))

    def delete_alias(self, name: str, alias: str) -> None:
        """Take an alias away from a model.

        Raises:
            NotFoundError: the model does not have it.
        """
        self._writer.delete_alias(check_model_name(name), alias)

    def transition_stage(
        self,
        name: str,
        version: Selector,
        stage: str | None,
        archive_existing: bool = False,
    ) -> ModelVersion:
        """Put a version at a stage: `None`, `Staging`, `Production` or `Archived`, in any case.

        With `archive_existing`, all other versions at Staging or Production, whichever is asked
        for, become archived in the same commit.

        Raises:
            UsageError: there is no such stage, or it is none whose versions can be archived.
            NotFoundError: there is no such model or version.
        """
        wanted = parse_stage(stage)
        if archive_existing and wanted not in (Stage.STAGING, Stage.PRODUCTION):
            raise UsageError(
                f"what is at the stage {wanted} cannot be archived",
                hint="archive_existing goes with Staging and Production",
            )
        model, selector = one_version(name, version)
        number = self._writer.transition(model, selector, wanted, archive_existing)
        return self._version(model, number)

    def update_version(
        self,
        name: str,
        version: Selector = None,
        *,
        description: str | None = None,
        tags: Mapping[str, object] | None = None,
    ) -> ModelVersion:
        """Describe or tag a version; the other tags stay, and one set to `None` goes.

        Raises:
            NotFoundError: there is no such model or version.
        """
        model, selector = one_version(name, version)
        number = self._writer.describe_version(model, selector, description, tags)
        return self._version(model, number)

    def update_model(
        self,
        name: str,
        *,
        description: str | None = None,
        tags: Mapping[str, object] | None = None,
    ) -> Model:
        """Describe or tag a model; the other tags stay, and one set to `None` goes.

        Raises:
            NotFoundError: there is no such model.
        """
        checked = check_model_name(name)
        self._writer.describe_model(checked, description, tags)
        return self.get_model(checked)

    def rename(self, name: str, new_name: str) -> Model:
        """Give a model another name; versions, aliases and history go with it.

        The old name stays taken, and tells the new one.

        Raises:
            UsageError: there is a model of the new name, deleted or not.
            NotFoundError: there is no model of the old one.
        """
        checked = check_model_name(new_name)
        self._writer.rename(check_model_name(name), checked)
        return self.get_model(checked)

    def delete_version(self, name: str, version: Selector = None) -> None:
        """Take a version away, with the aliases that lead to it; nobody gets its number again.

        A version has to be named, here as in one text: `churn:3`. Its files stay in the store.

        Raises:
            UsageError: no version is named.
            NotFoundError: there is no such model or version.
        """
        model, selector = one_version(name, version)
        if selector is None:
            raise UsageError("which version is to be deleted?", hint=f"for example: {model}:1")
        self._writer.delete_version(model, selector)

    def restore_version(self, name: str, version: Selector = None) -> ModelVersion:
        """Bring a deleted version back as it was; its aliases are not given back.

        Raises:
            UsageError: no number is given.
            NotFoundError: the model never had such a version.
        """
        model, selector = one_version(name, version)
        if not str(selector).isascii() or not str(selector).isdigit():
            raise UsageError("a deleted version is named by its number", hint=f"{model}:1")
        self._writer.restore_version(model, int(str(selector)))
        return self.get_version(model, selector)

    def delete_model(self, name: str) -> None:
        """Take a model out of all listings; its name stays taken, and nothing is lost.

        Raises:
            NotFoundError: there is no such model.
        """
        self._writer.set_deleted(check_model_name(name), deleted=True)

    def restore_model(self, name: str) -> Model:
        """Bring a deleted model back, with all its versions and aliases.

        Raises:
            NotFoundError: there never was one.
        """
        checked = check_model_name(name)
        self._writer.set_deleted(checked, deleted=False)
        return self.get_model(checked)

    # Files

    def fetch(
        self, name: str, version: Selector = None, *, target: _Path, overwrite: bool = False
    ) -> Path:
        """Write a version's file or folder to `target`, checked, whole or not at all.

        What the store lacks is taken from the artifacts of the run, in a registry that knows runs.
        With `overwrite`, a file replaces a file; a folder needs a target that is new or empty.

        Raises:
            NotFoundError: there is no such version, or the store does not have its files.
            UsageError: the target exists; the version has no files, or another store has them.
            DataError: what the store has is damaged.
        """
        state, number = self._find(name, version)
        found = self._reader.version(state, number)
        files = None if found.files is None else self._reader.manifest(state, number)
        run = None
        if self._runs is not None and found.run_id is not None:
            run = partial(self._runs, found.run_id)
        place = Path(target)
        return contents.fetch(self._store, found, files, place, overwrite=overwrite, run=run)

    def load(self, name: str, version: Selector = None, *, read: Callable[[Path], _T]) -> _T:
        """What your own `read` makes of a version's file or folder: `read=joblib.load`.

        The path that it is given is gone when this returns. Nothing is unpickled here: only `read`
        decides how much the file is trusted.

        Raises:
            As `fetch`.
        """
        found = self.get_version(name, version)
        with tempfile.TemporaryDirectory(prefix="gittrack-") as folder:
            name = Path(found.source or "").name
            target = Path(folder, name if is_inside(name) else "model")
            return read(self.fetch(found.model, found.number, target=target))

    def _check_artifact(self, model_path: _Path | None, run_id: str | None) -> None:
        if model_path is not None:
            raise UsageError(
                "a model comes from a path or from an artifact", hint="give one of them"
            )
        if run_id is None:
            raise UsageError("of which run is the artifact?", hint="name it, too: run_id=RUN_ID")
        if self._runs is None:
            raise UsageError(
                "this registry knows no runs", hint="use that of a tracker: tracker.models"
            )


def _listed(names: Iterable[str]) -> Iterable[str]:
    return (names,) if isinstance(names, str) else names
