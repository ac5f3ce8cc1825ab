"""What a data step does is told by rows that it meets, where nothing in the schema names them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

PEOPLE = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
ORDERS = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT NOT NULL, total INTEGER NOT NULL,"
    " person_id INTEGER NOT NULL REFERENCES people (id));"
)
OLD = "CREATE TABLE old_orders (id INTEGER PRIMARY KEY, status TEXT);"
SCHEMA = PEOPLE + ORDERS + OLD
IN_PYTHON = """\
bind = op.get_bind()
rows = bind.execute(sa.text("SELECT id, status FROM orders WHERE status = 'cancelled'")).all()
for row in rows:
    bind.execute(sa.text("UPDATE orders SET status = 'void' WHERE id = :id"), {"id": row.id})
"""
STEPS = {
    "one value": ("UPDATE orders SET status = 'void' WHERE status = 'cancelled'", "changes"),
    "a value in double quotes": (
        'UPDATE orders SET status = "void" WHERE status = "cancelled"',
        "changes",
    ),
    "two columns": (
        "UPDATE orders SET status = 'void' WHERE status LIKE 'canc%' AND total > 100000",
        "changes",
    ),
    "an alias": ("UPDATE orders AS o SET status = 'void' WHERE o.status = 'cancelled'", "changes"),
    "no WHERE, a CASE": (
        "UPDATE orders SET status = CASE status WHEN 'cancelled' THEN 'void' ELSE status END",
        "changes",
    ),
    "no WHERE, a function": ("UPDATE orders SET status = replace(status, 'canc', 'k')", "changes"),
    "a condition on another table": (
        "UPDATE orders SET status = 'void'"
        " WHERE person_id IN (SELECT id FROM people WHERE name = 'Nobody')",
        "changes",
    ),
    "a correlated condition": (
        "UPDATE orders SET status = 'void' WHERE EXISTS"
        " (SELECT 1 FROM people AS p WHERE p.id = orders.person_id AND p.name = 'Nobody')",
        "changes",
    ),
    "a common table expression": (
        "WITH gone AS (SELECT id FROM people WHERE name = 'Nobody')"
        " UPDATE orders SET status = 'void' WHERE person_id IN (SELECT id FROM gone)",
        "changes",
    ),
    "another table's values": (
        "UPDATE orders SET status = 'void' FROM people AS p"
        " WHERE p.id = orders.person_id AND p.name = 'Nobody'",
        "changes",
    ),
    "an upsert": (
        "INSERT INTO orders SELECT id, status, total, person_id FROM orders"
        " WHERE status = 'cancelled' ON CONFLICT (id) DO UPDATE SET status = 'void'",
        "changes",
    ),
    "DELETE": ("DELETE FROM orders WHERE status = 'cancelled'", "deletes"),
    "REPLACE of a copy": (
        "INSERT OR REPLACE INTO orders (id, status, total, person_id)"
        " SELECT id, 'void', total, person_id FROM orders WHERE status = 'cancelled'",
        "changes",
    ),
}


@pytest.fixture
def history(project: Project, run: Run) -> History:
    project.patch.delenv("DATABASE_URL", raising=False)
    return History(project, run)


def written(history: History, up: list[str], schema: str = SCHEMA) -> None:
    history.begin(schema)
    history.by_hand(up, ["pass"])
    history.project.write("schema.sql", schema)


@pytest.mark.parametrize(("statement", "verb"), STEPS.values(), ids=STEPS)
def test_rows_are_made_that_a_data_step_meets(history: History, statement: str, verb: str) -> None:
    written(history, [f"op.execute({statement!r})"])
    ran = history.run("prove", "second")
    assert ran.code == 0, ran.out
    what = "changes values of orders.status in" if verb == "changes" else "deletes "
    assert what in ran.out, ran.out
    assert "not covered" not in ran.out, ran.out


def test_rows_are_made_that_python_asks_for(history: History) -> None:
    written(history, [IN_PYTHON])
    ran = history.run("prove", "second")
    assert "changes values of orders.status in" in ran.out, ran.out


def test_some_rows_are_left_as_they_are(history: History) -> None:
    written(history, ["op.execute(\"DELETE FROM orders WHERE status <> 'cancelled'\")"])
    ran = history.run("prove", "second")
    found = [line.split() for line in ran.out.splitlines() if line.startswith("  deletes ")]
    ((_, gone, _, total, *_),) = found
    assert 0 < int(gone) < int(total), ran.out


def test_a_review_asks_for_a_look(history: History) -> None:
    written(history, [f"op.execute({STEPS['one value'][0]!r})"])
    told = history.run("review", "second", "--format", "json")
    (page,) = json.loads(told.out)["revisions"]
    assert page["verdict"] == "look"
    assert "nothing is lost" not in page["summary"]
    assert page["values"]


def test_a_step_that_meets_no_row_is_said(history: History) -> None:
    """SQLite's own value of a column that no row can have."""
    schema = SCHEMA.replace("status TEXT NOT NULL", "status TEXT NOT NULL CHECK (status < 'b')")
    statement = "UPDATE orders SET status = 'a' WHERE status = 'cancelled'"
    written(history, [f"op.execute({statement!r})"], schema)
    ran = history.run("prove", "second")
    assert ran.code == 0, ran.out
    assert "no row was found that it meets" in ran.out, ran.out


