"""What a page says, before any format lays it out."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

import pytest
from tests import goldens
from tests.conftest import Project, Run
from tests.histories import History

from sqlplumb.engines import engine
from sqlplumb.render.paint import one_line
from sqlplumb.render.review import Page, html, text
from sqlplumb.render.review.html import glance
from sqlplumb.render.review.statements import side_by_side

CURRENT = "CREATE TABLE t (\n  a TEXT, -- first\n  b TEXT\n);"
DESIRED = "CREATE TABLE t (\n  a TEXT, -- first\n  b TEXT NOT NULL -- never without\n);"


def reviewed(history: History, current: str = CURRENT, desired: str = DESIRED) -> Sequence[Page]:
    history.begin(current)
    history.project.write("schema.sql", desired)
    done = history.revise("--target-version", "3.40")
    assert done.code == 0, done.err
    return goldens.reviewed(history, "")


def texts(page: Page, side: str) -> list[str]:
    lines = [getattr(line, side) for shown in page.changes for line in shown.lines]
    return ["".join(bit.text for bit in line) for line in lines if line is not None]


@pytest.fixture
def history(project: Project, run: Run) -> History:
    return History(project, run)


def test_lines_that_begin_alike_stand_in_one_row() -> None:
    lines = side_by_side(
        "id INT,\nemail TEXT,\nage INT", "id INT,\nsize INT,\nemail TEXT NOT NULL,"
    )
    assert [line.kind for line in lines] == ["same", "new", "changed", "gone"]


def test_both_sides_are_in_the_author_s_words(history: History) -> None:
    """Batch mode leaves words of Alembic's in the database, without a comment."""
    (page,) = reviewed(history)
    assert texts(page, "current") == CURRENT.rstrip(";").splitlines()
    assert texts(page, "desired") == DESIRED.rstrip(";").splitlines()


def test_what_alembic_wrote_is_held_against_what_it_writes(history: History) -> None:
    current = 'CREATE TABLE "t" (\n\ta TEXT, \n\tb TEXT\n)'
    (page,) = reviewed(history, f"{current};")
    assert texts(page, "current") == current.splitlines()
    assert [line.kind for shown in page.changes for line in shown.lines].count("changed") == 1


def committed(history: History, sql: str) -> None:
    history.project.write("schema.sql", sql)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    for argv in (["init", "-q"], ["add", "schema.sql"], ["commit", "-q", "-m", "a"]):
        subprocess.run([*git, *argv], cwd=history.project.root, check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("git"), reason="no git is installed here")
def test_git_knows_what_the_author_wrote_before(history: History) -> None:
    """What stands in the database is Alembic's, and says the same."""
    committed(history, CURRENT)
    (page,) = reviewed(history, 'CREATE TABLE "t" (\n\ta TEXT, \n\tb TEXT\n);')
    assert texts(page, "current") == CURRENT.rstrip(";").splitlines()
    assert texts(page, "desired") == DESIRED.rstrip(";").splitlines()


@pytest.mark.skipif(not shutil.which("git"), reason="no git is installed here")
def test_words_that_say_something_else_are_not_taken(history: History) -> None:
    committed(history, CURRENT.replace("b TEXT", "b TEXT, -- gone\n  c TEXT"))
    current = 'CREATE TABLE "t" (\n\ta TEXT, \n\tb TEXT\n)'
    (page,) = reviewed(history, f"{current};")
    assert texts(page, "current") == current.splitlines()


def test_a_revision_that_is_not_schema_sql_is_told_as_it_is(history: History) -> None:
    reviewed(history)
    history.project.write("schema.sql", DESIRED.replace("b TEXT", "b INTEGER"))
    (page,) = goldens.reviewed(history, "")
    assert any(line.strip().startswith("b TEXT NOT NULL") for line in texts(page, "desired"))


def test_filling_a_new_table_is_no_rebuild() -> None:
    effects = engine("sqlite").effects
    filled = ["CREATE TABLE n (a)", "INSERT INTO n SELECT a FROM t", "ALTER TABLE t DROP COLUMN a"]
    assert [one.work for one in effects(filled)] == ["schema", "rows", "rows"]
    anew = ["CREATE TABLE n (a)", "INSERT INTO n SELECT a FROM t", "DROP TABLE t"]
    anew.append("ALTER TABLE n RENAME TO t")
    assert [one.work for one in effects(anew)] == ["schema", "rebuild", "rebuild", "schema"]


def test_at_a_glance(history: History) -> None:
    (page,) = reviewed(history)
    said = dict(glance(page))
    assert said["Runs"].endswith("statements: rebuild")
    assert (said["Loses"], said["Proof"]) == ("nothing", "holds")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\tb", "a\tb"),
        ("\x1b[31m\x00", "␛[31m␀"),
        ("\x7f\x9b", "␡<U+009B>"),
        ("\u202eb\u2066", "<U+202E>b<U+2066>"),
        ("a\r\nb", "a␍␊b"),
    ],
)
def test_what_steers_a_terminal_is_shown_by_its_name(written: str, shown: str) -> None:
    assert one_line(written) == shown


def test_several_revisions_have_a_table_of_contents(history: History) -> None:
    pages = reviewed(history)
    assert "<nav" not in html(pages)
    told = html([*pages, *pages])
    assert '<a href="#r2">' in told
    assert "2 revisions" in told


def test_a_narrow_terminal_breaks_no_line_of_sql(history: History) -> None:
    said = text(reviewed(history), width=40)
    for line in DESIRED.rstrip(";").splitlines():
        assert any(one.endswith(line) for one in said.splitlines()), line


def test_no_revision_is_a_page_as_well() -> None:
    assert "there is no revision to review" in html([])


def test_drift_says_in_which_table_and_at_which_revision_it_is(history: History) -> None:
    history.begin(CURRENT)
    history.project.write("schema.sql", DESIRED)
    assert history.revise().code == 0
    history.upgrade("head", "live.db")
    (page,) = goldens.reviewed(history, "sqlite:///live.db")
    assert page.database and page.database.drift == ("t: column b: NOT NULL differs",)
    assert any(one.words.endswith("; it is at second") for one in page.reasons) or (
        "it is at second" in page.headline
    )
