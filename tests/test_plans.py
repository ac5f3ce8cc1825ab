"""What must hold for the script between any two schemas, whatever rows are there.

Either all of it is done, and no row is lost that has a place to go, or the database is exactly what
it was. SQLPLUMB_EXAMPLES says how many pairs of schemas are drawn, and then others each time.
"""

from __future__ import annotations

import os
import random
import re
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.losses import allowance, allowed, check_rows
from sqlplumb.commands.planning import measured_for_plan, plan_of
from sqlplumb.commands.swaps import Swaps
from sqlplumb.engines import KnownRenames, Source, engine
from sqlplumb.engines.sqlite.plan import plan as planning
from sqlplumb.engines.sqlite.plan.in_place import LIBRARY
from sqlplumb.engines.sqlite.plan.naming import BODIES_GONE, NONE_ASIDE, TABLES_THERE
from sqlplumb.engines.sqlite.scratch.rows import fill
from sqlplumb.errors import Refused
from sqlplumb.schema import Schema
from sqlplumb.steps import Plan, Step, Target, in_order

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
PLAIN = Target(LIBRARY)
TARGETS = (PLAIN, PLAIN, Target((3, 26)), Target((3, 35)), Target(LIBRARY, instant=True))
ROW_NUMBERS = ("rowid", "_rowid_", "oid")
ALL = allowance(["destructive"])

Row = tuple[Any, ...]


def fold(name: str) -> str:
    """As SQLite folds names: ASCII alone."""
    return re.sub("[A-Z]+", lambda found: found[0].lower(), name)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, repr=False)
class Pair:
    """Two schemas that SQLite takes, the version the plan is for, and the rows, if not made up."""

    current: draws.WideModel
    desired: draws.WideModel
    target: Target
    rows: str | None = None

    def __repr__(self) -> str:
        return f"\n{self.current.sql()}--- to\n{self.desired.sql()}--- {self.target}\n"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


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
            connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            connection.executescript(f"{sql}; PRAGMA foreign_keys = ON;")
            return connection

        yield make


def opened(sql: str) -> Source:
    return engine("sqlite").open_script("schema.sql", {"schema.sql": sql})


def comparison(connection: sqlite3.Connection, desired: str, swaps: Swaps = "do") -> Comparison:
    """Every hint is meant; where nobody says so, what is kept in the texts decides."""
    current = engine("sqlite").open_connection("app.db", connection)
    current.known_renames = partial(KnownRenames, knows="texts")
    return measured_for_plan(
        current, opened(desired), version_table="", also=frozenset(), swaps=swaps
    )


def planned(connection: sqlite3.Connection, desired: str, target: Target = PLAIN) -> Plan:
    try:
        target = replace(target, keeps_hints=True)
        return allowed(plan_of(comparison(connection, desired), target), ALL)
    except Refused as refused:
        words = str(refused)
        assert "SQLite cannot rename" in words or "both say that they were called" in words
        reject()


def script_of(connection: sqlite3.Connection, desired: str, target: Target = PLAIN) -> str:
    return engine("sqlite").script(planned(connection, desired, target))


def asked(plan: Plan, connection: sqlite3.Connection) -> bool:
    """Do the looks at the rows say that the plan can be carried out?"""
    try:
        check_rows(plan, engine("sqlite").open_connection("app.db", connection))
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


def sequence(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    if not connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
    ).fetchone():
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
    moved = {name: said for name, said in hints.items() if said in current}
    gone = set(moved.values())
    stayed = {name: name for name in desired & current if name not in moved and name not in gone}
    return moved | stayed


def table_hints(model: draws.WideModel) -> dict[str, str]:
    return {fold(one.name): fold(one.renamed_from) for one in model.tables if one.renamed_from}


