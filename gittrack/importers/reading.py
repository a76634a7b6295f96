"""A folder that is imported from: nothing out of it is read, and nothing that is too large."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gittrack.artifacts import check_artifact_path, open_file
from gittrack.canonical import MAX_BYTES
from gittrack.errors import GittrackError, SourceError, UsageError
from gittrack.importers.report import Report
from gittrack.importers.texts import is_text
from gittrack.sources import parse_documents

_DEEPEST = 64


class Folder:
    """Files below one folder; links that lead out of it are refused, and so are pipes and such.

    Messages name a file by its path from the folder on.
    """

    def __init__(self, root: Path, report: Report) -> None:
        self.root = root
        self._real = root.resolve()
        self._report = report

    def folders(self, folder: Path) -> Iterator[Path]:
        """The folders in a folder, by name."""
        for entry in self._entries(folder):
            path = Path(entry.path)
            if entry.is_dir() and self._stays(entry, path):
                yield path

    def files(self, folder: Path, *, deep: bool = False) -> Iterator[tuple[str, Path]]:
        """The files in a folder with their names from there on; `deep`: those of its folders, too.

        What cannot be taken is told by name: links that lead out or in a circle, pipes, devices.
        """
        yield from self._walk(folder, "", _DEEPEST if deep else 0)

    def text(self, path: Path, most: int = MAX_BYTES) -> str:
        """A file's text.

        Raises:
            SourceError: it is no UTF-8, or over `most` bytes.
            NotFoundError, UsageError, RepositoryError: it cannot be read.
        """
        with open_file(path) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise SourceError(f"it is over the limit of {most >> 20} MiB", file=str(path))
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise SourceError("it is not UTF-8", file=str(path), line=line, column=1) from error

    def json(self, path: Path, most: int = MAX_BYTES) -> Any:
        """The value of a JSON file.

        Raises:
            SourceError: it is no JSON; likewise.
        """
        try:
            return json.loads(self.text(path, most))
        except json.JSONDecodeError as error:
            raise SourceError(
                f"this is not JSON: {error.msg}",
                file=str(path),
                line=error.lineno,
                column=error.colno,
            ) from error
        except (ValueError, RecursionError) as error:
            if isinstance(error, GittrackError):
                raise
            raise SourceError("this is not JSON: a number or list too large", file=str(path)) from (
                error
            )

    def mapping(self, path: Path) -> dict[str | int, Any]:
        """The mapping in a YAML file, read safely.

        Raises:
            SourceError: it is none; likewise.
        """
        found: dict[str | int, Any] = parse_documents(self.text(path).encode(), str(path))[0].data
        return found

    def artifacts(self, folder: Path) -> list[tuple[str, Path]]:
        """The files below a folder with the names that they get as artifacts."""
        found = []
        for name, path in self.files(folder, deep=True):
            try:
                check_artifact_path(name)
            except UsageError as error:
                self._report.refuse(path, error)
                continue
            if os.access(path, os.R_OK):
                found.append((name, path))
            else:
                self._report.refuse(path, "you may not read it")
        return found

    def _walk(self, folder: Path, before: str, levels: int) -> Iterator[tuple[str, Path]]:
        for entry in self._entries(folder):
            path = Path(entry.path)
            if not self._stays(entry, path):
                continue
            if entry.is_file():
                yield before + entry.name, path
            elif entry.is_dir():
                if entry.is_symlink() and levels:
                    self._report.refuse(path, "it is a link to a folder")
                elif levels:
                    yield from self._walk(path, f"{before}{entry.name}/", levels - 1)
            else:
                self._report.refuse(path, "it is no file and no folder")

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._report.refuse(folder, f"it cannot be listed: {error.strerror}")
            return []
        named = []
        for entry in found:
            if is_text(entry.name):
                named.append(entry)
            else:
                self._report.refuse(ascii(entry.path)[1:-1], "its name is no UTF-8")
        return named

    def _stays(self, entry: os.DirEntry[str], path: Path) -> bool:
        if not entry.is_symlink():
            return True
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: a loop, before Python 3.13
            self._report.refuse(path, "it is a link that leads nowhere")
            return False
        if not real.is_relative_to(self._real):
            self._report.refuse(path, "it is a link that leads out of the folder")
            return False
        return True
