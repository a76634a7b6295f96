"""Which remote is meant, and where its refs are: there, and in our namespace for them.

    on the remote            refs/exptrack/tags/x, or with `exptrack.refPrefix` <prefix>/tags/x
    fetched from it          refs/exptrack-remote/<remote>/tags/x
    here                     refs/exptrack/tags/x

All three are told by what follows the prefix (`tags/x`), a record's name. What a writer could not
publish lies in its inbox, `inbox/<writer>/<name>`, until somebody takes it in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from gittrack.capture.redaction import redact_url
from gittrack.errors import NotFoundError, UsageError
from gittrack.git.configuration import remotes
from gittrack.git.refspecs import RECORDS, place_there, push_remote
from gittrack.git.remotes import upstream
from gittrack.git.repository import Repository
from gittrack.slug import slug

LOCAL = RECORDS
FETCHED = "refs/exptrack-remote/"
CODE = "code"
INBOX = "inbox/"

_SLUG = r"[a-z0-9_=+-][a-z0-9._=+-]{0,99}"
_NAME = re.compile(rf"catalogue|code|(?:tags|experiments|models)/{_SLUG}")
_INBOX = re.compile(rf"inbox/([a-z0-9-]{{1,40}})/({_NAME.pattern})")


@dataclass(frozen=True, slots=True)
class Remote:
    """Another repository: how git reaches it, what people call it, where records are in it.

    `address` is a remote's name where `named`, else an URL or path. `prefix` ends with a slash.
    `given` is what the user calls it, where that is not its address.
    """

    address: str
    named: bool
    prefix: str = LOCAL
    given: str = ""

    @property
    def label(self) -> str:
        """What to call it, without a password."""
        return self.address if self.named else redact_url(self.given or self.address)

    @property
    def fetched(self) -> str:
        """The namespace here of what was fetched from it, with a slash at its end."""
        if self.named:
            return f"{FETCHED}{self.address}/"
        return f"{FETCHED}url-{hashlib.sha256(self.address.encode()).hexdigest()[:12]}/"

    def there(self, name: str) -> str:
        """The ref of a record on the remote."""
        return self.prefix + name

    def refspec(self, pattern: str) -> str:
        """Brings the records that a pattern names into the namespace here."""
        return f"+{self.prefix}{pattern}:{self.fetched}{pattern}"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records to exchange: of some experiments only, tags with their catalogue, code.

    With neither experiments nor tags asked for: all but code. With `names`, the records of those
    names and nothing else.
    """

    experiments: tuple[str, ...] = ()
    tags: bool = False
    code: bool = False
    names: frozenset[str] | None = None

    @property
    def is_all(self) -> bool:
        """Whether no kind was asked for in particular."""
        return not self.experiments and not self.tags and self.names is None

    def has(self, name: str) -> bool:
        """Whether a record of that name is wanted."""
        if self.names is not None:
            return name in self.names
        if name == CODE:
            return self.code
        if self.is_all:
            return True
        kind, _, rest = name.partition("/")
        if kind == "experiments":
            return rest in {slug(one) for one in self.experiments}
        return self.tags and kind in ("tags", "catalogue")

    def refspecs(self, remote: Remote) -> list[str]:
        """What to fetch; patterns where a ref may be missing there."""
        if self.is_all:
            return [remote.refspec("*"), *([] if self.code else [f"^{remote.prefix}{CODE}"])]
        # A pattern may match nothing, a name may not; it may match more, which is not merged.
        patterns = []
        for name in sorted(self.names or ()):
            patterns += [f"{name}*", f"{INBOX}*/{name}"]
        for one in map(slug, self.experiments):
            patterns += [f"experiments/{one}*", f"{INBOX}*/experiments/{one}"]
        if self.tags:
            patterns += ["tags/*", "catalogue*", f"{INBOX}*/catalogue"]
        patterns += [f"{CODE}*"] if self.code else []
        return [remote.refspec(pattern) for pattern in dict.fromkeys(patterns)]


def is_record(name: str) -> bool:
    """Whether a ref of that name is one of ours; others are left alone."""
    return _NAME.fullmatch(name) is not None and not name.endswith((".", ".lock"))


def inbox_of(name: str) -> tuple[str, str] | None:
    """The writer and the record, where a name is that of an inbox."""
    match = _INBOX.fullmatch(name)
    return (match[1], match[2]) if match is not None and is_record(match[2]) else None


def find_remote(repository: Repository, wanted: str | None = None) -> Remote:
    """The remote of that name, URL or path; without one the upstream's, `origin`, the only one.

    Raises:
        NotFoundError: there is none, or none of that name.
        UsageError: it is no name, or its `exptrack.refPrefix` is no place for refs.
    """
    known = remotes(repository)
    if wanted is None:
        return _named(repository, _default(repository, known))
    if wanted in known:
        return _named(repository, wanted)
    if wanted.startswith("-") or not wanted.strip() or "\n" in wanted:
        raise UsageError(f"not a remote: {wanted!r}", hint="see them: git remote -v")
    if "/" in wanted or ":" in wanted:
        return Remote(wanted, named=False, prefix=place_there(repository, None))
    raise NotFoundError(f"there is no remote {wanted!r}; {_there_are(known)}", hint=_ADD)


_ADD = "add one with: git remote add NAME URL"


def _default(repository: Repository, known: list[str]) -> str:
    ours = {push_remote(name) for name in known}
    own = [name for name in known if name not in ours]
    followed = upstream(repository) if len(own) > 1 else None
    for name in (followed, "origin"):
        if name in own:
            return name
    if len(own) == 1:
        return own[0]
    if own:
        raise NotFoundError(
            f"it is not clear which remote is meant; {_there_are(own)}",
            hint=f"name it, as in: git exp sync {own[0]}",
        )
    raise NotFoundError("this repository has no remote", hint=_ADD)


def _named(repository: Repository, name: str) -> Remote:
    return Remote(name, named=True, prefix=place_there(repository, name))


def _there_are(known: Iterable[str]) -> str:
    names = ", ".join(known)
    return f"there are: {names}" if names else "this repository has none"
