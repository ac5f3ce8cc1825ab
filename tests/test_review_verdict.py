"""What a review says of rules that stored rows may break, whether or not the proof's rows did."""

from __future__ import annotations

import pytest
from tests import goldens
from tests.conftest import Project, Run
from tests.histories import History

from sqlplumb.render.review.page import Page

PARENT = "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT);\n"
CURRENT = PARENT + (
    "CREATE TABLE t (\n  id INTEGER PRIMARY KEY,\n  k TEXT,\n  n INTEGER,\n  p_id INTEGER\n);\n"
)
NO_KEY = CURRENT.replace("id INTEGER PRIMARY KEY,\n  k", "id INTEGER,\n  k")
WITH_KEY = CURRENT.replace("k TEXT", "k TEXT UNIQUE")
INDEX = "CREATE UNIQUE INDEX u ON t ({});\n"


def with_column(words: str, after: str = "") -> str:
    return CURRENT.replace("p_id INTEGER\n", f"p_id INTEGER,\n  {words}\n") + after


# The schema as it was, as it is to be, and the rule that its rows may break.
DECIDED_BY_ROWS = {
    "a unique index": (CURRENT, CURRENT + INDEX.format("k"), "u UNIQUE (k)"),
    "a unique index of a part": (
        CURRENT,
        CURRENT + "CREATE UNIQUE INDEX u ON t (k) WHERE n > 0;",
        "u UNIQUE (k)",
    ),
    "UNIQUE": (CURRENT, WITH_KEY, "t.unique(k) UNIQUE (k)"),
    "a key of another collation": (
        WITH_KEY,
        WITH_KEY.replace("k TEXT UNIQUE", "k TEXT COLLATE NOCASE UNIQUE"),
        "t.unique(k) UNIQUE (k)",
    ),
    "a key of fewer columns": (
        CURRENT + INDEX.format("k, n"),
        CURRENT + INDEX.format("k"),
        "u UNIQUE (k)",
    ),
    "PRIMARY KEY": (
        NO_KEY,
        NO_KEY.replace("k TEXT", "k TEXT PRIMARY KEY"),
        "t.primary key UNIQUE (k)",
    ),
    "a foreign key": (
        CURRENT,
        CURRENT.replace("p_id INTEGER", "p_id INTEGER REFERENCES p (id)"),
        "t.foreign key(p_id) REFERENCES p",
    ),
    "a foreign key to a column that is to come": (
        CURRENT,
        CURRENT.replace("code TEXT", "code TEXT, short TEXT UNIQUE").replace(
            "k TEXT", "k TEXT REFERENCES p (short)"
        ),
        "t.foreign key(k) REFERENCES p",
    ),
    "a unique index over values to come": (
        CURRENT,
        with_column("q TEXT -- @backfill k || 'x'", INDEX.format("q")),
        "u UNIQUE (q)",
    ),
    "a CHECK that no row of a proof breaks": (
        CURRENT,
        CURRENT.replace("k TEXT", "k TEXT CHECK (length(k) < 1000)"),
        "t.check(k) CHECK (length(k) < 1000)",
    ),
}
# What no row can break, or every row satisfies already.
SAFE = {
    "a foreign key of a new column": (CURRENT, with_column("q INTEGER REFERENCES p (id)")),
    "a unique index of a new column": (CURRENT, with_column("q TEXT", INDEX.format("q"))),
    "a CHECK of a new column": (
        CURRENT,
        with_column("s TEXT NOT NULL DEFAULT 'a' CHECK (s IN ('a', 'b'))"),
    ),
    "a key of more columns": (WITH_KEY, WITH_KEY + INDEX.format("n, k")),
    "ON DELETE": (
        CURRENT.replace("p_id INTEGER", "p_id INTEGER REFERENCES p (id)"),
        CURRENT.replace("p_id INTEGER", "p_id INTEGER REFERENCES p (id) ON DELETE CASCADE"),
    ),
    "a table of its own": (CURRENT, CURRENT + "CREATE TABLE z (a TEXT UNIQUE);"),
}


@pytest.fixture
def history(project: Project, run: Run) -> History:
    return History(project, run)


def words_of(page: Page) -> str:
    return " | ".join([page.level, page.summary, *(reason.words for reason in page.reasons)])


