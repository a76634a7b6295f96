"""Search spaces: which parameters there are, what each may be, and when it is asked for; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gittrack.adapt import to_plain
from gittrack.canonical import Plain
from gittrack.errors import GittrackError, ValueRefusedError
from gittrack.optimize.domains import Constant, Domain, Trial, choice_text, is_same
from gittrack.optimize.forms import FormError, is_group, read_domain

WHEN = "when"
"""The key that says under which values of other parameters one is asked for."""


class SearchSpaceError(ValueRefusedError):
    """A search space makes no sense; `keys` lead to the place in the mapping it was made from."""

    def __init__(self, message: str, *, keys: tuple[str, ...], hint: str | None = None) -> None:
        super().__init__(message, path=".".join(keys), hint=hint)
        self.keys = keys


@dataclass(frozen=True, slots=True)
class Condition:
    """Another parameter, and the values of it that are meant."""

    name: str
    values: tuple[Plain, ...]

    def holds(self, taken: Mapping[str, Plain]) -> bool:
        """Whether that parameter was asked for and took one of these values."""
        if self.name not in taken:
            return False
        return any(is_same(taken[self.name], value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter, asked for where all its conditions hold."""

    name: str
    domain: Domain
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """Parameters in the order in which they are asked for: what others depend on comes first."""

    parameters: tuple[Parameter, ...]

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> SearchSpace:
        """The space that a mapping describes: a form for each parameter, by its name.

        | form | meaning |
        | --- | --- |
        | `{type: float, low: 0.1, high: 1, step: 0.1}` | numbers; or `log: true` |
        | `{type: int, low: 1, high: 9, step: 2}` | integers; or `log: true` |
        | `{type: categorical, choices: [a, b]}` | one of them |
        | `{uniform: [0, 1]}`, `{loguniform: [1e-5, 1]}` | short for the first |
        | `{int: [1, 9]}`, `{choice: [a, b]}` | short for the others |
        | `("float", 1e-5, 1e-1, "log")`, `("int", 1, 9)`, `("categorical", ["a", "b"])` | short |
        | `[a, b]` | one of them, also where both are numbers |
        | a distribution of Optuna's | what it says |
        | any other mapping | further parameters, whose names begin with its own and a dot |
        | anything else, and `{constant: …}` | that value |

        A form, and a mapping of further ones, may have `when: {other: value}` or
        `when: {other: [values]}`: it is asked for only where the other parameter takes one of them.

        Raises:
            SearchSpaceError: with the parameter's name and what is wrong with it.
        """
        parameters = list(_read(mapping, (), ()))
        _check_names(parameters)
        _check_conditions(parameters)
        return cls(tuple(_in_order(parameters)))

    def suggest(self, trial: Trial) -> dict[str, Plain]:
        """A config: the values that a trial takes, a dotted name as keys one in the other."""
        return nested(self.suggest_flat(trial))

    def suggest_flat(self, trial: Trial) -> dict[str, Plain]:
        """The values that a trial takes, by dotted names; what is not asked for is left out."""
        taken: dict[str, Plain] = {}
        for one in self.parameters:
            if all(condition.holds(taken) for condition in one.when):
                taken[one.name] = one.domain.ask(trial, one.name)
        return taken

    def to_mapping(self) -> dict[str, Plain]:
        """The space as a mapping of long forms, from which `from_mapping` makes the same."""
        mapping: dict[str, Plain] = {}
        for one in self.parameters:
            form = one.domain.form()
            if one.when and isinstance(form, dict):
                form[WHEN] = {condition.name: list(condition.values) for condition in one.when}
            mapping[one.name] = form
        return mapping

    def searched(self) -> tuple[Parameter, ...]:
        """The parameters that a trial is asked for: all but constants."""
        return tuple(one for one in self.parameters if not isinstance(one.domain, Constant))


