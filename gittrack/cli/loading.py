"""Commands found by their module's name, loaded one at a time."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperCommand

from gittrack.cli import commands

CONTEXT = {"help_option_names": ["-h", "--help"]}
"""What all commands have in common."""


class Command(TyperCommand):
    """A command whose help names arguments as git's does: `FILE...`, `[FILE]`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return ["[OPTIONS]", *(argument.make_metavar(ctx) for argument in self.arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        arguments = [(a.make_metavar(ctx).strip("[]"), a.help or "") for a in self.arguments]
        options = [record for o in self.options(ctx) if (record := o.get_help_record(ctx))]
        for title, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    @property
    def arguments(self) -> list[Any]:
        """The parameters that are no options."""
        return [p for p in self.params if p.param_type_name == "argument"]

    def options(self, ctx: Any) -> list[Any]:
        """The options, `--help` last."""
        return [p for p in self.get_params(ctx) if p.param_type_name == "option"]


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
    app.command(name, cls=Command, context_settings=CONTEXT)(import_module(module).command)
    return typer.main.get_command(app)


def similar_commands(name: str) -> list[str]:
    """Commands whose names look like this one."""
    import difflib  # most names are right

    return difflib.get_close_matches(name, command_names(), n=3, cutoff=0.5)


def sections(names: list[str]) -> list[tuple[str, list[str]]]:
    """The commands under the headings of the overview; those of no section come last."""
    grouped = [(title, [n for n in members if n in names]) for title, members in _SECTIONS]
    placed = {name for _, members in grouped for name in members}
    rest = [name for name in names if name not in placed]
    return [(title, members) for title, members in [*grouped, ("Also", rest)] if members]


_SECTIONS = (
    ("Start", ("init", "add", "import", "demo")),
    ("Find and look", ("list", "search", "grep", "show", "compare", "log", "tags")),
    ("Say what a config is", ("tag", "untag", "describe")),
    ("To files and back", ("hash", "export", "checkout")),
    ("Delete and restore", ("delete", "restore")),
    ("Check and upkeep", ("verify", "reindex", "completion")),
)


def _module_name(name: str) -> str | None:
    if not name.replace("-", "").isalpha() or not name.isascii():
        return None
    base = f"{commands.__name__}.{name.replace('-', '_')}"
    for module in (base, f"{base}_"):  # `import_`: a Python keyword cannot name a module
        if find_spec(module) is not None:
            return module
    return None
