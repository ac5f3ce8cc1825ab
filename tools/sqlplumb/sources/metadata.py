"""A SQLAlchemy MetaData, Core or ORM: import it, create it on a scratch, read it like any database.

Owns how a project's own modules are imported. Must never connect to anything but the scratch.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib.metadata import version
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sqlplumb.changes.comparison import Uncreatable
from sqlplumb.config import Settings
from sqlplumb.engines import Engine, Source
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.limits import Stopped
from sqlplumb.sources.alembic_internals import listeners, mock_connection, who_opens
from sqlplumb.sources.database import open_scratch, project_engine
from sqlplumb.sources.files import read_files
from sqlplumb.sources.running_alembic import importing_from, module_folders

if TYPE_CHECKING:
    from sqlalchemy import Dialect, MetaData

    from sqlplumb.engines.scratch import Scratch

_EXECUTING = ("before_execute", "after_execute", "before_cursor_execute", "after_cursor_execute")
_CREATING = ("before_create", "after_create")


@contextmanager
def open_metadata(written: str, settings: Settings) -> Iterator[Source]:
    """Open what `package.module:attribute` names."""
    metadata = import_metadata(written, settings)
    engine = project_engine(settings)
    try:
        with open_created([metadata], written, engine, settings=settings) as source:
            yield source
            return
    except _NotCreated as error:
        not_created = error
    with open_scratch(settings) as scratch:
        _lay_ground(metadata, scratch, settings)
        uncreatable = tuple(_create_each(metadata, scratch, written))
        source = scratch.source(written, "core")
        if not source.texts:
            raise not_created  # it is meant for another database, as a whole
        source.uncreatable = uncreatable
        source.passed_over = (*source.passed_over, *(failed.problem for failed in uncreatable))
        yield source


class _NotCreated(WrongInput):
    """create_all() has failed."""


@contextmanager
def open_created(
    metadata_list: Sequence[MetaData],
    label: str,
    engine: Engine,
    *,
    settings: Settings | None = None,
) -> Iterator[Source]:
    """Open what these make together, on what the schema of these settings says; raise WrongInput
    where something cannot be created."""
    with open_scratch(settings) if settings else engine.open_scratch() as scratch:
        statements = (
            [] if _is_listened_to(metadata_list, scratch) else _creates(metadata_list, scratch)
        )
        source = None
        if statements:
            source = scratch.created(
                statements,
                label,
                spelled_in="core",
                files=_schema_files(settings),
                use_cache=settings is None or settings.cache,
            )
        if source is None:
            try:
                _create_all(metadata_list, scratch, settings)
            except Exception as error:  # its types and events are the project's own code
                message = f"{label} cannot be created on {engine.title}: {_first_line(error)}"
                advice = f"its own create_all() says the same on an empty {engine.title} database"
                raise _NotCreated(Problem(message, advice)) from error
        yield source or scratch.source(label, "core")


def _create_all(
    metadata_list: Sequence[MetaData], scratch: Scratch, settings: Settings | None
) -> None:
    for metadata in metadata_list:
        try:
            metadata.create_all(scratch.alchemy, checkfirst=False)
        except Exception:
            if not _lay_ground(metadata, scratch, settings):
                raise
            metadata.create_all(scratch.alchemy, checkfirst=False)


def _lay_ground(metadata: MetaData, scratch: Scratch, settings: Settings | None) -> bool:
    """Make what SQLAlchemy does not make and its tables need, where it cannot be done without:
    extensions, functions and what else the schema says, types that a MetaData leaves to others, the
    schemas that tables are in. Return whether there is any."""
    has_schemas = _create_schemas(metadata, scratch)
    statements, types = _creates([metadata], scratch), scratch.types_left_out(metadata)
    return scratch.lay_ground(_schema_files(settings), statements, types) or has_schemas


def _schema_files(settings: Settings | None) -> Mapping[str, str]:
    """Return the files of the schema, for whoever can do without them."""
    with suppress(WrongInput):
        return read_files(settings.schema, settings.root) if settings else {}
    return {}


def _create_schemas(metadata: MetaData, scratch: Scratch) -> bool:
    """Return whether there are any, and the engine has such a thing."""
    from sqlalchemy.schema import CreateSchema

    names = {table.schema for table in metadata.tables.values() if table.schema}
    if not names:
        return False
    try:
        with scratch.alchemy.begin() as bind:
            for name in sorted(names):
                bind.execute(CreateSchema(name, if_not_exists=True))
    except Exception:  # what create_all() said is told
        return False
    return True


def _create_each(metadata: MetaData, scratch: Scratch, label: str) -> Iterator[Uncreatable]:
    """Create what can be created; yield the rest, each with its table and its statement. Who
    listens to one table hears of it where all of that table is created."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    tables = metadata.sorted_tables
    with scratch.alchemy.connect() as connection:
        bind = connection.execution_options(isolation_level="AUTOCOMMIT")
        uncreatable = partial(_uncreatable, label=label, dialect=scratch.compiler())
        for table in tables:
            try:
                table.create(bind, checkfirst=False)
                continue
            except Exception:  # what of it fails is found piece by piece
                with suppress(Exception):  # of a name that nobody can ask for, nothing is there
                    table.drop(bind, checkfirst=True)
            indexes = sorted(table.indexes, key=lambda index: str(index.name))
            try:
                bind.execute(CreateTable(table))
            except Exception as error:  # of the engine, of SQLAlchemy, or of a type of its own
                yield uncreatable(CreateTable(table), error, table=table.name)
                continue
            for index in indexes:
                try:
                    index.create(bind)  # which passes over one of another dialect alone
                except Exception as error:
                    yield uncreatable(CreateIndex(index), error, table=table.name)
        try:
            metadata.dispatch.after_create(metadata, bind, tables=tables, checkfirst=False)
        except Exception as error:
            yield uncreatable(None, error, table="")


