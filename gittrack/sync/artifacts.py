"""Contents of artifacts and models in Git LFS: sent before the records that name them, fetched
when they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from gittrack.artifacts.lfs import LfsStore
from gittrack.errors import GittrackError, NotFoundError, UsageError
from gittrack.git.configuration import remotes
from gittrack.git.remotes import Gateway
from gittrack.ids import ObjectId
from gittrack.store.session import Session
from gittrack.sync.contents import Content, named_between
from gittrack.sync.remote import Remote, find_remote
from gittrack.sync.transports import transport


class Artifacts(StrEnum):
    """Which contents travel with records."""

    NEW = "new"
    """What records that go name for the first time; what comes is fetched when it is opened."""
    ALL = "all"
    """All that the records name, both ways."""
    NONE = "none"

    @classmethod
    def chosen(cls, asked: str | None, setting: str | None) -> Artifacts:
        """What was asked for, else what the setting `exptrack.artifacts` says, else `NEW`.

        Raises:
            UsageError: it is none of these.
        """
        for value, name in ((asked, "artifacts"), (setting, "exptrack.artifacts")):
            if value is not None and value not in list(cls):
                raise UsageError(f"{name} cannot be {value!r}", hint="give new, all or none")
            if value is not None:
                return cls(value)
        return cls.NEW


@dataclass(frozen=True, slots=True)
class Carried:
    """Contents that one side has now because the other had them, and those that the side they were
    asked of does not have itself."""

    moved: frozenset[Content] = frozenset()
    absent: frozenset[Content] = frozenset()

    @property
    def size(self) -> int:
        """The bytes of what moved."""
        return sum(one.size for one in self.moved)

    def __or__(self, other: Carried) -> Carried:
        return Carried(self.moved | other.moved, self.absent | other.absent)


class Carrier:
    """Carries contents between this repository and one remote."""

    def __init__(self, session: Session, remote: Remote, gateway: Gateway) -> None:
        self._gateway = gateway
        self._label = remote.label
        self._ours = local_store(session)

    def send(self, contents: Collection[Content]) -> Carried:
        """Send those of some contents that are here.

        Raises:
            GittrackError: the remote does not take them.
        """
        here = [one for one in contents if self._ours.has(*one)]
        if here:
            transport(self._ours, self._gateway, self._label, push=True).send(here)
        return _carried(here, contents)

    def bring(self, contents: Iterable[Content]) -> Carried:
        """Fetch those of some contents that are not here.

        Raises:
            GittrackError: the remote cannot be asked.
        """
        lacking = [one for one in contents if not self._ours.has(*one)]
        if lacking:
            transport(self._ours, self._gateway, self._label, push=False).bring(lacking)
        return _carried([one for one in lacking if self._ours.has(*one)], lacking)


class Cargo:
    """What travels besides the records of one exchange.

    `failed` are the records whose contents the remote did not take, each with the reason: they must
    not go, for nobody could open what they name.
    """

    def __init__(
        self, session: Session, remote: Remote, gateway: Gateway, artifacts: Artifacts
    ) -> None:
        self._session = session
        self._carrier = Carrier(session, remote, gateway)
        self._artifacts = artifacts
        self.went = Carried()
        self.came = Carried()
        self.failed: dict[str, GittrackError] = {}

    def send_new(self, name: str, old: ObjectId | None, new: ObjectId) -> bool:
        """Send what a record names at `new` and did not at `old`, before it goes itself; returns
        whether it may."""
        if self._artifacts is Artifacts.NONE:
            return True
        try:
            self.went |= self._carrier.send(named_between(self._session, name, old, new))
        except GittrackError as error:
            self.failed[name] = error
            return False
        self.failed.pop(name, None)
        return True

    def carry_all(self, records: Mapping[str, ObjectId], *, take: bool, give: bool) -> None:
        """Both ways, whatever records name.

        Raises:
            GittrackError: the remote cannot be asked, or does not take them.
        """
        for name, tip in records.items():
            contents = named_between(self._session, name, None, tip)
            if take:
                self.came |= self._carrier.bring(contents)
            if give:
                self.went |= self._carrier.send(contents.keys() - self.came.moved)


def bring(session: Session, contents: Collection[Content]) -> None:
    """Fetch contents from whichever of the remotes has them, the usual one first.

    Raises:
        NotFoundError: one is neither here nor there; the message says what the remotes said.
    """
    store = local_store(session)
    lacking = [one for one in contents if not store.has(*one)]
    asked, said, hint = [], "", "send it from where the run was made: git exp push --artifacts all"
    for remote in _remotes(session):
        if not lacking:
            return
        asked.append(remote.label)
        gateway = Gateway(session.repository, remote.address, remote.named)
        try:
            absent = Carrier(session, remote, gateway).bring(lacking).absent
            lacking = [one for one in lacking if one in absent]
        except GittrackError as error:
            said, hint = f" ({error.message})", error.hint or hint
    if lacking:
        places = f"neither here nor on {' or '.join(asked)}" if asked else "not here"
        raise NotFoundError(
            f"artifact content {lacking[0].sha256[:12]} is {places}{said}",
            hint=hint,
        )


def contents_of(session: Session, records: Mapping[str, ObjectId]) -> frozenset[Content]:
    """All contents in Git LFS that records name, each record given by its name and commit."""
    found = (named_between(session, name, None, tip) for name, tip in records.items())
    return frozenset(chain.from_iterable(found))


def lfs_on_demand(session: Session) -> LfsStore:
    """The repository's store in Git LFS, which fetches what it lacks when that is opened."""
    return local_store(session, lambda digest, size: bring(session, [Content(digest, size)]))


def local_store(session: Session, bring: Callable[[str, int], None] | None = None) -> LfsStore:
    """The repository's store in Git LFS; `bring` fetches what it lacks."""
    repository = session.repository
    storage = repository.settings.config.get("lfs.storage")
    return LfsStore(repository.common_dir, storage=storage, bring=bring)


def _remotes(session: Session) -> Iterator[Remote]:
    usual = ""
    with suppress(NotFoundError):  # none, or no usual one
        remote = find_remote(session.repository)
        usual = remote.address
        yield remote
    for name in remotes(session.repository):
        if name != usual:
            yield find_remote(session.repository, name)


def _carried(moved: Collection[Content], wanted: Collection[Content]) -> Carried:
    absent = frozenset(wanted).difference(moved)
    return Carried(frozenset(moved), absent)
