"""Every kind of repository, and every state of one, in which recording must work alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from witness import commit_file, git, name_somebody, new_repository, run_git

from gittrack.registry import ExperimentRegistry


def plain(folder: Path) -> Path:
    return new_repository(folder / "plain", commit=True)


def with_staged_changes(folder: Path) -> Path:
    place = new_repository(folder / "staged", commit=True)
    commit_file(place, "old.py", "1\n")
    (place / "new.py").write_text("2\n")
    git(place, "add", "new.py")
    git(place, "rm", "-q", "old.py")
    (place / "train.py").write_text("changed\n")
    (place / "untracked.txt").write_text("3\n")
    return place


def bare(folder: Path) -> Path:
    origin = new_repository(folder / "origin", commit=True)
    git(folder, "clone", "-q", "--bare", str(origin), str(folder / "bare.git"))
    name_somebody(folder / "bare.git")
    return folder / "bare.git"


def linked_worktree(folder: Path) -> Path:
    main = new_repository(folder / "main", commit=True)
    git(main, "worktree", "add", "-q", "-b", "side", str(folder / "linked"))
    return folder / "linked"


def shallow_clone(folder: Path) -> Path:
    origin = new_repository(folder / "origin", commit=True)
    commit_file(origin, "second.py", "2\n")
    commit_file(origin, "third.py", "3\n")
    git(folder, "clone", "-q", "--depth=1", origin.as_uri(), str(folder / "shallow"))
    name_somebody(folder / "shallow")
    assert git(folder / "shallow", "rev-parse", "--is-shallow-repository") == "true"
    return folder / "shallow"


def partial_clone(folder: Path) -> Path:
    """A clone without blobs, of an origin that has registered configs of its own."""
    origin = new_repository(folder / "origin", commit=True)
    commit_file(origin, "train.py", "print('changed')\n")
    git(origin, "config", "uploadpack.allowFilter", "true")
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    with ExperimentRegistry(origin) as registry:
        registry.register({"from": "origin"}, tags=["origin"], worktree=False)
    clone = folder / "partial"
    git(folder, "clone", "-q", "--filter=blob:none", origin.as_uri(), str(clone))
    name_somebody(clone)
    git(clone, "fetch", "-q", "origin", "refs/exptrack/*:refs/exptrack/*")
    missing = git(clone, "rev-list", "--objects", "--all", "--missing=print", "--no-object-names")
    assert "?" in missing
    return clone


def sha256(folder: Path) -> Path:
    return new_repository(folder / "sha256", commit=True, options=("--object-format=sha256",))


def reftable(folder: Path) -> Path:
    probe = run_git(folder, "init", "-q", "--ref-format=reftable", "probe")
    if probe.returncode:
        pytest.skip("this git has no reftable")
    return new_repository(folder / "reftable", commit=True, options=("--ref-format=reftable",))


def unborn(folder: Path) -> Path:
    return new_repository(folder / "unborn")


def detached(folder: Path) -> Path:
    place = new_repository(folder / "detached", commit=True)
    commit_file(place, "second.py", "2\n")
    git(place, "checkout", "-q", "--detach", "HEAD~1")
    return place


def merging(folder: Path) -> Path:
    place = _two_branches(folder / "merging")
    assert run_git(place, "merge", "side").returncode == 1
    assert (place / ".git" / "MERGE_HEAD").exists()
    return place


def rebasing(folder: Path) -> Path:
    place = _two_branches(folder / "rebasing")
    assert run_git(place, "rebase", "side").returncode == 1
    assert (place / ".git" / "rebase-merge").exists()
    return place


def separate_git_dir(folder: Path) -> Path:
    option = f"--separate-git-dir={folder / 'elsewhere.git'}"
    return new_repository(folder / "separate", commit=True, options=(option,))


def submodule(folder: Path) -> Path:
    inner = new_repository(folder / "inner", commit=True)
    outer = new_repository(folder / "outer", commit=True)
    allow = ("-c", "protocol.file.allow=always")
    git(outer, *allow, "submodule", "--quiet", "add", str(inner), "sub")
    git(outer, "commit", "-q", "-m", "Add a submodule")
    name_somebody(outer / "sub")
    return outer / "sub"


def unusual_path(folder: Path) -> Path:
    return new_repository(folder / "-a b'c\"日本\n$x", commit=True)


def _two_branches(place: Path) -> Path:
    new_repository(place, commit=True)
    git(place, "checkout", "-q", "-b", "side")
    commit_file(place, "train.py", "print('theirs')\n")
    git(place, "checkout", "-q", "main")
    commit_file(place, "train.py", "print('ours')\n")
    return place


Maker = Callable[[Path], Path]

PLACES: tuple[Maker, ...] = (
    plain,
    with_staged_changes,
    bare,
    linked_worktree,
    shallow_clone,
    partial_clone,
    sha256,
    reftable,
    unborn,
    detached,
    merging,
    rebasing,
    separate_git_dir,
    submodule,
    unusual_path,
)
