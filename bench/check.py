"""`sqlplumb check` beside `alembic check` on the same database, as whole processes.

    python bench/check.py                 1,000 tables
    python bench/check.py --large         also 10,000 tables, sqlplumb alone (takes some minutes)

Prints the table that stands in the README.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measured import Run, in_turn
from project import write_project

BIN = Path(sys.executable).parent


def main() -> None:
    arguments = _arguments()
    print("| whole process, median | sqlplumb check | alembic check | ratio |")
    print("| --- | ---: | ---: | ---: |")
    thousand = _beside_alembic(arguments.tables, arguments.runs)
    if arguments.large:
        _alone(10 * arguments.tables, arguments.runs, thousand)
    _help(arguments.runs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--large", action="store_true")
    return parser.parse_args()


def _beside_alembic(tables: int, runs: int) -> Run:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, tables)
        same = _pair(folder, "same", runs)
        changed = _pair(folder, "changed", runs)
    _row(f"{tables:,} tables, nothing changed", same)
    _row(f"{tables:,} tables, one CHECK changed (alembic: not seen)", changed)
    print(
        f"| peak memory | {same[0].megabytes:.0f} MB | {same[1].megabytes:.0f} MB"
        f" | {same[1].megabytes / same[0].megabytes:.1f} x |"
    )
    return same[0]


def _pair(folder: Path, database: str, runs: int) -> Sequence[Run]:
    ours = [str(BIN / "sqlplumb"), "check", f"sqlite:///{database}.db"]
    alembic = [str(BIN / "alembic"), "-c", f"{database}.ini", "check"]
    results = in_turn([ours, alembic], folder, runs)
    codes = tuple(run.code for run in results)
    expected = (1, 0) if database == "changed" else (0, 0)  # Alembic does not see the change
    if codes != expected:
        raise SystemExit(f"{database}: sqlplumb and alembic answered {codes}, not {expected}")
    return results


def _alone(tables: int, runs: int, smaller: Run) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, tables)
        (run,) = in_turn([[str(BIN / "sqlplumb"), "check", "sqlite:///same.db"]], folder, runs)
    times = run.seconds / smaller.seconds
    print(f"| {tables:,} tables, nothing changed | {run.seconds:.2f} s | | {times:.1f} x its own |")


def _help(runs: int) -> None:
    ours, python = in_turn(
        [[str(BIN / "sqlplumb"), "--help"], [sys.executable, "-c", "pass"]], Path(), 4 * runs
    )
    more = (ours.seconds - python.seconds) * 1000
    print(f"| `--help`, beyond `python -c pass` | {more:.0f} ms | | |")


def _row(what: str, pair: Sequence[Run]) -> None:
    ours, theirs = pair
    ratio = theirs.seconds / ours.seconds
    print(f"| {what} | {ours.seconds:.2f} s | {theirs.seconds:.2f} s | {ratio:.0f} x |")


if __name__ == "__main__":
    main()
