"""The surroundings of a run as plain data: Python, machine, packages, command line, seeds."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal

from gittrack.canonical.plain import Plain
from gittrack.capture.gpus import cuda_version, gpus
from gittrack.capture.lock_files import lock_files
from gittrack.capture.machine import (
    cpu_facts,
    host_name,
    memory_facts,
    platform_facts,
    python_facts,
    user_name,
)
from gittrack.capture.packages import packages
from gittrack.capture.redaction import redact, redact_mapping
from gittrack.capture.seeds import noted_seeds

ALLOWED_VARIABLES = (
    # which devices, and how many threads
    *("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "NVIDIA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"),
    *("ROCR_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_PROC_BIND", "KMP_AFFINITY"),
    # what changes numbers
    *("PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG", "TF_DETERMINISTIC_OPS", "XLA_FLAGS"),
    *("TF_CUDNN_DETERMINISTIC", "JAX_PLATFORMS", "JAX_ENABLE_X64", "NVIDIA_TF32_OVERRIDE"),
    *("PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF", "TORCH_*", "NCCL_*", "TZ", "LANG", "LC_ALL"),
    # where in a job
    *("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "NODE_RANK", "GROUP_RANK"),
    *("SLURM_*", "PBS_JOBID", "PBS_JOBNAME", "PBS_ARRAY_INDEX", "LSB_JOBID", "LSB_JOBINDEX"),
    *("JOB_ID", "SGE_TASK_ID", "KUBERNETES_SERVICE_HOST", "POD_NAME", "CONDA_DEFAULT_ENV"),
    # which build
    *("CI", "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_SHA", "GITHUB_REF", "GITHUB_WORKFLOW"),
    *("CI_JOB_ID", "CI_PIPELINE_ID", "CI_COMMIT_SHA", "CI_PROJECT_PATH", "BUILD_ID", "BUILD_URL"),
)
"""Environment variables that are recorded, by name or pattern; secrets among them are not."""

Part = Literal[
    "python",
    "platform",
    "cpu",
    "memory",
    "gpus",
    "host",
    "user",
    "command",
    "folder",
    "packages",
    "lock_files",
    "seeds",
    "variables",
]
"""What can be captured, and left out."""


def capture_environment(
    *,
    argv: Sequence[str],
    cwd: Path,
    variables: Mapping[str, str],
    allow: Sequence[str] = ALLOWED_VARIABLES,
    top: Path | None = None,
    without: Collection[Part] = (),
) -> dict[str, Plain]:
    """What a run is made with, as plain data that can be written canonically.

    `argv` is the command line, `variables` the environment; only names that match `allow` (shell
    patterns) are kept, and secrets are taken out of both. `top` is the work tree's top: `cwd` is
    told relative to it, and lock files are looked for there. `without` names parts to leave out.
    What cannot be found is `None` or not there; nothing is raised for that.
    """
    found: dict[str, Plain] = {}
    for part, capture in _captures(argv, cwd, variables, allow, top).items():
        if part not in without:
            found.update({key: _clean(value) for key, value in capture().items()})
    return found


def _captures(
    argv: Sequence[str],
    cwd: Path,
    variables: Mapping[str, str],
    allow: Sequence[str],
    top: Path | None,
) -> dict[Part, Callable[[], Mapping[str, object]]]:
    return {
        "python": lambda: {"python": python_facts()},
        "platform": lambda: {"platform": platform_facts()},
        "cpu": lambda: {"cpu": cpu_facts()},
        "memory": lambda: {"memory": memory_facts()},
        "gpus": lambda: _gpus(variables),
        "host": lambda: {"host": host_name()},
        "user": lambda: {"user": user_name(variables)},
        "command": lambda: {"command": redact(argv)},
        "folder": lambda: {"folder": _folder(cwd, top)},
        "packages": _packages,
        "lock_files": lambda: {"lock_files": lock_files(top)} if top else {},
        "seeds": lambda: {"seeds": _seeds(variables)},
        "variables": lambda: {"variables": _allowed(variables, allow)},
    }


def _gpus(variables: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {"gpus": gpus(variables)}
    cuda = cuda_version()
    return found if cuda is None else {**found, "cuda": cuda}


def _packages() -> dict[str, object]:
    installed = packages()
    origins = {package.name: package.origin for package in installed if package.origin}
    found: dict[str, object] = {"packages": [f"{p.name}=={p.version}" for p in installed]}
    return {**found, "package_origins": origins} if origins else found


def _folder(cwd: Path, top: Path | None) -> str:
    """Relative to the work tree's top where it lies below; `.` is the top itself."""
    if top is None:
        return str(cwd)
    place, base = cwd.absolute().resolve(), top.absolute().resolve()
    return place.relative_to(base).as_posix() if place.is_relative_to(base) else str(cwd)


def _seeds(variables: Mapping[str, str]) -> dict[str, int | str]:
    seed = variables.get("PYTHONHASHSEED")
    return {**({"PYTHONHASHSEED": seed} if seed else {}), **noted_seeds()}


def _allowed(variables: Mapping[str, str], allow: Sequence[str]) -> dict[str, str]:
    names = [n for n in sorted(variables) if any(fnmatch.fnmatchcase(n, p) for p in allow)]
    return redact_mapping({name: variables[name] for name in names})


def _clean(value: object) -> Plain:
    """Plain data with text that UTF-8 can hold: a command line may have any bytes."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if isinstance(value, Mapping):
        return {_key(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _key(key: object) -> str:
    return str(key).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
