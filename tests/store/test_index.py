"""The index gives the answers of git and the work tree, however it came to be."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harms import HARMS, git_processes, harm_file
from witness import commit_all, git, new_repository, run_git

from gittrack.canonical import config_id, emit
from gittrack.registry import ExperimentRegistry

WORDS = ("alpha", "beta", "Gamma", "größer", "0.5", "lr")
TAGS = ("t", "u", "Big Tag")
QUERIES = ("n >= 5", "kind = 'alpha'", "sub.lr < 0.5", "tag:t", "not n = 3", "layers[] = 2")


def index_file(folder: Path) -> Path:
    return Path(git(folder, "rev-parse", "--path-format=absolute", "--git-common-dir")) / (
        "exptrack/index.db"
    )


def answers(registry: ExperimentRegistry) -> dict[str, object]:
    """Everything that the index is asked for."""
    return {
        "list": [r.to_dict() for r in registry.list()],
        "tags": registry.tags(),
        "damaged": registry.damaged(),
        **{f"tag {t}": [r.id for r in registry.search_by_tag(t)] for t in TAGS},
        **{f"word {w}": [r.id for r in registry.search(w)] for w in WORDS},
        **{q: [r.id for r in registry.list(where=q)] for q in QUERIES},
    }


def rebuilt(folder: Path) -> dict[str, object]:
    """The answers of an index made from nothing, the old one put back afterwards."""
    path = index_file(folder)
    kept = path.with_name("kept.db")
    path.rename(kept)
    with ExperimentRegistry(folder) as registry:
        found = answers(registry)
    kept.replace(path)
    return found


class Life:
    """A repository that things happen to at random."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.folder = new_repository(folder / f"r{seed}", commit=True)
        self.stranger = new_repository(folder / f"s{seed}", commit=True)
        git(self.folder, "branch", "bare-of-configs")
        self.registry = ExperimentRegistry(self.folder)
        self.known: list[str] = []
        self.deleted: list[str] = []

    def config(self) -> dict[str | int, object]:
        n = self.dice.randrange(40)
        return {
            "n": n,
            "kind": self.dice.choice(WORDS),
            "sub": {"lr": n / 20, "deep": {"x": None}},
            "layers": [n, 2],
            n: float("nan"),
        }

    def some(self) -> str:
        return self.dice.choice(self.known)

    def happen(self) -> None:
        acts = [self.register] * 3
        if self.known:
            acts += [self.describe, self.tag, self.tag, self.untag, self.delete, self.child]
            acts += [self.commit, self.switch, self.copy_in, self.remove_file, self.break_file]
            acts += [self.move_refs, self.rewind_tag]
        if self.deleted:
            acts += [self.restore]
        self.dice.choice(acts)()

    def register(self) -> None:
        self.known.append(
            self.registry.register(
                self.config(),
                tags=self.dice.sample(TAGS, self.dice.randrange(3)),
                description=self.dice.choice((None, "alpha one", "beta")),
                worktree=self.dice.random() < 0.7,
            )
        )

    def there(self) -> list[str]:
        return [r.id for r in self.registry.list(full=False)]

    def describe(self) -> None:
        for there in self.there()[:1]:
            self.registry.update(there, self.dice.choice(WORDS))

    def child(self) -> None:
        for parent in self.there()[:1]:
            self.known.append(self.registry.register(self.config(), parents=[parent]))

    def tag(self) -> None:
        if there := self.there():
            self.registry.tag(self.dice.choice(there), self.dice.choice(TAGS))

    def untag(self) -> None:
        tag = self.dice.choice(TAGS)
        for record in self.registry.search_by_tag(tag)[:1]:
            self.registry.untag(record.id, tag)

    def delete(self) -> None:
        if there := self.there():
            self.deleted += self.registry.delete(self.dice.choice(there))

    def restore(self) -> None:
        gone = self.deleted.pop()
        if gone not in self.there():
            self.registry.restore(gone, worktree=self.dice.random() < 0.5)

    def commit(self) -> None:
        git(self.folder, "add", "-A", "-f")
        run_git(self.folder, "commit", "-q", "-m", "state")

    def switch(self) -> None:
        self.commit()
        branch = self.dice.choice(("main", "bare-of-configs"))
        run_git(self.folder, "checkout", "-q", "-f", branch)

    def copy_in(self) -> None:
        with ExperimentRegistry(self.stranger) as registry:
            registry.register(self.config(), description="from elsewhere")
        shutil.copytree(self.stranger / ".exptrack", self.folder / ".exptrack", dirs_exist_ok=True)

    def files(self) -> list[Path]:
        return sorted(p for p in (self.folder / ".exptrack").rglob("*.yaml") if p.is_file())

    def remove_file(self) -> None:
        if files := self.files():
            self.dice.choice(files).unlink()

    def break_file(self) -> None:
        if files := self.files():
            path = self.dice.choice(files)
            replacement = path.with_name("new")
            replacement.write_bytes(b"broken: \n")
            replacement.replace(path)

    def move_refs(self) -> None:
        git(self.folder, "pack-refs", "--all")

    def rewind_tag(self) -> None:
        refs = git(self.folder, "for-each-ref", "--format=%(refname)", "refs/exptrack/tags")
        if refs:
            ref = self.dice.choice(refs.splitlines())
            if run_git(self.folder, "rev-parse", "-q", "--verify", f"{ref}^").returncode == 0:
                git(self.folder, "update-ref", ref, f"{ref}^")


