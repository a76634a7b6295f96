"""Histories of several clones, merged in every order: the same trees, and nothing lost."""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime, tzinfo
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from witness import files_in, fsck, git, new_repository, put_tree, read_blob, refs

from gittrack.canonical import config_id, emit, read
from gittrack.errors import DataError, GittrackError, NotFoundError, RepositoryError
from gittrack.fsck import fsck as check_all
from gittrack.git.importer import Importer
from gittrack.git.repository import discover
from gittrack.ids import ObjectId
from gittrack.models import ModelRegistry
from gittrack.registry import ExperimentRegistry
from gittrack.store.code import CODE, capture_code
from gittrack.store.publishing import Publisher
from gittrack.store.session import Session
from gittrack.sync.mending import restore_tagged
from gittrack.sync.merging import Merged, Refusal, merge_tips
from gittrack.tracking.tracker import ExperimentTracker

CATALOGUE = "refs/exptrack/catalogue"
BASE = "refs/exptrack/tags/base"
STUDY = "refs/exptrack/experiments/study"
CHURN = "refs/exptrack/models/churn"


class Clone:
    """A repository with all that records in it; `sync` takes what another one has."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = new_repository(folder)
        self.registry = stack.enter_context(ExperimentRegistry(self.folder, warn=lambda _: None))
        self.tracker = stack.enter_context(
            ExperimentTracker(self.folder, on_error="raise", capture=False)
        )
        self.models = stack.enter_context(ModelRegistry(self.folder))
        self.session = Session(discover(self.folder))
        stack.callback(self.session.close)
        self.publisher = Publisher(self.session)
        self.importer = Importer(self.session.repository)
        stack.callback(self.importer.release, at_once=True)
        self.refused: list[Refusal] = []

    def sync(self, other: Clone) -> None:
        """Fetch the other's refs, and merge each with what is here."""
        git(self.folder, "fetch", "-q", str(other.folder), "+refs/exptrack/*:refs/other/*")
        here = refs(self.folder, "refs/exptrack/")
        for name, tip in refs(self.folder, "refs/other/").items():
            ref = name.replace("refs/other/", "refs/exptrack/")
            tips = [ObjectId(tip)] + ([ObjectId(here[ref])] if ref in here else [])
            merged = self.merge(ref, *tips)
            if merged.commit is not None and merged.commit != here.get(ref):
                git(self.folder, "update-ref", ref, merged.commit)
        mended = restore_tagged(self.session, self.importer)
        if mended is not None:
            git(self.folder, "update-ref", CATALOGUE, mended)

    def merge(self, ref: str, *tips: str) -> Merged:
        merged = merge_tips(self.session, ref, [ObjectId(tip) for tip in tips], self.importer)
        self.refused += merged.refused
        return merged

    def run(self, experiment: str = "study", **metrics: float) -> str:
        """A finished, sealed run; its id."""
        with self.tracker.run(experiment, config={"lr": 0.1}) as run:
            for key, value in metrics.items():
                for step in range(3):
                    self.tracker.log_metric(key, value + step, step)
        self.tracker.seal()
        return run.run_id

    def trees(self) -> dict[str, str]:
        return {
            r: git(self.folder, "rev-parse", f"{r}^{{tree}}")
            for r in refs(self.folder)
            if r.startswith("refs/exptrack/")
        }

    def record(self, path: str, ref: str = STUDY) -> Any:
        return read(read_blob(self.folder, f"{ref}:{path}"))

    def files(self, ref: str) -> set[str]:
        return set(files_in(self.folder, ref))

    def complaints(self) -> list[str]:
        """What plain git and our own check have to say against it."""
        report = check_all(self.session)
        return [*filter(None, [fsck(self.folder)]), *map(str, report.problems)]


@contextmanager
def cloned(folder: Path, count: int) -> Iterator[list[Clone]]:
    with ExitStack() as stack:
        yield [Clone(folder / str(number), stack) for number in range(count)]


@pytest.fixture
def clones(tmp_path: Path) -> Iterator[list[Clone]]:
    with cloned(tmp_path, 3) as clones:
        yield clones


def meet(*clones: Clone) -> None:
    """Sync until all have the same refs; two rounds must do."""
    for _ in range(2):
        for one, other in itertools.permutations(clones, 2):
            one.sync(other)
        if len({tuple(sorted(refs(c.folder, "refs/exptrack/").items())) for c in clones}) == 1:
            return
    pytest.fail("the clones do not converge")


def in_every_order(judge: Clone, clones: Sequence[Clone]) -> None:
    """What three clones have now gives one tree a ref, in whatever order their tips are merged."""
    tips: dict[str, list[str]] = {}
    for number, clone in enumerate(clones):
        git(judge.folder, "fetch", "-q", str(clone.folder), f"+refs/exptrack/*:refs/c{number}/*")
        for ref, tip in refs(clone.folder, "refs/exptrack/").items():
            tips.setdefault(ref, []).append(tip)
    for ref, all_tips in tips.items():
        at_once = judge.merge(ref, *all_tips).commit
        results = {git(judge.folder, "rev-parse", f"{at_once}^{{tree}}")}
        for order in itertools.permutations(all_tips):
            commit = order[0]
            for tip in order[1:]:
                commit = judge.merge(ref, commit, tip).commit or ""
            results.add(git(judge.folder, "rev-parse", f"{commit}^{{tree}}"))
        assert len(results) == 1, (ref, all_tips, results)


