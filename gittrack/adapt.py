"""Python objects to plain data: what may be a config, and the way out for what may not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

from gittrack.canonical import MAX_BYTES, MAX_LEVELS, Plain
from gittrack.canonical.plain import RefusedError
from gittrack.canonical.scalars import check_unicode

_ATOMS = frozenset([int, float, bool, type(None)])
_NO_STEP = object()

# A longer string is counted against the limit of 16 MiB on its own.
_SHORT = 64
_LEAF_BYTES = 4


# A container that is done: its source (held, so that its `id` is not given to another object
# meanwhile), its plain data, where it stood, the levels it adds, and what it costs there.
_Converted = tuple[object, Plain, int, int, int, int]


def to_plain(value: object) -> Plain:
    """`value` as plain data of its own: later changes to `value` do not reach it.

    Accepts mappings, lists, tuples, strings, numbers, booleans, None, NumPy scalars and arrays,
    dataclasses, enums (by value), paths, dates and times (as ISO 8601), pydantic models, OmegaConf
    and Hydra configs (resolved), argparse and simple namespaces.

    Raises:
        ValueRefusedError: with the path to the culprit and, as its hint, the way out.
    """
    walk = _Walk()
    plain: Plain
    try:
        plain = walk.convert(value, 0)
    except RefusedError as refused:
        raise refused.located() from None
    return _unshared(plain) if walk.shared else plain


class _Walk:
    """One walk over a value. `level` is the number of collections around what is converted."""

    __slots__ = ("_cost", "_deepest", "_leaves", "_seen", "shared")

    def __init__(self) -> None:
        # By `id`; None while the object is being converted.
        self._seen: dict[int, _Converted | None] = {}
        # A lower bound of the canonical bytes: each leaf has a line of its own, with two
        # characters for each collection around it and at least four more.
        self._cost = 0
        self._leaves = 0
        self._deepest = 0
        self.shared = False

    def convert(self, value: Any, level: int) -> Any:
        """The plain data of any value."""
        kind = type(value)
        if kind is dict or kind is list:
            return self._once(value, level)
        if kind in _ATOMS:
            return value
        if kind is str:
            return self._text(value)
        if isinstance(value, str | int | float) and not isinstance(value, Enum):
            return self._base_scalar(value)
        return self._once(value, level)

    def _once(self, value: Any, level: int) -> Any:
        seen = self._seen
        identity = id(value)
        if identity in seen:
            return self._again(seen[identity], level)
        seen[identity] = None
        cost, leaves, deepest = self._cost, self._leaves, self._deepest
        self._deepest = level
        kind = type(value)
        if kind is dict:
            plain: Any = self._mapping(value.items(), level)
        elif kind is list:
            plain = self._sequence(value, level)
        else:
            plain = self._compound(value, level)
        if self._cost > MAX_BYTES:
            raise _too_large()
        levels = self._deepest - level
        seen[identity] = (value, plain, level, levels, self._cost - cost, self._leaves - leaves)
        if deepest > self._deepest:
            self._deepest = deepest
        return plain

    def _again(self, done: _Converted | None, level: int) -> Plain:
        if done is None:
            raise RefusedError("the value contains itself", "break the cycle")
        _, value, old_level, levels, cost, leaves = done
        if level + levels > MAX_LEVELS:
            raise _too_deep()
        self._deepest = max(self._deepest, level + levels)
        self._spend(cost + 2 * (level - old_level) * leaves, leaves)
        self.shared = True
        return value

    def _spend(self, cost: int, leaves: int) -> None:
        self._cost += cost
        self._leaves += leaves
        if self._cost > MAX_BYTES:
            raise _too_large()

    def _compound(self, value: Any, level: int) -> Any:
        kind = type(value)
        if isinstance(value, Enum):
            return self.convert(value.value, level)
        if isinstance(value, type):
            raise RefusedError(f"the class {value.__qualname__} is not data", _NAME_HINT)
        for module, name, converter in _CONVERTERS:
            known = getattr(sys.modules.get(module), name, None)
            if known is not None and isinstance(value, known):
                return converter(self, value, level)
        if isinstance(value, list | tuple):
            return self._sequence(value, level)
        if isinstance(value, Mapping):
            return self._mapping(value.items(), level)
        if hasattr(kind, "__dataclass_fields__"):
            return self._mapping(_fields(value), level)
        raise _refusal(value)

    def _mapping(self, items: Iterable[tuple[Any, Any]], level: int) -> dict[str | int, Any]:
        self._enter(level)
        result: dict[str | int, Any] = {}
        count = 0
        leaves = 0
        name: object = _NO_STEP
        try:
            for name, value in items:
                key = name
                if type(key) is not str or not key.isascii():
                    key = _key(name)
                kind = type(value)
                if kind in _ATOMS:
                    leaves += 1
                elif kind is str:
                    leaves += 1
                    if not value.isascii() or len(value) > _SHORT:
                        self._text(value)
                else:
                    value = self.convert(value, level + 1)
                    if not isinstance(value, dict | list) or not value:
                        leaves += 1
                result[key] = value
                count += 1
                if len(result) != count:
                    raise RefusedError(f"two keys become {key!a}", "rename one of them")
        except RefusedError as refused:
            if name is not _NO_STEP:
                refused.steps.append(_step(name))
            raise
        self._cost += leaves * (2 * level + _LEAF_BYTES)
        self._leaves += leaves
        return result

    def _sequence(self, values: Iterable[Any], level: int) -> list[Any]:
        self._enter(level)
        result: list[Any] = []
        leaves = 0
        try:
            for value in values:
                kind = type(value)
                if kind in _ATOMS:
                    leaves += 1
                elif kind is str:
                    leaves += 1
                    if not value.isascii() or len(value) > _SHORT:
                        self._text(value)
                else:
                    value = self.convert(value, level + 1)
                    if not isinstance(value, dict | list) or not value:
                        leaves += 1
                result.append(value)
        except RefusedError as refused:
            refused.steps.append(len(result))
            raise
        self._cost += leaves * (2 * level + _LEAF_BYTES)
        self._leaves += leaves
        return result

    def _enter(self, level: int) -> None:
        if level >= MAX_LEVELS:
            raise _too_deep()
        if level >= self._deepest:
            self._deepest = level + 1

    def _text(self, value: str) -> str:
        if not value.isascii():
            check_unicode(value)
        if len(value) > _SHORT:
            self._spend(len(value), 0)
        return value

    def _base_scalar(self, value: Any) -> Plain:
        # The methods of the base types: a subclass may have its own idea of them.
        if isinstance(value, str):
            return self._text(str.__str__(value))
        if isinstance(value, float):
            return float.__float__(value)
        number = int.__int__(value)
        ruamel = sys.modules.get("ruamel.yaml.scalarbool")
        if ruamel is not None and isinstance(value, ruamel.ScalarBoolean):
            return bool(number)
        return number

    def _path(self, value: Any, _level: int) -> Plain:
        return self._text(value.as_posix())

    def _time(self, value: Any, _level: int) -> Plain:
        return _iso(value.isoformat())

    def _numpy_scalar(self, value: Any, level: int) -> Plain:
        _check_dtype(value.dtype)
        if value.dtype.kind == "M":
            return _iso(str(value))
        return self.convert(value.item(), level)  # type: ignore[no-any-return]

    def _numpy_array(self, value: Any, level: int) -> Plain:
        _check_dtype(value.dtype)
        if value.size > MAX_BYTES // _LEAF_BYTES:
            raise _too_large()
        if value.dtype.kind == "M":
            value = value.astype(str)
            for text in value.ravel().tolist():
                _iso(text)
        return self.convert(value.tolist(), level)  # type: ignore[no-any-return]

    def _pydantic(self, value: Any, level: int) -> Plain:
        try:
            items = value.model_dump() if hasattr(value, "model_dump") else value.dict()
        except (ValueError, TypeError, AttributeError) as error:
            raise _unresolved(value, error) from None
        return self.convert(items, level)  # type: ignore[no-any-return]

    def _omegaconf(self, value: Any, level: int) -> Plain:
        omegaconf = sys.modules["omegaconf"]
        try:
            items = omegaconf.OmegaConf.to_container(value, resolve=True, throw_on_missing=True)
        except (omegaconf.errors.OmegaConfBaseException, ValueError, TypeError) as error:
            raise _unresolved(value, error) from None
        return self.convert(items, level)  # type: ignore[no-any-return]

    def _namespace(self, value: Any, level: int) -> Plain:
        return self._mapping(vars(value).items(), level)

    def _refuse(self, value: Any, _level: int) -> Plain:
        raise _refusal(value)


# Optional libraries are never imported here: an object of theirs can exist only where they are
# loaded already. The first match counts, so OmegaConf's mappings come before mappings in general.
_CONVERTERS: tuple[tuple[str, str, Callable[[_Walk, Any, int], Plain]], ...] = (
    ("pathlib", "PurePath", _Walk._path),
    ("datetime", "date", _Walk._time),
    ("datetime", "time", _Walk._time),
    ("argparse", "Namespace", _Walk._namespace),
    ("types", "SimpleNamespace", _Walk._namespace),
    ("numpy", "ndarray", _Walk._numpy_array),
    ("numpy", "generic", _Walk._numpy_scalar),
    ("omegaconf", "Container", _Walk._omegaconf),
    ("pydantic", "BaseModel", _Walk._pydantic),
    ("torch", "Tensor", _Walk._refuse),
)

_NAME_HINT = "store its name as a string"
_LIST_HINT = "use list(...)"

# By the names of a class and its bases, so that nothing needs to be imported to know them.
_HINTS = {
    "builtins.bytes": "use .decode() for text, or store a file and keep its path",
    "builtins.bytearray": "use .decode() for text, or store a file and keep its path",
    "builtins.memoryview": "use .tolist() for numbers, or store a file and keep its path",
    "builtins.complex": "store [x.real, x.imag]",
    "builtins.range": _LIST_HINT,
    "builtins.generator": _LIST_HINT,
    "builtins.dict_values": _LIST_HINT,
    "builtins.map": _LIST_HINT,
    "builtins.filter": _LIST_HINT,
    "builtins.zip": _LIST_HINT,
    "builtins.enumerate": _LIST_HINT,
    "builtins.module": _NAME_HINT,
    "collections.deque": _LIST_HINT,
    "array.array": _LIST_HINT,
    "collections.abc.Iterator": _LIST_HINT,
    "collections.UserList": _LIST_HINT,
    "collections.UserString": "use str(x)",
    "decimal.Decimal": "use float(x), or str(x) to keep every digit",
    "fractions.Fraction": "use float(x), or str(x) to keep it exact",
    "uuid.UUID": "use str(x)",
    "datetime.timedelta": "use x.total_seconds()",
    "datetime.tzinfo": "use str(x)",
    "torch.Tensor": "use .tolist(), or .item() for a single number",
    "pandas.core.frame.DataFrame": 'use .to_dict("list"), or store a file and keep its path',
    "pandas.core.series.Series": "use .tolist() or .to_dict()",
    "pydantic.types.SecretStr": "leave secrets out of a config",
    "pydantic.types.SecretBytes": "leave secrets out of a config",
}


def _refusal(value: object) -> RefusedError:
    kind = type(value)
    names = [_qualified(base) for base in kind.__mro__]
    if isinstance(value, AbstractSet):
        return RefusedError(f"a {kind.__name__} has no order", "use sorted(...)")
    for name in names:
        if name in _HINTS:
            return RefusedError(f"a value of type {kind.__name__} is not plain data", _HINTS[name])
    if hasattr(kind, "__next__"):
        return RefusedError(f"a value of type {kind.__name__} is not plain data", _LIST_HINT)
    if hasattr(kind, "__attrs_attrs__"):
        return RefusedError(f"a value of type {kind.__name__} is not plain data", "attrs.asdict(x)")
    if callable(value):
        return RefusedError(f"a value of type {kind.__name__} is not data", _NAME_HINT)
    return RefusedError(
        f"a value of type {_qualified(kind)} is not plain data",
        "turn it into numbers, strings, lists or mappings first, as with vars(x) or str(x)",
    )


def _qualified(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _too_deep() -> RefusedError:
    return RefusedError(
        f"more than {MAX_LEVELS} levels of lists and mappings", "flatten the config"
    )


def _unresolved(value: object, error: Exception) -> RefusedError:
    reason = " ".join(str(error).split())[:300]
    return RefusedError(
        f"the {type(value).__name__} cannot be turned into plain data: {reason}",
        "give every field a value that can be resolved",
    )


def _too_large() -> RefusedError:
    return RefusedError(
        "the config is over the limit of 16 MiB",
        "store large data in a file beside the config and keep its path",
    )


_DTYPE_HINTS = {
    "c": "store [x.real, x.imag]",
    "m": "use x / numpy.timedelta64(1, 's') for seconds",
    "S": "use x.astype(str)",
    "f": "use x.astype(float)",
}


def _check_dtype(dtype: Any) -> None:
    # A long double has more digits than a float, and NumPy does not turn it into one by itself.
    if dtype.kind not in "biufUOM" or (dtype.kind == "f" and dtype.itemsize > 8):
        raise RefusedError(
            f"NumPy data of type {dtype.name} is not plain data",
            _DTYPE_HINTS.get(dtype.kind, "use a list of mappings"),
        )


def _iso(text: str) -> str:
    if text == "NaT":
        raise RefusedError("NaT is not a time", "use None")
    return text


def _fields(value: Any) -> Iterable[tuple[str, object]]:
    for field in sys.modules["dataclasses"].fields(value):
        try:
            yield field.name, getattr(value, field.name)
        except AttributeError:
            raise RefusedError(f"the field {field.name} has no value", "set it first") from None


def _key(name: Any) -> str | int:
    while isinstance(name, Enum):
        name = name.value
    if isinstance(name, str):
        text = str.__str__(name)
        if not text.isascii():
            check_unicode(text)
        return text
    if isinstance(name, int) and not isinstance(name, bool):
        return int.__int__(name)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(name, numpy.integer):
        return int(name)
    raise RefusedError(
        f"a key is a string or an integer, not {type(name).__name__}", "use str(key)"
    )


def _step(name: object) -> object:
    if isinstance(name, Enum):
        return name.value
    return name


def _unshared(value: Any) -> Any:
    """A copy in which no list or mapping stands in two places."""
    if type(value) is dict:
        return {key: _unshared(item) for key, item in value.items()}
    if type(value) is list:
        return [_unshared(item) for item in value]
    return value
