"""Writes `sacred/` with Sacred's FileStorageObserver: `python record_sacred.py DIR`.

Made with Sacred 0.8.7. What tells of the machine is taken out.
"""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from sacred import SETTINGS, Experiment
from sacred.observers import FileStorageObserver

SETTINGS.CAPTURE_MODE = "no"
SETTINGS.DISCOVER_SOURCES = "none"
SETTINGS.DISCOVER_DEPENDENCIES = "none"
SETTINGS.HOST_INFO.INCLUDE_GPU_INFO = False
SETTINGS.HOST_INFO.INCLUDE_CPU_INFO = False


def main() -> None:
    """Record one run that completes and one that fails."""
    folder = Path(sys.argv[1])
    experiment = Experiment("churn", base_dir=".", save_git_info=False)
    experiment.observers.append(FileStorageObserver(str(folder)))

    @experiment.config
    def config() -> None:
        lr = 0.1  # noqa: F841
        model = {"depth": 4}  # noqa: F841
        fails = False  # noqa: F841

    @experiment.main
    def train(_run: object, lr: float, fails: bool) -> float:
        for step in range(5):
            experiment.log_scalar("loss", 1 / (step + 1), step)
        note = Path("note.txt")
        note.write_text("hello\n")
        experiment.add_artifact(note)
        experiment.info["classes"] = 3
        if fails:
            raise ValueError("it fails")
        return lr * 2

    experiment.run()
    with suppress(ValueError):
        experiment.run(config_updates={"fails": True, "lr": 0.2})
    shutil.rmtree(folder / "_sources", ignore_errors=True)
    for file in folder.glob("*/run.json"):
        record = json.loads(file.read_text())
        record["host"] = {"hostname": "host", "os": ["Linux", "Linux"]}
        record["experiment"]["base_dir"] = "/home/somebody/work"
        if "fail_trace" in record:
            record["fail_trace"] = ["ValueError: it fails\n"]
        record["experiment"] |= {"mainfile": "train.py", "sources": [], "dependencies": []}
        file.write_text(json.dumps(record, indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
