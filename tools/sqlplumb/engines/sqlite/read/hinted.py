"""Which fact each hint of a statement speaks of. A hint that speaks of nothing is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from sqlplumb.engines.sqlite.parse.create_table import read_table
from sqlplumb.engines.sqlite.parse.hints import Hints, hints_around, hints_inside
from sqlplumb.engines.sqlite.parse.lexer import Unreadable, fold
from sqlplumb.engines.sqlite.parse.parts import TableText
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.schema import Column, Object, Ref, Table


def hinted(
    statement: Statement, parsed: TableText | None, facts: Iterable[Object]
) -> Iterator[Object]:
    """Only a file has hints to give; what a database keeps of them is done."""
    if statement.place is None or not ("@" in statement.text or "@" in statement.comments):
        yield from facts
        return
    inside = hints_inside(statement.text, parsed if statement.kind == "table" else None)
    found = {statement.place_at(start): hints for start, hints in inside.items() if start >= 0}
    if whole := hints_around(statement.comments) or inside.get(-1):
        found[statement.place] = whole
    for fact in facts:
        hints = found.pop(fact.place, None)
        yield _with(fact, hints) if hints else fact
    if found:
        starts = (start for start in inside if statement.place_at(start) in found)
        raise Unreadable("this hint speaks of nothing that can have one", next(starts, 0))


def _with(fact: Object, hints: Hints) -> Object:
    if hints.backfill and not isinstance(fact, Column):
        raise Unreadable("a @backfill stands at the column that it fills", 0)
    return replace(fact, renamed_from=hints.renamed_from, backfill=hints.backfill)


def hints_kept(facts: Iterable[Object]) -> Iterator[tuple[Ref, str]]:
    """The former names that the texts of tables themselves tell, which a database keeps: of the
    table, and of its columns."""
    for fact in facts:
        if isinstance(fact, Table) and "@" in fact.text:
            with suppress(Unreadable):
                yield from _kept(fact)


def _kept(table: Table) -> Iterator[tuple[Ref, str]]:
    parsed = read_table(table.text)
    names = {column.start: fold(column.name) for column in parsed.columns}
    for start, hints in hints_inside(table.text, parsed).items():
        if hints.renamed_from and start == -1:
            yield table.ref, hints.renamed_from
        elif hints.renamed_from and start in names:
            yield table.ref.column_ref(names[start]), hints.renamed_from
