"""Writes `dvc/` with DVC and DVCLive: `python record_dvc.py DIR`.

Made with DVC 3.67 and DVCLive 3.49: a bundle of a git repository with two experiments, and a
folder that DVCLive wrote alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dvclive import Live

TRAIN = """import json, yaml
params = yaml.safe_load(open("params.yaml"))
with open("metrics.json", "w") as out:
    json.dump({"train": {"loss": 1 / params["depth"]}, "auc": 0.5 + params["lr"]}, out)
from dvclive import Live
with Live(save_dvc_exp=False) as live:
    for step in range(params["epochs"]):
        live.log_metric("acc", step / 10)
        live.next_step()
"""
PIPELINE = """stages:
  train:
    cmd: python train.py
    deps:
    - train.py
    params:
    - lr
    - depth
    - epochs
    metrics:
    - metrics.json:
        cache: false
    outs:
    - dvclive:
        cache: false
"""


def run(folder: Path, *arguments: str) -> None:
    subprocess.run(arguments, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def experiments(folder: Path, bundle: Path) -> None:
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, "git", "config", "user.name", "Ada")
    run(folder, "git", "config", "user.email", "ada@example.org")
    run(folder, "dvc", "init", "-q")
    run(folder, "dvc", "config", "core.analytics", "false")
    (folder / "train.py").write_text(TRAIN)
    (folder / "params.yaml").write_text("lr: 0.1\ndepth: 4\nepochs: 3\n")
    (folder / "dvc.yaml").write_text(PIPELINE)
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-q", "-m", "A pipeline")
    run(folder, "dvc", "exp", "run", "-q", "-n", "first-try", "-m", "first", "-S", "lr=0.2")
    run(folder, "dvc", "exp", "run", "-q", "-n", "second-try", "-S", "lr=0.3", "-S", "depth=8")
    run(folder, "git", "bundle", "create", "-q", str(bundle), "--all")


def main() -> None:
    """Record both."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as name:
        experiments(Path(name), folder / "experiments.bundle")
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        with Live(dir="dvclive", save_dvc_exp=False, report=None) as live:
            live.log_params({"lr": 0.1, "layers": [1, 2]})
            for step in range(5):
                live.log_metric("train/loss", 1 / (step + 1))
                live.next_step()
            live.summary["best"] = 0.9
        shutil.copytree("dvclive", folder / "dvclive")


if __name__ == "__main__":
    main()
