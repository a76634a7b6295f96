"""Questions about history: what differs between two trees, what happened on a ref."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gittrack.errors import DataError
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId


@dataclass(frozen=True, slots=True)
class PathChange:
    """One path that differs: its new blob, or `None` where it is gone."""

    path: str
    blob: ObjectId | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One commit: id, where it was reached from, author (`Name <mail>`), time (seconds, UTC),
    message, changed paths."""

    commit: ObjectId
    start: str
    author: str
    time: int
    message: str
    changes: tuple[PathChange, ...]


def list_files(repository: Repository, tree: str, *paths: str) -> Iterator[PathChange]:
    """Every regular file below a commit or tree, with its blob."""
    output = repository.runner.output("ls-tree", "-r", "-z", "--full-tree", tree, "--", *paths)
    for record in output.split(b"\0")[:-1]:
        facts, _, path = record.partition(b"\t")
        mode, kind, object_id = facts.decode().split(" ")
        if kind == "blob" and mode != "120000":
            yield PathChange(_path(path), ObjectId(object_id))


def diff_files(repository: Repository, old: str, new: str, *paths: str) -> Iterator[PathChange]:
    """The regular files that differ between two commits or trees.

    Raises:
        GitError: one of them is not in the repository (any more).
    """
    output = repository.runner.output(
        "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new, "--", *paths
    )
    return _raw_changes(output.split(b"\0")[:-1])


def log(
    repository: Repository,
    starts: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    paths: Sequence[str] = (),
    changes: bool = True,
    limit: int | None = None,
    by_date: bool = False,
    grep: Sequence[str] = (),
    first_parent: bool = True,
) -> list[LogEntry]:
    """The commits reached from refs or ids, newest first; a merge is seen from its first parent,
    unless `first_parent` is false.

    Each start's commits follow one another, unless `by_date` mixes them by time. `paths` are
    git glob pathspecs; `exclude` leaves out commits and all before them; `grep` are basic regular
    expressions, one of which a line of the message must match.
    """
    arguments = ["log", "-z", "--no-show-signature", f"--format={_FORMAT}", "--source"]
    arguments.append("--date-order" if by_date else "--topo-order")
    if first_parent:
        arguments.append("--first-parent")
    arguments += ["--basic-regexp", *(f"--grep={pattern}" for pattern in grep)]
    # The user's own log settings are for the user's eyes; and --follow takes no glob.
    arguments += ["--encoding=UTF-8", "--no-follow"]
    if changes:
        arguments += ["--raw", "--no-renames", "--no-abbrev", "-m", "--root"]
    if limit is not None:
        arguments.append(f"--max-count={limit}")
    arguments += ["--stdin", "--", *(f":(glob){path}" for path in paths)]
    revisions = "".join(f"{s}\n" for s in starts) + "".join(f"^{e}\n" for e in exclude)
    output = repository.runner.output(*arguments, stdin=revisions.encode())
    return [_log_entry(record) for record in output.split(b"\x01")[1:]]


_FORMAT = "%x01%H%x02%S%x02%an%x02%ae%x02%ct%x02%B%x03"


@dataclass(frozen=True, slots=True)
class Version:
    """What a commit made of a file: its path since then, and the name of its blob.

    `object` is `None` where the commit removed the file; `mode` is octal, empty where only the
    blob is known. `author` is `Name <mail>`, `time` seconds since the epoch. `ends` says that the
    commits before this one are not here: the clone is shallow.
    """

    commit: ObjectId
    author: str
    time: int
    subject: str
    path: str
    object: str | None
    mode: str
    ends: bool = False


def file_versions(repository: Repository, path: str) -> Iterator[Version]:
    """The commits up to HEAD that changed a file, newest first, with its renames followed.

    A merge counts where it made something new. Where the file began as a copy of another one,
    its history begins there.
    """
    # Without --topo-order, commits of one second may come before the rename that follows them.
    output = repository.runner.output(
        *("--literal-pathspecs", "log", "-z", "--no-show-signature", "--encoding=UTF-8"),
        *("--follow", "-M", "--topo-order", "-c", "--raw", "--no-abbrev", "--root"),
        f"--format={_VERSION_FORMAT}",
        *("HEAD", "--", path),
    )
    boundary = _shallow_commits(repository)
    # No name and no subject can hold a zero byte; everything else they can.
    fields = deque(output.split(b"\0"))
    while len(fields) > _HEADER:
        commit, name, mail, time, subject = (_shown(fields.popleft()) for _ in range(_HEADER))
        facts = _next_facts(fields)
        # With --follow, git prints no difference for a merge.
        mode, blob, status = facts or ("", f"{commit}:{path}", "M")
        yield Version(
            ObjectId(commit),
            name if name == mail else f"{name} <{mail}>",
            int(time),
            subject,
            path,
            None if status.startswith("D") else blob,
            mode,
            commit in boundary,
        )
        if status.startswith("C"):
            return
        before = _path(fields.popleft()) if facts else path
        if status.startswith("R"):
            fields.popleft()
            path = before


_VERSION_FORMAT = "%H%x00%an%x00%ae%x00%at%x00%s%x00"
_HEADER = 5


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _next_facts(fields: deque[bytes]) -> tuple[str, str, str] | None:
    """A file's mode, blob and status after a commit; of a merge, each parent's come before."""
    while fields and fields[0] in (b"", b"\n"):
        fields.popleft()
    if not fields or not fields[0].lstrip(b"\n").startswith(b":"):
        return None
    text = fields.popleft().decode().strip("\n")
    parents = len(text) - len(text.lstrip(":"))
    parts = text[parents:].split(" ")
    return parts[parents], parts[2 * parents + 1], parts[-1]


def _shallow_commits(repository: Repository) -> frozenset[str]:
    """The commits at which a shallow clone ends."""
    try:
        return frozenset((repository.common_dir / "shallow").read_text().split())
    except OSError:
        return frozenset()


def _log_entry(record: bytes) -> LogEntry:
    facts, _, raw = record.partition(b"\x03")
    commit, start, name, mail, time, message = facts.decode("utf-8", "replace").split("\x02", 5)
    author = name if name == mail else f"{name} <{mail}>"
    fields = [part for part in raw.replace(b"\n", b"\0", 1).split(b"\0") if part]
    return LogEntry(
        ObjectId(commit), start, author, int(time), message.strip("\n"), tuple(_raw_changes(fields))
    )


def _raw_changes(fields: Sequence[bytes]) -> Iterator[PathChange]:
    if len(fields) % 2:
        raise DataError("git printed a difference that cannot be read")
    for facts, path in zip(fields[::2], fields[1::2], strict=True):
        _, mode, _, object_id, status = facts.decode().split(" ")
        gone = status == "D" or mode in ("120000", "160000")
        yield PathChange(_path(path), None if gone else ObjectId(object_id))


def _path(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
