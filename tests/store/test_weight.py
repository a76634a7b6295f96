"""What sealed runs weigh in git: how they are laid out, and what a seal writes anew."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from witness import files_in, git, name_somebody

from gittrack.store.experiments import Places, bucket_size, reserved
from gittrack.tracking.tracker import ExperimentTracker

REF = "refs/exptrack/experiments/exp"


def record(tracker: ExperimentTracker, dice: random.Random, experiment: str = "exp") -> None:
    """A run of 20 parameters, 5 metrics and 3 tags: 25 random numbers of full length."""
    with tracker.start_run(experiment, tags={"a": 1, "b": 2, "c": 3}) as run:
        run.log_params({f"param_{number}": dice.random() for number in range(20)})
        run.log_metrics({f"metric_{number}": dice.random() for number in range(5)})


def weight(repository: Path, *arguments: str) -> int:
    """Bytes of a repository's packs after `git repack` as `git gc` does it."""
    git(repository, "repack", "-adq", *arguments)
    packs = repository / ".git/objects/pack"
    return sum(path.stat().st_size for path in packs.glob("*.pack"))


def places(count: int) -> list[str]:
    """The directories of so many runs of one day."""
    taken = Places("2026-01-02", "c0ffee", 0, 0)
    return [taken.take(f"{number:020x}") for number in range(count)]


def test_a_days_first_buckets_are_small() -> None:
    """A seal writes few entries anew, however many runs a day has."""
    sizes = Counter(place.split("/")[2] for place in places(64 * 32 + 256 * 2))
    assert [sizes[name] for name in sorted(sizes)] == [64] * 32 + [256] * 2


def test_no_folder_gets_too_large() -> None:
    """700,000 runs of a day and clone fit below the limit of 3,000 entries a folder."""
    assert max(map(bucket_size, range(3000))) <= 3000
    assert sum(map(bucket_size, range(3000))) > 700_000


@given(st.integers(1, 10**9))
def test_numbers_are_reserved_little_ahead(number: int) -> None:
    """What is reserved is never behind, at most a sixteenth ahead, and stays once reserved."""
    ahead = reserved(number)
    assert number <= ahead <= number + number // 16
    assert reserved(ahead) == ahead
    assert reserved(number + 1) >= ahead


def test_a_seal_leaves_the_experiments_record_alone(repository: Path) -> None:
    """Most of many runs change nothing but their own folder; a new clone's numbers come after."""
    with ExperimentTracker(repository, capture=False, on_error="raise") as tracker:
        for _ in range(72):
            tracker.start_run("exp").end()
            tracker.seal()
    changes = git(repository, "log", "--format=", "--name-only", REF, "--", "experiment.yaml")
    assert len(changes.split()) <= len({reserved(number) for number in range(2, 74)}) < 60
    assert git(repository, "log", "-1", "--format=%B", REF).strip().startswith("Seal ")

    clone = repository.with_name("clone")
    git(repository.parent, "clone", "--quiet", "--mirror", str(repository), str(clone))
    name_somebody(clone)
    with ExperimentTracker(clone, capture=False, on_error="raise") as tracker:
        run = tracker.get_run(tracker.start_run("exp").run_id)
    assert run.number == reserved(73) == 76


def test_what_a_run_weighs(repository: Path) -> None:
    """Beside its numbers' own digits a run takes little: 25 of them are 180 bytes at the least."""
    dice, count = random.Random(1), 200
    with ExperimentTracker(repository, on_error="raise") as tracker:
        record(tracker, dice, "warm")
        before = weight(repository)
        for _ in range(count):
            record(tracker, dice)
    records = [path for path in files_in(repository, REF) if path.endswith("/run.yaml")]
    assert len(records) == count
    assert (weight(repository) - before) / count < 720
