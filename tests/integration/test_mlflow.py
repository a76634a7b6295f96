"""MLflow's client, its server and its registry on a git repository."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow_server import mlflow_server
from witness import git, new_repository

mlflow = pytest.importorskip("mlflow", reason="MLflow has an environment of its own")
pytestmark = pytest.mark.slow

from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import (  # noqa: E402
    Dataset,
    DatasetInput,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    Metric,
    Param,
    RunTag,
    ViewType,
)
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.store.model_registry.abstract_store import (  # noqa: E402
    AbstractStore as RegistryContract,
)
from mlflow.store.tracking.abstract_store import AbstractStore  # noqa: E402

from gittrack.integrations.mlflow import (  # noqa: E402
    ArtifactRepository,
    ModelRegistryStore,
    TrackingStore,
)
from gittrack.integrations.mlflow.locations import root_uri, split_uri  # noqa: E402
from gittrack.integrations.mlflow.params import texts  # noqa: E402
from gittrack.runs.texts import typed  # noqa: E402
from gittrack.tracking.tracker import ExperimentTracker  # noqa: E402


@pytest.fixture
def store(repository: Path) -> TrackingStore:
    return TrackingStore(f"gittrack://{repository}")


@pytest.fixture
def client(repository: Path) -> Iterator[MlflowClient]:
    """MLflow pointed at a repository, and away from it afterwards."""
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"gittrack://{repository}")
    mlflow.set_experiment("exp")
    yield MlflowClient()
    while mlflow.active_run() is not None:
        mlflow.end_run()
    mlflow.set_tracking_uri(before)


def new_run(store: TrackingStore, experiment: str = "exp", **options: Any) -> str:
    known = store.get_experiment_by_name(experiment)
    number = known.experiment_id if known else store.create_experiment(experiment)
    facts: dict[str, Any] = {"user_id": "me", "start_time": 1000, "tags": [], "run_name": None}
    return str(store.create_run(number, **{**facts, **options}).info.run_id)


def code_of(error: pytest.ExceptionInfo[MlflowException]) -> str:
    return str(error.value.error_code)


# Places


def test_a_folder_without_a_repository_gets_one(tmp_path: Path) -> None:
    """A path with no repository is initialised."""
    TrackingStore(f"gittrack://{tmp_path}/new/place")
    assert git(tmp_path / "new" / "place", "rev-parse", "--is-inside-work-tree") == "true"


def test_the_repository_here_is_a_dot(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`gittrack:.` is the repository of the current folder, also from a folder within it."""
    inside = repository / "folder"
    inside.mkdir()
    monkeypatch.chdir(inside)
    run_id = new_run(TrackingStore("gittrack:."))
    assert ExperimentTracker(repository).get_run(run_id).run_id == run_id
    assert not (inside / ".git").exists()


@pytest.mark.parametrize("uri", ["file:///x", "gittrack://host/path", "mlruns"])
def test_other_addresses_are_refused(uri: str) -> None:
    """A URI that names no repository is a wrong request."""
    with pytest.raises(MlflowException, match="not the URI of a repository"):
        TrackingStore(uri)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1)))
def test_an_address_leads_back_to_its_folder(parts: list[str]) -> None:
    """Whatever a repository's path holds, its artifacts' URI is split as it was put together."""
    folder = Path("/nowhere-at-all", *(part for part in parts if part not in (".", "..", "-")))
    uri = f"{root_uri(folder)}/1/{'a' * 20}/artifacts/x"
    assert split_uri(uri) == (folder, f"1/{'a' * 20}/artifacts/x")


@pytest.mark.parametrize(
    "inside", ["", "1", "1/../x/artifacts", f"1/{'a' * 19}/artifacts", "a/b/c"]
)
def test_artifacts_of_nothing_are_refused(inside: str, repository: Path) -> None:
    """A path that names neither a run nor a logged model holds no artifacts."""
    with pytest.raises(MlflowException, match="no artifacts of a run"):
        ArtifactRepository(f"gittrack://{repository}/-/{inside}").list_artifacts()


# Parameters