def column_hints(model: draws.WideModel, table: str) -> dict[str, str]:
    found = [one for one in model.tables if fold(one.name) == table]
    columns = found[0].columns if found else ()
    return {fold(one.name): fold(one.renamed_from) for one in columns if one.renamed_from}


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
    present, wanted = columns_of(before, origin), columns_of(after, name)
    columns = former(column_hints(pair.desired, fold(name)), {*present}, {*wanted})
    query = "SELECT count(*) FROM "
    counts = [
        connection.execute(query + quoted(table)).fetchone()
        for connection, table in ((before, origin), (after, name))
    ]
    assert counts[0] == counts[1], f"rows of {name}: {counts}"
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
    present: dict[str, int] = dict(sequence(before))
    wanted: dict[str, int] = dict(sequence(after))
    assert len({*map(fold, wanted)}) == len(sequence(after)), sequence(after)
    assert {*map(fold, wanted)} <= tables_of(after).keys()
    tables = former(table_hints(pair.desired), {*tables_of(before)}, {*tables_of(after)})
    for name, origin in tables.items():
        counts = [tables_of(before)[origin], tables_of(after)[name]]
        said = "SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_master WHERE name = ?"
        both = zip((before, after), counts, strict=True)
        if all(connection.execute(said, (table,)).fetchone()[0] for connection, table in both):
            # An INSERT of no rows leaves a 0, from which SQLite counts as from nothing.
            counted = wanted.get(counts[1]) or 0, present.get(counts[0]) or 0
            assert counted[0] == counted[1], f"sequence of {name}"


def assert_done(pair: Pair, before: sqlite3.Connection, after: sqlite3.Connection) -> None:
    """The schema is the desired one, and every row is there that has a place."""
    assert_clean(after, tables_of(before))
    again = comparison(after, pair.desired.sql(), "").changes
    assert not again, [(change.verb, str(change.ref)) for change in again]
    desired = pair.desired.sql().replace("@renamed", "was")
    changes = comparison(after, desired).changes
    assert not changes, [(change.verb, str(change.ref)) for change in changes]
    assert script_of(after, desired, pair.target) == ""
    assert_rows_kept(pair, before, after)
    assert_sequence_kept(pair, before, after)


def assert_clean(connection: sqlite3.Connection, known: Collection[str] = ()) -> None:
    """Nothing is left of the work itself, and what is there is sound."""
    assert not connection.in_transaction, "in a transaction"
    sound = [said for (said,) in connection.execute("PRAGMA integrity_check")]
    assert [said for said in sound if not is_no_damage(connection, said)] in ([], ["ok"]), sound
    left = "SELECT name FROM sqlite_master WHERE name LIKE '~_plumb~_%' ESCAPE '~'"
    found = connection.execute(f"{left} UNION SELECT name FROM sqlite_temp_master").fetchall()
    assert [name for (name,) in found if name not in known] == [], "left over"


def is_no_damage(connection: sqlite3.Connection, said: str) -> bool:
    """SQLite up to 3.40 says of tables WITHOUT ROWID, and of generated columns of STRICT ones, that
    there are values in them that they cannot hold, also when nobody has altered anything."""
    return any(
        said.partition(" value in ")[2].startswith(f"{table}.")
        and (
            flags_of(connection, table)[0]
            or any(info.hidden for info in columns_of(connection, table).values())
        )
        for table in tables_of(connection).values()
    )


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


def run_on(
    connection: sqlite3.Connection, script: str, without: int = -1, ends: bool = False
) -> list[str]:
    """As a shell that goes on after an error; what was said is handed back. `ends`: the statement
    that fails ends the transaction as well, as on a full disk."""
    said = []
    for number, statement in enumerate(statements_of(script)):
        begins = ends and statement.endswith("SAVEPOINT plumb;\n")  # reads and writes nothing
        if number == without and "INSERT OR ROLLBACK" not in statement and not begins:
            if ends and connection.in_transaction:
                connection.rollback()
            continue  # the verdict itself is the one statement that must run
        try:
            connection.execute(statement).fetchall()
        except sqlite3.Error as error:
            said.append(f"{error}: {statement.strip()}")
    return said


def ran(connection: sqlite3.Connection, script: str) -> bool:
    """Was it carried out? Where rows are refused, it is rolled back."""
    try:
        connection.executescript(script)
    except sqlite3.Error as error:
        mismatch = "foreign key mismatch" in str(error)  # asked by an edit; nobody can insert there
        refused = isinstance(error, sqlite3.IntegrityError) or "constraint failed" in str(error)
        assert mismatch or refused, error
        if mismatch:
            reject()
        if connection.in_transaction:
            connection.rollback()
        return False
    return True


def filled(pair: Pair, database: Database) -> sqlite3.Connection:
    connection = database(pair.current.sql())
    if pair.rows is None:
        fill(connection)
    else:
        connection.executescript(pair.rows)
    return connection


def is_done_or_refused(pair: Pair) -> None:
    with databases() as database:
        before = filled(pair, database)
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


