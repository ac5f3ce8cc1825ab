"""Where a history begins: the tables that its first revision finds, which something else has made.

Most histories begin with nothing. Where an application made its tables by `create_all()` before it
had a history, the settings name a source that holds them. Must never know what a revision does.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from sqlplumb.config import Settings
from sqlplumb.engines import Snapshot
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.schema import Schema
from sqlplumb.sources import open_source
from sqlplumb.sources.database import open_scratch, project_engine
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
    objects = {ref: fact for ref, fact in schema.objects.items() if ref.unit != table}
    schema = replace(schema, objects=objects)
    statements: list[str] = []
    with open_scratch(settings) as scratch:
        scratch.record(statements)
        scratch.run(engine.creates(schema))
        scratch.record(None)
        return Base(
            written=written,
            schema=schema,
            snapshot=scratch.snapshot(),
            statements=tuple(statements),
            mark=mark,
        )


def parents(down: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    """Return what a revision comes behind: other revisions, or where the history begins."""
    base = None if down else read_base(settings)
    return (base.mark,) if base else down
