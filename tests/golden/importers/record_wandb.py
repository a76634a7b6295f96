"""Writes `wandb/` with Weights & Biases, offline: `python record_wandb.py DIR`.

Made with wandb 0.31. What tells of the machine is kept out by its settings.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.update(
    WANDB_MODE="offline",
    WANDB_DISABLE_GIT="true",
    WANDB_SILENT="true",
    WANDB_HOST="host",
    WANDB_USERNAME="somebody",
    WANDB_EMAIL="somebody@example.org",
    WANDB_CONSOLE="off",
)

import wandb


def record(folder: Path, number: int) -> None:
    settings = wandb.Settings(
        x_disable_stats=True,
        x_disable_meta=True,
        x_disable_machine_info=True,
        disable_code=True,
        disable_git=True,
        host="host",
        program="train.py",
        x_save_requirements=False,
    )
    run = wandb.init(
        dir=str(folder),
        project="churn",
        id=f"abcd123{number}",
        name=f"run-{number}",
        group="sweep",
        job_type="train",
        notes="a remark",
        tags=["one", "two words"],
        config={"lr": 0.1, "model": {"depth": 4, "name": "mlp"}, "layers": [1, 2]},
        settings=settings,
    )
    for step in range(5):
        run.log({"loss": 1 / (step + 1), "nested": {"auc": step / 10}})
    run.log({"odd": float("nan"), "text": "hello"})
    run.summary["best"] = 0.9
    (folder / "note.txt").write_text("hello\n")
    run.save(str(folder / "note.txt"), base_path=str(folder), policy="end")
    run.finish(exit_code=number)


def main() -> None:
    """Record two runs; the second one fails."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        for number in range(2):
            record(Path(name), number)
        for one in sorted(Path(name).glob("wandb/offline-run-*")):
            target = folder / f"offline-run-20231114_22132{one.name[-1]}-{one.name[-8:]}"
            (target / "files").mkdir(parents=True)
            for file in one.glob("*.wandb"):
                shutil.copy(file, target / file.name)
            shutil.copy(one / "files" / "note.txt", target / "files", follow_symlinks=True)


if __name__ == "__main__":
    main()
