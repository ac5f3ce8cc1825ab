"""For Python: a source as a schema, and the changes between two schemas."""

from __future__ import annotations

from pathlib import Path

from sqlplumb.changes import Change
from sqlplumb.config import VERSION_TABLE, find_settings
from sqlplumb.journeys.measure import settled_changes
from sqlplumb.schema import Ref, Schema
from sqlplumb.sources import open_source


def read(source: str) -> Schema:
    """The whole schema of any source, written as on the command line."""
    with open_source(source, find_settings(Path.cwd()), Path()) as opened:
        return opened.read()


def diff(current: Schema, desired: Schema) -> tuple[Change, ...]:
    """What must change in `current` to make it `desired`. Alembic's own table counts only where
    both sides have it."""
    changes = settled_changes(current, desired)
    if _holds(current, VERSION_TABLE) and _holds(desired, VERSION_TABLE):
        return changes
    return tuple(change for change in changes if change.ref.unit != VERSION_TABLE)


def _holds(schema: Schema, table: str) -> bool:
    return Ref("table", "", table) in schema.objects
