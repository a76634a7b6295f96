"""The query language: what parses to what, what is refused, and that printing is the way back."""

from __future__ import annotations

import subprocess
import sys
from math import inf, nan

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gittrack.errors import QueryError
from gittrack.query import (
    And,
    AnyElement,
    Between,
    Comparison,
    Expression,
    Field,
    IsNull,
    Key,
    Like,
    Literal,
    Membership,
    Not,
    Operator,
    Or,
    Position,
    Segment,
    TagTerm,
    conjunction,
    disjunction,
    fields,
    format_expression,
    parse,
    path_text,
    tags,
    terms,
)


def field(*parts: str | int) -> Field:
    """A field of plain keys."""
    return Field(tuple(Key(part) for part in parts))


def equal(name: str, value: str | int | float | bool) -> Comparison:
    """`name = value`."""
    return Comparison(field(name), Operator.EQUAL, Literal(value))


A, B, C = equal("a", 1), equal("b", 2), equal("c", 3)


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("k = 1", Operator.EQUAL),
        ("k == 1", Operator.EQUAL),
        ("k != 1", Operator.NOT_EQUAL),
        ("k <> 1", Operator.NOT_EQUAL),
        ("k < 1", Operator.LESS),
        ("k <= 1", Operator.LESS_OR_EQUAL),
        ("k > 1", Operator.GREATER),
        ("k>=1", Operator.GREATER_OR_EQUAL),
    ],
)
def test_comparison_operators(text: str, operator: Operator) -> None:
    """Each operator, with or without spaces around it, compares a field with a value."""
    assert parse(text) == Comparison(field("k"), operator, Literal(1))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("-10", -10),
        ("+3", 3),
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("1E+3", 1000.0),
        ("1.0", 1.0),
        ("-0.0", -0.0),
        ("inf", inf),
        ("-inf", -inf),
        ("+INF", inf),
        (".inf", inf),
        ("-.inf", -inf),
        ("nan", nan),
        (".nan", nan),
        ("true", True),
        ("FALSE", False),
        ("'rsi'", "rsi"),
        ('"rsi"', "rsi"),
        ("'10'", "10"),
        ("'it''s'", "it's"),
        ('"say ""hi"""', 'say "hi"'),
        ("''", ""),
        ("'a\\nb'", "a\\nb"),
        ("'größe %'", "größe %"),
    ],
)
def test_values_keep_their_type(text: str, value: str | int | float | bool) -> None:
    """A value is read with its type: numbers, infinities, strings in either quotes, booleans."""
    assert parse(f"k = {text}") == equal("k", value)


