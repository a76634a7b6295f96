"""One comment on a pull or merge request, whatever happens on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from host_stand_ins import BOT, GitHub, GitLab, StandIn, Told, serving
from hypothesis import given
from hypothesis import strategies as st

from gittrack.cli.main import run
from gittrack.errors import GittrackError, UsageError
from gittrack.hosts.comments import MARKER, marked, post
from gittrack.hosts.github import GitHubComments
from gittrack.hosts.gitlab import GitLabNotes, without_quick_actions
from gittrack.hosts.web import Api, HostError, NotAllowedError, UnavailableError

REVIEW = f"{MARKER}\n## Config review\n\n`lr` 0.1 → 0.2\n"


@pytest.fixture
def waits() -> list[float]:
    """The pauses, in seconds, that were made; they take no time here."""
    return []


@pytest.fixture
def pull(github: GitHub, waits: list[float]) -> GitHubComments:
    return GitHubComments(github.address, "ada/strategies", 1, "secret-of-ada", sleep=waits.append)


@pytest.fixture
def merge(gitlab: GitLab, waits: list[float]) -> GitLabNotes:
    return GitLabNotes(
        gitlab.address, "42", 7, "secret-of-ada", page="https://x.example/1", sleep=waits.append
    )


def test_the_first_review_makes_a_comment(github: GitHub, pull: GitHubComments) -> None:
    """Without a comment of ours, one is written, and we learn where it is."""
    github.comment("looks good to me", login="grace")
    posted = post(pull, REVIEW)
    assert posted.action == "posted"
    assert posted.url == "https://github.example/ada/strategies/pull/1#issuecomment-1001"
    assert github.bodies == ["looks good to me", REVIEW]


def test_the_next_review_updates_it(github: GitHub, pull: GitHubComments) -> None:
    """A later run replaces the text of the same comment."""
    post(pull, REVIEW)
    posted = post(pull, REVIEW + "more\n")
    assert (posted.action, github.bodies) == ("updated", [REVIEW + "more\n"])
    assert posted.url.endswith("#issuecomment-1000")


def test_the_same_review_writes_nothing(github: GitHub, pull: GitHubComments) -> None:
    """Nothing is sent when the comment says that already, line ends aside."""
    github.comment(REVIEW.replace("\n", "\r\n").rstrip())
    assert post(pull, REVIEW).action == "unchanged"
    assert github.written == []


@pytest.mark.parametrize("login", ["mallory", "github-actions", "github-actions[bot]x", ""])
def test_a_strangers_comment_is_left_alone(
    github: GitHub, pull: GitHubComments, login: str
) -> None:
    """Who writes our marker into a comment does not get ours: we write our own."""
    github.comment(REVIEW, login=login)
    assert post(pull, REVIEW).action == "posted"
    assert [asked.method for asked in github.written] == ["POST"]


def test_a_comment_that_quotes_the_marker_is_another(github: GitHub, pull: GitHubComments) -> None:
    """Only the first line counts: other workflows' comments by the same bot stay."""
    github.comment(f"Failed:\n{MARKER}")
    github.comment(f"{MARKER} and more")
    github.comment("<!-- gittrack-review linux -->\n")
    assert post(pull, REVIEW).action == "posted"


def test_two_markers_are_two_comments(github: GitHub, pull: GitHubComments) -> None:
    """Jobs with markers of their own keep comments of their own."""
    linux = "<!-- gittrack-review linux -->"
    post(pull, REVIEW)
    post(pull, REVIEW, linux)
    assert post(pull, REVIEW + "new", linux).action == "updated"
    assert github.bodies == [REVIEW, f"{linux}\n{REVIEW}new"]


def test_updating_only_makes_no_comment(github: GitHub, pull: GitHubComments) -> None:
    """With `update_only` a comment that is there is updated, and none is made."""
    assert post(pull, REVIEW, update_only=True).action == "none"
    assert github.comments == []
    post(pull, REVIEW)
    assert post(pull, REVIEW + "new", update_only=True).action == "updated"


def test_ours_is_found_on_a_later_page(github: GitHub, pull: GitHubComments) -> None:
    """All pages of a long conversation are read, until ours is found."""
    github.page = 10
    for number in range(25):
        github.comment(f"remark {number}", login="grace")
    github.comment(REVIEW)
    assert post(pull, REVIEW + "new").action == "updated"
    assert [asked.query["per_page"] for asked in github.asked[:3]] == ["100"] * 3


def test_a_read_only_token_is_told_apart(github: GitHub, pull: GitHubComments) -> None:
    """A token that may read and not write is an error of its own kind."""
    github.read_only = True
    with pytest.raises(NotAllowedError, match="Resource not accessible by integration"):
        post(pull, REVIEW)


