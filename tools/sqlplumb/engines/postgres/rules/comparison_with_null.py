"""S215: a comparison with NULL, which is never true and never false."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlplumb.engines.postgres.parse.lexer import Token, lex
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Check, Expr, Index, Ref, Schema

_COMPARISONS = frozenset("=<>")  # the last sign of each operator that compares


def find(schema: Schema) -> Iterator[Found]:
    for ref, expression in _expressions(schema):
        if compared := _compared([*lex(expression.canonical)]):
            yield Found(ref, f"{ref.kind} {ref}: {compared}")


def _expressions(schema: Schema) -> Iterator[tuple[Ref, Expr]]:
    for ref, fact in schema.objects.items():
        if isinstance(fact, Check):
            yield ref, fact.expression
        elif isinstance(fact, Index) and fact.predicate:
            yield ref, fact.predicate


def _compared(tokens: Sequence[Token]) -> str:
    """Look at what the server prints: `x = NULL::text`, `x = ANY (ARRAY['a', NULL::text])`."""
    listed = 0  # brackets that are open since `ANY (ARRAY[`
    for number, token in enumerate(tokens):
        before = tokens[number - 1] if number else None
        if token.upper == "NULL" and before and before.text in _COMPARISONS:
            return "a comparison with NULL is never true and never false"
        if token.text == "[" and before and before.upper == "ARRAY":
            listed += _is_any(tokens[:number])
        elif token.text == "]":
            listed = max(listed - 1, 0)
        elif listed and token.upper == "NULL":
            return "NULL in a list of values: what is not in it is neither refused nor found"
    return ""


def _is_any(tokens: Sequence[Token]) -> bool:
    """Does ANY stand before these brackets?"""
    words = [token.upper for token in tokens if token.text not in ("(", "[")]
    return words[-2:-1] == ["ANY"]


RULE = Rule(
    code="S215",
    name="comparison-with-null",
    severity="warning",
    engines=("postgresql",),
    triggers="A CHECK or the WHERE of an index that compares with NULL, or has NULL in its list.",
    harms=(
        "A CHECK refuses only what is false, so such a row passes; an index holds only what is"
        " true, so it stays empty."
    ),
    instead="Say IS NULL or IS NOT NULL, and take NULL out of the list.",
    bad="""\
CREATE TABLE tasks (
    id bigint PRIMARY KEY,
    status text CONSTRAINT ck_status CHECK (status IN ('new', 'done', NULL))
);""",
    good="""\
CREATE TABLE tasks (
    id bigint PRIMARY KEY,
    status text CONSTRAINT ck_status CHECK (status IN ('new', 'done') OR status IS NULL)
);""",
    find=find,
)