def test_literals_compare_by_type() -> None:
    """`1`, `1.0`, `true` and `'1'` are four values, `0.0` and `-0.0` two, `nan` is itself."""
    spellings = ["1", "1.0", "true", "'1'", "0.0", "-0.0", "nan"]
    assert len({parse(f"k = {spelling}") for spelling in spellings}) == len(spellings)
    assert parse("k = nan") == parse("k = .nan")


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("k", [Key("k")]),
        ("hyperparameters.k", [Key("hyperparameters"), Key("k")]),
        ("learning-rate", [Key("learning-rate")]),
        ("_private", [Key("_private")]),
        ("größe.日本", [Key("größe"), Key("日本")]),
        ("a.`learning rate`", [Key("a"), Key("learning rate")]),
        ('a."learning rate"', [Key("a"), Key("learning rate")]),
        ("a.'learning rate'.b", [Key("a"), Key("learning rate"), Key("b")]),
        ('"a.b"', [Key("a.b")]),
        ("`a.b`.c", [Key("a.b"), Key("c")]),
        ("`tick ``s`", [Key("tick `s")]),
        ("``.a", [Key(""), Key("a")]),
        ("layers[0].units", [Key("layers"), Position(0), Key("units")]),
        ("m[1][ 2 ]", [Key("m"), Position(1), Position(2)]),
        ("feature_names[]", [Key("feature_names"), AnyElement()]),
        ("layers[].units", [Key("layers"), AnyElement(), Key("units")]),
        ("levels.1", [Key("levels"), Key(1)]),
        ("levels.-1", [Key("levels"), Key(-1)]),
        ("levels.`1`", [Key("levels"), Key("1")]),
        ("levels.007", [Key("levels"), Key("007")]),
        ("levels.2d", [Key("levels"), Key("2d")]),
        ("params.in.null", [Key("params"), Key("in"), Key("null")]),
        ("`in`", [Key("in")]),
        ("tag", [Key("tag")]),
        ("inf", [Key("inf")]),
    ],
)
def test_fields(text: str, segments: list[Segment]) -> None:
    """A field is a path of keys, bare or quoted, list positions, and `[]` for any element."""
    assert parse(f"{text} = 1") == Comparison(Field(tuple(segments)), Operator.EQUAL, Literal(1))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("k IN (1, 'a', true)", Membership(field("k"), (Literal(1), Literal("a"), Literal(True)))),
        ("k IN ('a',)", Membership(field("k"), (Literal("a"),))),
        ("k not in (1)", Membership(field("k"), (Literal(1),), negated=True)),
        ("k BETWEEN 1 AND 2.5", Between(field("k"), Literal(1), Literal(2.5))),
        ("k not between 'a' and 'b'", Between(field("k"), Literal("a"), Literal("b"), True)),
        ("k IS NULL", IsNull(field("k"))),
        ("k is not null", IsNull(field("k"), negated=True)),
        ("k LIKE 'rsi_%'", Like(field("k"), "rsi_%")),
        ("k NOT LIKE 'x'", Like(field("k"), "x", negated=True)),
        ("k ILIKE 'x'", Like(field("k"), "x", case_sensitive=False)),
        ("k NOT ILIKE 'x'", Like(field("k"), "x", case_sensitive=False, negated=True)),
        ("tag:baseline", TagTerm("baseline")),
        ("TAG:v1.0/rc-1", TagTerm("v1.0/rc-1")),
        ('tag:"with space"', TagTerm("with space")),
        ("tag:'it''s'", TagTerm("it's")),
        ("(tag:a)", TagTerm("a")),
        ("tag:a,b", None),
    ],
)
def test_conditions(text: str, tree: Expression | None) -> None:
    """Lists, ranges, null tests, patterns and tags have nodes of their own."""
    if tree is None:
        with pytest.raises(QueryError):
            parse(text)
    else:
        assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a=1 AND b=2 OR c=3", Or((And((A, B)), C))),
        ("a=1 OR b=2 AND c=3", Or((A, And((B, C))))),
        ("(a=1 OR b=2) AND c=3", And((Or((A, B)), C))),
        ("NOT a=1 AND b=2", And((Not(A), B))),
        ("NOT (a=1 AND b=2)", Not(And((A, B)))),
        ("not not a=1", Not(Not(A))),
        ("a=1 AND (b=2 AND c=3)", And((A, B, C))),
        ("((a=1)) or (b=2 or c=3)", Or((A, B, C))),
        ("a=1\n  and\tb=2", And((A, B))),
        (
            "a=1 AND b BETWEEN 1 AND 2 AND c=3",
            And((A, Between(field("b"), Literal(1), Literal(2)), C)),
        ),
    ],
)
def test_precedence(text: str, tree: Expression) -> None:
    """NOT binds closer than AND, AND closer than OR; parentheses decide otherwise."""
    assert parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "metrics.acc > 0.72 and params.model = 'LogisticRegression'",
        'params."model name" = "cnn"',
        "tags.`mlflow.source.name` LIKE '%train.py'",
        "attributes.run_id IN ('a1', 'b2')",
        "attributes.start_time >= 1664067852747",
        "attribute.status = 'FINISHED' AND datasets.name ILIKE 'SPY%'",
        "run.end_time < 1.7e12",
    ],
)
def test_mlflow_filters_parse(text: str) -> None:
    """Filter strings as MLflow's documentation shows them are queries, too."""
    assert parse(format_expression(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("", 1, "the query is empty", "as in"),
        ("   ", 4, "the query is empty", "as in"),
        ("k >=", 5, "expected a value after >=, found end of query", None),
        ("k", 2, "expected an operator after k, found end of query", "k = true"),
        ("flag AND k = 1", 6, "expected an operator after flag, found AND", "flag = true"),
        ("k = null", 5, "nothing compares with null", "k IS NULL"),
        ("k != NULL", 6, "nothing compares with null", "k IS NOT NULL"),
        ("k IN (1, null)", 10, "expected a value after the comma, found NULL", "IS NULL"),
        ("k < true", 5, "no order", "="),
        ("k BETWEEN true AND false", 11, "no order", None),
        ("k BETWEEN 1 AND 'b'", 17, "two numbers or two texts", None),
        ("k = rsi", 5, "expected a value after =, found rsi", "'rsi'"),
        ("5 = k", 1, "expected a field or tag:, found 5", "first"),
        ("'a' = 1", 1, "found the string 'a'", "backticks"),
        ("in = 1", 1, "expected a field or tag:, found IN", "backticks"),
        ("a = 1 AND", 10, "after AND, found end of query", None),
        ("created_at > 2026-11-01", 14, "not a number", "quotes"),
        ("k = 10abc", 5, "not a number", None),
        ("k = 1e999", 5, "out of range", "inf"),
        ("k LIKE 5", 8, "LIKE takes a text", "%"),
        ("k IN ()", 7, "expected a value in the list of IN, found )", None),
        ("k IN (1", 8, "a comma or )", None),
        ("k IN 1", 6, "( and a list of values", "IN (1, 2)"),
        ("k NOT = 3", 7, "LIKE, ILIKE, IN or BETWEEN after NOT", None),
        ("k IS 5", 6, "NULL or NOT NULL after IS", "="),
        ("k BETWEEN 1 OR 2", 13, "expected AND", None),
        ("a. = 1", 3, "expected a key after the dot", "backticks"),
        ("a[-1] = 1", 2, "list position", "from 0"),
        ("a['x'] = 1", 2, "list position", None),
        ("a.'b = 1", 3, "the quote ' is never closed", None),
        ("a = 'x", 5, "never closed", "twice"),
        ("a = 'x''", 5, "never closed", "twice"),
        ("`a = 1", 1, "never closed", "twice"),
        ("tag: x", 5, "directly after tag:", "tag:baseline"),
        ("tag:''", 5, "directly after tag:", None),
        ("foo:bar", 4, "unexpected character ':'", "tag:"),
        ("a=1 && b=2", 5, "unexpected character '&'", "AND"),
        ("a=1 || b=2", 5, "unexpected character '|'", "OR"),
        ("!a=1", 1, "unexpected character '!'", "NOT"),
        ("(a=1", 5, "AND, OR or ), found end of query", None),
        ("a=1)", 4, "end of the query, found )", None),
        ("a=1 b=2", 5, "end of the query, found b", None),
        ("a = '\udc80'", 6, "not valid UTF-8", None),
    ],
)
def test_errors_say_where_and_what(text: str, column: int, message: str, hint: str | None) -> None:
    """A query that cannot be understood is refused with its column and what was expected there."""
    with pytest.raises(QueryError) as caught:
        parse(text)
    error = caught.value
    assert (error.query, error.column) == (text, column)
    assert message in str(error)
    assert str(error).startswith(f"column {column}: ")
    if hint is not None:
        assert error.hint is not None
        assert hint in error.hint


