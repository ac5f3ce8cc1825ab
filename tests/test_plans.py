"""What must hold for the script between any two schemas, whatever rows are there.

Either all of it is done, and no row is lost that has a place to go, or the database is exactly what
it was. SQLPLUMB_EXAMPLES says how many pairs of schemas are drawn, and then others each time.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sqlplumb.changes.measure import Measure
from sqlplumb.engines import Opened, engine, sqlite
from sqlplumb.engines.sqlite.live import look_at
from sqlplumb.engines.sqlite.rows import fill
from sqlplumb.errors import Refused
from sqlplumb.journeys.measure import measure
from sqlplumb.journeys.plan import allowed, leave, looked_at, plan_of
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from tests import strategies as draws
else:
    import strategies as draws

EXAMPLES = os.environ.get("SQLPLUMB_EXAMPLES", "")
pairs_of_schemas = settings(
    derandomize=not EXAMPLES,
    deadline=None,
    max_examples=int(EXAMPLES or 200),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
)
TARGETS = ("", "", "3.26", "3.35")
ROW_NUMBERS = ("rowid", "_rowid_", "oid")
ALL = leave(["destructive"])

Row = tuple[Any, ...]


def fold(name: str) -> str:
    """As SQLite folds names: ASCII alone."""
    return re.sub("[A-Z]+", lambda found: found[0].lower(), name)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Pair:
    """Two schemas that SQLite takes, and the version the plan is for."""

    current: draws.WideModel
    desired: draws.WideModel
    target: str = ""

    def __str__(self) -> str:
        return f"{self.current.sql()}--------\n{self.desired.sql()}-------- {self.target}"


def accepted(sql: str) -> bool:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            connection.executescript(sql)
        except sqlite3.Error:
            return False
    return True


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    current = draw(draws.wide_schemas())
    assume(accepted(current.sql()))
    desired = draw(draws.edited(current))
    assume(accepted(desired.sql()))
    return Pair(current, desired, draw(st.sampled_from(TARGETS)))


Database = Callable[[str], sqlite3.Connection]


@contextmanager
def databases() -> Iterator[Database]:
    """`database(sql)` is a new database with this schema; all are closed in the end."""
    with ExitStack() as stack:

        def make(sql: str) -> sqlite3.Connection:
            connection = sqlite3.connect(":memory:", isolation_level=None)
            stack.enter_context(closing(connection))
            connection.executescript(f"{sql}; PRAGMA foreign_keys = ON;")
            return connection

        yield make


def opened(sql: str) -> Opened:
    return engine("sqlite").open_script("schema.sql", {"schema.sql": sql}, False)


def measured(connection: sqlite3.Connection, desired: str) -> Measure:
    return measure(sqlite.open_connection("app.db", connection), opened(desired), "")


def planned(connection: sqlite3.Connection, desired: str, target: str = "") -> Plan:
    return allowed(plan_of(measured(connection, desired), target), ALL)


def script_of(connection: sqlite3.Connection, desired: str, target: str = "") -> str:
    return engine("sqlite").script(planned(connection, desired, target))


def asked(plan: Plan, connection: sqlite3.Connection) -> bool:
    """Do the looks at the rows say that the plan can be carried out?"""
    source = replace(opened(""), look=lambda look: look_at(connection, look))
    try:
        looked_at(plan, source)
    except Refused:
        return False
    return True


# What a database is, to the last row.


def tables_of(connection: sqlite3.Connection) -> dict[str, str]:
    """The names as they are written, by the folded ones."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%'"
    found = connection.execute(query + " ESCAPE '~'").fetchall()
    return {fold(name): name for (name,) in found}


def snapshot(connection: sqlite3.Connection) -> dict[str, Any]:
    master = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    found: dict[str, Any] = {"schema": sorted(master, key=repr)}
    for name in tables_of(connection).values():
        number = row_number(connection, name)
        listed = f"{number}, *" if number else "*"
        rows = connection.execute(f"SELECT {listed} FROM {quoted(name)}").fetchall()
        found[name] = sorted(rows, key=repr)
    found["sequence"] = sequence(connection)
    return found


def sequence(connection: sqlite3.Connection) -> list[Row]:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone():
        return []
    return sorted(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())


@dataclass(frozen=True)
class Info:
    name: str
    type: str
    key: int
    hidden: int


def columns_of(connection: sqlite3.Connection, table: str) -> dict[str, Info]:
    query = "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?)"
    found = connection.execute(query, (table,)).fetchall()
    return {fold(row[0]): Info(row[0], " ".join(row[1].lower().split()), *row[2:]) for row in found}


def flags_of(connection: sqlite3.Connection, table: str) -> tuple[bool, bool]:
    """WITHOUT ROWID, STRICT."""
    query = "SELECT wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?"
    without_rowid, strict = connection.execute(query, (table,)).fetchone()
    return bool(without_rowid), bool(strict)


