"""Doors in: whatever holds a schema becomes an open source, ready to be listed and read.

    schema.sql, *.sql, a folder     files
    package.module:attribute        metadata
    history, history@REV            history
    sqlite:///path                  database
    env:NAME                        whatever that environment variable names
    empty                           a schema with nothing in it

How a source is written on the command line is known here and nowhere else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path

from sqlplumb.config import Settings
from sqlplumb.engines import ENGINES, EmptySource, KnownRenames, LiveDatabase, Source, engine
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.sources.database import project_engine

_ATTRIBUTE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*\Z")
_FORMS = (
    "write schema.sql, a folder of .sql files, package.module:metadata, history, history@REV,"
    " sqlite:///path, env:NAME or empty"
)


@contextmanager
def open_source(source: str, settings: Settings, base: Path) -> Iterator[Source]:
    """The source that these words name; relative paths start from `base`."""
    written = from_environment(source)
    if not written.strip():
        raise WrongInput(Problem("a source without a name", "is a variable empty? " + _FORMS))
    if written == "empty":
        yield EmptySource(project_engine(settings))
    elif written == "history" or written.startswith("history@"):
        from sqlplumb.sources.history_steps import open_history

        with open_history(written.partition("@")[2], settings) as opened:
            yield opened
    elif "://" in written:
        from sqlplumb.sources.database import locate

        with locate(written, base).open() as opened:
            opened.told = cache(partial(_told_by_database, opened, settings))
            yield opened
    elif not _is_path(written, base) and _ATTRIBUTE.match(written):
        from sqlplumb.sources.metadata import open_metadata

        with open_metadata(written, settings) as opened:
            yield opened
    else:
        yield _open_path(written, settings, base)


@contextmanager
def open_live(source: str, settings: Settings, base: Path) -> Iterator[LiveDatabase]:
    """The database that these words name; what is none is refused."""
    with open_source(source, settings, base) as opened:
        if not isinstance(opened, LiveDatabase):
            message = f"{opened.label} is no database whose rows can be looked at"
            raise WrongInput(Problem(message, "name a database by its URL: sqlite:///path"))
        yield opened


def _told_by_database(opened: Source, settings: Settings) -> KnownRenames:
    """An equal mirror is never asked, and needs no history."""
    from sqlplumb.sources.history_steps import told_by_database

    return told_by_database(opened, settings)


def open_schema(settings: Settings) -> Source:
    """The plumb line itself: what the settings call the schema."""
    # Files are called as a person calls them from where the command was given.
    names = tuple(os.path.relpath(settings.root / written) for written in settings.schema)
    opened = _open_files(names, settings, Path(), rows_allowed=False)
    if not opened.texts:
        message = f"{opened.label} holds no CREATE statement"
        raise WrongInput(Problem(message, "an empty schema is written `empty`, never by accident"))
    return opened


def open_earlier(schema: Source, settings: Settings) -> Iterator[Source]:
    """What the files of this schema said before, the last first, as far as they can be read."""
    from sqlplumb.sources.files import git_history

    for files in git_history(sorted(schema.files)):
        with suppress(PlumbError):
            yield project_engine(settings).open_script(schema.label, files)


def from_environment(source: str) -> str:
    """`env:DATABASE_URL` stands for what that variable holds."""
    if not source.startswith("env:"):
        return source
    name = source.removeprefix("env:")
    value = os.environ.get(name, "")
    if not value:
        raise WrongInput(Problem(f"the environment variable {name} is not set", f"set {name}"))
    return value


def _is_path(written: str, base: Path) -> bool:
    return written.endswith(".sql") or os.path.exists(base / written)  # noqa: PTH110 (never raises)


def _open_path(written: str, settings: Settings, base: Path) -> Source:
    if not _is_path(written, base):
        raise WrongInput(
            Problem(f"{without_password(written)!r} is no source that sqlplumb knows", _FORMS)
        )
    path = base / written
    for name in ENGINES if path.is_file() else ():
        if engine(name).is_database(path):
            message = f"{written} is a database, not a file of SQL"
            raise WrongInput(Problem(message, f"write {name}:///{written}"))
    truths = [(settings.root / one).resolve() for one in settings.schema]
    return _open_files((written,), settings, base, rows_allowed=path.resolve() not in truths)


def _open_files(
    written: Sequence[str], settings: Settings, base: Path, rows_allowed: bool
) -> Source:
    from sqlplumb.sources.files import read_files

    files = read_files(written, base)
    opened = project_engine(settings).open_script(" ".join(written), files, rows_allowed)
    opened.told = partial(KnownRenames, knows="all")
    if not opened.texts:
        empty = Problem(f"{opened.label} holds no CREATE statement: it is read as an empty schema")
        opened.passed_over = (*opened.passed_over, empty)
    return opened