def is_all_or_nothing(pair: Pair, without: int = -1, ends: bool = False) -> None:
    """`without`: a statement that fails, whatever the reason: a full disk, somebody else's lock."""
    with databases() as database:
        before = filled(pair, database)
        script = script_of(before, pair.desired.sql(), pair.target)
        after = copied(before, database(""))
        count = len([*statements_of(script)])
        said = run_on(after, script, without % count if without >= 0 and count else -1, ends)
        end_of_client(after)
        if snapshot(after) != snapshot(before):
            try:
                assert_done(pair, before, after)
            except AssertionError as error:
                raise AssertionError("neither all nor nothing, after:", *said) from error


def end_of_client(connection: sqlite3.Connection) -> None:
    """What is not committed, and what is temporary, goes."""
    if connection.in_transaction:
        connection.rollback()
    for (name,) in connection.execute("SELECT name FROM sqlite_temp_master").fetchall():
        connection.execute(f"DROP TABLE temp.{quoted(name)}")


def is_no_false_alarm(pair: Pair) -> None:
    """What the looks refuse would have been refused by the rows themselves."""
    with databases() as database:
        before = filled(pair, database)
        plan = planned(before, pair.desired.sql(), pair.target)
        orphans = [look for look in plan.row_checks if look.ref.kind == "foreign key"]
        if not orphans and not asked(plan, before):
            assert not ran(before, engine("sqlite").script(plan)), plan.row_checks


def makes_no_orphans(pair: Pair) -> None:
    """Rows that no look refuses, and no rule, refer to rows that are there."""
    with databases() as database:
        before = filled(pair, database)
        # A key that no table can answer hides from `foreign_key_check` what the others lack.
        if orphans_of(copied(before, database(""))):
            return
        plan = planned(before, pair.desired.sql(), pair.target)
        after = copied(before, database(""))
        if asked(plan, before) and ran(after, engine("sqlite").script(plan)):
            assert orphans_of(after) == []


def orphans_of(connection: sqlite3.Connection) -> list[Row]:
    """Rows that refer to none, key by key; of one that no table can answer, SQLite says nothing.
    Its check compares by the parent's columns, so those of the probe have no types."""
    found: list[Row] = []
    connection.execute("PRAGMA foreign_keys = OFF")
    present = tables_of(connection)
    for name in present.values():
        keys: dict[int, list[Row]] = {}
        for row in connection.execute(f"PRAGMA foreign_key_list({literal(name)})").fetchall():
            keys.setdefault(row[0], []).append(row)
        for parts in (parts for parts in keys.values() if fold(parts[0][2]) in present):
            own = ", ".join(quoted(part[3]) for part in parts)
            targets = ", ".join(quoted(part[4]) for part in parts if part[4] is not None)
            refers = f"{quoted(parts[0][2])} ({targets})" if targets else quoted(parts[0][2])
            declared = f"{own}, FOREIGN KEY ({own}) REFERENCES {refers}"
            connection.execute(f"CREATE TABLE _probe ({declared})")
            connection.execute(f"INSERT INTO _probe SELECT {own} FROM {quoted(name)}")
            with suppress(sqlite3.OperationalError):  # foreign key mismatch
                found += connection.execute("PRAGMA foreign_key_check(_probe)").fetchall()
            connection.execute("DROP TABLE _probe")
    return found


@pairs_of_schemas
@given(pair=pairs())
def test_all_of_it_is_done_or_the_rows_are_refused_and_stay(pair: Pair) -> None:
    is_done_or_refused(pair)


@pairs_of_schemas
@given(pair=pairs())
def test_a_client_that_goes_on_after_errors_does_all_or_nothing(pair: Pair) -> None:
    is_all_or_nothing(pair)


@pairs_of_schemas
@given(pair=pairs(), number=st.integers(0, 60), ends=st.booleans())
def test_one_statement_that_fails_leaves_all_or_nothing(
    pair: Pair, number: int, ends: bool
) -> None:
    is_all_or_nothing(pair, number, ends)


@pairs_of_schemas
@given(pair=pairs())
def test_what_the_looks_refuse_would_have_been_refused(pair: Pair) -> None:
    is_no_false_alarm(pair)


@pairs_of_schemas
@given(pair=pairs())
def test_rows_that_no_look_refuses_are_no_orphans(pair: Pair) -> None:
    makes_no_orphans(pair)


