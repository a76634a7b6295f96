"""`check` on real repositories: what it finds, where it works, and what it never touches."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from witness import commit_all, commit_file, footprint, git, new_repository, run_git, sha256sum

from gittrack.checks import RULES, Report
from gittrack.errors import NotFoundError, RepositoryError, UsageError
from gittrack.registry import ExperimentRegistry
from gittrack.store.layout import object_path

PROD = "training:\n  lr: 0.01\n  epochs: 10\nmodel: mlp\n"


@pytest.fixture
def project(repository: Path) -> Path:
    """Two configs, a pin that watches a file, all committed; tag `base` marks that commit."""
    (repository / "configs").mkdir()
    (repository / "configs/prod.yaml").write_text(PROD)
    (repository / "configs/other.yaml").write_text("depth: 3\n")
    with ExperimentRegistry(repository) as registry:
        registry.prepare()
        registry.add([repository / "configs/other.yaml"], description="other")
        registry.pin("prod", str(repository / "configs/prod.yaml"))
    commit_all(repository)
    git(repository, "tag", "base")
    return repository


def check(place: Path, **options: object) -> Report:
    with ExperimentRegistry(place) as registry:
        return registry.check(**options)  # type: ignore[arg-type]


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def path_of(place: Path, text: str) -> Path:
    """The object file of the config that a YAML text says."""
    with ExperimentRegistry(place) as registry:
        file = place / "probe.yaml"
        file.write_text(text)
        config = registry.resolve(str(file))
        file.unlink()
    return place / object_path(config)


def test_a_sound_branch_has_no_findings(project: Path) -> None:
    """Every place agrees, with and without a base, and the counts are those of the files."""
    for options in ({}, {"staged": True}, {"at": "HEAD"}):
        report = check(project, **options)
        assert report.ok
        assert (report.objects, report.records, report.pins) == (2, 2, 1)
    against = check(project, base="base")
    assert against.ok
    assert against.objects == 1  # only what the pin names: nothing differs from the base


def test_an_edited_object_is_found_everywhere(project: Path) -> None:
    """Bytes that do not hash to their name are a finding in the work tree, the index and commits,
    and against the base it is also a config that changed."""
    path = path_of(project, "depth: 3\n")
    path.write_text("depth: 4\n")
    assert codes(check(project)) == ["object-hash"]
    assert check(project, staged=True).ok
    git(project, "add", "-A")
    assert codes(check(project, staged=True)) == ["object-hash"]
    assert check(project, at="HEAD").ok
    commit_all(project)
    assert codes(check(project, at="HEAD")) == ["object-hash"]
    for options in ({}, {"staged": True}, {"at": "HEAD"}):
        assert codes(check(project, base="base", **options)) == ["object-changed", "object-hash"]


def test_the_command_that_mends_does_mend(project: Path) -> None:
    """What a finding says to run brings the branch back to what it was."""
    path_of(project, "depth: 3\n").write_text("depth: 4\n")
    path_of(project, PROD).unlink()
    report = check(project, base="base")
    expected = ["object-changed", "object-hash", "object-vanished", "pin-config"]
    assert sorted(codes(report)) == expected
    for mend in {f.mend for f in report.findings if f.code.startswith("object-")}:
        assert mend.startswith("git checkout ")
        git(project, *mend.split()[1:])
    assert check(project, base="base").ok


def test_hash_and_form_are_two_things(project: Path) -> None:
    """Bytes that hash to their name are no config unless they are canonical."""
    data = b"b: 1\na: 2\n"
    stray = project / "stray"
    stray.write_bytes(data)
    digest = sha256sum(stray)
    stray.unlink()
    path = project / f".exptrack/objects/{digest[:2]}/{digest[2:]}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    [finding] = check(project).findings
    assert finding.code == "object-form"
    assert finding.line == 2
    assert finding.path == str(path.relative_to(project))


@pytest.mark.parametrize("place", ["work tree", "index", "commit"])
def test_an_object_that_is_no_file(project: Path, place: str, tmp_path: Path) -> None:
    """A symbolic link and a folder under a config's name are found and never read."""
    secret = tmp_path / "secret"
    secret.write_bytes(path_of(project, "depth: 3\n").read_bytes())
    link, folder = path_of(project, "depth: 3\n"), path_of(project, PROD)
    link.unlink()
    link.symlink_to(secret)
    folder.unlink()
    folder.mkdir()
    (folder / "inside").write_text("x\n")
    (project / ".exptrack/objects/00").symlink_to(tmp_path)
    options: dict[str, object] = {}
    if place != "work tree":
        git(project, "add", "-A")
        options = {"staged": True}
    if place == "commit":
        commit_all(project)
        options = {"at": "HEAD"}
    report = check(project, **options)
    kinds = {f.path for f in report.findings if f.code == "object-kind"}
    assert kinds == {str(p.relative_to(project)) for p in (link, folder)} | {".exptrack/objects/00"}