def test_columns_are_kept_but_not_compared() -> None:
    """Fields and values know their column for later errors, and are equal wherever they stand."""
    spread, dense = parse("  k  =  5"), parse("k=5")
    assert spread == dense
    assert isinstance(spread, Comparison)
    assert (spread.field.column, spread.value.column) == (3, 9)


def test_walkers_go_through_the_text_in_order() -> None:
    """`fields`, `tags` and `terms` give what a query names, from left to right."""
    tree = parse("b = 1 AND (tag:x OR NOT a.c IS NULL) AND b LIKE 'q' AND tag:y")
    assert [found.text for found in fields(tree)] == ["b", "a.c", "b"]
    assert [tag.name for tag in tags(tree)] == ["x", "y"]
    assert len(list(terms(tree))) == 5


def test_printing_is_plain_where_it_can_be() -> None:
    """The canonical text has upper-case keywords and quotes only where they are needed."""
    text = '"a".`b c`==1.50 and not(tag:\'x\' or tag:"y z" or k not in(\'a\',"b"))'
    assert (
        format_expression(parse(text))
        == "a.`b c` = 1.5 AND NOT (tag:x OR tag:'y z' OR k NOT IN ('a', 'b'))"
    )


def test_queries_combine() -> None:
    """`conjunction` and `disjunction` join queries into the tree that one text would give."""
    assert conjunction([parse("a=1 and b=2"), C]) == parse("a=1 and b=2 and c=3")
    assert disjunction([A, parse("b=2 or c=3")]) == parse("a=1 or b=2 or c=3")
    assert conjunction([A]) == A


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100 + "a=1" + ")" * 100,
        "NOT " * 100 + "a=1",
        "NOT (" * 50 + "a=1" + ")" * 50,
        "(a=1 OR b=2 AND " * 100 + "c=3" + ")" * 100,
        " AND ".join(["k=1"] * 500),
        " OR ".join(["(NOT k=1)"] * 500),
        "k IN (" + ",".join("1" * 500) + ")",
        "k = '" + "x" * 9_994 + "'",
    ],
)
def test_limits_are_reached(text: str) -> None:
    """A query at a limit parses, prints, compares and hashes."""
    tree = parse(text)
    assert parse(format_expression(tree)) == tree
    assert hash(tree) == hash(parse(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 101 + "a=1" + ")" * 101, "inside each other"),
        ("(" * 9_999, "inside each other"),
        ("NOT " * 101 + "a=1", "inside each other"),
        (" OR ".join(["k=1"] * 501), "more than 500"),
        ("k IN (" + ",".join("1" * 501) + ")", "more than 500"),
        ("k = '" + "x" * 9_995 + "'", "10,000 characters"),
        ("k = " + "9" * 601, "600 characters"),
        ("k." + "9" * 601 + " = 1", "600 characters"),
        ("k[" + "9" * 601 + "] = 1", "list position"),
    ],
)
def test_limits_are_kept(text: str, message: str) -> None:
    """A query over a limit is refused as such, however deep or long it is."""
    with pytest.raises(QueryError, match=message):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "1" * 10_000,
        "k = " + "1" * 9_000 + "x",
        "k = '" + "''" * 4_900,
        "`" * 9_999,
        "a-" * 5_000,
        "a" + "." * 9_999,
        "k[" + " " * 9_000,
        " " * 10_000,
        "not " * 2_500,
        "tag: " * 2_000,
    ],
)
def test_hostile_text_is_refused(text: str) -> None:
    """Texts made for backtracking and for deep recursion are refused like any other."""
    with pytest.raises(QueryError):
        parse(text)


