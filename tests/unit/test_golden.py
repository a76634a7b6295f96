"""The test vectors of the format, which implementations in other languages can use as well."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from gittrack.canonical import config_id, emit, read
from gittrack.errors import NotCanonicalError

GOLDEN = Path(__file__).parents[1] / "golden"
VECTORS = json.loads((GOLDEN / "vectors.json").read_text("utf-8"))


def untagged(tagged: dict[str, Any]) -> Any:
    ((kind, value),) = tagged.items()
    if kind == "int":
        # In pieces, as the interpreter may be set to convert 640 digits at the most.
        number = 0
        for start in range(0, len(digits := value.lstrip("-")), 500):
            piece = digits[start : start + 500]
            number = number * 10 ** len(piece) + int(piece)
        return -number if value.startswith("-") else number
    if kind == "float":
        return struct.unpack(">d", bytes.fromhex(value))[0]
    if kind == "list":
        return [untagged(item) for item in value]
    if kind == "map":
        return {untagged(key): untagged(item) for key, item in value}
    return value


def tagged(value: Any) -> dict[str, Any]:
    if value is None:
        return {"null": None}
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": struct.pack(">d", value).hex()}
    if isinstance(value, str):
        return {"str": value}
    if isinstance(value, list):
        return {"list": [tagged(item) for item in value]}
    return {"map": [[tagged(key), tagged(item)] for key, item in value.items()]}


def unordered(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, inner),) = value.items()
    if kind == "list":
        return {kind: [unordered(item) for item in inner]}
    if kind == "map":
        return {kind: sorted(([key, unordered(item)] for key, item in inner), key=json.dumps)}
    return value


def test_the_vectors_belong_to_this_format() -> None:
    """The index says which format its files are of."""
    assert VECTORS["format"] == 1


@pytest.mark.parametrize("vector", VECTORS["canonical"], ids=lambda vector: vector["name"])
class TestCanonical:
    def test_data_gives_the_bytes(self, vector: dict[str, Any]) -> None:
        """Writing a vector's data gives its file, byte for byte."""
        path = GOLDEN / "canonical" / f"{vector['name']}.yaml"
        assert emit(untagged(vector["data"])) == path.read_bytes()

    def test_bytes_give_the_data(self, vector: dict[str, Any]) -> None:
        """Reading a vector's file gives its data, with every type."""
        path = GOLDEN / "canonical" / f"{vector['name']}.yaml"
        assert unordered(tagged(read(path.read_bytes()))) == unordered(vector["data"])

    def test_id_is_the_sha256(self, vector: dict[str, Any]) -> None:
        """A vector's id is the SHA-256 of its file."""
        data = (GOLDEN / "canonical" / f"{vector['name']}.yaml").read_bytes()
        assert config_id(data) == vector["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["name"])
def test_invalid_bytes_are_refused(vector: dict[str, str]) -> None:
    """Bytes that are not canonical are refused, though YAML readers take most of them."""
    data = (GOLDEN / "invalid" / f"{vector['name']}.yaml").read_bytes()
    with pytest.raises(NotCanonicalError):
        read(data)


def test_no_file_is_without_a_vector() -> None:
    """Every golden file is in the index, so that none is forgotten."""
    for kind in ("canonical", "invalid"):
        files = {path.stem for path in (GOLDEN / kind).iterdir()}
        assert files == {vector["name"] for vector in VECTORS[kind]}
