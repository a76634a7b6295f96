"""A recorded program in a work tree of its own: where it runs, and with what around it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gittrack.errors import UsageError
from gittrack.tracking.programs import Program
from gittrack.tracking.recipes import Recipe

# What git tells a hook would lead a program's own git commands back to the user's work tree.
_OF_GIT = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE"),
)

_LONGEST = 1000  # characters of an argument that may be a path
_NAMED = 5  # paths that the code lacks, told one by one


@dataclass(frozen=True, slots=True)
class RecordedPlace:
    """A recipe in its work tree `top`; `user` is the one that the user works in, and `links` what
    of that is linked in; `own_folder` is the program's own, if it has one."""

    user: Path | None
    top: Path
    recipe: Recipe
    links: Mapping[str, Path]
    own_folder: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the command runs."""
        return self.top / self.recipe.folder

    def program(self, experiment: str, command: tuple[str, ...], timeout: float | None) -> Program:
        """The program, in its folder, which git may not have kept, as it was empty."""
        if not self.folder.resolve().is_relative_to(self.top.resolve()):
            raise UsageError(f"the folder {self.recipe.folder} leads out of the recorded code")
        for name in self.links:
            if os.path.lexists(self.top / name):
                raise UsageError(f"{name} is in the recorded code: it need not be linked")
        self.folder.mkdir(parents=True, exist_ok=True)
        return Program(
            command=(self._started(command[0]), *map(self._moved, command[1:])),
            experiment=experiment,
            config=self.recipe.config,
            params=self.recipe.params,
            artifacts=self.recipe.artifacts,
            metrics=self.recipe.metrics,
            folder=self.folder,
            timeout=timeout,
            own_folder=self.own_folder,
        )

    def environment(self, present: Mapping[str, str]) -> dict[str, str]:
        """The program's variables; packages installed for development are those of `top`."""
        found = {k: v for k, v in self.recipe.surroundings(present).items() if k not in _OF_GIT}
        found["PWD"] = str(self.folder)
        sources = [str(path) for path in self._sources()]
        if sources:
            found["PYTHONPATH"] = os.pathsep.join(
                [*sources, *filter(None, [found.get("PYTHONPATH")])]
            )
        return found

    def link(self) -> None:
        """Link in what the recorded code lacks."""
        for name, target in self.links.items():
            (self.top / name).parent.mkdir(parents=True, exist_ok=True)
            (self.top / name).symlink_to(target)

    def absent(self, command: tuple[str, ...]) -> tuple[str, ...]:
        """The files that the command names, which the user has and the recorded code has not; as
        paths from the top. Where it writes its metrics is none of them."""
        if self.user is None:
            return ()
        texts = dict.fromkeys(part for one in command for part in (one, one.partition("=")[2]))
        for file in self.recipe.metrics:
            texts.pop(file, None)
        named = dict.fromkeys(path for text in texts if (path := self._named(text)) is not None)
        return tuple(
            name
            for name in named
            if _exists(self.user / name)
            and not _exists(self.top / name)
            and not any(Path(name).is_relative_to(link) for link in self.links)
        )

    def notices(self, absent: tuple[str, ...]) -> Iterator[str]:
        """What may keep it from doing the same."""
        for name in absent:
            assert self.user is not None  # something is there that is not here
            link = shlex.quote(os.path.relpath(self.user / name))
            yield f"{name} is not in the recorded code; if it is needed: --link {link}"
        left_out = {n: why for n, why in self.recipe.left_out.items() if n not in absent}
        for name, reason in islice(left_out.items(), _NAMED):
            yield f"{name} is not in the recorded code as it was: {reason}"
        if len(left_out) > _NAMED:
            yield f"nor are {len(left_out) - _NAMED} more, named in its environment.yaml"
        if (self.top / ".gitmodules").exists():
            yield "submodules are not checked out"

    def _named(self, text: str) -> str | None:
        """The path from the top that an argument could be."""
        if not text or text.startswith(("-", "/")) or "\0" in text or len(text) > _LONGEST:
            return None
        path = os.path.normpath(os.path.join(self.recipe.folder, text))  # noqa: PTH118 - a text
        return None if path == "." or path.split("/")[0] == ".." else path

    def _started(self, name: str) -> str:
        """A program that git ignores, such as `.venv/bin/python`, is the user's."""
        moved = self._moved(name)
        if self.user is None or "/" not in name or Path(moved).is_absolute():
            return moved
        mine = self.user / self.recipe.folder / name
        return str(mine) if _exists(mine) and not _exists(self.folder / name) else name

    def _moved(self, text: str) -> str:
        """A whole path into the user's work tree leads to the same file of the recorded code."""
        path = Path(text)
        if self.user is None or not path.is_absolute() or not path.is_relative_to(self.user):
            return text
        place = self.top / path.relative_to(self.user)
        return str(place) if _exists(place) else text

    def _sources(self) -> Iterator[Path]:
        for origin in map(Path, self.recipe.editable):
            if self.user is not None and origin.is_relative_to(self.user):
                place = self.top / origin.relative_to(self.user)
                yield from (one for one in (place / "src", place) if one.is_dir())


def _exists(path: Path) -> bool:
    """Whether it is there; what is too long for a name, as a script is, is not."""
    return os.path.exists(path)  # noqa: PTH110 - raises nothing
