"""What `RunLogger` stores with a run: small JSON files, each of a kind and a version.

The artifact's type tells both, as in `gittrack/roc+json;v=1`; docs/reports.md says what is in each.
NaN and infinite numbers are null.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gittrack.artifacts import check_artifact_path
from gittrack.errors import DataError, UsageError
from gittrack.runs.model import Artifact, Run

KINDS = (
    "architecture",
    "confusion",
    "curves",
    "distribution",
    "environment",
    "hpo",
    "importance",
    "pr",
    "roc",
    "scaler",
)
VERSION = 1
FOLDER = "figures"
"""The folder of a run's artifacts that they lie in."""

MAX_BYTES = 4 << 20
"""A file that is larger is not read: it is none of ours."""

_TYPE = re.compile(r"gittrack/([a-z]+)\+json;v=([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Record:
    """A stored record: its name (`roc`, `test/roc`), its kind, its title, and what it holds."""

    name: str
    kind: str
    title: str
    data: Mapping[str, Any]


def artifact_type(kind: str) -> str:
    """The type of the artifacts that hold records of a kind."""
    return f"gittrack/{kind}+json;v={VERSION}"


def path_of(name: str) -> str:
    """The path of the artifact that a record of that name is.

    Raises:
        UsageError: no record can have it.
    """
    if not isinstance(name, str) or not name.strip():
        raise UsageError("a figure needs a name", hint="a text, such as name='test/roc'")
    return check_artifact_path(f"{FOLDER}/{name}.json")


def told_apart(records: Sequence[Record]) -> list[Record]:
    """The same, with its name in the title of each that another one has."""
    titles = Counter(record.title for record in records)
    return [
        replace(one, title=f"{one.title} ({one.name})") if titles[one.title] > 1 else one
        for one in records
    ]


def encode_record(kind: str, title: str, data: Mapping[str, Any]) -> bytes:
    """The bytes of a record's file."""
    whole = {"format": f"gittrack/{kind}", "version": VERSION, "title": title, **data}
    text = json.dumps(_finite(whole), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def decode_record(name: str, kind: str, content: bytes) -> Record:
    """The record that a file holds.

    Raises:
        DataError: it holds none of that kind, or one of another version.
    """
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"the record {name!r} is no JSON") from error
    if not isinstance(data, dict) or data.get("format") != f"gittrack/{kind}":
        raise DataError(f"the record {name!r} is none of the kind {kind}")
    if data.get("version") != VERSION:
        raise DataError(
            f"the record {name!r} has version {str(data.get('version'))[:20]}, not {VERSION}",
            hint="a newer gittrack reads it",
        )
    title = data.get("title")
    return Record(name, kind, title if isinstance(title, str) and title else name, data)


def records_in(run: Run) -> dict[str, tuple[str, Artifact]]:
    """The records among a run's artifacts: by name, the kind and the artifact."""
    found = {}
    for artifact in run.artifacts:
        match = _TYPE.fullmatch(artifact.artifact_type or "")
        if match is not None and match[1] in KINDS:
            name = artifact.path.removeprefix(f"{FOLDER}/").removesuffix(".json")
            found[name] = (match[1], artifact)
    return dict(sorted(found.items()))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value
