"""Artifacts: files of a run, kept by their SHA-256 in git, Git LFS, a folder or at a URL."""

from gittrack.artifacts.choice import (
    DEFAULT_GIT_LIMIT,
    GIT,
    LFS,
    Place,
    choose,
    parse_place,
    parse_size,
)
from gittrack.artifacts.folder import FolderStore
from gittrack.artifacts.folders import files_below, open_file, target_below
from gittrack.artifacts.lfs import LfsStore
from gittrack.artifacts.model import ArtifactRecord, check_artifact_path, check_sha256
from gittrack.artifacts.opening import open_store, waiting_room
from gittrack.artifacts.pointers import parse_pointer, pointer_text
from gittrack.artifacts.store import Progress, Put, Store, Stored

__all__ = [
    "DEFAULT_GIT_LIMIT",
    "GIT",
    "LFS",
    "ArtifactRecord",
    "FolderStore",
    "LfsStore",
    "Place",
    "Progress",
    "Put",
    "Store",
    "Stored",
    "check_artifact_path",
    "check_sha256",
    "choose",
    "files_below",
    "open_file",
    "open_store",
    "parse_place",
    "parse_pointer",
    "parse_size",
    "pointer_text",
    "target_below",
    "waiting_room",
]
