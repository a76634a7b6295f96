"""`git exp init`: make a repository ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gittrack.cli.console import Console
from gittrack.errors import UsageError
from gittrack.terminal import inline

if TYPE_CHECKING:
    from gittrack.git.repository import Repository


def command(
    context: typer.Context,
    drivers: Annotated[
        bool, typer.Option("--drivers", help="Have git compare and merge config files by key.")
    ] = False,
    patterns: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            metavar="PATTERN",
            help="With --drivers: these files; repeatable [*.yaml *.yml].",
        ),
    ] = None,
    remote: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Have git fetch bring the records of this remote."),
    ] = None,
    push: Annotated[
        bool,
        typer.Option("--push", help="With --remote: also a remote NAME-exptrack to push records."),
    ] = False,
    hook: Annotated[
        bool | None,
        typer.Option(
            "--hook/--no-hook",
            help="With --remote: a pre-push hook that sends what pushed branches need, or none.",
        ),
    ] = None,
) -> None:
    """Make this repository ready for experiments.

    Writes .exptrack/format and .exptrack/.gitattributes (which keeps line endings as they are) into
    the work tree. Commit them with your next change.

    With --drivers, git diff names the keys that change, and git merge conflicts only where one key
    was changed differently. Every clone runs it once. With --remote, git fetch brings the remote's
    records to refs/exptrack-remote/NAME; local ones are never overwritten. With --push besides,
    git push NAME-exptrack sends yours there; git push does with branches what it did. With --hook,
    a git push of branches first sends the experiments of runs that were made with their commits,
    and the configs that they pin with their tags.
    """
    from gittrack.git.repository import discover

    console: Console = context.obj
    if patterns and not drivers:
        raise UsageError("--for needs --drivers")
    if push and remote is None:
        raise UsageError(
            "--push needs --remote NAME", hint="as in: git exp init --remote origin --push"
        )
    if hook is not None and remote is None:
        raise UsageError(
            "--hook needs --remote NAME", hint="as in: git exp init --remote origin --hook"
        )
    repository = discover(console.path)
    if repository.work_tree is not None or remote is None:  # bare ones are ready, but fetch, too
        _prepare(console)
    if drivers:
        _set_up_drivers(console, repository, patterns or [])
    if remote is not None:
        _fetch_records(console, repository, remote)
        if push:
            _push_records(console, repository, remote)
        if hook is not None:
            _set_hook(console, repository, remote, wanted=hook)
    elif not drivers:
        _hint_at_remotes(console, repository)


def _prepare(console: Console) -> None:
    with console.registry() as registry:
        written = registry.prepare()
        where = registry.root
    if written:
        console.line(f"ready for experiments: {inline(str(where))}")
        for path in written:
            console.line(f"  new file: {inline(path)}")
        console.line("next: git exp add CONFIG.yaml -m 'what it is' -t baseline")
    else:
        console.line(f"was ready already: {inline(str(where))}")


def _set_up_drivers(console: Console, repository: Repository, patterns: list[str]) -> None:
    from gittrack.drivers.setup import ATTRIBUTES, set_up_drivers

    done = set_up_drivers(repository, patterns)
    if not done.attributes and not done.settings:
        console.line("drivers were set up already")
        return
    console.line("drivers set up: git diff and git merge read config files by key")
    for key in done.settings:
        console.line(f"  git config: {key}")
    if done.attributes:
        console.line(f"  changed: {ATTRIBUTES}")
        console.line(f"next: git add {ATTRIBUTES}, and commit it")
    console.line("every clone runs once: git exp init --drivers")


def _fetch_records(console: Console, repository: Repository, remote: str) -> None:
    from gittrack.git.refspecs import fetch_records

    where = f"refs/exptrack-remote/{inline(remote)}"
    if fetch_records(repository, remote):
        console.line(f"git fetch {inline(remote)} now brings its records to {where}")
    else:
        console.line(f"git fetch {inline(remote)} brings its records to {where} already")


def _push_records(console: Console, repository: Repository, remote: str) -> None:
    from gittrack.git.refspecs import push_records, push_remote

    own = inline(push_remote(remote))
    now = "now sends" if push_records(repository, remote) else "sends"
    console.line(f"git push {own} {now} records to the place of {inline(remote)}")


def _set_hook(console: Console, repository: Repository, remote: str, *, wanted: bool) -> None:
    from gittrack.sync.hook import install, line_to_add, remove

    name = inline(remote)
    if not wanted:
        was = remove(repository, remote)
        console.line(f"git push {name} {'no longer sends' if was else 'sends no'} records")
        return
    done = install(repository, remote)
    if done.foreign is not None:
        console.message(f"note: there are hooks of your own: {inline(str(done.foreign))}")
        console.message(f"hint: add there, before its input is read: {line_to_add()}")
        raise typer.Exit(1)
    now = "now sends" if done.is_new else "sends"
    console.line(f"git push {name} {now} the records that the pushed branches need, first")


def _hint_at_remotes(console: Console, repository: Repository) -> None:
    from gittrack.git.refspecs import remotes_without_records

    missing = remotes_without_records(repository)
    if missing:
        console.message(
            f"hint: to fetch the records of a remote: git exp init --remote {inline(missing[0])}"
        )