@given(st.text())
def test_a_parameter_s_text_comes_back(text: str) -> None:
    """What MLflow logs as a parameter's text is read back as that very text."""
    assert texts({"key": typed(text)}) == {"key": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.1", 0.1), ("3", 3), ("True", True), ("None", None), ("1e-5", "1e-5"), ("03", "03")],
)
def test_parameters_get_types_where_nothing_is_lost(text: str, value: object) -> None:
    """A text that Python writes for a number, a truth value or `None` is stored as that."""
    assert typed(text) == value
    assert type(typed(text)) is type(value)


def test_nested_parameters_of_plain_runs_are_shown_by_their_path(repository: Path) -> None:
    """A run of gittrack's is a run of MLflow's, with its config as parameters."""
    with (
        ExperimentTracker(repository) as tracker,
        tracker.run("plain", run_name="n", config={"model": {"depth": 3}, "layers": [1, 2]}) as run,
    ):
        run.log_metric("loss", 0.5)
        run.log_note("why")
    store = TrackingStore(f"gittrack://{repository}")
    found = store.get_run(run.run_id)
    assert found.data.params == {"model.depth": "3", "layers": "[1, 2]"}
    assert found.data.metrics == {"loss": 0.5}
    assert found.data.tags["mlflow.runName"] == "n"
    assert found.data.tags["mlflow.note.content"] == "why"
    assert len(found.data.tags["mlflow.source.git.commit"]) == 40
    number = store.get_experiment_by_name("plain").experiment_id
    assert [one.info.run_id for one in store.search_runs([number], "", 1)] == [run.run_id]


# Experiments


def test_experiments_have_stable_numbers(repository: Path, tmp_path: Path) -> None:
    """An experiment's id is decimal digits, the same in every clone; the default one's is 0."""
    store = TrackingStore(f"gittrack://{repository}")
    other = TrackingStore(f"gittrack://{tmp_path}/other")
    number = store.create_experiment("Some Thing")
    assert number.isdecimal()
    assert other.create_experiment("Some Thing") == number
    assert store.get_experiment("0").name == "Default"
    assert store.get_experiment_by_name("Default").experiment_id == "0"


def test_an_experiment_is_renamed_and_keeps_its_number(store: TrackingStore) -> None:
    """A new name leads to the experiment, the old one is free."""
    number = store.create_experiment("old")
    store.rename_experiment(number, "new")
    assert store.get_experiment(number).name == "new"
    assert store.get_experiment_by_name("new").experiment_id == number
    assert store.get_experiment_by_name("old") is None
    again = store.create_experiment("old")
    assert again != number
    assert store.get_experiment_by_name("old").experiment_id == again
    with pytest.raises(MlflowException) as error:
        store.rename_experiment(again, "new")
    assert code_of(error) == "RESOURCE_ALREADY_EXISTS"


def test_an_experiment_is_deleted_and_restored(store: TrackingStore) -> None:
    """A deleted experiment is found by its id, listed as deleted, takes no runs, and comes back."""
    number = store.create_experiment("gone")
    run_id = new_run(store, "gone")
    store.delete_experiment(number)
    assert store.get_experiment(number).lifecycle_stage == "deleted"
    names = {one.name for one in store.search_experiments(ViewType.DELETED_ONLY)}
    assert names == {"gone"}
    assert {one.name for one in store.search_experiments()} == {"Default"}
    with pytest.raises(MlflowException, match="deleted"):
        store.create_run(number, "me", 1, [], None)
    with pytest.raises(MlflowException, match="already exists in deleted state"):
        store.create_experiment("gone")
    store.restore_experiment(number)
    assert store.get_experiment(number).lifecycle_stage == "active"
    assert store.get_run(run_id).info.status == "KILLED"


def test_experiments_are_searched_page_by_page(store: TrackingStore) -> None:
    """Filters, orders and pages are MLflow's."""
    for name in "abc":
        store.create_experiment(name, tags=[RunTag("kind", name)])
    assert [one.name for one in store.search_experiments(filter_string="tags.kind = 'b'")] == ["b"]
    page = store.search_experiments(order_by=["name ASC"], max_results=2)
    assert [one.name for one in page] == ["Default", "a"]
    more = store.search_experiments(order_by=["name ASC"], max_results=2, page_token=page.token)
    assert [one.name for one in more] == ["b", "c"]
    assert not more.token


