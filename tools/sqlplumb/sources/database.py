"""Live databases by URL. Owns the URL; how an engine opens one is the engine's affair."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, unquote

from sqlplumb.config import Settings
from sqlplumb.engines import Engine, Source, engine
from sqlplumb.errors import ChangedMeanwhile, Problem, WrongInput
from sqlplumb.hiding import without_password

T = TypeVar("T")

_DEFAULT = "sqlite:"

LOOKS = 5  # before whoever looks is told that somebody else writes to it all the time


def looked_again(look: Callable[[], T]) -> T:
    """Until what it sees is of one moment."""
    for _ in range(LOOKS - 1):
        with suppress(ChangedMeanwhile):
            return look()
    return look()


def project_engine(settings: Settings) -> Engine:
    """Return the engine of the first database that the settings name by a URL, else of files."""
    named = [one for one in map(_url, settings.databases) if "://" in one]
    return engine(_scheme((*named, _DEFAULT)[0]))


def _url(written: str) -> str:
    is_variable = written.startswith("env:")
    return os.environ.get(written.removeprefix("env:"), "") if is_variable else written


def _scheme(url: str) -> str:
    return url.partition(":")[0].partition("+")[0]


@contextmanager
def open_database(url: str, base: Path) -> Iterator[Source]:
    known, label, path = place_of(url, base)
    with known.open_database(label, path) as opened:
        yield opened


def place_of(url: str, base: Path) -> tuple[Engine, str, Path]:
    """Its engine, what it may be called in public, and its file."""
    label = without_password(url)
    _, separator, rest = url.partition("://")
    if not separator:
        raise WrongInput(Problem(f"{label} is no URL", f"a file is written sqlite:///{label}"))
    return engine(_scheme(url)), label, base / _path(label, rest)


def absolute(url: str, base: Path) -> str:
    """The same database for whoever stands in another folder. What is no file stays as it is."""
    start, separator, rest = url.partition(":///")
    path, question, options = rest.partition("?")
    is_uri = path.startswith("file:")
    path = unquote(path.removeprefix("file:")) if is_uri else path
    if not (separator and start.startswith("sqlite")) or path in ("", ":memory:"):
        return url
    whole = str((base / path).resolve())
    return f"{start}{separator}{f'file:{quote(whole)}' if is_uri else whole}{question}{options}"


def url_of(scheme: str, file: Path) -> str:
    """A question mark would begin the options."""
    if "?" in str(file):
        return f"{scheme}:///file:{quote(str(file))}?uri=true"
    return f"{scheme}:///{file}"


def _path(label: str, rest: str) -> str:
    """What stands behind sqlite:///, as SQLAlchemy reads it; `?options` are for drivers. In what
    begins with file: SQLite itself reads %3F as a question mark."""
    path = rest.removeprefix("/").partition("?")[0]
    if path.startswith("file:"):
        path = unquote(path.removeprefix("file:").partition("#")[0])
    if path in ("", ":memory:"):
        message = f"{label}: a database in memory is empty for everyone but its maker"
        raise WrongInput(Problem(message, "name a file, or write empty"))
    if not rest.startswith("/"):
        raise WrongInput(Problem(f"{label}: a host has no meaning here", "write three slashes"))
    return path
