"""Two schemas in the words that SQLAlchemy Core has too, so that what it cannot say is no drift.

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
    Expr,
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
    """Both levelled, if either was spelled by Core."""
    current = _same_words(current, desired)
    if current.spelled_in == desired.spelled_in == "sql":
        return current, desired
    levelled = _level(current), _level(desired)
    return _without_beyond(*levelled), _without_beyond(*reversed(levelled))


def _same_words(current: Schema, desired: Schema) -> Schema:
    """A body with the same text is the same, whatever other tables have lost or gained."""
    same: dict[Ref, Object] = {}
    for ref, fact in current.objects.items():
        if isinstance(fact, _BODIES):
            wanted = desired.objects.get(ref)
            if wanted is not None and fact.text == wanted.text:
                same[ref] = wanted
    return replace(current, objects={**current.objects, **same}) if same else current


def _level(schema: Schema) -> Schema:
    objects = dict(schema.objects)
    rowids = {
        (fact.ref.table, fact.columns[0].term)
        for fact in schema.objects.values()
        if isinstance(fact, PrimaryKey) and is_rowid_alias(fact)
    }
    for ref, fact in schema.objects.items():
        levelled = _level_one(fact, schema, rowids)
        if levelled is not fact:
            objects[ref] = levelled
    return replace(schema, objects=objects)


def _level_one(fact: Object, schema: Schema, rowids: set[tuple[str, str]]) -> Object:
    match fact:
        case Column():
            return _level_column(fact, schema, rowids)
        case PrimaryKey():
            columns = tuple(KeyPart(part.term) for part in fact.columns)
            return replace(fact, columns=columns) if columns != fact.columns else fact
        case ForeignKey() if not fact.target_columns:
            return replace(fact, target_columns=_key_of(fact.target, schema))
        case _:
            return fact


def _level_column(column: Column, schema: Schema, rowids: set[tuple[str, str]]) -> Column:
    meaning = _meaning(column, schema)
    not_null = column.not_null and (column.ref.table, column.ref.name) not in rowids
    default = _level_default(column.default)
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


def _meaning(column: Column, schema: Schema) -> str:
    if column.type == "any":
        table = schema.objects.get(column.ref.table_ref)
        if table is not None and table.options.flag("strict"):
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
    beyond = {ref for ref, fact in schema.objects.items() if _is_beyond(fact, other)}
    if not beyond:
        return schema
    kept = {ref: fact for ref, fact in schema.objects.items() if ref not in beyond}
    return replace(schema, objects=kept)


def _is_beyond(fact: Object, core: Schema) -> bool:
    return isinstance(fact, _BEYOND_CORE) and fact.ref not in core.objects


def _without_stand_ins(core: Schema, other: Schema) -> Schema:
    """A `Table` that stands for a view or a virtual table, so that it can be queried."""
    stood_for = {fact.ref.name for fact in other.objects.values() if isinstance(fact, _NO_TABLES)}
    if not stood_for:
        return core
    kept = {ref: fact for ref, fact in core.objects.items() if not _stands_in(ref, stood_for)}
    return replace(core, objects=kept)


def _stands_in(ref: Ref, stood_for: set[str]) -> bool:
    return ref.kind not in ("view", "virtual table", "trigger") and ref.unit in stood_for
