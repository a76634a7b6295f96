"""Tags: one ref each, whose tree holds the configs that bear it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gittrack.codec import decode_tag
from gittrack.errors import NotFoundError, UsageError
from gittrack.git.importer import Remove
from gittrack.ids import ConfigId, short
from gittrack.slug import check_name
from gittrack.store.layout import TAG_PATH, object_path, tag_ref
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.session import Session, TreeView


def tag_names(names: Iterable[str]) -> tuple[str, ...]:
    """Checked tag names, each once, in their order.

    Raises:
        UsageError: a name cannot be a tag.
    """
    return tuple(dict.fromkeys(check_name(name) for name in names))


def true_name(view: TreeView) -> str | None:
    """The true name in a tag's tree."""
    data = view.blob(TAG_PATH)
    return None if data is None else decode_tag(data)


def check_true_name(view: TreeView, tag: str) -> None:
    """Refuse a tag whose ref belongs to another name.

    Raises:
        UsageError: two names have one slug.
    """
    present = true_name(view)
    if present is not None and present != tag:
        raise UsageError(
            f"the tag {tag!r} would share its ref with the tag {present!r}",
            hint="choose another name",
        )


def untag(
    session: Session, publisher: Publisher, ids: Sequence[ConfigId], tags: Sequence[str]
) -> int:
    """Take tags from configs, one commit a tag; returns how many labels were taken.

    Raises:
        NotFoundError: none of the configs bears one of the tags.
    """
    taken = 0

    def build() -> list[RefCommit]:
        nonlocal taken
        taken = 0
        commits = []
        for tag in tags:
            view = session.view(tag_ref(tag))
            check_true_name(view, tag)
            bearing = [i for i in ids if view.has_object(i)]
            if not bearing:
                names = " ".join(short(i) for i in ids)
                raise NotFoundError(f"{names} does not bear the tag {tag!r}")
            taken += len(bearing)
            message = f"untag {tag}: {' '.join(short(i) for i in bearing[:4])}"
            edits = [Remove(object_path(i)) for i in bearing]
            commits.append(RefCommit(tag_ref(tag), view.commit, edits, message))
        return commits

    publisher.transact(build)
    return taken


def tags_of(session: Session, ids: Sequence[ConfigId]) -> dict[str, list[ConfigId]]:
    """The tag refs that hold any of the configs, with those they hold."""
    found: dict[str, list[ConfigId]] = {}
    for ref in session.tag_refs():
        view = session.view(ref)
        bearing = [i for i in ids if view.has_object(i)]
        if bearing:
            found[ref] = bearing
    return found