def test_failures_are_tried_again(github: GitHub, pull: GitHubComments, waits: list[float]) -> None:
    """A host that fails for a moment is asked again, after longer and longer pauses."""
    github.first = [Told(502, {"message": "Bad Gateway"}), Told(503)]
    assert post(pull, REVIEW).action == "posted"
    assert waits == [2, 4]


def test_a_comment_whose_answer_was_lost_is_not_written_twice(
    github: GitHub, pull: GitHubComments
) -> None:
    """When the host hangs up after writing, the next attempt finds what was written."""
    github.lose_answers = 1
    assert post(pull, REVIEW, sleep=lambda _: None).action == "unchanged"
    assert github.bodies == [REVIEW]


def test_a_host_that_is_down_is_an_error(
    github: GitHub, pull: GitHubComments, waits: list[float]
) -> None:
    """Attempts are bounded, and so is the time that they take."""
    github.first = [Told(500, {"message": "no"})] * 99
    with pytest.raises(UnavailableError, match=r"GitHub answered 500 to GET .*: no"):
        post(pull, REVIEW)
    assert len(github.asked) == 4
    assert sum(waits) <= 90


def test_a_host_that_is_not_there_is_an_error(waits: list[float]) -> None:
    """The message says which host, why, and where we looked."""
    nobody = GitHubComments("http://127.0.0.1:9", "a/b", 1, "secret-of-ada", sleep=waits.append)
    with pytest.raises(UnavailableError, match=r"^GitHub cannot be reached: connection refused$"):
        post(nobody, REVIEW)
    assert waits == [2, 4, 8]


def test_a_limit_is_waited_for(github: GitHub, pull: GitHubComments, waits: list[float]) -> None:
    """A secondary limit is waited for as long as the host asks, also when writing."""
    github.comment("hello", login="grace")
    told = {"message": "You have exceeded a secondary rate limit."}
    github.first = [Told(403, told, {"Retry-After": "7"}), Told(429, told)]
    assert post(pull, REVIEW).action == "posted"
    assert waits == [7, 60]


def test_a_spent_quota_is_waited_for_by_the_hosts_clock(
    github: GitHub, pull: GitHubComments, waits: list[float]
) -> None:
    """`x-ratelimit-reset` is held against the host's own date, not against ours."""
    spent = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "1000000030",
        "Date": "Sun, 09 Sep 2001 01:46:40 GMT",
    }
    github.first = [Told(403, {"message": "API rate limit exceeded"}, spent)]
    assert post(pull, REVIEW).action == "posted"
    assert waits == [pytest.approx(30)]


def test_a_long_limit_is_not_waited_for(
    github: GitHub, pull: GitHubComments, waits: list[float]
) -> None:
    """Where the host asks for an hour, the job ends, and says so; it is no matter of rights."""
    github.first = [Told(403, {"message": "rate limit"}, {"Retry-After": "3600"})]
    with pytest.raises(HostError) as caught:
        post(pull, REVIEW)
    assert not isinstance(caught.value, NotAllowedError)
    assert "3,600 s" in str(caught.value.hint)
    assert waits == []


def test_the_token_goes_to_no_other_host(github: GitHub, pull: GitHubComments) -> None:
    """Redirects and links to other hosts are refused, and nothing is sent there."""
    other = GitHub()
    with serving(other):
        github.first = [Told(307, None, {"Location": f"{other.address}/repos/x"})]
        with pytest.raises(HostError, match="sends us to another host"):
            post(pull, REVIEW)
        github.first = [Told(200, [], {"Link": f'<{other.address}/next>; rel="next"'})]
        with pytest.raises(HostError, match="sends us to another host"):
            post(pull, REVIEW)
    assert other.asked == []


def test_a_renamed_repository_is_followed(github: GitHub, pull: GitHubComments) -> None:
    """A redirect within the host is followed with the same method and text."""
    target = f"{github.address}/repos/ada/strategies/issues/1/comments"
    github.first = [Told(200, []), Told(307, None, {"Location": target})]
    assert post(pull, REVIEW).action == "posted"
    assert github.bodies == [REVIEW]


def test_redirects_without_end_are_an_error(github: GitHub, pull: GitHubComments) -> None:
    """A host that redirects to itself is left after a few steps."""
    github.first = [Told(302, None, {"Location": f"{github.address}/again"})] * 50
    with pytest.raises(HostError, match="again and again"):
        post(pull, REVIEW)
    assert len(github.asked) < 10


