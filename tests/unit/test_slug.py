"""Slugs: every name gets a ref that git accepts, and no two names get the same."""

from __future__ import annotations

import hashlib
import re
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gittrack.errors import UsageError
from gittrack.slug import MAX_NAME, MAX_SLUG, check_name, slug

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=120)
near_names = st.text("aA bB-._/=+@{0x~^:*", min_size=1, max_size=12)


def is_valid_ref(text: str) -> bool:
    command = ("git", "check-ref-format", f"refs/exptrack/tags/{text}")
    return subprocess.run(command, check=False).returncode == 0


@given(names | near_names)
@settings(max_examples=150, deadline=None)
def test_any_name_makes_a_ref_that_git_accepts(name: str) -> None:
    """Lower case, short, of harmless characters, never an object id, and git agrees."""
    made = slug(name)
    assert re.fullmatch(r"[a-z0-9._=+-]+", made)
    assert len(made.encode()) <= MAX_SLUG
    assert not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", made)
    assert not made.startswith(("-", "."))
    assert is_valid_ref(made)


@given(st.lists(names | near_names, unique=True, min_size=2, max_size=30))
def test_different_names_make_different_slugs(found: list[str]) -> None:
    """Also names that differ only in case, spaces or script."""
    assert len({slug(name) for name in found}) == len(found)


@given(st.from_regex(r"[a-z0-9][a-z0-9_=+]{0,60}", fullmatch=True))
def test_a_safe_name_is_its_own_slug(name: str) -> None:
    """What people call tags mostly stays readable in `git for-each-ref`."""
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", name):
        assert slug(name) == name


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("Base Line", "base-line"),
        ("ベースライン", "x"),
        ("../x", "x"),
        ("a..b", "a.b"),
        ("-x", "x"),
        ("x.lock", "x.lock"),
        ("HEAD", "head"),
        ("a/b", "a-b"),
        ("0" * 40, "0" * 40),
        ("ab" * 32, "ab" * 32),
        ("x" * 200, "x" * 91),
        ("...", "x"),
    ],
)
def test_a_name_that_loses_something_is_marked_with_its_hash(name: str, start: str) -> None:
    """A hyphen and the first eight digits of the name's SHA-256 follow."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    assert slug(name) == f"{start}-{digest}"


def test_a_name_that_looks_like_another_names_slug_is_still_another() -> None:
    """Typed by hand, the slug of `Base Line` is a name of its own: true names tell them apart."""
    made = slug("Base Line")
    assert slug(made) == made
    assert made != "Base Line"


@pytest.mark.parametrize("name", ["", " ", "\t\n", "a\nb", "a\0", "\x1b[0m", "\ud800", "a\u2028b"])
def test_what_is_no_name_is_refused(name: str) -> None:
    """Empty names and control characters cannot be tags."""
    with pytest.raises(UsageError) as caught:
        check_name(name)
    assert str(caught.value).isprintable()


def test_the_longest_name_is_255_characters() -> None:
    """One more is refused with the number."""
    assert check_name("ä" * MAX_NAME) == "ä" * MAX_NAME
    with pytest.raises(UsageError, match="256"):
        check_name("ä" * (MAX_NAME + 1))


@given(names)
def test_surrounding_space_is_no_part_of_a_name(name: str) -> None:
    """` x ` and `x` are one tag."""
    try:
        checked = check_name(name)
    except UsageError:
        return
    assert check_name(f"  {name}\t") == checked == name.strip()
