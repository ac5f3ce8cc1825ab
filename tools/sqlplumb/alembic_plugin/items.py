"""The objects of SQLAlchemy behind a fact: the model's own, and what is reflected."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sqlplumb.schema import Check, ForeignKey, Object, Unique


class Items:
    """A class for what it remembers: each table is reflected once."""

    def __init__(self, context: Any, known: dict[str, tuple[Any, Any]]) -> None:
        self.context, self.known = context, known

    def model(self, name: str) -> Any:
        """The model's Table; one with nothing but its name where the models have none."""
        metadata = self.context.metadata
        for one in metadata if isinstance(metadata, list | tuple) else [metadata]:
            for table in one.tables.values() if one is not None else ():
                if table.name.lower() == name:
                    return table
        return sa.Table(name, sa.MetaData())

    def reflected(self, name: str) -> Any:
        found = self.known.get(name, (None, None))
        if found[1] is None:
            connection = self.context.connection
            names = {one.lower(): one for one in sa.inspect(connection).get_table_names()}
            table = sa.Table(names.get(name, name), sa.MetaData())
            if name in names:
                sa.inspect(connection).reflect_table(table, None)
            found = self.known[name] = (found[0], table)
        return found[1]

    def of_models(self, kind: str, fact: Object) -> Any:
        return _item(self.model(fact.ref.unit), kind, fact)

    def of_database(self, kind: str, fact: Object) -> Any:
        return _item(self.reflected(fact.ref.unit), kind, fact)


def _item(table: Any, kind: str, fact: Object) -> Any:
    if kind == "table":
        return table
    shown = fact.ref.display
    if kind == "column":
        found = (one for one in table.columns if one.name.lower() == fact.ref.name)
        return next(found, sa.Column(shown))
    if kind == "index":
        found = (one for one in table.indexes if (one.name or "").lower() == fact.ref.name)
        return next(found, sa.Index(shown))
    return next((one for one in table.constraints if _is(one, fact)), _stand_in(fact))


def _is(constraint: Any, fact: Object) -> bool:
    name = str(constraint.name or "").lower()
    match fact:
        case Unique():
            columns = tuple(one.name.lower() for one in constraint.columns)
            same = columns == tuple(part.term for part in fact.columns)
            return isinstance(constraint, sa.UniqueConstraint) and same
        case ForeignKey() if isinstance(constraint, sa.ForeignKeyConstraint):
            return tuple(one.lower() for one in constraint.column_keys) == fact.columns
        case Check():
            return isinstance(constraint, sa.CheckConstraint) and name == fact.ref.name
    return False


def _stand_in(fact: Object) -> Any:
    """For a constraint that SQLAlchemy does not reflect, or that only schema.sql has."""
    name = fact.ref.shown or None
    match fact:
        case ForeignKey():
            return sa.ForeignKeyConstraint([], [], name=name)
        case Unique():
            return sa.UniqueConstraint(name=name)
        case _:
            return sa.CheckConstraint("1", name=name)
