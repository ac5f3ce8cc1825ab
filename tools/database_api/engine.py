"""An engine whose connections hold what schema.sql promises.

This module owns what is said to a new connection and how a transaction begins.  It knows no
table, reads no environment, and keeps nothing between calls.

On SQLite: foreign keys, and the triggers that REPLACE must meet, are on for every connection of
the pool.  A transaction is a real one, DDL included, since pysqlite's own habit of beginning late
is switched off.  Who may write begins with BEGIN IMMEDIATE (``execution_options(write=True)``), and
so waits for its turn at the start instead of failing in the middle.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from database_api.errors import NoDatabase, NotWriting

P = ParamSpec("P")
Done = TypeVar("Done")

BUSY_SECONDS = 30.0
DRIVERS = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary"}


def make_engine(db_url: str | URL, **kwargs: Any) -> Engine:
    """An engine for SQLite or PostgreSQL; ``kwargs`` go to SQLAlchemy's create_engine."""
    url = _url(db_url)
    match url.get_backend_name():
        case "sqlite":
            return _sqlite(url, kwargs)
        case "postgresql":
            return _postgresql(url, kwargs)
        case other:
            raise NoDatabase(f"{other} is not known here: a URL begins with sqlite or postgresql")


def require_write(connection: Connection) -> None:
    """Raises unless this transaction took the write lock when it began.

    Whoever reads first and writes then would, without the lock, be refused by SQLite as soon as
    another writer came between; now and then, and under load.
    """
    if (name := connection.dialect.name) != "sqlite":  # whose lock this would not be
        raise NoDatabase(
            f"what writes here is written for SQLite, and this is {name}: use your own"
        )
    if not connection.get_execution_options().get("write"):
        raise NotWriting(
            "this session only reads: take one of make_sessionmaker(engine), "
            "or begin with engine.execution_options(write=True)"
        )


def whole(
    work: Callable[Concatenate[Connection, P], Done],
) -> Callable[Concatenate[Connection, P], Done]:
    """What this function does is done under the write lock, and as a whole or not at all.

    It is a savepoint, since whoever catches an exception inside a session goes on with the rest.
    """

    @wraps(work)
    def done(connection: Connection, /, *args: P.args, **kwargs: P.kwargs) -> Done:
        require_write(connection)
        with connection.begin_nested():
            return work(connection, *args, **kwargs)

    return done


def _url(db_url: str | URL) -> URL:
    try:
        return make_url(db_url)
    except (ArgumentError, ValueError):  # the text itself is not repeated: it may hold a password
        raise NoDatabase("this is no database URL: write sqlite:///path/to/app.db") from None


def _sqlite(url: URL, kwargs: dict[str, Any]) -> Engine:
    """One connection for a database in memory, used by one thread after the other.

    SQLAlchemy's StaticPool would hand that one connection to two threads at once, and either
    would then commit and roll back what the other does.
    """
    memory = _in_memory(url)
    one = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "pool_timeout": BUSY_SECONDS}
    said = {**(one if memory and not {"pool", "poolclass"} & kwargs.keys() else {}), **kwargs}
    given = said.pop("connect_args", {})
    connect_args = {"check_same_thread": False, "timeout": BUSY_SECONDS, **given}
    engine = create_engine(url, connect_args=connect_args, **said)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        _prepare(connection, memory)

    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, memory: bool) -> None:
    """WAL where it can be had: not on a read-only file, nor while others use it otherwise.

    Without it everything is as right, but readers wait for writers.
    """
    connection.isolation_level = None  # BEGIN is said by us alone
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA recursive_triggers = ON")  # else REPLACE passes by a ledger's own
        if not memory:
            with suppress(sqlite3.OperationalError):
                cursor.execute("PRAGMA journal_mode = WAL")


def _begin(connection: Connection) -> None:
    said = connection.get_execution_options()
    if said.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if said.get("write") else "BEGIN")


def _in_memory(url: URL) -> bool:
    name = url.database or ":memory:"
    return ":memory:" in name or "mode=memory" in name or url.query.get("mode") == "memory"


def _postgresql(url: URL, kwargs: dict[str, Any]) -> Engine:
    try:
        return create_engine(url, **kwargs)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        driver = getattr(error, "name", None) or url.get_driver_name()
        package = DRIVERS.get(driver, driver)
        raise NoDatabase(
            f"PostgreSQL needs the driver {driver}, which is not installed: pip install '{package}'"
        ) from error
