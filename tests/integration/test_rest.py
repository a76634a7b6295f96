"""The REST API as a client meets it: over sockets, on a real repository."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from web_client import SMALL, Client, served
from witness import git

from gittrack import RunLogger
from gittrack.registry import ExperimentRegistry
from gittrack.tracking.tracker import ExperimentTracker
from gittrack.web.description import described
from gittrack.web.routing import table


@pytest.fixture
def client(repository: Path) -> Iterator[Client]:
    with served(repository) as found:
        yield found


def start(client: Client, experiment: str = "churn", **body: object) -> str:
    run_id: str = client.post(f"experiments/{quote(experiment, safe='')}/runs", body)["run_id"]
    return run_id


def end(client: Client, run_id: str, status: str = "FINISHED") -> None:
    assert client.ask("PATCH", f"/api/v1/runs/{run_id}", {"status": status}).status == 200


def test_run_lives_from_its_start_to_the_status_that_ends_it(
    client: Client, repository: Path
) -> None:
    """What a client logs is there at once, and sealed in git when the run has ended."""
    run_id = start(client, params={"lr": 0.1, "model": {"depth": 2}}, tags={"team": "a"})
    client.post(f"runs/{run_id}/metrics", {"metrics": {"loss": 0.5, "acc": 1}, "step": 3})
    client.post(f"runs/{run_id}/params", {"params": {"seed": 7}})

    live = client.get(f"runs/{run_id}")
    assert live["status"] == "RUNNING"
    assert live["params"] == {"lr": 0.1, "model": {"depth": 2}, "seed": 7}
    assert live["metrics"] == {"acc": 1.0, "loss": 0.5}

    end(client, run_id)
    with ExperimentTracker(repository, capture=False) as tracker:
        assert tracker.get_run(run_id).status == "FINISHED"
    assert run_id in git(
        repository, "ls-tree", "-r", "--name-only", "refs/exptrack/experiments/churn"
    )


def test_config_of_a_run_has_the_id_of_the_registered_one(client: Client) -> None:
    """A run started with a config refers to the config of that very id."""
    [config_id] = client.post("configs", {"configs": [{"lr": 0.1}], "tags": ["base"]})["ids"]
    run_id = start(client, config={"lr": 0.1})
    assert client.get(f"runs/{run_id}")["config_id"] == config_id


def test_batch_of_ended_runs_is_recorded_in_one_request(client: Client) -> None:
    """Many whole runs are recorded at once, and found by a query."""
    runs = [
        {"run_name": f"r{n}", "params": {"n": n}, "metrics": {"loss": n / 10}} for n in range(5)
    ]
    ids = client.post("experiments/batch/runs", {"runs": runs})["run_ids"]
    found = client.get("runs/search?filter=metrics.loss%20%3E%200.25&order_by=metrics.loss%20ASC")
    assert [run["run_id"] for run in found["runs"]] == ids[3:]


def test_batch_of_points_keeps_every_value_with_its_step(client: Client) -> None:
    """Points come back as they were logged; NaN and infinities are texts."""
    run_id = start(client)
    points = [{"key": "val/loss", "value": v, "step": n} for n, v in enumerate([1, ".nan", ".inf"])]
    assert client.post(f"runs/{run_id}/metrics", {"points": points})["logged"] == 3
    history = client.get(f"runs/{run_id}/metrics/val%2Floss")
    assert history["steps"] == [0, 1, 2]
    assert history["values"] == [1.0, ".nan", ".inf"]
    assert client.get(f"runs/{run_id}/metrics/val/loss")["count"] == 3


def test_thinned_history_keeps_its_extremes(client: Client) -> None:
    """A long history asked for in few points still has its peak."""
    run_id = start(client)
    values = [float(n % 7) for n in range(2000)]
    values[1234] = 1e6
    points = [{"key": "m", "value": v, "step": n} for n, v in enumerate(values)]
    client.post(f"runs/{run_id}/metrics", {"points": points})
    [series] = client.get(f"metrics?run_id={run_id}&key=m&key=none&points=100")["series"]
    assert series["count"] == 2000
    assert len(series["values"]) <= 120
    assert 1e6 in series["values"]


def test_pages_of_a_search_join_without_gap(client: Client) -> None:
    """Tokens lead through all runs, each once, and the last page has none."""
    ids = client.post("experiments/e/runs", {"runs": [{"params": {"n": n}} for n in range(7)]})
    seen, token = [], ""
    while token is not None:
        page = client.get(
            f"runs/search?experiment_name=e&limit=3&page_token={token}"
            if token
            else "runs/search?experiment_name=e&limit=3"
        )
        seen += [run["run_id"] for run in page["runs"]]
        token = page["next_page_token"]
    assert sorted(seen) == sorted(ids["run_ids"])


def test_table_gives_any_stretch_with_any_columns(client: Client) -> None:
    """Offset and limit cut a stretch out of the ordered table, which says how long it is."""
    runs = [{"params": {"n": n}, "metrics": {"a b": n}} for n in range(9)]
    client.post("experiments/e/runs", {"runs": runs})
    [column] = [c for c in client.get("runs/columns")["columns"] if c["name"] == "metrics.a b"]
    assert column == {
        "name": "metrics.a b", "field": "metrics.`a b`", "kind": "float", "group": "metrics",
        "varies": True,
    }  # fmt: skip
    field = quote(column["field"])
    found = client.get(
        f"runs/table?column={field}&column=params.n&order_by={field}%20DESC&offset=2&limit=3"
    )
    assert found["total"] == 9
    assert found["rows"] == [[6.0, 6], [5.0, 5], [4.0, 4]]


def test_bad_filter_is_told_with_its_column(client: Client) -> None:
    """A query that cannot be understood is a 400 that says where."""
    answer = client.ask("GET", "/api/v1/runs/search?filter=metrics.loss%20%3C%3C%201")
    assert answer.status == 400
    assert answer.error["code"] == "bad_query"
    assert answer.error["column"] == 15


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "runs/ffffffffffffffffffff", None, 404),
        ("GET", "nothing/here", None, 404),
        ("GET", "experiments/none", None, 404),
        ("PUT", "experiments", None, 405),
        ("TRACE", "experiments", None, 405),
        ("GET", "runs/search?filtr=x", None, 400),
        ("GET", "runs/search?limit=0", None, 400),
        ("GET", "runs/search?limit=1&limit=2", None, 400),
        ("GET", "runs/search?page_token=x", None, 400),
        ("GET", "runs/table?column=nonsense", None, 400),
        ("GET", "compare", None, 400),
        ("GET", "runs/%ff", None, 400),
        ("GET", "runs/search?filter=%ff", None, 400),
        ("POST", "experiments", {"name": 1}, 400),
        ("POST", "experiments", {}, 400),
        ("POST", "experiments", {"name": "x", "more": 1}, 400),
        ("POST", "experiments", b"{", 400),
        ("POST", "experiments", b"\xff", 400),
        ("POST", "experiments", b'{"name": NaN}', 400),
        ("POST", "experiments", b'{"name": "\\ud800"}', 400),
        ("POST", "experiments", b"[" * 100_000, 400),
        ("POST", "configs", {"configs": []}, 400),
    ],
)
def test_requests_that_make_no_sense_are_refused_with_a_reason(
    client: Client, method: str, path: str, body: object, status: int
) -> None:
    """Each refusal is JSON with a code and a message of one line."""
    answer = client.ask(method, f"/api/v1/{path}", body)
    assert answer.status == status
    assert answer.error["code"]
    assert "\n" not in answer.error["message"]
    assert client.notices == []


def test_values_beyond_what_can_be_kept_are_refused_and_nothing_is_logged(client: Client) -> None:
    """One value that cannot be stored refuses the whole batch."""
    run_id = start(client)
    huge = f'{{"points": [{{"key": "a", "value": 1}}, {{"key": "b", "value": 1{"0" * 400}}}]}}'
    answer = client.ask("POST", f"/api/v1/runs/{run_id}/metrics", huge.encode())
    assert answer.status == 400
    assert client.get(f"runs/{run_id}")["metrics"] == {}


def test_run_that_has_ended_takes_notes_and_tags_but_no_metrics(client: Client) -> None:
    """After the end, people may say more of a run; programs may not."""
    run_id = start(client)
    end(client, run_id)
    answer = client.ask("POST", f"/api/v1/runs/{run_id}/metrics", {"metrics": {"a": 1}})
    assert (answer.status, answer.error["code"]) == (409, "ended")
    client.post(f"runs/{run_id}/notes", {"text": "good"})
    client.post(f"runs/{run_id}/tags", {"tags": {"stage": "final"}})
    client.post(f"runs/{run_id}/validations", {"name": "ttpt", "passed": True})
    found = client.get(f"runs/{run_id}")
    assert found["notes"] == ["good"]
    assert found["tags"] == {"stage": "final"}
    assert found["validations"][0]["name"] == "ttpt"


def test_run_of_another_process_is_shown_and_left_alone(client: Client, repository: Path) -> None:
    """A live run of a script is read; only the script can end, tag or delete it."""
    with ExperimentTracker(repository, capture=False) as tracker:
        run = tracker.start_run("script")
        run.log_metric("loss", 0.5)
        assert client.get(f"runs/{run.run_id}")["metrics"] == {"loss": 0.5}
        for method, body in (("PATCH", {"status": "FINISHED"}), ("DELETE", None)):
            answer = client.ask(method, f"/api/v1/runs/{run.run_id}", body)
            assert answer.status == 409
        answer = client.ask("POST", f"/api/v1/runs/{run.run_id}/tags", {"tags": {"a": "b"}})
        assert (answer.status, answer.error["code"]) == (409, "live_elsewhere")
        run.end()


def test_deleted_run_is_gone_and_can_be_restored(client: Client, repository: Path) -> None:
    """A run that is deleted through REST comes back by the tracker."""
    run_id = start(client)
    assert client.ask("DELETE", f"/api/v1/runs/{run_id}").status == 409  # it is live
    end(client, run_id)
    assert client.ask("DELETE", f"/api/v1/runs/{run_id}").json == {"deleted": run_id}
    assert client.ask("GET", f"/api/v1/runs/{run_id}").status == 404
    with ExperimentTracker(repository, capture=False) as tracker:
        assert tracker.restore_run(run_id).run_id == run_id
    assert client.get(f"runs/{run_id}")["run_id"] == run_id


def test_same_request_under_one_key_is_done_once(client: Client) -> None:
    """A request that is sent again gets the first answer; another one under its key is refused."""
    key = {"Idempotency-Key": "one"}
    first = client.post("experiments/e/runs", {}, headers=key)
    again = client.post("experiments/e/runs", {}, headers=key)
    assert again["run_id"] == first["run_id"]
    assert len(client.get("runs/search")["runs"]) == 1
    other = client.ask("POST", "/api/v1/experiments/e/runs", {"run_name": "x"}, headers=key)
    assert (other.status, other.error["code"]) == (422, "key_reused")


def test_key_of_a_request_that_failed_may_be_used_again(client: Client) -> None:
    """A failure is not kept: once its cause is gone, the same request is done."""
    key = {"Idempotency-Key": "note"}
    path, note = "/api/v1/runs/{}/notes", {"text": "x"}
    assert client.ask("POST", path.format("f" * 20), note, headers=key).status == 404
    run_id = start(client)
    assert client.ask("POST", path.format(run_id), note, headers=key).status == 201


def test_answer_that_did_not_change_is_not_sent_again(client: Client) -> None:
    """The tag of an answer turns the next one into a 304, until something changes."""
    run_id = start(client)
    path = f"/api/v1/runs/{run_id}"
    tag = {"If-None-Match": client.ask("GET", path).headers["ETag"]}
    same = client.ask("GET", path, headers=tag)
    assert (same.status, same.data) == (304, b"")
    client.post(f"runs/{run_id}/metrics", {"metrics": {"a": 1}})
    assert client.ask("GET", path, headers=tag).status == 200


def test_artifacts_go_in_and_come_back_byte_by_byte(client: Client) -> None:
    """Uploads are stored with a live run and with one that has ended, and read back whole."""
    run_id, data = start(client), bytes(range(256)) * 40
    for name in ("a/live.bin", "späte Datei.bin"):
        path = f"/api/v1/runs/{run_id}/artifacts"
        kept = client.ask("POST", f"{path}?path={quote(name)}", data)
        assert (kept.status, kept.json["path"]) == (201, name)
        read = client.ask("GET", f"{path}/{quote(name)}")
        assert read.data == data
        if name.startswith("a/"):
            end(client, run_id)
    assert [a["path"] for a in client.get(f"runs/{run_id}/artifacts")["artifacts"]] == [
        "a/live.bin",
        "späte Datei.bin",
    ]


def test_bodies_beyond_the_limit_are_not_read(repository: Path) -> None:
    """A document or a file that is too large is refused before it is taken."""
    with served(repository, limits=SMALL) as client:
        run_id = start(client)
        large = client.ask("POST", "/api/v1/experiments", b" " * 5000)
        assert (large.status, large.error["code"]) == (413, "too_large")
        upload = client.ask("POST", f"/api/v1/runs/{run_id}/artifacts?path=x", b" " * 5000)
        assert upload.status == 413


def test_experiments_are_made_described_counted_and_deleted(client: Client) -> None:
    """An experiment's own facts and the number of its runs are told."""
    made = client.post("experiments", {"name": "Churn Model", "tags": {"owner": "ada"}})
    name = quote(made["experiment_id"])
    start(client, "Churn Model")
    changed = client.ask("PATCH", f"/api/v1/experiments/{name}", {"description": "who leaves"})
    assert changed.json["description"] == "who leaves"
    [listed] = client.get("experiments")["experiments"]
    assert (listed["name"], listed["runs"], listed["live_runs"]) == ("Churn Model", 1, 1)
    assert client.ask("DELETE", f"/api/v1/experiments/{name}").status == 400  # a run is live
    end(client, client.get("runs/search")["runs"][0]["run_id"])
    assert client.ask("DELETE", f"/api/v1/experiments/{name}").json["runs"] == 1
    assert client.get("experiments")["experiments"] == []


