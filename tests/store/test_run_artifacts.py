"""Artifacts of runs in every kind of repository, and added by many at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import fsspec
import places
import pytest
from witness import footprint, fsck, git, install_failing_hooks
from workers import finish, start_tracking

from gittrack.errors import DataError, UsageError
from gittrack.tracking.tracker import ExperimentTracker


@pytest.mark.parametrize(
    "make",
    [places.bare, places.linked_worktree, places.sha256, places.reftable, places.unborn],
    ids=lambda make: make.__name__,
)
def test_every_kind_of_repository(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """Artifacts are logged, added and read alike everywhere, and nothing of the user's is moved."""
    folder = make(tmp_path)
    (tmp_path / "one.bin").write_bytes(b"one")
    (tmp_path / "two.bin").write_bytes(bytes(2 << 20))
    install_failing_hooks(folder, tmp_path / "hooks-ran")
    before = footprint(folder)
    with ExperimentTracker(folder, on_error="raise", capture=False) as tracker:
        with tracker.run("exp") as run:
            tracker.log_artifact(tmp_path / "one.bin")
        tracker.add_artifacts(run, tmp_path / "one.bin", "plots/one.bin")
        tracker.add_artifacts(run, tmp_path / "two.bin")
        tracker.download_artifacts(run, target=tmp_path / "out")
        made = tracker.models.register_model("m", run_id=run.run_id, artifact="two.bin")
    assert (tmp_path / "out/one.bin").read_bytes() == b"one"
    assert (tmp_path / "out/plots/one.bin").read_bytes() == b"one"
    assert (tmp_path / "out/two.bin").read_bytes() == bytes(2 << 20)
    assert (made.size, made.config_id) == (2 << 20, None)
    assert footprint(folder) == before
    assert not (tmp_path / "hooks-ran").exists()
    assert fsck(folder) == ""


def test_a_store_in_the_home_folder(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`~` in the setting is the home folder of whoever logs; a home that nobody has is refused."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "large.bin").write_bytes(bytes(2 << 20))
    git(repository, "config", "exptrack.artifactStore", "~/store")
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        with tracker.run("exp") as run:
            tracker.log_artifact(tmp_path / "large.bin")
        (artifact,) = tracker.get_run(run.run_id).artifacts
        assert artifact.store == str(tmp_path / "home/store")
        tracker.download_artifacts(run, target=tmp_path / "out")
    assert (tmp_path / "out/large.bin").stat().st_size == 2 << 20
    git(repository, "config", "exptrack.artifactStore", "~nobody-is-called-so/store")
    with (
        ExperimentTracker(repository, on_error="raise", capture=False) as tracker,
        pytest.raises(UsageError, match="nobody's home"),
        tracker.run("exp"),
    ):
        tracker.log_artifact(tmp_path / "large.bin")


def test_many_add_to_one_run(tmp_path: Path, repository: Path) -> None:
    """What several processes add to one run at the same time is all there."""
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        with tracker.run("exp") as run:
            pass
        tracker.seal()
    code = """
        import pathlib
        for number in range(3):
            file = pathlib.Path(sys.argv[3], f"{sys.argv[4]}-{number}")
            file.write_text("same")
            t.add_artifacts(sys.argv[2], file)
        t.close()
    """
    started = [start_tracking(repository, code, run.run_id, tmp_path, n) for n in range(3)]
    for process in started:
        finish(process)
    with ExperimentTracker(repository, capture=False) as tracker:
        found = tracker.list_artifacts(run)
        assert [one.path for one in found] == [f"{n}-{k}" for n in range(3) for k in range(3)]
        assert all(tracker.get_artifact(run, one.path) == b"same" for one in found)


def test_a_folder_in_a_store_elsewhere(tmp_path: Path, repository: Path) -> None:
    """Files that go to a URL go side by side; the run lists them in their order, all come back
    whole, and one that is damaged there is an error that names it."""
    git(repository, "config", "exptrack.artifactStore", f"memory://{tmp_path.name}/runs")
    git(repository, "config", "exptrack.artifactLimit", "0")
    folder = tmp_path / "made"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.bin").write_bytes(bytes([number]) * 5000)
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        with tracker.run("exp") as run:
            tracker.log_artifacts(folder)
        names = [one.path for one in tracker.get_run(run).artifacts]
        assert names == [f"{number:02}.bin" for number in range(30)]
        seen: list[tuple[int, int | None]] = []
        out = tracker.download_artifacts(
            run, target=tmp_path / "out", progress=lambda *now: seen.append(now)
        )
        assert [path.name for path in out] == names
        assert seen[-1] == (150_000, 150_000)
        assert [path.read_bytes()[0] for path in out] == list(range(30))
        digest = hashlib.sha256(bytes([7]) * 5000).hexdigest()
        there = fsspec.filesystem("memory")
        there.pipe_file(f"/{tmp_path.name}/runs/{digest[:2]}/{digest[2:4]}/{digest}", b"x" * 5000)
        with pytest.raises(DataError, match=f"{digest[:12]}.* is damaged"):
            tracker.download_artifacts(run, target=tmp_path / "again")
