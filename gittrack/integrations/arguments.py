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


def output_arguments(
    arguments: Mapping[str, Any], output_dir: str | Path | None
) -> tuple[str, ...]:
    """The names of the arguments that say where output goes, the one to be used first.

    They are no part of the config, not even when they are not given: where a result is put
    does not make it another experiment.
    """
    if isinstance(output_dir, str):
        (name,) = argument_names([output_dir])
        return (name,) if name in arguments else ()
    if output_dir is not None:
        return ()
    places = [name for name in OUTPUT_NAMES if _is_place(arguments.get(name, 0))]
    return tuple(sorted(places, key=lambda name: arguments[name] is None))


def _is_place(value: Any) -> bool:
    return value is None or isinstance(value, str | os.PathLike)


def output_folder(arguments: Mapping[str, Any], output_dir: str | Path | None) -> Path | None:
    """The output folder as an absolute path, or None where the script has none.

    It is made absolute now: the script may change its folder before it ends.
    """
    name = next(iter(output_arguments(arguments, output_dir)), None)
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
