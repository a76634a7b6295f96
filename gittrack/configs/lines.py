"""Places in a text by line; pure."""

from __future__ import annotations

BREAKS = "\r\n"


def line_start(text: str, offset: int) -> int:
    """Where the line begins that `offset` is in."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def line_end(text: str, offset: int) -> int:
    """Where the line ends that `offset` is in: the place of its line end, or of the text's end."""
    places = [at for at in (text.find("\n", offset), text.find("\r", offset)) if at >= 0]
    return min(places, default=len(text))


def next_line(text: str, offset: int) -> int:
    """Where the line after that of `offset` begins, or the text's end."""
    end = line_end(text, offset)
    if text.startswith("\r\n", end):
        return end + 2
    return min(end + 1, len(text))


def indentation(text: str, offset: int) -> str:
    """What stands on the line before `offset`."""
    return text[line_start(text, offset) : offset]


def begins_line(text: str, offset: int) -> bool:
    """Whether nothing but spaces stands before `offset` on its line."""
    return not indentation(text, offset).strip(" \t")


def line_break(text: str) -> str:
    """The line end that the text uses first; a line feed where it has none."""
    end = line_end(text, 0)
    if text.startswith("\r\n", end):
        return "\r\n"
    return text[end : end + 1] or "\n"


def comments_start(text: str, offset: int) -> int:
    """Where the comment lines begin that stand directly above, as far in as `offset`.

    That is the beginning of the line of `offset` where there are none.
    """
    start = line_start(text, offset)
    margin = " " * (offset - start)
    while start:
        above = line_start(text, start - (2 if text.startswith("\r\n", start - 2) else 1))
        if not text.startswith(f"{margin}#", above):
            break
        start = above
    return start
