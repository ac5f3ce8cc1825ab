"""S114: a name that SQLite also uses for something else, or that looks like another name."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.sqlite.parse.lexer import NO_NAME, ROWID_NAMES
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Index, Schema, Table, Unit, View, VirtualTable


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        yield from _hiding_the_rowid(table)
    for ref, fact in schema.objects.items():
        if isinstance(fact, Table | Column | View | VirtualTable | Index) and ref.name in NO_NAME:
            message = f"{ref.kind} {ref} is a reserved word, and must be quoted in every statement"
            yield Found(ref, message)
        if isinstance(fact, Table | Column | View) and ref.name != ref.name.strip():
            message = f"{ref.kind} {ref.shown!r} begins or ends with a blank"
            yield Found(ref, message, severity="warning")


def _hiding_the_rowid(table: Unit) -> Iterator[Found]:
    """Find a column that is called like the rowid and is not an alias of it."""
    if table.options.flag("without_rowid"):
        return
    key = table.primary_key
    alias = table.key if key and key.options.flag("rowid_alias") else ()
    for name, column in table.columns.items():
        if name in ROWID_NAMES and name not in alias:
            message = f"{column.ref} hides the rowid, which is called {name} as well"
            yield Found(column.ref, message, severity="warning")


RULE = Rule(
    code="S114",
    name="ambiguous-name",
    severity="info",
    engines=("sqlite",),
    triggers=(
        "A name that is a reserved word, begins or ends with a blank, or is rowid, oid or _rowid_"
        " for a column that is not the number of the row."
    ),
    harms=(
        "A reserved word must be quoted in every statement, and a slip inside double quotes becomes"
        " a string. A column called rowid takes that name away from the number of the row, which"
        " many tools rely on."
    ),
    instead="Choose a name that needs no quotes.",
    bad='CREATE TABLE "order" (id INTEGER PRIMARY KEY, placed_at TEXT NOT NULL);',
    good="CREATE TABLE orders (id INTEGER PRIMARY KEY, placed_at TEXT NOT NULL);",
    find=find,
)
