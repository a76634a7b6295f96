"""MLflow's web page on a git repository, in a real browser."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow_server import mlflow_server
from witness import new_repository

mlflow = pytest.importorskip("mlflow", reason="MLflow has an environment of its own")

from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="no playwright"),
]


class Served:
    """A server whose repository has two runs, a registered model, and what it said."""

    def __init__(self, address: str, log: Path) -> None:
        self.address, self._log = address, log
        self.client = client = MlflowClient(address)
        self.experiment = client.create_experiment("prices")
        self.run = client.create_run(self.experiment, run_name="parent run").info.run_id
        for step in range(5):
            client.log_metric(self.run, "loss", 1 / (step + 1), step=step)
            client.log_metric(self.run, "system/cpu", step, step=step)
        client.log_param(self.run, "depth", 7)
        client.log_text(self.run, "line of text", "notes/hello.txt")
        client.log_table(self.run, {"asset": ["SPY"], "weight": [0.25]}, "weights.json")
        spy = Dataset("spy", "abcd", "local", "{}")
        tag = [InputTag("mlflow.data.context", "training")]
        client.log_inputs(self.run, [DatasetInput(spy, tag)])
        client.set_tag(self.run, "mlflow.note.content", "# A heading")
        parent = {"mlflow.parentRunId": self.run}
        child = client.create_run(self.experiment, run_name="child run", tags=parent).info.run_id
        for run in (child, self.run):
            client.set_terminated(run)
        client.create_registered_model("allocator", description="weights of assets")
        client.create_model_version("allocator", f"runs:/{self.run}/notes", self.run)
        client.set_registered_model_alias("allocator", "champion", "1")

    @property
    def faults(self) -> list[str]:
        """The lines of the server's log that tell of a fault of its own."""
        said = self._log.read_text(encoding="utf-8").splitlines()
        return [line for line in said if '" 500' in line or "Traceback" in line]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("mlflow")
    repository = new_repository(folder / "served", commit=True)
    with mlflow_server(repository, folder / "log") as address:
        yield Served(address, folder / "log")


@pytest.fixture(scope="module")
def page(served: Served) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1600, "height": 1000})
        # The page asks other sites for news: there is no network here.
        context.route("**/*", lambda route: _only(route, served.address))
        yield context.new_page()
        browser.close()


def _only(route: Any, address: str) -> None:
    if route.request.url.startswith(address):
        route.continue_()
    else:
        route.abort()


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("experiments", ["prices", "Default"]),
        ("experiments/{experiment}/runs", ["parent run", "spy"]),
        ("experiments/{experiment}/runs?compareRunsMode=CHART", ["loss"]),
        ("experiments/{experiment}/runs/{run}", ["depth", "A heading", "child run", "Finished"]),
        ("experiments/{experiment}/runs/{run}/model-metrics", ["loss"]),
        ("experiments/{experiment}/runs/{run}/system-metrics", ["cpu"]),
        ("experiments/{experiment}/runs/{run}/artifacts", ["notes", "weights.json"]),
        ("experiments/{experiment}/traces", ["Traces"]),
        ("models", ["allocator"]),
        ("models/allocator", ["weights of assets", "champion"]),
        ("models/allocator/versions/1", ["parent run", "champion"]),
    ],
)
def test_a_page_shows_what_is_in_git(
    served: Served, page: Any, path: str, texts: list[str]
) -> None:
    """Experiments, runs, charts, artifacts and models are on their pages, and the server has no
    fault to tell of."""
    where = path.format(experiment=served.experiment, run=served.run)
    page.goto(f"{served.address}/#/{where}")
    for text in texts:
        page.get_by_text(text).first.wait_for(state="attached", timeout=20_000)
    assert served.faults == []


def test_an_artifact_is_shown(served: Served, page: Any) -> None:
    """A text file that is chosen in the tree is shown beside it."""
    page.goto(f"{served.address}/#/experiments/{served.experiment}/runs/{served.run}/artifacts")
    page.get_by_text("notes", exact=True).first.click()
    page.get_by_text("hello.txt", exact=True).first.click()
    page.get_by_text("line of text").first.wait_for(timeout=20_000)
    assert served.faults == []
