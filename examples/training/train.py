"""Cross-validate one classifier on the Wisconsin breast cancer data: real, 569 patients."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import gittrack
from gittrack.sources import read_documents

MODELS = {
    "gradient_boosting": HistGradientBoostingClassifier,
    "logistic_regression": LogisticRegression,
    "random_forest": RandomForestClassifier,
}
SCORES = {"accuracy": "accuracy", "roc_auc": "roc_auc", "log_loss": "neg_log_loss"}


def read_config(path: Path) -> dict[Any, Any]:
    """The mapping in a YAML file, as `git exp add` reads it: the same file has the same id."""
    return read_documents(path)[0].data


def make_pipeline(config: Mapping[str, Any]) -> Pipeline:
    """The steps that a config describes; each is fitted on the training folds alone."""
    preprocessing, model = config["preprocessing"], config["model"]
    steps: list[tuple[str, Any]] = []
    if preprocessing["scale"]:
        steps.append(("scale", StandardScaler()))
    if preprocessing["components"] is not None:
        steps.append(("pca", PCA(preprocessing["components"], random_state=config["seed"])))
    estimator = MODELS[model["kind"]](**model["parameters"], random_state=config["seed"])
    return Pipeline([*steps, ("model", estimator)])


def evaluate(config: Mapping[str, Any]) -> dict[str, float | int]:
    """Mean and standard deviation of each score over all folds and repeats.

    The folds depend on the seed alone, so all models of one seed are compared on the same folds.
    """
    features, is_benign = load_breast_cancer(return_X_y=True)
    validation = config["validation"]
    folds = RepeatedStratifiedKFold(
        n_splits=validation["folds"],
        n_repeats=validation["repeats"],
        random_state=config["seed"],
    )
    results = cross_validate(
        make_pipeline(config), features, is_benign, cv=folds, scoring=SCORES, error_score="raise"
    )
    summary: dict[str, float | int] = {"n_samples": len(features), "n_fits": folds.get_n_splits()}
    for name, scorer in SCORES.items():
        values = results[f"test_{name}"] * (-1.0 if scorer.startswith("neg_") else 1.0)
        summary[name] = float(np.mean(values))
        summary[f"{name}_std"] = float(np.std(values, ddof=1))
    return summary


app = typer.Typer(add_completion=False)
gittrack.track_script(app, config=lambda arguments: read_config(arguments.config))


@app.command(help=__doc__)
def train(
    config: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    output_dir: Annotated[Path, typer.Option(file_okay=False)],
) -> None:
    """Write the scores of one config to summary.json."""
    summary = evaluate(read_config(config))
    output_dir.mkdir(parents=True, exist_ok=True)
    (output_dir / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    typer.echo(
        f"{config.stem}: accuracy {summary['accuracy']:.4f} ± {summary['accuracy_std']:.4f}, "
        f"ROC AUC {summary['roc_auc']:.4f}, log loss {summary['log_loss']:.4f}"
    )


if __name__ == "__main__":
    app()
