"""The files of a config in the order in which they are laid on one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gittrack.canonical import Plain
from gittrack.configs.loaded import Layer, Provenance
from gittrack.configs.overlay import Overlay, PatchError
from gittrack.errors import NotFoundError, SourceError
from gittrack.inputs import source_name
from gittrack.query.paths import Key
from gittrack.query.paths import Path as DataPath
from gittrack.sources import is_config_file, places, read_documents

EXTENDS = "extends"
"""The key at the top of a file that names the files below it."""

_MOST_STEPS = 64
_EXTENDS_HINT = "write a file or a list of files: `extends: base.yaml`"

Boundary = Callable[[Path], Path | None]
"""The folder that a file must not lead out of; `None`: it may lead anywhere."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What the layers of a config add up to."""

    data: dict[str | int, Plain]
    provenance: Provenance


def stack(
    files: Sequence[Path], environment: str | None, root: Path | None, boundary: Boundary
) -> Stack:
    """Read the files, all that they extend, and the last one's environment; lay them down.

    A file that is reached twice by `extends` is laid down once, where it comes first.

    Raises:
        SourceError: a file cannot be read, extends what it must not, or has a wrong `$patch`.
        NotFoundError: there is no such environment.
    """
    reader = _Reader(root, boundary)
    for file in files:
        check_name(file)
        reader.take(file)
    if environment is not None:
        reader.take(environment_file(files[-1], environment, root, boundary(files[-1])))
    overlay = Overlay()
    for number, (layer, data) in enumerate(reader.found):
        try:
            overlay.lay(data, number)
        except PatchError as error:
            raise fault_in(layer, error.path, error.message, error.hint) from None
    layers = tuple(layer for layer, _ in reader.found)
    return Stack(overlay.data, Provenance(layers, overlay.owners))


def environment_file(file: Path, environment: str, root: Path | None, limit: Path | None) -> Path:
    """The layer of an environment: for `x.yaml` and `prod` it is `x.prod.yaml` beside it.

    Raises:
        NotFoundError: it does not exist; names those that do.
    """
    name = f"{file.stem}.{environment}{file.suffix}"
    known = environments(file)
    if environment not in known:
        hint = f"there are {', '.join(known)}" if known else "write that file first"
        message = f"there is no environment {environment!r}: no {name} beside {file.name}"
        raise NotFoundError(message, hint=hint)
    found = file.with_name(name)
    if limit is not None and not found.resolve().is_relative_to(limit):
        name = source_name(found, root)
        raise SourceError("this link leads out of the repository", file=name)
    return found


def environments(file: Path) -> list[str]:
    """The environments of a file: `["dev", "prod"]` where `x.dev.yaml` and `x.prod.yaml` are."""
    start, end = f"{file.stem}.", file.suffix
    try:
        found = [entry.name for entry in file.parent.iterdir()]
    except OSError:
        return []
    middles = [n[len(start) : -len(end)] for n in found if n.startswith(start) and n.endswith(end)]
    return sorted(middle for middle in middles if middle)


def fault_in(layer: Layer, path: DataPath, message: str, hint: str | None = None) -> SourceError:
    """The error for what is wrong at a path in a layer's file."""
    try:
        place = places(layer.path.read_bytes(), layer.name).nearest(path)
    except OSError:
        return SourceError(message, file=layer.name, hint=hint)
    return SourceError(message, file=layer.name, line=place.line, column=place.column, hint=hint)


def check_name(file: Path) -> None:
    """Refuse a path that no file can have.

    Raises:
        SourceError: it has a zero byte, or is a link that leads to itself.
    """
    try:
        file.resolve()
    except (OSError, RuntimeError, ValueError):
        name = str(file).replace("\0", "?")
        raise SourceError("this is not a valid path", file=name) from None


class _Reader:
    """Reads files and what they extend, depth first."""

    def __init__(self, root: Path | None, boundary: Boundary) -> None:
        self.found: list[tuple[Layer, dict[str | int, Plain]]] = []
        self._root = root
        self._boundary = boundary
        self._laid: set[Path] = set()

    def take(self, file: Path) -> None:
        """Lay down a file that the caller named, on all that it extends."""
        self._read(file, ())

    def _read(self, file: Path, chain: tuple[Layer, ...]) -> None:
        layer = Layer(source_name(file, self._root), file)
        data = _only_document(layer)
        extended = data.pop(EXTENDS, None) if EXTENDS in data else ()
        chain = (*chain, layer)
        limit = self._boundary(file)
        for name in _names(extended, layer):
            place = (Key(EXTENDS),)
            below = self._extended(layer, name, place, limit)
            _check_chain(chain, below, place)
            if below.resolve() not in self._laid:
                self._read(below, chain)
        self._laid.add(file.resolve())
        self.found.append((layer, data))

    def _extended(self, layer: Layer, name: str, place: DataPath, limit: Path | None) -> Path:
        file = layer.path.parent / name
        try:
            inside = limit is None or file.resolve().is_relative_to(limit)
            exists = inside and file.is_file()
        except (OSError, RuntimeError, ValueError):  # no name of a file; links in a circle
            inside, exists = True, False
        if not inside:
            raise fault_in(
                layer,
                place,
                f"extends {name}, which is outside of the repository",
                "copy it into the repository",
            )
        if not exists:
            hint = f"the path is relative to the folder of {layer.name}"
            raise fault_in(layer, place, f"extends {name}, and there is no such file", hint)
        if not is_config_file(file):
            raise fault_in(layer, place, f"extends {name}, which is no .yaml, .yml or .json file")
        return file


def _only_document(layer: Layer) -> dict[str | int, Plain]:
    documents = read_documents(layer.path, layer.name)
    if len(documents) > 1:
        raise SourceError(
            f"the file holds {len(documents)} documents; a layer is one",
            file=layer.name,
            line=documents[1].start_line,
            column=1,
            hint="write one file for each",
        )
    return documents[0].data


def _names(extended: Plain | tuple[()], layer: Layer) -> list[str]:
    names = [extended] if isinstance(extended, str) else extended
    if isinstance(names, list | tuple) and all(isinstance(n, str) and n for n in names):
        return [str(name) for name in names]
    raise fault_in(layer, (Key(EXTENDS),), "extends is not the name of a file", _EXTENDS_HINT)


def _check_chain(chain: tuple[Layer, ...], below: Path, place: DataPath) -> None:
    resolved = below.resolve()
    paths = [layer.path.resolve() for layer in chain]
    if resolved in paths:
        circle = [layer.name for layer in chain[paths.index(resolved) :]]
        text = " → ".join([*circle, circle[0]])
        raise fault_in(chain[-1], place, f"extends runs in a circle: {text}", "break it")
    if len(chain) >= _MOST_STEPS:
        raise fault_in(chain[-1], place, f"more than {_MOST_STEPS} files extend one another")
