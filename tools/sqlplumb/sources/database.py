"""Find live databases: by URL, or by a query that yields URLs.

Owns the URL, and which engine it begins with. Must never know how that engine opens a database.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlplumb.config import Settings
from sqlplumb.engines import ENGINES, Engine, Location, engine
from sqlplumb.errors import ChangedMeanwhile, DatabaseFailed, Problem, WrongInput
from sqlplumb.hiding import without_password

if TYPE_CHECKING:
    from sqlplumb.engines import Scratch, Source

T = TypeVar("T")

LOOKS = 5  # before whoever looks is told that somebody else writes to it all the time


def retry_if_changed(look: Callable[[], T]) -> T:
    """Look again until everything that is seen is of one moment."""
    for _ in range(LOOKS - 1):
        with suppress(ChangedMeanwhile):
            return look()
    return look()


def project_engine(settings: Settings) -> Engine:
    """Return the engine of the first database that the settings name by a URL, or of their scratch,
    or of the URL that the command was given, or of Alembic's; where there is none, the first in
    the registry."""
    known = (url for url in settings.urls if scheme_of(url) in ENGINES)
    for written in (*settings.databases, settings.scratch, *known):
        is_variable = written.startswith("env:")
        url = os.environ.get(written.removeprefix("env:"), "") if is_variable else written
        if "://" in url:
            return engine(scheme_of(url))
    scheme = scheme_of(_url_of_alembic(settings))
    return engine(scheme if scheme in ENGINES else next(iter(ENGINES)))


def _url_of_alembic(settings: Settings) -> str:
    """Return the URL in alembic.ini, which may be there for its looks alone."""
    with suppress(WrongInput):
        return settings.alembic.url() if settings.alembic else ""
    return ""


def open_scratch(settings: Settings) -> AbstractContextManager[Scratch]:
    """Open a scratch of the project's engine, on the server that the settings name, or on one like
    the databases that they name."""
    engine = project_engine(settings)
    named = (*settings.urls, *settings.databases, _url_of_alembic(settings))
    urls = [url for url in map(_from_environment_if_set, named) if scheme_of(url) == engine.name]
    return engine.open_scratch(from_environment(settings.scratch), urls)


def _from_environment_if_set(source: str) -> str:
    with suppress(WrongInput):
        return from_environment(source)
    return ""


def from_environment(source: str) -> str:
    """Return the value of the variable that `env:DATABASE_URL` names; else what is written."""
    if not source.startswith("env:"):
        return source
    name = source.removeprefix("env:")
    value = os.environ.get(name, "")
    if not value:
        raise WrongInput(Problem(f"the environment variable {name} is not set", f"set {name}"))
    return value


def scheme_of(url: str) -> str:
    """Return what begins a URL, without the name of a driver: the name of an engine."""
    return url.partition(":")[0].partition("+")[0]


def locate(url: str, base: Path, settings: Settings) -> Location:
    """Return where the database of this URL is; relative paths start from `base`. Whoever opens it
    sees nothing of what the settings ignore."""
    label = without_password(url)
    if "://" not in url:
        raise WrongInput(Problem(f"{label} is no URL", f"a file is written sqlite:///{label}"))
    location = engine(scheme_of(url)).locate(url, base)
    return replace(location, ignored=settings.ignore, version_schema=settings.version_schema)


def absolute(url: str, base: Path) -> str:
    """Return the same URL for whoever stands in another folder; what no engine knows stays."""
    name = scheme_of(url)
    return engine(name).absolute(url, base) if name in ENGINES else url


def visible_revisions(source: Source, settings: Settings) -> tuple[str, ...]:
    """Return the revisions that a source names, for whoever can do without; nothing where they are
    out of sight."""
    try:
        return source.at(settings.version_table)
    except WrongInput:
        return ()


def urls_from_query(url: str, query: str) -> Sequence[str]:
    """Return the first column of every row. Any database that SQLAlchemy reaches may be asked."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    label, address, options = without_password(url), url, {}
    scheme = scheme_of(url)
    location = engine(scheme).locate(url, Path()) if scheme in ENGINES else None
    if location and location.file is not None:
        # SQLAlchemy would make a file that is not there, and a journal beside one that is.
        if not location.file.is_file():
            message = f"{location.label}: {location.file} does not exist"
            raise DatabaseFailed(Problem(message, "look at the path in the URL"))
        address = f"{location.engine.name}://"
        options = {"creator": partial(location.engine.reader, location)}
    try:
        alchemy = create_engine(address, poolclass=NullPool, **options)
        with alchemy.connect() as connection:
            rows = connection.exec_driver_sql(query).all()
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        message = f"{label} cannot be asked: {without_password(str(error))}"
        raise WrongInput(Problem(message, "is it a URL, and is its driver installed?")) from None
    except SQLAlchemyError as error:
        reason = without_password(str(getattr(error, "orig", None) or error))
        raise DatabaseFailed(Problem(f"{label}: {reason}", "nothing was begun")) from None
    return [_checked_url(row[0], label) for row in rows]


def _checked_url(value: object, label: str) -> str:
    if isinstance(value, str) and "://" in value:
        return value
    shown = without_password(str(value))
    message = f"{label}: the query yields {shown!r}, which is no URL"
    raise WrongInput(Problem(message, "its first column must hold URLs, as sqlite:///path"))
