"""What several histories of one ref have that not all of them have: commits, and what they changed.

Order is by causality, never by a clock: a commit's generation (the longest way to a first commit)
is greater than that of any commit before it, and the same in every clone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from gittrack.errors import DataError, RepositoryError
from gittrack.git.listing import is_shallow
from gittrack.git.objects import ObjectReader
from gittrack.git.repository import Identity, Repository
from gittrack.ids import ObjectId

SUBJECT = "Merge histories of "
"""How the message of a merge begins that this package made: such a commit says nothing new."""

# Not the user's: two clones that merge the same histories must write the same commit.
MERGER = Identity("gittrack", "gittrack@localhost", configured=True)

_LATEST = 4_102_444_800
"""Seconds since the epoch, in 2100: a clock or a forger that says more is not followed."""

_EMPTY_TREES = {
    "sha1": ObjectId("4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    "sha256": ObjectId("6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"),
}

_RAW = ("-r", "-z", "--raw", "--no-renames", "--no-abbrev")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a tree: octal mode and object."""

    mode: str
    id: ObjectId


@dataclass(frozen=True, slots=True)
class Change:
    """One path that a commit (or another tree) has otherwise; `None`: there is nothing."""

    path: str
    old: Entry | None
    new: Entry | None


@dataclass(frozen=True, slots=True)
class Made:
    """A commit: its parents, and what it changed against the first of them."""

    id: ObjectId
    parents: tuple[ObjectId, ...]
    changes: tuple[Change, ...] = field(repr=False)


class Histories:
    """The histories of `tips`; `made` are the commits that only some have, the oldest first.

    Raises:
        RepositoryError: history is cut off before the point where they part (a shallow clone).
    """

    def __init__(self, repository: Repository, tips: Sequence[ObjectId]) -> None:
        self._repository = repository
        self.tips = tuple(tips)
        common = [f"^{base}" for base in common_bases(repository, tips)]
        listed = list(_list_commits(repository, [*tips, *common])) if tips else []
        self._refuse_cut(listed)
        own = [commit for commit, _, merge in listed if not merge]
        changes = dict(_changes_of(repository, own))
        self.made = [Made(i, parents, changes.get(i, ())) for i, parents, _ in reversed(listed)]
        self._parents = {commit.id: commit.parents for commit in self.made}

    @cached_property
    def sides(self) -> list[frozenset[ObjectId]]:
        """For each tip, those of the commits that its history has."""
        return [frozenset(self._reached(tip)) for tip in self.tips]

    def generation(self, commit: str) -> int:
        """The commit's generation; the first question reads all histories once."""
        return self._whole[1][ObjectId(commit)]

    def survivors(
        self, adds: Iterable[ObjectId], removes: Iterable[ObjectId], *, whole: bool = False
    ) -> list[ObjectId]:
        """The additions that no removal knew of; `whole`: they may lie in the common history."""
        parents = self._whole[0] if whole else self._parents
        known: set[ObjectId] = set()
        for removal in removes:
            known |= _walk(parents, removal)
        return [commit for commit in adds if commit not in known]

    def latest(self, commits: Iterable[ObjectId]) -> list[ObjectId]:
        """Those of the commits, of any of the histories, that none of the others follows."""
        wanted, known, found = set(commits), set[ObjectId](), []
        for commit, parents in self._whole[0].items():  # the newest first
            if commit in wanted and commit not in known:
                found.append(commit)
            if commit in wanted or commit in known:
                known.update(parents)
        return sorted(found)

    def before(self, commit: ObjectId) -> set[ObjectId]:
        """A commit's whole history, with itself."""
        return _walk(self._whole[0], commit)

    def touching(self, paths: Sequence[str]) -> list[Made]:
        """All commits of all histories that changed what lies at or below the paths."""
        found = list(_list_commits(self._repository, self.tips, paths))
        own = [commit for commit, _, merge in found if not merge]
        changes = _changes_of(self._repository, own, paths)
        return [Made(i, self._whole[0].get(i, ()), changed) for i, changed in changes]

    @cached_property
    def _whole(self) -> tuple[dict[ObjectId, tuple[ObjectId, ...]], dict[ObjectId, int]]:
        listed = list(_list_commits(self._repository, self.tips))
        self._refuse_cut(listed)
        generations: dict[ObjectId, int] = {}
        for commit, parents, _ in reversed(listed):
            generations[commit] = 1 + max((generations[one] for one in parents), default=0)
        return {commit: parents for commit, parents, _ in listed}, generations

    def _reached(self, tip: ObjectId) -> set[ObjectId]:
        return _walk(self._parents, tip) if tip in self._parents else set()

    def _refuse_cut(self, listed: Sequence[tuple[ObjectId, tuple[ObjectId, ...], bool]]) -> None:
        if not is_shallow(self._repository):
            return
        cut = (self._repository.common_dir / "shallow").read_text().split()
        if not {commit for commit, _, _ in listed}.isdisjoint(cut):
            raise RepositoryError(
                "histories cannot be merged in this shallow clone: where they parted is cut off",
                hint="get it: git fetch --unshallow",
            )


