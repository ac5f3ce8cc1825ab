"""What SQLite's pragmas say of tables, read in bulk, and where it disagrees with what was read.

Where they disagree the reader is wrong, and says so instead of answering: a wrong fact becomes a
wrong migration. Must never read the text of a statement.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from sqlplumb.engines.sqlite.options import is_rowid_alias
from sqlplumb.engines.sqlite.parse.lexer import REMEMBERED, fold
from sqlplumb.engines.sqlite.parse.parts import affinity, declared_type_of, quoted_type
from sqlplumb.engines.sqlite.read.keys import collation
from sqlplumb.schema import Column, ForeignKey, Index, KeyPart, Object, PrimaryKey, Unique

# table, name, type, not null, default, place in the key, hidden (2: generated, virtual; 3: stored)
ColumnRow = tuple[str, str, str, bool, str | None, int, int]


class ForeignKeyRow(NamedTuple):
    table: str
    id: int
    target: str
    column: str
    target_column: str | None
    on_update: str
    on_delete: str


class IndexRow(NamedTuple):
    table: str
    name: str
    unique: bool
    origin: str  # c: CREATE INDEX; u: UNIQUE; pk: PRIMARY KEY
    partial: bool
    keys: tuple[tuple[str | None, bool, str], ...]  # name or None, descending, collation


@dataclass(slots=True)
class TableRows:
    """All that the pragmas say of one table."""

    columns: list[ColumnRow] = field(default_factory=list)
    foreign_keys: list[ForeignKeyRow] = field(default_factory=list)
    indexes: list[IndexRow] = field(default_factory=list)


_COLUMNS = """
    SELECT wanted.value, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
    FROM json_each(?) AS wanted, pragma_table_xinfo(wanted.value) AS c ORDER BY wanted.key, c.cid
"""
_FOREIGN_KEYS = """
    SELECT wanted.value, f.id, f."table", f."from", f."to", f.on_update, f.on_delete
    FROM json_each(?) AS wanted, pragma_foreign_key_list(wanted.value) AS f
    ORDER BY wanted.key, f.id, f.seq
"""
_INDEXES = """
    SELECT wanted.value, i.name, i."unique", i.origin, i.partial, k.name, k."desc", k.coll
    FROM json_each(?) AS wanted, pragma_index_list(wanted.value) AS i,
         pragma_index_xinfo(i.name) AS k
    WHERE k.key ORDER BY wanted.key, i.seq, k.seqno
