"""Who may do what: the token, the names by which the server may be called, where requests come
from; pure."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from gittrack.web.refusals import RefusedRequestError

READING = frozenset({"GET", "HEAD"})
"""The methods that change nothing."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in.

    Args:
        token: what a client must know in order to write, and beyond loopback also to read.
        loopback: whether only this machine can reach the server.
        names: further names by which browsers may call it.
    """

    token: str
    loopback: bool = True
    names: frozenset[str] = frozenset()

    def check_call(self, method: str, headers: Mapping[str, str]) -> None:
        """Refuse a request that a foreign page could have had a browser send.

        A page of another origin is told from ours by `Origin` and `Sec-Fetch-Site`; a foreign name
        that was made to lead to this machine (DNS rebinding) by `Host`. That somebody follows a
        link to us is no such request: the foreign page does not see what comes of it.

        Raises:
            RefusedRequestError: it is such a one.
        """
        host = headers.get("host", "")
        if not self._is_ours(host):
            raise RefusedRequestError(
                HTTPStatus.MISDIRECTED_REQUEST,
                "wrong_host",
                f"this server is not called {host[:100]!r}",
                hint="call it by its address, or start it with --name",
            )
        origin = headers.get("origin")
        foreign = origin is not None and origin.lower() not in (
            f"http://{host.lower()}",
            f"https://{host.lower()}",
        )
        elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        followed = method in READING and headers.get("sec-fetch-mode") == "navigate"
        if foreign or (elsewhere and not followed):
            raise RefusedRequestError(
                HTTPStatus.FORBIDDEN, "wrong_origin", "requests from other pages are not served"
            )

    def check_token(self, method: str, headers: Mapping[str, str]) -> None:
        """Refuse what needs the token and comes without it.

        Raises:
            RefusedRequestError: the token is missing or wrong.
        """
        if self.loopback and method in READING:
            return
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and _same(given.strip(), self.token):
            return
        what = "reading" if method in READING else "writing"
        raise RefusedRequestError(
            HTTPStatus.UNAUTHORIZED,
            "no_token",
            f"{what} needs the server's token",
            hint="send it as Authorization: Bearer TOKEN; the command that serves printed it",
        )

    def _is_ours(self, host: str) -> bool:
        name = _name(host)
        if name == "localhost" or name in self.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not self.loopback


def is_loopback(host: str) -> bool:
    """Whether an address to listen at is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _name(host: str) -> str:
    """The name in a `Host` header, without port and brackets, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())
