"""Train classifiers for the breast cancer data with MLflow's autologging, into git."""

from __future__ import annotations

import argparse

import mlflow
from mlflow.models import infer_signature
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uri", default="gittrack:.", help="a repository, or a server's address")
    parser.add_argument("--strengths", type=float, nargs="+", default=[0.01, 0.1, 1.0, 10.0])
    chosen = parser.parse_args()
    mlflow.set_tracking_uri(chosen.uri)
    mlflow.set_experiment("cancer-mlflow")
    mlflow.sklearn.autolog(log_models=False, silent=True)
    patients, diagnoses = load_breast_cancer(return_X_y=True, as_frame=True)
    train, test, known, asked = train_test_split(
        patients, diagnoses, random_state=0, stratify=diagnoses
    )
    losses = {}
    with mlflow.start_run(run_name="strengths") as parent:
        mlflow.log_input(mlflow.data.from_pandas(train, name="cancer"), context="training")
        for strength in chosen.strengths:
            with mlflow.start_run(run_name=f"C={strength}", nested=True):
                model = make_pipeline(
                    StandardScaler(), LogisticRegression(C=strength, max_iter=2000)
                ).fit(train, known)
                losses[strength] = log_loss(asked, model.predict_proba(test))
                mlflow.log_metric("test_loss", losses[strength])
        best = min(losses, key=lambda strength: losses[strength])
        final = make_pipeline(StandardScaler(), LogisticRegression(C=best, max_iter=2000))
        final.fit(train, known)
        mlflow.sklearn.log_model(
            final,
            name="model",
            signature=infer_signature(test, final.predict(test)),
            registered_model_name="cancer",
            pip_requirements=["scikit-learn"],
            serialization_format="cloudpickle",
        )
        mlflow.log_table({"C": list(losses), "test_loss": list(losses.values())}, "strengths.json")
    print(f"{len(losses)} models in the run {parent.info.run_id}")
    print(f"best: C={best} with a loss of {losses[best]:.4f}, registered as cancer")


if __name__ == "__main__":
    main()
