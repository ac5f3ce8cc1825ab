"""`sqlplumb apply` on a fleet beside a shell loop of `alembic upgrade head`; `require_plumb`.

    python bench/apply.py [--databases 1000] [--loop 20] [--jobs 2]

Each database is one revision behind, which rebuilds a table of rows with children; ten of them are
damaged. The loop is measured on a few and told for one. sqlplumb backs up, looks and compares.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

BIN = Path(sys.executable).parent
CURRENT = """\
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), state TEXT NOT NULL
);
CREATE INDEX ix_tasks_user ON tasks (user_id);
"""
DESIRED = CURRENT.replace(
    "state TEXT NOT NULL", "state TEXT NOT NULL CONSTRAINT ck_state CHECK (state <> '')"
)
ROWS = """\
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
    INSERT INTO users SELECT i, 'user ' || i FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
    INSERT INTO tasks SELECT i, 1 + i % 20, 'open' FROM n;
"""
TABLE = """
CREATE TABLE t{n} (
    id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INTEGER CONSTRAINT ck_t{n} CHECK (b > 0)
);
CREATE INDEX i{n} ON t{n} (a);
"""
INI = """\
[alembic]
script_location = %(here)s/migrations
path_separator = os
[sqlplumb]
"""
ENV = """\
from alembic import context
from sqlalchemy import create_engine, pool

url = "sqlite:///" + context.get_x_argument(as_dictionary=True)["file"]
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--databases", type=int, default=1000)
    parser.add_argument("--loop", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        _prepare(root)
        theirs = _loop(root, asked.loop)
        ours = _fleet(root, asked.databases, asked.jobs)
    _print(asked, ours, theirs)
    for revisions in (1, 10, 100):
        with tempfile.TemporaryDirectory() as name:
            _print_start(revisions, *_starts(Path(name), revisions))


def _print(asked: argparse.Namespace, ours: float, theirs: float) -> None:
    what = f"{asked.databases} databases, ten of them damaged, --jobs {asked.jobs}"
    each = f"{ours * 1000:.0f} ms | {theirs * 1000:.0f} ms"
    print(f"| {what}, each | {each} | {theirs / ours:.0f} x |")


def _print_start(revisions: int, plumb: float, reworded: float) -> None:
    what = f"require_plumb, 100 tables in {revisions} revisions"
    print(f"| {what} | {plumb * 1000:.1f} ms | replayed: {reworded * 1000:.1f} ms |")


def _starts(root: Path, revisions: int) -> tuple[float, float]:
    """In one process, when all is imported; and where other words make a replay necessary."""
    import sqlplumb

    _project(root)
    schema = ""
    for number in range(revisions):
        tables = range(number * 100 // revisions, (number + 1) * 100 // revisions)
        schema += "".join(TABLE.format(n=n) for n in tables)
        (root / "schema.sql").write_text(schema)
        _run(root, "sqlplumb", "revise", "-m", f"number {number}")
    url, config = f"sqlite:///{root}/base.db", root / "alembic.ini"
    sqlplumb.apply(url, config=config, no_backup=True)
    taken = []
    for change in ("", 'DROP INDEX i0; CREATE INDEX "i0" ON t0 (a)'):
        with closing(sqlite3.connect(root / "base.db")) as connection:
            connection.executescript(change)
        taken.append(min(_seconds(lambda: sqlplumb.require_plumb(url, config=config))))
    return taken[0], taken[1]


def _seconds(work: Callable[[], object]) -> Iterator[float]:
    for _ in range(10):
        start = time.perf_counter()
        work()
        yield time.perf_counter() - start


def _project(root: Path) -> None:
    (root / "migrations" / "versions").mkdir(parents=True)
    (root / "alembic.ini").write_text(INI)
    (root / "migrations" / "env.py").write_text(ENV)


def _prepare(root: Path) -> None:
    _project(root)
    (root / "schema.sql").write_text(CURRENT)
    _run(root, "sqlplumb", "revise", "-m", "first")
    _run(root, "sqlplumb", "apply", "--create", "--no-backup", "sqlite:///base.db")
    with closing(sqlite3.connect(root / "base.db")) as connection:
        connection.executescript(ROWS)
    (root / "schema.sql").write_text(DESIRED)
    _run(root, "sqlplumb", "revise", "-m", "second")


def _loop(root: Path, count: int) -> float:
    for number in range(count):
        shutil.copyfile(root / "base.db", root / f"loop{number}.db")
    start = time.perf_counter()
    for number in range(count):
        _run(root, "alembic", "-x", f"file=loop{number}.db", "upgrade", "head")
    return (time.perf_counter() - start) / count


def _fleet(root: Path, count: int, jobs: int) -> float:
    (root / "fleet").mkdir()
    for number in range(count):
        shutil.copyfile(root / "base.db", root / "fleet" / f"{number}.db")
    for number in range(10):
        with closing(sqlite3.connect(root / "fleet" / f"{number}.db")) as connection:
            connection.execute("DROP INDEX ix_tasks_user")
    start = time.perf_counter()
    flags = ["--quiet", "--jobs", str(jobs), "--backup", "backups"]
    _run(root, "sqlplumb", "apply", "sqlite:///fleet", *flags)
    taken = time.perf_counter() - start
    done = sum(_is_done(file) for file in (root / "fleet").iterdir())
    if done != count - 10:
        raise SystemExit(f"{done} of {count} were upgraded")
    return taken / count


def _is_done(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT 1 FROM sqlite_master WHERE sql LIKE '%ck_state%'"
        return connection.execute(query).fetchone() is not None


def _run(root: Path, *command: str) -> int:
    argv = [str(BIN / command[0]), *command[1:]]
    return subprocess.run(argv, cwd=root, capture_output=True, check=False).returncode


if __name__ == "__main__":
    main()
