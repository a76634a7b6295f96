"""A `meta.yaml` of MLflow's read quickly: a hundred thousand of them, each of plain lines; pure."""

from __future__ import annotations

import re

_LINE = re.compile(
    r"([a-z_]+): (?:'((?:[^'\n]|'')*)'|(null)|(0|-?[1-9][0-9]{0,17})|"
    r"((?!0b)[0-9a-f]*[a-df][0-9a-f]*|"
    r"[A-Za-z/][A-Za-z0-9_./@+-]*(?:[ :][A-Za-z0-9_./@+-]+)*))"
)
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def flat_mapping(text: str) -> dict[str, str | int | None] | None:
    """The mapping that a YAML text of plain lines has; `None` where a real reader has to look.

    Such are texts in single quotes, words, paths, whole numbers and nulls, each on its line.
    """
    if not text.isascii():
        return None
    found: dict[str, str | int | None] = {}
    for line in text.removesuffix("\n").split("\n"):
        match = _LINE.fullmatch(line)
        if match is None or match[1] in found or not line.isprintable():
            return None
        key, quoted, null, number, word = match.groups()
        if key in _WORDS or (word or "").lower() in _WORDS:
            return None
        if quoted is not None:
            found[key] = quoted.replace("''", "'")
        elif number is not None:
            found[key] = int(number)
        else:
            found[key] = None if null else word
    return found
