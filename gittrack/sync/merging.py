"""Several histories of one ref become one: what the trees of all of them are together.

    merged = merge_tips(session, ref, tips, importer)
    if merged.commit is not None and merged.commit != old:
        RefWriter(repository).update([RefUpdate(ref, old, merged.commit)])
    importer.release(at_once=True)

`importer` is the caller's `git.importer.Importer`: what it writes is guarded from `git gc` until it
is released, so release it when the refs have moved (`store/publishing.py` does the same).

What the ref names here is trusted where it is one of the tips; all other tips are inspected
(`trusted` names another, such as the outcome of a merge that is not published yet). A merge's tree
depends on nothing but the commits in its history, and clones that merge the same tips make the same
commit. When all refs are merged, `mending.restore_tagged` joins what one ref cannot see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gittrack.errors import GitError
from gittrack.git.importer import Edit, Importer, Link, NewCommit, Put, Remove, Replace
from gittrack.git.trees import TreeEdit, edited_tree, parse_commit
from gittrack.ids import ObjectId
from gittrack.store.code import CODE, JOINED
from gittrack.store.session import Session
from gittrack.sync.histories import (
    MERGER,
    SUBJECT,
    Change,
    Entry,
    Histories,
    difference,
    empty_tree,
    independent,
    time_of,
)
from gittrack.sync.inspecting import Refusal, inspect, refusal_of_ref, refusal_of_tip
from gittrack.sync.resolving import resolve
from gittrack.sync.stage import Content, Stage, Tip

__all__ = ["Merged", "Refusal", "merge_tips"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What histories are together: a commit, which is `None` where nothing could be taken.

    It is one of the tips where that contains all others; else a new commit, which no ref names yet.
    """

    commit: ObjectId | None
    refused: tuple[Refusal, ...] = ()


def merge_tips(
    session: Session,
    ref: str,
    tips: Sequence[ObjectId],
    importer: Importer,
    *,
    trusted: ObjectId | None = None,
) -> Merged:
    """What the histories `tips` of `ref` (its name here, as `refs/exptrack/catalogue`) are
    together.

    What a tip brings that does not hold is left out and told, and the rest taken; a tip of
    another format, or of which nothing holds, is left out as a whole. `trusted` is the tip that is
    not inspected: by default what the ref names here.

    Raises:
        RepositoryError: history is cut off before the point where they parted (shallow clone).
        GitError: git cannot read a history, or cannot write here.
    """
    reason = refusal_of_ref(ref)
    if reason is not None:
        return Merged(None, (Refusal(ref, reason),))
    if trusted is None:
        found = session.reader.find(ref)
        trusted = None if found is None else found.id
    merge = _Merge(session, ref, trusted if trusted in tips else None, importer)
    return merge.code(tips) if ref == CODE else merge.records(tips)


