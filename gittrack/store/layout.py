"""Where things lie: paths below `.exptrack/` and names of refs, the same in every plane."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gittrack.errors import RepositoryError
from gittrack.ids import ConfigId
from gittrack.slug import slug

ROOT = ".exptrack"
FORMAT = 1
FORMAT_PATH = f"{ROOT}/format"
FORMAT_BYTES = b"%d\n" % FORMAT
ATTRIBUTES_PATH = f"{ROOT}/.gitattributes"
ATTRIBUTES_BYTES = (
    b"# A config's name is the SHA-256 of its bytes: no line ending may change.\n* -text\n"
)
TAG_PATH = f"{ROOT}/tag.yaml"

CATALOGUE = "refs/exptrack/catalogue"
TAGS = "refs/exptrack/tags/"
HEAD = "HEAD"

_OBJECT = re.compile(r"\.exptrack/objects/([0-9a-f]{2})/([0-9a-f]{62})\.yaml")
_META = re.compile(r"\.exptrack/meta/([0-9a-f]{2})/([0-9a-f]{62})\.([0-9a-f]{12})\.yaml")
_META_FILE = re.compile(r"([0-9a-f]{62})\.([0-9a-f]{12})\.yaml")

SHARDS = tuple(f"{number:02x}" for number in range(256))


def object_path(config_id: ConfigId) -> str:
    """The path of a config's object."""
    return f"{ROOT}/objects/{config_id[:2]}/{config_id[2:]}.yaml"


def meta_path(config_id: ConfigId, name: str) -> str:
    """The path of one of a config's meta records."""
    return f"{ROOT}/meta/{config_id[:2]}/{config_id[2:]}.{name}.yaml"


def meta_folder(config_id: ConfigId) -> str:
    """The folder of a config's meta records, and of others'."""
    return f"{ROOT}/meta/{config_id[:2]}"


def meta_glob(config_id: ConfigId) -> str:
    """A git glob pathspec that matches all of a config's meta records."""
    return f"{ROOT}/meta/{config_id[:2]}/{config_id[2:]}.*.yaml"


def tag_ref(name: str) -> str:
    """The ref of a tag."""
    return TAGS + slug(name)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a path below `.exptrack/` holds: a config's object, or the record of that name."""

    id: ConfigId
    record: str | None


def parse_path(path: str) -> Stored | None:
    """What lies at a path, or `None` where it is not ours."""
    if match := _OBJECT.fullmatch(path):
        return Stored(ConfigId(match[1] + match[2]), None)
    if match := _META.fullmatch(path):
        return Stored(ConfigId(match[1] + match[2]), match[3])
    return None


def records_by_config(files: Iterable[str]) -> dict[str, list[str]]:
    """The names of the records in a shard of `meta/`, by the rest of the config's id."""
    found: dict[str, list[str]] = {}
    for file in files:
        if match := _META_FILE.fullmatch(file):
            found.setdefault(match[1], []).append(match[2])
    return found


def check_format(data: bytes, place: str) -> None:
    """Refuse a format that this version does not know.

    Raises:
        RepositoryError: the number is another than ours.
    """
    if data.strip() != FORMAT_BYTES.strip():
        found = data[:20].decode("utf-8", "replace").strip()
        raise RepositoryError(
            f"{place} has format {found!r}; this gittrack knows format {FORMAT} only",
            hint="install a newer gittrack",
        )
