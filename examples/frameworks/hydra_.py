"""A Hydra application on the breast cancer data: each job is a run."""

import hydra
from omegaconf import DictConfig
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import gittrack


@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(config: DictConfig) -> float:
    patients, diagnoses = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=config.C, max_iter=1000))
    scores = cross_val_score(model, patients, diagnoses, cv=config.folds)
    for fold, score in enumerate(scores):
        gittrack.log_metric("accuracy", score, step=fold)
    return float(scores.mean())


if __name__ == "__main__":
    main()