def _uncreatable(
    ddl: Any, error: Exception, *, table: str, label: str, dialect: Dialect
) -> Uncreatable:
    element = getattr(ddl, "element", None)
    is_index = hasattr(element, "expressions")
    title = f"index {getattr(element, 'name', '')}" if is_index else "the table"
    try:
        statement = str(ddl.compile(dialect=dialect)).strip() if ddl is not None else ""
    except Exception:  # which is why it cannot be created
        statement = ""
    return Uncreatable(
        source=label,
        table=table,
        title=title if table else "what listens to create_all()",
        statement=statement or f"no statement can be made of {title}",
        reason=str(getattr(error, "orig", None) or error).strip().partition("\n")[0],
    )


def _creates(metadata_list: Sequence[MetaData], scratch: Scratch) -> list[str]:
    """Return the statements of create_all() without running them: what they make is kept, or many
    small databases are made faster than one large one."""
    statements: list[str] = []
    dialect = scratch.compiler()

    def add(ddl: Any, *_: object, **__: object) -> None:
        statements.append(str(ddl.compile(dialect=dialect)))

    try:
        for metadata in metadata_list:
            statements.extend(scratch.types_left_out(metadata))
            metadata.create_all(mock_connection(dialect, add), checkfirst=False)
    except Exception:  # create_all() on a real connection will say the same
        return []
    return statements


def _is_listened_to(metadata_list: Sequence[MetaData], scratch: Scratch) -> bool:
    """Does anybody listen but SQLAlchemy's own types, as Enum and Boolean do? Those only add to the
    statements; the project's own code may look at the database that is made, or change it, or say
    where a connection makes its tables."""
    alchemy = scratch.alchemy
    items = [item for metadata in metadata_list for item in (metadata, *metadata.tables.values())]
    pairs: list[tuple[object, str]] = [(alchemy, event) for event in _EXECUTING]
    if scratch.connections_choose_schemas and any(True for _ in who_opens(alchemy)):
        return True
    pairs += [(item, event) for item in items for event in _CREATING]
    return any(True for target, event in pairs for _ in listeners(target, event))


