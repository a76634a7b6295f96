"""What a `gittrack:` URI names: a repository, and what lies in it for MLflow; pure but for paths.

gittrack:.                                              the repository here
gittrack:///path/to/repository                          the one at a path
gittrack:///path/-/EXPERIMENT/RUN/artifacts/FILE        an artifact of a run
gittrack:///path/-/EXPERIMENT/models/MODEL/artifacts/…  a file of a logged model
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from gittrack.errors import UsageError

SCHEME = "gittrack"
_INSIDE = "/-/"
_RUN = re.compile(r"[^/]+/([0-9a-f]{20})/artifacts(?:/(.*))?", re.DOTALL)
_MODEL = re.compile(r"[^/]+/models/(m-([0-9a-f]{20})[0-9a-f]{12})/artifacts(?:/(.*))?", re.DOTALL)
MODEL_FILES = "models"
"""The folder of a run's artifacts that holds its logged models, each below its id."""


@dataclass(frozen=True, slots=True)
class Place:
    """Artifacts of a run, or one: those below `path`, or all that a run logged itself."""

    run_id: str
    path: str = ""


def repository_path(uri: str) -> Path:
    """The repository that a URI names.

    Raises:
        UsageError: it is no such URI.
    """
    return split_uri(uri)[0]


def split_uri(uri: str) -> tuple[Path, str]:
    """The repository that a URI names, and what follows within it.

    Raises:
        UsageError: it is no such URI.
    """
    scheme, _, rest = uri.partition(":")
    if scheme != SCHEME or (rest.startswith("//") and not rest.startswith("///")):
        raise UsageError(
            f"not the URI of a repository: {uri[:200]!r}",
            hint="write gittrack:///path/to/repository, or gittrack:. for the one here",
        )
    text = rest[2:] if rest.startswith("///") else rest
    start = text.find(_INSIDE)
    while start >= 0 and not _folder(text[:start]).is_dir():
        start = text.find(_INSIDE, start + 1)
    if start < 0:
        path, _, inside = text.partition(_INSIDE)
        return _folder(path), unquote(inside)
    return _folder(text[:start]), unquote(text[start + len(_INSIDE) :])


def root_uri(repository: Path) -> str:
    """The URI below which the artifacts of a repository's runs lie."""
    return f"{SCHEME}://{quote(str(repository))}{_INSIDE.rstrip('/')}"


def parse_place(inside: str) -> Place:
    """The artifacts that a path within a repository's URI stands for.

    Raises:
        UsageError: it names neither a run nor a logged model.
    """
    inside = inside.strip("/")
    if match := _MODEL.fullmatch(inside):
        below = "/".join(part for part in (MODEL_FILES, match[1], match[3]) if part)
        return Place(match[2], below)
    if match := _RUN.fullmatch(inside):
        return Place(match[1], match[2] or "")
    raise UsageError(
        f"no artifacts of a run: {inside[:200]!r}",
        hint="artifacts lie at EXPERIMENT/RUN/artifacts",
    )


def model_run(model_id: str) -> str | None:
    """The run whose artifacts hold a logged model; `None` where the id is none of ours."""
    match = re.fullmatch(r"m-([0-9a-f]{20})[0-9a-f]{12}", model_id)
    return None if match is None else match[1]


def _folder(text: str) -> Path:
    plain, decoded = Path(text or "."), Path(unquote(text) or ".")
    return (plain if plain.is_dir() and not decoded.is_dir() else decoded).absolute()
