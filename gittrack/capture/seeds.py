"""Seeds of random numbers: set in one call, and noted, for no library can be asked for its seed."""

from __future__ import annotations

import random
import sys
import threading
from types import ModuleType

from gittrack.errors import UsageError

_noted: dict[str, int | str] = {}
_lock = threading.Lock()
_MOST = 2**64


def note_seed(name: str, value: int | str) -> None:
    """Remember that the generator `name` was seeded; captured with every run from now on."""
    with _lock:
        _noted[name] = value


def noted_seeds() -> dict[str, int | str]:
    """The seeds noted in this process, by the names of their generators."""
    with _lock:
        return dict(_noted)


def set_seeds(seed: int) -> tuple[str, ...]:
    """Seed `random` and whichever of NumPy, PyTorch and TensorFlow is imported, and note it.

    Returns the names of what was seeded. NumPy's global generator takes 32 bits: the lowest ones.

    Raises:
        UsageError: the seed is negative, or has more than 64 bits.
    """
    if not 0 <= seed < _MOST:
        raise UsageError(f"a seed is a number from 0 to 2**64 - 1, not {seed}")
    random.seed(seed)
    note_seed("random", seed)
    seeded = ["random"]
    for name in ("numpy", "torch", "tensorflow"):
        module = sys.modules.get(name)
        if module is not None:
            note_seed(name, _seed(name, module, seed))
            seeded.append(name)
    return tuple(seeded)


def _seed(name: str, module: ModuleType, seed: int) -> int:
    if name == "numpy":
        seed %= 2**32
        module.random.seed(seed)
    elif name == "torch":
        seed %= 2**63
        module.manual_seed(seed)  # of the CPU and of every GPU, without starting CUDA
    else:
        seed %= 2**63
        module.random.set_seed(seed)
    return seed