def reviewed(history: History, current: str, desired: str, rows: str | None = None) -> str:
    """The verdict as a person reads it, on one line."""
    history.begin(current)
    history.project.write("schema.sql", desired)
    done = history.revise("--allow", "destructive")
    assert done.code == 0, done.err
    if rows is not None:
        history.upgrade("first", goldens.LIVE)
        history.execute(rows, goldens.LIVE)
    database = "" if rows is None else f"sqlite:///{goldens.LIVE}"
    (page,) = goldens.reviewed(history, database)
    return words_of(page)


@pytest.mark.parametrize(
    ("current", "desired", "rule"), DECIDED_BY_ROWS.values(), ids=DECIDED_BY_ROWS
)
def test_live_rows_decide(history: History, current: str, desired: str, rule: str) -> None:
    told = reviewed(history, current, desired)
    assert told.startswith("look"), told
    assert f"did not cover rows that {rule} refuses: live rows decide" in told


@pytest.mark.parametrize(("current", "desired"), SAFE.values(), ids=SAFE)
def test_no_row_decides(history: History, current: str, desired: str) -> None:
    assert reviewed(history, current, desired).startswith("safe")


ALIKE = "INSERT INTO t (k) VALUES ('a'), ('a');"


@pytest.mark.parametrize("index", ["k", "q"])
def test_live_rows_answer(history: History, index: str) -> None:
    """Those that are there, or what the revision makes of a copy of them."""
    desired = with_column("q TEXT -- @backfill k || 'x'", INDEX.format(index))
    assert reviewed(history, CURRENT, desired, "INSERT INTO t (k) VALUES ('a');").startswith("safe")


def test_live_rows_refuse(history: History) -> None:
    desired = CURRENT + INDEX.format("k")
    told = reviewed(history, CURRENT, desired, ALIKE)
    assert told.startswith("stop")
    assert "2 rows of t would be refused by u UNIQUE (k)" in told


def test_values_to_come_refuse(history: History) -> None:
    """No look can ask before: the revision was run on a copy."""
    desired = with_column("q TEXT -- @backfill k || 'x'", INDEX.format("q"))
    told = reviewed(history, CURRENT, desired, ALIKE)
    assert told.startswith("stop")
    assert "the revision fails on a copy of it: UNIQUE constraint failed: t.q" in told


def test_an_ignore_does_not_make_rows_fit(history: History) -> None:
    """`apply` refuses them all the same."""
    told = reviewed(history, CURRENT, CURRENT + INDEX.format("k"), ALIKE)
    assert told.endswith("`apply` refuses it as things are, whatever is allowed")
    file = history.second()
    file.write_text(f"{file.read_text()}\n# sqlplumb: ignore P206 somebody mends them\n")
    assert history.run("prove", "second").code == 0
    (page,) = goldens.reviewed(history, f"sqlite:///{goldens.LIVE}")
    assert "2 rows of t would be refused by u UNIQUE (k), which no ignore changes" in words_of(page)
    assert history.run("apply", f"sqlite:///{goldens.LIVE}").code == 3


def test_what_wants_leave_is_said_as_apply_asks_for_it(history: History) -> None:
    told = reviewed(
        history, CURRENT, CURRENT.replace("  n INTEGER,\n", ""), "INSERT INTO t DEFAULT VALUES;"
    )
    assert told.startswith("look")
    leave = told.rpartition("`apply` wants leave for it: ")[2]
    assert history.run("apply", f"sqlite:///{goldens.LIVE}").code == 3
    assert history.run("apply", f"sqlite:///{goldens.LIVE}", *leave.split()).code == 0
    (page,) = goldens.reviewed(history, f"sqlite:///{goldens.LIVE}")
    assert "and has run it already" in words_of(page)


def test_a_database_that_lacks_others_before_it(history: History) -> None:
    reviewed(history, CURRENT, CURRENT + INDEX.format("n"), "")
    history.project.write("schema.sql", CURRENT + INDEX.format("n, k"))
    assert history.run("revise", "-m", "third", "--rev-id", "third").code == 0
    (page,) = goldens.reviewed(history, f"sqlite:///{goldens.LIVE}", "third")
    assert f"`sqlplumb review --pending sqlite:///{goldens.LIVE}` reviews all" in words_of(page)
