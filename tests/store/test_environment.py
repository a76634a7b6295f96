"""The right repository is used, whatever the environment says; what is none is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from witness import (
    commit_file,
    footprint,
    fsck,
    git,
    new_repository,
    refs,
    run_git,
)

from gittrack.errors import GittrackError, RepositoryError
from gittrack.git.repository import discover
from gittrack.registry import ExperimentRegistry

pytestmark = pytest.mark.slow


EVERYTHING = """
    from gittrack.registry import ExperimentRegistry
    import sys
    with ExperimentRegistry(sys.argv[1]) as registry:
        registry.register({"a": 1}, tags=["t"], description="d")
        registry.update("t", "again")
        registry.tag("t", "u")
        assert len(registry.list()) == 1
        assert registry.verify() == (1, [])
        registry.delete("t")
        registry.register({"b": 2}, tags=["t"])
        registry.add([sys.argv[1] + "/config.yaml"], commit=True)
"""


def other_objects(folder: Path) -> set[Path]:
    return {path for path in (folder / ".git").rglob("*") if path.is_file()}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "elsewhere", commit=True)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "everything.py"
    path.write_text(textwrap.dedent(EVERYTHING))
    return path


def hostile(elsewhere: Path) -> list[dict[str, str]]:
    git_dir = elsewhere / ".git"
    return [
        {"GIT_DIR": str(git_dir)},
        {"GIT_DIR": str(git_dir), "GIT_WORK_TREE": str(elsewhere)},
        {"GIT_DIR": str(git_dir), "GIT_COMMON_DIR": str(git_dir)},
        {"GIT_INDEX_FILE": str(git_dir / "index")},
        {"GIT_OBJECT_DIRECTORY": str(git_dir / "objects")},
        {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(git_dir / "objects")},
        {"GIT_WORK_TREE": str(elsewhere)},
        {"GIT_NAMESPACE": "somewhere"},
        {"GIT_QUARANTINE_PATH": str(git_dir / "objects"), "GIT_PREFIX": "sub/"},
        {"GIT_SHALLOW_FILE": str(git_dir / "shallow"), "GIT_GRAFT_FILE": str(git_dir / "grafts")},
        {"GIT_REFLOG_ACTION": "nonsense", "GIT_LITERAL_PATHSPECS": "1", "GIT_ICASE_PATHSPECS": "1"},
        {"GIT_DEFAULT_HASH": "sha256", "GIT_REF_PARANOIA": "1", "GIT_ATTR_SOURCE": "HEAD"},
        {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "LANGUAGE": "de"},
        {"GIT_EXTERNAL_DIFF": "false", "GIT_DIFF_OPTS": "-u9", "GIT_PAGER": "false"},
    ]


@pytest.mark.parametrize("number", range(14))
def test_inherited_variables_lead_nothing_astray(
    repository: Path, elsewhere: Path, script: Path, number: int
) -> None:
    """All goes to the repository that was named, and nothing to the one the variables name."""
    variables = hostile(elsewhere)[number]
    (repository / "config.yaml").write_text("c: 3\n")
    there, theirs = other_objects(elsewhere), footprint(elsewhere)
    result = subprocess.run(
        (sys.executable, str(script), str(repository)),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert other_objects(elsewhere) == there
    assert footprint(elsewhere) == theirs
    assert set(refs(repository)) == {
        "refs/heads/main",
        "refs/exptrack/catalogue",
        "refs/exptrack/tags/t",
        "refs/exptrack/tags/u",
    }
    assert fsck(repository) == ""
    assert git(repository, "log", "--format=%s", "-1").startswith("Register ")
    assert git(repository, "status", "--porcelain", "--", ":!.exptrack") == "?? config.yaml"


@pytest.mark.parametrize("hook", ["pre-commit", "post-commit", "reference-transaction"])
def test_used_within_another_repositorys_hook(
    repository: Path, elsewhere: Path, script: Path, hook: str
) -> None:
    """A hook's variables, which name the other repository's index and objects, do no harm."""
    (repository / "config.yaml").write_text("c: 3\n")
    path = elsewhere / ".git" / "hooks" / hook
    path.write_text(
        f'#!/bin/sh\n[ -e "{elsewhere}/ran" ] && exit 0\ntouch "{elsewhere}/ran"\n'
        f'exec "{sys.executable}" "{script}" "{repository}"\n'
    )
    path.chmod(0o755)
    (elsewhere / "new.py").write_text("new\n")
    git(elsewhere, "add", "new.py")
    git(elsewhere, "commit", "-q", "-m", "With a hook", "--", "new.py")
    assert (elsewhere / "ran").exists()
    assert set(refs(elsewhere)) == {"refs/heads/main"}
    assert not (elsewhere / ".exptrack").exists()
    assert not (elsewhere / ".git" / "exptrack").exists()
    assert git(elsewhere, "status", "--porcelain") == "?? ran"
    assert "refs/exptrack/catalogue" in refs(repository)
    assert fsck(repository) == fsck(elsewhere) == ""


def test_used_within_the_same_repositorys_hook(repository: Path, script: Path) -> None:
    """Recording in a pre-commit hook of `git commit <file>` leaves that commit as it was asked."""
    (repository / "config.yaml").write_text("c: 3\n")
    recorder = script.with_name("recorder.py")
    recorder.write_text(
        "from gittrack.registry import ExperimentRegistry\n"
        f"ExperimentRegistry({str(repository)!r}).register({{'in': 'hook'}}, tags=['t'])\n"
    )
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{recorder}"\n')
    hook.chmod(0o755)
    (repository / "staged.py").write_text("staged\n")
    (repository / "train.py").write_text("changed\n")
    git(repository, "add", "staged.py")
    git(repository, "commit", "-q", "-m", "Only train.py", "--", "train.py")
    assert git(repository, "show", "--format=", "--name-only", "HEAD") == "train.py"
    assert git(repository, "status", "--porcelain", "staged.py") == "A  staged.py"
    with ExperimentRegistry(repository) as registry:
        assert registry.get("t").config == {"in": "hook"}
    assert fsck(repository) == ""


def test_without_a_path_git_dir_and_work_tree_decide(
    repository: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git --git-dir=… exp` works on that repository, as git's own commands do."""
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(repository))
    found = discover()
    assert (found.git_dir, found.work_tree) == (repository / ".git", repository)
    assert discover(elsewhere).work_tree == elsewhere


