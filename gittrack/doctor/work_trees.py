"""Work trees in which a run was done again, and whose process was killed before it removed them."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from gittrack.doctor.ailment import Ailment
from gittrack.git.worktrees import left_behind, remove_left_behind
from gittrack.store.session import Session


def left_work_trees(session: Session) -> Iterator[Ailment]:
    """Linked work trees of ours that nobody uses any more."""
    for work_tree in left_behind(session.repository):
        folder = str(work_tree.folder)
        text = "a work tree in which a run was reproduced is left"
        mend = f"git worktree remove --force {quote(folder)}"
        yield Ailment("work-tree", text, folder, mend, fixable=True)


def remove_work_tree(session: Session, ailment: Ailment) -> None:
    """Remove a work tree, if still nobody uses it."""
    for work_tree in left_behind(session.repository):
        if str(work_tree.folder) == ailment.place:
            remove_left_behind(session.repository, work_tree)
