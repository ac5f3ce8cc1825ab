"""The child process of `prove --env`: the project's env.py, run by Alembic, on a scratch alone.

It is started as a file, imports Alembic once, and reads orders from standard input, one a line. For
each it makes a copy of itself, which runs env.py as a fresh process would, and writes what came of
it beside the scratch. An audit hook in the copy refuses whatever could reach anything else; it
cannot be taken off again. Where a system cannot copy a process, one order is all it carries out.
Of sqlplumb only what writes down operations is imported here.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import traceback
from argparse import Namespace
from contextlib import suppress
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

_NETWORK = (
    *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"),
    *("socket.getaddrinfo", "socket.gethostbyname"),
)
_PROCESSES = (
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"),
    *("os.fork", "os.forkpty", "pty.spawn"),
)
# Their code in C raises no audit event when it connects.
_DRIVERS = (
    *("apsw", "pysqlite3", "sqlcipher3", "libsql", "duckdb", "psycopg", "psycopg2", "MySQLdb"),
    *("mariadb", "pymssql", "pyodbc", "oracledb", "cx_Oracle"),
)


class RefusedByProof(RuntimeError):
    """A proof may reach its scratch, and nothing else."""


class Guard:
    def __init__(self, scratch: str) -> None:
        self.scratch = os.path.realpath(scratch)
        self.refused: list[str] = []
        self.statements: list[str] = []

    def refuse(self, what: str) -> None:
        where = [one for one in traceback.extract_stack() if Path(one.filename).name == "env.py"]
        line = f" (env.py:{where[-1].lineno})" if where else ""
        self.refused.append(f"{what}{line}")
        raise RefusedByProof(f"{what}: a proof may reach its scratch alone")

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "sqlite3.connect":
            if not self._is_scratch(args[0]):
                self.refuse(f"it opens the database {os.fsdecode(args[0])}")
        elif event in _NETWORK:
            self.refuse(f"it uses the network ({event} {args[1:2]})")
        elif event in _PROCESSES:
            self.refuse(f"it starts a process ({event})")

    def _is_scratch(self, database: Any) -> bool:
        path = os.fsdecode(database)
        if path.startswith("file:"):
            path = path.removeprefix("file:").partition("?")[0]
            path = f"/{path.lstrip('/')}" if path.startswith("/") else path
        return os.path.realpath(path) == self.scratch

    def _authorize(self, action: int, first: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_ATTACH and first not in ("", ":memory:"):
            self.refused.append(f"it attaches the database {first}")
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    def watch(self) -> None:
        """What a connection executes is written down, and it attaches nothing."""
        guard = self

        class Watched(sqlite3.Connection):
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                self.set_trace_callback(guard.statements.append)
                self.set_authorizer(guard._authorize)

        connect = sqlite3.connect

        def watched(*args: Any, **options: Any) -> sqlite3.Connection:
            found: sqlite3.Connection = connect(*args, **{"factory": Watched, **options})
            found.set_trace_callback(guard.statements.append)
            found.set_authorizer(guard._authorize)
            return found

        for module in (sqlite3, sqlite3.dbapi2):
            vars(module).update(connect=watched, Connection=Watched)

    def do_connect(self, dialect: Any, *_: Any) -> None:
        """Before any driver of SQLAlchemy connects."""
        if dialect.name != "sqlite" or dialect.driver not in ("pysqlite", "aiosqlite"):
            self.refuse(f"it connects by {dialect.name}+{dialect.driver}")


class Drivers:
    """Lets drivers be imported, and never connect."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in _DRIVERS else None
        if spec and spec.loader:
            run = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                run(module)
                for name in ("connect", "Connection", "AsyncConnection"):
                    if hasattr(module, name):
                        vars(module)[name] = lambda *_, **__: self.guard.refuse(
                            f"it connects by {module.__name__}"
                        )

            vars(spec.loader)["exec_module"] = exec_module
        return spec


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    _import_once()
    for line in sys.stdin:
        if hasattr(os, "fork") and (copy := os.fork()):
            _, status = os.waitpid(copy, 0)
            answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
            answers.flush()
            continue
        answers.close()
        _carry_out(json.loads(line))
        return


def _import_once() -> None:
    """What every move needs, before anything of the project can be found under the same name."""
    home = str(Path(__file__).parents[2])
    sys.path.append(home)
    for name in ("alembic.command", "sqlalchemy.dialects.sqlite", "sqlplumb.sources.operations"):
        import_module(name)
    sys.path.remove(home)


def _carry_out(order: dict[str, Any]) -> None:
    with Path(order["output"]).open("wb") as output, Path(os.devnull).open("r+b") as nothing:
        for handle, number in ((nothing, 0), (nothing, 1), (output, 2)):
            os.dup2(handle.fileno(), number)
    os.chdir(order["root"])
    guard = Guard(order["scratch"])
    done: dict[str, Any] = {"error": None}
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    event.listen(Engine, "do_connect", guard.do_connect)
    sys.meta_path.insert(0, Drivers(guard))
    guard.watch()
    sys.addaudithook(guard.hook)
    try:
        _move(order, done, guard)
    except BaseException as error:  # whatever somebody's code raises
        done["error"] = _told(error, order["folder"])
    with suppress(sqlite3.Error):  # in one file again, whatever mode it was left in
        connection = sqlite3.connect(order["scratch"], timeout=1)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
    done |= {"refused": guard.refused, "statements": guard.statements}
    Path(order["result"]).write_text(json.dumps(done, default=str), "utf-8")


def _move(order: dict[str, Any], done: dict[str, Any], guard: Guard) -> None:
    from alembic import command, op
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext

    from sqlplumb.engines import engine
    from sqlplumb.sources.operations import OperationLog

    log = OperationLog(statements=guard.statements)

    def run_migrations(self: MigrationContext, **options: Any) -> None:
        done["transaction_per_migration"] = self._transaction_per_migration
        done["transactional_ddl"] = self.impl.transactional_ddl
        done["version_table"] = self.version_table
        log.watch(vars(op)["_proxy"])
        run(self, **options)

    run = MigrationContext.run_migrations
    MigrationContext.run_migrations = run_migrations  # type: ignore[method-assign]
    url = order["url"]
    os.environ.update(dict.fromkeys(order["variables"], url))
    chosen = Namespace(x=[f"url={url}"])
    config = Config(order["ini"], toml_file=order["toml"], cmd_opts=chosen, stdout=sys.stderr)
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    if order["move"] == "current":
        command.current(config)
    else:
        getattr(command, order["move"])(config, order["revision"])
        done["named"] = log.named(engine(order["engine"])).as_json()


def _told(error: BaseException, folder: str) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).is_relative_to(folder)]
    return {
        "kinds": [one.__name__ for one in type(error).__mro__],
        "message": str(error).partition("\n")[0],
        "statement": str(getattr(error, "statement", "")),
        "orig": str(getattr(error, "orig", error)),
        "where": f"{os.path.relpath(own[-1].filename)}:{own[-1].lineno}" if own else "",
    }


if __name__ == "__main__":
    main()
