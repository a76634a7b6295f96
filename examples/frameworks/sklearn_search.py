"""A grid search for the breast cancer data: the search is a run, each candidate a trial of it."""

import warnings

from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gittrack import ExperimentTracker
from gittrack.integrations.sklearn import log_search

warnings.filterwarnings("ignore")  # of what cannot be fitted
patients, diagnoses = load_breast_cancer(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
grid = {"logisticregression__C": [0.01, 0.1, 1.0, -1.0]}  # the last one is impossible
search = GridSearchCV(model, grid, scoring="roc_auc", cv=5).fit(patients, diagnoses)

with ExperimentTracker() as tracker:
    log_search(tracker, search, experiment="cancer")
    for trial in tracker.get_trials("cancer"):
        score = trial.performance.get("score", float("nan"))
        print(trial.trial_number, trial.status, dict(trial.params), f"{score:.3f}")
