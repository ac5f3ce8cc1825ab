"""A message says what to do now: one question once, by the names that it is about."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

MEMBERS = "CREATE TABLE members (id INTEGER PRIMARY KEY, fullname TEXT NOT NULL);\n"
LOANS = "CREATE TABLE loans (id INTEGER PRIMARY KEY, book TEXT, out_at TEXT);\n"


@pytest.fixture
def history(project: Project, run: Run) -> History:
    return History(project, run)


def test_what_goes_and_comes_is_asked_once(history: History) -> None:
    history.begin(MEMBERS + LOANS)
    after = MEMBERS.replace("fullname", "full_name") + LOANS.replace("loans", "lendings")
    history.project.write("schema.sql", after)
    said = history.revise().err
    assert said.count("schema.sql:") == 2  # one for the column, one for the table
    assert "say `-- @renamed from=fullname` beside members.full_name; if not" in said
    assert "give members.full_name a value: `-- @backfill EXPRESSION`" in said
    assert "say `-- @renamed from=loans` beside lendings; if not" in said
    said = history.revise("--allow", "drop:members.fullname", "--allow", "drop:loans").err
    assert "members.full_name is NOT NULL, and no row that is there has a value for it" in said
    allowed = ("drop:members.fulname", "empty:members.full_name", "drop:loans")
    said = history.revise(*(word for name in allowed for word in ("--allow", name))).err
    assert "(--allow drop:members.fulname names nothing that is lost)" in said
    assert "a value" not in said


def test_rows_that_refuse_are_answered_where_one_stands(history: History) -> None:
    """In `revise`: how to write it all the same. In `apply`: how it gets what mends the rows."""
    history.begin(LOANS)
    history.upgrade("head")
    history.execute("INSERT INTO loans VALUES (1, 'a', 'x'), (2, 'a', 'x')")
    history.project.write("schema.sql", LOANS.replace("book TEXT", "book TEXT UNIQUE"))
    assert "Without --database it is" in history.revise("--database", "sqlite:///app.db").err
    assert history.revise().code == 0
    before, goes_here, _ = history.second().read_text().partition("A statement that mends them")
    assert goes_here
    assert "Rows may refuse: loans.unique(book)" in before
    said = history.run("prove", "first:head").out + history.run("apply", "sqlite:///app.db").err
    assert "`sqlplumb revise --redo`" in said
    assert "`sqlplumb prove second`" in said


def test_values_are_kept_where_the_revision_says_so(history: History) -> None:
    """In a table that the same revision makes."""
    history.begin("CREATE TABLE people (id INTEGER PRIMARY KEY, phone TEXT);")
    history.upgrade("head")
    history.execute("INSERT INTO people VALUES (1, '123'), (2, NULL)")
    phones = "CREATE TABLE phones (id INTEGER PRIMARY KEY REFERENCES people, phone TEXT NOT NULL);"
    history.project.write("schema.sql", f"CREATE TABLE people (id INTEGER PRIMARY KEY);{phones}")
    assert history.revise("--allow", "drop:people.phone").code == 0
    above, goes_here, below = history.second().read_text().partition("# A statement that keeps")
    keeps = "op.execute(\"INSERT INTO phones SELECT id, phone FROM people WHERE phone <> ''\")"
    too_early = above.replace("    op.execute", f"    {keeps}\n    op.execute", 1)
    history.second().write_text(f"{too_early}{goes_here}{below}")
    assert "the revision makes that table itself" in history.run("prove", "second").out
    history.second().write_text(f"{above}{keeps}\n    {goes_here}{below}")
    assert goes_here
    assert history.run("prove", "second").code == 0
    done = history.run("apply", "sqlite:///app.db", "--allow", "drop:people.phone")
    assert done.code == 0, done.err
    with closing(sqlite3.connect(history.project.root / "app.db")) as connection:
        assert connection.execute("SELECT * FROM phones").fetchall() == [(1, "123")]


def test_whoever_names_no_command_sees_them_all(run: Run) -> None:
    ran = run()
    assert ran.code == 2
    assert "bring one back" in ran.err
    ran = run("chek")
    assert ran.err.endswith("did you mean check?\n  `sqlplumb --help` says what there is\n")
    assert "usage" not in ran.err
