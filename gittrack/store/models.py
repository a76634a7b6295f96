"""Models and their versions as values, and as the files of a tree: where they lie, how they read.

`refs/exptrack/models/<slug>` holds `model.yaml`, and for each version
`versions/<number // 1000>/<number>.yaml`, beside it the manifest `<number>.files.yaml` where the
version is a folder. All of them are canonical YAML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, TypeVar

from gittrack.canonical import Plain, emit, read
from gittrack.codec import is_time
from gittrack.errors import DataError, NotCanonicalError, UsageError
from gittrack.ids import ConfigId, is_config_id
from gittrack.slug import slug

MODELS = "refs/exptrack/models/"
MODEL_PATH = "model.yaml"
VERSIONS = "versions"

_PER_FOLDER = 1000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_VERSION_FILE = re.compile(r"([1-9]\d{0,8})\.yaml")
# Some file systems take no notice of some characters: to them, `.g<U+200C>it` is `.git`.
_ODD = re.compile(r"[^\x21-\x7e]")
_T = TypeVar("_T")
PlainMapping = dict[str | int, Plain]


class Stage(StrEnum):
    """How far a version has come, in the words of MLflow; a new one is at `NONE`."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"


@dataclass(frozen=True, slots=True)
class Model:
    """A named sequence of versions.

    `aliases` maps each alias to a version's number; `versions` are the numbers that exist,
    ascending; `next_number` is what the next version will get, and only ever grows. `created_at`
    is UTC in ISO 8601. `renamed_to` is set where only the old name is left.
    """

    name: str
    created_at: str
    author: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    next_number: int = 1
    deleted: bool = False
    renamed_to: str | None = None
    versions: tuple[int, ...] = ()

    @property
    def latest(self) -> int | None:
        """The highest number there is."""
        return self.versions[-1] if self.versions else None

    def aliases_of(self, number: int) -> tuple[str, ...]:
        """The aliases of a version, sorted."""
        return tuple(sorted(alias for alias, named in self.aliases.items() if named == number))

    def to_dict(self) -> dict[str, Any]:
        """The model as plain data."""
        return {
            "name": self.name,
            "created_at": self.created_at,
            "author": self.author,
            "description": self.description,
            "tags": dict(self.tags),
            "aliases": dict(self.aliases),
            "versions": list(self.versions),
            "latest": self.latest,
            "deleted": self.deleted,
        }


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version of a model: what was said of it, and what made it.

    `sha256` is that of the model's file; of a folder, that of its manifest, and `files` says how
    many there are. `size` is in bytes, of all files together. `store` names the store that holds
    them. All four are `None` where only the record was registered. `commit` is the code's.
    """

    model: str
    number: int
    created_at: str
    author: str
    description: str = ""
    run_id: str | None = None
    config_id: ConfigId | None = None
    commit: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    metadata: Mapping[str | int, Plain] = field(default_factory=dict)
    source: str | None = None
    sha256: str | None = None
    size: int | None = None
    store: str | None = None
    files: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    stage: Stage = Stage.NONE
    aliases: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """The name that leads here: `churn:3`."""
        return f"{self.model}:{self.number}"

    def to_dict(self) -> dict[str, Any]:
        """The version as plain data."""
        return {
            "model": self.model,
            **{str(key): value for key, value in _version_fields(self).items()},
            "description": self.description,
            "tags": dict(self.tags),
            "stage": str(self.stage),
            "aliases": list(self.aliases),
        }


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a model's folder: the SHA-256 of its bytes, and how many there are."""

    sha256: str
    size: int


def model_ref(name: str) -> str:
    """The ref of a model."""
    return MODELS + slug(name)


def version_path(number: int) -> str:
    """The path of a version's record; a thousand share a folder."""
    return f"{VERSIONS}/{number // _PER_FOLDER}/{number}.yaml"


def manifest_path(number: int) -> str:
    """The path of the list of a version's files, where the version is a folder."""
    return f"{VERSIONS}/{number // _PER_FOLDER}/{number}.files.yaml"


def version_number(file: str) -> int | None:
    """The number of the version whose record has that file name."""
    match = _VERSION_FILE.fullmatch(file)
    return int(match[1]) if match else None


