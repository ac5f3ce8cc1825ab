"""What every room asks of a table: one row by its key, a page of many, the columns to change.

This module knows no table by name, and decides nothing about what a row means.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select, Table, func, literal_column, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import TypedReturnsRows

from database_api.errors import NotFound, WrongValue

Choice = TypeVar("Choice", bound=StrEnum)


def now() -> datetime:
    """The moment that a change and its event share."""
    return datetime.now(UTC)


def row(connection: Connection, statement: TypedReturnsRows[Any]) -> RowMapping | None:
    """The one row, or None."""
    return connection.execute(statement).mappings().one_or_none()


def sure_row(connection: Connection, statement: TypedReturnsRows[Any]) -> RowMapping:
    """The one row that an INSERT or an upsert has just made."""
    return connection.execute(statement).mappings().one()


def found(connection: Connection, table: Table, key: object) -> RowMapping:
    """The row with this primary key; raises NotFound."""
    (column,) = table.primary_key
    return known(row(connection, select(table).where(column == key)), table, key)


def known(one: RowMapping | None, table: Table, key: object) -> RowMapping:
    """The row; raises NotFound where there is none."""
    if one is None:
        raise NotFound(f"there is nothing in {table.name} with the key {str(key)!r}")
    return one


def rows(connection: Connection, statement: TypedReturnsRows[Any]) -> list[RowMapping]:
    """All of them, read before the session closes."""
    return list(connection.execute(statement).mappings())


def page(statement: Select[Any], skip: int, limit: int) -> Select[Any]:
    """A part of the rows; what SQLite would take for "without a limit" is refused."""
    if skip < 0 or limit < 0:
        raise WrongValue(f"skip is {skip} and limit is {limit}: neither may be below zero")
    return statement.offset(skip).limit(limit)


def choice(kind: type[Choice], value: str) -> Choice:
    """The member of an enumeration; raises WrongValue, which names them all."""
    try:
        return kind(value)
    except ValueError:
        raise WrongValue(f"{value!r} is none of {', '.join(kind)}") from None


def only(changes: Mapping[str, Any], allowed: Collection[str]) -> dict[str, Any]:
    """The changes; raises WrongValue for a column that is not changed in this way."""
    if not changes:
        raise WrongValue(f"nothing is to be changed; it may be any of {', '.join(allowed)}")
    for name in changes:
        if name not in allowed:
            raise WrongValue(f"{name!r} cannot be changed; it may be any of {', '.join(allowed)}")
    return dict(changes)


def light(table: Table, heavy: Iterable[str], asked: Collection[str] = ()) -> list[Any]:
    """The columns without those that weigh megabytes, unless asked for; has_x says of each
    whether it is there.

    By typeof, which SQLite answers from the head of a row: IS NOT NULL would read the value."""
    kept = set(heavy)
    for name in asked:
        if name not in kept:
            raise WrongValue(f"{name!r} is no heavy column of {table.name}: {', '.join(heavy)}")
    plain: list[ColumnElement[Any]] = [
        column for column in table.c if column.name not in kept or column.name in asked
    ]
    return [*plain, *(_is_there(table.c[name]) for name in heavy)]


def _is_there(column: ColumnElement[Any]) -> ColumnElement[bool]:
    there: ColumnElement[bool] = func.typeof(column) != literal_column("'null'")
    return there.label(f"has_{column.key}")
