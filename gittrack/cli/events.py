"""Events as commands show them: what happened, when, and who did it."""

from __future__ import annotations

from gittrack.cli.console import Console
from gittrack.model import Event
from gittrack.terminal import one_line


def event_line(console: Console, event: Event) -> str:
    """An event on one line: date, author, action, and what it was done to."""
    date = event.time[:16].replace("T", " ")
    author = one_line(event.author.partition(" <")[0])
    return (
        f"{date}  {author}  {console.paint(event.action, 'bold')}  {one_line(event.text)}".rstrip()
    )


def json_event(event: Event) -> dict[str, object]:
    """An event as JSON says it."""
    return {
        "time": event.time,
        "author": event.author,
        "action": event.action,
        "text": event.text,
        "commit": event.commit or None,
    }
