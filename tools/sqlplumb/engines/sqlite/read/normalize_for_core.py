"""Spell two schemas in the words that SQLAlchemy Core has, so that what it cannot say is no drift.

Core spells a type its own way, has no name for a NOT NULL, writes NOT NULL on every INTEGER PRIMARY
KEY, and cannot hold a trigger unless somebody attached one. What is levelled here is not lost: the
difference between the schemas before and after is what a check notes.
"""

from __future__ import annotations

from dataclasses import replace

from sqlplumb.engines.sqlite.options import is_rowid_alias
from sqlplumb.engines.sqlite.parse.parts import affinity
from sqlplumb.schema import (
    Column,
    ForeignKey,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Trigger,
    View,
    VirtualTable,
)

_BODIES = (View, Trigger)
_NO_TABLES = (View, VirtualTable)
_BEYOND_CORE = (Trigger, View, VirtualTable)


def settle(current: Schema, desired: Schema) -> tuple[Schema, Schema]:
    """Level both schemas, if either was spelled by Core."""
    # A body with the same text is the same, whatever other tables have lost or gained.
    same: dict[Ref, Object] = {}
    for ref, fact in current.objects.items():
        if isinstance(fact, _BODIES):
            wanted = desired.objects.get(ref)
            if wanted is not None and fact.text == wanted.text:
                same[ref] = wanted
    if same:
        current = replace(current, objects={**current.objects, **same})
    if current.spelled_in == desired.spelled_in == "sql":
        return current, desired
    levelled = _level(current), _level(desired)
    return _without_beyond(*levelled), _without_beyond(*reversed(levelled))


def _level(schema: Schema) -> Schema:
    rowids = {
        (fact.ref.table, fact.columns[0].term)
        for fact in schema.objects.values()
        if isinstance(fact, PrimaryKey) and is_rowid_alias(fact)
    }
    objects = {ref: _level_one(fact, schema, rowids) for ref, fact in schema.objects.items()}
    return replace(schema, objects=objects)


def _level_one(fact: Object, schema: Schema, rowids: set[tuple[str, str]]) -> Object:
    match fact:
        case Column():
            return _level_column(fact, schema, rowids)
        case PrimaryKey():
            columns = tuple(KeyPart(part.term) for part in fact.columns)
            return replace(fact, columns=columns) if columns != fact.columns else fact
        case ForeignKey() if not fact.target_columns:
            key = schema.objects.get(Ref("primary key", fact.target, "primary key"))
            terms = [part.term for part in key.columns] if isinstance(key, PrimaryKey) else []
            return replace(fact, target_columns=tuple(terms))
        case _:
            return fact


def _level_column(column: Column, schema: Schema, rowids: set[tuple[str, str]]) -> Column:
    meaning = affinity(column.type)
    if column.type == "any":
        table = schema.objects.get(column.ref.table_ref)
        if table is not None and table.options.flag("strict"):
            meaning = "any"
    not_null = column.not_null and (column.ref.table, column.ref.name) not in rowids
    default = column.default
    if default is not None and default.canonical == "null":
        default = None  # Core has no word for a default of NULL, which is what is stored anyway
    is_level = (
        meaning == column.type
        and not_null == column.not_null
        and default is column.default
        and not column.not_null_name
        and not column.default_name
    )
    if is_level:
        return column
    return replace(
        column,
        type=meaning,
        not_null=not_null,
        not_null_name="",
        default=default,
        default_name="",
    )


def _without_beyond(schema: Schema, other: Schema) -> Schema:
    """Leave out what the other side, spelled by Core, cannot hold and does not; and of what Core
    spelled, each `Table` that stands for a view or a virtual table, so that it can be queried."""
    left_out: set[Ref] = set()
    if other.spelled_in == "sql":
        heads = {fact.ref.name for fact in other.objects.values() if isinstance(fact, _NO_TABLES)}
        kinds = ("view", "virtual table", "trigger")
        if heads:
            left_out = {
                ref for ref in schema.objects if ref.kind not in kinds and ref.unit in heads
            }
    else:
        left_out = {
            ref
            for ref, fact in schema.objects.items()
            if isinstance(fact, _BEYOND_CORE) and ref not in other.objects
        }
    if not left_out:
        return schema
    objects = {ref: fact for ref, fact in schema.objects.items() if ref not in left_out}
    return replace(schema, objects=objects)
