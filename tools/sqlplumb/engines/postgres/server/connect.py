"""Open connections, and tell what a server says without a password in it.

Owns how a URL of SQLAlchemy becomes one of PostgreSQL's own library.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sqlplumb.errors import DatabaseFailed, Problem, WrongInput
from sqlplumb.hiding import without_password

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

_SSL_OF_ASYNCPG = {"true": "require", "false": "disable"}
_OF_SQLALCHEMY = ("async_fallback", "prepared_statement_cache_size", "prepared_statement_name_func")
_TIMEOUT = 30  # seconds, for a server that does not answer


def conninfo_of(url: str, **changes: str | int) -> str:
    """Return what libpq understands of a URL, whatever driver it names."""
    address, _, query = url.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name in _OF_SQLALCHEMY:
        options.pop(name, None)
    if ssl := options.pop("ssl", ""):
        options["sslmode"] = _SSL_OF_ASYNCPG.get(ssl.lower(), ssl)
    address = f"postgresql:{address.partition(':')[2]}"
    written = f"{address}?{urlencode(options)}" if options else address
    given: dict[str, Any] = {"connect_timeout": _TIMEOUT, "application_name": "sqlplumb"}
    try:
        given |= conninfo_to_dict(written)
        return make_conninfo(**{**given, **changes})
    except psycopg.ProgrammingError as error:
        message = f"{without_password(url)} is no URL of PostgreSQL: {_first_line(error)}"
        raise WrongInput(Problem(message, "write postgresql://user@host/database")) from None


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


def is_local(conninfo: str) -> bool:
    """Is the server on this machine: on a socket, or at a loopback address?"""
    known = conninfo_to_dict(conninfo)
    named = (known.get("hostaddr"), os.environ.get("PGHOSTADDR"), known.get("host"))
    host = next(filter(None, named), None) or os.environ.get("PGHOST") or ""
    return all(map(_is_loopback, str(host).split(",")))


def _is_loopback(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