def test_comparison_shows_what_differs_and_the_best(client: Client) -> None:
    """Only parameters that differ are listed, and the better value is named."""
    runs = [{"params": {"lr": lr, "same": 1}, "metrics": {"loss": lr}} for lr in (0.1, 0.2)]
    ids = client.post("experiments/e/runs", {"runs": runs})["run_ids"]
    found = client.get("compare?" + "&".join(f"run_id={i}" for i in ids))
    assert list(found["params"]) == ["lr"]
    assert found["metrics"]["loss"]["best"] == ids[:1]


def test_study_tells_its_best_value_so_far(client: Client, repository: Path) -> None:
    """The progress of a study is a stair of the best values."""
    with ExperimentTracker(repository, capture=False) as tracker:
        trials = [
            {"trial_number": n, "params": {"x": n}, "performance": {"loss": v}}
            for n, v in enumerate([3.0, 5.0, 1.0])
        ]
        tracker.log_trials("study", trials)
    runs = client.get("experiments/study/progress?metric=loss")["runs"]
    assert [run["best"] for run in runs] == [3.0, 3.0, 1.0]


def test_configs_are_registered_tagged_compared_and_described(client: Client) -> None:
    """The registry's doings are there over REST, and the work tree is left alone."""
    a, b = client.post("configs", {"configs": [{"lr": 0.1}, {"lr": 0.2}]})["ids"]
    client.post(f"configs/{a}/tags", {"add": ["base"]})
    assert client.get("configs/tag:base")["id"] == a
    [change] = client.get(f"configs/{a}/diff/{b[:12]}")["changes"]
    assert (change["path"], change["old"], change["new"]) == ("lr", 0.1, 0.2)
    client.ask("PATCH", f"/api/v1/configs/{b}", {"description": "faster"})
    assert client.get("configs?filter=lr%20%3E%200.15")["configs"][0]["description"] == "faster"
    assert client.get("tags")["tags"][0]["name"] == "base"
    client.post(f"configs/{a}/tags", {"remove": ["base"]})
    assert client.get("tags")["tags"] == []
    assert client.ask("DELETE", f"/api/v1/configs/{a}").json["deleted"] == [a]


