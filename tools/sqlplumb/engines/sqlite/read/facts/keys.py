"""Primary keys and UNIQUE: which columns, in which order, and which of them SQLite really keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlplumb.engines.sqlite.parse.lexer import fold, unquoted
from sqlplumb.engines.sqlite.parse.parts import Collate, KeyClause, TableText, Term
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.engines.sqlite.read.facts import pieces, spelling
from sqlplumb.schema import KeyPart, PrimaryKey, Ref, Unique


def key_facts(statement: Statement, parsed: TableText) -> Iterator[PrimaryKey | Unique]:
    """For keys on the same columns SQLite keeps one index, the first made; it may be primary."""
    collations = column_collations(parsed)
    found: dict[object, PrimaryKey | Unique] = {}
    for clause in _clauses(parsed):
        alias = clause.primary and is_rowid_alias(parsed, clause)
        identity = "rowid" if alias else _identity(clause, collations)
        key: PrimaryKey | Unique
        if clause.primary:
            key = _primary_key(statement, parsed, clause, collations)
        else:
            key = _unique(statement, parsed, clause, collations)
        known = found.get(identity)
        found[identity] = _merged(known, key) if known else key
    yield from found.values()


def _once(parts: tuple[KeyPart, ...]) -> tuple[KeyPart, ...]:
    """Each column in each collation once, as it came first."""
    first: dict[tuple[str, str], KeyPart] = {}
    for part in parts:
        first.setdefault((part.term, part.collation), part)
    return tuple(first.values())


def _merged(known: PrimaryKey | Unique, key: PrimaryKey | Unique) -> PrimaryKey | Unique:
    kept = key if isinstance(key, PrimaryKey) else known
    conflict = known.on_conflict or key.on_conflict
    return replace(kept, columns=known.columns, on_conflict=conflict)


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
    kept = "" if said is None or said == own else said or "binary"
    return KeyPart(name, collation=kept, descending=term.descending)


def _clauses(parsed: TableText) -> Iterator[KeyClause]:
    return (part for part in pieces.all_parts(parsed) if isinstance(part, KeyClause))


def _primary_key(
    statement: Statement, parsed: TableText, clause: KeyClause, collations: dict[str, str]
) -> PrimaryKey:
    columns = tuple(key_part(term, collations) for term in clause.terms)
    alias = is_rowid_alias(parsed, clause)
    if alias:
        columns = (KeyPart(columns[0].term),)
    if parsed.without_rowid:  # the key is the table, and holds no column twice
        columns = _once(columns)
    return PrimaryKey(
        ref=Ref("primary key", fold(statement.name), "primary key", shown_table=statement.name),
        text=pieces.words(statement, parsed, clause),
        place=statement.place_at(clause.span.start),
        columns=columns,
        name=fold(clause.name),
        rowid_alias=alias,
        autoincrement=clause.autoincrement,
        on_conflict=spelling.conflict(clause.on_conflict),
    )


def _unique(
    statement: Statement, parsed: TableText, clause: KeyClause, collations: dict[str, str]
) -> Unique:
    columns = tuple(key_part(term, collations) for term in clause.terms)
    return Unique(
        ref=pieces.ref("unique", statement, clause, map(_name, clause.terms)),
        text=pieces.words(statement, parsed, clause),
        place=statement.place_at(clause.span.start),
        columns=columns,
        on_conflict=spelling.conflict(clause.on_conflict),
    )


def _identity(clause: KeyClause, collations: dict[str, str]) -> tuple[tuple[str, str], ...]:
    parts = (key_part(term, collations) for term in clause.terms)
    return tuple((part.term, part.collation) for part in parts)


def _name(term: Term) -> str:
    return unquoted(term.tokens[0].text)
