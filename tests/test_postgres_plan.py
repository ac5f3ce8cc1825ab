"""Plans on PostgreSQL: each case goes there and back with rows on a real server, and every object
is then what it should be. A case is two files and the rows that must survive. With
SQLPLUMB_EXAMPLES, the steps of each are listed in other orders as well."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.postgres import MAJORS, database, server

from sqlplumb.changes import Alter, Change, diff
from sqlplumb.engines.postgres.parse.statements import cut
from sqlplumb.engines.postgres.plan import plan as planning
from sqlplumb.engines.postgres.plan.builder import Loose
from sqlplumb.engines.postgres.plan.plan import plan_steps
from sqlplumb.engines.postgres.plan.script import creates, script
from sqlplumb.engines.postgres.plan.settling import settle
from sqlplumb.engines.postgres.plan.steps import steps_of
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.engines.postgres.read.catalog import Catalog, ask
from sqlplumb.engines.postgres.server.connect import Connection, connect, conninfo_of
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer
from sqlplumb.errors import Refused
from sqlplumb.schema import Column, Ref, Schema
from sqlplumb.steps import Plan, Step, Target

CASES = Path(__file__).parent / "postgres_cases"
EXAMPLES = os.environ.get("SQLPLUMB_EXAMPLES", "")
NAMES = sorted(path.name for path in CASES.iterdir())
FIRST = {name: int(name.partition("_from_")[2] or 0) for name in NAMES}  # of x_from_18: 18
ON_EACH = [(major, name) for name in NAMES for major in MAJORS if major >= FIRST[name]]


@pytest.fixture(params=MAJORS)
def a_server(request: pytest.FixtureRequest) -> ScratchServer:
    return server(request.param)


def read(connection: Connection) -> Schema:
    path = connection.execute("SHOW search_path").fetchone()
    connection.execute("SET search_path = ''")
    catalog = Catalog(ask(connection))
    connection.execute(f"SET search_path = {path[0]}" if path else "")
    facts = {fact.ref: fact for fact in catalog.facts(list(catalog.texts))}
    return Schema(facts, engine="postgresql")


def run(connection: Connection, sql: str) -> None:
    """Run a script as psql does: each statement on its own, up to the first error."""
    for piece in cut(sql):
        connection.execute(piece.text.encode())


def planned(current: Schema, desired: Schema, *, online: bool = False) -> Plan:
    changes = list[Change]()
    for change in diff(*settle(current, desired)):
        if isinstance(change, Alter):
            known = current.objects.get(change.current.ref, change.current)
            changes.append(Alter(known, desired.objects[change.desired.ref], change.fields))
        else:
            changes.append(change)
    target = Target(version=(), online=online)
    steps = plan_steps(current, desired, changes, target=target)
    return Plan(
        current=current, desired=desired, changes=tuple(changes), steps=steps, target=target
    )


def values(connection: Connection, here: Schema, there: Schema) -> Iterator[tuple[Any, ...]]:
    """Yield the values of every column that both sides have with the same type. Those of a part are
    not asked of the whole, unless that has parts on one side alone."""
    for ref, fact in here.objects.items():
        other = there.objects.get(ref)
        if not (isinstance(fact, Column) and isinstance(other, Column)):
            continue
        if fact.generated or other.generated or kind(fact, here) != kind(other, there):
            continue
        if here.objects[ref.table_ref].options.word("server"):
            continue
        keys = {side.objects[ref.table_ref].options.word("partition_key") for side in (here, there)}
        only = "ONLY " if len(keys) == 1 else ""
        table = f'{only}"{ref.namespace or "public"}"."{ref.table}"'
        name = ref.name.replace('"', '""')
        query = f'SELECT "{name}"::text FROM {table} ORDER BY 1'
        yield ref, connection.execute(query.encode()).fetchall()


def kind(column: Column, schema: Schema) -> tuple[str, Any]:
    """Return a type with what it is made of."""
    name = column.type.removeprefix("public.").removesuffix("[]")
    while domain := schema.objects.get(Ref("domain", "", name)):
        name = domain.options.word("base").removeprefix("public.")
    unit = schema.by_unit.get(name)
    parts = list(unit.columns) if unit else schema.objects.get(Ref("composite type", "", name))
    return column.type, parts


@contextmanager
def opened(server: ScratchServer, sql: str) -> Iterator[Connection]:
    with database(server, sql) as url, closing(connect(conninfo_of(url))) as connection:
        yield connection


def text(name: str, side: str) -> str:
    return (CASES / name / f"{side}.sql").read_text("utf-8")


@pytest.mark.parametrize(("major", "name"), ON_EACH)
@pytest.mark.parametrize("online", [True, False], ids=["online", "offline"])
def test_there_and_back(major: int, name: str, online: bool) -> None:
    a_server = server(major)
    with opened(a_server, text(name, "desired")) as goal:
        desired = read(goal)
    with opened(a_server, text(name, "current")) as live:
        current = read(live)
        live.execute(text(name, "rows").encode())
        for end in (desired, current):
            here = read(live)
            before = dict(values(live, here, end))
            run(live, script(planned(here, end, online=online)))
            there = read(live)
            assert [str(change) for change in planned(there, end).changes] == []
            assert dict(values(live, there, here)) == before


IDENTITY = "integer GENERATED ALWAYS AS IDENTITY"
ROWS_ELSEWHERE = "CREATE TABLE a ({}); CREATE TABLE b (r a);"
TYPE_INSIDE = "CREATE TYPE c AS ({}); CREATE TABLE b (r c[]);"


@pytest.mark.parametrize(
    ("schema", "before", "after", "told"),
    [
        (ROWS_ELSEWHERE, "x integer", "x bigint, y integer", "whose parts change"),
        (TYPE_INSIDE, "x integer, y integer", "y integer, x integer", "whose parts change"),
        (ROWS_ELSEWHERE, "x integer", f"x integer, y {IDENTITY}", "cannot be added"),
    ],
)
def test_values_that_cannot_be_read_again_are_refused(
    a_server: ScratchServer, schema: str, before: str, after: str, told: str
) -> None:
    sides = list[Schema]()
    for parts in (before, after):
        with opened(a_server, schema.format(parts)) as live:
            sides.append(read(live))
    with pytest.raises(Refused, match=told):
        planned(sides[0], sides[1])


@pytest.mark.parametrize("name", NAMES if EXAMPLES else ("detached", "enums", "partitions"))
def test_what_the_steps_need_orders_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is listed first; and without it, nothing is carried out."""
    one_server = server(MAJORS[-1])

    def backwards(transition: Transition, changes: list[Change], loose: Loose) -> list[Step]:
        return [*steps_of(transition, changes, loose)][::-1]

    monkeypatch.setattr(planning, "steps_of", backwards)
    assert is_carried_out(one_server, name)
    monkeypatch.setattr(planning, "in_order", tuple)
    assert not is_carried_out(one_server, name)


