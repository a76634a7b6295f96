"""What git and its configuration are like, as far as records depend on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote

from gittrack.doctor.ailment import Ailment
from gittrack.git.configuration import effective, get_all
from gittrack.git.refs import read_refs
from gittrack.git.refspecs import remotes_without_records
from gittrack.store.session import Session

_MINIMUM = (2, 36)
_VERSION = re.compile(r"(\d+)\.(\d+)")
_AT_ONCE = ("now", "all", "0")
_EXPIRY = ("gc.reflogExpire", "gc.reflogExpireUnreachable", "gc.pruneExpire")
_DRIVER = re.compile(r"^[^#\n]*\b(?:diff|merge)=exptrack\b", re.MULTILINE)


def git_version(session: Session) -> Iterator[Ailment]:
    """Whether git is new enough."""
    answer = session.repository.runner.output("version").decode("utf-8", "replace").strip()
    found = _VERSION.search(answer)
    if found is None or (int(found[1]), int(found[2])) < _MINIMUM:
        yield Ailment("git-version", f"{answer} is too old", "git", "install git 2.36 or newer")


def remotes(session: Session) -> Iterator[Ailment]:
    """Remotes whose records a plain `git fetch` does not bring."""
    for name in remotes_without_records(session.repository):
        text = "git fetch does not bring the records of this remote"
        yield Ailment("remote", text, name, f"git exp init --remote {quote(name)}", advice=True)


def drivers(session: Session) -> Iterator[Ailment]:
    """Drivers that `.gitattributes` names, and this clone does not have."""
    top = session.repository.work_tree
    if top is None or get_all(session.repository, "merge.exptrack.driver"):
        return
    try:
        text = (top / ".gitattributes").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    if _DRIVER.search(text):
        text = "it names drivers that are not set up in this clone: git merges by lines"
        yield Ailment("drivers", text, ".gitattributes", "git exp init --drivers")


def reflogs(session: Session) -> Iterator[Ailment]:
    """Refs of ours whose moves git does not write down."""
    repository = session.repository
    if repository.settings.config.get("extensions.refstorage", "files") != "files":
        return
    logs = repository.common_dir / "logs"
    missing = [ref for ref in read_refs(repository, "refs/exptrack") if not (logs / ref).exists()]
    if missing:
        count = "1 ref has" if len(missing) == 1 else f"{len(missing):,} refs have"
        text = f"{count} no reflog: what moves them by force cannot be looked up"
        yield Ailment("reflog", text, missing[0], "one begins with the next record", advice=True)


def expiry(session: Session) -> Iterator[Ailment]:
    """Settings by which git drops at once what is no longer referred to."""
    for key in _EXPIRY:
        value = effective(session.repository.runner, key)
        if value is not None and value.strip().lower() in _AT_ONCE:
            text = f"with {value.strip()!r}, git gc drops at once what a deleted ref held"
            yield Ailment("expiry", text, key, f"git config --unset {key}", advice=True)
