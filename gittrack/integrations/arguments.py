"""A script's parsed arguments as a config: what belongs in it, and where the output goes."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gittrack.adapt import to_plain
from gittrack.canonical import Plain
from gittrack.errors import ValueRefusedError

OUTPUT_NAMES = ("output_dir", "out_dir", "outdir", "output")
"""Arguments taken for the output folder where the script does not name one."""

# A config is committed and pushed. `max_tokens` and `tokenizer` are parameters, `api_token` is not.
_SECRET = re.compile(
    r"(^|_)(password|passwd|passphrase|secret|credentials?"
    r"|(api|access|auth|private|secret|account)_?(key|token))$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Selection:
    """The arguments that make the config, and why some that were given do not."""

    config: dict[str, Any]
    left_out: tuple[str, ...]


def select(arguments: Mapping[str, Any], excluded: Collection[str]) -> Selection:
    """The arguments as plain data, without the excluded ones.

    Functions are left out silently: `set_defaults(func=…)` is how argparse scripts dispatch. A
    file counts by its name, a set as a sorted list. What looks like a secret, or cannot be part
    of a config, is left out and named: its `repr` may hold an address that no second run has.
    """
    config: dict[str, Any] = {}
    left_out: list[str] = []
    for name, value in arguments.items():
        if name in excluded or callable(value):
            continue
        if _SECRET.search(name) and value is not None:
            left_out.append(f"{name} looks like a secret")
            continue
        try:
            config[name] = _argument(name, value)
        except ValueRefusedError as error:
            left_out.append(str(error))
    return Selection(config, tuple(left_out))


def _argument(name: str, value: Any) -> Plain:
    if isinstance(value, AbstractSet):
        value = sorted(value, key=lambda item: (type(item).__name__, item))
    elif hasattr(value, "read") or hasattr(value, "write"):
        value = getattr(value, "name", value)
    plain = to_plain({name: value})  # so that an error's path starts with the name
    return plain[name] if isinstance(plain, dict) else plain


def argument_names(names: Iterable[str]) -> frozenset[str]:
    """Names as the parsers store them: `--dry-run` is `dry_run`."""
    return frozenset(name.lstrip("-").replace("-", "_") for name in names)


def output_argument(arguments: Mapping[str, Any], output_dir: str | Path | None) -> str | None:
    """The name of the argument that holds the output folder, if it is one."""
    if isinstance(output_dir, str):
        (name,) = argument_names([output_dir])
        return name if name in arguments else None
    if output_dir is not None:
        return None
    return next((name for name in OUTPUT_NAMES if arguments.get(name) is not None), None)


def output_folder(arguments: Mapping[str, Any], output_dir: str | Path | None) -> Path | None:
    """The output folder as an absolute path, or None where the script has none.

    It is made absolute now: the script may change its folder before it ends.
    """
    name = output_argument(arguments, output_dir)
    value = arguments[name] if name is not None else output_dir
    if not isinstance(value, str | os.PathLike):
        return None
    text = os.fspath(value)
    if not isinstance(text, str) or text in ("", "-"):
        return None
    path = Path(text).absolute()
    # `--output` is as often a file. A folder that a script calls `output_dir` never is.
    guessed_file = output_dir is None and name == "output" and path.suffix and not path.is_dir()
    return None if guessed_file or path.is_file() else path