def written(current: str, desired: str, rows: str | None = None, target: Target = PLAIN) -> Pair:
    return Pair(draws.WideModel(text=current), draws.WideModel(text=desired), target, rows)


# What has been found so far, each as small as it can be.

DONE = {
    "a column dropped beside a rebuild, with a view on that table": written(
        "CREATE TABLE a (x CHECK (x)); CREATE TABLE b (y, z); CREATE VIEW v AS SELECT x FROM a;",
        "CREATE TABLE a (x); CREATE TABLE b (y); CREATE VIEW v AS SELECT x FROM a;",
        target=Target((3, 35)),
    ),
    "a column dropped while a trigger speaks of a table that is set aside": written(
        "CREATE TABLE a (x CHECK (x <> 5)); CREATE TABLE b (y, z);"
        "CREATE TRIGGER r AFTER INSERT ON b BEGIN UPDATE a SET x = 1; END;",
        "CREATE TABLE a (x); CREATE TABLE b (y);"
        "CREATE TRIGGER r AFTER INSERT ON b BEGIN UPDATE a SET x = 1; END;",
        target=Target((3, 35)),
    ),
    "a column dropped while a view reads what is not there": written(
        "CREATE TABLE b (y, z); CREATE VIEW v AS SELECT x FROM nowhere;",
        "CREATE TABLE b (y); CREATE VIEW v AS SELECT x FROM nowhere;",
        target=Target((3, 35)),
    ),
    "a new column whose rule speaks of columns that come behind it": written(
        "CREATE TABLE t (id INTEGER PRIMARY KEY);",
        'CREATE TABLE t (c CHECK ("b" IS NOT "a"), b, a, id INTEGER PRIMARY KEY);',
        "INSERT INTO t VALUES (1);",
    ),
    "two new columns that say they have changed places": written(
        "CREATE TABLE t (id INTEGER PRIMARY KEY);",
        "CREATE TABLE t (\n-- @renamed from=b\na,\n-- @renamed from=a\nb, id INTEGER PRIMARY KEY);",
        "INSERT INTO t VALUES (1);",
    ),
    "a default of another class in a table that is STRICT": written(
        "CREATE TABLE t (a INT) STRICT;",
        "CREATE TABLE t (a INT, b INT DEFAULT -1.5) STRICT;",
        "INSERT INTO t VALUES (1);",
    ),
    "a name in another case": written(
        "CREATE TABLE Users (id INTEGER PRIMARY KEY);",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, more TEXT);",
    ),
    "a name in another case, where a rule would be edited in the stored schema": written(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, CHECK (id > 0)); CREATE INDEX i ON t (id);",
        'CREATE TABLE "T" (id INTEGER PRIMARY KEY); CREATE INDEX i ON "T" (id);',
        target=Target(LIBRARY, instant=True),
    ),
    "a key edited into the stored schema, whose parent is made anew": written(
        "CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE p (id INTEGER PRIMARY KEY);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY REFERENCES p (id));"
        "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT);",
        "INSERT INTO t VALUES (1); INSERT INTO p VALUES (1);",
        Target(LIBRARY, instant=True),
    ),
    "a row of which no column stays": written(
        "CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT ROWID;",
        "CREATE TABLE t (a DEFAULT abc, abc DEFAULT 1);",
        "INSERT INTO t VALUES (1), (2);",
    ),
    "a view that has the name of a column": written(
        "CREATE TABLE t (b);",
        "CREATE TABLE t (b); CREATE VIEW a AS SELECT b FROM t; CREATE VIEW b AS SELECT * FROM a;",
    ),
    "a view that has the name of a keyword": written(
        "CREATE TABLE t (x);",
        "CREATE TABLE t (x); CREATE VIEW a AS SELECT x FROM t;"
        'CREATE VIEW "select" AS SELECT x FROM a;',
    ),
}
ALL_OR_NOTHING = {
    "rows that are refused, also when the lock for BEGIN is held by somebody else": written(
        "CREATE TABLE t (a);",
        "CREATE TABLE t (a NOT NULL);",
        "INSERT INTO t VALUES (1), (NULL);",
    ),
    "a name for the table set aside that a table has which is the same on both sides": written(
        "CREATE TABLE t (a); CREATE TABLE _plumb_t (a);",
        "CREATE TABLE t (a NOT NULL); CREATE TABLE _plumb_t (a);",
        "INSERT INTO t VALUES (1); INSERT INTO _plumb_t VALUES (2);",
    ),
    "an edit of the stored schema, and rows that are refused": written(
        "CREATE TABLE t (a);",
        "CREATE TABLE t (a NOT NULL);",
        "INSERT INTO t VALUES (1), (NULL);",
        Target(LIBRARY, instant=True),
    ),
    "a key edited into the stored schema, and rows that refer to none": written(
        "CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE p (id INTEGER PRIMARY KEY);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY REFERENCES p (id));"
        "CREATE TABLE p (id INTEGER PRIMARY KEY);",
        "INSERT INTO t VALUES (1), (2); INSERT INTO p VALUES (1);",
        Target(LIBRARY, instant=True),
    ),
    "what is new beside rows that are refused": written(
        "CREATE TABLE t (a);",
        "CREATE TABLE t (a NOT NULL); CREATE VIEW v AS SELECT 1; CREATE TABLE u (b);"
        "CREATE INDEX i ON u (b);",
        "INSERT INTO t VALUES (NULL);",
    ),
    "an index that stays, on values that are the same now": written(
        "CREATE TABLE t (a TEXT); CREATE UNIQUE INDEX i ON t (a);",
        "CREATE TABLE t (a TEXT COLLATE NOCASE); CREATE UNIQUE INDEX i ON t (a);",
        "INSERT INTO t VALUES ('a'), ('A');",
    ),
    "an index that stays, on numbers that were texts": written(
        "CREATE TABLE t (a TEXT); CREATE UNIQUE INDEX i ON t (a);",
        "CREATE TABLE t (a INT); CREATE UNIQUE INDEX i ON t (a);",
        "INSERT INTO t VALUES ('1'), ('1.0');",
    ),
}
FALSE_ALARMS = {
    "a BLOB in a column of text that compares by another collation": written(
        "CREATE TABLE t (id INT PRIMARY KEY, a TEXT, CHECK (a > 0));",
        "CREATE TABLE t (id INT PRIMARY KEY, a TEXT COLLATE NOCASE, CHECK (a > 0));",
        "INSERT INTO t VALUES (1, x'00ff');",
    ),
    "two rows of which no column stays": written(
        "CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT ROWID;",
        "CREATE TABLE t (a INTEGER DEFAULT 0 UNIQUE);",
        "INSERT INTO t VALUES (1), (2);",
    ),
    "numbers that a STRICT table takes as text": written(
        "CREATE TABLE t (a INT);", "CREATE TABLE t (a TEXT) STRICT;", "INSERT INTO t VALUES (1);"
    ),
    "texts that a STRICT table takes as numbers": written(
        "CREATE TABLE t (a);",
        "CREATE TABLE t (a INT) STRICT;",
        "INSERT INTO t VALUES ('1'), (2.0);",
    ),
}
SEEN = {
    "a column whose name has capitals": written(
        "CREATE TABLE t (Name);", "CREATE TABLE t (Name NOT NULL);", "INSERT INTO t VALUES (NULL);"
    ),
    "a key of its own table whose name has capitals": written(
        "CREATE TABLE t (Id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE t (Id INTEGER PRIMARY KEY, a REFERENCES t (Id));",
        "INSERT INTO t VALUES (1, 99);",
    ),
}
TOLD = {
    "ANY in a table that is STRICT no more": written(
        "CREATE TABLE t (a ANY) STRICT;", "CREATE TABLE t (a ANY);", "INSERT INTO t VALUES ('007');"
    ),
}
NO_ORPHANS = {
    "a new column with a default that refers to nothing": written(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a);",
        "CREATE TABLE p (id INTEGER PRIMARY KEY);CREATE TABLE t (a, p INT DEFAULT 7 REFERENCES p);",
        "INSERT INTO t VALUES (1);",
    ),
    "a value that is computed from now on, of a key that stays": written(
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "CREATE TABLE t (id INTEGER PRIMARY KEY, p INT REFERENCES p, a);",
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "CREATE TABLE t (id INTEGER PRIMARY KEY, p INT REFERENCES p AS (id || '-'), a);",
        "INSERT INTO p VALUES (7); INSERT INTO t VALUES (1, 7, 1);",
    ),
    "a key that does not say its target": written(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (p INT);",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (p INT REFERENCES p);",
        "INSERT INTO t VALUES (7);",
    ),
}


