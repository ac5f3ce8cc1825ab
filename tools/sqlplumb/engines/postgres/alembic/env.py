"""How Alembic reaches the database.

On PostgreSQL each revision is a transaction of its own, so that locks are held for one of them
alone. A revision waits for a lock for as long as it says itself; where somebody else holds it for
longer, it is tried again, and meanwhile nobody stands in line behind it. Of several runs that
start at once one works while the others wait.
"""

import asyncio
import random
import time
from importlib.util import find_spec
from logging.config import fileConfig

from alembic import context
from sqlalchemy import Connection, MetaData, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

config = context.config

if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

# `alembic check` and `revision --autogenerate` compare the database with schema.sql, by the plugin
# that is named below. Alembic knows plugins since 1.18; an older one would drop every table.
target_metadata = MetaData() if find_spec("alembic.runtime.plugins") else None

ATTEMPTS = 20
LOCK_NOT_AVAILABLE = "55P03"
ONE_RUN_AT_A_TIME = "hashtext('alembic ' || current_database())"


def database_url() -> str:
    """Take the URL from ``-x url=...``, else from alembic.ini."""
    named = context.get_x_argument(as_dictionary=True).get("url")
    return named or config.get_main_option("sqlalchemy.url", "")


def wait_for_others(connection: Connection) -> None:
    """Ask again and again: a transaction that waits would hold up an index that another builds."""
    asked = text(f"SELECT pg_try_advisory_lock({ONE_RUN_AT_A_TIME})")
    while not connection.execute(asked).scalar():
        connection.commit()
        time.sleep(0.2)
    connection.commit()


def run_migrations(connection: Connection) -> None:
    wait_for_others(connection)
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        transaction_per_migration=True,
        autogenerate_plugins=["alembic.autogenerate.*", "sqlplumb"],
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_asynchronously(url: str) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine  # which needs more than others do

    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run_migrations)


def run_once(url: str) -> None:
    """Run the migrations on a connection of their own."""
    if make_url(url).get_dialect().is_async:
        asyncio.run(run_asynchronously(url))
        return
    with create_engine(url, poolclass=NullPool).connect() as connection:
        run_migrations(connection)


def is_locked_out(error: DBAPIError) -> bool:
    codes = (getattr(error.orig, name, None) for name in ("sqlstate", "pgcode"))
    return LOCK_NOT_AVAILABLE in codes


def run_migrations_online() -> None:
    """Run the migrations on the database; go on where a lock was not to be had."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            run_once(database_url())
        except DBAPIError as error:
            if attempt == ATTEMPTS or not is_locked_out(error):
                raise
            time.sleep(random.uniform(0.5, 1.5) * min(attempt, 10))  # noqa: S311
        else:
            return


def run_migrations_offline() -> None:
    """Write the SQL of the migrations to standard output."""
    context.configure(
        url=database_url(),
        target_metadata=target_metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
