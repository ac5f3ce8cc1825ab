"""Describe objects and changes in messages of rules."""

from __future__ import annotations

from sqlplumb.changes import Alter
from sqlplumb.engines import engine
from sqlplumb.schema import (
    Check,
    ForeignKey,
    KeyPart,
    Object,
    Schema,
    Trigger,
    Unit,
    field_words,
    value_of,
)

_SPELLED_IN_UPPER_CASE = ("nocase", "rtrim", "binary", "deferrable", "deferred")


def non_null_columns(table: Unit) -> frozenset[str]:
    """Return the columns that are never NULL: by their NOT NULL, or by their key."""
    key = table.primary_key
    by_key = table.key if key and key.options.refuses_null else ()
    not_null = (name for name, column in table.columns.items() if column.not_null)
    return frozenset((*by_key, *not_null))


def referred_table(key: ForeignKey, schema: Schema) -> Unit | None:
    """Return the table that a foreign key refers to, in its own namespace or in another one."""
    main = f"{engine(schema.engine).main_schema}."
    units = (key.target_ref.unit, key.target, key.target.removeprefix(main))
    return next((schema.tables[unit] for unit in units if unit in schema.tables), None)


def describe_object(fact: Object) -> str:
    match fact:
        case Check() if not fact.ref.shown:
            return f"CHECK ({fact.expression.text}) of {fact.ref.display_unit}"
        case Trigger():
            return f"trigger {fact.ref} of {fact.ref.display_unit}"
        case _ if fact.ref.inline and not fact.ref.shown:
            return f"{fact.ref.display} of {fact.ref.display_unit}"
    return f"{fact.ref.kind} {fact.ref}"


def describe_change(change: Alter, field: str) -> str:
    """Say what a field of an object was and is."""
    current, desired = value_of(change.current, field), value_of(change.desired, field)
    described = describe_object(change.current)
    if field in ("keys", "columns") and len(current) == len(desired):
        lost: list[str] = []
        for before, after in zip(current, desired, strict=True):
            if before.collation != after.collation and before.term == after.term:
                lost.append(f"COLLATE {(before.collation or 'BINARY').upper()}")
            if before.descending and not after.descending:
                lost.append("DESC")
        if lost:
            return f"{' and '.join(dict.fromkeys(lost))} of {described} is gone"
    option = field_words(field, change.current, change.desired)
    if isinstance(current, bool):
        return f"{option} of {described} {'is gone' if current else 'was added'}"
    current_words, desired_words = _describe_value(current), _describe_value(desired)
    if not desired_words:
        return f"{option} {current_words} of {described} is gone"
    return f"{option} of {described} was {current_words or 'not there'} and is {desired_words}"


def _describe_value(value: object) -> str:
    text = getattr(value, "text", value)
    if isinstance(text, tuple):
        parts = (part.text or part.term if isinstance(part, KeyPart) else part for part in text)
        return ", ".join(map(str, parts))
    return str(text or "").upper() if value in _SPELLED_IN_UPPER_CASE else str(text or "")
