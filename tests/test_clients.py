"""SQL that is run by hand: `diff --format sql` and `alembic upgrade --sql`, in clients that stop at
an error and in clients that do not. Where a row refuses, nothing is changed, the version included.

SQLPLUMB_CLIENTS=all runs every way in every style, direction, kind of transaction and client; else
each way is run in one of them.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.test_plans import statements_of

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

ALL = os.environ.get("SQLPLUMB_CLIENTS") == "all"
SHELL = shutil.which("sqlite3") or ""
Sides = tuple[str, str, str, str]  # current, desired, rows that satisfy it, a row that does not

KEPT = "CREATE TABLE kept (id INTEGER PRIMARY KEY AUTOINCREMENT, a);"
GOOD = "INSERT INTO kept VALUES (3, 'x'), (9, 'y'); DELETE FROM kept WHERE id = 9;"


def way(table: str, desired: str, good: str, bad: str, more: tuple[str, ...] = ("", "")) -> Sides:
    """Besides, a table that is made anew, one that comes and one that goes."""
    current = f"{table} {KEPT} CREATE TABLE gone (b); {more[0]}"
    stricter = KEPT.replace("a)", "a NOT NULL)")
    return current, f"{desired} {stricter} CREATE TABLE come (b); {more[1]}", GOOD + good, bad


WAYS: dict[str, Sides] = {
    "NOT NULL": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a NOT NULL);",
        "INSERT INTO t VALUES (1, 2);",
        "INSERT INTO t VALUES (5, NULL);",
    ),
    "CHECK": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, CONSTRAINT c CHECK (a > 1));",
        "INSERT INTO t VALUES (1, 2);",
        "INSERT INTO t VALUES (5, 1);",
    ),
    "CHECK by the table's own name": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b CHECK (t.b > 0));",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b CHECK (t.b > 0), CHECK (t.a > 1));",
        "INSERT INTO t VALUES (1, 2, 3);",
        "INSERT INTO t VALUES (5, 1, 3);",
    ),
    "UNIQUE": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, CONSTRAINT u UNIQUE (a));",
        "INSERT INTO t VALUES (1, 2);",
        "INSERT INTO t VALUES (5, 2);",
    ),
    "UNIQUE that ends the transaction": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, CONSTRAINT u UNIQUE (a) ON CONFLICT ROLLBACK);",
        "INSERT INTO t VALUES (1, 2);",
        "INSERT INTO t VALUES (5, 2);",
    ),
    "UNIQUE that passes over": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b NOT NULL ON CONFLICT FAIL);",
        "INSERT INTO t VALUES (1, 2, 3);",
        "INSERT INTO t VALUES (5, 2, NULL);",
    ),
    "a UNIQUE index": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE UNIQUE INDEX i ON t (a);",
        "INSERT INTO t VALUES (1, 2);",
        "INSERT INTO t VALUES (5, 2);",
    ),
    "an index that becomes UNIQUE": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE INDEX i ON t (a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE UNIQUE INDEX i ON t (a);",
        "INSERT INTO t VALUES (1, 2);",
        "INSERT INTO t VALUES (5, 2);",
    ),
    "PRIMARY KEY": way(
        "CREATE TABLE t (a TEXT, b);",
        "CREATE TABLE t (a TEXT PRIMARY KEY, b);",
        "INSERT INTO t VALUES ('x', 2);",
        "INSERT INTO t VALUES ('x', 3);",
    ),
    "a foreign key": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a CONSTRAINT f REFERENCES p (id));",
        "INSERT INTO p VALUES (2); INSERT INTO t VALUES (1, 2);",
        "INSERT INTO t VALUES (5, 77);",
        ("CREATE TABLE p (id INTEGER PRIMARY KEY);",) * 2,
    ),
    "a foreign key to a table that is not there": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a REFERENCES nowhere (id));",
        "INSERT INTO t VALUES (1, NULL);",
        "INSERT INTO t VALUES (5, 77);",
    ),
    "a type of STRICT": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a ANY) STRICT;",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER) STRICT;",
        "INSERT INTO t VALUES (1, 2);",
        "INSERT INTO t VALUES (5, 'x');",
    ),
    "a mismatch of the rowid": way(
        "CREATE TABLE t (id TEXT, a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "INSERT INTO t VALUES ('1', 2);",
        "INSERT INTO t VALUES ('x', 2);",
    ),
    "the second of two tables": way(
        "CREATE TABLE s (id INTEGER PRIMARY KEY, a); CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE s (id INTEGER PRIMARY KEY, a NOT NULL);"
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a NOT NULL);",
        "INSERT INTO s VALUES (1, 2); INSERT INTO t VALUES (1, 2);",
        "INSERT INTO t VALUES (5, NULL);",
    ),
    "the first of two tables": way(
        "CREATE TABLE s (id INTEGER PRIMARY KEY, a); CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE s (id INTEGER PRIMARY KEY, a NOT NULL);"
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a NOT NULL);",
        "INSERT INTO s VALUES (1, 2); INSERT INTO t VALUES (1, 2);",
        "INSERT INTO s VALUES (5, NULL);",
    ),
    "the second of two columns": way(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c DEFAULT 1 CHECK (c < a));",
        "INSERT INTO t VALUES (1, 2);",
        "INSERT INTO t VALUES (5, 0);",
    ),
}


def shell(file: Path, script: str, *options: str) -> None:
    if not SHELL:
        pytest.skip("no sqlite3 here")
    subprocess.run(
        [SHELL, *options, str(file)], input=script.encode(), capture_output=True, check=False
    )


def careful_shell(file: Path, script: str) -> None:
    shell(file, script, "-bail")


def goes_on(file: Path, script: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements_of(script):
            with suppress(sqlite3.Error):
                connection.execute(statement).fetchall()


def goes_on_and_commits(file: Path, script: str) -> None:
    """As the driver of Python does by itself, with foreign keys on."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        for statement in statements_of(script):
            with suppress(sqlite3.Error):
                connection.execute(statement).fetchall()
        with suppress(sqlite3.Error):
            connection.commit()


