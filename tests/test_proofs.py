"""A proof can fail: revisions that lose something are found out, and honest ones are not.

And `revise` refuses what would lose something, and leaves nothing behind, whatever comes of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb.commands import branches
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.proof import Failure, Proof

if TYPE_CHECKING:
    from tests.conftest import Project, Ran, Run
    from tests.histories import History
else:
    from histories import History

P = "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
T = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, p_id INTEGER REFERENCES p (id)"
    " ON DELETE CASCADE, CONSTRAINT ck CHECK (a <> 13), CHECK (b <> 'no'));"
)
REST = (
    "CREATE TABLE k (a INTEGER, b TEXT); CREATE TABLE log (what TEXT);"
    "CREATE INDEX i ON t (a) WHERE b > '';"
    "CREATE TRIGGER g AFTER INSERT ON k BEGIN INSERT INTO log VALUES (new.a); END;"
)
ON_K = "CREATE TRIGGER g AFTER INSERT ON k BEGIN INSERT INTO log VALUES (new.a); END"
SCHEMA = P + T + REST
NEW = T.replace("CREATE TABLE t", "CREATE TABLE new").rstrip(";")
INDEX = "op.execute(\"CREATE INDEX i ON t (a) WHERE b > ''\")"
COLUMNS = "id, a, b, p_id"


def sql(*statements: str) -> list[str]:
    return [f"op.execute({one!r})" for one in statements]


def rebuilt(
    select: str, columns: str = f"({COLUMNS})", before: str = "", after: str = ""
) -> list[str]:
    """The twelve steps, as people write them by hand."""
    steps = (before, NEW, f"INSERT INTO new {columns} {select}", after, "DROP TABLE t")
    return [*sql(*filter(None, steps), "ALTER TABLE new RENAME TO t"), INDEX]


def rebuilt_k(select: str, columns: str = "(a, b)") -> list[str]:
    return sql(
        "DROP TRIGGER g",
        "ALTER TABLE k RENAME TO old_k",
        "CREATE TABLE k (a INTEGER, b TEXT)",
        f"INSERT INTO k {columns} {select}",
        "DROP TABLE old_k",
        ON_K,
    )


@pytest.fixture
def history(project: Project, run: Run) -> History:
    project.patch.delenv("DATABASE_URL", raising=False)
    history = History(project, run)
    history.begin(SCHEMA)
    project.write("schema.sql", SCHEMA)
    return history


def proved(history: History, up: list[str], down: list[str], schema: str = SCHEMA) -> Ran:
    history.by_hand(up or ["pass"], down or ["pass"])
    history.project.write("schema.sql", schema)
    return history.run("prove", "second")


LOSSY = {
    "rows, by a WHERE": rebuilt(f"SELECT {COLUMNS} FROM t WHERE a IS NULL"),
    "a row, by a LIMIT": rebuilt(f"SELECT {COLUMNS} FROM t LIMIT 1"),
    "rows, by a join": rebuilt(
        "SELECT t.id, t.a, t.b, t.p_id FROM t JOIN p ON t.p_id = p.id WHERE p.id < 0"
    ),
    "rows, by OR IGNORE": [
        *sql(
            *(
                NEW.replace("(b <> 'no')", "(id < 0)"),
                f"INSERT OR IGNORE INTO new ({COLUMNS}) SELECT {COLUMNS} FROM t",
            ),
            *(
                "DROP TABLE t",
                NEW.replace("TABLE new", "TABLE t"),
                f"INSERT INTO t ({COLUMNS}) SELECT {COLUMNS} FROM new",
            ),
            "DROP TABLE new",
        ),
        INDEX,
    ],
    "rows, by a WHERE, without the names of columns": rebuilt(
        "SELECT * FROM t WHERE a IS NULL", ""
    ),
    "rows, by a star and a WHERE": rebuilt("SELECT * FROM t WHERE a IS NULL"),
    "rows, by a WITH": rebuilt(f"SELECT {COLUMNS} FROM (SELECT * FROM t WHERE a IS NULL)"),
    "rows, beside an UPDATE": rebuilt(
        f"SELECT {COLUMNS} FROM t WHERE id < 0", before="UPDATE t SET b = b || 'x' WHERE b = 'y'"
    ),
    "values, swapped": rebuilt("SELECT id, a, p_id, b FROM t", "(id, a, b, p_id)"),
    "values, swapped by a star": [
        *sql(
            NEW.replace("a INTEGER, b TEXT", "b TEXT, a INTEGER"),
            "INSERT INTO new SELECT * FROM t",
            "DROP TABLE t",
            "ALTER TABLE new RENAME TO t",
        ),
        INDEX,
    ],
    "values, not copied": rebuilt("SELECT id, a, p_id FROM t", "(id, a, p_id)"),
    "values, not copied into a table that was set aside": [
        *sql(
            "ALTER TABLE t RENAME TO old",
            T.rstrip(";"),
            "INSERT INTO t (id, a, p_id) SELECT id, a, p_id FROM old",
            "DROP TABLE old",
        ),
        INDEX,
    ],
    "rowids": rebuilt_k("SELECT a, b FROM old_k ORDER BY rowid DESC"),
    "rowids, by a star": rebuilt_k("SELECT * FROM old_k", ""),
    "a column, dropped and added": [
        *sql("ALTER TABLE p ADD COLUMN z TEXT"),
        *sql("ALTER TABLE p DROP COLUMN z"),
        *sql("ALTER TABLE k DROP COLUMN b"),
        *sql("ALTER TABLE k ADD COLUMN b TEXT"),
    ],
}


@pytest.mark.parametrize("up", LOSSY.values(), ids=LOSSY)
def test_a_revision_that_loses_what_it_does_not_speak_of(history: History, up: list[str]) -> None:
    """The schema is the same before and after, so nothing but the rows can tell."""
    ran = proved(history, up, [])
    assert ran.code == 1, ran.out + ran.err
    assert "NOT PROVED second" in ran.out
    assert re.search(r"fails: .*\b(t|k)\b", ran.out)


MADE_AGAIN = {
    "all rows": [*sql(NEW, "DROP TABLE t", "ALTER TABLE new RENAME TO t"), INDEX],
    "all rows, in a table made again": [*sql("DROP TABLE t", T.rstrip(";")), INDEX],
    "values, of another column": rebuilt("SELECT id, p_id, b, p_id FROM t"),
}


@pytest.mark.parametrize("up", MADE_AGAIN.values(), ids=MADE_AGAIN)
def test_what_is_dropped_and_made_again_is_not_passed_over(history: History, up: list[str]) -> None:
    """It is there before and after; what it held is not: a failure, or at least a loss."""
    out = proved(history, up, []).out
    assert re.search(r"(fails|does not come back): .*\bt\b", out)


ADD, REMOVE = sql("ALTER TABLE p ADD COLUMN c TEXT"), sql("ALTER TABLE p DROP COLUMN c")
WITH_C = SCHEMA.replace("name TEXT NOT NULL", "name TEXT NOT NULL, c TEXT")
NO_WAY_BACK = {
    "does nothing": [],
    "raises": ["raise NotImplementedError"],
    "does something else": sql("DROP TABLE log"),
    "fails": sql("ALTER TABLE p DROP COLUMN not_there"),
    "drops too much": [*REMOVE, *sql("DROP INDEX i")],
    "forgets a trigger": [*REMOVE, *sql("DROP TRIGGER g")],
    "leaves something behind": [*REMOVE, *sql("CREATE TABLE left_behind (a)")],
    "has it come back otherwise": [*REMOVE, *sql("DROP INDEX i", "CREATE INDEX i ON t (a)")],
    "loses rows": [*REMOVE, *rebuilt(f"SELECT {COLUMNS} FROM t WHERE a IS NULL")],
    "loses values": [*REMOVE, *rebuilt("SELECT id, a, p_id FROM t", "(id, a, p_id)")],
    "exits": ["raise SystemExit(0)"],
    "is wrong Python at the time": ["1 / 0"],
}


@pytest.mark.parametrize("down", NO_WAY_BACK.values(), ids=NO_WAY_BACK)
def test_a_way_back_that_is_none(history: History, down: list[str]) -> None:
    ran = proved(history, ADD, down, WITH_C)
    assert ran.code == 1, ran.out + ran.err
    assert "NOT PROVED second" in ran.out


def test_a_view_that_nobody_can_read_any_more(history: History) -> None:
    """SQLite makes it, whatever it says; whoever asks it later is told."""
    with_view = SCHEMA + "CREATE VIEW v AS SELECT p.title FROM p;"
    up = sql("CREATE VIEW v AS SELECT p.title FROM p")
    ran = proved(history, up, sql("DROP VIEW v"), with_view)
    assert ran.code == 1
    assert "view v cannot be read: no such column: p.title" in ran.out + ran.err


def test_a_view_that_a_revision_leaves_without_its_table(history: History) -> None:
    readable = SCHEMA + "CREATE VIEW v AS SELECT what FROM log;"
    history.begin(readable)
    dropped = ("DROP TRIGGER g", "DROP TABLE log")
    back = ("CREATE TABLE log (what TEXT)", ON_K)
    without = readable.replace("CREATE TABLE log (what TEXT);", "").replace(f"{ON_K};", "")
    ran = proved(history, sql(*dropped), sql(*back), without)
    assert ran.code == 1
    assert "view v cannot be read: no such table: main.log" in ran.out + ran.err


def test_a_function_of_the_application_makes_no_view_unreadable(history: History) -> None:
    called = "CREATE VIEW v AS SELECT of_ours(name) AS n FROM p"
    ran = proved(history, sql(called), sql("DROP VIEW v"), f"{SCHEMA}{called};")
    assert "cannot be read" not in ran.out + ran.err


def test_a_way_back_that_its_author_refuses(history: History) -> None:
    """The way up is proved, and the review tells that nobody can go back."""
    ran = proved(history, ADD, ["raise NotImplementedError('goes forward only')"], WITH_C)
    assert ran.code == 0, ran.out + ran.err
    assert "proved second: up, with" in ran.out
    assert "goes forward only" in ran.out
    (page,) = history.run("review", "second", "--format", "json").json["revisions"]
    says = {"does": ["there is none: goes forward only"], "loses": []}
    assert (page["verdict"], page["way_back"]) == ("look", says)


def test_what_alembic_does_not_implement_is_no_word_of_its_author(history: History) -> None:
    down = ["op.create_unique_constraint('u', 'p', ['id'])"]
    ran = proved(history, ADD, down, WITH_C)
    assert (ran.code, "NOT PROVED second" in ran.out) == (1, True)


def test_a_way_back_that_is_not_there(history: History) -> None:
    history.by_hand(ADD, ["pass"])
    file = history.second()
    file.write_text(file.read_text("utf-8").partition("def downgrade")[0])
    history.project.write("schema.sql", WITH_C)
    ran = history.run("prove", "second")
    assert (ran.code, "no way back" in ran.out) == (1, True)


ENDS = {
    "a column too few": ([], [], WITH_C),
    "a column too many": (ADD, REMOVE, SCHEMA),
    "another type": (sql("ALTER TABLE p ADD COLUMN c INT"), REMOVE, WITH_C),
    "another default": (sql("ALTER TABLE p ADD COLUMN c TEXT DEFAULT 'x'"), REMOVE, WITH_C),
    "another predicate": (
        sql("DROP INDEX i", "CREATE INDEX i ON t (a) WHERE b >= ''"),
        sql("DROP INDEX i", "CREATE INDEX i ON t (a) WHERE b > ''"),
        SCHEMA,
    ),
    "no trigger": (
        sql("DROP TRIGGER g"),
        sql(ON_K),
        SCHEMA,
    ),
    "a view that is not wanted": (sql("CREATE VIEW v AS SELECT 1"), sql("DROP VIEW v"), SCHEMA),
}


@pytest.mark.parametrize(("up", "down", "schema"), ENDS.values(), ids=ENDS)
def test_an_end_that_is_not_schema_sql(
    history: History, up: list[str], down: list[str], schema: str
) -> None:
    ran = proved(history, up, down, schema)
    assert ran.code == 1
    assert "after the upgrade" in ran.out
    assert "is not what it should be" in ran.out


ORPHANS = {
    "by a DELETE": sql("DELETE FROM p"),
    "by an UPDATE": sql("UPDATE t SET p_id = 4711"),
    "by an INSERT": sql("INSERT INTO t (id, p_id) VALUES (4711, 4711)"),
}


@pytest.mark.parametrize("up", ORPHANS.values(), ids=ORPHANS)
def test_rows_left_without_their_parents(history: History, up: list[str]) -> None:
    ran = proved(history, up, sql("DELETE FROM t WHERE id = 4711"))
    assert ran.code == 1
    assert "t: row" in ran.out


EMPTY_ONLY = {
    "a default that is no constant": "c TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "a default that is an expression": "c TEXT NOT NULL DEFAULT (lower('X'))",
    "no default": "c TEXT NOT NULL",
    "a check that no row fulfils": "c TEXT DEFAULT 'x' CHECK (c = 'y')",
}


@pytest.mark.parametrize("column", EMPTY_ONLY.values(), ids=EMPTY_ONLY)
def test_what_works_on_empty_tables_alone(history: History, column: str) -> None:
    schema = SCHEMA.replace("name TEXT NOT NULL", f"name TEXT NOT NULL, {column}")
    ran = proved(history, sql(f"ALTER TABLE p ADD COLUMN {column}"), REMOVE, schema)
    assert ran.code == 1, ran.out + ran.err
    assert "NOT PROVED second" in ran.out


def test_a_unique_index_that_rows_may_refuse_is_not_called_proved_for_them(
    history: History,
) -> None:
    up, down = sql("CREATE UNIQUE INDEX u ON k (b)"), sql("DROP INDEX u")
    ran = proved(history, up, down, SCHEMA + "CREATE UNIQUE INDEX u ON k (b);")
    assert ran.code == 0


BATCH = (
    "with op.batch_alter_table({table!r}) as batch_op:\n"
    "    batch_op.alter_column({column!r}, type_=sa.{type}())"
)
TRIGGERED = SCHEMA.replace("ON k BEGIN", "ON t BEGIN")


@pytest.mark.parametrize(
    ("current", "table", "column", "lost"),
    [
        (SCHEMA, "t", "b", "check"),
        (SCHEMA.replace("AFTER INSERT ON k", "AFTER INSERT ON p"), "p", "name", "trigger"),
        (SCHEMA + "CREATE INDEX j ON p (name DESC);", "p", "name", "index"),
        (SCHEMA + "CREATE INDEX j ON p (name COLLATE NOCASE);", "p", "name", "index"),
        (SCHEMA + "CREATE INDEX j ON p (lower(name));", "p", "name", "index"),
        (SCHEMA + "CREATE INDEX j ON p (name) -- x\n WHERE name > 'a';", "p", "name", "index"),
        (SCHEMA.replace("name TEXT", "name TEXT COLLATE NOCASE"), "p", "id", "name"),
        (
            SCHEMA.replace("PRIMARY KEY, name", "PRIMARY KEY AUTOINCREMENT, name"),
            "p",
            "name",
            "key",
        ),
        (
            SCHEMA.replace("PRIMARY KEY, name", "NOT NULL UNIQUE ON CONFLICT IGNORE, name"),
            "p",
            "name",
            "p",
        ),
    ],
    ids=[
        "check",
        "trigger",
        "DESC",
        "COLLATE",
        "expression",
        "WHERE",
        "column",
        "AUTOINCREMENT",
        "ON CONFLICT",
    ],
)
def test_batch_mode_as_it_is_loses_them(
    history: History, current: str, table: str, column: str, lost: str
) -> None:
    """A longer VARCHAR was wanted, and nothing else."""
    history.begin(current)
    kind = "Integer" if column == "id" else "Text"
    up = BATCH.format(table=table, column=column, type=kind).replace(
        f"sa.{kind}()", "sa.VARCHAR(9)"
    )
    if column == "id":
        up = up.replace("sa.VARCHAR(9)", "sa.BigInteger()")
    desired = (
        current.replace("b TEXT, p_id", "b VARCHAR(9), p_id")
        if table == "t"
        else current.replace("name TEXT", "name VARCHAR(9)")
    )
    if column == "id":
        desired = current.replace("p (id INTEGER PRIMARY KEY", "p (id BIGINT PRIMARY KEY")
    ran = proved(
        history,
        [up],
        [up.replace("sa.VARCHAR(9)", "sa.Text()").replace("sa.BigInteger", "sa.Integer")],
        desired,
    )
    assert ran.code == 1
    assert lost in ran.out


def test_batch_mode_renumbers_rows(history: History) -> None:
    up = BATCH.format(table="k", column="b", type="VARCHAR")
    down = BATCH.format(table="k", column="b", type="Text")
    schema = SCHEMA.replace("k (a INTEGER, b TEXT)", "k (a INTEGER, b VARCHAR)")
    ran = proved(history, [up, *sql(ON_K)], [down, *sql(ON_K)], schema)
    assert ran.code == 1
    assert "another rowid" in ran.out


def test_batch_mode_forgets_how_far_it_has_counted(history: History) -> None:
    """With a Table that says AUTOINCREMENT, the schema is right, and the next number is not."""
    counted = SCHEMA.replace("PRIMARY KEY, name", "PRIMARY KEY AUTOINCREMENT, name")
    history.begin(counted)
    table = (
        'sa.Table("p", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True, nullable=True),'
        ' sa.Column("name", sa.Text, nullable=False), sqlite_autoincrement=True)'
    )
    one = (
        f'with op.batch_alter_table("p", copy_from={table}, recreate="always") as batch:\n'
        '    batch.alter_column("name", server_default={})'
    )
    desired = counted.replace("name TEXT NOT NULL", "name TEXT NOT NULL DEFAULT 'x'")
    ran = proved(history, [one.format("sa.text(\"'x'\")")], [one.format("None")], desired)
    assert ran.code == 1
    assert "p" in ran.out


HONEST: dict[str, tuple[list[str], list[str], str]] = {
    "nothing": ([], [], SCHEMA),
    "a column": (ADD, REMOVE, WITH_C),
    "an UPDATE": (sql("UPDATE t SET b = 'said' WHERE a > 0"), [], SCHEMA),
    "an UPDATE by SQLAlchemy": (
        ['op.get_bind().execute(sa.text("UPDATE t SET b = :b"), {"b": "x"})'],
        [],
        SCHEMA,
    ),
    "a DELETE": (sql("DELETE FROM t WHERE a > 0"), [], SCHEMA),
    "a DELETE of all": (sql("DELETE FROM t"), [], SCHEMA),
    "a DELETE of parents that nobody names": (
        sql("DELETE FROM p WHERE id NOT IN (SELECT p_id FROM t WHERE p_id IS NOT NULL)"),
        [],
        SCHEMA,
    ),
    "seeds": (
        sql("INSERT INTO p (id, name) VALUES (4711, 'x'), (4712, 'y')"),
        sql("DELETE FROM p WHERE id IN (4711, 4712)"),
        SCHEMA,
    ),
    "seeds for all": (
        sql("INSERT INTO log VALUES ('begun')"),
        sql("DELETE FROM log WHERE what = 'begun'"),
        SCHEMA,
    ),
    "seeds by bulk_insert": (
        ['op.bulk_insert(sa.table("log", sa.column("what")), [{"what": "a"}, {"what": "b"}])'],
        sql("DELETE FROM log WHERE what IN ('a', 'b')"),
        SCHEMA,
    ),
    "seeds that are there already": (
        sql("INSERT OR REPLACE INTO p (id, name) VALUES (1, 'x')"),
        [],
        SCHEMA,
    ),
    "an upsert": (
        sql("INSERT INTO p (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y'"),
        [],
        SCHEMA,
    ),
    "a rebuild": (rebuilt(f"SELECT {COLUMNS} FROM t"), [], SCHEMA),
    "a rebuild by a star": (rebuilt("SELECT * FROM t", ""), [], SCHEMA),
    "a rebuild of what is in quotes": (
        rebuilt('SELECT "id", t."a", [b] AS b, t.p_id AS "p_id" FROM "main"."t" AS t'),
        [],
        SCHEMA,
    ),
    "a conversion in the copy": (rebuilt("SELECT id, a + 1000, upper(b), p_id FROM t"), [], SCHEMA),
    "a conversion by CASE": (
        rebuilt("SELECT id, CASE a WHEN 5 THEN 6 ELSE a END, coalesce(b, ''), p_id FROM t"),
        [],
        SCHEMA,
    ),
    "an UPDATE of the new table": (
        rebuilt(f"SELECT {COLUMNS} FROM t", after="UPDATE new SET b = 'x' || b"),
        [],
        SCHEMA,
    ),
    "an UPDATE before a rebuild": (
        rebuilt(f"SELECT {COLUMNS} FROM t", before="UPDATE t SET b = 'x' WHERE b IS NULL"),
        [],
        SCHEMA,
    ),
    "an UPDATE before a table is set aside": (
        [
            *sql("UPDATE k SET b = 'x' WHERE b IS NULL"),
            *rebuilt_k("SELECT rowid, a, b FROM old_k", "(rowid, a, b)"),
        ],
        [],
        SCHEMA,
    ),
    "an UPDATE behind a WITH": (
        sql("WITH x AS (SELECT 1 AS one) UPDATE t SET a = (SELECT one FROM x)"),
        [],
        SCHEMA,
    ),
    "a DELETE behind a WITH": (
        sql("WITH x AS (SELECT id FROM t LIMIT 1) DELETE FROM t WHERE id IN (SELECT id FROM x)"),
        [],
        SCHEMA,
    ),
    "an UPDATE of a name in quotes": (sql('UPDATE "main"."t" SET b = \'x\''), [], SCHEMA),
    "an UPDATE behind a comment": (sql("/* why */ UPDATE t SET b = 'x'"), [], SCHEMA),
    "an UPDATE behind a line of comment": (sql("-- why\nUPDATE t SET b = 'x'"), [], SCHEMA),
    "an UPDATE, row by row": (
        [
            "bind = op.get_bind()",
            'for row in bind.execute(sa.text("SELECT id, b FROM t")).all():\n'
            '    bind.execute(sa.text("UPDATE t SET b = :b WHERE id = :id"),'
            ' {"b": str(row.b) + "!", "id": row.id})',
        ],
        [],
        SCHEMA,
    ),
    "a trigger that writes": (
        sql("INSERT INTO k VALUES (99, 'x')"),
        sql("DELETE FROM k WHERE a = 99"),
        SCHEMA,
    ),
    "a rename there and back": (
        sql("ALTER TABLE log RENAME TO diary"),
        sql("ALTER TABLE diary RENAME TO log"),
        SCHEMA.replace("TABLE log", "TABLE diary").replace("INTO log", 'INTO "diary"'),
    ),
    "a column filled from others": (
        [*ADD, *sql("UPDATE p SET c = name || '!'")],
        REMOVE,
        WITH_C,
    ),
    "a column split off into a table": (
        [
            *sql(
                "CREATE TABLE names (p_id INTEGER PRIMARY KEY REFERENCES p (id), name TEXT)",
                "INSERT INTO names (p_id, name) SELECT id, name FROM p",
            )
        ],
        sql("DROP TABLE names"),
        SCHEMA + "CREATE TABLE names (p_id INTEGER PRIMARY KEY REFERENCES p (id), name TEXT);",
    ),
    "a part copied into an archive": (
        [
            *sql(
                "CREATE TABLE archive (id INTEGER PRIMARY KEY, b TEXT)",
                "INSERT INTO archive (id, b) SELECT id, b FROM t WHERE a > 0",
            )
        ],
        sql("DROP TABLE archive"),
        SCHEMA + "CREATE TABLE archive (id INTEGER PRIMARY KEY, b TEXT);",
    ),
    "a table dropped on purpose": (
        sql("DROP TABLE log", "DROP TRIGGER g"),
        sql("CREATE TABLE log (what TEXT)", ON_K),
        SCHEMA.partition("CREATE TABLE log")[0] + "CREATE INDEX i ON t (a) WHERE b > '';",
    ),
}


@pytest.mark.parametrize(("up", "down", "schema"), HONEST.values(), ids=HONEST)
def test_an_honest_revision_is_respected(
    history: History, up: list[str], down: list[str], schema: str
) -> None:
    ran = proved(history, up, down, schema)
    assert (ran.code, ran.err) == (0, ""), ran.out
    assert "proved second" in ran.out


def test_of_new_rules_only_those_that_refuse_leave_rows_out(history: History) -> None:
    rules = "CONSTRAINT near CHECK (a < 1), CONSTRAINT short CHECK (length(b) < 99)"
    history.project.write("schema.sql", SCHEMA.replace("b TEXT);", f"b TEXT, {rules});", 1))
    ran = history.revise()
    assert ran.code == 0, ran.err
    assert "not covered: rows that k.near" in ran.out
    assert "k.short" not in ran.out


def test_a_rule_that_is_only_called_otherwise_refuses_no_row(history: History) -> None:
    history.project.write("schema.sql", SCHEMA.replace("CONSTRAINT ck ", "CONSTRAINT ck_t_a "))
    assert history.revise().code == 0
    written = history.second().read_text("utf-8")
    assert "ck_t_a" in written
    assert "Rows may refuse" not in written


def test_what_is_taken_away_is_said(history: History) -> None:
    up = sql("ALTER TABLE k DROP COLUMN b")
    down = sql("ALTER TABLE k ADD COLUMN b TEXT")
    ran = proved(history, up, down, SCHEMA.replace("k (a INTEGER, b TEXT)", "k (a INTEGER)"))
    assert ran.code == 0
    assert "does not come back: column k.b" in ran.out


# Whose fault it is that a revision is not proved, and what to do.

CASE = "CASE WHEN json_valid(a) THEN ... END"
EXPRESSIONS = {
    "a CHECK": "CREATE TABLE x (a TEXT CHECK (json_extract(a, '$.b') > 0));",
    "a hint": "CREATE TABLE x (\n  a TEXT,\n  b TEXT -- @backfill json_extract(a, '$.b')\n);",
    "an index": "CREATE TABLE x (a TEXT);\nCREATE INDEX j ON x (json_extract(a, '$.b'));",
}


@pytest.mark.parametrize("schema", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_an_expression_fails_on_a_row(history: History, schema: str) -> None:
    history.begin("CREATE TABLE x (a TEXT);")
    history.project.write("schema.sql", schema)
    ran = history.revise()
    assert ran.code == 3
    assert "malformed JSON" in ran.err
    assert CASE in ran.err
    assert "report" not in ran.err


def test_a_revision_of_a_person_is_told_of_its_expression(history: History) -> None:
    index = "CREATE INDEX j ON k (json_extract(b, '$.b'))"
    ran = proved(history, sql(index), sql("DROP INDEX j"), f"{SCHEMA}{index};")
    assert ran.code == 1
    assert "malformed JSON" in ran.out
    assert CASE in ran.out


WITHOUT_ROWS = {
    "up": ("CREATE INDEX j ON k (lower(nowhere))", "DROP INDEX j", "such column: nowhere"),
    "down": ("CREATE INDEX j ON k (b)", "DROP INDEX nowhere", "such index: nowhere"),
}


@pytest.mark.parametrize("way", WITHOUT_ROWS)
def test_no_expression_is_at_fault_where_it_fails_without_rows(history: History, way: str) -> None:
    up, down, words = WITHOUT_ROWS[way]
    ran = proved(history, sql(up), sql(down), SCHEMA if way == "up" else f"{SCHEMA}{up};")
    assert ran.code == 1
    assert f"no {words}" in ran.out, ran.out
    assert CASE not in ran.out, ran.out


def test_what_we_wrote_wrongly_is_ours(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Failure("t: rows are gone")
    monkeypatch.setattr(
        branches, "proved", lambda *_, **__: Proof(revision="second", failures=(lost,))
    )
    history.project.write("schema.sql", WITH_C)
    ran = history.revise()
    assert ran.code == 3
    assert "not proved: t: rows are gone" in ran.err
    assert "please report it" in ran.err


# What revise refuses, and what it leaves behind.


def files(history: History) -> dict[str, bytes]:
    root = history.project.root
    found = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def folders(history: History) -> set[str]:
    return {path.name for path in history.versions.parent.iterdir()} - {"__pycache__"}


LOSSES = {
    "a column": ("b TEXT, p_id", "p_id", "drop:t.b", "t.b"),
    "a table": ("CREATE TABLE log (what TEXT);", "", "drop:log", "table log"),
    "values, by a type": ("k (a INTEGER, b TEXT)", "k (a INTEGER, b INTEGER)", "narrow:k.b", "k.b"),
    "values, by NOT NULL of a new one": (
        "k (a INTEGER,",
        "k (a INTEGER, c TEXT NOT NULL,",
        "empty:k.c",
        "k.c",
    ),
    "values, now computed": (
        "k (a INTEGER, b TEXT)",
        "k (a INTEGER, b TEXT AS (a))",
        "drop:k.b",
        "k.b",
    ),
    "a column of a table that is rebuilt": (
        "a INTEGER, b TEXT, p_id",
        "a INTEGER DEFAULT 5, p_id",
        "drop:t.b",
        "t.b",
    ),
}


def without(was: str, will_be: str) -> str:
    """A schema without what hangs on what goes."""
    schema = SCHEMA.replace(was, will_be)
    if "b TEXT" in was and "p_id" in was:
        schema = schema.replace(", CHECK (b <> 'no')", "").replace(
            "CREATE INDEX i ON t (a) WHERE b > '';", ""
        )
    return schema.replace(ON_K + ";", "") if "log" in was else schema


@pytest.mark.parametrize("style", ["batch", "sql"])
@pytest.mark.parametrize(("was", "will_be", "leave", "named"), LOSSES.values(), ids=LOSSES)
def test_a_loss_needs_leave(
    history: History, was: str, will_be: str, leave: str, named: str, style: str
) -> None:
    history.project.write("schema.sql", without(was, will_be))
    before = files(history)
    ran = history.revise("--style", style)
    assert (ran.code, ran.out) == (3, "")
    assert named in ran.err
    assert f"--allow {leave}" in ran.err
    assert "schema.sql:" in ran.err or not will_be or leave.startswith("drop")
    other = history.revise("--style", style, "--allow", "drop:other")
    assert other.code == 3
    assert files(history) == before
    assert folders(history) == {"env.py", "versions"}


@pytest.mark.parametrize("allow", ["named", "all"])
@pytest.mark.parametrize(("was", "will_be", "leave", "named"), LOSSES.values(), ids=LOSSES)
def test_with_leave_it_is_written(
    history: History, was: str, will_be: str, leave: str, named: str, allow: str
) -> None:
    history.project.write("schema.sql", without(was, will_be))
    ran = history.revise("--allow", leave if allow == "named" else "destructive")
    assert (ran.code, ran.err) == (0, "")
    assert history.second().is_file()
    assert folders(history) == {"env.py", "proofs.toml", "versions"}
    assert history.run("prove").code == 0


def test_every_loss_is_named_at_once(history: History) -> None:
    schema = SCHEMA.replace("k (a INTEGER, b TEXT)", "k (a INTEGER)").replace(
        " name TEXT NOT NULL", " other TEXT NOT NULL"
    )
    history.project.write("schema.sql", schema)
    ran = history.revise("--allow", "drop:k.b")
    assert ran.code == 3
    assert "drop:p.name" in ran.err
    assert "empty:p.other" in ran.err
    assert "drop:k.b" not in ran.err
    assert "@renamed from=name" in ran.err


def test_a_leave_that_is_none(history: History) -> None:
    history.project.write("schema.sql", WITH_C)
    ran = history.revise("--allow", "everything")
    assert (ran.code, "--allow everything" in ran.err) == (2, True)
    assert folders(history) == {"env.py", "versions"}


Break = Callable[[pytest.MonkeyPatch], None]


def fail(*_: Any, **__: Any) -> Any:
    raise RuntimeError("on purpose")


def stop(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


def refuse(*_: Any, **__: Any) -> Any:
    raise PlumbError([Problem("on purpose")])


@pytest.mark.parametrize("how", [fail, stop, refuse], ids=["raises", "is stopped", "refuses"])
@pytest.mark.parametrize("what", ["prove_revision", "needed_revisions"])
def test_nothing_is_left_behind(
    history: History, monkeypatch: pytest.MonkeyPatch, what: str, how: Any
) -> None:
    history.project.write("schema.sql", WITH_C)
    before = files(history)
    monkeypatch.setattr(branches, what, how)
    try:
        ran = history.revise()
        assert ran.code != 0
    except KeyboardInterrupt:
        pass
    assert files(history) == before
    assert folders(history) == {"env.py", "versions"}


TEMPLATES = {
    "that fails": "${1 / 0}",
    "that is no Python": '"""${message}"""\ndef (',
    "that exits": "raise SystemExit(3)",
    "that forgets the upgrade": (
        "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n"
        "def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
    ),
    "that has no revision": "x = 1\n",
}


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_of_the_project(history: History, template: str) -> None:
    history.project.write("migrations/script.py.mako", template)
    history.project.write("migrations/script_sql.py.mako", template)
    history.project.write("schema.sql", WITH_C)
    before = files(history)
    ran = history.revise()
    assert ran.code in (2, 3)
    assert "a fault of sqlplumb" not in ran.err
    assert files(history) == before
    assert folders(history) == {"env.py", "versions", "script.py.mako", "script_sql.py.mako"}


def test_what_is_plumb_writes_nothing(history: History) -> None:
    before = files(history)
    ran = history.revise()
    assert (ran.code, ran.out.partition("\n")[0]) == (0, "nothing to write: the history is plumb")
    assert files(history) == before


def test_a_revision_is_not_written_over(history: History) -> None:
    history.project.write("schema.sql", WITH_C)
    history.project.write("migrations/versions/second_change.py", "")
    before = files(history)
    ran = history.revise()
    assert ran.code in (2, 3)
    assert "a fault of sqlplumb" not in ran.err
    assert files(history) == before
    assert folders(history) == {"env.py", "versions"}


def test_a_row_of_a_live_database_is_in_the_way(history: History) -> None:
    schema = SCHEMA.replace("k (a INTEGER, b TEXT)", "k (a INTEGER CHECK (a < 5), b TEXT NOT NULL)")
    history.project.write("schema.sql", schema)
    history.upgrade("first")
    history.execute("INSERT INTO k VALUES (1, 'x'), (7, NULL);")
    before = files(history)
    ran = history.revise("--database", "sqlite:///app.db")
    assert ran.code == 3
    assert "k.b NOT NULL" in ran.err
    assert "a < 5" in ran.err
    assert files(history) == before
    history.execute("DELETE FROM k WHERE a = 7;")
    assert history.revise("--database", "sqlite:///app.db").code == 0


def test_a_version_table_of_another_name_is_no_difference(history: History) -> None:
    settings = "[tool.sqlplumb]\nschema = 'schema.sql'\nversion_table = 'Our_Versions'\n"
    history.project.write("pyproject.toml", settings)
    ran = proved(
        history, sql("CREATE TABLE z (a)"), sql("DROP TABLE z"), f"{SCHEMA}CREATE TABLE z (a);"
    )
    assert ran.code == 0, ran.err


MANY = SCHEMA + "".join(f"CREATE TABLE far{n} (id INTEGER PRIMARY KEY, a);" for n in range(70))


def proved_of_many(history: History, up: list[str], down: list[str], schema: str) -> Ran:
    history.begin(MANY + "CREATE VIEW seen AS SELECT a FROM far3;")
    return proved(history, up, down, schema)


def test_of_many_tables_those_in_reach_hold_rows(history: History) -> None:
    up, down = sql("ALTER TABLE p ADD COLUMN x"), sql("ALTER TABLE p DROP COLUMN x")
    desired = MANY.replace("name TEXT NOT NULL)", "name TEXT NOT NULL, x)", 1)
    ran = proved_of_many(history, up, down, f"{desired}CREATE VIEW seen AS SELECT a FROM far3;")
    assert ran.code == 0, ran.out
    assert "with 10 rows in 2 tables" in ran.out  # p, and t that refers to it
    assert "neither names nor reaches held no rows" in ran.out


def test_what_changes_out_of_reach_is_in_reach_after_all(history: History) -> None:
    """SQLite rewrites a view that nobody named."""
    up = sql("ALTER TABLE far3 RENAME TO near3")
    down = sql("ALTER TABLE near3 RENAME TO far3")
    desired = MANY.replace("TABLE far3 ", 'TABLE "near3" ')
    view = 'CREATE VIEW seen AS SELECT a FROM "near3";'
    ran = proved_of_many(history, up, down, desired + view)
    assert ran.code == 0, ran.out


def test_a_loss_among_many_tables_is_seen(history: History) -> None:
    up = rebuilt(f"SELECT {COLUMNS} FROM t WHERE a IS NULL")
    ran = proved_of_many(history, up, [], f"{MANY}CREATE VIEW seen AS SELECT a FROM far3;")
    assert ran.code == 1
    assert "rows are gone" in ran.out


def test_a_cascade_into_a_table_that_nobody_named_is_seen(history: History) -> None:
    up = ["op.execute('PRAGMA foreign_keys = ON')", *sql("DELETE FROM p")]
    ran = proved_of_many(history, up, [], f"{MANY}CREATE VIEW seen AS SELECT a FROM far3;")
    assert ran.code == 1, ran.out


HUB = (
    "CREATE TABLE hub (id INTEGER PRIMARY KEY);"
    "CREATE TABLE spoke (id INTEGER PRIMARY KEY,"
    " hub_id INTEGER REFERENCES hub (id) ON DELETE CASCADE);"
)


def test_what_is_only_referred_to_brings_no_others_in_reach(history: History) -> None:
    history.begin(MANY + HUB)
    rim = "CREATE TABLE rim (id INTEGER PRIMARY KEY, hub_id INTEGER REFERENCES hub (id))"
    ran = proved(history, sql(rim), sql("DROP TABLE rim"), f"{MANY}{HUB}{rim};")
    assert ran.code == 0, ran.out
    assert "with 5 rows in 1 table" in ran.out  # hub, and not spoke


DELETED_FOR_ROWS = """\
for (name,) in op.get_bind().exec_driver_sql("SELECT 'h' || 'ub' FROM p").fetchall():
        op.get_bind().exec_driver_sql(f"DELETE FROM {name}")"""


def test_a_table_that_only_rows_bring_in_reach(history: History) -> None:
    """Without rows nobody learns which table it deletes from."""
    history.begin(MANY + HUB)
    up = ["op.execute('PRAGMA foreign_keys = ON')", DELETED_FOR_ROWS]
    ran = proved(history, up, [], MANY + HUB)
    assert ran.code == 1, ran.out
    assert "spoke: 4 of 5 rows are gone" in ran.out  # one refers to nothing


def test_a_way_back_that_writes_where_the_way_up_did_not(history: History) -> None:
    history.begin(MANY + HUB)
    up, down = sql("ALTER TABLE p ADD COLUMN x"), sql("ALTER TABLE p DROP COLUMN x")
    down += ["op.execute('PRAGMA foreign_keys = ON')", *sql("DELETE FROM hub")]
    desired = MANY.replace("name TEXT NOT NULL)", "name TEXT NOT NULL, x)", 1)
    ran = proved(history, up, down, desired + HUB)
    assert ran.code == 1, ran.out
    assert "spoke" in ran.out


VIEWED = (
    "CREATE TABLE names (id INTEGER PRIMARY KEY, a); CREATE TABLE goal (id INTEGER PRIMARY KEY, a);"
    "CREATE VIEW shown AS SELECT id FROM names;"
)
WOKEN = (
    "CREATE TABLE one (id INTEGER PRIMARY KEY, a); CREATE TABLE two (id INTEGER PRIMARY KEY, a);"
    "CREATE TABLE goal (id INTEGER PRIMARY KEY, a);"
    "CREATE TRIGGER first AFTER UPDATE ON one BEGIN UPDATE two SET a = 1; END;"
    "CREATE TRIGGER second AFTER UPDATE ON two BEGIN DELETE FROM goal; END;"
)


@pytest.mark.parametrize(
    ("schema", "statement", "found"),
    [
        (VIEWED, "DELETE FROM goal WHERE id IN (SELECT id FROM shown)", "of 5 rows of goal"),
        (WOKEN, "UPDATE one SET a = 2", "goal: 5 of 5 rows are gone"),
    ],
    ids=["through a view", "by the trigger of a trigger"],
)
def test_what_no_statement_names_holds_rows(
    history: History, schema: str, statement: str, found: str
) -> None:
    """The engine tells what a view reads, and what a trigger wakes."""
    history.begin(MANY + schema)
    ran = proved(history, sql(statement), ["pass"], MANY + schema)
    assert found in ran.out, ran.out


STATES = "CREATE TABLE s (id INTEGER PRIMARY KEY, state TEXT, note TEXT);"
RULE = "CHECK (state IN ('open', 'done', 'gone'))"
NAMED = f"CREATE TABLE {{}} (id INTEGER PRIMARY KEY, state TEXT NOT NULL {RULE}, note TEXT)"
LOWERED = "UPDATE s SET state = coalesce(lower(state), 'open')"


def stricter(table: str, rest: str, *before: str) -> list[str]:
    """The same rows under a stricter rule, and whatever is added to the SELECT."""
    return sql(
        *before,
        NAMED.format("new"),
        f"INSERT INTO new SELECT id, state, note FROM s {rest}",
        "DROP TABLE s",
        f"ALTER TABLE new RENAME TO {table}",
    )


@pytest.mark.parametrize("table", ["s", "states"])
@pytest.mark.parametrize("before", [(), (LOWERED,)], ids=["as they are", "data step"])
@pytest.mark.parametrize(
    ("rest", "code"),
    [("", 0), ("WHERE state = 'open'", 1), ("LIMIT 1", 1), ("WHERE note IS NOT NULL", 1)],
)
def test_of_what_a_stricter_rule_lets_in_nothing_may_be_lost(
    project: Project, run: Run, table: str, before: tuple[str, ...], rest: str, code: int
) -> None:
    """No row of its own choice satisfies such a list: some that do are put in."""
    history = History(project, run)
    history.begin(STATES)
    back = [STATES.replace(" s ", " x "), f"INSERT INTO x SELECT * FROM {table}"]
    down = sql(*back, f"DROP TABLE {table}", "ALTER TABLE x RENAME TO s")
    done = proved(history, stricter(table, rest, *before), down, NAMED.format(table) + ";")
    assert done.code == code, done.out + done.err


@pytest.mark.parametrize("style", ["batch", "sql"])
def test_a_computed_text_that_is_no_utf8(style: str, project: Project, run: Run) -> None:
    history = History(project, run)
    history.begin("CREATE TABLE t (id INT, c DEFAULT x'ab', note INT AS (c || '-'));")
    project.write("schema.sql", "CREATE TABLE t (c DEFAULT x'ab', note INT);")
    ran = history.revise("--style", style, "--allow", "destructive")
    assert (ran.code, ran.err) == (0, "")
