"""A live database is upgraded behind gates, or it is what it was, to the byte."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb.commands import apply as apply_command
from sqlplumb.commands.upgrading import under_lock
from sqlplumb.engines.sqlite.live import locked_database, write_lock
from sqlplumb.errors import Refused
from sqlplumb.upgrade import gates

if TYPE_CHECKING:
    from tests.applied import CURRENT, DESIRED, ROWS, Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import CURRENT, DESIRED, ROWS, Ground, ground

GATES = ["known", "plumb", "proved", "approved", "leave", "alone", "rows", "room", "backup"]
WITHOUT_NOTES = CURRENT.replace(",\n    notes TEXT\n", "\n")
Lay = Callable[..., Ground]


@pytest.fixture
def lay(project: Project, run: Run) -> Lay:
    def laid(desired: str = DESIRED, rows: str = ROWS, *argv: str) -> Ground:
        made = ground(project, run)
        made.begin(desired, rows, *argv)
        return made

    return laid


def refused(ground: Ground, gate: str, code: int, *argv: str) -> Any:
    """This gate stays shut, none before it does, and nothing has happened to the file."""
    before, beside = ground.bytes(), ground.left()
    receipt = ground.receipt(*argv)
    shut = {one["gate"]: one["outcome"] for one in receipt["gates"]}
    at = GATES.index(gate)
    assert list(shut) == GATES
    assert [shut[name] for name in GATES[:at]] == ["passed"] * at
    assert (shut[gate], set(GATES[at + 1 :]) & shut.keys()) == ("shut", set(GATES[at + 1 :]))
    assert {shut[name] for name in GATES[at + 1 :]} <= {"not reached"}
    assert receipt["exit_code"] == code
    assert (ground.bytes(), ground.left()) == (before, beside)
    return receipt


def test_it_is_upgraded_and_keeps_its_rows(lay: Lay) -> None:
    ground = lay()
    rows = ground.rows()
    receipt = ground.receipt()
    assert receipt["outcome"] == "applied"
    assert (ground.revision(), ground.rows(), ground.is_sound()) == ("second", rows, True)
    assert {one["outcome"] for one in receipt["gates"]} == {"passed"}
    assert receipt["before"]["revisions"] == ["first"]
    assert receipt["after"]["revisions"] == ["second"]
    assert receipt["before"]["fingerprint"] != receipt["after"]["fingerprint"]
    (done,) = receipt["revisions"]
    assert done["rows"] == {"tasks": {"before": 50, "after": 50}}
    assert done["tables_compared"] == 1  # the one that a trigger may write
    kept = json.loads((ground.root / receipt["receipt"]).read_text("utf-8"))
    assert kept["receipts"] == [receipt]
    assert ground.history.run("check", "sqlite:///app.db").code == 0


def test_the_backup_is_what_was_there(lay: Lay) -> None:
    ground = lay()
    rows = ground.rows()
    receipt = ground.receipt("--backup", "kept/here")
    (copy,) = (ground.root / "kept" / "here").glob("*.backup")
    assert receipt["backup"]["path"] == str(copy)
    name = str(copy.relative_to(ground.root))
    assert (ground.revision(name), ground.rows(name)) == ("first", rows)
    assert ground.left() == []


FILLED = CURRENT.replace(
    "    state TEXT NOT NULL,",
    "    state TEXT NOT NULL,\n    first_step INTEGER NOT NULL,"
    " -- @backfill (SELECT min(id) FROM steps WHERE task_id = tasks.id)",
)


def test_nobody_needs_a_backup(lay: Lay) -> None:
    """Nor statistics of the planner, which a join would let it make."""
    ground = lay(FILLED)
    assert ground.receipt("--no-backup")["backup"] is None
    assert ground.revision() == "second"
    assert [name for name in ground.left() if "backup" in name] == []
    assert ground.is_sound()


def test_nothing_to_do(lay: Lay) -> None:
    ground = lay()
    assert ground.apply().code == 0
    before, beside = ground.bytes(), ground.left()
    again = ground.receipt()
    assert (again["outcome"], again["exit_code"]) == ("nothing to do", 0)
    assert (ground.bytes(), ground.left()) == (before, beside)


@pytest.mark.parametrize("mode", ["wal", "delete", "truncate", "persist"])
def test_every_journal(lay: Lay, mode: str) -> None:
    ground = lay()
    ground.ask(f"PRAGMA journal_mode = {mode}")
    rows = ground.rows()
    assert ground.apply().code == 0
    assert (ground.revision(), ground.rows(), ground.is_sound()) == ("second", rows, True)
    kept = {"wal", "delete"} & {mode} or {"delete"}
    assert ground.ask("PRAGMA journal_mode") == [(kept.pop(),)]


def test_a_new_file_is_filled(lay: Lay) -> None:
    ground = lay()
    (ground.root / "new.db").touch()
    assert ground.apply(name="new.db").code == 0
    assert ground.revision("new.db") == "second"


def test_what_is_lost_of_nothing_needs_no_leave(lay: Lay) -> None:
    ground = lay(WITHOUT_NOTES, ROWS, "--allow", "destructive")
    assert ground.apply("--create", name="new.db").code == 0
    assert ground.revision("new.db") == "second"


def test_a_file_is_made_where_that_is_said(lay: Lay, run: Run) -> None:
    ground = lay()
    done = run("apply", "sqlite:///none.db")
    assert done.code == 4
    assert "--create" in done.err
    assert done.out == "failed  sqlite:///none.db: nothing was changed\n"
    assert not (ground.root / "none.db").exists()
    assert ground.apply("--create", name="none.db").code == 0
    assert ground.revision("none.db") == "second"


def test_several_databases(lay: Lay, run: Run) -> None:
    ground = lay()
    (ground.root / "new.db").touch()
    ground.history.project.database("CREATE TABLE other (a)", "other.db")
    urls = [f"sqlite:///{name}.db" for name in ("other", "app", "new")]
    done = run("apply", *urls, "--format", "json")
    assert [one["exit_code"] for one in done.json["receipts"]] == [3, 0, 0]
    assert (done.code, ground.revision(), ground.revision("new.db")) == (3, "second", "second")


def test_the_one_that_alembic_knows(lay: Lay) -> None:
    ground = lay()
    ini = ground.root / "alembic.ini"
    ini.write_text(ini.read_text() + "\nsqlalchemy.url = driver://user:pass@localhost/dbname\n")
    assert ground.history.run("apply").code == 2
    ini.write_text(
        ini.read_text().replace("driver://user:pass@localhost/dbname", "sqlite:///app.db")
    )
    assert (ground.history.run("apply").code, ground.revision()) == (0, "second")


def test_one_that_nobody_adopted(lay: Lay) -> None:
    ground = lay()
    ground.history.execute("DROP TABLE alembic_version")
    assert "not adopted" in refused(ground, "known", 3)["problems"][0]["message"]


def test_a_revision_that_nobody_knows(lay: Lay) -> None:
    ground = lay()
    ground.history.execute("UPDATE alembic_version SET version_num = 'other'")
    assert "other" in refused(ground, "known", 3)["problems"][0]["message"]


def test_drift(lay: Lay) -> None:
    ground = lay()
    ground.history.execute("DROP INDEX ix_tasks_user")
    refused(ground, "plumb", 3)
    assert "ix_tasks_user" in ground.apply().out


@pytest.mark.parametrize("end", ["\n", "# changed\n"])
def test_a_revision_that_was_changed(lay: Lay, end: str) -> None:
    ground = lay()
    with ground.history.second().open("a") as file:
        file.write(end)
    problem = refused(ground, "proved", 3)["problems"][0]
    assert "second" in problem["message"]
    assert "sqlplumb prove" in problem["hint"]
    assert ground.history.run("prove").code == 0
    assert ground.apply().code == 0


def test_one_that_ran_already_was_changed(lay: Lay) -> None:
    ground = lay()
    with (ground.history.versions / "first.py").open("a") as file:
        file.write("\n")
    assert "first" in refused(ground, "proved", 3)["problems"][0]["message"]


def test_one_that_was_removed(lay: Lay) -> None:
    ground = lay()
    proofs = ground.root / "migrations" / "proofs.toml"
    line = proofs.read_text("utf-8").splitlines()[-1].replace("second", "third")
    proofs.write_text(f"{proofs.read_text('utf-8')}{line}\n", "utf-8")
    assert "third" in refused(ground, "proved", 3)["problems"][0]["message"]


def test_one_that_was_moved(lay: Lay) -> None:
    ground = lay()
    proofs = ground.root / "migrations" / "proofs.toml"
    proofs.write_text(proofs.read_text("utf-8").replace('after = ["first"]', "after = []"), "utf-8")
    assert "behind nothing" in refused(ground, "proved", 3)["problems"][0]["message"]


def test_one_that_was_never_proved(lay: Lay) -> None:
    ground = lay()
    (ground.root / "migrations" / "proofs.toml").unlink()
    assert "never proved" in refused(ground, "proved", 3)["problems"][0]["message"]


@pytest.mark.parametrize(("count", "told"), [(3, 3), (4, 1)])
def test_many_that_were_never_proved_are_told_at_once(count: int, told: int) -> None:
    names = [f"rev{number}" for number in range(count)]
    with pytest.raises(Refused) as refusal:
        gates.proved({}, {}, pending=names, file="proofs.toml")
    assert len(refusal.value.problems) == told


def test_what_is_lost_needs_leave(lay: Lay) -> None:
    ground = lay(WITHOUT_NOTES, ROWS, "--allow", "drop:tasks.notes")
    problem = refused(ground, "leave", 3)["problems"][0]
    assert "--allow drop:tasks.notes" in problem["hint"]
    refused(ground, "leave", 3, "--allow", "drop:tasks.state")
    assert ground.apply("--allow", "drop:tasks.notes").code == 0
    assert [row[:3] for row in ground.ask("SELECT * FROM tasks WHERE id = 3")] == [(3, 2, "open")]


@pytest.mark.parametrize("leave", ["destructive", "P202", "drop-column"])
def test_leave_has_several_names(lay: Lay, leave: str) -> None:
    ground = lay(WITHOUT_NOTES, ROWS, "--allow", "destructive")
    assert ground.apply("--allow", leave).code == 0
    assert ground.revision() == "second"


def test_a_comment_is_leave(lay: Lay) -> None:
    ground = lay(WITHOUT_NOTES, ROWS, "--allow", "destructive")
    with ground.history.second().open("a") as file:
        file.write("# sqlplumb: ignore P202 nobody reads them\n")
    assert ground.history.run("prove").code == 0
    assert ground.apply().code == 0


def test_rows_that_will_be_refused(lay: Lay) -> None:
    ground = lay(DESIRED, ROWS + "UPDATE tasks SET state = 'odd' WHERE id = 9;")
    assert "'odd'" in refused(ground, "rows", 3)["problems"][0]["hint"]


def test_somebody_else_writes_for_too_long(lay: Lay) -> None:
    ground = lay()
    with closing(sqlite3.connect(ground.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused(ground, "alone", 4)
    assert ground.apply().code == 0


def test_somebody_reads_for_too_long(lay: Lay) -> None:
    ground = lay()
    before = ground.bytes()
    with closing(sqlite3.connect(ground.database, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM tasks").fetchone()
        receipt = ground.receipt()
    assert (receipt["outcome"], receipt["exit_code"]) == ("failed", 4)
    assert (ground.bytes(), ground.left()) == (before, [])
    assert ground.apply().code == 0


def test_a_reader_of_a_wal_holds_nothing_up(lay: Lay) -> None:
    ground = lay()
    ground.ask("PRAGMA journal_mode = wal")
    with closing(sqlite3.connect(ground.database, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM tasks").fetchone()
        assert ground.apply().code == 0
    assert (ground.revision(), ground.is_sound()) == ("second", True)


def test_a_full_disk(lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = lay(DESIRED, ROWS + "INSERT INTO log VALUES (hex(zeroblob(9000)));")
    before, connect = ground.bytes(), write_lock.connect

    def full(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(locked_database, "connect", full)
        receipt = ground.receipt()
    assert (receipt["outcome"], receipt["exit_code"]) == ("failed", 4)
    assert "full" in receipt["problems"][0]["message"]
    assert (ground.bytes(), ground.left()) == (before, [])
    assert ground.apply().code == 0


def test_it_goes_on_from_where_it_stopped(lay: Lay) -> None:
    ground = lay()
    third = (
        'from alembic import op\nrevision = "third"\ndown_revision = "second"\n'
        "def upgrade():\n"
        "    if op.get_bind().exec_driver_sql('SELECT count(*) FROM log').scalar() == 1:\n"
        "        raise RuntimeError('not yet')\n"
        "def downgrade():\n    pass\n"
    )
    ground.history.project.write("migrations/versions/third.py", third)
    kept(ground)
    receipt = ground.receipt()
    assert (receipt["exit_code"], receipt["after"]["revisions"]) == (4, ["second"])
    assert (ground.revision(), ground.is_sound()) == ("second", True)
    assert (ground.root / receipt["backup"]["path"]).is_file()
    assert (ground.root / receipt["receipt"]).is_file()
    ground.history.execute("INSERT INTO log VALUES ('more')")
    assert ground.apply().code == 0
    assert ground.revision() == "third"


MORE = """\
from alembic import op
revision, down_revision = {revision!r}, {down_revision!r}
def upgrade():
    op.execute("INSERT INTO log VALUES ('{revision}')")
