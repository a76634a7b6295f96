"""Patterns for files: git itself is the witness."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from witness import git, new_repository

from gittrack.globs import matcher

CASES = [
    ("*.yaml", "a.yaml", True),
    ("*.yaml", "deep/er/a.yaml", True),
    ("/*.yaml", "a.yaml", True),
    ("/*.yaml", "deep/a.yaml", False),
    ("configs/*.yaml", "configs/a.yaml", True),
    ("configs/*.yaml", "configs/eu/a.yaml", False),
    ("configs/**/*.yaml", "configs/a.yaml", True),
    ("configs/**/*.yaml", "configs/eu/de/a.yaml", True),
    ("configs/**", "configs/eu/a.txt", True),
    ("configs/", "configs/eu/a.txt", True),
    ("**/prod.yaml", "prod.yaml", True),
    ("**/prod.yaml", "a/b/prod.yaml", True),
    ("a?.yaml", "ab.yaml", True),
    ("a?.yaml", "a/.yaml", False),
    ("[ab].yaml", "b.yaml", True),
    ("[!ab].yaml", "b.yaml", False),
    ("[!ab].yaml", "c.yaml", True),
    ("a.yaml", "axyaml", False),
    ("*.yaml", "a.yaml\nx", False),
]


@pytest.mark.parametrize(("pattern", "path", "matches"), CASES)
def test_patterns_mean_what_they_mean_to_git(pattern: str, path: str, matches: bool) -> None:
    """Wildcards stop at slashes, `**` does not, and a bare name matches in any folder."""
    assert matcher([pattern])(path) is matches


def test_no_pattern_matches_nothing() -> None:
    """Without patterns no file is meant; several mean any of them."""
    assert not matcher([])("a.yaml")
    assert matcher(["*.json", "a.*"])("a.yaml")


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_repository(tmp_path_factory.mktemp("judge") / "repository")


PARTS = st.sampled_from(["a", "b.yaml", "*", "?", "*.yaml", "[ab]", "a*b", "[!a]*", "x-y"])
NAMES = st.sampled_from(["a", "b", "b.yaml", "a.yaml", "ab", "x-y", "axb"])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.one_of(PARTS, st.just("**")), min_size=1, max_size=4),
    st.lists(NAMES, min_size=1, max_size=4),
)
def test_git_agrees(judge: Path, parts: list[str], names: list[str]) -> None:
    """`.gitattributes` gives a file an attribute exactly where our pattern matches it."""
    pattern = "/".join(parts).replace("**/**/", "**/").replace("**/**", "**")
    assume(pattern.strip("*/"))
    (judge / ".gitattributes").write_text(f"{pattern} found=yes\n")
    path = "/".join(names)
    answer = git(judge, "check-attr", "found", "--", path)
    assert matcher([pattern])(path) is answer.endswith(": yes"), (pattern, path)
