"""Trying to lock an open file, on file systems that may know no locks."""

from __future__ import annotations

import fcntl


def try_lock(descriptor: int) -> bool | None:
    """Whether an open file is locked for us alone now; `None` where locks do not work.

    The lock is the kernel's (`flock`): it goes when the last copy of the descriptor is closed.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
