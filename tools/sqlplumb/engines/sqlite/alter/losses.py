"""What a change of a table's inside does to stored values: which are lost, which have no source."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Alter, Change, Create, Drop
from sqlplumb.engines.sqlite.affinity import affinity
from sqlplumb.engines.sqlite.alter.copying import Filling, is_without_value
from sqlplumb.engines.sqlite.alter.units import Unit
from sqlplumb.schema import Column, Table, VirtualTable
from sqlplumb.steps import Loss

# What a stored value becomes when its column's affinity changes, and can be changed back from.
_KEEPS = frozenset(
    (
        ("integer", "numeric"),
        ("numeric", "integer"),
        ("real", "integer"),
        ("real", "numeric"),
        ("integer", "text"),
    )
)


def loses_data(change: Change) -> bool:
    """Is stored data lost by this change, whatever the plan?"""
    match change:
        case Drop(Table() | VirtualTable()) | Alter(VirtualTable(), _):
            return True
        case Drop(Column(generated=expression)):
            return expression is None
        case Alter(Column() as current, Column() as desired):
            return _narrows(current, desired, affinity(current.type))
        case _:
            return False


def lost_inside(
    current: Unit, desired: Unit, changes: tuple[Change, ...], filled: list[Filling]
) -> Iterator[Loss]:
    for change in changes:
        if loses_data(change) and not isinstance(change, Create):
            yield _loss(change, changes)
        if isinstance(change, Alter) and isinstance(change.current, Table):
            yield from _strict_no_more(current, desired)
    for column in desired.columns:
        if is_without_value(column, current, desired, filled):
            message = f"{column.ref} is NOT NULL, and no row that is there has a value for it"
            hint = "say `-- @backfill EXPRESSION` beside it in schema.sql, or give it a DEFAULT"
            yield Loss("empty", column.ref, message, hint)


def _strict_no_more(current: Unit, desired: Unit) -> Iterator[Loss]:
    """ANY keeps every value as it is in a STRICT table, and is a number's affinity elsewhere."""
    heads = current.head, desired.head
    if not (isinstance(heads[0], Table) and isinstance(heads[1], Table)):
        return
    if heads[0].strict and not heads[1].strict:
        for column in desired.columns:
            known = current.column(column.ref.name)
            if known and known.type == "any" and _narrows(known, column, "blob"):
                message = f"texts of {column.ref} that look like numbers"
                yield Loss("narrow", column.ref, message, "give it the type BLOB to keep them")


def _narrows(current: Column, desired: Column, meaning: str) -> bool:
    if current.generated is not None or desired.backfill:
        return False
    if desired.generated is not None:
        return True
    kinds = meaning, affinity(desired.type)
    return not (kinds[0] == kinds[1] or kinds[1] == "blob" or kinds in _KEEPS)


def _loss(change: Change, changes: tuple[Change, ...]) -> Loss:
    if not isinstance(change, Alter):
        return Loss(
            "drop", change.ref, f"column {change.ref} and its values", _rename(change, changes)
        )
    current, desired = change.current, change.desired
    if isinstance(desired, Column) and desired.generated is not None:
        return Loss(
            "drop", change.ref, f"the stored values of {change.ref}, which are computed now"
        )
    assert isinstance(current, Column)
    assert isinstance(desired, Column)
    kinds = f"{current.type or 'no type'} to {desired.type or 'no type'}"
    message = f"values of {change.ref} that change with its type, {kinds}"
    return Loss("narrow", change.ref, message, "say `-- @backfill EXPRESSION` to convert them")


def _rename(change: Change, changes: tuple[Change, ...]) -> str:
    """Never guessed, but mentioned: the columns that come while this one goes."""
    made = [
        str(c.ref.name) for c in changes if isinstance(c, Create) and isinstance(c.desired, Column)
    ]
    if not made:
        return ""
    which = " or ".join(made[:3])
    return f"if {which} is what it is called now, say `-- @renamed from={change.ref.name}` there"
