"""artifacts: the files of runs listed, written back and added, from Python and by commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import Exp
from test_terminal import on_terminal
from witness import footprint, fsck, git, put_tree, read_blob, refs, sha256sum

from gittrack.canonical import scalar_text
from gittrack.errors import DataError, NotFoundError, UsageError
from gittrack.runs.model import Run
from gittrack.tracking.tracker import ExperimentTracker

REF = "refs/exptrack/experiments/exp"
NOTES = "a\x1b[31mred\n"
PLOT = b"\x89PNG\x00\xff"


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise", capture=False) as tracker:
        yield tracker


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder beside the repository with `notes.txt` and `plots/deep/loss.png`."""
    folder = tmp_path / "files"
    (folder / "plots" / "deep").mkdir(parents=True)
    (folder / "notes.txt").write_text(NOTES)
    (folder / "plots" / "deep" / "loss.png").write_bytes(PLOT)
    return folder


@pytest.fixture
def run(tracker: ExperimentTracker, files: Path) -> Run:
    """A sealed run called `first` with these two artifacts."""
    with tracker.run("exp", run_name="first") as active:
        tracker.log_artifact(files / "notes.txt", artifact_type="text")
        tracker.log_artifacts(files / "plots", "plots")
    tracker.seal()
    return tracker.get_run(active.run_id)


def place_of(repository: Path, run: Run) -> str:
    """The directory of a sealed run in its experiment's tree."""
    paths = git(repository, "ls-tree", "-r", "--name-only", REF).splitlines()
    [record] = (path for path in paths if path.endswith(f"{run.run_id}/run.yaml"))
    return record.removesuffix("/run.yaml")


def rewrite(repository: Path, run: Run, old: str, new: str) -> None:
    """Change the text of a sealed run's record, by plumbing alone."""
    path = f"{place_of(repository, run)}/run.yaml"
    text = read_blob(repository, f"{REF}:{path}").decode()
    assert old in text
    put_tree(repository, REF, {path: text.replace(old, new).encode()})


def test_list(exp: Exp, run: Run) -> None:
    """A line for each artifact by its path: size, SHA-256, store, type."""
    lines = exp("artifacts", "list", "first").lines
    assert [line.split()[0] for line in lines] == ["notes.txt", "plots/deep/loss.png"]
    assert lines[0].split()[1:] == ["10", "bytes", run.artifacts[0].sha256[:12], "git", "text"]
    [first, second] = exp("artifacts", "list", "exp#1", "--json").json
    assert (first["path"], first["type"], second["size"]) == ("notes.txt", "text", len(PLOT))


def test_list_nothing(exp: Exp, tracker: ExperimentTracker) -> None:
    """A run without artifacts is said to have none; as JSON it has an empty list."""
    with tracker.run("exp", run_name="bare"):
        pass
    assert exp("artifacts", "list", "bare").err.endswith("has no artifacts\n")
    assert exp("artifacts", "list", "bare", "--json").json == []
    assert "has no artifacts" in exp("artifacts", "get", "bare", "--all").err


def test_get_everything(exp: Exp, run: Run, files: Path) -> None:
    """All artifacts are written under their own names below the folder."""
    answer = exp("artifacts", "get", "first", "--all", "-o", "out")
    assert answer.lines == ["wrote  out/notes.txt", "wrote  out/plots/deep/loss.png"]
    for name in ("notes.txt", "plots/deep/loss.png"):
        assert sha256sum(Path("out", name)) == sha256sum(files / name)


def test_get_one(exp: Exp, run: Run) -> None:
    """One artifact goes to the file that is named, or keeps its name below a folder."""
    exp("artifacts", "get", "first", "plots/deep/loss.png", "-o", "x.png")
    assert Path("x.png").read_bytes() == PLOT
    Path("out").mkdir()
    exp("artifacts", "get", "first", "notes.txt", "-o", "out")
    exp("artifacts", "get", "first", "plots/", "-o", "new/")
    assert Path("out/notes.txt").read_text() == NOTES
    assert Path("new/plots/deep/loss.png").read_bytes() == PLOT
    exp("artifacts", "get", "first", "notes.txt")
    assert Path("notes.txt").exists()