def test_registering_leaves_the_work_tree_alone(client: Client, repository: Path) -> None:
    """A config that a client registers is in the catalogue only."""
    client.post("configs", {"configs": [{"lr": 0.1}]})
    assert git(repository, "status", "--porcelain") == ""
    with ExperimentRegistry(repository) as registry:
        assert len(registry.list()) == 1


def test_models_are_registered_from_runs_and_aliased(client: Client) -> None:
    """A version made by a run is found by number and by alias."""
    run_id = start(client)
    end(client, run_id)
    made = client.post("models/churn/versions", {"run_id": run_id, "aliases": ["champion"]})
    assert made["run_id"] == run_id
    assert client.get("models/churn/versions/champion")["run_id"] == run_id
    assert client.get("models/churn")["versions"] == [1]
    client.post("models/churn/aliases", {"alias": "best", "version": "1"})
    assert client.get("models")["models"][0]["aliases"] == {"best": 1, "champion": 1}
    assert client.get(f"runs/{run_id}")["models"] == ["churn:1"]


def test_points_have_the_clients_time_or_the_servers(client: Client) -> None:
    """A point with a time keeps it; one without is of the moment when it came."""
    run_id = start(client)
    times = {0: 4e9 + 0.5, 1: 4e9 + 60}
    points = [{"key": "a", "value": 1.0, "step": n, "time": t} for n, t in times.items()]
    points += [{"key": "b", "value": 2.0, "step": n} for n in times]
    client.post(f"runs/{run_id}/metrics", {"points": points})
    end(client, run_id)
    assert client.get(f"runs/{run_id}/metrics/a")["times"] == [4e9 + 0.5, 4e9 + 60]
    assert 1.7e9 < min(client.get(f"runs/{run_id}/metrics/b")["times"]) < 4e9
    early = {"points": [{"key": "a", "value": 1.0, "time": -1}]}
    assert client.ask("POST", f"/api/v1/runs/{run_id}/metrics", early).status == 400


