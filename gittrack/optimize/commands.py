"""A trial's values in the arguments of a command: `{lr}`, `{config}`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from gittrack.errors import UsageError

OTHERS = ("config", "config_json", "dir", "trial")
"""What a command may name besides parameters: the config's file, as YAML and as JSON, a folder of
the trial's own, which is empty but for these, and the trial's number."""

_PLACE = re.compile(r"\{([^{}\s\"':,]+)\}")


def check_command(command: Sequence[str], names: Sequence[str]) -> None:
    """Refuse placeholders that look like misspelled parameters; other braces are the command's.

    Raises:
        UsageError: one does, or there is no command.
    """
    if not command:
        raise UsageError(
            "there is no command to run", hint="as in: git exp sweep SPEC -- python train.py"
        )
    known = [*names, *OTHERS]
    for argument in command:
        for name in _PLACE.findall(argument):
            similar = get_close_matches(name, known, n=1, cutoff=0.7)
            if name not in known and similar:
                raise UsageError(
                    f"there is no parameter {name!r} for {{{name}}}",
                    hint=f"did you mean {{{similar[0]}}}?",
                )


def filled(
    command: Sequence[str], values: Mapping[str, str], inactive: Sequence[str]
) -> tuple[str, ...]:
    """The command with each `{name}` replaced by its value.

    An argument that names a parameter which this trial does not have is left out, together with
    the option (`--gamma`) before it where that argument is nothing but the placeholder.
    """
    arguments: list[str] = []
    for argument in command:
        named = set(_PLACE.findall(argument))
        if named & set(inactive):
            alone = argument in {f"{{{name}}}" for name in named}
            if alone and arguments and re.fullmatch(r"--?[A-Za-z][\w.-]*", arguments[-1]):
                arguments.pop()
            continue
        arguments.append(_PLACE.sub(lambda found: values.get(found[1], found[0]), argument))
    return tuple(arguments)