def test_a_huge_object_is_not_read(project: Path) -> None:
    """A gigabyte under a config's name is a finding, in no time and no memory."""
    path = path_of(project, "depth: 3\n")
    with path.open("wb") as file:
        file.truncate(1 << 30)
    [finding] = check(project).findings
    assert (finding.code, finding.path) == ("object-size", str(path.relative_to(project)))


def test_a_large_object_in_git_is_skipped(project: Path) -> None:
    """Also in the index and in a commit, and what comes after it is still read."""
    first, last = sorted([path_of(project, "depth: 3\n"), path_of(project, PROD)])
    with first.open("wb") as file:
        file.truncate(17 << 20)
    last.write_text("a: 1\n")
    git(project, "add", "-A")
    assert codes(check(project, staged=True)) == ["object-size", "object-hash"]
    commit_all(project)
    assert codes(check(project, at="HEAD")) == ["object-size", "object-hash"]


def test_a_vanished_config_is_found_against_a_base_only(project: Path) -> None:
    """Without a base nobody can know; with one it names the config and brings it back."""
    path = path_of(project, "depth: 3\n")
    path.unlink()
    assert check(project).ok
    [finding] = check(project, base="base").findings
    assert finding.code == "object-vanished"
    git(project, *finding.mend.split()[1:])
    assert path.exists()


def test_what_the_base_got_since_is_not_missed(project: Path) -> None:
    """A base that moved on after the branch left it is compared where the two parted."""
    git(project, "switch", "-q", "-c", "feature")
    commit_file(project, "notes.txt", "x\n")
    git(project, "switch", "-q", "main")
    with ExperimentRegistry(project) as registry:
        registry.register({"new": 1})
    commit_all(project)
    git(project, "switch", "-q", "feature")
    assert check(project, base="main").ok


def test_a_shallow_clone_of_a_merge_is_held_against_the_base(project: Path, tmp_path: Path) -> None:
    """A pull request's merge commit, fetched alone, is compared with the base itself, and without
    any ref of ours."""
    git(project, "switch", "-q", "-c", "feature")
    path_of(project, "depth: 3\n").unlink()
    commit_all(project)
    git(project, "switch", "-q", "main")
    git(project, "merge", "-q", "--no-ff", "-m", "merge", "feature")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", project.as_uri(), str(clone))
    assert git(clone, "for-each-ref", "refs/exptrack") == ""
    assert check(clone).ok
    base = git(project, "rev-parse", "base")
    with pytest.raises(RepositoryError, match="shallow") as caught:
        check(clone, base=base)
    assert caught.value.hint == f"fetch it: git fetch --depth=1 origin {base}"
    git(clone, "fetch", "-q", "--depth=1", "origin", base)
    report = check(clone, base=base)
    assert codes(report) == ["object-vanished"]
    assert "shallow" in report.notes[0]


def test_a_bare_repository_is_checked_at_head(project: Path, tmp_path: Path) -> None:
    """A host's repository has no work tree: its HEAD, or any commit, is checked."""
    path_of(project, "depth: 3\n").write_text("depth: 4\n")
    commit_all(project)
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(project), str(bare))
    assert codes(check(bare)) == ["object-hash"]
    assert codes(check(bare, base="base")) == ["object-changed", "object-hash"]
    assert check(bare, at="base").ok
    with pytest.raises(UsageError, match="no index"):
        check(bare, staged=True)


def test_a_check_changes_nothing(project: Path) -> None:
    """Neither files nor index nor refs."""
    (project / "configs/prod.yaml").write_text("depth: 9\n")
    before, refs = footprint(project), git(project, "for-each-ref")
    for options in ({}, {"staged": True}, {"at": "HEAD"}, {"base": "base"}):
        check(project, **options)
    assert footprint(project) == before
    assert git(project, "for-each-ref") == refs


