"""`sqlplumb check` of a database of PostgreSQL beside `alembic check`, `pg_dump -s` and migra, and
how long a writer waits for an index and a NOT NULL.

    python bench/postgres.py              1,000 tables; 1,000,000 rows
    python bench/postgres.py --large      also 10,000 tables, beside pg_dump (takes some minutes)

Prints CPU seconds of whole processes and of the server's processes for them, and in brackets the
wall's. migra is measured where it is on the PATH:

    python -m venv /tmp/migra
    /tmp/migra/bin/pip install migra "setuptools<81" psycopg2-binary "sqlalchemy<2"
    PATH=/tmp/migra/bin:$PATH python bench/postgres.py
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from measured import expect, once
from postgres_project import create_command, write_ini, write_project

from sqlplumb.engines.postgres.parse.statements import cut
from sqlplumb.engines.postgres.server.choose import SERVERS
from sqlplumb.engines.postgres.server.connect import connect, conninfo_of
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer

BIN = Path(sys.executable).parent
_TICKS = 100.0
_ROWS = "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b integer);\n"
_FILLED = "INSERT INTO t SELECT n, n, n FROM generate_series(1, {rows}) n"
_WANTED = """\
CREATE TABLE t (id bigint PRIMARY KEY, a integer NOT NULL, b integer);
CREATE INDEX ix_t_b ON t (b);
"""
_PLAIN = "CREATE INDEX ix_t_b ON t (b);\nALTER TABLE t ALTER COLUMN a SET NOT NULL;\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds of a command, and of the server for it; seconds of the wall."""

    own: float
    server: float
    wall: float

    @property
    def whole(self) -> float:
        return self.own + self.server

    def __str__(self) -> str:
        return f"{self.own:.2f} + {self.server:.2f} ({self.wall:.2f})"


