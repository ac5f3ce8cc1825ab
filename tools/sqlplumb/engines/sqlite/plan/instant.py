"""A rule changed in the stored schema alone: no row is read but to be checked, none is written.

Only where stored rows do not depend on the text that changes: a CHECK, NOT NULL, a foreign key.
Defaults, types, keys, collations, generated columns and the order of columns are what stored bytes
mean, and an edit of those is damage: they must be the same, to SQLite's own pragmas, in both texts.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.engines.sqlite.parse.lexer import literal
from sqlplumb.engines.sqlite.plan.naming import BODIES_GONE, SOUND, quoted, statement, table_there
from sqlplumb.engines.sqlite.plan.orphans import key_checks
from sqlplumb.engines.sqlite.plan.row_checks import row_rules
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.schema import Check, Column, ForeignKey, Unit
from sqlplumb.steps import Guard, RowCheck, Step

_RULES = frozenset(("not_null", "not_null_name", "not_null_conflict"))
_BUMP = "_plumb_bump"
_IS_GONE = f"NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '{_BUMP}')"
_COLUMNS = "SELECT name, type, dflt_value, pk, hidden FROM pragma_table_xinfo({}) ORDER BY cid"
_INDEXES = (
    "SELECT i.name, i.origin, x.* FROM pragma_index_list({}) AS i,"
    " pragma_index_xinfo(i.name) AS x ORDER BY i.name, x.seqno"
)


def instant(current: Unit, desired: Unit, changes: tuple[Change, ...]) -> Step | None:
    """None where the stored rows depend on what changes."""
    if not all(_is_rule(change) for change in changes) or _layout(current) != _layout(desired):
        return None
    assert desired.head is not None
    if current.display != desired.display:  # an edit leaves the name that is stored beside it
        return None
    row_checks, unasked = row_rules(current, desired, changes, filled=[])
    own = tuple(check for check in row_checks if check.ref.kind != "foreign key")
    table, text = literal(desired.name), literal(statement(desired.head.text))
    edited = f"SELECT 1 FROM main.sqlite_master WHERE lower(name) = {table} AND sql = {text}"
    return Step(
        verb="edit",
        ref=desired.head.ref,
        statements=tuple(_statements(desired, own)),
        provisos=(
            Guard(
                f"the rows of {desired.head.ref} satisfy its new rules",
                f"(SELECT count(*) FROM temp.{SOUND} WHERE holds) = {len(own) + 1}",
            ),
        ),
        checks=(
            Guard(f"{desired.head.ref} has its new text", f"EXISTS ({edited}) AND {_IS_GONE}"),
            *key_checks(desired, changes),  # at the end: a parent may be made anew until then
        ),
        gives=frozenset(table_there(desired.name)),
        needs=frozenset((BODIES_GONE,)),
        changes=changes,
        row_checks=row_checks,
        unasked=unasked,
    )


def _is_rule(change: Change) -> bool:
    match change:
        case Create(Check() | ForeignKey()) | Drop(Check() | ForeignKey()):
            return True
        case Alter(Check() | ForeignKey(), _) | Rename(Check() | ForeignKey(), _):
            return True
        case Alter(Column(), Column() as column, fields):
            return set(fields) <= _RULES and not column.backfill
    return False


def _layout(unit: Unit) -> object:
    """All that stored bytes depend on: columns, defaults, keys and their automatic indexes."""
    assert unit.head is not None
    table = literal(unit.display)
    with closing(scratch_for_code()) as scratch:
        scratch.execute(statement(unit.head.text))
        columns = scratch.execute(_COLUMNS.format(table)).fetchall()
        indexes = scratch.execute(_INDEXES.format(table)).fetchall()
    collations = [(name, column.collation) for name, column in unit.columns.items()]
    generated = [(column.ref, column.generated, column.stored) for column in unit.columns.values()]
    key = unit.primary_key and replace(unit.primary_key, name="")
    return (columns, indexes, collations, generated, unit.head, key)


def _statements(desired: Unit, row_checks: tuple[RowCheck, ...]) -> list[str]:
    """The rows are looked at first, then the text is edited and read back. A table is made and
    dropped because that tells every other connection to read the schema anew."""
    assert desired.head is not None
    table, text = literal(desired.display), literal(statement(desired.head.text))
    conditions = [
        f"NOT EXISTS (SELECT 1 FROM {quoted(check.table)} WHERE {check.where})"
        for check in row_checks
    ]
    columns = f"(SELECT count(*) FROM pragma_table_xinfo({table})) = {len(desired.columns)}"
    sound = "(SELECT group_concat(quick_check) = 'ok' FROM pragma_quick_check('sqlite_master'))"
    return [
        f"CREATE TEMP TABLE {SOUND} (holds CONSTRAINT rows_satisfy_it CHECK (holds))",
        *map(_ask, conditions),
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_master SET sql = {text} WHERE type = 'table' AND name = {table}",
        f"CREATE TABLE {_BUMP} (x)",
        f"DROP TABLE {_BUMP}",
        "PRAGMA writable_schema = RESET",
        _ask(f"{columns} AND {sound}"),
        f"DROP TABLE temp.{SOUND}",
    ]


def _ask(condition: str) -> str:
    return f"INSERT INTO temp.{SOUND} SELECT {condition}"