class Day(datetime):
    """The day on which all of it happens."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Day:
        return cls(2026, 1, 1, tzinfo=tz)


def make_repeatable(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Ids and moments from a seed: the same work writes the same commits in every run."""
    chance, moments = random.Random(seed), itertools.count(1_767_225_600_000_000_000, 10**9)
    monkeypatch.setattr(os, "urandom", chance.randbytes)
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(nodename="host"))
    monkeypatch.setattr(time, "time_ns", lambda: next(moments))
    monkeypatch.setattr("gittrack.store.sealing.datetime", Day)


RARE = ("do_delete", "do_untag", "do_rename")


class Chaos:
    """Random operations on a clone; one that makes no sense there is left out."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def step(self, clone: Clone) -> None:
        self.count += 1
        names = [name for name in dir(self) if name.startswith("do_")]
        names += [name for name in names if not name.startswith(RARE)] * 3
        with suppress(GittrackError):
            getattr(self, self.random.choice(names))(clone)

    def config(self) -> dict[str, int]:
        return {"lr": self.random.randrange(3)}

    def name(self, clone: Clone) -> str:
        return config_id(emit(dict(self.config())))

    def a_run(self, clone: Clone) -> str:
        runs = sorted(run.run_id for run in clone.tracker.list_runs())
        if not runs:
            raise NotFoundError("no run here")
        return self.random.choice(runs)

    def a_version(self) -> tuple[str, int]:
        return "churn", self.random.randrange(1, 4)

    def do_register(self, clone: Clone) -> None:
        clone.registry.register(self.config(), description=f"d{self.count}", worktree=False)

    def do_describe(self, clone: Clone) -> None:
        clone.registry.update(self.name(clone), f"said {self.count}")

    def do_delete(self, clone: Clone) -> None:
        clone.registry.delete(self.name(clone))

    def do_restore_config(self, clone: Clone) -> None:
        clone.registry.restore(self.name(clone), worktree=False)

    def do_tag(self, clone: Clone) -> None:
        clone.registry.tag(self.name(clone), "base")

    def do_untag(self, clone: Clone) -> None:
        clone.registry.untag(self.name(clone), "base")

    def do_run(self, clone: Clone) -> None:
        clone.run(loss=self.count)

    def do_tag_run(self, clone: Clone) -> None:
        key = self.random.choice("ab")
        clone.tracker.set_tag(key, self.random.choice([None, self.count]), run=self.a_run(clone))

    def do_note(self, clone: Clone) -> None:
        clone.tracker.log_note(f"note {self.random.randrange(4)}", run=self.a_run(clone))

    def do_validate(self, clone: Clone) -> None:
        clone.tracker.log_validation(self.a_run(clone), "ttpt", self.random.random() < 0.5)

    def do_delete_run(self, clone: Clone) -> None:
        clone.tracker.delete_run(self.a_run(clone))

    def do_restore_run(self, clone: Clone) -> None:
        deleted = clone.tracker.list_deleted_runs()
        if deleted:
            clone.tracker.restore_run(deleted[0].run.run_id)

    def do_describe_experiment(self, clone: Clone) -> None:
        clone.tracker.update_experiment("study", description=f"study {self.count}")

    def do_tag_experiment(self, clone: Clone) -> None:
        key = self.random.choice("ab")
        value = self.random.choice([None, self.count])
        clone.tracker.update_experiment("study", tags={key: value})

    def do_summarize_experiment(self, clone: Clone) -> None:
        clone.tracker.log_experiment_summary("study", {self.random.choice("ab"): self.count % 3})

    def do_delete_experiment(self, clone: Clone) -> None:
        clone.tracker.delete_experiment("study")

    def do_restore_experiment(self, clone: Clone) -> None:
        clone.tracker.restore_experiment("study")

    def do_register_model(self, clone: Clone) -> None:
        aliases = ["champion"] if self.random.random() < 0.5 else []
        clone.models.register_model("churn", description=f"v {self.count}", aliases=aliases)

    def do_alias(self, clone: Clone) -> None:
        clone.models.set_alias(
            "churn", self.random.choice(["champion", "old"]), self.a_version()[1]
        )

    def do_delete_alias(self, clone: Clone) -> None:
        clone.models.delete_alias("churn", self.random.choice(["champion", "old"]))

    def do_stage(self, clone: Clone) -> None:
        stage = self.random.choice(["Staging", "Production", "Archived"])
        clone.models.transition_stage(*self.a_version(), stage)

    def do_delete_version(self, clone: Clone) -> None:
        clone.models.delete_version(*self.a_version())

    def do_restore_version(self, clone: Clone) -> None:
        clone.models.restore_version(*self.a_version())

    def do_describe_version(self, clone: Clone) -> None:
        clone.models.update_version(*self.a_version(), description=f"v {self.count}")

    def do_describe_model(self, clone: Clone) -> None:
        clone.models.update_model("churn", description=f"m {self.count}", tags={"k": self.count})

    def do_delete_model(self, clone: Clone) -> None:
        clone.models.delete_model("churn")

    def do_restore_model(self, clone: Clone) -> None:
        clone.models.restore_model("churn")

    def do_rename_model(self, clone: Clone) -> None:
        clone.models.rename(*self.random.sample(["churn", "fraud"], 2))


@pytest.mark.slow
def test_three_clones_converge_whatever_they_do_and_in_every_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random work with syncs between any two; at the end all orders of merging give one tree."""
    let_chaos_reign(tmp_path, 1, 40, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 13])
