"""Apply a project's `include_name` and `include_object` to the changes that sqlplumb found.

Alembic's own comparison runs beside ours for the questions that it asks these filters: each object,
reflected or of the models, with its counterpart. A change that Alembic does not see (a CHECK, a
predicate) is asked about in the same form. What Alembic itself finds is dropped.
"""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic.operations.ops import UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import PriorityDispatcher

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.changes.comparison import Comparison
from sqlplumb.render import words
from sqlplumb.schema import Check, ForeignKey, Object, Unique
from sqlplumb.sources.alembic_internals import has_filters

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
_KNOWN_BY_NAME = ("table", "column", "index")
_LOGGERS = ("alembic.autogenerate", "alembic.runtime.plugins", "alembic.ddl")


def without_filtered(comparison: Comparison, context: AutogenContext) -> Comparison:
    """Return the comparison without the changes that the project's filters exclude."""
    if not has_filters(context):
        return comparison
    filters = _Filters(context, ask_alembic(context))
    whole = {change.ref.name: change for change in comparison.changes if words.is_whole(change)}
    included = [change for change in comparison.changes if filters.include(change, whole)]
    return replace(comparison, changes=tuple(included))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a filter is asked about, in lower case.

    `name` is the name of a column or an index, or the target of a foreign key. A constraint has its
    columns, because Alembic may know its name on one side only.
    """

    kind: str
    table: str
    name: str = ""
    columns: tuple[str, ...] = ()


@dataclass(slots=True)
class Answers:
    """What the filters answered to Alembic.

    `hidden` holds what a filter of names excludes: kind, table, name. `tables` holds both sides of
    each table: the model's and the reflected one.
    """

    of_objects: dict[Subject, bool] = field(default_factory=dict)
    hidden: set[tuple[str, str, str]] = field(default_factory=set)
    tables: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def answer(self, subject: Subject, name: str | None) -> bool | None:
        """Return the answer, or None if Alembic did not ask; `name` is that of a table's part."""
        if (subject.kind, subject.table, (name or "").lower()) in self.hidden:
            return False
        return self.of_objects.get(subject)


class _Filters:
    """Decide for each change; a class because it remembers answers and reflected tables."""

    def __init__(self, context: Any, answers: Answers) -> None:
        self.context, self.answers = context, answers
        self.objects = SQLAlchemyObjects(context, answers.tables)

    def include(self, change: Change, whole: dict[str, Change]) -> bool:
        """Include what is created or dropped with its table if the table is included."""
        if (table := whole.get(change.ref.unit)) and not self._passes(table):
            return False
        if table and (change.ref.inline or change is table):
            return True
        return self._table_passes(change.ref.table) and self._passes(change)

    def _table_passes(self, table: str) -> bool:
        """Ask about the table that a change is part of, which both sides have."""
        if not table:
            return True
        subject = Subject(kind="table", table=table)
        if (answer := self.answers.answer(subject, "")) is not None:
            return answer
        model, reflected = self.objects.model(table), self.objects.reflected(table)
        return self._ask(subject, table, model=model, reflected=reflected)

    def _passes(self, change: Change) -> bool:
        kind = _TYPES.get(change.ref.kind)
        if kind is None:
            return True
        subject = _subject_of(kind, change)
        name = change.ref.shown or (change.ref.name if kind in _KNOWN_BY_NAME else None)
        if (answer := self.answers.answer(subject, "" if kind == "table" else name)) is not None:
            return answer
        model = reflected = None
        if not isinstance(change, Drop):
            model = self.objects.in_models(kind, change.desired)
        if not isinstance(change, Create):
            reflected = self.objects.in_database(kind, change.current)
        return self._ask(subject, name, model=model, reflected=reflected)

    def _ask(self, subject: Subject, name: str | None, *, model: Any, reflected: Any) -> bool:
        """Ask as Alembic does: with the model's object and the reflected one, or this one alone."""
        held = model if reflected is None else reflected
        table = held if subject.kind == "table" else getattr(held, "table", None)
        parents: dict[str, str | None] = {"schema_name": getattr(table, "schema", None)}
        if subject.kind != "table":
            parents["table_name"] = subject.table if table is None else table.name
        elif table is not None and table.schema:
            name = table.name
        passes = reflected is None or self.context.run_name_filters(name, subject.kind, parents)
        if passes:
            is_reflected = model is None
            item, other = (reflected, None) if is_reflected else (model, reflected)
            passes = self.context.run_object_filters(item, name, subject.kind, is_reflected, other)
        if subject.kind == "table":
            self.answers.of_objects[subject] = bool(passes)
        return bool(passes)


def _subject_of(kind: str, change: Change) -> Subject:
    fact = change.current if isinstance(change, Drop | Alter | Rename) else change.desired
    table = change.ref.unit
    match fact:
        case Unique():
            columns = tuple(part.term for part in fact.columns)
            return Subject(kind=kind, table=table, columns=columns)
        case ForeignKey():
            return Subject(kind=kind, table=table, name=fact.target, columns=fact.columns)
        case _:
            return Subject(kind=kind, table=table, name="" if kind == "table" else fact.ref.name)