def test_a_column_by_the_name_that_it_gets(history: History) -> None:
    rename = "op.execute('ALTER TABLE orders RENAME COLUMN status TO state')"
    statement = "UPDATE orders SET state = 'void' WHERE state = 'cancelled'"
    written(history, [rename, f"op.execute({statement!r})"])
    history.project.write("schema.sql", SCHEMA.replace("total", "t").replace("status TEXT NOT", ""))
    history.by_hand(
        [rename, f"op.execute({statement!r})"],
        ["op.execute('ALTER TABLE orders RENAME COLUMN state TO status')"],
    )
    history.project.write(
        "schema.sql", SCHEMA.replace("status TEXT NOT NULL", "state TEXT NOT NULL")
    )
    ran = history.run("prove", "second")
    assert "changes values of orders.state in" in ran.out, ran.out


def test_rows_that_a_guard_refuses_cost_the_others_nothing(history: History) -> None:
    """What a data step would break is said; the table is proved without such rows."""
    schema = SCHEMA.replace("status TEXT NOT NULL", "status TEXT NOT NULL UNIQUE")
    statement = "UPDATE orders SET status = 'void' WHERE status IN ('cancelled', 'refunded')"
    written(history, [f"op.execute({statement!r})"], schema)
    ran = history.run("prove", "second")
    assert ran.code == 0, ran.out
    assert "rows of orders" not in ran.out, ran.out


NULLABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL);"
FILLED = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL, c TEXT NOT NULL);"
BY_COPY = (
    FILLED.replace("TABLE t", "TABLE n").rstrip(";"),
    "INSERT INTO n SELECT id, a, b, {value} FROM t",
    "DROP TABLE t",
    "ALTER TABLE n RENAME TO t",
)
PARTLY = {
    "a value that may be NULL": ("a", "NOT NULL constraint failed: n.c"),
    "an expression that may be NULL": ("a || b", "NOT NULL constraint failed: n.c"),
    "a value that its Python refuses": ("a", "ValueError"),
}


@pytest.mark.parametrize(("value", "why"), PARTLY.values(), ids=PARTLY)
def test_only_the_rows_that_are_refused_are_left_out(
    history: History, value: str, why: str
) -> None:
    history.begin(NULLABLE)
    read = "op.get_bind().execute(sa.text('SELECT a FROM t')).scalars()"
    guard = f"if None in {read}: raise ValueError()"
    up = [f"op.execute({one.format(value=value)!r})" for one in BY_COPY]
    down = ["with op.batch_alter_table('t') as batch:", "    batch.drop_column('c')"]
    history.by_hand([*([guard] if why == "ValueError" else []), *up], down)
    history.project.write("schema.sql", FILLED)
    ran = history.run("prove", "second")
    assert ran.code == 0, ran.out
    assert "with 4 rows in 1 table" in ran.out, ran.out
    assert f"not covered: 1 of 5 rows of t: {why}" in ran.out, ran.out


def test_where_no_row_can_be_kept_none_is(history: History) -> None:
    history.begin(NULLABLE)
    up = [f"op.execute({one.format(value='NULL')!r})" for one in BY_COPY]
    history.by_hand(up, ["with op.batch_alter_table('t') as batch:", "    batch.drop_column('c')"])
    history.project.write("schema.sql", FILLED)
    ran = history.run("prove", "second")
    assert "not covered: rows of t: NOT NULL constraint failed" in ran.out, ran.out


def test_the_settings_are_those_of_the_run(history: History) -> None:
    """The revision turns foreign keys on and begins a transaction: neither is fixed text."""
    step = "UPDATE orders SET total = 0"
    written(history, ["op.execute('PRAGMA foreign_keys = ON')", f"op.execute({step!r})"])
    ran = history.run("prove", "second")
    said = (
        "without env.py: foreign keys off, each statement committed by itself; env.py itself sets"
    )
    assert said in ran.out
    statements = ["SAVEPOINT own", step, "RELEASE own"]
    written(history, [f"op.execute({one!r})" for one in statements])
    for told in (history.run("prove", "second"), history.run("review", "second")):
        words = " ".join(told.out.split())
        assert "foreign keys off, one transaction, which the revision begins;" in words, told.out


