"""A SQLAlchemy MetaData, Core or ORM: imported, created on a scratch, read like any database."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import Engine, Source
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.limits import Stopped
from sqlplumb.sources.alembic_files import importing_from, module_folders
from sqlplumb.sources.database import project_engine

if TYPE_CHECKING:
    from sqlalchemy import Engine as AlchemyEngine
    from sqlalchemy import MetaData

    from sqlplumb.engines.scratch import Scratch

_EXECUTING = ("before_execute", "after_execute", "before_cursor_execute", "after_cursor_execute")
_CREATING = ("before_create", "after_create")


@contextmanager
def open_metadata(written: str, settings: Settings) -> Iterator[Source]:
    metadata = import_metadata(written, settings)
    with open_created([metadata], written, project_engine(settings)) as opened:
        yield opened


@contextmanager
def open_created(both: Sequence[MetaData], written: str, engine: Engine) -> Iterator[Source]:
    """What these make together; `written` is what they are called."""
    with engine.open_scratch() as scratch:
        statements = _plain_statements(both, scratch)
        created = scratch.created(statements, written, "core") if statements else None
        if created is None:
            try:
                for metadata in both:
                    metadata.create_all(scratch.alchemy, checkfirst=False)
            except Exception as error:  # its types and events are the project's own code
                message = f"{written} cannot be created on {engine.title}: {_first_line(error)}"
                hint = f"its own create_all() says the same on an empty {engine.title} database"
                raise WrongInput(Problem(message, hint)) from error
        yield created or scratch.source(written, "core")


def _plain_statements(both: Sequence[MetaData], scratch: Scratch) -> list[str]:
    """Return the statements of create_all() without running them: many small databases are made
    faster than one large one. Return none where the project's own code listens, since that may
    look at the database that is made, or change it."""
    from sqlalchemy.engine.mock import MockConnection

    statements: list[str] = []
    alchemy = scratch.alchemy
    try:
        with alchemy.connect():
            pass  # SQLAlchemy learns the version of the engine
        if _listens(alchemy, both) or scratch.source("", "core").texts:
            return []
        dialect = alchemy.dialect
        for metadata in both:
            mock = MockConnection(
                dialect, lambda ddl, *_, **__: statements.append(str(ddl.compile(dialect=dialect)))
            )
            metadata.create_all(mock, checkfirst=False)
    except Exception:  # create_all() on a real connection will say the same
        return []
    return statements


def _listens(alchemy: AlchemyEngine, both: Sequence[MetaData]) -> bool:
    """What SQLAlchemy itself listens with, for its types, only adds to the statements."""
    if any(getattr(alchemy.dispatch, event) for event in _EXECUTING):
        return True
    things = (thing for metadata in both for thing in (metadata, *metadata.tables.values()))
    listeners = (
        one for thing in things for event in _CREATING for one in getattr(thing.dispatch, event)
    )
    return not all(map(_is_of_a_type, listeners))


def _is_of_a_type(listener: object) -> bool:
    """Is it a method that SQLAlchemy's own types have, as Enum and Boolean listen by?"""
    inside = getattr(listener, "func", listener)  # of a partial
    method = getattr(getattr(inside, "target", None), getattr(inside, "name", ""), inside)
    function = getattr(method, "__func__", None)
    return str(getattr(function, "__module__", "")).startswith("sqlalchemy.sql.")


def run_module(text: str, attribute: str, label: str, settings: Settings) -> MetaData:
    """The MetaData of a module that is no file yet."""
    from sqlalchemy import MetaData

    module = ModuleType("tables_that_are_no_file_yet")
    try:
        with importing_from(module_folders(settings)):
            exec(compile(text, label, "exec"), module.__dict__)  # noqa: S102 (our own text)
    except Exception as error:  # what the settings name is the project's own code
        message = f"{label} cannot be run: {type(error).__name__}: {_first_line(error)}"
        hint = "look at [tool.sqlplumb.tables.types]: what it names is imported there"
        raise WrongInput(Problem(message, hint)) from error
    metadata = module.__dict__[attribute]
    assert isinstance(metadata, MetaData)
    return metadata


def uncreatable(metadata: MetaData, engine: Engine) -> Mapping[str, str]:
    """The tables that cannot be created even alone, each with what is said of it."""
    errors: dict[str, str] = {}
    for table in metadata.tables.values():
        with engine.open_scratch() as scratch:
            try:
                table.create(scratch.alchemy)
            except Exception as error:  # of either of them
                errors[table.name] = _first_line(error)
    return errors


def import_metadata(written: str, settings: Settings) -> MetaData:
    """The MetaData that `package.module:attribute` names, or that the object there carries."""
    from sqlalchemy import MetaData

    module_name, _, attribute = written.partition(":")
    found: object = _import(module_name, settings)
    try:
        for name in attribute.split("."):
            found = getattr(found, name)
        metadata = found if isinstance(found, MetaData) else getattr(found, "metadata", None)
    except Exception as error:  # an attribute may be code that raises anything
        message = f"{module_name} has no {attribute}: {type(error).__name__}: {_first_line(error)}"
        raise WrongInput(Problem(message, "look at the name behind the colon")) from error
    if not isinstance(metadata, MetaData):
        message = f"{written} is a {type(found).__name__}, not a MetaData"
        raise WrongInput(Problem(message, "name the MetaData, or a declarative base"))
    return metadata


def _import(module: str, settings: Settings) -> object:
    """The project's own code: found as Alembic finds it."""
    folders = module_folders(settings)
    try:
        with importing_from(folders):
            return importlib.import_module(module)
    except (KeyboardInterrupt, Stopped):
        raise
    except BaseException as error:  # SystemExit, and whatever else somebody's module raises
        message = f"{module} cannot be imported: {type(error).__name__}: {_first_line(error)}"
        hint = f"try `python -c 'import {module}'` in {settings.root}"
        raise WrongInput(Problem(message, hint)) from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
