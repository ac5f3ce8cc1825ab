"""What Alembic's own autogenerate asks of the filters of a project, and what they answer."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

_LOUD = ("alembic.autogenerate", "alembic.runtime.plugins", "alembic.ddl")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about, in small letters: `name` is that of a column or an index, or the target
    of a foreign key; a constraint has its columns."""

    kind: str
    table: str
    name: str = ""
    columns: tuple[str, ...] = ()


@dataclass(slots=True)
class Asked:
    """`hidden` is what a filter of names holds back; `tables` are both sides of each table."""

    answers: dict[Subject, bool] = field(default_factory=dict)
    hidden: set[tuple[str, str, str]] = field(default_factory=set)
    tables: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def answer(self, subject: Subject, name: str | None) -> bool | None:
        """None: nobody has asked. `name` is that of a part of a table, in any case."""
        if (subject.kind, subject.table, (name or "").lower()) in self.hidden:
            return False
        return self.answers.get(subject)


def ask_alembic(context: AutogenContext) -> Asked:
    """Its comparison is run for its questions; what it finds is dropped."""
    from alembic.operations.ops import UpgradeOps
    from alembic.runtime.plugins import Plugin
    from alembic.util import PriorityDispatcher

    asked = Asked()
    if context.metadata is None:
        return asked
    own: Any = copy.copy(context)
    own.comparators = PriorityDispatcher()
    _listen(own, context, asked)
    with _in_silence(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it cannot reflect all that SQLite has
        Plugin.populate_autogenerate_priority_dispatch(own.comparators, ["alembic.autogenerate.*"])
        own.comparators.dispatch("autogenerate", qualifier=own.dialect.name)(own, UpgradeOps([]))
    return asked


def _listen(own: Any, context: Any, asked: Asked) -> None:
    def run_object_filters(item: Any, name: Any, kind: str, reflected: bool, other: Any) -> bool:
        answer = bool(context.run_object_filters(item, name, kind, reflected, other))
        subject = _subject(kind, item, name)
        asked.answers[subject] = asked.answers.get(subject, True) and answer
        if kind == "table":
            asked.tables[subject.table] = (None, item) if reflected else (item, other)
        return answer

    def run_name_filters(name: Any, kind: str, parents: Any) -> bool:
        answer = bool(context.run_name_filters(name, kind, parents))
        if not answer and name:
            table = name if kind == "table" else parents.get("table_name") or ""
            known = "" if kind == "table" else name
            asked.hidden.add((kind, table.lower(), known.lower()))
        return answer

    own.run_object_filters = own.run_filters = run_object_filters
    own.run_name_filters = run_name_filters


def _subject(kind: str, item: Any, name: Any) -> Subject:
    if kind == "table":
        return Subject(kind, str(name).lower())
    table = item.table.name.lower()
    if kind == "unique_constraint":
        return Subject(kind, table, "", tuple(one.name.lower() for one in item.columns))
    if kind == "foreign_key_constraint":
        target = item.elements[0].target_fullname.split(".")[-2].lower()
        return Subject(kind, table, target, tuple(one.lower() for one in item.column_keys))
    return Subject(kind, table, str(name).lower())


@contextmanager
def _in_silence() -> Iterator[None]:
    """Alembic tells what it detects while it compares: here nobody has detected anything."""
    known = [name for name in logging.root.manager.loggerDict if name.startswith(_LOUD)]
    loud = [one for one in map(logging.getLogger, known) if not one.disabled]
    for one in loud:
        one.disabled = True
    try:
        yield
    finally:
        for one in loud:
            one.disabled = False