@pytest.mark.parametrize(
    "address",
    [
        "http://api.github.example",
        "file:///etc/passwd",
        "ftp://x.example",
        "https://",
        "https://user:word@x.example",
        "https://x.example:99999",
        "//x.example",
        "",
    ],
)
def test_only_secure_addresses_take_a_token(address: str) -> None:
    """Plain HTTP is for this machine alone; anything but HTTP is no address of a host."""
    with pytest.raises(UsageError, match="not the address"):
        GitHubComments(address, "ada/strategies", 1, "secret-of-ada")


@pytest.mark.parametrize("name", ["ada", "ada/../x", "ada/x/y", "ada/x?y", "", "/x", "a\n/b"])
def test_a_repository_name_is_no_path(name: str) -> None:
    """The name of the repository cannot lead elsewhere in the interface."""
    with pytest.raises(UsageError, match="not the name"):
        GitHubComments("https://api.github.example", name, 1, "secret-of-ada")


def test_a_token_with_line_ends_is_refused() -> None:
    """A token cannot add headers, and the message does not show it."""
    with pytest.raises(UsageError, match="characters") as caught:
        Api("GitHub", "https://x.example", {"Authorization": "Bearer top\nHost: y"})
    assert "top" not in str(caught.value)


@pytest.mark.parametrize("data", [[1], [{}], {"id": "x"}, "text", None, [{"user": 3}]])
def test_odd_answers_are_no_traceback(github: GitHub, pull: GitHubComments, data: object) -> None:
    """What is no comment is not ours, and an answer that is no comment is an error."""
    github.first = [Told(200, data), Told(201, data)]
    with pytest.raises(HostError, match="no comment"):
        post(pull, REVIEW)


def test_a_long_text_is_refused_before_anything_is_sent(
    github: GitHub, pull: GitHubComments
) -> None:
    """The limit counts characters outside of the basic plane twice, to be safe."""
    with pytest.raises(GittrackError, match="65,555 characters") as caught:
        post(pull, MARKER + "\n" + "😀" * 32_765)
    assert "--max-chars" in str(caught.value.hint)
    assert github.asked == []


def test_a_note_is_posted_and_updated(gitlab: GitLab, merge: GitLabNotes) -> None:
    """At GitLab the comment is a note by the token's own user."""
    assert post(merge, REVIEW).url == "https://x.example/1#note_300"
    assert post(merge, REVIEW + "new").action == "updated"
    assert gitlab.bodies == [REVIEW + "new"]


def test_notes_of_others_are_left_alone(gitlab: GitLab, merge: GitLabNotes) -> None:
    """Another user's note with our marker, and the system's, are not ours."""
    gitlab.page = 2
    gitlab.comment(REVIEW, author=6)
    gitlab.comment(REVIEW, system=True)
    gitlab.comment("remark")
    gitlab.comment(REVIEW)
    post(merge, REVIEW + "new")
    assert gitlab.bodies == [REVIEW, REVIEW, "remark", REVIEW + "new"]


def test_a_note_gives_gitlab_no_orders(gitlab: GitLab, merge: GitLabNotes) -> None:
    """A line that GitLab would obey, such as `/merge`, is only shown."""
    post(merge, f"{MARKER}\n/merge\n  /close\nsome/path\n/ 2\n")
    assert gitlab.bodies == [f"{MARKER}\n&#47;merge\n  &#47;close\nsome/path\n/ 2\n"]


@given(st.text(alphabet="/ab \n\t\r"))
def test_no_line_begins_with_an_order(text: str) -> None:
    """Whatever the text, no line begins with a slash and a letter."""
    lines = without_quick_actions(text).splitlines()
    assert not [line for line in lines if line.lstrip()[:1] == "/" and line.lstrip()[1:2].isalpha()]


@given(st.text())
def test_marking_twice_changes_nothing(text: str) -> None:
    """The marker is the first line, once."""
    once = marked(text)
    assert once.startswith(MARKER)
    assert marked(once) == once
    assert once.endswith(text)


@pytest.mark.parametrize("marker", ["", "x", "<!-- a\n -->", "<!-- a --> b -->", "<!-->", "<!--->"])
def test_a_marker_is_one_html_comment(marker: str) -> None:
    """A marker that could show, or end early, is refused."""
    with pytest.raises(UsageError, match="not a marker"):
        marked("text", marker)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a review in it, and no variable of a CI job set."""
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_TOKEN", "GITLAB_TOKEN", "GITTRACK_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "review.md").write_text(REVIEW)
    return tmp_path


@pytest.fixture
def github_job(job: Path, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    event = job / "event.json"
    event.write_text(json.dumps({"number": 1, "pull_request": {"number": 1}}))
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": github.address,
        "GITHUB_REPOSITORY": "ada/strategies",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_TOKEN": "secret-of-ada",
    }.items():
        monkeypatch.setenv(name, value)
    return github


@pytest.fixture
def gitlab_job(job: Path, gitlab: GitLab, monkeypatch: pytest.MonkeyPatch) -> GitLab:
    for name, value in {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": gitlab.address,
        "CI_PROJECT_ID": "77",
        "CI_MERGE_REQUEST_PROJECT_ID": "42",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.example/ada/strategies",
        "GITTRACK_TOKEN": "secret-of-ada",
    }.items():
        monkeypatch.setenv(name, value)
    return gitlab


def exp(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = run(["comment", *arguments])
    written = capsys.readouterr()
    assert "secret-of-ada" not in written.out + written.err
    return status, written.out, written.err


def test_the_command_posts_for_a_github_job(
    github_job: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a workflow, all but the file comes from the job."""
    page = "https://github.example/ada/strategies/pull/1#issuecomment-1000"
    assert exp(capsys, "review.md") == (0, f"posted  {page}\n", "")
    assert exp(capsys, "review.md") == (0, f"unchanged  {page}\n", "")


