"""The merge driver: `git-exp merge-driver %O %A %B %L %P`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gittrack.configs.merge import WHOLE, Merged, merge
from gittrack.drivers.outcome import Outcome
from gittrack.errors import GitError, UsageError
from gittrack.files import replace_file
from gittrack.git.configuration import effective
from gittrack.git.environment import DISCOVERY_VARIABLES, child_environment
from gittrack.git.process import Runner
from gittrack.git.text import Labels, merge_text
from gittrack.query.paths import path_text
from gittrack.terminal import inline

CLEAN, CONFLICTS = 0, 1
"""Exit statuses that git knows; all others say that nothing was done."""

_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Call:
    """What git asks: three files, of which `ours` gets the result, and the path in the tree."""

    base: Path
    ours: Path
    theirs: Path
    marker_size: int
    path: str
    labels: Labels = ("ours", "base", "theirs")


def merge_driver(arguments: Sequence[str], environment: Mapping[str, str]) -> Outcome:
    """Merge as git asks; the file of ours is replaced as a whole, or as it was.

    Where the merge by key fails for whatever reason, it is git's own merge by lines.
    """
    conflicts = CONFLICTS
    if arguments and arguments[0].startswith("--conflicts="):
        conflicts = int(arguments[0].partition("=")[2])
        arguments = arguments[1:]
    call = _call(arguments)
    try:
        merged = _merged(call, environment)
        text, places = merged.text.encode(), merged.conflicts
    except Exception as error:  # noqa: BLE001 - no fault of ours may cost the user's merge
        return _by_lines(call, conflicts, error)
    replace_file(call.ours, text)
    return Outcome(conflicts if places else CLEAN, messages=_messages(call, places))


def _call(arguments: Sequence[str]) -> Call:
    if len(arguments) < 5:
        raise UsageError(
            "merge-driver is for git: it takes %O %A %B %L %P",
            hint="set it up with: git exp init --drivers",
        )
    base, ours, theirs, size, path, *labels = arguments
    # Before git 2.44, %S, %X and %Y are not known, and come as they are.
    named = labels if len(labels) == 3 and "%X" not in labels and all(labels) else ()
    call = Call(Path(base), Path(ours), Path(theirs), _size(size), path)
    if not named:
        return call
    return Call(call.base, call.ours, call.theirs, call.marker_size, path, _labels(named))


def _labels(given: Sequence[str]) -> Labels:
    base, ours, theirs = map(inline, given)
    return ours, base, theirs


def _size(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 1000 else 7


def _merged(call: Call, environment: Mapping[str, str]) -> Merged:
    base, ours, theirs = (
        path.read_bytes().decode() for path in (call.base, call.ours, call.theirs)
    )
    options = {"name": call.path, "labels": call.labels, "marker_size": call.marker_size}
    merged = merge(base, ours, theirs, **options)  # type: ignore[arg-type]
    if merged.conflicts and _shows_base(environment):
        merged = merge(base, ours, theirs, with_base=True, **options)  # type: ignore[arg-type]
    return merged


def _shows_base(environment: Mapping[str, str]) -> bool:
    style = effective(_runner(environment), "merge.conflictStyle")
    return style is not None and style.lower() in ("diff3", "zdiff3")


def _runner(environment: Mapping[str, str]) -> Runner:
    found = {name: environment[name] for name in DISCOVERY_VARIABLES if name in environment}
    return Runner(Path.cwd(), child_environment(environment) | found)


def _by_lines(call: Call, conflicts: int, error: Exception) -> Outcome:
    notes = [f"note: {inline(call.path)} is merged by lines: {inline(str(error)) or 'no reason'}"]
    try:
        result = merge_text(
            call.base.read_bytes(),
            call.ours.read_bytes(),
            call.theirs.read_bytes(),
            labels=call.labels,
            marker_size=call.marker_size,
        )
    except GitError as failed:  # binary: as git does then, ours stays, in conflict
        notes.append(f"CONFLICT (config): {inline(call.path)}: {inline(failed.message)}")
        return Outcome(conflicts, messages=tuple(notes))
    replace_file(call.ours, result.data)
    if not result.is_clean:
        notes += _messages(call, (WHOLE,))
    return Outcome(CLEAN if result.is_clean else conflicts, messages=tuple(notes))


def _messages(call: Call, places: Sequence[tuple[object, ...]]) -> tuple[str, ...]:
    path = inline(call.path)
    shown = [
        f"CONFLICT (config): {inline(path_text(place)) if place else 'lines'} in {path}"  # type: ignore[arg-type]
        for place in places[:_MOST_SHOWN]
    ]
    if len(places) > _MOST_SHOWN:
        shown.append(f"CONFLICT (config): {len(places) - _MOST_SHOWN} more in {path}")
    return tuple(shown)
