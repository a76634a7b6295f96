"""The validator of one schema: compiled once, offline, with patterns that match in linear time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gittrack.schemas.json_form import bounded, json_form
from gittrack.schemas.library import Library, file_address


class Validator:
    """Asks `jsonschema_rs`; nothing is ever fetched, neither from a network nor from a disk."""

    __slots__ = ("_address", "_exact", "_library", "_schema", "_tight")

    def __init__(self, path: str, schema: Any, library: Library) -> None:
        """Compile the schema.

        Raises:
            ValueError: it cannot be compiled.
        """
        self._address = file_address(path)
        self._schema = json_form(schema)
        self._library = library
        self._exact = self._compiled(is_tight=False)
        self._tight: Any = None

    def is_valid(self, instance: Any, is_exact: bool) -> bool:
        """Whether the instance satisfies the schema; `is_exact`: it has no stand-ins."""
        return bool(self._chosen(is_exact).is_valid(instance))

    def errors(self, instance: Any, is_exact: bool) -> Iterator[Any]:
        """The library's errors on an instance."""
        return iter(self._chosen(is_exact).iter_errors(instance))

    def _chosen(self, is_exact: bool) -> Any:
        if is_exact:
            return self._exact
        if self._tight is None:
            self._tight = self._compiled(is_tight=True)
        return self._tight

    def _compiled(self, is_tight: bool) -> Any:
        from jsonschema_rs import Draft202012Validator, RegexOptions

        def prepared(schema: Any) -> Any:
            return bounded(schema) if is_tight else schema

        def retrieve(address: str) -> Any:
            resource = self._library.resource(address)
            if resource is None:
                raise LookupError(f"{address} is not fetched")
            return prepared(json_form(resource))

        return Draft202012Validator(
            prepared(self._schema),
            validate_formats=True,
            retriever=retrieve,
            base_uri=self._address,
            pattern_options=RegexOptions(),
        )


def faults_of_form(schema: Any) -> list[Any]:
    """The library's errors on a schema itself: what of it is not JSON Schema 2020-12."""
    from jsonschema_rs import Draft202012Validator

    validator = Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})
    return list(validator.iter_errors(json_form(schema)))
