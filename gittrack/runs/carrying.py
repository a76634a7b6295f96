"""A run's record written anew, without losing what others changed in it meanwhile; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gittrack.diff import same

_CHANGED_BY_PEOPLE = ("tags", "notes", "validations", "artifacts")


def carry_over(
    base: Mapping[Any, Any] | None, theirs: Mapping[Any, Any], ours: Mapping[Any, Any]
) -> dict[Any, Any]:
    """Our new record with the changes that turned `base` into `theirs`.

    `base` is the record that we wrote last. Where it is not known, tags, notes, validations and
    artifacts that we lack are taken for changes. Where both changed one value, ours counts; what
    both have in a list is there once.
    """
    if base is None:
        base = {key: value for key, value in theirs.items() if key not in _CHANGED_BY_PEOPLE}
    return _merged(base, theirs, ours)


def _merged(
    base: Mapping[Any, Any], theirs: Mapping[Any, Any], ours: Mapping[Any, Any]
) -> dict[Any, Any]:
    merged = dict(ours)
    for key, other in theirs.items():
        before, own = base.get(key), ours.get(key)
        if key in base and same(before, other):
            continue
        if key == "artifacts":
            merged[key] = _carried_files(before or [], other, own or [])
        elif isinstance(other, list) and isinstance(own, list | None):
            merged[key] = [*(own or []), *_added(before, other, own)]
        elif isinstance(other, dict) and isinstance(own, dict | None):
            merged[key] = _merged(before if isinstance(before, dict) else {}, other, own or {})
        elif key not in ours or (key in base and same(before, own)):
            merged[key] = other
    for key in base.keys() - theirs.keys():
        if key in ours and same(base[key], ours[key]):
            del merged[key]
    return merged


def _carried_files(base: list[Any], theirs: list[Any], ours: list[Any]) -> list[Any]:
    """Artifacts, each as a whole: one that only they replaced is theirs."""
    before = {one["path"]: one for one in base}
    found = {one["path"]: one for one in ours}
    for one in theirs:
        path = one["path"]
        known, own = before.get(path), found.get(path)
        if not same(known, one) and (own is None or same(known, own)):
            found[path] = one
    return list(found.values())


def _added(before: Any, other: list[Any], own: list[Any] | None) -> list[Any]:
    known = [*(before if isinstance(before, list) else []), *(own or [])]
    return [one for one in other if not any(same(one, two) for two in known)]
