"""Parameters of trackers that keep all of them as texts; pure."""

from __future__ import annotations

from gittrack.canonical import Plain

_LONGEST_NUMBER = 40


def typed(text: str) -> Plain:
    """The value whose text that is: a number or truth value where Python writes it just so, so
    that it can be compared; else the text itself."""
    if text in ("True", "False"):
        return text == "True"
    if text == "None":
        return None
    if len(text) > _LONGEST_NUMBER:
        return text
    for kind in (int, float):
        try:
            value: int | float = kind(text)
        except ValueError:
            continue
        if str(value) == text:
            return value
    return text
