"""What hosts run for us, run here: action, pipeline and hooks; a bare repository is the host.

The step that installs gittrack is replaced by the program that is installed already, but for the
slow test.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from host_stand_ins import GitHub, GitLab, Told
from witness import commit_all, commit_file, git, name_somebody, new_repository, run_git
from workflow_runner import EXPRESSION, ROOT, Job, Runner, evaluate

from gittrack.cli.main import run

pytestmark = pytest.mark.slow

MARKER = "<!-- gittrack-review -->"


@dataclass(frozen=True)
class Host:
    """A bare repository with a pull request, as a host has it.

    `old_base` is where the branch began; `base` is what it goes to now: there, somebody else
    registered a config in between.
    """

    folder: Path
    old_base: str
    base: str
    head: str
    merge: str


def config(lr: float) -> str:
    return f"kind: backtest\nlr: {lr}\nuniverse: sp500\n"


def exp(folder: Path, *arguments: str) -> None:
    assert run(["-C", str(folder), *arguments]) == 0


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, empty_home: Path) -> Iterator[Host]:
    """Pull request 1 moves the pin `prod` from a learning rate of 0.1 to one of 0.2."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("GIT_"):
                patch.delenv(name)
        patch.setenv("HOME", str(empty_home))
        patch.setenv("GIT_CONFIG_GLOBAL", str(empty_home / "gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield _host(tmp_path_factory.mktemp("host"))


def _host(folder: Path) -> Host:
    work = new_repository(folder / "work", commit=True)
    (work / "configs").mkdir()
    (work / "configs/prod.yaml").write_text(config(0.1))
    exp(work, "pin", "prod", "configs/prod.yaml")
    old_base = commit_all(work, "Pin prod")
    git(work, "switch", "-qc", "faster")
    for number in range(3):
        commit_file(work, "notes.txt", f"{number}\n")
    (work / "configs/prod.yaml").write_text(config(0.2))
    exp(work, "pin", "--update")
    head = commit_all(work, "Learn faster")
    git(work, "switch", "-q", "main")
    (work / "other.yaml").write_text("kind: theirs\n")
    exp(work, "add", "other.yaml", "-m", "by somebody else")
    base = commit_all(work, "Register another")
    git(work, "switch", "-q", "--detach")
    git(work, "merge", "-q", "--no-ff", "-m", "Merge pull request", head)
    merge = git(work, "rev-parse", "HEAD")
    bare = folder / "strategies.git"
    git(folder, "init", "-q", "--bare", str(bare))
    git(bare, "symbolic-ref", "HEAD", "refs/heads/main")
    refs = (f"{base}:refs/heads/main", f"{head}:refs/pull/1/head", f"{merge}:refs/pull/1/merge")
    git(work, "push", "-q", str(bare), *refs)
    return Host(bare, old_base, base, head, merge)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with `git-exp`, as the step that installs it makes one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "git-exp"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from gittrack.cli.main import main\n\nmain()\n"
    )
    script.chmod(0o755)
    return folder


def checked_out(host: Host, folder: Path, commit: str, depth: int = 1) -> Path:
    """A work tree as actions/checkout makes it; depth 0 takes all branches with their history."""
    git(folder.parent, "init", "-q", str(folder))
    git(folder, "remote", "add", "origin", host.folder.as_uri())
    wanted = [f"+{commit}:refs/remotes/pull/1/merge"]
    options = [f"--depth={depth}"]
    if depth == 0:
        wanted.append("+refs/heads/*:refs/remotes/origin/*")
        options = []
    git(folder, "fetch", "-q", "--no-tags", *options, "origin", *wanted)
    git(folder, "checkout", "-q", "--force", "refs/remotes/pull/1/merge")
    return folder


Action = Callable[..., Job]


@pytest.fixture
def action(host: Host, tmp_path: Path, github: GitHub, programs: Path) -> Action:
    """Runs the action for pull request 1, in a checkout like the host's own."""

    def execute(
        workspace: Path | None = None,
        *,
        head_of_event: str = host.head,
        base_of_event: str = host.old_base,
        ref: str = "refs/pull/1/merge",
        server: str = "https://github.example",
        event: dict[str, Any] | None = None,
        given: dict[str, dict[str, str]] | None = None,
        **inputs: str,
    ) -> Job:
        where = workspace or checked_out(host, tmp_path / "checkout", host.merge)
        temporary = tmp_path / "runner"
        temporary.mkdir(exist_ok=True)
        pull = {"number": 1, "base": {"sha": base_of_event}, "head": {"sha": head_of_event}}
        payload = {"pull_request": pull} if event is None else event
        (tmp_path / "event.json").write_text(json.dumps(payload))
        variables = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": github.address,
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REF": ref,
            "GITHUB_REPOSITORY": "ada/strategies",
            "GITHUB_SERVER_URL": server,
            "GITHUB_SHA": git(where, "rev-parse", "HEAD"),
            "no_proxy": "127.0.0.1",
        }
        steps = given or {"python": {}, "install": {"bin": str(programs)}}
        runner = Runner(
            where, temporary, {"event": payload, "token": "secret-of-ada"}, variables, steps
        )
        job = runner.run({name.replace("_", "-"): value for name, value in inputs.items()})
        assert "secret-of-ada" not in job.log
        return job

    return execute


