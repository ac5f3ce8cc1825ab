"""Keep env.py to the database of PostgreSQL that is its scratch.

A guard replaces `psycopg.Connection.connect`: it must never be installed but in the child process
that runs env.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.engines.postgres.scratch.roles import RolesOfServer
from sqlplumb.engines.postgres.scratch.tracing import RecordedConnection, Recorder
from sqlplumb.engines.postgres.server.connect import conninfo_of
from sqlplumb.engines.scratch import Touched

DRIVER = "psycopg"
_PLACES = ("host", "hostaddr", "port", "dbname", "service")


@dataclass(frozen=True, slots=True)
class _Server:
    """The server of the scratch, as far as the child may use it: it makes no roles there."""

    label: str = "the server of the scratch"
    is_ours: bool = False

    def make_role(self, name: str) -> bool:
        return False


class PostgresEnvGuard:
    driver_modules = frozenset((DRIVER,))

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.recorder = Recorder()
        self.recorder.begin(self.statements)

    def allows_event(self, event: str, arguments: tuple[Any, ...]) -> bool:
        """The library of PostgreSQL raises none when it connects."""
        return False

    def allows_dialect(self, dialect: Any) -> bool:
        return bool((dialect.name, dialect.driver) == ("postgresql", DRIVER))

    def install(self, url: str, tell: Callable[[str], None]) -> None:
        scratch = _place(conninfo_of(url))
        connect = psycopg.Connection.connect.__func__  # type: ignore[attr-defined]
        recorder, roles = self.recorder, RolesOfServer(_Server())

        def refuse_others(conninfo: str, options: dict[str, Any]) -> None:
            named = {name: str(options[name]) for name in _PLACES if options.get(name)}
            asked = {**_place(conninfo), **named}
            if asked != scratch:
                tell(f"it connects to {asked.get('dbname') or 'a database'}")
                raise psycopg.OperationalError("a proof may reach its scratch alone")

        class WatchedConnection(RecordedConnection):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                self.recorder, self.roles = recorder, roles

        def connect_watched(cls: Any, /, conninfo: str = "", **options: Any) -> Any:
            refuse_others(conninfo, options)
            watched = cls if issubclass(cls, RecordedConnection) else WatchedConnection
            return connect(watched, conninfo, **options)

        def connect_nowhere(cls: Any, /, conninfo: str = "", **options: Any) -> Any:
            tell("it connects by an AsyncConnection of psycopg, which nobody can watch")
            raise psycopg.OperationalError("a proof may reach its scratch alone")

        vars(psycopg)["connect"] = lambda *given, **named: connect_watched(
            psycopg.Connection, *given, **named
        )
        replaced: Any = classmethod(connect_watched)
        psycopg.Connection.connect = replaced  # type: ignore[method-assign]
        nowhere: Any = classmethod(connect_nowhere)
        psycopg.AsyncConnection.connect = nowhere  # type: ignore[method-assign]

    def touched(self) -> Touched:
        return self.recorder.touched

    def session_settings(self) -> str:
        return settings_in_words(self.statements)

    def finish(self) -> None:
        """The connections end with the process."""


def _place(conninfo: str) -> dict[str, str]:
    parts = conninfo_to_dict(conninfo)
    return {name: str(parts[name]) for name in _PLACES if parts.get(name)}


def settings_in_words(statements: list[str]) -> str:
    """Return what statements have set for as long as a connection lasts."""
    names = dict.fromkeys(filter(None, map(_setting, statements)))
    return ", ".join(names) or "the settings of a new connection"


def _setting(statement: str) -> str:
    words = [token.text for token in lex(statement)]
    if len(words) < 4 or words[0].upper() != "SET":  # SET name = value
        return ""
    of_session = words[2:] if words[1].upper() == "SESSION" else words[1:]
    name, _, *value = of_session
    return "" if name.upper() in ("LOCAL", "TRANSACTION") else f"{name} {' '.join(value)}"