@pytest.mark.parametrize("pair", DONE.values(), ids=DONE)
def test_found_done_or_refused(pair: Pair) -> None:
    is_done_or_refused(pair)


@pytest.mark.parametrize("pair", (DONE | ALL_OR_NOTHING).values(), ids=DONE | ALL_OR_NOTHING)
def test_found_all_or_nothing(pair: Pair) -> None:
    is_all_or_nothing(pair)


@pytest.mark.parametrize("pair", ALL_OR_NOTHING.values(), ids=ALL_OR_NOTHING)
def test_found_one_statement_that_fails(pair: Pair) -> None:
    for number in range(30):
        is_all_or_nothing(pair, number)


@pytest.mark.parametrize("pair", NO_ORPHANS.values(), ids=NO_ORPHANS)
def test_found_no_orphans(pair: Pair) -> None:
    makes_no_orphans(pair)


@pytest.mark.parametrize("pair", TOLD.values(), ids=TOLD)
def test_found_values_that_change_are_told(pair: Pair) -> None:
    with databases() as database:
        plan = planned(filled(pair, database), pair.desired.sql(), pair.target)
        assert plan.losses


@pytest.mark.parametrize("pair", FALSE_ALARMS.values(), ids=FALSE_ALARMS)
def test_found_false_alarms(pair: Pair) -> None:
    is_no_false_alarm(pair)


