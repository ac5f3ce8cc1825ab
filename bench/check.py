"""`sqlplumb check` beside `alembic check`, `sqldiff --schema` and the floor, as whole processes.

    python bench/check.py                 1,000 tables
    python bench/check.py --large         also 10,000 tables, sqlplumb alone (takes some minutes)

The floor is a Python that reads schema.sql and the database's list of objects, and no more. Prints
the table that stands in the README: CPU seconds, and the wall's in brackets.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from measured import Run, expect, in_turn
from project import write_project

BIN = Path(sys.executable).parent
_READ = "import sqlplumb; sqlplumb.read({source!r})"
_FLOOR = """\
import sqlite3, sys
open("schema.sql").read()
database = sqlite3.connect("file:same.db?mode=ro", uri=True)
database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
"""


def main() -> None:
    arguments = _arguments()
    print("| CPU seconds (wall), medians | sqlplumb | peer | sqlplumb takes |")
    print("| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, arguments.tables)
        what = f"{arguments.tables:,} tables"
        equal = _database(folder, what, arguments.runs)
        _metadata(folder, what, arguments.runs)
        _respelled(folder, what, arguments.runs)
        _reading(folder, what, arguments.runs)
    if arguments.large:
        _alone(10 * arguments.tables, arguments.runs, equal)
    _help(arguments.runs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--large", action="store_true")
    return parser.parse_args()


def _database(folder: Path, what: str, runs: int) -> Run:
    """Compare a database that is equal, and one that lost a value of a CHECK."""
    alembic = [str(BIN / "alembic"), "-c", "same.ini", "check"]
    commands = [_check("sqlite:///same.db"), alembic, [sys.executable, "-c", _FLOOR]]
    if sqldiff := shutil.which("sqldiff"):
        shutil.copy(folder / "same.db", folder / "copy.db")
        commands.append([sqldiff, "--schema", "same.db", "copy.db"])
    ours, theirs, floor, *others = results = in_turn(commands, folder, runs)
    expect([0] * len(commands), results, "equal")
    _row(f"{what}, database equal; `alembic check`", ours, theirs)
    for other in others:
        _row("the same; `sqldiff --schema`", ours, other)
    _row("the same; the floor: Python, file, `sqlite_master`", ours, floor)
    print(
        f"| the same, peak memory | {ours.megabytes:.0f} MB | {theirs.megabytes:.0f} MB"
        f" | {ours.megabytes / theirs.megabytes:.2f} |"
    )
    commands = [_check("sqlite:///changed.db"), [*alembic[:2], "changed.ini", "check"]]
    changed = in_turn(commands, folder, runs)
    expect((1, 0), changed, "changed")  # Alembic does not see the change
    _row(f"{what}, one CHECK changed; `alembic check`, which does not see it", *changed)
    return ours


def _metadata(folder: Path, what: str, runs: int) -> None:
    """Compare Core metadata: the mission's main comparison, with and without the models' import."""
    alembic = [str(BIN / "alembic"), "-c", "same.ini", "check"]
    models = [sys.executable, "-c", "import tables"]
    ours, theirs, imported, spelled = results = in_turn(
        [_check("tables:metadata"), alembic, models, _check("spelled:metadata")], folder, runs
    )
    expect((0, 0, 0, 0), results, "metadata")
    _row(f"{what}, Core metadata; `alembic check` of the same", ours, theirs)
    beyond = (ours.cpu - imported.cpu, theirs.cpu - imported.cpu)
    print(
        f"| the same, beyond importing the models ({imported.cpu:.2f}) | {beyond[0]:.2f}"
        f" | {beyond[1]:.2f} | {beyond[0] / beyond[1]:.2f} |"
    )
    print(f"| the same, each CHECK in other words that mean the same | {spelled} | | |")


def _respelled(folder: Path, what: str, runs: int) -> None:
    """Compare a file of which every text differs and nothing else: both sides are parsed."""
    sql = (folder / "schema.sql").read_text()
    (folder / "respelled.sql").write_text(sql.replace(" TEXT", " text"))
    ours = in_turn([_check("respelled.sql")], folder, runs)
    expect([0], ours, "respelled")
    print(f"| {what}, every text spelled anew | {ours[0]} | | |")


def _reading(folder: Path, what: str, runs: int) -> None:
    """Read one side alone, beyond what it takes to read a single table."""
    (folder / "one.sql").write_text("CREATE TABLE t (a TEXT);\n")
    for side in ("schema.sql", "sqlite:///same.db"):
        code = [_READ.format(source=source) for source in (side, "one.sql")]
        thousand, one = in_turn([[sys.executable, "-c", each] for each in code], folder, runs)
        expect((0, 0), (thousand, one), side)
        print(f"| {what}, reading {side} alone | {thousand.cpu - one.cpu:.2f} | | |")


def _alone(tables: int, runs: int, smaller: Run) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, tables)
        (run,) = in_turn([_check("sqlite:///same.db")], folder, runs)
    print(f"| {tables:,} tables, database equal | {run} | | {run.cpu / smaller.cpu:.1f} its own |")


def _help(runs: int) -> None:
    ours, python = in_turn(
        [[str(BIN / "sqlplumb"), "--help"], [sys.executable, "-c", "pass"]], Path(), 4 * runs
    )
    more = (ours.cpu - python.cpu) * 1000
    print(f"| `--help`, beyond `python -c pass` | {more:.0f} ms | | |")


def _check(source: str) -> list[str]:
    return [str(BIN / "sqlplumb"), "check", source]


def _row(what: str, ours: Run, theirs: Run) -> None:
    print(f"| {what} | {ours} | {theirs} | {_times(ours.cpu / theirs.cpu)} |")


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 1 else f"{ratio:.1f}"


if __name__ == "__main__":
    main()
