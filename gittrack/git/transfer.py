"""Starting git for work that talks to another machine: its progress is passed on while it runs."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gittrack.git.environment import FIXED_OPTIONS
from gittrack.git.process import Result, failure

Listener = Callable[[str], None]
"""Takes git's messages as they come, a piece at a time: a line, or a state of its progress.

What the other side said is in them as it was said: it is for the listener to make it harmless.
"""

_OFF = "GITTRACK_OFF"
_CHUNK = 1 << 16
_PIECE = re.compile(rb"[\r\n]")
_REMOTE_SETTINGS = ("mirror", "prune", "pruneTags")
_SETTINGS = (
    "fetch.unpackLimit=1",  # a pack, which is guarded until the refs name what is in it
    "fetch.prune=false",
    "fetch.pruneTags=false",
    "fetch.output=full",
    "fetch.writeCommitGraph=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "gc.auto=0",
    "maintenance.auto=false",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Runs git in a folder with an environment; the user's settings for transfers stay out of it.

    `remote` is the name of the remote that it is about, if it has one.
    """

    folder: Path
    environment: Mapping[str, str]
    remote: str | None = None
    listener: Listener | None = None

    def call(self, verb: str, *arguments: str, settings: Sequence[str] = ()) -> Result:
        """Run git to its end, whatever its exit status; Ctrl-C ends it, too.

        Unlike other children of ours it shares our terminal, for it may ask for a password there.
        """
        options = [part for setting in (*_SETTINGS, *settings) for part in ("-c", setting)]
        if self.remote is not None:  # not by -c: a remote's name may hold an equals sign
            options += [f"--config-env=remote.{self.remote}.{n}={_OFF}" for n in _REMOTE_SETTINGS]
        shown = ("--progress",) if self.listener is not None and verb in _TALKATIVE else ()
        process = subprocess.Popen(
            ("git", *FIXED_OPTIONS, *options, verb, *shown, *arguments),
            cwd=self.folder,
            env={**self.environment, _OFF: "false"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            return self._listen(process)
        except BaseException:
            process.terminate()
            process.wait()
            raise

    def _listen(self, process: subprocess.Popen[bytes]) -> Result:
        """Both streams as they come, without a thread: none can start when the program ends."""
        assert process.stdout is not None
        assert process.stderr is not None
        output: list[bytes] = []
        messages = _Messages(self.listener)
        with selectors.DefaultSelector() as selector, process.stdout, process.stderr:
            selector.register(process.stdout, selectors.EVENT_READ, output.append)
            selector.register(process.stderr, selectors.EVENT_READ, messages.add)
            while selector.get_map():
                for key, _ in selector.select():
                    piece = os.read(key.fd, _CHUNK)
                    if piece:
                        key.data(piece)
                    else:
                        selector.unregister(key.fileobj)
        return Result(process.wait(), b"".join(output), messages.text())


class _Messages:
    """What git says, passed on piece by piece: lines, or states of its progress."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._all: list[bytes] = []
        self._rest = b""

    def add(self, data: bytes) -> None:
        """More of it."""
        self._all.append(data)
        if self._listener is None:
            return
        *whole, self._rest = _PIECE.split(self._rest + data)
        for one in filter(None, whole):
            self._listener(one.decode("utf-8", "replace"))

    def text(self) -> str:
        """All of it, at its end."""
        if self._rest and self._listener is not None:
            self._listener(self._rest.decode("utf-8", "replace"))
        return b"".join(self._all).decode("utf-8", "replace")


_TALKATIVE = ("fetch", "push", "clone")


def checked(result: Result, verb: str, arguments: Sequence[str]) -> Result:
    """The result of a command that had to succeed.

    Raises:
        GitError: it did not.
    """
    if result.status:
        raise failure((verb, *arguments), result.status, result.stderr)
    return result