class _Merge:
    """One merge; `here` is what the ref names in this repository, if that is one of the tips."""

    def __init__(
        self, session: Session, ref: str, here: ObjectId | None, importer: Importer
    ) -> None:
        self._session = session
        self._repository = session.repository
        self._ref = ref
        self._here = here
        self._importer = importer
        self._refused: list[Refusal] = []

    def records(self, tips: Sequence[ObjectId]) -> Merged:
        """The merge of what is recorded: configs, tags, experiments, models."""
        sound = [tip for tip in dict.fromkeys(tips) if tip == self._here or self._is_sound(tip)]
        wanted = independent(self._repository, sound) if sound else []
        if wanted in ([], [self._here]):
            return Merged(self._here, tuple(self._refused))
        sides = [side for tip in wanted if (side := self._side(tip)) is not None]
        if not sides:
            return Merged(self._here, tuple(self._refused))
        commits = [side.commit for side in sides]
        if self._here is not None and commits == [self._here]:
            return Merged(self._here, tuple(self._refused))
        base = self._here
        # Of one that goes on from here, history need not be read: it costs what is new.
        edits = _edits(self._resolved(sides) if len(sides) > 1 else _news(sides[0].changes))
        edits = [edit for edit in edits if not self._is_folder(edit)]
        if len(sides) == 1 and self._tree_of(edits) == self._commit_tree(commits[0]):
            return Merged(commits[0], tuple(self._refused))
        start = None if base is None else self._commit_tree(base)
        return Merged(self._write(commits, start, edits), tuple(self._refused))

    def code(self, tips: Sequence[ObjectId]) -> Merged:
        """The merge of chains of code: one state of the latest ones, all of them reachable."""
        wanted = independent(self._repository, tips)
        if len(wanted) == 1:
            return Merged(wanted[0])
        states = independent(self._repository, list(self._states(wanted)))
        tree = max(self._commit_tree(state) for state in states)
        return Merged(self._write(wanted, tree, (), JOINED))

    def _states(self, tips: Sequence[ObjectId]) -> Iterable[ObjectId]:
        """The last commits that are no merges of ours."""
        waiting, seen = list(tips), set(tips)
        while waiting:
            commit = parse_commit(self._session.reader.get(waiting.pop()))
            if commit.subject == JOINED:
                waiting += [parent for parent in commit.parents if parent not in seen]
                seen.update(commit.parents)
            else:
                yield commit.id

    def _resolved(self, sides: Sequence[Tip]) -> dict[str, Content]:
        histories = Histories(self._repository, [side.commit for side in sides])
        return resolve(Stage(self._session, self._ref, self._here, sides, histories))

    def _is_sound(self, tip: ObjectId) -> bool:
        reason = refusal_of_tip(self._session, tip)
        if reason is not None:
            self._refused.append(Refusal(self._ref, reason))
        return reason is None

    def _side(self, tip: ObjectId) -> Tip | None:
        """A tip as far as it is accepted; `None` where nothing of it is."""
        base = empty_tree(self._repository) if self._here is None else self._here
        if tip == self._here:
            return Tip(tip, {})
        try:
            changes = list(difference(self._repository, base, tip))
        except GitError as error:
            self._refused.append(Refusal(self._ref, f"git cannot read its tree: {error.message}"))
            return None
        found = inspect(self._session, self._ref, tip, changes)
        self._refused += found.refused
        if found.refused and not found.changes:
            return None
        return Tip(tip, found.changes, frozenset(found.entities))

    def _tree_of(self, edits: Iterable[Edit]) -> ObjectId:
        """The tree that edits make; a fetched one must be just that, down to its bytes."""
        base = None if self._here is None else self._commit_tree(self._here)
        plain: list[TreeEdit] = [e for e in edits if isinstance(e, Put | Link | Remove)]
        hash_name = self._repository.hash_name
        return edited_tree(self._session.reader, base, plain, hash_name)

    def _is_folder(self, edit: Edit) -> bool:
        """Whether a file would take a folder's place: what is in the folder counts."""
        if self._here is None or not isinstance(edit, Put | Link):
            return False
        found = self._session.reader.find(f"{self._here}:{edit.path}")
        return found is not None and found.type == "tree"

    def _commit_tree(self, commit: ObjectId) -> ObjectId:
        return parse_commit(self._session.reader.get(commit)).tree

    def _write(
        self,
        parents: Sequence[ObjectId],
        tree: ObjectId | None,
        edits: Iterable[Edit],
        message: str | None = None,
    ) -> ObjectId:
        name = self._ref.removeprefix("refs/exptrack/")
        # A commit that leaves out what was refused is no merge: what it leaves out is removed.
        text = f"{SUBJECT}{name}" if len(parents) > 1 else f"Leave out of {name} what was refused"
        first, *others = parents
        commit = NewCommit(first, [Replace(tree), *edits], message or text, tuple(others))
        [made] = self._importer.write([commit], MERGER, time_of(self._session.reader, parents))
        return made


def _news(changes: Mapping[str, Change]) -> dict[str, Content]:
    return {path: change.new for path, change in changes.items()}


def _edits(contents: Mapping[str, Content]) -> list[Edit]:
    """Removals first: what is removed may be a file where a folder comes."""
    removes: list[Edit] = [Remove(path) for path, content in contents.items() if content is None]
    puts: list[Edit] = []
    for path in sorted(contents):
        content = contents[path]
        if isinstance(content, bytes):
            puts.append(Put(path, content))
        elif isinstance(content, Entry):
            puts.append(Link(path, content.id, content.mode))
    return [*removes, *puts]
