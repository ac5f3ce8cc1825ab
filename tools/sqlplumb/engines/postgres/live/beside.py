"""Read the database of a connection that an application has opened, whatever its driver is.

It is read by a connection of our own: drivers differ in all but where they are connected to, and
theirs may be in a transaction. What that one has not committed yet is not seen.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlencode

from sqlplumb.engines import Engine
from sqlplumb.engines.location import Location
from sqlplumb.engines.postgres.live.database import PostgresDatabase, open_database
from sqlplumb.errors import Problem, WrongInput

_OF_LIBPQ = ("psycopg", "psycopg2")
_OURS = ("application_name", "fallback_application_name", "options", "client_encoding", "passfile")


def open_beside(
    engine: Engine, label: str, *, connection: object, url: str
) -> AbstractContextManager[PostgresDatabase]:
    found = _url(connection) or url
    if not found:
        message = f"{label} is open by a {type(connection).__name__}, which does not say where"
        advice = "let env.py open it by a URL: create_engine(url)"
        raise WrongInput(Problem(message, advice))
    return open_database(Location(engine=engine, url=found, label=label))


def _url(connection: Any) -> str:
    """Return where a driver of PostgreSQL's own library is connected to, as a URL."""
    if type(connection).__module__.partition(".")[0] not in _OF_LIBPQ:
        connection = getattr(connection, "driver_connection", connection)
    if type(connection).__module__.partition(".")[0] not in _OF_LIBPQ:
        return ""
    info = connection.info
    known = getattr(info, "dsn_parameters", None) or info.get_parameters()
    names = {name: value for name, value in known.items() if value and name not in _OURS}
    if info.password:
        names["password"] = info.password
    return f"postgresql://?{urlencode(names)}"
