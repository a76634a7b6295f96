"""Schema files read and checked: what is wrong with them, and in which line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from gittrack.canonical import emit
from gittrack.errors import SourceError, ValueRefusedError
from gittrack.query.paths import Key, Path, Segment
from gittrack.schemas import wording
from gittrack.schemas.extent import MOST_CHECKS, MOST_STEPS, is_endless
from gittrack.schemas.facets import matches
from gittrack.schemas.json_form import BOUNDS, true_path
from gittrack.schemas.library import Library, file_of, references
from gittrack.schemas.matching import KEYWORD, BadMatchError, Match, match_of
from gittrack.schemas.subschemas import Document, walk
from gittrack.schemas.validator import Validator, faults_of_form
from gittrack.sources import Places, parse_documents, places

_LARGEST = 2**20
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """What is wrong with a schema file; `line` counts from 1, `message` is one line."""

    path: str
    line: int
    message: str


@dataclass(slots=True)
class Draft:
    """A schema file on its way to a schema; without faults it is one."""

    path: str
    name: str
    match: Match
    text: bytes
    document: Document = field(default_factory=dict)
    absolute: Document = field(default_factory=dict)
    validator: Validator | None = None
    faults: list[SchemaFault] = field(default_factory=list)
    _places: Places | None = None

    def blame(self, path: Sequence[Segment], message: str) -> None:
        """Note a fault at a place of the document."""
        if self._places is None:
            self._places = places(self.text, self.path)
        self.faults.append(SchemaFault(self.path, self._places.nearest(path).line, message))


def read_draft(path: str, text: bytes) -> Draft:
    """The schema in a file, with what is wrong with it by itself."""
    name = PurePosixPath(path).stem.removesuffix(".schema")
    draft = Draft(path, name, match_of({}, name), text)
    if len(text) > _LARGEST:
        draft.faults.append(SchemaFault(path, 1, "the schema is over the limit of 1 MiB"))
        return draft
    try:
        first, *more = parse_documents(text, path)
    except SourceError as error:
        draft.faults.append(SchemaFault(path, error.line or 1, _reason(error)))
        return draft
    draft.document = first.data
    if more:
        message = "a schema file has one document, this is a second one"
        draft.faults.append(SchemaFault(path, more[0].start_line, message))
    elif _is_too_large(first.data):
        message = "with its aliases the schema is over the limit of 1 MiB"
        draft.faults.append(SchemaFault(path, 1, message))
    else:
        _check(draft)
    return draft


def link(drafts: Sequence[Draft]) -> Library:
    """Resolve the references between drafts and compile them; gives what their `$ref` can see.

    A draft that refers to one with faults has a fault as well.
    """
    library = Library()
    for draft in drafts:
        if not draft.faults:
            draft.absolute = library.add(draft.path, draft.document)
    while any(_is_cut_off(draft, library) for draft in drafts if not draft.faults):
        for draft in drafts:
            if draft.faults and draft.absolute:
                library.remove(draft.absolute)
                draft.absolute = {}
    for draft in drafts:
        if not draft.faults:
            _compile(draft, library)
    return library


def _reason(error: SourceError) -> str:
    place = f"{error.file}:{error.line}:{error.column}" if error.line else error.file
    reason = str(error).removeprefix(f"{place}: ")
    return reason if error.hint is None else f"{reason}; {error.hint}"


def _is_too_large(document: Document) -> bool:
    # Aliases of aliases may stand for far more than the file's size.
    try:
        return len(emit(document)) > _LARGEST
    except ValueRefusedError:
        return True


def _check(draft: Draft) -> None:
    try:
        draft.match = match_of(draft.document, draft.name)
    except BadMatchError as error:
        draft.blame((Key(KEYWORD),), str(error))
    for path, _, schema in walk(draft.document):
        dialect = schema.get("$schema", _DIALECT)
        if isinstance(dialect, str) and dialect.removesuffix("#") != _DIALECT:
            shown = wording.value_text(dialect)
            message = f"only JSON Schema 2020-12 is read, not {shown}; change or remove $schema"
            draft.blame((*path, Key("$schema")), message)
            return
        for keyword in BOUNDS:
            limit = schema.get(keyword)
            if isinstance(limit, float) and not math.isfinite(limit):
                message = f"{wording.value_text(limit)} cannot be a limit; leave {keyword} out"
                draft.blame((*path, Key(keyword)), message)
    for path, message in _faults_of_form(draft.document):
        draft.blame(path, message)
    if not draft.faults:
        for path, pattern in _patterns(draft.document):
            if not _is_pattern(pattern):
                shown = wording.value_text(pattern)
                reason = "is wrong or too large, or has look-around or back-references"
                draft.blame(path, f"the pattern {shown} {reason}")


def _faults_of_form(document: Document) -> Iterator[tuple[Path, str]]:
    for error in faults_of_form(document):
        path = true_path(document, error.instance_path)
        value: Any = document
        for step in error.instance_path:
            value = value[step] if isinstance(value, list) else value.get(step)
        name = type(error.kind).__name__
        if name == "Format" and error.kind.format == "regex":
            continue  # told in plainer words with the other patterns
        yield path, f"this is not JSON Schema: {wording.error_text(error, value)}"


def _patterns(document: Document) -> Iterator[tuple[Path, str]]:
    for path, _, schema in walk(document):
        if isinstance(schema.get("pattern"), str):
            yield (*path, Key("pattern")), schema["pattern"]
        for name in schema.get("patternProperties", {}):
            yield (*path, Key("patternProperties"), Key(name)), str(name)


def _is_pattern(pattern: str) -> bool:
    try:
        matches(pattern, "")
    except ValueError:
        return False
    return True


def _is_cut_off(draft: Draft, library: Library) -> bool:
    """Whether a reference of the draft leads nowhere; each one that does is a fault."""
    for path, reference in references(draft.absolute):
        if isinstance(library.find(reference), dict | bool):
            continue
        written: Any = draft.document
        for step in path:
            written = written[step.name if isinstance(step, Key) else step.index]
        draft.blame(path, _lost_text(wording.cut(written), reference, library))
    return bool(draft.faults)


def _lost_text(written: str, reference: str, library: Library) -> str:
    if library.resource(reference) is not None:
        return f"the $ref {written} leads nowhere"
    file = file_of(reference)
    if file is None:
        return f"the $ref {written} leads out of the schema folder; nothing is fetched"
    return f"the $ref {written} needs {wording.cut(file)}, which is missing or has faults"


def _compile(draft: Draft, library: Library) -> None:
    if is_endless(library, draft.absolute):
        limits = f"{MOST_CHECKS:,} checks, or {MOST_STEPS} schemas in a row"
        draft.blame((), f"its references lead too far: to over {limits}")
        return
    try:
        draft.validator = Validator(draft.path, draft.absolute, library)
    except ValueError as error:
        message = wording.cut(str(getattr(error, "message", error)))
        draft.blame((), f"this is not JSON Schema: {message}")
