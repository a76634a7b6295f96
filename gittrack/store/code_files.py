"""Taking the changed files of a work tree, within limits and without what looks like a secret."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gittrack.capture.secret_files import holds_private_key, named_like_a_secret
from gittrack.git.conversion import conversions, converted
from gittrack.git.importer import Link, Put, Remove
from gittrack.git.listing import REGULAR
from gittrack.git.status import ABSENT, ChangedPath, path_on_disk, submodule_head
from gittrack.git.trees import TreeEdit
from gittrack.store.session import Session

SYMLINK = "120000"
SUBMODULE = "160000"

REPOSITORY = "a git repository of its own"
NESTED_CHANGES = "the submodule has changes that are not committed"
SECRET = "looks like a secret"  # noqa: S105 - a reason, not a password
PRIVATE_KEY = "holds a private key"
LARGE = "larger than the limit of a file"
TOO_MUCH = "the limit of all changes together is reached"
UNREADABLE = "cannot be read"
NOT_CONVERTED = "git could not take it in: its filter failed"
NAME = "git refuses such a name"


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """The most bytes that a changed file may have to be taken, and all of them together; and how
    many of the ignored paths are named."""

    file_bytes: int = 10 << 20
    total_bytes: int = 100 << 20
    ignored_named: int = 100


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A path that is not in the tree as it is in the work tree, and why."""

    path: str
    reason: str


class WorkTreeFiles:
    """What turns HEAD's tree into the work tree (`edits`), and what was `left_out` of that."""

    def __init__(self, session: Session, changes: Iterable[ChangedPath], limits: CodeLimits):
        self._session = session
        self._repository = session.repository
        self._limits = limits
        self._budget = limits.total_bytes
        self._puts: list[Put] = []
        self._links: list[Link] = []
        self._removals: list[Remove] = []
        self.left_out: list[LeftOut] = []
        self._take(changes)

    @property
    def edits(self) -> tuple[TreeEdit, ...]:
        """Removals come first: a file may have become a folder, or the other way round."""
        return (*self._removals, *self._links, *self._puts)

    def _take(self, changes: Iterable[ChangedPath]) -> None:
        staged: list[ChangedPath] = []
        on_disk: list[ChangedPath] = []
        for change in changes:
            if change.mode == ABSENT:
                self._removals.append(Remove(change.path))
            elif change.path.endswith("/"):
                self._leave_out(change.path, REPOSITORY)
            elif change.mode == SUBMODULE:
                self._take_submodule(change)
            elif is_refused_name(change.path) or self._is_link_to_modules(change.path):
                self._leave_out(change.path, NAME)
            else:
                (staged if change.staged else on_disk).append(change)
        self._take_staged(staged)
        self._take_from_disk(on_disk)

    def _is_link_to_modules(self, path: str) -> bool:
        named_so = path.rpartition("/")[2].lower() == ".gitmodules"
        return named_so and path_on_disk(self._repository, path).is_symlink()

    def _leave_out(self, path: str, reason: str) -> None:
        self.left_out.append(LeftOut(path, reason))

    def _take_submodule(self, change: ChangedPath) -> None:
        commit = change.id
        if "C" in change.submodule:
            commit = submodule_head(self._repository, change.path) or commit
        if "M" in change.submodule or "U" in change.submodule:
            self._leave_out(change.path, NESTED_CHANGES)
        if commit is not None:
            self._links.append(Link(change.path, commit, SUBMODULE))

    def _take_staged(self, changes: Iterable[ChangedPath]) -> None:
        """The work tree is as the index here. The bytes go into our pack all the same: nothing
        but the index may hold on to that object."""
        wanted = [c for c in changes if c.mode == SYMLINK or self._is_named_harmlessly(c.path)]
        ids = [change.id or "" for change in wanted]
        found = self._session.reader.find_many(ids, most=self._limits.file_bytes)
        for change, blob in zip(wanted, found, strict=True):
            if blob is None:
                self._leave_out(change.path, LARGE)
            elif change.mode == SYMLINK or self._is_accepted(change.path, blob.data):
                self._puts.append(Put(change.path, blob.data, change.mode))

    def _take_from_disk(self, changes: Iterable[ChangedPath]) -> None:
        found = [put for change in changes if (put := self._read(change))]
        regular = [put for put in found if put.mode in REGULAR]
        rules = conversions(self._repository, [put.path for put in regular])
        modes = {put.path: put.mode for put in regular if rules[put.path].concerns(put.data)}
        self._puts += [put for put in found if put.path not in modes]
        for path, data in converted(self._repository, list(modes)):
            if data is None:
                self._leave_out(path, NOT_CONVERTED)
            else:
                self._puts.append(Put(path, data, modes[path]))

    def _read(self, change: ChangedPath) -> Put | None:
        """The file as it is on disk, unless it went away or has to be left out."""
        path = path_on_disk(self._repository, change.path)
        try:
            facts = path.lstat()
            if stat.S_ISLNK(facts.st_mode):
                target = os.fsencode(os.readlink(path))  # noqa: PTH115 - Path would tidy it up
                return Put(change.path, target, SYMLINK)
            if not self._is_named_harmlessly(change.path):
                return None
            if not self._fits(change.path, facts.st_size):  # told before gigabytes are read
                return None
            data = _read_regular(path, self._limits.file_bytes)
        except FileNotFoundError:
            return None
        except OSError:
            self._leave_out(change.path, UNREADABLE)
            return None
        if not self._is_accepted(change.path, data):
            return None
        return Put(change.path, data, self._mode(change.mode, facts.st_mode))

    def _is_named_harmlessly(self, path: str) -> bool:
        if named_like_a_secret(path):
            self._leave_out(path, SECRET)
            return False
        return True

    def _is_accepted(self, path: str, data: bytes) -> bool:
        if holds_private_key(data):
            self._leave_out(path, PRIVATE_KEY)
            return False
        if not self._fits(path, len(data)):
            return False
        self._budget -= len(data)
        return True

    def _fits(self, path: str, size: int) -> bool:
        if size > self._limits.file_bytes:
            self._leave_out(path, LARGE)
        elif size > self._budget:
            self._leave_out(path, TOO_MUCH)
        else:
            return True
        return False

    def _mode(self, seen_by_git: str, on_disk: int) -> str:
        config = self._repository.settings.config
        if seen_by_git in REGULAR:
            return seen_by_git
        if seen_by_git == SYMLINK and config.get("core.symlinks") == "false":
            return SYMLINK  # links are plain files here
        trusted = config.get("core.filemode") != "false"
        return REGULAR[1] if trusted and on_disk & stat.S_IXUSR else REGULAR[0]


def _read_regular(path: Path, most: int) -> bytes:
    """At most one byte more than `most` of a regular file; nothing else is opened for long."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("not a regular file")
        return file.read(most + 1)


_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_REFUSED = re.compile(r"(?:\.git|git~1)[ .]*(?::.*)?", re.IGNORECASE | re.DOTALL)


def is_refused_name(path: str) -> bool:
    """Whether git refuses a path: some file system would take a part of it for `.git`."""
    return any(_REFUSED.fullmatch(_UNSEEN.sub("", part)) for part in re.split(r"[/\\]", path))
