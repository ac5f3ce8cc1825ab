"""For Python: a source as a schema, and the changes between two schemas."""

from __future__ import annotations

from pathlib import Path

from sqlplumb.config import find_settings
from sqlplumb.diff import Change
from sqlplumb.journeys.measure import settled_changes
from sqlplumb.schema import Schema
from sqlplumb.sources import open_source


def read(source: str) -> Schema:
    """The whole schema of any source, written as on the command line."""
    with open_source(source, find_settings(Path.cwd()), Path()) as opened:
        return opened.read()


def diff(current: Schema, desired: Schema) -> tuple[Change, ...]:
    """What must change in `current` to make it `desired`."""
    return settled_changes(current, desired)
