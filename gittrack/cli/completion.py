"""Completion scripts for shells, made from the commands themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import resources

from gittrack.cli.outline import Argument, CommandOutline, Option, Section, outline

SHELLS = ("bash", "zsh", "fish")
"""The shells for which there is a script."""

_KINDS = {
    "CONFIG": "config",
    "TAG": "tag",
    "FILE": "file",
    "DIR": "file",
    "PATH": "file",
    "SHELL": " ".join(SHELLS),
}


def script(shell: str) -> str:
    """The script that teaches a shell to complete `git exp`."""
    root, sections = outline()
    commands = _by_name(sections)
    text = (resources.files("gittrack.cli") / "shells" / f"{shell}.sh").read_text("utf-8")
    return _FILLED[shell](text, root, commands)


def _by_name(sections: tuple[Section, ...]) -> list[CommandOutline]:
    return sorted((c for s in sections for c in s.commands), key=lambda command: command.name)


def _kind(name: str | None) -> str:
    """What a value of that name is: config, tag, file, words to choose from, or none of these."""
    return _KINDS.get(name or "", "none")


# bash


def _bash(text: str, root: CommandOutline, commands: list[CommandOutline]) -> str:
    every = [command for top in commands for command in top.with_children()]
    tables = [
        f'__git_exp_commands="{" ".join(c.name for c in commands)}"',
        "# The commands of a group; nothing where it is none.",
        *_bash_function("group", _bash_groups(commands), '"$1"'),
        "# The options of a command; without one, those of git exp itself.",
        *_bash_function("options", (_bash_options(c) for c in (root, *every)), '"$1"'),
        "# What an option's value is (nothing: it takes none).",
        *_bash_function("value", _bash_values([root, *every]), '"$1 $2"'),
        "# What the argument of that number is.",
        *_bash_function("argument", _bash_arguments(every), '"$1 $2"'),
    ]
    return text.replace("@TABLES@", "\n".join(tables))


def _bash_groups(commands: list[CommandOutline]) -> Iterator[str]:
    for command in commands:
        if command.children:
            names = " ".join(child.last_name for child in command.children)
            yield f"'{command.name}') REPLY=\"{names}\" ;;"


def _bash_function(name: str, cases: Iterator[str], subject: str) -> list[str]:
    body = [f"\t{case}" for case in cases]
    return [f"__git_exp_{name} () {{", "\tREPLY=", f"\tcase {subject} in", *body, "\tesac", "}", ""]


def _bash_options(command: CommandOutline) -> str:
    names = [name for option in command.options for name in option.names if len(name) > 2]
    short = [o.names[0] for o in command.options if max(map(len, o.names)) == 2]
    return f"'{command.name}') REPLY=\"{' '.join(short + names)}\" ;;"


def _bash_values(commands: list[CommandOutline]) -> Iterator[str]:
    yield "*' -C') REPLY=file ;;"
    for command in commands:
        for option in command.options:
            if option.value is not None and command.name:
                names = "|".join(f"'{command.name} {name}'" for name in option.names)
                yield f"{names}) REPLY={_kind(option.value)} ;;"


def _bash_arguments(commands: list[CommandOutline]) -> Iterator[str]:
    for command in commands:
        for number, argument in enumerate(command.arguments, 1):
            place = "'*" if argument.repeats else f"{number}'"
            quoted = f"'{command.name} {place}"
            yield f"{quoted}) REPLY='{_kind(argument.kind)}' ;;"


# zsh


def _zsh(text: str, root: CommandOutline, commands: list[CommandOutline]) -> str:
    head, _, rest = text.partition("@FUNCTION@\n")
    template, _, tail = rest.partition("@END@\n")
    tops = [_zsh_function(template, "git-exp", root.options, commands)]
    groups = [
        _zsh_function(template, f"git-exp-{c.name}", c.options, c.children)
        for c in commands
        if c.children
    ]
    return head + "\n".join([*tops, *groups]) + tail


def _zsh_function(
    template: str, name: str, options: Sequence[Option], commands: Sequence[CommandOutline]
) -> str:
    """A function that completes one of the commands, and then what that command takes."""
    lines = [f"    {_zsh_option(option)} \\" for option in options]
    described = [f"        {_zsh_quoted(f'{c.last_name}:{c.summary}')}" for c in commands]
    return (
        template.replace("@NAME@", name)
        .replace("@OPTIONS@", "\n".join(lines))
        .replace("@COMMANDS@", "\n".join(described))
        .replace("@CASES@", "\n".join(line for c in commands for line in _zsh_case(c)))
    )


def _zsh_case(command: CommandOutline) -> Iterator[str]:
    yield f"        ({command.last_name})"
    if command.children:
        yield f"          _git-exp-{command.name} && ret=0"
        yield "          ;;"
        return
    yield "          _arguments -s -S \\"
    for option in command.options:
        yield f"            {_zsh_option(option)} \\"
    for number, argument in enumerate(command.arguments, 1):
        yield f"            {_zsh_argument(number, argument)} \\"
    yield "            && ret=0"
    yield "          ;;"


def _zsh_option(option: Option) -> str:
    text = option.text.replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    value = "" if option.value is None else f":{option.value}:{_zsh_action(option.value)}"
    repeated = "*" if "repeatable" in option.text else ""
    names = " ".join(option.names)
    if len(option.names) == 1:
        return _zsh_quoted(f"{repeated}{names}[{text}]{value}")
    before = repeated if repeated else f"({names})"
    return f"'{before}'{{{','.join(option.names)}}}{_zsh_quoted(f'[{text}]{value}')}"


def _zsh_argument(number: int, argument: Argument) -> str:
    place = "*" if argument.repeats else str(number)
    return _zsh_quoted(f"{place}:{argument.kind}:{_zsh_action(argument.kind)}")


def _zsh_action(name: str) -> str:
    kind = _kind(name)
    actions = {"config": "__git-exp_configs", "tag": "__git-exp_tags", "file": "_files"}
    return actions.get(kind, " " if kind == "none" else f"({kind})")


def _zsh_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# fish


def _fish(text: str, root: CommandOutline, commands: list[CommandOutline]) -> str:
    lines = [_fish_option(option, "") for option in root.options]
    lines += _fish_names("", commands)
    for group in (command for command in commands if command.children):
        lines += _fish_names(group.name, group.children)
    for command in (command for top in commands for command in top.with_children()):
        condition = f"'__git_exp_command {command.name}'"
        lines += [_fish_option(option, condition) for option in command.options]
        lines += _fish_arguments(command)
    return text.replace("@LINES@", "\n".join(lines))


def _fish_names(group: str, commands: Sequence[CommandOutline]) -> Iterator[str]:
    needed = f"'__git_exp_needs_command {group}'" if group else "__git_exp_needs_command"
    for command in commands:
        summary = _fish_quoted(command.summary)
        yield _fish_line(needed, f"-a {command.last_name} -d {summary}")


def _fish_arguments(command: CommandOutline) -> Iterator[str]:
    for number, argument in enumerate(command.arguments, 1):
        function = "__git_exp_arguments_from" if argument.repeats else "__git_exp_argument"
        offered = _fish_offered(_kind(argument.kind))
        if offered:
            yield _fish_line(f"'{function} {number} {command.name}'", offered)


def _fish_option(option: Option, condition: str) -> str:
    names = [f"-s {n[1:]}" if len(n) == 2 else f"-l {n[2:]}" for n in option.names]
    parts = [*names, f"-d {_fish_quoted(option.text)}"]
    if option.value is not None:
        parts += ["-r", _fish_offered(_kind(option.value)) or "-f"]
    return _fish_line(condition, " ".join(parts))


def _fish_offered(kind: str) -> str:
    if kind == "none":
        return ""
    offered = {"config": "-F -k -a '(__git_exp_names --configs)'", "file": "-F"}
    offered["tag"] = "-f -k -a '(__git_exp_names --tags)'"
    return offered.get(kind, f"-f -a '{kind}'")


def _fish_line(condition: str, rest: str) -> str:
    return f"complete -c git-exp{f' -n {condition}' if condition else ''} {rest}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_FILLED: dict[str, Callable[[str, CommandOutline, list[CommandOutline]], str]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}
