"""Which columns are to blame for what SQLite says against a row.

Owns SQLite's wording. A message that is not known blames every column that an expression reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlplumb.engines.sqlite.parse.lexer import fold, unquoted
from sqlplumb.engines.sqlite.parse.parts import KeyClause, Term
from sqlplumb.engines.sqlite.scratch.rows.expressions import Columns, Expression, mentioned
from sqlplumb.engines.sqlite.scratch.rows.shape import Shape

_HOPELESS = ("no such", "unknown ", "wrong number", "non-deterministic", "foreign key mismatch")


def hopeless(message: str) -> bool:
    """No value could ever help."""
    return message.startswith(_HOPELESS)


def blame(shape: Shape) -> Mapping[str, Columns]:
    """By message; under the empty one, whoever may be to blame for all others."""
    found: dict[str, Columns] = {}
    for message, columns in _blamed(shape):
        found[message] = found.get(message, frozenset()) | columns
    return found


def key_of(message: str) -> str:
    """`cannot store TEXT value in INT column t.c` is known by its end."""
    before, _, column = message.partition(" column ")
    return column if before.startswith("cannot store") else message


def _blamed(shape: Shape) -> Iterator[tuple[str, Columns]]:
    for expression in shape.expressions:
        if expression.kind == "check":
            for said in _called(expression):
                yield f"CHECK constraint failed: {said}", expression.columns
        if expression.kind != "default":
            yield "", expression.columns
    for name, columns in shape.sources.items():
        yield f"NOT NULL constraint failed: {_spelled(shape, (name,))}", columns
        yield _spelled(shape, (name,)), columns
    if shape.alias:
        yield "datatype mismatch", frozenset((shape.alias,))
    if shape.rowid:
        yield f"UNIQUE constraint failed: {shape.table}.rowid", frozenset((shape.rowid,))
    yield from _unique(shape)


def _called(expression: Expression) -> tuple[str, ...]:
    """Without a name it is called by its text; of one that begins in quotes SQLite says no more."""
    first = unquoted(expression.tokens[0].text) if expression.tokens else ""
    return (expression.name,) if expression.name else (expression.text, first)


def _unique(shape: Shape) -> Iterator[tuple[str, Columns]]:
    for rule in shape.parsed.rules:
        if isinstance(rule, KeyClause):
            yield _not_unique(shape, "", rule.terms), _columns(shape, rule.terms)
    for name, index in shape.indexes.items():
        if index.unique:
            where = index.predicate.tokens if index.predicate else ()
            read = mentioned(where, shape.sources)
            yield _not_unique(shape, name, index.terms), _columns(shape, index.terms) | read


def _not_unique(shape: Shape, index: str, terms: tuple[Term, ...]) -> str:
    names = tuple(fold(unquoted(term.tokens[0].text)) for term in terms)
    plain = all(term.is_name for term in terms) and shape.sources.keys() >= {*names}
    said = _spelled(shape, names) if plain else f"index '{index}'"
    return f"UNIQUE constraint failed: {said}"


def _columns(shape: Shape, terms: tuple[Term, ...]) -> Columns:
    """In a key also 'name' is a name."""
    tokens = (token._replace(kind="quoted") for term in terms for token in term.tokens)
    return mentioned(tuple(tokens), shape.sources)


def _spelled(shape: Shape, names: tuple[str, ...]) -> str:
    spelled = {fold(column.name): column.name for column in shape.parsed.columns}
    return ", ".join(f"{shape.table}.{spelled[name]}" for name in names)
