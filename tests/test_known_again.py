"""A proof knows a row by its key, whatever number it has; without a key by its number alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Ran, Run
    from tests.histories import History
else:
    from histories import History

KEYS = {
    "TEXT": "id TEXT PRIMARY KEY, n INTEGER, v TEXT",
    "CHAR of a UUID": "id CHAR(36) NOT NULL PRIMARY KEY, n INTEGER, v TEXT",
    "BLOB": "id BLOB PRIMARY KEY, n INTEGER, v TEXT",
    "REAL": "id REAL PRIMARY KEY, n INTEGER, v TEXT",
    "no type, every class of values": "id PRIMARY KEY, n INTEGER, v TEXT",
    "INT, which is no rowid": "id INT PRIMARY KEY, n INTEGER, v TEXT",
    "NOCASE": "id TEXT COLLATE NOCASE PRIMARY KEY, n INTEGER, v TEXT",
    "two columns": "id TEXT, n INTEGER, v TEXT, PRIMARY KEY (id, n)",
    "UNIQUE NOT NULL": "id TEXT NOT NULL UNIQUE, n INTEGER, v TEXT",
    "a name that hides the number": "id TEXT PRIMARY KEY, n INTEGER, v TEXT, rowid TEXT",
}
RENUMBERED = "SELECT {} FROM t ORDER BY rowid DESC"


@pytest.fixture
def history(project: Project, run: Run) -> History:
    project.patch.delenv("DATABASE_URL", raising=False)
    return History(project, run)


def copied(body: str, columns: str, select: str, name: str = "new") -> list[str]:
    made = f"CREATE TABLE {name} ({body})"
    insert = f"INSERT INTO {name} ({columns}) {select}"
    return [f"op.execute({one!r})" for one in (made, insert, "DROP TABLE t", RENAME)]


RENAME = "ALTER TABLE new RENAME TO t"


def proved(history: History, before: str, up: list[str], after: str, down: list[str]) -> Ran:
    history.begin(f"CREATE TABLE t ({before});")
    history.by_hand(up, down)
    history.project.write("schema.sql", f"CREATE TABLE t ({after});")
    return history.run("prove", "second")


def anew(body: str, select: str = RENUMBERED) -> list[str]:
    columns = "id, n, v, rowid" if "rowid" in body else "id, n, v"
    return copied(body, columns, select.format(columns))


@pytest.mark.parametrize("body", KEYS.values(), ids=KEYS)
def test_a_number_that_changes_under_a_key_is_noted(history: History, body: str) -> None:
    ran = proved(history, body, anew(body), body, anew(body))
    assert ran.code == 0, ran.out
    assert "fails" not in ran.out
    assert "rows of t have another rowid, under the same id" in ran.out


WRONG = {
    "a value of another row": "SELECT id, n, (SELECT v FROM t AS o WHERE o.id <> t.id) v FROM t",
    "a key of another": "SELECT id, n, v FROM (SELECT lead(id, 1, 'x') OVER () id, n, v FROM t)",
    "a row less": "SELECT id, n, v FROM t WHERE rowid > (SELECT min(rowid) FROM t)",
    "values that come as text": "SELECT id, n, v FROM (SELECT id, n, 'x' AS v FROM t)",
}


def through_a_view(body: str, select: str) -> list[str]:
    return [
        f"op.execute({one!r})"
        for one in (
            f"CREATE TABLE new ({body})",
            f"CREATE VIEW w AS {select}",
            "INSERT INTO new (id, n, v) SELECT id, n, v FROM w",
            "DROP VIEW w",
            "DROP TABLE t",
            RENAME,
        )
    ]


@pytest.mark.parametrize("select", WRONG.values(), ids=WRONG)
def test_what_is_lost_under_a_key_is_seen(history: History, select: str) -> None:
    body = KEYS["CHAR of a UUID"]
    ran = proved(history, body, through_a_view(body, select), body, ["pass"])
    assert ran.code == 1, ran.out
    assert "fails: t" in ran.out


NO_KEY = "id TEXT, n INTEGER, v TEXT"


def test_without_a_key_the_number_is_all_there_is(history: History) -> None:
    """As batch mode does with `billowers(bill_id, person_id)`: each row is there, word for word."""
    ran = proved(history, NO_KEY, anew(NO_KEY), NO_KEY, anew(NO_KEY))
    assert ran.code == 1, ran.out
    assert "rows have another rowid, with the same values, and no key" in ran.out
    assert "values changed" not in ran.out


@pytest.mark.parametrize("select", WRONG.values(), ids=WRONG)
def test_what_is_lost_without_a_key_is_seen(history: History, select: str) -> None:
    ran = proved(history, NO_KEY, through_a_view(NO_KEY, select), NO_KEY, ["pass"])
    assert ran.code == 1, ran.out
    assert "fails: t" in ran.out


CHANGED = {
    "another type": (
        "id TEXT NOT NULL PRIMARY KEY CHECK (id GLOB '[1-9][0-9]'), n, v",
        "id INTEGER NOT NULL, n, v, PRIMARY KEY (id DESC)",
        "SELECT id, n, v FROM t ORDER BY v",
        "id, n, v",
    ),
    "the rowid": (
        "id TEXT NOT NULL PRIMARY KEY CHECK (id GLOB '[1-9][0-9]'), n, v",
        "id INTEGER PRIMARY KEY, n, v",
        "SELECT id, n, v FROM t ORDER BY v",
        "id, n, v",
    ),
    "another column": (
        "id TEXT PRIMARY KEY, n INTEGER NOT NULL UNIQUE, v",
        "id TEXT, n INTEGER NOT NULL UNIQUE, v",
        "SELECT id, n, v FROM t ORDER BY v",
        "id, n, v",
    ),
    "given up": (
        "id TEXT PRIMARY KEY, n INTEGER, v",
        "n INTEGER, v",
        "SELECT n, v FROM t ORDER BY v",
        "n, v",
    ),
    "another name": (
        "id TEXT PRIMARY KEY, n INTEGER, v",
        "uuid TEXT PRIMARY KEY, n INTEGER, v",
        "SELECT id, n, v FROM t ORDER BY v",
        "uuid, n, v",
    ),
}


@pytest.mark.parametrize(("before", "after", "select", "columns"), CHANGED.values(), ids=CHANGED)
def test_rows_are_known_again_where_the_key_itself_changes(
    history: History, before: str, after: str, select: str, columns: str
) -> None:
    names = [name.strip() for name in columns.split(",")]
    stand_in = ["CAST(rowid AS TEXT)"] if "id" not in names and "uuid" not in names else []
    back = ", ".join([*stand_in, *(f"CAST({n} AS TEXT)" if n == "id" else n for n in names)])
    down = copied(before, "id, n, v", f"SELECT {back} FROM t ORDER BY rowid")
    ran = proved(history, before, copied(after, columns, select), after, down)
    assert ran.code == 0, ran.out + ran.err
    assert "fails" not in ran.out


@pytest.mark.parametrize(("before", "after", "select", "columns"), CHANGED.values(), ids=CHANGED)
def test_a_row_that_is_lost_where_the_key_changes_is_seen(
    history: History, before: str, after: str, select: str, columns: str
) -> None:
    less = select.replace("FROM t", "FROM t WHERE rowid > (SELECT min(rowid) FROM t)")
    ran = proved(history, before, copied(after, columns, less), after, ["pass"])
    assert ran.code == 1, ran.out
    assert "of 5 rows are" in ran.out or "rows are gone" in ran.out
