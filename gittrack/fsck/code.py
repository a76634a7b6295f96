"""The chain of code states, and the commits that runs and models name."""

from __future__ import annotations

from gittrack.fsck.findings import Findings
from gittrack.git.listing import is_shallow
from gittrack.store.code import CODE, JOINED, walk_code
from gittrack.store.session import Session


def check_code(session: Session, findings: Findings) -> None:
    """Every state of the chain, with its tree and the commit it was made on."""
    with findings.part("code", CODE):
        wanted = _walk(session, findings)
        sizes = session.reader.sizes(wanted)
        for (name, place), size in zip(wanted.items(), sizes, strict=True):
            if size is None and not is_shallow(session.repository):
                findings.bad("code", place, f"git object {name[:12]} is missing", "git fsck --full")


def check_commits(session: Session, findings: Findings) -> None:
    """The commits that runs and models name: they may be in another clone only."""
    with findings.part("code", CODE):
        sizes = session.reader.sizes(findings.commits)
        for (commit, place), size in zip(findings.commits.items(), sizes, strict=True):
            if size is None:
                findings.note(place, f"its code, commit {commit[:12]}, is not in this clone")


def _walk(session: Session, findings: Findings) -> dict[str, str]:
    """The objects that the chain names, each with the state that does."""
    wanted: dict[str, str] = {}
    for commit in walk_code(session):
        if commit.subject != JOINED:
            findings.checked["code states"] += 1
        place = f"{CODE} {commit.id[:12]}"
        for name in (commit.tree, *commit.parents):
            wanted.setdefault(name, place)
    return wanted
