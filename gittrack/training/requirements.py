"""The packages that training stands on, and what to install where one is missing."""

from __future__ import annotations

from importlib import import_module

from gittrack.errors import UsageError

_NEEDED = {"torch": "PyTorch", "numpy": "NumPy", "sklearn": "scikit-learn"}


def need_packages() -> None:
    """Be sure that they are there.

    Raises:
        UsageError: one is not; the hint says how to get it.
    """
    for module, name in _NEEDED.items():
        try:
            import_module(module)
        except ImportError as error:
            raise UsageError(
                f"gittrack.training needs {name}", hint="pip install 'gittrack[torch]'"
            ) from error