def test_user_of_a_run_is_its_tag(client: Client) -> None:
    """Whose run it is can be said when it starts, and be searched for."""
    run_id = start(client, user="ann", tags={"team": "vision"})
    end(client, run_id)
    client.post("experiments/churn/runs", {"runs": [{"run_name": "whole", "user": "bob"}]})
    assert client.get(f"runs/{run_id}")["tags"] == {"team": "vision", "user": "ann"}
    [found] = client.get("runs/search?filter=tags.user%20%3D%20%27bob%27")["runs"]
    assert found["run_name"] == "whole"


def test_stage_description_and_aliases_of_a_version_are_changed(client: Client) -> None:
    """A version gets a stage and a description; an alias is taken away."""
    run_id = start(client)
    end(client, run_id)
    assert client.post("models", {"name": "net", "description": "it"})["versions"] == []
    client.post("models/net/versions", {"run_id": run_id, "aliases": ["champion"]})
    change = {"stage": "production", "description": "the first", "tags": {"ok": "yes"}}
    found = client.ask("PATCH", "/api/v1/models/net/versions/1", change).json
    assert (found["stage"], found["description"]) == ("Production", "the first")
    assert client.ask("DELETE", "/api/v1/models/net/aliases/champion").status == 200
    assert client.get("models/net")["aliases"] == {}
    bad = client.ask("PATCH", "/api/v1/models/net/versions/1", {"stage": "Nowhere"})
    assert (bad.status, bad.error["code"]) == (400, "bad_request")


