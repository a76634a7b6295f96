"""Patterns for files as in `.gitattributes`: `*.yaml`, `configs/**`, `runs/*/a.json`; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_TOKEN = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?\]?[^\]/]*\]")


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test whether a path within the repository matches one of the patterns.

    As in git: `*` and `?` stop at a slash, `**/` stands for any folders and none, `/**` for all
    that a folder holds. A pattern without a slash matches a file's name in any folder; a leading
    slash says that it begins at the top.
    """
    expression = "|".join(_expression(pattern) for pattern in patterns)
    compiled = re.compile(expression or "(?!)")
    return lambda path: compiled.fullmatch(path) is not None


def _expression(pattern: str) -> str:
    anywhere = "/" not in pattern.rstrip("/")
    pattern = pattern.removeprefix("/")
    if pattern.endswith("/"):
        pattern += "**"
    parts = ["(?:.*/)?"] if anywhere else []
    position = 0
    for match in _TOKEN.finditer(pattern):
        parts += [re.escape(pattern[position : match.start()]), _wildcard(match[0])]
        position = match.end()
    parts.append(re.escape(pattern[position:]))
    return "(?s:" + "".join(parts) + ")"


def _wildcard(token: str) -> str:
    if token.startswith("["):
        negated, inner = ("^/", token[2:-1]) if token[1] == "!" else ("", token[1:-1])
        inner = re.sub(r"([\\\[\]^&~|])", r"\\\1", inner)
        return f"[{negated}{inner}]"
    return {
        "**/": "(?:.*/)?",
        "/**": "/.*",
        "**": ".*",
        "*": "[^/]*",
        "?": "[^/]",
    }[token]
