"""Commands found by their module's name, loaded one at a time."""

from __future__ import annotations

import difflib
import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer

from gittrack.cli import commands

_CONTEXT = {"help_option_names": ["-h", "--help"]}


def command_names() -> list[str]:
    """All commands, by name."""
    modules = pkgutil.iter_modules(commands.__path__)
    return sorted(module.name.strip("_").replace("_", "-") for module in modules)


@cache
def load_command(name: str) -> Any | None:
    """The command of that name, or `None` where there is none."""
    module = _module_name(name)
    if module is None:
        return None
    app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    app.command(name, context_settings=_CONTEXT)(import_module(module).command)
    return typer.main.get_command(app)


def similar_commands(name: str) -> list[str]:
    """Commands whose names look like this one."""
    return difflib.get_close_matches(name, command_names(), n=3, cutoff=0.5)


def _module_name(name: str) -> str | None:
    if not name.replace("-", "").isalpha() or not name.isascii():
        return None
    base = f"{commands.__name__}.{name.replace('-', '_')}"
    for module in (base, f"{base}_"):  # `import_`: a Python keyword cannot name a module
        if find_spec(module) is not None:
            return module
    return None