def row_number(connection: sqlite3.Connection, table: str) -> str:
    """The name of the rowid, if there is one that can be reached."""
    known = columns_of(connection, table)
    free = [name for name in ROW_NUMBERS if name not in known]
    return "" if flags_of(connection, table)[0] or not free else free[0]


def alias_of(connection: sqlite3.Connection, table: str) -> str:
    """The column that is the rowid."""
    keys = [name for name, info in columns_of(connection, table).items() if info.key]
    if len(keys) != 1 or flags_of(connection, table)[0]:
        return ""
    own = "SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'"
    typed = columns_of(connection, table)[keys[0]].type == "integer"
    return keys[0] if typed and not connection.execute(own, (table,)).fetchone() else ""


# What becomes of names.


def former(hints: dict[str, str], current: set[str], desired: set[str]) -> dict[str, str]:
    """For every desired name the current one, where there is one."""
    moved = {
        name: said
        for name, said in hints.items()
        if said in current and (name not in current or said not in desired or said in hints)
    }
    gone = set(moved.values())
    stayed = {name: name for name in desired & current if name not in moved and name not in gone}
    return moved | stayed


def table_hints(model: draws.WideModel) -> dict[str, str]:
    return {fold(one.name): fold(one.renamed_from) for one in model.tables if one.renamed_from}


def column_hints(model: draws.WideModel, table: str) -> dict[str, str]:
    found = next(one for one in model.tables if fold(one.name) == table)
    return {fold(one.name): fold(one.renamed_from) for one in found.columns if one.renamed_from}


def assert_rows_kept(pair: Pair, before: sqlite3.Connection, after: sqlite3.Connection) -> None:
    present, wanted = tables_of(before), tables_of(after)
    tables = former(table_hints(pair.desired), {*present}, {*wanted})
    for name, origin in tables.items():
        assert_table_kept(pair, before, present[origin], after, wanted[name])
    for name in wanted.keys() - tables.keys():
        assert after.execute(f"SELECT count(*) FROM {quoted(wanted[name])}").fetchone() == (0,)


def assert_table_kept(
    pair: Pair,
    before: sqlite3.Connection,
    origin: str,
    after: sqlite3.Connection,
    name: str,
) -> None:
    query = "SELECT count(*) FROM "
    counts = [
        connection.execute(query + quoted(table)).fetchone()
        for connection, table in ((before, origin), (after, name))
    ]
    assert counts[0] == counts[1], f"rows of {name}"
    present, wanted = columns_of(before, origin), columns_of(after, name)
    columns = former(column_hints(pair.desired, fold(name)), {*present}, {*wanted})
    relaxed = flags_of(before, origin)[1] != flags_of(after, name)[1]
    alias = alias_of(after, name)
    kept = [
        (present[said].name, wanted[one].name)
        for one, said in columns.items()
        if is_same(present[said], wanted[one], relaxed) and (one != alias)
    ]
    listed = [", ".join(quoted(one[side]) for one in kept) for side in (0, 1)]
    if same_number(before, origin, after, name, columns.get(alias, "")):
        listed[0] = f"{row_number(before, origin)}, {listed[0]}".rstrip(", ")
        listed[1] = f"{row_number(after, name)}, {listed[1]}".rstrip(", ")
    if all(listed):
        one = before.execute(f"SELECT {listed[0]} FROM {quoted(origin)}").fetchall()
        other = after.execute(f"SELECT {listed[1]} FROM {quoted(name)}").fetchall()
        assert sorted(map(repr, one)) == sorted(map(repr, other)), f"values of {name}: {listed}"


def is_same(current: Info, desired: Info, relaxed: bool) -> bool:
    """Does a value stay what it is? ANY means something else in a table that is STRICT."""
    plain = current.hidden == desired.hidden == 0
    return plain and current.type == desired.type and not (relaxed and current.type == "any")


def same_number(
    before: sqlite3.Connection,
    origin: str,
    after: sqlite3.Connection,
    name: str,
    alias_was: str,
) -> bool:
    """The rowid stays what it is, unless a column that was something else is the rowid now."""
    if not (row_number(before, origin) and row_number(after, name)):
        return False
    return not alias_was or alias_was == alias_of(before, origin)


def assert_sequence_kept(pair: Pair, before: sqlite3.Connection, after: sqlite3.Connection) -> None:
    present, wanted = dict(sequence(before)), dict(sequence(after))
    assert len({*map(fold, wanted)}) == len(sequence(after)), sequence(after)
    assert {*map(fold, wanted)} <= tables_of(after).keys()
    tables = former(table_hints(pair.desired), {*tables_of(before)}, {*tables_of(after)})
    for name, origin in tables.items():
        counts = [tables_of(before)[origin], tables_of(after)[name]]
        said = "SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_master WHERE name = ?"
        both = zip((before, after), counts, strict=True)
        if all(connection.execute(said, (table,)).fetchone()[0] for connection, table in both):
            assert wanted.get(counts[1]) == present.get(counts[0]), f"sequence of {name}"


