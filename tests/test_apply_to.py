"""`apply --to REV` and `apply --down REV`: with all gates, and the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb.commands import apply as applying
from sqlplumb.commands import upgrading

if TYPE_CHECKING:
    from tests.applied import DESIRED, Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import DESIRED, ground

MORE = DESIRED.replace("notes TEXT", "notes TEXT, extra TEXT")


@pytest.fixture
def laid(project: Project, run: Run) -> Ground:
    """`first`, which makes CURRENT; `second` adds a CHECK; `third` a column."""
    project.patch.delenv("DATABASE_URL", raising=False)
    laid = ground(project, run)
    laid.begin()
    project.write("schema.sql", MORE)
    done = run("revise", "-m", "extra", "--rev-id", "third")
    assert done.code == 0, done.err
    return laid


def test_to_a_revision_and_on(laid: Ground) -> None:
    before = laid.rows()
    ran = laid.apply("--to", "second")
    assert (ran.code, laid.revision()) == (0, "second"), ran.err
    assert "1 revision applied, it is at second" in ran.out
    ran = laid.apply("--to", "+1")
    assert (ran.code, laid.revision()) == (0, "third")
    assert laid.rows()["users"] == before["users"]


def test_one_at_a_time(laid: Ground) -> None:
    assert laid.apply("--to", "+1").code == 0
    assert laid.revision() == "second"


def test_what_has_run_already(laid: Ground) -> None:
    assert laid.apply().code == 0
    ran = laid.apply("--to", "second")
    assert (ran.code, laid.revision()) == (0, "third")
    assert "--to second: it has run there already" in ran.err
    assert "nothing to do, it is at third" in ran.out


@pytest.mark.parametrize(
    "argv",
    [
        ("--to", "nosuch"),
        ("--to", "+9"),
        ("--down", "nosuch"),
        ("--down", "third"),
        ("--down", "-9"),
        ("--down", "base", "--create"),
    ],
)
def test_what_leads_nowhere(argv: tuple[str, ...], laid: Ground) -> None:
    before = laid.bytes()
    assert laid.apply(*argv).code == 2
    assert laid.bytes() == before
    assert laid.history.run("apply", "--to", "second", "--down", "first").code == 2


def test_only_what_leads_there_must_be_proved(laid: Ground) -> None:
    ledger = laid.root / "migrations/proofs.toml"
    lines = ledger.read_text("utf-8").splitlines(keepends=True)
    ledger.write_text("".join(line for line in lines if '"third"' not in line[:8]), "utf-8")
    assert laid.apply().code == 3
    assert laid.apply("--to", "second").code == 0
    assert laid.revision() == "second"


def down(laid: Ground, *argv: str) -> Any:
    return laid.receipt("--down", *argv)


def test_down_with_leave_for_what_it_loses(laid: Ground) -> None:
    assert laid.apply().code == 0
    laid.history.execute("UPDATE tasks SET extra = 'x' WHERE id < 10")
    kept, at_third = laid.ask("SELECT id, user_id, state, notes FROM tasks"), laid.bytes()
    ran = laid.apply("--down", "second")
    assert (ran.code, laid.revision()) == (3, "third")
    assert "--allow drop:tasks.extra" in ran.err
    assert "it takes away" in ran.out  # said before anything is done
    assert laid.bytes() == at_third
    tried = laid.apply("--down", "second", "--allow", "drop:tasks.extra", "--dry-run")
    assert (tried.out.count("it takes away"), tried.err.count("it takes away")) == (1, 0)
    receipt = down(laid, "second", "--allow", "drop:tasks.extra")
    assert (receipt["outcome"], receipt["direction"]) == ("applied", "down")
    assert receipt["before"]["revisions"] == ["third"]
    assert receipt["after"]["revisions"] == ["second"]
    assert {gate["outcome"] for gate in receipt["gates"]} == {"passed"}
    assert receipt["revisions"][0]["revision"] == "third"
    assert receipt["revisions"][0]["rows"]["tasks"] == {"before": 50, "after": 50}
    assert any("tasks.extra" in note for note in receipt["notes"])
    assert laid.ask("SELECT * FROM tasks") == kept
    assert laid.is_sound()
    assert (
        laid.history.run("status", "sqlite:///app.db", "--format", "json").json["databases"][0][
            "state"
        ]
        == "behind"
    )
    assert laid.history.run("restore", receipt["receipt"]).code == 0
    assert laid.revision() == "third"


def test_down_by_steps_and_to_the_first(laid: Ground) -> None:
    assert laid.apply().code == 0
    before = laid.rows()
    ran = laid.apply("--down", "-2", "--allow", "destructive")
    assert (ran.code, laid.revision()) == (0, "first"), ran.err
    assert "2 revisions taken back, it is at first" in ran.out
    assert "took back third" in ran.out
    assert laid.rows()["steps"] == before["steps"]
    assert laid.apply("--down", "first").out.count("nothing to do") == 1
    assert laid.apply().code == 0
    assert laid.revision() == "third"


def test_down_to_base(laid: Ground) -> None:
    ran = laid.apply("--down", "base")
    assert ran.code == 3
    assert "--allow drop:users" in ran.err
    ran = laid.apply("--down", "base", "--allow", "destructive")
    assert ran.code == 0, ran.err
    assert "it is at base" in ran.out
    tables = laid.ask("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    assert [name for (name,) in tables if not name.startswith("sqlite")] == ["alembic_version"]
    ran = laid.apply()
    assert (ran.code, laid.revision()) == (0, "third"), ran.err


def test_a_dry_run_back_changes_nothing(laid: Ground) -> None:
    assert laid.apply().code == 0
    before = laid.bytes()
    ran = laid.apply("--down", "second", "--dry-run", "--allow", "destructive")
    assert ran.code == 0, ran.err
    assert "-- back from third" in ran.out
    assert "1 revision would be taken back" in ran.out
    assert laid.bytes() == before


def test_down_needs_what_was_proved(laid: Ground) -> None:
    assert laid.apply().code == 0
    file = next(laid.history.versions.glob("*extra*.py"))
    file.write_text(file.read_text("utf-8") + "\n# edited\n", "utf-8")
    before = laid.bytes()
    ran = laid.apply("--down", "second", "--allow", "destructive")
    assert (ran.code, laid.bytes()) == (3, before)
    assert "was changed after it was proved" in ran.err


def test_down_needs_a_database_that_is_plumb(laid: Ground) -> None:
    assert laid.apply().code == 0
    laid.history.execute("DROP INDEX ix_steps_task")
    ran = laid.apply("--down", "second", "--allow", "destructive")
    assert (ran.code, laid.revision()) == (3, "third")
    assert "it is not what revision third makes" in ran.err


def test_rows_that_the_former_rule_refuses(laid: Ground, project: Project, run: Run) -> None:
    project.write("schema.sql", MORE.replace("'done'", "'done', 'gone'"))
    assert run("revise", "-m", "more states", "--rev-id", "fourth").code == 0
    assert laid.apply().code == 0
    laid.history.execute("UPDATE tasks SET state = 'gone' WHERE id = 3")
    ran = laid.apply("--down", "third")
    assert (ran.code, laid.revision()) == (3, "fourth")
    assert "1 row of tasks would be refused by" in ran.err
    laid.history.execute("UPDATE tasks SET state = 'open' WHERE id = 3")
    assert laid.apply("--down", "third").code == 0


def test_what_the_upgrade_took_away_does_not_come_back(
    laid: Ground, project: Project, run: Run
) -> None:
    project.write("schema.sql", MORE.replace("notes TEXT, ", ""))
    done = run("revise", "-m", "no notes", "--rev-id", "fourth", "--allow", "destructive")
    assert done.code == 0, done.err
    assert laid.apply("--allow", "destructive").code == 0
    ran = laid.apply("--down", "third")
    assert "does not come back" in ran.err
    assert "does not come back" not in ran.out  # it was told before
    assert laid.ask("SELECT DISTINCT notes FROM tasks") == [(None,)]


def test_a_way_back_that_deletes_rows(laid: Ground, project: Project, run: Run) -> None:
    file = next(laid.history.versions.glob("*extra*.py"))
    text = file.read_text("utf-8").replace(
        "def downgrade() -> None:\n",
        "def downgrade() -> None:\n    op.execute('DELETE FROM log')\n",
    )
    file.write_text(text, "utf-8")
    assert run("prove", "third").code == 0
    assert laid.apply().code == 0
    ran = laid.apply("--down", "second", "--allow", "drop:tasks.extra")
    assert ran.code == 3
    assert "--allow rows:log" in ran.err
    ran = laid.apply("--down", "second", "--allow", "drop:tasks.extra", "--allow", "rows:log")
    assert (ran.code, laid.revision()) == (0, "second"), ran.err
    assert laid.ask("SELECT count(*) FROM log") == [(0,)]


def test_somebody_else_took_it_back_meanwhile(laid: Ground) -> None:
    assert laid.apply().code == 0
    laid.history.project.patch.setattr(applying, "under_lock", unlocked(laid))
    ran = laid.apply("--down", "first", "--allow", "destructive")
    assert (ran.code, laid.revision()) == (0, "first"), ran.err


def unlocked(laid: Ground) -> Any:
    """Another process that takes back the rest between our two transactions."""
    under_lock, calls = upgrading.under_lock, list[int]()

    def wrapped(*args: Any, **named: Any) -> bool:
        calls.append(1)
        if len(calls) == 2:
            laid.history.downgrade("first")
        return under_lock(*args, **named)

    return wrapped


def test_a_fleet_goes_there_and_back(laid: Ground) -> None:
    (laid.root / "more.db").write_bytes(laid.database.read_bytes())
    urls = ("sqlite:///app.db", "sqlite:///more.db")
    assert laid.history.run("apply", *urls, "--to", "second").code == 0
    assert laid.revision("more.db") == "second"
    assert laid.history.run("apply", *urls, "--down", "-1").code == 0
    assert [laid.revision(name) for name in ("app.db", "more.db")] == ["first", "first"]


def test_a_revision_without_a_way_back(laid: Ground, project: Project, run: Run) -> None:
    file = next(laid.history.versions.glob("*extra*.py"))
    text = file.read_text("utf-8").replace(
        "def downgrade() -> None:\n",
        "def downgrade() -> None:\n    raise NotImplementedError('values are gone')\n",
    )
    file.write_text(text, "utf-8")
    assert run("prove", "third").code == 0
    assert laid.apply().code == 0
    before = laid.bytes()
    ran = laid.apply("--down", "second", "--allow", "destructive")
    assert (ran.code, laid.bytes()) == (3, before)
    assert "revision third has no way back: values are gone" in ran.err
