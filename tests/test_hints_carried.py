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
    body = import_module("sqlplumb.render.revision.body")  # a function has its name
    history.project.patch.setattr(body, "batch", forgetful(body.batch))
    ran = history.revise("--style", "batch", "--allow", "destructive")
    assert ran.code == 3, ran.out
    assert "not proved" in ran.err
    assert not [*history.versions.glob("*change*")]


def forgetful(batch: Any) -> Any:
    return lambda step, function: batch(replace(step, fills=()), function)