def test_a_pull_request_is_checked_reviewed_and_commented(
    action: Action, host: Host, github: GitHub
) -> None:
    """With the default checkout, of depth 1, the comment shows this pull request's change alone.

    The base is the merge's first parent, and not what the event remembers.
    """
    job = action()
    assert job.status == 0, job.log
    assert job.outputs["commits"]["base"] == host.base
    assert job.outputs["check"] == {"status": "0"}
    assert [body.splitlines()[0] for body in github.bodies] == [MARKER]
    assert "0.2" in github.bodies[0]
    assert "theirs" not in github.bodies[0] + job.summary
    assert job.summary == github.bodies[0]
    assert "actions/upload-artifact@v7" not in job.used


def test_a_later_run_updates_the_comment(action: Action, github: GitHub) -> None:
    """The comment of an earlier push is brought up to date; a stranger's is left alone."""
    github.comment(f"{MARKER}\nmine", login="mallory")
    github.comment(f"{MARKER}\nof an earlier push")
    assert action().status == 0
    assert len(github.comments) == 2
    assert github.bodies[0] == f"{MARKER}\nmine"
    assert "0.2" in github.bodies[1]


def test_what_changes_no_config_gets_no_comment(
    action: Action, host: Host, tmp_path: Path, github: GitHub
) -> None:
    """A review of nothing is posted only where an earlier one would be out of date."""
    where = checked_out(host, tmp_path / "checkout", host.base)
    job = action(where, ref="refs/heads/main", base_of_event=host.base)
    assert (job.status, github.comments) == (0, [])
    assert "Nothing to review" in job.summary
    github.comment(f"{MARKER}\nof an earlier push")
    assert action(where, ref="refs/heads/main", base_of_event=host.base).status == 0
    assert "Nothing to review" in github.bodies[0]


def test_a_full_checkout_works_as_well(action: Action, host: Host, tmp_path: Path) -> None:
    """With depth 0 nothing needs to be fetched, and the history stays whole."""
    where = checked_out(host, tmp_path / "full", host.merge, depth=0)
    git(where, "remote", "set-url", "origin", "/nowhere")
    job = action(where, comment="false")
    assert (job.status, job.outputs["commits"]["base"]) == (0, host.base)
    assert git(where, "rev-parse", "--is-shallow-repository") == "false"


def test_a_checkout_of_the_branch_itself_works(action: Action, host: Host, tmp_path: Path) -> None:
    """Without the merge commit, the base is the last commit that both have."""
    where = checked_out(host, tmp_path / "branch", host.head)
    job = action(where, comment="false", base_of_event=host.base)
    assert (job.status, job.outputs["commits"]["base"]) == (0, host.old_base)


def test_the_base_may_be_a_branch(action: Action, host: Host, tmp_path: Path) -> None:
    """A name of a branch is fetched where a shallow checkout lacks it."""
    where = checked_out(host, tmp_path / "branch", host.head)
    assert action(where, base="main", comment="false").outputs["commits"]["base"] == host.old_base


