"""What a person says in comments of schema.sql, and what the database is afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb.engines.sqlite.plan.copying import is_same_again

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

DATABASE, FILE = "sqlite:///app.db", "schema.sql"
ALLOWED = ("--format", "sql", "--allow", "destructive")


class Migrated:
    """`migrated(current, desired, rows)` is the database behind the script between the two."""

    def __init__(self, project: Project, run: Run, stack: ExitStack) -> None:
        self.project, self.run, self.stack = project, run, stack
        self.script = ""

    def __call__(self, current: str, desired: str, rows: str = "") -> sqlite3.Connection:
        self.begin(current, rows)
        return self.on_to(desired)

    def begin(self, current: str, rows: str = "") -> None:
        (self.project.root / "app.db").unlink(missing_ok=True)
        self.project.database(f"{current};{rows}")

    def on_to(self, desired: str) -> sqlite3.Connection:
        """From whatever is there; the outcome is plumb, and stays so."""
        self.project.write(FILE, desired)
        ran = self.run("diff", DATABASE, FILE, *ALLOWED)
        assert ran.code in (0, 1), ran.err
        self.script = ran.out
        connection = sqlite3.connect(self.project.root / "app.db", isolation_level=None)
        self.stack.enter_context(closing(connection))
        connection.executescript(f"PRAGMA foreign_keys = ON;{self.script}")
        self.assert_plumb()
        return connection

    def assert_plumb(self) -> None:
        again = self.run("diff", DATABASE, FILE)
        assert (again.code, again.err) == (0, ""), again.out

    def refused(self, desired: str, *allowed: str) -> str:
        """What is said against it; the database is not touched."""
        self.project.write(FILE, desired)
        ran = self.run("diff", DATABASE, FILE, "--format", "sql", *allowed)
        assert ran.code in (2, 3), ran.out
        assert ran.out == ""
        return ran.err


@pytest.fixture
def migrated(project: Project, run: Run) -> Iterator[Migrated]:
    with ExitStack() as stack:
        yield Migrated(project, run, stack)


def rows(connection: sqlite3.Connection, query: str) -> list[Any]:
    return connection.execute(query).fetchall()


def names(connection: sqlite3.Connection, kind: str) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite_%' ORDER BY 1"
    return [name for (name,) in connection.execute(query, (kind,))]


# Renames.

COLUMN = "CREATE TABLE t (id INTEGER PRIMARY KEY, {} TEXT);"
FILLED = "INSERT INTO t VALUES (3, 'x'), (7, 'y');"


@pytest.mark.parametrize(
    "desired",
    [
        "CREATE TABLE t (id INTEGER PRIMARY KEY,\n-- @renamed from=a\nb TEXT);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY,\nb TEXT -- @renamed from=a\n);",
        "CREATE TABLE t (\nid INTEGER PRIMARY KEY,\nb TEXT /* @renamed from=a */\n);",
        'CREATE TABLE t (id INTEGER PRIMARY KEY,\n/* @renamed from = "a" */\nb TEXT);',
        "CREATE TABLE t (id INTEGER PRIMARY KEY,\n-- @renamed from=[A]\nb TEXT);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY,\n--@renamed from=`a`\nb TEXT);",
    ],
)
def test_a_column(migrated: Migrated, desired: str) -> None:
    done = migrated(COLUMN.format("a"), desired, FILLED)
    assert rows(done, "SELECT id, b FROM t") == [(3, "x"), (7, "y")]
    assert "_plumb_t" not in migrated.script


def test_a_column_that_much_speaks_of(migrated: Migrated) -> None:
    schema = """
        CREATE TABLE t (id INTEGER PRIMARY KEY,
            {hint}
            {a} INT CHECK ({a} > 0), twice AS ({a} * 2), UNIQUE ({a}));
        CREATE TABLE child (t INT REFERENCES t ({a}));
        CREATE INDEX i ON t (({a} + 1)) WHERE {a} > 5;
        CREATE VIEW v AS SELECT t.{a} AS one FROM t WHERE {a} > 1;
        CREATE VIEW w AS SELECT one FROM v;
        CREATE TRIGGER r AFTER DELETE ON child BEGIN UPDATE t SET {a} = {a} + 1; END;
    """
    given = "INSERT INTO t (id, a) VALUES (1, 8), (2, 9); INSERT INTO child VALUES (8);"
    desired = schema.format(a="b", hint="-- @renamed from=a")
    done = migrated(schema.format(a="a", hint=""), desired, given)
    assert rows(done, "SELECT b, twice FROM t") == [(8, 16), (9, 18)]
    assert rows(done, "SELECT one FROM w") == [(8,), (9,)]
    assert rows(done, "PRAGMA foreign_key_check") == []
    assert names(done, "trigger") == ["r"]


def test_a_table_with_all_that_speaks_of_it(migrated: Migrated) -> None:
    schema = """
        {hint}
        CREATE TABLE {t} (id INTEGER PRIMARY KEY AUTOINCREMENT, up INT REFERENCES {t});
        CREATE TABLE child (t INT REFERENCES {t} ON DELETE CASCADE);
        CREATE INDEX i ON {t} (up);
        CREATE VIEW v AS SELECT id FROM {t};
        CREATE TRIGGER r AFTER INSERT ON child BEGIN DELETE FROM {t} WHERE id = 99; END;
    """
    given = """
        INSERT INTO t VALUES (1, NULL), (2, 1), (9, 1); DELETE FROM t WHERE id = 9;
        INSERT INTO child VALUES (2);
    """
    desired = schema.format(t="nodes", hint="-- @renamed from=t")
    done = migrated(schema.format(t="t", hint=""), desired, given)
    assert rows(done, "SELECT * FROM nodes") == [(1, None), (2, 1)]
    assert rows(done, "SELECT * FROM child") == [(2,)]
    assert rows(done, "SELECT id FROM v") == [(1,), (2,)]
    assert rows(done, "SELECT * FROM sqlite_sequence") == [("nodes", 9)]
    assert names(done, "table") == ["child", "nodes"]


HANGS = [
    ("index", "CREATE INDEX {} ON t (a);", ("i", "j")),
    ("index", "CREATE UNIQUE INDEX {} ON t (a) WHERE a > '';", ("i", '"x y"')),
    ("view", "CREATE VIEW {} AS SELECT a FROM t;", ("v", "w")),
    ("trigger", "CREATE TRIGGER {} AFTER DELETE ON t BEGIN SELECT 1; END;", ("r", "s")),
]


@pytest.mark.parametrize(("kind", "statement", "called"), HANGS)
def test_what_hangs_on_a_table(
    migrated: Migrated, kind: str, statement: str, called: tuple[str, str]
) -> None:
    current = COLUMN.format("a") + statement.format(called[0])
    desired = f"{COLUMN.format('a')}\n-- @renamed from={called[0]}\n{statement.format(called[1])}"
    done = migrated(current, desired, FILLED)
    assert names(done, kind) == [called[1].strip('"')]
    assert rows(done, "SELECT * FROM t") == [(3, "x"), (7, "y")]


def test_a_view_that_another_reads(migrated: Migrated) -> None:
    schema = (
        "{t}\n{hint}\nCREATE VIEW {v} AS SELECT a FROM t; CREATE VIEW top AS SELECT a FROM {v};"
    )
    current = schema.format(t=COLUMN.format("a"), hint="", v="v")
    desired = schema.format(t=COLUMN.format("a"), hint="-- @renamed from=v", v="w")
    done = migrated(current, desired, FILLED)
    assert names(done, "view") == ["top", "w"]
    assert rows(done, "SELECT a FROM top") == [("x",), ("y",)]


@pytest.mark.parametrize(
    "rule", ["CHECK (a <> '')", "UNIQUE (a)", "FOREIGN KEY (a) REFERENCES t (a)"]
)
def test_a_constraint(migrated: Migrated, rule: str) -> None:
    table = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT,\n{}CONSTRAINT {} {});"
    current = table.format("", "one", rule)
    desired = table.format("-- @renamed from=one\n", "other", rule)
    done = migrated(current, desired, FILLED)
    assert rows(done, "SELECT * FROM t") == [(3, "x"), (7, "y")]
    assert "CONSTRAINT other" in rows(done, "SELECT sql FROM sqlite_master")[0][0]


def test_several_at_once(migrated: Migrated) -> None:
    current = f"{COLUMN.format('a')} CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a FROM t;"
    desired = """
        -- @renamed from=t
        CREATE TABLE u (
            -- @renamed from=id
            key INTEGER PRIMARY KEY,
            -- @renamed from=a
            b TEXT);
        -- @renamed from=i
        CREATE INDEX j ON u (b);
        -- @renamed from=v
        CREATE VIEW w AS SELECT b FROM u;
    """
    done = migrated(current, desired, FILLED)
    assert rows(done, "SELECT key, b FROM u") == [(3, "x"), (7, "y")]
    assert rows(done, "SELECT b FROM w") == [("x",), ("y",)]
    assert (names(done, "table"), names(done, "index")) == (["u"], ["j"])


@pytest.mark.parametrize("rebuilt", ["", " NOT NULL"])
def test_columns_in_a_chain(migrated: Migrated, rebuilt: str) -> None:
    current = "CREATE TABLE t (a, b, c);"
    desired = f"""CREATE TABLE t (
        -- @renamed from=a
        b,
        -- @renamed from=b
        c,
        -- @renamed from=c
        d{rebuilt});
    """
    done = migrated(current, desired, "INSERT INTO t VALUES (1, 2, 3);")
    assert rows(done, "SELECT b, c, d FROM t") == [(1, 2, 3)]


def test_tables_in_a_chain(migrated: Migrated) -> None:
    current = "CREATE TABLE a (x); CREATE TABLE b (y);"
    desired = "-- @renamed from=a\nCREATE TABLE b (x);\n-- @renamed from=b\nCREATE TABLE c (y);\n"
    done = migrated(current, desired, "INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);")
    assert rows(done, "SELECT x FROM b") == [(1,)]
    assert rows(done, "SELECT y FROM c") == [(2,)]


def test_columns_that_change_places(migrated: Migrated) -> None:
    desired = """CREATE TABLE t (
        -- @renamed from=b
        a INT,
        -- @renamed from=a
        b TEXT);
    """
    done = migrated("CREATE TABLE t (a TEXT, b INT);", desired, "INSERT INTO t VALUES ('x', 2);")
    assert rows(done, "SELECT a, b FROM t") == [(2, "x")]


def test_tables_that_change_places(migrated: Migrated) -> None:
    current = "CREATE TABLE a (x); CREATE TABLE b (y); CREATE TABLE c (z REFERENCES a (x));"
    desired = """
        -- @renamed from=b
        CREATE TABLE a (y);
        -- @renamed from=a
        CREATE TABLE b (x);
        CREATE TABLE c (z REFERENCES b (x));
    """
    done = migrated(current, desired, "INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);")
    assert rows(done, "SELECT y FROM a") == [(2,)]
    assert rows(done, "SELECT x FROM b") == [(1,)]


def test_a_table_that_takes_the_name_of_one_that_views_read(migrated: Migrated) -> None:
    """SQLite renames nothing while a view cannot be read, and `v` is to go."""
    current = """
        CREATE TABLE t (a); CREATE TABLE u (a);
        CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v;
    """
    desired = "-- @renamed from=u\nCREATE TABLE t (a); CREATE VIEW w AS SELECT a FROM v;"
    done = migrated(current, desired, "INSERT INTO t VALUES (1); INSERT INTO u VALUES (2);")
    assert rows(done, "SELECT a FROM t") == [(2,)]
    assert names(done, "view") == ["w"]


def test_a_name_freed_and_taken_by_another(migrated: Migrated) -> None:
    current = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);"
    desired = """
        -- @renamed from=t
        CREATE TABLE former (id INTEGER PRIMARY KEY,
            -- @renamed from=a
            b TEXT, a INT DEFAULT 5);
        CREATE TABLE t (id INTEGER PRIMARY KEY, other);
    """
    done = migrated(current, desired, FILLED)
    assert rows(done, "SELECT id, a, b FROM former") == [(3, 5, "x"), (7, 5, "y")]
    assert rows(done, "SELECT count(*) FROM t") == [(0,)]


def test_with_a_rebuild(migrated: Migrated) -> None:
    current = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, gone);"
    desired = """
        -- @renamed from=t
        CREATE TABLE u (
            -- @renamed from=a
            b INT NOT NULL CHECK (b > 0),
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            more DEFAULT 'm',
            UNIQUE (b));
        CREATE INDEX i ON u (b DESC);
    """
    given = "INSERT INTO t VALUES (3, '1', 0), (9, '2', 0);"
    done = migrated(current, desired, given)
    assert rows(done, "SELECT id, b, more FROM u") == [(3, 1, "m"), (9, 2, "m")]
    assert rows(done, "SELECT * FROM sqlite_sequence") == [("u", 9)]


def test_a_name_that_differs_in_its_case_alone(migrated: Migrated) -> None:
    current = "CREATE TABLE Users (Id INTEGER PRIMARY KEY, Name);"
    desired = "CREATE TABLE users (id INTEGER PRIMARY KEY, name, more);"
    done = migrated(current, desired, "INSERT INTO Users VALUES (1, 'x');")
    assert rows(done, "SELECT id, name, more FROM users") == [(1, "x", None)]


def test_there_and_back(migrated: Migrated) -> None:
    current = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);"
    table = (
        "-- @renamed from={}\nCREATE TABLE {} (id INTEGER PRIMARY KEY,\n-- @renamed from={}\n{});"
    )
    migrated(current, table.format("t", "u", "a", "b TEXT"), FILLED)
    done = migrated.on_to(table.format("u", "t", "b", "a TEXT"))
    assert rows(done, "SELECT id, a FROM t") == [(3, "x"), (7, "y")]


def test_a_hint_whose_work_is_done_does_nothing(migrated: Migrated) -> None:
    current = "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT);"
    desired = (
        "-- @renamed from=s\nCREATE TABLE t (id INTEGER PRIMARY KEY,\n-- @renamed from=a\nb TEXT);"
    )
    done = migrated(current, desired, FILLED)
    assert migrated.script == ""
    assert rows(done, "SELECT b FROM t") == [("x",), ("y",)]


def test_a_hint_whose_work_is_done_leaves_the_former_name_alone(migrated: Migrated) -> None:
    """Somebody has made another table, and another column, of the name that was free."""
    current = "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT, a INT); CREATE TABLE s (x);"
    desired = """
        -- @renamed from=s
        CREATE TABLE t (id INTEGER PRIMARY KEY,
            -- @renamed from=a
            b TEXT, a INT);
        CREATE TABLE s (x, y);
    """
    given = "INSERT INTO t VALUES (1, 'x', 5); INSERT INTO s VALUES (2);"
    done = migrated(current, desired, given)
    assert rows(done, "SELECT id, b, a FROM t") == [(1, "x", 5)]
    assert rows(done, "SELECT x, y FROM s") == [(2, None)]


CHAIN = "CREATE TABLE t (id INTEGER PRIMARY KEY,\n-- @renamed from=a\nb,\n-- @renamed from=b\nc);"
SWAP = "CREATE TABLE t (id INTEGER PRIMARY KEY,\n-- @renamed from=b\na,\n-- @renamed from=a\nb);"
TABLES = "-- @renamed from=a\nCREATE TABLE b (x);\n-- @renamed from=b\nCREATE TABLE c (y);\n"


@pytest.mark.parametrize(
    ("current", "desired"),
    [
        pytest.param("CREATE TABLE t (id INTEGER PRIMARY KEY, b, c);", CHAIN, id="chain"),
        pytest.param(SWAP, SWAP, id="swap"),
        pytest.param("CREATE TABLE b (x, z); CREATE TABLE c (y);", TABLES, id="tables"),
    ],
)
def test_a_chain_whose_work_is_done_does_nothing(
    migrated: Migrated, project: Project, run: Run, current: str, desired: str
) -> None:
    """What the file still says years later must not move a value, or drop one, again."""
    migrated.begin(current)
    project.write(FILE, desired)
    ran = run("diff", DATABASE, FILE)
    assert "renamed" not in ran.out.lower()
    assert " rename " not in run("diff", DATABASE, FILE, *ALLOWED).out


def test_a_former_name_that_never_was(migrated: Migrated) -> None:
    done = migrated(COLUMN.format("a"), "-- @renamed from=nobody\nCREATE TABLE u (x);", FILLED)
    assert rows(done, "SELECT * FROM u") == []


def test_a_hint_that_nothing_comes_of_is_told(migrated: Migrated) -> None:
    migrated.begin("CREATE TABLE t (memo TEXT)")
    changed = "CREATE TABLE t (memo TEXT,\n  b TEXT -- @renamed from=mem\n);\n"
    migrated.project.write(FILE, f"{changed}CREATE TABLE n (\n  a TEXT -- @backfill 'x'\n);")
    told = migrated.run("diff", DATABASE, FILE, *ALLOWED).err
    assert "schema.sql:2:3: t.b comes as a new column: nothing is called mem" in told
    assert "did you mean memo?" in told
    assert "schema.sql:5:3: n.a: its table is new" in told


def test_two_that_claim_one_former_name_are_refused(migrated: Migrated) -> None:
    migrated.begin(COLUMN.format("a"), FILLED)
    desired = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY,\n-- @renamed from=a\nb,\n-- @renamed from=a\nc);"
    )
    assert "a" in migrated.refused(desired, "--allow", "destructive")


def test_rows_are_looked_at_under_their_former_names(migrated: Migrated) -> None:
    migrated.begin(COLUMN.format("a"), "INSERT INTO t VALUES (1, NULL), (2, 'x');")
    desired = "CREATE TABLE t (id INTEGER PRIMARY KEY,\n-- @renamed from=a\nb TEXT NOT NULL);"
    assert "1 row" in migrated.refused(desired)


def test_a_name_that_could_be_a_string_is_no_false_alarm(migrated: Migrated) -> None:
    """To SQLite a quoted name that no column has is a string, and every row has the same."""
    current = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);"
    desired = 'CREATE TABLE t (id INTEGER PRIMARY KEY,\n-- @renamed from=a\n"order" TEXT UNIQUE);'
    done = migrated(current, desired, FILLED)
    assert rows(done, 'SELECT "order" FROM t') == [("x",), ("y",)]


# Values for rows that have none.


def test_a_new_column_that_is_not_null(migrated: Migrated) -> None:
    desired = """CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT,
        b TEXT NOT NULL, -- @backfill upper(a) || id
        c INT NOT NULL /* @backfill (1 + 1) */
    );"""
    done = migrated(COLUMN.format("a"), desired, FILLED)
    assert rows(done, "SELECT * FROM t") == [(3, "x", "X3", 2), (7, "y", "Y7", 2)]


OWN_NAME = {
    "a column": ("t.a || t.id", ["x3", "y7"]),
    "with quotes, in another case": ('"T"."a" || main.t.id', ["x3", "y7"]),
    "other rows of it": ("(SELECT max(o.a) FROM t AS o WHERE o.id >= t.id)", ["y", "y"]),
    "all rows of it": ("(SELECT count(*) FROM t)", ["2", "2"]),
    "a list of it": ("(t.a, 3) IN (SELECT a, id FROM t)", ["1", "0"]),
    "a string": ("'t' || a", ["tx", "ty"]),
}


@pytest.mark.parametrize("rule", ["", ", CHECK (t.a <> '')"])
@pytest.mark.parametrize("hint", OWN_NAME)
def test_a_value_may_name_its_own_table(migrated: Migrated, hint: str, rule: str) -> None:
    """It means the rows that are there, which have another table meanwhile."""
    said, found = OWN_NAME[hint]
    current = f"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT{rule});"
    desired = (
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT,\n-- @backfill {said}\nb TEXT{rule});"
    )
    done = migrated(current, desired, FILLED)
    assert rows(done, "SELECT b FROM t ORDER BY id") == [(one,) for one in found]


def test_a_rule_may_name_its_own_table_where_a_value_is_given(migrated: Migrated) -> None:
    desired = """CREATE TABLE t (id INTEGER PRIMARY KEY,
        a TEXT CHECK (t.a <> 'y') -- @backfill t.a || t.id
    );"""
    done = migrated(COLUMN.format("a"), desired, FILLED)
    assert rows(done, "SELECT a FROM t ORDER BY id") == [("x",), ("y7",)]


def test_a_column_that_is_not_null_needs_a_value(migrated: Migrated) -> None:
    migrated.begin(COLUMN.format("a"), FILLED)
    desired = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b NOT NULL);"
    said = migrated.refused(desired)
    assert "t.b is NOT NULL" in said
    assert "@backfill" in said


def test_a_type_that_changes(migrated: Migrated) -> None:
    current = "CREATE TABLE t (id INTEGER PRIMARY KEY, seconds REAL);"
    desired = """CREATE TABLE t (id INTEGER PRIMARY KEY,
        -- @backfill CAST(seconds * 1000 AS INTEGER)
        seconds INTEGER);
    """
    done = migrated(current, desired, "INSERT INTO t VALUES (1, 1.5), (2, NULL);")
    assert rows(done, "SELECT seconds, typeof(seconds) FROM t") == [
        (1500, "integer"),
        (None, "null"),
    ]


def test_not_null_fills_the_nulls_alone(migrated: Migrated) -> None:
    desired = "CREATE TABLE t (id INTEGER PRIMARY KEY,\na TEXT NOT NULL -- @backfill 'none'\n);"
    done = migrated(
        COLUMN.format("a"), desired, "INSERT INTO t VALUES (1, NULL), (2, ''), (3, 'x');"
    )
    assert rows(done, "SELECT a FROM t") == [("none",), ("",), ("x",)]


def test_a_value_whose_work_is_done_is_not_given_again(migrated: Migrated) -> None:
    """The rebuild is about something else."""
    current = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b INT);"
    desired = """CREATE TABLE t (id INTEGER PRIMARY KEY,
        a INT, -- @backfill a * 1000
        b TEXT NOT NULL, c INT NOT NULL -- @backfill 7
    );"""
    given = "INSERT INTO t VALUES (1, 5, 6), (2, NULL, 8);"
    done = migrated(current, desired, given)
    assert rows(done, "SELECT a, b, c FROM t") == [(5, "6", 7), (None, "8", 7)]
    done.execute("UPDATE t SET c = 9")
    done = migrated.on_to(desired.replace("a INT,", "a INT DEFAULT 0,").replace("b TEXT", "b INT"))
    assert rows(done, "SELECT b, c FROM t") == [(6, 9), (8, 9)]
    assert rows(done, "SELECT a FROM t WHERE id = 1") == [(5,)]


def test_a_default_that_changes_gives_no_value_again(migrated: Migrated) -> None:
    current = "CREATE TABLE t (id INTEGER PRIMARY KEY, price INT NOT NULL);"
    desired = """CREATE TABLE t (id INTEGER PRIMARY KEY,
        price INT NOT NULL DEFAULT 0 -- @backfill price * 100
    );"""
    done = migrated(current, desired, "INSERT INTO t VALUES (1, 250);")
    assert rows(done, "SELECT price FROM t") == [(250,)]


def test_with_another_name(migrated: Migrated) -> None:
    desired = """CREATE TABLE t (id INTEGER PRIMARY KEY,
        -- @renamed from=a
        -- @backfill 'none'
        b TEXT NOT NULL);
    """
    done = migrated(COLUMN.format("a"), desired, "INSERT INTO t VALUES (1, NULL), (2, 'x');")
    assert rows(done, "SELECT b FROM t") == [("none",), ("x",)]


def test_for_a_check_that_comes(migrated: Migrated) -> None:
    desired = """CREATE TABLE t (id INTEGER PRIMARY KEY,
        a TEXT CHECK (a IN ('x', 'z')) -- @backfill CASE a WHEN 'y' THEN 'z' ELSE a END
    );"""
    done = migrated(COLUMN.format("a"), desired, FILLED)
    assert rows(done, "SELECT a FROM t") == [("x",), ("z",)]


def test_for_not_null_and_checks_that_come_at_once(migrated: Migrated) -> None:
    desired = """CREATE TABLE t (id INTEGER PRIMARY KEY,
        a TEXT NOT NULL -- @backfill 'x'
        CONSTRAINT known CHECK (a IN ('x', 'z')) CONSTRAINT short CHECK (length(a) = 1)
    );"""
    filled = "INSERT INTO t VALUES (1, NULL), (2, 'y'), (3, 'z'), (4, 'zz');"
    done = migrated(COLUMN.format("a"), desired, filled)
    assert rows(done, "SELECT a FROM t") == [("x",), ("x",), ("z",), ("x",)]


def test_a_key_made_of_other_values(migrated: Migrated) -> None:
    desired = "CREATE TABLE u (a TEXT,\nid INTEGER PRIMARY KEY -- @backfill a * 10\n);"
    done = migrated("CREATE TABLE u (a TEXT);", desired, "INSERT INTO u VALUES ('4'), ('2');")
    assert rows(done, "SELECT id, a FROM u ORDER BY id") == [(20, "2"), (40, "4")]


def test_a_key_that_others_refer_to_made_of_other_values(migrated: Migrated) -> None:
    """The reference is right once the values are there, and is not refused before."""
    current = "CREATE TABLE p (id TEXT PRIMARY KEY); CREATE TABLE c (p TEXT);"
    desired = """
        CREATE TABLE p (id CHAR(3) PRIMARY KEY -- @backfill id || '!'
        );
        CREATE TABLE c (p TEXT REFERENCES p (id));
    """
    done = migrated(current, desired, "INSERT INTO p VALUES ('ab'); INSERT INTO c VALUES ('ab!');")
    assert rows(done, "SELECT p.id FROM c JOIN p ON p.id = c.p") == [("ab!",)]


PARENTS = "CREATE TABLE p (id INTEGER PRIMARY KEY);"
CHILDREN = "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER);"
ORPHANS = "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (5, 2), (6, 9), (7, NULL);"


@pytest.mark.parametrize(
    ("column", "stored"),
    {
        "p INTEGER REFERENCES p (id) -- @backfill NULL\n": [2, None, None],
        "p INTEGER REFERENCES p (id) -- @backfill (SELECT min(id) FROM p)\n": [2, 1, None],
        "p INTEGER NOT NULL REFERENCES p (id) -- @backfill 1\n": [2, 1, 1],
        "p INTEGER CHECK (p < 2) REFERENCES p (id) -- @backfill 1\n": [1, 1, None],
    }.items(),
)
def test_for_a_foreign_key_that_comes(
    column: str, stored: list[int | None], migrated: Migrated
) -> None:
    """Rows that refer to nothing get the value; what refers to a row stays."""
    desired = f"{PARENTS} CREATE TABLE c (id INTEGER PRIMARY KEY, {column});"
    done = migrated(PARENTS + CHILDREN, desired, ORPHANS)
    assert [p for (p,) in rows(done, "SELECT p FROM c ORDER BY id")] == stored
    assert not rows(done, "PRAGMA foreign_key_check")


def test_for_a_foreign_key_to_its_own_table_or_to_a_new_one(migrated: Migrated) -> None:
    current = "CREATE TABLE c (id INTEGER PRIMARY KEY, c INTEGER, n INTEGER);"
    desired = f"""{PARENTS} CREATE TABLE c (
        id INTEGER PRIMARY KEY,
        c INTEGER REFERENCES c -- @backfill id
        , n INTEGER REFERENCES p -- @backfill NULL
    );"""
    done = migrated(current, desired, "INSERT INTO c VALUES (5, 6, 1), (6, 9, 2), (7, NULL, 3);")
    assert rows(done, "SELECT * FROM c") == [(5, 6, None), (6, 6, None), (7, None, None)]


def test_for_a_foreign_key_by_two_columns(migrated: Migrated) -> None:
    current = "CREATE TABLE p (a, b, PRIMARY KEY (a, b)); CREATE TABLE c (a, b);"
    desired = """CREATE TABLE p (a, b, PRIMARY KEY (a, b));
    CREATE TABLE c (a, b -- @backfill NULL
    , FOREIGN KEY (a, b) REFERENCES p);"""
    filled = "INSERT INTO p VALUES (1, 2); INSERT INTO c VALUES (1, 2), (1, 3), (NULL, 3);"
    done = migrated(current, desired, filled)
    assert rows(done, "SELECT * FROM c") == [(1, 2), (1, None), (None, 3)]


def test_a_value_that_refers_to_nothing_is_refused_before(migrated: Migrated) -> None:
    migrated.begin(PARENTS + CHILDREN, ORPHANS)
    column = "p INTEGER REFERENCES p (id) -- @backfill {}\n"
    desired = f"{PARENTS} CREATE TABLE c (id INTEGER PRIMARY KEY, {column});"
    said = migrated.refused(desired.format("p + 1"))
    assert "1 row of c would be refused by c.foreign key(p) REFERENCES p" in said
    assert migrated(PARENTS + CHILDREN, desired.format("id - 4"), ORPHANS)


def test_for_a_foreign_key_to_what_changes_as_well_is_refused(migrated: Migrated) -> None:
    """Who refers to nothing is not known before; a value that is right must not be replaced."""
    migrated.begin(PARENTS + CHILDREN, ORPHANS)
    desired = """CREATE TABLE p (id INTEGER PRIMARY KEY, code UNIQUE -- @backfill 'c' || id
    ); CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p (code) -- @backfill 'c1'
    );"""
    said = migrated.refused(desired)
    assert "the key of p changes as well" in said
    assert "in a revision of its own first" in said


@pytest.mark.parametrize("style", ["batch", "sql"])
def test_a_revision_mends_what_refers_to_nothing(style: str, project: Project, run: Run) -> None:
    history = History(project, run)
    history.begin(PARENTS + CHILDREN)
    column = "p INTEGER REFERENCES p (id) -- @backfill NULL\n"
    project.write(FILE, f"{PARENTS} CREATE TABLE c (id INTEGER PRIMARY KEY, {column});")
    history.upgrade("first")
    history.execute(ORPHANS)
    written = history.revise("--style", style, "--database", "sqlite:///app.db")
    assert written.code == 0, written.err
    assert "not covered: the hint" not in written.out
    done = run("apply", "sqlite:///app.db")
    assert done.code == 0, done.err
    with closing(sqlite3.connect("app.db")) as connection:
        assert rows(connection, "SELECT p FROM c ORDER BY id") == [(2,), (None,), (None,)]


def test_rows_without_a_value_are_named(migrated: Migrated) -> None:
    migrated.begin(COLUMN.format("a"), "INSERT INTO t VALUES (1, 'x'), (3, NULL), (8, NULL);")
    said = migrated.refused("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);")
    assert "the first values are 3, NULL; 8, NULL" in said


def test_a_value_from_a_column_that_goes(migrated: Migrated) -> None:
    current = "CREATE TABLE t (id INTEGER PRIMARY KEY, first, last);"
    desired = """CREATE TABLE t (id INTEGER PRIMARY KEY,
        whole TEXT NOT NULL -- @backfill first || ' ' || last
    );"""
    done = migrated(current, desired, "INSERT INTO t VALUES (1, 'Ada', 'Lovelace');")
    assert rows(done, "SELECT whole FROM t") == [("Ada Lovelace",)]


READER = "CREATE TABLE t (id INTEGER PRIMARY KEY, u INT);"
NAMED = "CREATE TABLE t (id INTEGER PRIMARY KEY, u INT,\nn TEXT -- @backfill {}\n);"
NAMED = NAMED.format("(SELECT name FROM {0} WHERE {0}.id = u)")
READ = "CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT);"
PEOPLE = "INSERT INTO u VALUES (1, 'ada'), (2, NULL); INSERT INTO t VALUES (5, 1), (6, 2), (7, 3);"
# What becomes of the table that is read.
OTHERS = {
    "nothing": READ,
    "a rule": "CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT CHECK (name <> ''));",
    "other values": """CREATE TABLE u (id INTEGER PRIMARY KEY,
        name TEXT CHECK (name = upper(name)) -- @backfill upper(name)
    );""",
    "no such column": "CREATE TABLE u (id INTEGER PRIMARY KEY);",
    "another column": "CREATE TABLE u (id INTEGER PRIMARY KEY, x NOT NULL -- @backfill 1\n);",
    "no table": "",
    "a view": "CREATE VIEW u AS SELECT 1 AS id, 'nobody' AS name;",
}


@pytest.mark.parametrize("case", OTHERS)
@pytest.mark.parametrize("first", [True, False])
def test_a_value_from_another_table_is_what_is_there_now(
    case: str, first: bool, migrated: Migrated
) -> None:
    """Whatever the same plan does to that table, and whichever stands first in the file."""
    other, table = OTHERS[case], NAMED.format("u")
    desired = f"{other}\n{table}\n" if first else f"{table}\n{other}\n"
    done = migrated(READ + READER if first else READER + READ, desired, PEOPLE)
    assert rows(done, "SELECT id, n FROM t") == [(5, "ada"), (6, None), (7, None)]


def test_a_value_from_a_table_of_another_name(migrated: Migrated) -> None:
    desired = f"-- @renamed from=u\n{READ.replace('TABLE u', 'TABLE w')}\n{NAMED.format('w')}\n"
    done = migrated(READ + READER, desired, PEOPLE)
    assert rows(done, "SELECT id, n FROM t") == [(5, "ada"), (6, None), (7, None)]


@pytest.mark.parametrize(
    ("current", "desired", "said"),
    [
        (READER, f"{READ}\n{NAMED.format('u')}\n", "no such table: u"),
        (
            READ + READER,
            f"-- @renamed from=u\nCREATE TABLE w (id, name);\n{NAMED.format('u')}\n",
            "no such table: u",
        ),
        (
            READ + READER,
            "CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT,\n"
            f"m INT -- @backfill (SELECT max(u) FROM t)\n);\n{NAMED.format('u')}\n",
            "the @backfill of u.m, t.n read each other's tables",
        ),
    ],
)
def test_a_value_that_no_order_can_give(
    migrated: Migrated, current: str, desired: str, said: str
) -> None:
    migrated.begin(current, "INSERT INTO t VALUES (5, 1);")
    assert said in migrated.refused(desired, "--allow", "destructive")


@pytest.mark.parametrize(
    ("case", "style"),
    [("a rule", "batch"), ("a rule", "sql"), ("another column", "batch"), ("no table", "sql")],
)
def test_a_revision_gives_a_value_from_another_table(
    case: str, style: str, project: Project, run: Run
) -> None:
    history = History(project, run)
    history.begin(READ + READER)
    project.write(FILE, f"{NAMED.format('u')}\n{OTHERS[case]}\n")
    written = history.revise("--style", style, "--allow", "destructive")
    assert written.code == 0, written.err
    history.upgrade("first")
    history.execute(PEOPLE)
    history.upgrade("second")
    with closing(sqlite3.connect("app.db")) as connection:
        assert rows(connection, "SELECT id, n FROM t") == [(5, "ada"), (6, None), (7, None)]


def test_a_value_is_an_expression_in_the_authors_words(migrated: Migrated) -> None:
    desired = """CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT,
        -- @backfill 'it''s; -- (' || "a"
        b NOT NULL);
    """
    done = migrated(COLUMN.format("a"), desired, FILLED)
    assert rows(done, "SELECT b FROM t") == [("it's; -- (x",), ("it's; -- (y",)]


# What is no hint.

MALFORMED = [
    ("b TEXT -- @renamed", "@renamed from=name"),
    ("b TEXT -- @renamed a", "@renamed from=name"),
    ("b TEXT -- @renamed from=", "@renamed from=name"),
    ("b TEXT -- @renamed from=a b", "@renamed from=name"),
    ("b TEXT -- @backfill", "@backfill EXPRESSION"),
    ("b TEXT NOT NULL -- @backfill 1; DROP TABLE t", "no expression"),
    ("b TEXT NOT NULL -- @backfill (1", "no expression"),
    ("b TEXT NOT NULL -- @backfill 1) FROM t; --", "no expression"),
    ("b TEXT NOT NULL -- @backfill 1, 2", "no expression"),
    ("b TEXT NOT NULL -- @backfill 1 FROM t WHERE 0 UNION SELECT 1, 2", "no expression"),
    ("b TEXT NOT NULL -- @backfill nowhere", "nowhere"),
    ("b TEXT NOT NULL -- @backfill (SELECT max(a) FROM main.t)", "main.t"),
    ("b TEXT NOT NULL, -- @backfill 1\nCHECK (1) -- @backfill 2", "@backfill"),
    ("-- @backfill 0\n-- @renamed a\nb TEXT NOT NULL", "@renamed from=name"),
    ("-- @renamed from=a\n-- @backfill\nb TEXT NOT NULL", "@backfill EXPRESSION"),
]


@pytest.mark.parametrize(("written", "said"), MALFORMED)
def test_a_malformed_hint_is_refused(migrated: Migrated, written: str, said: str) -> None:
    migrated.begin(COLUMN.format("a"), FILLED)
    desired = f"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT,\n{written}\n);"
    assert said in migrated.refused(desired, "--allow", "destructive")


@pytest.mark.parametrize(
    "desired",
    [
        "-- @backfill 1\nCREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b);",
        f"{COLUMN.format('a')}\n-- @backfill 1\nCREATE INDEX i ON t (a);",
    ],
)
def test_a_value_stands_at_a_column(migrated: Migrated, desired: str) -> None:
    migrated.begin(COLUMN.format("a"), FILLED)
    assert "@backfill" in migrated.refused(desired)


def test_a_word_in_a_string_or_a_name_is_no_hint(migrated: Migrated) -> None:
    desired = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT '-- @renamed from=id');"
    done = migrated(COLUMN.format("a"), desired, FILLED)
    assert rows(done, "SELECT * FROM t") == [(3, "x"), (7, "y")]


@pytest.mark.parametrize(
    ("expression", "same"),
    [
        *(("'new'", True), ('lower("random")', True), ("date(made)", True), ("random", True)),
        *(("random()", False), ("CURRENT_DATE", False), ("date('now', '-1 day')", False)),
        *(("datetime()", False), ("unixepoch ( )", False), ("strftime('%s')", False)),
        *(("strftime('%s', made)", True), ("coalesce(made, julianday())", False)),
    ],
)
def test_a_value_that_depends_on_the_day(expression: str, same: bool) -> None:
    """A proof that gives it twice would find two values."""
    assert is_same_again(expression) is same