def test_tags_of_experiments(store: TrackingStore) -> None:
    """Tags are set, shown and taken away; those that gittrack needs are not shown."""
    number = store.create_experiment("exp", "/some/where")
    store.set_experiment_tag(number, RunTag("a", "b"))
    assert store.get_experiment(number).tags == {"a": "b"}
    assert store.get_experiment(number).artifact_location == "/some/where"
    store.delete_experiment_tag(number, "a")
    assert store.get_experiment(number).tags == {}
    store.set_experiment_tag("0", RunTag("default", "too"))
    assert store.get_experiment("0").tags == {"default": "too"}


@pytest.mark.parametrize("number", ["12345", "no such", "-1", "../x"])
def test_an_unknown_experiment_is_missing(store: TrackingStore, number: str) -> None:
    """Any id that is none is told as missing."""
    with pytest.raises(MlflowException) as error:
        store.get_experiment(number)
    assert code_of(error) == "RESOURCE_DOES_NOT_EXIST"


# Runs


def test_a_batch_is_logged_whole_or_not_at_all(store: TrackingStore) -> None:
    """Metrics, parameters and tags come back; a parameter that changes refuses all of a batch."""
    run_id = new_run(store)
    metrics = [Metric("m", float(step), 5000 + step, step) for step in range(3)]
    metrics += [Metric("nan", float("nan"), 5, 0), Metric("inf", float("-inf"), 5, 0)]
    store.log_batch(run_id, metrics, [Param("p", "1")], [RunTag("t", "x")])
    with pytest.raises(MlflowException, match="Changing param values"):
        store.log_batch(run_id, [Metric("no", 1.0, 1, 0)], [Param("p", "2")], [])
    store.log_batch(run_id, [], [Param("p", "1")], [])
    data = store.get_run(run_id).data
    assert (data.metrics["m"], data.metrics["inf"]) == (2.0, float("-inf"))
    assert data.metrics["nan"] != data.metrics["nan"]
    assert (data.params, data.tags["t"]) == ({"p": "1"}, "x")
    assert "no" not in data.metrics
    history = store.get_metric_history(run_id, "m")
    assert [(one.step, one.timestamp, one.value) for one in history] == [
        (0, 5000, 0.0),
        (1, 5001, 1.0),
        (2, 5002, 2.0),
    ]
    assert store.get_metric_history(run_id, "unknown") == []


def test_histories_come_in_pages_and_in_bulk(store: TrackingStore) -> None:
    """A history has pages; several runs' histories come together, also thinned out."""
    runs = sorted(new_run(store) for _ in range(2))
    for run_id in runs:
        store.log_batch(run_id, [Metric("m", n, 2000 + n, n) for n in range(10)], [], [])
        store.update_run_info(run_id, 3, 9000, None)
    page = store.get_metric_history(runs[0], "m", max_results=6)
    rest = store.get_metric_history(runs[0], "m", max_results=6, page_token=page.token)
    assert [one.step for one in [*page, *rest]] == list(range(10))
    bulk = store.get_metric_history_bulk(runs, "m", 15)
    assert [one.run_id for one in bulk] == [runs[0]] * 10 + [runs[1]] * 5
    thin = store.get_metric_history_bulk_interval(runs, "m", 3, 0, 9)
    assert {one.step for one in thin} >= {0, 9}
    assert len(thin) < 20


def test_a_run_ends_goes_on_and_is_renamed(store: TrackingStore, repository: Path) -> None:
    """Status, end and name are what was said last, in gittrack, too."""
    run_id = new_run(store, run_name="one")
    info = store.update_run_info(run_id, 3, 7000, None)
    assert (info.status, info.start_time, info.end_time) == ("FINISHED", 1000, 7000)
    store.update_run_info(run_id, 1, 7000, None)
    assert store.get_run(run_id).info.status == "RUNNING"
    store.log_metric(run_id, Metric("m", 1.0, 8000, 0))
    store.update_run_info(run_id, 4, 9000, "two")
    plain = ExperimentTracker(repository).get_run(run_id)
    assert (plain.status, plain.run_name, plain.metrics) == ("FAILED", "two", {"m": 1.0})
    store.set_tag(run_id, RunTag("mlflow.runName", "three"))
    assert store.get_run(run_id).info.run_name == "three"
    store.update_run_info(run_id, 3, 9500, None)
    assert store.get_run(run_id).info.status == "FINISHED"


