"""Recording without a configured name: as `user@host`, said once in a repository's life."""

from __future__ import annotations

from collections.abc import Callable

from gittrack.git.repository import Repository


def say_who_records(repository: Repository, warn: Callable[[str], None]) -> None:
    """Tell, the first time, that nobody told git who is recording here."""
    author = repository.settings.author
    marker = repository.private_dir / "anonymous"
    if author.configured or marker.exists():
        return
    try:
        marker.parent.mkdir(exist_ok=True)
        marker.touch()
    except OSError:
        return  # read-only: the recording itself will say so
    warn(
        f"no name is configured in git: recording as {author.name}"
        " (to change that: git config user.name and user.email)"
    )
