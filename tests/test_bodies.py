"""What a review says of a changed view by clause, and of a changed trigger by statement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sqlplumb.engines import engine
from sqlplumb.render.review.bodies import body_changes, column_sources
from sqlplumb.schema import Schema, Trigger, View

TABLES = """
CREATE TABLE tasks (id INTEGER PRIMARY KEY, user_id INTEGER, status TEXT, active INTEGER, n REAL);
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE log (task INTEGER, word TEXT);
"""


def read(text: str) -> tuple[View | Trigger, Schema]:
    source = engine("sqlite").open_script("schema.sql", {"schema.sql": f"{TABLES};{text};"})
    schema = source.read()
    (fact,) = (one for one in schema.objects.values() if isinstance(one, View | Trigger))
    return fact, schema


def changes(current: str, desired: str) -> list[str]:
    before, _ = read(current)
    after, schema = read(desired)
    return list(body_changes(before, after, schema))


def view(body: str, head: str = "v") -> str:
    return f"CREATE VIEW {head} AS {body}"


def trigger(statements: str, when: str = "", event: str = "AFTER UPDATE ON tasks") -> str:
    return f"CREATE TRIGGER t {event} {when} BEGIN {statements} END"


PLAIN = "SELECT t.id, count(*) AS many FROM tasks AS t JOIN users u ON u.id = t.user_id WHERE n > 1"
VIEWS = [
    (PLAIN, f"{PLAIN} AND active = 1", ["WHERE gained `active = 1`"]),
    (f"{PLAIN} AND active", PLAIN, ["WHERE lost `active`"]),
    (
        f"{PLAIN} AND status = 'a  b'",
        f"{PLAIN} AND\n  status\n=   'a b'",
        ["WHERE: `status = 'a  b'` became `status = 'a b'`"],
    ),
    (PLAIN, PLAIN.replace("n > 1", "n > 2"), ["WHERE: `n > 1` became `n > 2`"]),
    (
        PLAIN,
        PLAIN.replace(" JOIN", " LEFT JOIN"),
        ["FROM: `JOIN users u ON u.id = t.user_id` became `LEFT JOIN users u ON u.id = t.user_id`"],
    ),
    (
        PLAIN,
        PLAIN.replace("count(*)", "sum(n)"),
        ["SELECT: `count(*) AS many` became `sum(n) AS many`"],
    ),
    (PLAIN, PLAIN.replace("t.id,", "t.id, status,"), ["SELECT gained `status`"]),
    (
        PLAIN,
        PLAIN.replace("t.id, count(*) AS many", "count(*) AS many, t.id"),
        ["SELECT: what stays stands in another order"],
    ),
    (PLAIN, PLAIN.replace("SELECT", "SELECT DISTINCT"), ["SELECT gained `DISTINCT`"]),
    (
        "SELECT id FROM tasks ORDER BY id LIMIT 5",
        "SELECT id FROM tasks ORDER BY n DESC, id LIMIT 9",
        ["ORDER BY gained `n DESC`", "LIMIT: `5` became `9`"],
    ),
    (
        "SELECT status FROM tasks GROUP BY status",
        "SELECT status FROM tasks GROUP BY status HAVING max(n) BETWEEN 1 AND 2",
        ["HAVING gained `max(n) BETWEEN 1 AND 2`"],
    ),
    (
        "SELECT id FROM tasks UNION SELECT id FROM users",
        "SELECT id FROM tasks UNION ALL SELECT id FROM users WHERE id > 0",
        [
            "what joins the second SELECT: `UNION` became `UNION ALL`",
            "WHERE of the second SELECT gained `id > 0`",
        ],
    ),
    (
        "WITH a AS (SELECT id FROM tasks) SELECT id FROM a",
        "WITH a AS (SELECT id FROM tasks WHERE active) SELECT id FROM a",
        ["WITH: `a AS (SELECT id FROM tasks)` became `a AS (SELECT id FROM tasks WHERE active)`"],
    ),
    (
        "SELECT id FROM tasks WHERE n > 1",
        "SELECT id FROM tasks WHERE n > 1 UNION SELECT id FROM users ORDER BY id",
        [
            "what joins the second SELECT gained `UNION`",
            "SELECT of the second SELECT gained `id`",
            "FROM of the second SELECT gained `users`",
            "ORDER BY gained `id`",
        ],
    ),
    (
        "SELECT id FROM tasks UNION SELECT id FROM users UNION SELECT 1 ORDER BY 1",
        "SELECT id FROM tasks UNION SELECT id FROM users ORDER BY 1",
        [
            "what joins the third SELECT lost `UNION`",
            "SELECT of the third SELECT lost `1`",
        ],
    ),
    (
        "WITH a AS (SELECT 1) VALUES (1, 2)",
        "WITH a AS (SELECT 1) VALUES (1, 3)",
        ["VALUES: `(1, 2)` became `(1, 3)`"],
    ),
    (
        "SELECT end FROM (SELECT id, n AS end FROM tasks) WHERE end > 1 AND id > 2",
        "SELECT end FROM (SELECT id, n AS end FROM tasks) WHERE end > 1 AND id > 3",
        ["WHERE: `id > 2` became `id > 3`"],
    ),
    (
        "SELECT CASE WHEN end THEN end END AS c FROM (SELECT n AS end FROM tasks) WHERE end = 1",
        "SELECT CASE WHEN end THEN end END AS c FROM (SELECT n AS end FROM tasks) WHERE end = 2",
        ["WHERE: `end = 1` became `end = 2`"],
    ),
    (
        "SELECT id FROM tasks WHERE n IS DISTINCT FROM active AND status = 'a'",
        "SELECT id FROM tasks WHERE n IS DISTINCT FROM active AND status = 'b'",
        ["WHERE: `status = 'a'` became `status = 'b'`"],
    ),
    (
        "SELECT id FROM (SELECT id, n AS window FROM tasks) WHERE window > 1",
        "SELECT id FROM (SELECT id, n AS window FROM tasks) WHERE window > 2",
        ["WHERE: `window > 1` became `window > 2`"],
    ),
    (
        "SELECT id AS a, n AS a FROM tasks",
        "SELECT n AS a, id AS a FROM tasks",
        ["SELECT: what stays stands in another order"],
    ),
    (
        f"SELECT coalesce({'n, ' * 40}1) AS many FROM tasks",
        f"SELECT coalesce({'n, ' * 40}2) AS many FROM tasks",
        [
            "SELECT: `…n, n, n, n, n, n, n, n, n, n, 1) AS many` became"
            " `…n, n, n, n, n, n, n, n, n, n, 2) AS many`"
        ],
    ),
    (PLAIN, PLAIN.lower().replace(" ", "  "), []),
    (PLAIN, PLAIN.replace("tasks AS t", '"tasks" AS "t"'), []),
    ("SELECT id FROM tasks, users", "SELECT id FROM tasks", ["FROM lost `users`"]),
    (
        "SELECT CASE WHEN active THEN 1 ELSE 0 END AS a, id FROM tasks",
        "SELECT CASE WHEN active THEN 2 ELSE 0 END AS a, id FROM tasks",
        [
            "SELECT: `CASE WHEN active THEN 1 ELSE 0 END AS a` became"
            " `CASE WHEN active THEN 2 ELSE 0 END AS a`"
        ],
    ),
]
LOG = "INSERT INTO log VALUES (new.id, 'set');"
COUNT = "UPDATE users SET name = CASE WHEN name IS NULL THEN 'x' ELSE name END;"
TRIGGERS = [
    (trigger(LOG), trigger(LOG + COUNT), [f"its statements gained `{COUNT[:-1]}`"]),
    (trigger(LOG + COUNT), trigger(COUNT), [f"its statements lost `{LOG[:-1]}`"]),
    (
        trigger(LOG),
        trigger(LOG.replace("set", "put")),
        [
            "its statements: `INSERT INTO log VALUES (new.id, 'set')` became"
            " `INSERT INTO log VALUES (new.id, 'put')`"
        ],
    ),
    (
        trigger(LOG),
        trigger(LOG, "WHEN old.n <> new.n AND new.active"),
        ["WHEN gained `old.n <> new.n`", "WHEN gained `new.active`"],
    ),
    (
        trigger(LOG),
        trigger(LOG, event="AFTER UPDATE OF n ON tasks"),
        ["its event: `AFTER UPDATE ON tasks` became `AFTER UPDATE OF n ON tasks`"],
    ),
    (
        trigger("DELETE FROM log; DELETE FROM log WHERE task = 2; DELETE FROM log WHERE task = 3;"),
        trigger("DELETE FROM log; DELETE FROM log WHERE task = 3;"),
        ["its statements lost `DELETE FROM log WHERE task = 2`"],
    ),
    (trigger(LOG + COUNT), trigger(COUNT + LOG), ["its statements: what stays stands in another"
                                                 " order"]),
]  # fmt: skip


@pytest.mark.parametrize(("current", "desired", "expected"), VIEWS)
def test_a_view_is_told_by_clause(current: str, desired: str, expected: list[str]) -> None:
    assert changes(view(current), view(desired)) == expected


def test_the_columns_that_a_view_names() -> None:
    body = "SELECT id, n FROM tasks"
    assert changes(view(body, "v (a, b)"), view(body, "v (a, c)")) == [
        "its columns: `b` became `c`"
    ]


@pytest.mark.parametrize(("current", "desired", "expected"), TRIGGERS)
def test_a_trigger_is_told_by_statement(current: str, desired: str, expected: list[str]) -> None:
    assert changes(current, desired) == expected


SOURCES = [
    ("SELECT id, n * active AS x FROM tasks", ["id <- tasks.id", "x <- tasks.active, tasks.n"]),
    ("SELECT count(*) AS many FROM tasks", []),
    ("SELECT id, n + 1 FROM tasks", ["id <- tasks.id"]),  # nobody called it anything
    (
        "WITH a AS (SELECT user_id AS u, n FROM tasks) SELECT name, n FROM a JOIN users ON id = u",
        ["name <- users.name", "n <- tasks.n"],
    ),
    ("SELECT id FROM tasks UNION SELECT task FROM log", ["id <- log.task, tasks.id"]),
    (
        "SELECT t.id, u.id, n AS id FROM tasks t JOIN users u ON u.id = t.user_id",
        ["id <- tasks.id", "id:1 <- users.id", "id:2 <- tasks.n"],
    ),
    (
        "SELECT id, n AS id FROM tasks UNION SELECT task, word FROM log",
        ["id <- log.task, tasks.id", "id:1 <- log.word, tasks.n"],
    ),
    ("SELECT nope FROM (SELECT * FROM tasks)", []),
]


@pytest.mark.parametrize(("body", "expected"), SOURCES)
def test_where_the_columns_of_a_view_come_from(body: str, expected: list[str]) -> None:
    fact, schema = read(view(body)) if "nope" not in body else read(view("SELECT 1 AS one"))
    assert isinstance(fact, View)
    fact = replace(fact, text=view(body))
    assert list(column_sources(None, fact, current_schema=schema, schema=schema)) == expected


def test_only_columns_that_come_from_elsewhere_are_told() -> None:
    before, _ = read(view("SELECT id, n FROM tasks"))
    after, schema = read(view("SELECT id, active AS n FROM tasks", "v (id, n)"))
    assert isinstance(before, View)
    assert isinstance(after, View)
    assert list(column_sources(before, after, current_schema=schema, schema=schema)) == [
        "n <- tasks.active"
    ]