def test_a_run_that_waits_says_so(store: TrackingStore) -> None:
    """The status `SCHEDULED` is kept until the run goes on."""
    run_id = new_run(store)
    assert store.update_run_info(run_id, 2, None, None).status == "SCHEDULED"
    assert store.update_run_info(run_id, 1, None, None).status == "RUNNING"


def test_an_ended_run_takes_more(store: TrackingStore) -> None:
    """Metrics, parameters and tags of a run that has ended are kept, and its status stays."""
    run_id = new_run(store)
    store.log_param(run_id, Param("a", "1"))
    store.update_run_info(run_id, 3, 7000, None)
    store.tracker.seal()
    store.log_metric(run_id, Metric("late", 1.0, 8000, 0))
    store.log_param(run_id, Param("b", "2"))
    store.set_tag(run_id, RunTag("t", "1"))
    store.delete_tag(run_id, "t")
    for _ in range(2):
        found = store.get_run(run_id)
        assert (found.info.status, found.info.end_time) == ("FINISHED", 7000)
        assert found.data.params == {"a": "1", "b": "2"}
        assert found.data.metrics == {"late": 1.0}
        assert "t" not in found.data.tags
        store.tracker.close()
    with pytest.raises(MlflowException) as error:
        store.delete_tag(run_id, "t")
    assert code_of(error) == "RESOURCE_DOES_NOT_EXIST"


def test_a_run_is_deleted_and_restored(store: TrackingStore) -> None:
    """A deleted run is shown as such, takes nothing more, and comes back."""
    run_id = new_run(store)
    number = store.get_run(run_id).info.experiment_id
    store.delete_run(run_id)
    assert store.get_run(run_id).info.lifecycle_stage == "deleted"
    assert store.search_runs([number], "", ViewType.ACTIVE_ONLY) == []
    found = store.search_runs([number], "", ViewType.DELETED_ONLY)
    assert [one.info.run_id for one in found] == [run_id]
    with pytest.raises(MlflowException, match="active"):
        store.log_metric(run_id, Metric("m", 1.0, 1, 0))
    store.restore_run(run_id)
    store.log_metric(run_id, Metric("m", 1.0, 1, 0))
    assert store.get_run(run_id).data.metrics == {"m": 1.0}


@pytest.mark.parametrize("run_id", ["0" * 20, "f" * 32, "abc"])
def test_an_unknown_run_is_missing(store: TrackingStore, run_id: str) -> None:
    """Whatever is asked of a run that is not there, it is told as missing."""
    for call in (
        lambda: store.get_run(run_id),
        lambda: store.log_metric(run_id, Metric("m", 1.0, 1, 0)),
        lambda: store.log_batch(run_id, [], [], [RunTag("a", "b")]),
        lambda: store.update_run_info(run_id, 3, 1, None),
        lambda: store.delete_run(run_id),
        lambda: store.restore_run(run_id),
        lambda: store.get_metric_history(run_id, "m"),
    ):
        with pytest.raises(MlflowException) as error:
            call()
        assert code_of(error) == "RESOURCE_DOES_NOT_EXIST"


def test_runs_are_searched_page_by_page(store: TrackingStore) -> None:
    """Filters, orders and pages; children know their parent."""
    parent = new_run(store, run_name="parent")
    for n in range(5):
        child = new_run(store, tags=[RunTag("mlflow.parentRunId", parent)], start_time=2000 + n)
        store.log_batch(child, [Metric("m", n, 3000, 0)], [Param("n", str(n))], [])
    number = store.get_run(parent).info.experiment_id
    assert store.get_run(child).data.tags["mlflow.parentRunId"] == parent

    def search(text: str, size: int = 10, token: str | None = None) -> Any:
        return store.search_runs([number], text, 1, size, ["metrics.m DESC"], token)

    assert [one.data.params["n"] for one in search("metrics.m >= 3")] == ["4", "3"]
    assert [one.data.params["n"] for one in search("params.n = '2'")] == ["2"]
    assert len(search(f"tags.mlflow.parentRunId = '{parent}'")) == 5
    assert len(search("attributes.run_name = 'parent'")) == 1
    first = search("", 4)
    rest = search("", 4, first.token)
    assert [len(first), len(rest), rest.token] == [4, 2, None]
    with pytest.raises(MlflowException) as error:
        search("metrics.m >")
    assert code_of(error) == "INVALID_PARAMETER_VALUE"


# Inputs, outputs, models


