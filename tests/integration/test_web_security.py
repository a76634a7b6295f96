"""What the server keeps out: foreign pages, foreign names, strangers, paths, scripts."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_client import Client, served
from witness import refs

from gittrack.errors import UsageError
from gittrack.tracking.tracker import ExperimentTracker
from gittrack.web.guard import Access, is_loopback
from gittrack.web.pages import asset_at, assets
from gittrack.web.refusals import RefusedRequestError
from gittrack.web.routes.artifacts import content_kind
from gittrack.web.server import WebServer

pytestmark = pytest.mark.slow


ASSETS = Path(__file__).resolve().parents[2] / "gittrack" / "web" / "assets"


@pytest.fixture
def client(repository: Path) -> Iterator[Client]:
    with served(repository) as found:
        yield found


@pytest.fixture
def open_client(repository: Path) -> Iterator[Client]:
    """A server that the whole network reaches."""
    with served(repository, host="0.0.0.0", names=["lab.example"]) as found:
        yield found


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "", "127.0.0.1.evil.example"])
def test_foreign_name_that_leads_here_is_refused(client: Client, host: str) -> None:
    """DNS rebinding: a page of a foreign name gets nothing, not even with the token."""
    for path in ("/api/v1/experiments", "/"):
        assert client.ask("GET", path, headers={"Host": host}).status == 421


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:9000", "127.0.0.1:1", "[::1]:80", "LOCALHOST"]
)
def test_names_of_this_machine_are_served_at_any_port(client: Client, host: str) -> None:
    """A forwarded port has another number; the name is what counts."""
    assert client.ask("GET", "/api/v1/about", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_requests_of_foreign_pages_are_refused(client: Client, headers: dict[str, str]) -> None:
    """What another page has a browser send is not served, reading or writing."""
    assert client.ask("GET", "/api/v1/about", headers=headers).status == 403
    body = {"name": "x"}
    assert client.ask("POST", "/api/v1/experiments", body, headers=headers).status == 403
    assert client.get("experiments")["experiments"] == []


def test_link_on_a_foreign_page_may_be_followed_but_changes_nothing(client: Client) -> None:
    """A link in a chat opens the page; a form that posts from there is refused."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.ask("GET", "/", headers=headers).status == 200
    assert client.ask("POST", "/api/v1/experiments", {"name": "x"}, headers=headers).status == 403


def test_own_page_is_served(client: Client) -> None:
    """Requests of the page itself bear its own origin."""
    origin = {"Origin": client.server.address.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    made = client.ask("POST", "/api/v1/experiments", {"name": "x"}, headers=origin)
    assert made.status == 201


def test_writing_needs_the_token_and_reading_on_this_machine_does_not(client: Client) -> None:
    """Without the token or with a wrong one nothing is changed."""
    assert client.ask("GET", "/api/v1/experiments", token=False).status == 200
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
        for method, path in (
            ("POST", "experiments"),
            ("PATCH", "runs/x"),
            ("DELETE", "runs/x"),
            ("PUT", "experiments"),
        ):
            answer = client.ask(
                method, f"/api/v1/{path}", {"name": "x"}, token=False, headers=header
            )
            assert (answer.status, answer.error["code"]) == (401, "no_token")
            assert "WWW-Authenticate" in answer.headers
    assert client.get("experiments")["experiments"] == []


def test_beyond_loopback_everything_but_the_empty_page_needs_the_token(
    open_client: Client,
) -> None:
    """Data are for those who know the token; the page's own files hold none."""
    for path in ("experiments", "runs/search", "openapi.json", "about"):
        assert open_client.ask("GET", f"/api/v1/{path}", token=False).status == 401
        assert open_client.ask("GET", f"/api/v1/{path}").status == 200
    assert open_client.ask("GET", "/", token=False).status == 200


def test_open_server_answers_to_addresses_and_its_names_only(open_client: Client) -> None:
    """A name that nobody gave it is foreign, there too."""
    for host, status in (("192.0.2.7:7878", 200), ("lab.example", 200), ("evil.example", 421)):
        assert open_client.ask("GET", "/api/v1/about", headers={"Host": host}).status == status


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/assets/../handler.py",
        "/assets/%2e%2e/handler.py",
        "/assets/",
        "/assets",
        "/assets//etc/passwd",
        "//etc/passwd",
        "/index.html",
        "/api",
    ],
)
def test_no_path_leads_to_a_file_and_no_folder_is_listed(client: Client, path: str) -> None:
    """Only the page's own files are there, by their very names."""
    assert client.ask("GET", path).status == 404


@given(st.text(max_size=60))
def test_only_named_assets_are_served(path: str) -> None:
    """Whatever is asked for, it is a file of the page or nothing."""
    found = asset_at(path)
    assert found is None or found in assets().values()


@pytest.mark.parametrize("name", ["train.py", "./train.py", "/etc/hostname", "../x.yaml", "pin:x"])
def test_config_is_never_read_from_a_file(client: Client, repository: Path, name: str) -> None:
    """A file's path names a config on the command line; to a client it is no name."""
    (repository / "train.py").write_text("lr: 1\n")
    answer = client.ask("GET", f"/api/v1/configs/{quote(name, safe='')}")
    assert (answer.status, answer.error["code"]) == (400, "bad_request")


