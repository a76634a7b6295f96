"""The syntax tree of a query: what was asked, with no opinion on which fields exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from gittrack.query.paths import Segment, path_text

Value = str | int | float | bool


class Operator(Enum):
    """How a comparison compares; the value is its canonical spelling."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


@dataclass(frozen=True, slots=True)
class Field:
    """What is asked about; `column` (from 1) is where the query names it, 0 if it does not."""

    segments: tuple[Segment, ...]
    column: int = field(default=0, compare=False)

    @property
    def text(self) -> str:
        """The field as it is written in a query."""
        return path_text(self.segments)


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A value. Equality is typed: `1`, `1.0` and `true` differ, and `nan` equals itself."""

    value: Value
    column: int = field(default=0, compare=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[type, object]:
        value = self.value
        return type(value), value.hex() if isinstance(value, float) else value


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field operator value`."""

    field: Field
    operator: Operator
    value: Literal


@dataclass(frozen=True, slots=True)
class Membership:
    """`field [NOT] IN (values)`; there is at least one value."""

    field: Field
    values: tuple[Literal, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """`field [NOT] BETWEEN low AND high`, both ends included."""

    field: Field
    low: Literal
    high: Literal
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    """`field IS [NOT] NULL`; a field that is missing is null."""

    field: Field
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """`field [NOT] LIKE pattern`, or ILIKE where case does not count.

    In the pattern, `%` stands for any text, also none, and `_` for one character; nothing escapes
    them.
    """

    field: Field
    pattern: str
    case_sensitive: bool = True
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TagTerm:
    """`tag:name`."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All operands hold. There are two or more, none of them an `And`: see `conjunction`."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some operand holds. There are two or more, none of them an `Or`: see `disjunction`."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The operand does not hold."""

    operand: Expression


Condition = Comparison | Membership | Between | IsNull | Like
Expression = Condition | TagTerm | And | Or | Not


def conjunction(operands: Iterable[Expression]) -> Expression:
    """All `operands` (at least one) in one expression, with nested `And`s taken apart."""
    parts = tuple(
        part
        for operand in operands
        for part in (operand.operands if isinstance(operand, And) else (operand,))
    )
    return parts[0] if len(parts) == 1 else And(parts)


def disjunction(operands: Iterable[Expression]) -> Expression:
    """Any of `operands` (at least one) in one expression, with nested `Or`s taken apart."""
    parts = tuple(
        part
        for operand in operands
        for part in (operand.operands if isinstance(operand, Or) else (operand,))
    )
    return parts[0] if len(parts) == 1 else Or(parts)


def terms(expression: Expression) -> Iterator[Condition | TagTerm]:
    """The conditions and tag terms of `expression`, in the order of the text."""
    waiting: list[Expression] = [expression]
    while waiting:
        node = waiting.pop()
        match node:
            case And(operands=operands) | Or(operands=operands):
                waiting.extend(reversed(operands))
            case Not(operand=operand):
                waiting.append(operand)
            case _:
                yield node


def fields(expression: Expression) -> Iterator[Field]:
    """The fields that `expression` names, in the order of the text, repeated as they are there."""
    return (term.field for term in terms(expression) if not isinstance(term, TagTerm))


def tags(expression: Expression) -> Iterator[TagTerm]:
    """The tag terms of `expression`, in the order of the text."""
    return (term for term in terms(expression) if isinstance(term, TagTerm))
