"""A project of any size: schema.sql, the same tables in Core, an Alembic history, a database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_TABLE = """\
CREATE TABLE t{n} (
    id INTEGER NOT NULL PRIMARY KEY,
{columns}
    state TEXT NOT NULL DEFAULT 'new',
    CONSTRAINT ck_t{n} CHECK (state IN ('new', 'open', 'done'))
);
CREATE INDEX ix_t{n}_c2 ON t{n} (c2);
CREATE INDEX ix_t{n}_c3 ON t{n} (c3) WHERE c4 IS NOT NULL;
"""
_TABLES_MODULE = """\
from sqlalchemy import CheckConstraint, Column, Index, Integer, MetaData, Table, Text, text

metadata = MetaData()
for n in range({tables}):
    table = Table(
        f"t{{n}}",
        metadata,
        Column("id", Integer, primary_key=True),
        *(
            Column(f"c{{k}}", Text if k % 3 else Integer, nullable=not k % 2)
            for k in range(2, 12)
        ),
        Column("state", Text, nullable=False, server_default=text("'new'")),
        CheckConstraint("state IN ('new', 'open', 'done')", name=f"ck_t{{n}}"),
    )
    Index(f"ix_t{{n}}_c2", table.c.c2)
    Index(f"ix_t{{n}}_c3", table.c.c3, sqlite_where=text("c4 IS NOT NULL"))
"""
_ENV = """\
from alembic import context
from sqlalchemy import create_engine
from tables import metadata

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    context.run_migrations()
"""
_REVISION = "revision = 'base1'\ndown_revision = None\ndef upgrade(): pass\ndef downgrade(): pass\n"
_INI = """\
[alembic]
script_location = migrations
prepend_sys_path = .
sqlalchemy.url = sqlite:///{database}
"""


def schema(tables: int) -> str:
    return "\n".join(_table(n) for n in range(tables))


def damaged(sql: str) -> str:
    """One CHECK lost a value: what Alembic does not see."""
    return sql.replace("ck_t7 CHECK (state IN ('new', 'open'", "ck_t7 CHECK (state IN ('new'")


def write_project(folder: Path, tables: int) -> None:
    sql = schema(tables)
    (folder / "migrations" / "versions").mkdir(parents=True)
    (folder / "migrations" / "versions" / "base1.py").write_text(_REVISION)
    (folder / "migrations" / "env.py").write_text(_ENV)
    (folder / "schema.sql").write_text(sql)
    (folder / "tables.py").write_text(_TABLES_MODULE.format(tables=tables))
    words = "\"state IN ('new', 'open', 'done')\""
    others = "f\"state IN ('done', 'open') OR state = 'new' AND id IS NOT '{n}x'\""
    spelled = (folder / "tables.py").read_text().replace(words, others)
    (folder / "spelled.py").write_text(spelled)
    (folder / "pyproject.toml").write_text('[tool.sqlplumb]\nschema = "schema.sql"\n')
    for name, text in (("same", sql), ("changed", damaged(sql))):
        (folder / f"{name}.ini").write_text(_INI.format(database=f"{name}.db"))
        _write_database(folder / f"{name}.db", text)


def _write_database(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            f"BEGIN; {sql} CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);"
            " INSERT INTO alembic_version VALUES ('base1'); COMMIT;"
        )


def _table(n: int) -> str:
    columns = "\n".join(
        f"    c{k} {'TEXT' if k % 3 else 'INTEGER'}{' NOT NULL' if k % 2 else ''},"
        for k in range(2, 12)
    )
    return _TABLE.format(n=n, columns=columns)