def encode_model(model: Model) -> bytes:
    """The bytes of `model.yaml`; what says nothing is left out."""
    fields: PlainMapping = {
        "name": model.name,
        "created_at": model.created_at,
        "author": model.author,
        "next": model.next_number,
    }
    optional: PlainMapping = {
        "description": model.description,
        "tags": _plain(model.tags),
        "aliases": _plain(model.aliases),
        "deleted": model.deleted,
        "renamed_to": model.renamed_to,
    }
    return emit(fields | {key: value for key, value in optional.items() if value})


def decode_model(data: bytes) -> Model:
    """Read a `model.yaml`; which versions there are is not in it.

    Raises:
        DataError: the bytes are not canonical, or not a model's record.
    """
    fields = _Fields(data, "model's record")
    model = Model(
        name=fields.required("name", str),
        created_at=fields.time("created_at"),
        author=fields.required("author", str),
        description=fields.get("description", str) or "",
        tags=fields.mapping("tags", str),
        aliases=fields.mapping("aliases", int),
        next_number=fields.required("next", int),
        deleted=fields.get("deleted", bool) or False,
        renamed_to=fields.get("renamed_to", str),
    )
    fields.refuse_others()
    return model


def encode_version(version: ModelVersion) -> bytes:
    """The bytes of a version's record; what says nothing is left out."""
    facts = _version_fields(version)
    fields: PlainMapping = {k: v for k, v in facts.items() if v is not None and v != {}}
    if version.description:
        fields["description"] = version.description
    if version.tags:
        fields["tags"] = _plain(version.tags)
    if version.stage is not Stage.NONE:
        fields["stage"] = version.stage.value
    return emit(fields)


def decode_version(data: bytes, model: Model) -> ModelVersion:
    """Read a version's record.

    Raises:
        DataError: the bytes are not canonical, or not a version's record.
    """
    fields = _Fields(data, "version's record")
    number = fields.required("number", int)
    config_id = fields.get("config_id", str)
    version = ModelVersion(
        model=model.name,
        number=number,
        created_at=fields.time("created_at"),
        author=fields.required("author", str),
        description=fields.get("description", str) or "",
        run_id=fields.get("run_id", str),
        config_id=None if config_id is None else ConfigId(config_id),
        commit=fields.get("commit", str),
        metrics=fields.mapping("metrics", int, float),
        metadata=fields.get("metadata", dict) or {},
        source=fields.get("source", str),
        sha256=fields.get("sha256", str),
        size=fields.get("size", int),
        store=fields.get("store", str),
        files=fields.get("files", int),
        tags=fields.mapping("tags", str),
        stage=fields.stage("stage"),
        aliases=model.aliases_of(number),
    )
    fields.refuse_others()
    _check_ids(version)
    return version


def encode_manifest(files: Mapping[str, FileEntry]) -> bytes:
    """The bytes of a folder's manifest: each path with the SHA-256 and size of its file."""
    return emit({path: {"sha256": f.sha256, "size": f.size} for path, f in files.items()})


def decode_manifest(data: bytes) -> dict[str, FileEntry]:
    """Read a manifest; no path in it leads out of the folder.

    Raises:
        DataError: the bytes are not canonical, or not a manifest.
    """
    found: dict[str, FileEntry] = {}
    for path, entry in _mapping_in(data, "manifest").items():
        if not isinstance(path, str) or not is_inside(path):
            raise DataError(f"not a manifest: {str(path)!r} leads out of the folder")
        digest, size = (entry.get("sha256"), entry.get("size")) if type(entry) is dict else (0, 0)
        if type(digest) is not str or not _SHA256.fullmatch(digest) or type(size) is not int:
            raise DataError(f"not a manifest: {path!r} needs a sha256 and a size")
        found[path] = FileEntry(digest, size)
    folders = {str(folder) for path in found for folder in PurePosixPath(path).parents}
    if both := folders & found.keys():
        raise DataError(f"not a manifest: {min(both)!r} is a file and a folder")
    return found


