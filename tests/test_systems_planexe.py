"""PlanExe: task items become plans, with their rows, and what refers to them still does."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.old_systems import HEAD, Old, old, rows_of
else:
    from old_systems import HEAD, Old, old, rows_of

BRIDGE, BOAT, NOTHING = (
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "16fd2706-8598-44d7-abb7-d5d3f1e5b3d4",
)
ADDED = {
    *("stop_requested", "stop_requested_timestamp", "api_key_id", "last_progress_at"),
    *("steps_completed", "steps_total", "current_step"),
    *("run_track_activity_jsonl", "run_track_activity_bytes"),
    *("run_activity_overview_json", "run_artifact_layout_version"),
    *("failure_reason", "failed_step", "error_message", "recoverable"),
}
JOINED = "SELECT count(*) FROM workers AS w JOIN {} AS p ON p.id = w.current_task_id"
KEPT = "SELECT prompt, progress_percentage, user_id, parameters FROM {} ORDER BY rowid"


@pytest.fixture
def planexe(project: Project, run: Run) -> Old:
    return old(project, run)


def in_one_step(planexe: Old) -> None:
    """A history of its own, that ends where PlanExe was at the beginning of 2026."""
    history, sql = planexe.history, rows_of("task_item.sql")
    history.begin(sql)
    history.project.write("schema.sql", sql)
    history.project.write("pyproject.toml", '[tool.sqlplumb]\nschema = "schema.sql"\n')
    assert history.run("prove").code == 0
    history.upgrade("first")
    history.execute(rows_of("planexe.sql").partition("INSERT INTO events")[0])


def is_renamed(planexe: Old) -> None:
    """Nothing is called after the former name, and the rows are what they were."""
    assert planexe.indexes("plans") == {
        *("idx_plans_pending", "idx_plans_user_id", "idx_plans_api_key_id")
    }
    said = "replace(sql, '-- @renamed from=task_item', '')"  # the author's comment stays
    assert not planexe.ask(f"SELECT name FROM sqlite_master WHERE {said} LIKE '%task_item%'")
    ids = planexe.ask("SELECT id FROM plans ORDER BY rowid")
    assert ids == [(BRIDGE,), (BOAT,), (NOTHING,)]
    states = planexe.ask("SELECT state, stop_requested FROM plans ORDER BY rowid")
    assert states == [("processing", 0), ("completed", 0), ("failed", 0)]
    created = planexe.ask("SELECT timestamp_created FROM plans WHERE id = ?", NOTHING)
    assert created == [("2025-12-29 11:00:00",)]


def holds(planexe: Old) -> None:
    """The rules are new: one spelling of an id, a list of states, a foreign key."""
    with pytest.raises(sqlite3.IntegrityError, match="ck_plans_id"):
        planexe.ask("INSERT INTO plans (id) VALUES (?)", BOAT.replace("-", ""))
    with pytest.raises(sqlite3.IntegrityError, match="ck_plans_state"):
        planexe.ask("UPDATE plans SET state = 'lost'")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        planexe.ask("UPDATE workers SET current_task_id = ?", NOTHING.replace("1", "2"))
    planexe.ask("DELETE FROM plans WHERE id = ?", BRIDGE)
    assert planexe.one("SELECT count(current_task_id) FROM workers") == 0


def test_by_the_history(planexe: Old) -> None:
    planexe.begin("bd3bf891", "planexe.sql")
    was, before = planexe.columns("task_item"), planexe.ask(KEPT.format("task_item"))
    assert planexe.one(JOINED.format("task_item")) == 0  # 32 digits never equal 36
    ran = planexe.apply()
    assert (ran.code, planexe.revision()) == (0, HEAD), ran.err
    assert planexe.is_plumb()
    report = {"generated_report_html", "run_zip_snapshot"}
    assert (was | report, len(ADDED)) == (planexe.columns("plans") - ADDED, 15)
    is_renamed(planexe)
    assert planexe.ask(KEPT.format("plans")) == [*before[:2], (None, 0, None, None)]
    assert planexe.one(JOINED.format("plans")) == 1
    working = planexe.ask("SELECT id, current_task_id FROM workers ORDER BY id")
    assert working == [("w-1", BRIDGE), ("w-2", None), ("w-3", None)]
    assert planexe.ask("SELECT event_type, context FROM events") == [
        ("TASK_PROCESSING", '{"worker": "w-1"}')
    ]
    assert planexe.ask("SELECT id, nonce_key, request_count FROM nonces") == [(2, "abc", 3)]
    holds(planexe)


def test_and_back(planexe: Old) -> None:
    planexe.begin("bd3bf891", "planexe.sql")
    ids = planexe.ask("SELECT id FROM task_item ORDER BY rowid")
    planexe.history.upgrade("head")
    planexe.history.downgrade("bd3bf891")
    assert planexe.ask("SELECT id FROM task_item ORDER BY rowid") == ids
    assert planexe.one("SELECT current_task_id FROM workers WHERE id = 'w-1'") == BRIDGE


def test_in_one_step_by_hints(planexe: Old) -> None:
    in_one_step(planexe)
    before, was = planexe.ask(KEPT.format("task_item")), planexe.columns("task_item")
    planexe.history.project.write("schema.sql", rows_of("plans.sql"))
    assert planexe.history.revise("--database", "sqlite:///app.db").code == 0
    rows = planexe.dump()
    orphan = planexe.apply()  # the plan of w-2 is gone
    assert (orphan.code, planexe.dump()) == (3, rows)
    assert "workers (current_task_id) refers to rows of plans" in orphan.err
    planexe.ask("UPDATE workers SET current_task_id = NULL WHERE id = 'w-2'")
    ran = planexe.apply()
    assert ran.code == 0, ran.err
    assert planexe.is_plumb()
    assert planexe.columns("plans") - was == ADDED
    is_renamed(planexe)
    assert planexe.ask(KEPT.format("plans")) == [*before[:2], (None, 0, None, None)]
    assert planexe.one(JOINED.format("plans")) == 1
    holds(planexe)


def test_credits_keep_their_values(planexe: Old) -> None:
    """The ledger is renamed with its rows, and whole credits become numbers with a fraction."""
    planexe.begin("bd74590e", "accounts.sql")
    assert planexe.apply().code == 0
    assert planexe.is_plumb()
    assert planexe.ask("SELECT delta FROM credit_history ORDER BY id") == [(10,), (-3,)]
    planexe.ask(
        "INSERT INTO credit_history (id, user_id, delta, reason, source)"
        " SELECT 'c3', id, -0.5, 'half a plan', 'plan' FROM user_account"
    )
    mismatch = planexe.ask("SELECT balance, ledger FROM credit_mismatch")
    assert mismatch == [(7, 6.5)]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        planexe.ask("UPDATE credit_history SET delta = 0")
