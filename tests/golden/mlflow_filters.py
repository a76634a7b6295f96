"""Writes mlflow_filters.json: what MLflow finds for each filter and order, as a witness for ours.

Run it where MLflow is installed: `python tests/golden/mlflow_filters.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlflow import __version__
from mlflow.entities import Metric, Param, Run, RunData, RunInfo, RunInputs, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.search_utils import SearchUtils

FILE = Path(__file__).with_suffix(".json")

RUNS: list[dict[str, Any]] = [
    {
        "id": "aa11",
        "name": "first run",
        "status": "FINISHED",
        "user": "alice",
        "start": 1_700_000_000_000,
        "end": 1_700_000_100_000,
        "metrics": {"loss": 0.5, "train.loss": 0.25, "acc val": 0.9, "n": 3.0, "f1/macro": 0.5},
        "params": {"lr": "0.01", "model": "cnn", "model name": "big", "opt.lr": "0.1"},
        "tags": {"team": "a", "mlflow.user": "alice", "with.dots": "x", "note": "it's"},
    },
    {
        "id": "bb22",
        "name": "Second",
        "status": "RUNNING",
        "user": "bob",
        "start": 1_700_000_000_000,
        "end": None,
        "metrics": {"loss": 1.5, "train.loss": -1.0},
        "params": {"lr": "1e-3", "model": "CNN-large", "x": "5"},
        "tags": {"team": "b", "mlflow.user": "bob"},
    },
    {
        "id": "cc33",
        "name": "third_run",
        "status": "FAILED",
        "user": "alice",
        "start": 1_700_000_500_000,
        "end": 1_700_000_600_000,
        "metrics": {"loss": 0.5, "n": 10.0},
        "params": {"lr": "abc", "x": "50"},
        "tags": {},
    },
    {
        "id": "dd44",
        "name": "percent%_",
        "status": "KILLED",
        "user": "Carol",
        "start": 1_699_999_999_999,
        "end": 1_700_000_000_000,
        "metrics": {"loss": "nan", "n": "inf"},
        "params": {"model": "xgb", "x": ""},
        "tags": {"team": "A", "empty": ""},
    },
    {"id": "ee55", "name": "bare", "status": "FINISHED", "user": "", "start": 1_700_000_200_000}
    | {"end": 1_700_000_300_000, "metrics": {}, "params": {}, "tags": {}},
]

FILTERS = [
    "",
    "metrics.loss > 0.5",
    "metrics.loss >= 0.5",
    "metrics.loss < 1",
    "metrics.loss <= .5",
    "metrics.loss = 0.5",
    "metrics.loss != 0.5",
    "metric.loss = 5e-1",
    "metrics.loss > -1",
    "metrics.loss>0.5",
    "metrics.missing != 1",
    "metrics.train.loss < 0",
    "metrics.train.loss = -1.0",
    "metrics.`train.loss` = 0.25",
    'metrics."train.loss" = 0.25',
    "`metrics`.loss = 0.5",
    "metrics.`acc val` > 0.5",
    'metrics."acc val" > 0.5',
    "metrics.`f1/macro` = 0.5",
    "metrics.n > 1e3",
    "metrics.n = 10",
    "params.lr = '0.01'",
    'params.lr = "0.01"',
    "param.lr = '0.01'",
    "parameter.lr = '0.01'",
    "parameters.lr = '0.01'",
    "params.lr != '0.01'",
    "params.lr = '1e-3'",
    "params.lr = '0.001'",
    "params.opt.lr = '0.1'",
    "params.`model name` = 'big'",
    'params."model name" = "big"',
    "params.model LIKE 'cnn%'",
    "params.model like '%n'",
    "params.model LIKE 'CNN%'",
    "params.model ILIKE 'CNN%'",
    "params.model ilike '%CNN_large'",
    "params.model LIKE '%'",
    "params.model LIKE ''",
    "params.x LIKE '5_'",
    "params.x LIKE '5%'",
    "params.x = ''",
    "params.x != '5'",
    "params.model IS NULL",
    "params.model IS NOT NULL",
    "params.model is not null AND metrics.loss < 1",
    "tags.team = 'a'",
    "tag.team = 'a'",
    "tags.team != 'a'",
    "tags.team ILIKE 'a'",
    "tags.team LIKE '%a%'",
    "tags.mlflow.user = 'alice'",
    "tags.`mlflow.user` = 'alice'",
    'tags."mlflow.user" = "alice"',
    "tags.`mlflow.user` ILIKE 'A%'",
    "tags.with.dots = 'x'",
    "tags.empty = ''",
    "tags.empty IS NOT NULL",
    "tags.team IS NULL",
    'tags.note = "it\'s"',
    "attributes.status = 'FINISHED'",
    "attribute.status = 'FINISHED'",
    "attr.status = 'FINISHED'",
    "run.status = 'FINISHED'",
    "status = 'FINISHED'",
    "status != 'FINISHED'",
    "status LIKE 'F%'",
    "run_name = 'Second'",
    "attributes.run_name LIKE '%run'",
    "attributes.run_name LIKE 'third_run'",
    "run_name ILIKE 'SECOND'",
    "run_name LIKE 'percent%'",
    "`run name` = 'bare'",
    '"Run name" = "bare"',
    "attributes.`Run Name` = 'bare'",
    "run_id = 'aa11'",
    "run_id != 'aa11'",
    "run_id LIKE 'a%'",
    "run_id IN ('aa11', 'bb22', 'zz')",
    'attributes.run_id IN ("aa11", "bb22")',
    "run_id IN ('cc33')",
    "run_id NOT IN ('aa11', 'bb22')",
    "run_id not in ('aa11')",
    "run_id NOT IN ('aa11') AND metrics.loss > 0",
    "start_time = 1700000000000",
    "start_time != 1700000000000",
    "start_time > 1700000000000",
    "start_time >= 1700000000000",
    "start_time < 1700000000000",
    "start_time <= 1700000000000",
    "attributes.start_time > 1.7e12",
    "created > 1700000000000",
    "Created > 1700000000000",
    "end_time > 1700000100000",
    "end_time != 1700000100000",
    "end_time <= 1700000100000",
    "user_id = 'alice'",
    "user_id ILIKE 'c%'",
    "datasets.name = 'mnist'",
    "dataset.name LIKE '%m%'",
    "datasets.digest IN ('s8ds293b', 'jks834s2')",
    "datasets.context = 'train'",
    "metrics.loss > 0.1 AND params.model = 'cnn' AND tags.team = 'a'",
    "metrics.loss > 0.1 and status = 'RUNNING'",
    "  metrics.loss   >   0.1  ",
    "metrics.loss > 0.1\nAND\tmetrics.n < 5",
]

ORDERS: list[list[str]] = [
    [],
    ["metrics.loss"],
    ["metrics.loss ASC"],
    ["metrics.loss DESC"],
    ["metric.loss desc", "attributes.start_time asc"],
    ["metrics.n DESC", "metrics.loss ASC"],
    ["metrics.`acc val` DESC"],
    ["metrics.`train.loss` ASC"],
    ["metrics.train.loss DESC"],
    ["params.model"],
    ["params.model DESC"],
    ["params.`model name` DESC", "params.model ASC"],
    ["tags.team"],
    ["tags.team DESC", "metrics.loss"],
    ["tag.`mlflow.user` ASC"],
    ["start_time"],
    ["start_time DESC"],
    ["attributes.start_time ASC", "run_id DESC"],
    ["created DESC"],
    ["end_time"],
    ["end_time DESC"],
    ["status"],
    ["attribute.status DESC"],
    ["run_name ASC"],
    ["run_id DESC"],
    ["user_id", "run_id"],
    ["metrics.missing DESC"],
]


def run_of(facts: dict[str, Any]) -> Run:
    """The run as MLflow has it."""
    info = RunInfo(
        run_id=facts["id"],
        experiment_id="0",
        user_id=facts["user"],
        status=facts["status"],
        start_time=facts["start"],
        end_time=facts["end"],
        lifecycle_stage="active",
        run_name=facts["name"],
    )
    return Run(
        info,
        RunData(
            metrics=[Metric(key, float(value), 0, 0) for key, value in facts["metrics"].items()],
            params=[Param(key, value) for key, value in facts["params"].items()],
            tags=[RunTag(key, value) for key, value in facts["tags"].items()],
        ),
        RunInputs(dataset_inputs=[]),
    )


def main() -> None:
    """Ask MLflow and write what it says."""
    runs = [run_of(facts) for facts in RUNS]
    found = {}
    for text in FILTERS:
        try:
            found[text] = sorted(run.info.run_id for run in SearchUtils.filter(runs, text))
        except MlflowException as error:
            raise SystemExit(f"MLflow refuses {text!r}: {error}") from error
    orders = [
        {"order": order, "runs": [run.info.run_id for run in SearchUtils.sort(runs, order)]}
        for order in ORDERS
    ]
    facts = {"mlflow": __version__, "runs": RUNS, "filters": found, "orders": orders}
    FILE.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