def test_get_never_overwrites(exp: Exp, run: Run) -> None:
    """Where one file exists, none is written, unless --force says so; links are not followed."""
    Path("out/plots/deep").mkdir(parents=True)
    Path("secret").write_text("mine")
    Path("out/plots/deep/loss.png").symlink_to(Path("secret").absolute())
    refused = exp("artifacts", "get", "first", "--all", "-o", "out", status=2)
    assert refused.err.startswith("error: out/plots/deep/loss.png exists already\n")
    assert not Path("out/notes.txt").exists()
    exp("artifacts", "get", "first", "--all", "-o", "out", "--force")
    assert Path("secret").read_text() == "mine"
    assert Path("out/plots/deep/loss.png").read_bytes() == PLOT
    assert "exists" in exp("artifacts", "get", "first", "notes.txt", "-o", "secret", status=2).err


def test_get_never_follows_a_linked_folder(exp: Exp, run: Run, tmp_path: Path) -> None:
    """A link in place of a folder of artifacts is refused: it could lead anywhere."""
    Path("out").mkdir()
    Path("out/plots").symlink_to(tmp_path)
    assert "is a link" in exp("artifacts", "get", "first", "plots", "-o", "out", status=2).err
    assert not (tmp_path / "deep").exists()


def test_what_cannot_be_got(exp: Exp, run: Run) -> None:
    """A wrong name gets a suggestion; what makes no sense is refused."""
    assert "'plots/deep/loss.png'?" in exp("artifacts", "get", "@", "plots/los.png", status=1).err
    assert "artifacts list" in exp("artifacts", "get", "@", "zzz", status=1).err
    assert "--all" in exp("artifacts", "get", "@", status=2).err
    assert "--all" in exp("artifacts", "get", "@", "--all", "notes.txt", status=2).err
    assert "takes one" in exp("artifacts", "get", "@", "--all", "-o", "-", status=2).err
    assert "is a folder" in exp("artifacts", "get", "@", "plots", "-o", "-", status=2).err


@pytest.mark.slow
def test_standard_output(run: Run, repository: Path) -> None:
    """Bytes go to standard output as they are; on a terminal they cannot act on it."""
    command = (sys.executable, "-m", "gittrack", "artifacts", "get", "first")
    piped = subprocess.run(
        (*command, "plots/deep/loss.png", "-o", "-"),
        cwd=repository,
        capture_output=True,
        check=True,
    )
    assert piped.stdout == PLOT
    assert on_terminal(repository, *command, "notes.txt", "-o", "-") == (0, "a\\x1b[31mred\n")


def test_damaged_content_is_never_written(exp: Exp, run: Run, repository: Path) -> None:
    """Content that is not what its record says is an error, and no file appears."""
    path = f"{place_of(repository, run)}/artifacts/notes.txt"
    put_tree(repository, REF, {path: NOTES.upper().encode()})
    answer = exp("artifacts", "get", "first", "notes.txt", "-o", "out.txt", status=3)
    assert "is damaged: its SHA-256 is" in answer.err
    assert not Path("out.txt").exists()


@pytest.mark.parametrize("path", ["../../evil", "/tmp/evil", ".git/hooks/post-checkout", "a\nb"])
def test_a_record_that_leads_out_of_its_run(
    exp: Exp, run: Run, repository: Path, path: str
) -> None:
    """A name that would be written elsewhere, as a hostile clone may have it, is refused."""
    rewrite(repository, run, "path: notes.txt", f"path: {scalar_text(path)}")
    before = sorted(repository.parent.rglob("*evil*"))
    for arguments in (["list", "@"], ["get", "@", "--all", "-o", "out"]):
        assert "record of an artifact is damaged" in exp("artifacts", *arguments, status=3).err
    assert sorted(repository.parent.rglob("*evil*")) == before
    assert not Path("out").exists()


@pytest.mark.parametrize("wrong", ['size: "10"', "path: 1", 'sha256: "../x"', "store: 1"])
def test_a_record_of_other_types(
    tracker: ExperimentTracker, run: Run, repository: Path, wrong: str
) -> None:
    """A record whose fields are none is damaged, whoever wrote it."""
    right = {
        "size": "size: 10",
        "path": "path: notes.txt",
        "sha256": f"sha256: {scalar_text(run.artifacts[0].sha256)}",
        "store": "size: 10",
    }[wrong.partition(":")[0]]
    new = f"size: 10\n    {wrong}" if wrong.startswith("store") else wrong
    rewrite(repository, run, right, new)
    with pytest.raises(DataError, match="damaged"):
        tracker.list_artifacts(run.run_id)


