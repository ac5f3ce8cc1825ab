"""What each name in a statement means: held against what SQLite itself reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from sqlplumb.engines import engine
from sqlplumb.engines.editing import Mention, Piece

EDITING = engine("sqlite").editing()

SCHEMA = """\
CREATE TABLE users (
    id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, born DATE,
    full TEXT GENERATED ALWAYS AS (name || ' ' || born) STORED
);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY, title TEXT, "key" TEXT, owner INTEGER REFERENCES users (id),
    state TEXT CHECK (state IN ('open', 'done')), up INTEGER,
    CONSTRAINT long CHECK (length(title) > 0 AND "key" <> 'x'),
    FOREIGN KEY (up) REFERENCES tasks(id)
);
CREATE INDEX by_title ON tasks (lower(title) DESC, owner) WHERE state = 'open' AND up IS NOT NULL;
CREATE VIEW joined AS SELECT t.id AS tid, u.name who, count(*) n FROM tasks t
    JOIN users AS u ON u.id = t.owner LEFT JOIN tasks p ON p.id = t.up
    WHERE t.state = 'open' GROUP BY t.id, who HAVING n > 1 ORDER BY who DESC LIMIT 5;
CREATE VIEW nested AS SELECT who, s.uid FROM joined
    JOIN (SELECT name, id AS uid FROM users WHERE born > date('now')) AS s ON s.name = who
    WHERE EXISTS (SELECT 1 FROM tasks WHERE owner = s.uid AND state IS NOT DISTINCT FROM 'open');
CREATE VIEW several AS SELECT id, title, row_number() OVER (PARTITION BY owner ORDER BY id) AS rn,
    CASE WHEN state = 'open' THEN title ELSE "key" END AS shown, CAST(up AS TEXT) c FROM tasks
    UNION SELECT id, name, 1, full, NULL FROM users ORDER BY rn;
CREATE VIEW named (a, b) AS WITH few AS (SELECT id, up FROM tasks WHERE up > 1)
    SELECT few.id, max(up) FROM few GROUP BY few.id;
CREATE VIEW functions AS SELECT e.value AS val, t.title FROM tasks t, json_each(t.title) e
    WHERE t.id IN (SELECT owner FROM main.tasks x WHERE x.up = t.id)
    AND t.title BETWEEN 'a' AND t.state;
CREATE VIEW starred AS SELECT u.*, t.id AS task FROM users u JOIN tasks t USING (id);
CREATE TRIGGER touched AFTER UPDATE OF state, owner ON tasks
WHEN new.state <> old.state AND EXISTS (SELECT 1 FROM users WHERE id = new.owner)
BEGIN
    UPDATE users SET name = (SELECT title FROM tasks WHERE id = new.id),
        born = CASE WHEN new.up THEN 1 ELSE born END WHERE id = old.owner;
    INSERT INTO tasks (title, owner) SELECT u.name, u.id FROM users u WHERE u.id > new.id;
    INSERT INTO users (id, name) VALUES (new.id, old.title)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE users.id > 3;
    DELETE FROM tasks WHERE up = old.id AND rowid <> 3;
