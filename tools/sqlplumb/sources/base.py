"""Where a history begins: the tables that its first revision finds, which something else has made.

Where `base_revision` says that it begins later, they are those of that revision, whose name stands
in the version table.

Most histories begin with nothing. Where an application made its tables by `create_all()` before it
had a history, the settings name a source that holds them. Must never know what a revision does.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from sqlplumb.config import Settings
from sqlplumb.engines import Scratch, Snapshot
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.schema import Schema
from sqlplumb.sources import open_source
from sqlplumb.sources.database import open_scratch, project_engine
from sqlplumb.sources.scripts import script_directory
from sqlplumb.values import dataclass

_MOST_KEPT = 4
_READ: dict[tuple[Hashable, ...], Base] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """`written` is what the settings say; `statements` make it in an empty database; `mark` is
    another one wherever the schema is."""

    written: str
    schema: Schema
    snapshot: Snapshot
    statements: tuple[str, ...]
    mark: str


def read_base(settings: Settings) -> Base | None:
    """Return what the first revision finds; None where that is nothing. A file is read again when
    it has changed, any other source each time."""
    if not settings.base:
        return None
    file = settings.root / settings.base
    key: tuple[Hashable, ...] = ()
    if file.is_file():
        status = file.stat()
        key = (
            file,
            status.st_mtime_ns,
            status.st_size,
            settings.version_table,
            settings.base_revision,
            *settings.databases,
        )
    if key not in _READ or not key:
        base = _read(settings)
        if not key:
            return base
        while len(_READ) >= _MOST_KEPT:
            del _READ[next(iter(_READ))]
        _READ[key] = base
    return _READ[key]


def _read(settings: Settings) -> Base:
    written, table = settings.base, settings.version_table
    if written == "history" or written.startswith("history@"):
        message = f"base = {written!r}: a history cannot begin with itself"
        raise WrongInput(Problem(message, "name the file, or the MetaData, of what it begins with"))
    with open_source(written, settings, settings.root) as source:
        source.try_statements()
        schema, engine = source.read(), project_engine(settings)
        mark = f"base:{engine.wording(source.texts, table)[:16]}"
        mark += settings.base_revision and f"@{settings.base_revision}"
    objects = {ref: fact for ref, fact in schema.objects.items() if ref.unit != table}
    schema = replace(schema, objects=objects)
    statements: list[str] = []
    with open_scratch(settings) as scratch:
        scratch.record(statements)
        scratch.run(engine.creates(schema))
        if settings.base_revision:
            _stamp(scratch, settings)
        scratch.record(None)
        return Base(
            written=written,
            schema=schema,
            snapshot=scratch.snapshot(),
            statements=tuple(statements),
            mark=mark,
        )


def _stamp(scratch: Scratch, settings: Settings) -> None:
    from alembic.runtime.migration import MigrationContext

    options, scripts = {"version_table": settings.version_table}, script_directory(settings)
    with scratch.alchemy.connect() as bind:
        MigrationContext.configure(bind, opts=options).stamp(scripts, settings.base_revision)
        bind.commit()


def parents(down: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    """Return what a revision comes behind: other revisions, or where the history begins."""
    is_first = down == ((settings.base_revision,) if settings.base_revision else ())
    base = read_base(settings) if is_first else None
    return (base.mark,) if base else down
