"""`git exp fsck`: what is sound passes, and each kind of damage is named with its place."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from witness import files_in, footprint, git, new_repository, put_tree, read_blob, refs

from gittrack.cli.main import run as run_command
from gittrack.fsck import FsckReport, fsck
from gittrack.git.repository import discover
from gittrack.models import ModelRegistry
from gittrack.registry import ExperimentRegistry
from gittrack.store.session import Session
from gittrack.tracking.tracker import ExperimentTracker

EXPERIMENT = "refs/exptrack/experiments/exp"
ROOT = Path(__file__).parents[2]


def check(folder: Path) -> FsckReport:
    session = Session(discover(folder))
    try:
        return fsck(session)
    finally:
        session.close()


def reasons(folder: Path) -> list[tuple[str, str]]:
    """The end of each problem's place, and the reason."""
    return [(one.place.rpartition("/")[2], one.reason) for one in check(folder).problems]


def journals(folder: Path) -> list[Path]:
    return sorted((folder / ".git/exptrack/journal").glob("*.journal"))


@pytest.fixture
def recorded(repository: Path) -> Path:
    """A repository with configs, a tag, two runs with metrics and an artifact, and a model."""
    with ExperimentRegistry(repository) as registry:
        registry.register({"lr": 0.1}, description="first", tags=["baseline"])
        registry.register({"lr": 0.2})
    plot = repository.parent / "plot.txt"
    plot.write_text("a plot\n")
    with ExperimentTracker(repository, on_error="raise") as tracker:
        first = tracker.start_run("exp", config={"lr": 0.1})
        for step in range(4):
            first.log_metric("loss", 1 / (step + 1), step=step)
        tracker.log_artifact(plot, run=first)
        tracker.end_run(run=first)
        second = tracker.start_run("exp", config={"lr": 0.2}, parent=first)
        tracker.end_run(run=second)
        with ModelRegistry(repository) as models:
            models.register_model("churn", plot, run_id=first.run_id)
    return repository


def place(folder: Path, name: str) -> str:
    """The path of the one file of that name that runs have, or of the first."""
    return next(path for path in files_in(folder, EXPERIMENT) if path.endswith(name))


def change(folder: Path, name: str, old: bytes, new: bytes) -> None:
    """Put other bytes into a run's file, by plumbing."""
    for path in files_in(folder, EXPERIMENT):
        data = read_blob(folder, f"{EXPERIMENT}:{path}")
        if path.endswith(name) and old in data:
            put_tree(folder, EXPERIMENT, {path: data.replace(old, new, 1)})
            return
    pytest.fail(f"no {name} has {old!r}")


def test_what_is_sound_passes(recorded: Path) -> None:
    """Everything is counted, nothing is found, and nothing is changed."""
    before, tips = footprint(recorded), refs(recorded)
    report = check(recorded)
    assert report.ok, report.problems
    assert report.notes == ()
    counts = dict(report.checked)
    assert (counts["configs"], counts["tags"], counts["runs"]) == (2, 1, 2)
    assert (counts["artifacts"], counts["models"], counts["versions"]) == (1, 1, 1)
    assert (footprint(recorded), refs(recorded)) == (before, tips)


def test_an_empty_repository_passes(repository: Path) -> None:
    """Where nothing is recorded, nothing is wrong."""
    assert check(repository).ok


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("loss.csv", b"\n3,", b"\nthree,", "not a metric's history: line 5"),
        ("loss.csv", b"step,time,value", b"step;time;value", "its first line is not"),
        ("plot.txt", b"a plot", b"a PLOT", "its SHA-256 is "),
        ("plot.txt", b"a plot", b"a plan too long", "it has 16 bytes, run.yaml says 7"),
        ("config.yaml", b"0.", b"9.", "not to the config that run.yaml names"),
        ("environment.yaml", b"\n", b"\n\n", "not canonical"),
        ("run.yaml", b"status: ", b"status:  ", "not a run's record"),
        ("run.yaml", b"status: FINISHED", b"status: RESTING", "its status is 'RESTING'"),
        ("run.yaml", b"size: 7", b"size: {}", "a value has the wrong type"),
        ("run.yaml", b"count: 4", b"count: []", "a value has the wrong type"),
        ("run.yaml", b"experiment: exp", b"experiment: other", "to the experiment 'other'"),
    ],
)
def test_a_damaged_file_of_a_run_is_named(
    recorded: Path, name: str, old: bytes, new: bytes, reason: str
) -> None:
    """Whatever bytes of a run's directory are other ones, the file is named with the reason."""
    change(recorded, name, old, new)
    [(found, why)] = reasons(recorded)
    assert found == name
    assert reason in why


