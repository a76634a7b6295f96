"""Python objects to plain data: what is accepted, what is refused and with which way out."""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import decimal
import enum
import fractions
import math
import pathlib
import subprocess
import sys
import types
import uuid
from collections import OrderedDict, UserList, defaultdict, deque, namedtuple
from typing import Any

import numpy
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from ruamel.yaml import YAML

from gittrack.adapt import to_plain
from gittrack.canonical import MAX_LEVELS, emit
from gittrack.errors import ValueRefusedError


class Colour(enum.Enum):
    RED = "red"
    BLUE = 2
    PAIR = (1, "x")


class Level(enum.IntEnum):
    LOW = 1


class Mode(enum.StrEnum):
    FAST = "fast"


class Name(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "not this"


class Number(int):
    def __int__(self) -> int:
        return 99


class Share(float):
    def __float__(self) -> float:
        return 99.0


@dataclasses.dataclass
class Inner:
    units: int = 64
    act: str = "relu"


@dataclasses.dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner
    items: list[Inner]
    rate: float = 0.5


class Optimizer(pydantic.BaseModel):
    name: str = "adam"
    lr: float = 1e-3
    where: pathlib.Path = pathlib.Path("a/b")
    colour: Colour = Colour.RED


class Training(pydantic.BaseModel):
    optimizer: Optimizer = Optimizer()
    seeds: tuple[int, ...] = (1, 2)


@dataclasses.dataclass
class Structured:
    lr: float = 0.1
    layers: list[int] = dataclasses.field(default_factory=lambda: [1, 2])


Point = namedtuple("Point", "x y")

UTC = datetime.UTC


def same(value: Any, expected: Any) -> bool:
    """Equal, with the same types all the way down."""
    if type(value) is not type(expected):
        return False
    if isinstance(expected, dict):
        return [*map(repr, value)] == [*map(repr, expected)] and all(
            same(value[key], expected[key]) for key in expected
        )
    if isinstance(expected, list):
        return len(value) == len(expected) and all(map(same, value, expected))
    return repr(value) == repr(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (-0.0, -0.0),
        ({"a": [1, 2.0, "x", None]}, {"a": [1, 2.0, "x", None]}),
        ((1, (2,)), [1, [2]]),
        (Point(1, 2), [1, 2]),
        (Name("x"), "x"),
        (Number(3), 3),
        (Share(-0.0), -0.0),
        ({Name("k"): Number(1)}, {"k": 1}),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (Colour.RED, "red"),
        (Colour.PAIR, [1, "x"]),
        (Level.LOW, 1),
        (Mode.FAST, "fast"),
        ({Colour.RED: 1, Level.LOW: 2, Mode.FAST: 3}, {"red": 1, 1: 2, "fast": 3}),
        (pathlib.PurePosixPath("a/b"), "a/b"),
        (pathlib.PureWindowsPath("a\\b"), "a/b"),
        (datetime.date(2024, 1, 2), "2024-01-02"),
        (datetime.time(3, 4), "03:04:00"),
        (datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "2024-01-02T03:04:05+00:00"),
        (argparse.Namespace(lr=0.1, tags=("a",)), {"lr": 0.1, "tags": ["a"]}),
        (types.SimpleNamespace(a=types.SimpleNamespace(b=1)), {"a": {"b": 1}}),
        (Outer(Inner(), [Inner(1)]), None),
        (Training(), None),
    ],
)
def test_accepted(value: Any, expected: Any) -> None:
    """Common Python values become plain data of exactly the plain types."""
    if isinstance(value, Outer):
        expected = {
            "inner": {"units": 64, "act": "relu"},
            "items": [{"units": 1, "act": "relu"}],
            "rate": 0.5,
        }
    if isinstance(value, Training):
        optimizer = {"name": "adam", "lr": 1e-3, "where": "a/b", "colour": "red"}
        expected = {"optimizer": optimizer, "seeds": [1, 2]}
    assert same(to_plain(value), expected)
    assert same(to_plain({"a": value}), {"a": expected})
    assert same(to_plain([value]), [expected])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (numpy.int64(3), 3),
        (numpy.uint8(3), 3),
        (numpy.float64(0.1), 0.1),
        (numpy.float32(0.1), 0.10000000149011612),
        (numpy.float16(0.5), 0.5),
        (numpy.bool_(True), True),
        (numpy.str_("x"), "x"),
        (numpy.array(5), 5),
        (numpy.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (numpy.array([0.5, math.inf]), [0.5, math.inf]),
        (numpy.array([]), []),
        (numpy.array(["a", "b"]), ["a", "b"]),
        (numpy.array([True, False]), [True, False]),
        (numpy.array([1, "x", None, [2]], dtype=object), [1, "x", None, [2]]),
        (numpy.datetime64("2024-01-02"), "2024-01-02"),
        (numpy.datetime64("2024-01-02T03:04:05.5"), "2024-01-02T03:04:05.500"),
        (numpy.array(["2024-01-02"], dtype="datetime64[D]"), ["2024-01-02"]),
        ({numpy.int32(1): 2}, {1: 2}),
    ],
)
def test_numpy(value: Any, expected: Any) -> None:
    """NumPy scalars and arrays become numbers, strings and lists."""
    assert same(to_plain({"a": value}), {"a": expected})