def test_a_folder_within_the_repository_will_do(repository: Path) -> None:
    """The repository is found from any folder in it, and files lie at its root."""
    commit_file(repository, "deep/er/x.py", "x\n")
    with ExperimentRegistry(repository / "deep" / "er") as registry:
        registry.register({"a": 1})
    assert (repository / ".exptrack" / "format").read_bytes() == b"1\n"
    assert not (repository / "deep" / "er" / ".exptrack").exists()


def test_opened_inside_the_git_folder_it_works_as_in_a_bare_repository(repository: Path) -> None:
    """Inside `.git` there is no work tree; recording goes to the refs all the same."""
    with ExperimentRegistry(repository / ".git") as registry:
        config_id = registry.register({"a": 1})
        assert [r.id for r in registry.list()] == [config_id]
    assert not (repository / ".exptrack").exists()


def test_ceiling_directories_are_honoured(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own limit to how far up git looks holds."""
    (repository / "sub").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(repository))
    with pytest.raises(RepositoryError, match="not a git repository"):
        ExperimentRegistry(repository / "sub")


def one_clear_error(error: GittrackError) -> str:
    text = f"{error}\n{error.hint}" if error.hint else str(error)
    assert len(text.splitlines()) <= 2, text
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("nowhere/at/all", "no such folder"),
        ("file.txt", "not a folder"),
        ("file.txt/below", "not a folder"),
        ("empty", "not a git repository"),
        ("", "not a git repository"),
    ],
)
def test_what_is_no_repository_is_refused(tmp_path: Path, name: str, complaint: str) -> None:
    """A missing path, a file and a plain folder each get one clear error that names the path."""
    (tmp_path / "file.txt").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(RepositoryError) as caught:
        ExperimentRegistry(tmp_path / name)
    text = one_clear_error(caught.value)
    assert complaint in text
    assert str(tmp_path / name) in text


@pytest.mark.parametrize("damage", ["HEAD", "config", "objects"])
def test_a_damaged_repository_is_one_error(repository: Path, damage: str) -> None:
    """A `.git` folder that lacks what makes it one is refused like any other folder."""
    target = repository / ".git" / damage
    if target.is_dir():
        shutil.rmtree(target)
    elif damage == "config":
        target.write_text("[core\nnonsense = = =\n[[")
    else:
        target.unlink()
    with pytest.raises(RepositoryError) as caught:
        ExperimentRegistry(repository)
    one_clear_error(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_somebody_elses_repository_is_not_trusted_and_the_way_out_is_told(
    repository: Path,
) -> None:
    """git's own `safe.directory` refusal comes with the command that lifts it."""
    for path in (repository, *repository.rglob("*")):
        os.chown(path, 12345, 12345)
    with pytest.raises(RepositoryError) as caught:
        ExperimentRegistry(repository)
    text = one_clear_error(caught.value)
    assert f"git config --global --add safe.directory {repository}" in text

    command = ("config", "--global", "--add", "safe.directory", str(repository))
    own_config = {"GIT_CONFIG_GLOBAL": str(repository.parent / "own-gitconfig")}
    assert run_git(repository.parent, *command, variables=own_config).returncode == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", own_config["GIT_CONFIG_GLOBAL"])
        with ExperimentRegistry(repository) as registry:
            registry.register({"a": 1})


def test_without_a_name_it_records_as_user_at_host_and_says_so_once(tmp_path: Path) -> None:
    """No name in git (a container, CI) is no error; the notice comes once for a repository."""
    folder = tmp_path / "nameless"
    folder.mkdir()
    git(folder, "init", "-q")
    notices: list[str] = []
    for number in range(2):
        with ExperimentRegistry(folder, warn=notices.append) as registry:
            registry.register({"n": number}, tags=["t"])
            author = registry.get("t").author
    assert len(notices) == 1
    assert "recording as" in notices[0]
    assert "@" in author
    assert fsck(folder) == ""


@pytest.mark.parametrize("strict", [True, False])
def test_a_name_without_address_or_only_used_config(tmp_path: Path, strict: bool) -> None:
    """user.useConfigOnly makes git refuse to invent a name; recording goes on all the same."""
    folder = tmp_path / "nameless"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "config", "user.useConfigOnly", str(strict).lower())
    with ExperimentRegistry(folder, warn=lambda _: None) as registry:
        config_id = registry.register({"a": 1}, tags=["t"])
        registry.update(config_id, "described")
        registry.delete(config_id)
        registry.restore(config_id)
    assert fsck(folder) == ""


