"""Find live databases: by URL, or by a query that yields URLs.

Owns the URL. How an engine opens a database is the engine's affair."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlplumb.config import Settings
from sqlplumb.engines import ENGINES, Engine, Location, engine
from sqlplumb.errors import ChangedMeanwhile, DatabaseFailed, Problem, WrongInput
from sqlplumb.hiding import without_password

T = TypeVar("T")

_DEFAULT = "sqlite:"

LOOKS = 5  # before whoever looks is told that somebody else writes to it all the time


def retry_if_changed(look: Callable[[], T]) -> T:
    """Until what it sees is of one moment."""
    for _ in range(LOOKS - 1):
        with suppress(ChangedMeanwhile):
            return look()
    return look()


def project_engine(settings: Settings) -> Engine:
    """Return the engine of the first database that the settings name by a URL, else of files."""
    urls = [url for url in map(_url_of, settings.databases) if "://" in url]
    return engine(_scheme((*urls, _DEFAULT)[0]))


def _url_of(written: str) -> str:
    is_variable = written.startswith("env:")
    return os.environ.get(written.removeprefix("env:"), "") if is_variable else written


def _scheme(url: str) -> str:
    return url.partition(":")[0].partition("+")[0]


def locate(url: str, base: Path) -> Location:
    """Return where the database of this URL is; relative paths start from `base`."""
    label = without_password(url)
    if "://" not in url:
        raise WrongInput(Problem(f"{label} is no URL", f"a file is written sqlite:///{label}"))
    return engine(_scheme(url)).locate(url, base)


def absolute(url: str, base: Path) -> str:
    """Return the same URL for whoever stands in another folder; what no engine knows stays."""
    name = _scheme(url)
    return engine(name).absolute(url, base) if name in ENGINES else url


def urls_from_query(url: str, query: str) -> Sequence[str]:
    """Return the first column of every row. Any database that SQLAlchemy reaches may be asked."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    label = without_password(url)
    # Where the connection is ours, SQLAlchemy is told no more than that.
    address = "sqlite://" if url.startswith("sqlite") else url
    try:
        engine = create_engine(address, poolclass=NullPool, **_read_only(url))
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(query).all()
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        message = f"{label} cannot be asked: {without_password(str(error))}"
        raise WrongInput(Problem(message, "is it a URL, and is its driver installed?")) from None
    except SQLAlchemyError as error:
        reason = without_password(str(getattr(error, "orig", None) or error))
        raise DatabaseFailed(Problem(f"{label}: {reason}", "nothing was begun")) from None
    return [_checked_url(row[0], label) for row in rows]


def _read_only(url: str) -> dict[str, Any]:
    """To connect would make the file that is not there, and a WAL beside one that is."""
    if not url.startswith("sqlite"):
        return {}
    location = locate(url, Path())
    if not location.path.is_file():
        hint = "look at the path in the URL"
        raise DatabaseFailed(Problem(f"{location.label}: {location.path} does not exist", hint))
    return {"creator": partial(location.engine.reader, location)}


def _checked_url(value: object, label: str) -> str:
    if isinstance(value, str) and "://" in value:
        return value
    shown = without_password(str(value))
    message = f"{label}: the query yields {shown!r}, which is no URL"
    raise WrongInput(Problem(message, "its first column must hold URLs, as sqlite:///path"))
