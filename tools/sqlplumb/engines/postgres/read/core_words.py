"""Level two schemas where SQLAlchemy Core spelled one: what Core has no words for is no drift.

Core cannot hold a view, a function or a policy unless somebody attached a statement for it, and it
has no word for how a column is stored. What is levelled is not lost: the difference between the
schemas before and after is what a check notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlplumb.schema import (
    Column,
    EngineObject,
    Object,
    Ref,
    Schema,
    Table,
    Trigger,
    View,
    with_values,
)

_IN_CORE = ("enum", "domain", "sequence", "schema", "exclusion")
_TABLE_WORDS: Mapping[str, Any] = {
    "access_method": "",
    "force_row_security": False,
    "of_type": "",
    "replica_identity": "",
    "row_security": False,
    "server": "",
    "server_options": (),
}
_COLUMN_WORDS: Mapping[str, Any] = {
    "compression": "",
    "not_null_state": "",
    "parameters": (),
    "server_options": (),
    "statistics": "",
    "storage": "",
}
_RULE_WORDS: Mapping[str, Any] = {
    "comment": "",
    "index_comment": "",
    "is_clustered": False,
    "is_replica_identity": False,
    "statistics": (),
}


def settle_for_core(current: Schema, desired: Schema) -> tuple[Schema, Schema]:
    """Return both without what Core cannot say, where one side is Core's and does not say it."""
    if current.spelled_in == desired.spelled_in:
        return current, desired
    return _levelled(current, desired), _levelled(desired, current)


def _levelled(schema: Schema, other: Schema) -> Schema:
    """Level the side of SQL; that of Core says nothing that has no words in it."""
    if schema.spelled_in == "core":
        stands_for = {ref.unit for ref, fact in other.objects.items() if isinstance(fact, View)}
        stands_for -= {ref.unit for ref, fact in schema.objects.items() if isinstance(fact, View)}
        kept = {
            ref: fact
            for ref, fact in schema.objects.items()
            if ref.unit not in stands_for or isinstance(fact, View | Trigger)
        }
        return replace(schema, objects=kept)
    objects: dict[Ref, Object] = {}
    for ref, fact in schema.objects.items():
        said = other.objects.get(ref)
        if said is None and _is_beyond_core(fact):
            continue
        objects[ref] = _as_core_says(fact, said) if said is not None else fact
    return replace(schema, objects=objects)


def _is_beyond_core(fact: Object) -> bool:
    if isinstance(fact, EngineObject):
        return fact.ref.kind not in _IN_CORE
    return isinstance(fact, View | Trigger)


def _as_core_says(fact: Object, said: Object) -> Object:
    """Return the fact with what Core has no word for as Core left it."""
    match fact:
        case Table():
            words = _TABLE_WORDS
        case Column():
            words = _COLUMN_WORDS
        case _:
            words = _RULE_WORDS
    left = {name: usual for name, usual in words.items() if hasattr(fact.options, name)}
    unsaid = {name: usual for name, usual in left.items() if getattr(said.options, name) == usual}
    changed = {n: usual for n, usual in unsaid.items() if getattr(fact.options, n) != usual}
    return with_values(fact, changed) if changed else fact