def common_bases(repository: Repository, tips: Sequence[ObjectId]) -> list[ObjectId]:
    """The last commits that all histories have."""
    if len(tips) < 2:
        return []
    result = repository.runner.run("merge-base", "--all", "--octopus", *tips, accept=(0, 1))
    return [ObjectId(line) for line in result.stdout.decode().split()]


def independent(repository: Repository, tips: Sequence[ObjectId]) -> list[ObjectId]:
    """The tips that are in the history of no other, in a fixed order."""
    if len(set(tips)) < 2:
        return sorted(set(tips))
    output = repository.runner.output("merge-base", "--independent", *tips)
    return sorted(ObjectId(line) for line in output.decode().split())


def difference(
    repository: Repository, old: str, new: str, paths: Sequence[str] = ()
) -> Iterator[Change]:
    """The files that differ between two trees (below the paths, if any), folders that are alike
    unread."""
    literal = [f":(top,literal){path}" for path in paths]
    output = repository.runner.output("diff-tree", *_RAW, old, new, "--", *literal)
    fields = output.split(b"\0")[:-1]
    for facts, path in zip(fields[::2], fields[1::2], strict=True):
        yield _change(facts, path)


def empty_tree(repository: Repository) -> ObjectId:
    """The id of the tree without entries, which git knows without having it."""
    return _EMPTY_TREES[repository.hash_name]


def time_of(reader: ObjectReader, commits: Iterable[ObjectId]) -> int:
    """When the latest of the commits was made, in seconds since the epoch: no clock of ours."""
    return max(_time_of(reader.get(commit).data) for commit in commits)


def _time_of(commit: bytes) -> int:
    header, _, _ = commit.partition(b"\n\n")
    found = re.search(rb"^committer .*> (\d+) [-+]\d{4}$", header, re.MULTILINE)
    return min(int(found[1][:12]), _LATEST) if found is not None else 0


def _walk(parents: dict[ObjectId, tuple[ObjectId, ...]], start: ObjectId) -> set[ObjectId]:
    found, waiting = {start}, [start]
    while waiting:
        for parent in parents.get(waiting.pop(), ()):
            if parent not in found and parent in parents:
                found.add(parent)
                waiting.append(parent)
    return found


def _list_commits(
    repository: Repository, revisions: Sequence[str], paths: Sequence[str] = ()
) -> Iterator[tuple[ObjectId, tuple[ObjectId, ...], bool]]:
    """Commits with their parents, the newest first, and whether one is a merge of ours."""
    arguments = ["log", "-z", "--no-show-signature", "--no-decorate", "--topo-order"]
    arguments += ["--encoding=UTF-8", "--no-follow", "--format=%H %P%n%s", "--stdin", "--"]
    if paths:
        arguments.insert(1, "--full-history")
    literal = [f":(top,literal){path}" for path in paths]
    stdin = "".join(f"{revision}\n" for revision in revisions).encode()
    for record in repository.runner.output(*arguments, *literal, stdin=stdin).split(b"\0"):
        facts, _, subject = record.decode("utf-8", "replace").partition("\n")
        commit, *parents = facts.split() or [""]
        if commit:
            ours = len(parents) > 1 and subject.startswith(SUBJECT)
            yield ObjectId(commit), tuple(map(ObjectId, parents)), ours


def _changes_of(
    repository: Repository, commits: Sequence[ObjectId], paths: Sequence[str] = ()
) -> Iterator[tuple[ObjectId, tuple[Change, ...]]]:
    """What each commit changed against its first parent."""
    if not commits:
        return
    literal = [f":(top,literal){path}" for path in paths]
    arguments = ("diff-tree", "--stdin", *_RAW, "--root", "--diff-merges=first-parent", "--")
    stdin = "".join(f"{commit}\n" for commit in commits).encode()
    fields = iter(repository.runner.output(*arguments, *literal, stdin=stdin).split(b"\0")[:-1])
    commit, changes = "", []
    for facts in fields:
        if facts.startswith(b":"):
            changes.append(_change(facts, next(fields)))
        else:
            if commit:
                yield ObjectId(commit), tuple(changes)
            commit, changes = facts.decode().strip(), []
    if commit:
        yield ObjectId(commit), tuple(changes)


def _change(facts: bytes, path: bytes) -> Change:
    try:
        old_mode, mode, old, new, _ = facts.decode().removeprefix(":").split(" ")
    except ValueError as error:
        raise DataError("git printed a difference that cannot be read") from error
    before = None if old_mode == "000000" else Entry(old_mode, ObjectId(old))
    after = None if mode == "000000" else Entry(mode, ObjectId(new))
    return Change(path.decode("utf-8", "surrogateescape"), before, after)
