"""Open connections, and tell what a server says without a password in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import psycopg

from sqlplumb.errors import DatabaseFailed, Problem
from sqlplumb.hiding import without_password

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]


def connect(conninfo: str) -> Connection:
    """Open a connection that commits by itself, and that says nothing of notices."""
    return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)


@contextmanager
def told(label: str, what_now: str = "nothing was changed") -> Iterator[None]:
    """Tell whatever the server or the network says as a failure of this database."""
    try:
        yield
    except psycopg.Error as error:
        message = f"{label}: {without_password(_first_line(error))}"
        raise DatabaseFailed(Problem(message, what_now)) from None


def _first_line(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    return said.partition("\n")[0]