def live(folder: Path, seed: int, steps: int) -> None:
    life = Life(folder, seed)
    try:
        for step in range(steps):
            life.happen()
            if life.dice.random() < 0.4:
                life.registry.list(full=False)
            if step % 8 == 7 or step == steps - 1:
                assert answers(life.registry) == rebuilt(life.folder), (seed, step)
    finally:
        life.registry.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_incremental_is_as_rebuilt(tmp_path: Path, seed: int) -> None:
    """After any sequence of events, the kept index answers as one made from nothing."""
    live(tmp_path, seed, 24)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 108))
def test_incremental_is_as_rebuilt_over_long_lives(tmp_path: Path, seed: int) -> None:
    """The same for forty longer sequences."""
    live(tmp_path, seed, 60)


@pytest.fixture
def filled(repository: Path) -> Path:
    with ExperimentRegistry(repository) as registry:
        registry.register_many([{"n": n} for n in range(10)], tags=["t"])
        registry.list()
    return repository


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("when", ["before", "while open"])
def test_a_damaged_or_foreign_index_is_made_anew(
    filled: Path, harm: Callable[[Path], None], when: str
) -> None:
    """Whatever happened to index.db, the answers are right and nobody is bothered."""
    notices: list[str] = []
    with ExperimentRegistry(filled, warn=notices.append) as registry:
        if when == "while open":
            assert len(registry.list(tag="t")) == 10
        harm_file(index_file(filled), harm, replaced=when == "while open")
        registry.register({"n": 10}, tags=["t"])
        assert len(registry.list(tag="t")) == 11
        assert len(registry.list(where="n < 5")) == 5
        assert notices == []
    with ExperimentRegistry(filled) as registry:
        assert len(registry.list(tag="t")) == 11


def test_a_private_folder_that_is_a_file_is_answered_from_memory(repository: Path) -> None:
    """Where the index cannot be kept, one notice is given and the answers are right."""
    (repository / ".git/exptrack").write_text("in the way")
    notices: list[str] = []
    with ExperimentRegistry(repository, warn=notices.append) as registry:
        for n in range(3):
            registry.register({"n": n}, tags=["t"])
            assert len(registry.search_by_tag("t")) == n + 1
    assert len(notices) == 1