"""


def read_tables(connection: sqlite3.Connection, names: Collection[str]) -> dict[str, TableRows]:
    """The rows of these tables, by the name asked for: one query for all of them."""
    wanted = (json.dumps(list(names)),)
    tables: dict[str, TableRows] = {name: TableRows() for name in names}
    for column in connection.execute(_COLUMNS, wanted).fetchall():
        tables[column[0]].columns.append(column)
    for key in map(ForeignKeyRow._make, connection.execute(_FOREIGN_KEYS, wanted).fetchall()):
        tables[key.table].foreign_keys.append(key)
    rows = connection.execute(_INDEXES, wanted).fetchall()
    for head, keys in groupby(rows, key=itemgetter(0, 1, 2, 3, 4)):
        parts = tuple((column, bool(down), collation) for *_, column, down, collation in keys)
        tables[head[0]].indexes.append(IndexRow._make((*head, parts)))
    return tables


def disagreements(facts: Iterable[Object], rows: TableRows) -> Iterator[str]:
    """Yield in a few words what the facts and the rows of a table say differently."""
    columns: list[Column] = []
    others: list[Object] = []
    for fact in facts:
        if isinstance(fact, Column):
            columns.append(fact)
        else:
            others.append(fact)
    key = sorted((place, fold(name)) for _, name, *_, place, _ in rows.columns if place)
    for what, read, reported in (
        ("columns", _columns_read(columns), _columns_reported(rows, columns)),
        ("primary key", _key_read(others), [name for _, name in key]),
        ("foreign keys", _references_read(others), _references_reported(rows)),
        ("indexes", _indexes_read(others, columns), _indexes_reported(rows)),
    ):
        if read != reported:
            yield f"its {what}: {read} as sqlplumb reads them, {reported} as SQLite does"


# ---------------------------------------------------------------------------------------- columns


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


def _columns_reported(rows: TableRows, columns: list[Column]) -> list[object]:
    types = {fact.ref.name: fact.type for fact in columns}
    forms: list[object] = []
    for _, spelled, declared, not_null, default, _, hidden in rows.columns:
        name = fold(spelled)
        forms.append(
            (
                name,
                _reported_type(declared, types.get(name, "")),
                affinity(declared),  # SQLite looks for its words in the comments of a type as well
                bool(not_null),
                default is not None,
                hidden,
            )
        )
    return forms


@lru_cache(maxsize=REMEMBERED)
def _reported_type(declared: str, read: str) -> str:
    """A type is reported without the quotes that may have been around it: either reading may be
    the one."""
    unquoted = declared_type_of(declared)
    if read == unquoted:
        return read
    is_same = read == quoted_type(declared) or read.replace('"', "") == unquoted.replace('"', "")
    return read if is_same else unquoted


# ------------------------------------------------------------------------------- keys and indexes


_Counts = dict[object, int]  # a Counter takes twice as long


def _count(counts: _Counts, value: object) -> None:
    counts[value] = counts.get(value, 0) + 1


def _key_read(facts: list[Object]) -> list[str]:
    names = (part.term for fact in facts if isinstance(fact, PrimaryKey) for part in fact.columns)
    return list(dict.fromkeys(names))


def _references_read(facts: list[Object]) -> _Counts:
    counts: _Counts = {}
    for key in facts:
        if isinstance(key, ForeignKey):
            actions = (key.on_update, key.on_delete)
            _count(counts, (key.target, key.columns, key.target_columns, *actions))
    return counts


def _references_reported(rows: TableRows) -> _Counts:
    counts: _Counts = {}
    for _, group in groupby(rows.foreign_keys, key=attrgetter("id")):
        parts = list(group)
        targets = tuple(fold(row.target_column) for row in parts if row.target_column is not None)
        columns = tuple(fold(row.column) for row in parts)
        reported = (parts[0].on_update, parts[0].on_delete)
        actions = ["" if action == "NO ACTION" else action for action in reported]
        _count(counts, (fold(parts[0].target), columns, targets, *actions))
    return counts


def _indexes_read(facts: list[Object], columns: list[Column]) -> _Counts:
    counts: _Counts = {}
    own = {fact.ref.name: fact.collation for fact in columns if fact.collation}
    for fact in facts:
        if isinstance(fact, Index):
            partial = fact.predicate is not None
            _count(counts, (fact.ref.name, fact.unique, partial, _parts_read(fact.keys, own)))
        elif isinstance(fact, Unique):
            _count(counts, ("u", True, False, _parts_read(fact.columns, own)))
        elif isinstance(fact, PrimaryKey) and not is_rowid_alias(fact):
            _count(counts, ("pk", True, False, _parts_read(fact.columns, own)))
    return counts


def _parts_read(parts: tuple[KeyPart, ...], own: dict[str, str]) -> tuple[object, ...]:
    """An expression's collation may come from a column inside it: only SQLite knows that one."""
    forms: list[object] = []
    for part in parts:
        if part.is_expression:
            forms.append((None, part.descending, None))
        else:
            collated = collation(part.collation) if part.collation else own.get(part.term, "")
            forms.append((part.term, part.descending, collated))
    return tuple(forms)


def _indexes_reported(rows: TableRows) -> _Counts:
    counts: _Counts = {}
    for row in rows.indexes:
        name = fold(row.name) if row.origin == "c" else row.origin
        parts = tuple(
            (None, down, None) if key is None else (fold(key), down, collation(reported))
            for key, down, reported in row.keys
        )
        _count(counts, (name, bool(row.unique), bool(row.partial), parts))
    return counts
