"""What commands that exchange records share: options, git's progress, what came and went."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Annotated, Any, TextIO

import typer

from gittrack.cli.console import Console
from gittrack.errors import UsageError
from gittrack.sync.artifacts import Carried
from gittrack.sync.remote import LOCAL
from gittrack.sync.summary import Change, Counts, Summary
from gittrack.terminal import clean, inline

RemoteName = Annotated[
    str | None,
    typer.Argument(
        metavar="[REMOTE]",
        help="Name, URL or path [the upstream's, origin, or the only one].",
    ),
]
Experiments = Annotated[
    list[str] | None,
    typer.Option("--experiment", metavar="NAME", help="Only this one, by name or id; repeatable."),
]
Tags = Annotated[bool, typer.Option("--tags", help="Only tags, with the catalogue of configs.")]
Code = Annotated[bool, typer.Option("--code", help="The code of runs, too.")]
Artifacts = Annotated[
    str | None,
    typer.Option(
        "--artifacts",
        metavar="WHICH",
        help="Large files in Git LFS: new (of what goes), all (both ways) or none [new].",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Fetch and count; move nothing, here or there.")
]
Porcelain = Annotated[
    bool, typer.Option("--porcelain", help="For scripts: a line for each ref, with tabs.")
]

_PROGRESS = re.compile(r"\d+%|\(\d+/\d+\)|^remote: ")
_NAMES = (
    ("runs", "run", "runs"),
    ("experiments", "experiment", "experiments"),
    ("configs", "config", "configs"),
    ("tags", "tag", "tags"),
    ("models", "model", "models"),
    ("versions", "model version", "model versions"),
    ("code", "chain of code", "chains of code"),
)


@dataclass(slots=True)
class Ticker:
    """One line on a terminal with git's own progress; nothing where there is no terminal."""

    stream: TextIO
    _shown: bool = False

    def hear(self, text: str) -> None:
        """Show a state of git's progress; what the other side says cannot act on the terminal."""
        if _PROGRESS.search(text):
            self.stream.write(f"\r{clean(text)[:200]}\x1b[K")
            self.stream.flush()
            self._shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self.stream.write("\r\x1b[K")
            self._shown = False


@contextmanager
def progress() -> Iterator[Any]:
    """What listens to git: shown on a terminal, else `None`."""
    if not sys.stderr.isatty():
        yield None
        return
    ticker = Ticker(sys.stderr)
    try:
        yield ticker.hear
    finally:
        with suppress(OSError):
            ticker.clear()


def check_formats(*, json: bool, porcelain: bool) -> None:
    """Refuse both at once.

    Raises:
        UsageError: two forms of output were asked for.
    """
    if json and porcelain:
        raise UsageError("--json and --porcelain cannot go together: leave out one of the two")


def show(console: Console, summary: Summary, *, json: bool, porcelain: bool = False) -> None:
    """Print what came and went, in the form that was asked for.

    Raises:
        typer.Exit: with 1, where some of what came was refused; the rest was taken.
    """
    if json:
        console.json(_as_json(summary))
    elif porcelain:
        for line in _porcelain(summary):
            console.line(line)
    else:
        for line in lines(summary):
            console.line(line)
    if not json:
        _tell(console, summary)
    if summary.refused:
        raise typer.Exit(1)


def counted(counts: Counts) -> str:
    """The counts in words, without those that are zero."""
    return ", ".join(
        f"{number:,} {one if number == 1 else many}"
        for name, one, many in _NAMES
        if (number := getattr(counts, name))
    )


def carried_text(carried: Carried) -> str:
    """How many large files, and their bytes; empty where there are none."""
    if not carried.moved:
        return ""
    return f"{_plural(len(carried.moved), 'large file', 'large files')} ({carried.size:,} bytes)"


def lines(summary: Summary) -> Iterator[str]:
    """What came and went, for people."""
    place = inline(summary.remote)
    come, go = ("would come", "would go") if summary.dry_run else ("came", "went")
    if summary.came:
        yield f"{come} from {place}: {counted(summary.came_counts)}"
    if summary.went:
        yield f"{go} to {place}: {counted(summary.went_counts)}"
    for way, place_of, carried in (
        ("came", "from", summary.artifacts_came),
        ("went", "to", summary.artifacts_went),
    ):
        if carried.moved:
            yield f"{way} {place_of} {place}: {carried_text(carried)}"
    if summary.waiting:
        waits = "would wait" if summary.dry_run else "wait"
        names = ", ".join(map(inline, summary.waiting))
        yield f"{waits} in an inbox on {place} for the next one who syncs: {names}"
    if summary.folded:
        yield f"taken in and deleted on {place}: {_plural(summary.folded, 'inbox', 'inboxes')}"
    contents = summary.artifacts_came.moved | summary.artifacts_went.moved
    if not (summary.came or summary.went or summary.waiting or summary.folded or contents):
        yield f"nothing new ({place})"


def _tell(console: Console, summary: Summary) -> None:
    for name in summary.rewound:
        console.note(
            f"{summary.remote} has lost some of {LOCAL}{name} since the last time; "
            "here all of it is kept"
        )
    if absent := summary.artifacts_went.absent:
        console.note(
            f"{_plural(len(absent), 'large file', 'large files')} that these records name "
            f"could not go to {inline(summary.remote)}: not here either"
        )
    if absent := summary.artifacts_came.absent:
        console.note(
            f"{_plural(len(absent), 'large file', 'large files')} that records name "
            f"did not come: {inline(summary.remote)} does not have them"
        )
    for one in summary.refused:
        console.message(f"refused: {inline(one.path)}: {inline(one.reason)}")


def _porcelain(summary: Summary) -> Iterator[str]:
    for way, changes in (("came", summary.came), ("went", summary.went)):
        for change in changes:
            yield "\t".join((way, LOCAL + change.name, change.old or "-", change.new))
    for name in summary.waiting:
        yield f"waits\t{LOCAL}{name}\t-\t-"
    for one in summary.refused:
        yield f"refused\t{inline(one.path)}\t{inline(one.reason)}"


def _as_json(summary: Summary) -> dict[str, Any]:
    return {
        "remote": summary.remote,
        "dry_run": summary.dry_run,
        "came": {**asdict(summary.came_counts), "refs": _refs(summary.came)},
        "went": {**asdict(summary.went_counts), "refs": _refs(summary.went)},
        "artifacts": {
            "came": _contents(summary.artifacts_came),
            "went": _contents(summary.artifacts_went),
        },
        "waiting": [LOCAL + name for name in summary.waiting],
        "folded": summary.folded,
        "rewound": [LOCAL + name for name in summary.rewound],
        "refused": [asdict(one) for one in summary.refused],
    }


def _contents(carried: Carried) -> dict[str, Any]:
    return {
        "files": len(carried.moved),
        "bytes": carried.size,
        "absent": sorted(one.sha256 for one in carried.absent),
    }


def _refs(changes: tuple[Change, ...]) -> list[dict[str, str | None]]:
    return [{"ref": LOCAL + one.name, "old": one.old, "new": one.new} for one in changes]


def _plural(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
