"""`ConfigurationManager`: configs from layered files, checked, with their defaults and history."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gittrack.canonical import Plain
from gittrack.configs import checking
from gittrack.configs.faults import ConfigError, InvalidConfigError
from gittrack.configs.layers import stack
from gittrack.configs.loaded import LoadedConfig, Provenance
from gittrack.configs.overrides import Overrides
from gittrack.errors import RepositoryError, UsageError
from gittrack.inputs import source_name

if TYPE_CHECKING:  # loaded on use: putting files together needs none of it
    from gittrack.configs.history import FileVersion
    from gittrack.diff import Change
    from gittrack.git.repository import Repository
    from gittrack.schemas import Schema, SchemaSet

FileName = str | Path


class ConfigurationManager:
    """Config files of one repository; outside of a repository, without schemas and history.

    Files are named relative to the current folder, as everywhere.

    Args:
        path: the repository, or any folder in it; `None` leaves it to git (current folder,
            `GIT_DIR`).

    Raises:
        RepositoryError: git refuses to use the repository.
    """

    def __init__(self, path: Path | str | None = ".") -> None:
        self._repository = _discovered(path)
        self._limits: dict[Path, Path | None] = {}

    @property
    def root(self) -> Path | None:
        """The top of the work tree; `None` outside of a repository and in a bare one."""
        return None if self._repository is None else self._repository.work_tree

    # Reading

    def load(
        self,
        *files: FileName,
        environment: str | None = None,
        overrides: Overrides = (),
        schema: str | Schema | None = None,
    ) -> LoadedConfig:
        """The config of these files: later ones over earlier ones, each over what it extends.

        Args:
            files: YAML or JSON files, at least one.
            environment: `"prod"` lays `x.prod.yaml` over the last file, `x.yaml`.
            overrides: texts such as `"training.lr=0.01"`, a mapping, or parsed arguments; they
                come last, and must fit the schemas that speak of the config.
            schema: one schema, or its name, instead of those.

        Raises:
            SourceError: a file cannot be read; says line and column.
            NotFoundError: there is no such environment or schema.
            OverrideError: overrides that do not fit, all of them.
            InvalidConfigError: references that lead nowhere, all of them.
        """
        config, unresolved = self._load(files, environment, overrides, schema, checked=True)
        if unresolved:
            raise InvalidConfigError(unresolved)
        return config

    def add_arguments(
        self, parser: ArgumentParser, *files: FileName, schema: str | Schema | None = None
    ) -> None:
        """Give a parser an option for each value of the files: `--training.lr`.

        They have no default, so that `load(..., overrides=parser.parse_args())` changes only
        what was given. Types and help are those of the schemas, else the types of the values.

        Raises:
            SourceError: a file cannot be read.
        """
        from gittrack.configs.arguments import add_arguments

        config, _ = self._load(files, None, (), schema, checked=False)
        add_arguments(parser, config.data, self._schemas_of(config, files, schema))

    # Schemas

    def validate_config(
        self,
        config: Mapping[str | int, Any] | FileName | Sequence[FileName],
        schema: str | Schema | None = None,
        *,
        overrides: Overrides = (),
        environment: str | None = None,
    ) -> list[ConfigError]:
        """All that is wrong with a config, given as data or as files; nothing where nothing is.

        Of a config that no schema speaks of, only the references are checked; `schemas_for` says
        which schemas speak. A schema file that cannot be used is an error, too.

        Raises:
            SourceError: a file cannot be read.
            NotFoundError: there is no such environment or schema.
            OverrideError: overrides that cannot be applied.
        """
        files: tuple[FileName, ...] = ()
        if isinstance(config, Mapping):
            loaded, errors = self._given(config, overrides, schema)
        else:
            files = (config,) if isinstance(config, str | Path) else tuple(config)
            loaded, errors = self._load(files, environment, overrides, schema, checked=False)
        faults = self.schemas.faults if schema is None and self.schemas is not None else ()
        speaking = self._schemas_of(loaded, files, schema)
        return [*checking.broken(faults), *errors, *checking.violations(loaded, speaking)]

    def schemas_for(self, config: Mapping[str | int, Any], *files: FileName) -> tuple[Schema, ...]:
        """The schemas that speak of a config: by its `kind`, or by the files it was made of."""
        if self.schemas is None:
            return ()
        layers = config.layers if isinstance(config, LoadedConfig) else ()
        names = [source_name(Path(file), self.root) for file in files]
        return self.schemas.for_config(config, [*names, *layers[-1:]])

    def create_default_config(
        self, name: str, file: FileName | None = None, *, force: bool = False
    ) -> dict[str | int, Plain]:
        """The config that a schema's defaults make; with `file`, also written there, commented.

        Raises:
            NotFoundError: there is no such schema.
            UsageError: the file exists, and `force` does not say to replace it.
            RepositoryError: the file cannot be written.
        """
        from gittrack.configs.writing import write_text
        from gittrack.schemas import create_default, default_text

        schema = self.schema(name)
        if file is not None:
            write_text(Path(file), default_text(schema), force=force)
        return create_default(schema).data

    def schema(self, name: str) -> Schema:
        """The schema of that name (or path, or kind) in `.exptrack/schema/`.

        Raises:
            NotFoundError: there is none; names those that there are.
        """
        from gittrack.schemas import SchemaSet

        return (self.schemas or SchemaSet()).named(name)

    @cached_property
    def schemas(self) -> SchemaSet | None:
        """The schemas of the work tree, read once; `None` where there is no work tree."""
        if self._repository is None or self._repository.work_tree is None:
            return None
        from gittrack.configs.schema_files import read_schemas

        return read_schemas(self._repository, self._repository.work_tree)

    # Changing

    def set_values(
        self,
        file: FileName,
        overrides: Overrides,
        *,
        schema: str | Schema | None = None,
        validate: bool = True,
    ) -> list[Change]:
        """Change values in a user's file; comments, order and all else stay. Returns what changed.

        The values must fit the schemas that speak of the config, unless `validate` is false.
        Nothing is written where nothing changes, or where something does not fit.

        Raises:
            SourceError: the file cannot be read, or is written in a way that cannot be edited.
            OverrideError: values that do not fit, all of them; or that come from another file.
            RepositoryError: the file cannot be written.
        """
        from gittrack.configs.setting import set_values

        path = Path(file)
        layered = stack([path], None, self.root, self._limit)
        known = LoadedConfig(layered.data, layered.provenance)
        speaking = self._schemas_of(known, [path], schema)
        return set_values(path, layered, overrides, speaking, checked=validate)

    # History

    def history(self, file: FileName, limit: int | None = None) -> list[FileVersion]:
        """The distinct configs that a file held, newest first, as far back as the history goes.

        Renames are followed. What is changed and not committed comes first. Equal configs that
        follow one another are one entry: the commit that brought it. It is the file alone, without
        what it extends.

        Raises:
            RepositoryError: there is no repository.
            NotFoundError: the file is not in the repository, and never was.
        """
        from gittrack.configs.history import history

        if self._repository is None:
            hint = "create one with: git init"
            raise RepositoryError("only a repository has a history", hint=hint)
        return history(self._repository, Path(file), limit)

    # What these are made of

    def _load(
        self,
        files: Sequence[FileName],
        environment: str | None,
        overrides: Overrides,
        schema: str | Schema | None,
        *,
        checked: bool,
    ) -> tuple[LoadedConfig, list[ConfigError]]:
        """The config, and the references in it that lead nowhere."""
        if not files:
            raise UsageError("which file? name one or more")
        paths = [Path(file) for file in files]
        layered = stack(paths, environment, self.root, self._limit)
        speaking: tuple[Schema, ...] = ()
        if overrides:
            known = LoadedConfig(layered.data, layered.provenance)
            speaking = self._schemas_of(known, files, schema)
        return checking.finish(
            layered.data, layered.provenance, overrides, speaking, checked=checked
        )

    def _given(
        self, config: Mapping[str | int, Any], overrides: Overrides, schema: str | Schema | None
    ) -> tuple[LoadedConfig, list[ConfigError]]:
        """A config that was given as data, with overrides and references put in."""
        provenance = config.provenance if isinstance(config, LoadedConfig) else Provenance()
        data = checking.plain_mapping(config)
        speaking = self._schemas_of(config, (), schema) if overrides else ()
        return checking.finish(data, provenance, overrides, speaking, checked=False)

    def _schemas_of(
        self,
        config: Mapping[str | int, Any],
        files: Sequence[FileName],
        schema: str | Schema | None,
    ) -> tuple[Schema, ...]:
        if schema is None:
            return self.schemas_for(config, *files)
        return (self.schema(schema) if isinstance(schema, str) else schema,)

    def _limit(self, file: Path) -> Path | None:
        """The work tree that a file must not lead out of; `None` where it is in no repository."""
        folder = Path(os.path.normpath(file.absolute().parent))
        if folder not in self._limits:
            self._limits[folder] = self._enclosing(folder)
        return self._limits[folder]

    def _enclosing(self, folder: Path) -> Path | None:
        if self.root is not None:
            top = self.root.resolve()
            if folder.resolve().is_relative_to(top) or folder.is_relative_to(self.root):
                return top
        if not folder.is_dir():
            return None  # reading the file says so
        found = _discovered(folder)
        return None if found is None or found.work_tree is None else found.work_tree.resolve()


def _discovered(path: Path | str | None) -> Repository | None:
    from gittrack.git.repository import discover

    try:
        return discover(path)
    except RepositoryError as error:
        if "not a git repository" in error.message:
            return None
        raise
