"""What a hint says is in the revision, whatever its style: proved with rows that need it, and then
run by Alembic on a live database.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History


@dataclass(frozen=True)
class Hinted:
    """`values` are those of column c of the rows that were there."""

    before: str
    after: str
    rows: str
    values: list[Any]


def told(rules: str, columns: str = "k INTEGER PRIMARY KEY,\n  {}") -> str:
    return f"CREATE TABLE t (\n  {columns.format(rules)}\n);"


LIST = "c TEXT NOT NULL CONSTRAINT known CHECK (c IN ({}))"
TWO = "'new', 'done'"
MENDED = "CASE c WHEN 'cancelled' THEN 'new' ELSE c END"
KINDS = {
    "CHECK with a list": Hinted(
        told(LIST.format("'new', 'done', 'cancelled'")),
        told(f"{LIST.format(TWO)} -- @backfill {MENDED}"),
        "(1, 'new'), (2, 'cancelled'), (3, 'done')",
        ["new", "new", "done"],
    ),
    "CHECK that is new": Hinted(
        told("c TEXT"),
        told("c TEXT CONSTRAINT short CHECK (length(c) < 9) -- @backfill substr(c, 1, 8)"),
        "(1, 'abc'), (2, 'abcdefghijkl'), (3, NULL)",
        ["abc", "abcdefgh", None],
    ),
    "CHECK of the table": Hinted(
        told("c INTEGER, d INTEGER"),
        told("c INTEGER, -- @backfill d\n  d INTEGER, CONSTRAINT ck CHECK (c >= d)"),
        "(1, 5, 5), (2, 3, 7), (3, NULL, 1)",
        [5, 7, None],
    ),
    "CHECK and NOT NULL": Hinted(
        told("c INTEGER"),
        told("c INTEGER NOT NULL DEFAULT 1 CONSTRAINT ck CHECK (c > 0) -- @backfill 42"),
        "(1, 5), (2, NULL), (3, -5)",
        [5, 42, 42],
    ),
    "NOT NULL": Hinted(
        told("c TEXT"),
        told("c TEXT NOT NULL -- @backfill 'none'"),
        "(1, 'x'), (2, NULL)",
        ["x", "none"],
    ),
    "type": Hinted(
        told("c TEXT"),
        told("c INTEGER -- @backfill CAST(replace(c, ' kg', '') AS INTEGER)"),
        "(1, '12 kg'), (2, NULL), (3, '5')",
        [12, None, 5],
    ),
    "computed no more": Hinted(
        told("a INTEGER, c INTEGER AS (a * 2) STORED"),
        told("a INTEGER, c INTEGER -- @backfill c + 1"),
        "(1, 4), (2, NULL)",
        [9, None],
    ),
    "new column": Hinted(
        told("a TEXT"),
        told("a TEXT, c TEXT NOT NULL -- @backfill upper(a)"),
        "(1, 'x'), (2, 'y')",
        ["X", "Y"],
    ),
    "new column that may be NULL": Hinted(
        told("a TEXT"), told("a TEXT, c TEXT -- @backfill upper(a)"), "(1, 'x')", ["X"]
    ),
    "renamed": Hinted(
        told("a TEXT"), told("c TEXT -- @renamed from=a"), "(1, 'x'), (2, NULL)", ["x", None]
    ),
    "renamed, and a CHECK": Hinted(
        told("a TEXT CONSTRAINT ck CHECK (a <> 'no')"),
        told(
            "-- @renamed from=a\n  c TEXT CONSTRAINT ck CHECK (c IN ('new', 'done'))"
            " -- @backfill iif(c = 'cancelled', 'done', 'new')"
        ),
        "(1, 'cancelled'), (2, 'odd'), (3, 'done')",
        ["done", "new", "done"],
    ),
    "a key of text": Hinted(
        told("c TEXT, PRIMARY KEY (k, c)", "k TEXT, {}"),
        told(
            "c TEXT CONSTRAINT ck CHECK (c > 'b') /* @backfill 'c' || c */, PRIMARY KEY (k, c)",
            "k TEXT, {}",
        ),
        "('b', 'a'), ('a', 'x')",
        ["x", "ca"],
    ),
}


@pytest.fixture
def history(project: Project, run: Run) -> History:
    project.patch.delenv("DATABASE_URL", raising=False)
    return History(project, run)


def values(history: History) -> list[Any]:
    with closing(sqlite3.connect(history.project.root / "app.db")) as connection:
        return [value for (value,) in connection.execute("SELECT c FROM t ORDER BY k")]


@pytest.mark.parametrize("style", ["batch", "sql"])
@pytest.mark.parametrize("hinted", KINDS.values(), ids=KINDS)
def test_a_live_database_gets_the_values_of_the_hint(
    history: History, hinted: Hinted, style: str
) -> None:
    history.begin(hinted.before)
    history.upgrade("head")
    history.execute(f"INSERT INTO t VALUES {hinted.rows};")
    history.project.write("schema.sql", hinted.after)
    ran = history.revise("--style", style, "--allow", "destructive")
    assert (ran.code, ran.err) == (0, ""), ran.err
    assert "that it would change" not in ran.out
    history.upgrade("head")
    assert values(history) == hinted.values
    history.downgrade("first")
    history.upgrade("head")


FORGETFUL = {
    name: one for name, one in KINDS.items() if name not in ("renamed", "computed no more")
}


@pytest.mark.parametrize("hinted", FORGETFUL.values(), ids=FORGETFUL)
def test_a_hint_that_the_file_forgets_is_found_out(history: History, hinted: Hinted) -> None:
    """As if batch mode were believed to say what it cannot."""
    history.begin(hinted.before)
    history.project.write("schema.sql", hinted.after)
    body = import_module("sqlplumb.engines.sqlite.alembic.body")  # a function has its name
    history.project.patch.setattr(body, "batch", forgetful(body.batch))
    ran = history.revise("--style", "batch", "--allow", "destructive")
    assert ran.code == 3, ran.out
    assert "not proved" in ran.err
    assert not [*history.versions.glob("*change*")]


def forgetful(batch: Any) -> Any:
    return lambda step, function: batch(replace(step, fills=()), function)


@dataclass(frozen=True)
class Stale:
    """A hint whose work is done, the next change beside it, and what the live rows say to that."""

    before: str
    after: str
    rows: str
    said: str
    advised: str = "Mend them first, or say `-- @backfill EXPRESSION` at the column in schema.sql"


CODES = "CREATE TABLE codes (\n  code TEXT NOT NULL PRIMARY KEY -- @backfill 'none'\n);\n"
DONE = "c INTEGER NOT NULL -- @backfill 42\n"
STALE = {
    "CHECK": Stale(
        told(f"d INTEGER, {DONE}"),
        told(f"d INTEGER CONSTRAINT ck CHECK (d > 0), {DONE}"),
        "INSERT INTO t VALUES (1, -1, 5);",
        "1 row of t would be refused by t.ck CHECK (d > 0)",
    ),
    "CHECK of its own column": Stale(
        told(DONE),
        told(f"c INTEGER NOT NULL CONSTRAINT ck CHECK (c > 50) {DONE[19:]}"),
        "INSERT INTO t VALUES (1, 5);",
        "1 row of t would be refused by t.ck CHECK (c > 50)",
    ),
    "NOT NULL": Stale(
        told(f"d INTEGER, {DONE}"),
        told(f"d INTEGER NOT NULL, {DONE}"),
        "INSERT INTO t VALUES (1, NULL, 5);",
        "1 row of t would be refused by t.d NOT NULL",
    ),
    "a foreign key": Stale(
        CODES + told("c TEXT"),
        CODES + told("c TEXT CONSTRAINT fk REFERENCES codes (code)"),
        "INSERT INTO codes VALUES ('a'); INSERT INTO t VALUES (1, 'b');",
        "1 row of t would be refused by t.fk",
        "Mend them first: add the rows that they refer to",
    ),
    "UNIQUE": Stale(
        told(f"d INTEGER, {DONE}"),
        told(f"d INTEGER CONSTRAINT uq UNIQUE, {DONE}"),
        "INSERT INTO t VALUES (1, 7, 5), (2, 7, 5);",
        "2 rows of t would be refused by t.uq UNIQUE",
        "Mend them first: no two rows may have the same values there, and which of them keeps its",
    ),
    "a type": Stale(
        told("c TEXT NOT NULL -- @backfill 'none'"),
        told("c INTEGER NOT NULL -- @backfill 'none'"),
        "INSERT INTO t VALUES (1, '007'), (2, '12');",
        "this would lose 1 value of t.c that changes with its type, text to integer",
        "allow it with --allow narrow:t.c",
    ),
}


@pytest.mark.parametrize("stale", STALE.values(), ids=STALE)
def test_a_hint_whose_work_is_done_silences_no_look(history: History, stale: Stale) -> None:
    history.begin(stale.before)
    history.upgrade("head")
    history.execute(stale.rows)
    history.project.write("schema.sql", stale.after)
    ran = history.revise("--database", "sqlite:///app.db")
    assert ran.code != 0, ran.out
    assert stale.said in ran.err
    assert stale.advised in ran.err
    assert not [*history.versions.glob("*change*")]


def test_a_type_that_a_hint_converts_is_no_loss(history: History) -> None:
    history.begin(told("c TEXT"))
    history.project.write("schema.sql", told("c INTEGER -- @backfill CAST(c AS INTEGER)"))
    assert history.revise().code == 0


def test_what_asks_for_a_hint_spells_names_as_they_are_written(history: History) -> None:
    history.begin("CREATE TABLE t (id INTEGER PRIMARY KEY, dataType TEXT);")
    history.project.write(
        "schema.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, kindOf TEXT UNIQUE);"
    )
    done = history.revise()
    assert done.code == 3
    assert "if that is a rename, say `-- @renamed from=dataType` beside t.kindOf" in done.err
