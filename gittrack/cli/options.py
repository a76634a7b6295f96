"""Options and arguments that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.errors import UsageError


def _count(text: str) -> int:
    """A number of things: 0 or more."""
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"-n, --limit takes a whole number, 0 or more, not {text!r}")
    return int(text) if len(text) < 19 else 10**18  # SQLite counts no further


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Name = Annotated[str, typer.Argument(metavar="CONFIG", help="Id, prefix, tag, file or @{N}.")]
Names = Annotated[
    list[str], typer.Argument(metavar="CONFIG...", help="Ids, prefixes, tags, files or @{N}.")
]
Tags = Annotated[
    list[str] | None,
    typer.Option("-t", "--tag", metavar="TAG", help="Put this tag on it; repeatable."),
]
NoWorktree = Annotated[
    bool, typer.Option("--no-worktree", help="Leave .exptrack/ in the work tree alone.")
]
WithTags = Annotated[
    list[str] | None,
    typer.Option("-t", "--tag", metavar="TAG", help="Only configs with this tag; repeatable."),
]
Since = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only those registered then or later (UTC).")
]
Until = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only those registered then or before (UTC).")
]
Author = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Only those whose author's name or e-mail has it."),
]
Where = Annotated[
    str | None,
    typer.Option(metavar="QUERY", help="Only those for which it is true: 'model.depth >= 4'."),
]
Limit = Annotated[
    int | None,
    typer.Option("-n", "--limit", parser=_count, metavar="N", help="At most the N newest."),
]
First = Annotated[
    int | None, typer.Option("-n", "--limit", parser=_count, metavar="N", help="At most N.")
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="A line for each: '%(short_id) %(description) %(config.lr)'.",
    ),
]
Full = Annotated[bool, typer.Option("--full", help="With --json: each config's data, too.")]
ConfigFiles = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="YAML or JSON files, each with one config.")
]
Layers = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="YAML or JSON files, the lowest layer first.")
]
Environment = Annotated[
    str | None,
    typer.Option("-e", "--env", metavar="ENV", help="On top: x.ENV.yaml beside the last x.yaml."),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Set a value; +KEY=VALUE adds, ~KEY removes; repeatable."
    ),
]
