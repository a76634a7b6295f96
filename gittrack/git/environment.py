"""The environment of every git child: inherited `GIT_*` variables are read once and pinned here.

In a hook git sets `GIT_INDEX_FILE`, `GIT_OBJECT_DIRECTORY` and more; a child that inherited them
would write an object into the wrong repository. So children get an allow-list: who the user is,
what configuration was asked for, how to reach a remote, and how to trace git.
"""

from __future__ import annotations

from collections.abc import Mapping

DISCOVERY_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR")
"""What `git --git-dir=… exp` sets: honoured when a repository is looked for without a path."""

_KEPT_NAMES = {
    "GIT_ALLOW_PROTOCOL",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_ASKPASS",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
    "GIT_PROTOCOL_FROM_USER",
    "GIT_TERMINAL_PROMPT",
}
_KEPT_PREFIXES = ("GIT_CONFIG_", "GIT_SSH", "GIT_TRACE", "GIT_PROXY_", "GIT_SSL_", "GIT_HTTP_")

# zlib takes and frees 256 KiB for each object. glibc gives so much back to the kernel each time,
# and the page faults of getting it again cost more than the compression: bulk writing is 3.5
# times faster when it keeps the memory. Other C libraries ignore these.
_ALLOCATION = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    "MALLOC_TOP_PAD_": str(1 << 20),
}

FIXED_OPTIONS = (
    "-c",
    "core.hooksPath=/dev/null",  # recording never runs the user's hooks
    "-c",
    "core.fsmonitor=false",  # may name a hook, too
    "-c",
    "core.quotePath=false",
    "-c",
    "core.filesRefLockTimeout=2000",
    "-c",
    "fastimport.unpackLimit=0",  # see importer.py
)
"""Options before the verb of every git command that gittrack starts."""


def child_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables a git child gets: all but git's own, and of these only the allow-list."""
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("GIT_") or name in _KEPT_NAMES or name.startswith(_KEPT_PREFIXES)
    }
    kept.update(
        LC_ALL="C",
        LANGUAGE="C",
        GIT_OPTIONAL_LOCKS="0",  # a read must not write the user's index
        GIT_NO_REPLACE_OBJECTS="1",  # an id must mean the bytes that hash to it
        **_ALLOCATION,
    )
    return kept


_QUARANTINE = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")


def quarantine(inherited: Mapping[str, str]) -> dict[str, str]:
    """What a `pre-receive` hook needs to see the objects that are coming in, else nothing.

    git refuses to move refs while these are set, so that nothing can be recorded by mistake.
    """
    if _QUARANTINE[0] not in inherited:
        return {}
    return {name: inherited[name] for name in _QUARANTINE if name in inherited}