def test_import_is_light() -> None:
    """The package loads no other part of gittrack but its errors, and nothing heavy."""
    code = "import sys; from gittrack.query import parse; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(answer.stdout.split())
    ours = {name for name in loaded if name.startswith("gittrack")}
    parts = {name.split(".")[1] for name in ours if "." in name}
    assert parts == {"query", "errors"}
    assert not loaded & {"sqlite3", "subprocess", "git", "ruamel", "yaml", "deepdiff", "typer"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        ((Key("model"), Key("layers"), Position(2), Key("units")), "model.layers[2].units"),
        ((Key("a"), Key("learning rate")), "a.`learning rate`"),
        ((Key("a.b"),), "`a.b`"),
        ((Key("tick `s"),), "`tick ``s`"),
        ((Key("levels"), Key(1)), "levels.1"),
        ((Key("levels"), Key("1")), "levels.`1`"),
        ((Key(5),), "5"),
        ((Key("null"),), "`null`"),
        ((Key("null"), Key("in")), "null.in"),
        ((Key("ın"),), "ın"),
        ((Key(""), AnyElement()), "``[]"),
        ((Position(0), Key("a")), "[0].a"),
    ],
)
def test_path_text(path: tuple[Segment, ...], text: str) -> None:
    """A path is written as queries write it, with backticks only where they are needed."""
    assert path_text(path) == text


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_KEYS = st.one_of(
    _TEXT, st.sampled_from(["k", "a-b", "in", "NULL", "1", "tag", "", "`", "ın", "inf"])
)
_LATER = st.one_of(
    st.builds(Key, _KEYS),
    st.builds(Key, st.integers()),
    st.builds(Position, st.integers(min_value=0)),
    st.just(AnyElement()),
)
_FIELDS = st.builds(
    lambda first, rest: Field((Key(first), *rest)), _KEYS, st.lists(_LATER, max_size=3)
)
_NUMBERS = st.builds(Literal, st.one_of(st.integers(), st.floats()))
_STRINGS = st.builds(Literal, _TEXT)
_VALUES = st.one_of(_NUMBERS, _STRINGS, st.builds(Literal, st.booleans()))
_CONDITIONS = st.one_of(
    st.builds(Comparison, _FIELDS, st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL]), _VALUES),
    st.builds(Comparison, _FIELDS, st.sampled_from(Operator), _NUMBERS | _STRINGS),
    st.builds(
        Membership, _FIELDS, st.lists(_VALUES, min_size=1, max_size=3).map(tuple), st.booleans()
    ),
    st.builds(Between, _FIELDS, _NUMBERS, _NUMBERS, st.booleans()),
    st.builds(Between, _FIELDS, _STRINGS, _STRINGS, st.booleans()),
    st.builds(IsNull, _FIELDS, st.booleans()),
    st.builds(Like, _FIELDS, _TEXT, st.booleans(), st.booleans()),
    st.builds(TagTerm, _TEXT.filter(bool)),
)


