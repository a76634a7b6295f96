"""What is wrong with a config, said as a compiler does: the place, the path, the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gittrack.configs.loaded import Origin
from gittrack.errors import GittrackError

_NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class ConfigError:
    """One thing that is wrong: `configs/prod.yaml:12:9 training.learning_rte: unknown key`.

    `path` is written as in queries, `""` for the whole config. `keyword` and `schema` say what of
    which schema is not satisfied; both are `None` where no schema is concerned.
    """

    path: str
    message: str
    origin: Origin = _NOWHERE
    keyword: str | None = None
    schema: str | None = None

    def __str__(self) -> str:
        place = str(self.origin)
        if not self.path:
            return f"{place}: {self.message}" if place else self.message
        if self.origin.override is not None and self.path in self.origin.override:
            return f"{place}: {self.message}"
        return f"{place} {self.path}: {self.message}".lstrip()


class InvalidConfigError(GittrackError, ValueError):
    """A config cannot be used; `errors` has all that is wrong with it."""

    def __init__(self, errors: Sequence[ConfigError], hint: str | None = None) -> None:
        self.errors = tuple(errors)
        alone = len(errors) == 1
        message = str(errors[0]) if alone else f"{len(errors)} errors in this config"
        super().__init__(message, hint=hint)
        self.candidates = () if alone else tuple(map(str, errors))