def is_carried_out(server: ScratchServer, name: str) -> bool:
    with opened(server, text(name, "desired")) as goal:
        desired = read(goal)
    with opened(server, text(name, "current")) as live:
        current = read(live)
        for end in (desired, current):
            try:
                run(live, script(planned(read(live), end)))
            except psycopg.Error:
                return False
            if planned(read(live), end).changes:
                return False
    return True


def test_a_schema_is_made_from_nothing(a_server: ScratchServer) -> None:
    for name in ("functions", "partitions", "views"):
        with opened(a_server, text(name, "desired")) as goal:
            desired = read(goal)
        with opened(a_server, creates(desired)) as live:
            assert planned(read(live), desired).changes == ()


def test_what_is_equal_is_no_plan(a_server: ScratchServer) -> None:
    with opened(a_server, text("keys", "current")) as live:
        plan = planned(read(live), read(live))
    assert (plan.steps, script(plan)) == ((), "")


def test_a_foreign_table_takes_no_rows(a_server: ScratchServer) -> None:
    server = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
    with opened(a_server, f"{server} CREATE FOREIGN TABLE t (a int) SERVER s;") as goal:
        desired = read(goal)
    with opened(a_server, f"{server} CREATE TABLE t (a int);") as live:
        live.execute("INSERT INTO t VALUES (1)")
        current = read(live)
        plan = planned(current, desired)
        assert [loss.allowance for loss in plan.losses] == ["drop:t"]
        run(live, script(plan))
        back = planned(read(live), current)
        assert back.losses == ()
        run(live, script(back))
        assert planned(read(live), current).changes == ()


def test_what_narrows_with_its_table_is_a_loss() -> None:
    key = "PARTITION BY LIST (id)"
    with opened(server(MAJORS[-1]), f"CREATE TABLE t (id int, a smallint) {key};") as goal:
        desired = read(goal)
    with opened(server(MAJORS[-1]), "CREATE TABLE t (id int, a bigint);") as live:
        plan = planned(read(live), desired)
    assert [loss.allowance for loss in plan.losses] == ["narrow:t.a"]


def test_losses_are_named(a_server: ScratchServer) -> None:
    with opened(a_server, text("columns", "current")) as live:
        current = read(live)
    with opened(a_server, text("columns", "desired")) as live:
        plan = planned(current, read(live))
    assert {loss.allowance for loss in plan.losses} == {
        *("drop:tasks.notes", "narrow:tasks.done", "narrow:tasks.state", "narrow:tasks.at"),
    }


def test_attributes_are_lost_where_a_column_holds_them(a_server: ScratchServer) -> None:
    types = "CREATE TYPE held AS (a bigint, b text); CREATE TYPE free AS (a bigint, b text);"
    with opened(a_server, f"{types} CREATE TABLE t (x held);") as live:
        current = read(live)
    types = "CREATE TYPE held AS (a int); CREATE TYPE free AS (a int);"
    with opened(a_server, f"{types} CREATE TABLE t (x held);") as live:
        plan = planned(current, read(live))
    assert [loss.allowance for loss in plan.losses] == ["narrow:held", "drop:held"]
