"""How models, versions and aliases are named, and what a name stands for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from shlex import quote

from gittrack.errors import NotFoundError, UsageError
from gittrack.slug import check_name
from gittrack.store.models import Model

Selector = int | str | None
"""Which version: its number, an alias, `latest`; `None` is the latest."""

LATEST = "latest"

_ALIAS = re.compile(r"(?!v?\d+\Z)\w[\w.+=-]{0,99}")
_NUMBER = re.compile(r"\d{1,9}")


def check_model_name(name: str) -> str:
    """The name without surrounding space, if a model can have it.

    Raises:
        UsageError: it is empty, too long, or holds a control character, `:` or `@`.
    """
    checked = check_name(name, "model")
    if ":" in checked or "@" in checked:
        raise UsageError(
            f"a model cannot be called {checked!r}: ':' and '@' lead to its versions",
            hint="use another character, such as '-' or '/'",
        )
    return checked


def check_alias(alias: str) -> str:
    """The alias, if a version can have it.

    Raises:
        UsageError: it is a number, `latest`, or holds other characters than names do.
    """
    if alias.lower() == LATEST or not _ALIAS.fullmatch(alias):
        raise UsageError(
            f"a version cannot have the alias {alias!r}",
            hint="use letters, digits and . _ + = -; no number, and not 'latest'",
        )
    return alias


def split_reference(reference: str) -> tuple[str, Selector]:
    """The model's name and the version that `churn:3`, `churn:latest` or `churn@prod` asks for.

    Raises:
        UsageError: no model has such a name, or nothing follows the mark.
    """
    place = re.search(r"[:@]", reference)
    if place is None:
        return check_model_name(reference), None
    name, mark, selector = (
        reference[: place.start()],
        place[0],
        reference[place.end() :].strip(),
    )
    by_number = mark == ":" and (selector == LATEST or _NUMBER.fullmatch(selector) is not None)
    if not by_number and (mark == ":" or not selector):
        raise UsageError(
            f"{reference!r} names no version", hint="write NAME:3, NAME:latest or NAME@ALIAS"
        )
    return check_model_name(name), selector


def resolve(model: Model, selector: Selector) -> int:
    """The number of the version that is asked for.

    Raises:
        NotFoundError: the model has no such version, or no such alias.
    """
    if selector is None or selector == LATEST:
        if model.latest is None:
            raise NotFoundError(f"the model {model.name!r} has no versions")
        return model.latest
    if isinstance(selector, int) or _NUMBER.fullmatch(selector):
        return _existing(model, int(selector))
    alias = selector.removeprefix("@")
    if alias not in model.aliases:
        raise NotFoundError(
            f"the model {model.name!r} has no alias {alias!r}",
            hint=suggestion(alias, model.aliases) or _known("its aliases are", model.aliases),
        )
    return _existing(model, model.aliases[alias])


def suggestion(wrong: str, known: Iterable[str]) -> str | None:
    """The names that look like a wrong one, as a question; `None` where none does."""
    close = difflib.get_close_matches(wrong, list(known), 3)
    return f"did you mean {' or '.join(map(repr, close))}?" if close else None


def _existing(model: Model, number: int) -> int:
    if number in model.versions:
        return number
    gone = 0 < number < model.next_number
    restore = f"bring it back: git exp models restore {quote(f'{model.name}:{number}')}"
    raise NotFoundError(
        f"version {number} of the model {model.name!r} "
        + ("was deleted" if gone else "does not exist"),
        hint=restore if gone else _known("its versions are", map(str, model.versions)),
    )


def _known(words: str, names: Iterable[str]) -> str | None:
    listed = list(names)
    shown = [*listed[:4], "…", *listed[-4:]] if len(listed) > 9 else listed
    return f"{words} {', '.join(shown)}" if shown else None
