"""What a long Alembic history costs: replayed once, remembered, proved, linted.

    python bench/history.py [--revisions 110] [--runs 5]

The history makes 20 tables and then gives them one column after the other. Beside each command
stands `alembic upgrade head` of an empty database, which replays the same history once. A row for
twice the length tells whether the work grows with the length.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from measured import Run, expect, in_turn, median_of, once

BIN = Path(sys.executable).parent
TABLES = 20
_BASE = """\
import sqlalchemy as sa
from alembic import op

revision = "r0000"
down_revision = None


def upgrade():
    for n in range({tables}):
        op.create_table(
            f"t{{n}}",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("state", sa.Text, nullable=False),
            sa.CheckConstraint("state IN ('new', 'done')", name=f"ck_t{{n}}_state"),
        )


def downgrade():
    for n in range({tables}):
        op.drop_table(f"t{{n}}")
"""
_COLUMN = """\
import sqlalchemy as sa
from alembic import op

revision = "r{n:04}"
down_revision = "r{before:04}"


def upgrade():
    op.add_column("t{table}", sa.Column("c{n}", sa.Text))


def downgrade():
    with op.batch_alter_table("t{table}") as batch:
        batch.drop_column("c{n}")
"""
_ENV = """\
from alembic import context
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
_INI = "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///app.db\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--revisions", type=int, default=110)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--again", nargs="*", type=int, default=[100, 300], metavar="LENGTH")
    arguments = parser.parse_args()
    print("| CPU seconds (wall), medians | sqlplumb | `alembic upgrade head` | sqlplumb takes |")
    print("| --- | ---: | ---: | ---: |")
    for length in arguments.again:
        _asked_again(length, arguments.runs)
    if not arguments.revisions:
        return
    lengths = (arguments.revisions, 2 * arguments.revisions)
    shorter, longer = (_of_length(length, arguments.runs) for length in lengths)
    for command, run in longer.items():
        times = run.cpu / shorter[command].cpu
        print(f"| `{command}`, {lengths[1]} revisions | {run} | | {times:.1f} its own |")


def _of_length(revisions: int, runs: int) -> dict[str, Run]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_history(folder, revisions)
        alembic = ["sh", "-c", f"rm -f app.db; exec {BIN}/alembic upgrade head"]
        (peer,) = in_turn([alembic], folder, runs)
        expect([0], [peer], "alembic")
        what = f"{revisions} revisions"
        first = _again(["check", "history"], folder, runs=runs, remembered=False)
        _row(f"`check history`, {what}, the first time", first, peer)
        second = _again(["check", "history"], folder, runs=runs, remembered=True)
        _row(f"`check history`, {what}, the second time", second, peer)
        review = _again(["review"], folder, runs=runs, remembered=True)
        _row(f"`review` of the last of {what}, the second time", review, peer)
        for command in ("status", "log"):
            remembered = _again([command], folder, runs=runs, remembered=True)
            _row(f"`{command}`, {what}, the second time", remembered, peer)
        commands = (["prove", "base:heads"], ["lint", "base:heads"])
        results = {
            command[0]: _again(command, folder, runs=runs, remembered=False) for command in commands
        }
        for command, run in results.items():
            _row(f"`{command} base:heads`, {what}, nothing remembered", run, peer)
    return results


def _asked_again(revisions: int, runs: int) -> None:
    """What somebody waits for who works on a project: whatever ran before is remembered."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_history(folder, revisions)
        for command in (["check", "history"], ["review"]):
            run = _again(command, folder, runs=runs, remembered=True)
            print(f"| `{' '.join(command)}`, {revisions} revisions, again | {run} | | |")
        schema = folder / "schema.sql"
        schema.write_text(schema.read_text().replace("state TEXT", "added TEXT, state TEXT", 1))
        results = []
        for _ in range(runs + 1):
            revise = [str(BIN / "sqlplumb"), "revise", "-m", "added"]
            results.append(once(revise, folder, {"XDG_CACHE_HOME": str(folder / "cache/revise")}))
            for written in folder.glob("migrations/**/*added*.py"):
                written.unlink()
        expect([0] * len(results), results, "revise")
        run = median_of(results[1:])
        print(f"| `revise` with its proof, {revisions} revisions, again | {run} | | |")


def _again(command: list[str], folder: Path, *, runs: int, remembered: bool) -> Run:
    """Return the median of a command, with the user's cache as it was left or with none."""
    results = []
    for number in range(runs + remembered):
        cache = folder / "cache" / (command[0] if remembered else f"{command[0]}-{number}")
        environment = {"XDG_CACHE_HOME": str(cache)}
        results.append(once([str(BIN / "sqlplumb"), *command], folder, environment))
    expect([0] * len(results), results, " ".join(command))
    return median_of(results[remembered:])


def _row(what: str, ours: Run, peer: Run) -> None:
    print(f"| {what} | {ours} | {peer} | {ours.cpu / peer.cpu:.2f} |")


def write_history(folder: Path, revisions: int) -> None:
    """Write a project whose history ends at its schema.sql."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    columns: list[list[str]] = [[] for _ in range(TABLES)]
    (versions / "r0000.py").write_text(_BASE.format(tables=TABLES))
    for n in range(1, revisions):
        columns[n % TABLES].append(f"    c{n} TEXT")
        text = _COLUMN.format(n=n, before=n - 1, table=n % TABLES)
        (versions / f"r{n:04}.py").write_text(text)
    (folder / "migrations" / "env.py").write_text(_ENV)
    (folder / "alembic.ini").write_text(_INI)
    (folder / "pyproject.toml").write_text('[tool.sqlplumb]\nschema = "schema.sql"\n')
    (folder / "schema.sql").write_text(
        "\n".join(_table(n, added) for n, added in enumerate(columns))
    )


def _table(n: int, added: list[str]) -> str:
    lines = ["    id INTEGER NOT NULL PRIMARY KEY", "    state TEXT NOT NULL", *added]
    lines.append(f"    CONSTRAINT ck_t{n}_state CHECK (state IN ('new', 'done'))")
    return f"CREATE TABLE t{n} (\n" + ",\n".join(lines) + "\n);\n"


if __name__ == "__main__":
    main()
