"""Zerg: a paused agent stays paused, lower-case states are named, four start at once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.old_systems import HEAD, Old, old
else:
    from old_systems import HEAD, Old, old

URL = "sqlite:///app.db"
DROPPED = "drop:agents.run_on_schedule"
FLAG = "    run_on_schedule BOOLEAN NOT NULL,\n"
AGENTS = f"""\
CREATE TABLE agents (
    id INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    status VARCHAR,
    schedule VARCHAR,
{FLAG}    last_error TEXT
);
"""
ROWS = """\
INSERT INTO agents VALUES (1, 'digest', 'idle', '0 18 * * *', 1, NULL);
INSERT INTO agents VALUES (2, 'paused', 'ERROR', '*/5 * * * *', 0, NULL);
"""
LISTED = "status VARCHAR CONSTRAINT ck_status CHECK (status IN ('IDLE', 'RUNNING', 'ERROR')),"
SCHEDULED = "SELECT id FROM agents WHERE schedule IS NOT NULL"


@pytest.fixture
def zerg(project: Project, run: Run) -> Old:
    return old(project, run)


def begun(zerg: Old, desired: str) -> None:
    """A history of its own with the one table that matters."""
    zerg.history.begin(AGENTS)
    zerg.history.project.write("schema.sql", AGENTS)
    zerg.history.project.write("pyproject.toml", '[tool.sqlplumb]\nschema = "schema.sql"\n')
    assert zerg.history.run("prove").code == 0
    zerg.history.upgrade("first")
    zerg.history.execute(ROWS)
    zerg.history.project.write("schema.sql", desired)


def test_by_the_history(zerg: Old) -> None:
    """A paused agent stays unscheduled, states are in upper case, and agents have an owner."""
    zerg.begin("4ec412bb", "zerg.sql")
    ran = zerg.apply()
    assert (ran.code, zerg.revision()) == (0, HEAD), ran.err
    assert zerg.is_plumb()
    assert zerg.ask(SCHEDULED) == [(1,)]
    assert "run_on_schedule" not in zerg.columns("agents")
    states = zerg.ask("SELECT id, status, owner_id FROM agents ORDER BY id")
    assert states == [(1, "IDLE", 1), (2, "ERROR", 1), (7, "IDLE", 1)]
    assert zerg.ask("SELECT thread_type, active FROM agent_threads ORDER BY id") == [
        *(("SCHEDULED", 1), ("CHAT", 0), ("MANUAL", 0))
    ]
    assert zerg.one("SELECT email FROM users") == "owner@localhost"
    assert zerg.ask("SELECT id, content, parent_id FROM thread_messages ORDER BY id") == [
        *((10, "it's “on”", None), (11, "Yes.", 10), (12, "Hi", None))
    ]
    assert zerg.one("SELECT sent_at FROM thread_messages WHERE id = 10") == "2025-04-20 08:00:00"


def test_dropped_without_a_data_step(zerg: Old) -> None:
    """`revise` refuses; with leave it writes; and then `apply` asks for leave once more."""
    begun(zerg, AGENTS.replace(FLAG, ""))
    refused = zerg.history.revise()
    assert refused.code == 3
    assert "agents.run_on_schedule" in refused.err
    assert f"--allow {DROPPED}" in refused.err
    assert zerg.history.revise("--allow", DROPPED).code == 0
    before = zerg.dump()
    stopped = zerg.apply()
    assert (stopped.code, zerg.dump()) == (3, before)
    assert "P202" in stopped.err
    assert DROPPED in stopped.err
    assert zerg.ask(SCHEDULED) == [(1,), (2,)]


def test_dropped_with_a_data_step(zerg: Old) -> None:
    begun(zerg, AGENTS.replace(FLAG, ""))
    assert zerg.history.revise("--allow", DROPPED).code == 0
    file = zerg.history.second()
    step = 'op.execute("UPDATE agents SET schedule = NULL WHERE run_on_schedule = 0")'
    why = "# sqlplumb: ignore P202 the schedule says it now"
    upgrade = "def upgrade() -> None:\n"
    text = file.read_text("utf-8").replace(upgrade, f"{upgrade}    {why}\n    {step}\n")
    file.write_text(text, "utf-8")
    unproved = zerg.apply()
    assert unproved.code == 3
    assert "was changed after it was proved" in unproved.err
    assert zerg.history.run("prove", "second").code == 0
    assert zerg.apply().code == 0
    assert zerg.ask(SCHEDULED) == [(1,)]


def test_values_in_lower_case_are_named_before_a_check(zerg: Old) -> None:
    """By `revise --database` when it is written, and by `apply` on every other database."""
    begun(zerg, AGENTS.replace("status VARCHAR,", LISTED))
    seen = zerg.history.revise("--database", URL)
    assert seen.code == 3
    assert "1 row of agents would be refused by agents.ck_status" in seen.err
    assert "the first values are 'idle'" in seen.err
    assert zerg.history.revise().code == 0
    before = zerg.dump()
    stopped = zerg.apply()
    assert (stopped.code, zerg.dump()) == (3, before)
    assert "'idle'" in stopped.err
    zerg.ask("UPDATE agents SET status = upper(status)")
    assert zerg.apply().code == 0


def test_a_state_that_nobody_knows_undoes_all(zerg: Old) -> None:
    zerg.begin("4ec412bb", "zerg.sql")
    zerg.ask("UPDATE agents SET status = 'asleep' WHERE id = 7")
    stopped = zerg.apply()
    assert stopped.code != 0
    assert "ck_agents_status" in stopped.err
    assert zerg.revision() == "adfa6c905b9d"  # the one before
    assert zerg.one("SELECT status FROM agents WHERE id = 1") == "idle"
    zerg.ask("UPDATE agents SET status = 'error' WHERE id = 7")
    zerg.history.upgrade("head")
    assert zerg.is_plumb()


def test_four_at_once(zerg: Old) -> None:
    """All end on the same database, and each revision ran once, whoever had the lock for it."""
    zerg.begin("4ec412bb", "zerg.sql", "8749741d")
    command = [sys.executable, "-m", "sqlplumb", "apply", URL, "--format", "json", "--wait", "120"]
    started = [
        subprocess.Popen(
            command, cwd=zerg.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for _ in range(4)
    ]
    told = [json.loads(one.communicate(timeout=300)[0])["receipts"][0] for one in started]
    assert [one.returncode for one in started] == [0] * 4
    assert {one["after"]["revisions"][0] for one in told} == {HEAD}
    assert {one["outcome"] for one in told} <= {"applied", "nothing to do"}
    ran = [done["revision"] for one in told for done in one["revisions"]]
    assert HEAD in ran
    assert len(ran) == len({*ran})
    applied = [one for one in told if one["outcome"] == "applied"]
    assert len(list(zerg.root.glob("app.db.*.backup"))) == len(applied)
    assert zerg.is_plumb()
    assert zerg.ask(SCHEDULED) == [(1,)]