def test_pins_are_files_of_the_work_tree_and_need_the_token(
    client: Client, repository: Path
) -> None:
    """A pin is written and taken away; a name that would lead outside is refused."""
    [config_id] = client.post("configs", {"configs": [{"lr": 0.1}]})["ids"]
    pin = {"name": "eu/prod", "config": config_id[:12]}
    assert client.ask("POST", "/api/v1/pins", pin, token=False).status == 401
    assert client.post("pins", pin)["config"] == config_id
    assert (repository / ".exptrack/pins/eu/prod.yaml").is_file()
    assert [one["name"] for one in client.get("pins")["pins"]] == ["eu/prod"]
    for name in ("../out", "/etc/passwd", ".git/config"):
        assert client.ask("POST", "/api/v1/pins", {**pin, "name": name}).status == 400
    for config in ("README.md", "../x", "nothing"):
        assert client.ask("POST", "/api/v1/pins", {**pin, "config": config}).status in (400, 404)
    assert client.ask("DELETE", "/api/v1/pins/eu/prod").status == 200
    assert client.get("pins")["pins"] == []


def test_views_are_saved_as_queries(client: Client, repository: Path) -> None:
    """A saved query is kept as a file, listed, and taken away; a wrong one is refused."""
    query = {"name": "good", "where": "metrics.loss < 1", "columns": ["run_name"]}
    client.post("queries", query)
    assert (repository / ".exptrack/queries/good.yaml").is_file()
    [found] = client.get("queries")["queries"]
    assert {key: found[key] for key in query} == query
    bad = client.ask("POST", "/api/v1/queries", {"name": "bad", "where": "metrics.loss <<"})
    assert (bad.status, bad.error["code"]) == (400, "bad_query")
    client.ask("DELETE", "/api/v1/queries/good")
    assert client.get("queries")["queries"] == []


