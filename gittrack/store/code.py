"""The code that runs are made with: each distinct state of the work tree as a commit.

The commits are a chain on `refs/exptrack/code`. A commit's tree is the work tree, its first parent
the state recorded before it, its second parent HEAD of that moment, so that neither a rebase nor a
`git gc` can take either away. Where the chains of several clones met, a commit with the subject
`JOINED` has the ends of all of them as its parents; it records no state.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from gittrack.capture.redaction import redact_url
from gittrack.git.importer import Replace
from gittrack.git.repository import Repository
from gittrack.git.status import ABSENT, Status, path_on_disk, read_status
from gittrack.git.trees import Commit, TreeEdit, edited_tree, parse_commit
from gittrack.ids import ObjectId
from gittrack.store.code_files import CodeLimits, LeftOut, WorkTreeFiles
from gittrack.store.layout import HEAD
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.session import Session

__all__ = [
    "CODE",
    "JOINED",
    "CodeLimits",
    "CodeState",
    "LeftOut",
    "capture_code",
    "walk_code",
]

CODE = "refs/exptrack/code"

JOINED = "code of several clones"
"""The subject of a commit that joins chains."""

_SUBJECT = "code "
_UNBORN = "code before the first commit"
_LOOKED_BACK = 64  # states; one that comes again after more than that is recorded anew
_IGNORED = "ignored"
_DEFAULT = CodeLimits()


@dataclass(frozen=True, slots=True)
class CodeState:
    """The code of one moment.

    `commit` is on the code ref and `tree` its tree. `head` is HEAD's commit (`None` before the
    first one), `branch` is `None` where HEAD is detached, `remote` the address of the upstream's
    remote without credentials. `dirty` says that paths differ from HEAD, and `changed` how many.
    `left_out` names the paths whose state is not in `tree`, and of the `ignored` ones (a folder
    counts once) the first few.
    """

    commit: ObjectId
    tree: ObjectId
    head: ObjectId | None
    branch: str | None
    remote: str | None
    dirty: bool = False
    changed: int = 0
    left_out: tuple[LeftOut, ...] = ()
    ignored: int = 0


def capture_code(
    session: Session, publisher: Publisher, *, limits: CodeLimits = _DEFAULT
) -> CodeState:
    """Record the work tree as it is now; a state that was recorded lately is found again.

    HEAD, the index, the work tree and the hooks are left alone. Without a work tree (in a bare
    repository) the code is HEAD's.

    Raises:
        ConflictError: other writers were faster every time.
        GitError: git cannot read the work tree, or cannot write here.
    """
    if session.repository.work_tree is None:
        return _capture_head(session, publisher)
    now = time.time_ns()
    status = read_status(session.repository)
    moment = _Moment(status.answer, limits, _stamps(session.repository, status))
    state = _recall(session, moment)
    if state is None:
        state = _capture_work_tree(session, publisher, status, limits)
        if moment.is_settled(now):
            _remember(session.repository, moment, state)
    return state


def _capture_work_tree(
    session: Session, publisher: Publisher, status: Status, limits: CodeLimits
) -> CodeState:
    files = WorkTreeFiles(session, status.changes, limits)
    changed = len({change.path for change in status.changes})
    code = _Code(session, status.head, status.branch, files.edits, changed)
    left_out = sorted(files.left_out, key=lambda one: one.path)
    ignored = sorted(status.ignored)[: limits.ignored_named]
    return CodeState(
        commit=code.published(publisher),
        tree=code.tree,
        head=status.head,
        branch=status.branch,
        remote=_remote(session.repository, status.branch),
        dirty=changed > 0,
        changed=changed,
        left_out=(*left_out, *(LeftOut(path, _IGNORED) for path in ignored)),
        ignored=len(status.ignored),
    )


def _capture_head(session: Session, publisher: Publisher) -> CodeState:
    found = session.reader.find(HEAD)
    head = None if found is None else found.id
    name = session.repository.runner.run("symbolic-ref", "-q", "--short", HEAD, accept=(0, 1))
    branch = name.stdout.decode("utf-8", "surrogateescape").rstrip("\n") or None
    code = _Code(session, head, branch, (), 0)
    remote = _remote(session.repository, branch)
    return CodeState(code.published(publisher), code.tree, head, branch, remote)


class _Code:
    """A state of the code, to be found on the chain or put there."""

    def __init__(
        self,
        session: Session,
        head: ObjectId | None,
        branch: str | None,
        edits: Sequence[TreeEdit],
        changed: int,
    ) -> None:
        self._session = session
        self._head = head
        self._edits = edits
        self._base = None if head is None else parse_commit(session.reader.get(head)).tree
        self._message = _message(head, branch, changed)
        hash_name = session.repository.hash_name
        self.tree = edited_tree(session.reader, self._base, edits, hash_name)

    def published(self, publisher: Publisher) -> ObjectId:
        """The state's commit on the code ref."""
        found = _find(self._session, self.tree, self._head)
        if found is not None:
            return found  # without a lock, and in a repository that is read-only by now

        def build() -> list[RefCommit]:
            nonlocal found
            found = _find(self._session, self.tree, self._head)
            return [] if found is not None else [self._commit()]

        made = publisher.transact(build)
        return made[0] if found is None else found

    def _commit(self) -> RefCommit:
        tip = self._session.reader.find(CODE)
        edits = (Replace(self._base), *self._edits)
        parents = () if self._head is None else (self._head,)
        return RefCommit(CODE, None if tip is None else tip.id, edits, self._message, parents)


