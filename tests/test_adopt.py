"""A database that nobody versioned is named for what it is, and stamped only where it is plumb."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, Table, Text
from sqlalchemy import create_engine as engine_of

import sqlplumb

if TYPE_CHECKING:
    from tests.adopted import FIRST, ROWS, SECOND, Wild, wild
    from tests.conftest import Project, Run
else:
    from adopted import FIRST, ROWS, SECOND, Wild, wild

DATA_STEP = """\
from alembic import op

revision = "third"
down_revision = "second"


def upgrade():
    op.execute("UPDATE tasks SET notes = '' WHERE notes IS NULL")


def downgrade():
    pass
"""
NOTHING = DATA_STEP.replace(
    """op.execute("UPDATE tasks SET notes = '' WHERE notes IS NULL")""", "pass"
)


@pytest.fixture
def found(project: Project, run: Run) -> Wild:
    """The history has two revisions."""
    made = wild(project, run)
    made.begin(FIRST, SECOND)
    return made


def unchanged(found: Wild, code: int, *argv: str) -> str:
    """It ends with this code, and the file is what it was. What was said."""
    before = found.bytes()
    done = found.adopt(*argv)
    assert (done.code, found.bytes()) == (code, before), done.err
    return done.out + done.err


def test_it_is_stamped_where_it_is_plumb(found: Wild, run: Run) -> None:
    found.make(SECOND, ROWS)
    rows = found.rows()
    done = found.adopt()
    assert (done.code, done.out) == (0, "adopted  sqlite:///app.db: it is at second\n")
    assert (found.is_at(), found.rows(), found.is_sound()) == (["second"], rows, True)
    assert run("apply", "sqlite:///app.db").code == 0
    assert run("check", "sqlite:///app.db").code == 0


def test_what_create_all_made_is_adopted(found: Wild) -> None:
    """Other words, and the same schema."""
    metadata = MetaData()
    name = Column("name", Text, nullable=False)
    Table("users", metadata, Column("id", Integer, primary_key=True, nullable=True), name)
    Table(
        "tasks",
        metadata,
        Column("id", Integer, primary_key=True, nullable=True),
        Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        Column("state", Text, nullable=False),
        Column("notes", Text),
        CheckConstraint("state IN ('open', 'done')", name="ck_state"),
        Index("ix_tasks_user", "user_id"),
        sqlite_autoincrement=True,
    )
    metadata.create_all(engine_of(f"sqlite:///{found.root}/app.db"))
    assert found.adopt().code == 0
    assert found.is_at() == ["second"]


def test_a_schema_in_other_words_is_the_same(found: Wild) -> None:
    found.make(SECOND.lower().replace("not null", "not  null").replace("on tasks", 'on "tasks"'))
    assert found.adopt().code == 0
    assert found.is_at() == ["second"]


def test_the_revision_that_it_is_at_is_named(found: Wild, run: Run) -> None:
    found.make(FIRST, ROWS)
    rows = found.rows()
    said = unchanged(found, 3)
    assert "it is what revision first makes, which is not the end of the history" in said
    assert "sqlplumb adopt sqlite:///app.db --as first" in said
    done = found.adopt("--as", "first")
    assert done.code == 0
    assert "1 revision behind it" in done.out
    assert found.is_at() == ["first"]
    assert run("apply", "sqlite:///app.db").code == 0
    assert (found.is_at(), found.rows(), found.is_sound()) == (["second"], rows, True)


def test_what_differs_from_the_revision_that_is_named_is_shown(found: Wild) -> None:
    found.make(FIRST)
    said = unchanged(found, 3, "--as", "second")
    assert "check ck_state is missing" in said
    assert "it is not what revision second makes" in said


def test_a_revision_that_is_none_is_said_as_everywhere(found: Wild, run: Run) -> None:
    found.make(FIRST)
    told = [found.adopt("--as", "third"), run("prove", "third"), run("review", "third")]
    assert {one.code for one in told} == {2}
    assert all("no such revision" in one.err for one in told)


def test_a_revision_that_moves_rows_alone_must_be_named(found: Wild, run: Run) -> None:
    """By their schemas nobody can tell whether it has run."""
    found.history.project.write("migrations/versions/third.py", DATA_STEP)
    assert run("prove").code == 0
    found.make(SECOND, ROWS)
    said = unchanged(found, 3)
    assert "second and third make the same schema" in said
    for name in ("second", "third"):
        assert f"--as {name}" in said
    assert found.adopt("--as", "second").code == 0
    assert run("apply", "sqlite:///app.db").code == 0
    assert found.ask("SELECT notes FROM tasks ORDER BY id") == [("a",), ("",)]


def test_a_revision_that_does_nothing_need_not_be_named(found: Wild) -> None:
    found.history.project.write("migrations/versions/third.py", NOTHING)
    found.make(SECOND)
    assert found.adopt().code == 0
    assert found.is_at() == ["third"]


def test_a_history_with_branches(found: Wild, run: Run) -> None:
    """Each revision is what its own branch makes of it."""
    for name, down in (("left", "second"), ("right", "second"), ("both", ("left", "right"))):
        lines = "pass" if name == "both" else f"op.execute('CREATE TABLE {name} (a TEXT)')"
        found.history.project.revision(name, down, lines)
    found.make(SECOND, "CREATE TABLE right (a TEXT);")
    assert "it is what revision right makes" in unchanged(found, 3)
    found.make("CREATE TABLE left (a TEXT);")
    assert found.adopt().code == 0
    assert found.is_at() == ["both"]


def test_several_ends_must_be_told_apart(found: Wild) -> None:
    for name in ("left", "right"):
        found.history.project.revision(name, "second", f"op.execute('CREATE TABLE {name} (a)')")
    found.make(SECOND, "CREATE TABLE left (a);")
    assert "2 heads" in unchanged(found, 2)
    assert found.adopt("--as", "left").code == 0
    assert found.is_at() == ["left"]


def test_who_is_adopted_is_told_so(found: Wild) -> None:
    found.make(SECOND)
    assert found.adopt().code == 0
    assert "adopted already" in unchanged(found, 0)
    assert unchanged(found, 0, "--quiet") == ""
    assert "not at first" in unchanged(found, 3, "--as", "first")
    found.history.execute("DROP INDEX ix_tasks_user")
    said = unchanged(found, 1)
    assert "index ix_tasks_user is missing" in said
    assert "it is at second, and is not what that makes" in said


def test_a_revision_that_the_history_does_not_have(found: Wild) -> None:
    found.make(SECOND, "CREATE TABLE alembic_version (version_num); ")
    found.history.execute("INSERT INTO alembic_version VALUES ('elsewhere')")
    assert "elsewhere, which the history does not have" in unchanged(found, 3)


def test_a_table_of_alembic_without_a_row_names_no_revision(found: Wild) -> None:
    found.make(SECOND, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);")
    assert "DROP TABLE alembic_version" in unchanged(found, 3)
    found.history.execute("DROP TABLE alembic_version")
    assert found.adopt().code == 0
    found.history.execute("DELETE FROM alembic_version")
    assert found.adopt().code == 0
    assert found.is_at() == ["second"]


def test_another_name_for_alembics_table(found: Wild) -> None:
    found.history.project.write("pyproject.toml", '[tool.sqlplumb]\nversion_table = "steps"\n')
    found.make(SECOND)
    assert found.adopt().code == 0
    assert found.ask("SELECT * FROM steps") == [("second",)]
    assert found.is_at() == []


@pytest.mark.parametrize(
    ("make", "argv", "code", "said"),
    [
        ("", [], 3, "it is empty: there is nothing to adopt"),
        (SECOND, ["--as", "base"], 2, "base is where nothing has run yet"),
        (SECOND, ["--as", "nowhere"], 2, "nowhere"),
        (SECOND, ["--revise", "--through", "x.py"], 2, "not allowed with"),
        (SECOND, ["--style", "sql"], 2, "--style means nothing without --revise"),
        (SECOND, ["--no-backup"], 2, "--no-backup means nothing without --through"),
        (SECOND, ["--allow", "destructive"], 2, "without --revise or --through"),
        (SECOND, ["--revise", "--dry-run"], 2, "means nothing with --revise"),
    ],
)
def test_what_is_no_question(make: str, argv: list[str], code: int, said: str, found: Wild) -> None:
    found.make(make)
    assert said in unchanged(found, code, *argv)


def test_no_file_and_no_database(found: Wild) -> None:
    assert found.adopt(name="none.db").code == 4
    assert not (found.root / "none.db").exists()
    (found.root / "words.db").write_text("no database, but long enough to be taken for one" * 9)
    assert found.adopt(name="words.db").code == 4


def test_without_a_history_there_is_nothing_to_be_at(project: Project, run: Run) -> None:
    project.database(FIRST)
    assert "no alembic.ini" in run("adopt", "sqlite:///app.db").err
    project.alembic()
    done = run("adopt", "sqlite:///app.db")
    assert done.code == 3
    assert "the history has no revision" in done.err
    assert 'sqlplumb revise -m "baseline"' in done.err


def test_it_may_be_ahead_of_the_history(found: Wild) -> None:
    """What no revision makes yet must be written first."""
    found.history.project.write("schema.sql", SECOND + "CREATE TABLE later (a TEXT);\n")
    found.make(SECOND, "CREATE TABLE later (a TEXT);")
    said = unchanged(found, 3)
    assert "it is what schema.sql says, which no revision makes yet" in said
    assert "sqlplumb revise" in said


def test_the_nearest_revision_is_the_one_with_the_fewest_differences(found: Wild) -> None:
    found.make(FIRST, "CREATE INDEX ix_more ON tasks (notes);")
    done = found.adoption()
    assert (done["revision"], done["outcome"], done["exit_code"]) == ("first", "not adopted", 3)
    (change,) = done["measure"]["changes"]
    assert (change["verb"], change["object"]) == ("drop", "ix_more")
    assert [one["command"].split()[-1] for one in done["ways"]] == ["--revise", "sql"]


def test_a_dry_run_writes_nothing(found: Wild) -> None:
    found.make(SECOND, ROWS)
    assert "would be adopted at second" in unchanged(found, 0, "--dry-run")
    assert found.adoption("--dry-run")["outcome"] == "to be adopted"
    assert [one.name for one in found.root.glob("app.db?*")] == []


def test_what_a_machine_reads(found: Wild) -> None:
    found.make(SECOND)
    done = found.adoption()
    assert (done["version"], done["outcome"], done["revision"]) == (1, "adopted", "second")
    assert (done["exit_code"], done["pending"], done["problems"]) == (0, 0, [])
    assert done["measure"]["equal"] is True
    sides = [done["measure"][side]["fingerprint"] for side in ("current", "desired")]
    assert sides[0] == sides[1]


def test_a_password_is_never_told(found: Wild, monkeypatch: pytest.MonkeyPatch) -> None:
    found.make(FIRST)
    url = "app.db?password=geheim"
    for argv in ([], ["--format", "json"], ["--as", "second"], ["--as", "second", "--revise"]):
        done = found.adopt(*argv, name=url)
        assert "geheim" not in done.out + done.err
    monkeypatch.setenv("DATABASE", f"sqlite:///{url}")
    done = found.history.run("adopt", "env:DATABASE")
    assert "sqlplumb adopt env:DATABASE --as first" in done.out
    assert "geheim" not in done.out + done.err


def test_who_holds_the_lock_is_waited_for_and_told(found: Wild) -> None:
    found.make(SECOND)
    with closing(sqlite3.connect(found.root / "app.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = found.adopt("--wait", "0.2")
        assert (done.code, found.is_at()) == (4, [])
        assert "another process has held the write lock" in done.err
        other.execute("COMMIT")
    assert found.adopt().code == 0


def test_what_changes_meanwhile_is_not_stamped(
    found: Wild, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the lock."""
    from sqlplumb.engines.sqlite.live.write_lock import WriteLock

    take = WriteLock.take

    def changed_first(*words: Any) -> None:
        found.history.execute("DROP INDEX IF EXISTS ix_tasks_user")
        take(*words)

    monkeypatch.setattr(WriteLock, "take", changed_first)
    found.make(SECOND)
    done = found.adopt()
    assert (done.code, found.is_at()) == (3, [])
    assert "somebody else has changed it meanwhile; looking again" in done.err
    assert "index ix_tasks_user is missing" in done.out