def _combined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=4)
    return st.one_of(several.map(conjunction), several.map(disjunction), st.builds(Not, inner))


_EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(_CONDITIONS, _combined, max_leaves=12)


@pytest.mark.slow
@given(_EXPRESSIONS)
@settings(deadline=None)
def test_printing_and_parsing_are_inverse(tree: Expression) -> None:
    """Every tree has a text that parses to that same tree and is printed the same again."""
    text = format_expression(tree)
    assert parse(text) == tree
    assert format_expression(parse(text)) == text


_PIECES = st.sampled_from(
    [*"()=<,.:1k", "[]", "!=", "<>", "and", "or", "not", "in", "is", "null", "like", "between"]
)


@given(st.one_of(st.text(max_size=40), st.lists(_PIECES, max_size=12).map(" ".join)))
@example("ſ in ('K')")
@settings(deadline=None, max_examples=300)
def test_any_text_parses_or_is_refused(text: str) -> None:
    """Whatever the text, parsing gives a tree or a `QueryError` whose column is in the text."""
    tree, error = _attempt(text)
    if error is not None:
        assert 1 <= error.column <= len(text) + 1
    if tree is not None:
        assert parse(format_expression(tree)) == tree


def _attempt(text: str) -> tuple[Expression | None, QueryError | None]:
    try:
        return parse(text), None
    except QueryError as error:
        return None, error
