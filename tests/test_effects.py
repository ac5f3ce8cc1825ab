"""What a reviewer is told that a statement does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sqlplumb.config import find_settings
from sqlplumb.engines import engine
from sqlplumb.sources.history import history_steps

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

COPY = (
    "ALTER TABLE t RENAME TO _t",
    "CREATE TABLE t (a)",
    "INSERT INTO t (a) SELECT a FROM _t",
    "DROP TABLE _t",
    "CREATE INDEX i ON t (a)",
)
BATCH = (
    "CREATE TABLE _alembic_tmp_t (a)",
    "INSERT INTO _alembic_tmp_t (a) SELECT t.a FROM t",
    "DROP TABLE t",
    "ALTER TABLE _alembic_tmp_t RENAME TO t",
)
HARMLESS = (
    "SELECT 1",
    "PRAGMA table_info(t)",
    "BEGIN",
    "RELEASE a",
    "WITH a AS (SELECT 1) SELECT * FROM a",
    "-- INSERT INTO log VALUES (1)",
)


@pytest.fixture
def history(project: Project, run: Run) -> History:
    return History(project, run)


def told(*statements: str) -> list[tuple[str, str]]:
    return [(one.work, one.table) for one in engine("sqlite").effects(statements)]


def test_a_table_that_is_set_aside() -> None:
    rebuilt = ("rebuild", "t")
    assert told(*COPY) == [("schema", ""), ("schema", ""), rebuilt, rebuilt, ("scan", "t")]


def test_a_table_that_takes_the_place_of_another() -> None:
    assert told(*BATCH) == [("schema", ""), ("rebuild", "t"), ("rebuild", "t"), ("schema", "")]


@pytest.mark.parametrize(
    ("statement", "work"),
    [
        ("WITH gone AS (SELECT 1) DELETE FROM t WHERE a IN gone", "rows"),
        ("WITH n AS (SELECT (SELECT 1)), m AS (SELECT 2) UPDATE t SET a = 1", "rows"),
        ("DELETE FROM t", "rows"),
        ("DROP TABLE t", "rows"),
        ("ALTER TABLE t DROP COLUMN a", "rows"),
        ("ALTER TABLE t ADD COLUMN b CHECK (b > 0)", "scan"),
        ("CREATE UNIQUE INDEX i ON t (a)", "scan"),
        ("INSERT INTO n SELECT * FROM t", "rows"),
    ],
)
def test_rows_that_are_gone_through(statement: str, work: str) -> None:
    assert told(statement) == [(work, "t")]


@pytest.mark.parametrize("statement", HARMLESS)
def test_what_changes_nothing_is_not_told(statement: str) -> None:
    assert told(statement) == []


def test_a_statement_that_begins_with_a_comment_is_told() -> None:
    assert told("-- Nobody needs them.\nDELETE FROM t") == [("rows", "t")]


@pytest.mark.parametrize("statement", ["VACUUM", "REINDEX", "ATTACH 'x' AS x", "DROP nonsense"])
def test_what_is_not_known_is_told(statement: str) -> None:
    (effect,) = engine("sqlite").effects([statement])
    assert effect.statement == statement


@pytest.mark.parametrize(
    ("statement", "on"),
    [
        ('INSERT INTO "Alembic_Version" (version_num) VALUES (1)', "alembic_version"),
        ("UPDATE alembic_version SET version_num = 2", "alembic_version"),
        ("CREATE TABLE alembic_version (version_num)", "alembic_version"),
        ("INSERT INTO notes SELECT version_num FROM alembic_version", "notes"),
        ("UPDATE notes SET a = 'alembic_version'", "notes"),
        ("DELETE FROM main.alembic_version_notes", "alembic_version_notes"),
        ("DROP TABLE notes", "notes"),
        ("CREATE INDEX alembic_version ON notes (a)", "notes"),
        ("ALTER TABLE notes RENAME TO alembic_version", "notes"),
        ("PRAGMA foreign_keys = ON", ""),
    ],
)
def test_what_a_statement_is_on(statement: str, on: str) -> None:
    (effect,) = engine("sqlite").effects([statement])
    assert effect.on == on


def test_rows_that_are_not_alembics_are_moved(history: History) -> None:
    """Whatever a statement says of Alembic's table."""
    history.begin("CREATE TABLE notes (a);")
    history.by_hand(["op.execute(\"UPDATE notes SET a = 'alembic_version'\")"], ["pass"])
    settings = find_settings(history.project.root)
    assert [step.moves_rows for step in history_steps(settings)] == [False, True]