def test_a_database_in_wal_mode_that_is_being_read(found: Wild) -> None:
    found.make("PRAGMA journal_mode = WAL;", SECOND, ROWS)
    with closing(sqlite3.connect(found.root / "app.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM tasks").fetchone() == (2,)
        assert found.adopt().code == 0
        reader.execute("COMMIT")
    assert (found.is_at(), found.ask("PRAGMA journal_mode")) == (["second"], [("wal",)])


def test_two_at_once(found: Wild) -> None:
    found.make(SECOND, ROWS)
    command = [sys.executable, "-m", "sqlplumb", "adopt", "sqlite:///app.db", "--format", "json"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    outcomes = [json.loads(one.communicate()[0])["outcome"] for one in started]
    assert [one.returncode for one in started] == [0, 0]
    assert set(outcomes) <= {"adopted", "adopted already"}
    assert outcomes.count("adopted") == 1
    assert found.is_at() == ["second"]


def test_an_application_that_has_it_open_goes_on(found: Wild) -> None:
    found.make(SECOND, ROWS)
    with closing(sqlite3.connect(found.root / "app.db")) as application:
        application.execute("SELECT * FROM tasks").fetchall()
        assert found.adopt().code == 0
        application.execute("INSERT INTO users VALUES (3, 'eve')")
        application.commit()
    assert len(found.rows()["users"]) == 3


def test_a_history_that_cannot_be_replayed(found: Wild) -> None:
    found.history.project.revision("third", "second", "op.execute('DROP TABLE nothing')")
    found.make(SECOND)
    said = unchanged(found, 2)
    assert "third.py" in said


def test_it_is_said_which_file_is_meant(found: Wild, tmp_path: Path) -> None:
    found.make(SECOND)
    url = f"sqlite:////{str(tmp_path).lstrip('/')}/app.db"
    assert found.history.run("adopt", url).out == f"adopted  {url}: it is at second\n"


def test_an_application_may_ask_for_it(found: Wild) -> None:
    """Before it applies what is pending."""
    found.history.project.write("pyproject.toml", "[tool.sqlplumb]\n")
    found.make(FIRST, ROWS)
    with pytest.raises(sqlplumb.NotPlumb, match="not the end of the history"):
        sqlplumb.adopt("sqlite:///app.db")
    done = sqlplumb.adopt("sqlite:///app.db", revision="first")
    assert (done.outcome, done.revision, done.pending) == ("adopted", "first", 1)
    assert sqlplumb.apply("sqlite:///app.db").outcome == "applied"
    assert sqlplumb.adopt("sqlite:///app.db").outcome == "adopted already"
    found.history.execute("DROP INDEX ix_tasks_user")
    with pytest.raises(sqlplumb.NotPlumb, match="is not what that makes"):
        sqlplumb.adopt("sqlite:///app.db")
