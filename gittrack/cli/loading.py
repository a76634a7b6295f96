"""Commands found by their module's name, loaded one at a time."""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from gittrack.cli import commands
from gittrack.errors import UsageError

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


class Group(TyperGroup):
    """Commands found by name, each loaded when it is called: start-up does not grow with them."""

    group = ""
    """The group's own name; empty for `git exp` itself."""

    def list_commands(self, ctx: Any) -> list[str]:
        return command_names(self.group)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return load_command(cmd_name, self.group)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and load_command(args[0], self.group) is None:
            similar = similar_commands(args[0], self.group)
            raise UsageError(
                f"'{args[0]}' is not a command of {ctx.command_path}",
                hint=f"did you mean {similar[0]}?"
                if similar
                else f"see them all: {ctx.command_path} -h",
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        names = command_names(self.group)
        loaded = {name: load_command(name, self.group) for name in names}
        longest = max(map(len, names))
        for title, members in [("Commands", names)] if self.group else sections(names):
            rows = [
                (name.ljust(longest), command.get_short_help_str(formatter.width))
                for name in members
                if (command := loaded[name]) is not None
            ]
            with formatter.section(title):
                formatter.write_dl(rows)


def command_names(group: str = "") -> list[str]:
    """All commands by name, or those of a group; a group counts as one command."""
    folder = import_module(_package(group))
    modules = pkgutil.iter_modules(folder.__path__)
    return sorted(module.name.strip("_").replace("_", "-") for module in modules)


@cache
def load_command(name: str, group: str = "") -> Any | None:
    """The command or group of that name, or `None` where there is none."""
    found = _module_name(name, _package(group))
    if found is None:
        return None
    module = import_module(found)
    if hasattr(module, "__path__"):
        return _group(name, module)
    app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    app.command(name, cls=Command, context_settings=CONTEXT)(module.command)
    return typer.main.get_command(app)


def is_group(command: Any) -> bool:
    """Whether a command is a group of further ones."""
    return isinstance(command, Group)


def similar_commands(name: str, group: str = "") -> list[str]:
    """Commands whose names look like this one."""
    import difflib  # most names are right

    return difflib.get_close_matches(name, command_names(group), n=3, cutoff=0.5)


def sections(names: list[str]) -> list[tuple[str, list[str]]]:
    """The commands under the headings of the overview; those of no section come last."""
    grouped = [(title, [n for n in members if n in names]) for title, members in _SECTIONS]
    placed = {name for _, members in grouped for name in members}
    rest = [name for name in names if name not in placed]
    return [(title, members) for title, members in [*grouped, ("Also", rest)] if members]


_SECTIONS = (
    ("Start", ("init", "add", "import", "import-from", "demo")),
    ("Find and look", ("list", "search", "grep", "show", "compare", "log", "tags")),
    ("Say what a config is", ("tag", "untag", "describe")),
    ("To files and back", ("hash", "export", "checkout")),
    ("Configuration files", ("config",)),
    (
        "Runs",
        (
            "run",
            "reproduce",
            "experiments",
            "runs",
            "trials",
            "tail",
            "plot",
            "artifacts",
            "models",
        ),
    ),
    ("Find runs", ("best", "queries")),
    ("Search for the best config", ("sweep", "suggest")),
    ("Page and REST API", ("ui", "serve")),
    ("Statistics of runs", ("ab", "correlate", "report")),
    ("Share", ("sync", "push", "pull", "clone", "bundle", "unbundle")),
    ("Review", ("pin", "unpin", "pins", "check", "review", "comment")),
    ("Delete and restore", ("delete", "restore")),
    ("Check and upkeep", ("verify", "fsck", "doctor", "reindex", "completion")),
)


def _group(name: str, module: ModuleType) -> Group:
    """The group whose commands are a package's modules; its `HELP` is the group's."""
    group = Group(
        name=name,
        help=inspect.cleandoc(module.HELP),
        context_settings=CONTEXT,
        rich_markup_mode=None,
    )
    group.group = name
    return group


def _package(group: str) -> str:
    return f"{commands.__name__}.{group.replace('-', '_')}".rstrip(".")


def _module_name(name: str, package: str) -> str | None:
    if not name.replace("-", "").isalpha() or not name.isascii():
        return None
    base = f"{package}.{name.replace('-', '_')}"
    for module in (base, f"{base}_"):  # `import_`: a Python keyword cannot name a module
        if find_spec(module) is not None:
            return module
    return None