def test_a_file_added_in_the_same_tick_is_seen_by_the_next_listing(
    repository: Path, tmp_path: Path
) -> None:
    """Two files put into one folder within a clock's tick, a listing between: both are seen."""
    by_shard: dict[str, list[bytes]] = {}
    for n in range(600):
        data = emit({"n": n})
        by_shard.setdefault(config_id(data)[:2], []).append(data)
    first, second = next(found[:2] for found in by_shard.values() if len(found) > 1)
    folder = repository / ".exptrack/objects" / config_id(first)[:2]
    folder.mkdir(parents=True)
    stamp = time.time_ns()
    with ExperimentRegistry(repository) as registry:
        for count, data in enumerate((first, second), 1):
            (folder / f"{config_id(data)[2:]}.yaml").write_bytes(data)
            os.utime(folder, ns=(stamp, stamp))
            assert len(registry.list()) == count
        (folder / f"{config_id(first)[2:]}.yaml").unlink()
        os.utime(folder, ns=(stamp, stamp))
        assert len(registry.list()) == 1


def test_a_listing_starts_at_most_three_git_processes(filled: Path, tmp_path: Path) -> None:
    """With a warm index, `list` asks where it is and where the refs are, and reads configs."""

    def listing() -> None:
        with ExperimentRegistry(filled) as registry:
            assert len(registry.list(tag="t", where="n < 5")) == 5

    long_ago = time.time() - 60
    for path in (filled / ".exptrack").rglob("*"):
        os.utime(path, (long_ago, long_ago))  # what has just changed is looked at once more
    listing()
    started = git_processes(listing, tmp_path / "trace")
    assert 1 <= len(started) <= 3, [c.rpartition("unpackLimit=0 ")[2] for c in started]


def test_registering_in_a_loop_starts_a_bounded_number_of_processes(
    filled: Path, tmp_path: Path
) -> None:
    """A hundred registrations share their git processes, and no gc is started."""

    def loop() -> None:
        with ExperimentRegistry(filled) as registry:
            for n in range(100):
                registry.register({"loop": n}, tags=["loop"])

    started = git_processes(loop, tmp_path / "trace")
    assert len(started) <= 15, started
    assert not [command for command in started if " gc" in command or "maintenance" in command]


def test_the_index_follows_rewritten_history(filled: Path) -> None:
    """A catalogue and a tag that were moved to other histories are taken as they are now."""
    with ExperimentRegistry(filled) as registry:
        before = registry.list()
        ref, tag = "refs/exptrack/catalogue", "refs/exptrack/tags/t"
        registry.register({"more": 1}, tags=["t"], worktree=False)
        assert len(registry.search_by_tag("t")) == 11
        for name in (ref, tag):
            git(filled, "update-ref", name, f"{name}^")
        assert registry.list() == before
        tree = git(filled, "rev-parse", f"{ref}^{{tree}}")
        orphan = git(filled, "commit-tree", tree, "-m", "squashed")
        git(filled, "update-ref", ref, orphan)
        git(filled, "update-ref", "-d", tag)
        git(filled, "reflog", "expire", "--expire=now", "--all")
        git(filled, "gc", "-q", "--prune=now")
        assert [r.id for r in registry.list()] == [r.id for r in before]
        assert registry.tags() == []
        git(filled, "update-ref", "-d", ref)
        assert len(registry.list()) == 10  # the work tree still has them
        shutil.rmtree(filled / ".exptrack")
        assert registry.list() == []


def test_a_bare_repository_follows_its_head(repository: Path, tmp_path: Path) -> None:
    """What a push brings to HEAD is listed at once, and what a push removes is gone."""
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    git(repository, "remote", "add", "bare", str(bare))
    with ExperimentRegistry(bare) as registry:
        assert registry.list() == []
        with ExperimentRegistry(repository) as source:
            config_id = source.register({"a": 1}, description="first")
        commit_all(repository)
        git(repository, "push", "-q", "bare", "main")
        assert [(r.id, r.description) for r in registry.list()] == [(config_id, "first")]
        git(repository, "reset", "-q", "--hard", "HEAD~1")
        git(repository, "push", "-q", "-f", "bare", "main")
        assert registry.list() == []
        git(bare, "symbolic-ref", "HEAD", "refs/heads/nowhere")
        assert registry.list() == []
