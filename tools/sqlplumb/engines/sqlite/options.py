"""What only SQLite says of a table and its rules: STRICT, the rowid, AUTOINCREMENT, ON CONFLICT.

The reader fills these options; they are compared like any other field. Nothing here reads a text.
"""

from __future__ import annotations

from sqlplumb.schema import Head, Table, Unit


def is_strict(head: Head | None) -> bool:
    return isinstance(head, Table) and head.strict


def has_rowid(table: Unit) -> bool:
    return isinstance(table.head, Table) and not table.head.without_rowid


def rowid_alias(table: Unit) -> str:
    """The column that is the rowid, if one is."""
    key = table.primary_key
    return table.key[0] if key and key.rowid_alias else ""
