"""How Alembic reaches the database, which is always SQLite.

A run is one transaction, taken with BEGIN IMMEDIATE: a migration that fails leaves the database
as it was, and of several that start at once one works while the others wait.  Foreign keys are
off meanwhile, so that a table can be rebuilt under its children, and checked before the commit.
"""

import os
import sqlite3
from collections.abc import Collection, Mapping
from logging.config import fileConfig
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from database_api.tables import metadata

config = context.config

if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)


def database_url() -> str:
    """Take the URL from ``-x url=...``, else from DATABASE_URL, else from alembic.ini."""
    return (
        context.get_x_argument(as_dictionary=True).get("url")
        or os.environ.get("DATABASE_URL")
        or config.get_main_option("sqlalchemy.url", "")
    )


def leave_transactions_to_us(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    """Keep the driver from committing before DDL, and turn foreign keys off while it still can."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = OFF")


def begin_immediate(connection: Connection) -> None:
    """Take the write lock now rather than at the first write, when it could be too late."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def refuse_orphans(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[Any],
    run_args: Mapping[str, Any],
) -> None:
    """Fail, and so roll back, if a revision leaves a row whose parent is missing."""
    assert ctx.connection is not None
    orphans = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        rows = ", ".join(f"{table} row {rowid} -> {parent}" for table, rowid, parent, _ in orphans)
        raise CommandError(f"{step.up_revision_id} leaves rows without a parent: {rows}")


def run_migrations_offline() -> None:
    """Write the SQL of the migrations to standard output."""
    context.configure(
        url=database_url(),
        target_metadata=metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        render_as_batch=True,
        transactional_ddl=True,
    )
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
            target_metadata=metadata,
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
