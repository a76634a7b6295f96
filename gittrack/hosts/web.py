"""JSON over HTTPS, for the hosts' interfaces: waits where that helps, never longer than said."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from gittrack.errors import GittrackError, UsageError

TIMEOUT = 20
"""Seconds to wait for a host to connect, and for each part of its answer."""
PATIENCE = 90
"""Seconds that all waits between the attempts at one request may add up to."""

_ATTEMPTS = 4
_MOST_REDIRECTS = 3
_LARGEST = 64 * 2**20
_REDIRECTS = (301, 302, 307, 308)
_REPEATABLE = ("GET", "PUT", "PATCH")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class HostError(GittrackError):
    """The host did not do what it was asked; the message says which host, and its reason."""


class NotAllowedError(HostError):
    """The token may not do this, as in a pull request from a fork."""


class UnavailableError(HostError):
    """The host was out of reach or failed: what was asked may have been done, or not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered: its JSON, and its headers with their names in lower case."""

    data: Any
    headers: Mapping[str, str]


class Api:
    """One host's interface, at one address, with one secret header.

    The secret goes to that address alone: other hosts are refused, also as a redirect's target,
    and so is plain HTTP, but for this machine itself.
    """

    def __init__(
        self,
        name: str,
        address: str,
        headers: Mapping[str, str],
        *,
        proxies: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`name` is what messages call the host; `headers` go with every request.

        Raises:
            UsageError: the address is not one that a secret may be sent to.
        """
        _check(address)
        for value in headers.values():
            if not (value.isascii() and value.isprintable()):
                raise UsageError(f"the token for {name} has characters that no token has")
        self.name = name
        self._address = address.rstrip("/")
        self._headers = dict(headers)
        self._sleep = sleep
        self._opener = _opener(proxies or {})

    def request(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Answer:
        """Ask for `path`, below the address, or a whole address at the same host.

        What may be repeated is tried four times; `POST` only where the host said that it did
        nothing.

        Raises:
            NotAllowedError: 403 or 404: the token may not do this, or not know of it.
            UnavailableError: no answer, or a failure of the host.
            HostError: any other refusal.
        """
        waited = 0.0
        for attempt in range(1, _ATTEMPTS + 1):
            reply = self._send(method, path, body)
            if 200 <= reply.status < 300:
                return self._answer(reply)
            pause = _pause(reply, attempt)
            repeatable = reply.is_limit or (reply.is_failure and method in _REPEATABLE)
            if not repeatable or attempt == _ATTEMPTS or waited + pause > PATIENCE:
                break
            self._sleep(pause)
            waited += pause
        raise self._error(method, path, reply, pause)

    def _send(self, method: str, path: str, body: Mapping[str, str] | None) -> _Reply:
        target = self._target(path)
        for _ in range(_MOST_REDIRECTS + 1):
            reply = self._exchange(method, target, body)
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not location:
                return reply
            target = self._target(urljoin(target, location))
        raise HostError(f"{self.name} redirects again and again: {urlsplit(target).path}")

    def _exchange(self, method: str, target: str, body: Mapping[str, str] | None) -> _Reply:
        headers = {"Accept": "application/json", "User-Agent": "gittrack", **self._headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(target, data, headers, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return _reply(response.status, response.headers, response)
        except (OSError, HTTPException) as error:
            cause = getattr(error, "reason", None) or error
            said = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            return _Reply(0, {}, b"", said.lower())

    def _target(self, path: str) -> str:
        if path.startswith("/"):
            return self._address + path
        if _origin(path) != _origin(self._address):
            raise HostError(
                f"{self.name} sends us to another host: {_shown_origin(path)}",
                hint=f"the token is for {_shown_origin(self._address)} alone; nothing was sent",
            )
        return path

    def _answer(self, reply: _Reply) -> Answer:
        try:
            data = json.loads(reply.content) if reply.content else None
        except (ValueError, RecursionError) as error:
            raise HostError(
                f"{self.name} did not answer in JSON",
                hint=f"is {self._address} the address of its API?",
            ) from error
        return Answer(data, reply.headers)

    def _error(self, method: str, path: str, reply: _Reply, pause: float) -> HostError:
        asked = f"{method} {urlsplit(path).path}"
        if reply.status == 0:
            return UnavailableError(
                f"{self.name} cannot be reached: {reply.reason}",
                hint=f"its address is {_shown_origin(self._address)}",
            )
        said = f"{self.name} answered {reply.status} to {asked}: {reply.reason}"
        if reply.is_limit:
            return HostError(said, hint=f"it asks to wait {pause:,.0f} s; run this again then")
        if reply.is_failure:
            return UnavailableError(said, hint="run this again later")
        if reply.status == 401:
            return HostError(said, hint="the token is wrong or out of date")
        if reply.status in (403, 404):
            return NotAllowedError(said)
        return HostError(said)


@dataclass(frozen=True, slots=True)
class _Reply:
    """One HTTP response; status 0: there was none."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    reason: str

    @property
    def is_failure(self) -> bool:
        return self.status == 0 or self.status >= 500

    @property
    def is_limit(self) -> bool:
        """Too many requests: nothing was done, and waiting helps."""
        if self.status == 429:
            return True
        return self.status == 403 and (
            "retry-after" in self.headers
            or self.headers.get("x-ratelimit-remaining") == "0"
            or "rate limit" in self.reason.lower()
        )


def _opener(proxies: Mapping[str, str]) -> urllib.request.OpenerDirector:
    """Speaks HTTP and nothing else; it gives every status back as it is.

    urllib's usual opener would follow a redirect with all headers, the token's too, to any host.
    """
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.ProxyHandler(dict(proxies)))
    opener.add_handler(urllib.request.HTTPHandler())
    opener.add_handler(urllib.request.HTTPSHandler())
    return opener


def _reply(status: int, headers: Message, stream: IO[bytes]) -> _Reply:
    content = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise HostError(f"the answer is larger than {_LARGEST // 2**20} MiB")
    known = {name.lower(): value for name, value in headers.items()}
    return _Reply(status, known, content, "" if 200 <= status < 300 else _reason(content))


def _reason(content: bytes) -> str:
    """What the host says is wrong: GitHub's and GitLab's errors are objects with a message."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return "no reason given"
    if isinstance(said, dict):
        said = said.get("message") or said.get("error") or said
    return (said if isinstance(said, str) else json.dumps(said))[:300]


def _pause(reply: _Reply, attempt: int) -> float:
    """Seconds before the next attempt: what the host asks for, else more each time."""
    asked = reply.headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,9}", asked):
        return int(asked)
    if reply.is_limit and (until := _until_reset(reply)) is not None:
        return until
    # GitHub: without these headers, a minute at least.
    return 60 if reply.is_limit else 2**attempt


def _until_reset(reply: _Reply) -> float | None:
    """GitHub's limit ends at a time in Unix seconds: counted by the host's own clock."""
    reset = reply.headers.get("x-ratelimit-reset", "")
    if reply.headers.get("x-ratelimit-remaining") != "0" or not re.fullmatch(r"\d{1,12}", reset):
        return None
    try:
        now = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return max(1, int(reset) - now.timestamp())


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        local = parts.scheme == "http" and parts.hostname in _LOOPBACK
        secure = parts.scheme == "https" and bool(parts.hostname)
        sound = (local or secure) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(
            f"not the address of a host's API: {address}", hint="it begins with https://"
        )


def _origin(address: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}[parts.scheme]
    except (ValueError, KeyError):
        return "", None, None


def _shown_origin(address: str) -> str:
    scheme, host, port = _origin(address)
    usual = port == {"https": 443, "http": 80}.get(scheme)
    return f"{scheme}://{host}" if usual else f"{scheme}://{host}:{port}"
