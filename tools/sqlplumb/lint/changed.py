"""What an object is called, and what a field of it was and is, in words."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Alter
from sqlplumb.schema import Check, KeyPart, Object, Trigger, value_of

_SPELT_SMALL = ("nocase", "rtrim", "binary", "deferrable", "deferred")
_WORDS = {
    "collation": "COLLATE",
    "default": "DEFAULT",
    "not_null": "NOT NULL",
    "generated": "the expression",
    "on_delete": "ON DELETE",
    "on_update": "ON UPDATE",
    "on_conflict": "ON CONFLICT",
    "not_null_conflict": "ON CONFLICT",
    "predicate": "WHERE",
    "unique": "UNIQUE",
    "strict": "STRICT",
    "without_rowid": "WITHOUT ROWID",
    "autoincrement": "AUTOINCREMENT",
    "deferrable": "DEFERRABLE",
    "keys": "the terms",
    "columns": "the columns",
    "rowid_alias": "the row's number as the key",
}


def told(fact: Object) -> str:
    match fact:
        case Check() if not fact.ref.shown:
            return f"CHECK ({fact.expression.text}) of {fact.ref.display_unit}"
        case Trigger():
            return f"trigger {fact.ref} of {fact.ref.display_unit}"
        case _ if fact.ref.inline and not fact.ref.shown:
            return f"{fact.ref.display} of {fact.ref.display_unit}"
    return f"{fact.ref.kind} {fact.ref}"


def changed(change: Alter, field: str) -> str:
    current, desired = value_of(change.current, field), value_of(change.desired, field)
    what = told(change.current)
    if field in ("keys", "columns") and len(current) == len(desired):
        lost = [word for pair in zip(current, desired, strict=True) for word in _lost_of(*pair)]
        if lost:
            return f"{' and '.join(dict.fromkeys(lost))} of {what} is gone"
    word = _WORDS.get(field, field.replace("_", " "))
    if isinstance(current, bool):
        return f"{word} of {what} {'is gone' if current else 'has come'}"
    before, after = _shown(current), _shown(desired)
    if not after:
        return f"{word} {before} of {what} is gone"
    return f"{word} of {what} was {before or 'not there'} and is {after}"


def _lost_of(current: KeyPart, desired: KeyPart) -> Iterator[str]:
    if current.collation != desired.collation and current.term == desired.term:
        yield f"COLLATE {(current.collation or 'BINARY').upper()}"
    if current.descending and not desired.descending:
        yield "DESC"


def _shown(value: object) -> str:
    text = getattr(value, "text", value)
    if isinstance(text, tuple):
        parts = (part.text or part.term if isinstance(part, KeyPart) else part for part in text)
        return ", ".join(map(str, parts))
    return str(text or "").upper() if value in _SPELT_SMALL else str(text or "")
