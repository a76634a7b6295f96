"""LightGBM on the breast cancer data, stopped early: a run with its evaluations and its model."""

import lightgbm
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from gittrack import ExperimentTracker
from gittrack.integrations.lightgbm import GittrackCallback

patients, diagnoses = load_breast_cancer(return_X_y=True)
split = train_test_split(patients, diagnoses, random_state=0, stratify=diagnoses)
train = lightgbm.Dataset(split[0], split[2])
valid = lightgbm.Dataset(split[1], split[3], reference=train)

with GittrackCallback(experiment="cancer", log_model=True) as callback:
    lightgbm.train(
        {"objective": "binary", "num_leaves": 7, "num_threads": 2, "verbose": -1},
        train,
        num_boost_round=200,
        valid_sets=[valid],
        callbacks=[callback, lightgbm.early_stopping(5, verbose=False)],
    )

with ExperimentTracker() as tracker:
    [run] = tracker.list_runs("cancer")
    print(run.run_name, run.status, run.params["num_leaves"])
    best = run.summaries["valid_0/binary_logloss"]
    print(f"best round {run.metrics['best_iteration']:.0f}: {best.min:.2f}")
    print(*[artifact.path for artifact in run.artifacts])
