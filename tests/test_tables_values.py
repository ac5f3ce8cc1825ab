"""What the types of a generated module do with values: what is stored, what comes back, what is
refused."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError
from sqlalchemy.schema import CreateTable
from tests.test_tables import made, ran

SCHEMA = """\
CREATE TABLE people (
    id CHAR(36) NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    friend CHAR(32) REFERENCES people (id),
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'in use')),
    prefs TEXT,  -- JSON as text
    anything JSON CHECK (anything IS NULL OR json_valid(anything)),
    checked VARCHAR(200) CHECK (checked IS NULL OR json_valid(checked)),
    listed TEXT CHECK (listed IS NULL OR json_valid(listed) AND (listed <> 'x' OR id <> '')),
    seen TIMESTAMP,
    made TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    is_in BOOLEAN NOT NULL DEFAULT 1,
    twice INTEGER AS (length(state) * 2)
);
"""
ONE = uuid.UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def names(tmp_path: Path) -> dict[str, Any]:
    return ran(made(SCHEMA, tmp_path))


@pytest.fixture
def people(names: dict[str, Any]) -> sa.Table:
    table = names["people"]
    assert isinstance(table, sa.Table)
    return table


@pytest.fixture
def database(people: sa.Table) -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    people.metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection


def put(database: sa.Connection, people: sa.Table, **values: object) -> None:
    database.execute(people.insert().values({"id": ONE, **values}))


def stored(database: sa.Connection, column: str) -> Any:
    return database.exec_driver_sql(f"SELECT {column} FROM people").scalar_one()


def read(database: sa.Connection, people: sa.Table, column: str) -> Any:
    return database.execute(sa.select(people.c[column])).scalar_one()


@pytest.mark.parametrize("column", ["prefs", "anything", "checked", "listed"])
@pytest.mark.parametrize(
    "value",
    [{"b": [1, None, True], "a": "é"}, [], "", "5", "null", 5, 0.1, 2**62, 1e300, True, "2026"],
    ids=repr,
)
def test_json_comes_back(
    column: str, value: object, database: sa.Connection, people: sa.Table
) -> None:
    put(database, people, **{column: value})
    back = read(database, people, column)
    assert (back, type(back)) == (value, type(value))
    assert database.execute(sa.select(people.c.id).where(people.c[column] == value)).scalar_one()


def test_json_is_in_order_and_null_is_null(database: sa.Connection, people: sa.Table) -> None:
    put(database, people, prefs={"b": 1, "a": 2}, anything=None)
    assert stored(database, "prefs") == '{"a": 2, "b": 1}'
    assert stored(database, "typeof(anything)") == "null"
    assert read(database, people, "anything") is None
    assert database.execute(sa.select(people.c.id).where(people.c.anything.is_(None))).all()


@pytest.mark.parametrize("value", [{1, 2}, object(), float("nan"), {"a": {1: NOON}}, 1j, b"x"])
@pytest.mark.parametrize("column", ["prefs", "anything"])
def test_what_is_no_json_is_not_stored(
    column: str, value: object, database: sa.Connection, people: sa.Table
) -> None:
    with pytest.raises(StatementError) as refused:
        put(database, people, **{column: value})
    assert isinstance(refused.value.orig, TypeError | ValueError)
    assert stored(database, "count(*)") == 0


def test_a_number_that_sqlite_has_no_room_for(database: sa.Connection, people: sa.Table) -> None:
    put(database, people, prefs=2**70)
    assert read(database, people, "prefs") == 2**70
    with pytest.raises(OverflowError):
        database.execute(people.update().values(anything=2**70))


def test_enums_go_by_value(
    names: dict[str, Any], database: sa.Connection, people: sa.Table
) -> None:
    state = names["PeopleState"]
    assert {one.name: one.value for one in state} == {"NEW": "new", "IN_USE": "in use"}
    put(database, people, state=state.IN_USE)
    assert stored(database, "state") == "in use"
    assert read(database, people, "state") is state.IN_USE
    database.execute(people.update().values(state="new"))
    assert read(database, people, "state") is state.NEW
    for unknown in ("gone", "IN_USE", 5):
        with pytest.raises(StatementError) as refused:
            database.execute(people.update().values(state=unknown))
        assert isinstance(refused.value.orig, LookupError)
    database.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
    database.exec_driver_sql("UPDATE people SET state = 'gone'")
    with pytest.raises(LookupError):
        read(database, people, "state")


def test_moments_are_utc(database: sa.Connection, people: sa.Table) -> None:
    put(database, people, seen=datetime(2026, 5, 4, 14, tzinfo=timezone(timedelta(hours=2))))
    assert stored(database, "seen") == "2026-05-04 12:00:00"
    back = read(database, people, "seen")
    assert (back, back.tzinfo) == (NOON, UTC)
    made_now = read(database, people, "made")
    assert abs(made_now - datetime.now(UTC)) < timedelta(minutes=1)
    assert sqlite3.connect(":memory:").execute("SELECT CURRENT_TIMESTAMP").fetchone()[0][10] == " "


@pytest.mark.parametrize("value", [NOON.replace(tzinfo=None), "2026-05-04", NOON.date(), 5])
def test_a_moment_without_a_zone_is_refused(
    value: object, database: sa.Connection, people: sa.Table
) -> None:
    for write in (people.insert().values(id=ONE, seen=value), people.update().values(made=value)):
        with pytest.raises(StatementError) as refused:
            database.execute(write)
        assert isinstance(refused.value.orig, TypeError | ValueError)
    assert stored(database, "count(*)") == 0


def test_moments_of_both_precisions_are_in_order(database: sa.Connection, people: sa.Table) -> None:
    """As they are, beside what CURRENT_TIMESTAMP writes."""
    moments = [NOON + timedelta(microseconds=n) for n in (0, 1, 500_000, 999_999, 1_000_000)]
    for number, moment in enumerate(moments):
        put(database, people, id=uuid.UUID(int=number), seen=moment)
    database.exec_driver_sql(
        f"INSERT INTO people (id, seen) VALUES ('{ONE}', datetime('2026-05-04 12:00:01'))"
    )
    ordered = database.execute(sa.select(people.c.seen).order_by(people.c.seen)).scalars().all()
    assert ordered == [*moments, moments[-1]]
    since = sa.select(sa.func.count()).where(people.c.seen >= NOON + timedelta(seconds=1))
    assert database.execute(since).scalar_one() == 2


@pytest.mark.parametrize(
    "spelled", [ONE, str(ONE), ONE.hex, f"{{{ONE}}}".upper(), f"urn:uuid:{ONE}"], ids=str
)
def test_uuids_have_one_form(spelled: object, database: sa.Connection, people: sa.Table) -> None:
    put(database, people, id=spelled, friend=spelled)
    assert stored(database, "id") == stored(database, "friend") == str(ONE)
    assert read(database, people, "id") == read(database, people, "friend") == ONE
    assert database.execute(sa.select(people.c.id).where(people.c.friend == spelled)).all()
    with pytest.raises(StatementError):
        database.execute(people.update().values(friend="nobody"))


def test_a_copy_of_a_table_says_the_same(people: sa.Table) -> None:
    """As Alembic makes them, in another order of what has no name."""
    engine = sa.create_engine("sqlite://")
    both = (people, people.to_metadata(sa.MetaData()))
    texts = (str(CreateTable(one).compile(engine)) for one in both)
    said = [sorted(line.strip(" ,\n)") for line in text.split("\n\t")) for text in texts]
    assert said[0] == said[1]
    assert "state TEXT DEFAULT 'new' NOT NULL" in said[0]
