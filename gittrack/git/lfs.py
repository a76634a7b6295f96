"""Contents that Git LFS carries between its own folder and a remote, named by their SHA-256.

`git lfs push --object-id` sends contents by name. To bring some by name, Git LFS is asked for a
tree that holds nothing but their pointers: it is written to a folder of its own that is removed
again, so that it never becomes part of the repository.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from gittrack.git.process import Result, Runner
from gittrack.git.remotes import Gateway
from gittrack.git.transfer import Caller

_AT_ONCE = 1000
"""Contents of one command: each takes 65 bytes of a command line."""

_NOT_INSTALLED = "is not a git command"
_SETTINGS = ("lfs.fetchinclude=", "lfs.fetchexclude=", "lfs.fetchrecentalways=false")


class GitLfs:
    """Git LFS between one repository and one remote."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._repository = gateway.repository

    def push(self, digests: Sequence[str]) -> Result:
        """Send contents of Git LFS's folder that the remote lacks; git's result, of the first
        command that fails."""
        result = Result(0, b"", "")
        for start in range(0, len(digests), _AT_ONCE):
            some = digests[start : start + _AT_ONCE]
            result = self._call("push", "--object-id", self._gateway.address, *some)
            if result.status:
                break
        return result

    def fetch(self, pointers: Mapping[str, bytes]) -> Result:
        """Bring contents into Git LFS's folder, each given by its SHA-256 with its pointer."""
        with TemporaryDirectory(prefix="git-exp-") as folder:
            files = Path(folder, "pointers")
            files.mkdir()
            for digest, pointer in pointers.items():
                (files / digest).write_bytes(pointer)
            apart = self._apart(Path(folder, "objects"))
            tree = _write_tree(Runner(self._repository.runner.cwd, apart), files, list(pointers))
            return self._call("fetch", self._gateway.address, tree, environment=apart)

    def _apart(self, objects: Path) -> dict[str, str]:
        """The environment in which new objects are written to a folder of their own."""
        objects.mkdir()
        shared = self._repository.common_dir / "objects"
        return {
            **self._gateway.caller.environment,
            "GIT_OBJECT_DIRECTORY": str(objects),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(shared),
        }

    def _call(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Result:
        caller = self._gateway.caller
        listener = caller.listener
        shown = () if listener is None else ("lfs.forceprogress=true",)
        remote = None  # no setting of a remote's has a say in this
        caller = Caller(caller.folder, environment or caller.environment, remote, listener)
        return caller.call("lfs", *arguments, settings=(*_SETTINGS, *shown))


def is_missing(result: Result) -> bool:
    """Whether a command failed because Git LFS is not installed."""
    return result.status != 0 and _NOT_INSTALLED in result.stderr


def local_folder(gateway: Gateway, *, push: bool) -> Path | None:
    """The folder of a remote on this machine; `None` where it is elsewhere, or where settings say
    that its contents are (`lfs.url`)."""
    name = gateway.address
    config = gateway.repository.settings.config
    keys = ["lfs.url", *(["lfs.pushurl"] if push else [])]
    if gateway.named:
        keys += [f"remote.{name}.lfsurl", *([f"remote.{name}.lfspushurl"] if push else [])]
    if any(key.lower() in config for key in keys):
        return None
    url = _url(gateway, push=push)
    if url.startswith("file://"):
        return Path(unquote(urlsplit(url).path))
    before, colon, _ = url.partition(":")
    if colon and "/" not in before:  # a scheme, or ssh's `host:path`
        return None
    return Path(gateway.repository.runner.cwd, os.path.expanduser(url))  # noqa: PTH111


def _url(gateway: Gateway, *, push: bool) -> str:
    """Where a remote is, with `insteadOf` heeded."""
    runner = gateway.repository.runner
    if gateway.named and push:
        output = runner.output("remote", "get-url", "--push", gateway.address)
    else:
        output = runner.output("ls-remote", "--get-url", gateway.address)
    return output.decode("utf-8", "surrogateescape").rstrip("\n").partition("\n")[0]


def _write_tree(runner: Runner, folder: Path, names: Sequence[str]) -> str:
    """The id of a tree that has files of those names."""
    paths = "".join(f"{folder / name}\n" for name in names).encode()
    blobs = runner.output("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=paths)
    entries = zip(blobs.decode().split(), names, strict=True)
    lines = "".join(f"100644 blob {blob}\t{name}\n" for blob, name in entries)
    return runner.output("mktree", stdin=lines.encode()).decode().strip()
