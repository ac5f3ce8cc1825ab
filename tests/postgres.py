"""Servers of PostgreSQL for the tests: one of each version for a whole session.

`SQLPLUMB_MAJORS` names the versions: "15 18" unless it says otherwise. Their programs are those of
the machine and of the extra, or stand in folders that `SQLPLUMB_PROGRAMS` names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache

import pytest

from sqlplumb.engines.postgres.scratch.allowed import read_files
from sqlplumb.engines.postgres.scratch.loading import Loader
from sqlplumb.engines.postgres.server.choose import SERVERS
from sqlplumb.engines.postgres.server.connect import Connection
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer
from sqlplumb.errors import PlumbError

MAJORS = [int(word) for word in os.environ.get("SQLPLUMB_MAJORS", "15 18").split()]


@cache
def server(major: int) -> ScratchServer:
    """Return the server of this version, which ends with the session."""
    try:
        return SERVERS.embedded(major)
    except PlumbError:
        pytest.skip("no PostgreSQL is installed here")


@contextmanager
def database(server: ScratchServer, sql: str = "") -> Iterator[str]:
    """Yield the URL of a database that holds what this SQL makes."""
    name = server.create()
    try:
        if sql:
            with closing(server.connect(name)) as connection:
                load(server, connection, sql)
        yield url(server, name)
    finally:
        server.drop(name)


def load(server: ScratchServer, connection: Connection, sql: str) -> None:
    """Load a schema. Rows are passed over, so a test may not rely on them, as a dump does not."""
    files = {"schema.sql": sql}
    allowed = read_files(files, True)
    is_dump = "-- PostgreSQL database dump" in sql
    assert is_dump or not any("rows" in problem.message for problem in allowed.passed_over)
    Loader(server, connection, files).load(allowed.statements)


def url(server: ScratchServer, name: str) -> str:
    """Return the URL of a database, as a person writes it."""
    with closing(server.connect(name)) as connection:
        return f"postgresql://{connection.info.user}@/{name}?host={connection.info.host}"
