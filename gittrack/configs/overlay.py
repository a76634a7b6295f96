"""One layer laid over another: mappings merge key by key, everything else is replaced; pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from gittrack.canonical import Plain
from gittrack.errors import GittrackError
from gittrack.query.paths import Key, Path, path_text

PATCH = "$patch"
"""The key by which a layer says what becomes of the mapping below, in the words of Kubernetes."""

_HINT = "`$patch: replace` takes this mapping instead of the one below, `$patch: delete` none"

Mapping = dict[str | int, Plain]


class PatchError(GittrackError):
    """A `$patch` that means nothing; `path` leads to the mapping that has it."""

    def __init__(self, message: str, path: Path, hint: str | None = _HINT) -> None:
        super().__init__(message, hint=hint)
        self.path = path


@dataclass(slots=True)
class Overlay:
    """The data of some layers, and for each key of a mapping the layer that said it last."""

    data: Mapping = field(default_factory=dict)
    owners: dict[Path, int] = field(default_factory=dict)

    def lay(self, layer: Mapping, number: int) -> None:
        """Lay a layer over what is there; `number` is what `owners` calls it.

        The first one is taken exactly as it is, and becomes part of `data`.

        Raises:
            PatchError: a `$patch` is neither `replace` nor `delete`, or deletes nothing.
        """
        if not self.owners:
            self.data = layer
            self._own(layer, (), number)
            return
        if PATCH in layer:
            raise PatchError("the whole config cannot have a $patch", (), "leave `extends` out")
        self._merge(self.data, layer, (), number)

    def owner(self, path: Path) -> int:
        """The layer that said last what is at a path, or at its nearest parent."""
        for length in range(len(path), -1, -1):
            number = self.owners.get(path[:length])
            if number is not None:
                return number
        return 0

    def _merge(self, below: Mapping, layer: Mapping, path: Path, number: int) -> None:
        self.owners[path] = number
        for key, value in layer.items():
            here = (*path, Key(key))
            if not isinstance(value, dict):
                self._put(below, key, value, here, number)
            elif PATCH in value:
                self._patch(below, key, value, here, number)
            elif isinstance(known := below.get(key), dict):
                self._merge(known, value, here, number)
            else:
                self._put(below, key, value, here, number)

    def _patch(
        self, below: Mapping, key: str | int, value: Mapping, here: Path, number: int
    ) -> None:
        rest = {name: inner for name, inner in value.items() if name != PATCH}
        if value[PATCH] == "replace":
            self._put(below, key, rest, here, number)
        elif value[PATCH] != "delete":
            raise PatchError("$patch is neither replace nor delete", here)
        elif rest:
            raise PatchError("$patch: delete stands beside other keys", here)
        elif key not in below:
            message = f"$patch: delete, and no layer below has {path_text(here)}"
            raise PatchError(message, here, "remove it, or mend the key")
        else:
            self._disown(below.pop(key), here)

    def _put(self, below: Mapping, key: str | int, value: Plain, here: Path, number: int) -> None:
        self._disown(below.get(key), here)
        self.owners[here] = number
        if isinstance(value, dict):
            inner: Mapping = {}
            below[key] = inner
            self._merge(inner, value, here, number)  # a $patch in it has nothing below
        else:
            below[key] = value

    def _own(self, value: Plain, path: Path, number: int) -> None:
        self.owners[path] = number
        if isinstance(value, dict):
            for key, inner in value.items():
                self._own(inner, (*path, Key(key)), number)

    def _disown(self, value: Plain, path: Path) -> None:
        self.owners.pop(path, None)
        if isinstance(value, dict):
            for key, inner in value.items():
                self._disown(inner, (*path, Key(key)))
