"""Primary keys and UNIQUE: which columns, in which order, and which of them SQLite really keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlplumb.engines.sqlite.options import KeyOptions, conflict_of, rule_with_conflict
from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.engines.sqlite.parse.parts import AnyRule, KeyClause, Rule, TableText, Term
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.schema import KeyPart, Kind, PrimaryKey, Ref, Unique, with_values


def key_facts(statement: Statement, parsed: TableText) -> Iterator[PrimaryKey | Unique]:
    """For keys on the same columns SQLite keeps one index, the first made; it may be primary."""
    collations = column_collations(parsed)
    by_columns: dict[object, PrimaryKey | Unique] = {}
    for clause in _key_clauses(parsed):
        parts = tuple(key_part(term, collations) for term in clause.terms)
        alias = clause.primary and is_rowid_alias(parsed, clause)
        identity = "rowid" if alias else tuple((part.term, part.collation) for part in parts)
        key: PrimaryKey | Unique
        if clause.primary:
            columns = _stored_parts(parts, parsed, alias)
            key = _primary_key(statement, clause, columns, alias=alias)
        else:
            key = _unique(statement, clause, parts)
        if first := by_columns.get(identity):
            stronger = key if isinstance(key, PrimaryKey) else first
            on_conflict = conflict_of(first) or conflict_of(key)
            key = with_values(stronger, {"columns": first.columns, "on_conflict": on_conflict})
        by_columns[identity] = key
    yield from by_columns.values()


def _stored_parts(
    parts: tuple[KeyPart, ...], parsed: TableText, alias: bool
) -> tuple[KeyPart, ...]:
    """A table WITHOUT ROWID is its key: it holds each column in each collation once, as it came
    first."""
    if alias:
        return (KeyPart(parts[0].term),)
    if not parsed.without_rowid:
        return parts
    first: dict[tuple[str, str], KeyPart] = {}
    for part in parts:
        first.setdefault((part.term, part.collation), part)
    return tuple(first.values())


def primary_clause(parsed: TableText) -> KeyClause | None:
    return next((clause for clause in _key_clauses(parsed) if clause.primary), None)


def is_rowid_alias(parsed: TableText, clause: KeyClause) -> bool:
    """INTEGER, by that very word, alone, and not `INTEGER PRIMARY KEY DESC` in a column."""
    if parsed.without_rowid or len(clause.terms) != 1:
        return False
    if clause.in_column and clause.terms[0].descending:
        return False
    name = fold(clause.terms[0].name)
    column = next(column for column in parsed.columns if fold(column.name) == name)
    return column.body.type == "integer"


def required_by_key(parsed: TableText) -> frozenset[str]:
    """The columns that their key makes NOT NULL: in STRICT and WITHOUT ROWID tables only."""
    if not (parsed.strict or parsed.without_rowid):
        return frozenset()
    primary = primary_clause(parsed)
    if primary is None or is_rowid_alias(parsed, primary):
        return frozenset()
    return frozenset(fold(term.name) for term in primary.terms)


def column_collations(parsed: TableText) -> dict[str, str]:
    return {
        fold(column.name): collation(column.body.collate.collation)
        for column in parsed.columns
        if column.body.collate
    }


def collation(name: str) -> str:
    folded = fold(name)
    return "" if folded == "binary" else folded


def key_part(term: Term, collations: Mapping[str, str]) -> KeyPart:
    """A term that is a column; a collation that the column has anyway is not said again."""
    name = fold(term.name)
    written = collation(term.collation) if term.collation else None
    own = collations.get(name, "")
    shown = "" if written is None or written == own else written or "binary"
    return KeyPart(name, collation=shown, descending=term.descending)


def _key_clauses(parsed: TableText) -> Iterator[KeyClause]:
    return (rule for rule in parsed.rules if isinstance(rule, KeyClause))


def _primary_key(
    statement: Statement, clause: KeyClause, columns: tuple[KeyPart, ...], *, alias: bool
) -> PrimaryKey:
    return PrimaryKey(
        ref=Ref("primary key", fold(statement.name), "primary key", shown_table=statement.name),
        text=rule_words(statement, clause),
        place=statement.place_at(clause.start),
        columns=columns,
        name=fold(clause.name),
        options=KeyOptions(
            rowid_alias=alias,
            autoincrement=clause.autoincrement,
            on_conflict=conflict(clause.on_conflict),
        ),
    )


def _unique(statement: Statement, clause: KeyClause, columns: tuple[KeyPart, ...]) -> Unique:
    return Unique(
        ref=rule_ref("unique", statement, clause, columns=[term.name for term in clause.terms]),
        text=rule_words(statement, clause),
        place=statement.place_at(clause.start),
        columns=columns,
        options=rule_with_conflict(conflict(clause.on_conflict)),
    )


def rule_ref(kind: Kind, statement: Statement, rule: Rule, *, columns: Iterable[str]) -> Ref:
    """A constraint is known by its name, or else by the columns that it is about."""
    about = "" if rule.name else f"{kind}({', '.join(columns)})"
    return Ref(
        kind,
        fold(statement.name),
        fold(rule.name or about),
        shown=rule.name,
        shown_table=statement.name,
        about=about,
    )


def rule_words(statement: Statement, rule: AnyRule) -> str:
    return statement.text[rule.words.start : rule.words.end]


def conflict(word: str) -> str:
    """ABORT is what happens anyway."""
    return "" if word == "ABORT" else word
