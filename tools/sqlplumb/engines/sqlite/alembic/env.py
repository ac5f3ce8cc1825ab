"""How Alembic reaches the database.

On SQLite a run is one transaction, taken with BEGIN IMMEDIATE: a migration that fails leaves the
database as it was, and of several that start at once one works while the others wait.  Foreign keys
are off meanwhile, so that a table can be rebuilt under its children, and checked before the commit.
"""

import sqlite3
from collections.abc import Collection, Mapping
from importlib.util import find_spec
from logging.config import fileConfig
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

config = context.config

if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

# `alembic check` and `revision --autogenerate` compare the database with schema.sql, by the plugin
# that is named below. Alembic knows plugins since 1.18; an older one would drop every table.
target_metadata = MetaData() if find_spec("alembic.runtime.plugins") else None


def database_url() -> str:
    """Take the URL from ``-x url=...``, else from alembic.ini."""
    named = context.get_x_argument(as_dictionary=True).get("url")
    return named or config.get_main_option("sqlalchemy.url", "")


def leave_transactions_to_us(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Keep the driver from committing before DDL, and turn foreign keys off while it still can."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = OFF")


def begin_immediate(connection: Connection) -> None:
    """Take the write lock now rather than at the first write, when it could be too late."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def refuse_orphans(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[Any],
    run_args: Mapping[str, Any],
) -> None:
    """Fail, and so roll back, if a revision leaves a row whose parent is missing."""
    if ctx.dialect.name != "sqlite" or ctx.connection is None:
        return
    orphans = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        rows = ", ".join(f"{table} row {rowid} -> {parent}" for table, rowid, parent, _ in orphans)
        raise CommandError(f"{step.up_revision_id} leaves rows without a parent: {rows}")


def run_migrations_offline() -> None:
    """Write the SQL of the migrations to standard output."""
    url = database_url()
    context.configure(
        url=url,
        target_metadata=target_metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        render_as_batch=True,
        transactional_ddl=True,
    )
    if url.startswith("sqlite"):
        context.execute("PRAGMA foreign_keys = OFF")
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    """Run the migrations on the database."""
    engine = create_engine(database_url(), poolclass=NullPool)
    event.listen(engine, "connect", leave_transactions_to_us)
    event.listen(engine, "begin", begin_immediate)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            render_as_batch=True,
            transactional_ddl=True,
            on_version_apply=refuse_orphans,
            autogenerate_plugins=["alembic.autogenerate.*", "sqlplumb"],
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
