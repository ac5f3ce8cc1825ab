"""Primary keys and UNIQUE: which columns, in which order, and which of them SQLite really keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlplumb.engines.sqlite.facts import pieces, spelling
from sqlplumb.engines.sqlite.grammar.lexer import fold, unquoted
from sqlplumb.engines.sqlite.grammar.parts import Collate, KeyClause, TableText, Term
from sqlplumb.engines.sqlite.statements import Statement
from sqlplumb.schema import KeyPart, PrimaryKey, Ref, Unique


def key_facts(statement: Statement, parsed: TableText) -> Iterator[PrimaryKey | Unique]:
    """SQLite keeps one index for all the keys on the same columns; so one fact stands for them."""
    collations = column_collations(parsed)
    found: dict[object, PrimaryKey | Unique] = {}
    for clause in sorted(_clauses(parsed), key=lambda clause: not clause.primary):
        alias = clause.primary and is_rowid_alias(parsed, clause)
        identity = "rowid" if alias else _identity(clause, collations)
        if clause.primary:
            key: PrimaryKey | Unique = _primary_key(statement, clause, collations, alias)
        else:
            key = _unique(statement, clause, collations)
        known = found.get(identity)
        if known is None:
            found[identity] = key
        elif not known.on_conflict:
            found[identity] = replace(known, on_conflict=key.on_conflict)
    yield from found.values()


def primary_clause(parsed: TableText) -> KeyClause | None:
    return next((clause for clause in _clauses(parsed) if clause.primary), None)


def is_rowid_alias(parsed: TableText, clause: KeyClause) -> bool:
    """INTEGER, by that very word, alone, and not `INTEGER PRIMARY KEY DESC` in a column."""
    if parsed.without_rowid or len(clause.terms) != 1:
        return False
    if clause.in_column and clause.terms[0].descending:
        return False
    name = fold(_name(clause.terms[0]))
    column = next(column for column in parsed.columns if fold(column.name) == name)
    return spelling.declared_type(column.type) == "integer"


def required_by_key(parsed: TableText) -> frozenset[str]:
    """The columns that their key makes NOT NULL: in STRICT and WITHOUT ROWID tables only."""
    primary = primary_clause(parsed)
    if primary is None or not (parsed.strict or parsed.without_rowid):
        return frozenset()
    if is_rowid_alias(parsed, primary):
        return frozenset()
    return frozenset(fold(_name(term)) for term in primary.terms)


def column_collations(parsed: TableText) -> dict[str, str]:
    return {
        fold(column.name): spelling.collation(part.collation)
        for column in parsed.columns
        for part in column.parts
        if isinstance(part, Collate)
    }


def key_part(term: Term, collations: dict[str, str]) -> KeyPart:
    """A term that is a column; a collation that the column has anyway is not said again."""
    name = fold(_name(term))
    said = spelling.collation(term.collation) if term.collation else None
    own = collations.get(name, "")
    return KeyPart(name, "" if said is None or said == own else said or "binary", term.descending)


def _clauses(parsed: TableText) -> Iterator[KeyClause]:
    for column in parsed.columns:
        yield from (part for part in column.parts if isinstance(part, KeyClause))
    yield from (part for part in parsed.constraints if isinstance(part, KeyClause))


def _primary_key(
    statement: Statement, clause: KeyClause, collations: dict[str, str], alias: bool
) -> PrimaryKey:
    columns = tuple(key_part(term, collations) for term in clause.terms)
    if alias:
        columns = (KeyPart(columns[0].term),)
    return PrimaryKey(
        ref=Ref("primary key", fold(statement.name), "primary key"),
        text=pieces.words(statement, clause),
        place=statement.place_at(clause.span.start),
        columns=columns,
        name=fold(clause.name),
        rowid_alias=alias,
        autoincrement=clause.autoincrement,
        on_conflict=spelling.conflict(clause.on_conflict),
    )


def _unique(statement: Statement, clause: KeyClause, collations: dict[str, str]) -> Unique:
    columns = tuple(key_part(term, collations) for term in clause.terms)
    unnamed = f"unique({', '.join(part.term for part in columns)})"
    return Unique(
        ref=pieces.ref("unique", statement, clause, unnamed),
        text=pieces.words(statement, clause),
        place=statement.place_at(clause.span.start),
        columns=columns,
        on_conflict=spelling.conflict(clause.on_conflict),
    )


def _identity(clause: KeyClause, collations: dict[str, str]) -> tuple[tuple[str, str], ...]:
    parts = (key_part(term, collations) for term in clause.terms)
    return tuple((part.term, part.collation) for part in parts)


def _name(term: Term) -> str:
    return unquoted(term.tokens[0].text)
