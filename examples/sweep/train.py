"""One training of the sweep: a classifier of handwritten digits, with the values it is given."""

from __future__ import annotations

import argparse
from pathlib import Path

from ruamel.yaml import YAML
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import gittrack


def model(config: dict):
    """The classifier that a config describes."""
    if config["model"] == "svm":
        svm = config["svm"]
        return make_pipeline(StandardScaler(), SVC(C=svm["C"], gamma=svm["gamma"]))
    forest = config["forest"]
    return RandomForestClassifier(
        n_estimators=forest["trees"], max_depth=forest["depth"], random_state=config["seed"]
    )


def main() -> None:
    """Train with a config, and log how good it is on images it has not seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    config = YAML(typ="safe").load(parser.parse_args().config)
    images, digits = load_digits(return_X_y=True)
    images, digits = images[: config["images"]], digits[: config["images"]]
    with gittrack.start_run("digits"):
        scores = cross_val_score(model(config), images, digits, cv=3)
        gittrack.log_metrics({"accuracy": scores.mean(), "spread": scores.std()})


if __name__ == "__main__":
    main()
