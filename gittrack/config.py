"""`ExperimentConfig`: features, weights, transformations and hyperparameters as one value."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self, cast

from gittrack import canonical, ids
from gittrack.adapt import to_plain
from gittrack.canonical import Plain
from gittrack.errors import SourceError, ValueRefusedError
from gittrack.ids import ConfigId
from gittrack.terminal import clean

SECTIONS = ("feature_names", "feature_weights", "feature_transformations", "hyperparameters")
"""What is hashed, in the order in which people read it."""

_KEYS = (*SECTIONS, "description", "tags", "config_hash")
_SHOWN_ITEMS = 8
_SHOWN_WIDTH = 60


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class ExperimentConfig:
    """One immutable set of features and hyperparameters, with a hash that says which.

    `config_hash` is the SHA-256 of the canonical YAML of `config`: the sections that are not
    empty, the feature names sorted. So neither the order of features nor of keys matters, and
    `description` and `tags` are no part of it. The identity is fixed when the value is made;
    changing a list or mapping inside a section later does not reach it.

    Two configs are equal if their hash, description and tags are.
    """

    feature_names: tuple[str, ...]
    feature_weights: Mapping[str, Any]
    feature_transformations: Mapping[str, Any]
    hyperparameters: Mapping[str, Any]
    description: str
    tags: tuple[str, ...]
    _canonical: bytes = field(init=False)

    def __init__(
        self,
        feature_names: Iterable[str] = (),
        feature_weights: Mapping[str, Any] | Sequence[float] | None = None,
        feature_transformations: Mapping[str, Any] | None = None,
        hyperparameters: Mapping[str, Any] | None = None,
        description: str = "",
        tags: Iterable[str] = (),
    ) -> None:
        """A config of these sections, each of which may be empty.

        `feature_weights` maps a name to its weight, or is a sequence parallel to
        `feature_names`. Raises ValueRefusedError for a feature named twice, for a wrong number
        of parallel weights, and for values that cannot be in a config.
        """
        names = _names(feature_names, "feature_names")
        _refuse_duplicates(names)
        sections = (
            _weights(feature_weights, names),
            _mapping(feature_transformations, "feature_transformations"),
            _mapping(hyperparameters, "hyperparameters"),
        )
        config: dict[str | int, Plain] = {"feature_names": [*sorted(names)]} if names else {}
        for key, section in zip(SECTIONS[1:], sections, strict=True):
            config |= {key: section} if section else {}
            self._set(key, MappingProxyType(section))
        self._set("feature_names", tuple(names))
        self._set("description", _text(description, "description"))
        self._set("tags", tuple(dict.fromkeys(_names(tags, "tags"))))
        self._set("_canonical", canonical.emit(config))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def config(self) -> dict[str | int, Plain]:
        """What is registered: the sections that are not empty. A new copy each time."""
        return cast("dict[str | int, Plain]", canonical.read(self._canonical))

    @property
    def config_hash(self) -> ConfigId:
        """The config id: 64 hex digits, what `sha256sum` says of the registered file."""
        return canonical.config_id(self._canonical)

    def to_dict(self) -> dict[str, Any]:
        """All sections, the description, the tags and the hash, as plain data."""
        return cast("dict[str, Any]", self._plain())

    def _plain(self) -> dict[str | int, Plain]:
        config = self.config
        return {
            "feature_names": [*self.feature_names],
            "feature_weights": config.get("feature_weights", {}),
            "feature_transformations": config.get("feature_transformations", {}),
            "hyperparameters": config.get("hyperparameters", {}),
            "description": self.description,
            "tags": [*self.tags],
            "config_hash": self.config_hash,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The config that `to_dict` described; every key may be missing.

        Raises ValueRefusedError for a key that is none of ours, and where `config_hash` is
        given and is not the hash of the rest.
        """
        _refuse_unknown_keys(data)
        given = {key: value for key, value in data.items() if value is not None}
        claimed = given.pop("config_hash", None)
        config = cls(**given)
        if claimed is not None and claimed != config.config_hash:
            raise ValueRefusedError(
                f"config_hash is {_shown(claimed, ids.SHORT_LENGTH)}, "
                f"but the values hash to {ids.short(config.config_hash)}",
                path="config_hash",
                hint="the values were changed: restore them, or remove config_hash",
            )
        return config

    def to_json(self) -> str:
        """`to_dict` as strict JSON that `from_json` reads back as the same values."""
        data = to_json_data(self._plain())
        return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The config that `to_json` wrote. Raises SourceError where `text` is not JSON."""
        try:
            data = from_json_data(json.loads(text))
        except json.JSONDecodeError as error:
            raise SourceError(
                error.msg, file="<json>", line=error.lineno, column=error.colno
            ) from error
        except (RecursionError, UnicodeDecodeError) as error:
            raise SourceError(f"cannot be read as JSON: {error}", file="<json>") from error
        return cls.from_dict(_top_mapping(data, "<json>"))

    def to_yaml(self) -> str:
        """`to_dict` as canonical YAML."""
        return canonical.emit(self._plain()).decode()

    @classmethod
    def from_yaml(cls, text: str | bytes) -> Self:
        """The config in a YAML text, whether `to_yaml` or a person wrote it.

        Raises SourceError with line and column where it is not one YAML mapping.
        """
        from gittrack import sources  # the YAML reader costs start-up time

        raw = text.encode() if isinstance(text, str) else text
        documents = sources.parse_documents(raw, "<yaml>")
        if len(documents) != 1:
            raise SourceError(f"{len(documents)} documents, expected one", file="<yaml>")
        return cls.from_dict(_top_mapping(documents[0].data, "<yaml>"))

    def summary(self) -> str:
        """A few lines for people: hash, description, tags, features, hyperparameters.

        Long lists and values are cut; no control character of a value is in the text.
        """
        heading = f"config {ids.short(self.config_hash)}"
        lines = [f"{heading}: {_shown(self.description)}" if self.description else heading]
        if self.tags:
            lines.append(f"  tags: {', '.join(_cut([_shown(tag) for tag in self.tags]))}")
        lines += _block("features", len(self.feature_names), self._feature_lines())
        for title, values in (
            ("transformations", self.feature_transformations),
            ("hyperparameters", self.hyperparameters),
        ):
            lines += _block(title, len(values), _value_lines(values))
        return "\n".join(lines)

    def _feature_lines(self) -> list[str]:
        """Every feature with its weight, then the weights of what is no feature."""
        weights = self.feature_weights
        features = [
            f"{_shown(name)}: {_shown(weights[name])}" if name in weights else _shown(name)
            for name in self.feature_names
        ]
        others = {name: weights[name] for name in weights if name not in self.feature_names}
        return features + [f"{line} (weight only)" for line in _value_lines(others)]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExperimentConfig):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._canonical)

    def _key(self) -> tuple[object, ...]:
        return self._canonical, self.description, self.tags

    def __reduce__(self) -> tuple[Any, ...]:
        # A read-only mapping cannot be pickled, and configs are sent to worker processes.
        return type(self).from_dict, (self.to_dict(),)

    def _repr_html_(self) -> str:
        """The summary, for notebooks."""
        from gittrack.notebook import lines  # a script does without

        return lines(self.summary())

    def __repr__(self) -> str:
        values = self.to_dict()
        named = ", ".join(f"{key}={values[key]!r}" for key in _KEYS[:-1] if values[key])
        return f"{type(self).__name__}({named})"


def create_experiment_from_scoring_config(
    weights: Mapping[str, Any] | Sequence[float],
    features: Mapping[str, Any] | Iterable[str],
    hyperparameters: Mapping[str, Any] | None = None,
    description: str = "",
    tags: Iterable[str] | None = None,
) -> ExperimentConfig:
    """The config of a scoring model: weighted features, each perhaps transformed.

    `features` names the features, or maps each to its transformation (None: as it is). `weights`
    maps names to weights, or is parallel to the features; it may also weigh what is no feature
    (a score that is made of others).
    """
    transformations = features if isinstance(features, Mapping) else {}
    return ExperimentConfig(
        feature_names=features,
        feature_weights=weights,
        feature_transformations={
            name: how for name, how in transformations.items() if how is not None
        },
        hyperparameters=hyperparameters,
        description=description,
        tags=tags or (),
    )


def to_json_data(value: Plain) -> Any:
    """Plain data as what strict JSON can say; `from_json_data` is its exact inverse.

    What JSON has no form for becomes an object with one reserved key: floats that are not
    finite `{"__float__": "nan"}`, mappings with integer keys `{"__items__": [[1, …], …]}`.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {"__float__": str(value)}
    if isinstance(value, list):
        return [to_json_data(item) for item in value]
    if not isinstance(value, dict):
        return value
    if any(isinstance(key, int) for key in value) or value.keys() & {"__float__", "__items__"}:
        return {"__items__": [[key, to_json_data(item)] for key, item in value.items()]}
    return {key: to_json_data(item) for key, item in value.items()}