def test_datasets_and_models_of_a_run(store: TrackingStore) -> None:
    """Datasets are read back with their tags, listed by experiment, and hidden among the tags."""
    run_id = new_run(store)
    context = RunTag("mlflow.data.context", "training")
    data = Dataset("train", "d1", "local", "{}", schema="s" * 2000, profile="{}")
    store.log_inputs(run_id, [DatasetInput(data, [context])])
    store.log_outputs(run_id, [LoggedModelOutput("m-1", 3)])
    found = store.get_run(run_id)
    [read] = found.inputs.dataset_inputs
    assert (read.dataset.to_dictionary(), read.tags[0].value) == (data.to_dictionary(), "training")
    [made] = found.outputs.model_outputs
    assert (made.model_id, made.step) == ("m-1", 3)
    assert not any(key.startswith("gittrack") for key in found.data.tags)
    [summary] = store._search_datasets([found.info.experiment_id])
    assert (summary.name, summary.digest, summary.context) == ("train", "d1", "training")


def test_logged_models_are_kept_with_their_run(store: TrackingStore) -> None:
    """A logged model is made, described, measured, searched and deleted."""
    run_id = new_run(store)
    number = store.get_run(run_id).info.experiment_id
    model = store.create_logged_model(
        number, "net", run_id, [LoggedModelTag("a", "b")], [LoggedModelParameter("lr", "1")], "t"
    )
    store.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    store.set_logged_model_tags(model.model_id, [LoggedModelTag("c", "d")])
    store.delete_logged_model_tag(model.model_id, "a")
    store.log_logged_model_params(model.model_id, [LoggedModelParameter("k", "v")])
    store.log_metric(run_id, Metric("acc", 0.5, 2000, 0, model_id=model.model_id))
    again = Metric("acc", 0.5, 2000, 0, model_id=model.model_id)
    store.log_batch(run_id, [again], [], [])
    found = store.get_logged_model(model.model_id)
    assert (found.name, found.status, found.source_run_id) == ("net", "READY", run_id)
    assert (found.tags, found.params) == ({"c": "d"}, {"lr": "1", "k": "v"})
    assert [one.value for one in found.metrics] == [0.5]
    assert len(store.get_metric_history(run_id, "acc")) == 1
    assert len(store.search_logged_models([number], "metrics.acc > 0.4")) == 1
    assert len(store.search_logged_models([number], "metrics.acc > 0.6")) == 0
    store.delete_logged_model(model.model_id)
    with pytest.raises(MlflowException, match="not found"):
        store.get_logged_model(model.model_id)
    assert store.get_logged_model(model.model_id, allow_deleted=True).name == "net"
    assert store.search_logged_models([number]) == []
    free = store.create_logged_model(number)
    assert store.get_logged_model(free.model_id).source_run_id is None


# What is not kept


def test_every_method_of_mlflow_s_is_answered() -> None:
    """No method of MLflow's contracts is left that does nothing and returns `None`."""
    for contract, ours in ((AbstractStore, TrackingStore), (RegistryContract, ModelRegistryStore)):
        names = {name for name in dir(contract) if not name.startswith("_")}
        left = [
            name
            for name in sorted(names)
            if getattr(getattr(contract, name), "__isabstractmethod__", False)
            and getattr(ours, name) is getattr(contract, name)
        ]
        assert left == []


def test_traces_are_refused_as_a_wrong_request(store: TrackingStore) -> None:
    """A trace is refused with an error of the 4xx kind that names what is kept; none are found."""
    with pytest.raises(MlflowException, match="does not support start_trace") as error:
        store.start_trace(None)
    assert error.value.get_http_status_code() == 400
    with pytest.raises(MlflowException) as error:
        store.create_gateway_endpoint("x")
    assert error.value.get_http_status_code() == 400
    assert store.search_traces(["0"]) == ([], None)


# Models


