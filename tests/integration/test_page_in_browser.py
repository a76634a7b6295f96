"""The page in a real browser, as somebody uses it."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_client import Client, served

from gittrack import RunLogger
from gittrack.registry import ExperimentRegistry
from gittrack.tracking.tracker import ExperimentTracker

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="no playwright"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def client(repository: Path) -> Iterator[Client]:
    with served(repository) as found:
        yield found


@pytest.fixture
def page(browser: Any, client: Client) -> Iterator[Any]:
    """A tab that has the token; whatever goes wrong in it is a failure."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    wrong: list[str] = []
    # A refused query is an answer of 400, which the browser's console tells, too.
    tab.on("console", lambda m: wrong.append(m.text) if "status of 4" not in m.text else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    tab.goto(client.server.link)
    tab.wait_for_selector("#top .badge")
    yield tab
    context.close()
    assert wrong == []


def go(page: Any, client: Client, view: str) -> None:
    page.goto(f"{client.server.address}#/{view}")


def record(client: Client, count: int, experiment: str = "churn") -> list[str]:
    runs = [
        {"run_name": f"run {n}", "params": {"n": n, "lr": n / 10}, "metrics": {"loss": n / 100}}
        for n in range(count)
    ]
    ids: list[str] = client.post(f"experiments/{experiment}/runs", {"runs": runs})["run_ids"]
    return ids


def test_token_leaves_the_address_and_stays_in_the_tab(page: Any, client: Client) -> None:
    """After the link is opened, the address can be shown to others."""
    assert client.server.token not in page.url
    page.reload()
    page.wait_for_selector("text=can write")


def test_long_table_is_scrolled_sorted_and_filtered(page: Any, client: Client) -> None:
    """Of thousands of runs only some rows exist at a time; the last is reached by a key."""
    record(client, 3000)
    go(page, client, "runs?experiment=churn")
    page.wait_for_selector("text=3,000 runs")
    assert page.locator(".grid-row").count() < 80
    page.locator(".grid").focus()
    page.keyboard.press("End")
    page.wait_for_selector(".grid-row >> text=run 0")
    page.click(".grid-head >> text=loss")
    page.wait_for_selector("[aria-sort=ascending]")
    assert page.locator(".grid-row a").first.inner_text() == "run 0"
    page.fill("input.filter", "params.n >= 2990")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=10 runs")
    assert "params.n" in page.url
    assert "order=metrics.loss" in page.url


def test_bad_filter_is_shown_at_its_column(page: Any, client: Client) -> None:
    """What cannot be understood is marked where it is, and goes away with the mistake."""
    record(client, 3)
    go(page, client, "runs?experiment=churn")
    page.wait_for_selector("text=3 runs")
    page.fill("input.filter", "metrics.loss << 1")
    page.keyboard.press("Enter")
    marked = page.wait_for_selector(".query-error pre").inner_text()
    assert marked.splitlines()[1].index("^") == 14
    page.fill("input.filter", "metrics.loss < 1")
    page.keyboard.press("Enter")
    page.wait_for_selector(".query-error pre", state="detached")


def test_columns_are_chosen_by_hand_and_kept_in_the_address(page: Any, client: Client) -> None:
    """A saved address shows the same columns again."""
    record(client, 2)
    go(page, client, "runs?experiment=churn&column=run_name&column=metrics.loss")
    page.wait_for_selector(".grid-head >> text=loss")
    assert page.locator(".grid-head [role=columnheader]").count() == 3
    page.click("text=Columns")
    page.fill("dialog input[type=search]", "metrics.loss.min")
    page.click("text=Add metrics.loss.min")
    page.click("text=Show them")
    page.wait_for_selector("dialog", state="detached")
    page.wait_for_selector(".grid-head >> text=loss.min")
    assert "column=metrics.loss.min" in page.url


def test_live_run_grows_while_it_is_looked_at(page: Any, client: Client, repository: Path) -> None:
    """Points that a script logs appear without a reload, and so does its end."""
    with ExperimentTracker(repository, capture=False) as tracker:
        run = tracker.start_run("live")
        run.log_metric("loss", 0.5, 0)
        go(page, client, f"run/{run.run_id}")
        page.wait_for_selector("text=running")
        for step in range(1, 20):
            run.log_metric("loss", 0.5 / (step + 1), step)
        page.wait_for_selector("figure svg path.curve")
        run.end()
        page.wait_for_selector(".status.FINISHED")


def test_runs_are_compared_from_the_table(page: Any, client: Client) -> None:
    """Chosen rows lead to what differs, with the best value marked."""
    record(client, 4)
    go(page, client, "runs?experiment=churn")
    page.wait_for_selector(".grid-row a")
    for place in range(3):
        page.locator(".grid-row input").nth(place).click()
    page.keyboard.press("c")
    page.wait_for_selector("text=3 runs compared")
    assert page.locator(".best").inner_text() == "0.01"
    page.wait_for_selector("path.thread", state="attached")  # a level line has no height


def test_run_is_tagged_remarked_on_and_deleted_from_the_page(page: Any, client: Client) -> None:
    """What is written in the page is in the repository."""
    [run_id] = record(client, 1)
    kept = {"gittrack.mlflow.x": "what an integration keeps for itself"}
    client.post(f"runs/{run_id}/tags", {"tags": kept})
    go(page, client, f"run/{run_id}")
    page.fill("[aria-label^='New tag']", "stage: final")
    page.click("text=Tag >> nth=-1")
    page.wait_for_selector(".tag >> text=stage: final")
    page.fill("[aria-label='New note']", "the best so far")
    page.click("text=Add the note")
    page.wait_for_selector("blockquote >> text=the best so far")
    found = client.get(f"runs/{run_id}")
    assert (found["tags"], found["notes"]) == ({"stage": "final", **kept}, ["the best so far"])
    assert "gittrack.mlflow" not in page.inner_text("main")
    page.click("button.danger")
    page.click("dialog >> text=Delete >> nth=-1")
    page.wait_for_selector("text=0 runs")
    assert client.ask("GET", f"/api/v1/runs/{run_id}").status == 404


def test_nothing_in_the_repository_becomes_markup(
    page: Any, client: Client, repository: Path
) -> None:
    """Names, keys, values, notes and files that are HTML are shown as they are written."""
    (repository / "evil.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(3)</script></svg>'
    )
    (repository / "evil.txt").write_text(EVIL)
    with ExperimentTracker(repository, capture=False) as tracker:
        tracker.create_experiment(EVIL, description=EVIL, tags={EVIL: EVIL})
        for _ in range(3):
            with tracker.run(EVIL, run_name=EVIL, tags={EVIL: EVIL}, config={EVIL: EVIL}) as run:
                run.log_metrics({EVIL: 1.0}, 1)
                run.log_metrics({EVIL: 2.0}, 2)
                run.log_note(EVIL)
                run.log_params({"n": run.run_id})
                tracker.log_artifact(repository / "evil.svg")
                tracker.log_artifact(repository / "evil.txt")
    runs = client.get("runs/search")["runs"]
    for view in (
        "",
        "runs",
        f"run/{runs[0]['run_id']}",
        "compare?" + "&".join(f"run={one['run_id']}" for one in runs),
        f"study/{runs[0]['experiment_id']}",
        f"config/{runs[0]['config_id']}",
    ):
        go(page, client, view)
        page.wait_for_function(
            "t => document.querySelector('main').innerText.includes(t)", arg=EVIL
        )
        assert page.locator("#main img[src=x]").count() == 0
        assert page.locator("#main script").count() == 0
    go(page, client, f"run/{runs[0]['run_id']}")
    page.click("text=evil.txt")
    assert page.wait_for_selector("pre.file").inner_text() == EVIL
    page.click("text=evil.svg")
    page.wait_for_selector(".preview img")


@pytest.mark.parametrize("width", [1280, 390])
def test_no_view_is_wider_than_the_screen(page: Any, client: Client, width: int) -> None:
    """What is wide scrolls within its own frame, on a phone, too."""
    ids = record(client, 5)
    page.set_viewport_size({"width": width, "height": 844})
    for view in ("", "runs", f"run/{ids[0]}", f"compare?run={ids[0]}&run={ids[1]}", "configs"):
        go(page, client, view)
        page.wait_for_selector("h1")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_files_are_added_to_a_run_from_the_page(
    page: Any, client: Client, repository: Path
) -> None:
    """A chosen file is stored below the folder that is named, and its preview opens."""
    [run_id] = record(client, 1)
    (repository / "plot.txt").write_text("a line\n")
    go(page, client, f"run/{run_id}")
    page.set_input_files("input[type=file]", repository / "plot.txt")
    page.fill("[aria-label='Folder for the files']", "plots")
    page.click("text=Add files")
    page.click("text=plots/plot.txt")
    assert page.wait_for_selector("pre.file").inner_text() == "a line\n"
    [stored] = client.get(f"runs/{run_id}/artifacts")["artifacts"]
    assert (stored["path"], stored["size"]) == ("plots/plot.txt", 7)


def test_config_is_pinned_and_unpinned_from_the_page(
    page: Any, client: Client, repository: Path
) -> None:
    """A pin is a file of the work tree, and goes after a question."""
    [config_id] = client.post("configs", {"configs": [{"lr": 0.1}]})["ids"]
    go(page, client, f"config/{config_id}")
    page.fill("[aria-label=Pin]", "prod")
    page.click("button >> text=/^Pin$/")
    page.wait_for_selector("text=pin prod")
    assert config_id in (repository / ".exptrack/pins/prod.yaml").read_text()
    go(page, client, "configs")
    page.click("[aria-label='Unpin prod']")
    page.click("dialog >> text=Unpin >> nth=-1")
    page.wait_for_selector("[aria-label='Unpin prod']", state="detached")
    assert not (repository / ".exptrack/pins/prod.yaml").exists()


def test_lineage_shows_what_differs_with_its_type(page: Any, client: Client) -> None:
    """A derived config shows its changes, `1` and `1.0` apart, and its parent leads to it."""
    [parent] = client.post("configs", {"configs": [{"lr": 1}]})["ids"]
    body = {"configs": [{"lr": 1.0}], "parents": [parent]}
    [child] = client.post("configs", body)["ids"]
    go(page, client, f"config/{child}")
    row = page.wait_for_selector("text=Lineage >> xpath=.. >> tbody tr").inner_text().split()
    assert row == ["lr", "1", "1.0"]
    go(page, client, f"config/{parent}")
    page.wait_for_selector(f"text=Led to {child[:12]}")


def test_config_is_deleted_after_a_question_and_can_be_restored(
    page: Any, client: Client, repository: Path
) -> None:
    """The page says how it comes back, and so it does."""
    [config_id] = client.post("configs", {"configs": [{"lr": 0.1}]})["ids"]
    go(page, client, f"config/{config_id}")
    page.click("button.danger")
    page.click("dialog >> text=Cancel")
    assert client.get(f"configs/{config_id}")["id"] == config_id
    page.click("button.danger")
    page.click("dialog >> text=Delete >> nth=-1")
    page.wait_for_selector(f"text=git exp restore {config_id[:12]} brings it back")
    assert client.get("configs")["configs"] == []
    with ExperimentRegistry(repository) as registry:
        assert registry.restore(config_id[:12], worktree=False) == [config_id]


def test_stage_and_alias_of_a_model_are_set_from_the_page(page: Any, client: Client) -> None:
    """What is chosen in the page is what the registry says."""
    [run_id] = record(client, 1)
    for _ in range(2):
        client.post("models/net/versions", {"run_id": run_id})
    go(page, client, "model/net")
    page.select_option("[aria-label='Stage of version 2']", "Production")
    page.wait_for_selector("text=Version 2: Production")
    page.fill("[aria-label='New alias of version 1']", "champion")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tag >> text=champion")
    assert client.get("models/net/versions/2")["stage"] == "Production"
    assert client.get("models/net/versions/champion")["number"] == 1


def test_view_is_saved_and_opened_again(page: Any, client: Client, repository: Path) -> None:
    """A saved view is a query in the repository, and brings filter and order back."""
    record(client, 5)
    go(page, client, "runs?experiment=churn&filter=params.n%20%3E%203&order=metrics.loss%20DESC")
    page.wait_for_selector("text=1 run")
    page.click("text=Views")
    page.click("text=Save this view")
    page.fill("dialog input", "late")
    page.click("dialog >> text=/^Save$/")
    page.wait_for_selector("text=Saved as late")
    assert "params.n > 3" in (repository / ".exptrack/queries/late.yaml").read_text()
    go(page, client, "runs")
    page.wait_for_selector("text=5 runs")
    page.click("text=Views")
    page.click(".menu >> text=/^late$/")
    page.wait_for_selector("text=1 run")
    assert "order=metrics.loss" in page.url


def test_pictures_of_a_run_are_drawn(page: Any, client: Client, repository: Path) -> None:
    """What RunLogger kept is shown as a picture beside the curves."""
    with ExperimentTracker(repository, capture=False) as tracker, tracker.run("net") as run:
        RunLogger(tracker).log_roc([0, 1, 0, 1], [0.1, 0.9, 0.6, 0.8])
    go(page, client, f"run/{run.run_id}")
    picture = page.wait_for_selector("img.drawn")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100


def test_report_is_saved_from_the_page(page: Any, client: Client) -> None:
    """The report of the compared runs comes as one HTML file."""
    ids = record(client, 2)
    go(page, client, f"compare?run={ids[0]}&run={ids[1]}")
    with page.expect_download() as saved:
        page.click("text=Report")
    assert "2 runs compared" in Path(saved.value.path()).read_text()


def test_columns_of_data_are_drawn_when_they_are_opened(
    page: Any, client: Client, repository: Path
) -> None:
    """A record of several columns has a picture for each, behind a heading that says how many."""
    with ExperimentTracker(repository, capture=False) as tracker, tracker.run("net") as run:
        RunLogger(tracker).log_data_distribution({"age": [31, 44, 52], "city": ["a", "b", "a"]})
    go(page, client, f"run/{run.run_id}")
    page.wait_for_selector("text=2 pictures")
    assert page.locator("img.drawn").count() == 0
    page.click("text=2 pictures")
    page.wait_for_selector("img.drawn >> nth=1")


def test_experiment_is_deleted_and_brought_back(page: Any, client: Client) -> None:
    """An experiment goes after a question, and one button brings it back with its runs."""
    record(client, 2)
    [found] = client.get("experiments")["experiments"]
    go(page, client, f"runs?experiment={found['experiment_id']}")
    page.click("text=Delete the experiment")
    page.click("dialog >> text=Delete >> nth=-1")
    page.wait_for_selector("text=churn is deleted, with 2 runs")
    assert client.get("experiments")["experiments"] == []
    page.click("text=Bring it back")
    page.wait_for_selector("text=2 runs")
    assert client.get("experiments/churn")["runs"] == 2


def test_study_shows_its_objective_where_the_newest_trial_has_none(
    page: Any, client: Client, repository: Path
) -> None:
    """A pruned trial that ends a study does not take the objective away from the view."""
    with ExperimentTracker(repository, capture=False) as tracker:
        study = tracker.create_experiment("tune")
        tracker.log_trial(study, 0, {"lr": 0.1}, {"score": 0.5})
        with tracker.run("tune") as run:
            run.log_metric("intermediate", 0.25)
    go(page, client, "study/tune")
    page.wait_for_selector("h2 >> text=score, trial by trial")