def test_the_command_posts_for_a_gitlab_job(
    gitlab_job: GitLab, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a pipeline, too; for a fork's, the request is in the project that it goes to."""
    page = "https://gitlab.example/ada/strategies/-/merge_requests/7#note_300"
    assert exp(capsys, "review.md") == (0, f"posted  {page}\n", "")
    assert gitlab_job.bodies == [REVIEW]


def test_a_dry_run_only_looks(github_job: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """`--dry-run` says what would be done, and does not."""
    assert exp(capsys, "--dry-run", "review.md") == (0, "would be posted\n", "")
    github_job.comment("<!-- gittrack-review -->\nold")
    status, out, _ = exp(capsys, "--dry-run", "review.md")
    assert (status, out.split()[:3]) == (0, ["would", "be", "updated"])
    assert github_job.written == []


def test_update_only_says_that_there_is_none(
    github_job: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--update-only` posts nothing new, and says so."""
    answer = (0, "no comment yet, and none posted\n", "")
    assert exp(capsys, "--update-only", "review.md") == answer
    assert github_job.written == []


def test_a_fork_gets_status_1(github_job: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """A token that may not write is told apart from a failure, in one line."""
    github_job.read_only = True
    status, out, err = exp(capsys, "review.md")
    assert (status, out) == (1, "")
    assert err.startswith("not allowed  GitHub answered 403 to POST /repos/ada/strategies/")
    assert err.count("\n") == 1


def test_a_failure_gets_status_3(
    github_job: GitHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong token is a failure, and the host's text cannot act on the terminal."""
    github_job.first = [Told(401, {"message": "Bad\x1b[2J credentials\n::error::x"})]
    status, _, err = exp(capsys, "review.md")
    assert status == 3
    assert "\x1b" not in err
    assert "\n::" not in err


def test_another_author_may_be_named(
    github_job: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a token of one's own, one's own comment is the one that is updated."""
    github_job.comment(REVIEW, login=BOT)
    github_job.comment(REVIEW, login="Ada")
    (Path("review.md")).write_text(REVIEW + "new")
    assert exp(capsys, "--author", "ada", "review.md")[0] == 0
    assert github_job.bodies == [REVIEW, REVIEW + "new"]


@pytest.mark.parametrize(
    ("unset", "said"),
    [
        ("GITHUB_TOKEN", "GITHUB_TOKEN is not set"),
        ("GITHUB_REPOSITORY", "GITHUB_REPOSITORY is not set"),
        ("GITHUB_ACTIONS", "no CI job of GitHub or GitLab"),
        ("GITHUB_EVENT_PATH", "this workflow's event is no pull request"),
    ],
)
def test_what_is_missing_is_named(
    github_job: GitHub,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    unset: str,
    said: str,
) -> None:
    """Outside of a job for a pull request, the message says what is not there."""
    monkeypatch.delenv(unset)
    monkeypatch.delenv("GITHUB_REF", raising=False)
    status, _, err = exp(capsys, "review.md")
    assert status == 2
    assert said in err
    assert "hint: " in err


def test_what_is_no_text_is_refused(github_job: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not UTF-8, or not there, is an error with its name."""
    Path("bad.md").write_bytes(b"\xff\xfe")
    assert exp(capsys, "bad.md")[2].startswith("error: bad.md: not valid UTF-8")
    status, _, err = exp(capsys, "none.md")
    assert (status, err) == (3, "error: none.md: no such file or directory\n")


def test_stand_ins_are_hosts(github: GitHub) -> None:
    """The stand-in refuses a wrong token, as the host would."""
    host: StandIn = github
    wrong = GitHubComments(host.address, "ada/strategies", 1, "another", sleep=lambda _: None)
    with pytest.raises(HostError, match="Bad credentials"):
        post(wrong, REVIEW)
