"""The facts of what stands beside tables: indexes, views, triggers, virtual tables."""

from __future__ import annotations

from dataclasses import replace

from sqlplumb.engines.sqlite.parse.expressions import canonical_text
from sqlplumb.engines.sqlite.parse.lexer import fold, unquoted
from sqlplumb.engines.sqlite.parse.others import read_body, read_index, read_virtual
from sqlplumb.engines.sqlite.parse.parts import TableText, Term
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.engines.sqlite.read.facts import keys, pieces
from sqlplumb.schema import Expr, Index, KeyPart, Kind, Ref, Trigger, View, VirtualTable


def index_fact(statement: Statement, owner: TableText) -> Index:
    parsed = read_index(statement.text)
    names = frozenset(fold(column.name) for column in owner.columns)  # "rowid" is a string here
    collations = keys.column_collations(owner)
    where = parsed.predicate
    return Index(
        ref=_ref("index", statement),
        text=statement.text,
        place=statement.place,
        keys=tuple(_key(statement, term, names, collations) for term in parsed.terms),
        unique=parsed.unique,
        predicate=pieces.expression(statement, where, names) if where else None,
    )


def _key(
    statement: Statement, term: Term, names: frozenset[str], collations: dict[str, str]
) -> KeyPart:
    said = pieces.expression(statement, term.tokens, names)
    if len(term.tokens) == 1 and fold(unquoted(term.tokens[0].text)) in names:
        return replace(keys.key_part(term, collations), text=said.text, columns=said.columns)
    return KeyPart(
        term=said.canonical,
        collation=fold(term.collation),
        descending=term.descending,
        is_expression=True,
        text=said.text,
        columns=said.columns,
    )


def view_fact(statement: Statement, names: frozenset[str]) -> View:
    return View(
        ref=_ref("view", statement),
        text=statement.text,
        place=statement.place,
        body=_body(statement, names),
    )


def trigger_fact(statement: Statement, names: frozenset[str]) -> Trigger:
    return Trigger(
        ref=_ref("trigger", statement),
        text=statement.text,
        place=statement.place,
        body=_body(statement, names),
    )


def virtual_fact(statement: Statement) -> VirtualTable:
    parsed = read_virtual(statement.text)
    return VirtualTable(
        ref=_ref("virtual table", statement),
        text=statement.text,
        place=statement.place,
        module=fold(parsed.module),
        arguments=tuple(" ".join(token.text for token in part) for part in parsed.arguments),
    )


def _body(statement: Statement, names: frozenset[str]) -> Expr:
    body = read_body(statement.text)
    return Expr(canonical_text(body, names), pieces.slice_of(statement, body))


def _ref(kind: Kind, statement: Statement) -> Ref:
    table, name = fold(statement.table), fold(statement.name)
    return Ref(kind, table, name, shown=statement.name, shown_table=statement.table)