@pytest.mark.parametrize(
    "base",
    [
        "$(touch pwned)",
        "`touch pwned`",
        "--upload-pack=touch pwned",
        "main; touch pwned",
        "+refs/heads/*:refs/heads/*",
        "main:refs/heads/pwned",
        "::error::pwned",
    ],
)
def test_a_base_is_only_a_name(action: Action, host: Host, tmp_path: Path, base: str) -> None:
    """A hostile base runs nothing, writes no ref, and ends the job with a message."""
    where = checked_out(host, tmp_path / "checkout", host.merge)
    before = git(where, "for-each-ref")
    job = action(where, base=base)
    assert job.status == 1
    assert job.log == (
        '::error title=gittrack::The commit that the input "base" names cannot be fetched.\n'
    )
    assert not list(tmp_path.rglob("pwned"))
    assert git(where, "for-each-ref") == before


def test_a_fork_leaves_an_artifact(action: Action, github: GitHub) -> None:
    """With a read-only token the job succeeds, and the review is in the summary and an artifact."""
    github.read_only = True
    job = action()
    assert job.status == 0, job.log
    assert job.outputs["comment"] == {"outcome": "read-only"}
    artifact = job.used["actions/upload-artifact@v7"]
    assert Path(artifact["path"]).read_text() == job.summary
    assert "::notice title=gittrack::This token may not comment" in job.log


def test_a_fork_is_reviewed_as_data(
    action: Action, host: Host, tmp_path: Path, github: GitHub
) -> None:
    """The other workflow checks out the base and only fetches the head: nothing of it is a file."""
    where = checked_out(host, tmp_path / "trusted", host.base)
    job = action(where, ref="refs/heads/main", head=host.head, base_of_event=host.base)
    assert job.status == 0, job.log
    assert job.outputs["commits"] == {"base": host.old_base, "head": host.head}
    assert "0.2" in github.bodies[0]
    assert git(where, "rev-parse", "HEAD") == host.base
    assert "0.2" not in (where / "configs/prod.yaml").read_text()


def test_a_base_that_is_not_there_is_explained(action: Action) -> None:
    """git's own reason is in the log, and on a line that the runner takes for no command."""
    job = action(base="none")
    assert job.status == 1
    assert job.log.startswith("git: fatal: couldn't find remote ref refs/tags/none\n")


def test_the_token_is_used_where_the_checkout_kept_none(
    action: Action, host: Host, tmp_path: Path, github: GitHub
) -> None:
    """With `persist-credentials: false`, the first fetch is refused and the next has the token."""
    where = checked_out(host, tmp_path / "branch", host.head)
    git(where, "remote", "set-url", "origin", f"{github.address}/ada/strategies")
    github.first = [Told(401, headers={"WWW-Authenticate": 'Basic realm="x"'})] * 9
    assert action(where, base="main", server=github.address).status == 1
    sent = [asked.headers.get("authorization", "") for asked in github.asked[:2]]
    assert sent[0] == ""
    assert base64.b64decode(sent[1].removeprefix("Basic ")) == b"x-access-token:secret-of-ada"


@pytest.mark.parametrize("head", ["main", "--all", "f" * 40])
def test_a_head_is_a_full_id(action: Action, head: str) -> None:
    """A name could move between the check and the review, and is no head."""
    job = action(head=head)
    assert job.status == 1
    assert "::error title=gittrack::The " in job.log


def test_a_finding_fails_the_job_in_the_end(
    action: Action, host: Host, tmp_path: Path, github: GitHub
) -> None:
    """A config that was edited by hand is annotated, the review is posted all the same."""
    where = checked_out(host, tmp_path / "checkout", host.merge)
    changed = next((where / ".exptrack/objects").glob("*/*.yaml"))
    changed.write_text(changed.read_text() + "more: 1\n")
    job = action(where, sarif_file="found.sarif", junit_file="found.xml")
    assert job.status == 1
    assert "::error file=.exptrack/objects/" in job.logs["Check the configs"]
    assert len(github.comments) == 1
    assert list(job.logs)[-1] == "Say how it went"
    assert job.logs["Say how it went"] == (
        "The check of the configs has findings: see the annotations.\n"
    )
    assert json.loads((where / "found.sarif").read_text())["version"] == "2.1.0"
    assert (where / "found.xml").read_text().startswith("<?xml")


