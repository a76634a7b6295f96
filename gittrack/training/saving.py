"""Trained models as files: NumPy's archives, which hold arrays and a JSON text, and no code."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gittrack.errors import GittrackError, SourceError
from gittrack.training.config import TrainingConfig
from gittrack.training.networks import build
from gittrack.training.samples import Scaling
from gittrack.training.trained import TrainedModel

FILE = "model.npz"
"""The artifact that a run has its model in."""

_FORMAT = "gittrack/trained-model"
_VERSION = 1
_STATE = "state/"


def save_model(model: TrainedModel, path: Path) -> None:
    """Write a model to a file whose name ends in `.npz`."""
    facts = {
        "format": _FORMAT,
        "version": _VERSION,
        "config": model.config.to_mapping(),
        "names": list(model.names),
        "classes": list(model.classes),
    }
    arrays: dict[str, Any] = {
        "facts": np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8),
        "center": model.scaling.center,
        "scale": model.scaling.scale,
        "target_center": model.target_scaling.center,
        "target_scale": model.target_scaling.scale,
    }
    for name, value in model.network.state_dict().items():
        arrays[_STATE + name] = value.detach().cpu().numpy()
    np.savez(path, **arrays)


def load_model(path: Path | str, device: str = "cpu") -> TrainedModel:
    """The model in a file, ready to predict on a device of PyTorch's; nothing in it is run.

    Raises:
        SourceError: the file cannot be read, or holds no such model.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _model({name: arrays[name] for name in arrays.files}, device)
    except OSError as error:
        raise SourceError(error.strerror or str(error), file=str(path)) from error
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        RuntimeError,
        zipfile.BadZipFile,
        GittrackError,
    ) as error:
        raise SourceError(
            "this is no model that gittrack's trainer stored",
            file=str(path),
            hint=f"it was made by {FILE} of a training run: {str(error)[:100]}",
        ) from error


def _model(arrays: dict[str, Any], device: str) -> TrainedModel:
    facts = json.loads(arrays["facts"].tobytes())
    if facts["format"] != _FORMAT or facts["version"] != _VERSION:
        raise ValueError(f"version {facts['version']}")
    config = TrainingConfig(**{**facts["config"], "device": device})
    names, classes = tuple(facts["names"]), tuple(facts["classes"])
    state = {
        name.removeprefix(_STATE): torch.as_tensor(value)
        for name, value in arrays.items()
        if name.startswith(_STATE)
    }
    with torch.random.fork_rng(devices=[]):
        network = build(len(names), len(classes) or 1, config)
    network.load_state_dict(state)
    return TrainedModel(
        config,
        names,
        classes,
        Scaling(arrays["center"], arrays["scale"]),
        Scaling(arrays["target_center"], arrays["target_scale"]),
        network.to(device),
    )
