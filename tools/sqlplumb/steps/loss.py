"""Which changes lose stored data. A fact about the change; whether one may is asked elsewhere."""

from __future__ import annotations

from sqlplumb.changes import Alter, Change, Create, Drop
from sqlplumb.schema import Column, Table, VirtualTable


def loses_data(change: Change) -> bool:
    match change:
        case Drop(Table() | VirtualTable()):
            return True
        case Drop(Column(generated=expression)):
            return expression is None
        case Alter(Column() as current, Column() as desired):
            return current.generated is None and desired.generated is not None
        case Alter(VirtualTable(), _):
            return True
        case Create() | Drop() | Alter():
            return False
