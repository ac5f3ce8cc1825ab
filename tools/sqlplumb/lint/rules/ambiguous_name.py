"""S114: a name that the engine has another use for, or that looks like another one."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.lint.finding import Found, Rule
from sqlplumb.schema import Column, Index, Schema, Table, Unit, View, VirtualTable


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        yield from _hidden_rows(table, engine(schema.engine).row_names())
    yield from _reserved(schema)
    yield from _blanks(schema)


def _hidden_rows(table: Unit, names: frozenset[str]) -> Iterator[Found]:
    """A column that is called like the number of the row, and is something else."""
    if table.options.flag("without_rowid"):
        return
    numbered = (
        table.key if table.primary_key and table.primary_key.options.flag("rowid_alias") else ()
    )
    for name, column in table.columns.items():
        if name in names and name not in numbered:
            message = f"{column.ref} hides the number of the row, which is called {name} as well"
            yield Found(column.ref, message, severity="warning")


def _reserved(schema: Schema) -> Iterator[Found]:
    words = engine(schema.engine).reserved()
    for ref, fact in schema.objects.items():
        if isinstance(fact, Table | Column | View | VirtualTable | Index) and ref.name in words:
            message = f"{ref.kind} {ref} is a reserved word, and needs quotes wherever it is said"
            yield Found(ref, message)


def _blanks(schema: Schema) -> Iterator[Found]:
    """A name that ends with a blank is another one, and looks the same."""
    for ref, fact in schema.objects.items():
        if isinstance(fact, Table | Column | View) and ref.name != ref.name.strip():
            yield Found(
                ref, f"{ref.kind} {ref.shown!r} begins or ends with a blank", severity="warning"
            )


RULE = Rule(
    code="S114",
    name="ambiguous-name",
    severity="info",
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
