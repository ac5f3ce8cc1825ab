"""What statements of PostgreSQL do, in words, before any scratch has traced them."""

from __future__ import annotations

import pytest

from sqlplumb.engines import engine

EFFECTS = {
    "SET LOCAL lock_timeout = '5s'": ("setting", "", "set local lock_timeout"),
    "CREATE TABLE public.t (a int)": ("schema", "t", "create table t"),
    'CREATE TABLE app."T" (a int)': ("schema", "app.T", "create table app.T"),
    "ALTER TABLE ONLY t ADD COLUMN a int DEFAULT 1, DROP b": (
        *("schema", "t"),
        "alter table t: add column a, drop b",
    ),
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID": (
        *("schema", "t"),
        "alter table t: add constraint c",
    ),
    "ALTER TABLE t VALIDATE CONSTRAINT c": ("scan", "t", "alter table t: validate constraint c"),
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)": (
        *("scan", "t"),
        "alter table t: add constraint c",
    ),
    "ALTER TABLE t ALTER a SET NOT NULL": ("scan", "t", "alter table t: alter a"),
    "ALTER TABLE t ALTER COLUMN a TYPE bigint": ("rebuild", "t", "alter table t: alter column a"),
    "CREATE UNIQUE INDEX CONCURRENTLY i ON app.t (a)": ("scan", "app.t", "build index i on app.t"),
    "DROP INDEX CONCURRENTLY IF EXISTS app.i": ("schema", "app.i", "drop index app.i"),
    "COMMENT ON MATERIALIZED VIEW m IS 'x'": (
        *("schema", "m"),
        "comment materialized view m",
    ),
    "ALTER TYPE mood ADD VALUE 'sad'": ("schema", "mood", "alter type mood"),
    "UPDATE ONLY app.t SET a = 1": ("rows", "app.t", "change rows of app.t"),
    "INSERT INTO t SELECT 1": ("rows", "t", "add rows to t"),
    "WITH x AS (SELECT 1) DELETE FROM t USING x": ("rows", "t", "delete rows of t"),
    "TRUNCATE t, u": ("rows", "t", "delete all rows of t"),
}


@pytest.mark.parametrize("statement", EFFECTS)
def test_what_it_does(statement: str) -> None:
    (effect,) = engine("postgresql").effects([statement])
    assert (effect.work, effect.on, effect.words) == EFFECTS[statement]


@pytest.mark.parametrize("statement", ["SELECT 1", "BEGIN", "-- nothing", "SAVEPOINT a", ";"])
def test_what_changes_nothing(statement: str) -> None:
    assert list(engine("postgresql").effects([statement])) == []


VERBS = {
    "DO $x$ BEGIN UPDATE t SET a = 1; END $x$": "UPDATE",
    "WITH x AS (SELECT 1) DELETE FROM t": "DELETE",
    "CREATE UNIQUE INDEX i ON t (a)": "CREATE INDEX",
    "DROP TABLE IF EXISTS t": "DROP TABLE",
}


@pytest.mark.parametrize("statement", VERBS)
def test_the_verb(statement: str) -> None:
    verb, names = engine("postgresql").verb_and_names(statement)
    assert verb == VERBS[statement]
    assert "t" in names or verb == "UPDATE"


def test_what_a_revision_names() -> None:
    named = engine("postgresql").named(
        [
            "CREATE TABLE app.t (a int)",
            "ALTER TABLE u RENAME COLUMN a TO b",
            "ALTER TABLE u ADD c int, DROP CONSTRAINT k",
            "DROP INDEX CONCURRENTLY i",
        ]
    )
    assert named.tables == {"app.t"}
    assert named.columns == {("u", "b"): {"name"}, ("u", "c"): {"created"}}
    assert named.objects == {"k", "i"}
