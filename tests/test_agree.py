"""One schema through every door is one schema: the same facts, the same fingerprint."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import MetaData

import sqlplumb
from sqlplumb.schema import Schema, fingerprint

if TYPE_CHECKING:
    from tests.conftest import Project

HERE = Path(__file__).parent / "cases"
SIDES = sorted(HERE.glob("*/*.sql"))
DOORS = ("folder", "database", "history", "metadata")


def statements(sql: str) -> Iterator[str]:
    """The author's own words, cut where SQLite itself says that a statement ends."""
    gathered = ""
    for line in sql.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered
            gathered = ""
    assert not gathered.strip(), f"not a whole statement: {gathered}"


def through(door: str, sql: str, project: Project) -> str:
    """The source that holds this SQL behind that door."""
    match door:
        case "folder":
            for number, statement in enumerate(statements(sql)):
                project.write(f"sql/{number:02}.sql", statement)
            return "sql"
        case "database":
            return project.database(sql)
        case "history":
            project.alembic()
            executed = (one.replace(":", "\\:") for one in statements(sql))
            project.revision("only", None, *(f"op.execute({one!r})" for one in executed))
            return "history"
        case _:
            metadata = MetaData()
            for one in statements(sql):
                project.hang(metadata, one)
            return project.metadata(metadata)


def read(source: str) -> Schema:
    """Without Alembic's own table, which no author wrote."""
    schema = sqlplumb.read(source)
    kept = {ref: fact for ref, fact in schema.objects.items() if ref.unit != "alembic_version"}
    return replace(schema, objects=kept)


@pytest.mark.parametrize("side", SIDES, ids=lambda side: f"{side.parent.name}-{side.stem}")
def test_every_door_reads_the_same(side: Path, project: Project) -> None:
    sql = side.read_bytes().decode()
    written = read(str(side))
    assert written.objects
    for door in DOORS:
        found = read(through(door, sql, project))
        assert found.objects == written.objects, door
        assert fingerprint(found) == fingerprint(written), door


def test_places_name_the_line_in_every_file(project: Project) -> None:
    project.write("sql/a.sql", "-- first\n\nCREATE TABLE t (\n    a TEXT,\n    b TEXT UNIQUE\n);\n")
    project.write("sql/deep/b.sql", "CREATE INDEX idx_t ON t (a)\n    WHERE b IS NOT NULL;\n")
    schema = sqlplumb.read("sql")
    places = {str(ref): str(fact.place) for ref, fact in schema.objects.items()}
    assert places == {
        "t": "sql/a.sql:3:14",
        "t.a": "sql/a.sql:4:5",
        "t.b": "sql/a.sql:5:5",
        "t.unique(b)": "sql/a.sql:5:12",
        "idx_t": "sql/deep/b.sql:1:14",
    }


def test_more_tables_than_one_scratch_database_holds(project: Project) -> None:
    tables = [f"CREATE TABLE t{n} (a INTEGER REFERENCES t{250 - n});\n" for n in range(250)]
    indexes = [f"CREATE INDEX idx{n} ON t{n} (a);\n" for n in range(250)]
    project.write("schema.sql", "".join(tables + indexes))
    live = read(project.database("".join(tables + indexes)))
    assert read("schema.sql").objects == live.objects
    assert len(live.objects) == 4 * 250


def test_a_trigger_may_say_in_which_database_its_table_is(project: Project) -> None:
    sql = "CREATE TABLE t (a TEXT);\nCREATE TRIGGER r AFTER INSERT ON main.t BEGIN SELECT 1; END;\n"
    project.write("schema.sql", sql)
    assert read("schema.sql").objects == read(project.database(sql)).objects
