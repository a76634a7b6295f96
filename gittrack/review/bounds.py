"""From where to where a review reads: `BASE...HEAD`, or what the pull request would be."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gittrack.errors import NotFoundError, UsageError
from gittrack.git.listing import find_commit, is_shallow, merge_base
from gittrack.git.refs import read_refs
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId

_USUAL = ("main", "master", "trunk", "develop")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The two commits, and what the user called them."""

    base: ObjectId
    head: ObjectId
    base_name: str
    head_name: str
    notes: tuple[str, ...] = ()


def find_bounds(repository: Repository, text: str | None) -> Bounds:
    """The commits that a range means.

    `A...B` starts where A and B parted (at A itself, if no such commit is known), `A..B` at A.
    Without B it is HEAD; `A` alone is `A...HEAD`. Without anything, A is the default branch of
    the upstream.

    Raises:
        NotFoundError: a revision names no commit, or no default branch is known.
        RepositoryError: a commit is not in this shallow clone.
    """
    base_name, dots, head_name = _split(text)
    head_name = head_name or "HEAD"
    head = find_commit(repository, head_name)
    base_name = base_name or default_branch(repository)
    base = find_commit(repository, base_name)
    names = (_shown(base_name), _shown(head_name))
    if dots == "..":
        return Bounds(base, head, *names)
    parted = merge_base(repository, base, head)
    if parted is not None:
        return Bounds(parted, head, *names)
    why = "in this shallow clone" if is_shallow(repository) else "here"
    note = f"no common history with {base_name} is known {why}: compared with {base_name} itself"
    return Bounds(base, head, *names, (note,))


def default_branch(repository: Repository) -> str:
    """The branch that pull requests go to: what the upstream's HEAD names, else a usual name.

    Raises:
        NotFoundError: there is none that could be it.
    """
    refs = read_refs(repository, "refs/remotes/", "refs/heads/")
    for remote in _remotes(repository):
        head = _symbolic(repository, f"refs/remotes/{remote}/HEAD")
        if head in refs:
            return head.removeprefix("refs/remotes/")
        for usual in _USUAL:
            if f"refs/remotes/{remote}/{usual}" in refs:
                return f"{remote}/{usual}"
    configured = repository.settings.config.get("init.defaultbranch", "")
    for usual in (configured, *_USUAL):
        if f"refs/heads/{usual}" in refs:
            return usual
    raise NotFoundError(
        "no default branch is known to compare with", hint="name one: git exp review BASE...HEAD"
    )


def _remotes(repository: Repository) -> list[str]:
    """The remote of the current branch's upstream, then origin, then the others."""
    config = repository.settings.config
    branch = _symbolic(repository, "HEAD").removeprefix("refs/heads/")
    own = config.get(f"branch.{branch}.remote", "")
    named = [key.split(".", 1)[1].rpartition(".")[0] for key in config if key.startswith("remote.")]
    return [r for r in dict.fromkeys((own, "origin", *named)) if r in named]


def _symbolic(repository: Repository, name: str) -> str:
    """The ref that a symbolic ref stands for; empty where it is none."""
    result = repository.runner.run("symbolic-ref", "--quiet", name, accept=(0, 1, 128))
    return result.stdout.decode("utf-8", "surrogateescape").strip()


def _shown(name: str) -> str:
    """A commit's id in twelve digits: CI gives whole ones."""
    return name[:12] if re.fullmatch(r"[0-9a-f]{40,64}", name) else name


def _split(text: str | None) -> tuple[str, str, str]:
    if text is None:
        return "", "...", ""
    if not text.strip():
        raise UsageError("a range cannot be empty", hint="as in: git exp review main...HEAD")
    for dots in ("...", ".."):
        base, found, head = text.partition(dots)
        if found:
            return base, dots, head
    return text, "...", ""
