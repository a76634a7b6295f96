"""Reading git objects: one `cat-file --batch` process answers every question."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from gittrack.errors import DataError
from gittrack.git.process import Conversation
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId

_IN_FLIGHT = 400  # 41 to 65 bytes each: well within a pipe's 64 KiB, so that writing never blocks


@dataclass(frozen=True, slots=True)
class GitObject:
    """An object as git stores it: its id, its type (`blob`, `tree`, `commit`, `tag`), its bytes."""

    id: ObjectId
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a tree: octal mode without leading zero, and the object's id."""

    mode: str
    id: ObjectId


class ObjectReader:
    """Reads objects by id or by `ref:path`, in any number, without a process for each."""

    def __init__(self, repository: Repository) -> None:
        self._conversation = Conversation(
            repository.runner, "cat-file", "--batch", packed_refs=repository.packed_refs
        )
        self._raw_length = len(repository.null_id) // 2
        self._repository = repository

    def find(self, name: str) -> GitObject | None:
        """The object of that name (an id, a ref, `ref:path`), or `None` where there is none."""
        for found in self.find_many((name,)):
            return found
        return None

    def get(self, name: str) -> GitObject:
        """The object of that name.

        Raises:
            DataError: the repository has no such object.
        """
        found = self.find(name)
        if found is None:
            raise DataError(f"git object {name} is missing", hint="run: git fsck")
        return found

    def find_many(
        self, names: Iterable[str], *, most: int | None = None
    ) -> Iterator[GitObject | None]:
        """The objects of those names, in their order; `None` for one that does not exist, or has
        more than `most` bytes, which are not kept."""
        with self._conversation.lock:
            questions, answers = self._conversation.streams()
            waiting: deque[bytes] = deque()
            complete = False
            try:
                source = iter(names)
                while True:
                    batch = _take(source, _IN_FLIGHT - len(waiting))
                    if batch:
                        questions.write(b"".join(batch))
                        questions.flush()
                        waiting.extend(batch)
                    if not waiting:
                        break
                    for _ in range(max(1, len(waiting) // 2)):
                        answer = self._read_answer(answers, most)
                        waiting.popleft()
                        yield answer
                complete = True
            except (BrokenPipeError, EOFError) as error:
                complete = True
                raise self._conversation.failure() from error
            finally:
                if not complete and waiting:
                    self._conversation.abandon()  # answers nobody took are still in the pipe

    def sizes(self, names: Iterable[str]) -> list[int | None]:
        """The sizes in bytes of the objects of those names, without reading them."""
        questions = [name.encode("utf-8", "surrogateescape") + b"\n" for name in names]
        if not questions:
            return []
        output = self._repository.runner.output(
            "cat-file", "--batch-check=%(objectsize)", stdin=b"".join(questions)
        )
        return [int(line) if line.isdigit() else None for line in output.splitlines()]

    def tree(self, name: str) -> dict[str, TreeEntry]:
        """The entries of a tree by name; empty where there is no such tree."""
        found = self.find(name)
        return {} if found is None or found.type != "tree" else self.parse_tree(found.data)

    def parse_tree(self, data: bytes) -> dict[str, TreeEntry]:
        """The entries of a tree object's bytes (git's own binary form)."""
        entries: dict[str, TreeEntry] = {}
        position, size, raw = 0, len(data), self._raw_length
        while position < size:
            space = data.index(b" ", position)
            end = data.index(b"\0", space)
            mode = data[position:space].decode()
            name = data[space + 1 : end].decode("utf-8", "surrogateescape")
            position = end + 1 + raw
            entries[name] = TreeEntry(mode, ObjectId(data[end + 1 : position].hex()))
        return entries

    def close(self) -> None:
        """End the process; the next question starts a new one."""
        self._conversation.close()

    def _read_answer(self, answers: IO[bytes], most: int | None) -> GitObject | None:
        header = answers.readline()
        if not header:
            raise EOFError
        if header.endswith((b" missing\n", b" ambiguous\n")):
            return None
        object_id, kind, size = header.split()
        if most is not None and int(size) > most:
            _skip(answers, int(size) + 1)
            return None
        data = answers.read(int(size) + 1)
        if len(data) != int(size) + 1:
            raise EOFError
        return GitObject(ObjectId(object_id.decode()), kind.decode(), data[:-1])


def _skip(answers: IO[bytes], size: int) -> None:
    while size:
        piece = answers.read(min(size, 1 << 20))
        if not piece:
            raise EOFError
        size -= len(piece)


def blob_id(data: bytes, hash_name: str) -> ObjectId:
    """The id git gives to a blob of those bytes."""
    digest = hashlib.new(hash_name, b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return ObjectId(digest.hexdigest())


def _take(source: Iterator[str], count: int) -> list[bytes]:
    batch = []
    for name in source:
        if "\n" in name:
            raise DataError(f"not the name of an object: {name!r}")
        batch.append(name.encode("utf-8", "surrogateescape") + b"\n")
        if len(batch) >= count:
            break
    return batch
