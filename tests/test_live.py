"""Live databases: read while others write, without a trace, and never waited for without end."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sqlplumb
from sqlplumb.config import Settings
from sqlplumb.engines.sqlite.live.database import Live, versions
from sqlplumb.errors import ChangedMeanwhile, Problem
from sqlplumb.sources.database import locate

if TYPE_CHECKING:
    from tests import clock
    from tests.applied import CURRENT, ground
    from tests.conftest import Project, Ran, Run
else:
    import clock
    from applied import CURRENT, ground

LOOKS = int(os.environ.get("SQLPLUMB_LOOKS", "200"))

SCHEMA = "CREATE TABLE t (a TEXT);\n"

# A process that writes for as long as it lives, and says so once it has begun.
WRITER = """
import sqlite3, sys
path, reopens = sys.argv[1], sys.argv[2] == "reopens"
connection = sqlite3.connect(path, isolation_level=None)
for number in range(10**9):
    if reopens:
        connection.close()
        connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("INSERT INTO t VALUES (zeroblob(9000))")
    connection.execute(f"CREATE TABLE IF NOT EXISTS t{number % 7} (a TEXT)")
    connection.execute(f"DROP TABLE IF EXISTS t{(number + 3) % 7}")
    if number == 3:
        print("writing", flush=True)
"""
# Opens, moves a table to other pages, and closes, after which nobody has it open.
MOVER = """
import sqlite3, sys, time
for number in range(10**9):
    connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    query = "SELECT sql FROM sqlite_master WHERE name = 'alembic_version'"
    (made,) = connection.execute(query).fetchone()
    connection.execute("DROP TABLE alembic_version")
    connection.execute("INSERT INTO log VALUES (zeroblob(?))", (9000 * (number % 4),))
    connection.execute("DELETE FROM log WHERE rowid < (SELECT max(rowid) FROM log) - 5")
    connection.execute(made)
    connection.execute("INSERT INTO alembic_version VALUES (?)", (version,))
    connection.execute("COMMIT")
    connection.close()
    if number == 3:
        print("writing", flush=True)
    time.sleep(0.014)
"""
CRASH = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("CREATE TABLE t (a TEXT)")
os._exit(0)
"""


