"""Meta records and tag files: to bytes and back, and what several records say together."""

from __future__ import annotations

import hashlib
from itertools import permutations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gittrack.codec import (
    decode_record,
    decode_tag,
    encode_record,
    encode_tag,
    fold,
    record_name,
)
from gittrack.errors import DataError
from gittrack.ids import ConfigId
from gittrack.model import MetaRecord

texts = st.text(st.characters(codec="utf-8"), max_size=30)
ids = st.binary(min_size=32, max_size=32).map(lambda raw: ConfigId(raw.hex()))
times = st.datetimes().map(lambda d: d.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0"))
records = st.builds(
    MetaRecord,
    created_at=times,
    author=texts,
    description=st.none() | texts,
    parents=st.lists(ids, unique=True, max_size=3).map(tuple),
    source=st.none() | texts,
)


@given(records)
def test_a_record_comes_back_as_it_was(record: MetaRecord) -> None:
    """Bytes and back is the same record; PyYAML reads the same fields."""
    data = encode_record(record)
    assert decode_record(data) == record
    seen = yaml.safe_load(data)
    assert seen["author"] == record.author
    assert seen["created_at"] == record.created_at
    assert seen.get("description") == record.description
    assert tuple(seen.get("parents", ())) == record.parents
    assert record_name(data) == hashlib.sha256(data).hexdigest()[:12]


def test_a_record_says_only_what_there_is_to_say() -> None:
    """Fields without a value are not written."""
    data = encode_record(MetaRecord("2026-11-01T00:00:00.000000Z", "Ada"))
    assert data == b'author: Ada\ncreated_at: "2026-11-01T00:00:00.000000Z"\n'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"- 1\n",
        b"author: Ada\n",
        b"author: Ada\ncreated_at: yesterday\n",
        b"author: Ada\ncreated_at: 5\n",
        b'author: 1\ncreated_at: "2026-11-01T00:00:00Z"\n',
        b'created_at: "2026-11-01T00:00:00Z"\nparents:\n  - abc\n',
        b'created_at: "2026-11-01T00:00:00Z"\nparents: abc\n',
        b'created_at: "2026-11-01T00:00:00Z"\nunknown: 1\n',
        b'created_at:  "2026-11-01T00:00:00Z"\n',
        b'created_at: "2026-11-01T00:00:00Z"\ndescription: 3\n',
        b"author: !!python/name:os.system\n",
    ],
)
def test_what_is_no_record_is_refused_in_a_line(data: bytes) -> None:
    """A damaged record is an error that names what is wrong, never a guess."""
    with pytest.raises(DataError) as caught:
        decode_record(data)
    assert str(caught.value).startswith("not a meta record")
    assert len(str(caught.value).splitlines()) == 1


def named(record: MetaRecord) -> tuple[str, MetaRecord]:
    return record_name(encode_record(record)), record


@given(st.lists(records, max_size=5, unique_by=lambda r: named(r)[0]), st.randoms())
def test_folding_does_not_depend_on_order(found: list[MetaRecord], dice: object) -> None:
    """Every clone, whatever the order in which it got the records, folds them to the same."""
    shuffled = list(found)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(map(named, shuffled)) == fold(map(named, found))


def test_the_earliest_registers_and_the_latest_describes() -> None:
    """Parents add up; a description that was taken away is gone; the first source stays."""
    parents = [ConfigId(digit * 64) for digit in "abc"]
    first = MetaRecord("2026-11-01T00:00:00.000000Z", "Ada", "one", (parents[0],), "a.yaml")
    second = MetaRecord("2026-11-02T00:00:00.000000Z", "Bob", None, (parents[1],), "b.yaml")
    third = MetaRecord("2026-11-03T00:00:00.000000Z", "Eve", "two", (parents[0], parents[2]))
    for order in permutations((first, second, third)):
        known = fold(map(named, order))
        assert (known.created_at, known.author, known.source) == (
            first.created_at,
            "Ada",
            "a.yaml",
        )
        assert known.description == "two"
        assert known.parents == tuple(parents)
    taken_away = MetaRecord("2026-11-04T00:00:00.000000Z", "Eve", "")
    assert fold(map(named, (taken_away, third, first))).description == ""


def test_no_record_at_all_is_no_error() -> None:
    """A config whose records were lost has an empty description and no author."""
    known = fold([])
    assert (known.created_at, known.author, known.description, known.parents) == ("", "", "", ())


@given(texts.filter(bool))
def test_a_tags_true_name_comes_back(name: str) -> None:
    """Whatever the name, tag.yaml holds it, and PyYAML reads it."""
    data = encode_tag(name)
    assert decode_tag(data) == name
    assert yaml.safe_load(data) == {"name": name}


@pytest.mark.parametrize("data", [b"", b"name: 3\n", b"- a\n", b"nam: x\n", b"name:  x\n", b"\xff"])
def test_what_is_no_tag_file_is_refused(data: bytes) -> None:
    """A ref of somebody else's is no tag."""
    with pytest.raises(DataError, match="not a tag file"):
        decode_tag(data)
