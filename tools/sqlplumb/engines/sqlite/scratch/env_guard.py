"""Keep env.py to the SQLite file that is its scratch.

A guard replaces `sqlite3.connect`: it must never be installed but in the child process that runs
env.py.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlplumb.engines import Engine
from sqlplumb.engines.scratch import Touched
from sqlplumb.engines.sqlite.read.touched import Listener


def settings_in_words(foreign_keys: object) -> str:
    return f"foreign keys {'on' if foreign_keys else 'off'}"


class SQLiteEnvGuard:
    driver_modules = frozenset(("sqlite3", "aiosqlite"))

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.file = ""
        self.statements: list[str] = []
        self.listener = Listener()

    def allows_event(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if event != "sqlite3.connect":
            return False
        path = os.fsdecode(arguments[0])
        if path.startswith("file:"):
            path = unquote(path.removeprefix("file:").partition("?")[0])
            path = f"/{path.lstrip('/')}" if path.startswith("/") else path
        return os.path.realpath(path) == self.file

    def allows_dialect(self, dialect: Any) -> bool:
        return dialect.name == "sqlite" and dialect.driver in ("pysqlite", "aiosqlite")

    def install(self, url: str, tell: Callable[[str], None]) -> None:
        self.file = os.path.realpath(self.engine.locate(url, Path()).path)

        def authorize(
            action: int, first: str | None, second: str | None, *names: str | None
        ) -> int:
            if action == sqlite3.SQLITE_ATTACH and first not in ("", ":memory:"):
                tell(f"it attaches the database {first}")
                return sqlite3.SQLITE_DENY
            return self.listener.hear(action, first, second, *names)

        def watch(connection: sqlite3.Connection) -> None:
            connection.set_trace_callback(self.statements.append)
            connection.set_authorizer(authorize)

        class WatchedConnection(sqlite3.Connection):
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                watch(self)

        connect = sqlite3.connect

        def connect_watched(*args: Any, **options: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(
                *args, **{"factory": WatchedConnection, **options}
            )
            watch(connection)  # a factory of its own need not
            return connection

        for module in (sqlite3, sqlite3.dbapi2):
            vars(module).update(connect=connect_watched, Connection=WatchedConnection)

    def touched(self) -> Touched:
        heard = self.listener
        return Touched(read=frozenset(heard.read), written=frozenset(heard.written))

    def session_settings(self) -> str:
        value = ""
        for statement in map(str.lower, self.statements):
            if "foreign_keys" in statement and "=" in statement:
                value = statement.partition("=")[2].strip(" ;'\"")
        return settings_in_words(value in ("on", "1", "true", "yes"))

    def finish(self) -> None:
        """Make one file of it again, whatever journal it was left with."""
        with suppress(sqlite3.Error):
            connection = sqlite3.connect(self.file, timeout=1)
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.close()