def test_what_is_no_commit_is_not_asked_of_git(recorded: Path) -> None:
    """The code of a run must be the id of a commit."""
    path = place(recorded, "run.yaml")
    data = read_blob(recorded, f"{EXPERIMENT}:{path}")
    wrong = re.sub(rb"  commit: .*\n", b"  commit: HEAD\n", data)
    put_tree(recorded, EXPERIMENT, {path: wrong})
    assert reasons(recorded) == [("run.yaml", "its code is no commit: 'HEAD'")]


@pytest.mark.parametrize("name", ["run.yaml", "config.yaml", "loss.csv", "plot.txt"])
def test_a_missing_file_of_a_run_is_named(recorded: Path, name: str) -> None:
    """A file that the record promises and that is not there is a problem."""
    put_tree(recorded, EXPERIMENT, {place(recorded, name): None})
    [(found, why)] = reasons(recorded)
    assert found == name
    assert "missing" in why


def test_a_history_that_lost_points_is_named(recorded: Path) -> None:
    """Fewer points than the summary says, and half a line at the end, are problems."""
    path = place(recorded, "loss.csv")
    lines = read_blob(recorded, f"{EXPERIMENT}:{path}").splitlines(keepends=True)
    put_tree(recorded, EXPERIMENT, {path: b"".join(lines[:-1])})
    assert reasons(recorded) == [("loss.csv", "it has 3 points, run.yaml says 4")]
    put_tree(recorded, EXPERIMENT, {path: b"".join(lines)[:-3]})
    assert reasons(recorded) == [("loss.csv", "it ends in the middle of a line")]


def test_a_run_at_two_places_is_named(recorded: Path) -> None:
    """The same run in two folders is a problem."""
    path = place(recorded, "run.yaml").rpartition("/")[0]
    copies: dict[str, bytes | None] = {
        name.replace("/runs", "", 1).replace(
            path, f"runs/1999-01-01/aaaaaa-00000/{path[-20:]}"
        ): read_blob(recorded, f"{EXPERIMENT}:{name}")
        for name in files_in(recorded, EXPERIMENT)
        if name.startswith(path)
    }
    put_tree(recorded, EXPERIMENT, copies)
    assert reasons(recorded) == [("run.yaml", "the same run lies elsewhere, too")]


def test_a_run_in_the_wrong_folder_is_named(recorded: Path) -> None:
    """A run whose id is not its folder's name is a problem."""
    path = place(recorded, "run.yaml")
    data = read_blob(recorded, f"{EXPERIMENT}:{path}")
    put_tree(recorded, EXPERIMENT, {f"runs/1999-01-01/aaaaaa-00000/{'0' * 20}/run.yaml": data})
    assert "not its folder's name" in " ".join(why for _, why in reasons(recorded))


def test_the_record_of_an_experiment_is_held_against_its_ref(recorded: Path) -> None:
    """Its number counter is above all numbers, its name is the ref's, and it can be read."""
    data = read_blob(recorded, f"{EXPERIMENT}:experiment.yaml")
    sound = git(recorded, "rev-parse", EXPERIMENT)
    for new, reason in (
        (data.replace(b"next_number: 3", b"next_number: 2"), "a run has the number 2"),
        (data.replace(b"name: exp", b"name: other"), "belongs to refs/exptrack/experiments/other"),
        (b"name: [exp\n", "not an experiment's record"),
        (None, "the file is missing"),
    ):
        put_tree(recorded, EXPERIMENT, {"experiment.yaml": new})
        [(found, why)] = reasons(recorded)
        assert found.endswith("experiment.yaml")
        assert reason in why
        git(recorded, "update-ref", EXPERIMENT, sound)


def test_configs_and_tags_are_held_against_the_catalogue(recorded: Path) -> None:
    """A config with other bytes, a tag of another name, a tagged config that is not registered."""
    catalogue, tag = "refs/exptrack/catalogue", "refs/exptrack/tags/baseline"
    [path] = [name for name in files_in(recorded, tag) if "/objects/" in name]
    sound = git(recorded, "rev-parse", catalogue), git(recorded, "rev-parse", tag)
    put_tree(recorded, catalogue, {path: b"lr: 9.0\n"})
    assert f"{catalogue}:{path}" in [problem.place for problem in check(recorded).problems]
    put_tree(recorded, catalogue, {path: None})
    [problem] = check(recorded).problems
    assert problem.place == f"{tag}:{path}"
    assert problem.mend.startswith("git exp restore ")
    git(recorded, "update-ref", catalogue, sound[0])
    put_tree(recorded, tag, {".exptrack/tag.yaml": b"name: other\n"})
    assert [why for _, why in reasons(recorded)] == [
        "the name 'other' belongs to the ref refs/exptrack/tags/other"
    ]