def test_a_store_that_nobody_chose(exp: Exp, run: Run, repository: Path, tmp_path: Path) -> None:
    """What a record says of a store is shown; it is opened when the user's settings name it."""
    store = tmp_path / "elsewhere"
    git(repository, "config", "exptrack.artifactLimit", "1")
    git(repository, "config", "exptrack.artifactStore", str(store))
    Path("big.bin").write_bytes(b"big")
    assert exp("artifacts", "put", "first", "big.bin").out.split()[-1] == str(store)
    exp("artifacts", "get", "first", "big.bin", "-o", "copy")
    assert Path("copy").read_bytes() == b"big"
    git(repository, "config", "--unset", "exptrack.artifactStore")
    refused = exp("artifacts", "get", "first", "big.bin", "-o", "other", status=2)
    assert "not your exptrack.artifactStore" in refused.err
    assert f"git config exptrack.artifactStore {store}" in refused.err
    assert fsck(repository) == ""


def test_large_contents(exp: Exp, run: Run, repository: Path) -> None:
    """Large files come back from Git LFS's store and from git alike."""
    data = os.urandom(9 << 20)
    Path("large.bin").write_bytes(data)
    exp("artifacts", "put", "first", "large.bin", "--name", "lfs.bin")
    git(repository, "config", "exptrack.artifactStore", "git")
    exp("artifacts", "put", "first", "large.bin", "--name", "git.bin")
    stores = {a["path"]: a["store"] for a in exp("artifacts", "list", "@", "--json").json}
    assert (stores["lfs.bin"], stores["git.bin"]) == ("lfs", "git")
    exp("artifacts", "get", "first", "lfs.bin", "git.bin", "-o", "out")
    assert {path.name for path in Path("out").iterdir()} == {"lfs.bin", "git.bin"}
    assert all(path.read_bytes() == data for path in Path("out").iterdir())


def test_a_stream_may_be_left(tracker: ExperimentTracker, run: Run, repository: Path) -> None:
    """Reading a part of a large artifact leaves the tracker as usable as before."""
    git(repository, "config", "exptrack.artifactStore", "git")
    (repository / "large.bin").write_bytes(bytes(9 << 20))
    with ExperimentTracker(repository, capture=False) as other:
        other.add_artifacts(run, repository / "large.bin")
        with other.open_artifact(run, "large.bin") as stream:
            assert stream.read(10) == bytes(10)
            assert other.get_artifact(run, "notes.txt") == NOTES.encode()
    assert tracker.get_artifact(run.run_id, "large.bin") == bytes(9 << 20)


def test_put_a_file(exp: Exp, run: Run, repository: Path) -> None:
    """A file is added to a run that has ended, in one commit that plain git shows."""
    before = footprint(repository)
    source = repository.parent / "more.txt"
    source.write_text("more")
    shown = exp("artifacts", "put", "first", source, "--type", "text", "--json").json
    assert [(one["path"], one["type"], one["store"]) for one in shown] == [
        ("more.txt", "text", "git")
    ]
    path = f"{REF}:{place_of(repository, run)}/artifacts/more.txt"
    assert read_blob(repository, path) == b"more"
    assert (
        git(repository, "log", "-1", "--format=%s", REF) == f"artifact more.txt: run {run.run_id}"
    )
    assert footprint(repository) == before
    assert not list((repository / ".git/exptrack/artifacts").glob("??/??/*"))
    assert len(exp("artifacts", "list", "first").lines) == 3


def test_put_a_folder(exp: Exp, run: Run, files: Path) -> None:
    """The files of a folder lie below its name, or below the name that is given."""
    exp("artifacts", "put", "first", files)
    exp("artifacts", "put", "first", f"{files}/plots/..", "--name", "a/b")
    paths = [one["path"] for one in exp("artifacts", "list", "first", "--json").json]
    assert {"files/notes.txt", "files/plots/deep/loss.png", "a/b/notes.txt"} <= set(paths)
    Path("empty").mkdir()
    Path("empty/link").symlink_to("/etc/passwd")
    assert (
        "empty/link is left out: it is a link"
        in exp("artifacts", "put", "first", "empty", status=2).err
    )
    assert "holds no files" in exp("artifacts", "put", "first", "empty", status=2).err


