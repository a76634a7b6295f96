"""The commands as data: what manual, reference and shell completion are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import typer

from gittrack.cli.app import PROGRAM, app
from gittrack.cli.loading import command_names, is_group, load_command, sections

_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Option:
    """An option: how it may be written, its value's name (or none), what it does."""

    names: tuple[str, ...]
    value: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as usage shows it (`FILE...`, `[FILE]`), and what it is."""

    shown: str
    text: str

    @property
    def kind(self) -> str:
        """The bare name: `FILE`, `CONFIG`, `TAG`."""
        return self.shown.strip("[].")

    @property
    def repeats(self) -> bool:
        """Whether it may be given several times."""
        return "..." in self.shown


@dataclass(frozen=True, slots=True)
class CommandOutline:
    """A command: its name, what it does in one line and in more, what it takes, its help.

    A group has `children`, whose names begin with its own: `config show`.
    """

    name: str
    summary: str
    paragraphs: tuple[str, ...]
    arguments: tuple[Argument, ...]
    options: tuple[Option, ...]
    help: str
    children: tuple[CommandOutline, ...] = ()

    @property
    def usage(self) -> str:
        """`add [OPTIONS] FILE...`."""
        return " ".join([self.name, "[OPTIONS]", *(a.shown for a in self.arguments)])

    @property
    def last_name(self) -> str:
        """The name without that of its group."""
        return self.name.rpartition(" ")[2]

    def with_children(self) -> tuple[CommandOutline, ...]:
        """The command itself, and after a group all that is in it."""
        return (self, *self.children)


@dataclass(frozen=True, slots=True)
class Section:
    """Commands that belong together."""

    title: str
    commands: tuple[CommandOutline, ...]


def outline() -> tuple[CommandOutline, tuple[Section, ...]]:
    """`git exp` itself, and its commands in the order of the overview."""
    root = typer.main.get_command(app)
    context = root.make_context(PROGRAM, [], resilient_parsing=True, terminal_width=_WIDTH)
    grouped = tuple(
        Section(title, tuple(_outline(name, "", context) for name in names))
        for title, names in sections(command_names())
    )
    return _described("", root, context), grouped


def commands() -> Sequence[CommandOutline]:
    """All commands, by name; a group comes before what is in it."""
    _, grouped = outline()
    tops = sorted((c for section in grouped for c in section.commands), key=lambda c: c.name)
    return [command for top in tops for command in top.with_children()]


def _ordered(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=len))  # -h, --help


def _outline(name: str, group: str, parent: Any) -> CommandOutline:
    command: Any = load_command(name, group)
    context = command.make_context(name, [], parent, resilient_parsing=True, terminal_width=_WIDTH)
    children = command_names(name) if is_group(command) else ()
    return _described(
        f"{group} {name}".strip(),
        command,
        context,
        tuple(_outline(child, name, context) for child in children),
    )


def _described(
    name: str, command: Any, context: Any, children: tuple[CommandOutline, ...] = ()
) -> CommandOutline:
    summary, *paragraphs = (" ".join(p.split()) for p in (command.help or "").split("\n\n"))
    shown = [p for p in command.get_params(context) if not p.hidden]
    return CommandOutline(
        name,
        summary,
        tuple(paragraphs),
        tuple(
            Argument(p.make_metavar(context), p.help or "")
            for p in shown
            if p.param_type_name == "argument"
        ),
        tuple(
            Option(_ordered(p.opts), None if p.is_flag else p.make_metavar(context), p.help or "")
            for p in shown
            if p.param_type_name == "option"
        ),
        "\n".join(line.rstrip() for line in command.get_help(context).splitlines()),
        children,
    )
