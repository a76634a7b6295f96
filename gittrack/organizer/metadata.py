"""What is known of an experiment before it runs: project, stage, type and the rest."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from gittrack.errors import UsageError
from gittrack.slug import check_name

MAX_VERSION = 999_999_999


class _Word(StrEnum):
    """A word from a fixed list."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The member of that name, in any case, or of one of its other names.

        Raises:
            UsageError: there is none; the hint says what was meant, or what there is.
        """
        word = "-".join(text.strip().lower().replace("_", " ").replace("-", " ").split())
        found = _OTHER_NAMES.get(word, word)
        if found in cls._value2member_map_:
            return cls(found)
        what = cls.__name__.removeprefix("Experiment").lower()
        close = difflib.get_close_matches(word, [*cls, *_OTHER_NAMES], 1)
        known = _OTHER_NAMES.get(close[0], close[0]) if close else ""
        hint = f"did you mean {known!r}?" if known in cls._value2member_map_ else None
        raise UsageError(
            f"there is no {what} {text[:80]!r}", hint=hint or f"known are {', '.join(cls)}"
        )


class ExperimentStage(_Word):
    """How far an experiment has come; in this order."""

    EXPLORATION = "exploration"
    DEVELOPMENT = "development"
    VALIDATION = "validation"
    STAGING = "staging"
    PRODUCTION = "production"
    ARCHIVED = "archived"

    @property
    def rank(self) -> int:
        """The position in the order, from 0."""
        return list(ExperimentStage).index(self)


class ExperimentType(_Word):
    """What kind of work an experiment is."""

    TRAINING = "training"
    FINETUNING = "finetuning"
    HPO = "hpo"
    EVALUATION = "evaluation"
    BACKTEST = "backtest"
    SIMULATION = "simulation"
    ABLATION = "ablation"
    BASELINE = "baseline"
    BENCHMARK = "benchmark"
    ANALYSIS = "analysis"
    INFERENCE = "inference"


_OTHER_NAMES = {
    "explore": "exploration",
    "research": "exploration",
    "dev": "development",
    "val": "validation",
    "stage": "staging",
    "prod": "production",
    "archive": "archived",
    "train": "training",
    "fine-tuning": "finetuning",
    "hyperparameter-optimization": "hpo",
    "hyperparameter-search": "hpo",
    "tuning": "hpo",
    "sweep": "hpo",
    "eval": "evaluation",
    "backtesting": "backtest",
}

TEXT_FIELDS = ("project", "model", "dataset", "owner", "purpose", "parent")
FIELDS = (*TEXT_FIELDS, "stage", "type", "version", "created")
"""All that has a name of its own; other tags cannot have these names."""


@dataclass(frozen=True, slots=True)
class ExperimentMetadata:
    """What an experiment is about; only the project is required.

    Stage and type may be given as texts (`"prod"`, `"tuning"`). `version` is a number, or a text
    such as `1.2`; a `v` before it and zeros in front are dropped. `parent` is the name of the
    experiment that this one grew from. `created` is a day. `tags` are any others.

    Raises:
        UsageError: a value cannot be one; the message names the field.
    """

    project: str
    model: str = ""
    dataset: str = ""
    stage: ExperimentStage = ExperimentStage.EXPLORATION
    type: ExperimentType = ExperimentType.TRAINING
    owner: str = ""
    purpose: str = ""
    version: int | str | None = None
    parent: str = ""
    created: date | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every field, and bring each to one form."""
        for name in TEXT_FIELDS:
            self._set(name, _text(name, getattr(self, name)))
        if not self.project:
            raise UsageError("an experiment needs a project", hint="give project='churn'")
        self._set("stage", ExperimentStage.parse(_plain_text("stage", self.stage)))
        self._set("type", ExperimentType.parse(_plain_text("type", self.type)))
        self._set("version", _version(self.version))
        self._set("created", _day(self.created))
        self._set("tags", _tags(self.tags))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def version_text(self) -> str:
        """The version as names show it, `v003` or `v1.2`; empty where there is none."""
        if self.version is None:
            return ""
        return f"v{self.version:03d}" if isinstance(self.version, int) else f"v{self.version}"


def _plain_text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"an experiment's {name} is a text, not {type(value).__name__}")
    return value


def _text(name: str, value: object) -> str:
    text = _plain_text(name, value)
    return check_name(text, f"experiment's {name}") if text.strip() else ""


def _version(value: object) -> int | str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise UsageError(f"an experiment's version is a number or a text, not {value!r}")
    text = str(value).strip()
    bare = text[1:] if text[:1] in ("v", "V") and text[1:2].isdigit() else text
    if not (bare.isascii() and bare.isdigit()):
        if isinstance(value, int):
            raise UsageError(f"an experiment's version is not negative, and this is {value}")
        return check_name(bare, "experiment's version")
    digits = bare.lstrip("0") or "0"
    if len(digits) > len(str(MAX_VERSION)):
        raise UsageError(f"an experiment's version is at most {MAX_VERSION:,}")
    return int(digits)


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise UsageError(f"no day: {str(value)[:80]!r}", hint="write it as 2026-11-21") from None


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tags.items():
        name = check_name(key, "tag")
        if name in FIELDS:
            raise UsageError(f"the tag {name!r} is a field", hint=f"give {name}=… instead")
        if not isinstance(value, str):
            raise UsageError(f"the tag {name!r} is a text, not {type(value).__name__}")
        found[name] = value
    return found
