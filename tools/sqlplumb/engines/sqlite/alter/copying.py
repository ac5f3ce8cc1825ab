"""What each column of a new table gets from the table that it takes the place of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlplumb.changes import Alter, Change, Create, Drop
from sqlplumb.engines.sqlite.alter.naming import literal, quoted
from sqlplumb.engines.sqlite.alter.units import Unit
from sqlplumb.engines.sqlite.grammar.lexer import fold, tokens, unquoted
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.schema import Check, Column, PrimaryKey

_WIDTH = 70
_ROWIDS = ("rowid", "_rowid_", "oid")


@dataclass(frozen=True, slots=True)
class Filling:
    """A column of the new table, and the expression over the current one that fills it."""

    column: str
    expression: str


def fillings(current: Unit, desired: Unit, changes: tuple[Change, ...]) -> list[Filling]:
    """Columns that are not named here get their default. The rowid of a row stays what it was."""
    found = list(_rowid(current, desired))
    for column in desired.columns:
        if column.generated is None and (said := _expression(column, current, changes)):
            found.append(Filling(_shown(column), said))
    return found


def copy(table: str, source: str, filled: list[Filling]) -> str:
    """OR ABORT, for an ON CONFLICT in the new table must not pass over a row in silence."""
    columns = _lines([quoted(filling.column) for filling in filled])
    expressions = _lines([filling.expression for filling in filled])
    return f"INSERT OR ABORT INTO {table} ({columns})\nSELECT {expressions}\nFROM {source}"


def _lines(words: list[str]) -> str:
    """A list over as many lines as it needs."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += f"{word}, "
    return "\n    ".join(line.rstrip() for line in lines).rstrip(",")


def sequence(current: Unit, desired: Unit, aside: str) -> Iterator[str]:
    """AUTOINCREMENT goes on counting where it was, not behind the highest row that is left."""
    keys = current.primary_key, desired.primary_key
    if all(key is not None and key.autoincrement for key in keys):
        name = literal(desired.shown)
        yield f"DELETE FROM sqlite_sequence WHERE name = {name}"
        yield f"UPDATE sqlite_sequence SET name = {name} WHERE name = {literal(aside)}"


def is_without_value(column: Column, current: Unit, desired: Unit, filled: list[Filling]) -> bool:
    """Would every row that is there refuse this column?"""
    if not column.not_null or column.generated or current.column(column.ref.name):
        return False
    null = column.default is None or column.default.canonical == "null"
    return null and _shown(column) not in (filling.column for filling in filled)


def mentions(expression: str, name: str) -> bool:
    return any(fold(unquoted(token.text)) == name for token in tokens(expression))


def _rowid(current: Unit, desired: Unit) -> Iterator[Filling]:
    if not (current.has_rowid and desired.has_rowid):
        return
    source = rowid_name(current)
    alias = desired.rowid_alias
    target = alias or rowid_name(desired)
    if source and target and not (alias and current.column(alias)):
        yield Filling(target, source)


def rowid_name(unit: Unit) -> str:
    """A name by which the rowid can be reached: a column may have taken it."""
    return next((name for name in _ROWIDS if unit.column(name) is None), unit.rowid_alias)


def _expression(column: Column, current: Unit, changes: tuple[Change, ...]) -> str:
    known = current.column(column.ref.name)
    name = quoted(_shown(known)) if known else ""
    if not column.backfill or (known and not _is_touched(column, changes)):
        return name
    said = _checked(column)
    if not known or mentions(said, column.ref.name):
        return said
    return f"coalesce({name}, {said})"


def _is_touched(column: Column, changes: tuple[Change, ...]) -> bool:
    """A hint whose work is done must not do it again in a rebuild that is about something else."""
    for change in changes:
        match change:
            case Drop():
                pass
            case Alter(desired=Column(ref=ref)):
                if ref == column.ref:
                    return True
            case (
                Create(desired=Check() | PrimaryKey() as rule)
                | Alter(desired=Check() | PrimaryKey() as rule)
            ):
                if mentions(rule.text, column.ref.name):
                    return True
    return False


def _checked(column: Column) -> str:
    """One expression and nothing behind it."""
    said = tokens(column.backfill)
    depth = 0
    for token in said:
        depth += (token.text == "(") - (token.text == ")")
        if depth < 0 or token.text == ";":
            break
    if depth or not said or said[-1].end != len(column.backfill) or ";" in (t.text for t in said):
        message = f"the @backfill of {column.ref} is no expression: {column.backfill}"
        raise WrongInput(Problem(message, "write `-- @backfill EXPRESSION`", column.place))
    return column.backfill


def _shown(column: Column) -> str:
    return column.ref.shown or column.ref.name
