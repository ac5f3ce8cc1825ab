"""What a step loses of the rows that are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlplumb.changes import Alter, Change, Drop
from sqlplumb.engines.postgres.options import CompositeOptions, EnumOptions, ViewOptions
from sqlplumb.engines.postgres.parse.hints import rename_hint
from sqlplumb.engines.postgres.plan.statements.casts import narrows
from sqlplumb.schema import Column, Object, Table
from sqlplumb.steps import Loss


def loses_data(change: Change) -> bool:
    return any(losses_of([change]))


def losses_of(changes: Iterable[Change]) -> Iterator[Loss]:
    changes = tuple(changes)
    tables = {change.ref for change in changes if isinstance(change, Drop)}
    for change in changes:
        match change:
            case Drop(Table() as table):
                yield Loss(
                    kind="drop",
                    ref=table.ref,
                    message=f"table {table.ref} and all its rows",
                    advice=_renamed(table.ref.display),
                )
            case Drop(Column(generated=None) as column) if column.ref.table_ref not in tables:
                yield Loss(
                    kind="drop",
                    ref=column.ref,
                    message=f"column {column.ref} and all its values",
                    advice=_renamed(column.ref.display),
                )
            case Alter(Table() as current, Table() as desired):
                yield from _rows_that_stay_here(current, desired)
            case Alter(Column() as current, Column() as desired) if "type" in change.fields:
                if current.generated is None and narrows(current.type, desired.type):
                    words = f"from {current.type} to {desired.type}"
                    yield Loss(
                        kind="narrow",
                        ref=desired.ref,
                        message=f"values of {desired.ref} that change {words}",
                    )
            case Alter(current, desired) if desired.ref.kind in ("enum", "composite type"):
                yield from _parts_that_go(current, desired)
            case _ if isinstance(getattr(change, "current", None), ViewOptions):
                return


def _parts_that_go(current: Object, desired: Object) -> Iterator[Loss]:
    """Yield the labels of an enum, or the attributes of a composite type, that columns may hold."""
    match current.options, desired.options:
        case EnumOptions() as before, EnumOptions() as after:
            if lost := [label for label in before.labels if label not in after.labels]:
                message = f"values of {desired.ref} that are {' or '.join(lost)}"
                yield Loss(kind="narrow", ref=desired.ref, message=message)
        case CompositeOptions() as before, CompositeOptions() as after:
            types = {name: declared for name, declared, _ in after.attributes}
            for name, declared, _ in before.attributes:
                what = f"attribute {name} of {desired.ref}"
                if name not in types:
                    message = f"{what} and all its values"
                    yield Loss(kind="drop", ref=desired.ref, message=message)
                elif narrows(declared, types[name]):
                    message = f"values of {what} that change from {declared} to {types[name]}"
                    yield Loss(kind="narrow", ref=desired.ref, message=message)


def _rows_that_stay_here(current: Table, desired: Table) -> Iterator[Loss]:
    if desired.options.word("server") and not current.options.word("server"):
        message = f"all rows of table {desired.ref}: a foreign table takes none of them"
        yield Loss(kind="drop", ref=desired.ref, message=message)


def _renamed(former: str) -> str:
    return f"if it has another name now, say `{rename_hint(former)}` there"
