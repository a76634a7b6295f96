"""Three-way merge of YAML and JSON files by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gittrack.canonical import Plain
from gittrack.configs.conflicts import Style, mark_all, mark_conflicts, substituted
from gittrack.configs.edit import apply_changes, changed
from gittrack.configs.entries import Entries, Span
from gittrack.configs.lines import BREAKS, line_break, line_start
from gittrack.configs.threeway import Reconciled, reconcile
from gittrack.diff import Path, same
from gittrack.errors import SourceError
from gittrack.git.text import Labels, MergedText, merge_text
from gittrack.sources import parse_documents

WHOLE: Path = ()
"""As a conflict: the text was merged line by line, and lines conflict."""

_LONGEST = 1024 * 1024  # characters; YAML is read with its places at 0.1 MB/s


@dataclass(frozen=True, slots=True)
class Merged:
    """The text that a merge leaves, and the places in conflict, which it has in git's markers."""

    text: str
    conflicts: tuple[Path, ...]


def merge(
    base: str,
    ours: str,
    theirs: str,
    *,
    name: str,
    labels: Labels = ("ours", "base", "theirs"),
    marker_size: int = 7,
    with_base: bool = False,
) -> Merged:
    """Merge three states of a config file by key.

    It conflicts only where both sides changed the same key differently; a list of scalars counts
    as one value. Where git's merge by lines gives the same data, that is the result, with the
    comments of both sides. Else ours stays as it is written and gets the changes of theirs. What
    is no config, has not the same number of documents in all three, or is longer than a million
    characters is merged by lines.

    Raises:
        GitError: the texts cannot be merged by lines, either (binary files).
    """
    style = Style(labels, marker_size, with_base)
    sides = (base, ours, theirs)
    if max(map(len, sides)) > _LONGEST:
        return _merged_by_lines(sides, style)
    try:
        data = [_data(text, name) for text in sides]
    except SourceError:
        return _merged_by_lines(sides, style)
    if len(set(map(len, data))) > 1:
        return _merged_by_lines(sides, style)
    plans = [reconcile(*states) for states in zip(*data, strict=True)]
    try:
        return _merged_by_key(sides, data[1], plans, name, style)
    except SourceError:  # written in a way that is not edited
        return _merged_safely(sides, style, data[1], plans, name)


def _merged_by_key(
    sides: tuple[str, str, str],
    ours: Sequence[Plain],
    plans: Sequence[Reconciled],
    name: str,
    style: Style,
) -> Merged:
    conflicts = [conflict.path for plan in plans for conflict in plan.conflicts]
    wanted = _wanted(ours, plans)
    if not conflicts:
        by_lines = _by_lines(sides, style)
        if by_lines.is_clean and _says(by_lines.data, wanted, name):
            return Merged(by_lines.data.decode(), ())
    text = sides[1]
    for index, plan in enumerate(plans):
        text = apply_changes(text, plan.changes, name=name, index=index)
        text = _with_their_lines(text, sides[2], plan.added, name, index)
    if conflicts:
        numbered = [(index, one) for index, plan in enumerate(plans) for one in plan.conflicts]
        text = mark_conflicts(text, numbered, name=name, style=style)
    return Merged(text, tuple(conflicts))


def _with_their_lines(ours: str, theirs: str, added: Sequence[Path], name: str, index: int) -> str:
    """Ours with the keys that theirs added as theirs wrote them, with their comments, if that
    says the same."""
    if not added or "#" not in theirs:
        return ours
    data = _data(ours, name)
    before = Entries(ours, data[index], name=name, index=index)
    source = Entries(theirs, _data(theirs, name)[index], name=name, index=index)
    found = [one for path in added if (one := _their_lines(before, source, path)) is not None]
    text = substituted(ours, sorted(found, key=lambda one: one[0].start))
    return text if _says(text.encode(), data, name) else ours


def _their_lines(before: Entries, source: Entries, path: Path) -> tuple[Span, str] | None:
    """The lines of a new key in ours, and what stands there in theirs, moved to fit."""
    lines, found, above = before.lines(path), source.lines(path), source.comments(path)
    here, there = before.find(path), source.find(path)
    if not (lines and found and above and here and there):
        return None
    block = source.text[above.start : found.end]
    if "#" not in block:
        return None
    shift = _column(before.text, here.start) - _column(source.text, there.start)
    block = _moved(block, shift, line_break(before.text))
    if not before.text[lines.start : lines.end].endswith(tuple(BREAKS)):
        block = block.rstrip(BREAKS)
    return lines, block


def _moved(lines: str, shift: int, newline: str) -> str:
    margin, cut = " " * max(shift, 0), max(-shift, 0)
    moved = (margin + line if line else line for line in lines.splitlines())
    return "".join(line[cut:] + newline for line in moved)


def _column(text: str, offset: int) -> int:
    return offset - line_start(text, offset)


def _data(text: str, name: str) -> list[Plain]:
    return [document.data for document in parse_documents(text.encode(), name)]


def _says(text: bytes, wanted: list[Plain], name: str) -> bool:
    try:
        return same([document.data for document in parse_documents(text, name)], wanted)
    except SourceError:
        return False


def _by_lines(sides: tuple[str, str, str], style: Style) -> MergedText:
    base, ours, theirs = (side.encode() for side in sides)
    return merge_text(
        base,
        ours,
        theirs,
        labels=style.labels,
        marker_size=style.marker_size,
        with_base=style.with_base,
    )


def _merged_by_lines(sides: tuple[str, str, str], style: Style) -> Merged:
    result = _by_lines(sides, style)
    return Merged(result.data.decode(), () if result.is_clean else (WHOLE,))


def _merged_safely(
    sides: tuple[str, str, str],
    style: Style,
    ours: Sequence[Plain],
    plans: Sequence[Reconciled],
    name: str,
) -> Merged:
    """Merged by lines, but never cleanly to other data than a merge by key would give."""
    result = _by_lines(sides, style)
    text = result.data.decode()
    if not result.is_clean:
        return Merged(text, (WHOLE,))
    conflicts = any(plan.conflicts for plan in plans)
    if not conflicts and _says(result.data, _wanted(ours, plans), name):
        return Merged(text, ())
    return Merged(mark_all(sides[1], sides[2], sides[0], style), (WHOLE,))


def _wanted(ours: Sequence[Plain], plans: Sequence[Reconciled]) -> list[Plain]:
    wanted: list[Plain] = []
    for data, plan in zip(ours, plans, strict=True):
        for path, value in plan.changes:
            data = changed(data, path, value)
        wanted.append(data)
    return wanted
