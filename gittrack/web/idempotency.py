"""Requests that are sent again: the same key gives the first answer, and does nothing."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus

from gittrack.errors import UsageError
from gittrack.web.refusals import RefusedRequestError
from gittrack.web.routing import Content, Reply

_KEPT = 2000
_KEY = re.compile(r"[!-~]{1,200}")


class Answered:
    """The latest answers to requests that bore a key, kept while the server runs."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[str, Reply | None]] = OrderedDict()

    def once(self, key: str, request: str, work: Callable[[], Reply | Content]) -> Reply | Content:
        """The answer to a request: the kept one where it was answered before under this key.

        Only what was done is kept: a request that failed may be sent again under its key.

        Args:
            key: what the client named it.
            request: what tells it from others: another one under the same key is refused.

        Raises:
            UsageError: the key cannot be one.
            RefusedRequestError: the key is another request's, or it is being worked on.
        """
        if _KEY.fullmatch(key) is None:
            raise UsageError("an Idempotency-Key has 1 to 200 visible ASCII characters")
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                return _first_answer(known, request)
            self._known[key] = (request, None)
        try:
            reply = work()
        except BaseException:
            with self._lock:
                del self._known[key]
            raise
        with self._lock:
            self._known[key] = (request, reply if isinstance(reply, Reply) else None)
            self._forget()
        return reply

    def _forget(self) -> None:
        """Let the oldest answers go; what is being worked on stays."""
        done = [key for key, (_, reply) in self._known.items() if reply is not None]
        for key in done[: max(0, len(done) - self._most)]:
            del self._known[key]


def _first_answer(known: tuple[str, Reply | None], request: str) -> Reply:
    before, reply = known
    if before != request:
        raise RefusedRequestError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "key_reused",
            "this Idempotency-Key was used for another request",
            hint="give each request a key of its own",
        )
    if reply is None:
        raise RefusedRequestError(
            HTTPStatus.CONFLICT,
            "in_progress",
            "the first request with this Idempotency-Key is still being worked on",
            hint="wait a moment, and send it again",
        )
    return reply
