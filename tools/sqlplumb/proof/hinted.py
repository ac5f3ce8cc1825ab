"""What a revision did, told as the hints of a schema file: which was called what, which has values.

Whoever wrote it, a rename that it carries out is one, and a column that it fills is filled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlplumb.engines import DerivedSource, Source, Traced
from sqlplumb.schema import Column, Object, Table
from sqlplumb.sources.history import Replay

_ANY_VALUE = "random()"  # that there is one is all that is known
_CONVERTED = 'nullif(random(), "{}")'  # in place of one that was there


def _traced(statements: tuple[str, ...], done: Replay) -> Traced:
    """A column that any one of them gave values to has values, by the name that it had then."""
    traced = done.scratch.traced
    alone = (one for said in statements for one in traced([said]).computed)
    whole = traced(statements)
    return replace(whole, computed=whole.computed.union(alone))


class DoneSource(DerivedSource):
    """The schema after a revision, with the hints that its statements amount to."""

    def __init__(self, current: Source, done: Replay, statements: tuple[str, ...]) -> None:
        super().__init__(done.opened())
        self.current = current
        self.traced = _traced(statements, done)

    def read_units(self, units: Collection[str]) -> Iterator[Object]:
        current, traced = self.current, self.traced
        facts = list(self.source.read_units(units))
        known = {fact.ref for fact in facts}
        for fact in facts:
            match fact:
                case Table():
                    yield replace(
                        fact, renamed_from=_former_table(fact, current, self.source, traced)
                    )
                case Column():
                    name = _former_column(fact, known, current, traced)
                    is_filled = _is_filled(fact, traced) or (not name and _is_copy(fact, traced))
                    was_there = _is_there(fact, name or fact.ref.name, current, traced)
                    own = fact.ref.name.replace('"', '""')
                    value = _CONVERTED.format(own) if was_there else _ANY_VALUE
                    value = value if is_filled else ""
                    yield replace(fact, renamed_from=name, backfill=value)
                case _:
                    yield fact


def _is_filled(fact: Column, traced: Traced) -> bool:
    table, name = fact.ref.table, fact.ref.name
    former = (traced.tables.get(table, table), traced.columns.get((table, name), name))
    return (table, name) in traced.computed or former in traced.computed


def _is_copy(fact: Column, traced: Traced) -> bool:
    """It took the values of another column, which is no rename where that one stays."""
    table, name = fact.ref.table, fact.ref.name
    return traced.columns.get((table, name), name) != name


def _former_table(fact: Table, current: Source, desired: Source, traced: Traced) -> str:
    """Its name, if it was there before and is there no more, or is another table's now."""
    former = traced.tables.get(fact.ref.name, fact.ref.name)
    is_gone = former not in desired.texts or traced.tables.get(former, former) != former
    return former if former in current.texts and former != fact.ref.name and is_gone else ""


def _former_column(fact: Column, known: Collection[object], current: Source, traced: Traced) -> str:
    table = fact.ref.table
    former = traced.columns.get((table, fact.ref.name), fact.ref.name)
    if former == fact.ref.name:
        return ""
    is_there = replace(fact.ref, name=former) in known
    if is_there and traced.columns.get((table, former), former) == former:
        return ""
    return former if _is_there(fact, former, current, traced) else ""


def _is_there(fact: Column, name: str, current: Source, traced: Traced) -> bool:
    """Before the statements, in the table that became this one."""
    before = traced.tables.get(fact.ref.table, fact.ref.table)
    columns = current.read({before}).objects if before in current.texts else {}
    return replace(fact.ref, table=before, name=name) in columns
