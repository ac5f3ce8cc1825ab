"""Where a server is: a URL of SQLAlchemy, and what PostgreSQL's own library understands of it."""

from __future__ import annotations

import os
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode

from sqlplumb.engines.postgres.server import libpq
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.hiding import without_password

if find_spec("psycopg") is None:
    raise ModuleNotFoundError("the driver is not installed", name="psycopg")

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
    given: dict[str, str | int] = {"connect_timeout": _TIMEOUT, "application_name": "sqlplumb"}
    try:
        given |= libpq.parsed(written)
        return _checked({**given, **changes})
    except ValueError as error:
        said = str(error).partition("\n")[0]
        message = f"{without_password(url)} is no URL of PostgreSQL: {said}"
        raise WrongInput(Problem(message, "write postgresql://user@host/database")) from None


def _checked(parameters: dict[str, str | int]) -> str:
    conninfo = " ".join(f"{name}={_quoted(str(value))}" for name, value in parameters.items())
    libpq.parsed(conninfo)
    return conninfo


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def is_local(conninfo: str) -> bool:
    """Is the server on this machine: on a socket, or at a loopback address?"""
    known = libpq.parsed(conninfo)
    named = (known.get("hostaddr"), os.environ.get("PGHOSTADDR"), known.get("host"))
    host = next(filter(None, named), None) or os.environ.get("PGHOST") or ""
    return all(map(_is_loopback, host.split(",")))


def _is_loopback(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