@pytest.mark.parametrize("name", ["../../evil", "/abs", "a/../b", "", "a//b", ".", "x\x00y"])
def test_artifact_cannot_be_stored_outside(client: Client, repository: Path, name: str) -> None:
    """A name that leads out of the run, or none, is refused."""
    run_id = client.post("experiments/e/runs", {})["run_id"]
    path = f"/api/v1/runs/{run_id}/artifacts?path={quote(name, safe='')}"
    answer = client.ask("POST", path, b"data")
    assert answer.status == 400, answer
    assert client.get(f"runs/{run_id}/artifacts")["artifacts"] == []


def test_every_answer_forbids_scripts_sniffing_and_frames(client: Client, repository: Path) -> None:
    """The page runs its own files only; what the repository holds runs nowhere."""
    (repository / "page.html").write_text("<script>alert(1)</script>")
    with ExperimentTracker(repository, capture=False) as tracker, tracker.run("e") as run:
        tracker.log_artifact(repository / "page.html")
    stored = f"/api/v1/runs/{run.run_id}/artifacts/page.html"
    for path in ("/", "/assets/app.js", "/api/v1/experiments", stored, "/nothing"):
        headers = client.ask("GET", path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert client.ask("GET", stored).headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "sandbox" in client.ask("GET", stored).headers["Content-Security-Policy"]


def test_artifact_that_is_no_image_or_text_is_for_saving(client: Client, repository: Path) -> None:
    """Unknown files come as attachments, under a name that cannot break the head."""
    name = 'we"ird; filename=x.html; späte.bin'
    with ExperimentTracker(repository, capture=False) as tracker, tracker.run("e") as run:
        tracker.log_artifact(repository / "train.py", name)
    answer = client.ask("GET", f"/api/v1/runs/{run.run_id}/artifacts/{quote(name, safe='')}")
    assert answer.status == 200
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    assert answer.headers["Content-Disposition"] == disposition
    assert answer.headers["Content-Type"] == "application/octet-stream"


@given(st.text(max_size=40))
def test_no_file_is_ever_served_as_a_page(name: str) -> None:
    """Whatever an artifact is called, a browser does not take it for HTML or a script."""
    assert "html" not in content_kind(name)
    assert "javascript" not in content_kind(name)


def test_body_that_was_not_read_is_not_taken_for_a_request(client: Client) -> None:
    """After a refusal before the body was read, the connection ends: nothing is smuggled in."""
    smuggled = b"DELETE /api/v1/runs/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = (
        b"POST /api/v1/experiments HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: " + str(len(smuggled)).encode() + b"\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=10) as connection:
        connection.sendall(head + smuggled)
        connection.shutdown(socket.SHUT_WR)
        answered = b""
        while piece := connection.recv(65536):
            answered += piece
    assert answered.count(b"HTTP/1.1 ") == 1
    assert answered.startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize(
    "lines",
    [
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    ],
)
def test_lengths_that_can_be_read_in_two_ways_are_refused(client: Client, lines: bytes) -> None:
    """A body has one length, and it is told beforehand."""
    token = client.server.token.encode()
    head = b"POST /api/v1/experiments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=10) as connection:
        connection.sendall(head + token + b"\r\n" + lines + b"\r\n{}")
        connection.shutdown(socket.SHUT_WR)
        first = connection.makefile("rb").readline()
    assert int(first.split()[1]) in (400, 411)


def test_client_that_sends_nonsense_is_answered_and_the_server_goes_on(client: Client) -> None:
    """Bytes that are no HTTP harm nobody else."""
    for data in (b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", client.server.port), timeout=10) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)
    assert client.get("about")["repository"]


def test_reading_leaves_the_repository_as_it_is(client: Client, repository: Path) -> None:
    """No GET moves a ref."""
    before = refs(repository)
    for path in ("experiments", "runs/search", "configs", "tags", "pins", "models", "runs/table"):
        client.get(path)
    assert refs(repository) == before


def test_page_puts_no_data_in_as_markup() -> None:
    """No file of the page uses innerHTML, eval or an inline script; style and script are files."""
    for file in ASSETS.glob("*.js"):
        text = file.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text), file
        assert not re.search(r"\beval\(|new Function|setTimeout\(\s*[\"'`]", text), file
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", ""), file
        assert "https://" not in text, file
    page = (ASSETS / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|<style|style=", page)


@given(st.text(max_size=80))
def test_no_text_but_the_token_lets_anyone_write(text: str) -> None:
    """Whatever stands where the token belongs, only the token is let in."""
    access = Access("correct-token")
    headers = {"authorization": f"Bearer {text}"}
    if text.strip() == "correct-token":
        access.check_token("POST", headers)
    else:
        with pytest.raises(RefusedRequestError):
            access.check_token("POST", headers)


@given(st.from_regex(r"[a-z0-9.\-]{1,30}", fullmatch=True), st.integers(0, 65535))
def test_loopback_server_answers_to_loopback_names_alone(name: str, port: int) -> None:
    """Any other name in Host is foreign, whatever its port."""
    if is_loopback(name):
        Access("t").check_call("GET", {"host": f"{name}:{port}"})
    else:
        with pytest.raises(RefusedRequestError):
            Access("t").check_call("GET", {"host": f"{name}:{port}"})


@pytest.mark.parametrize("token", ["short", "with space in it", "ungültiges-token"])
def test_weak_token_is_refused(repository: Path, token: str) -> None:
    """A token that could be guessed, or that no header can hold, is not taken."""
    with pytest.raises(UsageError):
        WebServer(repository, token=token)


def test_port_that_is_taken_is_told(client: Client, repository: Path) -> None:
    """Where somebody listens already, the message names the port."""
    with pytest.raises(UsageError, match=str(client.server.port)):
        WebServer(repository, port=client.server.port)
