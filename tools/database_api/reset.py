"""Back to an empty database: in development, and nowhere else.

This module owns the guard.  It reads ENVIRONMENT itself and takes no argument for it, so that no
caller can talk around it; unset, empty, ``dev``, ``Development`` and ``production`` are all
refused, before a connection is even asked for.
"""

import os
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import Connection, Engine

from database_api.errors import ResetRefused, WrongValue
from database_api.sessions import make_sessionmaker
from database_api.setup import create_all, only_sqlite

REVISION = "alembic_version"  # which revision the schema is at: no data of anybody's
OBJECTS = """
SELECT type, name, sql FROM sqlite_master
WHERE type = '{kind}' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')
ORDER BY sql NOT LIKE 'CREATE VIRTUAL%', rowid DESC
"""


def require_development() -> None:
    """Raises ResetRefused unless ENVIRONMENT is exactly ``development``."""
    found = os.environ.get("ENVIRONMENT")
    if found != "development":
        said = "is not set" if found is None else f"is {found!r}"
        raise ResetRefused(
            f"the database is reset only where ENVIRONMENT=development; here it {said}"
        )


def reset_database(engine: Engine, schema: Path | None = None, *, revision: str = "") -> None:
    """Drops everything and makes it anew from schema.sql, in one transaction.

    The revision goes too, and what is made is written down as what it is, or as the ``revision``
    that you name for a schema of your own.
    """
    require_development()
    only_sqlite(engine)
    with make_sessionmaker(engine)() as session:
        _drop_all(session)
        create_all(session, schema, revision=revision)


def clear_data(engine: Engine, keep: Collection[str] = ("users",)) -> None:
    """Deletes the rows of every table but these, in one transaction; tables stay as they are.

    Numbers that were given out once are not given out again, as AUTOINCREMENT promises.
    """
    require_development()
    only_sqlite(engine)
    with make_sessionmaker(engine)() as session:
        session.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # until COMMIT, in any order
        kept = _counted(session, keep)
        triggers = _objects(session, "trigger")  # those of a ledger would forbid it
        for name, _ in triggers:
            session.exec_driver_sql(f"DROP TRIGGER {_quoted(name)}")
        for name, _ in _objects(session, "table"):
            if name not in (*keep, REVISION):
                session.exec_driver_sql(f"DELETE FROM {_quoted(name)}")
        for _, statement in reversed(triggers):
            session.exec_driver_sql(statement)
        if kept != _counted(session, keep):  # ON DELETE CASCADE: the session rolls back
            raise WrongValue(f"{', '.join(keep)} would lose rows: keep what they refer to as well")


def _counted(session: Connection, tables: Collection[str]) -> list[int]:
    known = [name for name, _ in _objects(session, "table")]
    for name in tables:
        if name not in known:
            raise WrongValue(f"there is no table {name!r} to keep")
    counts = (f"SELECT count(*) FROM {_quoted(name)}" for name in tables)
    return [int(session.exec_driver_sql(count).scalar_one()) for count in counts]


def _drop_all(session: Connection) -> None:
    session.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    for kind in ("trigger", "view", "table"):
        for name, _ in _objects(session, kind):
            session.exec_driver_sql(f"DROP {kind} IF EXISTS {_quoted(name)}")


def _objects(session: Connection, kind: str) -> list[tuple[str, str]]:
    """Names and statements, the youngest first: whoever refers goes before what it refers to."""
    rows = session.exec_driver_sql(OBJECTS.format(kind=kind))
    return [(name, statement) for _, name, statement in rows]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