def from_json_data(value: Any) -> Any:
    """The plain data that `to_json_data` made `value` of."""
    if isinstance(value, list):
        return [from_json_data(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"__float__": "nan" | "inf" | "-inf" as text, **rest} if not rest:
            return float(text)
        case {"__items__": [*items], **rest} if not rest and all(_is_item(item) for item in items):
            return {key: from_json_data(item) for key, item in items}
    return {key: from_json_data(item) for key, item in value.items()}


def _is_item(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], (str, int))


def _names(values: Iterable[str], path: str) -> list[str]:
    """`values` as a list of plain strings."""
    if isinstance(values, (str, bytes)):
        raise ValueRefusedError(
            f"{path} is one string, not a sequence of them", path=path, hint=f"write [{values!r}]"
        )
    return [_text(value, f"{path}[{index}]") for index, value in enumerate(values)]


def _text(value: object, path: str) -> str:
    plain = to_plain(value)
    if not isinstance(plain, str):
        raise ValueRefusedError(f"{path} is {type(value).__name__}, not text", path=path)
    return plain


def _refuse_duplicates(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            raise ValueRefusedError(
                f"feature {_shown(name)!r} is named twice",
                path=f"feature_names[{index}]",
                hint="remove one of them",
            )
        seen.add(name)


def _weights(
    weights: Mapping[str, Any] | Sequence[float] | None, names: Sequence[str]
) -> dict[str | int, Plain]:
    # A pandas Series maps labels to values and is neither a Mapping nor a parallel sequence.
    if weights is None or isinstance(weights, Mapping) or hasattr(weights, "items"):
        return _mapping(weights, "feature_weights")
    parallel = to_plain(weights)
    if not isinstance(parallel, list):
        raise ValueRefusedError(
            f"feature_weights is {type(weights).__name__}",
            path="feature_weights",
            hint="give a mapping from name to weight, or one weight for each feature",
        )
    if len(parallel) != len(names):
        raise ValueRefusedError(
            f"{len(parallel)} weights for {len(names)} features",
            path="feature_weights",
            hint="give one weight for each feature, or a mapping from name to weight",
        )
    return dict(zip(names, parallel, strict=True))


def _mapping(value: Any, path: str) -> dict[str | int, Plain]:
    if value is None:
        return {}
    with_items = dict(value.items()) if hasattr(value, "items") else value
    plain = to_plain({path: with_items})
    section = plain[path] if isinstance(plain, dict) else None
    if not isinstance(section, dict):
        raise ValueRefusedError(f"{path} is {type(value).__name__}, not a mapping", path=path)
    return section


def _refuse_unknown_keys(data: Mapping[str, Any]) -> None:
    unknown = [key for key in data if key not in _KEYS]
    if not unknown:
        return
    named = [_shown(key) for key in unknown]
    guesses = [match for key in named for match in difflib.get_close_matches(key, _KEYS, 1)]
    hint = f"did you mean {', '.join(guesses)}?" if guesses else f"known are {', '.join(_KEYS)}"
    raise ValueRefusedError(
        f"unknown in an experiment config: {', '.join(_cut(named))}", path=named[0], hint=hint
    )


def _top_mapping(data: Any, file: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise SourceError("holds no mapping", file=file)
    return data


def _shown(value: object, width: int = _SHOWN_WIDTH) -> str:
    """`value` on one line, at most `width` characters, none of which steers a terminal."""
    text = value if isinstance(value, str) else repr(value)
    safe = clean(" ".join(text[: width + 1].splitlines()).replace("\t", " "))
    return safe if len(safe) <= width else f"{safe[: width - 1]}…"


def _cut(items: Sequence[str]) -> list[str]:
    """The first items, and how many more there are."""
    more = len(items) - _SHOWN_ITEMS
    return [*items[:_SHOWN_ITEMS], f"… and {more} more"] if more > 0 else [*items]


def _block(title: str, count: int, lines: Sequence[str]) -> list[str]:
    return [f"  {title} ({count}):", *(f"    {line}" for line in _cut(lines))] if lines else []


def _value_lines(values: Mapping[str, Any]) -> list[str]:
    return [f"{_shown(name)}: {_shown(values[name])}" for name in values]


def canonical_bytes(config: ExperimentConfig | Mapping[Any, Any]) -> bytes:
    """A config's canonical bytes: what is stored, and what its id is the SHA-256 of.

    Raises:
        ValueRefusedError: it is no mapping, or holds something that cannot be stored; says where.
    """
    if isinstance(config, ExperimentConfig):
        return config._canonical
    plain = to_plain(config)
    if not isinstance(plain, dict):
        raise ValueRefusedError(f"a config is a mapping of parameters, not {type(config).__name__}")
    return canonical.emit(plain)
