"""A new database as tests and applications want it: empty, plumb, and at the end of the history."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from sqlplumb import limits
from sqlplumb.config import Settings
from sqlplumb.sources import open_schema
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.history import open_replay

MadeFrom = Literal["", "history", "schema"]


def template(settings: Settings, made_from: MadeFrom = "") -> bytes:
    """The bytes of its file: migrated where there is a history, else created from schema.sql."""
    with limits.within(settings.timeout):
        return _template(settings, made_from)


def _template(settings: Settings, made_from: MadeFrom) -> bytes:
    if made_from != "schema" and settings.has_history:
        with open_replay(settings, "the history") as replay:
            head = replay.target("")
            if head or made_from == "history":
                if head:
                    replay.upgrade(head)
                return replay.scratch.image()
    return _created(settings)


def _created(settings: Settings) -> bytes:
    schema = open_schema(settings)
    schema.try_statements()  # tells what is wrong with file and line
    with project_engine(settings).open_fillable() as scratch:
        for file in sorted(schema.files):
            scratch.run(Path(file).read_text("utf-8"))
        return scratch.image()
