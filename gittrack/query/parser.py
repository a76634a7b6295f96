"""Tokens to the syntax tree: OR binds least, then AND, then NOT, then comparisons."""

from __future__ import annotations

from math import inf, nan

from gittrack.errors import QueryError
from gittrack.query.lexer import OPERATORS, Kind, Token, tokenize, unquote
from gittrack.query.tree import (
    Between,
    Comparison,
    Condition,
    Expression,
    Field,
    IsNull,
    Like,
    Literal,
    Membership,
    Not,
    Operator,
    TagTerm,
    conjunction,
    disjunction,
)

MAX_NESTING = 100
"""Parentheses and NOTs inside each other."""

MAX_TERMS = 500
"""Comparisons, tags and values of IN lists, all together."""

_UNORDERED = (Operator.EQUAL, Operator.NOT_EQUAL)


def parse(text: str) -> Expression:
    """The tree of the query `text`.

    Raises `QueryError` with the column and what was expected there. The grammar is in
    docs/query.md.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens = tokenize(query)
        self._position = 0
        self._nesting = 0
        self._terms = 0

    def whole(self) -> Expression:
        if self._next().kind is Kind.END:
            raise self._refusal("the query is empty", hint="as in: hyperparameters.k >= 10")
        expression = self._expression()
        if self._next().kind is not Kind.END:
            raise self._expected("AND, OR or the end of the query", "")
        return expression

    def _expression(self) -> Expression:
        # One loop for AND and OR keeps the stack at two frames for each pair of parentheses.
        alternatives = [[self._operand()]]
        while True:
            if self._accept("AND"):
                alternatives[-1].append(self._operand())
            elif self._accept("OR"):
                alternatives.append([self._operand()])
            else:
                return disjunction(map(conjunction, alternatives))

    def _operand(self) -> Expression:
        depth = self._nesting
        negations = 0
        while self._accept("NOT"):
            self._nest()
            negations += 1
        expression = self._group() if self._accept("(") else self._term()
        for _ in range(negations):
            expression = Not(expression)
        self._nesting = depth
        return expression

    def _group(self) -> Expression:
        self._nest()
        expression = self._expression()
        if not self._accept(")"):
            raise self._expected("AND, OR or )", "")
        return expression

    def _nest(self) -> None:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise self._refusal(f"more than {MAX_NESTING} parentheses and NOTs inside each other")

    def _term(self) -> Expression:
        self._count_term()
        token = self._next()
        if token.kind is Kind.TAG:
            self._advance()
            return TagTerm(str(token.value), token.column)
        if token.kind is not Kind.FIELD:
            raise self._no_field(token)
        self._advance()
        return self._condition(Field(token.segments, token.column), token.text)

    def _count_term(self) -> None:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._refusal(f"more than {MAX_TERMS} comparisons and values")

    def _no_field(self, token: Token) -> QueryError:
        hint = None
        if token.kind is Kind.STRING:
            hint = "the field comes first; a field's name is quoted with backticks"
        elif token.kind is Kind.NUMBER:
            hint = "the field comes first, as in k >= 10"
        elif token.kind is Kind.KEYWORD:
            hint = f"a field named {token.text.lower()} is written in backticks"
        return self._expected("a field or tag:", self._after(), hint=hint)

    def _condition(self, field: Field, text: str) -> Condition:
        operator = self._next()
        if operator.kind is Kind.OPERATOR:
            self._advance()
            return self._comparison(field, operator)
        if self._accept("IS"):
            return self._null_test(field)
        negated = self._accept("NOT")
        for keyword, build in (
            ("LIKE", self._like),
            ("ILIKE", self._ilike),
            ("IN", self._membership),
            ("BETWEEN", self._between),
        ):
            if self._accept(keyword):
                return build(field, negated)
        if negated:
            raise self._expected("LIKE, ILIKE, IN or BETWEEN", "after NOT")
        raise self._expected("an operator", f"after {text}", hint=f"as in {text} = true")

    def _comparison(self, field: Field, token: Token) -> Comparison:
        operator = OPERATORS[token.text]
        if self._at("NULL"):
            test = "IS NOT NULL" if operator is Operator.NOT_EQUAL else "IS NULL"
            raise self._refusal("nothing compares with null", hint=f"write {field.text} {test}")
        value = self._value(f"after {token.text}")
        if isinstance(value.value, bool) and operator not in _UNORDERED:
            raise self._refusal("true and false have no order", value.column, hint="write = or !=")
        return Comparison(field, operator, value)

    def _null_test(self, field: Field) -> IsNull:
        negated = self._accept("NOT")
        if not self._accept("NULL"):
            expected = "NULL" if negated else "NULL or NOT NULL"
            hint = None if negated else "values are compared with ="
            raise self._expected(expected, "after IS", hint=hint)
        return IsNull(field, negated)

    def _like(self, field: Field, negated: bool) -> Like:
        return Like(field, self._pattern("LIKE"), case_sensitive=True, negated=negated)

    def _ilike(self, field: Field, negated: bool) -> Like:
        return Like(field, self._pattern("ILIKE"), case_sensitive=False, negated=negated)

    def _pattern(self, keyword: str) -> str:
        pattern = self._value(f"after {keyword}")
        if not isinstance(pattern.value, str):
            raise self._refusal(
                f"{keyword} takes a text",
                pattern.column,
                hint=f"as in {keyword} 'rsi%', where % stands for any text",
            )
        return pattern.value

    def _membership(self, field: Field, negated: bool) -> Membership:
        if not self._accept("("):
            raise self._expected("( and a list of values", "after IN", hint="as in k IN (1, 2)")
        values = [self._value("in the list of IN")]
        while self._accept(","):
            if self._at(")"):  # as Python writes a tuple of one: ('a',)
                break
            self._count_term()
            values.append(self._value("after the comma"))
        if not self._accept(")"):
            raise self._expected("a comma or )", "in the list of IN")
        return Membership(field, tuple(values), negated)

    def _between(self, field: Field, negated: bool) -> Between:
        low = self._bound("after BETWEEN")
        if not self._accept("AND"):
            raise self._expected("AND and the upper end", "of BETWEEN", hint="BETWEEN 1 AND 10")
        high = self._bound("after the AND of BETWEEN")
        if isinstance(low.value, str) is not isinstance(high.value, str):
            raise self._refusal("BETWEEN takes two numbers or two texts", high.column)
        return Between(field, low, high, negated)

    def _bound(self, place: str) -> Literal:
        bound = self._value(place)
        if isinstance(bound.value, bool):
            raise self._refusal("true and false have no order", bound.column, hint="write = or !=")
        return bound

    def _value(self, place: str) -> Literal:
        token = self._next()
        value = _literal_value(token)
        if value is None:
            raise self._expected("a value", place, hint=_value_hint(token))
        self._advance()
        return Literal(value, token.column)

    def _next(self) -> Token:
        return self._tokens[self._position]

    def _advance(self) -> None:
        self._position += 1

    def _at(self, text: str) -> bool:
        token = self._next()
        return token.text == text and token.kind in (Kind.KEYWORD, Kind.SIGN)

    def _accept(self, text: str) -> bool:
        found = self._at(text)
        self._position += found
        return found

    def _after(self) -> str:
        return f"after {self._tokens[self._position - 1].text}" if self._position else ""

    def _expected(self, expected: str, place: str, hint: str | None = None) -> QueryError:
        what = f"{expected} {place}".rstrip()
        return self._refusal(f"expected {what}, found {_found(self._next())}", hint=hint)

    def _refusal(
        self, message: str, column: int | None = None, hint: str | None = None
    ) -> QueryError:
        column = self._next().column if column is None else column
        return QueryError(message, query=self._query, column=column, hint=hint)


def _literal_value(token: Token) -> str | int | float | bool | None:
    if token.kind in (Kind.STRING, Kind.NUMBER):
        return token.value
    if token.kind is Kind.KEYWORD:
        return {"TRUE": True, "FALSE": False}.get(token.text)
    if token.kind is not Kind.FIELD or len(token.segments) != 1:
        return None
    if token.text.startswith('"'):
        return unquote(token.text)
    return {"inf": inf, "nan": nan}.get(token.text.lower())


def _value_hint(token: Token) -> str | None:
    if token.kind is Kind.FIELD:
        text = token.text.strip("`").replace("'", "''")
        return f"text is written in single quotes: '{text}'"
    if token.kind is Kind.KEYWORD and token.text == "NULL":
        return "null is tested with IS NULL"
    return None


def _found(token: Token) -> str:
    if token.kind is Kind.END:
        return "end of query"
    text = token.text if len(token.text) <= 40 else f"{token.text[:39]}…"
    return f"the string {text}" if token.kind is Kind.STRING else text
