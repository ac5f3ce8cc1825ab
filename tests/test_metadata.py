"""SQLAlchemy models against schema.sql: what Core cannot spell is noted, what differs is found."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import sqlplumb

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = """\
CREATE TABLE parents (id INTEGER CONSTRAINT pk_parents PRIMARY KEY);
CREATE TABLE tasks (
    task_id TEXT NOT NULL CONSTRAINT pk_tasks PRIMARY KEY,
    parent_id INTEGER NOT NULL
        CONSTRAINT fk_tasks_parent_id REFERENCES parents ON DELETE CASCADE,
    state TEXT CONSTRAINT state_is_said NOT NULL DEFAULT 'new',
    size INT NOT NULL DEFAULT 0,
    active BOOLEAN NOT NULL DEFAULT 1,
    made TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    name TEXT COLLATE NOCASE CONSTRAINT uq_tasks_name UNIQUE,
    twice INTEGER AS (size * 2),
    CONSTRAINT ck_tasks_state CHECK (state IN ('new', 'done')),
    CHECK (size >= 0)
);
CREATE INDEX ix_tasks_parent_id ON tasks (parent_id);
CREATE INDEX idx_tasks_size ON tasks (size DESC) WHERE active = 1;
CREATE INDEX idx_tasks_name ON tasks (lower(name));
"""
CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def core() -> MetaData:
    metadata = MetaData(naming_convention=CONVENTION)
    Table("parents", metadata, Column("id", Integer, primary_key=True))
    tasks = Table(
        "tasks",
        metadata,
        Column("task_id", String(36), primary_key=True),
        Column(
            "parent_id", sa.ForeignKey("parents.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        Column("state", String, nullable=False, server_default="new"),
        Column("size", Integer, nullable=False, server_default="0"),
        Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
        Column("made", sa.DateTime, nullable=False, server_default=sa.func.now()),
        Column("name", String(collation="NOCASE"), unique=True),
        Column("twice", Integer, sa.Computed("size * 2")),
        sa.CheckConstraint("state IN ('new', 'done')", name="ck_tasks_state"),
        sa.CheckConstraint("size >= 0"),
    )
    sa.Index("idx_tasks_size", tasks.c.size.desc(), sqlite_where=tasks.c.active == sa.true())
    sa.Index("idx_tasks_name", sa.func.lower(tasks.c.name))
    return metadata


def orm() -> MetaData:
    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention=CONVENTION)

    class Parent(Base):
        __tablename__ = "parents"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Task(Base):
        __tablename__ = "tasks"
        task_id: Mapped[str] = mapped_column(primary_key=True)
        parent_id: Mapped[int] = mapped_column(
            sa.ForeignKey("parents.id", ondelete="CASCADE"), index=True
        )
        state: Mapped[str] = mapped_column(server_default="new")
        size: Mapped[int] = mapped_column(server_default=sa.text("0"))
        active: Mapped[bool] = mapped_column(server_default=sa.text("1"))
        made: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
        name: Mapped[str | None] = mapped_column(Text(collation="NOCASE"), unique=True)
        twice: Mapped[int | None] = mapped_column(sa.Computed("size * 2"))
        __table_args__ = (
            sa.CheckConstraint("state IN ('new', 'done')", name="ck_tasks_state"),
            sa.CheckConstraint("size >= 0"),
            sa.Index("idx_tasks_size", size.desc(), sqlite_where=sa.text("active = 1")),
            sa.Index("idx_tasks_name", sa.text("lower(name)")),
        )

    return Base.metadata


def held(run: Run, project: Project, schema: str, metadata: MetaData) -> dict[str, Any]:
    """The one mirror of a check of this MetaData against this schema."""
    project.write("schema.sql", schema)
    ran = run("check", project.metadata(metadata), "--format", "json")
    (mirror,) = ran.json["mirrors"]
    assert ran.code == int(not mirror["equal"])
    return dict(mirror)


def changes(mirror: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return sorted((one["verb"], one["object"], one["fields"]) for one in mirror["changes"])


@pytest.mark.parametrize("models", [core, orm])
def test_models_that_say_the_same_are_plumb(
    models: Callable[[], MetaData], run: Run, project: Project
) -> None:
    mirror = held(run, project, SCHEMA, models())
    assert changes(mirror) == []
    noted = {note["object"] for note in mirror["notes"]}
    assert {"parents.id", "tasks.state", "tasks.size"} <= noted
    assert run("check", "models_of_this_test:metadata", "--strict").code == 1


@pytest.mark.parametrize(
    ("written", "instead", "found"),
    [
        ("state TEXT", "state INTEGER", ("alter", "tasks.state", ["type"])),
        ("DEFAULT 0", "DEFAULT 1", ("alter", "tasks.size", ["default"])),
        ("DEFAULT 'new'", "DEFAULT 'done'", ("alter", "tasks.state", ["default"])),
        ("NOCASE", "RTRIM", ("alter", "tasks.name", ["collation"])),
        ("size * 2", "size * 3", ("alter", "tasks.twice", ["generated"])),
        (" ON DELETE CASCADE", "", ("alter", "tasks.fk_tasks_parent_id", ["on_delete"])),
        ("'new', 'done')", "'new')", ("alter", "tasks.ck_tasks_state", ["expression"])),
        ("size >= 0", "size > 0", ("alter", "tasks.check(size)", ["expression"])),
        ("size DESC", "size", ("alter", "idx_tasks_size", ["keys"])),
        (" WHERE active = 1", "", ("alter", "idx_tasks_size", ["predicate"])),
        ("lower(name)", "upper(name)", ("alter", "idx_tasks_name", ["keys"])),
        ("pk_tasks", "pk_other", ("alter", "tasks.primary key", ["name"])),
    ],
)
def test_what_core_can_say_is_compared(
    written: str, instead: str, found: tuple[str, str, list[str]], run: Run, project: Project
) -> None:
    assert SCHEMA.count(written) == 1
    assert changes(held(run, project, SCHEMA.replace(written, instead), core())) == [found]


@pytest.mark.parametrize(
    ("column", "default"),
    [
        ("TEXT DEFAULT '0'", 0),
        ("TEXT DEFAULT 0", "0"),
        ("INTEGER DEFAULT -1", "-1"),
        ("NUMERIC DEFAULT '0.5'", 0.5),
        ("BOOLEAN DEFAULT FALSE", 0),
        ("BOOLEAN DEFAULT 1", "1"),
        ("TEXT DEFAULT NULL", None),
    ],
)
def test_defaults_that_store_the_same(
    column: str, default: float | str | None, run: Run, project: Project
) -> None:
    types = {"TEXT": Text, "INTEGER": Integer, "NUMERIC": sa.Numeric, "BOOLEAN": sa.Boolean}
    said = sa.text(str(default)) if isinstance(default, int | float) else default
    metadata = MetaData()
    Table("t", metadata, Column("a", types[column.split()[0]], server_default=said))
    assert changes(held(run, project, f"CREATE TABLE t (a {column});", metadata)) == []


def named(convention: dict[str, str] | None = None) -> MetaData:
    """A table with a constraint of every kind; CHECKs have no name where no convention is given."""
    metadata = MetaData(naming_convention=convention)
    Table("p", metadata, Column("a", Integer, primary_key=True))
    Table(
        "t",
        metadata,
        Column("a", Integer, unique=True),
        Column("b", Integer, sa.ForeignKey("p.a", ondelete="CASCADE")),
        sa.CheckConstraint("a > 0", name="positive" if convention else None),
        sa.PrimaryKeyConstraint("a", "b"),
    )
    return metadata


ALL_NAMED = """\
CREATE TABLE p (a INTEGER CONSTRAINT pk_p PRIMARY KEY);
CREATE TABLE t (
    a INTEGER NOT NULL CONSTRAINT uq_t_a UNIQUE,
    b INTEGER NOT NULL CONSTRAINT fk_t_b REFERENCES p (a) ON DELETE CASCADE,
    CONSTRAINT positive CHECK (a > 0),
    CONSTRAINT pk_t PRIMARY KEY (a, b)
);
"""


def test_names_that_only_the_schema_has_are_noted(run: Run, project: Project) -> None:
    mirror = held(run, project, ALL_NAMED, named())
    assert changes(mirror) == []
    noted = {n["object"] for n in mirror["notes"] if "only one side" in n["message"]}
    names = {"t.uq_t_a", "t.fk_t_b", "t.positive", "t.primary key"}
    assert noted == {*names, "p.primary key"}


def test_names_that_only_the_models_have_are_noted(run: Run, project: Project) -> None:
    bare = re.sub(r"CONSTRAINT \w+ ", "", ALL_NAMED)
    mirror = held(run, project, bare, named({**CONVENTION, "ck": "ck_%(constraint_name)s"}))
    assert changes(mirror) == []
    noted = {n["object"] for n in mirror["notes"] if "only one side" in n["message"]}
    names = {"t.uq_t_a", "t.fk_t_b", "t.ck_positive", "t.primary key"}
    assert noted == {*names, "p.primary key"}


def test_two_names_that_differ_are_drift(run: Run, project: Project) -> None:
    metadata = MetaData(naming_convention={"uq": "uq_%(column_0_name)s"})
    Table("t", metadata, Column("a", Integer, unique=True))
    mirror = held(run, project, "CREATE TABLE t (a INTEGER CONSTRAINT uq_t_a UNIQUE);", metadata)
    assert changes(mirror) == [("create", "t.uq_t_a", []), ("drop", "t.uq_a", [])]


BEYOND = """\
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
CREATE VIEW v AS SELECT a FROM t;
CREATE VIRTUAL TABLE docs USING fts5(a);
CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO docs (a) VALUES (new.a); END;
"""


def beyond() -> MetaData:
    metadata = MetaData()
    Table("t", metadata, Column("id", Integer, primary_key=True), Column("a", Text))
    return metadata


def test_what_was_renamed_is_told_and_not_noted(run: Run, project: Project) -> None:
    renamed = "-- @renamed from=t\nCREATE TABLE u (id INTEGER PRIMARY KEY, a TEXT);"
    mirror = held(run, project, renamed, beyond())
    assert changes(mirror) == [("rename", "u", [])]
    assert {note["object"] for note in mirror["notes"]} == {"u.id"}


def test_what_core_cannot_hold_is_noted(run: Run, project: Project) -> None:
    mirror = held(run, project, BEYOND, beyond())
    assert changes(mirror) == []
    assert {note["object"] for note in mirror["notes"]} == {"t.id", "v", "docs", "r"}


def test_a_table_may_stand_in_for_a_view_or_a_virtual_table(run: Run, project: Project) -> None:
    metadata = beyond()
    for name in ("v", "docs"):
        Table(name, metadata, Column("rowid", Integer, primary_key=True), Column("a", Text))
    mirror = held(run, project, BEYOND, metadata)
    assert changes(mirror) == []
    assert {"v", "docs"} <= {note["object"] for note in mirror["notes"]}


def test_a_trigger_that_models_do_hold_is_compared(run: Run, project: Project) -> None:
    metadata = beyond()
    project.hang(metadata, "CREATE TRIGGER r AFTER DELETE ON t BEGIN SELECT 1; END")
    assert changes(held(run, project, BEYOND, metadata)) == [("alter", "r", ["body"])]


def test_a_table_that_only_the_models_have_is_found(run: Run, project: Project) -> None:
    metadata = beyond()
    Table("extra", metadata, Column("a", Text))
    assert changes(held(run, project, BEYOND, metadata)) == [("drop", "extra", [])]


ANEW = """\
CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent_id INTEGER CONSTRAINT parent NOT NULL REFERENCES parents,
    name TEXT NOT NULL DEFAULT 'new',
    price NUMERIC DEFAULT NULL,
    active BOOL CONSTRAINT asked NOT NULL,
    CONSTRAINT ck_price CHECK (price > 0)
);
"""


def made_anew() -> MetaData:
    metadata = MetaData()
    Table("parents", metadata, Column("id", Integer, primary_key=True))
    Table(
        "tasks",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("parent_id", sa.ForeignKey("parents.id"), nullable=False),
        Column("name", String(40), nullable=False, server_default="new"),
        Column("price", sa.Numeric(10, 2)),
        Column("active", sa.Boolean, nullable=False),
        sa.CheckConstraint("price > 3", name="ck_price"),
    )
    return metadata


def test_a_table_is_made_anew_in_the_words_of_models(run: Run, project: Project) -> None:
    project.write("schema.sql", ANEW)
    models = project.metadata(made_anew())
    plan = sqlplumb.plan(sqlplumb.diff(sqlplumb.read("schema.sql"), sqlplumb.read(models)))
    assert [step.verb for step in plan.steps] == ["rebuild"]
    assert sqlplumb.prove(plan).failures == ()
    script = run("diff", "schema.sql", models, "--format", "sql")
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        connection.executescript(ANEW + script.out)
    assert run("diff", "sqlite:///app.db", models).code == 0


def test_what_the_words_of_models_would_lose_is_refused(run: Run, project: Project) -> None:
    key = "PRIMARY KEY (a COLLATE NOCASE)"
    text = f"CREATE TABLE t (a TEXT NOT NULL, n INTEGER CONSTRAINT ck CHECK (n > 0), {key});"
    project.write("schema.sql", text)
    metadata = MetaData()
    columns = Column("a", Text, primary_key=True), Column("n", Integer)
    Table("t", metadata, *columns, sa.CheckConstraint("n > 3", name="ck"))
    refused = run("diff", "schema.sql", project.metadata(metadata), "--format", "sql")
    assert refused.code == 3
    assert "made anew from what is desired: primary key t" in refused.err
