"""Disks that are full, folders that cannot be written: clear errors, nothing half done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from disks import fill, mounted, needs_root, remount
from witness import commit_all, fsck, git, new_repository, refs

from gittrack.errors import GittrackError
from gittrack.registry import ExperimentRegistry


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "small", "12m") as folder:
        yield folder


def one_clear_error(error: GittrackError) -> str:
    text = f"{error}\n{error.hint}" if error.hint else str(error)
    assert len(text.splitlines()) <= 2, text
    return text


def strays(folder: Path) -> list[Path]:
    return [p for p in (folder / ".exptrack").rglob("*") if p.name.endswith(".tmp")]


@needs_root
@pytest.mark.parametrize("room", [0, 4096, 40_960, 262_144])
def test_a_full_disk_is_one_error_and_registers_nothing(small_disk: Path, room: int) -> None:
    """Wherever the room ends, the listing is as before, and all works once there is room."""
    folder = new_repository(small_disk / "r", commit=True)
    with ExperimentRegistry(folder, warn=lambda _: None) as registry:
        first = registry.register({"n": -1}, tags=["t"])
        registry.list()
        filler = fill(small_disk)
        os.truncate(filler, max(filler.stat().st_size - room, 0))
        before, files = refs(folder), sorted((folder / ".exptrack").rglob("*"))
        for act in (
            lambda: registry.register_many(
                [{"n": n, "text": "x" * 2000} for n in range(200)], tags=["t"]
            ),
            lambda: registry.register_many(
                [{"n": n, "text": os.urandom(3000).hex()} for n in range(200)], worktree=False
            ),
        ):
            with pytest.raises(GittrackError) as caught:
                act()
            text = one_clear_error(caught.value)
            assert "No space left" in text or "full" in text, text
            assert refs(folder) == before
            assert [r.id for r in registry.list()] == [first]
            assert strays(folder) == []
            assert [p for p in sorted((folder / ".exptrack").rglob("*")) if p.is_file()] == [
                p for p in files if p.is_file()
            ]
        filler.unlink()
        registry.register_many([{"n": n} for n in range(20)], tags=["t"])
        assert len(registry.search_by_tag("t")) == 21
        assert registry.verify() == (21, [])
    assert fsck(folder) == ""
    assert not list((folder / ".git").glob("fast_import_crash_*"))


@needs_root
def test_a_disk_that_fills_up_while_registering_one_by_one(small_disk: Path) -> None:
    """Every registration before the error is there, and the one that failed is not."""
    folder = new_repository(small_disk / "r", commit=True)
    filler = fill(small_disk)
    os.truncate(filler, filler.stat().st_size - 3_000_000)
    done: list[str] = []
    with ExperimentRegistry(folder, warn=lambda _: None) as registry:

        def register_on_and_on() -> None:
            while True:
                config = {"n": len(done), "x": os.urandom(20_000).hex()}
                done.append(registry.register(config, tags=["t"]))

        with pytest.raises(GittrackError) as caught:
            register_on_and_on()
        one_clear_error(caught.value)
        assert {r.id for r in registry.list(full=False)} == set(done)
    filler.unlink()
    with ExperimentRegistry(folder) as registry:
        assert {r.id for r in registry.search_by_tag("t")} == set(done)
        registry.register({"room": "again"})
        assert registry.verify() == (len(done) + 1, [])
    assert fsck(folder) == ""


@needs_root
@pytest.mark.parametrize("indexed", [True, False])
def test_a_read_only_repository_answers_and_refuses_to_record(
    small_disk: Path, indexed: bool
) -> None:
    """Reading works, from an index in memory where none can be kept; recording fails."""
    folder = new_repository(small_disk / "r", commit=True)
    with ExperimentRegistry(folder) as registry:
        config_id = registry.register({"a": 1}, tags=["t"])
        if indexed:
            registry.list()
    notices: list[str] = []
    remount(small_disk, "ro")
    try:
        with ExperimentRegistry(folder, warn=notices.append) as registry:
            for _ in range(2):
                assert [r.id for r in registry.list(tag="t")] == [config_id]
                assert registry.get("t").config == {"a": 1}
            assert registry.verify() == (1, [])
            assert registry.log(config_id)
            assert len(notices) <= 1
            if not indexed:
                assert "answering from memory" in notices[0]
            for act in (
                lambda: registry.register({"b": 1}),
                lambda: registry.register({"b": 1}, worktree=False),
                lambda: registry.tag(config_id, "u"),
                lambda: registry.delete(config_id),
            ):
                with pytest.raises(GittrackError) as caught:
                    act()
                assert "ead-only" in one_clear_error(caught.value)
            assert [r.id for r in registry.list()] == [config_id]
    finally:
        remount(small_disk, "rw")
    assert fsck(folder) == ""


@needs_root
def test_a_read_only_work_tree_with_a_git_folder_that_can_be_written(
    tmp_path: Path, small_disk: Path
) -> None:
    """Files are refused with the way out; without them, recording works."""
    option = f"--separate-git-dir={tmp_path / 'elsewhere.git'}"
    folder = new_repository(small_disk / "r", commit=True, options=(option,))
    remount(small_disk, "ro")
    try:
        with ExperimentRegistry(folder) as registry:
            with pytest.raises(GittrackError) as caught:
                registry.register({"a": 1}, tags=["t"])
            assert "--no-worktree" in one_clear_error(caught.value)
            assert refs(folder, "refs/exptrack") == {}
            config_id = registry.register({"a": 1}, tags=["t"], worktree=False)
            assert registry.get("t").id == config_id
            registry.update("t", "described")
            registry.delete("t")
            registry.restore(config_id, worktree=False)
            assert registry.get("t").description == "described"
    finally:
        remount(small_disk, "rw")


OTHER_USER = 12345


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_repository_that_the_user_may_only_read(repository: Path, tmp_path: Path) -> None:
    """Somebody without write permission can read, and is told why nothing is recorded."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, tags=["t"])
    commit_all(repository)
    code = f"""if True:
        import os, sys
        from gittrack.errors import GittrackError
        from gittrack.registry import ExperimentRegistry
        notices = []
        with ExperimentRegistry({str(repository)!r}, warn=notices.append) as registry:
            assert [r.id for r in registry.list()] == [{config_id!r}]
            assert registry.get("t").config == {{"a": 1}}
            for worktree in (True, False):
                try:
                    registry.register({{"b": 1}}, worktree=worktree)
                except GittrackError as error:
                    assert "ermission denied" in str(error), error
                    assert error.hint
                else:
                    raise SystemExit("it was recorded")
            assert len(registry.list()) == 1
        assert len(notices) <= 1, notices
    """
    config = tmp_path / "readers-gitconfig"
    config.write_text("[safe]\n\tdirectory = *\n")
    for folder in (tmp_path, *tmp_path.parents):
        if not os.stat(folder).st_mode & 0o001:
            folder.chmod(0o711)
    subprocess.run(("chmod", "-R", "a+rX,go-w", str(repository)), check=True)
    probe = ("setpriv", f"--reuid={OTHER_USER}", f"--regid={OTHER_USER}", "--clear-groups")
    can_import = subprocess.run(
        (*probe, sys.executable, "-c", "import gittrack"), cwd=repository, check=False
    )
    if can_import.returncode:
        pytest.skip("another user cannot run this Python")
    environment = {**os.environ, "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": str(config)}
    result = subprocess.run(
        (*probe, sys.executable, "-c", code),
        env=environment,
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert git(repository, "status", "--porcelain") == ""