def test_a_stale_pin_is_found_and_moved(project: Path) -> None:
    """A file that changed without its pin is a finding until the pin is moved."""
    source = project / "configs/prod.yaml"
    source.write_text(PROD.replace("0.01", "0.02"))
    [finding] = check(project).findings
    assert (finding.code, finding.path) == ("pin-stale", "configs/prod.yaml")
    assert finding.mend == "git exp pin --update prod"
    with ExperimentRegistry(project) as registry:
        registry.update_pins("prod")
    assert check(project).ok


def test_the_same_values_in_another_spelling_are_no_change(project: Path) -> None:
    """Comments, order and quotes of a pinned file are nobody's business."""
    (project / "configs/prod.yaml").write_text(
        "# tuned\nmodel: 'mlp'\ntraining: {epochs: 10, lr: 1.0e-2}\n"
    )
    assert check(project).ok


HOSTILE_SOURCES = ["../../etc/passwd", "/etc/passwd", "a/../../b", ".git/config", "a//prod.yaml"]


@pytest.mark.parametrize("source", HOSTILE_SOURCES)
def test_a_pin_never_leads_outside(project: Path, source: str) -> None:
    """A source that leaves the repository is a finding, and is not opened."""
    config = path_of(project, PROD)
    config_id = config.parent.name + config.stem
    (project / ".exptrack/pins/prod.yaml").write_text(f'config: "{config_id}"\nsource: {source}\n')
    [finding] = check(project).findings
    assert (finding.code, finding.path) == ("pin-source", ".exptrack/pins/prod.yaml")
    assert "outside" in finding.message


def test_a_linked_source_is_not_followed(project: Path, tmp_path: Path) -> None:
    """A pinned file replaced by a symbolic link, or a link among its folders, is a finding."""
    secret = tmp_path / "prod.yaml"
    secret.write_text(PROD)
    source = project / "configs/prod.yaml"
    source.unlink()
    source.symlink_to(secret)
    [finding] = check(project).findings
    assert (finding.code, finding.message) == (
        "pin-source",
        "source configs/prod.yaml is a symbolic link",
    )
    (project / "configs/other.yaml").unlink()
    source.unlink()
    (project / "configs").rmdir()
    (project / "configs").symlink_to(tmp_path)
    [finding] = check(project).findings
    assert finding.message == "source configs/prod.yaml is not there"


BROKEN_PINS = {
    "config: abc\n": "config is no config id",
    "source: configs/prod.yaml\n": "config is missing",
    "config: [1]\n": "config is no config id",
    "": "empty",
    "config: x: y\n": "colon",
    "- 1\n": "",
    "other: 1\n": "unknown key other",
}


@pytest.mark.parametrize("text", BROKEN_PINS)
def test_a_broken_pin_is_found(project: Path, text: str) -> None:
    """What is no pin is a finding that says why; it stops no other check."""
    (project / ".exptrack/pins/prod.yaml").write_text(text)
    path_of(project, "depth: 3\n").write_text("depth: 4\n")
    report = check(project)
    assert codes(report) == ["object-hash", "pin-form"]
    assert BROKEN_PINS[text] in report.findings[1].message


def test_a_pin_edited_by_hand_is_a_pin(project: Path) -> None:
    """A comment in a pin, and any spelling of its values, does no harm."""
    file = project / ".exptrack/pins/prod.yaml"
    file.write_text("# frozen until the audit\n" + file.read_text().replace('"', "'"))
    assert check(project).ok


def test_an_edited_record_is_found(project: Path) -> None:
    """Records are never edited: a description changed by hand is a finding."""
    record = next((project / ".exptrack/meta").rglob("*.yaml"))
    record.write_text(record.read_text().replace("Ada", "Eve"))
    [finding] = check(project).findings
    assert (finding.code, finding.path) == ("meta-form", str(record.relative_to(project)))


def test_other_peoples_files_are_left_alone(project: Path) -> None:
    """What is no config, record or pin by its name is nobody's business."""
    for name in ("objects/README.md", "objects/ab/notes.txt", "meta/x", "pins/.keep", "mine/a"):
        path = project / ".exptrack" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x\n")
    assert check(project).ok