def test_odd_names_and_addresses(repository: Path) -> None:
    """A name with brackets or letters of any script is stored and shown, and git stays sound."""
    git(repository, "config", "user.name", "Łukasz <the> 日本\tX")
    git(repository, "config", "user.email", "a b@c")
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, tags=["t"])
        author = registry.get(config_id).author
    assert "Łukasz" in author
    assert "日本" in author
    assert fsck(repository) == ""


def test_replace_refs_do_not_change_what_an_id_means(repository: Path) -> None:
    """A replaced blob (git replace) is not what is read for a config."""
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, worktree=False)
        other = registry.register({"a": 2}, worktree=False)

    def blob(i: str) -> str:
        return git(
            repository,
            "rev-parse",
            f"refs/exptrack/catalogue:.exptrack/objects/{i[:2]}/{i[2:]}.yaml",
        )

    git(repository, "replace", blob(config_id), blob(other))
    with ExperimentRegistry(repository) as registry:
        assert registry.get(config_id).config == {"a": 1}
        assert registry.verify() == (2, [])


@pytest.mark.parametrize(
    "settings",
    [
        {"core.autocrlf": "true", "core.eol": "crlf"},
        {"log.showSignature": "true", "log.follow": "true", "log.date": "relative"},
        {"diff.renames": "copies", "diff.noprefix": "true", "diff.external": "false"},
        {"core.quotePath": "true", "core.precomposeUnicode": "true"},
        {"grep.lineNumber": "true", "grep.column": "true", "grep.patternType": "perl"},
        {"core.logAllRefUpdates": "false"},
        {"fetch.fsckObjects": "true", "transfer.fsckObjects": "true", "gc.auto": "1"},
        {"core.fsyncMethod": "batch", "core.fsync": "all"},
        {"pack.writeReverseIndex": "true", "fastimport.unpackLimit": "1"},
        {"color.ui": "always", "core.pager": "false", "column.ui": "always"},
        {"i18n.commitEncoding": "ISO-8859-1", "i18n.logOutputEncoding": "ISO-8859-1"},
        {"alias.log": "!false", "core.abbrev": "4"},
        {"core.sharedRepository": "group"},
        {"log.mailmap": "true", "format.pretty": "oneline"},
        {"core.splitIndex": "true", "core.untrackedCache": "true", "feature.manyFiles": "true"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_the_users_settings_do_not_change_the_answers(
    repository: Path, settings: dict[str, str]
) -> None:
    """What git may be configured to do for people's eyes does not reach what is recorded."""
    for key, value in settings.items():
        git(repository, "config", key, value)
    before = footprint(repository)
    with ExperimentRegistry(repository) as registry:
        config_id = registry.register({"a": 1}, tags=["größer"], description="schön\nzwei")
        registry.list()
        registry.register({"b": 1}, tags=["größer"])
        registry.update(config_id, "schöner")
        registry.untag(config_id, "größer")
        assert registry.get(config_id).description == "schöner"
        assert {e.text for e in registry.log(config_id) if e.action == "tag"} == {"größer"}
        assert [m.text for m in registry.grep("a")] == ["a: 1"]
        assert sorted(e.action for e in registry.log(config_id)) == [
            "describe",
            "register",
            "tag",
            "untag",
        ]
        assert registry.verify() == (2, [])
    plain = ("-c", "core.splitIndex=false", "-c", "color.ui=false", "-c", "column.ui=never")
    assert footprint(repository) == before
    assert git(repository, *plain, "cat-file", "-t", "refs/exptrack/catalogue") == "commit"
    assert fsck(repository) == ""