def test_required_globs_are_given_line_by_line(action: Action, host: Host, tmp_path: Path) -> None:
    """Each line of `require-registered` is one glob, whatever characters it has."""
    where = checked_out(host, tmp_path / "checkout", host.merge)
    (where / "configs/new one.yaml").write_text("kind: new\n")
    globs = "other.yaml\n\n$(touch pwned)*\n  configs/new one.yaml"
    found = action(where, require_registered=globs, comment="false")
    assert found.status == 1
    assert found.log.count("::error ") == 1
    assert not list(tmp_path.rglob("pwned"))


def test_a_gate_fails_the_job_in_the_end(action: Action, github: GitHub) -> None:
    """A condition that is met fails the job, after the review was posted."""
    job = action(fail_on="lr > 0.1\n")
    assert job.outputs["review"]["status"] == "1", job.log
    assert (job.status, len(github.comments)) == (1, 1)
    assert 'A condition of "fail-on" is met' in job.logs["Say how it went"]


def test_a_push_is_held_against_what_was_there(action: Action, host: Host, tmp_path: Path) -> None:
    """Without a pull request, the base is the branch before the push, and nothing is posted."""
    where = checked_out(host, tmp_path / "pushed", host.base)
    job = action(where, ref="refs/heads/main", event={"before": host.old_base})
    assert job.status == 0, job.log
    assert job.outputs["commits"]["base"] == host.old_base
    assert "theirs" in job.summary
    assert "comment" not in job.outputs


def test_a_new_branch_has_no_base(action: Action, host: Host, tmp_path: Path) -> None:
    """The first push of a branch, whose "before" is zeros, is checked, and not reviewed."""
    where = checked_out(host, tmp_path / "pushed", host.base)
    job = action(where, ref="refs/heads/new", event={"before": "0" * 40})
    assert (job.status, job.outputs["commits"]["base"]) == (0, "")
    assert "review" not in job.outputs


def test_a_failing_host_fails_the_job_in_the_end(action: Action, github: GitHub) -> None:
    """A wrong token is no fork: the job says that the review could not be posted."""
    job = action(token="another")
    assert job.status == 1
    assert "Bad credentials" in job.logs["Post the review"]
    assert "could not be posted" in job.logs["Say how it went"]
    assert github.comments == []


def yaml_files() -> list[Path]:
    return [ROOT / "action.yml", *sorted((ROOT / "ci").rglob("*.yml"))]


def parts_named(tree: Any, name: str) -> Iterator[Any]:
    """Everything below that key, however deep."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == name:
                yield value
            yield from parts_named(value, name)
    elif isinstance(tree, list):
        for value in tree:
            yield from parts_named(value, name)


@pytest.mark.parametrize("path", yaml_files(), ids=lambda path: path.name)
def test_no_script_has_an_expression(path: Path) -> None:
    """Values reach scripts by environment: an expression in a script's text would be run."""
    tree = yaml.safe_load(path.read_text())
    assert not [script for script in parts_named(tree, "run") if "${{" in script]
    assert not [one for one in parts_named(tree, "shell") if one != "bash"]


@pytest.mark.parametrize("path", yaml_files(), ids=lambda path: path.name)
def test_used_actions_have_a_version(path: Path) -> None:
    """No action is taken from a branch."""
    for used in parts_named(yaml.safe_load(path.read_text()), "uses"):
        assert re.fullmatch(r"[\w-]+/[\w/-]+@v\d+", used), used


def test_all_inputs_are_used_and_described() -> None:
    """Each input has a description and a default, and some step reads it."""
    text = (ROOT / "action.yml").read_text()
    action = yaml.safe_load(text)
    for name, described in action["inputs"].items():
        assert described["description"]
        assert "default" in described
        assert f"inputs.{name}" in text
    used = {found.strip() for found in EXPRESSION.findall(text)}
    assert all(evaluate(one, {"github": {}, "steps": {}, "inputs": {}}) == "" for one in used)