def test_the_registry(repository: Path) -> None:
    """Models and versions are made, described, found by alias and stage, renamed and deleted."""
    registry = ModelRegistryStore(f"gittrack://{repository}")
    registry.create_registered_model("net", [RunTag("a", "b")], "text")
    with pytest.raises(MlflowException) as error:
        registry.create_registered_model("net")
    assert code_of(error) == "RESOURCE_ALREADY_EXISTS"
    for number in ("1", "2"):
        made = registry.create_model_version("net", f"s3://x/{number}", "f" * 32, [], "link", "d")
        assert (made.version, made.run_id, made.status) == (number, "f" * 32, "READY")
    registry.set_registered_model_alias("net", "best", "1")
    assert registry.get_model_version_by_alias("net", "best").version == "1"
    assert registry.get_model_version_download_uri("net", "2") == "s3://x/2"
    registry.transition_model_version_stage("net", "1", "production", False)
    latest = {one.current_stage: one.version for one in registry.get_latest_versions("net")}
    assert latest == {"Production": "1", "None": "2"}
    registry.set_model_version_tag("net", "2", RunTag("k", "v"))
    registry.update_model_version("net", "2", "other")
    found = registry.get_model_version("net", "2")
    assert (found.tags, found.description, found.run_link) == ({"k": "v"}, "other", "link")
    registry.delete_model_version_tag("net", "2", "k")
    model = registry.rename_registered_model("net", "web")
    assert (model.tags, model.description, model.aliases) == ({"a": "b"}, "text", {"best": "1"})
    assert [one.name for one in registry.search_registered_models("name LIKE 'w%'")] == ["web"]
    versions = registry.search_model_versions("name = 'web'", order_by=["version_number ASC"])
    assert [one.version for one in versions] == ["1", "2"]
    registry.delete_registered_model_alias("web", "best")
    registry.delete_model_version("web", "1")
    with pytest.raises(MlflowException) as error:
        registry.get_model_version("web", "1")
    assert code_of(error) == "RESOURCE_DOES_NOT_EXIST"
    registry.delete_registered_model("web")
    assert registry.search_registered_models() == []
    registry.create_registered_model("web")
    assert registry.search_model_versions("name = 'web'") == []


# The client


def test_a_script_s_run_is_seen_by_git_exp(
    client: MlflowClient, repository: Path, tmp_path: Path
) -> None:
    """Nested runs, files, tables, figures and datasets of MLflow's client are all in the run."""
    with mlflow.start_run(run_name="parent") as parent:
        mlflow.log_param("lr", 0.01)
        mlflow.log_metrics({"loss": 0.5}, step=1)
        mlflow.log_dict({"a": 1}, "conf/x.json")
        mlflow.log_table({"q": ["a"]}, "table.json")
        mlflow.log_table({"q": ["b"]}, "table.json")
        with mlflow.start_run(nested=True, run_name="child") as child:
            mlflow.log_text("text", "t.txt")
    assert list(mlflow.load_table("table.json")["q"]) == ["a", "b"]
    assert mlflow.artifacts.load_dict(f"{parent.info.artifact_uri}/conf/x.json") == {"a": 1}
    paths = [one.path for one in client.list_artifacts(parent.info.run_id)]
    assert paths == ["conf", "table.json"]
    [inside] = client.list_artifacts(parent.info.run_id, "conf")
    assert (inside.path, inside.is_dir, inside.file_size) == ("conf/x.json", False, 12)
    with ExperimentTracker(repository) as tracker:
        run = tracker.get_run(parent.info.run_id)
        assert (run.run_name, run.params, run.metrics) == ("parent", {"lr": 0.01}, {"loss": 0.5})
        assert run.code_version is not None
        assert run.code_version.head == git(repository, "rev-parse", "HEAD")
        assert tracker.get_run(child.info.run_id).parent_run_id == run.run_id
        assert tracker.get_artifact(child.info.run_id, "t.txt") == b"text"
    target = tmp_path / "out"
    target.mkdir()
    folder = mlflow.artifacts.download_artifacts(run_id=parent.info.run_id, dst_path=str(target))
    assert (Path(folder) / "conf" / "x.json").read_text() == '{\n  "a": 1\n}'


def test_autologging_logs_models_that_load(client: MlflowClient) -> None:
    """scikit-learn's autologging logs parameters, metrics and a model, which is registered and
    loaded by its id, by its run and by its alias."""
    sklearn = pytest.importorskip("sklearn.linear_model")
    mlflow.sklearn.autolog(silent=True)
    try:
        with mlflow.start_run() as run:
            sklearn.LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])
    finally:
        mlflow.sklearn.autolog(disable=True)
    found = client.get_run(run.info.run_id)
    assert found.data.params["fit_intercept"] == "True"
    assert found.data.metrics["training_r2_score"] == 1.0
    [output] = found.outputs.model_outputs
    client.create_registered_model("line")
    version = client.create_model_version("line", f"models:/{output.model_id}", run.info.run_id)
    client.set_registered_model_alias("line", "best", version.version)
    for uri in (
        f"models:/{output.model_id}",
        f"runs:/{run.info.run_id}/model",
        "models:/line@best",
    ):
        assert mlflow.sklearn.load_model(uri).predict([[3.0]])[0] == pytest.approx(3.0)