def assert_done(pair: Pair, before: sqlite3.Connection, after: sqlite3.Connection) -> None:
    """The schema is the desired one, and every row is there that has a place."""
    assert_clean(after)
    found = measured(after, pair.desired.sql())
    assert found.changes == ()
    assert script_of(after, pair.desired.sql(), pair.target) == ""
    assert_rows_kept(pair, before, after)
    assert_sequence_kept(pair, before, after)


def assert_clean(connection: sqlite3.Connection) -> None:
    """Nothing is left of the work itself."""
    assert not connection.in_transaction
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT name FROM sqlite_temp_master").fetchall() == []
    left = "SELECT name FROM sqlite_master WHERE name LIKE '%~_plumb~_%' ESCAPE '~'"
    assert connection.execute(left).fetchall() == []


def copied(connection: sqlite3.Connection, to: sqlite3.Connection) -> sqlite3.Connection:
    connection.backup(to)
    return to


def statements_of(script: str) -> Iterator[str]:
    """As the shell cuts them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def run_on(connection: sqlite3.Connection, script: str, without: int = -1) -> list[str]:
    """As a shell that goes on after an error; what was said is handed back."""
    said = []
    for number, statement in enumerate(statements_of(script)):
        if number == without:
            continue
        try:
            connection.execute(statement).fetchall()
        except sqlite3.Error as error:
            said.append(f"{error}: {statement.strip()}")
    return said


def ran(connection: sqlite3.Connection, script: str) -> bool:
    """Was it carried out? Where rows are refused, it is rolled back."""
    try:
        connection.executescript(script)
    except sqlite3.IntegrityError:
        if connection.in_transaction:
            connection.rollback()
        return False
    return True


@pairs_of_schemas
@given(pair=pairs())
def test_all_of_it_is_done_or_the_rows_are_refused_and_stay(pair: Pair) -> None:
    with databases() as database:
        before = database(pair.current.sql())
        fill(before)
        script = script_of(before, pair.desired.sql(), pair.target)
        after = copied(before, database(""))
        if ran(after, script):
            assert_done(pair, before, after)
        else:
            assert snapshot(after) == snapshot(before)
            assert_done_without_rows(pair, script, database)


def assert_done_without_rows(pair: Pair, script: str, database: Database) -> None:
    """It was the rows alone that were in the way."""
    before, after = database(pair.current.sql()), database(pair.current.sql())
    assert ran(after, script)
    assert_done(pair, before, after)


@pairs_of_schemas
@given(pair=pairs())
def test_a_client_that_goes_on_after_errors_does_all_or_nothing(pair: Pair) -> None:
    with databases() as database:
        before = database(pair.current.sql())
        fill(before)
        after = copied(before, database(""))
        run_on(after, script_of(before, pair.desired.sql(), pair.target))
        assert_clean(after)
        if snapshot(after) != snapshot(before):
            assert_done(pair, before, after)


@pairs_of_schemas
@given(pair=pairs(), data=st.data())
def test_one_statement_that_fails_leaves_all_or_nothing(pair: Pair, data: st.DataObject) -> None:
    """Whatever the reason: a disk that is full, a lock that somebody else holds."""
    with databases() as database:
        before = database(pair.current.sql())
        fill(before)
        script = script_of(before, pair.desired.sql(), pair.target)
        assume(script)
        failing = data.draw(st.integers(0, len([*statements_of(script)]) - 1))
        after = copied(before, database(""))
        run_on(after, script, failing)
        if after.in_transaction:
            after.rollback()  # as when the client ends
        if snapshot(after) != snapshot(before):
            assert_done(pair, before, after)


@pairs_of_schemas
@given(pair=pairs())
def test_what_the_looks_refuse_would_have_been_refused(pair: Pair) -> None:
    with databases() as database:
        before = database(pair.current.sql())
        fill(before)
        plan = planned(before, pair.desired.sql(), pair.target)
        orphans = [look for look in plan.looks if look.ref.kind == "foreign key"]
        if not orphans and not asked(plan, before):
            assert not ran(before, engine("sqlite").script(plan))


@pairs_of_schemas
@given(pair=pairs())
def test_rows_that_no_look_refuses_are_no_orphans(pair: Pair) -> None:
    with databases() as database:
        before = database(pair.current.sql())
        fill(before)
        plan = planned(before, pair.desired.sql(), pair.target)
        after = copied(before, database(""))
        if asked(plan, before) and ran(after, engine("sqlite").script(plan)):
            present = {*tables_of(after)}
            orphans = after.execute("PRAGMA foreign_key_check").fetchall()
            assert [one for one in orphans if fold(one[2]) in present] == []