def test_files_that_must_be_registered(project: Path) -> None:
    """Every file that matches a pattern has its config on this branch, or is a finding."""
    (project / "configs/new.yaml").write_text("a: 1\n---\ndepth: 3\n")
    (project / "configs/bad.yaml").write_text("a: [\n")
    (project / ".gitignore").write_text("configs/ignored.yaml\n")
    (project / "configs/ignored.yaml").write_text("z: 1\n")
    report = check(project, require_registered=["configs/*.yaml"])
    assert [(f.code, f.path) for f in report.findings] == [
        ("not-registered", "configs/bad.yaml"),
        ("not-registered", "configs/new.yaml"),
    ]
    assert report.files == 4
    assert report.findings[1].mend == "git exp add configs/new.yaml"
    assert check(project, at="HEAD", require_registered=["configs/*.yaml"]).ok


def test_a_pattern_that_matches_nothing_is_said(project: Path) -> None:
    """A mistyped pattern must not pass in silence."""
    report = check(project, require_registered=["conf/*.yaml"])
    assert report.ok
    assert report.notes == ("no file matches conf/*.yaml",)


def test_an_unfinished_merge_in_the_index(project: Path) -> None:
    """A pin in conflict is a finding for a pre-commit check."""
    for branch, rate in (("one", "0.1"), ("two", "0.2")):
        git(project, "switch", "-q", "-c", branch, "base")
        (project / "configs/prod.yaml").write_text(PROD.replace("0.01", rate))
        with ExperimentRegistry(project) as registry:
            registry.update_pins()
        commit_all(project)
    with pytest.raises(AssertionError):
        git(project, "merge", "-q", "one")
    assert "pin-form" in codes(check(project, staged=True))
    assert "pin-form" in codes(check(project))


def test_another_format_is_refused(project: Path) -> None:
    """Every place with a format number that is unknown stops the check at once."""
    (project / ".exptrack/format").write_text("2\n")
    commit_all(project)
    git(project, "checkout", "-q", "base", "--", ".exptrack/format")
    with pytest.raises(RepositoryError, match="format '2'"):
        check(project, at="HEAD")


def test_an_unknown_base_is_refused(project: Path) -> None:
    """A revision that names nothing is an error, not a clean check."""
    for name in ("nothing", "--all", ""):
        with pytest.raises(NotFoundError):
            check(project, base=name)