def test_boosting_is_autologged(client: MlflowClient) -> None:
    """LightGBM's autologging logs a metric for each iteration."""
    lightgbm = pytest.importorskip("lightgbm")
    numpy = pytest.importorskip("numpy")
    data = numpy.arange(200.0).reshape(100, 2)
    mlflow.lightgbm.autolog(silent=True, log_models=False)
    try:
        sets = lightgbm.Dataset(data, data[:, 0])
        lightgbm.train({"verbose": -1}, sets, num_boost_round=4, valid_sets=[sets])
    finally:
        mlflow.lightgbm.autolog(disable=True)
    run = mlflow.last_active_run()
    [key] = [name for name in run.data.metrics if name.endswith("-l2")]
    assert [one.step for one in client.get_metric_history(run.info.run_id, key)] == [0, 1, 2, 3]
    assert run.info.status == "FINISHED"


def test_asynchronous_logging(client: MlflowClient) -> None:
    """What is logged asynchronously is there after a flush."""
    with mlflow.start_run() as run:
        for step in range(20):
            mlflow.log_metric("m", step, step=step, synchronous=False)
        mlflow.flush_async_logging()
        assert len(client.get_metric_history(run.info.run_id, "m")) == 20


def test_system_metrics(client: MlflowClient) -> None:
    """What MLflow samples of the machine beside a run is there when the run has ended."""
    pytest.importorskip("psutil")
    mlflow.set_system_metrics_sampling_interval(0.2)
    with mlflow.start_run(log_system_metrics=True) as run:
        time.sleep(1)
    mlflow.set_system_metrics_sampling_interval(None)
    found = client.get_run(run.info.run_id).data.metrics
    assert "system/system_memory_usage_megabytes" in found
    assert found["system/system_memory_usage_megabytes"] > 0


