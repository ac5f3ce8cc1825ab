"""What models declare and no database can make is a finding; the rest of them is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import DDL, CheckConstraint, Column, Index, Integer, MetaData, Table, event
from sqlalchemy.types import UserDefinedType

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = """\
CREATE TABLE jobs (id INTEGER NOT NULL PRIMARY KEY, a INTEGER);
CREATE INDEX ix_a ON jobs (a);
CREATE TABLE runs (id INTEGER NOT NULL PRIMARY KEY, a INTEGER);
"""


def models() -> MetaData:
    metadata = MetaData()
    for name in ("jobs", "runs"):
        columns = (Column("id", Integer, primary_key=True), Column("a", Integer))
        Table(name, metadata, *columns)
    Index("ix_a", metadata.tables["jobs"].c.a)
    return metadata


def declared_twice(metadata: MetaData) -> None:
    """As prefect does."""
    Index("ix_a", metadata.tables["runs"].c.a)


def over_no_columns(metadata: MetaData) -> None:
    """As mlflow does."""
    Index("ix_none", _table=metadata.tables["runs"])


class NoType(UserDefinedType[object]):
    def get_col_spec(self, **_: object) -> str:
        raise LookupError("there is no such type here")


def of_no_type(metadata: MetaData) -> None:
    metadata.tables["runs"].append_column(Column("b", NoType()))


KINDS = {
    "an index declared twice": (
        declared_twice,
        "index ix_a",
        "already exists",
        "CREATE INDEX ix_a",
    ),
    "an index over no columns": (over_no_columns, "index ix_none", "", "ix_none"),
    "a column of no type": (of_no_type, "the table", "no such type here", "the table"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_told_with_its_table_and_the_rest_is_compared(
    kind: str, project: Project, run: Run
) -> None:
    spoil, title, reason, statement = KINDS[kind]
    metadata = models()
    spoil(metadata)
    source = project.metadata(metadata)
    project.write("schema.sql", SCHEMA)
    project.write("pyproject.toml", "[tool.sqlplumb]\n")
    done = run("check", source)
    assert done.code == 1, done.err
    assert "\nruns\n" in f"\n{done.out}"
    assert title in done.out
    assert reason in done.out
    assert statement in done.out
    (mirror,) = run("check", source, "--format", "json").json["mirrors"]
    (told,) = mirror["uncreatable"]
    assert (told["table"], told["object"], mirror["state"]) == ("runs", title, "drift")
    assert reason in told["reason"]
    assert "cannot be created" in run("check", source, "--format", "github").out
    project.write(
        "schema.sql", SCHEMA.replace("a INTEGER);\nCREATE INDEX", "a TEXT);\nCREATE INDEX")
    )
    (mirror,) = run("check", source, "--format", "json").json["mirrors"]
    assert "jobs.a" in [change["object"] for change in mirror["changes"]]


def test_no_plan_is_made_of_a_part(project: Project, run: Run) -> None:
    metadata = models()
    declared_twice(metadata)
    source = project.metadata(metadata)
    done = run("diff", "empty", source, "--format", "sql")
    assert done.code == 2
    assert "index ix_a of table runs cannot be created" in done.err
    assert run("diff", "empty", source).code == 1


def test_a_schema_that_is_written_from_it_says_what_it_lacks(project: Project, run: Run) -> None:
    metadata = models()
    declared_twice(metadata)
    done = run("init", "--from", project.metadata(metadata))
    assert done.code == 0, done.err
    assert "index ix_a of table runs cannot be created" in done.err
    assert run("check").code == 1


def test_who_listens_is_heard_all_the_same(project: Project, run: Run) -> None:
    metadata = models()
    declared_twice(metadata)
    project.hang(metadata, "CREATE VIEW v AS SELECT a FROM runs")
    statement = DDL("CREATE INDEX by_hand ON jobs (id)")  # type: ignore[no-untyped-call]
    event.listen(metadata.tables["jobs"], "after_create", statement)
    source = project.metadata(metadata)
    views = "CREATE INDEX by_hand ON jobs (id);\nCREATE VIEW v AS SELECT a FROM runs;\n"
    project.write("schema.sql", SCHEMA + views)
    done = run("check", source, "--format", "json").json["mirrors"][0]
    assert done["changes"] == []
    assert len(done["uncreatable"]) == 1


def test_what_is_for_another_dialect_alone_is_asked_of_nobody(project: Project, run: Run) -> None:
    metadata = models()
    declared_twice(metadata)
    a = metadata.tables["runs"].c.a
    Index("ix_alone", a, postgresql_using="gin").ddl_if(dialect="postgresql")
    CheckConstraint("a ~ 'x'", name="ck", table=a.table).ddl_if(dialect="postgresql")
    source = project.metadata(metadata)
    project.write("schema.sql", SCHEMA)
    (mirror,) = run("check", source, "--format", "json").json["mirrors"]
    assert mirror["changes"] == []
    assert [told["object"] for told in mirror["uncreatable"]] == ["index ix_a"]