def test_omegaconf_is_resolved() -> None:
    """OmegaConf and Hydra configs come with their interpolations resolved."""
    config = OmegaConf.create({"lr": 0.1, "twice": "${lr}", "layers": [1, {"n": "${twice}"}]})
    expected = {"lr": 0.1, "twice": 0.1, "layers": [1, {"n": 0.1}]}
    assert same(to_plain(config), expected)
    assert same(to_plain({"cfg": config.layers}), {"cfg": expected["layers"]})
    assert same(to_plain(OmegaConf.structured(Structured)), {"lr": 0.1, "layers": [1, 2]})


def test_omegaconf_faults_are_refused() -> None:
    """A missing value or an interpolation that leads nowhere is refused with its path."""
    for text in ("a: ???", "a: ${b}"):
        with pytest.raises(ValueRefusedError) as caught:
            to_plain({"cfg": OmegaConf.create(text)})
        assert caught.value.path == "cfg"
        assert "\n" not in str(caught.value)


def test_ruamel_round_trip_data() -> None:
    """Data that ruamel.yaml keeps with its spelling loses it."""
    text = "a: 0x10\nb: 1.50e3\nc: 'x'\nd: |\n  y\ne: &e true\nf: [*e, 1_0]\ng: 2024-01-02\n"
    data = YAML().load(text)
    expected = {"a": 16, "b": 1500.0, "c": "x", "d": "y\n", "e": True, "f": [True, 10]}
    assert same(to_plain(data), {**expected, "g": "2024-01-02"})


class Torch:
    def __len__(self) -> int:
        return 1


