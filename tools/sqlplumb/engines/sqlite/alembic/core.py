"""Core and Alembic in the words of SQLite: options, a table for batch mode to copy, SQL to execute.

Not all of SQL can be said in Core. Nothing here decides whether what came out is faithful: that is
tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlplumb.engines.core import CoreWriter, escaped, names_in_core, one_line
from sqlplumb.engines.revision_lines import executed as lines_executed
from sqlplumb.engines.revision_lines import statement
from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES
from sqlplumb.engines.sqlite.parse.parts import spelled_type
from sqlplumb.python_layout import (
    Argument,
    Call,
    Code,
    Named,
    Words,
    call,
    call_with,
    string,
)
from sqlplumb.schema import Check, Column, ForeignKey, Index, Object, PrimaryKey, Table, Unique

if TYPE_CHECKING:
    from sqlplumb.engines.sqlite.plan.guards import Numbered

_CORE_TYPES = {
    "integer": "Integer",
    "bigint": "BigInteger",
    "smallint": "SmallInteger",
    "text": "Text",
    "clob": "CLOB",
    "varchar": "String",
    "char": "CHAR",
    "nchar": "NCHAR",
    "nvarchar": "NVARCHAR",
    "blob": "LargeBinary",
    "boolean": "Boolean",
    "real": "REAL",
    "float": "Float",
    "double": "Double",
    "double precision": "DOUBLE_PRECISION",
    "numeric": "NUMERIC",
    "decimal": "DECIMAL",
    "date": "Date",
    "time": "Time",
}
_TEXTS = ("text", "clob", "varchar", "char", "nchar", "nvarchar")
_SIZED = (*_TEXTS[2:], "numeric", "decimal")
_TYPE = re.compile(r"(?P<name>[a-z ]+?)(?:\((?P<sizes>[1-9]\d*(?:,\d+)?)\))?\Z")
SPELLED = "Spelled"
REVISION = CoreWriter(prefix="sa.", cuts=False)
_TRUE = Code("True")
_PLAIN = re.compile(
    r"(integer|text|real|blob|numeric|boolean|datetime|date|time|timestamp|bigint|smallint|float"
    r"|json)|(varchar|char|numeric|decimal)\(([1-9]\d*)\)"
)

OPTION_FIELDS = {
    "autoincrement": "autoincrement",  # of a column that Alembic alters
    "sqlite_autoincrement": "autoincrement",
    "sqlite_strict": "strict",
    "sqlite_with_rowid": "without_rowid",
}


def core_type(column: Column) -> Code | Call | None:
    """Return the type of SQLAlchemy that its dialect declares by the very words of this column."""
    match = _TYPE.fullmatch(column.type)
    if not match or match["name"] not in _CORE_TYPES:
        return None
    name, sizes = match["name"], match["sizes"]
    if (sizes and name not in _SIZED) or (column.collation and name not in _TEXTS):
        return None
    if sizes and "," in sizes and name in _TEXTS:
        return None
    arguments: list[Argument] = [Code(size) for size in sizes.split(",")] if sizes else []
    if column.collation:
        arguments.append(Named("collation", Words(column.collation.upper())))
    return call_with(_CORE_TYPES[name], arguments) if arguments else Code(_CORE_TYPES[name])


def options(fact: Object, key: PrimaryKey | None = None) -> Iterator[Named]:
    """Return the arguments that only the dialect of SQLite takes.

    `key` is the table's, or the one that this column is in.
    """
    match fact:
        case Table():
            if key is not None and key.options.flag("autoincrement"):
                yield Named("sqlite_autoincrement", _TRUE)
            if fact.options.flag("without_rowid"):
                yield Named("sqlite_with_rowid", Code("False"))
            if fact.options.flag("strict"):
                yield Named("sqlite_strict", _TRUE)
        case Column():
            if conflict := fact.options.word("not_null_conflict"):
                yield Named("sqlite_on_conflict_not_null", Words(conflict))
            if key is not None and (conflict := key.options.word("on_conflict")):
                yield Named("sqlite_on_conflict_primary_key", Words(conflict))
        case Index() if fact.predicate:
            where = Words(escaped(one_line(fact.predicate.text)))
            yield Named("sqlite_where", call("text", where))
        case PrimaryKey() | Unique() | Check() if conflict := fact.options.word("on_conflict"):
            yield Named("sqlite_on_conflict", Words(conflict))


def table(facts: Sequence[Object], retyped: frozenset[str]) -> Call:
    """Write `sa.Table(...)`. The types of the columns in `retyped` are spelled: none is CAST."""
    head = next(fact for fact in facts if isinstance(fact, Table))
    columns = {fact.ref.name: fact for fact in facts if isinstance(fact, Column)}
    key = next((fact for fact in facts if isinstance(fact, PrimaryKey)), None)
    arguments: list[Argument | None] = [REVISION.text(head.ref.display), Code("sa.MetaData()")]
    arguments.append(_rowid(head, key, columns))
    for fact in sorted(columns.values(), key=lambda column: column.position):
        arguments.append(column(fact, key, spelled=fact.ref.name in retyped))
    arguments += [rule(fact, columns) for fact in facts]
    return REVISION.call_with("Table", [*arguments, *options(head, key)])


def column(fact: Column, key: PrimaryKey | None = None, spelled: bool = False) -> Call:
    in_key = key is not None and fact.ref.name in (part.term for part in key.columns)
    arguments: list[Argument] = [REVISION.text(fact.ref.display), Code(type_(fact, spelled))]
    if fact.default:
        arguments.append(Named("server_default", Code(default(fact))))
    if in_key and key is not None and len(key.columns) == 1 and not key.name:
        arguments.append(Named("primary_key", _TRUE))
    if fact.not_null or in_key:
        arguments.append(Named("nullable", Code(str(not fact.not_null))))
    return REVISION.call_with("Column", [*arguments, *options(fact, key if in_key else None)])


def type_(fact: Column, spelled: bool = False) -> str:
    """Return the type of SQLAlchemy, or else the type spelled as it is declared."""
    plain = _PLAIN.fullmatch(fact.type)
    if spelled or fact.collation or not plain:
        collate = f' COLLATE "{fact.collation}"' if fact.collation else ""
        return f"{SPELLED}({string((spelled_type(fact.type).upper() + collate).strip())})"
    name, sized, size = plain.groups()
    return f"sa.{name.upper()}()" if name else f"sa.{sized.upper()}({size})"


def default(fact: Column) -> str:
    assert fact.default is not None
    return f"sa.text({string(escaped(fact.default.text))})"


def rule(fact: Object, columns: Mapping[str, Column]) -> Call | None:
    """Write a rule of a table; None for what is no rule."""
    match fact:
        case PrimaryKey() if len(fact.columns) > 1 or fact.name:
            return REVISION.primary_key(fact, key_columns(fact, columns))
        case Unique():
            return REVISION.unique(fact, key_columns(fact, columns), *options(fact))
        case ForeignKey():
            names = names_in_core(fact.columns, columns)
            target, *others = fact.shown
            return REVISION.foreign_key_of_several(
                fact, names, [f"{target}.{name}" for name in others]
            )
        case Check():
            return REVISION.check(fact, fact.expression.text)
    return None


def key_columns(fact: PrimaryKey | Unique, columns: Mapping[str, Column]) -> list[str]:
    return names_in_core([part.term for part in fact.columns], columns)


def _rowid(head: Table, key: PrimaryKey | None, columns: Mapping[str, Column]) -> Call | None:
    """Return a column of the system's own: batch mode copies it, and CREATE TABLE leaves it out."""
    free = next((name for name in ROWID_NAMES if name not in columns), "")
    has_alias = key is not None and key.options.flag("rowid_alias")
    if not free or has_alias or head.options.flag("without_rowid"):
        return None
    system = Named("system", _TRUE)
    return REVISION.call_with("Column", [REVISION.text(free), Code("sa.INTEGER()"), system])


def executed(statements: Iterable[str]) -> list[str]:
    from sqlalchemy.dialects.sqlite import dialect

    return lines_executed(statements, dialect)


def asked(conditions: Iterable[Numbered]) -> list[str]:
    pairs = ((Code(str(asked.number)), Code(string(asked.condition))) for asked in conditions)
    return [line for pair in pairs for line in statement(call_with("ask", pair))]
