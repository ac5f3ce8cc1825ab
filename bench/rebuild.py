"""A table of a million rows changed: by our script, by bare SQL, by Alembic's batch mode.

    python bench/rebuild.py [--rows 1000000] [--runs 3]

Each on a fresh copy of one database, in turn, in this process: what is measured is SQLite at work.
Prints the table that stands in the README: of each the best time, for what is above it is the disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import sqlplumb

_TEXTS = 8
_COLUMNS = ", ".join(f"c{n} {'TEXT' if n <= _TEXTS else 'INTEGER'}" for n in range(2, 12))
_CHECK = "CONSTRAINT ck CHECK (c9 >= {least})"
_NEWER = "CONSTRAINT newer CHECK (c10 >= 0)"
Way = Callable[[Path], None]
_INDEXES = ("CREATE INDEX i2 ON t (c2)", "CREATE INDEX i3 ON t (c9, c3)")


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder / "base.db", arguments.rows)
        ways = {
            "bare SQL": _bare,
            "sqlplumb, rebuild": _scripted(_NEWER, instant=False),
            "sqlplumb, --instant": _scripted(_NEWER, instant=True),
            "alembic batch": _batch,
        }
        rounds = [_round(folder, ways, turn) for turn in range(arguments.runs)]
    times = {way: min(one[way] for one in rounds) for way in ways}
    _print(times, arguments.rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=8)
    return parser.parse_args()


def _round(folder: Path, ways: Mapping[str, Way], turn: int) -> dict[str, float]:
    """Each round begins with another way: what one leaves on the disk slows the next."""
    names = list(ways)
    first = turn % len(names)
    return {way: _timed(folder, ways[way]) for way in names[first:] + names[:first]}


def _schema(more: str = "") -> str:
    rules = ", ".join(filter(None, (_CHECK.format(least=0), more)))
    indexes = "".join(f"{one};\n" for one in _INDEXES)
    return f"CREATE TABLE t (id INTEGER PRIMARY KEY, {_COLUMNS}, c12 REAL, {rules});\n{indexes}"


def _fill(path: Path, rows: int) -> None:
    texts = ", ".join(f"'text {n} of ' || value" for n in range(2, _TEXTS + 1))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(_schema())
        connection.execute(
            "INSERT INTO t WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n"
            f" LIMIT {rows}) SELECT value, {texts}, value * 7 % 100003, value, value, value / 3.0"
            " FROM n"
        )


def _timed(folder: Path, run: Way) -> float:
    database = folder / "run.db"
    shutil.copyfile(folder / "base.db", database)
    os.sync()  # or what the last one wrote is still on its way to the disk
    start = time.perf_counter()
    run(database)
    seconds = time.perf_counter() - start
    with closing(sqlite3.connect(database)) as connection:
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 't'").fetchone()
        if "newer" not in sql:
            raise SystemExit("the CHECK did not come")
    return seconds


def _bare(database: Path) -> None:
    create = _schema(_NEWER).partition(";")[0].replace("TABLE t ", "TABLE n ")
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.executescript(
            f"BEGIN; {create}; INSERT INTO n SELECT * FROM t; DROP TABLE t;"
            f" ALTER TABLE n RENAME TO t; {'; '.join(_INDEXES)}; COMMIT;"
        )


def _scripted(rule: str, instant: bool) -> Way:
    def run(database: Path) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(_schema(rule))
            file.flush()
            sides = sqlplumb.read(f"sqlite:///{database}"), sqlplumb.read(file.name)
        script = sqlplumb.plan(sqlplumb.diff(*sides), instant=instant).sql()
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.executescript(script)

    return run


def _batch(database: Path) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from sqlalchemy import create_engine

    with create_engine(f"sqlite:///{database}").begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t") as batch:
            batch.create_check_constraint("newer", "c10 >= 0")


def _print(times: dict[str, float], rows: int) -> None:
    print(f"| one CHECK more on {rows:,} rows, 12 columns, 2 indexes | seconds | of bare SQL |")
    print("| --- | ---: | ---: |")
    for way, seconds in times.items():
        print(f"| {way} | {seconds:.2f} | {seconds / times['bare SQL']:.2f} |")


if __name__ == "__main__":
    main()