def nested(flat: Mapping[str, Plain]) -> dict[str, Plain]:
    """Values by dotted names as a config: `{"model.units": 8}` is `{"model": {"units": 8}}`."""
    config: dict[str, Plain] = {}
    for name, value in flat.items():
        *parents, last = name.split(".")
        place: dict[str, Plain] = config
        for parent in parents:
            place = place.setdefault(parent, {})  # type: ignore[assignment]
        place[last] = value
    return config


def _read(
    mapping: Mapping[str, object], above: tuple[str, ...], when: tuple[Condition, ...]
) -> Iterator[Parameter]:
    if not isinstance(mapping, Mapping):
        raise SearchSpaceError("a search space is a mapping of parameters", keys=())
    for key, value in mapping.items():
        keys = (*above, key)
        if not isinstance(key, str):
            raise SearchSpaceError(f"the name {key!r} is no text", keys=above)
        if above and key == WHEN:
            continue
        if not all(key.split(".")):
            raise SearchSpaceError(f"the name {choice_text(key)} has an empty part", keys=keys)
        both = (*when, *_conditions(value, keys))
        if is_group(value):
            yield from _read(value, keys, both)  # type: ignore[arg-type]
        else:
            yield Parameter(".".join(keys), _domain(value, keys), both)


def _domain(value: object, keys: tuple[str, ...]) -> Domain:
    if isinstance(value, Mapping):
        value = {key: inner for key, inner in value.items() if key != WHEN}
    try:
        return read_domain(value)
    except FormError as error:
        place = keys if error.key is None else (*keys, error.key)
        message = f"{'.'.join(keys)}: {error.message}"
        raise SearchSpaceError(message, keys=place, hint=error.hint) from None


def _conditions(value: object, keys: tuple[str, ...]) -> tuple[Condition, ...]:
    if not isinstance(value, Mapping) or WHEN not in value:
        return ()
    when, place = value[WHEN], (*keys, WHEN)
    if not isinstance(when, Mapping) or not when:
        raise SearchSpaceError(
            f"{'.'.join(keys)}: when is a mapping", keys=place, hint="as in when: {kernel: rbf}"
        )
    return tuple(_condition(name, wanted, place) for name, wanted in when.items())


def _condition(name: object, wanted: object, place: tuple[str, ...]) -> Condition:
    try:
        plain = to_plain(wanted)
    except GittrackError as error:
        message = f"{'.'.join(place[:-1])}: when {name}: {error}"
        raise SearchSpaceError(message, keys=place) from None
    values = plain if isinstance(plain, list) else [plain]
    return Condition(str(name), tuple(values))


def _check_names(parameters: list[Parameter]) -> None:
    names: set[str] = set()
    for one in parameters:
        if one.name in names:
            raise SearchSpaceError(f"{one.name} is there twice", keys=(one.name,))
        names.add(one.name)
    for name in names:
        parts = name.split(".")
        for length in range(1, len(parts)):
            outer = ".".join(parts[:length])
            if outer in names:
                message = f"{outer} cannot be both a value and the beginning of {name}"
                raise SearchSpaceError(message, keys=(outer,))


def _check_conditions(parameters: list[Parameter]) -> None:
    known = {one.name: one for one in parameters}
    for one in parameters:
        for condition in one.when:
            other = known.get(condition.name)
            if other is None:
                message = f"{one.name}: when names {condition.name}, which is not in the space"
                raise SearchSpaceError(message, keys=(one.name, WHEN))
            for value in condition.values:
                if not other.domain.may_be(value):
                    message = f"{one.name}: {condition.name} is never {choice_text(value)}"
                    raise SearchSpaceError(message, keys=(one.name, WHEN))


def _in_order(parameters: list[Parameter]) -> Iterator[Parameter]:
    waiting, done = list(parameters), set[str]()
    while waiting:
        ready = [one for one in waiting if all(c.name in done for c in one.when)]
        if not ready:
            names = ", ".join(one.name for one in waiting)
            message = f"{waiting[0].name}: its condition leads in a circle: {names}"
            raise SearchSpaceError(message, keys=(waiting[0].name, WHEN))
        first = ready[0]
        waiting.remove(first)
        done.add(first.name)
        yield first
