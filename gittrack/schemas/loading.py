"""The schemas of a repository, and which of them speak of a config."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gittrack.errors import AmbiguousError, NotFoundError
from gittrack.schemas.drafts import Draft, SchemaFault, link, read_draft
from gittrack.schemas.matching import Match
from gittrack.schemas.schema import Config, Schema
from gittrack.sources import is_config_file
from gittrack.terminal import inline


@dataclass(frozen=True, slots=True)
class SchemaSet:
    """The schemas that are sound, by path, and the faults of the others."""

    schemas: tuple[Schema, ...] = ()
    faults: tuple[SchemaFault, ...] = ()
    _matches: tuple[tuple[Match, Schema | None], ...] = field(default=(), repr=False)

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> SchemaSet:
        """The schemas in these files, bytes by path within the repository.

        Never raises for what a file holds: what is wrong with it is in `faults`. Files that are
        neither JSON nor YAML by name are left alone, and nothing else is read.
        """
        drafts = [read_draft(path, files[path]) for path in sorted(files) if is_config_file(path)]
        library = link(drafts)
        matches: list[tuple[Match, Schema | None]] = []
        for draft in drafts:
            schema = None
            if draft.validator is not None:
                kinds = draft.match.kinds
                schema = Schema(
                    draft.path,
                    draft.name,
                    draft.document,
                    kinds,
                    draft.absolute,
                    library,
                    draft.validator,
                )
            matches.append((draft.match, schema))
        schemas = tuple(schema for _, schema in matches if schema is not None)
        return cls(schemas, _sorted_faults(drafts), tuple(matches))

    def for_config(self, config: Config, files: Iterable[str] = ()) -> tuple[Schema, ...]:
        """The schemas that speak of a config; `files` are the paths that it came from.

        Where a schema with faults speaks of it, the default schema does not step in.
        """
        names = tuple(files)
        kind = config.get("kind")
        speaking = [
            (match, schema) for match, schema in self._matches if match.speaks_of(kind, names)
        ]
        if not speaking:
            speaking = [entry for entry in self._matches if entry[0].is_default]
        return tuple(schema for _, schema in speaking if schema is not None)

    def named(self, name: str) -> Schema:
        """The schema with this file name (with or without folder and suffix) or kind.

        Raises:
            NotFoundError: there is none, or it has faults.
            AmbiguousError: there are several.
        """
        for found in (
            [schema for schema in self.schemas if _is_path(schema.path, name)],
            [schema for schema in self.schemas if schema.name == name],
            [schema for schema in self.schemas if name in schema.kinds],
        ):
            if len(found) > 1:
                paths = [schema.path for schema in found]
                raise AmbiguousError(
                    f"several schemas are called {inline(name)}",
                    candidates=paths,
                    hint="use its path: " + ", ".join(map(inline, paths)),
                )
            if found:
                return found[0]
        raise self._unknown(name)

    def _unknown(self, name: str) -> NotFoundError:
        for fault in self.faults:
            if _is_path(fault.path, name) or _is_path(fault.path.rpartition(".")[0], name):
                place = inline(f"{fault.path}:{fault.line}")
                return NotFoundError(
                    f"the schema {inline(name)} has a fault: {place}: {fault.message}"
                )
        known = sorted({schema.name for schema in self.schemas})
        close = difflib.get_close_matches(name[:80], known, 1)
        if close:
            hint = f"did you mean {inline(close[0])}?"
        elif known:
            hint = "the schemas are: " + inline(", ".join(known))
        else:
            hint = "put one into .exptrack/schema/"
        return NotFoundError(f"there is no schema called {inline(name)}", hint=hint)


def _is_path(path: str, name: str) -> bool:
    return path == name or path.endswith(f"/{name}")


def _sorted_faults(drafts: Iterable[Draft]) -> tuple[SchemaFault, ...]:
    return tuple(
        fault
        for draft in drafts
        for fault in sorted(dict.fromkeys(draft.faults), key=lambda fault: fault.line)
    )
