"""What tasks refer to by name: data sources, and variables.

Secrets come encrypted and go encrypted: nothing here can read them, and no list shows them.
"""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, select
from sqlalchemy.dialects.sqlite import insert

from database_api.engine import whole
from database_api.rows import found, now, rows, sure_row
from database_api.tables import data_sources, variables

SECRET = ("encrypted_value", "encrypted_user", "encrypted_password")
NEVER_CHANGED = ("name", "created_at", "created_by")


@dataclass(frozen=True, slots=True)
class Variable:
    """A name, and the secret or setting behind it."""

    name: str
    encrypted_value: str
    created_by: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where a task may read; a file has neither host nor port."""

    name: str
    kind: str
    database: str
    created_by: str
    host: str | None = None
    port: int | None = None
    encrypted_user: str | None = None
    encrypted_password: str | None = None
    query_timeout: str = "30s"
    extra_params: Any = None


@whole
def save_variable(connection: Connection, variable: Variable) -> RowMapping:
    """Makes it, or changes the one with this name; who made it first stays."""
    return _saved(connection, variables, asdict(variable))


@whole
def save_data_source(connection: Connection, source: DataSource) -> RowMapping:
    """Makes it, or changes the one with this name; who made it first stays."""
    return _saved(connection, data_sources, asdict(source))


def get_variable(connection: Connection, name: str) -> RowMapping:
    """The variable with its encrypted value; raises NotFound."""
    return found(connection, variables, name)


def get_data_source(connection: Connection, name: str) -> RowMapping:
    """The source with its encrypted user and password; raises NotFound."""
    return found(connection, data_sources, name)


def get_variables(connection: Connection) -> list[RowMapping]:
    """All of them by name, without their values."""
    return rows(connection, select(*_open(variables)).order_by(variables.c.name))


def get_data_sources(connection: Connection, *, kind: str | None = None) -> list[RowMapping]:
    """Those of one kind or all, by name, without user and password."""
    chosen = select(*_open(data_sources)).order_by(data_sources.c.name)
    return rows(connection, chosen if kind is None else chosen.where(data_sources.c.kind == kind))


@whole
def delete_variable(connection: Connection, name: str) -> bool:
    """False if there was none such."""
    return connection.execute(delete(variables).where(variables.c.name == name)).rowcount == 1


@whole
def delete_data_source(connection: Connection, name: str) -> bool:
    """False if there was none such."""
    gone = delete(data_sources).where(data_sources.c.name == name)
    return connection.execute(gone).rowcount == 1


def _saved(connection: Connection, table: Table, values: dict[str, Any]) -> RowMapping:
    at = now()
    new = insert(table).values({**values, "created_at": at, "updated_at": at})
    said = {one.name: new.excluded[one.name] for one in table.c if one.name not in NEVER_CHANGED}
    again = new.on_conflict_do_update(index_elements=[table.c.name], set_=said)
    return sure_row(connection, again.returning(table))


def _open(table: Table) -> list[Any]:
    return [column for column in table.c if column.name not in SECRET]