def is_inside(path: str) -> bool:
    """Whether a path names a file below the folder it is joined to, and none of git's own."""
    pure = PurePosixPath(path)
    normal = str(pure) == path and ".." not in pure.parts and not pure.is_absolute()
    own = any(_ODD.sub("", part).rstrip(".").lower() in (".git", "git~1") for part in pure.parts)
    return normal and not own and path not in ("", ".") and "\0" not in path


def is_commit_id(text: str) -> bool:
    """Whether a text is the whole id of a git object, in a SHA-1 or SHA-256 repository."""
    return _COMMIT.fullmatch(text) is not None


def parse_stage(text: str | None) -> Stage:
    """The stage of that name, in any case; `None` is the stage `None`.

    Raises:
        UsageError: there is no such stage.
    """
    wanted = "none" if text is None else text.strip().lower()
    for stage in Stage:
        if stage.value.lower() == wanted:
            return stage
    raise UsageError(f"there is no stage {text!r}", hint=f"a version's stage is {', '.join(Stage)}")


def _version_fields(version: ModelVersion) -> PlainMapping:
    return {
        "number": version.number,
        "created_at": version.created_at,
        "author": version.author,
        "run_id": version.run_id,
        "config_id": version.config_id,
        "commit": version.commit,
        "metrics": _plain(version.metrics),
        "metadata": {**version.metadata},
        "source": version.source,
        "sha256": version.sha256,
        "size": version.size,
        "store": version.store,
        "files": version.files,
    }


def _plain(values: Mapping[str, str] | Mapping[str, int] | Mapping[str, float]) -> PlainMapping:
    return dict(values.items())


def _check_ids(version: ModelVersion) -> None:
    if version.config_id is not None and not is_config_id(version.config_id):
        raise DataError("not a version's record: config_id is no config id")
    if version.sha256 is not None and not _SHA256.fullmatch(version.sha256):
        raise DataError("not a version's record: sha256 is not 64 hex digits")
    if version.commit is not None and not is_commit_id(version.commit):
        raise DataError("not a version's record: commit is no commit's id")


def _mapping_in(data: bytes, what: str) -> PlainMapping:
    try:
        found = read(data)
    except NotCanonicalError as error:
        raise DataError(f"not a {what}: {error}") from error
    if not isinstance(found, dict):
        raise DataError(f"not a {what}: not a mapping")
    return found


class _Fields:
    """The fields of a record, taken out one by one, each with its type."""

    def __init__(self, data: bytes, what: str) -> None:
        self._what = what
        self._fields = _mapping_in(data, what)

    def get(self, name: str, kind: type[_T]) -> _T | None:
        """The field, or `None` where there is none."""
        value: Any = self._fields.pop(name, None)
        if value is not None and type(value) is not kind:
            raise self._wrong(f"{name} has the wrong type")
        return value

    def required(self, name: str, kind: type[_T]) -> _T:
        """The field, which must be there."""
        value = self.get(name, kind)
        if value is None:
            raise self._wrong(f"{name} is missing")
        return value

    def time(self, name: str) -> str:
        """The field, which is a time in UTC."""
        text = self.required(name, str)
        if not is_time(text):
            raise self._wrong(f"{name} is not a time in UTC")
        return text

    def stage(self, name: str) -> Stage:
        """The field, which is one of the stages."""
        text = self.get(name, str)
        if text is not None and text not in set(Stage):
            raise self._wrong(f"{name} is none of {', '.join(Stage)}")
        return Stage.NONE if text is None else Stage(text)

    def mapping(self, name: str, *kinds: type[_T]) -> dict[str, _T]:
        """The field, which maps texts to values of one of the kinds; empty where there is none."""
        found: Any = self.get(name, dict) or {}
        if not all(type(key) is str and type(item) in kinds for key, item in found.items()):
            raise self._wrong(f"{name} holds something else than it should")
        return dict(found)

    def refuse_others(self) -> None:
        """Whatever was not taken out is nothing that this version knows."""
        if self._fields:
            raise self._wrong(f"unknown field {min(map(str, self._fields))!r}")

    def _wrong(self, reason: str) -> DataError:
        return DataError(f"not a {self._what}: {reason}")
