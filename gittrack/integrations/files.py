"""The two files in a script's output folder: `experiment_config.json` and `summary.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gittrack.errors import SourceError
from gittrack.files import replace_file
from gittrack.ids import ConfigId

CONFIG_FILE = "experiment_config.json"
SUMMARY_FILE = "summary.json"
HASH_KEY = "config_hash"


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Replace a file by `data` as JSON: whoever reads it sees the old bytes or the new ones.

    The bytes are on the disk before they take the name; the file keeps its mode, and a symbolic
    link stays one. Raises OSError where the folder cannot be written.
    """
    replace_file(path, _encoded(data) + b"\n")


def _encoded(data: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(data, indent=2, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character, which JSON has in its escaped form alone
        return json.dumps(data, indent=2).encode()


def merge_hash(folder: Path, config_hash: ConfigId) -> None:
    """Make `summary.json` in an existing folder say `config_hash`, beside what it says already.

    Raises SourceError, and leaves the file alone, where it is no JSON object.
    """
    path = folder / SUMMARY_FILE
    summary = _read_summary(path)
    if summary.get(HASH_KEY) != config_hash:
        write_json(path, {**summary, HASH_KEY: config_hash})


def _read_summary(path: Path) -> dict[str, Any]:
    try:
        summary = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise _no_object(path, f"is not JSON ({error})") from error
    if not isinstance(summary, dict):
        raise _no_object(path, "is not a JSON object")
    return summary


def _no_object(path: Path, what: str) -> SourceError:
    return SourceError(
        f"{what}: left as it is, without the config hash",
        file=str(path),
        hint="write the summary as one JSON object",
    )
