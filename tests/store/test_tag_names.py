"""Tags may be called almost anything; what cannot be a tag is refused in one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest
from witness import fsck, git, put_tree, refs, run_git

from gittrack.errors import GittrackError, NotFoundError, UsageError
from gittrack.registry import ExperimentRegistry

USUAL = (
    "baseline",
    "k=5",
    "v1.2",
    "Base Line",
    "ベースライン",
    "größer",
    "-x",
    "--upload-pack=touch x",
    "../x",
    "a/b",
    "a..b",
    "a b",
    "HEAD",
    "@",
    "@{0}",
    "x.lock",
    ".hidden",
    "trailing.",
    "a" * 255,
    "0123456789abcdef0123456789abcdef01234567",
    "0123456789abcdef" * 4,
    "x~1",
    "x^{tree}",
    "a:b",
    "*",
    "refs/heads/main",
    "$(touch x)",
    "'; DROP TABLE tag; --",
    "🚀",
    "tag.yaml",
    "a\\b",
    '"quoted"',
)


@pytest.mark.parametrize("name", USUAL)
def test_a_name_comes_back_as_it_was_given(repository: Path, name: str) -> None:
    """Tagged, listed by its true name, found, and taken away; its ref is one that git accepts."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, tags=[name])
        [tag] = registry.tags()
        assert (tag.name, tag.count, tag.newest) == (name, 1, config_id)
        git(repository, "check-ref-format", tag.ref)
        assert tag.ref in refs(repository, "refs/exptrack/tags")
        assert registry.get(config_id).tags == (name,)
        assert [r.id for r in registry.search_by_tag(name)] == [config_id]
        assert registry.get(f"tag:{name}").id == config_id
        registry.untag(config_id, name)
        assert registry.tags() == []
    assert set(refs(repository)) <= {"refs/heads/main", "refs/exptrack/catalogue", tag.ref}
    assert sorted(p.name for p in repository.iterdir()) == [".exptrack", ".git", "train.py"]
    assert fsck(repository) == ""


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 10_000, "a\nb", "a\0b", "\x1b[31mred", "\x7f", "\ud800"]
)
def test_what_cannot_be_a_tag_is_one_clear_error(repository: Path, name: str) -> None:
    """Empty, endless and unprintable names are refused before anything is written."""
    with ExperimentRegistry(repository) as registry:
        with pytest.raises(UsageError) as caught:
            registry.register({"a": 1}, tags=["good", name])
        text = str(caught.value)
        assert len(text.splitlines()) == 1
        assert len(text) < 300
        assert text.isprintable()
        assert refs(repository, "refs/exptrack") == {}
        assert not (repository / ".exptrack").exists()
        config_id = registry.register({"a": 1})
        for act in (registry.tag, registry.untag):
            with pytest.raises(UsageError):
                act(config_id, name)


def test_names_that_differ_in_case_or_script_are_two_tags(repository: Path) -> None:
    """`Base`, `base` and `BASE` do not share a ref."""
    names = ["base", "Base", "BASE", "ba-se", "ba se", "ba/se", "bä", "ba"]
    with ExperimentRegistry(repository) as registry:
        for number, name in enumerate(names):
            registry.register({"n": number}, tags=[name])
        assert sorted(tag.name for tag in registry.tags()) == sorted(names)
        for number, name in enumerate(names):
            assert registry.get(f"tag:{name}").config == {"n": number}


def test_a_ref_that_belongs_to_another_name_is_refused(repository: Path) -> None:
    """Should two true names ever share a slug, the second is told so and nothing is mixed up."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1})
        put_tree(repository, "refs/exptrack/tags/taken", {".exptrack/tag.yaml": b"name: Other\n"})
        before = refs(repository)
        for act in (registry.tag, registry.untag):
            with pytest.raises(
                UsageError, match="'taken' would share its ref with the tag 'Other'"
            ):
                act(config_id, "taken")
        with pytest.raises(UsageError):
            registry.register({"b": 1}, tags=["taken"])
        assert refs(repository) == before
        assert len(registry.list()) == 1


def test_foreign_refs_below_tags_do_no_harm(repository: Path) -> None:
    """A ref of somebody else's below refs/exptrack/tags/ is not a tag, and breaks nothing."""
    git(repository, "update-ref", "refs/exptrack/tags/foreign", "HEAD")
    blob = git(repository, "hash-object", "-w", "--stdin", stdin="no commit")
    git(repository, "update-ref", "refs/exptrack/tags/blob", blob)
    put_tree(repository, "refs/exptrack/tags/bad", {".exptrack/tag.yaml": b"!!python/object: x\n"})
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, tags=["mine"])
        assert [tag.name for tag in registry.tags()] == ["mine"]
        registry.tag(config_id, "other")
        registry.delete(config_id)
        registry.restore(config_id)
        assert registry.get(config_id).tags == ("mine", "other")
        registry.log()
        registry.log(config_id)


def test_untagging_what_is_not_tagged_changes_nothing(repository: Path) -> None:
    """All or none: one tag that the config does not bear, and it keeps the others, too."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, tags=["one", "two"])
        before = refs(repository)
        with pytest.raises(NotFoundError, match="does not bear the tag 'three'"):
            registry.untag(config_id, "one", "three")
        assert refs(repository) == before


def test_a_tag_name_like_an_option_never_reaches_git_as_one(repository: Path) -> None:
    """No name makes git run a program or read a file."""
    with ExperimentRegistry(repository) as registry:
        registry.register({"a": 1})
        for name in ("--output=/tmp/x", "-O/tmp/x", "--help", "--exec=touch x", ":/etc/passwd"):
            for act in (registry.get, registry.resolve, registry.log):
                with pytest.raises(GittrackError) as caught:
                    act(name)
                assert len(str(caught.value).splitlines()) == 1
            assert registry.search(name) == []
            assert registry.grep(name, fixed=True) == []
    assert run_git(repository, "status", "--porcelain").stdout == b"?? .exptrack/\n"