def uncreatable(metadata: MetaData, settings: Settings) -> Mapping[str, str]:
    """Return the tables that cannot be created even alone, each with the first line of the
    error."""
    errors: dict[str, str] = {}
    tables = metadata.sorted_tables
    with open_scratch(settings) as scratch, scratch.alchemy.connect() as connection:
        _lay_ground(metadata, scratch, settings)
        bind = connection.execution_options(isolation_level="AUTOCOMMIT")
        with suppress(Exception):  # then no table is to blame
            metadata.dispatch.before_create(metadata, bind, tables=tables, checkfirst=False)
        for table in tables:
            try:
                table.create(bind)
            except Exception as error:  # of the engine or of SQLAlchemy
                errors[table.fullname] = _first_line(error)
    return errors


def import_metadata(written: str, settings: Settings) -> MetaData:
    """Return the MetaData that `package.module:attribute` names, or that the object there has."""
    from sqlalchemy import MetaData

    value = import_attribute(written, settings)
    try:
        metadata = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
    except Exception as error:  # an attribute may be code that raises anything
        raise WrongInput(_not_there(f"{written}.metadata", error)) from error
    if not isinstance(metadata, MetaData):
        message = f"{written} is a {type(value).__name__}, not a MetaData"
        raise WrongInput(Problem(message, "name the MetaData, or a declarative base"))
    return metadata


def is_metadata(written: str, settings: Settings) -> bool:
    """Is it a MetaData itself, and not what has one?"""
    from sqlalchemy import MetaData

    return isinstance(import_attribute(written, settings), MetaData)


def import_attribute(written: str, settings: Settings) -> object:
    """Return what `package.module:attribute` names."""
    module_name, _, attribute = written.partition(":")
    value: object = _import_module(module_name, settings)
    try:
        for name in attribute.split("."):
            value = getattr(value, name)
    except Exception as error:
        raise WrongInput(_not_there(written, error)) from error
    return value


def _not_there(written: str, error: Exception) -> Problem:
    module_name, _, attribute = written.partition(":")
    message = f"{module_name} has no {attribute}: {type(error).__name__}: {_first_line(error)}"
    return Problem(message, "look at the name behind the colon")


def _import_module(name: str, settings: Settings) -> object:
    """Import the project's own code, which is found as Alembic finds it."""
    folders = module_folders(settings)
    try:
        with importing_from(folders):
            return importlib.import_module(name)
    except (KeyboardInterrupt, Stopped):
        raise
    except BaseException as error:  # SystemExit, and whatever else somebody's module raises
        message = f"{name} cannot be imported: {type(error).__name__}: {_first_line(error)}"
        advice = _where_it_lies(name, settings) if isinstance(error, ModuleNotFoundError) else ""
        advice = advice or f"try `python -c 'import {name}'` in {settings.root}"
        raise WrongInput(Problem(message, advice)) from error


def _where_it_lies(name: str, settings: Settings) -> str:
    """Say how a package is found that lies in a folder of the project, one down."""
    package = name.partition(".")[0]
    for folder in sorted(settings.root.glob(f"*/{package}*")):
        if folder.name in (package, f"{package}.py"):
            below = folder.parent.name
            if settings.has_history:
                return f"it lies in {below}: add it to prepend_sys_path in Alembic's configuration"
            return f"it lies in {below}: set PYTHONPATH={below}"
    return ""


def run_module(text: str, attribute: str, label: str, settings: Settings) -> MetaData:
    """Return the MetaData of a module that is no file yet."""
    from sqlalchemy import MetaData

    module = ModuleType("tables_that_are_no_file_yet")
    try:
        with importing_from(module_folders(settings)):
            exec(compile(text, label, "exec"), module.__dict__)  # noqa: S102 (our own text)
    except Exception as error:  # what the settings name is the project's own code
        message = f"{label} cannot be run: {type(error).__name__}: {_first_line(error)}"
        advice = "look at [tool.sqlplumb.tables.types]: what it names is imported there"
        if "is not accepted by dialect" in str(error):
            advice = f"SQLAlchemy {version('sqlalchemy')} does not know that yet: take a newer one"
        raise WrongInput(Problem(message, advice)) from error
    metadata = module.__dict__[attribute]
    assert isinstance(metadata, MetaData)
    return metadata


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
