"""Holds the facts that were read from text against what SQLite's pragmas say of the same table.

Where they disagree the reader is wrong, and says so instead of answering: a wrong fact becomes a
wrong migration. Owns no reading of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from sqlplumb.engines.sqlite.options import is_rowid_alias
from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.engines.sqlite.parse.types import affinity, declared_type_of, quoted_type
from sqlplumb.engines.sqlite.read.catalog import TableRows
from sqlplumb.engines.sqlite.read.keys import collation
from sqlplumb.schema import Column, ForeignKey, Index, KeyPart, Object, PrimaryKey, Unique


def disagreements(facts: Iterable[Object], rows: TableRows) -> Iterator[str]:
    """What is said twice and differently, each in a few words."""
    columns: list[Column] = []
    others: list[Object] = []
    for fact in facts:
        if isinstance(fact, Column):
            columns.append(fact)
        else:
            others.append(fact)
    for what, read, told in (
        ("columns", _columns_read(columns), _columns_told(rows, columns)),
        ("primary key", _key_read(others), _key_told(rows)),
        ("foreign keys", _references_read(others), _references_told(rows)),
        ("indexes", _indexes_read(others, columns), _indexes_told(rows)),
    ):
        if read != told:
            yield f"its {what}: {read} as sqlplumb reads them, {told} as SQLite does"


def _columns_read(columns: list[Column]) -> list[object]:
    return [
        (
            fact.ref.name,
            fact.type,
            affinity(fact.type),
            fact.not_null,
            fact.default is not None,
            0 if fact.generated is None else 3 if fact.stored else 2,
        )
        for fact in columns
    ]


def _columns_told(rows: TableRows, columns: list[Column]) -> list[object]:
    types = {fact.ref.name: fact.type for fact in columns}
    found: list[object] = []
    for row in rows.columns:
        name, told = fold(row.name), row.type
        found.append(
            (
                name,
                _type_told(told, types.get(name, "")),
                affinity(told),  # SQLite looks for its words in the comments of a type as well
                bool(row.not_null),
                row.default is not None,
                row.hidden,
            )
        )
    return found


def _type_told(told: str, read: str) -> str:
    """Told without the quotes that may have been around it: either reading may be the one."""
    said = declared_type_of(told)
    if read == said:
        return read
    is_same = read == quoted_type(told) or read.replace('"', "") == said.replace('"', "")
    return read if is_same else said


def _key_read(facts: list[Object]) -> list[str]:
    names = (part.term for fact in facts if isinstance(fact, PrimaryKey) for part in fact.columns)
    return list(dict.fromkeys(names))


def _key_told(rows: TableRows) -> list[str]:
    ordered = sorted((row.key, fold(row.name)) for row in rows.columns if row.key)
    return [name for _, name in ordered]


def _references_read(facts: list[Object]) -> Counter[object]:
    return Counter(
        (fact.target, fact.columns, fact.target_columns, fact.on_update, fact.on_delete)
        for fact in facts
        if isinstance(fact, ForeignKey)
    )


def _references_told(rows: TableRows) -> Counter[object]:
    found: Counter[object] = Counter()
    for _, group in groupby(rows.foreign_keys, key=lambda row: row.id):
        parts = list(group)
        targets = tuple(fold(row.target_column) for row in parts if row.target_column is not None)
        columns = tuple(fold(row.column) for row in parts)
        actions = (_action(parts[0].on_update), _action(parts[0].on_delete))
        found[(fold(parts[0].target), columns, targets, *actions)] += 1
    return found


def _action(told: str) -> str:
    return "" if told == "NO ACTION" else told


def _indexes_read(facts: list[Object], columns: list[Column]) -> Counter[object]:
    found: Counter[object] = Counter()
    own = {fact.ref.name: fact.collation for fact in columns if fact.collation}
    for fact in facts:
        if isinstance(fact, Index):
            partial = fact.predicate is not None
            found[(fact.ref.name, fact.unique, partial, _parts_read(fact.keys, own))] += 1
        elif isinstance(fact, Unique):
            found[("u", True, False, _parts_read(fact.columns, own))] += 1
        elif isinstance(fact, PrimaryKey) and not is_rowid_alias(fact):
            found[("pk", True, False, _parts_read(fact.columns, own))] += 1
    return found


def _parts_read(parts: tuple[KeyPart, ...], own: dict[str, str]) -> tuple[object, ...]:
    """An expression's collation may come from a column inside it: only SQLite knows that one."""
    return tuple(
        (None, part.descending, None)
        if part.is_expression
        else (part.term, part.descending, _collation(part, own))
        for part in parts
    )


def _collation(part: KeyPart, own: dict[str, str]) -> str:
    return collation(part.collation) if part.collation else own.get(part.term, "")


def _indexes_told(rows: TableRows) -> Counter[object]:
    found: Counter[object] = Counter()
    for row in rows.indexes:
        name = fold(row.name) if row.origin == "c" else row.origin
        parts = tuple(
            (None, down, None) if key is None else (fold(key), down, collation(told))
            for key, down, told in row.keys
        )
        found[(name, bool(row.unique), bool(row.partial), parts)] += 1
    return found