def test_a_hook_checks_what_the_commit_will_hold(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git commit FILE` makes an index of its own, and names it to the hook."""
    path_of(project, "depth: 3\n").write_text("depth: 4\n")
    other = project / ".git/other-index"
    monkeypatch.setenv("GIT_INDEX_FILE", str(other))
    git(project, "read-tree", "HEAD")
    git(project, "add", "-A")
    monkeypatch.chdir(project)
    assert codes(_check_here(staged=True)) == ["object-hash"]
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert _check_here(staged=True).ok


def test_a_host_checks_what_is_pushed(project: Path, tmp_path: Path) -> None:
    """A `pre-receive` hook sees the objects that are coming in, before they are taken."""
    bare = tmp_path / "host.git"
    git(tmp_path, "clone", "-q", "--bare", str(project), str(bare))
    hook = bare / "hooks/pre-receive"
    root = Path(__file__).parents[2]
    program = f"PYTHONPATH={root} {sys.executable} -m gittrack"
    hook.write_text(
        "#!/bin/sh\nwhile read old new ref; do\n"
        f'  {program} check --at "$new" --base "$old" || exit 1\n'
        "done\n"
    )
    hook.chmod(0o755)
    path_of(project, "depth: 3\n").write_text("depth: 4\n")
    commit_all(project)
    pushed = _push(project, bare)
    assert "object-changed" in pushed
    assert git(bare, "rev-parse", "main") == git(project, "rev-parse", "base")
    git(project, "reset", "-q", "--hard", "base")
    commit_file(project, "fine.txt", "x\n")
    _push(project, bare)
    assert git(bare, "rev-parse", "main") == git(project, "rev-parse", "main")


def test_every_place_of_a_kind_of_repository(tmp_path: Path) -> None:
    """SHA-256 repositories and linked worktrees are checked alike."""
    place = new_repository(tmp_path / "sha256", commit=True, options=("--object-format=sha256",))
    with ExperimentRegistry(place) as registry:
        registry.register({"a": 1})
    commit_all(place)
    git(place, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = tmp_path / "linked"
    for options in ({}, {"staged": True}, {"at": "HEAD"}, {"base": "HEAD"}):
        assert check(linked, **options).ok
    path_of(linked, "a: 1\n").write_text("a: 2\n")
    assert codes(check(linked, base="main")) == ["object-changed", "object-hash"]
    assert check(place, base="side").ok


def test_names_that_git_could_take_for_patterns(project: Path) -> None:
    """A pin's source with wildcards and git's magic words is a file's name and nothing else."""
    for number, name in enumerate(("configs/*.yaml", ":(exclude)x.yaml", "configs/[a].yaml")):
        file = project / name
        file.write_text(f"odd: {number}\n")
        with ExperimentRegistry(project) as registry:
            registry.pin(f"odd{number}", str(file))
    git(project, "add", "-A")
    assert check(project).ok
    assert check(project, staged=True).ok
    commit_all(project)
    assert check(project, at="HEAD").ok


def test_all_rules_can_be_broken(project: Path) -> None:
    """Each code that is documented is one of the rules."""
    assert {"object-hash", "pin-stale", "schema-violation", "not-registered"} <= RULES.keys()
    assert all(rule.demand.endswith(".") and rule.reason.endswith(".") for rule in RULES.values())


def _check_here(**options: object) -> Report:
    with ExperimentRegistry() as registry:
        return registry.check(**options)  # type: ignore[arg-type]


def _push(project: Path, bare: Path) -> str:
    return run_git(project, "push", str(bare), "main").stderr.decode()


SCHEMA = """\
x-match: {files: "configs/prod*.yaml"}
properties:
  model: {enum: [mlp, lstm]}
  training:
    additionalProperties: false
    properties: {lr: {type: number, maximum: 1}, epochs: {type: integer}}
"""


def with_schema(project: Path, text: str, name: str = "training.yaml") -> None:
    (project / ".exptrack/schema").mkdir(exist_ok=True)
    (project / ".exptrack/schema" / name).write_text(text)


def test_a_config_that_breaks_its_schema(project: Path) -> None:
    """It is found by the file it came from, with line, path and what is wrong; in every place."""
    with_schema(project, SCHEMA)
    source = project / "configs/prod.yaml"
    source.write_text("training:\n  lr: 2.0\n  epoch: 10\nmodel: tree\n")
    with ExperimentRegistry(project) as registry:
        registry.update_pins()
    commit_all(project)
    for options in ({}, {"staged": True}, {"at": "HEAD"}, {"base": "base"}):
        report = check(project, **options)
        assert report.schemas == 1
        assert [(f.code, f.line, f.message) for f in report.findings] == [
            (
                "schema-violation",
                1,
                'model: "tree" is none of "mlp", "lstm" (schema training.yaml)',
            ),
            (
                "schema-violation",
                3,
                "training.epoch: unknown key; did you mean epochs? (schema training.yaml)",
            ),
            (
                "schema-violation",
                4,
                "training.lr: 2.0 is above the maximum 1 (schema training.yaml)",
            ),
        ]
        assert {f.mend for f in report.findings} == {"git exp config validate configs/prod.yaml"}


def test_a_stricter_schema_is_held_against_all(project: Path) -> None:
    """Against a base, too: a schema that changed may be broken by what did not change."""
    with_schema(project, SCHEMA)
    commit_all(project)
    git(project, "tag", "-f", "base")
    with_schema(project, SCHEMA.replace("maximum: 1", "maximum: 0.001"))
    assert codes(check(project, base="base")) == ["schema-violation"]
    assert check(project, at="HEAD", base="base").ok


def test_schemas_that_are_none(project: Path, tmp_path: Path) -> None:
    """Each is a finding with its line, and none of them reaches for the network or a file."""
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    with_schema(project, "a: [\n", "broken.yaml")
    with_schema(project, '{"type": "objekt"}', "wrong.json")
    with_schema(project, '{"$ref": "http://127.0.0.1:9/x.json"}', "net.json")
    with_schema(project, f'{{"$ref": "{secret.as_uri()}"}}', "file.json")
    (project / ".exptrack/schema/link.json").symlink_to(secret)
    report = check(project)
    assert codes(report) == ["schema-form"] * 5
    assert [Path(f.path).stem for f in report.findings] == [
        "broken",
        "file",
        "link",
        "net",
        "wrong",
    ]
