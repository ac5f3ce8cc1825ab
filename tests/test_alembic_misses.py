"""Damage that Alembic's autogenerate does not see, and differences it sees where none are.

Of all the damage here Alembic itself is asked too: to it the damaged database and the sound one
are the same.
"""

from __future__ import annotations

import sqlite3
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, Table, Text

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = """\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL DEFAULT 'new',
    name TEXT COLLATE NOCASE,
    size INTEGER NOT NULL ON CONFLICT REPLACE DEFAULT 0,
    twice INTEGER AS (size * 2) STORED,
    CONSTRAINT ck_tasks_state CHECK (state IN ('new', 'done')),
    CHECK (size >= 0),
    UNIQUE (name) ON CONFLICT IGNORE
) STRICT;
CREATE TABLE tags (
    task INTEGER NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (task, tag)
) WITHOUT ROWID;
CREATE TABLE codes (code INTEGER PRIMARY KEY);
CREATE INDEX idx_new ON tasks (name) WHERE state = 'new';
CREATE INDEX idx_lower ON tasks (lower(name));
CREATE INDEX idx_size ON tasks (size DESC, state COLLATE RTRIM);
CREATE VIEW open_tasks AS SELECT name FROM tasks WHERE state = 'new';
CREATE TRIGGER tasks_stay BEFORE DELETE ON tasks BEGIN SELECT raise(ABORT, 'no'); END;
CREATE VIRTUAL TABLE docs USING fts5(body, tokenize = 'porter');
"""


