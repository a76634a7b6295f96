"""Folding our many small packs into few, so that reading stays fast without a full `git gc`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gittrack.git.repository import Repository
from gittrack.locking import try_lock

_SMALL = 8 << 20  # bytes; a larger pack is left to the user's own gc
_MANY = 50  # git's own gc.autoPackLimit
_APART = (".keep", ".promisor", ".mtimes", ".bitmap")  # packs with a meaning of their own


@dataclass(frozen=True, slots=True)
class _Pack:
    index: Path
    size: int


def fold_small_packs(repository: Repository, *, at_least: int = _MANY) -> int:
    """Rewrite the small packs into one once there are many; returns how many were folded.

    Takes packs in growing order while each is smaller than all before it together (a geometric
    progression), so an object is rewritten a logarithmic number of times. Reachability is not
    looked at: every object of the folded packs is in the new one. A running `git gc` goes first.
    Where git cannot do it (a full disk, a gc at this moment), the packs stay as they are.
    """
    folder = _objects_folder(repository) / "pack"
    if (repository.common_dir / "gc.pid").exists() or len(_small_packs(folder)) < at_least:
        return 0
    with _alone(repository.private_dir / "folding") as alone:
        return _fold(repository, folder, at_least) if alone else 0


def _fold(repository: Repository, folder: Path, at_least: int) -> int:
    packs = _small_packs(folder)
    if len(packs) < at_least:
        return 0
    chosen = _progression(packs)
    names = "".join(f"{pack.index.stem}.pack\n" for pack in chosen)
    result = repository.runner.run(
        "pack-objects",
        "--stdin-packs",
        "--quiet",
        "--delta-base-offset",
        "--threads=1",
        str(folder / "pack"),
        stdin=names.encode(),
        accept=range(256),
    )
    if result.status:
        return 0
    made = f"pack-{result.stdout.decode().strip()}"
    for pack in chosen:
        if pack.index.stem != made and not pack.index.with_suffix(".keep").exists():
            _unlink_pack(pack.index)
    return len(chosen)


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether no other process folds now: two at once would write the same objects twice."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        yield False
        return
    try:
        # Where locks do not work, the same objects twice do no harm.
        yield try_lock(descriptor) is not False
    finally:
        os.close(descriptor)


def _objects_folder(repository: Repository) -> Path:
    return repository.common_dir / "objects"


def _small_packs(folder: Path) -> list[_Pack]:
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    packs = []
    for name in names:
        stem, dot, ending = name.rpartition(".")
        if dot + ending != ".idx" or any(stem + other in names for other in _APART):
            continue
        try:
            size = (folder / f"{stem}.pack").stat().st_size
        except FileNotFoundError:
            continue
        if size <= _SMALL:
            packs.append(_Pack(folder / name, size))
    return sorted(packs, key=lambda pack: (pack.size, pack.index.name))


def _progression(packs: list[_Pack]) -> list[_Pack]:
    total, best = 0, len(packs[:2])
    for count, pack in enumerate(packs, 1):
        if count > 1 and pack.size < total:
            best = max(best, count)
        total += pack.size
    return packs[:best]


def _unlink_pack(index: Path) -> None:
    # The index first: a pack without an index is invisible, an index without a pack is damage.
    for ending in (".idx", ".rev", ".pack"):
        index.with_suffix(ending).unlink(missing_ok=True)