END;
"""


def columns_of(pieces: list[Piece]) -> dict[str, list[str] | None]:
    known: dict[str, list[str] | None] = {}
    for piece in pieces:
        assert piece.ref
        if piece.ref.kind == "table":
            own = [one for one in EDITING.mentions(piece.text, {}) if one.defines]
            known[piece.ref.name] = [m.ref.shown for m in own if m.role == "column" and m.ref]
        elif piece.ref.kind == "view":
            outputs = EDITING.outputs(piece.text, known)
            known[piece.ref.name] = [one.ref.shown for one in outputs if one.ref]
    return known


PIECES = list(EDITING.pieces(SCHEMA))
COLUMNS = columns_of(PIECES)


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        yield connection


def columns_read(mentions: list[Mention]) -> set[tuple[str, str]]:
    return {(m.ref.table, m.ref.name) for m in mentions if m.ref and m.role == "column"}


@pytest.mark.parametrize("name", [p.ref.name for p in PIECES if p.ref and p.ref.kind == "view"])
def test_a_view_names_what_sqlite_reads(name: str, database: sqlite3.Connection) -> None:
    piece = next(piece for piece in PIECES if piece.ref and piece.ref.name == name)
    read: set[tuple[str, str]] = set()

    def hear(action: int, *said: str | None) -> int:
        table, column, _, source = said
        is_of_view = source is None or source.lower() in (name, "few", "s")
        if action == sqlite3.SQLITE_READ and is_of_view and column and table in COLUMNS:
            read.add((table, column.lower()))
        return sqlite3.SQLITE_OK

    database.set_authorizer(hear)
    database.execute(f"EXPLAIN SELECT * FROM {name}")
    database.set_authorizer(None)
    said = columns_read(list(EDITING.mentions(piece.text, COLUMNS)))
    read -= {(name, column.lower()) for column in COLUMNS[name] or ()}  # by the SELECT around it
    assert said <= read
    assert said == read or name == "starred"


def test_the_columns_of_views_are_those_that_sqlite_says(database: sqlite3.Connection) -> None:
    for piece in PIECES:
        if piece.ref and piece.ref.kind == "view":
            rows = database.execute(f"SELECT name FROM pragma_table_info('{piece.ref.name}')")
            assert sorted(COLUMNS[piece.ref.name] or ()) == sorted(name for (name,) in rows)


def test_nothing_of_a_whole_schema_is_unknown() -> None:
    unknown = [
        piece.text[one.start : one.end]
        for piece in PIECES
        for one in EDITING.mentions(piece.text, COLUMNS)
        if one.ref is None and one.role in ("table", "column")
    ]
    assert unknown == []


def test_names_in_a_trigger_are_those_of_the_statement_they_stand_in() -> None:
    text = PIECES[-1].text
    named = [
        (text[m.start : m.end], str(m.ref))
        for m in EDITING.mentions(text, COLUMNS)
        if m.role == "column"
    ]
    assert named[:4] == [
        ("state", "tasks.state"),
        ("owner", "tasks.owner"),
        ("state", "tasks.state"),  # new.state
        ("state", "tasks.state"),
    ]
    assert ("born", "users.born") in named and ("title", "users.title") not in named
    assert named[-2:] == [("up", "tasks.up"), ("id", "tasks.id")]


@pytest.mark.parametrize(
    ("text", "role", "among"),
    [
        ("CREATE INDEX i ON tasks (?", "column", ("tasks",)),
        ("CREATE INDEX i ON ?", "table", ()),
        ("CREATE TABLE t (a ?", "type", ()),
        ("CREATE TABLE t (a INTEGER REFERENCES ?", "table", ()),
        ("CREATE TABLE t (a INTEGER REFERENCES users (?", "column", ("users",)),
        ("CREATE TABLE t (a INTEGER, b INTEGER CHECK (?", "column", ("t",)),
        ("CREATE TABLE t (a INTEGER, FOREIGN KEY (?", "column", ("t",)),
        ("CREATE VIEW v AS SELECT ? FROM tasks t, users", "column", ("tasks", "users")),
        ("CREATE VIEW v AS SELECT t.? FROM tasks t, users", "column", ("tasks",)),
        ("CREATE VIEW v AS SELECT 1 FROM tasks WHERE EXISTS (SELECT ? FROM users", "column",
         ("users", "tasks")),
        ("CREATE TRIGGER g AFTER UPDATE OF ? ON tasks BEGIN", "column", ("tasks",)),
        ("CREATE TRIGGER g AFTER INSERT ON tasks BEGIN UPDATE users SET ?", "column", ("users",)),
        ("CREATE TRIGGER g AFTER INSERT ON tasks BEGIN SELECT new.?", "column", ("tasks",)),
        ("CREATE TRIGGER g AFTER INSERT ON tasks BEGIN DELETE FROM ?", "table", ()),
        ("SELECT * FROM users WHERE ?", "column", ("users",)),
    ],
)  # fmt: skip
def test_what_may_stand_in_a_half_typed_statement(
    text: str, role: str, among: tuple[str, ...]
) -> None:
    here = text.index("?")
    found = EDITING.mentions(text.replace("?", "here"), COLUMNS)
    assert [(m.role, m.among) for m in found if m.start == here] == [(role, among)]


def test_every_beginning_of_a_schema_is_walked() -> None:
    """Whatever an editor sends, nothing is raised."""
    last = PIECES[-1].text
    for end in range(0, len(SCHEMA), 7):
        EDITING.pieces(SCHEMA[:end])
    for piece in (*PIECES[:5], PIECES[-1]):
        for end in range(0, len(piece.text), 3):
            EDITING.mentions(piece.text[:end], COLUMNS)
            EDITING.outputs(piece.text[end:], COLUMNS)
    assert EDITING.mentions(last, {}) is not None