def generator() -> Any:
    yield 1


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ({1, 2}, "sorted("),
        (frozenset("ab"), "sorted("),
        ({}.keys(), "sorted("),
        ({}.values(), "list("),
        (b"x", "decode"),
        (bytearray(b"x"), "decode"),
        (memoryview(b"x"), "tolist"),
        (1j, "x.real"),
        (decimal.Decimal("1.5"), "float(x)"),
        (fractions.Fraction(1, 3), "str(x)"),
        (uuid.UUID(int=1), "str(x)"),
        (datetime.timedelta(1), "total_seconds()"),
        (range(3), "list("),
        (deque([1]), "list("),
        (generator(), "list("),
        (iter([1]), "list("),
        (map(str, [1]), "list("),
        (UserList([1]), "list("),
        (print, "name"),
        (lambda: 1, "name"),
        (math, "name"),
        (Inner, "name"),
        (Colour, "name"),
        (object(), "str(x)"),
        (Torch(), "str(x)"),
        ("\ud800", "decode"),
        (pathlib.PurePosixPath("\udcff"), "decode"),
        (numpy.complex128(1), "x.real"),
        (numpy.timedelta64(1, "s"), "seconds"),
        (numpy.bytes_(b"x"), "str"),
        (numpy.array([1j]), "x.real"),
        (numpy.array([b"x"]), "str"),
        (numpy.zeros(1, dtype="i4,f8"), "list of mappings"),
        (numpy.datetime64("NaT"), "None"),
        (numpy.array(["NaT"], dtype="datetime64[D]"), "None"),
        (numpy.array([1], dtype=numpy.longdouble), "float"),
        ({True: 1}, "str(key)"),
        ({None: 1}, "str(key)"),
        ({1.5: 1}, "str(key)"),
        ({(1, 2): 1}, "str(key)"),
        ({numpy.bool_(True): 1}, "str(key)"),
        ({"\udc00": 1}, "decode"),
        ({"red": 1, Colour.RED: 2}, "rename"),
        (types.MappingProxyType({Colour.BLUE: 1, 2: 2}), "rename"),
        (pydantic.SecretStr("x"), "secret"),
        (Structured.__new__(Structured, *()), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_refused(value: Any, hint: str | None) -> None:
    """What is not data is refused, with the path to it and the way out."""
    if hint is None:
        del (value := Structured()).layers
        hint = "set it"
    with pytest.raises(ValueRefusedError) as caught:
        to_plain({"model": {"layers": [1, (2, value)]}})
    assert caught.value.path.startswith("model.layers[1][1]")
    assert hint in str(caught.value.hint)
    assert str(caught.value).startswith("model.layers[1][1]")
    assert "\n" not in str(caught.value)


def test_tensor_hint() -> None:
    """A torch tensor, of any device, is refused with the calls that turn it into numbers."""
    code = (
        "import sys, types\n"
        "from gittrack.adapt import to_plain\n"
        "Tensor = type('Tensor', (), {'__module__': 'torch'})\n"
        "sys.modules['torch'] = types.SimpleNamespace(Tensor=Tensor)\n"
        "try: to_plain({'a': Tensor()})\n"
        "except ValueError as error: print(error.hint)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ".tolist()" in run.stdout
    assert ".item()" in run.stdout


def test_nothing_is_imported() -> None:
    """Optional libraries are known without being imported."""
    code = (
        "import sys, gittrack.adapt\n"
        "gittrack.adapt.to_plain({'a': [1, (2,)], 'b': {}})\n"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"numpy", "pydantic", "omegaconf", "ruamel", "torch"} & set(run.stdout.split())


def test_result_is_independent() -> None:
    """Later changes to the value do not reach the result, nor one place of it another."""
    shared = [1]
    value = {"a": shared, "b": shared, "c": {"d": shared}}
    result: Any = to_plain(value)
    shared.append(2)
    result["a"].append(3)
    assert result == {"a": [1, 3], "b": [1], "c": {"d": [1]}}


def test_cycles_are_refused() -> None:
    """A value that contains itself is refused with the path at which it comes again."""
    data: dict[str, Any] = {"a": [1]}
    data["a"].append(data)
    with pytest.raises(ValueRefusedError, match="contains itself") as caught:
        to_plain(data)
    assert caught.value.path == "a[1]"
    array = numpy.array(None, dtype=object)
    array[()] = array
    with pytest.raises(ValueRefusedError, match="contains itself"):
        to_plain(array)


def test_levels() -> None:
    """64 levels are accepted and 65 are not, however deep a shared part begins."""
    value: Any = []
    for _ in range(MAX_LEVELS - 1):
        value = [value]
    assert emit(to_plain(value))
    with pytest.raises(ValueRefusedError, match="64 levels"):
        to_plain([value])
    half: Any = []
    for _ in range(MAX_LEVELS // 2):
        half = [half]
    deep: Any = [half]
    for _ in range(MAX_LEVELS // 2 - 1):
        deep = [deep]
    with pytest.raises(ValueRefusedError, match="64 levels"):
        to_plain([half, deep])
    with pytest.raises(ValueRefusedError, match="64 levels"):
        to_plain({"a": numpy.zeros((1,) * 64).tolist()})
    endless: Any = []
    for _ in range(100_000):
        endless = [endless]
    with pytest.raises(ValueRefusedError, match="64 levels"):
        to_plain(endless)


@pytest.mark.parametrize("leaf", ["x", ["x"], {"a": "x"}, []])
def test_expanding_references_are_refused_at_once(leaf: Any) -> None:
    """Data that is small in memory but huge when written is refused without being walked."""
    value: Any = leaf
    for _ in range(60):
        value = [value, value]
    with pytest.raises(ValueRefusedError, match="16 MiB"):
        to_plain({"bomb": value})
    text = "x" * 1_000_000
    with pytest.raises(ValueRefusedError, match="16 MiB"):
        to_plain([text] * 17)
    with pytest.raises(ValueRefusedError, match="16 MiB"):
        to_plain(numpy.zeros(5_000_000))


def test_a_pydantic_model_that_contains_itself_is_refused() -> None:
    """A model in a circle is refused in one line, with the path."""

    class Node(pydantic.BaseModel):
        child: Any = None

    node = Node()
    node.child = node
    with pytest.raises(ValueRefusedError) as caught:
        to_plain({"a": node})
    assert caught.value.path.startswith("a")
    assert "\n" not in str(caught.value)


leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text())
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=30,
)


@settings(max_examples=200, deadline=None)
@given(values)
def test_plain_data_stays_as_it_is(value: Any) -> None:
    """Plain data comes out equal, of the same types, and a second time does not change it."""
    assert same(to_plain(value), value)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(values, st.integers(0, 12))
def test_the_lower_bound_is_one(value: Any, doublings: int) -> None:
    """What is refused for its size is too large indeed: nothing that fits is refused."""
    for _ in range(doublings):
        value = {"a": value, "b": [value]}
    try:
        emit(value)
    except ValueRefusedError:
        return
    assert same(to_plain(value), value)
