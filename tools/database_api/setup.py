"""A new database out of schema.sql.

This module owns where schema.sql is found, and how it is run: as a whole, in one transaction.  It
never alters a table that is there; that is what migrations are for.  So that these can go on from
it, a new database is written down as the revision that makes the same, as Alembic would do it.

schema.sql is looked for in two places and nowhere else: in this package, where the wheel carries
it, and two folders above, where it lies in a checkout.  Whoever keeps it elsewhere says so.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine

from database_api.engine import require_write
from database_api.errors import NoDatabase, NotComplete
from database_api.head import REVISION, SCHEMA
from database_api.sessions import default_engine, make_sessionmaker

PLACES = (Path(__file__).with_name("schema.sql"), Path(__file__).parents[2] / "schema.sql")
VERSIONS = """\
CREATE TABLE IF NOT EXISTS alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""
# Names of objects, and of the columns of tables and views, without what SQLite keeps for itself.
NAMES = """
SELECT m.type, m.name, '' FROM sqlite_master AS m WHERE m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
UNION ALL
SELECT 'column', m.name, c.name FROM sqlite_master AS m, pragma_table_xinfo(m.name) AS c
WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""


def initialize_database(
    engine: Engine | None = None, schema: Path | None = None, *, revision: str = ""
) -> bool:
    """Runs schema.sql on a database without tables: all of it, or nothing. True if it did.

    It is at the end of the history then; of a schema of your own, at the ``revision`` that you
    name, or at none. A database that has everything is left alone, by any number of starters at
    once; one that has something else raises NotComplete. What stands inside a CHECK or a trigger
    is not compared here.
    """
    chosen = engine or default_engine()
    only_sqlite(chosen)
    with make_sessionmaker(chosen, write=False)() as session:  # it may be read-only, and complete
        if not _lacking(session, schema):
            return False
    with make_sessionmaker(chosen)() as session:
        if lacking := _lacking(session, schema):  # nobody else was quicker
            create_all(session, schema, revision=revision)
        return bool(lacking)


def create_all(session: Connection, schema: Path | None = None, *, revision: str = "") -> None:
    """Runs every statement of schema.sql in the transaction that is open, and writes down as
    which revision, where that is known."""
    require_write(session)
    text = (schema or schema_file()).read_text("utf-8")
    for statement in statements_of(text):
        session.exec_driver_sql(statement)
    if not revision and hashlib.sha256(text.encode()).hexdigest() == SCHEMA:
        revision = REVISION
    if revision:
        session.exec_driver_sql(VERSIONS)
        session.exec_driver_sql("DELETE FROM alembic_version")
        session.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revision,))


def missing(session: Connection, schema: Path | None = None) -> tuple[list[str], bool]:
    """What schema.sql makes and this database lacks; and whether there are tables of its own."""
    desired = _desired((schema or schema_file()).read_text("utf-8"))
    present = {tuple(row) for row in session.exec_driver_sql(NAMES)}
    strange = any(kind == "table" and name != "alembic_version" for kind, name, _ in present)
    lacking = sorted(_words(*one) for one in desired - present if _is_told(one, desired - present))
    return lacking, strange


def schema_file() -> Path:
    """The schema.sql of this package."""
    for place in PLACES:
        if place.is_file():
            return place
    looked = " and ".join(str(place) for place in PLACES)
    raise NoDatabase(f"there is no schema.sql: looked for {looked}; or say schema=Path(...)")


def statements_of(text: str) -> Iterator[str]:
    """The statements, one by one; the bodies of triggers hold semicolons too."""
    begun = ""
    for part in re.findall(r"[^;]*;|[^;]+", text):
        begun += part
        if sqlite3.complete_statement(begun):
            yield begun.strip()
            begun = ""
    if begun.strip():  # a comment, or what SQLite will refuse
        yield begun.strip()


def only_sqlite(engine: Engine) -> None:
    """Raises where schema.sql could not be run."""
    if engine.dialect.name != "sqlite":
        raise NoDatabase(f"schema.sql is written for SQLite, and this is {engine.dialect.name}")


def _lacking(session: Connection, schema: Path | None) -> list[str]:
    """What is missing; raises where that is only a part, for this is no new database then."""
    lacking, strange = missing(session, schema)
    if lacking and strange:
        raise NotComplete(_told(session, lacking))
    return lacking


@cache
def _desired(text: str) -> frozenset[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.executescript(text)
        return frozenset(scratch.execute(NAMES))


def _is_told(one: tuple[str, ...], lacking: frozenset[tuple[str, ...]]) -> bool:
    """A column goes without saying where its whole table is missing."""
    kind, name, _ = one
    return kind != "column" or not {("table", name, ""), ("view", name, "")} & lacking


def _words(kind: str, name: str, column: str) -> str:
    return f"{kind} {name}.{column}" if column else f"{kind} {name}"


def _told(session: Connection, lacking: list[str]) -> str:
    shown = ", ".join(lacking[:5]) + (f" and {len(lacking) - 5} more" if lacking[5:] else "")
    label = session.engine.url.render_as_string(hide_password=True)
    return f"{label} has tables already, but lacks {shown}: migrate it, or take an empty one"
