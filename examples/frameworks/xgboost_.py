"""XGBoost on the breast cancer data, stopped early: a run with its evaluations and its model."""

import xgboost
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from gittrack import ExperimentTracker
from gittrack.integrations.xgboost import GittrackCallback

patients, diagnoses = load_breast_cancer(return_X_y=True)
split = train_test_split(patients, diagnoses, random_state=0, stratify=diagnoses)
train = xgboost.DMatrix(split[0], split[2])
valid = xgboost.DMatrix(split[1], split[3])

xgboost.train(
    {"objective": "binary:logistic", "learning_rate": 0.2, "max_depth": 3, "nthread": 2},
    train,
    num_boost_round=200,
    evals=[(train, "train"), (valid, "valid")],
    early_stopping_rounds=5,
    verbose_eval=False,
    callbacks=[GittrackCallback(experiment="cancer", log_model=True)],
)

with ExperimentTracker() as tracker:
    [run] = tracker.list_runs("cancer")
    print(run.run_name, run.status, run.params["max_depth"], run.params["learning_rate"])
    print(f"best round {run.metrics['best_iteration']:.0f}: {run.metrics['best_score']:.2f}")
    print(len(tracker.get_metric_history(run, "valid/logloss")), "evaluations")
    print(*[artifact.path for artifact in run.artifacts])