def test_pins_name_configs_that_are_stored(recorded: Path) -> None:
    """A pin to a config that is nowhere, and a file that is no pin, are problems."""
    folder = recorded / ".exptrack/pins"
    folder.mkdir()
    (folder / "prod.yaml").write_text(f"config: {'ab' * 32}\n")
    assert reasons(recorded) == [("prod.yaml", "the config abababababab is not stored here")]
    (folder / "prod.yaml").write_text("config: nothing\n")
    [(found, _)] = reasons(recorded)
    assert found == "prod.yaml:1"


def test_what_mends_is_safe_to_paste(recorded: Path) -> None:
    """A name that a shell would run is quoted in the command that is proposed."""
    ref = "refs/exptrack/tags/$(touch,x)"
    put_tree(recorded, ref, {".exptrack/format": b"1\n"})
    [problem] = check(recorded).problems
    assert problem.reason == "the file is missing"
    assert f"'{ref}'" in problem.mend


def test_a_bare_and_a_sha256_repository_pass(tmp_path: Path) -> None:
    """What is recorded without a work tree, or under other object names, is checked alike."""
    for folder in (
        new_repository(tmp_path / "bare", bare=True),
        new_repository(tmp_path / "long", commit=True, options=("--object-format=sha256",)),
    ):
        with ExperimentTracker(folder, on_error="raise") as tracker:
            run = tracker.start_run("exp", config={"lr": 0.1})
            run.log_metrics({"loss": 1.0}, step=1)
            run.log_metrics({"loss": 0.5}, step=2)
            tracker.end_run(run=run)
        report = check(folder)
        assert report.ok, report.problems
        assert report.checked["runs"] == 1


def test_an_unknown_format_is_a_problem_and_stops_no_other_check(recorded: Path) -> None:
    """A ref of a later format is named, and the rest is checked all the same."""
    put_tree(recorded, EXPERIMENT, {".exptrack/format": b"9\n"})
    report = check(recorded)
    assert "has format '9'" in report.problems[0].reason
    assert report.checked["models"] == 1


def test_models_are_held_against_their_files(recorded: Path) -> None:
    """An alias to nowhere and a version that cannot be read are problems."""
    ref = "refs/exptrack/models/churn"
    data = read_blob(recorded, f"{ref}:model.yaml")
    put_tree(recorded, ref, {"model.yaml": b"aliases:\n  prod: 7\n" + data})
    assert [why for _, why in reasons(recorded)] == [
        "the alias 'prod' names the version 7, which is not there"
    ]
    put_tree(recorded, ref, {"model.yaml": data, "versions/0/1.yaml": b"number: 1\n"})
    [(found, why)] = reasons(recorded)
    assert found == "1.yaml"
    assert "not a version's record" in why


def test_what_may_be_elsewhere_is_a_note(recorded: Path) -> None:
    """A parent run and the code of runs may be in another clone: that is no damage."""
    first = next(
        path
        for path in files_in(recorded, EXPERIMENT)
        if path.endswith("run.yaml")
        and b"\nparent: " not in read_blob(recorded, f"{EXPERIMENT}:{path}")
    ).rpartition("/")[0]
    gone = {n: None for n in files_in(recorded, EXPERIMENT) if n.startswith(f"{first}/")}
    put_tree(recorded, EXPERIMENT, gone)
    report = check(recorded)
    assert report.ok
    texts = [note.text for note in report.notes]
    assert [text for text in texts if text.startswith("its parent")]
    assert [text for text in texts if "that made it is not here" in text]


def test_a_pointer_of_git_lfs_is_held_against_the_record(repository: Path) -> None:
    """A large artifact's pointer agrees; without the content here it is a note."""
    big = repository.parent / "weights.bin"
    big.write_bytes(os.urandom(2 << 20))
    with ExperimentTracker(repository, on_error="raise") as tracker:
        run = tracker.start_run("exp")
        tracker.log_artifact(big, run=run)
        tracker.end_run(run=run)
    assert check(repository).ok
    for kept in [*(repository / ".git").glob("**/lfs/**/*")]:
        if kept.is_file():
            kept.unlink()
    report = check(repository)
    assert report.ok
    assert "Git LFS may have it elsewhere" in report.notes[0].text
    change(repository, "weights.bin", b"size 2", b"size 3")
    [(found, why)] = reasons(repository)
    assert found == "weights.bin"
    assert "bytes, run.yaml says 2,097,152" in why


