"""S112: a time of creation without a default, which every writer must set."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema
from sqlplumb.schema.words import name_parts

_TYPES = ("datetime", "timestamp")
_NAMES = (
    ("created",),
    ("created", "at"),
    ("created", "on"),
    ("inserted", "at"),
    ("timestamp", "created"),
)


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for column in table.columns.values():
            # By its name it is a time of creation, by its type CURRENT_TIMESTAMP fills it.
            is_named = tuple(name_parts(column.ref.shown)) in _NAMES
            is_filled = column.generated or column.default is not None
            is_time = column.type.partition("(")[0].partition(" ")[0] in _TYPES
            if is_named and is_time and column.not_null and not is_filled:
                message = f"{column.ref} is NOT NULL and has no default: every INSERT must set it"
                yield Found(column.ref, message)


RULE = Rule(
    code="S112",
    name="timestamp-without-default",
    severity="info",
    triggers="A DATETIME or TIMESTAMP that says when a row was made, NOT NULL and without DEFAULT.",
    harms=(
        "Each program writes its own clock, in its own form and zone; a row that is put in by hand"
        " is refused."
    ),
    instead="Say DEFAULT CURRENT_TIMESTAMP.",
    bad="CREATE TABLE notes (id INTEGER PRIMARY KEY, created_at DATETIME NOT NULL);",
    good="""\
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);""",
    find=find,
)
