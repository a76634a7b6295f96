"""Data made harmless for each kind of output, and long texts cut."""

from __future__ import annotations

import re

from gittrack.terminal import inline

LONGEST = 200
"""Characters of a text that are shown."""

_BEFORE_DIFFERENCE = 60

# All ASCII punctuation but `-`, `/`, `,`, `=`, `;`, `?` and dots, and the dot of `www.`: what opens
# a link, a mention, a reference, an emoji, a formula, markup or HTML on GitHub or GitLab.
_ACTIVE = re.compile(r"[!-+:<>@\[-`{-~]|(?<=[wW]{3})\.")

# GitHub's parser finds links in text even where the character came as an entity; an element
# between two texts keeps them apart.
_LINKING = frozenset("@:.")

# Words that no host takes for anything: letters with one mark at the end, short numbers. A word of
# seven letters a to f could be a commit.
_HARMLESS = re.compile(r"(?!(?i:[a-f]{7,})\b)[A-Za-z]{1,40}[,.;:]?|\d{1,6}[,;:]?")

# `##[error]` and the like act on a build server wherever they stand in a line, `::error::` at its
# start.
_COMMAND = re.compile(r"##(?=\w*\[)|^(\s*):(?=:)", re.MULTILINE)

_HTML = str.maketrans({c: f"&#{ord(c)};" for c in "&<>\"'`#"})


def cut(text: str, longest: int = LONGEST) -> str:
    """The text, or its start and how long it is."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text):,} characters)"


def shortened(text: str, longest: int) -> str:
    """The text, or its start with an ellipsis."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def cut_pair(old: str, new: str, longest: int = LONGEST) -> tuple[str, str]:
    """Both texts cut, so that the first character in which they differ is still shown."""
    if max(len(old), len(new)) <= longest:
        return old, new
    start = max(0, _common_start(old, new) - _BEFORE_DIFFERENCE)
    return _cut_from(old, start, longest), _cut_from(new, start, longest)


def code(text: str) -> str:
    """The text as code in Markdown: read back as it is, and nothing in it acts.

    Line ends and control characters are made visible; `@`, `#` and the like never stand in the
    source as such.
    """
    return f"<code>{_ACTIVE.sub(_entity, inline(text))}</code>" if text else ""


def prose(text: str) -> str:
    """A sentence with data in it for Markdown: harmless words as they are, the rest as code."""
    parts: list[str] = []
    unsafe: list[str] = []
    for word in inline(text).split(" "):
        if not _HARMLESS.fullmatch(word):
            unsafe.append(word)
            continue
        parts += [_code_in_sentence(unsafe), word] if unsafe else [word]
        unsafe = []
    return " ".join([*parts, _code_in_sentence(unsafe)] if unsafe else parts)


def plain(text: str) -> str:
    """The text on one line for terminals and the logs of build servers."""
    shown = inline(text)
    return _COMMAND.sub(_harmless_command, shown) if "#" in shown or "::" in shown else shown


def html(text: str) -> str:
    """The text on one line for HTML, in elements and in quoted attributes."""
    return inline(text).translate(_HTML)


def _code_in_sentence(words: list[str]) -> str:
    text = " ".join(words)
    end = text[-1:] if text[-1:] in (",", ".", ";", ":") else ""
    return code(text.removesuffix(end)) + end


def _entity(match: re.Match[str]) -> str:
    seam = "<wbr>" if match[0] in _LINKING else ""
    return f"{seam}&#{ord(match[0])};"


def _harmless_command(match: re.Match[str]) -> str:
    return "#\\x23" if match[0] == "##" else f"{match[1]}\\x3a"


def _common_start(old: str, new: str) -> int:
    """How many characters at the start are the same; slices are compared, not characters."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _cut_from(text: str, start: int, longest: int) -> str:
    if start == 0:
        return cut(text, longest)
    shown = text[start : start + longest]
    end = "…" if start + longest < len(text) else ""
    return f"…{shown}{end} ({len(text):,} characters, from {start + 1:,})"
