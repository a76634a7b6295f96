"""Why a trial failed: Optuna knows it while it tells its storage, and passes it to nobody."""

from __future__ import annotations

import sys
from traceback import format_exception_only
from types import FrameType

_NEAR = 12
_LONGEST = 300


def failure_text() -> str:
    """The error that Optuna is failing a trial for, in one line; empty where it has none at hand.

    `Study.optimize` holds it in a variable, `func_err`, while it calls the storage, and so does
    `Study.tell` with the fault of a value. Where another version of Optuna names them otherwise,
    there is no reason, and nothing else changes.
    """
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_NEAR):
        if frame is None:
            break
        if frame.f_code.co_name in _HOLDERS and _is_optuna(frame):
            found = frame.f_locals.get(_HOLDERS[frame.f_code.co_name])
            if found is not None:
                return _text(found)
        frame = frame.f_back
    return ""


_HOLDERS = {"_tell_with_warning": "values_conversion_failure_message", "_run_trial": "func_err"}


def _is_optuna(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("optuna.")


def _text(found: object) -> str:
    told = [found]
    if isinstance(found, BaseException):  # somebody's own error may fail to say its text
        told = list(format_exception_only(found))
    line = " ".join("".join(map(str, told)).split())
    return line.encode("utf-8", "replace").decode().removesuffix(":")[:_LONGEST]
