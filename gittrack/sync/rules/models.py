"""Versions of a model that were numbered on several machines at once; pure.

A version is told from others by what made it, not by its number: aliases, tags and stages stay with
it when it gets another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from gittrack.canonical import Plain, emit

SAID_LATER = ("number", "description", "tags", "stage")
"""What of a version's record may change; `number` only here."""


def version_id(record: Mapping[str | int, Plain]) -> str:
    """What tells a version from all others, in every clone."""
    facts = {key: value for key, value in record.items() if key not in SAID_LATER}
    return hashlib.sha256(emit(facts)).hexdigest()


def number_versions(registered: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """The numbers of all versions that were ever registered, each version's once.

    `registered` has the number that each got, and the generation of the commit that gave it. Of
    several with one number, the earliest by generation keeps it; the others get the smallest
    greater numbers that nobody was given.
    """
    ordered = sorted(registered.items(), key=lambda item: (*item[1], item[0]))
    numbers: dict[str, int] = {}
    given = {number for number, _ in registered.values()}
    taken: set[int] = set()
    for version, (number, _) in ordered:
        if number in taken:
            while number in given or number in taken:
                number += 1
        taken.add(number)
        numbers[version] = number
    return numbers