@pytest.mark.parametrize("pair", SEEN.values(), ids=SEEN)
def test_found_rows_that_are_to_be_seen(pair: Pair) -> None:
    with databases() as database:
        before = filled(pair, database)
        assert not asked(planned(before, pair.desired.sql()), before)


# What must come in one order alone, however the steps are listed before they are sorted.
ORDERED = {
    "a trigger that another takes the name of": written(
        "CREATE TABLE a (x); CREATE TABLE b (x);"
        "CREATE TRIGGER r AFTER DELETE ON a BEGIN SELECT 1; END;",
        "CREATE TABLE a (x); CREATE TABLE b (x);"
        "CREATE TRIGGER r AFTER DELETE ON b BEGIN SELECT 1; END;",
    ),
    "an index that another takes the name of": written(
        "CREATE TABLE a (x); CREATE TABLE b (x); CREATE INDEX i ON a (x);",
        "CREATE TABLE a (x); CREATE TABLE b (x); CREATE INDEX i ON b (x);",
    ),
    "an index of the name of one on a table that goes": written(
        "CREATE TABLE a (x); CREATE TABLE b (x); CREATE INDEX i ON a (x);",
        "CREATE TABLE b (x); CREATE INDEX i ON b (x);",
    ),
    "an index of the name of one on a table that is made anew": written(
        "CREATE TABLE a (x); CREATE TABLE b (x); CREATE INDEX i ON a (x);",
        "CREATE TABLE a (x NOT NULL); CREATE TABLE b (x); CREATE INDEX i ON b (x);",
        "INSERT INTO a VALUES (1);",
    ),
    "a view of the name of a table, and a table of that of a view": written(
        "CREATE TABLE a (x); CREATE VIEW b AS SELECT 1 AS x;",
        "CREATE VIEW a AS SELECT 1 AS x; CREATE TABLE b (x);",
    ),
    "what hangs on what is new": written(
        "CREATE TABLE a (x);",
        "CREATE TABLE b (x); CREATE INDEX i ON b (x); CREATE VIEW v AS SELECT x FROM b;"
        "CREATE TRIGGER r INSTEAD OF DELETE ON v BEGIN SELECT 1; END;"
        "CREATE TRIGGER s AFTER DELETE ON b BEGIN SELECT 1; END; CREATE TABLE a (x);",
    ),
    "a view that changes, with a trigger on it": written(
        "CREATE TABLE a (x); CREATE VIEW v AS SELECT x FROM a;"
        "CREATE TRIGGER r INSTEAD OF DELETE ON v BEGIN SELECT 1; END;",
        "CREATE TABLE a (x); CREATE VIEW v AS SELECT x AS y FROM a;"
        "CREATE TRIGGER r INSTEAD OF DELETE ON v BEGIN SELECT 1; END;",
    ),
    "a column that goes, and a view that goes and cannot be read": written(
        "CREATE TABLE a (x, y); CREATE VIEW v AS SELECT y FROM nowhere;",
        "CREATE TABLE a (x);",
        target=Target((3, 35)),
    ),
    "a column that goes, and a view of one that comes elsewhere": written(
        "CREATE TABLE a (x); CREATE TABLE b (x, y);",
        "CREATE TABLE a (x, z); CREATE TABLE b (x); CREATE VIEW v AS SELECT z FROM a;",
        target=Target((3, 35)),
    ),
    "a column that goes, and an index on it": written(
        "CREATE TABLE a (x, y); CREATE INDEX i ON a (y);",
        "CREATE TABLE a (x);",
        target=Target((3, 35)),
    ),
    "a value from a table that is made anew": written(
        "CREATE TABLE a (x, y); CREATE TABLE b (x);",
        "CREATE TABLE a (x NOT NULL); CREATE TABLE b (x,\ny -- @backfill (SELECT y FROM a)\n);",
        "INSERT INTO a VALUES (1, 'seen'); INSERT INTO b VALUES (1);",
    ),
    "a value from a table that goes": written(
        "CREATE TABLE a (x, y); CREATE TABLE b (x);",
        "CREATE TABLE b (x,\ny -- @backfill (SELECT y FROM a)\n);",
        "INSERT INTO a VALUES (1, 'seen'); INSERT INTO b VALUES (1);",
    ),
    "a value from a table whose column goes": written(
        "CREATE TABLE a (x, y); CREATE TABLE b (x);",
        "CREATE TABLE a (x); CREATE TABLE b (x,\ny -- @backfill (SELECT y FROM a)\n);",
        "INSERT INTO a VALUES (1, 'seen'); INSERT INTO b VALUES (1);",
        Target((3, 35)),
    ),
}