def downgrade():
    op.execute("DELETE FROM log WHERE what = '{revision}'")
"""


def with_two_more(lay: Lay) -> Ground:
    """Three revisions are pending."""
    ground = lay()
    for revision, down_revision in (("third", "second"), ("fourth", "third")):
        file = f"migrations/versions/{revision}.py"
        text = MORE.format(revision=revision, down_revision=down_revision)
        ground.history.project.write(file, text)
    assert ground.history.run("prove").code == 0
    return ground


def between_the_first_two(patch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen to the database when the first transaction has ended."""
    calls: list[None] = []

    def run_next(*args: Any, **named: Any) -> bool:
        calls.append(None)
        if len(calls) == 2:
            happens()
        return under_lock(*args, **named)

    patch.setattr(apply_command, "under_lock", run_next)


@pytest.mark.parametrize("goal", ["third", "fourth"])
def test_somebody_else_runs_the_next_revision(
    lay: Lay, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two transactions the lock is free: what was run meanwhile is not run again."""
    ground = with_two_more(lay)
    between_the_first_two(monkeypatch, lambda: ground.history.upgrade(goal))
    receipt = ground.receipt()
    assert (receipt["outcome"], receipt["after"]["revisions"]) == ("applied", ["fourth"])
    ours = ["second"] if goal == "fourth" else ["second", "fourth"]
    assert [done["revision"] for done in receipt["revisions"]] == ours
    assert (ground.revision(), ground.is_sound()) == ("fourth", True)
    assert ground.ask("SELECT what FROM log") == [("begin",), ("third",), ("fourth",)]


@pytest.mark.parametrize(
    "happens",
    [
        "UPDATE alembic_version SET version_num = 'first'",
        "UPDATE alembic_version SET version_num = 'nobody'",
        "DROP TABLE alembic_version",
        "DROP INDEX ix_tasks_user",
    ],
)
def test_somebody_else_leads_it_elsewhere(
    lay: Lay, happens: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = with_two_more(lay)
    between_the_first_two(monkeypatch, lambda: ground.history.execute(happens))
    receipt = ground.receipt()
    assert (receipt["outcome"], receipt["exit_code"]) == ("refused", 3)
    assert [done["revision"] for done in receipt["revisions"]] == ["second"]
    assert ground.ask("SELECT what FROM log") == [("begin",)]


def test_no_room(lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = lay()
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 5000})())
    refused(ground, "room", 4)


def test_a_damaged_page(lay: Lay) -> None:
    ground = lay()
    ((root,),) = ground.ask("SELECT rootpage FROM sqlite_master WHERE name = 'ix_steps_task'")
    with ground.database.open("r+b") as file:
        file.seek((root - 1) * 4096 + 8)
        file.write(b"\xff" * 40)
    refused(ground, "backup", 4)
    refused(ground, "backup", 4, "--no-backup")


def test_no_database_at_all(lay: Lay) -> None:
    ground = lay()
    ground.database.write_bytes(b"This is a letter, and no database whatever." * 200)
    assert ground.apply().code == 4


def test_a_failure_in_the_middle(lay: Lay) -> None:
    ground = lay(CURRENT)
    before = ground.bytes()
    lines = [
        "op.execute('CREATE TABLE more (a)')",
        "op.execute('UPDATE users SET name = 1')",
        "if op.get_bind().exec_driver_sql('SELECT count(*) FROM log').scalar() == 1:",
        "    raise RuntimeError('not today')",
    ]
    ground.history.by_hand(lines, ["op.execute('DROP TABLE more')"])
    kept(ground)
    receipt = ground.receipt()
    assert (receipt["outcome"], receipt["exit_code"]) == ("failed", 4)
    assert "not today" in receipt["problems"][0]["message"]
    assert "second.py" in receipt["problems"][0]["hint"]
    assert (ground.bytes(), ground.left(), ground.revision()) == (before, [], "first")


@pytest.mark.parametrize("dry", [True, False], ids=["dry run", "apply"])
@pytest.mark.parametrize("style", ["batch", "sql"])
def test_rows_that_only_a_guard_can_ask(lay: Lay, style: str, dry: bool) -> None:
    """The parent's column is yet to come, and holds nothing then: each row refers to nothing."""
    desired = CURRENT.replace("name TEXT NOT NULL", "name TEXT NOT NULL, code TEXT UNIQUE")
    desired = desired.replace("state TEXT NOT NULL", "state TEXT NOT NULL REFERENCES users (code)")
    ground = lay(desired, ROWS, "--style", style)
    before = ground.bytes()
    receipt = ground.receipt(*(["--dry-run"] if dry else []))
    assert (receipt["outcome"], receipt["exit_code"]) == ("refused", 3)
    (problem,) = receipt["problems"]
    assert "would refuse 50 rows: tasks (state) refers to rows of users" in problem["message"]
    assert (ground.bytes(), ground.left(), ground.revision()) == (before, [], "first")


def test_rows_that_a_rule_refuses_over_values_to_come(lay: Lay) -> None:
    filled = "state TEXT NOT NULL,\n    -- @backfill user_id % 2\n    odd INTEGER"
    desired = CURRENT.replace("state TEXT NOT NULL", filled)
    ground = lay(f"{desired}CREATE UNIQUE INDEX u ON tasks (odd);\n")
    before = ground.bytes()
    receipt = ground.receipt()
    assert (receipt["outcome"], receipt["exit_code"]) == ("refused", 3)
    assert "UNIQUE constraint failed: tasks.odd" in receipt["problems"][0]["message"]
    assert "second" in receipt["problems"][0]["hint"]
    assert (ground.bytes(), ground.left(), ground.revision()) == (before, [], "first")


ALTERED = {
    "a new column": ("notes TEXT", "notes TEXT, more TEXT"),
    "a renamed column": ("notes TEXT", "-- @renamed from=notes\n    words TEXT"),
    "columns that change places": (
        "    state TEXT NOT NULL,\n    notes TEXT\n",
        "    -- @renamed from=notes\n    state TEXT,\n"
        "    -- @renamed from=state\n    notes TEXT NOT NULL\n",
    ),
}


@pytest.mark.parametrize(("now", "then"), ALTERED.values(), ids=ALTERED)
def test_rows_of_a_table_that_is_only_altered_are_counted(lay: Lay, now: str, then: str) -> None:
    ground = lay(CURRENT.replace(now, then))
    (done,) = ground.receipt()["revisions"]
    assert done["rows"]["tasks"] == {"before": 50, "after": 50}


def test_rows_are_counted_where_a_new_file_is_filled(lay: Lay) -> None:
    ground = lay(CURRENT.replace("notes TEXT", "notes TEXT, more TEXT"))
    done = ground.apply("--create", "--format", "json", name="new.db").json["receipts"][0]
    assert done["revisions"][1]["rows"]["tasks"] == {"before": 0, "after": 0}


def kept(ground: Ground) -> None:
    """As if it had been proved: a proof cannot know the rows that are there."""
    ground.history.project.write("schema.sql", CURRENT)
    from sqlplumb.config import find_settings
    from sqlplumb.proof.ledger import entry_of, ledger_file, update_ledger
    from sqlplumb.sources.scripts import script_directory

    settings = find_settings(ground.root)
    scripts = script_directory(settings)
    found = {one.revision: entry_of(one, settings) for one in scripts.walk_revisions()}
    update_ledger(ledger_file(scripts, settings), found)


def test_what_only_a_trigger_changes_needs_leave(lay: Lay) -> None:
    ground = lay(CURRENT, ROWS + "DELETE FROM steps WHERE task_id = 3;")
    before = ground.bytes()
    ground.history.by_hand(["op.execute('DELETE FROM tasks WHERE id = 3')"], ["pass"])
    kept(ground)
    receipt = ground.receipt("--allow", "destructive", "--allow", "P211")
    assert receipt["exit_code"] == 3, receipt
    assert "--allow rows:log" in receipt["problems"][0]["hint"]
    assert (ground.bytes(), ground.left()) == (before, [])
    assert ground.apply("--allow", "rows:log").code == 0
    assert ground.ask("SELECT count(*) FROM log") == [(2,)]


@pytest.mark.parametrize("ends", ["COMMIT", "ROLLBACK", "ATTACH ''x.db'' AS x", "END"])
def test_a_revision_cannot_end_the_transaction(lay: Lay, ends: str) -> None:
    ground = lay(CURRENT)
    before = ground.bytes()
    end = ends.replace("''", '"')
    lines = [
        "op.execute('UPDATE users SET name = 1')",
        "if op.get_bind().exec_driver_sql('SELECT count(*) FROM log').scalar():",
        f"    op.execute('{end}')",
    ]
    ground.history.by_hand(lines, ["pass"])
    kept(ground)
    assert ground.receipt()["exit_code"] == 4
    assert (ground.bytes(), ground.revision()) == (before, "first")


def test_another_schema_than_the_history_makes(lay: Lay) -> None:
    ground = lay(CURRENT)
    before = ground.bytes()
    lines = [
        "if op.get_bind().exec_driver_sql('SELECT count(*) FROM log').scalar():",
        "    op.execute('CREATE TABLE more (a)')",
    ]
    ground.history.by_hand(lines, ["pass"])
    kept(ground)
    receipt = ground.receipt()
    assert receipt["exit_code"] == 3
    assert (ground.bytes(), ground.left(), ground.revision()) == (before, [], "first")


def test_an_orphan_that_was_there_before_is_nobodys_fault(lay: Lay) -> None:
    ground = lay(DESIRED, ROWS + "PRAGMA foreign_keys = OFF; DELETE FROM users WHERE id = 2;")
    orphans = len(ground.ask("PRAGMA foreign_key_check"))
    assert orphans
    assert ground.apply().code == 0
    assert len(ground.ask("PRAGMA foreign_key_check")) == orphans


def test_a_new_orphan_is(lay: Lay) -> None:
    ground = lay(CURRENT)
    before = ground.bytes()
    ground.history.by_hand(["op.execute('DELETE FROM users WHERE id = 2')"], ["pass"])
    kept(ground)
    receipt = ground.receipt("--allow", "destructive")
    assert receipt["exit_code"] == 3
    assert "users" in receipt["problems"][0]["message"]
    assert (ground.bytes(), ground.left()) == (before, [])


def test_a_dry_run_writes_nothing(lay: Lay) -> None:
    ground = lay()
    before = ground.bytes()
    receipt = ground.receipt("--dry-run")
    (done,) = receipt["revisions"]
    copies = [one for one in done["statements"] if one["does"].startswith("copies")]
    assert [(one["table"], one["rows"]) for one in copies] == [("tasks", 50)]
    assert done["statements"][-1]["statement"].startswith("UPDATE alembic_version")
    assert (ground.bytes(), ground.left(), ground.revision()) == (before, [], "first")


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_dry_run_is_of_the_rows_that_are_there(lay: Lay, mode: str) -> None:
    ground = lay()
    ground.ask(f"PRAGMA journal_mode = {mode}")
    third = (
        'from alembic import op\nrevision = "third"\ndown_revision = "second"\n'
        "def upgrade():\n"
        "    for (name,) in op.get_bind().exec_driver_sql('SELECT what FROM log').all():\n"
        "        op.execute(f\"INSERT INTO log VALUES ('{name} again')\")\n"
        "def downgrade():\n    pass\n"
    )
    ground.history.project.write("migrations/versions/third.py", third)
    kept(ground)
    before = ground.bytes()
    receipt = ground.receipt("--dry-run")
    said = [one["statement"] for one in receipt["revisions"][1]["statements"]]
    assert "INSERT INTO log VALUES ('begin again')" in said
    assert (ground.bytes(), ground.revision()) == (before, "first")


def test_a_dry_run_finds_what_would_fail(lay: Lay) -> None:
    ground = lay()
    third = (
        'from alembic import op\nrevision = "third"\ndown_revision = "second"\n'
        "def upgrade():\n    op.execute('CREATE UNIQUE INDEX u ON steps (id / 100)')\n"
        "def downgrade():\n    op.execute('DROP INDEX u')\n"
    )
    ground.history.project.write("migrations/versions/third.py", third)
    kept(ground)
    before = ground.bytes()
    receipt = ground.receipt("--dry-run", "--allow", "P204")
    assert (receipt["exit_code"], ground.bytes()) == (3, before)
    assert "UNIQUE constraint failed" in receipt["problems"][0]["message"]


def test_a_dry_run_of_what_is_too_large(lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = lay()
    monkeypatch.setattr("sqlplumb.commands.upgrading._MOST", 1000)
    receipt = ground.receipt("--dry-run")
    assert "too large" in receipt["warnings"][0]
    assert receipt["revisions"][0]["statements"]


def test_a_dry_run_of_what_is_empty(lay: Lay) -> None:
    ground = lay()
    (ground.root / "new.db").touch()
    done = ground.apply("--dry-run", name="new.db")
    assert (done.code, (ground.root / "new.db").stat().st_size) == (0, 0)
    assert "CREATE TABLE users" in done.out


def test_a_dry_run_makes_no_file(lay: Lay) -> None:
    ground = lay()
    assert ground.apply("--dry-run", "--create", name="none.db").code == 4
    assert not (ground.root / "none.db").exists()


def test_no_password_is_told(lay: Lay, run: Run) -> None:
    ground = lay()
    for argv in ([], ["--dry-run"], ["--format", "json"]):
        done = run("apply", "sqlite:///app.db?password=hush&key=hush", *argv)
        assert "hush" not in done.out + done.err
    assert "hush" not in "".join(one.read_text() for one in ground.root.glob("*.json"))
