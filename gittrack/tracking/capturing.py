"""What a run runs with: the exact code and the environment, taken at its start.

This is the one place of the library that looks at the process around it: a run is about the
program that starts it.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gittrack.canonical import emit
from gittrack.store.publishing import Publisher
from gittrack.store.session import Session

_SHARE = 20
"""Looking at the code takes at most one part in so many of a script's time."""


@dataclass(slots=True)
class Capture:
    """Takes code and environment for a tracker; what cannot have changed is not looked at again."""

    session: Session
    publisher: Publisher
    _code: dict[str, Any] = field(default_factory=dict)
    _code_until: float = 0.0
    _left_out: dict[str, str] = field(default_factory=dict)
    _environment: dict[Any, Any] | None = None

    def code(self) -> dict[str, Any]:
        """The code as a run's record has it (`CodeVersion`)."""
        if time.monotonic() >= self._code_until:
            from gittrack.store.code import capture_code  # a script without runs does without

            started = time.monotonic()
            state = capture_code(self.session, self.publisher)
            self._code = {
                name: value
                for name in ("commit", "tree", "head", "branch", "remote", "dirty")
                if (value := getattr(state, name))
            }
            self._left_out = {one.path: one.reason for one in state.left_out}
            ended = time.monotonic()
            self._code_until = ended + _SHARE * (ended - started)
        return self._code

    def user(self) -> str:
        """The login name of whoever runs this process."""
        from gittrack.capture.machine import user_name

        return user_name(os.environ)

    def environment(self) -> str:
        """The environment as canonical YAML: Python, packages, machine, command line, seeds, and
        what the code last captured lacks, each path with the reason."""
        if self._environment is None:
            from gittrack.capture import capture_environment

            self._environment = {
                **capture_environment(
                    argv=sys.argv,
                    cwd=Path.cwd(),
                    variables=os.environ,
                    top=self.session.repository.work_tree,
                )
            }
        left_out = {"code_left_out": self._left_out} if self._left_out else {}
        return emit(self._environment | left_out).decode()