def test_of_the_event_only_ids_are_used() -> None:
    """No title, branch or other text that somebody chose reaches a script."""
    text = (ROOT / "action.yml").read_text()
    used = {name for one in EXPRESSION.findall(text) for name in re.findall(r"github[\w.]*", one)}
    assert used == {
        "github.token",
        "github.event.pull_request.base.sha",
        "github.event.merge_group.base_sha",
        "github.event.before",
    }


def test_the_documented_files_are_right() -> None:
    """What docs/hosts.md shows is YAML, and names inputs, hooks and variables that exist."""
    text = (ROOT / "docs/hosts.md").read_text()
    blocks = [yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    steps = list(parts_named(blocks, "steps")) + [b for b in blocks if type(b) is list]
    ours = [step for part in steps for step in part if "gittrack" in step.get("uses", "")]
    assert len(ours) == 2
    assert all(set(step.get("with", {})) <= set(inputs) for step in ours)
    table = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    assert set(re.findall(r"`([a-z-]+)`", " ".join(table))) == set(inputs)
    [used] = list(parts_named(blocks, "hooks"))
    assert {hook["id"] for hook in used} == set(hooks())
    [variables] = list(parts_named(blocks, "variables"))
    template = (ROOT / "ci/gitlab.yml").read_text()
    assert all(f"${{{name}:-" in template for name in variables)


def test_scripts_are_named_and_strict() -> None:
    """Every script is run by the action, and stops at the first error."""
    text = (ROOT / "action.yml").read_text()
    for script in (ROOT / "ci/github").glob("*.sh"):
        assert f'bash "$GITHUB_ACTION_PATH/ci/github/{script.name}"' in text
        assert "\nset -euo pipefail\n" in script.read_text()


def test_the_forks_workflow_runs_nothing_of_the_fork() -> None:
    """It checks out the base, keeps no credentials, and takes of the event ids alone."""
    workflow = yaml.safe_load((ROOT / "ci/github-forks.yml").read_text())
    [job] = workflow["jobs"].values()
    checkout, action = job["steps"]
    assert checkout["uses"].startswith("actions/checkout@")
    assert checkout["with"] == {"persist-credentials": False}
    assert action["uses"].startswith("OWNER/gittrack@")
    event = "github.event.pull_request"
    assert {one.strip() for one in EXPRESSION.findall(str(workflow))} == {
        f"{event}.number",
        f"{event}.head.sha",
    }
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert not list(parts_named(workflow, "run"))


@dataclass(frozen=True)
class Pipeline:
    """Jobs of ci/gitlab.yml, run in a clone as GitLab's runner makes it."""

    folder: Path
    variables: dict[str, str]

    def run(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        tree = yaml.safe_load((ROOT / "ci/gitlab.yml").read_text())
        job = {**tree[tree[name]["extends"]], **tree[name]}
        lines = [*job["before_script"], *job["script"]]
        return subprocess.run(
            ("bash", "-eo", "pipefail", "-c", "\n".join(lines)),
            cwd=self.folder,
            env={**os.environ, **self.variables, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )


@pytest.fixture
def pipeline(host: Host, tmp_path: Path, gitlab: GitLab, programs: Path) -> Pipeline:
    folder = checked_out(host, tmp_path / "clone", host.head, depth=2)
    return Pipeline(
        folder,
        {
            "CI_API_V4_URL": gitlab.address,
            "CI_COMMIT_SHA": host.head,
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": host.old_base,
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_PROJECT_URL": host.folder.with_suffix("").as_uri(),
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "$(touch pwned)",
            "CI_PROJECT_ID": "42",
            "GITLAB_CI": "true",
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "no_proxy": "127.0.0.1",
        },
    )


def test_the_pipeline_checks_and_reports(pipeline: Pipeline) -> None:
    """The job for the check leaves code quality and JUnit reports, also of a shallow clone."""
    done = pipeline.run("gittrack-check", GITTRACK_REQUIRE_REGISTERED="configs/*.yaml\n")
    assert done.returncode == 0, done.stdout
    assert json.loads((pipeline.folder / "gl-code-quality.json").read_text()) == []
    assert (pipeline.folder / "gittrack-junit.xml").read_text().startswith("<?xml")


def test_the_pipeline_fails_for_a_finding(pipeline: Pipeline) -> None:
    """A pinned file that moved on without its pin fails the job, and is in the reports."""
    (pipeline.folder / "configs/prod.yaml").write_text(config(0.7))
    done = pipeline.run("gittrack-check")
    assert done.returncode == 1, done.stdout
    [finding] = json.loads((pipeline.folder / "gl-code-quality.json").read_text())
    assert finding["location"]["path"] in ("configs/prod.yaml", ".exptrack/pins/prod.yaml")


def test_the_pipeline_reviews_and_comments(
    pipeline: Pipeline, gitlab: GitLab, tmp_path: Path
) -> None:
    """With a token the review is a note, updated by later pipelines; a stranger's stays."""
    gitlab.comment(f"{MARKER}\nmine", author=6)
    for _ in range(2):
        done = pipeline.run("gittrack-review", GITTRACK_TOKEN="secret-of-ada")
        assert done.returncode == 0, done.stdout
        assert "secret-of-ada" not in done.stdout
    review = (pipeline.folder / "config-review.md").read_text()
    assert gitlab.bodies == [f"{MARKER}\nmine", review]
    assert "0.2" in review
    assert "theirs" not in review
    assert not list(tmp_path.rglob("pwned"))


def test_the_pipeline_does_without_a_token(pipeline: Pipeline, gitlab: GitLab) -> None:
    """Without a token, or with one that may not write, the job succeeds and leaves the artifact."""
    assert pipeline.run("gittrack-review").returncode == 0
    assert gitlab.asked == []
    (pipeline.folder / "config-review.md").unlink()
    gitlab.read_only = True
    done = pipeline.run("gittrack-review", GITTRACK_TOKEN="secret-of-ada")
    assert done.returncode == 0, done.stdout
    assert (pipeline.folder / "config-review.md").is_file()


def test_the_pipeline_posts_no_review_of_nothing(pipeline: Pipeline, gitlab: GitLab) -> None:
    """A merge request that changes no config gets no note."""
    variables = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": pipeline.variables["CI_COMMIT_SHA"]}
    done = pipeline.run("gittrack-review", GITTRACK_TOKEN="secret-of-ada", **variables)
    assert done.returncode == 0, done.stdout
    assert gitlab.written == []
    assert len(gitlab.asked) == 2


def test_the_pipeline_knows_merged_results(pipeline: Pipeline, host: Host, tmp_path: Path) -> None:
    """Where the commit is the merge, what came from the target branch is not reviewed."""
    folder = checked_out(host, tmp_path / "merged", host.merge)
    variables = {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA": host.base, "CI_COMMIT_SHA": host.merge}
    done = Pipeline(folder, {**pipeline.variables, **variables}).run("gittrack-review")
    assert done.returncode == 0, done.stdout
    review = (folder / "config-review.md").read_text()
    assert "0.2" in review
    assert "theirs" not in review


def hooks() -> dict[str, dict[str, Any]]:
    return {
        hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    }


@pytest.fixture
def pinned(repository: Path) -> Path:
    """A repository with a pinned file, committed."""
    (repository / "prod.yaml").write_text(config(0.1))
    exp(repository, "pin", "prod", "prod.yaml")
    commit_all(repository)
    return repository


def test_the_hook_stops_a_pin_that_was_left_behind(
    pinned: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What .pre-commit-hooks.yaml runs looks at the index; after the other hook, all is well."""
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    check, update = hooks()["gittrack-check"], hooks()["gittrack-pin-update"]
    assert check["pass_filenames"] is update["pass_filenames"] is False
    (pinned / "prod.yaml").write_text(config(0.2))
    assert subprocess.run(check["entry"].split(), cwd=pinned).returncode == 0
    git(pinned, "add", "prod.yaml")
    found = subprocess.run(check["entry"].split(), cwd=pinned, capture_output=True)
    assert found.returncode == 1
    assert b"prod" in found.stdout
    assert subprocess.run(update["entry"].split(), cwd=pinned).returncode == 0
    git(pinned, "add", "-A")
    assert subprocess.run(check["entry"].split(), cwd=pinned).returncode == 0


def documented_hook(name: str) -> str:
    """The script of a plain git hook, as docs/hosts.md shows it."""
    text = (ROOT / "docs/hosts.md").read_text()
    match = re.search(rf"```sh\n(#!/bin/sh\n# {re.escape(name)}\n.*?)```", text, re.DOTALL)
    assert match, name
    return match[1]


def install_hook(folder: Path, name: str, git_dir: str = ".git") -> None:
    hook = folder / git_dir / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(documented_hook(name))
    hook.chmod(0o755)


def test_the_documented_pre_commit_hook_refuses(
    pinned: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that leaves a pin behind is refused, also with `git commit -a`."""
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    install_hook(pinned, "pre-commit")
    (pinned / "prod.yaml").write_text(config(0.2))
    refused = run_git(pinned, "commit", "-qam", "Faster")
    assert refused.returncode == 1
    exp(pinned, "pin", "--update")
    git(pinned, "add", "-A")
    git(pinned, "commit", "-qm", "Faster")


def test_the_documented_pre_push_hook_refuses(
    pinned: Path, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is pushed is checked, whatever the work tree has."""
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(pinned, "remote", "add", "origin", str(tmp_path / "remote.git"))
    install_hook(pinned, "pre-push")
    git(pinned, "push", "-q", "origin", "main")
    (pinned / "prod.yaml").write_text(config(0.2))
    git(pinned, "commit", "-qam", "Faster")
    (pinned / "prod.yaml").write_text(config(0.1))
    refused = run_git(pinned, "push", "-q", "origin", "main")
    assert refused.returncode == 1
    assert b"prod" in refused.stdout + refused.stderr
    git(pinned, "reset", "-q", "--hard", "HEAD^")
    git(pinned, "push", "-q", "origin", "main:fine", ":main")


def test_the_documented_server_hook_refuses(
    pinned: Path, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare repository takes no commit with a finding, although it is still in quarantine."""
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    server = tmp_path / "server.git"
    git(tmp_path, "init", "-q", "--bare", str(server))
    install_hook(server, "pre-receive", ".")
    git(pinned, "push", "-q", str(server), "main", "HEAD:refs/other/x")
    [changed] = (pinned / ".exptrack/objects").glob("*/*.yaml")
    changed.write_text(changed.read_text() + "more: 1\n")
    commit_all(pinned, "Tamper")
    refused = run_git(pinned, "push", "-q", str(server), "main")
    assert refused.returncode == 1
    assert b"remote: " in refused.stderr
    assert b".exptrack/objects/" in refused.stderr
    assert git(server, "rev-parse", "main") == git(pinned, "rev-parse", "HEAD^")
    git(pinned, "push", "-q", str(server), ":refs/other/x")


@pytest.mark.slow
def test_a_large_review_fits(action: Action, host: Host, tmp_path: Path, github: GitHub) -> None:
    """The summary stays below 1 MiB, the comment below 65,536 characters; both say what is cut."""
    work = checked_out(host, tmp_path / "large", host.base, depth=0)
    name_somebody(work)
    many = [f"kind: many\nnumber: {number}\ntext: {'界' * 200}\n" for number in range(3000)]
    (work / "many.yaml").write_text("---\n".join(many))
    exp(work, "add", "many.yaml", "-m", "話" * 100)
    commit_all(work, "Register many")
    job = action(work, ref="refs/heads/main", base=host.base)
    assert job.status == 0, job.log
    assert 65_536 < len(job.summary) < len(job.summary.encode()) < 2**20
    [comment] = github.bodies
    assert 10_000 < len(comment) < 65_536
    assert "left out" in comment
    assert "left out" in job.summary


@pytest.mark.slow
def test_the_action_installs_itself(action: Action, github: GitHub) -> None:
    """The step that installs gittrack makes the program that the others run."""
    job = action(given={"python": {"python-path": sys.executable}})
    assert job.status == 0, job.log
    assert len(github.comments) == 1