def stops(file: Path, script: str) -> None:
    with closing(sqlite3.connect(file)) as connection, suppress(sqlite3.Error):
        connection.executescript(script)


CLIENTS: tuple[Callable[[Path, str], None], ...] = (
    shell,
    careful_shell,
    goes_on,
    goes_on_and_commits,
    stops,
)
# One transaction for all, one for each revision, none: as env.py has it; ours, and Alembic's own.
ENV = "migrations/env.py"
OURS = "        transactional_ddl=True,\n    )\n    context.execute"
TRANSACTIONS = {
    "one": OURS,
    "each": OURS.replace("    )", "        transaction_per_migration=True,\n    )", 1),
    "none": OURS.replace("        transactional_ddl=True,\n", ""),
}


def dump(file: Path) -> list[str]:
    """Everything; in a script, Alembic itself writes four blanks for a tab, and cuts blanks off the
    end of a statement."""
    with closing(sqlite3.connect(file)) as connection:
        said = (one.replace("\t", "    ") for one in connection.iterdump())
        return sorted(re.sub(r"\s+;\Z", ";", one) for one in said)


def some(number: int, count: int) -> Iterator[int]:
    return iter(range(count) if ALL else [number % count])


@pytest.fixture
def history(project: Project, run: Run) -> History:
    project.patch.delenv("DATABASE_URL", raising=False)
    return History(project, run)


def transactions(history: History, kind: str) -> None:
    text = (history.project.root / ENV).read_text("utf-8")
    known = next(one for one in TRANSACTIONS.values() if one in text)
    (history.project.root / ENV).write_text(text.replace(known, TRANSACTIONS[kind]), "utf-8")


@pytest.mark.parametrize(("number", "name"), [*enumerate(WAYS)], ids=WAYS)
def test_a_script_changes_nothing_where_a_row_refuses(
    number: int, name: str, project: Project, run: Run
) -> None:
    current, desired, good, bad = WAYS[name]
    project.write("desired.sql", desired)
    project.write("current.sql", current)
    argv = ("diff", "current.sql", "desired.sql", "--format", "sql", "--allow", "destructive")
    script = run(*argv).out
    for client in some(number, len(CLIENTS)):
        for rows in (good, good + bad):
            file = project.root / f"{client}-{len(rows)}.db"
            with closing(sqlite3.connect(file)) as connection:
                connection.executescript(current + rows)
            before = dump(file)
            CLIENTS[client](file, script)
            if rows == good:
                assert run("diff", f"sqlite:///{file.name}", "desired.sql").code == 0
                assert len(dump(file)) >= len(before) - 1
            else:
                assert dump(file) == before


def revision(history: History, sides: Sides, style: str, down: bool) -> tuple[str, str, str]:
    """From the one to the other, and back: where it begins, what runs, the way to say so."""
    current, desired = sides[1::-1] if down else sides[:2]
    history.begin(current)
    history.project.write("schema.sql", desired)
    ran = history.revise("--style", style, "--allow", "destructive")
    assert ran.code == 0, ran.err
    return ("head", "head:first", "first") if down else ("first", "first:head", "head")


COMBINATIONS = [*product(("batch", "sql"), (False, True))]