def ask_alembic(context: AutogenContext) -> Answers:
    """Run Alembic's comparison and return what the filters answered."""
    answers = Answers()
    if context.metadata is None:
        return answers
    listening: Any = copy.copy(context)
    listening.comparators = PriorityDispatcher()
    _listen(listening, context, answers)
    with _silent_loggers(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Alembic cannot reflect everything
        plugins = ["alembic.autogenerate.*"]
        Plugin.populate_autogenerate_priority_dispatch(listening.comparators, plugins)
        compare = listening.comparators.dispatch("autogenerate", qualifier=listening.dialect.name)
        compare(listening, UpgradeOps([]))
    return answers


def _listen(listening: Any, context: Any, answers: Answers) -> None:
    """Let the copy of the context write down what the filters of the original answer."""

    def run_object_filters(item: Any, name: Any, kind: str, reflected: bool, other: Any) -> bool:
        answer = bool(context.run_object_filters(item, name, kind, reflected, other))
        subject = _subject_of_item(kind, item, name)
        answers.of_objects[subject] = answers.of_objects.get(subject, True) and answer
        if kind == "table":
            answers.tables[subject.table] = (None, item) if reflected else (item, other)
        return answer

    def run_name_filters(name: Any, kind: str, parents: Any) -> bool:
        answer = bool(context.run_name_filters(name, kind, parents))
        if not answer and name:
            whole = parents.get("schema_qualified_table_name")
            table = whole or (name if kind == "table" else parents.get("table_name") or "")
            part = "" if kind == "table" else name
            answers.hidden.add((kind, table.lower(), part.lower()))
        return answer

    listening.run_object_filters = listening.run_filters = run_object_filters
    listening.run_name_filters = run_name_filters


def _subject_of_item(kind: str, item: Any, name: Any) -> Subject:
    if kind == "table":
        return Subject(kind=kind, table=item.fullname.lower())
    table = item.table.fullname.lower()
    if kind == "unique_constraint":
        columns = tuple(column.name.lower() for column in item.columns)
        return Subject(kind=kind, table=table, columns=columns)
    if kind == "foreign_key_constraint":
        target = item.elements[0].target_fullname.split(".")[-2].lower()
        columns = tuple(column.lower() for column in item.column_keys)
        return Subject(kind=kind, table=table, name=target, columns=columns)
    return Subject(kind=kind, table=table, name=str(name).lower())


@contextmanager
def _silent_loggers() -> Iterator[None]:
    """Silence what Alembic logs about differences: nobody asked Alembic to find any."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith(_LOGGERS)]
    loggers = [logger for logger in map(logging.getLogger, names) if not logger.disabled]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger in loggers:
            logger.disabled = False


class SQLAlchemyObjects:
    """The SQLAlchemy objects behind facts; a class because each table is reflected once."""

    def __init__(self, context: Any, tables: dict[str, tuple[Any, Any]]) -> None:
        self.context, self.tables = context, tables

    def model(self, name: str) -> Any:
        """Return the model's Table; where the models have none, one that has only its name."""
        metadata = self.context.metadata
        for part in metadata if isinstance(metadata, list | tuple) else [metadata]:
            for table in part.tables.values() if part is not None else ():
                if table.fullname.lower() == name:
                    return table
        return sa.Table(name, sa.MetaData())

    def reflected(self, name: str) -> Any:
        model, reflected = self.tables.get(name, (None, None))
        if reflected is None:
            inspector = sa.inspect(self.context.connection)
            names = {spelled.lower(): spelled for spelled in inspector.get_table_names()}
            place, bare = (None, name) if name in names else _in_schema(name)
            if place:
                names = {one.lower(): one for one in inspector.get_table_names(schema=place)}
            reflected = sa.Table(names.get(bare, bare), sa.MetaData(), schema=place)
            if bare in names:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # not everything is reflected
                    inspector.reflect_table(reflected, None)
            self.tables[name] = (model, reflected)
        return reflected

    def in_models(self, kind: str, fact: Object) -> Any:
        return _find_object(self.model(fact.ref.unit), kind, fact)

    def in_database(self, kind: str, fact: Object) -> Any:
        return _find_object(self.reflected(fact.ref.unit), kind, fact)


def _in_schema(table: str) -> tuple[str | None, str]:
    """Split `app.tasks`; a name with no dot is of the schema that the connection has."""
    place, _, bare = table.rpartition(".")
    return place or None, bare


def _find_object(table: Any, kind: str, fact: Object) -> Any:
    if kind == "table":
        return table
    name = fact.ref.name
    if kind == "column":
        columns = (column for column in table.columns if column.name.lower() == name)
        return next(columns, sa.Column(fact.ref.display))
    if kind == "index":
        indexes = (index for index in table.indexes if (index.name or "").lower() == name)
        return next(indexes, sa.Index(fact.ref.display))
    constraints = (constraint for constraint in table.constraints if _is_of(constraint, fact))
    return next(constraints, _stand_in(fact))


def _is_of(constraint: Any, fact: Object) -> bool:
    match fact:
        case Unique() if isinstance(constraint, sa.UniqueConstraint):
            columns = tuple(column.name.lower() for column in constraint.columns)
            return columns == tuple(part.term for part in fact.columns)
        case ForeignKey() if isinstance(constraint, sa.ForeignKeyConstraint):
            return tuple(key.lower() for key in constraint.column_keys) == fact.columns
        case Check() if isinstance(constraint, sa.CheckConstraint):
            return str(constraint.name or "").lower() == fact.ref.name
    return False


def _stand_in(fact: Object) -> Any:
    """Return a constraint for one that SQLAlchemy does not reflect or the models do not have."""
    name = fact.ref.shown or None
    match fact:
        case ForeignKey():
            return sa.ForeignKeyConstraint([], [], name=name)
        case Unique():
            return sa.UniqueConstraint(name=name)
        case _:
            return sa.CheckConstraint("1", name=name)
