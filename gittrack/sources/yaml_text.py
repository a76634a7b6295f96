"""YAML 1.2 text to documents.

ruamel.yaml scans and parses, and says what a plain scalar means; the data is built here from its
events. Its own composer and constructor recurse without a limit, expand merge keys without a limit,
and give no place for what cannot be plain data.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from gittrack.canonical import MAX_BYTES, MAX_LEVELS, scalar_text
from gittrack.errors import SourceError, ValueRefusedError
from gittrack.sources.documents import (
    LEVELS_HINT,
    LEVELS_MESSAGE,
    MAPPING_HINT,
    QUOTE_HINT,
    SIZE_HINT,
    TEXT_HINT,
    Document,
    document,
    fail_at,
    kind_text,
    repeated_text,
)

_LEAF_BYTES = 4
_SHORT = 64
_LONG_INTEGER_BITS = 14_000

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_STANDARD = "tag:yaml.org,2002:"
_MERGE = _STANDARD + "merge"
_TIME = _STANDARD + "timestamp"

_TAG_HINT = "remove the tag: a config is data only"
_TAG_HINTS = {
    _STANDARD + "binary": "store a file and keep its path",
    _STANDARD + "set": "write a list",
    _STANDARD + "omap": "write a mapping; order has no meaning in a config",
    _STANDARD + "pairs": "write a list of mappings",
}

# What ruamel.yaml says, and what that mostly means.
_PLAIN_WORDS = (
    ("cannot start any token", "'\\t'", "a tab cannot be used for indentation", "use spaces"),
    (
        "cannot start any token",
        "",
        "a value cannot begin with this character",
        "put the value in quotes",
    ),
    (
        "mapping values are not allowed here",
        "",
        "a colon is not possible here",
        "put a value that contains `: ` in quotes, and check the indentation",
    ),
    ("could not find expected ':'", "", "a colon is missing after a key", "write `key: value`"),
    (
        "expected <block end>",
        "",
        "the indentation does not fit, or a line is not complete",
        "indent with two spaces, and put text with special characters in quotes",
    ),
    ("expected ',' or", "", "a bracket or brace is not closed, or a comma is missing", None),
    ("unexpected end of stream", "", "a quotation mark is not closed", None),
    ("unexpected document separator", "", "a quotation mark is not closed", None),
    ("unknown escape character", "", "this backslash is not an escape", "use single quotes"),
    ("found undefined tag handle", "", "the tag is not known", _TAG_HINT),
)


class _Anchored:
    """What an alias stands for, and what it adds: `levels` of depth and at least `cost` bytes."""

    __slots__ = ("cost", "levels", "value")

    def __init__(self, value: Any, levels: int, cost: int) -> None:
        self.value = value
        self.levels = levels
        self.cost = cost


class _Frame:
    """A list or mapping whose end has not come yet."""

    __slots__ = ("anchor", "cost", "key", "levels", "lines", "merged", "merges", "value")

    def __init__(self, value: list[Any] | dict[Any, Any], anchor: str | None, cost: int) -> None:
        self.value = value
        self.anchor = anchor
        self.cost = cost
        self.levels = 1
        self.key: Any = _NO_KEY
        self.lines: dict[Any, int] = {}
        self.merges: list[dict[Any, Any]] = []
        self.merged = False


_NO_KEY = object()
_MERGE_KEY = object()


class _Builder:
    """Builds the documents of one YAML file from its events."""

    def __init__(self, text: str, name: str) -> None:
        from ruamel.yaml import YAML

        # Always the pure parser: the C parser is not on every machine and follows YAML 1.1 in
        # places, and what a file means must not depend on which one is installed. It reads
        # 0.2 MB/s; configs are a few kB.
        self._yaml = YAML(typ="safe", pure=True)
        self._text = text
        self._name = name
        self._frames: list[_Frame] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._cost = 0
        self._merge_steps = 0
        self._root: Any = None
        self._documents: list[Document] = []

    def documents(self) -> list[Document]:
        """All documents, each a mapping."""
        from ruamel.yaml import events

        for event in self._yaml.parse(self._text):
            kind = type(event)
            if kind is events.ScalarEvent:
                self._scalar(event)
            elif kind is events.MappingStartEvent:
                self._start({}, event, "map")
            elif kind is events.SequenceStartEvent:
                self._start([], event, "seq")
            elif kind in (events.MappingEndEvent, events.SequenceEndEvent):
                self._end(event)
            elif kind is events.AliasEvent:
                self._alias(event)
            elif kind is events.DocumentStartEvent:
                self._anchors.clear()
                self._cost = 0
            elif kind is events.DocumentEndEvent:
                self._finish()
        return self._documents

    def _finish(self) -> None:
        value, event = self._root
        index, line = len(self._documents), event.start_mark.line + 1
        if not isinstance(value, dict):
            which = "the document" if index == 0 else f"document {index + 1}"
            verb = "is empty" if value is None else f"is {kind_text(value)}, not a mapping"
            self._fail(event, f"{which} {verb}", MAPPING_HINT)
        self._documents.append(document(value, self._name, index, line))

    def _fail(self, event: Any, message: str, hint: str | None) -> NoReturn:
        mark = event.start_mark
        raise SourceError(
            message, file=self._name, line=mark.line + 1, column=mark.column + 1, hint=hint
        ) from None

    def _start(self, value: list[Any] | dict[Any, Any], event: Any, kind: str) -> None:
        if event.tag is not None and event.tag not in ("!", _STANDARD + kind):
            self._fail_tag(event, "a mapping" if kind == "map" else "a list")
        if len(self._frames) >= MAX_LEVELS:
            self._fail(event, LEVELS_MESSAGE, LEVELS_HINT)
        if self._wants_key():
            what = "a mapping" if kind == "map" else "a list"
            self._fail(event, f"{what} cannot be a key", "use a string or an integer")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if not self._frames:
            self._root = (value, event)
        self._frames.append(_Frame(value, event.anchor, self._cost))

    def _end(self, event: Any) -> None:
        frame = self._frames.pop()
        for merge in frame.merges:
            self._merge_steps += len(merge)
            if self._merge_steps > MAX_BYTES // _LEAF_BYTES:
                self._fail(event, "the merge keys of this file expand to over 16 MiB", SIZE_HINT)
            for key, value in merge.items():
                frame.value.setdefault(key, value)  # type: ignore[union-attr]
        done = _Anchored(frame.value, frame.levels, self._cost - frame.cost)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = done
        if self._frames:
            self._put(done, event)

    def _alias(self, event: Any) -> None:
        name = event.anchor
        if name not in self._anchors:
            self._fail(
                event, f"the alias *{name} has no anchor before it", f"define &{name}, or quote it"
            )
        known = self._anchors[name]
        if known is None:
            self._fail(event, f"the alias *{name} stands inside its own anchor", "break the cycle")
        if self._wants_key():
            self._key(known.value, event)
            return
        if self._frames[-1].key is not _MERGE_KEY:
            if len(self._frames) + known.levels > MAX_LEVELS:
                self._fail(event, LEVELS_MESSAGE, LEVELS_HINT)
            self._spend(known.cost, event)
        self._put(known, event)

    def _scalar(self, event: Any) -> None:
        tag = self._scalar_tag(event)
        if tag == _MERGE and self._wants_key():
            self._merge_key(event)
            return
        if tag == _TIME and self._wants_key():
            self._fail(event, "a key is a string or an integer, not a time", QUOTE_HINT)
        value = self._scalar_value(tag, event)
        cost = _LEAF_BYTES
        if type(value) is str and len(value) > _SHORT:
            cost += len(value)
        self._spend(cost, event)
        done = _Anchored(value, 0, cost)
        if event.anchor is not None:
            self._anchors[event.anchor] = done
        if self._wants_key():
            self._key(value, event)
        elif self._frames:
            self._put(done, event)
        else:
            self._root = (value, event)

    def _spend(self, cost: int, event: Any) -> None:
        self._cost += cost
        if self._cost > MAX_BYTES:
            self._fail(event, "with its aliases the config is over the limit of 16 MiB", SIZE_HINT)

    def _wants_key(self) -> bool:
        if not self._frames:
            return False
        frame = self._frames[-1]
        return type(frame.value) is dict and frame.key is _NO_KEY

    def _merge_key(self, event: Any) -> None:
        frame = self._frames[-1]
        if frame.merged:
            self._fail(event, "a second << in one mapping", "use one, with a list: <<: [*a, *b]")
        frame.merged = True
        frame.key = _MERGE_KEY

    def _key(self, value: Any, event: Any) -> None:
        if type(value) is not str and type(value) is not int:
            what = "an empty value" if value is None else kind_text(value)
            self._fail(event, f"a key is a string or an integer, not {what}", QUOTE_HINT)
        frame = self._frames[-1]
        if value in frame.lines:
            message = repeated_text(value, frame.lines[value])
            self._fail(event, message, "keep one of them")
        frame.lines[value] = event.start_mark.line + 1
        frame.key = value

    def _put(self, done: _Anchored, event: Any) -> None:
        frame = self._frames[-1]
        if isinstance(frame.value, list):
            frame.value.append(done.value)
        elif frame.key is _MERGE_KEY:
            frame.merges.extend(self._merge_sources(done.value, event))
            frame.key = _NO_KEY
            return
        else:
            frame.value[frame.key] = done.value
            frame.key = _NO_KEY
        frame.levels = max(frame.levels, done.levels + 1)

    def _merge_sources(self, value: Any, event: Any) -> list[dict[Any, Any]]:
        sources = value if isinstance(value, list) else [value]
        for source in sources:
            if not isinstance(source, dict):
                self._fail(event, "<< takes a mapping or a list of mappings", "use <<: *name")
        return sources

    def _scalar_tag(self, event: Any) -> str:
        if event.tag is not None and event.tag != "!":
            return str(event.tag)
        if not event.implicit[0]:
            return _STANDARD + "str"
        from ruamel.yaml.nodes import ScalarNode

        return str(self._yaml.resolver.resolve(ScalarNode, event.value, event.implicit))

    def _scalar_value(self, tag: str, event: Any) -> Any:
        kind = tag.removeprefix(_STANDARD)
        if kind in ("str", "value") or tag == _MERGE:
            return self._checked(event.value, event)
        if kind == "null":
            return None
        if kind not in ("bool", "int", "float", "timestamp"):
            self._fail_tag(event, "a value")
        value = self._constructed(kind, tag, event)
        if kind == "timestamp":
            return value.isoformat()
        return self._checked(value, event)

    def _constructed(self, kind: str, tag: str, event: Any) -> Any:
        from ruamel.yaml.error import YAMLError
        from ruamel.yaml.nodes import ScalarNode

        node = ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        try:
            if kind == "float" and ":" not in event.value:
                return _float(event.value)
            return getattr(self._yaml.constructor, f"construct_yaml_{kind}")(node)
        except (ValueError, LookupError, OverflowError, YAMLError):
            shown = event.value if len(event.value) <= _SHORT else event.value[:_SHORT] + "..."
            names = {"int": "an integer", "float": "a float", "bool": "a boolean"}
            what = names.get(kind, "a time")
            self._fail(event, f"{shown!a} cannot be read as {what}", QUOTE_HINT)

    def _checked(self, value: Any, event: Any) -> Any:
        if type(value) is str:
            suspect = not value.isascii()
        else:
            suspect = type(value) is int and value.bit_length() > _LONG_INTEGER_BITS
        if suspect:
            try:
                scalar_text(value)
            except ValueRefusedError as error:
                self._fail(event, error.message, TEXT_HINT if type(value) is str else QUOTE_HINT)
        return value

    def _fail_tag(self, event: Any, what: str) -> NoReturn:
        shown = ascii(str(event.tag).replace(_STANDARD, "!!"))[1:-1][:_SHORT]
        hint = _TAG_HINTS.get(event.tag, _TAG_HINT)
        self._fail(event, f"{what} with the tag {shown} is not read", hint)


def _float(text: str) -> float:
    # ruamel.yaml reads the same, but warns on stderr of `1e3` under a `%YAML 1.1` directive.
    digits = text.replace("_", "").lower()
    if digits.endswith((".inf", ".nan")):
        digits = digits.replace(".", "")
    return float(digits)


def yaml_documents(text: str, name: str) -> list[Document]:
    """The documents of a YAML text, at least one, each a mapping."""
    unprintable = _UNPRINTABLE.search(text)
    if unprintable is not None:
        code = ord(unprintable.group())
        message = f"the character U+{code:04X} cannot be in a YAML file"
        hint = "this is a binary file" if code == 0 else "remove it, or write it as an escape"
        fail_at(text, unprintable.start(), message, name, hint)

    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        documents = _Builder(text, name).documents()
    except MarkedYAMLError as error:
        raise _syntax_error(error, name) from None
    except YAMLError as error:
        raise SourceError(" ".join(str(error).split()), file=name) from None
    if not documents:
        raise SourceError("the file has no document", file=name, hint=MAPPING_HINT)
    return documents


def _syntax_error(error: Any, name: str) -> SourceError:
    problem = " ".join(str(error.problem or error.context).split())
    mark = error.problem_mark or error.context_mark
    message, hint = problem, None
    for start, detail, plain, way_out in _PLAIN_WORDS:
        if start in problem and detail in problem:
            message, hint = plain, way_out
            break
    if mark is None:
        return SourceError(message, file=name, hint=hint)
    return SourceError(message, file=name, line=mark.line + 1, column=mark.column + 1, hint=hint)
