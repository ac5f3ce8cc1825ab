"""Did every row, and every value that should, survive? Compares two states of a scratch.

What the downgrade brings back is told only where every row of before is there again with the same
values. Must never read a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlplumb.engines import Executed, engine
from sqlplumb.proof.proof import Changed
from sqlplumb.proof.row_matching import MatchedRows, TableSides, changed, key_columns, matched
from sqlplumb.proof.scratch_state import ScratchState, stored_as
from sqlplumb.schema import Unit


@dataclass(frozen=True, slots=True)
class TablePair:
    """One table before and after, and its columns that are on both sides."""

    before: str
    after: str
    columns: tuple[tuple[str, str], ...]


def pairs(before: ScratchState, after: ScratchState, executed: Executed) -> Iterator[TablePair]:
    """Each table by the name that it had before; what has none is new."""
    for name in after.rows:
        former = _former_table(executed, name)
        former = former if former in before.rows or not former else name
        if former != name and former in after.rows and _former_table(executed, former) == former:
            continue  # a copy of a table that is there still
        if former in before.rows:
            known = before.rows[former].columns
            columns = executed.columns
            others = {column for (table, _), column in columns.items() if table == name}
            both = [
                # A column that another one was filled from is not this one by its name alone.
                (columns.get((name, column), "" if column in others else column), column)
                for column in after.rows[name].columns
            ]
            yield TablePair(former, name, tuple(one for one in both if one[0] in known))


def _former_table(executed: Executed, name: str) -> str:
    """One that was made under a name that no other table took along is the one of that name."""
    is_new = name in executed.created and name in executed.tables.values()
    return executed.tables.get(name, "" if is_new else name)


@dataclass(frozen=True, slots=True)
class Lost:
    """A table, or one column of it, by the name that it had; `shown` is how that was spelled."""

    table: str
    column: str = ""
    shown: str = ""

    def __str__(self) -> str:
        return f"{'column' if self.column else 'table'} {self.shown}"


def losses(before: ScratchState, found: list[TablePair]) -> Iterator[Lost]:
    """What is on one side only: said, and no failure."""
    kept = {pair.before: {column for column, _ in pair.columns} for pair in found}
    for table, rows in before.rows.items():
        unit = before.schema.unit(table)
        if table not in kept:
            yield Lost(table, shown=unit.display)
            continue
        for name in rows.columns:
            if name not in kept[table]:
                yield Lost(table, name, f"{unit.display}.{unit.spelled(name)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTable:
    """The rows of one table held against each other; `emptied`: some were taken away on purpose."""

    pair: TablePair
    table: Unit  # as it is afterwards
    sides: TableSides
    found: MatchedRows
    emptied: bool


def compared(
    before: ScratchState, after: ScratchState, executed: Executed
) -> Iterator[ComparedTable]:
    """Of every table that held a row."""
    for pair in pairs(before, after, executed):
        if before.rows[pair.before].rows:
            sides = sides_of(before, after, pair, executed=executed)
            yield ComparedTable(
                pair=pair,
                table=after.schema.unit(pair.after),
                sides=sides,
                found=matched(sides),
                emptied=pair.after in executed.emptied,
            )


def damages(known: Iterable[ComparedTable]) -> Iterator[str]:
    """Rows that are gone and values that are not what they were, unless it was meant."""
    for one in known:
        table, sides = one.table.display, one.sides
        if one.found.gone and not one.emptied:
            yield f"{table}: {one.found.gone} of {_what_became(one)}"
        for names in sides.steady:
            if values := list(changed(sides, one.found, names)):
                what = f"{values[0][0]!r} became {values[0][1]!r}"
                yield f"{table}.{one.table.spelled(names[1])}: {len(values)} values changed, {what}"


def _what_became(one: ComparedTable) -> str:
    was, now = (len(rows.rows) for rows in one.sides.rows)
    if not one.found.how:
        return f"{was} rows are gone or changed"
    if was == now:
        return f"{was} rows have another {one.found.how}"
    return f"{was} rows are gone"


def renumbered(known: Iterable[ComparedTable]) -> Iterator[str]:
    """Nobody loses by that: no key, and no row that refers to it, knows the number of a row."""
    for one in known:
        if one.found.renumbered:
            rows = f"{one.found.renumbered} of {len(one.sides.rows[0].rows)} rows"
            anew = f"have another rowid, under the same {one.found.how}"
            yield f"{rows} of {one.table.display} {anew}"


def sides_of(
    before: ScratchState, after: ScratchState, pair: TablePair, *, executed: Executed
) -> TableSides:
    """No statement and no new type was meant to change what is steady."""
    told = [one for one in pair.columns if (pair.after, one[1]) not in executed.computed]
    if pair.after in executed.replaced:  # a row is the same by its key alone
        key = set(key_columns(before.schema, pair.before))
        told = [one for one in told if one[0] in key]
    steady = [
        (former, column)
        for former, column in told
        if stored_as(before.schema, pair.before, former)
        == stored_as(after.schema, pair.after, column)
    ]
    stored = steady if len(steady) == len(told) else told
    return TableSides(
        before=(before, pair.before),
        after=(after, pair.after),
        columns=pair.columns,
        steady=steady,
        stored=stored,
    )


def counted_less(
    before: ScratchState, after: ScratchState, found: Iterable[TablePair]
) -> Iterator[str]:
    for pair in found:
        table = after.schema.unit(pair.after)
        counts = engine(after.schema.engine).counts_keys(table)
        was, now = before.counters.get(pair.before, 0), after.counters.get(pair.after, 0)
        if counts and now < was:
            yield f"{table.display}: AUTOINCREMENT had counted to {was}, and now to {now}"


def changes(known: Iterable[ComparedTable]) -> Iterator[Changed]:
    """Of columns that a data step wrote: what only has another type now is a loss, or none."""
    for one in known:
        total = len(one.sides.rows[0].rows)
        if one.emptied and one.found.gone:
            yield Changed(
                table=one.pair.before,
                column="",
                shown=one.table.display,
                rows=one.found.gone,
                of=total,
            )
        for names in one.sides.columns:
            if names not in one.sides.stored and (
                found := list(changed(one.sides, one.found, names))
            ):
                given = sum(value is None for value, _ in found)
                rows = len(found) - given
                yield Changed(
                    table=one.pair.before,
                    column=names[0],
                    shown=f"{one.table.display}.{one.table.spelled(names[1])}",
                    rows=rows,
                    given=given,
                    of=total,
                )


def with_way_back(
    found: Iterable[Changed],
    again: Iterable[Changed],
    ends: tuple[ScratchState, ScratchState | None],
) -> Iterator[Changed]:
    """`again` is what the run did that went down as well, perhaps with fewer rows."""
    seen = {(one.table, one.column): one for one in again}
    for one in found:
        last = seen.get((one.table, one.column))
        covered = last is not None and last.rows + last.given >= one.rows + one.given
        before, back = ends
        restored = covered and back is not None and _is_restored(before, back, one)
        yield replace(one, restored=restored)


def _is_restored(before: ScratchState, back: ScratchState, one: Changed) -> bool:
    if one.column:
        return came_back(before, back, Lost(one.table, one.column))
    sides = _there_and_back(before, back, one.table)
    return sides is not None and not matched(sides).gone


def came_back(before: ScratchState, back: ScratchState, lost: Lost) -> bool:
    """Every row with the values that it had. Where all have the same value, a default would look
    like it."""
    sides = _there_and_back(before, back, lost.table, column=lost.column)
    if sides is None:
        return False
    was, now = sides.rows
    found = matched(sides)
    names = [(name, name) for name in was.columns if lost.column in ("", name)]
    same = not any(next(changed(sides, found, both), None) for both in names)
    if found.gone or not same:
        return False
    if not lost.column:
        return len(was.rows) == len(now.rows)
    place = was.columns.index(lost.column)
    return len({repr(row[place]) for row in was.rows.values()}) > 1


def _there_and_back(
    before: ScratchState, back: ScratchState, table: str, *, column: str = ""
) -> TableSides | None:
    """None where there was no row to tell by, or a column is gone for good."""
    was, now = before.rows.get(table), back.rows.get(table)
    if was is None or now is None or not was.rows or not set(was.columns) <= set(now.columns):
        return None
    names = [(name, name) for name in was.columns]
    steady = [both for both in names if both[0] != column]
    return TableSides(
        before=(before, table), after=(back, table), columns=names, steady=steady, stored=steady
    )