def test_runs_are_found_by_their_datasets(client: MlflowClient, repository: Path) -> None:
    """A filter asks for what `log_input` logged, and people are not shown how it is kept."""
    pandas = pytest.importorskip("pandas")
    prices = mlflow.data.from_pandas(pandas.DataFrame({"p": [1.0, 2.0]}), name="spy")
    with mlflow.start_run(run_name="reader") as run:
        mlflow.log_input(prices, context="training")
    with mlflow.start_run(run_name="other"):
        pass
    for query in (
        "datasets.name = 'spy'",
        f"dataset.digest = '{prices.digest}'",
        "datasets.context = 'training' AND attributes.status = 'FINISHED'",
    ):
        found = mlflow.search_runs(filter_string=query)
        assert list(found["tags.mlflow.runName"]) == ["reader"]
    assert len(mlflow.search_runs(filter_string="datasets.name = 'qqq'")) == 0
    shown = subprocess.run(
        [sys.executable, "-m", "gittrack", "runs", "show", run.info.run_id],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "reader" in shown
    assert "gittrack.mlflow" not in shown


def test_a_picture_and_a_figure_are_files_of_the_run(client: MlflowClient) -> None:
    """`log_figure` and `log_image` leave pictures that can be read again."""
    pyplot = pytest.importorskip("matplotlib.figure")
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("PIL")
    figure = pyplot.Figure()
    figure.subplots().plot([1, 3, 2])
    with mlflow.start_run() as run:
        mlflow.log_figure(figure, "plots/curve.png")
        mlflow.log_image(numpy.zeros((4, 4, 3), dtype=numpy.uint8), "black.png")
    for path, size in (("plots/curve.png", (640, 480)), ("black.png", (4, 4))):
        assert mlflow.artifacts.load_image(f"{run.info.artifact_uri}/{path}").size == size


def test_the_example_trains(repository: Path) -> None:
    """Autologging on real data: nested runs, the best one found, its model registered."""
    pytest.importorskip("sklearn")
    program = Path(__file__).resolve().parents[2] / "examples/mlflow/train.py"
    command = [sys.executable, str(program), "--strengths", "0.01", "1"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "best: C=1.0 with a loss of 0.0858" in done.stdout
    with ExperimentTracker(repository) as tracker:
        best, other = tracker.search_runs(
            "cancer-mlflow", "metrics.test_loss < 1", "metrics.test_loss ASC"
        )
        assert best.params["logisticregression__C"] == 1.0
        assert best.parent_run_id == other.parent_run_id
        [parent] = tracker.search_runs("cancer-mlflow", "datasets.name = 'cancer'")
        assert parent.run_id == best.parent_run_id
        assert json.loads(tracker.get_artifact(parent, "strengths.json"))["columns"][0] == "C"
    latest = MlflowClient(f"gittrack://{repository}").get_registered_model("cancer")
    assert latest.latest_versions[0].run_id == parent.run_id


def test_a_killed_script_s_run_is_killed_and_goes_on(client: MlflowClient) -> None:
    """A run whose script was killed is `KILLED` with what it logged, and can be resumed."""
    script = (
        f"import mlflow, time\nmlflow.set_tracking_uri({mlflow.get_tracking_uri()!r})\n"
        "mlflow.set_experiment('exp')\nrun = mlflow.start_run()\nmlflow.log_metric('m', 1)\n"
        "print(run.info.run_id, flush=True)\ntime.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    assert client.get_run(run_id).info.status == "RUNNING"
    process.send_signal(signal.SIGKILL)
    process.wait()
    number = client.get_experiment_by_name("exp").experiment_id
    [found] = client.search_runs([number])
    assert (found.info.status, found.data.metrics) == ("KILLED", {"m": 1.0})
    with mlflow.start_run(run_id=run_id):
        mlflow.log_metric("m", 2, step=1)
    found = client.get_run(run_id)
    assert (found.info.status, found.data.metrics) == ("FINISHED", {"m": 2.0})


# The server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a server with two workers, and its repository."""
    folder = tmp_path_factory.mktemp("server")
    repository = new_repository(folder / "served", commit=True)
    with mlflow_server(repository, folder / "log") as address:
        yield address, repository


def test_workers_of_a_server_log_to_one_run(served: tuple[str, Path]) -> None:
    """Requests of one run go to several workers: nothing is lost, and each sees what others
    wrote."""
    address, repository = served
    client = MlflowClient(address)
    number = client.create_experiment("served")
    run_id = client.create_run(number).info.run_id
    for step in range(40):
        client.log_metric(run_id, "m", step, step=step)
    client.log_param(run_id, "p", "1")
    for _ in range(6):
        with pytest.raises(MlflowException, match="Changing param values"):
            client.log_param(run_id, "p", "2")
    client.log_text(run_id, "text", "folder/t.txt")
    client.set_terminated(run_id)
    for _ in range(6):
        found = client.get_run(run_id)
        assert (found.info.status, found.data.metrics) == ("FINISHED", {"m": 39.0})
        assert len(client.get_metric_history(run_id, "m")) == 40
    client.set_tag(run_id, "after", "end")
    assert {client.get_run(run_id).data.tags["after"] for _ in range(6)} == {"end"}
    assert [one.path for one in client.list_artifacts(run_id, "folder")] == ["folder/t.txt"]
    with ExperimentTracker(repository) as tracker:
        assert tracker.get_artifact(run_id, "folder/t.txt") == b"text"
        assert tracker.get_run(run_id).code_version is None


def test_a_server_refuses_what_is_not_kept_with_4xx(served: tuple[str, Path]) -> None:
    """What gittrack does not keep is a wrong request, and no fault of the server's."""
    info = {"trace_id": "tr-1", "request_time": "2026-01-01T00:00:00Z", "state": "OK"}
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}
    trace = {"trace": {"trace_info": {**info, "trace_location": place}}}
    bodies: dict[str, Any] = {"traces": trace, "gateway/endpoints/create": {}}
    bodies["scorers/register"] = {"experiment_id": "0", "name": "s", "serialized_scorer": "{}"}
    for what, body in bodies.items():
        request = urllib.request.Request(
            f"{served[0]}/api/3.0/mlflow/{what}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(request, timeout=30)
        assert 400 <= error.value.code < 500
