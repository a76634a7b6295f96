"""The ways in which one parameter of a search space is written, read as a domain; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gittrack.adapt import to_plain
from gittrack.errors import GittrackError
from gittrack.optimize.domains import (
    Choices,
    Constant,
    Domain,
    DomainError,
    FloatRange,
    IntRange,
    choice_text,
)

# What people call it: the kind, and whether it is logarithmic.
_KINDS = {
    "float": ("float", False),
    "uniform": ("float", False),
    "loguniform": ("float", True),
    "log_uniform": ("float", True),
    "int": ("int", False),
    "integer": ("int", False),
    "logint": ("int", True),
    "categorical": ("categorical", False),
    "choice": ("categorical", False),
    "choices": ("categorical", False),
}

_RANGE_KEYS = {"type", "low", "high", "step", "log"}
_TELLING = {"low", "high", "choices", "step", "log"}
_CONSTANTS = ("constant", "value")
_CLASSES = {
    "FloatDistribution": "float",
    "IntDistribution": "int",
    "CategoricalDistribution": "categorical",
}
_HINT = "a parameter is {type: float, low: 0.1, high: 1}, [a list of choices] or a constant"


class FormError(Exception):
    """A parameter's form cannot be understood; `key` is the one of its keys that is at fault."""

    def __init__(self, message: str, key: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.key = key
        self.hint = hint


def is_group(value: object) -> bool:
    """Whether a mapping holds further parameters, rather than being the form of one."""
    if not isinstance(value, Mapping) or not value:
        return False
    kind = value.get("type")
    if isinstance(kind, str):
        return kind not in _KINDS and not _TELLING & set(value)
    if {"low", "high"} <= set(value) and not isinstance(value["low"], Mapping):
        return False
    return not any(_is_short(key, value[key]) for key in (*_KINDS, *_CONSTANTS) if key in value)


def read_domain(value: object) -> Domain:
    """The domain that a form means.

    Raises:
        FormError: it means none.
    """
    try:
        if isinstance(value, Mapping) and value:
            return _of_mapping(value)
        if isinstance(value, tuple) and value and value[0] in _KINDS:
            return _of_tuple(value)
        if isinstance(value, list | tuple):
            return Choices(tuple(to_plain(list(value))))  # type: ignore[arg-type]
        if hasattr(value, "to_internal_repr"):
            return _of_distribution(value)
        return Constant(to_plain(value))
    except DomainError as error:
        raise FormError(str(error)) from None
    except GittrackError as error:
        raise FormError(str(error), hint=error.hint) from None


def _is_short(key: str, value: object) -> bool:
    """Whether a key with its value is a short form: `{uniform: [0, 1]}`."""
    return key in _CONSTANTS or not isinstance(value, Mapping)


def _of_mapping(form: Mapping[str, object]) -> Domain:
    for key in _CONSTANTS:
        if key in form:
            _only(form, {key})
            return Constant(to_plain(form[key]))
    if "type" not in form:
        form = _long(form)
    name = form["type"]
    if not isinstance(name, str) or name not in _KINDS:
        raise FormError(f"type {_shown(name)} is not float, int or categorical", "type")
    kind, log = _KINDS[name]
    if kind == "categorical":
        _only(form, {"type", "choices"})
        return _choices(form)
    _only(form, _RANGE_KEYS)
    return _range(kind, form, log)


def _long(form: Mapping[str, object]) -> Mapping[str, object]:
    """`{int: [1, 9], step: 2}` as `{type: int, low: 1, high: 9, step: 2}`."""
    named = [key for key in _KINDS if key in form]
    if len(named) != 1:
        raise FormError("the type is missing: float, int or categorical", hint=_HINT)
    key, rest = named[0], {one: form[one] for one in form if one != named[0]}
    if _KINDS[key][0] == "categorical":
        return {"type": key, "choices": form[key], **rest}
    low, high = _two(key, form[key])
    return {"type": key, "low": low, "high": high, **rest}


def _two(key: str, value: object) -> Sequence[object]:
    if isinstance(value, list | tuple) and len(value) == 2:
        return value
    raise FormError(f"{key} takes [low, high], not {_shown(value)}", key)


def _of_tuple(form: tuple[object, ...]) -> Domain:
    kind, *rest = form
    if _KINDS[str(kind)][0] == "categorical":
        if len(rest) != 1:
            raise FormError(f'as in ("{kind}", ["a", "b"])')
        return _of_mapping({"type": kind, "choices": rest[0]})
    if len(rest) not in (2, 3):
        raise FormError(f'as in ("{kind}", 1, 10) or ("{kind}", 1, 10, "log")')
    long = {"type": kind, "low": rest[0], "high": rest[1]}
    if len(rest) > 2:
        long |= {"log": True} if rest[2] == "log" else {"step": rest[2]}
    return _of_mapping(long)


def _of_distribution(value: object) -> Domain:
    """A distribution of Optuna's, known by its class's name, so that Optuna is not needed."""
    name = type(value).__name__
    if name not in _CLASSES:
        raise FormError(f"{name} is no distribution of Optuna's that is known here")
    if _CLASSES[name] == "categorical":
        return Choices(tuple(to_plain(list(value.choices))))  # type: ignore[arg-type, attr-defined]
    form = {key: getattr(value, key) for key in ("low", "high", "step", "log")}
    return _range(_CLASSES[name], form, False)


def _choices(form: Mapping[str, object]) -> Choices:
    value = form.get("choices")
    if not isinstance(value, list | tuple):
        raise FormError("choices must be a list", "choices" if "choices" in form else None)
    return Choices(tuple(to_plain(list(value))))  # type: ignore[arg-type]


def _range(kind: str, form: Mapping[str, object], log: bool) -> Domain:
    given = form.get("log")
    if given is not None and not isinstance(given, bool):
        raise FormError(f"log is {_shown(given)}: it must be true or false", "log")
    if kind == "int":
        step = 1 if form.get("step") is None else _integer("step", form)
        return IntRange(_integer("low", form), _integer("high", form), step, bool(given) or log)
    spread = None if form.get("step") is None else _number("step", form)
    return FloatRange(_number("low", form), _number("high", form), spread, bool(given) or log)


def _number(key: str, form: Mapping[str, object]) -> float:
    value = to_plain(_needed(key, form))
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = "write it without quotes" if isinstance(value, str) else None
        raise FormError(f"{key} is {_shown(value)}: it must be a number", key, hint)
    try:
        return float(value)
    except OverflowError:
        raise FormError(f"{key} is too large for a float", key) from None


def _integer(key: str, form: Mapping[str, object]) -> int:
    value = to_plain(_needed(key, form))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise FormError(f"{key} is {_shown(value)}: it must be an integer", key)
    return value


def _needed(key: str, form: Mapping[str, object]) -> object:
    if form.get(key) is None:
        raise FormError(f"{key} is missing", key if key in form else None)
    return form[key]


def _only(form: Mapping[str, object], known: set[str]) -> None:
    for key in form:
        if key not in known:
            some = ", ".join(sorted(known))
            raise FormError(f"the key {_shown(key)} has no meaning here: {some}", str(key))


def _shown(value: object) -> str:
    """A value for a message, cut short."""
    try:
        text = choice_text(to_plain(value))
    except GittrackError:
        text = type(value).__name__
    return text if len(text) <= 40 else text[:39] + "…"