@pytest.mark.parametrize(("number", "name"), [*enumerate(WAYS)], ids=WAYS)
def test_a_revision_changes_nothing_where_a_row_refuses(
    number: int, name: str, history: History
) -> None:
    for place in some(number, len(COMBINATIONS)):
        style, down = COMBINATIONS[place]
        shutil.rmtree(history.versions, ignore_errors=True)
        start, span, end = revision(history, WAYS[name], style, down)
        for kind in some(number, len(TRANSACTIONS)):
            transactions(history, [*TRANSACTIONS][kind])
            script = history.offline(span, down=down)
            for client in some(number + 3, len(CLIENTS)):
                is_all_or_nothing(history, WAYS[name], (start, end), script, CLIENTS[client])


def is_all_or_nothing(
    history: History,
    sides: Sides,
    way: tuple[str, str],
    script: str,
    client: Callable[[Path, str], None],
) -> None:
    start, end = way
    for rows in (sides[2], sides[2] + sides[3]):
        for name in ("online.db", "offline.db"):
            (history.project.root / name).unlink(missing_ok=True)
            history.upgrade(start, name)
            history.execute(rows, name)
        before = dump(history.project.root / "offline.db")
        client(history.project.root / "offline.db", script)
        if rows == sides[2]:
            go = history.downgrade if end == "first" else history.upgrade
            go(end, "online.db")
            assert dump(history.project.root / "offline.db") == dump(
                history.project.root / "online.db"
            )
        else:
            assert dump(history.project.root / "offline.db") == before


TWICE = "CREATE TABLE t (id INTEGER PRIMARY KEY, a {});"


@pytest.mark.parametrize("table", ["alembic_version", 'of "ours"'])
@pytest.mark.parametrize("kind", TRANSACTIONS)
def test_a_script_that_begins_elsewhere_changes_nothing(
    history: History, kind: str, table: str
) -> None:
    """Run once more, it would give values that are given already; or on a database behind it."""
    history.begin(TWICE.format("REAL"))
    env = (history.project.root / ENV).read_text("utf-8")
    named = f"target_metadata=metadata, version_table={table!r},"
    history.project.write(ENV, env.replace("target_metadata=metadata,", named))
    transactions(history, kind)
    history.project.write("schema.sql", TWICE.format("INTEGER -- @backfill a * 1000\n"))
    assert history.revise().code == 0
    up, down = history.offline("first:head"), history.offline("head:first", down=True)
    for number, client in enumerate(CLIENTS):
        file = history.project.root / f"{number}.db"
        history.upgrade("first", file.name)
        history.execute("INSERT INTO t VALUES (1, 2.5);", file.name)
        dumps = [dump(file)]
        for said in (down, up, up, down, down):
            client(file, said)
            dumps.append(dump(file))
        assert [dumps.index(one) for one in dumps] == [0, 0, 2, 2, 4, 4]


T = "CREATE TABLE t (id INTEGER PRIMARY KEY, {});"
PQ = (
    "{}CREATE TABLE p (id INTEGER PRIMARY KEY, {});\n{}CREATE TABLE q (id INTEGER PRIMARY KEY, {});"
)
FROM_P, FROM_Q = "-- @renamed from=p\n", "-- @renamed from=q\n"
# Before and after, and what is there instead where it is not what the script begins with.
ONCE: dict[str, tuple[str, str, str]] = {
    "a type": (T.format("a REAL"), T.format("a INTEGER -- @backfill a * 1000\n"), ""),
    "a type that another tool changed": (
        T.format("a REAL"),
        T.format("a INTEGER -- @backfill a * 1000\n"),
        T.format('"a" INTEGER'),
    ),
    "a new column": (T.format("a"), T.format("a, b NOT NULL -- @backfill a * 1000\n"), ""),
    "no NULL": (T.format("a"), T.format("a NOT NULL -- @backfill 7\n"), ""),
    "columns that change places": (
        T.format("a, b"),
        T.format("\n-- @renamed from=b\na,\n-- @renamed from=a\nb"),
        "",
    ),
    "tables that change places": (
        PQ.format("", "a", "", "b"),
        PQ.format(FROM_Q, "b", FROM_P, "a"),
        "",
    ),
    "a table with a column that nobody knows": (
        T.format("a"),
        T.format("a NOT NULL"),
        T.format("a, more DEFAULT 5"),
    ),
}


