"""Names made of an experiment's fields, and read back.

A field in a name is lower case, without accents, and has only letters, digits and `. + = -`; so
`_` and `/` keep fields apart. What would be lost besides that is marked with a hash.
"""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from gittrack.errors import UsageError
from gittrack.organizer.metadata import ExperimentMetadata, ExperimentStage, ExperimentType
from gittrack.slug import MAX_NAME, check_name

DEFAULT_PATTERN = "{project}_{type}_{model}_{dataset}_{purpose}_{created}_{version}"
"""Not the stage: it changes, and a name does not."""

NONE = "none"
"""Stands in a name for a field that is empty, where another one follows."""

_IN_NAMES = (
    *("project", "stage", "type", "model", "dataset", "purpose"),
    *("owner", "parent", "version", "created"),
)
_ALWAYS = ("project", "stage", "type")  # these are never empty
_LONGEST = 40
_PART = "[a-z0-9.+=-]+"
_FOREIGN = re.compile(r"[^a-z0-9.+=-]+")
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class _Piece:
    """A field of a pattern with the literal text before it."""

    before: str
    name: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    pieces: tuple[_Piece, ...]
    end: str


def generate_experiment_name(
    metadata: ExperimentMetadata, *, pattern: str = DEFAULT_PATTERN
) -> str:
    """The name that a pattern gives to an experiment: the same one for the same metadata.

    A field that is empty is `none`; at the end, it is left out with the text before it. Days are
    written `20261121`, versions `v003`, so that names sort by time. At most 255 characters.

    Raises:
        UsageError: the pattern has an unknown field, or the name is too long.
    """
    parsed = _parse_pattern(pattern)
    values = [(piece, _value(metadata, piece.name)) for piece in parsed.pieces]
    while len(values) > 1 and not values[-1][1]:
        values.pop()
    name = "".join(piece.before + (value or NONE) for piece, value in values) + parsed.end
    return check_name(name, "experiment")


def parse_experiment_name(name: str, *, pattern: str = DEFAULT_PATTERN) -> ExperimentMetadata:
    """What a name made by `generate_experiment_name` says, in the form that names have.

    Making a name of the result gives the same name. A field that the pattern lacks is as in new
    metadata.

    Raises:
        UsageError: the name does not have that pattern, or the pattern cannot be read back.
    """
    match = _expression(pattern).fullmatch(name)
    if match is None:
        raise _unlike(name, pattern)
    found = {key: text for key, text in match.groupdict().items() if text and text != NONE}
    try:
        return ExperimentMetadata(
            project=found.get("project", NONE),
            model=found.get("model", ""),
            dataset=found.get("dataset", ""),
            stage=ExperimentStage(found.get("stage", ExperimentStage.EXPLORATION)),
            type=ExperimentType(found.get("type", ExperimentType.TRAINING)),
            owner=found.get("owner", ""),
            purpose=found.get("purpose", ""),
            version=found.get("version", "")[1:],
            parent=found.get("parent", ""),
            created=_read_day(found.get("created")),
        )
    except ValueError:
        raise _unlike(name, pattern) from None


def token(text: str) -> str:
    """A text as a part of a name; empty for an empty one.

    Case, accents, `_` and spaces are not kept. Where more than that is lost, a hyphen and the
    first eight hex digits of the SHA-256 of the text (UTF-8) follow.
    """
    if not text:
        return ""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    spaced = "-".join(plain.replace("_", " ").split())
    safe = re.sub(r"-{2,}", "-", re.sub(r"\.{2,}", ".", _FOREIGN.sub("-", spaced))).strip("-.")
    if safe and safe == spaced and len(safe) <= _LONGEST:
        return safe
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
    return "-".join(filter(None, (safe[: _LONGEST - _DIGITS - 1].rstrip("-."), digest)))


def _value(metadata: ExperimentMetadata, name: str) -> str:
    if name == "created":
        return "" if metadata.created is None else metadata.created.isoformat().replace("-", "")
    text = token(metadata.version_text if name == "version" else getattr(metadata, name))
    return "" if text == NONE else text


def _read_day(text: str | None) -> date | None:
    return None if text is None else date(int(text[:4]), int(text[4:6]), int(text[6:]))


@lru_cache(maxsize=64)
def _parse_pattern(pattern: str) -> _Pattern:
    pieces: list[_Piece] = []
    before = ""
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise UsageError(f"the pattern {pattern[:80]!r} cannot be read: {error}") from None
    for literal, name, detail, conversion in parts:
        before += literal
        if name is None:
            continue
        if name not in _IN_NAMES or detail or conversion:
            shown = f"{name}{'!' if conversion else ''}{conversion or ''}{detail and ':' + detail}"
            raise UsageError(
                f"a pattern has no field {shown[:80]!r}",
                hint=f"its fields are {', '.join(_IN_NAMES)}",
            )
        pieces.append(_Piece(before, name))
        before = ""
    if "project" not in [piece.name for piece in pieces]:
        raise UsageError("a pattern needs the project", hint=f"such as {DEFAULT_PATTERN}")
    return _Pattern(tuple(pieces), before)


@lru_cache(maxsize=64)
def _expression(pattern: str) -> re.Pattern[str]:
    """What recognises the names of a pattern; fields at the end may be missing."""
    parsed = _parse_pattern(pattern)
    names = [piece.name for piece in parsed.pieces]
    for piece in parsed.pieces[1:]:
        if re.fullmatch(f"({_PART})?", piece.before):
            raise UsageError(
                f"names of the pattern {pattern!r} cannot be read back: fields hold "
                f"{piece.before!r}, too",
                hint="put '_' or '/' between fields",
            )
    if len(set(names)) != len(names):
        raise UsageError(f"names of the pattern {pattern!r} cannot be read back: a field repeats")
    parts = [re.escape(p.before) + f"(?P<{p.name}>{_shape(p.name)})" for p in parsed.pieces]
    needed = 1 + max(names.index(name) for name in _ALWAYS if name in names)
    optional = parts[needed:]
    nested = "".join(f"(?:{part}" for part in optional) + ")?" * len(optional)
    return re.compile("".join(parts[:needed]) + nested + re.escape(parsed.end))


def _shape(name: str) -> str:
    if name == "created":
        return rf"[0-9]{{8}}|{NONE}"
    return rf"v{_PART}|{NONE}" if name == "version" else _PART


def _unlike(name: str, pattern: str) -> UsageError:
    return UsageError(
        f"the name {name[:MAX_NAME]!r} does not have the pattern {pattern!r}",
        hint="make names with generate_experiment_name",
    )
