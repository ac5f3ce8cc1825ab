"""Alembic's own filters, `include_name` and `include_object`, over what was found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlplumb.changes import Change, Create, Drop
from sqlplumb.changes.measure import Measure

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

_TYPES = {
    "table": "table",
    "column": "column",
    "index": "index",
    "unique": "unique_constraint",
    "foreign key": "foreign_key_constraint",
    "check": "check_constraint",
}


def without_filtered(found: Measure, context: AutogenContext) -> Measure:
    kept = tuple(change for change in found.changes if _is_included(change, context))
    return replace(found, changes=kept)


def _is_included(change: Change, context: AutogenContext) -> bool:
    """Asked for the object itself, and for the table that it is part of."""
    if change.ref.table and not _passes("table", change.ref.table, change, context):
        return False
    kind = _TYPES.get(change.ref.kind)
    return kind is None or _passes(kind, change.ref.shown or change.ref.name, change, context)


def _passes(kind: str, name: str, change: Change, context: Any) -> bool:
    reflected = isinstance(change, Drop)
    parents: dict[str, str | None] = {"schema_name": None}
    if change.ref.table and kind != "table":
        parents["table_name"] = change.ref.table
    if not isinstance(change, Create) and not context.run_name_filters(name, kind, parents):
        return False
    table = _table(change.ref.unit, context)
    item = table if kind == "table" else _item(table, kind, name)
    return bool(context.run_object_filters(item, name, kind, reflected, None))


def _table(name: str, context: Any) -> Any:
    """The model's own Table; for what only the database has, one with nothing but its name."""
    import sqlalchemy as sa

    metadata = context.metadata
    for one in metadata if isinstance(metadata, list | tuple) else [metadata]:
        for table in one.tables.values() if one is not None else ():
            if table.name.lower() == name:
                return table
    return sa.Table(name, sa.MetaData())


def _item(table: Any, kind: str, name: str) -> Any:
    import sqlalchemy as sa

    if kind == "column":
        column = next((one for one in table.columns if one.name.lower() == name.lower()), None)
        return column if column is not None else sa.Column(name)
    if kind == "index":
        index = next((one for one in table.indexes if one.name == name), None)
        return index if index is not None else sa.Index(name)
    constraint = next((one for one in table.constraints if one.name == name), None)
    return constraint if constraint is not None else _stand_in(kind, name)


def _stand_in(kind: str, name: str) -> Any:
    """For a constraint that only the database has."""
    import sqlalchemy as sa

    match kind:
        case "foreign_key_constraint":
            return sa.ForeignKeyConstraint([], [], name=name)
        case "unique_constraint":
            return sa.UniqueConstraint(name=name)
        case _:
            return sa.CheckConstraint("1", name=name)