@pytest.mark.parametrize("form", ["text", "md", "html", "json"])
def test_values_and_notes_are_in_every_format(history: History, form: str) -> None:
    """A key of text is copied without its rowids, which is noted."""
    schema = SCHEMA + "CREATE TABLE k (name TEXT NOT NULL PRIMARY KEY, a INTEGER);"
    copy = (
        "CREATE TABLE n (name TEXT NOT NULL PRIMARY KEY, a INTEGER)",
        "INSERT INTO n SELECT name, a FROM k ORDER BY name DESC",
        "DROP TABLE k",
        "ALTER TABLE n RENAME TO k",
        STEPS["one value"][0],
    )
    written(history, [f"op.execute({one!r})" for one in copy], schema)
    told = history.run("review", "second", "--format", form)
    words = " ".join(told.out.replace("\\_", "_").split())
    assert "another rowid, under the same name" in words, told.out
    assert words.count("changes values of orders.status in") > 1, told.out
    if form != "json":
        assert "Values that change" in words
    assert "foreign keys off, each statement committed by itself" in words


PARENTS = "CREATE TABLE p (id INTEGER PRIMARY KEY);"
CHILDREN = "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER, s TEXT{});"
FOREIGN_KEY = ", CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id)"
ADD_FOREIGN_KEY = """\
with op.batch_alter_table("c") as batch:
    batch.create_foreign_key("fk", "p", ["p"], ["id"])
"""
ADD_CHECK = """\
with op.batch_alter_table("c") as batch:
    batch.create_check_constraint("ck", "s > 'a'")
"""
ADD_UNIQUE = """\
with op.batch_alter_table("c") as batch:
    batch.create_unique_constraint("uq", ["s"])
"""
ADD_INDEX = 'op.execute("CREATE UNIQUE INDEX uq ON c (s)")'
TO_NEW = [
    'op.execute("CREATE TABLE q (id INTEGER PRIMARY KEY)")',
    'op.execute("INSERT INTO q SELECT DISTINCT p FROM c WHERE p NOT NULL")',
    ADD_FOREIGN_KEY.replace('"p",', '"q",'),
]
MENDED = {
    "values": (["UPDATE c SET p = NULL WHERE p NOT IN (SELECT id FROM p)"], FOREIGN_KEY),
    "rows that go": (["DELETE FROM c WHERE p NOT IN (SELECT id FROM p)"], FOREIGN_KEY),
    "rows that come": (["INSERT INTO p SELECT DISTINCT p FROM c WHERE p > 2"], FOREIGN_KEY),
    "rows that a CHECK refuses": (
        ["DELETE FROM c WHERE s = 'a'"],
        ", CONSTRAINT ck CHECK (s > 'a')",
    ),
    "values that a UNIQUE refuses": (
        ["UPDATE c SET s = NULL WHERE id NOT IN (SELECT min(id) FROM c GROUP BY s)"],
        ", CONSTRAINT uq UNIQUE (s)",
    ),
    "values that a UNIQUE INDEX refuses": (["UPDATE c SET s = id"], ""),
    "rows of a new table": ([], FOREIGN_KEY.replace("REFERENCES p", "REFERENCES q")),
    "others": (["DELETE FROM c WHERE p = 5"], FOREIGN_KEY),
}


@pytest.mark.parametrize("case", MENDED)
def test_rows_that_a_revision_mends_refuse_nothing(case: str, history: History) -> None:
    """They are asked as they are when the rule holds, by the database itself: what is left
    refuses, on a copy as well."""
    (statements, rule), is_new = MENDED[case], case == "rows of a new table"
    adds = {"CHECK": ADD_CHECK, "INDEX": ADD_INDEX, "UNIQUE": ADD_UNIQUE}
    add = next((adds[word] for word in adds if word in case), ADD_FOREIGN_KEY)
    index = "CREATE UNIQUE INDEX uq ON c (s);" if add == ADD_INDEX else ""
    history.begin(PARENTS + CHILDREN.format(""))
    up = TO_NEW if is_new else [*(f'op.execute("{one}")' for one in statements), add]
    history.by_hand(up, ["raise NotImplementedError('no')"])
    made = "CREATE TABLE q (id INTEGER PRIMARY KEY);" if is_new else ""
    history.project.write("schema.sql", PARENTS + made + CHILDREN.format(rule) + index)
    assert history.run("prove").code == 0
    history.upgrade("first")
    history.execute("INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (5, 2, 'b'), (6, 9, 'a');")
    if "UNIQUE" in case:
        history.execute("UPDATE c SET s = 'a'")
    before = (history.project.root / "app.db").read_bytes()
    tried = history.run("apply", "sqlite:///app.db", "--dry-run")
    ran = history.run("apply", "sqlite:///app.db")
    assert tried.code == ran.code, tried.err
    if case == "others":
        assert ran.code == 3
        assert "leaves 1 row without a parent: row 6 of c, which refers to p" in ran.err, ran.err
        assert (history.project.root / "app.db").read_bytes() == before
    else:
        assert ran.code == 0, ran.err
