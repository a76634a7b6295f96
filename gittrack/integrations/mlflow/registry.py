"""MLflow's model registry on a git repository."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from mlflow.entities.model_registry.model_version_stages import (
    ALL_STAGES,
    get_canonical_stage,
)
from mlflow.exceptions import MlflowException
from mlflow.prompt.registry_utils import add_prompt_filter_string
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.model_registry.abstract_store import AbstractStore
from mlflow.utils.search_utils import SearchModelUtils, SearchModelVersionUtils, SearchUtils
from mlflow.utils.validation import _validate_model_name, _validate_model_version

from gittrack.errors import GittrackError, NotFoundError
from gittrack.integrations.mlflow.failures import exists, invalid, missing, refusing, telling, told
from gittrack.integrations.mlflow.locations import (
    MODEL_FILES,
    model_run,
    parse_place,
    repository_path,
    root_uri,
    split_uri,
)
from gittrack.integrations.mlflow.opened import tracker_of
from gittrack.integrations.mlflow.versions import SOURCE, model_entity, version_entity
from gittrack.models.registry import ModelRegistry
from gittrack.store.models import ModelVersion
from gittrack.tracking.sharing import SharedTracker

_KEPT = (
    "copy_model_version",
    "create_prompt",
    "create_prompt_version",
    "delete_prompt",
    "delete_prompt_alias",
    "delete_prompt_tag",
    "delete_prompt_version",
    "delete_prompt_version_tag",
    "get_prompt",
    "get_prompt_version",
    "get_prompt_version_by_alias",
    "link_prompt_version_to_model",
    "link_prompt_version_to_run",
    "search_prompt_versions",
    "search_prompts",
    "set_prompt_alias",
    "set_prompt_tag",
    "set_prompt_version_tag",
)
_ORDER = ["last_updated_timestamp DESC", "name ASC", "version_number DESC"]
_MOST_MODELS, _MOST_VERSIONS = 1000, 200_000


@telling
@refusing(AbstractStore, _KEPT, "models, their versions and prompts")
class ModelRegistryStore(AbstractStore):  # type: ignore[misc]  # MLflow's types are not at hand
    """Registered models of MLflow as models of a git repository.

    Args:
        store_uri: the repository, as for the tracking store.
        tracking_uri: what MLflow asks for runs.
    """

    def __init__(self, store_uri: str, tracking_uri: str | None = None) -> None:
        super().__init__(store_uri, tracking_uri)
        with told():
            self._path = repository_path(store_uri)
            _ = self._tracker

    @property
    def _tracker(self) -> SharedTracker:
        return tracker_of(self._path)

    @property
    def _models(self) -> ModelRegistry:
        return self._tracker.models

    # Models

    def create_registered_model(
        self,
        name: str,
        tags: Sequence[Any] | None = None,
        description: str | None = None,
        deployment_job_id: str | None = None,  # noqa: ARG002
    ) -> Any:
        """Create a model without versions."""
        _validate_model_name(name)
        texts = {tag.key: tag.value for tag in tags or ()}
        if not self._models.create_model(name, description=description or "", tags=texts):
            raise exists(f"Registered Model (name={name}) already exists.")
        return self.get_registered_model(name)

    def update_registered_model(
        self,
        name: str,
        description: str | None,
        deployment_job_id: str | None = None,  # noqa: ARG002
    ) -> Any:
        """Describe a model anew."""
        self._models.update_model(name, description=description or "")
        return self.get_registered_model(name)

    def rename_registered_model(self, name: str, new_name: str) -> Any:
        """Give a model another name."""
        _validate_model_name(new_name)
        self._models.get_model(name)
        if any(one.name == new_name for one in self._models.list_models()):
            raise exists(f"Registered Model (name={new_name}) already exists.")
        self._models.rename(name, new_name)
        return self.get_registered_model(new_name)

    def delete_registered_model(self, name: str) -> None:
        """Delete a model with its versions."""
        self._models.delete_model(name)

    def get_registered_model(self, name: str) -> Any:
        """A model by its name."""
        try:
            model = self._models.get_model(name)
        except NotFoundError as error:
            raise missing(f"Registered Model with name={name} not found") from error
        return model_entity(model, self._models.list_versions(name))

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int | None = 100,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        """A page of models; the language is MLflow's."""
        models = [
            model_entity(one, self._models.list_versions(one.name))
            for one in self._models.list_models()
        ]
        wanted = add_prompt_filter_string(filter_string, is_prompt=False)
        found = SearchModelUtils.sort(SearchModelUtils.filter(models, wanted), order_by)
        return _page(found, page_token, 100 if max_results is None else max_results, _MOST_MODELS)

    def get_latest_versions(self, name: str, stages: Sequence[str] | None = None) -> list[Any]:
        """The latest version at each stage."""
        self.get_registered_model(name)
        asked = {get_canonical_stage(stage) for stage in stages or ALL_STAGES}
        found: dict[str, Any] = {}
        for version in self._models.list_versions(name):
            if str(version.stage) in asked:
                found.setdefault(str(version.stage), version_entity(version))
        return list(found.values())

    def set_registered_model_tag(self, name: str, tag: Any) -> None:
        """Set a tag of a model."""
        self._models.update_model(name, tags={tag.key: tag.value})

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Take a tag of a model away."""
        self._models.update_model(name, tags={key: None})

    # Versions

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Sequence[Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        local_model_path: str | None = None,  # noqa: ARG002
        model_id: str | None = None,
    ) -> Any:
        """Register the next version of a model.

        Its files are kept with it where they are those of a run of the repository.
        """
        self.get_registered_model(name)
        facts = {"source": source, "location": self._location(source)}
        facts |= {k: v for k, v in {"run_link": run_link, "model_id": model_id}.items() if v}
        options: dict[str, Any] = {
            "metadata": {SOURCE: facts},
            "description": description,
            "tags": {tag.key: tag.value for tag in tags or ()},
        }
        if run_id:
            facts["run_id"] = run_id
            options["run_id"] = run_id if self._is_here(run_id) else None
        return version_entity(self._register(name, facts["location"], options))

    def _register(self, name: str, location: str, options: dict[str, Any]) -> ModelVersion:
        """With the files, or without where the repository does not have them."""
        try:
            place = parse_place(split_uri(location)[1])
            made_by = {**options, "run_id": options.get("run_id") or place.run_id}
            return self._models.register_model(name, artifact=place.path, **made_by)
        except GittrackError:
            return self._models.register_model(name, **options)

    def update_model_version(
        self, name: str, version: str | int, description: str | None = None
    ) -> Any:
        """Describe a version anew."""
        found = self._models.update_version(name, _number(version), description=description or "")
        return version_entity(found)

    def transition_model_version_stage(
        self, name: str, version: str | int, stage: str, archive_existing_versions: bool
    ) -> Any:
        """Put a version at a stage."""
        wanted = get_canonical_stage(stage)
        archive = bool(archive_existing_versions)
        if archive and wanted not in ("Staging", "Production"):
            raise invalid(f"archive_existing_versions goes with Staging and Production: {stage}")
        found = self._models.transition_stage(name, _number(version), wanted, archive)
        return version_entity(found)

    def delete_model_version(self, name: str, version: str | int) -> None:
        """Delete a version."""
        self._models.delete_version(name, _number(version))

    def get_model_version(self, name: str, version: str | int) -> Any:
        """A version by its number."""
        number = _number(version)
        try:
            return version_entity(self._models.get_version(name, number))
        except NotFoundError as error:
            raise missing(f"Model Version (name={name}, version={version}) not found") from error

    def get_model_version_download_uri(self, name: str, version: str | int) -> str:
        """Where the files of a version are."""
        entity = self.get_model_version(name, version)
        facts: Any = self._models.get_version(name, _number(version)).metadata.get(SOURCE, {})
        return str(facts.get("location") or entity.source or "")

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int | None = 10_000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        """A page of versions; the language is MLflow's."""
        versions = [
            version_entity(version)
            for model in self._models.list_models()
            for version in self._models.list_versions(model.name)
        ]
        wanted = add_prompt_filter_string(filter_string, is_prompt=False)
        found = SearchModelVersionUtils.filter(versions, wanted)
        found = SearchModelVersionUtils.sort(found, order_by or _ORDER)
        return _page(
            found, page_token, 10_000 if max_results is None else max_results, _MOST_VERSIONS
        )

    def set_model_version_tag(self, name: str, version: str | int, tag: Any) -> None:
        """Set a tag of a version."""
        self._models.update_version(name, _number(version), tags={tag.key: tag.value})

    def delete_model_version_tag(self, name: str, version: str | int, key: str) -> None:
        """Take a tag of a version away."""
        self._models.update_version(name, _number(version), tags={key: None})

    # Aliases

    def set_registered_model_alias(self, name: str, alias: str, version: str | int) -> None:
        """Have an alias lead to a version."""
        self._models.set_alias(name, alias, _number(version))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Take an alias away, if it is there."""
        if alias in self._models.get_model(name).aliases:
            self._models.delete_alias(name, alias)

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        """The version that an alias leads to."""
        self.get_registered_model(name)
        if alias not in self._models.get_model(name).aliases:
            raise invalid(f"Registered model alias {alias} not found.")
        return version_entity(self._models.get_version(name, alias))

    # Webhooks: there are none, which is no error.

    def list_webhooks(self, *_: Any, **__: Any) -> Any:
        """No webhooks are kept here."""
        return PagedList([], None)

    def list_webhooks_by_event(self, *_: Any, **__: Any) -> Any:
        """No webhooks are kept here."""
        return PagedList([], None)

    # What is behind a version

    def _is_here(self, run_id: str) -> bool:
        try:
            return self._tracker.shared_run(run_id).run_id == run_id
        except GittrackError:
            return False

    def _location(self, source: str) -> str:
        """Where the files are that a version is made from."""
        name = source.removeprefix("models:/")
        if name == source:
            return source
        if model_run(name) is not None:
            return self._model_location(name)
        model, _, version = name.partition("/")
        try:
            if version.isdecimal():
                return self.get_model_version_download_uri(model, version)
        except (GittrackError, MlflowException):
            pass
        return source

    def _model_location(self, model_id: str) -> str:
        # A server gives its clients the place that it serves, which only its store knows.
        server = sys.modules.get("mlflow.server.handlers")
        store = getattr(server, "_tracking_store", None)
        if store is not None:
            return str(store.get_logged_model(model_id).artifact_location)
        repository = self._tracker.session.repository
        root = root_uri(repository.work_tree or repository.git_dir)
        return f"{root}/{model_run(model_id)}/{MODEL_FILES}/{model_id}/artifacts"


def _number(version: str | int) -> int:
    _validate_model_version(version)
    return int(version)


def _page(found: Sequence[Any], token: str | None, size: Any, most: int) -> Any:
    if not isinstance(size, int) or not 1 <= size <= most:
        raise invalid(
            f"Invalid value for max_results. It must be an integer from 1 to {most}, but got {size}"
        )
    start = SearchUtils.parse_start_offset_from_page_token(token)
    following = SearchUtils.create_page_token(start + size) if start + size < len(found) else None
    return PagedList(found[start : start + size], following)
