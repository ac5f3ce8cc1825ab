"""What only SQLite has on a table and its rules: STRICT, the rowid, AUTOINCREMENT, ON CONFLICT.

The reader fills these options; they are compared and reported like any other field. Must never read
a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlplumb.schema import Check, Head, Options, PrimaryKey, Table, Unique, Unit

WORDS = {
    "strict": "STRICT",
    "without_rowid": "WITHOUT ROWID",
    "rowid_alias": "INTEGER PRIMARY KEY",
    "autoincrement": "AUTOINCREMENT",
    "on_conflict": "ON CONFLICT",
    "not_null_conflict": "NOT NULL ON CONFLICT",
}


@dataclass(frozen=True, slots=True)
class SQLiteOptions(Options):
    """What SQLite alone knows, and how people write it."""

    words: ClassVar[Mapping[str, str]] = WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions(SQLiteOptions):
    """The words behind the closing bracket of a table."""

    strict: bool = False
    without_rowid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOptions(SQLiteOptions):
    follow: ClassVar[str] = "not_null_name"
    not_null_conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOptions(SQLiteOptions):
    """Of a primary key; `rowid_alias`: its column is the number of the row."""

    rowid_alias: bool = False
    autoincrement: bool = False
    on_conflict: str = ""

    @property
    def refuses_null(self) -> bool:
        """SQLite alone lets NULL into other primary keys."""
        return self.rowid_alias


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOptions(SQLiteOptions):
    """Of a UNIQUE or a CHECK."""

    on_conflict: str = ""


_PLAIN = RuleOptions()
_PLAIN_COLUMN = ColumnOptions()


def column_with_conflict(conflict: str) -> ColumnOptions:
    return ColumnOptions(not_null_conflict=conflict) if conflict else _PLAIN_COLUMN


def rule_with_conflict(on_conflict: str) -> RuleOptions:
    return RuleOptions(on_conflict=on_conflict) if on_conflict else _PLAIN


def is_strict(head: Head | None) -> bool:
    return head is not None and head.options.flag("strict")


def has_rowid(table: Unit) -> bool:
    return isinstance(table.head, Table) and not table.options.flag("without_rowid")


def conflict_of(rule: PrimaryKey | Unique | Check) -> str:
    """Its ON CONFLICT, but for ABORT, which is what happens anyway."""
    return rule.options.word("on_conflict")


def is_rowid_alias(key: PrimaryKey) -> bool:
    return key.options.flag("rowid_alias")


def rowid_alias(table: Unit) -> str:
    """The column that is the rowid, if one is."""
    return table.key[0] if table.primary_key and is_rowid_alias(table.primary_key) else ""