def test_a_torn_journal_is_sound_and_a_damaged_one_is_not(repository: Path) -> None:
    """What a killed process leaves is no problem; a byte that was flipped before the end is."""
    body = (
        "import os, sys\nfrom gittrack.tracking.tracker import ExperimentTracker\n"
        "t = ExperimentTracker(sys.argv[1], on_error='raise')\nrun = t.start_run('exp')\n"
        "for n in range(20): run.log_metric('loss', n, step=n)\nos._exit(9)\n"
    )
    subprocess.run(
        (sys.executable, "-c", body, str(repository)),
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    [journal] = journals(repository)
    data = journal.read_bytes()
    journal.write_bytes(data[:-5])
    assert check(repository).ok
    middle = data.index(b'"metrics"')
    journal.write_bytes(data[:middle] + b"X" + data[middle + 1 :])
    [problem] = check(repository).problems
    assert problem.kind == "journal"
    assert "1 record is damaged, the first at byte" in problem.reason
    journal.write_bytes(b"X" + data[1:])
    assert "its first line is damaged" in check(repository).problems[0].reason


def test_a_live_run_is_no_problem(repository: Path) -> None:
    """A run may be live, and sealed in part by a checkpoint, while everything is checked."""
    with ExperimentTracker(repository, on_error="raise") as tracker:
        run = tracker.start_run("exp")
        run.log_metric("loss", 1.0, step=1)
        tracker.checkpoint(run.run_id)
        run.log_metric("loss", 0.5, step=2)
        report = check(repository)
        assert report.ok, report.problems
        assert report.checked["journals"] == 1
        [mark] = (repository / ".git/exptrack/journal").glob("*.place")
        mark.write_text(json.dumps({"place": f"runs/1999-01-01/aaaaaa-00000/{run.run_id}"}))
        assert "the run is sealed at" in check(repository).problems[0].reason


def test_an_index_that_is_wrong_is_named(recorded: Path) -> None:
    """An index that lacks a config, or is no database, is a problem that reindexing mends."""
    with ExperimentRegistry(recorded) as registry:
        assert len(registry.list()) == 2
    index = recorded / ".git/exptrack/index.db"
    assert check(recorded).ok
    connection = sqlite3.connect(index)
    connection.execute("DELETE FROM object WHERE config = (SELECT min(config) FROM object)")
    connection.commit()
    connection.close()
    [problem] = check(recorded).problems
    assert (problem.kind, problem.mend) == ("index", "git exp reindex")
    index.write_bytes(b"no database at all" * 100)
    assert [one.kind for one in check(recorded).problems] == ["index"]
    with ExperimentRegistry(recorded) as registry:
        registry.reindex()
    assert check(recorded).ok


def test_a_missing_git_object_is_a_problem(recorded: Path) -> None:
    """An object that git lost is named as a problem, and ends no check with an error."""
    git(recorded, "repack", "-adq")
    for pack in (recorded / ".git/objects/pack").glob("pack-*.pack"):
        lose = git(recorded, "rev-parse", f"{EXPERIMENT}:{place(recorded, 'loss.csv')}")
        moved = recorded / "moved.pack"
        pack.rename(moved)
        for other in (recorded / ".git/objects/pack").glob(f"{pack.stem}.*"):
            other.unlink()
        git(recorded, "unpack-objects", "-q", stdin=moved.read_bytes())
        (recorded / ".git/objects" / lose[:2] / lose[2:]).unlink()
    [problem] = check(recorded).problems
    assert problem.place.endswith("loss.csv")
    assert problem.mend == "git fsck --full"


def test_the_command_says_it_in_lines_and_in_json(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line a problem with what mends it, a summary, and exit status 1; `--json` has all."""
    assert run_command(["-C", str(recorded), "fsck"]) == 0
    assert capsys.readouterr().out.endswith("checked, no problems\n")
    change(recorded, "plot.txt", b"a plot", b"a PLOT")
    assert run_command(["-C", str(recorded), "fsck"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith(f"bad  {EXPERIMENT}:runs/")
    assert out[1].startswith("       mend: ")
    assert out[-1].endswith("checked, 1 problem")
    assert run_command(["-C", str(recorded), "fsck", "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["ok"] is False
    assert shown["problems"][0]["kind"] == "artifact"
