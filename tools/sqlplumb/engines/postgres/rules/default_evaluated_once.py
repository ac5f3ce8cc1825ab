"""S207: a default that the server evaluates when the table is made, and never again."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Schema

_MOMENTS = frozenset(("now", "today", "tomorrow", "yesterday"))
_TIMES = ("timestamp", "date", "time")


def find(schema: Schema) -> Iterator[Found]:
    for fact in schema.objects.values():
        if not isinstance(fact, Column) or not fact.type.startswith(_TIMES):
            continue
        written = fact.options.word("written_default")
        if written.strip().lower() in _MOMENTS and fact.default and not _is_kept(fact):
            message = f"{fact.ref} has the DEFAULT '{written}'"
            yield Found(fact.ref, f"{message}, which is evaluated once, when the table is made")


def _is_kept(column: Column) -> bool:
    """Does the server still say the word, and evaluates it for each row?"""
    tokens = lex(column.default.canonical) if column.default else ()
    strings = (token.text.strip("'").lower() for token in tokens if token.kind == "string")
    return not _MOMENTS.isdisjoint(strings)


RULE = Rule(
    code="S207",
    name="default-evaluated-once",
    severity="error",
    engines=("postgresql",),
    triggers="A DEFAULT 'now', 'today', 'tomorrow' or 'yesterday' of a date or a time.",
    harms=(
        "The server evaluates the word when the column is made: every row gets that moment, for"
        " ever, and two databases that were made from one file differ."
    ),
    instead="Say DEFAULT now(), or DEFAULT CURRENT_DATE.",
    bad="CREATE TABLE notes (id bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT 'now');",
    good="CREATE TABLE notes (id bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());",
    find=find,
)
