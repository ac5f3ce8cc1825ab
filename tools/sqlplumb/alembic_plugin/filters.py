"""Alembic's own filters, `include_name` and `include_object`, over what was found.

Alembic's own comparison is run beside ours for what it asks of them: each object, reflected or of
the models, with its counterpart. What it does not see (a CHECK, a predicate) is asked alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlplumb.alembic_plugin.asked import Asked, Subject, ask_alembic
from sqlplumb.alembic_plugin.items import Items
from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.changes.measure import Measure
from sqlplumb.render import words
from sqlplumb.schema import ForeignKey, Object, Unique

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

_TYPES = {
    "table": "table",
    "virtual table": "table",
    "column": "column",
    "index": "index",
    "unique": "unique_constraint",
    "foreign key": "foreign_key_constraint",
    "check": "check_constraint",
}


def without_filtered(found: Measure, context: AutogenContext) -> Measure:
    if not (context._object_filters or context._name_filters):
        return found
    asked = ask_alembic(context)
    filters = _Filters(context, asked, Items(context, asked.tables))
    whole = {change.ref.name: change for change in found.changes if words.is_whole(change)}
    kept = [change for change in found.changes if filters.include(change, whole)]
    return replace(found, changes=tuple(kept))


class _Filters:
    """A class for what it remembers: nobody is asked twice."""

    def __init__(self, context: Any, asked: Asked, items: Items) -> None:
        self.context, self.asked, self.items = context, asked, items

    def include(self, change: Change, whole: dict[str, Change]) -> bool:
        """What comes or goes with its table is asked of the table alone."""
        if (table := whole.get(change.ref.unit)) and not self._passes(table):
            return False
        if table and (change.ref.inline or change is table):
            return True
        return self._table_passes(change) and self._passes(change)

    def _table_passes(self, change: Change) -> bool:
        """Of the table that it is part of, which is there before and after."""
        if not change.ref.table:
            return True
        subject = Subject("table", change.ref.table)
        name = change.ref.table
        if (answer := self.asked.answer(subject, "")) is not None:
            return answer
        sides = self.items.model(name), self.items.reflected(name)
        return self._ask(subject, name, (*sides, False), is_reflected=True)

    def _passes(self, change: Change) -> bool:
        kind = _TYPES.get(change.ref.kind)
        if kind is None:
            return True
        subject = _subject(kind, change)
        name = change.ref.shown or (change.ref.name if kind in _NAMED else None)
        if (answer := self.asked.answer(subject, "" if kind == "table" else name)) is not None:
            return answer
        current = None if isinstance(change, Create) else change.current
        desired = None if isinstance(change, Drop) else change.desired
        sides = (
            desired and self.items.of_models(kind, desired),
            current and self.items.of_database(kind, current),
        )
        return self._ask(subject, name, (*sides, desired is None), current is not None)

    def _ask(
        self, subject: Subject, name: str | None, sides: tuple[Any, Any, bool], is_reflected: bool
    ) -> bool:
        """As Alembic asks: the model's object and the reflected one, or this one alone."""
        model, reflected, gone = sides
        parents: dict[str, str | None] = {"schema_name": None}
        if subject.kind != "table":
            parents["table_name"] = subject.table
        passes = not is_reflected or self.context.run_name_filters(name, subject.kind, parents)
        said = (reflected, name, subject.kind, True, None)
        if not gone:
            said = (model, name, subject.kind, False, reflected)
        passes = bool(passes and self.context.run_object_filters(*said))
        if subject.kind == "table":
            self.asked.answers[subject] = passes
        return passes


_NAMED = ("table", "column", "index")


def _subject(kind: str, change: Change) -> Subject:
    """A constraint is known by its columns: to Alembic the name may be missing on one side."""
    fact = change.current if isinstance(change, Drop | Alter | Rename) else change.desired
    return Subject(kind, change.ref.unit, *_identity(kind, fact))


def _identity(kind: str, fact: Object) -> tuple[str, tuple[str, ...]]:
    match fact:
        case Unique():
            return "", tuple(part.term for part in fact.columns)
        case ForeignKey():
            return fact.target, fact.columns
        case _:
            return ("" if kind == "table" else fact.ref.name), ()
