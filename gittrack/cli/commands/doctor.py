"""`git exp doctor`: what is in the way, and taking it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.errors import RepositoryError, UsageError
from gittrack.terminal import inline

if TYPE_CHECKING:
    from gittrack.doctor import Ailment
    from gittrack.store.session import Session


def command(
    context: typer.Context,
    fix: Annotated[
        bool, typer.Option("--fix", help="Do it, where that is safe and ours to do.")
    ] = False,
    host: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="With --fix: this machine is gone; seal its journals."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Also tell what is in order.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Find what is in the way of recording.

    Stale locks, leftovers of killed processes, journals nobody sealed, settings that lose records.
    Says what mends each. A note is no fault.

    Exit status 1 when something is left that is not in order.
    """
    from gittrack.doctor import diagnose
    from gittrack.git.repository import discover
    from gittrack.store.session import Session

    console: Console = context.obj
    if host is not None and not fix:
        raise UsageError("--host needs --fix", hint=f"as in: git exp doctor --fix --host {host}")
    session = Session(discover(console.path))
    try:
        found = diagnose(session)
        if host is not None and not any(_is_of(ailment, host) for ailment in found):
            raise UsageError(
                f"no machine {host!r} has silent journals here", hint="see them: git exp doctor"
            )
        left = found
        if fix:
            failures = _fix(session, found, host)
            left = diagnose(session)
            for failure in failures:
                console.message(f"error: {inline(failure)}")
    finally:
        session.close()
    mended = [ailment for ailment in found if fix and not _is_left(ailment, left)]
    if json:
        shown = {"left": list(map(asdict, left)), "mended": list(map(asdict, mended))}
        console.json({"ok": all(ailment.advice for ailment in left), **shown})
    else:
        _print(console, left, mended, verbose=verbose)
    if not all(ailment.advice for ailment in left):
        raise typer.Exit(1)


def _fix(session: Session, found: Sequence[Ailment], host: str | None) -> list[str]:
    from gittrack.doctor import cure

    failures = []
    for ailment in found:
        if ailment.fixable or _is_of(ailment, host):
            try:
                cure(session, ailment, host=host)
            except RepositoryError as error:
                failures.append(str(error))
    return failures


def _is_of(ailment: Ailment, host: str | None) -> bool:
    """Whether it is about the journals of that silent machine."""
    return ailment.code == "silent-journals" and ailment.place == host


def _is_left(ailment: Ailment, left: Sequence[Ailment]) -> bool:
    return any((a.code, a.place) == (ailment.code, ailment.place) for a in left)


def _print(
    console: Console, left: Sequence[Ailment], mended: Sequence[Ailment], *, verbose: bool
) -> None:
    from gittrack.doctor import TITLES

    if verbose:
        for code, title in TITLES.items():
            if all(ailment.code != code for ailment in left):
                console.line(f"ok    {title}")
    for ailment in mended:
        console.line(f"fixed {inline(ailment.place)}: {inline(ailment.text)}")
    for ailment in left:
        word = "note " if ailment.advice else "bad  "
        console.line(f"{word} {inline(ailment.place)}: {inline(ailment.text)}")
        console.line(f"        mend: {inline(ailment.mend)}")
    bad = [ailment for ailment in left if not ailment.advice]
    if not bad:
        console.line("nothing is in the way")
    elif any(ailment.fixable for ailment in bad):
        console.line("to mend what can be: git exp doctor --fix")
