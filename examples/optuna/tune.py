"""Tune a classifier for the breast cancer data with Optuna; the study lives in git."""

from __future__ import annotations

import argparse

import optuna
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

from gittrack.integrations.optuna import GitStorage

SCALERS = {"standard": StandardScaler, "robust": RobustScaler}


def objective(trial: optuna.Trial) -> float:
    """The mean log loss of five folds; a trial that is worse than most is given up early."""
    scaler = SCALERS[trial.suggest_categorical("scaler", list(SCALERS))]
    penalty = trial.suggest_float("C", 1e-4, 1e2, log=True)
    weight = trial.suggest_categorical("class_weight", [None, "balanced"])
    model = make_pipeline(
        scaler(), LogisticRegression(C=penalty, class_weight=weight, max_iter=2000)
    )
    patients, diagnoses = load_breast_cancer(return_X_y=True)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    losses: list[float] = []
    for fold, (train, test) in enumerate(folds.split(patients, diagnoses)):
        model.fit(patients[train], diagnoses[train])
        losses.append(log_loss(diagnoses[test], model.predict_proba(patients[test])))
        trial.report(sum(losses) / len(losses), fold)
        if trial.should_prune():
            raise optuna.TrialPruned
    return sum(losses) / len(losses)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--study", default="cancer")
    chosen = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=GitStorage(retry=1),
        study_name=chosen.study,
        sampler=optuna.samplers.TPESampler(seed=chosen.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        load_if_exists=True,
    )
    study.optimize(objective, n_trials=chosen.trials)
    pruned = study.get_trials(states=(optuna.trial.TrialState.PRUNED,))
    best = study.best_trial
    print(f"{len(study.trials)} trials, {len(pruned)} of them pruned")
    print(f"trial {best.number}: log loss {best.value:.4f} with {best.params}")


if __name__ == "__main__":
    main()
