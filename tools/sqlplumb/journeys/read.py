"""For Python: a source as a schema, and the changes between two schemas."""

from __future__ import annotations

from pathlib import Path

from sqlplumb.changes import Change
from sqlplumb.config import find_settings
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
    kept = find_settings(Path.cwd()).version_table
    changes = settled_changes(current, desired)
    if _holds(current, kept) and _holds(desired, kept):
        return changes
    return tuple(change for change in changes if change.ref.unit != kept)


def _holds(schema: Schema, table: str) -> bool:
    return Ref("table", "", table) in schema.objects