def _message(head: ObjectId | None, branch: str | None, changed: int) -> str:
    place = _UNBORN if head is None else f"{_SUBJECT}of {branch or 'HEAD'} at {head[:12]}"
    if not changed:
        return place
    return f"{place}, {changed} {'path' if changed == 1 else 'paths'} changed"


def walk_code(session: Session) -> Iterator[Commit]:
    """The commits of the code ref, each once: the states, of several chains in turn, and the
    commits that join chains; what is missing is passed over."""
    waiting: deque[str] = deque([CODE])
    seen: set[ObjectId] = set()
    while waiting:
        found = session.reader.find(waiting.popleft())
        if found is None or found.id in seen:
            continue
        seen.add(found.id)
        commit = parse_commit(found)
        if commit.subject.startswith(_SUBJECT):  # the first state's only parent is HEAD
            yield commit
            waiting += commit.parents if commit.subject == JOINED else commit.parents[:1]


def _find(session: Session, tree: ObjectId, head: ObjectId | None) -> ObjectId | None:
    """The latest commit of the chain that records this state."""
    states = (commit for commit in walk_code(session) if commit.subject != JOINED)
    latest = islice(states, _LOOKED_BACK)
    return next((c.id for c in latest if c.tree == tree and _head_of(c) == head), None)


def _head_of(commit: Commit) -> ObjectId | None:
    unborn = commit.subject.startswith(_UNBORN) or not commit.parents
    return None if unborn else commit.parents[-1]


def _remote(repository: Repository, branch: str | None) -> str | None:
    """The address of the remote that git would choose: the branch's own, the only one, `origin`."""
    config = repository.settings.config
    urls = {
        key.removeprefix("remote.").removesuffix(".url"): url
        for key, url in config.items()
        if key.startswith("remote.") and key.endswith(".url")
    }
    name = config.get(f"branch.{branch}.remote", "")
    if name not in urls:
        name = next(iter(urls)) if len(urls) == 1 else "origin"
    return redact_url(urls[name]) if name in urls else None


@dataclass(frozen=True, slots=True)
class _Stamp:
    """By what a changed file is known again without reading it."""

    path: str
    times: tuple[int, int] = (0, 0)
    facts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is known of a work tree before any file is read."""

    answer: bytes = field(repr=False)
    limits: CodeLimits
    stamps: tuple[_Stamp, ...] | None

    def is_settled(self, now: int) -> bool:
        """Whether files that change from now on get another time; a clock may tick in seconds."""
        tick = 2_000_000_000
        return self.stamps is not None and all(max(s.times) < now - tick for s in self.stamps)


def _stamps(repository: Repository, status: Status) -> tuple[_Stamp, ...] | None:
    """`None` where a submodule changed: its files are not ours to look at."""
    if any(change.submodule for change in status.changes):
        return None
    changes = [c for c in status.changes if not c.staged and c.mode != ABSENT]
    return tuple(_stamp(c.path, path_on_disk(repository, c.path)) for c in changes)


def _stamp(path: str, place: Path) -> _Stamp:
    try:
        facts = place.lstat()
    except OSError:
        return _Stamp(path)
    times = facts.st_mtime_ns, facts.st_ctime_ns
    return _Stamp(path, times, (facts.st_size, facts.st_ino, facts.st_mode))


_MEMORY: dict[Path, tuple[_Moment, CodeState]] = {}
_MEMORY_LOCK = threading.Lock()
_REMEMBERED = 16  # work trees; few programs work with more than one


def _recall(session: Session, moment: _Moment) -> CodeState | None:
    """What this moment's state was found to be before, if its commit is still on the chain."""
    with _MEMORY_LOCK:
        known, state = _MEMORY.get(session.repository.git_dir, (None, None))
    if state is None or known != moment:
        return None
    if _find(session, state.tree, state.head) != state.commit:
        return None
    return replace(state, remote=_remote(session.repository, state.branch))


def _remember(repository: Repository, moment: _Moment, state: CodeState) -> None:
    with _MEMORY_LOCK:
        while len(_MEMORY) >= _REMEMBERED:
            _MEMORY.pop(next(iter(_MEMORY)))
        _MEMORY[repository.git_dir] = moment, state
