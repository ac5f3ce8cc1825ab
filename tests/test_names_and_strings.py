"""A name is a name and a string is a string: nothing is told or kept silent by the wrong one.

SQLPLUMB_EXAMPLES says how many types of three words are drawn.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from itertools import product
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

import sqlplumb
from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.comparing import settled_changes
from sqlplumb.commands.planning import plan_of
from sqlplumb.engines import engine
from sqlplumb.engines.sqlite.parse.parts import affinity
from sqlplumb.lint import judge_plan
from sqlplumb.schema import (
    Check,
    Column,
    PrimaryKey,
    Ref,
    Schema,
    fingerprint,
    value_of,
    with_values,
)
from sqlplumb.steps import RowCheck

if TYPE_CHECKING:
    from tests.conftest import Project, Run

EXAMPLES = int(os.environ.get("SQLPLUMB_EXAMPLES", "120"))
TASKS = "CREATE TABLE tasks (id INTEGER PRIMARY KEY, kind TEXT, status TEXT{});"
# A column that comes, called like what a rule says without meaning it.
COMES = [
    ("archived TEXT", "CHECK (status IN ('new', 'archived'))"),
    ("archived TEXT", "CHECK (status IN ('new', \"archive\" /* archived */))"),
    ("length INTEGER", "CHECK (length(status) < 4 AND status <> 'bad')"),
    ("text TEXT", "CHECK (CAST(status AS TEXT) <> 'bad')"),
    ("nocase TEXT", "CHECK (status <> 'BAD' COLLATE nocase)"),
    ("tasks TEXT", "CHECK (tasks.status <> 'bad')"),
    ("is_done TEXT", "CHECK (status <> 'bad' -- is_done\n)"),
]


@pytest.mark.parametrize(("column", "check"), COMES)
def test_rows_are_looked_at_whatever_else_is_called_so(
    column: str, check: str, project: Project, run: Run
) -> None:
    rows = "INSERT INTO tasks (status) VALUES ('new'), ('bad'), (NULL);"
    url = project.database(TASKS.format("") + rows)
    project.write("schema.sql", TASKS.format(f", {column}, {check}"))
    done = run("diff", url, "schema.sql", "--format", "sql")
    assert done.code == 3, done.out
    assert "tasks" in done.err


@pytest.mark.parametrize(
    ("key", "where"),
    [("parent", "a unique index"), ("orders", "a key beside it"), ("id", "the parent's column")],
)
def test_a_foreign_key_is_looked_at_whatever_comes_beside_it(
    key: str, where: str, project: Project, run: Run
) -> None:
    current = (
        "CREATE TABLE orders (no INTEGER PRIMARY KEY, p INTEGER); INSERT INTO orders VALUES (1, 7);"
    )
    parents = "CREATE TABLE parents (id INTEGER PRIMARY KEY);"
    url = project.database(parents + current)
    desired = (
        f"CREATE TABLE orders (no INTEGER PRIMARY KEY, p INTEGER REFERENCES parents, {key} TEXT);"
    )
    project.write("schema.sql", parents + desired)
    assert run("diff", url, "schema.sql", "--format", "sql").code == 3, where


def read(folder: Path, sql: str) -> Schema:
    (folder / "schema.sql").write_text(sql)
    return sqlplumb.read(str(folder / "schema.sql"))


@pytest.mark.parametrize(
    ("rule", "columns"),
    [
        ("kind IN ('a', 'status')", "kind"),
        ("kind IN (\"a\", 'status')", "kind"),
        ("length(kind) > 0 /* status */", "kind"),
        ("tasks.kind > '' AND \"status\" > ''", "kind, status"),
        ("id = 1 OR rowid = 2", "id, rowid"),
        ("date(kind) = 'id'", "kind"),
    ],
)
def test_an_unnamed_check_is_called_by_its_columns(rule: str, columns: str, tmp_path: Path) -> None:
    schema = read(tmp_path, TASKS.format(f", CHECK ({rule})"))
    (check,) = [fact for fact in schema.objects.values() if isinstance(fact, Check)]
    assert check.ref.name == f"check({columns})"
    assert check.expression.columns == frozenset(columns.split(", "))


JOINED = "INSERT INTO new (a, b) SELECT u.x, t.y FROM t JOIN u ON u.id = t.id"
FILLED = [
    (JOINED, {"b": "y"}, {"a"}),
    (JOINED.replace("t JOIN u", "t AS one JOIN u").replace("t.", "one."), {"b": "y"}, {"a"}),
    ("INSERT INTO new SELECT y, x FROM t", {"a": "y", "b": "x"}, set()),
    (
        "INSERT INTO new SELECT t.y one, x AS two FROM main.t WHERE x",
        {"a": "y", "b": "x"},
        set(),
    ),
    ("INSERT INTO new SELECT DISTINCT y, 'x' FROM t", {"a": "y"}, {"b"}),
    ("INSERT INTO new (b) SELECT (SELECT max(z) FROM u) FROM t", {}, {"b"}),
    ("INSERT INTO new SELECT * FROM t", {}, set()),
]


@pytest.mark.parametrize(("fill", "columns", "computed"), FILLED)
def test_what_a_new_table_is_filled_from(
    fill: str, columns: dict[str, str], computed: set[str]
) -> None:
    with engine("sqlite").open_scratch() as scratch:
        made = "CREATE TABLE new (a TEXT, g AS (1), b TEXT)"
        found = scratch.executed((made, fill, "DROP TABLE t"))
    assert found.tables == {"new": "t"}
    assert found.columns == {("new", name): former for name, former in columns.items()}
    assert found.computed == {("new", name) for name in computed}


@pytest.mark.parametrize(
    ("statement", "verb", "names"),
    [
        (
            "WITH a AS (SELECT 'b') UPDATE \"c d\" SET e = 'f' -- g",
            "UPDATE",
            {"with", "a", "c d", "e"},
        ),
        ("/* x */ DROP INDEX IF EXISTS [ix 1]", "DROP INDEX", {"if", "ix 1"}),
        ("INSERT INTO 'Log' VALUES (x'61', 'y', 1e5)", "INSERT", {"log"}),
        ("CREATE UNIQUE INDEX i ON t (a)", "CREATE INDEX", {"i", "t", "a"}),
    ],
)
def test_what_a_statement_names(statement: str, verb: str, names: set[str]) -> None:
    assert engine("sqlite").verb_and_names(statement) == (verb, frozenset(names))


def test_what_a_trigger_writes_is_in_reach_and_not_what_it_says() -> None:
    tables = 'CREATE TABLE a (x); CREATE TABLE "order details" (y); CREATE TABLE quoted (z);'
    body = "INSERT INTO [order details] VALUES ('quoted'); -- quoted\n"
    statements: list[str] = []
    with engine("sqlite").open_scratch() as scratch:
        scratch.run(f"{tables} CREATE TRIGGER t AFTER INSERT ON a BEGIN {body} END;")
        scratch.record(statements)
        scratch.run("INSERT INTO a VALUES ('quoted') -- quoted")
        touched = scratch.touched()
        reached = scratch.near(touched.read | {"a"}, written=touched.written)
    assert touched.written == reached == {"a", "order details"}


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("INSERT INTO task_items VALUES (:x)", {"task_items", "log"}),  # and not `task`
        ("UPDATE named SET x = 'task'", {"named"}),  # no trigger takes it: words tell
        ("SELECT x FROM named", {"named", "task"}),
        ("CREATE UNIQUE INDEX i ON task (x)", {"task"}),
        ("CREATE UNIQUE INDEX i ON task (gone)", {"i", "task", "gone"}),
        ("ALTER TABLE task ADD COLUMN y CHECK (y > 0)", {"task"}),
        ("INSERT INTO _gone (x) SELECT x FROM task AS log", {"_gone", "task"}),
    ],
)
def test_whose_rows_a_statement_is_about(statement: str, tables: set[str]) -> None:
    with engine("sqlite").open_scratch() as scratch:
        scratch.run("CREATE TABLE task (x); CREATE TABLE task_items (x); CREATE TABLE log (x);")
        scratch.run("CREATE VIEW named AS SELECT x FROM task;")
        log = "AFTER INSERT ON task_items BEGIN INSERT INTO log VALUES (NEW.x); END"
        scratch.run(f"CREATE TRIGGER g {log};")
        touched = scratch.tables_of(statement)
    assert touched - {"sqlite_master", "pragma_quick_check"} == tables


ADDED = "ALTER TABLE users ADD COLUMN full_name_given"
KEPT = "INSERT INTO _copy SELECT id, full_name, note FROM users"


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (("UPDATE users SET full_name_given = full_name",), False),  # cannot be prepared alone
        ((ADDED, "UPDATE users SET full_name_given = full_name"), False),
        (("INSERT INTO log SELECT name FROM named",), False),  # a view of the column
        (("CREATE TABLE saved AS SELECT full_name AS given FROM users",), False),
        (("ALTER TABLE users RENAME TO u", "INSERT INTO log SELECT full_name FROM u"), False),
        (("UPDATE users SET id = 'full_name'",), True),
        (("UPDATE users SET id = 1 -- full_name",), True),
        (("INSERT INTO log SELECT full_name FROM others",), True),
        (("UPDATE users SET full_name = trim(full_name)",), True),
        (("DELETE FROM log WHERE who IN (SELECT full_name FROM users)",), True),
        (("UPDATE users SET note = 'x'",), True),  # a trigger reads it
        (("CREATE TEMP TABLE g (a)", "INSERT INTO temp.g SELECT full_name FROM users"), True),
        (
            (
                *("CREATE TABLE _copy (id, full_name, note)", KEPT, "DROP TABLE users"),
                "ALTER TABLE _copy RENAME TO users",
            ),
            True,
        ),
    ],
)
def test_values_are_moved_by_a_step_that_reads_the_column(
    statements: tuple[str, ...], found: bool, tmp_path: Path
) -> None:
    table = """CREATE TABLE users (id INTEGER PRIMARY KEY, {} TEXT, note TEXT);
        CREATE TABLE log (who TEXT); CREATE TABLE others (full_name TEXT);
        CREATE VIEW named AS SELECT full_name AS name FROM users;
        CREATE TRIGGER t AFTER UPDATE OF note ON users
        BEGIN INSERT INTO log VALUES (OLD.full_name); END;"""
    sides = [
        read(tmp_path, table.format(name))
        for name in ("full_name", "full_name_given TEXT, full_name_family")
    ]
    comparison = Comparison(
        current=sides[0],
        desired=sides[1],
        changes=settled_changes(sides[0], sides[1]),
        notes=(),
        units=0,
    )
    told = judge_plan(plan_of(comparison), statements=statements)
    assert ("P211" in {one.code for one in told}) == found


EMPTY = (
    'CREATE TABLE c (r REFERENCES ""(""));',
    'CREATE TABLE "" ("" TEXT UNIQUE, b); CREATE TABLE c (r REFERENCES ""("") ON DELETE CASCADE);',
    'CREATE TABLE c ("" REFERENCES \'\'(""), FOREIGN KEY ("") REFERENCES []([]));',
)


@pytest.mark.parametrize("current", EMPTY)
@pytest.mark.parametrize("desired", EMPTY)
def test_an_empty_name_is_a_name(current: str, desired: str, project: Project, run: Run) -> None:
    url = project.database(current)
    project.write("schema.sql", desired)
    script = run("diff", url, "schema.sql", "--format", "sql", "--allow", "destructive")
    assert script.code == int(current != desired), script.err
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        connection.executescript(script.out)
    again = run("diff", url, "schema.sql")
    assert again.code == 0, again.out + again.err


@pytest.mark.parametrize(
    ("current", "desired", "is_wider"),
    [
        ("kind IN ('a')", "kind IN ('b', 'a')", True),
        ("kind IN ('a')", "\"KIND\" in (\"a\", 'it''s, b')", True),
        ("id IN (-1, 2)", "id IN (-1, 2, 3)", True),
        ("kind IN ('a', 'b')", "kind IN ('a, b', 'b')", False),
        ("kind IN ('a', 'b')", "kind IN ('b')", False),
        ("kind IN ('a')", "status IN ('a', 'b')", False),
        ("id IN (1)", "id IN (-1)", False),
        ("kind NOT IN ('a')", "kind NOT IN ('a', 'b')", False),
        ("kind IN ('a')", "kind IN ('a', status)", True),
        ("kind IN ('a', 'b')", "kind = 'b' OR kind = 'a'", True),
        ("id BETWEEN 1 AND 5", "id > 0", True),
        ("id BETWEEN 1 AND 5", "id > 0 AND id < 5", False),
        ("length(kind) < 5", "length(kind) < 6 OR kind IS NULL", True),
        ("length(kind) < 5", "length(kind) < 4", False),
        ("kind IN ('a')", "kind IN ('a') AND id IN ('a', 'b')", False),
        ("kind IN ('a')", "lower(kind) IN ('a', 'b')", False),
        ("kind IN ('a')", "kind || 'in' IN ('a', 'b')", False),
    ],
)
def test_a_rule_that_takes_all_that_it_took_is_not_looked_at(
    current: str, desired: str, is_wider: bool, project: Project
) -> None:
    sides = (read(project.root, TASKS.format(f", CHECK ({one})")) for one in (current, desired))
    changed = sqlplumb.diff(*sides)
    assert bool(sqlplumb.plan(changed).plan.row_checks) != is_wider


def test_a_schema_knows_its_tables(project: Project) -> None:
    schema = read(
        project.root,
        "CREATE TABLE Users (Id INTEGER PRIMARY KEY, Name TEXT, CHECK (Name <> ''), UNIQUE (Name));"
        "CREATE INDEX ByName ON USERS (Name DESC);"
        "CREATE VIEW v AS SELECT 1; CREATE TRIGGER tr INSTEAD OF INSERT ON v BEGIN SELECT 1; END;",
    )
    users = schema.tables["users"]
    assert schema.tables is schema.tables
    assert [*schema.by_unit] == ["users", "v"]
    assert [*schema.tables] == ["users"]
    assert (users.display, users.key, users.spelled("name")) == ("Users", ("id",), "Name")
    assert users.columns["name"].type == "text"
    assert [len(part) for part in (users.checks, users.unique, users.foreign_keys)] == [1, 1, 0]
    assert [index.ref.display for index in users.indexes] == ["ByName"]
    assert [str(one.ref) for one in users.inside][-2:] == [
        "Users.unique(Name)",
        "Users.check(Name)",
    ]
    assert len(schema.unit("v").triggers) == 1
    assert (schema.unit("w").facts, schema.unit("w").head) == ((), None)


def test_a_namespace_takes_part_in_who_is_meant() -> None:
    plain, other = Ref("column", "t", "a"), Ref("column", "t", "a", namespace="aux")
    assert plain != other
    assert (str(plain), str(other), other.address) == ("t.a", "aux.t.a", "aux.t.a")
    assert (plain.unit, other.unit, other.table_ref.unit) == ("t", "aux.t", "aux.t")
    both = Schema(
        {ref: Column(ref=ref, text="", type="") for ref in (plain, other)}, engine="sqlite"
    )
    assert [*both.by_unit] == ["t", "aux.t"]
    assert fingerprint(both) != fingerprint(Schema({plain: both.objects[plain]}, engine="sqlite"))


def test_a_fingerprint_stays_what_it_is(project: Project) -> None:
    """Receipts and proofs hold it: what moves in the house must not change it."""
    schema = read(
        project.root,
        "CREATE TABLE Parent (Id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL ON CONFLICT"
        " IGNORE UNIQUE ON CONFLICT REPLACE COLLATE NOCASE);\n"
        "CREATE TABLE child (a INT, b ANY DEFAULT (1+1), c TEXT AS (a || b) STORED, PRIMARY KEY (a,"
        " b DESC) ON CONFLICT FAIL, CHECK (a > 0), CONSTRAINT fk FOREIGN KEY (a) REFERENCES Parent"
        " (Id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;\n"
        "CREATE UNIQUE INDEX i ON child (lower(c) DESC) WHERE a IS NOT NULL;\n"
        "CREATE VIEW v AS SELECT 1; CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN SELECT 1; END;\n"
        "CREATE VIRTUAL TABLE f USING fts5(x, y);",
    )
    assert fingerprint(schema) == "2:e510b293ac2b7ce43ed42cc1dccdb119"


def test_what_one_engine_alone_has_is_compared_like_any_other_field(project: Project) -> None:
    plain = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT UNIQUE, CHECK (a > 0))"
    other = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INT UNIQUE, CHECK (a > 0))"
    strict = f"{plain} STRICT"
    current = read(project.root, plain)
    fields = {
        (change.ref.kind, getattr(change, "fields", ()))
        for sql in (other, strict)
        for change in sqlplumb.diff(current, read(project.root, sql))
    }
    assert fields == {("primary key", ("autoincrement",)), ("table", ("strict",))}
    (key,) = [one for one in current.objects.values() if isinstance(one, PrimaryKey)]
    assert with_values(key, {"autoincrement": True, "name": "pk"}) != key
    assert value_of(with_values(key, {"autoincrement": True}), "autoincrement") is True


WORDS_OF_TYPES = (
    *("GENERATED", "always", '"Generated"', "'generated'", "[generated]", "[generated", "x]"),
    *("ALWAYS", '"always"', "xgenerated", "xalways", "INT", '"a b"', "/*c*/", "-- generated\n"),
    *("(3)", "AS (1)", "COLLATE nocase", "`it``s`"),
)


def test_a_type_ends_where_sqlite_lets_it_end(project: Project) -> None:
    """It takes GENERATED ALWAYS off by its letters; each type is held against its pragmas."""
    spelled, number = [], 0
    drawn = Random(7).sample([*product(WORDS_OF_TYPES, repeat=3)], EXAMPLES)  # noqa: S311
    with closing(sqlite3.connect(":memory:")) as scratch:
        for words in (*product(WORDS_OF_TYPES, repeat=2), *drawn):
            sql = f"CREATE TABLE t{number} (a, b {' '.join(words)})"
            try:
                scratch.execute(sql)
            except sqlite3.Error:
                continue
            spelled.append(sql)
            number += 1
        told = {
            f"t{one}": scratch.execute(f"SELECT type FROM pragma_table_xinfo('t{one}')").fetchall()
            for one in range(number)
        }
    assert number > EXAMPLES / 2
    schema = read(project.root, ";\n".join(spelled))
    for name, ((_,), (kind,)) in told.items():
        assert affinity(schema.tables[name].columns["b"].type) == affinity(kind), spelled[0]


@pytest.mark.parametrize("kind", ["generated always", "somewhatlong always", "a-b", "order", "int"])
def test_a_type_that_needs_quotes_gets_them(kind: str, project: Project) -> None:
    schema = read(project.root, f'CREATE TABLE t (a "{kind}")')
    said = schema.tables["t"].columns["a"].type
    assert said == kind
    again = read(project.root, f"CREATE TABLE t (a {engine('sqlite').spelled_type(said)})")
    assert again.tables["t"].columns["a"].type == kind


@pytest.mark.parametrize(
    ("statement", "units"),
    [
        ("UPDATE tasks SET x = 'see users' -- and log", {"tasks"}),  # words are no names
        ("INSERT INTO sqlite_sequence VALUES ('log', 7)", {"log"}),
        ('CREATE TABLE n (t REFERENCES "order lines" (id), users_id)', {"order lines"}),
        ("CREATE TRIGGER g AFTER DELETE ON users BEGIN DELETE FROM LOG; END", {"users", "log"}),
    ],
)
def test_which_tables_a_statement_speaks_of(statement: str, units: set[str]) -> None:
    known = {"tasks", "users", "log", "order lines", "lines"}
    assert engine("sqlite").units_named([statement], known) == units


RULES = """
CREATE TABLE t (
    a NOT NULL, b, c CHECK (c > 0), "D, d", e PRIMARY KEY,
    CONSTRAINT c CHECK (b < 3), UNIQUE (a, b), CONSTRAINT named UNIQUE (c)
);
CREATE UNIQUE INDEX ix ON t (lower(b));
"""


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ("(NULL, 1, 1, 1, 1)", "t.a NOT NULL"),
        ("(1, 1, 0, 1, 1)", "t.check(c) CHECK (c > 0)"),
        ("(1, 5, 1, 1, 1)", "t.c CHECK (b < 3)"),  # and not the column c
        ("(1, 1, 1, 1, 1), (2, 1, 2, 2, 2)", "ix UNIQUE (lower(b))"),
        ("(1, 1, 1, 1, 1), (2, 2, 1, 2, 2)", "t.named UNIQUE (c)"),
        ("(1, 1, 1, 1, 1), (2, 2, 2, 2, 1)", "t.primary key UNIQUE (e)"),
    ],
)
def test_which_rule_a_message_blames(rows: str, rule: str) -> None:
    sides = ['CREATE TABLE t (a, b, c, "D, d", e);', RULES]
    current, desired = (engine("sqlite").open_script("a", {"a": side}).read() for side in sides)
    steps = sqlplumb.plan(sqlplumb.diff(current, desired)).steps
    checks = [check for step in steps for check in step.row_checks]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(RULES)
        with pytest.raises(sqlite3.IntegrityError) as refused:
            connection.execute(f"INSERT INTO t VALUES {rows}")
    blamed = [check for check in checks if engine("sqlite").names_rule(str(refused.value), check)]
    assert [check.rule for check in blamed] == [rule]


KEYS = """
CREATE TABLE p (x, y, PRIMARY KEY (x, y), UNIQUE (x));
CREATE TABLE t (
    a REFERENCES p (x), b, C, FOREIGN KEY (b, C) REFERENCES p,
    CONSTRAINT "By" FOREIGN KEY (b) REFERENCES p (x)
);
CREATE TABLE u (a REFERENCES p (x));
"""


def test_which_key_a_guard_for_orphans_blames() -> None:
    """The plan itself asks for them, in words of its own."""
    sides = [
        "CREATE TABLE p (x, y, PRIMARY KEY (x, y), UNIQUE (x)); CREATE TABLE t (a, b, C);",
        KEYS,
    ]
    sides[0] += "CREATE TABLE u (a);"
    current, desired = (engine("sqlite").open_script("a", {"a": side}).read() for side in sides)
    steps = sqlplumb.plan(sqlplumb.diff(current, desired)).steps
    keys = [check for step in steps for check in step.row_checks]
    guards = [guard for step in steps for guard in step.checks]
    blamed = [
        [check.ref for check in keys if engine("sqlite").names_rule(message, check)]
        for message in (f"CHECK constraint failed: {guard.words}" for guard in guards)
    ]
    assert sorted(map(str, (ref for refs in blamed for ref in refs))) == sorted(
        str(check.ref) for check in keys
    )
    assert [len(refs) for refs in blamed] == [1, 1, 1, 1]


def test_no_rule_is_blamed_by_another_message() -> None:
    ref = Ref("check", "t", "no")
    check = RowCheck(ref=ref, rule="t.no CHECK (x)", table="t", where="", shows="")
    for message in ("FOREIGN KEY constraint failed", "no such table: no", "datatype mismatch"):
        assert not engine("sqlite").names_rule(message, check)
