"""The manual page and the reference, made from the commands themselves.

`python -m gittrack.cli.manual --write` brings the files in the repository up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gittrack import __version__
from gittrack.cli import manual_text as text
from gittrack.cli.completion import script
from gittrack.cli.outline import CommandOutline, Option, Section, outline
from gittrack.cli.roff import Page

DATE = "2026-11-21"
"""The manual's date: that of the last release."""


def files() -> dict[str, str]:
    """All files that are made from the commands, by their paths in the repository."""
    return {
        "docs/man/git-exp.1": manual_page(),
        "docs/reference.md": reference(),
        "completions/git-exp.bash": script("bash"),
        "completions/_git-exp": script("zsh"),
        "completions/git-exp.fish": script("fish"),
    }


def manual_page() -> str:
    """git-exp(1), as roff."""
    root, sections = outline()
    page = Page("git-exp", 1, DATE, f"gittrack {__version__}", "gittrack manual")
    page.section("NAME")
    page.paragraph(
        "git-exp - experiments in your git repository: configs registered, tagged, compared and"
        " verified",
        first=True,
    )
    page.section("SYNOPSIS")
    page.paragraph(
        "`git exp` [`-C` _PATH_] [`--no-color`] _COMMAND_ [_OPTIONS_] [_ARGUMENTS_]", first=True
    )
    page.section("DESCRIPTION")
    _paragraphs(page, text.DESCRIPTION)
    page.section("OPTIONS")
    page.paragraph("`-C` and `--no-color` may also stand after the command.", first=True)
    for option in root.options:
        page.item(_term(option), option.text)
    page.section("COMMANDS")
    page.paragraph(
        "`git exp COMMAND -h` shows this for one command. After `--` everything is an argument,"
        " even if it begins with a hyphen.",
        first=True,
    )
    for section in sections:
        _commands(page, section)
    _appendix(page)
    return page.text()


def reference() -> str:
    """docs/reference.md: the help of every command."""
    root, sections = outline()
    parts = [
        "# Reference",
        "",
        "What `git exp COMMAND -h` prints, for every command. Made from the commands"
        " (`python -m gittrack.cli.manual --write`). [cli.md](cli.md) explains what they have in"
        " common: how configs are named, formats, JSON, exit statuses.",
        "",
        *_help_block("git exp", root.help),
    ]
    for section in sections:
        for top in section.commands:
            for command in top.with_children():
                parts += _help_block(f"git exp {command.name}", command.help)
    return "\n".join(parts).rstrip() + "\n"


def _commands(page: Page, section: Section) -> None:
    page.subsection(section.title)
    for command in (command for top in section.commands for command in top.with_children()):
        page.item(_synopsis(command), command.summary)
        for paragraph in command.paragraphs:
            page.more(paragraph)
        arguments = [(f"_{a.kind}_", a.text) for a in command.arguments if a.text]
        options = [(_term(o), o.text) for o in command.options if "--help" not in o.names]
        if arguments or options:
            page.indented([*arguments, *options])


def _appendix(page: Page) -> None:
    page.section("NAMING A CONFIG")
    page.paragraph("Wherever a command takes _CONFIG_, it may be written as:", first=True)
    _items(page, text.NAMING)
    page.section("QUERIES")
    _paragraphs(page, text.QUERIES)
    _items(page, text.QUERY_FORMS)
    for paragraph in text.QUERIES_END:
        page.paragraph(paragraph)
    page.section("DATES")
    _paragraphs(page, text.DATES)
    page.section("FORMATS")
    page.paragraph("A _FORMAT_ is a line with these in it:", first=True)
    _items(page, text.FORMATS)
    page.section("JSON")
    _paragraphs(page, text.JSON)
    page.section("EXIT STATUS")
    _items(page, text.STATUSES)
    page.section("ENVIRONMENT")
    _items(page, text.ENVIRONMENT)
    page.section("FILES")
    _items(page, text.FILES)
    page.section("EXAMPLES")
    for number, (said, lines) in enumerate(text.EXAMPLES):
        page.paragraph(said, first=not number)
        page.example(lines)
    page.section("SEE ALSO")
    page.paragraph(
        "`git`(1), `git-notes`(1), `git-for-each-ref`(1), `sha256sum`(1)",
        first=True,
    )


def _paragraphs(page: Page, paragraphs: tuple[str, ...]) -> None:
    for number, paragraph in enumerate(paragraphs):
        page.paragraph(paragraph, first=not number)


def _items(page: Page, items: tuple[tuple[str, str], ...]) -> None:
    for term, said in items:
        page.item(f"`{term}`", said)


def _synopsis(command: CommandOutline) -> str:
    arguments = " ".join(a.shown.replace(a.kind, f"_{a.kind}_") for a in command.arguments)
    if command.children:
        arguments = "_COMMAND_"
    options = "[_OPTIONS_] " if len(command.options) > 1 else ""
    return f"`git exp {command.name}` {options}{arguments}".rstrip()


def _term(option: Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.names)
    return names if option.value is None else f"{names} _{option.value}_"


def _help_block(title: str, shown: str) -> list[str]:
    return [f"## {title}", "", "```text", shown, "```", ""]


def main(arguments: list[str]) -> None:
    """Write the files, below the current folder."""
    if arguments != ["--write"]:
        sys.exit("usage: python -m gittrack.cli.manual --write")
    for name, content in files().items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        sys.stdout.write(f"wrote  {name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
