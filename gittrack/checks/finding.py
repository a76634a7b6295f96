"""What a check finds: a rule that is broken, where, why, and the command that mends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its stable code, what it demands, and why anybody should care."""

    code: str
    demand: str
    reason: str


RULES = {
    rule.code: rule
    for rule in (
        Rule(
            "object-hash",
            "A config's file name is the SHA-256 of its bytes.",
            "The file was edited by hand or damaged: its name vouches for other values.",
        ),
        Rule(
            "object-form",
            "A config's bytes are canonical YAML.",
            "The same values in two spellings would be two configs.",
        ),
        Rule(
            "object-kind",
            "A config is a regular file.",
            "A symbolic link or a folder under that name shows each reader something else.",
        ),
        Rule(
            "object-size",
            "A config has at most 16 MiB.",
            "Readers refuse what is larger.",
        ),
        Rule(
            "object-changed",
            "A config that the base has keeps its bytes.",
            "Its id was reviewed for other values.",
        ),
        Rule(
            "object-vanished",
            "A config that the base has is still there.",
            "Runs, pins and other branches name it by its id.",
        ),
        Rule(
            "meta-form",
            "A record about a config is well formed, and its name is the hash of its bytes.",
            "Records are never edited: descriptions and authors would say what nobody wrote.",
        ),
        Rule(
            "pin-form",
            "A pin is well formed: `config`, and optionally `source`.",
            "Nobody can tell what it pins.",
        ),
        Rule(
            "pin-config",
            "The config that a pin names is stored on this branch.",
            "Whoever deploys the pin will not find it.",
        ),
        Rule(
            "pin-source",
            "The file that a pin names is in the repository, and can be read as one config.",
            "The pin cannot be compared with what it pins.",
        ),
        Rule(
            "pin-stale",
            "The file that a pin names has the config that the pin says.",
            "The file was changed and the pin was not: the change was not reviewed as one.",
        ),
        Rule(
            "schema-form",
            "A schema is valid JSON Schema 2020-12 and refers to nothing outside.",
            "It checks nothing as it is.",
        ),
        Rule(
            "schema-violation",
            "A config satisfies the schema that speaks of it.",
            "What reads the config will refuse it, or misunderstand it.",
        ),
        Rule(
            "not-registered",
            "A file that must be registered is.",
            "Its values can change without anybody seeing it.",
        ),
    )
}
"""All rules by code, in the order in which they are documented."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: where (a path within the repository, a line from 1), one line that says
    why, and the command that mends it (empty where none does)."""

    code: str
    path: str
    line: int
    message: str
    mend: str = ""

    @property
    def rule(self) -> Rule:
        """The rule that is broken."""
        return RULES[self.code]


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what was found, sorted by path, line and code.

    `place` is what was checked in words (`the work tree`, `the index`, `commit 1a2b3c…`), `base`
    the commit it was held against, or `None`. `notes` are one-line remarks that are no findings.
    """

    place: str
    base: str | None
    objects: int
    records: int
    pins: int
    schemas: int
    files: int
    findings: Sequence[Finding]
    notes: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