def test_three_clones_converge_after_long_work(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with more of everything."""
    let_chaos_reign(tmp_path, seed, 120, monkeypatch)


def let_chaos_reign(tmp_path: Path, seed: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    make_repeatable(monkeypatch, seed)
    with cloned(tmp_path, 4) as (judge, *clones):
        chaos = Chaos(seed)
        for number in range(steps):
            chaos.step(chaos.random.choice(clones))
            if number % 6 == 5:
                one, other = chaos.random.sample(clones, 2)
                one.sync(other)
        in_every_order(judge, clones)
        meet(*clones)
        assert clones[0].complaints() == []
        assert [clone.refused for clone in [judge, *clones]] == [[], [], [], []]


def path_of(config: str) -> str:
    return f".exptrack/objects/{config[:2]}/{config[2:]}.yaml"


class TestDeletions:
    """A removal takes away what it knew of; what was said meanwhile elsewhere brings it back."""

    def test_a_config_described_elsewhere_is_not_lost(self, clones: list[Clone]) -> None:
        """Its object and all its records are there again, and nothing of another deleted one."""
        one, other, _ = clones
        kept = one.registry.register({"lr": 1}, description="first", tags=["base"], worktree=False)
        gone = one.registry.register({"lr": 2}, description="gone", worktree=False)
        other.sync(one)
        one.registry.delete(kept, gone)
        other.registry.update(kept, "second")
        meet(*clones)
        assert one.registry.get(kept).description == "second"
        names = one.files(CATALOGUE)
        assert len([name for name in names if kept[2:] in name]) == 3
        assert not [name for name in names if gone[2:] in name]
        assert one.complaints() == []

    def test_a_config_tagged_elsewhere_is_not_lost(self, clones: list[Clone]) -> None:
        """The tag says that it is wanted: it is in the catalogue again as it was."""
        one, other, _ = clones
        config = one.registry.register({"lr": 1}, description="first", worktree=False)
        other.sync(one)
        one.registry.delete(config)
        other.registry.tag(config, "base")
        meet(*clones)
        for clone in clones:
            assert clone.registry.get(config).description == "first"
            assert clone.registry.get(config).tags == ("base",)
            assert clone.complaints() == []

    def test_a_config_deleted_elsewhere_is_restored_with_its_tags(
        self, clones: list[Clone]
    ) -> None:
        """Whichever parent of a merge the deletion came by, and if it was never here before."""
        one, other, third = clones
        configs = []
        for clone, value in ((one, 1), (other, 2)):
            config = clone.registry.register({"lr": value}, tags=["base"], worktree=False)
            clone.registry.update(config, f"of {value}")
            clone.registry.delete(config)
            configs.append(config)
        meet(*clones)
        third.registry.restore(*configs, worktree=False)
        found = [third.registry.get(config) for config in configs]
        assert [(one.tags, one.description) for one in found] == [
            (("base",), "of 1"),
            (("base",), "of 2"),
        ]
        assert third.complaints() == []

    def test_a_forged_config_is_not_restored(self, clones: list[Clone]) -> None:
        """What was refused is removed by no deletion: it does not come in by the back door."""
        one, evil, _ = clones
        one.registry.register({"lr": 1}, worktree=False)
        evil.sync(one)
        put_tree(evil.folder, CATALOGUE, {path_of("ab" * 32): b"lr: 2\n"})
        evil.registry.register({"lr": 3}, worktree=False)
        one.sync(evil)
        with pytest.raises((NotFoundError, DataError)):
            one.registry.restore("ab" * 32, worktree=False)

    def test_a_tag_given_again_outlives_an_untag_elsewhere(self, clones: list[Clone]) -> None:
        """And where nobody gave it again, the untag counts."""
        one, other, _ = clones
        both = one.registry.register({"lr": 1}, tags=["base"], worktree=False)
        only = one.registry.register({"lr": 2}, tags=["base"], worktree=False)
        other.sync(one)
        for config in (both, only):
            one.registry.untag(config, "base")
        other.registry.untag(both, "base")
        other.registry.tag(both, "base")
        meet(*clones)
        assert one.files(BASE) & {path_of(both), path_of(only)} == {path_of(both)}

    def test_a_run_tagged_elsewhere_is_not_lost(self, clones: list[Clone]) -> None:
        """It is back with all its files; another deleted one stays away."""
        one, other, third = clones
        kept, gone = one.run(loss=1.0), one.run(loss=2.0)
        before = {path for path in one.files(STUDY) if kept in path}
        other.sync(one)
        one.tracker.delete_run(kept, gone)
        other.tracker.set_tag("keep", "yes", run=kept)
        meet(*clones)
        assert [run.run_id for run in third.tracker.list_runs()] == [kept]
        assert third.tracker.get_run(kept).tags == {"keep": "yes"}
        assert {path for path in one.files(STUDY) if "runs/" in path} == before
        assert one.complaints() == []

    def test_an_experiment_that_got_a_run_elsewhere_is_not_lost(self, clones: list[Clone]) -> None:
        """Only the new run is there, even if the experiment's record told nothing new; the deleted
        ones can still be restored."""
        one, other, third = clones
        one.tracker.log_trials("study", [{"trial_number": n, "params": {}} for n in range(40)])
        other.sync(one)
        other.run()
        one.sync(other)
        one.tracker.delete_experiment("study")
        record = other.record("experiment.yaml")
        new = other.run()
        assert other.record("experiment.yaml") == record
        meet(*clones)
        assert [run.run_id for run in third.tracker.list_runs()] == [new]
        assert third.complaints() == []
        third.tracker.restore_experiment("study")
        assert len(third.tracker.list_runs()) == 42

    def test_a_run_restored_into_an_experiment_that_began_anew_keeps_its_number(
        self, clones: list[Clone]
    ) -> None:
        """And no other run gets it."""
        one = clones[0]
        one.run()
        run = one.run()
        one.tracker.delete_run(run)
        one.tracker.delete_experiment("study")
        one.tracker.create_experiment("study", description="anew")
        one.tracker.restore_run(run)
        new = one.run()
        assert [one.tracker.get_run(run_id).number for run_id in (run, new)] == [2, 3]
        assert one.complaints() == []

    def test_what_was_said_before_a_deletion_is_not_heard(self, clones: list[Clone]) -> None:
        """An experiment that began anew says nothing against what another clone says of it."""
        one, other, third = clones
        for text in ("first", "second", "third"):
            one.tracker.create_experiment("study", description=text)
        one.tracker.delete_experiment("study")
        one.run()
        other.tracker.create_experiment("study", description="other")
        in_every_order(third, clones)
        meet(*clones)
        assert third.tracker.get_experiment("study").description == "other"

    @pytest.mark.slow
    def test_what_a_deletion_knew_of_is_gone_in_every_order(self, clones: list[Clone]) -> None:
        """A run deleted after a note, and noted by one who knew neither: it has that note only."""
        one, other, third = clones
        run = one.run()
        meet(*clones)
        one.tracker.log_note("seen and deleted", run=run)
        other.sync(one)
        other.tracker.delete_run(run)
        third.tracker.log_note("kept", run=run)
        in_every_order(one, clones)
        meet(*clones)
        assert one.tracker.get_run(run).notes == ("kept",)

    def test_a_model_that_got_a_version_elsewhere_is_not_lost(self, clones: list[Clone]) -> None:
        """Neither by a deletion of the model nor by a new name for it."""
        one, other, third = clones
        for name in ("churn", "fraud"):
            one.models.register_model(name)
        other.sync(one)
        one.models.delete_model("churn")
        one.models.rename("fraud", "scam")
        for name in ("churn", "fraud"):
            other.models.register_model(name)
        meet(*clones)
        assert [(m.name, m.versions) for m in third.models.list_models()] == [
            ("churn", (1, 2)),
            ("fraud", (2,)),
            ("scam", (1,)),
        ]
        assert third.complaints() == []


class TestRecords:
    """Mutable records merge field by field."""

    def test_what_two_clones_say_of_an_experiment_is_kept(self, clones: list[Clone]) -> None:
        """Runs, tags and summaries of both; no run gets a number that another has here."""
        one, other, third = clones
        one.tracker.create_experiment("study", description="first", tags={"a": 1})
        other.sync(one)
        one.tracker.update_experiment("study", tags={"b": 2})
        other.tracker.log_experiment_summary("study", {"best": 0.5})
        runs = {one.run(), one.run(), other.run()}
        meet(*clones)
        study = third.tracker.get_experiment("study")
        assert (study.tags, study.description) == ({"a": "1", "b": "2"}, "first")
        assert third.record("experiment.yaml")["summary"] == {"best": 0.5}
        assert {run.run_id for run in third.tracker.list_runs()} == runs
        assert third.record("experiment.yaml")["next_number"] == 3

    def test_who_knew_of_the_other_is_heard_whatever_the_clocks_say(
        self, clones: list[Clone], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A description from the year 2099 does not stand against one that came after it."""
        one, other, third = clones
        one.tracker.create_experiment("study", description="first")
        data = read_blob(one.folder, f"{STUDY}:experiment.yaml").replace(b"first", b"from 2099")
        monkeypatch.setenv("GIT_COMMITTER_DATE", "4070908800 +0000")
        put_tree(one.folder, STUDY, {"experiment.yaml": data})
        monkeypatch.delenv("GIT_COMMITTER_DATE")
        other.sync(one)
        other.tracker.update_experiment("study", description="last")
        one.tracker.update_experiment("study", tags={"a": 1})
        meet(*clones)
        assert third.tracker.get_experiment("study").description == "last"

    def test_what_two_clones_add_to_a_run_is_all_there(self, clones: list[Clone]) -> None:
        """Tags, notes and validations of both, in an order that all clones agree on."""
        one, other, third = clones
        run = one.run(loss=1.0)
        one.tracker.log_note("first", run=run)
        other.sync(one)
        for clone, names in ((one, "z"), (other, "ab")):
            for name in names:
                clone.tracker.set_tag(name, "yes", run=run)
            clone.tracker.log_note(f"note {names}", run=run)
            clone.tracker.log_validation(run, "ttpt", names == "z")
        meet(*clones)
        found = third.tracker.get_run(run)
        assert found.tags == {"a": "yes", "b": "yes", "z": "yes"}
        assert found.notes == ("first", "note z", "note ab")
        assert sorted(check.passed for check in found.validations) == [False, True]
        assert found.summaries["loss"].count == 3

    def test_a_run_sealed_twice_is_there_once_with_all_its_points(
        self, clones: list[Clone]
    ) -> None:
        """From a copied journal: here taken for dead with two points, there finished with three."""
        one, other, third = clones
        run = one.run(loss=1.0)
        [place] = {p.rpartition("/")[0] for p in one.files(STUDY) if p.endswith("run.yaml")}
        files = {path: read_blob(one.folder, f"{STUDY}:{path}") for path in one.files(STUDY)}
        record = read(files[f"{place}/run.yaml"])
        assert isinstance(record, dict)
        loss = {"count": 2, "last": 2.0, "first": 1.0, "min": 1.0, "max": 2.0, "mean": 1.5}
        loss |= {"last_step": 1, "min_step": 0, "max_step": 1}
        killed = {**record, "status": "KILLED", "metrics": {"loss": loss}}
        series = b"".join(files[f"{place}/metrics/loss.csv"].splitlines(keepends=True)[:3])
        files[f"{place}/run.yaml"], files[f"{place}/metrics/loss.csv"] = emit(killed), series
        moved = {
            p.replace(place, f"runs/2020-01-01/0aaaaa-00000/{run}"): d for p, d in files.items()
        }
        put_tree(other.folder, STUDY, moved)
        meet(*clones)
        found = third.tracker.get_run(run)
        assert (found.status, found.summaries["loss"].count) == ("FINISHED", 3)
        assert {p.rpartition("/")[0] for p in one.files(STUDY) if p.endswith("run.yaml")} == {
            f"runs/2020-01-01/0aaaaa-00000/{run}"
        }
        assert third.complaints() == []

    @pytest.mark.slow
    def test_files_and_folders_of_one_name_have_one_outcome_in_every_order(
        self, clones: list[Clone]
    ) -> None:
        """One run from copied journals: two have a file where the third has a folder. The later of
        the two files is kept with a suffix, whoever meets first."""
        run = clones[0].run()
        ours = clones[0].files(STUDY)
        files = {path: read_blob(clones[0].folder, f"{STUDY}:{path}") for path in ours}
        [place] = {path.rpartition("/")[0] for path in files if path.endswith("run.yaml")}
        record = read(files[f"{place}/run.yaml"])
        assert isinstance(record, dict)
        contents = [("model", b"one"), ("model/weights", b"two"), ("model", b"three")]
        for clone, (path, data) in zip(clones, contents, strict=True):
            facts = {"path": path, "sha256": sha256(data).hexdigest(), "size": len(data)}
            told = {f"{place}/run.yaml": emit({**record, "artifacts": [facts]})}
            put_tree(clone.folder, STUDY, {**files, **told, f"{place}/artifacts/{path}": data})
        with cloned(clones[0].folder.parent / "judge", 1) as [judge]:
            in_every_order(judge, clones)
        meet(*clones)
        paths = [artifact.path for artifact in clones[2].tracker.get_run(run).artifacts]
        suffixes = [sha256(data).hexdigest()[:8] for data in (b"one", b"three")]
        assert sorted(paths) in [[f"model.{suffix}", "model/weights"] for suffix in suffixes]
        assert clones[1].complaints() == []

    def test_versions_with_one_number_are_both_kept(self, clones: list[Clone]) -> None:
        """One gets the next number, and keeps alias, stage, description and list of files."""
        one, other, third = clones
        one.models.register_model("churn", description="v1")
        other.sync(one)
        for clone, name in ((one, "a"), (other, "b")):
            folder = clone.folder / name
            folder.mkdir()
            (folder / "weights").write_text(name)
            clone.models.register_model("churn", folder, description=name, aliases=[name])
            clone.models.transition_stage("churn", 2, "Staging" if name == "a" else "Production")
        meet(*clones)
        versions = {v.description: v for v in third.models.list_versions("churn")}
        assert sorted(v.number for v in versions.values()) == [1, 2, 3]
        assert (versions["a"].aliases, versions["a"].stage) == (("a",), "Staging")
        assert (versions["b"].aliases, versions["b"].stage) == (("b",), "Production")
        assert third.models.get_model("churn").next_number == 4
        assert third.complaints() == []

    def test_files_of_a_newer_version_are_kept(self, clones: list[Clone]) -> None:
        """What is not known here merges as files: those that one side has, and the later ones."""
        one, other, third = clones
        one.run()
        put_tree(one.folder, STUDY, {"new/shared": b"1"})
        other.sync(one)
        put_tree(one.folder, STUDY, {"new/one": b"1", "new/shared": b"2"})
        put_tree(other.folder, STUDY, {"new/other": b"1"})
        meet(*clones)
        assert {"new/one", "new/other", "new/shared"} <= third.files(STUDY)
        assert read_blob(third.folder, f"{STUDY}:new/shared") == b"2"

    @pytest.mark.slow
    def test_notes_have_one_order_whoever_meets_first(self, clones: list[Clone]) -> None:
        """Also where two clones wrote the same note, and only one of them after another note."""
        one, other, third = clones
        run = one.run()
        other.sync(one)
        one.tracker.log_note("a", run=run)
        for text in ("b", "a"):
            other.tracker.log_note(text, run=run)
        third.sync(other)
        other.tracker.log_note("c", run=run)
        third.tracker.log_note("d", run=run)
        in_every_order(one, clones)
        meet(*clones)
        assert one.tracker.get_run(run).notes == ("a", "b", "c", "d")

    def test_the_later_content_of_a_file_of_a_run_counts(self, clones: list[Clone]) -> None:
        """Also where the other side changed something else of that run."""
        one, other, third = clones
        run = one.run()
        [place] = {p.rpartition("/")[0] for p in one.files(STUDY) if p.endswith("run.yaml")}
        contents = [b"3", b"2", b"1"]  # each has a smaller id than the one before
        put_tree(one.folder, STUDY, {f"{place}/new": contents[0]})
        for content in contents[1:]:
            other.sync(one)
            put_tree(one.folder, STUDY, {f"{place}/new": content})
            other.tracker.log_note(content.decode(), run=run)
            in_every_order(third, [one, other])
            one.sync(other)
            assert read_blob(one.folder, f"{STUDY}:{place}/new") == content

    def test_chains_of_code_are_walked_whole(self, clones: list[Clone]) -> None:
        """All states are ancestors of what joins them, are checked, and are found again."""
        third, one, other = clones
        states = {}
        for clone in (one, other, one, other):
            (clone.folder / "train.py").write_text(f"{len(states)}\n")
            state = capture_code(clone.session, clone.publisher)
            states[state.commit] = state.tree
            meet(*clones)
        assert git(third.folder, "rev-parse", f"{CODE}^{{tree}}") in states.values()
        for commit in states:
            git(third.folder, "merge-base", "--is-ancestor", commit, CODE)
        report = check_all(third.session)
        assert (report.problems, report.checked["code states"]) == ((), 4)
        tip = refs(third.folder, CODE)[CODE]
        for number, commit in enumerate(states):
            (third.folder / "train.py").write_text(f"{number}\n")
            assert capture_code(third.session, third.publisher).commit == commit
        assert refs(third.folder, CODE)[CODE] == tip

    def test_a_lost_state_of_joined_chains_is_missed(self, clones: list[Clone]) -> None:
        """Of either chain."""
        third, one, other = clones
        trees = []
        for number, clone in enumerate((one, other)):
            (clone.folder / "train.py").write_text(f"{number}\n")
            trees.append(capture_code(clone.session, clone.publisher).tree)
        third.sync(one)
        third.sync(other)
        for tree in trees:
            path = third.folder / ".git/objects" / tree[:2] / tree[2:]
            data = path.read_bytes()
            path.unlink()
            with closing(Session(discover(third.folder))) as session:
                reasons = [problem.reason for problem in check_all(session).problems]
            assert reasons == [f"git object {tree[:12]} is missing"]
            path.write_bytes(data)

    def test_two_clones_that_merge_the_same_write_the_same_commit(
        self, clones: list[Clone]
    ) -> None:
        """So they are done after one exchange, and a merge again changes nothing."""
        one, other, _ = clones
        one.run()
        other.run()
        git(one.folder, "fetch", "-q", str(other.folder), "+refs/exptrack/*:refs/other/*")
        git(other.folder, "fetch", "-q", str(one.folder), "+refs/exptrack/*:refs/other/*")
        tips = [refs(clone.folder, STUDY)[STUDY] for clone in (one, other)]
        merged = one.merge(STUDY, *tips).commit
        assert other.merge(STUDY, *reversed(tips)).commit == merged
        assert merged is not None
        assert one.merge(STUDY, merged, *tips).commit == merged

    def test_a_shallow_clone_is_told_how_to_go_on(self, clones: list[Clone]) -> None:
        """Where the histories parted is cut off: an error, and the ref stays where it is."""
        one, other, cut = clones
        one.run()
        other.sync(one)
        one.run()
        other.run()
        git(cut.folder, "fetch", "-q", "--depth=1", f"file://{one.folder}", f"{STUDY}:{STUDY}")
        git(cut.folder, "fetch", "-q", "--depth=1", f"file://{other.folder}", f"{STUDY}:refs/x")
        found = refs(cut.folder)
        with pytest.raises(RepositoryError, match="shallow clone"):
            cut.merge(STUDY, found[STUDY], found["refs/x"])
        assert refs(cut.folder) == found


EVIL = b"1\n"


def tree(folder: Path, *entries: tuple[str, bytes, str]) -> str:
    """A tree of any entries, written as they are: mode, name, object."""
    data = b"".join(b"%s %s\0%s" % (m.encode(), n, bytes.fromhex(i)) for m, n, i in entries)
    return git(folder, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=data)


def commit(folder: Path, ref: str, root: str) -> str:
    parents = ("-p", refs(folder, ref)[ref]) if ref in refs(folder, ref) else ()
    made = git(folder, "commit-tree", root, *parents, "-m", "evil")
    git(folder, "update-ref", ref, made)
    return made


class TestHostile:
    """What does not hold is refused by name; the rest is taken."""

    def test_records_that_do_not_hold_are_refused_by_name(self, clones: list[Clone]) -> None:
        """Forged ids, other runs' records, damaged ones; sound ones of the same tip are here."""
        one, evil, _ = clones
        good = evil.registry.register({"lr": 1}, worktree=False)
        put_tree(
            evil.folder,
            CATALOGUE,
            {
                path_of("ab" * 32): b"lr: 2\n",
                f".exptrack/meta/{good[:2]}/{good[2:]}.{'0' * 12}.yaml": b"author: x\n",
            },
        )
        run, forged, odd = evil.run(), "ab" * 10, "cd" * 10
        [place] = {p.rpartition("/")[0] for p in evil.files(STUDY) if p.endswith("run.yaml")}
        record = read_blob(evil.folder, f"{STUDY}:{place}/run.yaml")
        said = evil.record(f"{place}/run.yaml")
        plain = {**said, "id": "0b" * 10}
        put_tree(
            evil.folder,
            STUDY,
            {
                f"runs/x/y/{forged}/run.yaml": emit({**said, "id": forged}),
                f"runs/x/y/{forged}/config.yaml": b"lr: 666\n",
                f"runs/x/y/{odd}/run.yaml": record,
                f"runs/x/y/{'ef' * 10}/run.yaml": b"{not: canonical}\n",
                f"runs/x/y/{'0a' * 10}/config.yaml": b"lr: 1\n",
                f"runs/x/y/{'0b' * 10}/run.yaml": emit({**plain, "metrics": {"loss": "low"}}),
                f"runs/x/y/{'0b' * 10}/config.yaml": b"lr: 0.1\n",
            },
        )
        one.sync(evil)
        assert {(r.path, r.reason) for r in one.refused if "exptrack" in r.path} == {
            (path_of("ab" * 32), "its bytes do not hash to its name"),
            (
                f".exptrack/meta/{good[:2]}/{good[2:]}.{'0' * 12}.yaml",
                "not a meta record: created_at is not a time in UTC",
            ),
        }
        reasons = {r.path.split("/")[3]: r.reason for r in one.refused if r.path[:4] == "runs"}
        assert reasons[forged] == "its config has another id"
        assert reasons[odd] == f"it is the record of the run {run}"
        assert reasons["ef" * 10].startswith("not a run's record")
        assert reasons["0a" * 10] == "the run has no record"
        assert reasons["0b" * 10].startswith("not a run's record")
        assert [found.run_id for found in one.tracker.list_runs()] == [run]
        assert one.registry.get(good).id == good
        assert one.complaints() == []

    def test_trees_that_lead_astray_are_refused(self, clones: list[Clone]) -> None:
        """`..`, git's own names, links, submodules, executables, a name with slashes, deep ones."""
        one, evil, _ = clones
        evil.run()
        tip = refs(evil.folder, STUDY)[STUDY]
        blob = git(evil.folder, "hash-object", "-w", "--stdin", stdin=EVIL)
        deep = tree(evil.folder, ("100644", b"x", blob))
        for _ in range(200):
            deep = tree(evil.folder, ("40000", b"d", deep))
        inside = tree(evil.folder, ("100644", b"passwd", blob))
        kept = [
            (facts.split(" ")[0].lstrip("0"), name.encode(), facts.split(" ")[2])
            for line in git(evil.folder, "ls-tree", tip).splitlines()
            for facts, _, name in [line.partition("\t")]
        ]
        root = tree(
            evil.folder,
            *kept,
            ("40000", b"..", inside),
            ("40000", b".GIT", inside),
            ("120000", b"link", blob),
            ("160000", b"module", tip),
            ("100755", b"run-me", blob),
            ("100644", b"runs/../../x", blob),
            ("40000", b"deep", deep),
        )
        commit(evil.folder, STUDY, root)
        one.sync(evil)
        reasons = {refusal.path: refusal.reason for refusal in one.refused}
        assert {path for path in reasons if not path.startswith("deep/")} == {
            "../passwd",
            ".GIT/passwd",
            "link",
            "module",
            "run-me",
            "runs/../../x",
        }
        assert reasons["link"] == "it is a symbolic link"
        assert reasons["module"] == "it is a submodule"
        assert reasons["run-me"] == "it is an executable file"
        assert any("64 folders deep" in reason for reason in reasons.values())
        assert len(one.tracker.list_runs()) == 1
        assert git(one.folder, "rev-parse", f"{STUDY}^{{tree}}") == git(
            evil.folder, "rev-parse", f"{tip}^{{tree}}"
        )

    def test_what_was_refused_does_not_come_back_with_the_next_commit(
        self, clones: list[Clone]
    ) -> None:
        """Its history is an ancestor, so it can be cured by a push; its files are not here."""
        one, evil, third = clones
        one.run()
        evil.sync(one)
        put_tree(evil.folder, STUDY, {"runs/x/y/" + "ab" * 10 + "/run.yaml": b"evil\n"})
        second = evil.run()
        one.run()
        for _ in range(2):
            one.sync(evil)
            evil.run()
        assert not [path for path in one.files(STUDY) if "ab" * 10 in path]
        assert second in {run.run_id for run in one.tracker.list_runs()}
        third.sync(one)
        evil.sync(one)
        assert not [path for path in third.files(STUDY) if "ab" * 10 in path]
        assert third.complaints() == []

    def test_changes_of_sound_records_that_do_not_hold_leave_ours(
        self, clones: list[Clone]
    ) -> None:
        """A run, an experiment, a model that they damaged stay as they are here."""
        one, evil, _ = clones
        one.run(loss=1.0)
        one.models.register_model("churn")
        evil.sync(one)
        before = one.trees()
        [path] = {p for p in one.files(STUDY) if p.endswith("run.yaml")}
        put_tree(evil.folder, STUDY, {path: b"evil\n", "experiment.yaml": b"name: other\n"})
        put_tree(evil.folder, CHURN, {"model.yaml": b"evil\n", "versions/0/1.yaml": b"evil\n"})
        one.sync(evil)
        assert {path, "experiment.yaml", "model.yaml"} <= {r.path for r in one.refused}
        assert one.trees() == before

    def test_too_much_is_refused(self, clones: list[Clone]) -> None:
        """A folder of 10,000 entries, a record of 17 MB."""
        one, evil, _ = clones
        evil.run()
        blob = git(evil.folder, "hash-object", "-w", "--stdin", stdin=EVIL)
        crowd = tree(evil.folder, *(("100644", b"%05d" % n, blob) for n in range(10_000)))
        big = git(evil.folder, "hash-object", "-w", "--stdin", stdin=b"a: 1\n" * 3_500_000)
        run = tree(evil.folder, ("100644", b"run.yaml", big))
        bucket = tree(evil.folder, ("40000", b"ab" * 10, run))
        day = tree(evil.folder, ("40000", b"x", bucket))
        listed = git(evil.folder, "ls-tree", STUDY).splitlines()
        old = {line.partition("\t")[2]: line.split()[2] for line in listed}
        days = git(evil.folder, "ls-tree", old["runs"]).splitlines()
        runs = tree(
            evil.folder,
            *(("40000", n.partition("\t")[2].encode(), n.split()[2]) for n in days),
            ("40000", b"x", day),
        )
        root = tree(
            evil.folder,
            ("40000", b".exptrack", old[".exptrack"]),
            ("40000", b"crowd", crowd),
            ("100644", b"experiment.yaml", old["experiment.yaml"]),
            ("40000", b"runs", runs),
        )
        commit(evil.folder, STUDY, root)
        one.sync(evil)
        assert {(r.path, r.reason) for r in one.refused} == {
            ("crowd", "10,000 entries are too many for one folder"),
            (f"runs/x/x/{'ab' * 10}/run.yaml", "it has more than 16,777,216 bytes"),
        }
        assert len(one.tracker.list_runs()) == 1

    @pytest.mark.parametrize(
        "ref",
        [
            "refs/exptrack/tags/Upper",
            "refs/exptrack/experiments/a/b",
            "refs/exptrack/unknown",
            "refs/heads/main",
            "refs/exptrack/models/" + "a" * 200,
            "refs/exptrack/tags/\udcff",
        ],
    )
    def test_refs_with_odd_names_are_refused(self, clones: list[Clone], ref: str) -> None:
        """Nothing of them is read."""
        [refusal] = clones[0].merge(ref, "0" * 40).refused
        assert refusal.path == ref

    def test_another_format_is_refused_whole(self, clones: list[Clone]) -> None:
        """One clear line, and what is here stays as it is."""
        one, newer, _ = clones
        one.run()
        newer.sync(one)
        put_tree(newer.folder, STUDY, {".exptrack/format": b"2\n", "new": b"1"})
        before = refs(one.folder)
        one.sync(newer)
        [refusal] = one.refused
        assert refusal.path == STUDY
        assert refusal.reason == "it has format '2'; this gittrack knows format 1 only"
        assert refs(one.folder, "refs/exptrack/") == {
            ref: tip for ref, tip in before.items() if ref.startswith("refs/exptrack/")
        }

    def test_what_is_no_commit_is_refused(self, clones: list[Clone]) -> None:
        """A ref to a blob, and one to an object that is not there."""
        one = clones[0]
        blob = git(one.folder, "hash-object", "-w", "--stdin", stdin=EVIL)
        for tip in (blob, "1" * 40):
            merged = one.merge(STUDY, tip)
            assert merged.commit is None
            assert "no commit" in merged.refused[0].reason
