"""Tables of PostgreSQL for the benches: Core metadata, and the schema.sql that says the same."""

from __future__ import annotations

import sys
from pathlib import Path

_TABLES = """\
from sqlalchemy import (
    BigInteger, Boolean, CheckConstraint, Column, DateTime, ForeignKey, Identity, Index, Integer,
    MetaData, Numeric, String, Table, Text, text,
)

metadata = MetaData()
for number in range({tables}):
    name = f"t{{number:05}}"
    other = f"t{{max(number - 1, 0):05}}.id"
    Table(
        name,
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("other_id", BigInteger, ForeignKey(other, name=f"fk_{{name}}"), nullable=False),
        Column("name", String(80), nullable=False),
        Column("note", Text),
        Column("state", String(10), nullable=False, server_default=text("'new'")),
        Column("count", Integer, nullable=False, server_default=text("0")),
        Column("price", Numeric(10, 2)),
        Column("is_open", Boolean, nullable=False, server_default=text("true")),
        Column("made_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Column("seen_at", DateTime(timezone=True)),
        Column("place", Integer),
        Column("kind", String(20)),
        CheckConstraint("count >= 0", name=f"ck_{{name}}_count"),
        Index(f"ix_{{name}}_name", "name"),
        Index(f"ix_{{name}}_other", "other_id"),
        Index(f"ix_{{name}}_place", "place", "kind", unique=True),
    )
"""
_ENV = """\
from alembic import context
from sqlalchemy import create_engine
from tables import metadata

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
_CREATE = """\
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from tables import metadata

for table in metadata.sorted_tables:
    print(str(CreateTable(table).compile(dialect=dialect())).strip() + ";")
    for index in sorted(table.indexes, key=lambda one: one.name):
        print(str(CreateIndex(index).compile(dialect=dialect())).strip() + ";")
"""


def write_project(folder: Path, tables: int) -> None:
    """Write tables.py, the env.py of Alembic, and the script that prints schema.sql."""
    (folder / "tables.py").write_text(_TABLES.format(tables=tables))
    (folder / "create.py").write_text(_CREATE)
    (folder / "migrations" / "versions").mkdir(parents=True)
    (folder / "migrations" / "env.py").write_text(_ENV)
    (folder / "migrations" / "script.py.mako").write_text("")


def write_ini(folder: Path, name: str, url: str) -> None:
    sqlalchemy = url.replace("postgresql://", "postgresql+psycopg://").replace("%", "%%")
    text = "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n"
    text += f"sqlalchemy.url = {sqlalchemy}\n"
    (folder / name).write_text(text)


def create_command() -> list[str]:
    return [sys.executable, "create.py"]
