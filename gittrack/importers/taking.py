"""Records of a file, taken in one by one up to a fault that hides the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from gittrack.artifacts import open_file
from gittrack.importers.record_files import DamagedError, TornError
from gittrack.importers.report import Report
from gittrack.importers.wire import WireError

Records = Callable[[BinaryIO, int], Iterator[tuple[int, bytes | None]]]
"""The records of an open file with their places, in bytes; `None` for one over a limit of bytes."""


def take_records(
    file: Path, records: Records, largest: int, take: Callable[[bytes], object], report: Report
) -> None:
    """Give a file's records to `take`; tell of those that cannot be read, and of a torn end."""
    with open_file(file) as source:
        try:
            for offset, record in records(source, largest):
                if record is None:
                    report.leave(f"records of over {largest >> 20} MiB")
                    continue
                try:
                    take(record)
                except (WireError, OverflowError) as error:
                    report.refuse(f"{file}: byte {offset}", error)
        except TornError:
            report.leave("records cut off at the end of a file")
        except DamagedError as error:
            report.refuse(f"{file}: byte {error.offset}", f"{error}; what follows is not taken")
