"""What is said of values comes from rows: what a data step changes, and what the downgrade brings
back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

ORDERS = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, status TEXT NOT NULL"
    " CHECK (status IN ('new', 'cancelled', 'refunded')));"
)
CUSTOMERS = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, street TEXT);"
SPLIT = (
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);"
    "CREATE TABLE addresses (customer_id INTEGER PRIMARY KEY REFERENCES customers (id),"
    " street TEXT);"
)
DOWN_SPLIT = (
    "ALTER TABLE customers ADD COLUMN street TEXT",
    "UPDATE customers SET street ="
    " (SELECT a.street FROM addresses AS a WHERE a.customer_id = customers.id)",
    "DROP TABLE addresses",
)
UP_SPLIT = (
    SPLIT.split(";")[1],
    "INSERT INTO addresses (customer_id, street) SELECT id, street FROM customers",
    "ALTER TABLE customers DROP COLUMN street",
)
KEPT = "CREATE TABLE kept (id INTEGER PRIMARY KEY, note TEXT)"


@pytest.fixture
def history(project: Project, run: Run) -> History:
    project.patch.delenv("DATABASE_URL", raising=False)
    return History(project, run)


def sql(statements: tuple[str, ...]) -> list[str]:
    return [f"op.execute({one!r})" for one in statements] or ["pass"]


def written(
    history: History, before: str, after: str, up: tuple[str, ...], down: tuple[str, ...]
) -> None:
    history.begin(before)
    history.by_hand(sql(up), sql(down))
    history.project.write("schema.sql", after)


COMES_BACK = {
    "a column, split off into a table": (CUSTOMERS, SPLIT, UP_SPLIT, DOWN_SPLIT),
    "a table, under another name and back": (
        KEPT + ";",
        KEPT.replace("kept", "other") + ";",
        (KEPT.replace("kept", "other"), "INSERT INTO other SELECT * FROM kept", "DROP TABLE kept"),
        (KEPT, "INSERT INTO kept SELECT * FROM other", "DROP TABLE other"),
    ),
}


@pytest.mark.parametrize("case", COMES_BACK.values(), ids=COMES_BACK)
def test_what_comes_back_is_told_so(history: History, case: Any) -> None:
    written(history, *case)
    ran = history.run("prove", "second")
    assert ran.code == 0, ran.out
    assert "does not come back" not in ran.out
    told = history.run("review", "second")
    assert "stays lost" not in told.out
    assert "upgrade took away" not in told.out


DOES_NOT = {
    "a way back without the values": (CUSTOMERS, SPLIT, UP_SPLIT, (*DOWN_SPLIT[::2],)),
    "a way back with some of them": (
        CUSTOMERS,
        SPLIT,
        UP_SPLIT,
        (
            DOWN_SPLIT[0],
            DOWN_SPLIT[1].replace(" WHERE a", " WHERE a.street > 'b' AND a"),
            DOWN_SPLIT[2],
        ),
    ),
    "a way back with those of other rows": (
        CUSTOMERS,
        SPLIT,
        UP_SPLIT,
        (DOWN_SPLIT[0], DOWN_SPLIT[1].replace("= customers", "<> customers"), DOWN_SPLIT[2]),
    ),
    "a default that is what some rows had": (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, on_ BOOLEAN NOT NULL CHECK (on_ IN (0, 1)));",
        "CREATE TABLE t (id INTEGER PRIMARY KEY);",
        (
            "CREATE TABLE n (id INTEGER PRIMARY KEY)",
            "INSERT INTO n SELECT id FROM t",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t",
        ),
        (
            "ALTER TABLE t ADD COLUMN on_ BOOLEAN NOT NULL DEFAULT 1 CHECK (on_ IN (0, 1))",
            "CREATE TABLE n (id INTEGER PRIMARY KEY, on_ BOOLEAN NOT NULL CHECK (on_ IN (0, 1)))",
            "INSERT INTO n SELECT id, on_ FROM t",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t",
        ),
    ),
}


@pytest.mark.parametrize("case", DOES_NOT.values(), ids=DOES_NOT)
def test_what_does_not_come_back_is_told_so(history: History, case: Any) -> None:
    written(history, *case)
    ran = history.run("prove", "second")
    assert "does not come back: column" in ran.out, ran.out
    assert "comes back with" not in ran.out


def test_what_rows_get_in_the_place_of_what_is_gone(history: History) -> None:
    """Of a column that was split, the way back knows nothing: a stand-in is no value."""
    history.begin("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL);")
    history.project.write(
        "schema.sql",
        "CREATE TABLE people (id INTEGER PRIMARY KEY,\n"
        "given TEXT, -- @backfill substr(name, 1, 3)\nfamily TEXT -- @backfill substr(name, 4)\n);",
    )
    done = history.revise("--allow", "drop:people.name")
    assert "does not come back: column people.name; the downgrade gives its rows ''" in done.out
    told = history.run("review", "second").out
    assert "which the upgrade took away; its rows get ''" in " ".join(told.split())


REFUND = ("UPDATE orders SET status = 'refunded' WHERE status = 'cancelled'",)
ASIDE = (
    "CREATE TABLE cancelled (id INTEGER PRIMARY KEY)",
    "INSERT INTO cancelled SELECT id FROM orders WHERE status = 'cancelled'",
    *REFUND,
)
BESIDE = ORDERS + "CREATE TABLE cancelled (id INTEGER PRIMARY KEY);"
RESTORED = (
    "UPDATE orders SET status = 'cancelled' WHERE id IN (SELECT id FROM cancelled)",
    "DROP TABLE cancelled",
)
STEPS = {
    "for good": (ORDERS, REFUND, (), False),
    "and back, with others": (
        ORDERS,
        REFUND,
        ("UPDATE orders SET status = 'cancelled' WHERE status = 'refunded'",),
        False,
    ),
    "and back": (BESIDE, ASIDE, RESTORED, True),
}


@pytest.mark.parametrize(("after", "up", "down", "restored"), STEPS.values(), ids=STEPS)
def test_values_that_a_data_step_changes(
    history: History, after: str, up: tuple[str, ...], down: tuple[str, ...], restored: bool
) -> None:
    written(history, ORDERS, after, up, down)
    history.upgrade("first", "live.db")
    rows = ", ".join(
        f"({n}, 'x', '{'cancelled' if n <= 125 else 'refunded'}')" for n in range(1, 200)
    )
    history.execute(f"INSERT INTO orders VALUES {rows};", "live.db")
    ran = history.run("prove", "second")
    assert "changes values of orders.status in" in ran.out, ran.out
    assert ("the downgrade restores them" in ran.out) == restored
    for database in ((), ("--database", "sqlite:///live.db")):
        told = history.run("review", "second", *database, "--format", "json")
        (page,) = json.loads(told.out)["revisions"]
        assert page["verdict"] == ("safe" if restored else "look"), page
        assert "orders.status" in page["summary"]
        assert "nothing is lost" not in page["summary"], page["reasons"]
        if database:
            assert "in 125 of 199 rows" in page["summary"], page["summary"]
