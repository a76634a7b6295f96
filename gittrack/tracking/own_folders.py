"""A folder of a program's own, with its config in files: made for it, and again to reproduce it."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gittrack.canonical import Plain, emit
from gittrack.runs.model import Run

CONFIG, CONFIG_JSON = "config.yaml", "config.json"

TAG = "own_folder"
"""The tag with the folder's path: what the recorded command, files and patterns begin with."""

_DETAILS = "optuna"  # where the record of a trial has its parameters


def write_config(folder: Path, config: Mapping[Any, Plain]) -> None:
    """Put the config into the folder, as canonical YAML and as JSON."""
    (folder / CONFIG).write_bytes(emit(dict(config)))
    (folder / CONFIG_JSON).write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")


def variables(study: str, number: int, file: str, values: Mapping[str, str]) -> dict[str, str]:
    """The variables that tell a program its trial: `GITTRACK_PARAM_LR=0.1` and so on."""
    found = {"GITTRACK_STUDY": study, "GITTRACK_TRIAL": str(number), "GITTRACK_CONFIG": file}
    for name, value in values.items():
        found["GITTRACK_PARAM_" + re.sub(r"\W", "_", name).upper()] = value
    return {name: value for name, value in found.items() if _is_text(value)}


def value_text(value: Plain) -> str:
    """A value as an argument: texts as they are, everything else as JSON has it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@contextmanager
def made_again(run: Run, config: Mapping[Any, Plain] | None) -> Iterator[Path | None]:
    """Such a folder for a run that had one, until the end of the block; `None` where it had none.

    Args:
        run: one that has ended.
        config: the config that it was started with.
    """
    if not Path(run.tags.get(TAG, "")).is_absolute():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="gittrack-reproduce-") as name:
        folder = Path(name).resolve()
        write_config(folder, config or {})
        yield folder


def variables_again(run: Run, config: Mapping[Any, Plain] | None, folder: Path) -> dict[str, str]:
    """The variables that told a run's program its trial; besides, those of the rest of its config.

    None for a run that was no trial.
    """
    if run.trial_number is None:
        return {}
    values = {**dict(_leaves(config or {})), **_trial_values(run)}
    texts = {name: value_text(value) for name, value in values.items()}
    return variables(run.experiment_name, run.trial_number, str(folder / CONFIG), texts)


def _trial_values(run: Run) -> dict[str, Plain]:
    details = run.details.get(_DETAILS)
    text = details.get("params_json") if isinstance(details, dict) else None
    try:
        values = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}  # a record that somebody else made: the config tells as much
    return values if isinstance(values, dict) else {}


def _leaves(config: Mapping[Any, Plain], above: str = "") -> Iterator[tuple[str, Plain]]:
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _is_text(value: str) -> bool:
    """Whether the value of a variable may be this."""
    return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
