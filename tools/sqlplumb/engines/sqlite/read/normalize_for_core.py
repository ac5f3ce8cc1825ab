"""Two schemas in the words that SQLAlchemy Core has too, so that what it cannot say is no drift.

Core spells a type its own way, has no name for a NOT NULL, writes NOT NULL on every INTEGER PRIMARY
KEY, and cannot hold a trigger unless somebody attached one. What is levelled here is not lost: the
difference between the schemas before and after is what a check notes.
"""

from __future__ import annotations

from dataclasses import replace

from sqlplumb.engines.sqlite.parse.affinity import affinity
from sqlplumb.schema import (
    Column,
    Expr,
    ForeignKey,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Table,
    Trigger,
    View,
    VirtualTable,
)


def settle(current: Schema, desired: Schema) -> tuple[Schema, Schema]:
    """Both levelled, if either was spelled by Core."""
    current = _same_words(current, desired)
    if current.spelled_in == desired.spelled_in == "sql":
        return current, desired
    levelled = _level(current), _level(desired)
    return _without_beyond(*levelled), _without_beyond(*reversed(levelled))


def _same_words(current: Schema, desired: Schema) -> Schema:
    """A body with the same text is the same, whatever other tables have lost or gained."""
    objects = dict(current.objects)
    for ref, fact in current.objects.items():
        wanted = desired.objects.get(ref)
        if isinstance(fact, View | Trigger) and wanted is not None and fact.text == wanted.text:
            objects[ref] = wanted
    return replace(current, objects=objects)


def _level(schema: Schema) -> Schema:
    return replace(
        schema, objects={ref: _level_one(fact, schema) for ref, fact in schema.objects.items()}
    )


def _level_one(fact: Object, schema: Schema) -> Object:
    match fact:
        case Column():
            return _level_column(fact, schema)
        case PrimaryKey():
            return replace(fact, columns=tuple(KeyPart(part.term) for part in fact.columns))
        case ForeignKey() if not fact.target_columns:
            return replace(fact, target_columns=_key_of(fact.target, schema))
        case _:
            return fact


def _level_column(column: Column, schema: Schema) -> Column:
    meaning = _meaning(column, schema)
    return replace(
        column,
        type=meaning,
        not_null=column.not_null and not _is_rowid(column, schema),
        not_null_name="",
        default=_level_default(column.default),
        default_name="",
    )


def _is_rowid(column: Column, schema: Schema) -> bool:
    key = schema.objects.get(Ref("primary key", column.ref.table, "primary key"))
    if not isinstance(key, PrimaryKey) or not key.rowid_alias:
        return False
    return key.columns[0].term == column.ref.name


def _meaning(column: Column, schema: Schema) -> str:
    table = schema.objects.get(Ref("table", "", column.ref.table))
    if isinstance(table, Table) and table.strict and column.type == "any":
        return "any"
    return affinity(column.type)


def _level_default(default: Expr | None) -> Expr | None:
    """Core has no word for a default of NULL, which is what is stored anyway."""
    return None if default is None or default.canonical == "null" else default


def _key_of(table: str, schema: Schema) -> tuple[str, ...]:
    key = schema.objects.get(Ref("primary key", table, "primary key"))
    return tuple(part.term for part in key.columns) if isinstance(key, PrimaryKey) else ()


def _without_beyond(schema: Schema, other: Schema) -> Schema:
    """Leaves out what the other side, spelled by Core, cannot hold and does not."""
    if other.spelled_in == "sql":
        return _without_stand_ins(schema, other)
    kept = {ref: fact for ref, fact in schema.objects.items() if not _is_beyond(fact, other)}
    return replace(schema, objects=kept)


def _is_beyond(fact: Object, core: Schema) -> bool:
    if not isinstance(fact, Trigger | View | VirtualTable):
        return False
    return fact.ref not in core.objects


def _without_stand_ins(core: Schema, other: Schema) -> Schema:
    """A `Table` that stands for a view or a virtual table, so that it can be queried."""
    stood_for = {
        fact.ref.name for fact in other.objects.values() if isinstance(fact, View | VirtualTable)
    }
    kept = {ref: fact for ref, fact in core.objects.items() if not _stands_in(ref, stood_for)}
    return replace(core, objects=kept)


def _stands_in(ref: Ref, stood_for: set[str]) -> bool:
    return ref.kind not in ("view", "virtual table", "trigger") and ref.unit in stood_for