def test_each_column_of_data_has_a_picture(client: Client, repository: Path) -> None:
    """A distribution says how many pictures it has, and each can be had by its number."""
    with ExperimentTracker(repository, capture=False) as tracker, tracker.run("net") as run:
        RunLogger(tracker).log_data_distribution({"age": [31, 44, 52], "city": ["a", "b", "a"]})
    place = f"runs/{run.run_id}/figures"
    assert client.get(place)["parts"] == {"distribution": 2}
    second = client.ask("GET", f"/api/v1/{place}/distribution?part=1")
    assert b"city" in second.data
    assert client.ask("GET", f"/api/v1/{place}/distribution?part=2").status == 404


def test_a_deleted_experiment_is_restored(client: Client) -> None:
    """What a deletion took away comes back with its runs; a second time there is nothing."""
    client.post("experiments/net/runs", {"runs": [{"status": "FINISHED"}]})
    client.ask("DELETE", "/api/v1/experiments/net")
    assert client.get("experiments")["experiments"] == []
    assert client.ask("POST", "/api/v1/experiments/net/restore", {}).json["name"] == "net"
    assert client.get("experiments/net")["runs"] == 1
    assert client.ask("POST", "/api/v1/experiments/net/restore", {}).status == 404


def test_a_value_keeps_a_time_before_its_run(client: Client, repository: Path) -> None:
    """What was measured before the run was started is told with that time once it is sealed."""
    run_id = client.post("experiments/net/runs", {})["run_id"]
    points = [{"key": "loss", "value": n, "step": n, "time": 1e9 + n / 2} for n in range(3)]
    client.post(f"runs/{run_id}/metrics", {"points": points})
    client.ask("PATCH", f"/api/v1/runs/{run_id}", {"status": "FINISHED"})
    with ExperimentTracker(repository, capture=False) as tracker:
        found = tracker.get_metric_history(run_id, "loss")
    assert [round(point.time, 3) for point in found] == [1e9, 1e9 + 0.5, 1e9 + 1]


