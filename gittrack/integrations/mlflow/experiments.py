"""Experiments as MLflow has them: numbered by what their names hash to, renamed by a tag."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mlflow.entities import Experiment as MlflowExperiment
from mlflow.entities import ExperimentTag, LifecycleStage, ViewType
from mlflow.store.entities.paged_list import PagedList
from mlflow.utils.search_utils import SearchExperimentsUtils, SearchUtils
from mlflow.utils.validation import (
    _validate_experiment_artifact_location_length,
    _validate_experiment_name,
    _validate_experiment_tag,
)

from gittrack.errors import NotFoundError
from gittrack.git.refs import read_refs
from gittrack.integrations.mlflow.failures import exists, invalid, missing
from gittrack.integrations.mlflow.locations import root_uri
from gittrack.runs.own_tags import MLFLOW
from gittrack.slug import slug
from gittrack.store.experiment_deletion import deletions, is_deleted
from gittrack.store.experiments import EXPERIMENTS, Experiment, experiment_ref, read_experiment
from gittrack.store.session import TreeView
from gittrack.tracking.sharing import SharedTracker

DEFAULT, DEFAULT_ID = "Default", "0"

_NAME, _LOCATION, _UPDATED = (f"{MLFLOW}{word}" for word in ("name", "artifacts", "updated"))
_MOST = 50_000


@dataclass(frozen=True, slots=True)
class Found:
    """An experiment as gittrack has it, and whether it was deleted."""

    record: Experiment
    deleted: bool = False

    @property
    def name(self) -> str:
        """Its name in MLflow."""
        return self.record.tags.get(_NAME, self.record.name)


def number_of(name: str) -> str:
    """The id that MLflow has for the experiment of that name in gittrack: decimal digits, always
    the same ones, in every clone."""
    if name == DEFAULT:
        return DEFAULT_ID
    digest = hashlib.sha256(slug(name).encode()).digest()
    return str(10**17 + int.from_bytes(digest[:8], "big") % (9 * 10**17))


class Experiments:
    """The experiments of one repository.

    Args:
        tracker: records them.
        root: the URI below which artifacts lie, where that is not the repository.
    """

    def __init__(self, tracker: SharedTracker, root: str | None) -> None:
        self._tracker = tracker
        self._root = root
        self._names: dict[str, str] = {}

    def find(self, experiment_id: str | int) -> Found:
        """The experiment of that id, deleted or not.

        Raises:
            MlflowException: there is none.
        """
        wanted = str(experiment_id)
        name = self._names.get(wanted) or (DEFAULT if wanted == DEFAULT_ID else None)
        if name is not None and (found := self._look(name)) is not None:
            return found
        for one in self._all():
            self._names[number_of(one.record.name)] = one.record.name
            if wanted in (number_of(one.record.name), one.record.experiment_id):
                return one
        raise missing(f"No Experiment with id={wanted} exists")

    def active(self, experiment_id: str | int) -> Found:
        """The same, unless it was deleted."""
        found = self.find(experiment_id)
        if found.deleted:
            raise invalid(f"The experiment {experiment_id} is deleted: restore it first")
        return found

    def named(self, name: str) -> Found | None:
        """The experiment that MLflow knows by a name, deleted or not."""
        found = self._look(name)
        if found is not None and found.name == name:
            return found
        return next((one for one in self._all() if one.name == name), None)

    def entity(self, found: Found) -> Any:
        """An experiment as MLflow has it."""
        record = found.record
        created = self._created(record)
        updated = record.tags.get(_UPDATED, "")
        tags = [
            ExperimentTag(key, value)
            for key, value in record.tags.items()
            if not key.startswith(MLFLOW)
        ]
        if record.description and "mlflow.note.content" not in record.tags:
            tags.append(ExperimentTag("mlflow.note.content", record.description))
        return MlflowExperiment(
            number_of(record.name),
            found.name,
            self.location(record),
            LifecycleStage.DELETED if found.deleted else LifecycleStage.ACTIVE,
            tags=tags,
            creation_time=created,
            last_update_time=int(updated) if updated.isdecimal() else created,
        )

    def _created(self, record: Experiment) -> int:
        """When it was created, in milliseconds; one that is not recorded yet is as old as the
        repository's settings."""
        if record.created_at:
            return round(datetime.fromisoformat(record.created_at).timestamp() * 1000)
        settings = self._tracker.session.repository.common_dir / "config"
        return int(settings.stat().st_mtime * 1000) if settings.exists() else 1

    def location(self, record: Experiment) -> str:
        """The URI below which the artifacts of an experiment's runs lie."""
        given = record.tags.get(_LOCATION)
        if given:
            return given
        repository = self._tracker.session.repository
        root = self._root or root_uri(repository.work_tree or repository.git_dir)
        return f"{root.rstrip('/')}/{number_of(record.name)}"

    def create(self, name: str, location: str | None, tags: Iterable[Any] | None) -> str:
        """Create an experiment; returns its id."""
        _validate_experiment_name(name)
        if location:
            _validate_experiment_artifact_location_length(location)
        for tag in tags or ():
            _validate_experiment_tag(tag.key, tag.value)
        if (known := self.named(name)) is not None:
            state = " in deleted state: restore it, or choose another name" * known.deleted
            raise exists(f"Experiment(name={name}) already exists{state}")
        own, number = name, 2
        while self._look(own) is not None:  # one that was renamed since
            own, number = f"{name}-{number}", number + 1
        texts = {tag.key: tag.value for tag in tags or ()}
        if location:
            texts[_LOCATION] = location
        if own != name:
            texts[_NAME] = name
        self._tracker.create_experiment(own, tags=texts)
        self._names[number_of(own)] = own
        return number_of(own)

    def rename(self, experiment_id: str, name: str) -> None:
        """Have MLflow know an experiment by another name; here it keeps its own."""
        _validate_experiment_name(name)
        found = self.active(experiment_id)
        other = self.named(name)
        if other is not None and other.record.name != found.record.name:
            raise exists(f"Experiment(name={name}) already exists")
        self.tag(experiment_id, {_NAME: name if name != found.record.name else None})

    def tag(self, experiment_id: str, tags: dict[str, str | None]) -> None:
        """Set tags, or take them away."""
        found = self.active(experiment_id)
        for key, value in tags.items():
            _validate_experiment_tag(key, value or "")
        now = str(time.time_ns() // 1_000_000)
        name = found.record.name
        # The default one may be there for MLflow alone.
        self._tracker.create_experiment(name)
        self._tracker.update_experiment(name, tags={**tags, _UPDATED: now})

    def untag(self, experiment_id: str, key: str) -> None:
        """Take a tag away that is there."""
        if key not in self.active(experiment_id).record.tags:
            raise missing(f"No tag with name: {key} in experiment with id {experiment_id}")
        self.tag(experiment_id, {key: None})

    def search(
        self,
        view_type: int,
        max_results: Any,
        filter_string: str | None,
        order_by: list[str] | None,
        page_token: str | None,
    ) -> Any:
        """A page of experiments; the language is MLflow's."""
        if not isinstance(max_results, int) or not 1 <= max_results <= _MOST:
            raise invalid(
                f"Invalid value {max_results} for parameter 'max_results' supplied. It must be"
                f" an integer from 1 to {_MOST}"
            )
        wanted = {
            ViewType.ACTIVE_ONLY: (False,),
            ViewType.DELETED_ONLY: (True,),
            ViewType.ALL: (False, True),
        }[view_type]
        found = self._all(deleted=True in wanted)
        entities = [self.entity(one) for one in found if one.deleted in wanted]
        chosen = SearchExperimentsUtils.filter(entities, filter_string)
        order = order_by or ["creation_time DESC", "experiment_id ASC"]
        page, token = SearchUtils.paginate(
            SearchExperimentsUtils.sort(chosen, order), page_token, max_results
        )
        return PagedList(page, token)

    def _look(self, name: str) -> Found | None:
        """The experiment that gittrack knows by a name."""
        view = self._tracker.session.view(experiment_ref(name))
        record = read_experiment(view)
        if record is not None:
            return Found(record)
        if (gone := self._deleted(view)) is not None:
            return gone
        if name == DEFAULT:
            return Found(Experiment(DEFAULT))
        known = (one for one in self._tracker.list_experiments() if one.name == name)
        live = next(known, None)  # its first run has not ended
        return None if live is None else Found(live)

    def _all(self, *, deleted: bool = True) -> Iterator[Found]:
        present = {one.name: one for one in self._tracker.list_experiments()}
        session = self._tracker.session
        gone = []
        if deleted or DEFAULT not in present:
            known = set(map(experiment_ref, present))
            refs = (r for r in read_refs(session.repository, EXPERIMENTS) if r not in known)
            gone = [found for ref in refs if (found := self._deleted(session.view(ref)))]
        if DEFAULT not in present and all(one.record.name != DEFAULT for one in gone):
            yield Found(Experiment(DEFAULT))
        yield from (Found(record) for record in present.values())
        yield from gone

    def _deleted(self, view: TreeView) -> Found | None:
        if view.commit is None or not is_deleted(view):
            return None
        last = max(deletions(view), key=lambda one: (one.number, one.commit))
        record = read_experiment(self._tracker.session.view(last.commit))
        return None if record is None else Found(record, deleted=True)

    def delete(self, experiment_id: str) -> None:
        """Delete an experiment with its runs; those that are live are ended first."""
        found = self.find(experiment_id)
        name = found.record.name
        if found.deleted:
            raise invalid(f"The experiment {experiment_id} is deleted already")
        self._tracker.create_experiment(name)
        now = time.time_ns() // 1000
        for run in self._tracker.list_runs(name):
            if run.is_live:
                self._tracker.change_shared(run.run_id, lambda _: [["end", now, "KILLED"]])
                self._tracker.settle_shared(run.run_id)
        self._tracker.delete_experiment(name)

    def restore(self, experiment_id: str) -> None:
        """Bring a deleted experiment back with its runs."""
        found = self.find(experiment_id)
        if not found.deleted:
            raise invalid(f"The experiment {experiment_id} is not deleted")
        try:
            self._tracker.restore_experiment(found.record.name)
        except NotFoundError as error:
            raise missing(error.message) from error