def models() -> MetaData:
    metadata = MetaData()
    tasks = Table(
        "tasks",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("state", Text, nullable=False, server_default="new"),
        Column("name", Text(collation="NOCASE")),
        Column("size", Integer, nullable=False, server_default="0"),
        Column("twice", Integer, sa.Computed("size * 2", persisted=True)),
        sa.CheckConstraint("state IN ('new', 'done')", name="ck_tasks_state"),
        sa.CheckConstraint("size >= 0"),
        sa.UniqueConstraint("name", sqlite_on_conflict="IGNORE"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    sa.Index("idx_new", tasks.c.name, sqlite_where=tasks.c.state == "new")
    sa.Index("idx_lower", sa.func.lower(tasks.c.name))
    sa.Index("idx_size", tasks.c.size.desc(), tasks.c.state.collate("RTRIM"))
    Table(
        "tags",
        metadata,
        Column("task", Integer, primary_key=True),
        Column("tag", Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    Table("codes", metadata, Column("code", Integer, primary_key=True))
    return metadata


@pytest.mark.parametrize("said", [True, False])
def test_what_autogenerate_writes_of_a_new_table(said: bool) -> None:
    """A partial index and a CHECK; AUTOINCREMENT where the models say it to SQLite."""
    metadata = MetaData()
    key = Column("id", Integer, primary_key=True, autoincrement=True)
    check = sa.CheckConstraint("state IN ('new', 'done')", name="ck_state")
    tasks = Table("tasks", metadata, key, Column("state", Text), check)
    sa.Index("idx_state", tasks.c.state, sqlite_where=tasks.c.state == "new")
    if said:
        tasks.dialect_options["sqlite"]["autoincrement"] = True
    with sa.create_engine("sqlite://").connect() as connection:
        script = produce_migrations(MigrationContext.configure(connection), metadata)
        assert script.upgrade_ops
        written = render_python_code(script.upgrade_ops)
        assert "CheckConstraint(\"state IN ('new', 'done')\", name='ck_state')" in written
        assert "sqlite_where=" in written
        assert ("sqlite_autoincrement=True" in written) is said
        metadata.create_all(connection)
        made = "SELECT sql FROM sqlite_master WHERE name = 'tasks'"
        assert ("AUTOINCREMENT" in connection.exec_driver_sql(made).scalar_one()) is said


DAMAGES = {
    "named CHECK lost": (
        "CONSTRAINT ck_tasks_state CHECK (state IN ('new', 'done')),",
        "",
        [("create", "tasks.ck_tasks_state")],
    ),
    "CHECK expression": (", 'done'", "", [("alter", "tasks.ck_tasks_state")]),
    "unnamed CHECK lost": ("CHECK (size >= 0),", "", [("create", "tasks.check(size)")]),
    "unnamed CHECK": ("size >= 0", "size >= -1", [("alter", "tasks.check(size)")]),
    "predicate": (
        "WHERE state = 'new';\nCREATE I",
        "WHERE 1;\nCREATE I",
        [("alter", "idx_new")],
    ),
    "predicate lost": (
        " WHERE state = 'new';\nCREATE I",
        ";\nCREATE I",
        [("alter", "idx_new")],
    ),
    "expression index": ("lower(name)", "upper(name)", [("alter", "idx_lower")]),
    "expression index lost": (
        "CREATE INDEX idx_lower ON tasks (lower(name));",
        "",
        [("create", "idx_lower")],
    ),
    "index DESC": ("size DESC", "size", [("alter", "idx_size")]),
    "primary key": (
        "PRIMARY KEY (task, tag)",
        "PRIMARY KEY (tag, task)",
        [("alter", "tags.primary key")],
    ),
    "INT for INTEGER": (
        "code INTEGER",
        "code INT",
        [("alter", "codes.code"), ("alter", "codes.primary key")],
    ),
    "generated expression": ("size * 2", "size * 3", [("alter", "tasks.twice")]),
    "generated storage": ("STORED", "VIRTUAL", [("alter", "tasks.twice")]),
    "collation of a column": ("COLLATE NOCASE", "", [("alter", "tasks.name")]),
    "collation of an index": (" COLLATE RTRIM", "", [("alter", "idx_size")]),
    "view": ("AS SELECT name FROM", "AS SELECT DISTINCT name FROM", [("alter", "open_tasks")]),
    "trigger": ("BEFORE DELETE", "AFTER DELETE", [("alter", "tasks_stay")]),
    "trigger lost": (
        "CREATE TRIGGER tasks_stay BEFORE DELETE ON tasks BEGIN SELECT raise(ABORT, 'no'); END;",
        "",
        [("create", "tasks_stay")],
    ),
    "STRICT": (" STRICT", "", [("alter", "tasks")]),
    "WITHOUT ROWID": (" WITHOUT ROWID", "", [("alter", "tags")]),
    "AUTOINCREMENT": (" AUTOINCREMENT", "", [("alter", "tasks.primary key")]),
    "virtual table": (", tokenize = 'porter'", "", [("alter", "docs")]),
    "ON CONFLICT of a NOT NULL": (" ON CONFLICT REPLACE", "", [("alter", "tasks.size")]),
    "ON CONFLICT of a UNIQUE": (" ON CONFLICT IGNORE", "", [("alter", "tasks.unique(name)")]),
}


@pytest.mark.parametrize(("whole", "damaged", "found"), DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_seen(
    whole: str, damaged: str, found: list[tuple[str, str]], run: Run, project: Project
) -> None:
    assert SCHEMA.count(whole) == 1
    project.write("schema.sql", SCHEMA)
    live = SCHEMA.replace(whole, damaged)
    ran = run("check", project.database(live), "--format", "json")
    assert ran.code == 1
    assert changes(ran.json) == found
    assert by_autogenerate(live, models()) == by_autogenerate(SCHEMA, models())


def test_without_damage_all_is_plumb(run: Run, project: Project) -> None:
    project.write("schema.sql", SCHEMA)
    assert run("check", project.database(SCHEMA), "--strict").code == 0
    ran = run("check", project.metadata(models()), "--format", "json")
    assert changes(ran.json) == [("alter", "tasks.size")]  # Core has no ON CONFLICT of NOT NULL


def test_columns_in_another_order_are_noted(run: Run, project: Project) -> None:
    project.write("schema.sql", "CREATE TABLE t (a TEXT, b TEXT);")
    url = project.database("CREATE TABLE t (b TEXT, a TEXT);")
    (mirror,) = run("check", url, "--format", "json").json["mirrors"]
    assert (mirror["equal"], [note["object"] for note in mirror["notes"]]) == (True, ["t"])
    assert run("check", url, "--strict").code == 1


def false_difference(*columns: Any) -> MetaData:
    metadata = MetaData()
    Table("parents", metadata, Column("id", Integer))
    Table("t", metadata, *columns)
    return metadata


FALSE_DIFFERENCES = {
    "inline ON DELETE": (
        "CREATE TABLE t (a INTEGER REFERENCES parents (id) ON DELETE CASCADE);",
        false_difference(Column("a", sa.ForeignKey("parents.id", ondelete="CASCADE"))),
    ),
    "INTEGER PRIMARY KEY": (
        "CREATE TABLE t (a INTEGER PRIMARY KEY);",
        false_difference(Column("a", Integer, primary_key=True)),
    ),
    "index DESC": (
        "CREATE TABLE t (a INTEGER);\nCREATE INDEX idx_t ON t (a DESC);",
        false_difference(Column("a", Integer), sa.Index("idx_t", sa.desc("a"))),
    ),
    "shadow tables of FTS5": (
        "CREATE TABLE t (a INTEGER);\nCREATE VIRTUAL TABLE docs USING fts5(body);",
        false_difference(Column("a", Integer)),
    ),
    "types of one affinity": (
        "CREATE TABLE t (a TIMESTAMP, b VARCHAR(20));",
        false_difference(Column("a", sa.DateTime), Column("b", Text)),
    ),
}


@pytest.mark.parametrize(
    ("sql", "metadata"), FALSE_DIFFERENCES.values(), ids=FALSE_DIFFERENCES.keys()
)
def test_what_autogenerate_sees_for_nothing_is_not_told(
    sql: str, metadata: MetaData, run: Run, project: Project
) -> None:
    schema = f"CREATE TABLE parents (id INTEGER);\n{sql}\n"
    assert by_autogenerate(schema, metadata)
    project.write("schema.sql", schema)
    ran = run("check", project.metadata(metadata), project.database(schema))
    assert ran.code == 0


def changes(told: dict[str, Any]) -> list[tuple[str, str]]:
    (mirror,) = told["mirrors"]
    return sorted((one["verb"], one["object"]) for one in mirror["changes"])


def by_autogenerate(schema: str, metadata: MetaData) -> Counter[str]:
    """What Alembic would do, by the names of its operations."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, warnings.catch_warnings(action="ignore"):
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.executescript(schema)
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    return Counter(one[0] if isinstance(one, tuple) else one[0][0] for one in found)
