"""Whether everything that is stored is whole: every record, and every reference between records."""

from gittrack.fsck.checking import fsck
from gittrack.fsck.findings import FsckReport, Note, Problem

__all__ = ["FsckReport", "Note", "Problem", "fsck"]