def main() -> None:
    arguments = _arguments()
    server = SERVERS.embedded(arguments.major)
    print("| CPU seconds, own + the server's (wall), medians | sqlplumb | peer | of it |")
    print("| --- | ---: | ---: | ---: |")
    equal = _tables(server, arguments.tables, runs=arguments.runs, peers=True)
    if arguments.large:
        larger = _tables(server, 10 * arguments.tables, runs=3, peers=False)
        print(
            f"| the same as of a tenth of the tables | {larger} | {equal}"
            f" | {larger.whole / equal.whole:.1f} |"
        )
    _waits(server, arguments.rows, arguments.runs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--major", type=int, default=15)
    parser.add_argument("--large", action="store_true")
    return parser.parse_args()


def _tables(server: ScratchServer, tables: int, *, runs: int, peers: bool) -> Cost:
    with tempfile.TemporaryDirectory() as name, _database(server) as same:
        folder = Path(name)
        write_project(folder, tables)
        sql = subprocess.check_output(create_command(), cwd=folder, text=True)
        (folder / "schema.sql").write_text(sql)
        _execute(same, sql)
        bench = Bench(server=server, folder=folder, runs=runs)
        ours = [str(BIN / "sqlplumb"), "check", "--timeout", "0"]  # of a machine under load
        dump = [_program("pg_dump"), "-s", "-f", "dumped.sql", same]
        equal, dumped = bench.costs([[*ours, same], dump], [0, 0])
        _row(f"{tables:,} tables, database equal; `pg_dump -s`", equal, dumped)
        if peers:
            _peers(bench, ours, same, what=f"{tables:,} tables")
        return equal


def _peers(bench: Bench, ours: list[str], same: str, *, what: str) -> None:
    if migra := shutil.which("migra"):
        with _database(bench.server) as copy:
            _execute(copy, (bench.folder / "schema.sql").read_text())
            equal, other = bench.costs([[*ours, same], [migra, same, copy]], [0, 0])
        _row("the same; `migra` of two databases", equal, other)
    write_ini(bench.folder, "alembic.ini", same)  # which makes a table of its own there
    alembic = [str(BIN / "alembic"), "check"]
    equal, theirs = bench.costs([[*ours, same], alembic], [0, 0])
    _row("the same; `alembic check`", equal, theirs)
    metadata = [*ours, "tables:metadata"]
    equal, theirs = bench.costs([metadata, alembic], [0, 0])
    _row(f"{what}, Core metadata; `alembic check`", equal, theirs)
    _execute(same, "ALTER TABLE t00001 DROP CONSTRAINT ck_t00001_count, ADD CONSTRAINT"
             " ck_t00001_count CHECK (count > 0)")  # fmt: skip
    changed, theirs = bench.costs([[*ours, same], alembic], [1, 0])
    _row(f"{what}, one CHECK changed; `alembic check`, which does not see it", changed, theirs)


@dataclass(frozen=True, kw_only=True)
class Bench:
    server: ScratchServer
    folder: Path
    runs: int

    def costs(self, commands: Sequence[list[str]], codes: Sequence[int]) -> list[Cost]:
        """Return the median of each command. They take turns; the first one is not counted."""
        rounds = [[self._cost(*each) for each in zip(commands, codes, strict=True)]
                  for _ in range(self.runs + 1)][1:]  # fmt: skip
        return [
            Cost(
                own=median(one.own for one in costs),
                server=median(one.server for one in costs),
                wall=median(one.wall for one in costs),
            )
            for costs in zip(*rounds, strict=True)
        ]

    def _cost(self, command: list[str], code: int) -> Cost:
        before = self._of_server()
        run = once(command, self.folder)
        expect([code], [run], " ".join(command[:3]))
        return Cost(own=run.cpu, server=self._of_server() - before, wall=run.seconds)

    def _of_server(self) -> float:
        """Return what the processes of the server took that have ended."""
        with closing(self.server.connect("postgres")) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        time.sleep(0.2)  # the process of a command ends a little later than it does
        assert row
        pid = (Path(row[0]) / "postmaster.pid").read_text().split()[0]
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / _TICKS


def _waits(server: ScratchServer, rows: int, runs: int) -> None:
    """Let two writers write while an index and a NOT NULL are made, ours and plainly."""
    waits: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(runs):
        for way, found in waits.items():
            with _database(server) as url, tempfile.TemporaryDirectory() as name:
                _execute(url, _ROWS + _FILLED.format(rows=rows))
                script = _ours(Path(name), url) if way == "ours" else _PLAIN
                found.append(_longest_wait(url, partial(_execute, url, script)))
    ours, plain = (median(found) * 1000 for found in waits.values())
    what = f"an index and a NOT NULL on {rows:,} rows; `alembic revision --autogenerate`"
    print("\n| longest wait of a writer, milliseconds | sqlplumb | peer | of it |")
    print("| --- | ---: | ---: | ---: |")
    print(f"| {what} | {ours:.0f} | {plain:.0f} | {ours / plain:.2f} |")


def _ours(folder: Path, url: str) -> str:
    (folder / "wanted.sql").write_text(_WANTED)
    command = [str(BIN / "sqlplumb"), "diff", url, "wanted.sql", "--format", "sql"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def _longest_wait(url: str, change: Callable[[], None]) -> float:
    end, waits = threading.Event(), list[float]()
    writers = [threading.Thread(target=_write, args=(url, end, waits)) for _ in range(2)]
    for writer in writers:
        writer.start()
    change()
    end.set()
    for writer in writers:
        writer.join()
    return max(waits)


def _write(url: str, end: threading.Event, waits: list[float]) -> None:
    with closing(connect(conninfo_of(url))) as connection:
        number = 0
        while not end.is_set():
            number += 1
            start = time.perf_counter()
            connection.execute("UPDATE t SET b = b + 1 WHERE id = %s", [number])
            waits.append(time.perf_counter() - start)


@contextmanager
def _database(server: ScratchServer) -> Iterator[str]:
    name = server.create()
    try:
        with closing(server.connect(name)) as connection:
            info = connection.info
            url = f"postgresql://{info.user}@/{name}?host={info.host}"
        yield url
    finally:
        server.drop(name)


def _execute(url: str, script: str) -> None:
    with closing(connect(conninfo_of(url))) as connection:
        for piece in cut(script):
            connection.execute(piece.text.encode())


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else name


def _row(what: str, ours: Cost, theirs: Cost) -> None:
    print(f"| {what} | {ours} | {theirs} | {ours.whole / theirs.whole:.2f} |", flush=True)


if __name__ == "__main__":
    main()