VIRTUAL = {
    "a full text of a table that comes": written(
        "CREATE TABLE a (x);",
        "CREATE VIRTUAL TABLE f USING fts5(x, content=b); CREATE TABLE a (x); CREATE TABLE b (x);",
        "",
    ),
    "a full text that changes": written(
        "CREATE VIRTUAL TABLE f USING fts5(x);", "CREATE VIRTUAL TABLE f USING fts5(x, y);", ""
    ),
}


@contextmanager
def listed(monkeypatch: pytest.MonkeyPatch, seed: int) -> Iterator[None]:
    """The steps before the sort: as they are made, the last first, backwards, or in any order."""

    def mixed(steps: list[Step], *_: object) -> list[Step]:
        if seed < 3:
            return [steps, steps[-1:] + steps[:-1], steps[::-1]][seed]
        return random.Random(seed).sample(steps, len(steps))  # noqa: S311

    with monkeypatch.context() as patch:
        patch.setattr(planning, "_as_written", mixed)
        yield


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("pair", (ORDERED | DONE).values(), ids=ORDERED | DONE)
def test_found_by_their_needs(pair: Pair, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with listed(monkeypatch, seed):
        is_done_or_refused(pair)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("pair", (ORDERED | VIRTUAL).values(), ids=ORDERED | VIRTUAL)
def test_found_in_one_order_alone(pair: Pair, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No row is in the way, so it must be carried out."""
    with listed(monkeypatch, seed), databases() as database:
        before = filled(pair, database)
        after = copied(before, database(""))
        assert ran(after, script_of(before, pair.desired.sql(), pair.target))


@settings(pairs_of_schemas, max_examples=int(EXAMPLES or 40))
@given(pair=pairs(), seed=st.integers(0, 9))
def test_the_needs_of_the_steps_order_every_plan(pair: Pair, seed: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch, listed(monkeypatch, seed):
        is_done_or_refused(pair)


@pytest.mark.parametrize("name", ORDERED)
def test_the_order_does_not_depend_on_what_is_listed_first(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = f"{ORDERED[name].current.sql()} CREATE TABLE gone (x); CREATE TABLE too (x);"
    with databases() as database:
        connection = database(current)
        script = script_of(connection, ORDERED[name].desired.sql())
        as_written = planning._as_written

        def backwards(steps: list[Step], current: Schema, desired: Schema) -> list[Step]:
            return as_written(steps[::-1], current, desired)

        monkeypatch.setattr(planning, "_as_written", backwards)
        assert script_of(connection, ORDERED[name].desired.sql()) == script


STATES = {
    "none at all": ".*",
    "a name that is free": "(?!trigger ).* is gone",
    "a trigger's name that is free": "trigger .* is gone",
    "a table or view that is there": ".* is there",
    "rows that hints have read": "the rows of .* were read",
    "views and triggers that are gone": BODIES_GONE,
    "no table that is set aside": NONE_ASIDE,
    "all tables as they shall be": TABLES_THERE,
}


@pytest.mark.parametrize("state", STATES)
def test_without_a_need_some_plan_fails(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the steps declare is all that orders them, and nothing of it is idle."""

    def unordered(steps: list[Step]) -> tuple[Step, ...]:
        kept = [
            {need for need in step.needs if not re.fullmatch(STATES[state], need)} for step in steps
        ]
        pairs = zip(steps, kept, strict=True)
        return in_order([replace(step, needs=frozenset(needs)) for step, needs in pairs])

    monkeypatch.setattr(planning, "in_order", unordered)
    if state == "none at all":
        assert sum(not is_carried_out(pair) for pair in ORDERED.values()) > len(ORDERED) / 2
    else:
        assert not all(is_carried_out(pair) for pair in (ORDERED | DONE).values())


def is_carried_out(pair: Pair) -> bool:
    """Whatever is listed first, without an error, and with the rows that it shall have."""
    try:
        for seed in range(3):
            with pytest.MonkeyPatch.context() as monkeypatch, listed(monkeypatch, seed):
                is_done_or_refused(pair)
    except AssertionError:
        return False
    return True


Sides = tuple[str, str, str] | tuple[str, str, str, Target]
INSTANT = Target(LIBRARY, instant=True)
IN_PARTS: dict[str, Sides] = {
    "an edit of the stored schema": (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE INDEX i ON t (a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, CHECK (id IS NOT 'x'));",
        "INSERT INTO t VALUES (1, 2);",
        INSTANT,
    ),
    "a table that is not made anew, and a new key whose rows are asked about": (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE INDEX i ON t (a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, FOREIGN KEY (id) REFERENCES t);"
        "CREATE INDEX i ON t (a);",
        "INSERT INTO t VALUES (1, 2);",
    ),
    "a column that takes the name of one that goes": (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c);",
        "CREATE TABLE t (\n-- @renamed from=b\na, c);",
        "INSERT INTO t VALUES (1, 2, 3, 4);",
    ),
    "a table that calls itself by name": (
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, CHECK (t.a > 1));"
        "CREATE TABLE u (a); CREATE INDEX i ON u (a) WHERE u.a > 1; CREATE TABLE w (a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a NOT NULL, CHECK (t.a > 1));"
        "CREATE TABLE u (a NOT NULL); CREATE INDEX i ON u (a) WHERE u.a > 1; CREATE TABLE x (a);",
        "INSERT INTO t VALUES (5, 2), (7, 3); DELETE FROM t WHERE id = 7;"
        "INSERT INTO u VALUES (2); INSERT INTO w VALUES (1);",
    ),
    "a table that takes the name of one that goes": (
        "CREATE TABLE t (a, b); CREATE TABLE u (a);",
        "-- @renamed from=t\nCREATE TABLE u (a);",
        "INSERT INTO t VALUES (1, 2); INSERT INTO u VALUES (3);",
    ),
    "a column that has another name now, and a rebuild": (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE TABLE u (id INTEGER PRIMARY KEY);",
        "CREATE TABLE t (a); CREATE TABLE u (\n-- @renamed from=id\nb INTEGER PRIMARY KEY);",
        "INSERT INTO t VALUES (1, 2); INSERT INTO u VALUES (3);",
    ),
}


@pytest.mark.parametrize("ends", [False, True], ids=["fails", "ends the transaction"])
@pytest.mark.parametrize("sides", IN_PARTS.values(), ids=IN_PARTS)
def test_any_statement_that_fails_leaves_all_or_nothing(sides: Sides, ends: bool) -> None:
    current, desired, rows, target = (*sides, PLAIN)[:4]
    with databases() as database:
        before = database(current + rows)
        script = script_of(before, desired, target)
        done = copied(before, database(""))
        assert not run_on(done, script, -1)
        for number in range(len([*statements_of(script)])):
            after = copied(before, database(""))
            run_on(after, script, number, ends)
            end_of_client(after)
            assert snapshot(after) in (snapshot(before), snapshot(done)), number