@pytest.mark.parametrize("case", ONCE)
def test_a_script_changes_nothing_where_it_does_not_begin(
    case: str, project: Project, run: Run
) -> None:
    """Run again, it would give values that are given already; elsewhere, leave a column behind."""
    before, after, elsewhere = ONCE[case]
    project.write("before.sql", before)
    project.write("after.sql", after)
    ran = run("diff", "before.sql", "after.sql", "--format", "sql", "--allow", "destructive")
    assert "Run this once" not in ran.out
    for number, client in enumerate(CLIENTS):
        file = project.root / f"{number}.db"
        project.database(elsewhere or before, file.name)
        table = "p" if "TABLE p" in before else "t"
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(f"INSERT INTO {table} (id, a) VALUES (1, 2.5)")
            connection.commit()
        dumps = [dump(file)]
        for _ in range(2):
            client(file, ran.out)
            dumps.append(dump(file))
        assert [dumps.index(one) for one in dumps] == ([0, 0, 0] if elsewhere else [0, 1, 1])


def test_a_script_that_nothing_tells_from_its_second_run_says_so(
    project: Project, run: Run
) -> None:
    project.write("before.sql", PQ.format("", "a", "", "a"))
    project.write("after.sql", PQ.format(FROM_Q, "a", FROM_P, "a"))
    ran = run("diff", "before.sql", "after.sql", "--format", "sql", "--swaps", "do")
    assert ran.out.startswith("-- Run this once: ")


BY_HAND = """\
from alembic import op

revision = "fourth"
down_revision = "third"


def upgrade():
    op.execute("CREATE TABLE by_hand (a)")
    op.execute("UPDATE kept SET a = 'changed'")


def downgrade():
    op.execute("DROP TABLE by_hand")
"""


def test_where_a_history_has_branches_the_version_is_not_asked(history: History) -> None:
    """There may be a row for each of them."""
    history.begin(TWICE.format("REAL"))
    history.project.write("schema.sql", TWICE.format("INTEGER -- @backfill a * 1000\n"))
    assert history.revise().code == 0
    branch = BY_HAND.replace('"third"', '"first"').replace("UPDATE kept SET a", "UPDATE t SET a")
    history.project.write("migrations/versions/fourth.py", branch)
    script = history.offline("first:second")
    history.upgrade("first", "offline.db")
    before = dump(history.project.root / "offline.db")
    goes_on(history.project.root / "offline.db", script)
    assert dump(history.project.root / "offline.db") != before


@pytest.mark.parametrize("kind", TRANSACTIONS)
@pytest.mark.parametrize("style", ["batch", "sql"])
def test_no_revision_behind_one_that_fails_changes_anything(
    history: History, style: str, kind: str
) -> None:
    """Not even one that a person wrote, which has no guard of its own."""
    current, desired, good, bad = WAYS["NOT NULL"]
    revision(history, WAYS["NOT NULL"], style, down=False)
    history.project.write("schema.sql", f"{desired} CREATE TABLE more (c);")
    argv = ("revise", "-m", "third", "--rev-id", "third", "--style", style)
    assert history.run(*argv).code == 0
    history.project.write("migrations/versions/fourth.py", BY_HAND)
    transactions(history, kind)
    script = history.offline("first:head")
    for client, rows in product(CLIENTS if ALL else CLIENTS[:4:3], (good, good + bad)):
        file = history.project.root / "offline.db"
        file.unlink(missing_ok=True)
        history.upgrade("first", "offline.db")
        history.execute(rows, "offline.db")
        before = dump(file)
        client(file, script)
        assert (dump(file) == before) == (rows != good)
    assert current


@pytest.mark.parametrize("style", ["batch", "sql", "script"])
def test_a_disk_that_is_full_at_any_page(history: History, style: str) -> None:
    """It ends the transaction at one statement, and not at the next."""
    current, desired, good, _ = WAYS["an index that becomes UNIQUE"]
    sides = (current, desired, good, "")
    rows = "WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
    rows += "INSERT INTO {} SELECT i, hex(randomblob({})) FROM n;"
    revision(history, sides, "sql" if style == "script" else style, down=False)
    transactions(history, "none")
    script = history.offline("first:head")
    if style == "script":
        history.project.write("current.sql", current)
        argv = ("diff", "current.sql", "schema.sql", "--format", "sql", "--allow", "destructive")
        script = history.run(*argv).out
    file = history.project.root / "offline.db"
    history.upgrade("first", "offline.db")
    history.execute(good + rows.format("t", 30) + rows.format("kept", 200), "offline.db")
    begun, before = file.read_bytes(), dump(file)
    with closing(sqlite3.connect(file)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    outcomes = []
    for room in range(0, 66, 1 if ALL else 5):
        file.write_bytes(begun)
        goes_on(file, f"PRAGMA max_page_count = {pages + room};\n{script}")
        outcomes.append(dump(file))
    assert outcomes[0] == before
    done = outcomes[-1]
    assert done != before
    assert all(outcome in (before, done) for outcome in outcomes)
