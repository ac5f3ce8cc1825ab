"""Open whatever holds a schema as a source, ready to be listed and read.

    schema.sql, *.sql, a folder     files
    package.module:attribute        metadata
    history, history@REV            history
    sqlite:///path                  database
    env:NAME                        whatever that environment variable names
    empty                           a schema with nothing in it

How a source is written on the command line is known here and nowhere else. What imports Alembic or
runs a project's code is imported when such a source is opened.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

from sqlplumb.config import Ignore, Settings
from sqlplumb.engines import IN_FILES, EmptySource, KnownRenames, LiveDatabase, Source, engine
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.sources.database import from_environment, locate, project_engine
from sqlplumb.sources.files import read_files

_ATTRIBUTE = r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*\Z"
_FORMS = (
    "write schema.sql, a folder of .sql files, package.module:metadata, history, history@REV,"
    " sqlite:///path, env:NAME or empty"
)


@contextmanager
def open_source(source: str, settings: Settings, base: Path) -> Iterator[Source]:
    """Open the source that is written so; relative paths start from `base`."""
    written = from_environment(source)
    if not written.strip():
        raise WrongInput(Problem("a source without a name", "is a variable empty? " + _FORMS))
    if written == "empty":
        yield EmptySource(project_engine(settings))
    elif written == "history" or written.startswith("history@"):
        from sqlplumb.sources.history import open_history

        with open_history(written.partition("@")[2], settings) as history:
            yield history
    elif "://" in written:
        with locate(written, base, settings).open() as database:
            database.known_renames = cache(partial(_renames_of_database, database, settings))
            yield database
    elif not _is_path(written, base) and re.match(_ATTRIBUTE, written):
        from sqlplumb.sources.metadata import open_metadata

        with open_metadata(written, settings) as metadata:
            metadata.leave_out(settings.ignore)
            yield metadata
    else:
        script = _open_path(written, settings, base)
        script.leave_out(settings.ignore)
        yield script


def _renames_of_database(database: Source, settings: Settings) -> KnownRenames:
    """Ask the history, which a database that is equal to the schema does not need."""
    from sqlplumb.sources.history import renames_of_database

    return renames_of_database(database, settings)


@contextmanager
def open_live(source: str, settings: Settings, base: Path) -> Iterator[LiveDatabase]:
    """Open the database that is written so; refuse any other source."""
    with open_source(source, settings, base) as database:
        if not isinstance(database, LiveDatabase):
            message = f"{database.label} is no database whose rows can be looked at"
            raise WrongInput(Problem(message, "name a database by its URL: sqlite:///path"))
        yield database


def open_schema(settings: Settings) -> Source:
    """Open what the settings call the schema, which everything else is measured against."""
    settings.require_name()
    # Files are called as a person calls them from where the command was given.
    names = tuple(os.path.relpath(settings.root / written) for written in settings.schema)
    schema = _open_files(names, settings, Path(), rows_allowed=False)
    if schema.is_empty:
        message = f"{schema.label} holds no CREATE statement"
        raise WrongInput(Problem(message, "an empty schema is written `empty`, never by accident"))
    _refuse_ignored(schema, settings.ignore)
    return schema


def _refuse_ignored(schema: Source, ignore: Ignore) -> None:
    """What the schema says is ours: nobody can be told to look at it and not to."""
    schema.leave_out(ignore)
    problems = []
    for ref in schema.ignored:
        pattern = ignore.pattern_for(ref.kind, ref.name, ref.namespace)
        if not pattern:
            continue  # it hangs on a table that is
        message = f"{schema.label} makes {ref.kind} {ref}, which the settings ignore ({pattern!r})"
        advice = "take the pattern out of `ignore`, or the statement out of the schema"
        problems.append(Problem(message, advice, place=schema.place_of(ref)))
    if problems:
        raise WrongInput(problems)


def _is_path(written: str, base: Path) -> bool:
    return written.endswith(".sql") or os.path.exists(base / written)  # noqa: PTH110 (never raises)


def _open_path(written: str, settings: Settings, base: Path) -> Source:
    if not _is_path(written, base):
        message = f"{without_password(written)!r} is no source that sqlplumb knows"
        raise WrongInput(Problem(message, _FORMS))
    path = base / written
    for name in IN_FILES if path.is_file() else ():
        if engine(name).is_database(path):
            message = f"{written} is a database, not a file of SQL"
            raise WrongInput(Problem(message, f"write {name}:///{written}"))
    schema_files = [(settings.root / name).resolve() for name in settings.schema]
    rows_allowed = path.resolve() not in schema_files
    return _open_files((written,), settings, base, rows_allowed=rows_allowed)


def _open_files(
    written: Sequence[str], settings: Settings, base: Path, *, rows_allowed: bool
) -> Source:
    files = read_files(written, base)
    script = project_engine(settings).open_script(
        " ".join(written),
        files,
        rows_allowed=rows_allowed,
        scratch=from_environment(settings.scratch),
        use_cache=settings.cache,
    )
    script.known_renames = partial(KnownRenames, knows="all")
    if script.is_empty:
        empty = Problem(f"{script.label} holds no CREATE statement: it is read as an empty schema")
        script.passed_over = (*script.passed_over, empty)
    return script