def test_pictures_and_reports_are_files(client: Client, repository: Path) -> None:
    """A picture is SVG that no browser runs, a report is one file to be saved."""
    with ExperimentTracker(repository, capture=False) as tracker, tracker.run("net") as run:
        RunLogger(tracker).log_roc([0, 1, 0, 1], [0.1, 0.9, 0.6, 0.8])
        for step in range(3):
            run.log_metric("loss", 1 / (step + 1), step)
    assert client.get(f"runs/{run.run_id}/figures") == {"figures": ["roc"], "parts": {}}
    for name in ("roc", "loss"):
        drawn = client.ask("GET", f"/api/v1/runs/{run.run_id}/figures/{name}")
        assert drawn.data.startswith(b"<svg")
        assert "sandbox" in drawn.headers["Content-Security-Policy"]
    assert client.ask("GET", f"/api/v1/runs/{run.run_id}/figures/nope").status == 404
    report = client.ask("GET", f"/api/v1/report?run_id={run.run_id}")
    assert report.headers["Content-Disposition"].startswith("attachment")
    assert report.data.lower().startswith(b"<!doctype html>")
    told = client.ask("GET", "/api/v1/report?study=net&format=json")
    assert json.loads(told.data)["title"] == "net"
    assert client.ask("GET", "/api/v1/report").status == 400


@pytest.mark.slow
def test_many_clients_log_at_once_and_nothing_is_lost(client: Client) -> None:
    """Eight clients that start, log to and end runs at the same time lose nothing."""

    def work(number: int) -> None:
        run_id = start(client, "crowd", params={"number": number})
        for step in range(5):
            client.post(f"runs/{run_id}/metrics", {"metrics": {"m": step}, "step": step})
            client.get(f"runs/{run_id}")
        end(client, run_id)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    runs = client.get("runs/search?experiment_name=crowd")["runs"]
    assert sorted(run["params"]["number"] for run in runs) == list(range(8))
    assert {(run["status"], run["metrics"]["m"]) for run in runs} == {("FINISHED", 4.0)}
    assert client.notices == []


def test_every_route_is_described_with_what_it_takes(client: Client) -> None:
    """The description is the table: each route, its parameters and its body."""
    told = client.get("openapi.json")
    assert told == json.loads(json.dumps(described(table())))
    operations = {(m, p) for p, methods in told["paths"].items() for m in methods}
    assert len(operations) == len(table())
    names = [op["operationId"] for methods in told["paths"].values() for op in methods.values()]
    assert len(names) == len(set(names))


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="no schemathesis")
def test_server_keeps_to_its_own_description(client: Client, tmp_path: Path) -> None:
    """What schemathesis makes up from the description brings no server error and no answer that
    is not described."""
    checks = "not_a_server_error,response_schema_conformance,status_code_conformance"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            f"{client.server.address}api/v1/openapi.json",
            *("--header", f"Authorization: Bearer {client.server.token}"),
            *("--checks", f"{checks},content_type_conformance"),
            *("--phases", "fuzzing,coverage", "--max-examples", "10", "--seed", "1"),
            "--no-color",
        ],
        cwd=tmp_path,  # it leaves a folder behind
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert client.notices == []