def test_put_replaces_with_force(exp: Exp, run: Run, repository: Path) -> None:
    """Another content needs --force and is in the history still; the same again does nothing."""
    Path("notes.txt").write_text("new")
    assert "another artifact" in exp("artifacts", "put", "first", "notes.txt", status=2).err
    exp("artifacts", "put", "first", "notes.txt", "--force")
    tip = refs(repository)[REF]
    exp("artifacts", "put", "first", "notes.txt", "--type", "")
    path = f"{place_of(repository, run)}/artifacts/notes.txt"
    assert read_blob(repository, f"{tip}:{path}") == b"new"
    assert read_blob(repository, f"{tip}^:{path}") == NOTES.encode()


def test_put_moves_between_stores(exp: Exp, run: Run, repository: Path, tmp_path: Path) -> None:
    """A content that replaces one in git and lies elsewhere leaves no file in git behind."""
    git(repository, "config", "exptrack.artifactLimit", "1")
    git(repository, "config", "exptrack.artifactStore", str(tmp_path / "store"))
    Path("notes.txt").write_text("new")
    exp("artifacts", "put", "first", "notes.txt", "--force")
    paths = git(repository, "ls-tree", "-r", "--name-only", REF).splitlines()
    assert not [path for path in paths if path.endswith("notes.txt")]
    exp("artifacts", "get", "first", "notes.txt", "-o", "copy")
    assert Path("copy").read_text() == "new"


@pytest.mark.parametrize("name", ["../x", "/x", ".git/config", "plots", "notes.txt/x", "con"])
def test_names_that_cannot_be_put(exp: Exp, run: Run, repository: Path, name: str) -> None:
    """A name that leads out of the run, or would be file and folder at once, changes nothing."""
    Path("x").write_text("x")
    tip = refs(repository)[REF]
    exp("artifacts", "put", "first", "x", "--name", name, status=2)
    assert refs(repository)[REF] == tip


def test_put_to_a_live_run(exp: Exp, tracker: ExperimentTracker) -> None:
    """A run that another process has open takes artifacts from that process only."""
    active = tracker.start_run("exp", "lively")
    tracker.checkpoint(active)
    Path("x").write_text("x")
    assert "it is live" in exp("artifacts", "put", "lively", "x", status=2).err
    with (
        ExperimentTracker(Path(), capture=False) as other,
        pytest.raises(UsageError, match="is live"),
    ):
        other.add_artifacts(active.run_id, "x")
    active.end()


def test_put_what_is_not_there(exp: Exp, run: Run) -> None:
    """A file that is missing, or that is no file, is named."""
    os.mkfifo("pipe")
    assert "no file missing" in exp("artifacts", "put", "first", "missing", status=1).err
    assert "a pipe" in exp("artifacts", "put", "first", "pipe", status=2).err


def test_artifacts_of_a_live_run(tracker: ExperimentTracker, files: Path) -> None:
    """What a live run has logged can be read at once, the last content of a name."""
    with tracker.run("exp") as active:
        tracker.log_artifact(files / "notes.txt")
        tracker.checkpoint(active)
        (files / "notes.txt").write_text("again")
        tracker.log_artifact(files / "notes.txt")
        assert tracker.get_artifact(active, "notes.txt") == b"again"
    tracker.seal()
    assert tracker.get_artifact(active, "notes.txt") == b"again"


def test_from_python(tracker: ExperimentTracker, run: Run, tmp_path: Path) -> None:
    """A script reads and writes artifacts by the same rules as the command line."""
    assert [one.path for one in tracker.list_artifacts(run)] == ["notes.txt", "plots/deep/loss.png"]
    written = tracker.download_artifacts(run, "plots", target=tmp_path / "out")
    assert written == [tmp_path / "out/plots/deep/loss.png"]
    told: list[tuple[int, int | None]] = []
    tracker.download_artifacts(
        run, target=tmp_path / "all", progress=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (10 + len(PLOT), 10 + len(PLOT))
    with pytest.raises(NotFoundError, match="no artifact 'x'"):
        tracker.get_artifact(run, "x")
