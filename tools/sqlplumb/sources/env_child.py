"""The child process of `prove --env`: run the project's env.py by Alembic, on a scratch alone.

It is started as a file, imports Alembic once, and reads orders from standard input, one a line. For
each it makes a copy of itself, which runs env.py as a fresh process would, and writes the outcome
into a file. An audit hook in the copy refuses whatever could reach anything but the scratch; it
cannot be taken off again. The engine's own guard watches what connections do. Where a system cannot
copy a process, one order is all that it carries out.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlplumb.engines import Engine
    from sqlplumb.engines.env_guard import EnvGuard

# Audit events of Python's. The guard of an engine allows those that reach its scratch.
_DATABASES = ("sqlite3.connect",)
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


class ScratchOnly:
    """Refuses whatever reaches anything but the scratch. Once told, it is remembered: env.py may
    catch the error."""

    def __init__(self, guard: EnvGuard) -> None:
        self.guard = guard
        self.refused: list[str] = []

    def refuse(self, deed: str) -> None:
        frames = [
            frame for frame in traceback.extract_stack() if Path(frame.filename).name == "env.py"
        ]
        line = f" (env.py:{frames[-1].lineno})" if frames else ""
        self.refused.append(f"{deed}{line}")
        raise RefusedByProof(f"{deed}: a proof may reach its scratch alone")

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _PROCESSES:
            self.refuse(f"it starts a process ({event})")
        is_network = event in _NETWORK
        if not (is_network or event in _DATABASES) or self.guard.allows_event(event, arguments):
            return
        if is_network:
            self.refuse(f"it uses the network ({event} {arguments[1:2]})")
        self.refuse(f"it opens the database {os.fsdecode(arguments[0])}")

    def before_connect(self, dialect: Any, *_: Any) -> None:
        """SQLAlchemy calls it before any driver connects."""
        if not self.guard.allows_dialect(dialect):
            self.refuse(f"it connects by {dialect.name}+{dialect.driver}")

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Stand on `sys.meta_path`: let drivers be imported, and never connect."""
        if name not in _DRIVERS or name in self.guard.driver_modules:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.loader:
            run = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                run(module)
                for connecting in ("connect", "Connection", "AsyncConnection"):
                    if hasattr(module, connecting):
                        vars(module)[connecting] = lambda *_, **__: self.refuse(
                            f"it connects by {module.__name__}"
                        )

            vars(spec.loader)["exec_module"] = exec_module
        return spec


def main(engine_name: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    engine = _import_once(engine_name)
    guard = engine.env_guard()
    for line in sys.stdin:
        if hasattr(os, "fork") and (copy := os.fork()):
            _, status = os.waitpid(copy, 0)
            answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
            answers.flush()
            continue
        answers.close()
        _carry_out(json.loads(line), engine, guard)
        return


def _import_once(engine_name: str) -> Engine:
    """Import what every order needs, before a module of the project can have the same name."""
    home = str(Path(__file__).parents[2])
    sys.path.append(home)
    for name in ("alembic.command", "sqlalchemy.dialects", "sqlplumb.sources.operations"):
        import_module(name)
    engine: Engine = import_module("sqlplumb.engines").engine(engine_name)
    engine.dialect()
    sys.path.remove(home)
    return engine


def _carry_out(order: dict[str, Any], engine: Engine, guard: EnvGuard) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine as AlchemyEngine

    with Path(order["output"]).open("wb") as output, Path(os.devnull).open("r+b") as nothing:
        for handle, number in ((nothing, 0), (nothing, 1), (output, 2)):
            os.dup2(handle.fileno(), number)
    os.chdir(order["root"])
    scratch_only = ScratchOnly(guard)
    event.listen(AlchemyEngine, "do_connect", scratch_only.before_connect)
    sys.meta_path.insert(0, scratch_only)
    guard.install(order["url"], scratch_only.refused.append)
    sys.addaudithook(scratch_only.audit)
    outcome: dict[str, Any] = {"error": None}
    try:
        _run_alembic(order, outcome, engine=engine, statements=guard.statements)
    except BaseException as error:  # whatever somebody's code raises
        outcome["error"] = _error_as_json(error, order["folder"])
    touched = guard.touched()
    outcome |= {
        "read": [*touched.read],
        "written": [*touched.written],
        "refused": scratch_only.refused,
        "statements": [*guard.statements],
        "session_settings": guard.session_settings(),
    }
    guard.finish()
    Path(order["result"]).write_text(json.dumps(outcome, default=str), "utf-8")


def _run_alembic(
    order: dict[str, Any], outcome: dict[str, Any], *, engine: Engine, statements: list[str]
) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext

    from sqlplumb.sources.alembic_internals import commits_each_revision, operations_of_module
    from sqlplumb.sources.operations import OperationLog

    log = OperationLog(statements=statements)
    run = MigrationContext.run_migrations

    def run_migrations(self: MigrationContext, **options: Any) -> None:
        outcome["transaction_per_migration"] = commits_each_revision(self)
        outcome["transactional_ddl"] = self.impl.transactional_ddl
        outcome["version_table"] = self.version_table
        log.watch(operations_of_module())
        done = []
        with _around(order)(self.connection):
            run(self, **options)
            done.append(True)
        if not done:
            raise RuntimeError(f"{order['around']} hid an error of a revision")

    MigrationContext.run_migrations = run_migrations  # type: ignore[method-assign]
    url = order["url"]
    os.environ.update(dict.fromkeys(order["variables"], url))
    arguments = Namespace(x=[f"url={url}"])
    toml = {"toml_file": order["toml"]} if order["toml"] else {}  # since Alembic 1.16
    config = Config(
        order["ini"], ini_section=order["section"], cmd_opts=arguments, stdout=sys.stderr, **toml
    )
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    if order["database"]:  # of several, the only one that env.py sees
        config.set_main_option("databases", order["database"])
        config.set_section_option(order["database"], "sqlalchemy.url", url.replace("%", "%%"))
    if order["command"] == "current":
        command.current(config)
    else:
        getattr(command, order["command"])(config, order["revision"])
        outcome["named"] = log.named(engine).as_json()


def _around(order: dict[str, Any]) -> Callable[[Any], AbstractContextManager[Any]]:
    """Return what the application sets up; it can reach no more than env.py can."""
    if not order["around"]:
        return nullcontext
    sys.path[:0] = [folder for folder in order["folders"] if folder not in sys.path]
    module, _, attribute = order["around"].partition(":")
    manager: Callable[[Any], AbstractContextManager[Any]] = attrgetter(attribute)(
        import_module(module)
    )
    return manager


def _error_as_json(error: BaseException, folder: str) -> dict[str, Any]:
    """`where` is the deepest line of the history itself; `is_its_own`: nothing else raised it."""
    stack = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in stack if Path(frame.filename).is_relative_to(folder)]
    return {
        "kinds": [kind.__name__ for kind in type(error).__mro__],
        "message": str(error).partition("\n")[0],
        "statement": str(getattr(error, "statement", "")),
        "orig": str(getattr(error, "orig", error)),
        "is_its_own": bool(frames) and frames[-1] is stack[-1],
        "where": f"{os.path.relpath(frames[-1].filename)}:{frames[-1].lineno}" if frames else "",
    }


if __name__ == "__main__":
    main(sys.argv[1])