def traces(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file beside the database: its bytes and when it was last written."""
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}


@contextmanager
def writing(path: Path, how: str, text: str = WRITER) -> Iterator[None]:
    command = [sys.executable, "-c", text, str(path), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "writing\n"
            yield
            assert writer.poll() is None
        finally:
            writer.kill()


def in_wal_mode(project: Project) -> Path:
    project.database("PRAGMA journal_mode = WAL;\n" + SCHEMA)
    return project.root / "app.db"


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_reading_leaves_no_trace(mode: str, project: Project, run: Run) -> None:
    project.database(f"PRAGMA journal_mode = {mode};\n{SCHEMA}")
    before = traces(project.root)
    assert run("diff", "sqlite:///app.db", "empty").code == 1
    assert traces(project.root) == before
    assert list(before) == ["app.db"]


def test_a_file_that_may_only_be_read(project: Project, run: Run) -> None:
    in_wal_mode(project).chmod(0o400)
    project.root.chmod(0o500)
    try:
        assert run("diff", "sqlite:///app.db", "empty").code == 1
    finally:
        project.root.chmod(0o700)


def test_what_a_crash_left_behind_is_read_and_left(project: Project, run: Run) -> None:
    """The table is in the -wal alone, which cannot be read without a -shm beside it."""
    subprocess.run([sys.executable, "-c", CRASH, "app.db"], check=True)
    (project.root / "app.db-shm").unlink()
    before = traces(project.root)
    assert {"app.db", "app.db-wal"} == before.keys()
    assert run("diff", "sqlite:///app.db", "empty").code == 1
    after = traces(project.root)
    after.pop("app.db-shm")
    assert after == before


@pytest.mark.parametrize("how", ["stays", "reopens"])
def test_fifty_reads_while_another_process_writes(how: str, project: Project) -> None:
    path = in_wal_mode(project)
    with writing(path, how):
        for _ in range(50):
            names = {str(ref) for ref in sqlplumb.read("sqlite:///app.db").objects}
            assert {"t", "t.a"} <= names


def test_plumb_while_another_process_moves_tables(project: Project, run: Run) -> None:
    """No look is of two moments: it finds the database as it always is, or says why it cannot."""
    made = ground(project, run)
    made.begin(CURRENT)
    made.history.execute("PRAGMA journal_mode = WAL")

    def slow(connection: sqlite3.Connection, table: str) -> tuple[str, ...] | None:
        time.sleep(0.004)  # which makes room for the other process
        return versions(connection, table)

    project.patch.setattr("sqlplumb.engines.sqlite.live.database.versions", slow)
    plumb = 0
    with writing(made.database, "", MOVER):
        for _ in range(LOOKS):
            with suppress(ChangedMeanwhile):
                sqlplumb.require_plumb("sqlite:///app.db")
                plumb += 1
    assert plumb > LOOKS / 2


def written_meanwhile(path: Path) -> None:
    """By another process, which leaves nothing beside it."""
    text = (
        "import sqlite3; c = sqlite3.connect('app.db', isolation_level=None)\n"
        "c.execute('DROP TABLE t'); c.execute('VACUUM'); c.execute('CREATE TABLE later (a TEXT)')"
    )
    subprocess.run([sys.executable, "-c", text], check=True, cwd=path.parent)


def test_rows_are_of_the_moment_of_the_schema(project: Project) -> None:
    path = in_wal_mode(project)
    with (
        pytest.raises(ChangedMeanwhile, match="another process wrote"),
        locate("sqlite:///app.db", path.parent, Settings(root=path.parent)).open() as live,
    ):
        assert live.weigh("t") is not None
        written_meanwhile(path)
        assert {str(ref) for ref in live.read().objects} == {"t", "t.a"}
        live.weigh("t")


@pytest.mark.parametrize("times", [1, 99])
def test_a_schema_is_of_one_moment(
    times: int, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = in_wal_mode(project)
    begun: list[Path] = []

    def begin(connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN")
        connection.execute("SELECT sql FROM sqlite_master").fetchone()
        if len(begun) < times:
            begun.append(path)
            with closing(sqlite3.connect(path)) as other, other:
                other.execute(f"CREATE TABLE t{len(begun)} (a TEXT)")

    monkeypatch.setattr("sqlplumb.engines.sqlite.live.database._begin", begin)
    if times == 1:
        assert {"t", "t1"} <= {str(ref) for ref in sqlplumb.read("sqlite:///app.db").objects}
    else:
        with pytest.raises(ChangedMeanwhile):
            sqlplumb.read("sqlite:///app.db")


def test_what_is_not_yet_committed_is_not_there(project: Project, run: Run) -> None:
    with closing(sqlite3.connect(in_wal_mode(project), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE later (a TEXT)")
        ran = run("diff", "sqlite:///app.db", "empty", "--format", "json")
    assert [change["object"] for change in ran.json["changes"]] == ["t"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_an_exclusive_lock_ends_in_bounded_time(mode: str, project: Project, run: Run) -> None:
    project.patch.setattr("sqlplumb.engines.sqlite.live.read_only.WAIT_SECONDS", 0.1)
    project.database(f"PRAGMA journal_mode = {mode};\n{SCHEMA}")
    with closing(sqlite3.connect("app.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("INSERT INTO t VALUES ('held')")
        with clock.within(2):
            ran = run("diff", "sqlite:///app.db", "empty")
    assert (ran.code, ran.out) == (4, "")
    assert "locked" in ran.err
    assert run("diff", "sqlite:///app.db", "empty").code == 1


def damaged(sound: bytes, at: int, with_bytes: bytes) -> bytes:
    return sound[:at] + with_bytes + sound[at + len(with_bytes) :]


@pytest.mark.parametrize(
    ("at", "with_bytes"),
    [
        pytest.param(0, b"Not a database..", id="magic"),
        pytest.param(16, b"\x00\x03", id="page size"),
        pytest.param(100, b"\xff" * 8, id="schema page"),
    ],
)
def test_a_damaged_header(at: int, with_bytes: bytes, project: Project, run: Run) -> None:
    project.database(SCHEMA)
    file = project.root / "app.db"
    file.write_bytes(damaged(file.read_bytes(), at, with_bytes))
    ran = run("diff", "sqlite:///app.db", "empty")
    assert (ran.code, ran.out) == (4, "")
    assert "sqlite:///app.db" in ran.err


def test_what_is_no_database_at_all(project: Project, run: Run) -> None:
    project.write("text.db", "CREATE TABLE t (a TEXT);\n" * 40)
    project.write("folder.db/nothing", "")
    project.write("cut.db", "SQLite format 3\0 and no more")
    for name in ("text.db", "folder.db", "cut.db", "none.db", "no/folder.db"):
        ran = run("diff", f"sqlite:///{name}", "empty")
        assert (ran.code, ran.out) == (4, ""), name
    assert not (project.root / "none.db").exists()


def test_an_empty_file_is_an_empty_database(project: Project, run: Run) -> None:
    project.write("new.db", "")
    assert run("diff", "sqlite:///new.db", "empty").code == 0


@pytest.mark.parametrize("name", ["with space.db", "p%41.db", "h#sh.db", "döner.db"])
def test_names_that_a_url_could_misread(name: str, project: Project, run: Run) -> None:
    assert run("diff", project.database(SCHEMA, name), "empty").code == 1
    assert run("diff", f"sqlite:///{project.root / name}", "empty").code == 1


def test_a_link_to_a_database(project: Project, run: Run) -> None:
    (project.root / "link.db").symlink_to(in_wal_mode(project))
    before = traces(project.root)
    assert run("diff", "sqlite:///link.db", "empty").code == 1
    assert traces(project.root) == before


def test_sqlites_own_tables_are_no_part_of_it(project: Project, run: Run) -> None:
    project.write("schema.sql", "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);")
    rows = "INSERT INTO t VALUES (1); CREATE INDEX i ON t (a); ANALYZE; DROP INDEX i;"
    url = project.database((project.root / "schema.sql").read_text() + rows)
    assert run("check", url).code == 0


BY_HAND = [
    "CREATE TRIGGER sqlite_evil AFTER INSERT ON t BEGIN DELETE FROM t; END",
    "CREATE TRIGGER SQLITE_Stat1 AFTER INSERT ON t BEGIN DELETE FROM t; END",
    "CREATE VIEW sqlite_v AS SELECT 1",
    "CREATE INDEX sqlite_autoindex_t_9 ON t (a)",
]


@pytest.mark.parametrize("text", BY_HAND)
def test_what_only_looks_like_sqlites_own_is_named(text: str, project: Project, run: Run) -> None:
    table = "CREATE TABLE t (a TEXT UNIQUE);"
    _, kind, name, *_ = text.split()
    row = (kind.lower(), name, name if kind == "VIEW" else "t", text)
    url = project.database(f"{table} INSERT INTO t VALUES ('x'); ANALYZE; CREATE INDEX i ON t (a);")
    with closing(sqlite3.connect(project.root / "app.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        if kind == "INDEX":
            renamed = "UPDATE sqlite_master SET name = ?, sql = ? WHERE name = 'i'"
            connection.execute(renamed, (name, text))
        else:
            connection.execute("DELETE FROM sqlite_master WHERE name = 'i'")
            connection.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, 0, ?)", row)
    project.write("schema.sql", table)
    done = run("diff", url, "schema.sql")
    assert done.code == 3
    assert f"{kind.lower()} {name}" in done.err
    assert "writable_schema" in done.err


def test_a_trigger_on_what_a_virtual_table_keeps_is_seen(project: Project, run: Run) -> None:
    schema = "CREATE VIRTUAL TABLE docs USING fts5 (body);"
    evil = "CREATE TRIGGER evil AFTER INSERT ON docs_content BEGIN DELETE FROM docs_idx; END;"
    project.write("schema.sql", schema)
    assert run("diff", project.database(schema, "plain.db"), "schema.sql").code == 0
    done = run("diff", project.database(schema + evil), "schema.sql")
    assert done.code == 1
    assert "trigger evil" in done.out


EVERY_LOOK = {
    "lint": ("lint", "--database", "sqlite:///app.db"),
    "lint of a database": ("lint", "sqlite:///app.db"),
    "lint of a plan": ("lint", "--against", "sqlite:///app.db"),
    "review": ("review", "--database", "sqlite:///app.db"),
    "revise": ("revise", "-m", "none", "--database", "sqlite:///app.db"),
    "draw": ("draw", "sqlite:///app.db", "--format", "mermaid"),
    "draw a difference": ("draw", "--against", "sqlite:///app.db", "--format", "mermaid"),
    "script": ("diff", "sqlite:///app.db", "schema.sql", "--format", "sql"),
    "diff": ("diff", "sqlite:///app.db", "schema.sql"),
    "check": ("check", "sqlite:///app.db"),
}


@pytest.mark.parametrize("argv", EVERY_LOOK.values(), ids=list(EVERY_LOOK))
def test_a_command_looks_again_wherever_the_file_changed(
    argv: tuple[str, ...], project: Project, run: Run
) -> None:
    """At whichever of its looks: the answer is that of a database at rest."""
    made = ground(project, run)
    made.begin()
    looks, changed = [0], [0]

    def check(self: Live) -> None:
        looks[0] += 1
        if looks[0] == changed[0]:
            raise ChangedMeanwhile(Problem("another process wrote to it"))

    project.patch.setattr("sqlplumb.engines.sqlite.live.database.Live.check", check)

    def answer() -> Ran:
        ran = run(*argv)
        return replace(ran, out=re.sub(r"\d\d:\d\d UTC", "then", ran.out))  # a review has a date

    calm = answer()
    assert calm.code < 2, calm.err
    for number in range(1, looks[0] + 1):
        looks[0], changed[0] = 0, number
        assert answer() == calm


def test_a_library_looks_again(project: Project, run: Run) -> None:
    made = ground(project, run)
    made.begin()
    looks = [0]

    def check(self: Live) -> None:
        looks[0] += 1
        if looks[0] == 2:  # behind the one that opening it repeats by itself
            raise ChangedMeanwhile(Problem("another process wrote to it"))

    project.patch.setattr("sqlplumb.engines.sqlite.live.database.Live.check", check)
    assert "users" in {str(ref) for ref in sqlplumb.read("sqlite:///app.db").objects}
