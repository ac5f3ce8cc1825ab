"""URLs that a query yields: where a database of one's own says which others there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlplumb.errors import DatabaseFailed, Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.sources.database import locate


def asked(url: str, query: str) -> Sequence[str]:
    """The first column of every row. Any database that SQLAlchemy reaches may be asked."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    label = without_password(url)
    try:
        engine = create_engine(_scheme(url), poolclass=NullPool, **_read_only(url))
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(query).all()
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        message = f"{label} cannot be asked: {without_password(str(error))}"
        raise WrongInput(Problem(message, "is it a URL, and is its driver installed?")) from None
    except SQLAlchemyError as error:
        said = without_password(str(getattr(error, "orig", None) or error))
        raise DatabaseFailed(Problem(f"{label}: {said}", "nothing was begun")) from None
    return [_url(row[0], label) for row in rows]


def _scheme(url: str) -> str:
    """Where the connection is ours, no more than that."""
    return "sqlite://" if url.startswith("sqlite") else url


def _read_only(url: str) -> dict[str, Any]:
    """To connect would make the file that is not there, and a WAL beside one that is."""
    if not url.startswith("sqlite"):
        return {}
    location = locate(url, Path())
    if not location.path.is_file():
        hint = "look at the path in the URL"
        raise DatabaseFailed(Problem(f"{location.label}: {location.path} does not exist", hint))
    return {"creator": partial(location.engine.reader, location)}


def _url(value: object, label: str) -> str:
    if isinstance(value, str) and "://" in value:
        return value
    shown = without_password(str(value))
    message = f"{label}: the query yields {shown!r}, which is no URL"
    raise WrongInput(Problem(message, "its first column must hold URLs, as sqlite:///path"))
