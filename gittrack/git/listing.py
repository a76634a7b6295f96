"""What files a commit, the index or the work tree has, and which differ from a commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gittrack.errors import NotFoundError, RepositoryError
from gittrack.git.process import Runner
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId

REGULAR = ("100644", "100755")
"""The modes of regular files; `120000` is a symbolic link, `160000` a submodule."""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One file: its path, git's mode, its object.

    `merged` is false for a path of the index whose merge is not finished.
    """

    path: str
    mode: str
    id: ObjectId
    merged: bool = True

    @property
    def is_regular(self) -> bool:
        """Whether it is a regular file, as opposed to a link or a submodule."""
        return self.mode in REGULAR


@dataclass(frozen=True, slots=True)
class Difference:
    """A path that may differ from a commit, and the regular file that the commit has there.

    `base` is `None` where the commit has none; `present` says whether anything is there now.
    """

    path: str
    base: ObjectId | None
    present: bool


def tree_files(repository: Repository, tree: str, *paths: str) -> list[ListedFile]:
    """Every file below the paths of a commit or tree."""
    where = _literal(paths)
    output = repository.runner.output("ls-tree", "-r", "-z", "--full-tree", tree, "--", *where)
    files = []
    for record in output.split(b"\0")[:-1]:
        facts, _, path = record.partition(b"\t")
        mode, _, object_id = facts.decode().split()
        files.append(ListedFile(_text(path), mode, ObjectId(object_id)))
    return files


def index_files(repository: Repository, *paths: str) -> list[ListedFile]:
    """Every file below the paths that the index has; what is not merged yet once, and said so."""
    runner = _with_index(repository)
    output = runner.output("ls-files", "--stage", "-z", "--full-name", "--", *_literal(paths))
    files: dict[str, ListedFile] = {}
    for record in output.split(b"\0")[:-1]:
        facts, _, raw = record.partition(b"\t")
        mode, object_id, stage = facts.decode().split()
        path = _text(raw)
        files[path] = ListedFile(path, mode, ObjectId(object_id), merged=stage == "0")
    return list(files.values())


def known_files(repository: Repository) -> list[str]:
    """The paths of the work tree that git tracks or would add: all but ignored ones."""
    kinds = ("--cached", "--others", "--exclude-standard", "--deduplicate")
    output = repository.runner.output("ls-files", "-z", "--full-name", *kinds)
    return [_text(path) for path in output.split(b"\0")[:-1]]


def tree_differences(
    repository: Repository, base: str, head: str, *paths: str
) -> Iterator[Difference]:
    """What differs between two commits."""
    return _differences(
        repository.runner.output("diff-tree", "-r", *_RAW, base, head, "--", *_literal(paths))
    )


def index_differences(repository: Repository, base: str, *paths: str) -> Iterator[Difference]:
    """What differs between a commit and the index."""
    runner = _with_index(repository)
    return _differences(
        runner.output("diff-index", "--cached", *_RAW, base, "--", *_literal(paths))
    )


def work_tree_differences(repository: Repository, base: str, *paths: str) -> Iterator[Difference]:
    """What may differ between a commit and the work tree: also files that were only touched, and
    files that git does not know, ignored ones included."""
    where = _literal(paths)
    known, others = repository.runner.outputs(
        ("diff-index", *_RAW, base, "--", *where),
        ("ls-files", "--others", "-z", "--full-name", "--", *where),
    )
    yield from _differences(known)
    for path in others.split(b"\0")[:-1]:
        yield Difference(_text(path), None, True)


def find_commit(repository: Repository, name: str) -> ObjectId:
    """The commit that a revision names.

    Raises:
        NotFoundError: it names none here; in a shallow clone it may only not be fetched.
    """
    question = ("--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    result = repository.runner.run("rev-parse", *question, accept=(0, 1, 128))
    if result.status == 0:
        return ObjectId(result.stdout.decode().strip())
    if not is_shallow(repository):
        raise NotFoundError(f"there is no commit {name!r} here", hint="see them: git log --all")
    raise RepositoryError(
        f"the commit {name!r} is not in this shallow clone",
        hint=f"fetch it: git fetch --depth=1 origin {name}",
    )


def merge_base(repository: Repository, one: str, other: str) -> ObjectId | None:
    """The best common ancestor of two commits, or `None` where none is known here."""
    result = repository.runner.run("merge-base", one, other, accept=(0, 1))
    text = result.stdout.decode().strip()
    return ObjectId(text) if text else None


def is_shallow(repository: Repository) -> bool:
    """Whether history is cut off somewhere."""
    return (repository.common_dir / "shallow").exists()


_RAW = ("--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none")


def _with_index(repository: Repository) -> Runner:
    """A runner that reads the index that git's hook was told of (`git commit -a` uses another)."""
    runner = repository.runner
    if repository.index_file is None:
        return runner
    return Runner(runner.cwd, {**runner.environment, "GIT_INDEX_FILE": str(repository.index_file)})


def _differences(output: bytes) -> Iterator[Difference]:
    fields = output.split(b"\0")[:-1]
    for facts, path in zip(fields[::2], fields[1::2], strict=True):
        old_mode, _, old_id, _, status = facts.decode().removeprefix(":").split(" ")
        base = ObjectId(old_id) if old_mode in REGULAR else None
        yield Difference(_text(path), base, status != "D")


def _literal(paths: Iterable[str]) -> list[str]:
    """Paths as pathspecs in which no character is special."""
    return [f":(top,literal){path}" for path in paths]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
